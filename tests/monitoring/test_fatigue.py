"""How much the alerts ask: cards a patient-day, and what became of each rule's, counted from what happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.engine import Severity
from monitoring.fatigue import FEW, Happened, Outcome, RuleLine, Stay, during, fatigue
from monitoring.rules import RULES

START = datetime(2024, 3, 1, tzinfo=UTC)
CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def event(
    days: float, kind: str = "opened", rule: str = "PAO2_LOW", *, patient: int = 1, severity: int = 2, **more: str
) -> Happened:
    subject = more.get("subject", "")
    alert = more.get("alert", f"{patient} {rule} {subject}")
    return Happened(
        patient=patient,
        alert=alert,
        rule=rule,
        subject=subject,
        at=at(days),
        kind=kind,
        severity=severity,
        doing=more.get("doing", ""),
    )


def stay(begun: float = 0, end: float = 10, patient: int = 1) -> Stay:
    return Stay(patient, at(begun), at(max(begun, 0)), at(end))


def line(code: str, *events: Happened, before: int = 0) -> RuleLine:
    report = fatigue(events, [stay()], {code: before} if before else {})
    return next(x for x in report.rules if x.rule == code)


def test_what_one_evaluation_brings_to_one_card_is_one_question() -> None:
    together = (event(3), event(3, rule="VC_FALL", severity=1), event(3, rule="CSA_LOW"))
    report = fatigue(together, [stay()], {})
    assert (report.all_cards, report.cards[WARNING]) == (2, 2), "respiration once, levels once"


def test_a_card_counts_by_the_gravest_that_asked() -> None:
    report = fatigue([event(3, severity=3), event(3, rule="VC_FALL")], [stay()], {})
    assert (report.cards[CRITICAL], report.cards[WARNING]) == (1, 0)


@pytest.mark.parametrize(
    ("kind", "asks"),
    [("opened", 1), ("raised", 1), ("corrected", 1), ("woken", 1), ("updated", 0), ("lowered", 0), ("ended", 0)],
)
def test_what_asks_for_somebody(kind: str, asks: int) -> None:
    assert fatigue([event(3, kind)], [stay()], {}).all_cards == asks


def test_cards_a_patient_day_over_all_stays() -> None:
    report = fatigue([event(3), event(5)], [stay(), stay(0, 10, patient=2)], {})
    assert (report.days, report.a_day) == (20, 0.1)


@pytest.mark.parametrize(("days", "settled"), [(1.99, 0), (2.0, 1)])
def test_the_first_48_hours_of_a_stay_are_counted_apart(days: float, settled: int) -> None:
    report = fatigue([event(days)], [stay()], {})
    assert (report.settled_cards, report.settled_days) == (settled, 8)


def test_a_stay_that_began_before_the_period_brings_no_first_hours_into_it() -> None:
    report = fatigue([event(0.5)], [stay(begun=-5)], {})
    assert (report.settled_cards, report.settled_days) == (1, 10)


def test_without_anybody_on_a_ward_there_is_no_figure() -> None:
    report = fatigue([], [], {})
    assert (report.a_day, report.settled_a_day, report.all_cards) == (None, None, 0)


def test_the_minutes_run_from_the_question_to_its_answer() -> None:
    found = line("PAO2_LOW", event(3), event(3 + 30 / 1440, "acknowledged", doing="dose_changed"))
    assert (found.acknowledged, found.minutes, found.without_action) == (1, pytest.approx(30), 0)


@pytest.mark.parametrize(
    ("doing", "nothing"), [("", 1), ("already_known", 1), ("not_relevant", 1), ("discussed", 0), ("repeat_ordered", 0)]
)
def test_answers_by_which_nobody_did_anything(doing: str, nothing: int) -> None:
    assert line("PAO2_LOW", event(3), event(3.1, "acknowledged", doing=doing)).without_action == nothing


def test_an_alert_that_ended_before_anybody_saw_it() -> None:
    assert line("PAO2_LOW", event(3), event(4, "ended")).ended_unseen == 1
    assert line("PAO2_LOW", event(3), event(3.5, "acknowledged"), event(4, "ended")).ended_unseen == 0


@pytest.mark.parametrize(("days", "repeated"), [(7.0, 1), (7.01, 0)])
def test_an_alert_that_comes_again_within_a_week(days: float, repeated: int) -> None:
    assert line("PAO2_LOW", event(1), event(1 + days, alert="second")).repeated == repeated


def test_another_subject_or_patient_is_no_repetition() -> None:
    events = (event(1, rule="OVERDUE", subject="crp"), event(2, rule="OVERDUE", subject="kl6"))
    assert line("OVERDUE", *events, event(2, rule="OVERDUE", subject="crp", patient=2)).repeated == 0


@pytest.mark.parametrize(("before", "silent"), [(FEW - 1, False), (FEW, True)])
def test_the_silence_of_a_rule_that_spoke_is_told(before: int, silent: bool) -> None:
    assert line("PAO2_LOW", before=before).silent is silent


@pytest.mark.parametrize(
    ("now", "before", "louder"), [(6, 2, False), (7, 2, True), (6, 1, True), (5, 1, False), (9, 0, False)]
)
def test_a_spike_is_told(now: int, before: int, louder: bool) -> None:
    events = [event(x, alert=str(x)) for x in range(1, now + 1)]
    assert line("PAO2_LOW", *events, before=before).louder is louder


def test_the_cards_of_a_rule_are_counted_by_severity_and_of_one_moment_once() -> None:
    overdue = [event(3, rule="OVERDUE", subject=x) for x in ("crp", "kl6")]
    found = line("OVERDUE", *overdue, event(4, "raised", "OVERDUE", subject="crp", severity=3))
    assert (found.opened, dict(found.cards)) == (2, {Severity.INFO: 0, WARNING: 1, CRITICAL: 1})


@pytest.mark.parametrize(("days", "counts"), [(2.99, False), (3, False), (3.01, True), (17, True), (17.01, False)])
def test_an_outcome_counts_within_14_days_after_the_alert(days: float, counts: bool) -> None:
    (found,) = [x for x in outcome_lines(Outcome(1, at(days), worse=True)) if x.rule == "PAO2_LOW"]
    assert (found.followed, found.worse, found.predictive) == ((1, 1, 1.0) if counts else (0, 0, None))


def test_the_predictive_value_is_of_alerts_that_were_followed_by_an_outcome() -> None:
    better, worse = Outcome(1, at(5), worse=False), Outcome(1, at(6), worse=True)
    (both,) = [x for x in outcome_lines(better, worse) if x.rule == "PAO2_LOW"]
    assert (both.followed, both.worse) == (1, 1)
    (one,) = [x for x in outcome_lines(better, Outcome(2, at(6), worse=True)) if x.rule == "PAO2_LOW"]
    assert (one.followed, one.worse, one.predictive) == (1, 0, 0.0)


def outcome_lines(*outcomes: Outcome) -> tuple[RuleLine, ...]:
    return fatigue([event(3), event(4, "acknowledged")], [stay()], {}, outcomes).rules


@pytest.mark.parametrize(("days", "there"), [(-0.01, False), (0, True), (9.99, True), (10, False)])
def test_what_came_while_the_patient_lay_there(days: float, there: bool) -> None:
    assert bool(during([event(days)], [stay(), stay(0, 99, patient=2)])) is there


def test_every_rule_has_its_line_however_silent() -> None:
    report = fatigue([], [], {})
    assert {x.rule for x in report.rules} == {x.code for x in RULES}
