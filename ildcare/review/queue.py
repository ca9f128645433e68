"""The queue of cases: to review, mine, reviewed. A constant number of queries, whatever the site holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.utils import timezone

from ildcare.review.reader import Reader
from ildcare.review.words import TAGS, reason_of, state_in_words, style_of, tag_of
from patients.models import ReviewCase, ReviewEntry, ReviewStep, ReviewTrigger, User
from patients.reviews import cases_of, holder_of, signed_of
from patients.sign_off import SignOff, sign_off
from patients.wording import translated

OPEN, MINE, REVIEWED = "open", "mine", "reviewed"
TABS = (OPEN, MINE, REVIEWED)
ROWS = 50  # of a page
GRAVEST_FIRST = (  # [J]
    *(ReviewTrigger.DEATH, ReviewTrigger.OVERRIDE, ReviewTrigger.EVIDENCE, ReviewTrigger.CARD, ReviewTrigger.STEP),
    *(ReviewTrigger.TRANSFER, ReviewTrigger.SAMPLE, ReviewTrigger.SUBTYPE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A case as a row: who, why, since when, how far it is, who has it; `waits`: for the signature of the reader."""

    case: ReviewCase
    name: str
    about: str
    tag: str
    look: str
    reason: str
    arose: str
    state: SignOff
    state_text: str
    holder: str
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One tab of the queue, of all reasons or one; how many cases each tab, and each reason of this one, has."""

    tab: str
    reason: str
    counts: dict[str, int]
    reasons: tuple[tuple[str, str, int], ...]
    rows: tuple[QueueRow, ...]
    page: Page[ReviewCase]


def queue_of(user: User, tab: str, number: int | str = 1, *, reason: str = "", rows: int = ROWS) -> Queue:
    """A page of a tab: by the gravity of the reason [J], the newest first; of those reviewed the one closed last."""
    tab = tab if tab in TABS else OPEN
    counts, cases = _counts(user), _tab(user, tab)
    told = dict(cases.order_by().values_list("trigger").annotate(Count("pk")))
    reason = reason if reason in told else ""
    chosen = cases.filter(trigger=reason) if reason else cases
    shown = Paginator(chosen.select_related("patient"), rows).get_page(number)
    held = list(shown.object_list)
    reader = Reader(user, [x.patient_id for x in held])
    return Queue(
        tab=tab,
        reason=reason,
        counts=counts,
        reasons=tuple((str(x), translated(TAGS[x]), told[x]) for x in GRAVEST_FIRST if x in told),
        rows=tuple(rows_of(held, reader)),
        page=shown,
    )


def _own(cases: QuerySet[ReviewCase], user: User) -> QuerySet[ReviewCase]:
    """Those that the user has signed, or taken without another one taking it since."""
    acts = ReviewEntry.objects.filter(case=OuterRef("pk"))
    last = acts.filter(kind__in=[ReviewStep.TAKEN, ReviewStep.RELEASED]).order_by("-id")
    taker = last.annotate(taker=Case(When(kind=ReviewStep.TAKEN, then=F("by")))).values("taker")[:1]
    signed = acts.filter(by=user, kind=ReviewStep.VERDICT)
    return cases.alias(holder=Subquery(taker)).filter(Q(Exists(signed)) | Q(holder=user.pk))


def _tab(user: User, tab: str) -> QuerySet[ReviewCase]:
    cases = cases_of(user)
    if tab == REVIEWED:
        return cases.exclude(closed_at=None).order_by("-closed_at", "id").prefetch_related(_entries())
    gravity = Case(*(When(trigger=x, then=n) for n, x in enumerate(GRAVEST_FIRST)), output_field=IntegerField())
    cases = cases.filter(closed_at=None).order_by(gravity, "-arose_at", "id").prefetch_related(_entries())
    return _own(cases, user) if tab == MINE else cases


def _entries() -> Prefetch:  # type: ignore[type-arg]  # the stubs want three
    return Prefetch("entries", ReviewEntry.objects.select_related("by").order_by("id"))


def _counts(user: User) -> dict[str, int]:
    open_cases, closed = Q(closed_at=None), Q(closed_at__isnull=False)
    found = cases_of(user).aggregate(
        **{OPEN: Count("pk", filter=open_cases), REVIEWED: Count("pk", filter=closed)},
    )
    return found | {MINE: _own(cases_of(user), user).filter(closed_at=None).count()}


def rows_of(cases: Iterable[ReviewCase], reader: Reader) -> Iterable[QueueRow]:
    """Cases with their entries read, as rows."""
    for case in cases:
        entries = list(case.entries.all())
        signed = signed_of(entries)
        state = SignOff.AGREED if case.closed_at else sign_off(signed)
        holder = holder_of(entries)
        yield QueueRow(
            case=case,
            name=reader.name(case.patient),
            about=reader.about(case.patient, timezone.localtime(case.arose_at).date()),
            tag=tag_of(case),
            look=style_of(case),
            reason=reason_of(case),
            arose=reader.moment(case.patient_id, case.arose_at),
            state=state,
            state_text=state_in_words(state),
            holder=reader.person(holder),
            waits=state is SignOff.SECOND and all(x.by != reader.user.pk for x in signed),
        )
