"""What came since a page was shown, and the form that asks before a decision is stored on an older page (R32).

    class DecisionForm(AsksWhenStale, EntryForm): ...

The form comes back (422) with everything typed, the news listed in `form.news` and a tick "I have seen these", which
counts for exactly this list. New facts are found here; what the wings know (the chart answers otherwise, an alert was
raised) the roof adds with `news_source`, because the ground floor does not know them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from patients.context import ContextForm
from patients.fact_words import summary_of
from patients.forms.base import SeenInput
from patients.models import Fact, NonceUse, Patient, User
from patients.models.fact import Status
from patients.queries import recorded_after
from patients.wording import month_text, short_moment

STALE_AFTER = timedelta(minutes=15)  # [J] a page older than this is looked at again before a decision is stored
JUST_BEFORE = timedelta(microseconds=1)  # what is signed itself was not on the page
NOTHING_NEW = "nothing new"  # what is asked about where only the page is old

# -- what is new ------------------------------------------------------------------------------------------------------

NewsSource = Callable[[Patient, datetime], Iterable[str]]
_sources: list[NewsSource] = []


def news_source(source: NewsSource) -> NewsSource:
    """Decorator: adds a function that says, in sentences, what is new about a patient since a moment."""
    if source not in _sources:
        _sources.append(source)
    return source


def news_since(patient: Patient, moment: datetime, *, reader: User | None = None) -> tuple[str, ...]:
    """What was recorded about the patient after `moment`, one sentence each, in the active language.

    What `reader` typed is left out. Counted by the time of recording, not by the time a result is about.
    """
    facts = [_sentence(row) for row in _recorded_after(patient, moment, reader)]
    return (*facts, *(sentence for source in _sources for sentence in source(patient, moment)))


def _recorded_after(patient: Patient, moment: datetime, reader: User | None) -> Iterator[Fact]:
    for rows in recorded_after(patient, moment):
        yield from rows.exclude(recorded_by=reader, source="form") if reader else rows


def _sentence(row: Fact) -> str:
    """ "Ferritin 1,240 ng/mL (24 Nov 07:10)"; what was corrected or cancelled says so."""
    when = month_text(timezone.localdate(row.on)) if getattr(row, "month", None) else short_moment(row.on)
    words = f"{summary_of(row)} ({when})"
    if row.status == Status.CANCELLED:
        return _("cancelled: %(fact)s") % {"fact": words}
    if row.version > 1:
        return _("changed: %(fact)s") % {"fact": words}
    return words


# -- the form that asks -----------------------------------------------------------------------------------------------


class AsksWhenStale(ContextForm):
    """Mixin: asks to look again where the page is older than `STALE_AFTER` or the record is newer than the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.news: tuple[str, ...] = ()
        self.fields["seen_news"] = forms.CharField(
            label=gettext_lazy("I have seen these"), widget=SeenInput(), required=False
        )

    def clean(self) -> dict[str, Any]:
        """Nothing is stored before the reader has seen what is new."""
        data = super().clean() or {}
        if not self.is_settled():
            self._ask_about_news(self.context.shown_at)
        return data

    def read_at(self, now: datetime) -> datetime:
        """The moment of the data that the reader has seen: of the page, or just now where the news was ticked."""
        return now - JUST_BEFORE if self.cleaned_data.get("seen_news") else self.context.shown_at

    def is_settled(self) -> bool:
        """Nothing is left to ask: this very form was stored before, and is only sent again."""
        return NonceUse.objects.filter(nonce=self.context.nonce).exists()

    def _ask_about_news(self, shown_at: datetime) -> None:
        assert self.patient is not None
        age = timezone.now() - shown_at
        self.news = news_since(self.patient, shown_at, reader=self.request.user)
        if not self.news and age <= STALE_AFTER:
            return
        widget = cast(SeenInput, self.fields["seen_news"].widget)
        question = widget.ask(self.news or (NOTHING_NEW,))
        if self.cleaned_data.get("seen_news") != question:
            self.add_error("seen_news", [_question(len(self.news), age), *self.news])


def _question(count: int, age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if not count:
        return ngettext(
            "This page was opened %(minutes)d minute ago; nothing new was recorded since. Look at it again.",
            "This page was opened %(minutes)d minutes ago; nothing new was recorded since. Look at it again.",
            minutes,
        ) % {"minutes": minutes}
    head = ngettext("%(count)d entry is new", "%(count)d entries are new", count) % {"count": count}
    return _("%(news)s since this page was opened (%(minutes)d min ago). Nothing was saved yet.") % {
        "news": head,
        "minutes": minutes,
    }
