"""R40-R42: rights by role, patients by ward, and the gate of every patient view."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from patients import actions
from patients.access import RIGHTS, may, open_record, permission, public
from patients.models import AuditEntry, Patient, Role
from tests.patients.conftest import JANUARY, make_patient, make_user
from tests.story import moment

pytestmark = pytest.mark.django_db


def seen_by(user) -> set[str]:
    return set(Patient.objects.visible_to(user).values_list("mrn", flat=True))


def test_R42_patients_of_the_own_ward_only(patient, physician, other_ward) -> None:
    colleague = make_user("colleague", Role.PHYSICIAN, other_ward)
    make_patient("P-2", colleague, other_ward)
    assert seen_by(physician) == {"P-1"}
    assert seen_by(colleague) == {"P-2"}


def test_R42_a_user_of_two_wards_sees_each_patient_once(patient, physician, ward, other_ward) -> None:
    both = make_user("both", Role.PHARMACIST, ward, other_ward)
    make_patient("P-2", physician, other_ward)
    assert sorted(Patient.objects.visible_to(both).values_list("mrn", flat=True)) == ["P-1", "P-2"]


def test_R42_transfer_moves_the_patient_out_of_sight(patient, physician, other_ward) -> None:
    actions.move_patient(patient=patient, by=physician, ward=other_ward)
    assert seen_by(physician) == set()
    assert seen_by(make_user("colleague", Role.PHYSICIAN, other_ward)) == {"P-1"}


def test_R42_a_discharged_patient_stays_visible_to_the_last_ward(patient, physician) -> None:
    actions.discharge_patient(patient=patient, by=physician, at=moment(0))
    assert seen_by(physician) == {"P-1"}


def test_R42_a_new_stay_elsewhere_ends_the_view_of_the_old_ward(patient, physician, other_ward) -> None:
    actions.discharge_patient(patient=patient, by=physician, at=moment(0))
    actions.admit_patient(patient=patient, ward=other_ward, by=None, admitted_at=moment(1))
    assert seen_by(physician) == set()


def test_R42_a_patient_without_a_stay_is_seen_by_the_registrar_and_by_seniors(physician, ward) -> None:
    make_patient("P-3", physician)
    assert seen_by(physician) == {"P-3"}
    assert seen_by(make_user("senior", Role.SENIOR, ward)) == {"P-3"}
    assert seen_by(make_user("other", Role.PHYSICIAN, ward)) == set()


def test_R42_seniors_are_bound_to_their_wards_too(patient, other_ward) -> None:
    assert seen_by(make_user("senior", Role.SENIOR, other_ward)) == set()


def test_open_record_returns_the_patient_and_notes_the_read(patient, physician) -> None:
    assert open_record(patient.pk, by=physician, what="page") == patient
    entry = AuditEntry.objects.first()
    assert (entry.op, entry.table_name, entry.patient, entry.actor) == ("READ", "page", patient.pk, physician.pk)


def test_R42_open_record_of_another_ward_is_404_and_of_nobody_too(patient, other_ward) -> None:
    stranger = make_user("stranger", Role.PHYSICIAN, other_ward)
    for pk in (patient.pk, 999_999_999):
        with pytest.raises(Http404):
            open_record(pk, by=stranger)


@pytest.mark.parametrize("role", ["", Role.ADMINISTRATOR])
def test_open_record_needs_a_clinical_role(patient, ward, role) -> None:
    with pytest.raises(PermissionDenied):
        open_record(patient.pk, by=make_user("nobody", role, ward))


def test_open_record_refuses_anonymous_and_inactive_users(patient, physician) -> None:
    physician.is_active = False
    for user in (AnonymousUser(), physician):
        with pytest.raises(PermissionDenied):
            open_record(patient.pk, by=user)


def test_a_superuser_without_a_role_has_no_clinical_right(patient, ward) -> None:
    user = make_user("root", "", ward)
    user.is_superuser = True
    assert not any(may(user, right) for right in RIGHTS)


def test_may_with_a_patient_asks_for_the_ward(patient, physician, other_ward) -> None:
    assert may(physician, "record_results", patient)
    assert not may(make_user("stranger", Role.PHYSICIAN, other_ward), "record_results", patient)


def test_permission_refuses_the_wrong_role(rf, patient, ward) -> None:
    view = permission("manage_site")(lambda request: HttpResponse("site"))
    request = rf.get("/")
    request.user = make_user("nurse", Role.NURSE, ward)
    with pytest.raises(PermissionDenied):
        view(request)
    request.user = make_user("administrator", Role.ADMINISTRATOR)
    assert view(request).content == b"site"
    assert view.required_permission == "manage_site"


def test_R40_an_unknown_right_fails_at_import() -> None:
    with pytest.raises(LookupError):
        permission("fly")
    with pytest.raises(LookupError):
        may(AnonymousUser(), "fly")


def test_public_views_are_marked() -> None:
    view = public(lambda request: HttpResponse())
    assert (view.required_permission, view.login_required) == ("public", False)


def test_admission_property_is_the_open_stay(patient, ward, physician) -> None:
    assert patient.admission.ward == ward
    assert patient.admission.admitted_at == JANUARY
    assert make_patient("P-9", physician).admission is None
