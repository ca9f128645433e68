"""Beds: two patients never lie in one. Inside the change that puts somebody there."""

from __future__ import annotations

from patients.changes import Refused
from patients.clinical.reasons import _, reason
from patients.models import Admission, Bed, Patient, Ward


def bed_of(ward: Ward, bed: str, patient: Patient) -> str:
    """The bed as it is written, if the ward has it and nobody else lies there; two patients do not find it free."""
    bed = bed.strip()
    Ward.objects.select_for_update(no_key=True).get(pk=ward.pk)
    beds = dict(Bed.objects.filter(ward=ward).values_list("label", "in_use")) if bed else {}
    if beds and not beds.get(bed):
        raise Refused(reason(_("%(ward)s has no bed %(bed)s."), ward=str(ward), bed=bed))
    refuse_taken(ward, bed, patient)
    return bed


def refuse_taken(ward: Ward, bed: str, patient: Patient) -> None:
    """Raise Refused where somebody else lies in the bed."""
    taken = Admission.objects.filter(ward=ward, bed=bed, discharged_at=None).exclude(patient=patient)
    if bed and taken.exists():
        raise Refused(reason(_("Bed %(bed)s is taken."), bed=bed))
