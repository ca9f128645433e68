"""Changes of where a patient lies: admitted, moved, discharged, what ended the care, and taking back the last step.

Each is a step (`StayEvent`), the state after it (`Admission`), who is responsible, and what the clinical part reads of
it (a fact: admission, discharge, outcome), in one transaction. `seen`: the id of the patient's last step that the
author saw (0: none); with another last step the change is stale. None: the system, which saw nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from patients.actions.beds import bed_of, refuse_taken
from patients.actions.facts import refuse_impossible, withdraw
from patients.actions.records import new_patient
from patients.actions.responsibilities import hand_back, hand_over, leader_of
from patients.changes import (
    Refused,
    StaleVersion,
    attributed_to,
    change_to,
    differences,
    record_change,
    repeated_on_deadlock,
    update_with_version,
)
from patients.clinical import facts as f
from patients.clinical.bounds import OF_A_MOMENT, Bounds
from patients.clinical.reasons import Term, _, reason
from patients.clinical.stays import OUTCOMES
from patients.clinical.versions import Version
from patients.clinical.whereabouts import ENDING, TRANSPLANT, care_ended, left
from patients.merged import stay_brought
from patients.models import FACT_TABLES, Admission, Fact, Patient, StayEvent, StayStep, User, Ward
from patients.persons import NewPerson, refuse_known
from patients.queries import site_clock, site_zone, stays_known
from patients.recording import append
from patients.rows import fresh_identity
from patients.wording import message_of

SOURCE = "form"


@repeated_on_deadlock
def register_and_admit(
    *,
    person: NewPerson,
    ward: Ward,
    by: User | None,
    admitted_at: datetime,
    bed: str = "",
    consultant: User | None = None,
    asked: frozenset[int] = frozenset(),
) -> Patient:
    """A new patient on a ward. Refused where the number is known; raises `Doubt` where it may be somebody who is known
    and not in `asked`, the patients of whom a person said that they are others."""
    with transaction.atomic(), attributed_to(by), site_clock():
        refuse_known(person.as_case_patient, asked)
        patient = new_patient(by=by, **person.details)
        with change_to(patient, by=by), site_clock():
            _admit(patient, ward, by, admitted_at, bed, consultant, None)
            record_change(patient)
    return patient


@repeated_on_deadlock
def admit_patient(
    *,
    patient: Patient,
    ward: Ward,
    by: User | None,
    admitted_at: datetime,
    bed: str = "",
    consultant: User | str | None = None,
    seen: int | None = None,
    known: datetime | None = None,
) -> Admission:
    """Open a stay. Refused while another stay is open, the bed is taken, or after a death.

    consultant: None leaves who is responsible; a text names somebody who does not sign in here. `known`: since when it
    is known, where that is not now.
    """
    with change_to(patient, by=by), site_clock():
        _unchanged(patient, seen, {"ward": ward, "bed": bed})
        stay = _admit(patient, ward, by, admitted_at, bed, consultant, known)
        record_change(patient)
    return stay


def _admit(
    patient: Patient,
    ward: Ward,
    by: User | None,
    at: datetime,
    bed: str,
    consultant: User | str | None,
    known: datetime | None,
) -> Admission:
    if Admission.objects.filter(patient=patient, discharged_at=None).exists():
        raise Refused(reason(_("The patient is on a ward already.")))
    steps = _standing(patient)
    last, at = _last(steps), _moment(at, patient, steps)
    bed = bed_of(ward, bed, patient)
    on = admission_unsaid(patient, at)
    written = _written(consultant, patient, last)
    stay = Admission(patient=patient, ward=ward, bed=bed, consultant=written, admitted_at=at)
    _save_possible(stay)
    facts = [_named(record_admission(patient, on, by=by, known=known))] if on is not None else []
    _step(stay, StayStep.ADMITTED, at, by, _responsible(consultant, last), facts=facts)
    if consultant is not None:
        hand_over(patient, _responsible(consultant, last), at=at, by=by)
    return stay


def admission_unsaid(patient: Patient, at: datetime) -> datetime | None:
    """Of somebody who lies on a ward since `at`: the time of the admission that the record has to say, because by what
    it says the patient has left. None where being on the ward says it. Refused after a death."""
    gone = _gone(patient)
    return max(at, gone.on) if gone is not None else None


def _gone(patient: Patient) -> f.Fact | None:
    """What says that somebody who lies on a ward has left. Refused after a death."""
    gone = left(stays_known(patient, timezone.now(), on_ward=True))
    if isinstance(gone, f.Outcome) and gone.what == "death":
        raise Refused(reason(_("The patient has died. If that was a mistake, take it back first.")))
    return gone


@repeated_on_deadlock
def move_patient(
    *,
    patient: Patient,
    by: User | None,
    ward: Ward,
    bed: str = "",
    at: datetime | None = None,
    seen: int | None = None,
) -> Admission:
    """Move a patient to another ward or bed. Rounds, tasks and who is responsible stay the patient's."""
    with change_to(patient, by=by), site_clock():
        stay, steps = _open_stay(patient, seen, {"ward": ward, "bed": bed})
        moment = _moment(at or timezone.now(), patient, steps, stay)
        bed = bed_of(ward, bed, patient)
        if (ward, bed) == (stay.ward, stay.bed):
            raise Refused(reason(_("The patient lies there already.")))
        update_with_version(stay, stay.version, ward=ward, bed=bed)
        _step(stay, StayStep.MOVED, moment, by, _responsible(None, _last(steps)))
        record_change(patient)
    return stay


@repeated_on_deadlock
def change_consultant(
    *, patient: Patient, by: User, consultant: User | None, at: datetime | None = None, seen: int | None = None
) -> StayEvent:
    """Another consultant (None: nobody), on a ward or not."""
    with change_to(patient, by=by), site_clock():
        _unchanged(patient, seen, {})
        moment = _moment(at or timezone.now(), patient, _standing(patient))
        stay = patient.admissions.filter(discharged_at=None).first()
        if stay is not None:
            update_with_version(stay, stay.version, consultant=str(consultant or ""))
        where = stay or Admission(patient=patient, consultant=str(consultant or ""))
        step = _step(where, StayStep.CONSULTANT, moment, by, consultant)
        hand_over(patient, consultant, at=moment, by=by)
        record_change(patient)
    return step


@repeated_on_deadlock
def discharge_patient(
    *,
    patient: Patient,
    by: User | None,
    at: datetime,
    to: str = "",
    seen: int | None = None,
    known: datetime | None = None,
) -> Admission:
    """Close a stay. Who is responsible stays so: what comes late reaches them."""
    if to == "other_ward":
        raise Refused(reason(_("Who goes to another ward is moved, not discharged.")))
    with change_to(patient, by=by), site_clock():
        stay, steps = _open_stay(patient, seen, {"discharged_at": at})
        at = _moment(at, patient, steps, stay)
        update_with_version(stay, stay.version, discharged_at=at)
        row = _record(patient, f.Discharge(**_common(at, known), to=to or None), by)
        responsible = _responsible(None, _last(steps))
        _step(stay, StayStep.DISCHARGED, at, by, responsible, to=to, facts=[_named(row)])
        record_change(patient)
    return stay


@repeated_on_deadlock
def record_outcome(
    *,
    patient: Patient,
    by: User,
    at: datetime,
    what: str,
    cause: str = "",
    seen: int | None = None,
    known: datetime | None = None,
) -> StayEvent:
    """What ended or changed the care for good. It closes the stay, except a lung transplant."""
    if cause and what != "death":
        raise Refused(reason(_("Only a death has a cause.")))
    with change_to(patient, by=by), site_clock():
        _unchanged(patient, seen, {})
        steps, stay = _standing(patient), patient.admissions.filter(discharged_at=None).first()
        last, at = _last(steps), _moment(at, patient, steps, stay)
        _refuse_after_end(patient, what)
        if stay is not None and what in ENDING:
            update_with_version(stay, stay.version, discharged_at=at)
        row = _record(patient, f.Outcome(**_common(at, known), what=what, cause=cause or None), by)
        where, facts = stay or _nowhere(patient, last), [_named(row)]
        step = _step(where, StayStep.OUTCOME, at, by, _responsible(None, last), what=what, facts=facts)
        record_change(patient)
    return step


@repeated_on_deadlock
def take_back_step(*, step: StayEvent, by: User | None, reason: str = "") -> StayEvent:
    """The last step of a patient's stays was none: what it changed is as before it, and what it wrote into the record
    is cancelled.

    Refused if the bed is taken by now, or the patient has left by what came since; stale if it is not the last step.
    """
    patient = step.patient
    with change_to(patient, by=by, reason=reason), site_clock():
        steps = _standing(patient)
        if _last(steps) != step:
            raise StaleVersion
        earlier = steps[:-1]
        before = _last(earlier)
        written = reason.strip() or gettext("taken back: %(step)s") % {"step": step.get_kind_display()}
        for kind, _colon, identity in (x.partition(":") for x in step.facts):
            withdraw(patient, FACT_TABLES[kind], identity, by=by, reason=written)
        stay = Admission.every.select_related("ward").filter(events=step).first()
        if stay is not None:
            _undo(step, stay, earlier)
        responsible = before.responsible if before else None
        if step.kind in (StayStep.ADMITTED, StayStep.CONSULTANT):
            hand_back(step, responsible, by=by)
        where = stay if stay is not None and stay.discharged_at is None else _nowhere(patient, before)
        taken_back = _step(where, StayStep.TAKEN_BACK, timezone.now(), by, responsible, takes_back=step)
        record_change(patient)
    return taken_back


def _undo(step: StayEvent, stay: Admission, earlier: Sequence[StayEvent]) -> None:
    """The stay as it was before its last step."""
    if step.kind == StayStep.ADMITTED:
        update_with_version(stay, stay.version, taken_back=True, discharged_at=stay.admitted_at)
    elif step.kind == StayStep.CONSULTANT:
        update_with_version(stay, stay.version, consultant=_before(stay, earlier).consultant)
    elif step.kind == StayStep.MOVED:
        was = _before(stay, earlier)
        ward = was.ward or stay.ward
        if stay.discharged_at is None:
            refuse_taken(ward, was.bed, stay.patient)
        update_with_version(stay, stay.version, ward=ward, bed=was.bed)
    elif step.kind == StayStep.DISCHARGED or step.what != TRANSPLANT:
        _lie_again(stay)


def _before(stay: Admission, earlier: Sequence[StayEvent]) -> StayEvent | Admission:
    """The stay as an earlier step left it; without any it came with a merge, and is as it was in the other record."""
    step = _last([x for x in earlier if x.stay_id == stay.pk])
    if step is not None:
        return step
    entry = stay_brought(stay)
    return Admission.every.select_related("ward").get(pk=int(entry.was)) if entry else stay


def _lie_again(stay: Admission) -> None:
    """The stay is open again, unless it was another patient's: it came with a merge that was taken back."""
    entry = stay_brought(stay)
    if entry is not None and entry.merge.taken_back_at is not None:
        return
    if stay.patient.admissions.filter(discharged_at=None).exclude(pk=stay.pk).exists():
        raise Refused(reason(_("The patient is on a ward already.")))  # by a stay that came with a merge
    if _gone(stay.patient) is not None:
        raise Refused(
            reason(_("By an entry of another record or document the patient has left: admit the patient anew."))
        )
    refuse_taken(stay.ward, stay.bed, stay.patient)
    update_with_version(stay, stay.version, discharged_at=None)


# -- steps ------------------------------------------------------------------------------------------------------------


def _standing(patient: Patient) -> list[StayEvent]:
    """The steps that stand, the last one last."""
    steps = StayEvent.objects.filter(patient=patient).standing()
    return list(steps.select_related("ward", "responsible").order_by("pk"))


def _last(steps: Sequence[StayEvent]) -> StayEvent | None:
    return steps[-1] if steps else None


def leader_by_steps(patient: Patient) -> User | None:
    """The consultant by the steps of the record alone, whoever came with a merge."""
    return _responsible(None, _last(_standing(patient)))


def _step(
    stay: Admission, kind: StayStep, at: datetime, by: User | None, responsible: User | None, **more: Any
) -> StayEvent:
    """Note what was done; `stay` as it is after it, unsaved where the patient is on no ward."""
    return StayEvent.objects.create(
        patient=stay.patient,
        stay=stay if stay.pk else None,
        kind=kind,
        at=at,
        ward_id=stay.ward_id,
        bed=stay.bed,
        consultant=stay.consultant,
        responsible=responsible,
        recorded_by=by,
        **more,
    )


def _nowhere(patient: Patient, last: StayEvent | None) -> Admission:
    return Admission(patient=patient, consultant=last.consultant if last else "")


def _unchanged(patient: Patient, seen: int | None, wanted: dict[str, Any]) -> None:
    """Is the last step still the one that the author saw?"""
    if seen is None:
        return
    newest = StayEvent.objects.filter(patient=patient).order_by("-pk").values_list("pk", flat=True).first()
    if (newest or 0) != seen:
        stay = patient.admissions.filter(discharged_at=None).select_related("ward").first()
        raise StaleVersion(differences(stay, wanted) if stay else ())


def _open_stay(patient: Patient, seen: int | None, wanted: dict[str, Any]) -> tuple[Admission, list[StayEvent]]:
    _unchanged(patient, seen, wanted)
    stay = patient.admissions.filter(discharged_at=None).select_related("ward").first()
    if stay is None:
        raise Refused(reason(_("The patient is not on a ward.")))
    return stay, _standing(patient)


def _moment(at: datetime, patient: Patient, steps: Sequence[StayEvent], stay: Admission | None = None) -> datetime:
    """The time of a step, not before the one that it follows, or before the stay that it is about. Within one minute
    the order counts: forms know no seconds."""
    zone = site_zone()
    outside = Bounds(now=timezone.now(), zone=zone, born=patient.birth_date).of_moment(at)
    if outside is not None:
        raise Refused(reason(OF_A_MOMENT[outside]))
    followed = [(x.at, x.kind) for x in steps if x.kind != StayStep.CONSULTANT][-1:]
    if stay is not None:  # it came with a merge perhaps, and no step tells of it
        followed.append((stay.admitted_at, StayStep.ADMITTED))
    before, kind = max(followed, key=lambda x: x[0], default=(at, ""))
    if at < before.replace(second=0, microsecond=0):
        step = Term(message_of(StayStep(kind).label))
        told = reason(_("This is before the last step: %(step)s, %(when)s."), step=step, when=before)
        raise Refused(told)
    return max(at, before)


def _responsible(consultant: User | str | None, last: StayEvent | None) -> User | None:
    if consultant is None:
        return last.responsible if last else None
    return consultant if isinstance(consultant, User) else None


def _written(consultant: User | str | None, patient: Patient, last: StayEvent | None) -> str:
    """The consultant as the ward reads it; without another one whoever is responsible, or was written last."""
    if consultant is None:
        consultant = leader_of(patient) or (last.consultant if last else "")
    return str(consultant)[:100]


def _save_possible(stay: Admission) -> None:
    try:
        with transaction.atomic():
            stay.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(reason(_("This content is not possible."))) from error


# -- facts ------------------------------------------------------------------------------------------------------------


def _common(at: datetime, known: datetime | None) -> dict[str, Any]:
    zone = site_zone()
    since = max(known or timezone.now(), at)
    days = {"day": at.astimezone(zone).date(), "known_day": since.astimezone(zone).date()}
    return {"id": "", "on": at, "known": since, "first_known": since, **days}


def record_admission(
    patient: Patient,
    on: datetime,
    *,
    by: User | None,
    known: datetime | None = None,
    source: str = SOURCE,
    identity: str = "",
) -> Fact:
    """The fact that somebody came into hospital, inside a change."""
    return _record(patient, f.HospitalAdmission(**_common(on, known)), by, source, identity)


def _record(patient: Patient, fact: f.Fact, by: User | None, source: str = SOURCE, identity: str = "") -> Fact:
    version = Version(identity=identity or fresh_identity(source), fact=fact)
    refuse_impossible([version], patient.birth_date)
    (row,) = append(patient, [version], by=by, source=source, fresh=True).rows
    return row


def _named(row: Fact) -> str:
    """The fact as a step names it."""
    return f"{row.KIND}:{row.identity}"


def _refuse_after_end(patient: Patient, what: str) -> None:
    """Nobody dies twice, and nothing comes after a death; an end that stands does not come again."""
    ended = care_ended(stays_known(patient, timezone.now(), on_ward=False))
    if ended is not None and ended.what == "death":
        raise Refused(reason(_("The patient has died. If that was a mistake, take it back first.")))
    if ended is not None and ended.what == what:
        raise Refused(reason(_("This stands already: %(what)s."), what=Term(OUTCOMES[what].label)))
