"""Messages of machines: taken once, as a whole, on the right record; what nobody may guess waits and is not lost."""

from __future__ import annotations

from datetime import date

import pytest

from patients.actions.deliveries import take_again, take_message, take_registered, take_what_waits_for
from patients.actions.machines import count_numbers_of
from patients.actions.settling import answer_question, refuse_result, say_meaning, say_whose, settle_part
from patients.changes import Refused
from patients.models import (
    AntibodyResult,
    CodeMeaning,
    DeliveredFact,
    Measurement,
    Message,
    MessagePart,
    PartState,
    Patient,
    Source,
    WaitingResult,
    standing_row,
)
from patients.queries import take_snapshot
from tests.patients.conftest import make_patient
from tests.patients.imports.sending import PERSON, message, obx, sent

pytestmark = pytest.mark.django_db
FERRITIN, CSA = "2276-4^Ferritin^LN", "3M805000001905101^CsA^JC10"


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")


@pytest.fixture
def torii(ward, physician) -> Patient:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    return make_patient("7001234", physician, ward, **names)


def take(source: Source, *segments: str, person: str = PERSON):
    return take_message(source=source, document=message(*segments, person=person), form="hl7v2")


def values(patient: Patient, code: str = "ferritin") -> list[tuple[str, str]]:
    """Value and status of every stored version."""
    rows = Measurement.objects.filter(patient=patient, code=code).order_by("id")
    return [(f"{x.comparator}{x.value.normalize():f}" if x.value is not None else "", x.status) for x in rows]


def standing(patient: Patient, code: str = "ferritin") -> str:
    """The status of what stands."""
    return standing_row(list(Measurement.objects.filter(patient=patient, code=code).order_by("version"))).status


def test_a_result_goes_to_the_record_of_its_number(source: Source, torii: Patient) -> None:
    receipt = take(source, obx(FERRITIN, "1679", "ng/mL"))
    (part,) = receipt.parts
    assert (part.state, part.patient, receipt.waiting, receipt.refused) == (PartState.TAKEN, torii, 0, False)
    assert values(torii) == [("1679", "final")]
    (row,) = Measurement.objects.filter(patient=torii)
    assert row.source == "machine:lab-east"
    assert DeliveredFact.objects.get(kind="measurement", row=row.pk).part == part
    assert receipt.message.control_id == "C100"


def test_a_machine_is_known_to_have_told_when_it_told(source: Source, torii: Patient) -> None:
    """The ward cannot have known it when the sample was taken."""
    receipt = take(source, obx(FERRITIN, "1679", "ng/mL"))
    (row,) = Measurement.objects.filter(patient=torii)
    assert abs((row.known - receipt.message.received_at).total_seconds()) < 60
    assert row.on < row.known
    assert row.place == row.on


def test_a_message_that_is_sent_again_changes_nothing(source: Source, torii: Patient) -> None:
    first = take(source, obx(FERRITIN, "1679", "ng/mL"))
    again = take(source, obx(FERRITIN, "1679", "ng/mL"))
    assert (first.repeated, again.repeated, again.message) == (False, True, first.message)
    other = take(source, obx(FERRITIN, "1679", "ng/mL"), obx("1988-5^CRP^LN", "1", "mg/dL"))
    assert not other.repeated
    assert values(torii) == [("1679", "final")], "the same result in another message"


def test_a_correction_replaces_whatever_the_order_of_arrival(source: Source, torii: Patient) -> None:
    final, corrected = obx(FERRITIN, "1679", "ng/mL"), obx(FERRITIN, "1769", "ng/mL", status="C")
    take(source, corrected)
    take(source, final)
    assert [x for x, _status in values(torii)] == ["1769", "1679"]
    assert standing(torii) == "corrected"
    take(source, obx(FERRITIN, "1600", "ng/mL", status="P"))
    assert standing(torii) == "corrected", "a status never goes back"


@pytest.mark.parametrize("status", ["D", "W"])
def test_a_withdrawal_takes_the_result_back(source: Source, torii: Patient, status: str) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"))
    take(source, obx(FERRITIN, "", status=status))
    assert standing(torii) == "cancelled"


def test_a_withdrawal_of_an_antibody_takes_it_back(source: Source, torii: Patient) -> None:
    take(source, obx("8076-2^Jo-1^LN", "POS", kind="ST"))
    take(source, obx("8076-2^Jo-1^LN", "", kind="ST", status="W"))
    assert standing_row(list(AntibodyResult.objects.filter(patient=torii).order_by("version"))).status == "cancelled"


def test_a_withdrawal_of_what_is_not_here_waits(source: Source, torii: Patient) -> None:
    receipt = take(source, obx("8076-2^Jo-1^LN", "", kind="ST", status="W"))
    assert receipt.waiting == 1


@pytest.mark.parametrize(
    ("person", "state"),
    [
        ("PID|1||99999^^^EAST^MR||Nobody^Here", PartState.UNKNOWN),
        ("PID|1||0007001234^^^EAST^MR||Torii^Kaori||19620914|F", PartState.DOUBTFUL),
        ("PID|1||7001234^^^EAST^MR||Sato^Yuki||19620914|F", PartState.OTHER_PERSON),
        ("PID|1||7001234^^^EAST^MR||Torii^Kaori||19620915|F", PartState.OTHER_PERSON),
        ("PID|1||7001234^^^EAST^MR||Torii^Kaori||19620914|M", PartState.OTHER_PERSON),
        ("PID|1||||Torii^Kaori||19620914|F", PartState.NO_NUMBER),
    ],
)
def test_nothing_goes_to_a_record_on_a_guess(source: Source, torii: Patient, person: str, state: str) -> None:
    receipt = take(source, obx(FERRITIN, "1679", "ng/mL"), person=person)
    assert [(x.state, x.patient) for x in receipt.parts] == [(state, None)]
    assert Measurement.objects.count() == 0
    assert receipt.message.body is not None, "kept"


def test_what_came_before_a_patient_was_registered_is_taken_then(source: Source, ward, physician) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"))
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    torii = make_patient("7001234", physician, ward, **names)
    assert values(torii) == []
    assert take_registered() == 1
    assert values(torii) == [("1679", "final")]
    assert take_what_waits_for(torii) == 0


def test_a_code_that_nobody_knows_waits_until_somebody_says_what_it_means(
    source: Source, torii: Patient, physician
) -> None:
    receipt = take(source, obx("77^LDH here^99X", "301", "U/L"), obx(FERRITIN, "1679", "ng/mL"))
    assert values(torii) == [("1679", "final")], "the others are taken"
    (waiting,) = WaitingResult.objects.open()
    assert (waiting.question, waiting.system, waiting.code, waiting.text) == ("unmapped", "99X", "77", "301")
    meaning, messages = say_meaning(system="99X", code="77", called="LDH here", target="ldh", by=physician)
    assert (meaning.target, messages, receipt.waiting) == ("ldh", 1, 0)
    assert values(torii, "ldh") == [("301", "final")]
    assert take(source, obx("77^LDH here^99X", "290", "U/L"), ORDER_2).waiting == 0
    assert len(values(torii, "ldh")) == 2


ORDER_2 = "NTE|1||another message"


def test_a_code_that_means_nothing_here_waits_no_more(source: Source, torii: Patient, physician) -> None:
    receipt = take(source, obx("78^aldolase^99X", "17.6", "U/L"))
    say_meaning(system="99X", code="78", called="aldolase", target="", by=physician)
    assert receipt.waiting == 0
    assert Measurement.objects.count() == 0
    say_meaning(system="99X", code="78", called="aldolase", target="ldh", by=physician, reason="it is, after all")
    assert CodeMeaning.objects.count() == 2, "what was said stays"


def test_a_level_without_route_and_timing_waits_for_them(source: Source, torii: Patient, physician) -> None:
    receipt = take(source, obx(CSA, "182", "ng/mL"))
    (waiting,) = WaitingResult.objects.open()
    assert (waiting.question, waiting.target) == ("value", "csa")
    with pytest.raises(Refused):
        answer_question(waiting=waiting, answers={"route": "iv"}, by=physician)
    answer_question(waiting=waiting, answers={"route": "iv", "timing": "trough"}, by=physician)
    assert receipt.waiting == 0
    (row,) = Measurement.objects.filter(patient=torii)
    assert (row.code, row.route, row.timing) == ("csa", "iv", "trough")
    waiting.refresh_from_db()
    assert (waiting.taken, waiting.settled_by) == (True, physician)
    with pytest.raises(Refused):
        answer_question(waiting=waiting, answers={"route": "oral"}, by=physician)


def test_a_result_without_a_day_waits_for_it(source: Source, torii: Patient, physician) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL", time="202603"))
    (waiting,) = WaitingResult.objects.open()
    answer_question(waiting=waiting, answers={"on": "2026-03-04T07:45"}, by=physician)
    (row,) = Measurement.objects.filter(patient=torii)
    assert row.on.isoformat() == "2026-03-03T22:45:00+00:00"


def test_a_result_can_be_refused_with_a_reason(source: Source, torii: Patient, physician) -> None:
    receipt = take(source, obx(CSA, "182", "ng/mL"))
    (waiting,) = WaitingResult.objects.open()
    with pytest.raises(Refused):
        refuse_result(waiting=waiting, reason=" ", by=physician)
    refuse_result(waiting=waiting, reason="Drawn from the line.", by=physician)
    assert receipt.waiting == 0
    waiting.refresh_from_db()
    assert (waiting.taken, waiting.reason) == (False, "Drawn from the line.")


def test_a_message_that_cannot_be_read_is_kept_with_why(source: Source, torii: Patient) -> None:
    receipt = take_message(source=source, document=b"MSH|^~\\&|LAB|EAST\r", form="hl7v2")
    assert receipt.refused
    assert Message.objects.get().body is not None
    assert Measurement.objects.count() == 0


def test_a_source_that_may_not_send_is_refused(source: Source, torii: Patient) -> None:
    source.active = False
    with pytest.raises(Refused):
        take(source, obx(FERRITIN, "1679", "ng/mL"))
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "form", "facts", "waiting"),
    [
        ("ssmix2-oul-r22.hl7", "hl7v2", 4, 1),
        ("fhir-jp-lab.json", "fhir", 3, 2),
        ("laboratory-shift-jis.csv", "table", 9, 1),
    ],
)
def test_files_of_laboratories_are_taken_as_a_whole(
    source: Source, ward, physician, name: str, form: str, facts: int, waiting: int
) -> None:
    make_patient("0007001234", physician, ward, family_name="鳥居", given_name="香織", birth_date=date(1962, 9, 14))
    receipt = take_message(source=source, document=sent(name), form=form)
    assert [x.state for x in receipt.parts] == [PartState.TAKEN]
    assert (DeliveredFact.objects.count(), receipt.waiting) == (facts, waiting)


def test_a_snapshot_holds_what_a_machine_told(source: Source, torii: Patient) -> None:
    receipt = take(source, obx(FERRITIN, "1679", "ng/mL"))
    now = receipt.message.received_at
    later = take_snapshot(torii, now.replace(year=now.year + 1), now.replace(year=now.year + 1))
    assert [str(x.quantity.value) for x in later.measurements if x.code == "ferritin"] == ["1679"]


def test_somebody_says_whose_an_almost_equal_number_is(source: Source, torii: Patient, physician, ward) -> None:
    person = PERSON.replace("7001234", "0007001234")
    receipt = take(source, obx(FERRITIN, "1679", "ng/mL"), person=person)
    (part,) = receipt.parts
    other = make_patient("X-9", physician, ward)
    with pytest.raises(Refused):
        say_whose(part=part, patient=other, by=physician)
    assert MessagePart.objects.get(pk=part.pk).settled_at is None
    say_whose(part=part, patient=torii, by=physician)
    part.refresh_from_db()
    assert (part.state, part.patient, part.settled_by) == (PartState.TAKEN, torii, physician)
    assert values(torii) == [("1679", "final")]
    with pytest.raises(Refused):
        say_whose(part=part, patient=torii, by=physician)


def test_what_no_machine_may_do_is_settled_with_words(source: Source, torii: Patient, physician) -> None:
    receipt = take(source, obx(FERRITIN, "1679", "ng/mL"), person=PERSON.replace("Torii^Kaori", "Sato^Yuki"))
    (part,) = receipt.parts
    with pytest.raises(Refused):
        settle_part(part=part, reason=" ", by=physician)
    settle_part(part=part, reason="The laboratory mixed two samples up.", by=physician)
    take_again(message=receipt.message)
    part.refresh_from_db()
    assert part.state == PartState.DONE
    assert Measurement.objects.count() == 0


def test_an_almost_equal_number_that_is_registered_later_is_asked_about_once(source: Source, ward, physician) -> None:
    receipt = take(source, obx(FERRITIN, "1679", "ng/mL"), person=PERSON.replace("7001234", "0007001234"))
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    make_patient("7001234", physician, ward, **names)
    assert take_registered() == 1
    assert [x.state for x in receipt.message.parts.all()] == [PartState.DOUBTFUL]
    assert take_registered() == 0


def test_who_is_another_person_under_an_almost_equal_number_is_asked_for_once(source: Source, ward, physician) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"), person=PERSON.replace("7001234", "0007001234"))
    make_patient("7001234", physician, ward, family_name="Sato", given_name="Yuki", birth_date=date(1950, 1, 1))
    assert [take_registered(), take_registered()] == [1, 0]


# -- read again, a message undoes nothing that came since -------------------------------------------------------------


def unknown_beside(value: str) -> tuple[str, str]:
    """A ferritin, and a code that nobody knows: the message is read again when somebody says what it means."""
    return obx(FERRITIN, value, "ng/mL"), obx("77^LDH here^99X", "301", "U/L")


def test_what_was_withdrawn_since_stays_withdrawn(source: Source, torii: Patient, physician) -> None:
    take(source, *unknown_beside("9999"))
    take(source, obx(FERRITIN, "", status="W"))
    say_meaning(system="99X", code="77", called="LDH here", target="ldh", by=physician)
    assert values(torii, "ldh") == [("301", "final")]
    assert standing(torii) == "cancelled"


def test_what_was_told_otherwise_since_stays_so(source: Source, torii: Patient, physician) -> None:
    take(source, *unknown_beside("890"))
    take(source, obx(FERRITIN, "1240", "ng/mL"))
    say_meaning(system="99X", code="77", called="LDH here", target="ldh", by=physician)
    assert [x for x, _status in values(torii)] == ["890", "1240"]


def test_what_a_person_refused_is_not_taken_later(source: Source, torii: Patient, physician) -> None:
    take(source, obx("2276-4^Ferritin^LN^5C210000002305201^KL-6^JC10", "700", "U/mL", time="202603041300"))
    refused = WaitingResult.objects.open().get(question="codes")
    refuse_result(waiting=refused, reason="Not this sample.", by=physician)
    say_meaning(system="LN", code="2276-4", target="kl6", unit="U/mL", by=physician)
    take_again(message=refused.part.message)
    assert not Measurement.objects.filter(patient=torii).exists()


def test_who_said_what_was_lacking_stands_beside_the_result(source: Source, torii: Patient, physician) -> None:
    take(source, obx(CSA, "182", "ng/mL"), obx(FERRITIN, "1679", "ng/mL"))
    answer_question(waiting=WaitingResult.objects.get(), answers={"route": "iv", "timing": "trough"}, by=physician)
    assert {x.code: x.recorded_by for x in Measurement.objects.all()} == {"ferritin": None, "csa": physician}


def test_a_name_that_is_read_otherwise_is_another_person(source: Source, ward, physician) -> None:
    names = {"family_name": "鳥居", "given_name": "香織", "family_kana": "スズキ", "given_kana": "ハナ"}
    make_patient("0007001234", physician, ward, **names, birth_date=None)
    receipt = take_message(source=source, document=sent("laboratory-shift-jis.csv"), form="table")
    assert [x.state for x in receipt.parts] == [PartState.OTHER_PERSON]
    assert Measurement.objects.count() == 0


def test_a_birth_date_that_no_calendar_has_is_none(source: Source, torii: Patient) -> None:
    person = PERSON.replace("19620914", "19620231")
    assert [x.state for x in take(source, obx(FERRITIN, "1", "ng/mL"), person=person).parts] == [PartState.TAKEN]


# -- whose number it is -----------------------------------------------------------------------------------------------

TWO = "PID|1||999^^^WEST^MR~7001234^^^EAST^MR||Torii^Kaori||19620914|F"


def test_of_two_numbers_none_is_taken_until_somebody_says_whose_count(
    source: Source, torii: Patient, physician
) -> None:
    receipt = take(source, obx(FERRITIN, "1679", "ng/mL"), person=TWO)
    (part,) = receipt.parts
    assert (part.state, part.patient, part.number_core) == (PartState.SEVERAL, None, "")
    assert "999 (WEST MR) / 7001234 (EAST MR)" in str(part.why)
    assert values(torii) == []
    assert count_numbers_of(source=source, authorities=["EAST"], by=physician) == 1
    part.refresh_from_db()
    assert (part.state, part.patient, part.number_core) == (PartState.TAKEN, torii, "7001234")
    assert values(torii) == [("1679", "final")]


def test_the_number_of_another_hospital_is_nobodys_here(source: Source, ward, physician) -> None:
    west = make_patient("999", physician, ward, family_name="Torii", given_name="Kaori", birth_date=date(1962, 9, 14))
    count_numbers_of(source=source, authorities=["EAST"], by=physician)
    receipt = take(source, obx(FERRITIN, "1679", "ng/mL"), person=TWO)
    assert receipt.parts[0].state == PartState.UNKNOWN, "7001234 is not registered, and 999 is another hospital's"
    alone = take(source, obx(FERRITIN, "1600", "ng/mL"), person=TWO.replace("~7001234^^^EAST^MR", ""))
    assert alone.parts[0].state == PartState.NO_NUMBER
    assert "999 (WEST MR)" in str(alone.parts[0].why)
    assert values(west) == []


def test_an_expired_number_brings_nothing_on_a_record(source: Source, torii: Patient) -> None:
    person = PERSON.replace("EAST^MR", "EAST^MR^^20100101^20200101")
    assert take(source, obx(FERRITIN, "1679", "ng/mL"), person=person).parts[0].state == PartState.NO_NUMBER
    assert values(torii) == []


def test_what_is_on_a_record_stays_there_when_other_numbers_count(
    source: Source, torii: Patient, physician, ward
) -> None:
    """Read again it would be another person's: nothing of it moves by itself."""
    other = make_patient("999", physician, ward, family_name="Torii", given_name="Kaori", birth_date=date(1962, 9, 14))
    receipt = take(source, obx(FERRITIN, "1679", "ng/mL"), person=PERSON.replace("EAST^MR", "EAST^MR~999^^^WEST^PT"))
    Source.objects.update(authorities=["WEST"])
    take_again(message=receipt.message)
    part = MessagePart.objects.get()
    assert (part.state, part.patient) == (PartState.TAKEN, torii)
    assert (values(torii), values(other)) == ([("1679", "final")], [])
