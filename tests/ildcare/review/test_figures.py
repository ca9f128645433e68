"""The figures of agreement, exact. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ildcare.review.delays import Delay
from ildcare.review.figures import (
    Begun,
    Due,
    Line,
    Made,
    Read,
    Reviewed,
    Spread,
    Stay,
    Target,
    judgements_of,
    lines_of,
    spread,
    targets_of,
)
from ildcare.review.waiting import Wait
from patients.clinical import facts as f
from tests.story import Story

ZONE = ZoneInfo("Asia/Tokyo")
START, END = datetime(2026, 9, 1, tzinfo=ZONE), datetime(2026, 10, 1, tzinfo=ZONE)
EAST, WEST = 1, 2
NOTHING = Read(stays=(), decisions=(), begun=(), targets=(), judgements=(), waits=(), reviewed=())
STAYS = (Stay(7, EAST, START, datetime(2026, 9, 10, tzinfo=ZONE)), Stay(8, WEST, START, END))


def at(day: int, hour: int = 8) -> datetime:
    return datetime(2026, 9, day, hour, tzinfo=ZONE)


def figures(ward: int | None = None, **read: object) -> dict[tuple[str, str], Line]:
    held = replace(NOTHING, stays=STAYS, **read)
    return {(x.code, x.about): x for x in lines_of(held, START, END, ward)}


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ([], (0, None, None, None)),
        ([5], (1, 5, 5, 5)),
        ([1, 2], (2, "1.5", "1.25", "1.75")),
        ([4, 1, 3, 2], (4, "2.5", "1.75", "3.25")),
        ([10, 20, 30, 40, 50], (5, 30, 20, 40)),
    ],
)
def test_median_and_quartiles_are_exact(numbers, found) -> None:
    n, *quartiles = found
    assert spread(numbers) == Spread(n, *(None if x is None else Decimal(x) for x in quartiles))


def test_decisions_by_whether_the_chart_was_followed_and_why_not() -> None:
    decisions = (
        Made(7, at(2), True, ""),
        Made(7, at(3), False, "infection"),
        Made(8, at(4), False, "infection"),
        Made(8, at(5), False, ""),
        Made(7, at(20), True, ""),  # on no ward any more
        Made(9, at(2), True, ""),  # on another ward
        Made(8, START - timedelta(minutes=1), True, ""),  # before the period
    )
    found = figures(decisions=decisions)
    assert found["followed", ""] == Line("followed", n=1, of=4)
    assert found["departed", ""] == Line("departed", n=3, of=4)
    assert found["departed_because", "infection"] == Line("departed_because", "infection", n=2, of=3)
    assert found["departed_because", ""].n == 1
    assert figures(EAST, decisions=decisions)["followed", ""] == Line("followed", n=1, of=2)
    assert figures(WEST, decisions=decisions)["followed", ""] == Line("followed", n=0, of=2)


def test_time_from_the_answer_to_the_start_counts_those_that_began() -> None:
    begun = (
        Begun(7, Delay("T3", at(2), at(2, 18))),
        Begun(8, Delay("T2", at(3), at(4))),
        Begun(8, Delay("T3", at(5), None)),
        Begun(7, Delay("T1", at(5), at(5), early=True)),
    )
    found = figures(begun=begun)
    assert found["to_start", ""].spread == Spread(2, Decimal(17 * 60), Decimal("810"), Decimal("1230"))
    assert (found["not_begun", ""].n, found["begun_before", ""].n, found["not_begun", ""].of) == (1, 1, 4)


def test_time_to_the_target_by_drug() -> None:
    targets = (
        Target(7, "csa", date(2026, 9, 2), 3),
        Target(8, "csa", date(2026, 9, 3), 5),
        Target(8, "csa", date(2026, 9, 9), None),
        Target(8, "tac", date(2026, 9, 9), 4),
        Target(7, "csa", date(2026, 9, 11), 1),  # after the stay
    )
    found = figures(targets=targets)
    assert found["to_target", "csa"].spread == Spread(2, Decimal(4), Decimal("3.5"), Decimal("4.5"))
    assert (found["target_not_reached", "csa"].n, found["target_not_reached", "csa"].of) == (1, 3)
    assert found["to_target", "tac"].spread == Spread(1, Decimal(4), Decimal(4), Decimal(4))
    assert ("to_target", "tac") not in figures(EAST, targets=targets)


def test_judgements_on_time_late_and_not_at_all() -> None:
    day = date(2026, 9, 8)
    judgements = (
        Due(7, day, day),
        Due(8, day, day - timedelta(days=2)),
        Due(8, day, date(2026, 9, 9)),
        Due(8, day, None),
    )
    found = figures(judgements=judgements)
    assert [found[x, ""].n for x in ("judged_on_time", "judged_late", "not_judged")] == [2, 1, 1]
    assert found["not_judged", ""].of == 4


def wait(patient: int, since: datetime, minutes: int | None, *, acknowledged: bool = True) -> Wait:
    until = None if minutes is None else since + timedelta(minutes=minutes)
    return Wait(
        patient=patient, alert="a", rule="PAO2_LOW", subject="", since=since, until=until, acknowledged=acknowledged
    )


def test_the_answer_to_a_critical_alert() -> None:
    waits = (
        wait(7, at(2), 41),
        wait(8, at(3), 20),
        wait(8, at(4), 90),
        wait(8, at(5), 10, acknowledged=False),  # it ended by itself
        wait(8, at(6), None, acknowledged=False),
    )
    found = figures(waits=waits)
    assert found["to_answer", ""].spread == Spread(3, Decimal(41), Decimal("30.5"), Decimal("65.5"))
    assert found["not_answered", ""] == Line("not_answered", n=2, of=5)


def test_what_reviewers_agreed_on() -> None:
    reviewed = (
        Reviewed(7, at(20), "right", "avoidable", True),
        Reviewed(8, at(21), "wrong", "none", False),
        Reviewed(9, at(21), "right", "none", True),  # never on these wards
        Reviewed(8, END, "right", "none", True),
    )
    found = figures(reviewed=reviewed)
    told = {x: found[x, ""].n for x in ("chart_right", "chart_wrong", "delay_avoidable", "agreed_at_once")}
    assert told == {"chart_right": 1, "chart_wrong": 1, "delay_avoidable": 1, "agreed_at_once": 1}
    assert found["chart_right", ""].of == 2


# -- out of a record --------------------------------------------------------------------------------------------------


def level(story: Story, day: str, value: str, **more: object) -> Story:
    return story.test(day, "csa", value, route="oral", timing="trough", **more)


def test_days_until_a_level_lies_in_its_band() -> None:
    story = Story().drug("2T08:00", "csa", route="oral", dose=Decimal(200), unit="mg/day")
    level(level(story, "4T08:00", "90"), "7T08:00", "180")
    assert list(targets_of(1, story.snapshot(20))) == [Target(1, "csa", date(2024, 3, 3), 5)]


def test_a_level_before_the_first_dose_or_beside_the_band_reaches_nothing() -> None:
    story = Story().drug("2T08:00", "csa", route="oral", dose=Decimal(200), unit="mg/day")
    level(level(story, "1T08:00", "180"), "4T08:00", "251")
    assert [x.days for x in targets_of(1, story.snapshot(20))] == [None]
    level(story, "5T08:00", "250")
    assert [x.days for x in targets_of(1, story.snapshot(20))] == [3]


def on_t1() -> Story:
    return Story().onset(-20).diagnosis(-5, "PM").drug(0, "gc", route="oral", dose=Decimal(60), unit="mg/day")


def test_t1_is_judged_on_days_14_and_28() -> None:
    judged = on_t1().judged(14, "unchanged").judged(29, "improved")
    found = [(x.day, x.judged) for x in judgements_of(1, judged.snapshot(40))]
    assert found == [(date(2024, 3, 15), date(2024, 3, 15)), (date(2024, 3, 29), date(2024, 3, 30))]
    assert [x.day for x in judgements_of(1, judged.snapshot(15))] == [date(2024, 3, 15)], "the other lies ahead"


def test_a_judgement_answers_a_few_days_before_its_day_and_no_more() -> None:
    assert [x.judged for x in judgements_of(1, on_t1().judged(11, "unchanged").snapshot(15))] == [date(2024, 3, 12)]
    assert [x.judged for x in judgements_of(1, on_t1().judged(10, "unchanged").snapshot(15))] == [None]


def test_facts_of_other_kinds_make_no_figure() -> None:
    story = Story().add(f.HospitalAdmission, 0).ferritin(1, "900")
    assert list(targets_of(1, story.snapshot(30))) == []
    assert list(judgements_of(1, story.snapshot(30))) == []
