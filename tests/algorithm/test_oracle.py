"""P1: the walk against an independent if/else, on thousands of random patients with values on every threshold."""

import random
from collections.abc import Iterator

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.walk.engine import walk
from tests.algorithm import oracle
from tests.algorithm.random_people import random_person
from tests.effort import cases, dice

ANSWERS = {None, "observation", "T1", "T2", "T3", "T4"}
PARTS = 4  # of 10,000 patients, or of 500 in the gate


def people(r: random.Random, number: int) -> Iterator[oracle.Person]:
    """So many random patients, and more until every answer has come up: "observation" is one in a thousand."""
    missing = set(ANSWERS)
    while number > 0 or missing:
        person = random_person(r)
        answer = oracle.step(person)
        if number > 0 or answer in missing:
            missing.discard(answer)
            number -= 1
            yield person


@pytest.mark.parametrize("part", range(PARTS))
def test_random_patients_are_read_as_by_the_oracle(part: int) -> None:
    """Course, answer of the chart, step and the five factors."""
    for person in people(dice("oracle", part), cases(10_000 // PARTS, gate=500 // PARTS)):
        pathway = walk(CURRENT, oracle.story_of(person).snapshot(0))
        told = (pathway.course.course, pathway.entry, pathway.step)
        assert told == (oracle.course(person)[0], oracle.entry(person), oracle.step(person)), person
        factors = {k: v.as_bool for k, v in pathway.poor_risk.items()}
        assert factors == oracle.factors(person, oracle.counts_from(person)), person


@pytest.mark.parametrize(
    ("vc", "pao2", "says"),
    [
        # the PaO2 that N1 lacks is no newer VC: it renews nothing, and both ways lead to T1
        pytest.param([(-30, "2.20"), (-16, "2.08")], [(-89, ">80"), (-83, "75")], "T1", id="gas-alone-open"),
        # a VC leaves a fall open as well: the next one may say that there is none
        pytest.param([(-30, "2.20"), (-16, "<2.08")], [(-89, ">80"), (-83, "75")], None, id="vc-open-too"),
    ],
)
def test_an_active_chronic_ild_is_t1_either_way_unless_a_newer_vc_is_wanted(
    vc: list[tuple[int, str]], pao2: list[tuple[int, str]], says: str | None
) -> None:
    """PM without any factor; the course is open: T1 where both courses lead to it."""
    scan = {"day": 0, "change": "first", "ggo": False, "consolidation": "none"}
    person = oracle.Person(onset=-91, dyspnoea=[(-2, False, None)], cough=[(-2, False)], scans=[scan], vc=vc)
    person.pao2 = [(day, value, "0.21") for day, value in pao2]
    person.diagnosis, person.mda5, person.ferritin = ("PM", False), [(-1, "negative")], [(-1, "890")]
    pathway = walk(CURRENT, oracle.story_of(person).snapshot(0))
    assert (pathway.course.course, oracle.course(person)[0]) == (None, None)
    assert (pathway.step, oracle.step(person)) == (says, says)
