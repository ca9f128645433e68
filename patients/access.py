"""Who may do what, and to whom: rights by role, patients by ward. Default deny.

A view declares its right with `permission("...")` (a test refuses views that declare none) and opens a patient with
`open_record`, its first line. A patient of another ward does not exist for the user: 404, not 403.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from rules.permissions import add_perm, has_perm
from rules.predicates import Predicate, predicate

from patients.audit import note_read
from patients.changes import RecordMerged
from patients.merged import merges_from
from patients.models import Patient, Role, StayEvent, User
from patients.out_of_sight import lost_by

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
PUBLIC = "public"  # no sign-in needed, no patient data
MACHINES = "machines"  # no sign-in: an access token, which the interface reads

EVERYBODY = frozenset(Role)
CLINICAL = frozenset({Role.PHYSICIAN, Role.SENIOR, Role.PHARMACIST, Role.NURSE})
PHYSICIANS = frozenset({Role.PHYSICIAN, Role.SENIOR})

# every right of the product and the roles that have it; what is not here is nobody's
RIGHTS: dict[str, frozenset[Role]] = {
    "see_ward": CLINICAL,
    "see_record": CLINICAL,
    "record_results": CLINICAL,  # measurements, findings, respiratory support
    "record_reports": PHYSICIANS,  # diagnosis, antibodies, HRCT, histology, onset
    "record_treatment": PHYSICIANS,
    "judge": PHYSICIANS,  # improvement, decisions about step and course
    "correct_facts": PHYSICIANS,
    "sign_round": PHYSICIANS,  # "seen", with note and plan
    "keep_tasks": CLINICAL,
    "correct_identity": PHYSICIANS,
    "merge_records": PHYSICIANS,  # and take a merge back
    "admit_patients": frozenset({Role.PHYSICIAN, Role.SENIOR, Role.NURSE}),
    "import_cases": PHYSICIANS,
    "settle_arrivals": frozenset(
        {Role.PHYSICIAN, Role.SENIOR, Role.PHARMACIST}
    ),  # what machines sent, and nobody may guess
    "export_records": PHYSICIANS,  # what leaves the product, with a reason
    "import_tables": frozenset({Role.PHYSICIAN, Role.SENIOR, Role.PHARMACIST}),  # whose questions they settle as well
    "acknowledge_alerts": frozenset({Role.PHYSICIAN, Role.SENIOR, Role.PHARMACIST}),
    "review_cases": frozenset({Role.SENIOR, Role.REVIEWER}),  # who sees no record sees pseudonyms
    "review_overrides": frozenset({Role.SENIOR}),  # a list of names
    "review_cohort": frozenset({Role.SENIOR}),  # everybody of the site, line by line in a file
    "see_rules": EVERYBODY,  # no patient data
    "change_own_password": EVERYBODY,
    "change_rules": frozenset({Role.SENIOR, Role.PHARMACIST}),  # by two of them
    "see_audit_log": frozenset({Role.SENIOR, Role.ADMINISTRATOR}),
    "manage_site": frozenset({Role.ADMINISTRATOR}),
}


def role_in(roles: frozenset[Role]) -> Any:
    """Predicate: an active user with one of the roles."""
    return Predicate(lambda user: user.is_active and getattr(user, "role", "") in roles, name="role_in")


@predicate  # type: ignore[untyped-decorator]
def on_the_ward(user: User, patient: Patient | None) -> bool:
    """Predicate: the patient, where one is named, is among those the user may see."""
    return patient is None or Patient.objects.visible_to(user).filter(pk=patient.pk).exists()


for _right, _roles in RIGHTS.items():
    add_perm(f"patients.{_right}", role_in(_roles) & on_the_ward)  # type: ignore[no-untyped-call]


def may(user: User | AnonymousUser, right: str, patient: Patient | None = None) -> bool:
    """Has the user this right, and on this patient? For menus and templates too."""
    if right not in RIGHTS:
        raise LookupError(f"no such right: {right}")
    return bool(has_perm(f"patients.{right}", user, patient))  # type: ignore[no-untyped-call]


def permission(right: str) -> Callable[[View], View]:
    """Mark a view with the right it needs, and refuse (403) users without it. Unknown rights fail at import."""
    if right not in RIGHTS:
        raise LookupError(f"no such right: {right}")

    def mark(view: View) -> View:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request.user, right):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        gated.required_permission = right  # type: ignore[attr-defined]
        return cast(View, gated)

    return mark


def public(view: View) -> View:
    """Mark a view that shows no patient data and needs no sign-in. Stands outermost."""
    view.login_required = False  # type: ignore[attr-defined]
    view.required_permission = PUBLIC  # type: ignore[attr-defined]
    return view


def machines_only(view: View) -> View:
    """Mark an address of the interface for machines: it reads its token itself, and no session or form opens it."""
    view.login_required = False  # type: ignore[attr-defined]
    view.csrf_exempt = True  # type: ignore[attr-defined]
    view.required_permission = MACHINES  # type: ignore[attr-defined]
    return view


def open_record(
    patient_id: int,
    *,
    by: User,
    what: str = "record",
    reason: str = "",
    merged_too: bool = False,
    noted: bool = False,
) -> Patient:
    """The gate of every patient view: right, ward, audit. `what` names the page or export that is read.

    Raises PermissionDenied without the right to see records, Http404 for a patient the user may not see. A record that
    was merged into one that the user may see raises RecordMerged, which is answered with the way there; a page that
    shows such a record, read only, asks for it (`merged_too`). `noted`: what is read belongs to a page that was noted.
    """
    if not may(by, "see_record"):
        raise PermissionDenied
    patient = _visible(patient_id, by) or _merged(patient_id, by, merged_too)
    if not noted:
        note_read(patient.pk, what, by=by, reason=reason)
    return patient


def open_record_of_step(patient_id: int, step_id: int, *, by: User) -> tuple[Patient, StayEvent]:
    """The gate of taking back a step of a stay: for who sees the record; and, for a few minutes, for who lost sight of
    it by this very step, and of the record sees nothing but that."""
    if not may(by, "see_record"):
        raise PermissionDenied
    step = StayEvent.objects.filter(patient=patient_id, pk=step_id).select_related("patient").first()
    if step is not None and lost_by(step, by):
        note_read(patient_id, "stay: undo of one's own step", by=by)
        return step.patient, step
    patient = open_record(patient_id, by=by, what="stay")
    if step is None:
        raise Http404
    return patient, step


def _visible(patient_id: int, by: User) -> Patient | None:
    patient = Patient.objects.visible_to(by).filter(pk=patient_id).first()
    if patient is not None:
        patient.merge = None  # a record that was merged is none of these: that need not be asked again
    return patient


def _merged(patient_id: int, by: User, wanted: bool) -> Patient:
    """The merged record, if the user may see the one that it went into."""
    merges = merges_from(patient_id)
    if not merges or not Patient.objects.visible_to(by).filter(pk=merges[-1].kept_id).exists():
        raise Http404
    if not wanted:
        raise RecordMerged(merges[0])
    return merges[0].absorbed
