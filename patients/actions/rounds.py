"""Changes of the ward round: begin, sign a visit, keep a draft, tasks, saved views of the list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.actions.facts import give_way
from patients.changes import Refused, attributed_to, change_to, record_change, repeated_on_deadlock, update_with_version
from patients.fact_words import summary_of
from patients.models import (
    CareTask,
    JudgementOwner,
    NonceUse,
    Outcome,
    Patient,
    RoundDraft,
    RoundVisit,
    SavedView,
    User,
    VisitTakenBack,
    Ward,
    WardRound,
    standing_row,
)
from patients.queries import history
from patients.rounds import signed_with
from patients.wording import listed_apart

MOST_VIEWS = 20
TAKEN_BACK_WITHIN = timedelta(minutes=10)  # [J] a slip is noticed at once; later a visit was used by others
FILTER_LENGTH = 2000  # characters of all filters of a saved view together


@repeated_on_deadlock
def start_round(*, by: User, order: Sequence[int], ward: Ward | None = None) -> WardRound:
    """Begin a round over these patients (ids, in the order of the list). The unfinished one of the user is finished."""
    if not order:
        raise Refused(_("There is no patient to see on this list."))
    with transaction.atomic(), attributed_to(by):
        WardRound.objects.filter(by=by, finished_at=None).update(finished_at=timezone.now())
        return WardRound.objects.create(by=by, ward=ward, order=list(order))


@repeated_on_deadlock
def finish_round(*, round: WardRound, by: User, expected_version: int) -> WardRound:
    """End a round."""
    with transaction.atomic(), attributed_to(by):
        update_with_version(round, expected_version, finished_at=timezone.now())
    return round


@repeated_on_deadlock
def record_round_visit(
    *,
    patient: Patient,
    by: User,
    shown_at: datetime,
    note: str = "",
    plan: str = "",
    state: str = "",
    round: WardRound | None = None,
) -> RoundVisit:
    """Sign that the patient was seen, on data of `shown_at`; the draft of the same user is used up."""
    if shown_at > timezone.now():
        raise Refused(_("This time lies in the future."))
    with change_to(patient, by=by):
        now = timezone.now()
        visit = RoundVisit.objects.create(
            patient=patient, round=round, by=by, at=now, shown_at=shown_at, state=state, note=note, plan=plan
        )
        RoundDraft.objects.filter(patient=patient, user=by).delete()
    return visit


@repeated_on_deadlock
def take_back_visit(*, visit: RoundVisit, by: User) -> VisitTakenBack:
    """Take what was signed back: within ten minutes, by who signed it, once. Note and plan are a draft again.

    Decision and judgement that were signed with it are cancelled, and all of it stays in the history. What was changed
    since refuses the whole.
    """
    if visit.by_id != by.pk:
        raise Refused(_("Only who signed a visit takes it back."))
    with change_to(visit.patient, by=by):
        now = timezone.now()
        if now - visit.at > TAKEN_BACK_WITHIN:
            raise Refused(_("A visit can be taken back for ten minutes after it was signed."))
        taken_back, is_new = VisitTakenBack.objects.get_or_create(visit=visit, defaults={"by": by, "at": now})
        if is_new:
            _cancel_signed(visit, by)
        if is_new and (visit.note or visit.plan):
            typed = {"note": visit.note, "plan": visit.plan, "changed_at": now}
            RoundDraft.objects.get_or_create(patient=visit.patient, user=by, defaults=typed)
    return taken_back


def _cancel_signed(visit: RoundVisit, by: User) -> None:
    rows = [x for x in signed_with(visit) if x is not None]
    changed = [summary_of(row) for row in rows if standing_row(history(row)).pk != row.pk]
    if changed:
        raise Refused(
            _("Not taken back: this was changed or cancelled since: %(what)s.") % {"what": listed_apart(changed)}
        )
    for row in rows:
        give_way(row=row, by=by, reason=_("taken back by its author"))


@repeated_on_deadlock
def keep_round_draft(*, patient: Patient, by: User, note: str, plan: str, nonce: str = "") -> RoundDraft | None:
    """Keep what is typed and not signed; nothing typed keeps nothing. A form (`nonce`) signed by now neither."""
    with change_to(patient, by=by):
        if NonceUse.objects.filter(nonce=nonce).exists():  # asked after the lock: it was signed while this draft waited
            return None
        mine = RoundDraft.objects.filter(patient=patient, user=by)
        if not note.strip() and not plan.strip():
            mine.delete()
            return None
        typed = {"note": note, "plan": plan, "changed_at": timezone.now()}
        draft, _new = RoundDraft.objects.update_or_create(patient=patient, user=by, defaults=typed)
    return draft


@repeated_on_deadlock
def add_task(
    *,
    patient: Patient,
    by: User,
    text: str,
    due: date,
    assigned_to: User | None = None,
    drug: str = "",
    dose: Decimal | None = None,
) -> CareTask:
    """Write down something to be done until a day of the site. `drug`, `dose`: of a planned dose, which rules see."""
    if not text.strip():
        raise Refused(_("A task needs words."))
    with change_to(patient, by=by):
        task = CareTask.objects.create(
            patient=patient,
            text=text.strip(),
            due=due,
            drug=drug,
            dose=dose,
            assigned_to=assigned_to,
            created_by=by,
            created_at=timezone.now(),
        )
        _rules_see(task)
        return task


def _rules_see(task: CareTask) -> None:
    """A dose that is planned, or is not any more, is looked at by rules."""
    if task.drug:
        record_change(task.patient)


@repeated_on_deadlock
def close_task(*, task: CareTask, by: User, outcome: str, expected_version: int, note: str = "") -> CareTask:
    """Say how a task ended. Raises `StaleVersion` when somebody else was first."""
    if outcome in (Outcome.CANNOT, Outcome.TRANSFERRED) and not note.strip():
        raise Refused(_("A task that was not done needs a word why, or to whom it went."))
    with change_to(task.patient, by=by):
        ended = {"outcome": outcome, "outcome_note": note.strip(), "closed_by": by, "closed_at": timezone.now()}
        update_with_version(task, expected_version, **ended)
        _rules_see(task)
    return task


@repeated_on_deadlock
def assign_task(*, task: CareTask, by: User, to: User | None, expected_version: int) -> CareTask:
    """An open task is somebody's from now on (None: nobody's). Refused for one that ended; `StaleVersion` when somebody
    else was first."""
    with change_to(task.patient, by=by):
        if CareTask.objects.filter(pk=task.pk).exclude(outcome="").exists():
            raise Refused(_("This task has ended."))
        update_with_version(task, expected_version, assigned_to=to)
    return task


@repeated_on_deadlock
def end_planned(*, task: CareTask, by: User) -> CareTask:
    """A task of a plan is not needed any more, because the plan was changed."""
    note = _("the plan was changed")
    return close_task(task=task, by=by, outcome=Outcome.NOT_NEEDED, expected_version=task.version, note=note)


@repeated_on_deadlock
def reopen_task(*, task: CareTask, by: User, expected_version: int) -> CareTask:
    """A task that was ended is open again: what ended it was undone."""
    with change_to(task.patient, by=by):
        update_with_version(task, expected_version, outcome="", outcome_note="", closed_by=None, closed_at=None)
        _rules_see(task)
    return task


@repeated_on_deadlock
def own_judgement(*, patient: Patient, by: User, step: str, due: date, owner: User) -> JudgementOwner:
    """Say who is to judge improvement on a step on a day of the treatment clock; the last word counts."""
    with change_to(patient, by=by):
        said = {"owner": owner, "set_by": by, "set_at": timezone.now()}
        row, _new = JudgementOwner.objects.update_or_create(patient=patient, step=step, due=due, defaults=said)
    return row


@repeated_on_deadlock
def save_view(*, by: User, name: str, filters: dict[str, str | list[str]]) -> SavedView:
    """Keep a choice of filters under a name; the same name is replaced."""
    name = name.strip()
    if not name:
        raise Refused(_("A saved view needs a name."))
    if len(str(filters)) > FILTER_LENGTH:
        raise Refused(_("These filters are too many to keep."))
    with transaction.atomic(), attributed_to(by):
        if by.saved_views.exclude(name=name).count() >= MOST_VIEWS:
            raise Refused(_("At most %(n)s views can be kept.") % {"n": MOST_VIEWS})
        view, _new = SavedView.objects.update_or_create(user=by, name=name, defaults={"filters": filters})
    return view


@repeated_on_deadlock
def remove_view(*, by: User, name: str) -> None:
    """Forget a saved view; one that is not there is forgotten already."""
    with transaction.atomic(), attributed_to(by):
        SavedView.objects.filter(user=by, name=name).delete()
