"""What the lists of this room share: their tabs, the choice of a ward, and how both stand in an address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from ildcare.inbox.counts import cards_word
from patients.models import Role, User, Ward
from patients.queries import wards_of
from patients.requests import AuthenticatedHttpRequest

NOWHERE = "off"  # in place of a ward: patients on none
FIRST = {Role.PHARMACIST: "level_list", Role.NURSE: "test_list"}  # the list that stands first; for others the alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several to choose from: its words, how many there are, its address, whether it is chosen."""

    label: str
    count: int | None
    address: str
    chosen: bool
    key: str = ""


def address_of(name: str, **asked: str) -> str:
    """The address of a list with what is asked of it; what is empty is left out."""
    query = urlencode({what: value for what, value in asked.items() if value})
    return f"{reverse(name)}{'?' if query else ''}{query}"


def tabs_of(page: str, ward: str, role: str) -> list[Choice]:
    """The lists of the room, that of the reader's role first; the ward goes with the reader."""
    names = (
        ("inbox", _("Alerts"), ""),
        ("level_list", _("Levels and drugs"), "l"),
        ("test_list", _("Tests due"), "d"),
        ("task_list", _("My tasks"), "m"),
    )
    first = FIRST.get(Role(role), "inbox") if role else "inbox"
    return [
        Choice(label=label, count=None, address=address_of(name, ward=ward), chosen=name == page, key=key)
        for name, label, key in sorted(names, key=lambda x: x[0] != first)
    ]


def ward_choices(
    request: AuthenticatedHttpRequest, page: str, chosen: str, counts: dict[str, int], **asked: str
) -> list[Choice]:
    """All wards, each of them, and patients on none: those where there is more than one to choose from."""
    wards: list[tuple[str, str]] = [(x.code, x.name_in(request.LANGUAGE_CODE)) for x in wards_of(request.user)]
    if counts.get(NOWHERE) or chosen == NOWHERE:
        wards.append((NOWHERE, _("on no ward")))
    if len(wards) < 2 and not chosen:
        return []
    every = Choice(
        label=_("All wards"), count=sum(counts.values()), address=address_of(page, **asked), chosen=not chosen
    )
    return [every] + [
        Choice(
            label=label,
            count=counts.get(code, 0),
            address=address_of(page, ward=code, **asked),
            chosen=code == chosen,
        )
        for code, label in wards
    ]


def ward_in_address(request: AuthenticatedHttpRequest, wards: Iterable[Ward]) -> str:
    """The ward that the address names, if it is one of the reader's; "" for all."""
    asked = request.GET.get("ward", "")
    return asked if asked == NOWHERE or asked in {x.code for x in wards} else ""


def frame(page: str, ward: str, user: User) -> dict[str, Any]:
    """What every list shows around its rows. `word`: of the cards as they are read for it, before they are."""
    return {
        "page": page,
        "tabs": tabs_of(page, ward, user.role),
        "ward": ward,
        "word": cards_word(user),
        "read_at": timezone.now(),
    }
