"""Events of a course as flags on the time axis of its charts: decisions, judgements, HRCT reports, alerts raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ildcare.charts import Flag
from monitoring.models import Alert
from monitoring.rules import BY_CODE
from patients.clinical.facts import Decision, Fact, Hrct, Judgement
from patients.clinical.snapshot import Snapshot
from patients.wording import short_day, translated

Describe = Callable[[Fact, date], str]
KINDS = (Decision, Judgement, Hrct)


def flags_of(snapshot: Snapshot, describe: Describe, alerts: Iterable[Alert] = ()) -> tuple[Flag, ...]:
    """All flags in order of time; `describe` says a fact in words."""
    told = [_flag(x, snapshot.today, describe) for x in snapshot.all_facts if isinstance(x, KINDS)]
    return tuple(sorted([*told, *_raised(alerts, snapshot.today)], key=lambda x: x.day))


def _flag(fact: Fact, today: date, describe: Describe) -> Flag:
    letters = {
        Decision: (pgettext("flag", "D"), _("Decision")),
        Judgement: (pgettext("flag", "J"), _("Judgement of improvement")),
        Hrct: (pgettext("flag", "H"), _("HRCT")),
    }
    letter, kind = letters[type(fact)]
    return Flag(fact.day, letter, f"{short_day(fact.day, today)}: {kind}: {describe(fact, today)}")


def _raised(alerts: Iterable[Alert], today: date) -> Iterator[Flag]:
    for alert in alerts:
        rule = BY_CODE.get(alert.rule)
        title = translated(rule.title) if rule else alert.rule
        day = short_day(alert.opened_on, today)
        text = _("%(day)s: alert (%(severity)s): %(title)s") % {
            "day": day,
            "severity": alert.get_severity_display(),
            "title": title,
        }
        yield Flag(alert.opened_on, "!", text)
