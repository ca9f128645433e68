"""The inbox: the cards of everybody whom the reader sees, and one answer to several of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from ildcare.inbox.answering import answer_cards, answer_report, as_word
from ildcare.inbox.counts import cards_word
from ildcare.inbox.lists import NOWHERE, Choice, address_of, frame, ward_choices, ward_in_address
from ildcare.inbox.reading import Ended, Row, ended_count, ended_rows, open_rows
from monitoring.acknowledging import NEEDS_NOTE
from monitoring.cards import Unit
from monitoring.engine import Severity
from monitoring.forms import (
    SEEN,
    AcknowledgementForm,
    SnoozeForm,
    alerts_text,
    doings,
    label_of,
    snooze_ends,
    target_of,
)
from monitoring.models import Doing
from monitoring.worklist_forms import target_of_card
from patients.access import RIGHTS, may, permission
from patients.audit import note_read
from patients.context import issue_context
from patients.models import User
from patients.queries import wards_of
from patients.requests import AuthenticatedHttpRequest

PAGE = 60  # cards
DAYS = (1, 7, 30)  # of what ended
SLUG = "THE-SLUG"  # stands for that of a unit in what is made once for all
KINDS: dict[str, tuple[Any, Callable[[Row, User], bool]]] = {
    "": (gettext_lazy("All open"), lambda x, _user: x.asks),
    "critical": (gettext_lazy("Critical only"), lambda x, _user: x.asks and x.critical),
    "nobody": (gettext_lazy("No owner"), lambda x, _user: x.asks and x.owner is None),
    "mine": (gettext_lazy("Mine"), lambda x, user: not x.card.known and x.owner == user),
    "snoozed": (gettext_lazy("Snoozed"), lambda x, _user: bool(x.card.waiting) and not x.asks),
    "known": (gettext_lazy("Acknowledged, still holds"), lambda x, _user: x.card.known),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the forms of a unit of a card send: the tokens of both, the alerts that they are about. They are written by
    the template: sixty rows of form objects would take longer than all else."""

    slug: str
    label: str
    critical: bool
    alerts: str
    token: str
    snooze_token: str
    choices: SafeString
    ends: list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowWithForms:
    """A card with what its reader may say of it. `tick`: as one of several, "" where it is answered by itself; `owner`:
    the token of the form that takes and gives it."""

    row: Row
    units: tuple[Answer, ...] = ()
    owner: str = ""
    people: tuple[User, ...] = ()
    tick: str = ""
    ticked: bool = False
    next: str = ""


@require_safe
@permission("see_ward")
def inbox(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The cards that ask for somebody, the gravest and most pressing first; or those of a filter, or what ended."""
    return _page(request)


@require_safe
@permission("see_ward")
def inbox_news(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Whether a list that stands open is old: nothing (204) while its word still holds, else a line that says so."""
    if request.GET.get("word", "") == cards_word(request.user):
        return HttpResponse(status=204)
    return render(request, "ildcare/inbox/_news.html", {"page": "inbox"})


@require_POST
@permission("acknowledge_alerts")
def inbox_acknowledge(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One answer to all ticked cards: each is signed by itself or left out, and the page that follows names both."""
    doing, note = request.POST.get("doing") or request.POST.get("chosen", ""), request.POST.get("note", "").strip()
    fault = _fault(request, doing, note)
    if fault:
        return _page(request, fault=fault, status=422)
    answered = answer_cards(request, doing, note)
    chosen = {x: request.GET.get(x, "") for x in ("what", "ward")}
    return redirect(address_of("inbox", **chosen, answered=as_word(answered, request.user)))


def _fault(request: AuthenticatedHttpRequest, doing: str, note: str) -> str:
    """Why nothing can be signed at all; "" """
    if not request.POST.getlist("card"):
        return _("Nothing is ticked: tick the cards that the answer is about.")
    if doing not in Doing.values:
        return _("Nothing was signed: say what is being done.")
    if doing in NEEDS_NOTE and not note:
        return _("Add a note: with whom, or which cause.")
    return ""


# -- the page ---------------------------------------------------------------------------------------------------------


def _page(request: AuthenticatedHttpRequest, *, fault: str = "", status: int = 200) -> HttpResponse:
    user, now = request.user, timezone.now()
    what, wards = request.GET.get("what", ""), wards_of(user)
    ward = ward_in_address(request, wards)
    note_read(None, f"inbox {ward}".strip(), by=user)
    context = frame("inbox", ward, user) | {"fault": fault, "told": answer_report(request), "what": what, "now": now}
    rows = open_rows(user, now)
    here = [x for x in rows if _is_of(x, ward)]
    context |= {
        "kinds": _kinds(here, what if what in KINDS or what == "ended" else "", ward, user),
        "ended_today": ended_count(user, now),
        "ended_address": address_of("inbox", what="ended", ward=ward),
    }
    if what == "ended":
        context |= _ended(request, ward)
        return render(request, "ildcare/inbox/inbox.html", context, status=status)
    kind = KINDS.get(what, KINDS[""])[1]
    found = [x for x in rows if kind(x, user)]
    context |= {
        "wards": ward_choices(request, "inbox", ward, _by_ward(found), what=what),
        **_shown(request, [x for x in found if _is_of(x, ward)], what=what, ward=ward),
    }
    return render(request, "ildcare/inbox/inbox.html", context, status=status)


def _is_of(row: Row | Ended, ward: str) -> bool:
    return not ward or ward == (row.stay.ward.code if row.stay else NOWHERE)


def _by_ward(rows: Sequence[Row | Ended]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for x in rows:
        code = x.stay.ward.code if x.stay else NOWHERE
        counts[code] = counts.get(code, 0) + 1
    return counts


def _kinds(rows: Sequence[Row], chosen: str, ward: str, user: User) -> list[Choice]:
    return [
        Choice(
            label=str(label),
            count=sum(holds(x, user) for x in rows),
            address=address_of("inbox", what=code, ward=ward),
            chosen=code == chosen,
        )
        for code, (label, holds) in KINDS.items()
    ]


def _ended(request: AuthenticatedHttpRequest, ward: str) -> dict[str, Any]:
    days_text = request.GET.get("days", "")
    days = int(days_text) if days_text in map(str, DAYS) else DAYS[0]
    found = ended_rows(request.user, timezone.now(), days)
    return {
        "ended": [x for x in found if _is_of(x, ward)],
        "days": days,
        "day_choices": [
            Choice(
                label=_("today") if n == 1 else _("last %(n)s days") % {"n": n},
                count=None,
                address=address_of("inbox", what="ended", ward=ward, days=str(n)),
                chosen=n == days,
            )
            for n in DAYS
        ],
        "wards": ward_choices(request, "inbox", ward, _by_ward(found), what="ended", days=str(days)),
    }


def _shown(request: AuthenticatedHttpRequest, rows: Sequence[Row], *, what: str, ward: str) -> dict[str, Any]:
    """One page of the rows with their forms; after an answer the page opens at the card that follows."""
    page_text = request.GET.get("page", "")
    number = int(page_text) if page_text.isdecimal() and 0 < len(page_text) < 4 else 1
    part = rows[(number - 1) * PAGE : number * PAGE]
    allowed = may(request.user, "acknowledge_alerts")
    answering = _Answering.of(request, part) if allowed else None
    here = address_of("inbox", what=what, ward=ward, page=page_text)
    following = [*(x.key for x in part[1:]), *([""] if part else [])]
    shown = [
        answering.with_forms(x, f"{here}#row-{after}" if after else here) if answering else RowWithForms(row=x)
        for x, after in zip(part, following, strict=True)
    ]
    return {
        "rows": shown,
        "here": here,
        "more": max(0, len(rows) - number * PAGE),
        "more_address": address_of("inbox", what=what, ward=ward, page=str(number + 1)),
        "may_answer": allowed,
        "ticks": any(x.tick for x in shown),
        "sent_to": reverse("inbox_acknowledge") + here.removeprefix(reverse("inbox")),
        "doings": doings(critical=True),
    }


@dataclass(frozen=True, slots=True)
class _Answering:
    """What the rows of one page share: the choices by whether a card is critical, people, what is ticked."""

    request: AuthenticatedHttpRequest
    choices: Mapping[bool, str]
    ends: Mapping[bool, list[tuple[str, str]]]
    people: Mapping[int, tuple[User, ...]]
    ticked: set[str]

    @classmethod
    def of(cls, request: AuthenticatedHttpRequest, rows: Sequence[Row]) -> _Answering:
        """For these rows."""
        now = timezone.now()
        ticked = {" ".join(x.split()[:2]) for x in request.POST.getlist("card")}
        choices = {x: render_to_string("ildcare/inbox/_choices.html", _choices(x)) for x in (True, False)}
        return cls(request, choices, {x: snooze_ends(now, x) for x in (True, False)}, _people(rows), ticked)

    def with_forms(self, row: Row, after: str) -> RowWithForms:
        """A row with its forms; `after`: where the page opens that follows."""
        patient, group = row.patient, str(row.card.group)
        units = tuple(self._answer(row, unit) for unit in (row.card.units if row.card.waiting else ()))
        together = row.card.severity != Severity.CRITICAL
        ticks = [x for x, unit in zip(units, row.card.units, strict=False) if together and not unit.alone]
        owner = issue_context(self.request, patient=patient, target=target_of_card(group), version=row.owner_row)
        return RowWithForms(
            row=row,
            units=units,
            owner=owner,
            people=self.people.get(row.stay.ward_id if row.stay else 0, ()),
            tick=f"{patient.pk} {ticks[0].slug} {ticks[0].token} {ticks[0].alerts}" if ticks else "",
            ticked=f"{patient.pk} {group}" in self.ticked,
            next=after,
        )

    def _answer(self, row: Row, unit: Unit) -> Answer:
        slug, critical = unit.slug, unit.critical
        tokens = [
            issue_context(self.request, patient=row.patient, target=target_of(form.verb, slug))
            for form in (AcknowledgementForm, SnoozeForm)
        ]
        return Answer(
            slug=slug,
            label=label_of(unit),
            critical=critical,
            alerts=alerts_text(x.alert for x in unit.views),
            token=tokens[0],
            snooze_token=tokens[1],
            choices=SafeString(self.choices[critical].replace(SLUG, escape(slug))),
            ends=self.ends[critical],
        )


def _choices(critical: bool) -> dict[str, Any]:
    seen = [] if critical else [SEEN]
    return {
        "doings": [*seen, *doings(critical)],
        "critical": critical,
        "name": f"{AcknowledgementForm.verb}-{SLUG}-doing",
    }


def _people(rows: Sequence[Row]) -> dict[int, tuple[User, ...]]:
    """Who may take cards, by ward of the rows. One query."""
    wards = {x.stay.ward_id for x in rows if x.stay}
    roles = [str(x) for x in RIGHTS["acknowledge_alerts"]]
    people = User.objects.filter(is_active=True, role__in=roles, memberships__ward__in=wards)
    found: dict[int, tuple[User, ...]] = {}
    for user in people.annotate(of_ward=F("memberships__ward")).order_by("last_name", "first_name", "username"):
        found[user.of_ward] = (*found.get(user.of_ward, ()), user)
    return found
