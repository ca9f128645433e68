"""Figure 3 of Kurasawa and Arai 2014: every node, every edge, every boundary, by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from algorithm.fingerprints import digest
from algorithm.flowcharts import CURRENT, PUBLISHED
from algorithm.walk.chart import Question, Recommendation
from algorithm.walk.engine import Visit, edges_taken
from algorithm.walk.reading import ASKS
from patients.clinical.course import DYSPNOEA
from patients.clinical.judged import Judged
from patients.clinical.reasons import say
from patients.clinical.snapshot import Settings
from patients.clinical.truth import Truth
from tests.algorithm.courses import at_risk, chronic, no_risk, on_t1, on_t2, on_t3, on_t4, walked
from tests.story import Story, moment

DIGESTS = {
    ("kurasawa_arai_2014", 1): "fb25196b30bf0ad1246153d65e79b3024b6f5a7e742ccde596a1e087a1baf07f",
    ("kurasawa_arai_2014", 2): "82457309f28fe174fecaee739e462d246ffb4a05b620be80d38b8b2a7f600952",
}


@pytest.mark.parametrize("key", PUBLISHED)
def test_published_charts_are_frozen(key: tuple[str, int]) -> None:
    """A published chart never changes: a correction is a new version in a new file, with a new line here."""
    assert digest(PUBLISHED[key]) == DIGESTS[key]


@pytest.mark.parametrize("chart", PUBLISHED.values(), ids=str)
def test_published_charts_have_no_faults(chart) -> None:
    assert list(chart.faults()) == []


def test_every_question_asks_something_that_is_known() -> None:
    assert {x.test for x in CURRENT.nodes if isinstance(x, Question)} <= set(ASKS)


def test_every_node_is_reached_by_an_edge() -> None:
    assert {x.id for x in CURRENT.nodes} == {CURRENT.entry, *(x.target for x in CURRENT.edges)}


def test_steps_are_those_of_the_paper() -> None:
    assert {x.step for x in CURRENT.nodes if isinstance(x, Recommendation)} == {"T1", "T2", "T3", "T4", "observation"}


# -- nodes ------------------------------------------------------------------------------------------------------------


def test_n1_without_any_fact_stops_the_walk() -> None:
    pathway = walked(Story())
    assert (pathway.path, pathway.step) == (("N1",), None)
    assert pathway.steps_possible == ("observation", "T1", "T2", "T3")
    assert {"respiratory_onset", DYSPNOEA, "hrct", "pao2", "vc", "diagnosis", "anti_mda5", "ferritin", "cough"} == set(
        pathway.missing
    )


def test_n2_one_no_and_four_unknown() -> None:
    pathway = walked(Story().onset(0).ferritin(0, "300"))
    assert (pathway.path, pathway.step, pathway.steps_possible) == (("N1", "N2"), None, ("T1", "T2", "T3"))
    assert pathway.missing == ("diagnosis", "anti_mda5", "hrct", "pao2")


def test_n2_lists_open_factors_even_when_one_is_met() -> None:
    pathway = walked(at_risk())
    assert (pathway.step, pathway.deciding_facts) == ("T3", ())
    assert pathway.missing == ("diagnosis", "anti_mda5", "hrct", "pao2")


def test_n3_is_not_asked_while_n2_is_open() -> None:
    assert walked(Story().onset(0).diagnosis(0, "PM")).path == ("N1", "N2")


def test_n4_waits_for_a_judgement() -> None:
    pathway = walked(on_t1())
    assert (pathway.path[-2:], pathway.step, pathway.steps_possible) == (("T1", "N4"), "T1", ("T1", "T2"))
    assert pathway.missing == ("judgement",)
    assert pathway.waiting is not None


def test_n5_waits_for_a_judgement() -> None:
    pathway = walked(on_t2())
    assert (pathway.path[-2:], pathway.step, pathway.steps_possible) == (("T2", "N5"), "T2", ("T2", "T3"))


def test_n6_waits_for_a_judgement() -> None:
    pathway = walked(on_t3())
    assert (pathway.path, pathway.step, pathway.steps_possible) == (("N1", "N2", "T3", "N6"), "T3", ("T3", "T4"))


def test_n7_open_lists_what_it_lacks() -> None:
    pathway = walked(Story().onset(-200, known=0).quiet(0), 0)
    assert (pathway.path, pathway.step, pathway.steps_possible) == (("N1", "N7"), None, ("observation", "T1"))
    assert pathway.missing == ("cough",)


def test_t4_is_the_last_step() -> None:
    pathway = walked(on_t4().judged(15, "worse"), 16)
    assert (pathway.path[-1], pathway.step, pathway.steps_possible) == ("T4", "T4", ("T4",))
    assert pathway.missing == ("diagnosis", "anti_mda5", "hrct", "pao2")
    assert pathway.deciding_facts == ()


# -- edges ------------------------------------------------------------------------------------------------------------


def taken(story: Story, day: int = 5) -> set[tuple[str, str, str]]:
    pathway = walked(story, day)
    return {(x.source, x.answer, x.target) for x in edges_taken(CURRENT, pathway.visits)}


def test_the_edge_of_an_answer_is_taken_to_the_next_node_or_where_it_is_the_last() -> None:
    """Not where the step that a clinician chose stands beside the way from the entry."""

    def lit(*visits: Visit) -> list[tuple[str, str]]:
        return [(x.source, x.target) for x in edges_taken(CURRENT, visits)]

    asked = Judged("chronic_activity", Truth.NO)
    assert lit(Visit("N7", asked)) == [("N7", "observation")]
    assert lit(Visit("N7", asked), Visit("T4")) == []
    assert lit(Visit("N7", asked), Visit("observation")) == [("N7", "observation")]
    assert lit(Visit("N7", Judged("chronic_activity", Truth.UNKNOWN))) == []
    assert lit() == []


def test_what_waits_is_an_open_question_of_improvement() -> None:
    for code, answer, waits in (
        ("improvement", Truth.UNKNOWN, True),
        ("improvement", Truth.NO, False),
        ("poor_risk", Truth.UNKNOWN, False),
    ):
        last = Judged(code, answer)
        pathway = replace(walked(no_risk()), visits=(Visit("N1"), Visit("N4", last)))
        assert pathway.waiting is (last if waits else None)
    assert replace(walked(no_risk()), visits=()).waiting is None


def test_n1_yes_n2() -> None:
    assert ("N1", "yes", "N2") in taken(no_risk())


def test_n1_no_n7() -> None:
    assert ("N1", "no", "N7") in taken(chronic(), 0)


def test_n2_yes_t3() -> None:
    pathway = walked(at_risk())
    assert (pathway.path, pathway.step) == (("N1", "N2", "T3"), "T3")
    assert [say(x) for x in pathway.reasons] == ["respiratory onset on 1 Mar", "ferritin 1,679 ng/mL on 1 Mar > 1,000"]
    assert ("N2", "yes", "T3") in taken(at_risk())


def test_n2_no_n3() -> None:
    assert ("N2", "no", "N3") in taken(no_risk())


def test_n3_yes_t2() -> None:
    assert walked(no_risk("DM")).path == ("N1", "N2", "N3", "T2")
    assert ("N3", "yes", "T2") in taken(no_risk("DM"))


def test_n3_no_t1() -> None:
    assert walked(no_risk("PM")).path == ("N1", "N2", "N3", "T1")
    assert ("N3", "no", "T1") in taken(no_risk("PM"))


def test_n4_yes_t1() -> None:
    story = on_t1().judged(10, "improved")
    pathway = walked(story, 12)
    assert (pathway.path[-1], pathway.step, pathway.steps_possible) == ("N4", "T1", ("T1",))
    assert ("N4", "yes", "T1") in taken(story, 12)


def test_n4_no_t2() -> None:
    story = on_t1().judged(10, "worse")
    pathway = walked(story, 12)
    assert (pathway.path[-3:], pathway.step, pathway.steps_possible) == (("T1", "N4", "T2"), "T2", ("T2",))
    assert ("N4", "no", "T2") in taken(story, 12)


def test_n5_yes_t2() -> None:
    story = on_t2().judged(10, "improved")
    assert (walked(story, 12).step, walked(story, 12).steps_possible) == ("T2", ("T2",))
    assert ("N5", "yes", "T2") in taken(story, 12)


def test_n5_no_t3() -> None:
    story = on_t2().judged(10, "worse")
    assert (walked(story, 12).path[-3:], walked(story, 12).step) == (("T2", "N5", "T3"), "T3")
    assert ("N5", "no", "T3") in taken(story, 12)


def test_n6_yes_t3() -> None:
    story = on_t3().judged(10, "improved")
    assert (walked(story, 12).step, walked(story, 12).steps_possible) == ("T3", ("T3",))
    assert ("N6", "yes", "T3") in taken(story, 12)


def test_n6_no_t4() -> None:
    story = on_t3().judged(10, "worse")
    assert (walked(story, 12).path, walked(story, 12).step) == (("N1", "N2", "T3", "N6", "T4"), "T4")
    assert ("N6", "no", "T4") in taken(story, 12)


def test_n7_yes_t1() -> None:
    story = chronic().finding("0T09:00", "cough", True)
    assert (walked(story, 0).path, walked(story, 0).step) == (("N1", "N7", "T1"), "T1")
    assert ("N7", "yes", "T1") in taken(story, 0)


def test_n7_no_observation() -> None:
    pathway = walked(chronic(), 0)
    assert (pathway.path, pathway.step) == (("N1", "N7", "observation"), "observation")
    assert ("N7", "no", "observation") in taken(chronic(), 0)


@pytest.mark.parametrize(("story", "edge"), [(on_t1, ("T1", "N4")), (on_t2, ("T2", "N5")), (on_t3, ("T3", "N6"))])
def test_a_running_step_leads_to_its_question(story, edge) -> None:
    assert (edge[0], "then", edge[1]) in taken(story())


def test_every_edge_has_a_test_of_its_name() -> None:
    named = {name for name in globals() if name.startswith("test_")}
    for edge in CURRENT.edges:
        if edge.answer != "then":
            assert f"test_{edge.source}_{edge.answer}_{edge.target}".lower() in named


# -- how a running step and the entry are joined ----------------------------------------------------------------------


def test_a_new_risk_factor_on_t1_makes_t3_the_step() -> None:
    pathway = walked(on_t1().ferritin(4, "1240"))
    assert (pathway.path, pathway.step, pathway.steps_possible) == (("N1", "N2", "T3"), "T3", ("T3",))
    assert not pathway.indicated.started


def test_gc_alone_in_dm_leaves_t2_indicated() -> None:
    pathway = walked(no_risk("DM").drug(1, "gc"))
    assert (pathway.step, pathway.indicated.started) == ("T2", False)


def test_the_step_does_not_go_back_when_the_entry_is_lower() -> None:
    pathway = walked(on_t2().diagnosis(3, "PM"))
    assert (pathway.entry, pathway.step) == ("T1", "T2")
    assert pathway.path == ("N1", "N2", "N3", "T1", "N4", "T2", "N5")


def test_a_passed_question_is_marked() -> None:
    visits = {x.node: x for x in walked(on_t2().diagnosis(3, "PM")).visits}
    assert visits["N4"].passed
    assert not visits["N5"].passed


def test_an_open_entry_while_a_step_runs_keeps_both_in_view() -> None:
    story = Story().onset(0).diagnosis(0, "DM").drug(1, "gc").drug(1, "csa")
    pathway = walked(story)
    assert (pathway.path, pathway.step, pathway.steps_possible) == (("N1", "N2", "T2", "N5"), "T2", ("T2", "T3"))
    assert pathway.missing == ("anti_mda5", "ferritin", "hrct", "pao2", "judgement")


def test_observation_does_not_stop_a_running_treatment() -> None:
    pathway = walked(chronic().drug(0, "gc"), 1)
    assert (pathway.entry, pathway.step, pathway.path) == ("observation", "T1", ("N1", "N7", "T1", "N4"))


def test_a_chronic_patient_who_newly_meets_n1_is_acute_at_once() -> None:
    assert walked(chronic().dyspnoea(3, change="worse")).path == ("N1", "N2")


def test_a_decision_that_the_course_is_chronic_leads_to_n7() -> None:
    assert walked(no_risk().chronic(200), 201).path[:2] == ("N1", "N7")


def test_a_withdrawn_result_takes_its_step_back() -> None:
    story = Story().onset(0).ferritin(0, "1679", id="f").ferritin(0, "1679", id="f", known=3, cancelled=True)
    assert walked(story, 2).step == "T3"
    assert walked(story, 4).step is None


def test_what_was_known_then_is_answered_then() -> None:
    story = Story().onset(0).mda5(0, "positive", known=6)
    assert walked(story, 5).step is None
    assert walked(story, 6).step == "T3"


# -- boundaries -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "step"), [("1000", "T2"), ("1000.1", "T3"), (">1000", "T3"), ("<1000", "T2")])
def test_boundary_ferritin_1000(value: str, step: str) -> None:
    assert walked(no_risk().ferritin(1, value)).step == step


def test_boundary_ferritin_censored_below_the_limit_is_unknown() -> None:
    pathway = walked(no_risk().ferritin(1, ">800"))
    assert (pathway.step, pathway.steps_possible, pathway.missing) == (None, ("T2", "T3"), ("ferritin",))


@pytest.mark.parametrize(("value", "step"), [("59.9", "T3"), ("60", "T2"), ("60.0048", "T2")])
def test_boundary_pao2_60(value: str, step: str) -> None:
    """8.00 kPa is 60.0048 mmHg by the catalogue's factor: not below 60."""
    assert walked(no_risk().pao2(1, value)).step == step


@pytest.mark.parametrize(("value", "step"), [("59.9", "T3"), ("60", None)])
def test_63_boundary_pao2_60_on_oxygen(value: str, step: str | None) -> None:
    """Below 60 on oxygen counts all the more; 60 or more leaves the factor open."""
    pathway = walked(no_risk().pao2(1, value, "0.4"))
    assert (pathway.step, pathway.missing) == (step, () if step else ("pao2",))


@pytest.mark.parametrize(("later", "course"), [("1.98", "C"), ("1.979", "A/S"), ("1.977", "A/S")])
def test_boundary_vc_fall_of_exactly_10_percent_is_no(later: str, course: str) -> None:
    story = Story().onset(-200, known=-30).test(-30, "vc", "2.20").test(0, "vc", later)
    story.dyspnoea(0, present=False).hrct(0, change="unchanged")
    assert walked(story, 0).course.course == course


@pytest.mark.parametrize(("later", "course"), [("70", "C"), ("69.9", "A/S")])
def test_boundary_pao2_fall_of_exactly_10_is_no(later: str, course: str) -> None:
    story = Story().onset(-200, known=-30).pao2(-30, "80").pao2(0, later)
    story.dyspnoea(0, present=False).hrct(0, change="unchanged")
    assert walked(story, 0).course.course == course


@pytest.mark.parametrize(("onset", "course"), [(-90, "A/S"), (-91, "C")])
def test_boundary_onset_day_90_and_91(onset: int, course: str) -> None:
    assert walked(Story().onset(onset, known=0).quiet(0), 0).course.course == course


@pytest.mark.parametrize(("day", "step"), [(28, "T1"), (29, "T2")])
def test_boundary_unchanged_on_gc_counts_from_day_28(day: int, step: str) -> None:
    """GC began on day 1: day 28 of it is story day 29."""
    assert walked(on_t1().judged(20, "unchanged"), day).step == step


@pytest.mark.parametrize(("day", "step"), [(14, "T2"), (15, "T3")])
def test_boundary_unchanged_on_t2_counts_from_day_14(day: int, step: str) -> None:
    assert walked(on_t2().judged(10, "unchanged"), day).step == step


@pytest.mark.parametrize(("day", "step"), [(15, "T2"), (16, "T1")])
def test_boundary_worsening_by_itself_answers_n4_until_day_14(day: int, step: str) -> None:
    assert walked(on_t1().dyspnoea(day, change="worse"), 20).step == step


@pytest.mark.parametrize(("later", "step"), [("2.09", "observation"), ("2.08", "T1")])
def test_boundary_n7_vc_5_percent(later: str, step: str) -> None:
    story = Story().onset(-300, known=-150).test(-150, "vc", "2.20").test(0, "vc", later)
    story.dyspnoea(0, present=False).finding(0, "cough", False).hrct(0, change="unchanged")
    assert walked(story, 0).step == step


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "Europe/Berlin"])
@pytest.mark.parametrize(("onset", "course"), [(-90, "A/S"), (-91, "C")])
def test_boundary_days_are_calendar_days_across_daylight_saving(zone: str, onset: int, course: str) -> None:
    """Day 0 is 1 March; by day 40 New York and Berlin have changed their clocks."""
    story = Story(zone).onset(40 + onset, known=40).quiet(40)
    assert walked(story, 40).course.course == course


def test_boundary_late_evening_in_tokyo_is_the_day_in_tokyo() -> None:
    """23:59 on day 90 in Tokyo is still day 90, although storage is in UTC."""
    story = Story().onset(0, known="90T23:00").quiet(90)
    assert walked(story, "90T23:59").course.course == "A/S"
    assert walked(Story().onset(0, known="91T00:00").quiet(90), "91T00:01").course.course == "C"


@pytest.mark.parametrize("myositis", ["hypomyopathic_DM", "CADM"])
def test_hypomyopathic_counts_as_adm_unless_switched_off(myositis: str) -> None:
    from algorithm.walk.engine import walk

    story = no_risk(myositis)
    assert walk(CURRENT, story.snapshot(5)).step == "T3"
    assert walk(CURRENT, story.snapshot(5, settings=Settings(hypomyopathic_counts_as_adm=False))).step == "T2"


def test_provisional_dm_leaves_n2_open() -> None:
    pathway = walked(no_risk().diagnosis(1, "DM", provisional=True))
    assert (pathway.step, pathway.steps_possible, pathway.missing) == (None, ("T2", "T3"), ("diagnosis",))


# -- for the monitoring rules -----------------------------------------------------------------------------------------


def test_indicated_is_known_from_the_later_of_course_and_factor() -> None:
    indicated = walked(Story().onset(0, known=2).ferritin(1, "1679")).indicated
    assert (indicated.step, indicated.known_from, indicated.started) == ("T3", moment(2), False)


def test_a_second_high_ferritin_restarts_no_clock() -> None:
    before, after = walked(at_risk()).indicated, walked(at_risk().ferritin(3, "1900")).indicated
    assert (after.known_from, after.facts) == (before.known_from, before.facts)


def test_a_new_factor_is_a_new_fact_behind_the_step() -> None:
    before, after = walked(at_risk()).indicated, walked(at_risk().mda5(3, "positive")).indicated
    assert after.known_from == before.known_from
    assert set(after.facts) > set(before.facts)


def test_unchanged_is_indicated_from_the_day_it_counts() -> None:
    indicated = walked(on_t1().judged(20, "unchanged"), 40).indicated
    assert (indicated.step, indicated.known_from) == ("T2", moment(29))


def test_a_started_step_is_known_from_its_day_0_at_the_latest() -> None:
    indicated = walked(on_t3()).indicated
    assert (indicated.known_from, indicated.started) == (moment(0), True)


def test_a_step_whose_drugs_were_stopped_is_not_started() -> None:
    story = at_risk().drug(1, "gc", stop=3).drug(1, "csa", stop=3).drug(1, "ivcy", stop=3)
    assert (walked(story, 10).step, walked(story, 10).indicated.started) == ("T3", False)


def test_nothing_is_indicated_while_the_step_is_open() -> None:
    indicated = walked(Story()).indicated
    assert (indicated.step, indicated.known_from, indicated.facts) == (None, None, ())


def test_parts_of_n2_are_shown_with_their_reasons() -> None:
    visits = {x.node: x for x in walked(at_risk()).visits}
    assert [x.code for x in visits["N2"].parts] == ["adm", "mda5", "ferritin", "hrct", "pao2"]
    assert [x.answer for x in visits["N2"].parts if x.answer is not Truth.UNKNOWN] == [Truth.YES]
