"""Each canary's course speaks for its rule, on any day, at any hour, in any time zone, for a day to come."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.walk.engine import walk
from monitoring.canaries import FOLDER, active_rules, canary_of
from monitoring.canaries.silence import AGAIN_AFTER, EVERY, SILENT_AFTER, Newest, is_due, newest_as_read, silence_of
from monitoring.engine import Rule, examine
from monitoring.episodes import OLD, OLDER
from monitoring.rules import BY_CODE, RULES
from patients.clinical.facts import Measurement
from patients.clinical.snapshot import Settings
from patients.imports.case import snapshot_of
from tests.together import each

NOT_IN_A_COURSE = {"SENT_VALUE_WAITS"}  # of what is on no record yet: tests/ildcare/evaluation/test_canaries.py

# the last and the first minute of a day, the day that not every year has, a midnight that the clock leaves out
MOMENTS = [
    ("Asia/Tokyo", datetime(2026, 11, 30, 14, 59, tzinfo=UTC)),
    ("Asia/Tokyo", datetime(2026, 11, 30, 15, 1, tzinfo=UTC)),
    ("Asia/Tokyo", datetime(2028, 2, 28, 15, 0, tzinfo=UTC)),
    ("America/St_Johns", datetime(2028, 2, 29, 3, 31, tzinfo=UTC)),
    ("Pacific/Kiritimati", datetime(2028, 2, 29, 9, 59, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 9, 6, 4, 0, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2027, 1, 1, 0, 0, tzinfo=UTC)),
]
LATER = (timedelta(), timedelta(hours=24))
CHOICES = [Settings(), Settings(hypomyopathic_counts_as_adm=False, bilirubin_upper_limit="5", mda5_kit="MESACUP")]


def test_every_rule_has_a_canary_and_every_canary_a_rule() -> None:
    courses = {x.stem: json.loads(x.read_text())["rule"] for x in FOLDER.glob("*.json")}
    assert courses == {x.detect.__module__.rpartition(".")[2]: x.code for x in RULES}


# a value beside the dose or the overlap of which they tell, which says its day
NOT_OF_A_VALUE = {"IVCY_CHECK", "INTERACTION", "OVERDUE", "CSA_TARGET_DELAY", "TAC_TARGET_DELAY", "CY_CUMULATIVE"}


@pytest.mark.parametrize("days", [8, 20])
def test_92_each_condition_that_stands_on_a_value_says_how_old_its_last_value_is(days: int) -> None:
    def says_so(rule: Rule) -> None:
        zone, now = MOMENTS[0]
        case = canary_of(rule, "CANARY-1", now=now, zone=ZoneInfo(zone)).case
        at = now + timedelta(days=days)
        snapshot = snapshot_of(case, at, at, Settings())
        for found in examine((rule,), snapshot, walk(CURRENT, snapshot).indicated).issues:
            stands_on = [snapshot.facts_by_id[x] for x in found.facts if x in snapshot.facts_by_id]
            if any(isinstance(x, Measurement) for x in stands_on):
                assert any(x.message in (OLD, OLDER) for x in found.reasons), found.reasons

    each((x for x in RULES if not x.event and x.code not in NOT_OF_A_VALUE), says_so, lambda x: x.code)


def speaks(rule: Rule, zone: str, now: datetime, later: timedelta, choices: Settings) -> bool:
    case = canary_of(rule, "CANARY-1", now=now, zone=ZoneInfo(zone)).case
    snapshot = snapshot_of(case, now + later, now + later, choices)
    found = examine((rule,), snapshot, walk(CURRENT, snapshot).indicated)
    return any(not x.possible for x in found.issues)


def test_each_speaks_at_any_moment_and_until_the_next_day_is_over() -> None:
    """It is stored at one moment and evaluated at a later one: midnight may lie between them."""

    def holds(rule: Rule) -> None:
        asked = [*product(MOMENTS, LATER, CHOICES[:1]), *product(MOMENTS[:1], LATER, CHOICES[1:])]
        silent = [(*moment, later) for moment, later, choices in asked if not speaks(rule, *moment, later, choices)]
        assert silent == []

    each((x for x in active_rules() if x.code not in NOT_IN_A_COURSE), holds, lambda x: x.code)


def test_nobody_is_called_so() -> None:
    case = canary_of(BY_CODE["AKI"], "CANARY-1", now=datetime(2026, 3, 1, tzinfo=UTC), zone=ZoneInfo("UTC")).case
    assert (case.patient.family_name, case.patient.given_name, case.source) == ("Canary", "AKI", "invented")


def test_the_message_of_a_canary_names_its_person_and_is_of_yesterday() -> None:
    now = datetime(2028, 3, 1, 0, 1, tzinfo=UTC)
    message = canary_of(BY_CODE["SENT_VALUE_WAITS"], "CANARY-7", now=now, zone=ZoneInfo("UTC")).message
    assert message is not None
    assert b"PID|1||CANARY-7^^^CANARY^MR||Canary^SENT_VALUE_WAITS|" in message
    assert message.count(b"20280229120000") == 3
    assert canary_of(BY_CODE["AKI"], "CANARY-7", now=now, zone=ZoneInfo("UTC")).message is None


# -- silence ----------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def runs(age: timedelta = timedelta(), **spoke: timedelta | None) -> dict[str, Newest]:
    """The newest run of each rule, so old; those that are named were silent and spoke so long ago (None: never)."""
    newest = {x.code: Newest(x.version, NOW - age, True, NOW - age) for x in RULES}
    silent = {x: Newest(1, NOW - age, False, None if ago is None else NOW - ago) for x, ago in spoke.items()}
    return newest | silent


def test_nothing_is_silent_until_26_hours_after_the_last_run() -> None:
    assert not silence_of(runs(SILENT_AFTER), NOW)
    late = silence_of(runs(SILENT_AFTER + SECOND), NOW)
    assert (len(late.rules), late.whole, late.since) == (len(RULES), True, NOW - SILENT_AFTER - SECOND)


def test_before_the_first_run_all_are_silent_since_ever() -> None:
    never = silence_of({}, NOW)
    assert (len(never.rules), never.whole, never.since) == (len(RULES), True, None)


def test_one_that_did_not_fire_is_silent_at_once_and_three_are_named() -> None:
    one = silence_of(runs(AKI=timedelta(days=2)), NOW)
    assert ([x.code for x in one.rules], one.whole, one.since) == (["AKI"], False, NOW - timedelta(days=2))
    assert one.names == f"“{BY_CODE['AKI'].title}”"
    codes = [x.code for x in RULES[:5]]
    days = [timedelta(days=2), None, timedelta(days=9), timedelta(days=1), None]
    five = silence_of(runs(**dict(zip(codes, days, strict=True))), NOW)
    assert five.since == NOW - timedelta(days=9)
    assert five.names == ", ".join(f"“{x.title}”" for x in RULES[:3]) + " and 2 more rules"
    four = silence_of(runs(**dict.fromkeys(codes[:4])), NOW)
    assert four.names.endswith(" and 1 more rule")
    assert four.since is None
    assert silence_of(runs(**dict.fromkeys(codes[:3])), NOW).names == ", ".join(f"“{x.title}”" for x in RULES[:3])


@pytest.mark.parametrize(
    ("newest", "due"),
    [
        (None, True),
        (Newest(BY_CODE["AKI"].version, NOW - EVERY, True, NOW - EVERY), True),
        (Newest(BY_CODE["AKI"].version, NOW - EVERY + SECOND, True, NOW), False),
        (Newest(BY_CODE["AKI"].version + 1, NOW, True, NOW), True),
        (Newest(BY_CODE["AKI"].version, NOW - AGAIN_AFTER, False, NOW), True),
        (Newest(BY_CODE["AKI"].version, NOW - AGAIN_AFTER + SECOND, False, None), False),
    ],
)
def test_due_after_a_day_or_an_hour_where_it_was_silent_or_of_another_version(newest: Newest | None, due: bool) -> None:
    assert is_due(BY_CODE["AKI"], newest, NOW) is due


def test_the_newest_run_as_the_database_tells_it() -> None:
    text = '{"AKI": [2, "2026-11-30T12:00:00+00:00", false, null]}'
    assert newest_as_read(text) == {"AKI": Newest(2, NOW, False, None)}
    assert newest_as_read("{}") == {}
