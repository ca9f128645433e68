"""What antibodies do to step and subtype: specification 12 (43), (44), (55), 13 (81), (124)."""

from __future__ import annotations

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion, output_of
from algorithm.walk.engine import what_would_change
from algorithm.walk.subtypes import ars_answer, outside_population, subtype_of
from patients.clinical.antibodies import ANTI_ARS
from patients.clinical.reasons import say
from patients.clinical.truth import Truth
from tests.algorithm.courses import chronic, no_risk, walked
from tests.story import Story, moment

Y, N, U = Truth.YES, Truth.NO, Truth.UNKNOWN
KIT = "MESACUP"


def open_mda5(myositis: str = "DM") -> Story:
    """Acute, every factor absent but anti-MDA5, which nobody has told of."""
    story = Story().onset(0).diagnosis(0, myositis).ferritin(0, "300").pao2(0, "80")
    return story.hrct(0, ggo=True, consolidation="none", change="first")


def test_43_what_would_change_a_contradiction_is_a_result() -> None:
    story = open_mda5().mda5(1, "negative").titre(1, "3040")
    (only,) = what_would_change(CURRENT, story.snapshot(5))
    assert (only.code, only.settles) == ("anti_mda5", True)
    assert [x.outcome.step for x in only.cases] == ["T3", "T2"]
    assert walked(story.mda5(3, "positive")).step == "T3"
    assert walked(open_mda5().mda5(1, "negative").titre(1, "3040").mda5(3, "negative")).step == "T2"


def test_44_weak_leaves_t2_and_t3_possible() -> None:
    pathway = walked(open_mda5().mda5(1, "weak_positive"))
    assert (pathway.step, pathway.steps_possible, pathway.missing) == (None, ("T2", "T3"), ("anti_mda5",))
    assert subtype_of(open_mda5().mda5(1, "weak_positive").snapshot(5)).possible == ("A/S-1", "A/S-2")


def test_81_the_indicated_step_stays_where_the_positive_stood_first() -> None:
    pathway = walked(open_mda5().mda5(1, "positive").titre(4, "12", KIT))
    assert (pathway.step, pathway.steps_possible, pathway.path) == ("T3", ("T3",), ("N1", "N2", "T3"))
    assert pathway.poor_risk["mda5"] is U
    assert pathway.missing == ("anti_mda5",)
    assert [say(x) for x in pathway.reasons][-1] == (
        "anti-MDA5 was positive first, from the sample of 2 Mar: a contradiction takes back no step"
    )


def test_81_the_running_step_stays_and_its_clock_too() -> None:
    story = open_mda5().titre(1, "3040").drug(2, "gc").drug(2, "csa").drug(2, "ivcy").mda5(4, "negative")
    pathway = walked(story)
    assert (pathway.step, pathway.steps_possible, pathway.indicated.started) == ("T3", ("T3", "T4"), True)
    assert pathway.indicated.known_from == moment(1)


def test_81_the_clock_of_the_indicated_step_is_that_of_the_positive() -> None:
    before = walked(open_mda5().mda5(1, "positive"), 2).indicated
    after = walked(open_mda5().mda5(1, "positive").titre(4, "12", KIT)).indicated
    assert (after.step, after.known_from, set(after.facts)) == (before.step, before.known_from, set(before.facts))


def test_81_steps_widen_where_the_positive_came_later() -> None:
    story = open_mda5().titre(1, "12", KIT)
    assert walked(story).steps_possible == ("T2",)
    assert walked(story.mda5(4, "positive")).steps_possible == ("T2", "T3")


def test_81_a_lower_step_that_runs_is_not_unmade_either() -> None:
    story = open_mda5().titre(1, "12", KIT).drug(2, "gc").drug(2, "csa").mda5(4, "positive")
    assert (walked(story).step, walked(story).steps_possible) == ("T2", ("T2", "T3"))


def test_a_first_titre_decides_from_when_it_is_known() -> None:
    story = open_mda5().titre(1, "40", KIT, known=2).titre(3, "400", KIT)
    assert walked(story).indicated.known_from == moment(2)


@pytest.mark.parametrize(("mda5", "subtypes"), [("negative", ("A/S-2", "A/S-3")), ("positive", ("A/S-1",))])
def test_55_antisynthetase_syndrome_without_myositis_leaves_n3_open(mda5: str, subtypes: tuple[str, ...]) -> None:
    story = open_mda5("ASyS").mda5(0, mda5)
    assert subtype_of(story.snapshot(5)).possible == subtypes
    if mda5 == "negative":
        pathway = walked(story)
        assert (pathway.path, pathway.steps_possible) == (("N1", "N2", "N3"), ("T1", "T2"))
        assert pathway.missing == ("diagnosis",)


def test_55_antisynthetase_syndrome_without_myositis_is_outside_the_population() -> None:
    told = [say(x) for x in outside_population(no_risk("ASyS").snapshot(5))]
    assert told == ["antisynthetase syndrome without myositis: outside the population of the paper"]
    assert outside_population(no_risk("DM").snapshot(5)) == ()


def test_55_a_diagnosis_of_myositis_later_settles_n3() -> None:
    story = no_risk("ASyS").diagnosis(3, "PM")
    assert (walked(story).step, walked(story).indicated.known_from) == ("T1", moment(3))
    assert outside_population(story.snapshot(5)) == ()


def test_56_a_diagnosis_known_to_the_month_says_the_month() -> None:
    pathway = walked(no_risk().diagnosis(1, "ADM", month=True))
    assert "amyopathic dermatomyositis (ADM), Mar 2024" in [say(x) for x in pathway.reasons]


# -- anti-ARS ---------------------------------------------------------------------------------------------------------


def ars(*results: tuple[str, str]) -> tuple[Truth, str]:
    story = chronic()
    for code, result in results:
        story.antibody(0, code, result)
    judged = ars_answer(story.snapshot(0))
    return judged.answer, say(judged.reasons[0])


def test_124_pooled_negative_says_what_the_pool_does_not_hold() -> None:
    assert ars(("anti_ars", "negative")) == (N, "anti-ARS negative on 1 Mar (pooled); OJ, Zo, Ha not tested")


def test_124_what_was_tested_by_name_is_not_called_untested() -> None:
    assert ars(("anti_ars", "negative"), ("anti_oj", "negative"), ("anti_jo1", "negative")) == (
        N,
        "anti-ARS negative on 1 Mar (pooled); Zo, Ha not tested",
    )
    rest = [(code, "negative") for code in ("anti_oj", "anti_zo", "anti_ha")]
    assert ars(("anti_ars", "negative"), *rest) == (N, "anti-ARS negative on 1 Mar")


def test_44_a_weak_anti_ars_leaves_it_open() -> None:
    assert ars(("anti_jo1", "weak_positive")) == (
        U,
        "anti-Jo-1 not clear on 1 Mar (weakly positive or indeterminate): confirm by another method",
    )
    assert ars(("anti_ars", "negative"), ("anti_pl7", "indeterminate"))[0] is U
    assert ars(("anti_jo1", "weak_positive"), ("anti_ej", "positive"))[0] is Y


def test_44_a_weak_pooled_result_is_settled_by_all_eight_names() -> None:
    named = [(code, "negative") for code in ANTI_ARS]
    assert ars(("anti_ars", "weak_positive"), *named[:-1])[0] is U
    assert ars(("anti_ars", "weak_positive"), *named)[0] is N


def test_44_other_antibodies_are_no_anti_ars() -> None:
    assert ars(("anti_ro52", "positive"))[0] is U


def test_the_record_says_where_the_antibodies_stand() -> None:
    found = output_of(opinion(CURRENT, open_mda5().titre(1, "3040").antibody(0, "anti_jo1", "positive").snapshot(5)))
    assert found["antibodies"] == {"mda5": "positive", "from_titre": True, "ars": "yes"}
    found = output_of(opinion(CURRENT, open_mda5().titre(1, "3040").mda5(2, "positive").snapshot(5)))
    assert found["antibodies"] == {"mda5": "positive", "from_titre": False, "ars": "unknown"}
