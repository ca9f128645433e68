"""How long critical cards waited for an answer. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ildcare.review.waiting import AlertStep, unanswered, waits

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = START + 48 * HOUR


def event(
    hours: float, kind: str, alert: str = "a", rule: str = "FERRITIN_HIGH", *, critical: bool = True
) -> AlertStep:
    at = START + hours * HOUR
    return AlertStep(patient=1, alert=alert, rule=rule, subject="", at=at, kind=kind, critical=critical)


def late(*events: AlertStep, hours: float = 1) -> list[str]:
    return [x.alert for x in unanswered(events, hours * HOUR, NOW)]


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([event(0, "opened"), event(2, "acknowledged")], ["a"]),
        ([event(0, "opened"), event(1, "acknowledged")], []),  # an hour is not longer than an hour
        ([event(0, "opened")], ["a"]),  # until now
        ([event(0, "opened", critical=False)], []),
        ([event(0, "opened", critical=False), event(3, "raised")], ["a"]),
        ([event(0, "opened"), event(0.5, "ended")], []),
        ([event(0, "opened"), event(3, "ended")], ["a"]),
        ([event(0, "opened"), event(0.5, "lowered", critical=False)], []),
        ([event(0, "opened"), event(0.5, "snoozed"), event(3, "acknowledged")], ["a"]),  # put off is no answer
        ([event(0, "opened"), event(0.5, "acknowledged"), event(4, "corrected")], ["a"]),
    ],
)
def test_a_critical_alert_without_an_answer_for_longer_than_allowed(events, found) -> None:
    assert late(*events) == found


def test_a_wait_counts_from_when_it_first_asked() -> None:
    (wait,) = waits([event(0, "opened"), event(0.8, "corrected"), event(1.5, "acknowledged")])
    assert (wait.since, wait.until, wait.acknowledged) == (START, START + 1.5 * HOUR, True)


def test_alerts_of_one_card_that_wait_together_are_one_case() -> None:
    together = [event(0, "opened", "a"), event(1, "opened", "b", "POOR_RISK_MET"), event(5, "acknowledged", "a")]
    assert late(*together) == ["a"]
    other_card = event(1, "opened", "c", "PAO2_FALL")
    assert sorted(late(*together, other_card)) == ["a", "c"]
    later = [event(0, "opened"), event(3, "acknowledged"), event(20, "opened", "d"), event(30, "acknowledged", "d")]
    assert late(*later) == ["a", "d"]
