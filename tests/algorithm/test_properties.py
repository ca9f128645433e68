"""Properties that hold for every patient: no exception, no silent gap, no answer lost by knowing more."""

from __future__ import annotations

import copy
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion, output_of
from algorithm.walk.engine import walk
from patients.clinical.truth import Truth
from tests.algorithm.oracle import Person, story_of
from tests.algorithm.random_people import random_person
from tests.effort import cases, dice
from tests.story import Story

DAYS = st.integers(-400, 0)
AMOUNTS = st.sampled_from(["0", "0.1", "59.9", "60", "1000", "1000.1", "<5", ">800", ">3000", "2.20", "1.98"])
CODES = st.sampled_from(["ferritin", "pao2", "vc", "fvc", "kl6", "ck", "mda5_titre", "spo2", "fvc_pp", "dlco_pp"])
FINDINGS = st.sampled_from(["dyspnoea_on_exertion", "cough", "fever", "cardiac_involvement"])
PRESENT, CHANGE = st.sampled_from([True, False, None]), st.sampled_from(["worse", "unchanged", "improved", None])
DRUGS = ["gc", "gc_pulse", "csa", "tac", "ivcy", "cy_oral", "aza", "mmf", "ivig", "pmx_dhp", "plasma_exchange", "rtx"]
MYOSITIS = st.sampled_from(["DM", "PM", "ADM", "hypomyopathic_DM", "CADM"])
SCAN = st.fixed_dictionaries(
    {
        "ggo": PRESENT,
        "consolidation": st.sampled_from(["lower", "random", "other", "none", None]),
        "change": st.sampled_from(["increased", "unchanged", "decreased", "first", None]),
        "pattern": st.sampled_from(["NSIP", "OP", "UIP", "DAD", None]),
    }
)
FIO2 = st.sampled_from(["0.21", "0.4", None])
FACT = st.one_of(
    st.tuples(st.just("onset"), DAYS),
    st.tuples(st.just("diagnosis"), DAYS, MYOSITIS),
    st.tuples(
        st.just("antibody"),
        DAYS,
        st.sampled_from(["anti_mda5", "anti_ars", "anti_jo1"]),
        st.sampled_from(["positive", "negative", "pending"]),
    ),
    st.tuples(st.just("test"), DAYS, CODES, AMOUNTS),
    st.tuples(st.just("pao2"), DAYS, AMOUNTS, FIO2),
    st.tuples(st.just("finding"), DAYS, FINDINGS, PRESENT, CHANGE),
    st.tuples(st.just("hrct"), DAYS, SCAN),
    st.tuples(st.just("drug"), DAYS, st.sampled_from(DRUGS)),
    st.tuples(st.just("judged"), DAYS, st.sampled_from(["improved", "unchanged", "worse"])),
    st.tuples(st.just("chronic"), DAYS),
)


def told(facts: list[tuple]) -> Story:
    story = Story()
    for kind, day, *content in facts:
        if kind == "hrct":
            story.hrct(day, **content[0])
        else:
            getattr(story, kind)(day, *content, known=day if day % 3 else min(0, day + 100))
    return story


@given(st.lists(FACT, max_size=14))
@settings(max_examples=cases(400), deadline=None)
def test_walking_never_raises_and_never_leaves_a_gap_unnamed(facts: list[tuple]) -> None:
    """Every walk ends in a recommendation or names what is missing; the published step is among those possible."""
    pathway = walk(CURRENT, told(facts).snapshot(0))
    assert pathway.path[0] == "N1"
    assert pathway.step is not None or pathway.deciding_facts
    assert (len(pathway.steps_possible) > 1) == bool(pathway.deciding_facts)
    assert pathway.step is None or pathway.step in pathway.steps_possible
    assert pathway.step is not None or len(pathway.steps_possible) > 1
    assert len(set(pathway.path)) == len(pathway.path)


@given(st.lists(FACT, max_size=10), st.integers(-200, 0))
@settings(max_examples=cases(150), deadline=None)
def test_everything_else_that_is_said_never_raises(facts: list[tuple], day: int) -> None:
    assert output_of(opinion(CURRENT, told(facts).snapshot(day)))["path"]


def settle(p: Person, r: random.Random) -> tuple[Story, str]:
    """The person's story with one new fact of today that contradicts nothing known."""
    story = copy.deepcopy(story_of(p))
    kind = r.choice(["mda5", "ferritin", "diagnosis", "ars", "kl6"])
    if kind == "mda5" and not p.titres and not any(x == "positive" or x == "negative" for _d, x in p.mda5):
        story.mda5("0T12:00", r.choice(["positive", "negative"]))
    elif kind == "ferritin":
        story.ferritin("0T12:00", r.choice(["100", "2000"]))
    elif kind == "diagnosis" and p.diagnosis is None:
        story.diagnosis("0T12:00", r.choice(["DM", "PM", "ADM"]))
    elif kind == "ars":
        story.antibody("0T12:00", "anti_ars", "negative")
    else:
        story.test("0T12:00", "kl6", "900")
    return story, kind


@pytest.mark.parametrize("seed", range(5))
def test_adding_a_fact_never_turns_a_known_answer_unknown(seed: int) -> None:
    r = dice("settle", seed)
    for _n in range(cases(150)):
        p = random_person(r)
        story, kind = settle(p, r)
        before, after = walk(CURRENT, story_of(p).snapshot(0)), walk(CURRENT, story.snapshot(0))
        assert before.course.answer is after.course.answer or before.course.answer is Truth.UNKNOWN
        for code, answer in before.poor_risk.items():
            assert answer is Truth.UNKNOWN or after.poor_risk[code] is not Truth.UNKNOWN, (p, code)
        contradicted = kind == "ferritin" and before.poor_risk["ferritin"] is not Truth.UNKNOWN
        open_course = before.course.answer is Truth.UNKNOWN  # where a factor newly met opens a higher step
        assert before.step is None or after.step is not None or (contradicted and open_course), p


@pytest.mark.parametrize("seed", range(3))
def test_more_knowledge_never_opens_a_step_that_was_excluded(seed: int) -> None:
    """Settling a missing fact narrows what is possible (a high ferritin of a known course apart: it contradicts)."""
    r = dice("narrow", seed)
    for _n in range(cases(150)):
        p = random_person(r)
        before = walk(CURRENT, story_of(p).snapshot(0))
        story, kind = settle(p, r)
        if kind != "ferritin" or before.poor_risk["ferritin"] is Truth.UNKNOWN:
            assert set(walk(CURRENT, story.snapshot(0)).steps_possible) <= set(before.steps_possible), (p, kind)
