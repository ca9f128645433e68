"""One invented course for every rule, of which it surely tells: whether the rules still speak is tried with it.

A file a rule, named as the file of its rule: a case file whose days count from today (-5 is five days ago), with values
far beyond the limits of the rule, so that it holds on any day, at any hour and whatever a site may choose within its
bounds. Where a rule tells of what a machine sent, the message stands beside it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitoring.engine import Rule
from monitoring.rules import RULES
from patients.imports.case import Case
from patients.imports.case_file import parse

FOLDER = Path(__file__).parent
FAMILY_NAME = "Canary"
DAYS = ("on", "known", "stop")  # of an event, counted from today
MESSAGE_FORMAT = "hl7v2"


@dataclass(frozen=True, slots=True)
class Canary:
    """The course of one invented person, and the message about them, if there is one."""

    case: Case
    message: bytes | None


def active_rules(off: Collection[str] = ()) -> tuple[Rule, ...]:
    """The rules that watch the patients of a site that has switched some off."""
    return tuple(x for x in RULES if x.code not in off)


def canary_of(rule: Rule, number: str, *, now: datetime, zone: ZoneInfo) -> Canary:
    """The canary of a rule as of `now`, under this record number. Raises CaseFaults for a file with faults, and
    FileNotFoundError for a rule without one."""
    return canary_in(_document(rule.code.lower()), number, now=now, zone=zone)


def canary_in(document: Mapping[str, Any], number: str, *, now: datetime, zone: ZoneInfo) -> Canary:
    """What a file says, its days counted from the site's day of `now`. Raises CaseFaults."""
    case, today = document["case"], now.astimezone(zone).date()
    person = case["patient"] | {"mrn": number, "family_name": FAMILY_NAME, "given_name": document["rule"]}
    events = [_on_days(event, today) for event in case["events"]]
    text = json.dumps(case | {"patient": person, "events": events})
    return Canary(parse(text, zone=str(zone), now=now), _message(document, number, today))


def _on_days(event: Mapping[str, Any], today: date) -> dict[str, Any]:
    days = {name: (today + timedelta(days=event[name])).isoformat() for name in DAYS if name in event}
    return {**event, **days}


def _message(document: Mapping[str, Any], number: str, today: date) -> bytes | None:
    if "message" not in document:
        return None
    sent = f"{today - timedelta(days=1):%Y%m%d}120000"
    names = {"number": number, "family": FAMILY_NAME, "given": document["rule"], "sent": sent}
    segments = [x.format(**names) for x in document["message"]]
    return "\r".join((*segments, "")).encode()


@cache
def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return document
