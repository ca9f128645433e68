"""Prognostic factors: present, absent, unknown; never a survival figure that the paper prints in two ways."""

from __future__ import annotations

import pytest

from algorithm.literature.prognosis import FACTORS, prognostic_factors
from patients.clinical.facts import Histology
from patients.clinical.reasons import say
from patients.clinical.truth import Truth
from tests.algorithm.courses import chronic, no_risk, on_t1
from tests.story import Story

Y, N, U = Truth.YES, Truth.NO, Truth.UNKNOWN


def answers(story: Story, day: int = 5) -> dict[str, Truth]:
    return {x.code: x.answer for x in prognostic_factors(story.snapshot(day))}


@pytest.mark.parametrize(
    ("code", "story", "expected"),
    [
        ("dm", no_risk("DM"), Y),
        ("dm", no_risk("PM"), N),
        ("adm", no_risk("CADM"), Y),
        ("adm", no_risk("DM"), N),
        ("adm", Story().diagnosis(0, "DM", provisional=True), U),
        ("ck", no_risk().test(0, "ck", "499.9"), Y),
        ("ck", no_risk().test(0, "ck", "500"), N),
        ("acute", no_risk(), Y),
        ("acute", chronic(), N),
        ("mda5", no_risk().mda5(1, "positive"), Y),
        ("ferritin", no_risk(), N),
        ("ferritin", no_risk().ferritin(1, "1000.1"), Y),
        ("kl6", on_t1().test(0, "kl6", "1000").test(4, "kl6", "1701"), Y),
        ("kl6", on_t1().test(0, "kl6", "1000").test(4, "kl6", "1700"), N),
        ("kl6", on_t1().test(0, "kl6", "1000", kit="A").test(4, "kl6", "1701", kit="B"), U),
        ("kl6", on_t1().test(0, "kl6", "1000").test(4, "kl6", "1701", kit="B"), Y),
        ("kl6", on_t1().test(0, "kl6", "1000", kit="A").test(4, "kl6", "1701"), Y),
        ("kl6", on_t1().test(0, "kl6", "1000", kit="A").test(4, "kl6", "1701", kit="A"), Y),
        ("kl6", on_t1().test(4, "kl6", "1701"), U),
        ("hrct", no_risk().hrct(1, ggo=True, consolidation="lower"), Y),
        ("dad", no_risk().hrct(1, pattern="DAD"), Y),
        ("dad", no_risk().hrct(1, pattern="NSIP"), U),
        ("uip", Story(), U),
        ("age", Story(), U),
        ("function", no_risk().test(1, "fvc_pp", "79.9"), Y),
        ("function", no_risk().test(1, "fvc_pp", "80"), U),
        ("function", no_risk().test(1, "fvc_pp", "80").test(1, "dlco_pp", "80"), N),
        ("fever", no_risk().test(1, "temperature", "38.1"), Y),
        ("fever", no_risk().test(1, "temperature", "38"), U),
        ("fever", no_risk().finding(1, "fever", False), N),
        ("cardiac", no_risk().finding(1, "cardiac_involvement", True), Y),
        ("cd8", no_risk(), U),
        ("pm", no_risk("PM"), Y),
        ("ars", no_risk().antibody(0, "anti_jo1", "positive"), Y),
        ("op", no_risk().hrct(1, pattern="OP"), Y),
        ("chronic", chronic(), Y),
    ],
)
def test_factor(code, story, expected) -> None:
    assert answers(story)[code] is expected


@pytest.mark.parametrize(("day", "expected"), [(29, Y), (30, U)])
def test_boundary_kl6_until_day_28_of_treatment(day, expected) -> None:
    """GC began on story day 1."""
    assert answers(on_t1().test(0, "kl6", "500").test(day, "kl6", "900"), 40)["kl6"] is expected


def test_every_factor_is_unknown_without_facts() -> None:
    assert set(answers(Story(), 0).values()) == {U}


def test_figures_printed_in_two_ways_are_not_shown() -> None:
    shown = " ".join(x.figure for x in FACTORS)
    assert not any(figure in shown for figure in ("32 %", "39 %", "50 %", "91 %", "25 %", "75 %"))


def test_every_factor_names_its_study() -> None:
    assert all(x.study and x.figure and x.title for x in FACTORS)


@pytest.mark.parametrize(("day", "expected"), [(-13, Y), (-14, U)])
def test_boundary_the_kl6_before_treatment_is_at_most_14_days_old(day, expected) -> None:
    assert answers(on_t1().test(day, "kl6", "500").test(4, "kl6", "900"))["kl6"] is expected


@pytest.mark.parametrize(("at", "expected"), [("1T12:00", U), (2, Y)])
def test_boundary_kl6_of_day_0_is_before_treatment_and_of_day_1_under_it(at, expected) -> None:
    assert answers(on_t1().test(0, "kl6", "500").test(at, "kl6", "900"))["kl6"] is expected


@pytest.mark.parametrize(("value", "expected"), [("79.9", Y), ("80", U), ("<80", Y), ("<80.1", U)])
def test_boundary_a_low_dlco(value, expected) -> None:
    assert answers(no_risk().test(1, "dlco_pp", value))["function"] is expected


def test_4_which_factors_speak_for_a_poor_prognosis_and_which_for_a_good_one() -> None:
    """Specification 4; poor ones first."""
    poor = ("dm", "adm", "ck", "acute", "mda5", "ferritin", "kl6", "hrct", "dad", "uip", "age", "function", "fever")
    assert tuple(x.code for x in FACTORS if x.poor) == (*poor, "cardiac", "cd8")
    assert tuple(x.code for x in FACTORS if not x.poor) == ("pm", "ars", "op", "chronic")
    assert sorted(FACTORS, key=lambda x: not x.poor) == list(FACTORS)


@pytest.mark.parametrize(
    ("code", "story", "values", "facts"),
    [
        ("kl6", on_t1(), [("kl6", 0, "1000"), ("kl6", 4, "1701"), ("kl6", 5, "1702"), ("kl6", 5, "900")], ("8", "10")),
        ("kl6", on_t1(), [("kl6", -2, "900"), ("kl6", 0, "1000"), ("kl6", 4, "1100")], ("9", "10")),
        ("ck", no_risk(), [("ck", 0, "900"), ("ck", 1, "100")], ("8",)),
        ("fever", no_risk(), [("temperature", 0, "38.5"), ("temperature", 1, "39"), ("temperature", 2, "36")], ("8",)),
        ("function", no_risk(), [("fvc_pp", 0, "90"), ("fvc_pp", 1, "70")], ("8",)),
        (
            "fever",
            no_risk().finding(0, "fever", False).finding(1, "fever", True).finding(2, "fever", False),
            [],
            ("8",),
        ),
        ("dad", no_risk().hrct(1, pattern="DAD").hrct(2, pattern="DAD").hrct(3, pattern="NSIP"), [], ("8",)),
    ],
)
def test_a_factor_names_the_newest_fact_that_tells(code: str, story: Story, values, facts: tuple[str, ...]) -> None:
    """Facts by their place in the story, which holds six before these, seven where glucocorticoid is given."""
    for test, day, value in values:
        story.test(day, test, value)
    (factor,) = [x for x in prognostic_factors(story.snapshot(6)) if x.code == code]
    assert tuple(x for why in factor.reasons for x in why.facts) == facts


def test_a_pattern_of_histology_that_is_another_excludes_it() -> None:
    assert answers(no_risk().add(Histology, 1, pattern="NSIP"))["dad"] is N
    assert answers(no_risk().add(Histology, 1, pattern="DAD"))["dad"] is Y
    assert answers(no_risk().add(Histology, 1, pattern="NSIP").hrct(2, pattern="DAD"))["dad"] is Y


def test_a_pattern_says_whether_it_was_seen_on_a_scan_or_under_the_microscope() -> None:
    for story, said in (
        (no_risk().hrct(1, pattern="DAD"), "DAD pattern on HRCT of 2 Mar"),
        (no_risk().add(Histology, 1, pattern="DAD"), "DAD on histology of 2 Mar"),
    ):
        (factor,) = [x for x in prognostic_factors(story.snapshot(5)) if x.code == "dad"]
        assert [say(x) for x in factor.reasons] == [said]
