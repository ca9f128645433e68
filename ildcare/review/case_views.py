"""Cases that are looked at afterwards: the queue, a case, and what reviewers do with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ildcare.moment.as_of import requested_moment
from ildcare.review.case import CasePicture, CaseTelling
from ildcare.review.course import course_of, on_the_line
from ildcare.review.forms import CommentForm, CorrectionForm, ReleaseForm, ReopenForm, TakeForm, VerdictForm
from ildcare.review.history import history_of
from ildcare.review.queue import MINE, OPEN, REVIEWED, queue_of, rows_of
from ildcare.review.reader import NAMED, Reader
from ildcare.review.triggers import unanswered_after
from patients.access import may, permission
from patients.actions import ask_correction, comment_case, reopen_case, sign_verdict, take_case
from patients.audit import note_read
from patients.changes import RecordMerged
from patients.clinical import facts as f
from patients.context import ContextForm, done_once
from patients.fact_words import summary_of
from patients.models import ReviewCase, ReviewEntry
from patients.queries import find_version, site_settings
from patients.requests import AuthenticatedHttpRequest
from patients.reviews import cases_of, holder_of, signed_of
from patients.wording import short_moment

RIGHT = "review_cases"
BESIDE = 25  # cases beside the one that is open
ANSWER_WITHIN = timedelta(days=7)  # until when the ward is asked to look at an entry [J]


@require_safe
@permission(RIGHT)
def review_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The cases of the reader's wards: to review, mine, reviewed."""
    asked = request.GET
    queue = queue_of(request.user, asked.get("tab", OPEN), asked.get("page", 1), reason=asked.get("reason", ""))
    note_read(None, f"cases to review {queue.tab}", by=request.user)
    tabs = [(OPEN, _("To review")), (MINE, _("Mine")), (REVIEWED, _("Reviewed"))]
    context = {
        "page": "review_list",
        "queue": queue,
        "address": f"?{urlencode({'tab': queue.tab, 'reason': queue.reason})}",
        "tabs": [(tab, label, queue.counts[tab], tab == queue.tab) for tab, label in tabs],
        "named": Reader(request.user, ()).named,
        "waits_minutes": int(unanswered_after(site_settings()) / timedelta(minutes=1)),
        "drawn": site_settings().review_sample,
    }
    return render(request, "ildcare/review/review_list.html", context)


@require_safe
@permission(RIGHT)
def review_case(request: AuthenticatedHttpRequest, key: UUID) -> HttpResponse:
    """A case: what was known, shown, acknowledged and given, at one moment too; and the verdicts."""
    case = _open_case(request, key)
    return _page(request, case)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a reviewer does: its form, its action, and what is said afterwards."""

    form: type[ContextForm]
    change: Callable[..., Any]
    words: Callable[[], str]


def _take(case: ReviewCase, request: AuthenticatedHttpRequest, _form: Any) -> Any:
    return take_case(case=case, by=request.user)


def _release(case: ReviewCase, request: AuthenticatedHttpRequest, _form: Any) -> Any:
    return take_case(case=case, by=request.user, release=True)


def _sign(case: ReviewCase, request: AuthenticatedHttpRequest, form: Any) -> Any:
    return sign_verdict(case=case, by=request.user, verdict=form.verdict)


def _comment(case: ReviewCase, request: AuthenticatedHttpRequest, form: Any) -> Any:
    return comment_case(case=case, by=request.user, text=form.cleaned_data["text"])


def _reopen(case: ReviewCase, request: AuthenticatedHttpRequest, form: Any) -> Any:
    return reopen_case(case=case, by=request.user, reason_given=form.cleaned_data["text"])


def _ask(case: ReviewCase, request: AuthenticatedHttpRequest, form: Any) -> Any:
    fact = form.cleaned_data["fact"]
    row = find_version(fact, case.patient)
    said = f"{summary_of(row)} ({short_moment(row.on)})" if row is not None else ""  # for the ward: with its day
    due = timezone.localdate() + ANSWER_WITHIN
    return ask_correction(case=case, by=request.user, doubt=form.cleaned_data["text"], due=due, fact=fact, words=said)


ACTS: Mapping[str, Act] = {
    "take": Act(TakeForm, _take, lambda: _("The case is among yours.")),
    "release": Act(ReleaseForm, _release, lambda: _("The case is nobody’s.")),
    "sign": Act(VerdictForm, _sign, lambda: _("The verdict is signed.")),
    "comment": Act(CommentForm, _comment, lambda: _("The comment is added.")),
    "reopen": Act(ReopenForm, _reopen, lambda: _("The case is open again.")),
    "ask": Act(CorrectionForm, _ask, lambda: _("The ward has a task on the patient’s record.")),
}


@require_POST
@permission(RIGHT)
def review_change(request: AuthenticatedHttpRequest, key: UUID, do: str) -> HttpResponse:
    """Take or release a case, sign a verdict, comment, open it again, ask the ward to look at an entry."""
    case = _open_case(request, key)
    if do not in ACTS:
        raise Http404
    act = ACTS[do]
    form = _form(request, case, do, sent=True)
    try:
        done = form.is_valid() and done_once(form, lambda: act.change(case, request, form).pk)
    except RecordMerged as merged:  # meanwhile: its answer would name the patient
        raise Http404 from merged
    if not done:
        return _page(request, case, {do: form}, 422)
    messages.success(request, act.words())
    return redirect(f"{reverse('review_case', args=[case.pk])}#verdict")


# -- inside -----------------------------------------------------------------------------------------------------------


def _open_case(request: AuthenticatedHttpRequest, key: UUID) -> ReviewCase:
    """The gate of every page of a case: of the reader's wards, and noted as a reading of the record."""
    case = cases_of(request.user).filter(pk=key).select_related("patient").first()
    if case is None:
        raise Http404
    note_read(case.patient_id, "case review", by=request.user)
    return case


def _form(
    request: AuthenticatedHttpRequest,
    case: ReviewCase,
    do: str,
    *,
    sent: bool = False,
    telling: CaseTelling | None = None,
) -> Any:
    """A form of the page. It names the case and no patient: what the page carries leads nobody to a record."""
    known: dict[str, Any] = {"request": request, "target": f"case:{case.pk}:{do}", "prefix": do}
    if do == "ask":
        known["facts"] = _facts(telling or _telling(request, case, timezone.now()))
    return ACTS[do].form(request.POST if sent else None, **known)


def _telling(request: AuthenticatedHttpRequest, case: ReviewCase, now: datetime) -> CaseTelling:
    course = course_of(case, now, whole=_whole(request))
    return CaseTelling(case.patient, course, Reader(request.user, [case.patient_id]), now)


def _facts(telling: CaseTelling) -> list[tuple[str, str]]:
    """The entries that can be doubted: what the time line shows, and the drugs."""
    course, reader = telling.course, telling.reader
    facts = [x for x in course.facts_at(course.end) if on_the_line(x) or isinstance(x, f.Treatment)]
    facts.sort(key=lambda x: (x.on, x.id))
    return [(x.id, f"{reader.fact(x)} ({reader.day(telling.patient.pk, x.day)})") for x in facts]


def _page(
    request: AuthenticatedHttpRequest, case: ReviewCase, refused: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    telling = _telling(request, case, now)
    reader = telling.reader
    entries = list(ReviewEntry.objects.filter(case=case).select_related("by", "task__closed_by").order_by("id"))
    at, fault = _chosen(request, case, telling)
    picture = telling.picture(at)
    beside = queue_of(request.user, OPEN, rows=BESIDE)
    case._prefetched_objects_cache = {"entries": entries}  # type: ignore[attr-defined]  # read above
    (row,) = rows_of([case], reader)
    forms = {do: _form(request, case, do, telling=telling) for do in _acts_of(case, entries, request.user.pk)}
    context = {
        "page": "review_list",
        "case": case,
        "row": row,
        "named": reader.named,
        "queue": beside,
        "next_case": _next(beside.rows, case),
        "picture": picture,
        "happenings": [(x, _address(request, picture, x.at)) for x in picture.happenings],
        "before": _address(request, picture, picture.before),
        "after": _address(request, picture, picture.after),
        "fault": fault,
        "whole": _whole(request),
        "history": history_of(entries, reader, case.patient_id),
        "forms": forms | dict(refused or {}),
        "signing_note": _signing_note(entries, request.user.pk),
    }
    return render(request, "ildcare/review/review_case.html", context, status=status)


def _acts_of(case: ReviewCase, entries: Sequence[ReviewEntry], user: int) -> list[str]:
    """What the reader can do with the case as it stands."""
    if case.closed_at is not None:
        return ["reopen", "comment", "ask"]
    holder = holder_of(entries)
    return ["release" if holder is not None and holder.pk == user else "take", "sign", "comment", "ask"]


def _signing_note(entries: Sequence[ReviewEntry], user: int) -> str:
    signed = signed_of(entries)
    if any(x.by == user for x in signed):
        return _("You have signed. A later verdict stands beside the first; a second person closes the case.")
    if signed:
        return _("One verdict is signed. The same answers close the case; others stand beside it.")
    return _("Signed verdicts stay; a later one stands beside them. It takes two people to close a case.")


def _next(rows: Sequence[Any], case: ReviewCase) -> UUID | None:
    """The case below this one among those that are open; the first where it is none of them."""
    keys: list[UUID] = [x.case.pk for x in rows]
    place = keys.index(case.pk) + 1 if case.pk in keys else 0
    return keys[place] if place < len(keys) else None


def _chosen(request: AuthenticatedHttpRequest, case: ReviewCase, telling: CaseTelling) -> tuple[datetime, str]:
    """The moment of the address; without one that at which the case arose. Who counts days chooses by number."""
    course = telling.course
    usual = min(max(case.arose_at, course.begin), course.end)
    asked = request.GET.get("at", "").strip()
    if not telling.reader.named:
        moments = sorted({x.at for x in telling.happenings() if course.begin <= x.at <= course.end})
        number = int(asked) if asked.isdecimal() and len(asked) < 6 else 0
        return (moments[number - 1], "") if 0 < number <= len(moments) else (usual, "")
    moment = requested_moment(request)
    if moment.at is None:
        return usual, moment.fault
    return min(max(moment.at, course.begin), course.end), moment.fault


def _whole(request: AuthenticatedHttpRequest) -> bool:
    """Is the whole course asked for, not only what lies around the case?"""
    return request.GET.get("whole") == "1"


def _address(request: AuthenticatedHttpRequest, picture: CasePicture, at: datetime | None) -> str:
    """The page at a moment: by its time, or for who reads no dates by its number."""
    if at is None:
        return ""
    chosen = {"at": at.isoformat() if may(request.user, NAMED) else str(picture.moments.index(at) + 1)}
    return f"?{urlencode(chosen | ({'whole': '1'} if _whole(request) else {}))}"
