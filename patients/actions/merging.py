"""Two records that are one person's become one, and that is taken back.

Nothing is moved: facts are append-only. Whatever the absorbed record holds is copied with its versions, times, sources
and authors, unless the kept record says the same already. Taking back cancels the copies; from then on no state of the
kept record, of no moment, has them (`patients.queries.versions_of`), and the absorbed record is as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.actions.responsibilities import hand_over
from patients.actions.stays import admission_unsaid, leader_by_steps, record_admission
from patients.changes import (
    Refused,
    StaleVersion,
    change_to_both,
    record_change,
    repeated_on_deadlock,
    update_with_version,
)
from patients.clinical.placing import BEHIND
from patients.clinical.versions import SAMPLED_AT
from patients.identities import before_birth_of
from patients.merge_plan import Held, owners_to_copy, plan_of, readable_rows, tasks_to_copy
from patients.merge_words import Merged, TakenBack
from patients.merged import ADMISSION_OF, JUDGE, MARK, RESPONSIBLE, STAY, TASK, entered_since
from patients.models import (
    FACT_TABLES,
    Admission,
    CareTask,
    EvaluationMark,
    Fact,
    JudgementOwner,
    MergedEntry,
    Outcome,
    Patient,
    RecordMerge,
    Responsibility,
    ResponsibilityKind,
    Status,
    User,
    standing_row,
)
from patients.queries import site_zone
from patients.recording import insert_rows, new_keys
from patients.rows import carried_over, readable_columns
from patients.signals import record_absorbed, record_returned

SOURCE = "merge"  # of the versions that a merge or taking it back writes
LONGEST_IDENTITY = 200


@repeated_on_deadlock
def merge_records(*, kept: Patient, absorbed: Patient, by: User, reason: str) -> Merged:
    """Merge one record into another. Refused if either was merged already, if both are on a ward, if one is and the
    other says that the patient has died, without a reason, or if an entry would lie before the birth date of the kept
    record."""
    with transaction.atomic():
        return _merge(kept, absorbed, by, reason)


@repeated_on_deadlock
def try_merge(*, kept: Patient, absorbed: Patient, by: User, reason: str) -> Merged:
    """What `merge_records` would do: it is done and undone. Raises what it would raise; nothing is kept."""
    with transaction.atomic():
        merged = _merge(kept, absorbed, by, reason)
        transaction.set_rollback(True)
    return merged


def _merge(kept: Patient, absorbed: Patient, by: User, reason: str) -> Merged:
    with change_to_both(kept, absorbed, by=by, reason=reason):
        _refuse_merge(kept, absorbed, reason)
        zone, now = site_zone(), timezone.now()
        plan = plan_of(kept, absorbed, zone)
        if early := before_birth_of(kept.birth_date, (x.standing for x in plan.copied if x.stands)):
            raise Refused(*early)
        merge = RecordMerge(
            pk=new_keys({RecordMerge: 1})[RecordMerge][0], kept=kept, absorbed=absorbed, merged_at=now, by=by
        )
        entries = [
            *_copy_facts(merge, plan.copied, zone),
            *(_entry(merge, held.kind, held.identity, same.identity, doubled=True) for held, same in plan.doubled),
            *_copy_tasks(merge),
            *_copy_stays(merge),
            *_copy_responsibilities(merge),
            *_copy_judgement_owners(merge),
            *_say_admission(merge),
        ]
        merge.reason, merge.newest = reason.strip(), _newest_keys()
        merge.save(force_insert=True)
        MergedEntry.objects.bulk_create(entries)
        _rest(absorbed)
        record_absorbed.send(sender=Patient, patient_id=absorbed.pk)
        record_change(kept)
    return Merged.of(merge, plan, entries)


def _refuse_merge(kept: Patient, absorbed: Patient, reason: str) -> None:
    if kept.pk == absorbed.pk:
        raise Refused(_("A record cannot be merged into itself."))
    if not reason.strip():
        raise Refused(_("A merge needs a reason."))
    for merge in RecordMerge.objects.standing().filter(absorbed__in=[kept, absorbed]).select_related("absorbed"):
        raise Refused(_("Record number %(mrn)s was merged into another one already.") % {"mrn": merge.absorbed.mrn})
    if Admission.objects.filter(patient__in=[kept, absorbed], discharged_at=None).count() > 1:
        raise Refused(_("Both records are on a ward: discharge one of them first."))


def _newest_keys() -> dict[str, int]:
    """Of every kind of fact the last key that was given, to a copy perhaps: what is told later has a higher one."""
    first, *others = [
        table._default_manager.order_by("-pk").annotate(kind=Value(kind)).values_list("kind", "pk")[:1]
        for kind, table in FACT_TABLES.items()
    ]
    return dict.fromkeys(FACT_TABLES, 0) | dict(first.union(*others, all=True))


def _entry(merge: RecordMerge, kind: str, was: Any, into: Any, *, doubled: bool = False) -> MergedEntry:
    return MergedEntry(merge=merge, kind=kind, was=str(was), into=str(into), doubled=doubled)


# -- what is carried over ---------------------------------------------------------------------------------------------


def _copy_facts(merge: RecordMerge, copied: Iterable[Held], zone: ZoneInfo) -> Iterator[MergedEntry]:
    rows: list[tuple[int, Fact]] = []
    for held in copied:
        identity = marked(merge, held.identity)
        last: Fact | None = None
        for number, row in enumerate(readable_rows(held, zone), 1):
            last = _copied(row, merge.kept, identity, number, last)
            rows.append((row.pk, last))
        if last is not None:
            yield _entry(merge, held.kind, held.identity, identity)
    insert_rows([row for _key, row in sorted(rows, key=lambda pair: (pair[1].KIND, pair[0]))])


def marked(merge: RecordMerge, identity: str) -> str:
    """The identity of a copy: its merge, then what it was. What is too long is folded, but for the time of sampling,
    by which the versions of a named result are told apart."""
    mark = f"{MARK}{merge.pk}:"
    if len(mark) + len(identity) <= LONGEST_IDENTITY:
        return mark + identity
    name, at, sampled = identity.rpartition(SAMPLED_AT)
    folded = sha256((name or identity).encode()).hexdigest()
    return f"{mark}{folded}{at}{sampled}" if name else mark + folded


def _copied(row: Fact, kept: Patient, identity: str, number: int, last: Fact | None) -> Fact:
    own = {"id", "patient", "identity", "version", "replaces", "recorded_at"}
    same = {x.attname: getattr(row, x.attname) for x in row._meta.concrete_fields if x.name not in own}
    columns: dict[str, Any] = {"identity": identity, "version": number, "replaces": last, **same}
    return type(row)(patient_id=kept.pk, **columns)


def _copy_tasks(merge: RecordMerge) -> Iterator[MergedEntry]:
    for task in tasks_to_copy(merge.kept, merge.absorbed):
        copy = CareTask.objects.create(
            patient=merge.kept,
            text=task.text,
            due=task.due,
            drug=task.drug,
            dose=task.dose,
            assigned_to_id=task.assigned_to_id,
            created_by_id=task.created_by_id,
            created_at=task.created_at,
        )
        yield _entry(merge, TASK, task.pk, copy.pk)


def _copy_stays(merge: RecordMerge) -> Iterator[MergedEntry]:
    """The stays too: they say who may see the record, and where the patient lies."""
    for stay in Admission.objects.filter(patient=merge.absorbed).order_by("pk"):
        was_open = stay.discharged_at is None
        if was_open:  # first: a bed is one patient's
            update_with_version(stay, stay.version, discharged_at=max(merge.merged_at, stay.admitted_at))
        copy = Admission.objects.create(
            patient=merge.kept,
            ward_id=stay.ward_id,
            bed=stay.bed,
            consultant=stay.consultant,
            admitted_at=stay.admitted_at,
            discharged_at=None if was_open else stay.discharged_at,
        )
        yield _entry(merge, STAY, stay.pk, copy.pk)


def _copy_responsibilities(merge: RecordMerge) -> Iterator[MergedEntry]:
    """Who is responsible stays so: a second consultant as one of the team."""
    standing = list(Responsibility.objects.now().filter(patient=merge.kept))
    led = any(x.kind == ResponsibilityKind.CONSULTANT for x in standing)
    known, team = {x.user_id for x in standing}, set()
    for row in Responsibility.objects.now().filter(patient=merge.absorbed).exclude(user__in=known).order_by("pk"):
        kind = ResponsibilityKind.TEAM if led else row.kind
        if kind == ResponsibilityKind.TEAM and row.user_id in team:
            continue  # was consultant and of the team
        team |= {row.user_id} if kind == ResponsibilityKind.TEAM else set()
        copy = Responsibility.objects.create(
            patient=merge.kept,
            user_id=row.user_id,
            kind=kind,
            since=row.since,
            recorded_by_id=row.recorded_by_id,
        )
        yield _entry(merge, RESPONSIBLE, row.pk, copy.pk)


def _copy_judgement_owners(merge: RecordMerge) -> Iterator[MergedEntry]:
    """Who is to judge goes along; where both records name somebody for one judgement, the kept one's stays."""
    for row in owners_to_copy(merge.kept, merge.absorbed):
        said = {"owner_id": row.owner_id, "set_by_id": row.set_by_id, "set_at": row.set_at}
        copy = JudgementOwner.objects.create(patient=merge.kept, step=row.step, due=row.due, **said)
        yield _entry(merge, JUDGE, row.pk, copy.pk)


def _say_admission(merge: RecordMerge) -> Iterator[MergedEntry]:
    """An admission that the stay that is open needs goes with the merge."""
    name = f"{ADMISSION_OF}{merge.kept.pk}"
    row = _admit_unsaid(merge.kept, by=merge.by, identity=marked(merge, name))
    if row is not None:
        yield _entry(merge, row.KIND, name, row.identity)


def _admit_unsaid(patient: Patient, *, by: User, identity: str = "") -> Fact | None:
    """Whoever lies on a ward is in hospital and under care (13 (87)), whatever comes from another record or goes."""
    stay = Admission.objects.filter(patient=patient, discharged_at=None).first()
    on = admission_unsaid(patient, stay.admitted_at) if stay is not None else None
    return record_admission(patient, on, by=by, source=SOURCE, identity=identity) if on is not None else None


def _rest(absorbed: Patient) -> None:
    """Nobody evaluates the record while it is a part of another one."""
    EvaluationMark.objects.filter(patient=absorbed).update(
        needed_since=None, next_due_at=None, failures=0, last_error_class=""
    )


# -- taking back ------------------------------------------------------------------------------------------------------


@repeated_on_deadlock
def take_back_merge(*, merge: RecordMerge, by: User, reason: str) -> TakenBack:
    """Take a merge back. What was entered since stays where it was entered, and is listed. Refused while another record
    was merged into the kept one since, or the kept one into another, or the bed of the stay is another's."""
    with transaction.atomic():
        return _take_back(merge, by, reason)


@repeated_on_deadlock
def try_take_back(*, merge: RecordMerge, by: User, reason: str) -> TakenBack:
    """What `take_back_merge` would do: it is done and undone. Raises what it would raise; nothing is kept."""
    with transaction.atomic():
        taken_back = _take_back(merge, by, reason)
        transaction.set_rollback(True)
    return taken_back


def _take_back(merge: RecordMerge, by: User, reason: str) -> TakenBack:
    kept, absorbed = merge.kept, merge.absorbed
    with change_to_both(kept, absorbed, by=by, reason=reason):
        merge.refresh_from_db()
        _refuse_taking_back(merge, reason)
        entries = list(merge.entries.all())
        since = entered_since(merge)
        done = _tasks_done_since(entries)
        stays, tasks = _return_stays(entries), _close_tasks(entries, by)
        _return_judgement_owners(entries)
        _end_responsibilities(kept, entries, by)
        cancelled = _cancel_copies(kept, entries, by, reason)
        _admit_unsaid(kept, by=by)
        RecordMerge.objects.filter(pk=merge.pk).update(
            taken_back_at=timezone.now(), taken_back_by=by, taken_back_reason=reason.strip()
        )
        merge.refresh_from_db()
        record_returned.send(sender=Patient, patient_id=absorbed.pk)
        record_change(absorbed)
        record_change(kept)
    return TakenBack(merge=merge, cancelled=cancelled, stays=stays, tasks=tasks, since=tuple(since), done=done)


def _refuse_taking_back(merge: RecordMerge, reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Taking a merge back needs a reason."))
    if merge.taken_back_at is not None:
        raise StaleVersion
    standing = RecordMerge.objects.standing()
    if later := standing.filter(absorbed=merge.kept).select_related("kept").first():
        parts = {"mrn": later.kept.mrn}
        raise Refused(_("This record went into record number %(mrn)s since: take that merge back first.") % parts)
    if later := standing.filter(kept=merge.kept, pk__gt=merge.pk).select_related("absorbed").first():
        parts = {"mrn": later.absorbed.mrn}
        raise Refused(_("Record number %(mrn)s was merged since: take that merge back first.") % parts)


def _cancel_copies(kept: Patient, entries: Iterable[MergedEntry], by: User, reason: str) -> int:
    """A version that withdraws each copy that stands; how many stood."""
    rows: list[Fact] = []
    copies: dict[str, list[str]] = {}
    for entry in entries:
        if entry.kind in FACT_TABLES and not entry.doubled:
            copies.setdefault(entry.kind, []).append(entry.into)
    for kind in (x for x in FACT_TABLES if x in copies):
        table, histories = FACT_TABLES[kind], dict[str, list[Fact]]()
        for row in table._default_manager.filter(patient=kept, identity__in=copies[kind]).order_by("version"):
            histories.setdefault(row.identity, []).append(row)
        rows += [_withdrawal(x, by, reason) for x in histories.values() if standing_row(x).status != Status.CANCELLED]
    insert_rows(rows)
    return len(rows)


def _withdrawal(versions: list[Fact], by: User, reason: str) -> Fact:
    stands, now = standing_row(versions), timezone.now()
    carried = {name: getattr(stands, name) for name in carried_over(stands)}
    columns: dict[str, Any] = {
        **readable_columns(stands.KIND, carried),
        "version": versions[-1].version + 1,
        "replaces": versions[-1],
        "on_is_date": stands.on_is_date,
        "known": max(now, *(x.known for x in versions)),
        "placed": max(now, *(x.place + BEHIND for x in versions)),
        "status": Status.CANCELLED,
        "source": SOURCE,
        "recorded_by": by,
        "correction_reason": reason.strip(),
    }
    return type(stands)(**columns)


def _return_stays(entries: Iterable[MergedEntry]) -> int:
    """The stay that the merge closed is open again, and the copies go; one that was changed since stays, closed."""
    returned = 0
    pairs = {int(x.was): int(x.into) for x in entries if x.kind == STAY}
    copies = Admission.objects.in_bulk(pairs.values())
    for stay in Admission.objects.filter(pk__in=pairs):
        copy = copies.get(pairs[stay.pk])
        unchanged = copy is not None and not copy.events.exists()  # another merge, taken back, is no change of it
        if copy is not None and not unchanged and copy.discharged_at is None:
            raise Refused(_("The stay that came with the merge was changed since: discharge the patient first."))
        if copy is not None and unchanged:
            was_open = copy.discharged_at is None
            copy.delete()
            if was_open:
                _reopen(stay)
            returned += 1
    return returned


def _reopen(stay: Admission) -> None:
    try:
        with transaction.atomic():
            update_with_version(stay, stay.version, discharged_at=None)
    except IntegrityError as error:
        raise Refused(_("Bed %(bed)s is taken.") % {"bed": stay.bed}) from error


def _close_tasks(entries: Iterable[MergedEntry], by: User) -> int:
    copies = [int(x.into) for x in entries if x.kind == TASK]
    open_now = CareTask.objects.open().filter(pk__in=copies)
    for task in open_now:
        ended = {"outcome": Outcome.NOT_NEEDED, "outcome_note": _("The merge was taken back.")}
        update_with_version(task, task.version, closed_by=by, closed_at=timezone.now(), **ended)
    return len(copies)


def _tasks_done_since(entries: Iterable[MergedEntry]) -> tuple[str, ...]:
    """What came with the merge and was ended since: the absorbed record has it open again."""
    copies = [int(x.into) for x in entries if x.kind == TASK]
    return tuple(CareTask.objects.filter(pk__in=copies).exclude(outcome="").values_list("text", flat=True))


def _return_judgement_owners(entries: Iterable[MergedEntry]) -> None:
    """The copies go; one that says somebody else since was said of the kept record, and stays."""
    pairs = {int(x.was): int(x.into) for x in entries if x.kind == JUDGE}
    copies = JudgementOwner.objects.in_bulk(pairs.values())
    for was in JudgementOwner.objects.filter(pk__in=pairs):
        copy = copies.get(pairs[was.pk])
        if copy is not None and (copy.owner_id, copy.set_at) == (was.owner_id, was.set_at):
            copy.delete()


def _end_responsibilities(kept: Patient, entries: Iterable[MergedEntry], by: User) -> None:
    """Whoever came with the merge goes with it. Whom a step of the record has named as consultant since stays so."""
    now = timezone.now()
    copies = Responsibility.objects.now().filter(pk__in=[int(x.into) for x in entries if x.kind == RESPONSIBLE])
    led = copies.filter(kind=ResponsibilityKind.CONSULTANT).exists()
    copies.update(until=Greatest(F("since"), Value(now)))
    if led:
        hand_over(kept, leader_by_steps(kept), at=now, by=by)
