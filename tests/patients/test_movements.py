"""What the hospital tells of who came, moved and left: followed as a person would enter it, or asked about."""

from __future__ import annotations

from datetime import date

import pytest

from patients.actions import take_message
from patients.clinical.written import reason_from_json
from patients.models import (
    Admission,
    Bed,
    CareOutcome,
    Measurement,
    PartState,
    Patient,
    Source,
    StayEvent,
    Ward,
)
from patients.wording import render_all
from tests.patients.conftest import make_patient
from tests.patients.imports.sending import HEADER, PERSON, message, obx

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="adt", title="Admissions", sender="LAB|EAST")


@pytest.fixture
def torii(ward, physician) -> Patient:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    return make_patient("7001234", physician, ward, **names)


def adt(source: Source, event: str, place: str = "east-7^714^1", at: str = "20260304101500", **more: str):
    """An ADT message; `to`: PV1-36, `merged`: MRG-1, `person`: its PID."""
    visit = f"PV1|1|I|{place}" + "|" * 33 + more.get("to", "") + "|" * 8 + at + "|" + at
    merge = [f"MRG|{more['merged']}"] if "merged" in more else []
    header = HEADER.replace("ORU^R01^ORU_R01", f"ADT^{event}").replace("C100", f"C{event}{at}")
    segments = (header, f"EVN|{event}|{at}", more.get("person", PERSON), *merge, visit, "")
    receipt = take_message(source=source, document="\r".join(segments).encode(), form="hl7v2")
    (part,) = receipt.parts
    return part


def why(part) -> str:
    """Why a person has to look, in words."""
    return render_all(map(reason_from_json, part.why))


def where(patient: Patient) -> tuple[str, str] | None:
    """Ward and bed, as they are now."""
    stay = Admission.objects.filter(patient=patient, discharged_at=None).select_related("ward").first()
    return (stay.ward.code, stay.bed) if stay else None


def test_a_stranger_is_registered_and_lies_on_the_ward(source: Source, ward: Ward) -> None:
    part = adt(source, "A01")
    assert part.state == PartState.TAKEN
    assert part.patient is not None
    assert (part.patient.mrn, str(part.patient), part.patient.birth_date) == (
        "7001234",
        "Torii Kaori",
        date(1962, 9, 14),
    )
    assert where(part.patient) == ("east-7", "714-1")


def test_results_that_came_before_are_taken_when_she_is_admitted(source: Source, ward: Ward) -> None:
    take_message(source=source, document=message(obx("2276-4^Ferritin^LN", "1679", "ng/mL")), form="hl7v2")
    assert Measurement.objects.count() == 0
    part = adt(source, "A01")
    assert [x.patient for x in Measurement.objects.all()] == [part.patient]


def test_who_goes_to_a_ward_that_is_not_kept_here_is_left_out(source: Source, ward: Ward) -> None:
    assert adt(source, "A01", "surgery^1^1").state == PartState.ELSEWHERE
    assert Patient.objects.count() == 0


def test_who_leaves_for_such_a_ward_is_asked_about(source: Source, torii: Patient) -> None:
    part = adt(source, "A02", "surgery^1^1")
    assert (part.state, part.patient) == (PartState.ASKED, torii)
    assert "surgery" in why(part)
    assert where(torii) == ("east-7", "")


def test_a_move_to_another_bed_and_ward(source: Source, torii: Patient, other_ward: Ward) -> None:
    assert adt(source, "A02").state == PartState.TAKEN
    assert where(torii) == ("east-7", "714-1")
    assert adt(source, "A02", "WEST-5^501^2", "20260305101500").state == PartState.TAKEN
    assert where(torii) == ("west-5", "501-2")
    steps = StayEvent.objects.filter(patient=torii).count()
    assert adt(source, "A02", "WEST-5^501^2", "20260306101500").state == PartState.TAKEN
    assert StayEvent.objects.filter(patient=torii).count() == steps, "she lies there already"


def test_a_bed_that_is_taken_is_said_and_stops_nobody(source: Source, ward: Ward, physician) -> None:
    neighbour = make_patient("N-1", physician)
    from patients.actions import admit_patient

    admit_patient(patient=neighbour, ward=ward, by=physician, admitted_at=neighbour.registered_at, bed="714-1")
    part = adt(source, "A01")
    assert part.state == PartState.TAKEN
    assert why(part) == "Bed 714-1 is taken."
    assert where(part.patient) == ("east-7", "")


def test_a_bed_that_the_ward_does_not_have_is_said(source: Source, ward: Ward) -> None:
    Bed.objects.create(ward=ward, label="701")
    part = adt(source, "A01")
    assert (part.state, where(part.patient)) == (PartState.TAKEN, ("east-7", ""))
    assert "714-1" in why(part)


def test_a_discharge_and_its_way_back(source: Source, torii: Patient) -> None:
    assert adt(source, "A03", to="01").state == PartState.TAKEN
    assert where(torii) is None
    assert adt(source, "A13", at="20260304120000").state == PartState.TAKEN
    assert where(torii) == ("east-7", "")


def test_an_admission_and_a_move_are_taken_back(source: Source, torii: Patient) -> None:
    adt(source, "A02")
    assert adt(source, "A12", at="20260304120000").state == PartState.TAKEN
    assert where(torii) == ("east-7", "")
    assert adt(source, "A11", at="20260304130000").state == PartState.TAKEN
    assert where(torii) is None


def test_what_is_not_the_last_step_is_asked_about(source: Source, torii: Patient) -> None:
    assert adt(source, "A13").state == PartState.ASKED
    assert where(torii) == ("east-7", "")


def test_a_step_before_the_last_one_is_asked_about(source: Source, torii: Patient) -> None:
    adt(source, "A02", at="20260304101500")
    part = adt(source, "A03", at="20260303101500")
    assert part.state == PartState.ASKED
    assert where(torii) == ("east-7", "714-1")


def test_no_machine_says_that_somebody_died(source: Source, torii: Patient) -> None:
    part = adt(source, "A03", to="20")
    assert part.state == PartState.ASKED
    assert "died" in why(part)
    assert not CareOutcome.objects.exists()
    assert where(torii) is not None


def test_what_is_not_known_of_a_person_is_completed_and_nothing_else_changed(source: Source, ward, physician) -> None:
    torii = make_patient(
        "7001234", physician, ward, family_name="Torii", given_name="Kaori", sex="unknown", birth_date=None
    )
    assert adt(source, "A08").state == PartState.TAKEN
    torii.refresh_from_db()
    assert (torii.sex, torii.birth_date) == ("female", date(1962, 9, 14))
    other = PERSON.replace("Torii^Kaori", "Sato^Yuki")
    assert adt(source, "A08", at="20260305101500", person=other).state == PartState.OTHER_PERSON
    torii.refresh_from_db()
    assert torii.family_name == "Torii"


def test_two_numbers_of_one_person_are_merged_by_a_person(source: Source, torii: Patient, ward, physician) -> None:
    other = make_patient("9", physician)
    part = adt(source, "A40", merged="9")
    assert (part.state, part.patient) == (PartState.ASKED, torii)
    assert "9" in why(part)
    assert adt(source, "A40", at="20260305101500", merged="never seen").state == PartState.TAKEN
    unknown = PERSON.replace("7001234", "555")
    assert adt(source, "A40", at="20260306101500", merged=other.mrn, person=unknown).state == PartState.ASKED


def test_which_of_two_numbers_goes_is_asked_where_it_is_not_clear(source: Source, torii: Patient, physician) -> None:
    make_patient("9", physician)
    part = adt(source, "A40", merged="8^^^WEST^MR~9^^^EAST^MR")
    assert (part.state, part.patient) == (PartState.ASKED, torii)
    assert "which one goes is not clear" in why(part)
    Source.objects.update(authorities=["EAST"])
    source.refresh_from_db()
    again = adt(source, "A40", at="20260305101500", merged="8^^^WEST^MR~9^^^EAST^MR")
    assert "record number 9" in why(again)


def test_a_movement_of_two_numbers_moves_nobody(source: Source, torii: Patient) -> None:
    part = adt(source, "A03", to="01", person=PERSON.replace("7001234", "999^^^WEST^MR~7001234"))
    assert (part.state, part.patient) == (PartState.SEVERAL, None)


def test_a_number_that_is_almost_somebodys_is_asked_about(source: Source, torii: Patient) -> None:
    part = adt(source, "A01", person=PERSON.replace("7001234", "0007001234"))
    assert part.state == PartState.DOUBTFUL
    assert Patient.objects.count() == 1


def test_a_movement_is_followed_once(source: Source, torii: Patient) -> None:
    adt(source, "A03", to="01")
    from patients.actions import admit_patient, take_again

    admit_patient(patient=torii, ward=Ward.objects.get(), by=None, admitted_at=torii.registered_at)
    message_of = source.messages.get()
    take_again(message=message_of)
    assert where(torii) is not None


# -- messages in another order than what they tell --------------------------------------------------------------------


def sent_at(source: Source, sent: str, event: str, **more: str):
    """An ADT message that its sender sent at this time."""
    at = more.pop("at", "20260304101500")
    visit = "PV1|1|I|east-7^714^1" + "|" * 33 + more.get("to", "") + "|" * 8 + at + "|" + at
    header = HEADER.replace("ORU^R01^ORU_R01", f"ADT^{event}").replace("20260305091000", sent)
    segments = (header, f"EVN|{event}|{at}", PERSON, visit, "")
    receipt = take_message(source=source, document="\r".join(segments).encode(), form="hl7v2")
    (part,) = receipt.parts
    return part


@pytest.mark.parametrize(
    ("event", "left", "state"),
    [
        ("A03", "20260304120000", PartState.ASKED),
        ("A03", "20260304101500", PartState.ASKED),
        ("A03", "20260304101400", PartState.TAKEN),  # of the stay before
        ("A11", "20260304101500", PartState.ASKED),
        ("A11", "20260304101400", PartState.TAKEN),
    ],
)
def test_an_admission_after_its_end_is_asked_about(
    source: Source, ward: Ward, event: str, left: str, state: str
) -> None:
    assert adt(source, event, at=left).state == PartState.ELSEWHERE
    part = adt(source, "A01")
    assert part.state == state
    assert Patient.objects.exists() == (state == PartState.TAKEN), "nobody who has gone is registered"
    if state == PartState.ASKED:
        assert "is the patient here?" in why(part)


def test_a_known_patient_who_has_gone_is_not_admitted_by_a_late_message(source: Source, torii: Patient) -> None:
    adt(source, "A03", at="20260304120000", to="01")
    for event in ("A01", "A02"):
        assert adt(source, event, at="20260304110000").state == PartState.ASKED
    assert where(torii) is None
    assert adt(source, "A01", at="20260304130000").state == PartState.TAKEN, "a new stay"


def test_a_discharge_after_it_was_taken_back_is_asked_about(source: Source, torii: Patient) -> None:
    sent_at(source, "20260304130000", "A13", at="20260304120000")
    part = sent_at(source, "20260304121000", "A03", at="20260304120000", to="01")
    assert (part.state, where(torii) is not None) == (PartState.ASKED, True)
    assert "taken back this discharge" in why(part)


def test_an_admission_that_is_told_again_after_it_was_taken_back_is_followed(source: Source, ward: Ward) -> None:
    sent_at(source, "20260304102000", "A01")
    sent_at(source, "20260304103000", "A11")
    assert sent_at(source, "20260304104000", "A01").state == PartState.TAKEN
    assert Admission.objects.filter(discharged_at=None).exists()
