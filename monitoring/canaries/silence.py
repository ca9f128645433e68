"""Which rules could not be shown to speak, out of the newest run of each canary: for pages, readiness and monitors."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext, ngettext

from monitoring.canaries import active_rules
from monitoring.engine import Rule
from patients.queries import site_settings
from patients.wording import listed, translated

EVERY = timedelta(hours=24)
SILENT_AFTER = timedelta(hours=26)  # [J] of the last run: a day, and time for a busy worker
AGAIN_AFTER = timedelta(hours=1)  # [J] a canary that was silent: a fault that is over is not told for a day
KEPT = timedelta(days=90)
NAMED = 3  # of the silent rules a banner names so many [J]

# by code of a rule the newest run: version, time, whether it raised its alert, when one last did
NEWEST_SQL = """coalesce((SELECT json_object_agg(rule, json_build_array(rule_version, ran_at, fired, spoke_at))
    FROM monitoring_canaryrun WHERE newest)::text, '{}')"""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest run of a canary; `spoke_at`: when one of this rule last raised its alert, None: never."""

    version: int
    ran_at: datetime
    fired: bool
    spoke_at: datetime | None


@dataclass(frozen=True, slots=True)
class Silence:
    """Rules that could not be shown to speak. `since`: the first time at which one of them last did; None: never.

    `whole`: all rules that are active.
    """

    rules: tuple[Rule, ...] = ()
    since: datetime | None = None
    whole: bool = False

    def __bool__(self) -> bool:
        return bool(self.rules)

    @property
    def names(self) -> str:
        """The first few in the language of the reader, and how many more."""
        quoted = [gettext("“%(rule)s”") % {"rule": translated(x.title)} for x in self.rules[:NAMED]]
        more = len(self.rules) - NAMED
        if more <= 0:
            return listed(quoted)
        words = ngettext("%(names)s and %(n)s more rule", "%(names)s and %(n)s more rules", more)
        return words % {"names": listed(quoted), "n": more}


@dataclass(frozen=True, slots=True)
class CanaryFigures:
    """For a monitor: of how many active rules the canary is silent; the age of the last run in seconds, None: never."""

    silent: int
    age: int | None


def newest_as_read(text: str) -> dict[str, Newest]:
    """The newest runs by code of the rule, out of the column of `NEWEST_SQL`."""
    return {
        code: Newest(version, datetime.fromisoformat(ran), fired, datetime.fromisoformat(last) if last else None)
        for code, (version, ran, fired, last) in json.loads(text).items()
    }


def newest_runs() -> dict[str, Newest]:
    """The newest run of each canary by code of the rule. One query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NEWEST_SQL}")
        return newest_as_read(cursor.fetchone()[0])


def silence_of(newest: Mapping[str, Newest], now: datetime, off: Collection[str] = ()) -> Silence:
    """The rules (but those switched `off`) whose canary was silent, or was last tried too long ago to say anything."""
    active = active_rules(off)
    rules = tuple(x for x in active if not speaks(newest.get(x.code), now))
    spoke = [newest[x.code].spoke_at for x in rules if x.code in newest]
    since = min((x for x in spoke if x is not None), default=None)
    return Silence(rules, since, whole=len(rules) == len(active))


def speaks(run: Newest | None, now: datetime) -> bool:
    """Did the newest run of a canary raise its alert, and not too long ago?"""
    return run is not None and run.fired and now - run.ran_at <= SILENT_AFTER


def is_due(rule: Rule, run: Newest | None, now: datetime) -> bool:
    """Is the canary of a rule to be tried? A day after it spoke, sooner where it was silent, at once if it is new."""
    if run is None or run.version != rule.version:
        return True
    return now - run.ran_at >= (EVERY if run.fired else AGAIN_AFTER)


def canary_figures(now: datetime) -> CanaryFigures:
    """How many canaries are silent, and how old the last run is. One query."""
    newest = newest_runs()
    last = max((x.ran_at for x in newest.values()), default=None)
    age = max(0, int((now - last).total_seconds())) if last else None
    return CanaryFigures(len(silence_of(newest, now, site_settings().rule_choices.off).rules), age)
