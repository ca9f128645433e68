"""What became known since a page was shown: nobody decides on a page that is older than the record (R32).

Facts are told here; what other apps and the roof know (the chart answers otherwise, an alert was raised) they add with
`news_source`, because the ground floor does not know them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from patients.clinical.quantities import Quantity
from patients.models import FACT_TABLES, Fact, Measurement, Patient, User
from patients.models.fact import Status
from patients.wording import code_name, measured_text, short_moment

STALE_AFTER = timedelta(minutes=15)  # [J] a page older than this is looked at again before a decision is stored

NewsSource = Callable[[Patient, datetime], Iterable[str]]
_sources: list[NewsSource] = []


def news_source(source: NewsSource) -> NewsSource:
    """Decorator: this function knows more of what is new about a patient since a moment, as sentences."""
    if source not in _sources:
        _sources.append(source)
    return source


def news_since(patient: Patient, moment: datetime, *, reader: User | None = None) -> tuple[str, ...]:
    """What was recorded about the patient after `moment`, one sentence each, in the active language.

    What `reader` typed himself is no news to him. Counted by the time of recording, not by the time a result is about.
    """
    facts = [_told(row) for row in _recorded_after(patient, moment, reader)]
    return (*facts, *(sentence for source in _sources for sentence in source(patient, moment)))


def newest_known(patient: Patient) -> datetime | None:
    """When the newest fact of the patient became known: "data as of"; None without any. One query."""
    each = [
        table._default_manager.filter(patient=patient).order_by().values("patient").annotate(newest=Max("known"))
        for table in FACT_TABLES.values()
    ]
    first, *others = [rows.values_list("newest", flat=True) for rows in each]
    return max(first.union(*others, all=True), default=None)


def _recorded_after(patient: Patient, moment: datetime, reader: User | None) -> Iterator[Fact]:
    for table in FACT_TABLES.values():
        rows = table._default_manager.filter(patient=patient, recorded_at__gt=moment).order_by("id")
        yield from rows.exclude(recorded_by=reader, source="form") if reader else rows


def _told(row: Fact) -> str:
    """ "Ferritin 1,240 ng/mL (24 Nov 07:10)"; what was corrected or cancelled says so."""
    words = f"{_content(row)} ({short_moment(row.on)})"
    if row.status == Status.CANCELLED:
        return _("cancelled: %(fact)s") % {"fact": words}
    if row.version > 1:
        return _("changed: %(fact)s") % {"fact": words}
    return words


def _value(row: Measurement) -> str:
    if row.value is None:
        return row.typed_value
    return measured_text(row.code, Quantity(row.value, row.comparator))


def _content(row: Fact) -> str:
    if isinstance(row, Measurement):
        return f"{code_name(row.code)} {_value(row)}".strip()
    names = ("code", "result", "myositis", "drug", "level", "improvement", "step", "pattern", "change")
    said = [code_name(value) for value in (getattr(row, name, "") for name in names) if value]
    kind = str(row._meta.verbose_name)
    return f"{kind}: {', '.join(said)}" if said else kind
