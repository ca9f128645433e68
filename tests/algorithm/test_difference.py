"""What moved between two evaluations, and by which fact."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from algorithm.causes import MOST_STEPS, Step
from algorithm.difference import CORRECTED, NEW, WITHDRAWN, Difference, cause_of, difference, steps_between
from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion, output_of
from algorithm.record import inputs_of
from patients.clinical import facts as f
from patients.clinical.reasons import say
from tests.algorithm.courses import no_risk
from tests.story import Day, Story


def between(old: Story, old_day: Day, new: Story, new_day: Day) -> Difference:
    before, after = old.snapshot(old_day), new.snapshot(new_day)
    records = [(inputs_of(x), output_of(opinion(CURRENT, x))) for x in (before, after)]
    return difference(*records[0], *records[1])


def course() -> Story:
    return no_risk("PM").ferritin(3, "890").ferritin(6, "1240")


def test_step_moved_because_ferritin_rose() -> None:
    found = between(course(), 5, course(), 6)
    assert [say(x.sentence) for x in found.changes] == ["step moved from T1 to T3"]
    assert [say(x.sentence) for x in found.causes] == ["Ferritin 890 to 1,240 on 7 Mar"]
    assert [x.how for x in found.causes] == [NEW]


def test_a_new_fact_that_moves_nothing_is_no_cause() -> None:
    story = course().test(6, "kl6", "900").test(6, "spo2", "93").drug(6, "tmp_smx")
    found = between(story, 5, story, 6)
    assert [say(x.sentence) for x in found.causes] == ["Ferritin 890 to 1,240 on 7 Mar"]


def test_a_withdrawn_result_is_named() -> None:
    story = Story().onset(0).ferritin(0, "1679", id="a").ferritin(0, "1679", id="a", known=3, cancelled=True)
    found = between(story, 2, story, 4)
    assert [(x.before, x.after) for x in found.changes if x.code == "step"] == [("T3", None)]
    assert [(x.how, say(x.sentence)) for x in found.causes] == [(WITHDRAWN, "Ferritin 1,679 of 1 Mar was withdrawn")]


def test_a_correction_is_named_with_both_values() -> None:
    story = no_risk().ferritin(1, "1100", id="a").ferritin(1, "110", id="a", known=3)
    found = between(story, 2, story, 4)
    assert [(x.how, say(x.sentence)) for x in found.causes] == [
        (CORRECTED, "Ferritin of 2 Mar corrected from 1,100 to 110")
    ]


def test_time_alone_can_move_the_step() -> None:
    story = no_risk("PM").drug(1, "gc").judged(20, "unchanged")
    found = between(story, 28, story, 29)
    assert found.by_time
    assert [say(x.sentence) for x in found.changes] == ["step moved from T1 to T2"]


def test_subtype_and_step_can_both_move() -> None:
    story = Story().onset(0).diagnosis(0, "DM").mda5(4, "positive")
    assert {x.code for x in between(story, 3, story, 4).changes} == {"step", "subtype"}


def test_the_end_of_a_treatment_is_a_cause() -> None:
    story = no_risk("PM").drug(1, "gc", stop=10)
    found = between(story, 9, story, 11)
    assert [say(x.sentence) for x in found.causes] == ["glucocorticoid (as prednisolone) last given on 11 Mar"]


def test_the_last_day_of_a_treatment_moves_nothing() -> None:
    story = no_risk("PM").drug(1, "gc", stop=10)
    found = between(story, 9, story, 10)
    assert (found.changes, found.causes) == ((), ())


def test_a_judgement_is_named_without_the_values_of_its_day() -> None:
    """No number of an unrelated test beside a judgement."""
    story = no_risk("PM").drug(1, "gc").test(20, "kl6", "900").judged(20, "worse").test(20, "ferritin", "300")
    found = between(story, 19, story, 20)
    assert [say(x.sentence) for x in found.changes] == ["step moved from T1 to T2"]
    assert [say(x.sentence) for x in found.causes] == ["judgement of improvement worse on 21 Mar"]


def test_field_case_drug_start_named_level() -> None:
    """A drug that was begun is named as a drug, not as its level: "cyclosporine on 6 Mar (started)"."""
    story = Story().onset(0).diagnosis(0, "DM").drug(1, "gc").drug(5, "csa")
    found = between(story, 4, story, 5)
    assert [x.code for x in found.changes] == ["step"]
    assert [say(x.sentence) for x in found.causes] == ["cyclosporine on 6 Mar (started)"]


def test_of_two_facts_each_enough_the_first_is_named() -> None:
    story = no_risk("PM").pao2(6, "50").ferritin(6, "1240")
    found = between(story, 5, story, 6)
    assert [x.after for x in found.changes] == ["T3"]
    assert len(found.causes) == 1


def test_facts_that_move_the_answer_only_together_are_all_named() -> None:
    story = no_risk("PM").drug(1, "gc").drug(6, "csa").drug(6, "ivcy")
    found = between(story, 5, story, 6)
    assert [x.after for x in found.changes] == ["T3"]
    assert [say(x.sentence) for x in found.causes] == [
        "cyclosporine on 7 Mar (started)",
        "intravenous cyclophosphamide on 7 Mar (started)",
    ]


def test_a_program_that_says_something_else_is_not_a_fact() -> None:
    """The stored answer was of another version: the facts that came since moved nothing."""
    story = course().test(4, "kl6", "900")
    old, new = story.snapshot(3), story.snapshot(4)
    said = output_of(opinion(CURRENT, new))
    found = difference(inputs_of(old), {**said, "step": "T2"}, inputs_of(new), said)
    assert [x.before for x in found.changes] == ["T2"]
    assert (found.causes, found.by_time) == ((), True)


@pytest.mark.parametrize("others", [MOST_STEPS - 1, MOST_STEPS])
def test_among_many_facts_the_cause_is_found(others: int) -> None:
    """At the limit every fact is tried; beyond it those of which the chart speaks."""
    story = course()
    for n in range(others):
        story.test(f"6T09:{n:02}", "kl6", str(900 + n))
    found = between(story, 5, story, 6)
    assert [say(x.sentence) for x in found.causes] == ["Ferritin 890 to 1,240 on 7 Mar"]


def test_the_same_records_give_the_same_words() -> None:
    story = course().pao2(6, "50").drug(6, "gc").test(6, "kl6", "900")
    assert between(story, 5, story, 6) == between(story, 5, story, 6)


def test_nothing_moved() -> None:
    found = between(course(), 4, course(), 5)
    assert (found.changes, found.causes, found.by_time) == ((), (), True)


@pytest.mark.parametrize(("present", "word"), [(True, "present"), (False, "absent")])
def test_a_finding_is_said_to_be_there_or_not(present: bool, word: str) -> None:
    """Chronic, nothing known of cough: what is found of it decides between T1 and observation."""
    story = Story().onset(-200, known=0).dyspnoea(0, False).hrct(0, change="unchanged").test(0, "vc", "2.2")
    found = between(story, 3, story.finding(4, "cough", present), 4)
    assert [say(x.sentence) for x in found.causes] == [f"cough {word} on 5 Mar"]


def test_a_finding_that_said_nothing_is_not_said_to_have_been_absent() -> None:
    story = Story().onset(-200, known=0).dyspnoea(0, id="a").dyspnoea(0, True, "worse", id="a", known=4)
    found = between(story, 3, story, 4)
    assert [x.how for x in found.causes] == [CORRECTED]
    assert say(found.causes[0].sentence) == "dyspnoea on exertion of 1 Mar corrected from  to worse"


# -- one fact in a sentence, and what changed between two records ------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "said", "facts"),
    [
        (Story().diagnosis(0, "DM"), "diagnosis of myositis dermatomyositis (DM) on 1 Mar", "1"),
        (Story().mda5(0, "positive"), "anti-MDA5 antibody positive on 1 Mar", "1"),
        (Story().hrct(0, change="increased", pattern="NSIP"), "HRCT report increased on 1 Mar", "1"),
        (Story().hrct(0, pattern="NSIP", consolidation="lower"), "HRCT report NSIP on 1 Mar", "1"),
        (Story().hrct(0, consolidation="lower"), "HRCT report lower zones on 1 Mar", "1"),
        (Story().add(f.Histology, 0, pattern="DAD"), "histology DAD on 1 Mar", "1"),
        (Story().add(f.Support, 0, level="niv"), "respiratory support non-invasive ventilation on 1 Mar", "1"),
        (Story().add(f.Decision, 0, step="T2", reason="x"), "decision T2 on 1 Mar", "1"),
        (Story().chronic(0), "decision chronic (C) on 1 Mar", "1"),
        (Story().add(f.Discharge, 0, to="home"), "discharge home on 1 Mar", "1"),
        (Story().add(f.Outcome, 0, what="death"), "outcome death on 1 Mar", "1"),
        (Story().drug(0, "csa"), "cyclosporine on 1 Mar (started)", "1"),
        (Story().finding(0, "cough", True, "worse"), "cough worse on 1 Mar", "1"),
        (Story().ferritin(0, "<5"), "Ferritin <5 on 1 Mar", "1"),
        (Story().ferritin(0, "100").ferritin(2, "300").ferritin(3, "200"), "Ferritin 300 to 200 on 4 Mar", "23"),
        (Story().ferritin(0, "100").test(1, "kl6", "5").ferritin(3, "200"), "Ferritin 100 to 200 on 4 Mar", "13"),
        (Story().ferritin(3, "100").ferritin(3, "200"), "Ferritin 100 to 200 on 4 Mar", "12"),
    ],
)
def test_what_is_said_of_a_new_fact(story: Story, said: str, facts: str) -> None:
    *before, fact = inputs_of(story.snapshot(9))["facts"]
    cause = cause_of(Step(None, fact), {"facts": before}, ZoneInfo("Asia/Tokyo"))
    assert (cause.how, cause.fact, say(cause.sentence)) == (NEW, fact["id"], said)
    assert cause.sentence.facts == tuple(facts)


def test_a_fact_known_to_the_month_is_told_by_its_month() -> None:
    (fact,) = inputs_of(Story().onset(0, month=True).snapshot(9))["facts"]
    assert say(cause_of(Step(None, fact), {"facts": []}, ZoneInfo("Asia/Tokyo")).sentence).endswith(" on 2024-03")


@pytest.mark.parametrize(
    ("later", "steps"),
    [
        (lambda s: s.ferritin(0, "1200", id="a"), [("1", "2")]),  # corrected
        (lambda s: s.ferritin(1, "1200", id="a"), [(None, "2"), ("1", None)]),  # to another time: another place
        (lambda s: s.ferritin(0, "1100", id="a", cancelled=True), [("1", None)]),
        (lambda s: s.ferritin(0, "1100", id="a", cancelled=True).ferritin(0, "9", id="b"), [(None, "3"), ("1", None)]),
        (lambda s: s.ferritin(0, "9", id="b"), [(None, "2")]),
        (lambda s: s, []),
    ],
)
def test_what_came_was_corrected_or_was_withdrawn_between_two_records(later, steps) -> None:
    before = inputs_of(Story().ferritin(0, "1100", id="a").snapshot(9))
    after = inputs_of(later(Story().ferritin(0, "1100", id="a")).snapshot(9))
    assert [(x.before and x.before["id"], x.after and x.after["id"]) for x in steps_between(before, after)] == steps


def test_of_two_corrections_at_one_time_each_replaces_one() -> None:
    def two(story: Story) -> Story:
        return story.ferritin(0, "1", id="a").ferritin(0, "2", id="b")

    before, after = inputs_of(two(Story()).snapshot(9)), inputs_of(two(two(Story())).snapshot(9))
    assert [(x.before["id"], x.after["id"]) for x in steps_between(before, after)] == [("1", "3"), ("2", "4")]


@pytest.mark.parametrize(("stop", "said"), [(5, "last given on 6 Mar"), (None, "goes on")])
def test_the_end_of_a_treatment_and_its_going_on_are_told(stop: int | None, said: str) -> None:
    (fact,) = inputs_of(Story().drug(0, "csa", stop=stop).snapshot(9))["facts"]
    cause = cause_of(Step(fact, fact), {"facts": [fact]}, ZoneInfo("Asia/Tokyo"))
    assert say(cause.sentence) == f"cyclosporine {said}"
