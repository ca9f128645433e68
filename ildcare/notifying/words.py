"""What became of a message, in words for who runs the site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_lazy

from ildcare.notifying.wording import counted
from monitoring.notification_models import Channel, Notification, NotificationState

WORDS = {
    "timeout": gettext_lazy("no answer in time"),
    "unreachable": gettext_lazy("it cannot be reached"),
    "tls": gettext_lazy("its certificate is not one that is trusted"),
    "form": gettext_lazy("this is no address"),
    "password": gettext_lazy("an address holds no password"),
    "https": gettext_lazy("the address has to begin with https://"),
    "server": gettext_lazy("no mail server is set"),
    "address": gettext_lazy("there is no address"),
    "name": gettext_lazy("this name is not known"),
    "private": gettext_lazy("the address leads into a private network"),
    "service": gettext_lazy("this is not a push service that the site allows"),
}


def answer_words(answer: str) -> str:
    """What a receiver said; codes as they are."""
    return str(WORDS.get(answer, answer))


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message as a page shows it."""

    row: Notification

    @property
    def content(self) -> str:
        """What it said, or "test"."""
        if self.row.test:
            return gettext("a test")
        counts: Mapping[str, int] = self.row.counts or {}
        return counted(counts)

    @property
    def answer(self) -> str:
        """What the receiver said last."""
        return answer_words(self.row.answer)

    @property
    def state(self) -> str:
        """What became of it; one that failed says that it will be tried again."""
        if self.row.state == NotificationState.WAITING and self.row.attempts:
            return gettext("will be tried again")
        if self.row.test and self.row.state == NotificationState.GIVEN_UP:
            return gettext("did not arrive")
        return str(NotificationState(self.row.state).label)

    @property
    def way(self) -> str:
        """How it goes."""
        return str(Channel(self.row.channel).label)

    @property
    def waits(self) -> bool:
        """Is it still to be sent?"""
        return self.row.state == NotificationState.WAITING

    @property
    def arrived(self) -> bool:
        """Did the receiver take it?"""
        return self.row.state == NotificationState.SENT

    @property
    def given_up(self) -> bool:
        """Does it wait for a person to say whether it is tried again?"""
        return self.row.state == NotificationState.GIVEN_UP and not self.row.test
