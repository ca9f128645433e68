"""A form that does not store a decision silently when its page is old or something became known since (R32).

    class DecisionForm(AsksWhenStale, EntryForm): ...

The form comes back (422) with everything typed, the news listed in `form.news` and a tick "I have seen these", which
counts for exactly this list.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from patients.context import ContextForm
from patients.forms.base import ConfirmationInput
from patients.models import NonceUse, User
from patients.staleness import STALE_AFTER, news_since

NOTHING_NEW = "nothing new"  # what is asked about where only the page is old


class SeenInput(ConfirmationInput):
    """A tick that is part of the form only once something is asked."""

    @property
    def is_hidden(self) -> bool:
        """Nothing to tick yet."""
        return not self.question


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
        given = super().clean() or {}
        if not self.is_settled():
            self._ask_about_news(self.context.shown_at)
        return given

    def is_settled(self) -> bool:
        """Nothing is left to ask: this very form was stored before, and is only sent again."""
        return NonceUse.objects.filter(nonce=self.context.nonce).exists()

    def _ask_about_news(self, shown_at: datetime) -> None:
        assert self.patient is not None
        age = timezone.now() - shown_at
        self.news = news_since(self.patient, shown_at, reader=cast(User, self.request.user))
        if not self.news and age <= STALE_AFTER:
            return
        widget = cast(SeenInput, self.fields["seen_news"].widget)
        question = widget.ask(self.news or (NOTHING_NEW,))
        if self.cleaned_data.get("seen_news") != question:
            self.add_error("seen_news", [_asked(len(self.news), age), *self.news])


def _asked(count: int, age: timedelta) -> str:
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
