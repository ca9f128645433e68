"""The page of what waits: each question settled once, within what somebody may see, and nothing waits unseen."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from ildcare.evaluation.sweep import sweep
from ildcare.exchange.arrivals import arrivals
from monitoring.engine import Severity
from monitoring.models import Alert
from monitoring.queries import count_of_questions
from patients.actions import (
    correct_identity,
    merge_records,
    pick_patient,
    refuse_result,
    take_message,
    take_registered,
)
from patients.models import (
    AuditEntry,
    Measurement,
    MessagePart,
    PartState,
    Patient,
    Role,
    SamePerson,
    Source,
    WaitingResult,
)
from patients.queries import waiting_results
from tests.patients.conftest import make_patient, make_user
from tests.patients.imports.sending import PERSON, message, obx
from tests.reading import words_of

pytestmark = pytest.mark.django_db
FERRITIN, CSA = "2276-4^Ferritin^LN", "3M805000001905101^CsA^JC10"
PAGE = "/arrivals/"


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")


@pytest.fixture
def torii(ward, physician) -> Patient:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    return make_patient("7001234", physician, ward, **names)


@pytest.fixture
def pharmacist(client: Client, ward) -> Client:
    client.force_login(make_user("pharmacist", Role.PHARMACIST, ward))
    return client


def take(source: Source, *segments: str, person: str = PERSON):
    return take_message(source=source, document=message(*segments, person=person), form="hl7v2")


def sent(client: Client, address: str, **fields: str):
    """The form of an address, as the page has it, with these fields."""
    page = client.get(PAGE).content.decode()
    form = next(x for x in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'action="{address}"' in x)
    hidden = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form))
    return client.post(address, {**hidden, **fields})


def test_nothing_waits(pharmacist: Client, source: Source, torii: Patient) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"))
    assert "Nothing waits" in pharmacist.get(PAGE).content.decode()
    assert count_of_questions() == 0


def test_a_code_is_said_once_for_everything_of_it(pharmacist: Client, source: Source, torii: Patient) -> None:
    take(source, obx("77^LDH here^99X", "301", "U/L"))
    take(source, obx("77^LDH here^99X", "299", "U/L", time="202603041200"))
    (code,) = arrivals(make_user("x", Role.PHARMACIST)).codes
    assert (code.code, code.called, code.results, count_of_questions()) == ("77", "LDH here", 2, 1)
    answer = sent(pharmacist, reverse("meaning_say"), means="ldh")
    assert answer.status_code == 302
    assert sorted(int(x.value) for x in Measurement.objects.filter(code="ldh")) == [299, 301]
    assert count_of_questions() == 0


def test_a_code_of_nothing_that_is_kept(pharmacist: Client, source: Source, torii: Patient) -> None:
    take(source, obx("78^aldolase^99X", "17.6", "U/L"))
    assert sent(pharmacist, reverse("meaning_say"), means="-").status_code == 302
    assert (count_of_questions(), Measurement.objects.count()) == (0, 0)


def test_a_level_gets_its_route_and_timing(pharmacist: Client, source: Source, torii: Patient) -> None:
    take(source, obx(CSA, "182", "ng/mL"))
    waiting = WaitingResult.objects.get()
    page = pharmacist.get(PAGE).content.decode()
    assert "Torii" in page
    assert "needs the route" in page
    address = reverse("result_answer", args=[waiting.pk])
    half = sent(pharmacist, address, route="iv")
    assert half.status_code == 422
    assert "needs the time" in half.content.decode()
    assert sent(pharmacist, address, route="iv", timing="trough", unit="ng/mL").status_code == 302
    assert Measurement.objects.get().route == "iv"


def test_a_day_is_told(pharmacist: Client, source: Source, torii: Patient) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL", time="202603"))
    address = reverse("result_answer", args=[WaitingResult.objects.get().pk])
    assert sent(pharmacist, address, on="2026-03-04T07:45").status_code == 302
    assert Measurement.objects.get().on.isoformat() == "2026-03-03T22:45:00+00:00"


@pytest.mark.parametrize(
    ("time", "why"),
    [
        ("20991231000000", "the time of the sample has not come yet: check the day"),
        ("19500304074500", "the time of the sample lies before the birth date: check the year"),
        ("00010304074500", "lies before 1900: check the year"),
    ],
)
def test_a_time_that_cannot_be_is_asked_for(pharmacist: Client, source: Source, torii: Patient, time, why) -> None:
    """The sender's value stays; its time is what a person can say."""
    take(source, obx(FERRITIN, "1679", "ng/mL", time=time))
    assert why in words_of(pharmacist.get(PAGE).content.decode())
    address = reverse("result_answer", args=[WaitingResult.objects.get().pk])
    assert sent(pharmacist, address, on="2999-03-04T07:45").status_code == 422
    assert sent(pharmacist, address, on="2026-03-04T07:45").status_code == 302
    assert Measurement.objects.get().on.isoformat() == "2026-03-03T22:45:00+00:00"


def test_a_result_is_refused_with_a_reason(pharmacist: Client, source: Source, torii: Patient) -> None:
    take(source, obx(CSA, "182", "ng/mL"))
    address = reverse("result_refuse", args=[WaitingResult.objects.get().pk])
    assert sent(pharmacist, address, reason="").status_code == 422
    assert sent(pharmacist, address, reason="From the line.").status_code == 302
    assert count_of_questions() == 0


def test_an_almost_equal_number_is_said_to_be_somebodys(pharmacist: Client, source: Source, torii: Patient) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"), person=PERSON.replace("7001234", "0007001234"))
    part = MessagePart.objects.get()
    address = reverse("part_whose", args=[part.pk])
    assert sent(pharmacist, address, patient="0").status_code == 404
    assert sent(pharmacist, address, patient=str(torii.pk)).status_code == 302
    assert Measurement.objects.get().patient == torii


def test_another_person_under_a_number_is_settled_with_words(
    pharmacist: Client, source: Source, torii: Patient
) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"), person=PERSON.replace("Torii^Kaori", "Sato^Yuki"))
    part = MessagePart.objects.get()
    assert "As sent 7001234 Sato Yuki" in words_of(pharmacist.get(PAGE))
    assert "Here 7001234 Torii Kaori" in words_of(pharmacist.get(PAGE))
    assert AuditEntry.objects.filter(op="READ", patient=torii.pk, table_name="arrivals").exists()
    assert sent(pharmacist, reverse("part_settle", args=[part.pk]), reason="Samples were mixed up.").status_code == 302
    part.refresh_from_db()
    assert (part.state, count_of_questions()) == (PartState.DONE, 0)


def test_strangers_are_shown_and_are_nobodys_work(pharmacist: Client, source: Source, ward) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"))
    page = pharmacist.get(PAGE).content.decode()
    assert "7001234" in page
    assert "Torii Kaori" in page
    assert count_of_questions() == 0


def form_of(client: Client, page: str, address: str) -> dict[str, str]:
    """What a form of a page carries."""
    text = client.get(page).content.decode()
    form = next(x for x in re.findall(r"<form.*?</form>", text, re.DOTALL) if f'action="{address}"' in x)
    return dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form))


OTHER_NAME = PERSON.replace("Torii^Kaori", "Sato^Kaori")


def test_another_name_is_said_to_be_the_same_person_and_not_asked_about_again(
    pharmacist: Client, source: Source, torii: Patient
) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"), person=OTHER_NAME)
    address = reverse("part_same", args=[MessagePart.objects.get().pk])
    assert sent(pharmacist, address, reason="").status_code == 422
    assert sent(pharmacist, address, reason="Married.").status_code == 302
    assert (Measurement.objects.get().patient, count_of_questions()) == (torii, 0)
    row = SamePerson.objects.get()
    assert (row.patient, row.differs, row.reason) == (torii, {"family_name": ["torii", "sato"]}, "Married.")
    assert AuditEntry.objects.filter(table_name="patients_sameperson", op="INSERT", actor=row.by_id).exists()
    again = take(source, obx(FERRITIN, "1700", "ng/mL", time="202603051200"), person=OTHER_NAME)
    assert again.parts[0].state == PartState.TAKEN
    for other in (OTHER_NAME.replace("Sato", "Ito"), OTHER_NAME.replace("19620914", "19620915")):
        told = take(source, obx(FERRITIN, "1800", "ng/mL", time="202603051300"), person=other)
        assert told.parts[0].state == PartState.OTHER_PERSON, "another difference"


def test_a_difference_is_asked_about_again_when_the_record_says_something_else(
    pharmacist: Client, source: Source, torii: Patient, physician
) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"), person=OTHER_NAME)
    sent(pharmacist, reverse("part_same", args=[MessagePart.objects.get().pk]), reason="Married.")
    correct_identity(patient=torii, by=physician, expected_version=1, reason="x", family_name="Yamada")
    told = take(source, obx(FERRITIN, "1700", "ng/mL", time="202603051200"), person=OTHER_NAME)
    assert told.parts[0].state == PartState.OTHER_PERSON


def test_a_name_in_kana_is_said_to_be_the_same(pharmacist: Client, source: Source, torii: Patient) -> None:
    Patient.objects.update(family_kana="とりい", given_kana="かおり")
    kana = PERSON.replace("Torii^Kaori", "Torii^Kaori^^^^^L^I~サトウ^カオリ^^^^^L^P")
    assert take(source, obx(FERRITIN, "1679", "ng/mL"), person=kana).parts[0].state == PartState.OTHER_PERSON
    assert sent(pharmacist, reverse("part_same", args=[MessagePart.objects.get().pk]), reason="typo").status_code == 302
    assert Measurement.objects.get().patient == torii


def test_who_may_not_see_the_patient_of_a_number_says_nothing_of_it(
    client: Client, source: Source, torii: Patient, other_ward
) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"), person=OTHER_NAME)
    client.force_login(make_user("west", Role.PHARMACIST, other_ward))
    assert client.post(reverse("part_same", args=[MessagePart.objects.get().pk])).status_code == 404


@pytest.mark.parametrize(
    ("person", "state"),
    [
        (PERSON.replace("7001234^^^EAST^MR", ""), PartState.NO_NUMBER),
        (PERSON.replace("7001234^^^EAST^MR", "999^^^WEST~7001234^^^EAST"), PartState.SEVERAL),
        (PERSON.replace("7001234", "555"), PartState.UNKNOWN),
    ],
)
def test_whose_it_is_is_picked_by_a_search(
    pharmacist: Client, source: Source, torii: Patient, person: str, state: str
) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"), person=person)
    part = MessagePart.objects.get()
    assert part.state == state
    page, pick = reverse("part_person", args=[part.pk]), reverse("part_pick", args=[part.pk])
    assert f'href="{page}"' in pharmacist.get(PAGE).content.decode()
    assert pharmacist.get(page).status_code == 200
    found = pharmacist.post(reverse("part_find", args=[part.pk]), {"words": "torii"})
    assert "It is this patient's" in words_of(found)
    form = dict(re.findall(r'name="(context_token)"[^>]*value="([^"]*)"', found.content.decode()))
    assert pharmacist.post(pick, {**form, "patient": "0", "reason": "x"}).status_code == 404
    assert pharmacist.post(pick, {**form, "patient": str(torii.pk), "reason": ""}).status_code == 422
    assert pharmacist.post(pick, {**form, "patient": str(torii.pk), "reason": "By phone."}).status_code == 302
    part.refresh_from_db()
    assert (part.state, part.patient, part.reason) == (PartState.TAKEN, torii, "By phone.")
    assert Measurement.objects.get().patient == torii
    assert pharmacist.get(page).status_code == 404


def test_everything_of_a_stranger_is_picked_or_refused_together(
    pharmacist: Client, source: Source, torii: Patient, physician
) -> None:
    stranger = PERSON.replace("7001234", "555")
    for n in range(2):
        take(source, obx(FERRITIN, f"167{n}", "ng/mL", time=f"2026030{n + 1}0745"), person=stranger)
    namesake = take(source, obx(FERRITIN, "1", "ng/mL"), person=stranger.replace("Torii", "Ito"))
    pick_patient(part=MessagePart.objects.earliest("pk"), patient=torii, reason="by phone", by=physician)
    assert Measurement.objects.filter(patient=torii).count() == 2
    (part,) = MessagePart.objects.filter(state=PartState.UNKNOWN)
    assert part.message == namesake.message, "another person under the same number is not picked with it"
    address = reverse("part_settle", args=[part.pk])
    form = form_of(pharmacist, reverse("part_person", args=[part.pk]), address)
    assert pharmacist.post(address, {**form, "reason": ""}).status_code == 422
    assert pharmacist.post(address, {**form, "reason": "Of another hospital."}).status_code == 302
    part.refresh_from_db()
    assert (part.state, part.reason) == (PartState.DONE, "Of another hospital.")
    assert "555" not in words_of(pharmacist.get(PAGE))


def test_a_corrected_identity_has_what_waited_read_again(
    client: Client, source: Source, torii: Patient, physician
) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"), person=OTHER_NAME)
    take(source, obx(FERRITIN, "1600", "ng/mL"), person=PERSON.replace("7001234", "555"))
    correct_identity(patient=torii, by=physician, expected_version=1, reason="x", family_name="Sato")
    take_registered()
    assert [x.value for x in Measurement.objects.all()] == [1679]
    take_registered()
    torii.refresh_from_db()
    correct_identity(
        patient=torii, by=physician, expected_version=torii.version, reason="x", mrn="555", family_name="Torii"
    )
    take_registered()
    assert Measurement.objects.count() == 2


@pytest.mark.parametrize(("known", "told"), [("髙橋", "高橋"), ("渡邊", "渡辺"), ("斎藤", "斉藤")])
def test_48_another_form_of_a_kanji_is_asked_about_once_until_a_person_says_that_it_is_the_same(
    pharmacist: Client, source: Source, torii: Patient, known: str, told: str
) -> None:
    Patient.objects.update(family_name=known)
    person = PERSON.replace("Torii", told)
    receipt = take(source, obx(FERRITIN, "1679", "ng/mL"), person=person)
    assert receipt.parts[0].state == PartState.OTHER_PERSON
    sent(pharmacist, reverse("part_same", args=[MessagePart.objects.get().pk]), reason="The old form of the kanji.")
    assert Measurement.objects.get().patient == torii
    again = take(source, obx(FERRITIN, "1700", "ng/mL", time="202603051200"), person=person)
    assert again.parts[0].state == PartState.TAKEN


def test_results_of_other_wards_are_not_shown(client: Client, source: Source, torii: Patient, other_ward) -> None:
    take(source, obx(CSA, "182", "ng/mL"))
    client.force_login(make_user("west", Role.PHARMACIST, other_ward))
    words = words_of(client.get(PAGE))
    assert "Torii" not in words
    assert "1 question is about a patient of another ward." in words
    assert "Nothing waits" not in words
    waiting = WaitingResult.objects.get()
    assert client.post(reverse("result_answer", args=[waiting.pk])).status_code == 404
    assert client.post(reverse("result_refuse", args=[waiting.pk])).status_code == 404


def test_what_somebody_settled_meanwhile_is_gone(pharmacist: Client, source: Source, torii: Patient, physician) -> None:
    take(source, obx(CSA, "182", "ng/mL"))
    waiting = WaitingResult.objects.get()
    WaitingResult.objects.update(settled_at=waiting.part.message.received_at, taken=True)
    assert pharmacist.post(reverse("result_refuse", args=[waiting.pk])).status_code == 404


def test_the_page_costs_as_much_for_many_as_for_few(
    pharmacist: Client, source: Source, torii: Patient, django_assert_num_queries
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            pharmacist.get(PAGE)
        return len(asked)

    take(source, obx(CSA, "182", "ng/mL"))
    few = queries()
    for n in range(5):
        take(source, obx(CSA, str(190 + n), "ng/mL", time=f"2026030407{n}0"), obx(f"8{n}^x{n}^99X", "1", "U/L"))
    assert queries() <= few + 2


def test_the_page_of_a_fact_names_the_machine_that_sent_it(
    client: Client, source: Source, torii: Patient, physician
) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"))
    row = Measurement.objects.get()
    client.force_login(physician)
    assert "(East laboratory)" in words_of(client.get(f"/patients/{torii.pk}/facts/{row.reference}"))


def test_every_page_of_the_patient_says_what_was_sent_and_is_not_in_the_record(
    client: Client, source: Source, torii: Patient, ward, physician
) -> None:
    """A value that waits for its unit is not a value that was not measured."""
    client.force_login(physician)
    pages = [reverse(x, args=[torii.pk]) for x in ("patient_detail", "round_patient", "morning_sheet")]
    take(source, obx(FERRITIN, "3840", ""), obx("77^unknown here^99X", "5", "U/L"))
    for page in pages:
        words = words_of(client.get(page).content.decode())
        assert "Sent, and not in the record yet: Ferritin 3840" in words
        assert "unknown here" not in words, "what the code means is the site's question"
    assert "Say what they lack" in words
    refuse_result(waiting=WaitingResult.objects.get(text="3840"), reason="of another", by=physician)
    assert "not in the record yet" not in client.get(pages[0]).content.decode()


def test_what_waits_for_a_merged_record_is_said_on_the_other(source: Source, torii: Patient, physician) -> None:
    twin = make_patient("T-2", physician, family_name="Torii", given_name="Kaori", birth_date=torii.birth_date)
    take(source, obx(FERRITIN, "3840", ""))
    merge_records(kept=twin, absorbed=torii, by=physician, reason="one person")
    assert [x.text for x in waiting_results(twin)] == ["3840"]


def test_a_grave_value_that_waits_raises_an_alert_that_closes_with_the_answer(
    pharmacist: Client, source: Source, torii: Patient
) -> None:
    take(source, obx(FERRITIN, "3840", "ng/mL", time="202603"))
    sweep()
    alert = Alert.objects.get(rule="SENT_VALUE_WAITS")
    assert (alert.patient, alert.severity, alert.closed_at) == (torii, Severity.CRITICAL, None)
    assert "it waits since" in words_of(pharmacist.get(reverse("patient_detail", args=[torii.pk])))
    assert "not on the record · Ferritin" in words_of(pharmacist.get(reverse("patient_detail", args=[torii.pk])))
    address = reverse("result_answer", args=[WaitingResult.objects.get().pk])
    assert sent(pharmacist, address, on="2026-03-04T07:45").status_code == 302
    sweep()
    alert.refresh_from_db()
    assert alert.closed_at is not None
    assert Alert.objects.filter(rule="FERRITIN_HIGH", closed_at=None).exists()


def test_its_alert_closes_when_it_is_refused(pharmacist: Client, source: Source, torii: Patient) -> None:
    take(source, obx(FERRITIN, "3840", "ng/mL", time="202603"))
    sweep()
    address = reverse("result_refuse", args=[WaitingResult.objects.get().pk])
    assert sent(pharmacist, address, reason="From the line.").status_code == 302
    sweep()
    assert Alert.objects.get(rule="SENT_VALUE_WAITS").closed_at is not None


def test_a_grave_value_under_almost_a_number_alerts_until_it_is_said_whose_it_is(
    pharmacist: Client, source: Source, torii: Patient
) -> None:
    almost = PERSON.replace("7001234", "0007001234")
    take(source, obx("2823-3^Potassium^LN", "6.9", "mmol/L"), person=almost)
    sweep()
    alert = Alert.objects.get(rule="SENT_VALUE_WAITS")
    assert (alert.patient, alert.severity, alert.closed_at) == (torii, Severity.CRITICAL, None)
    part = MessagePart.objects.get()
    assert sent(pharmacist, reverse("part_settle", args=[part.pk]), reason="another hospital's").status_code == 302
    sweep()
    alert.refresh_from_db()
    assert alert.closed_at is not None


def test_what_waits_for_a_merged_record_alerts_on_the_other(source: Source, torii: Patient, physician) -> None:
    take(source, obx(FERRITIN, "3840", "ng/mL", time="202603"))
    kept = make_patient("K-1", physician)
    merge_records(kept=kept, absorbed=torii, by=physician, reason="registered twice")
    sweep()
    assert Alert.objects.filter(rule="SENT_VALUE_WAITS", patient=kept, closed_at=None).exists()


def test_a_code_without_a_name_is_called_by_its_test(pharmacist: Client, source: Source, torii: Patient) -> None:
    take(source, obx("2276-4^^LN", "3840", "ng/mL", time="202603"))
    for address in (PAGE, reverse("patient_detail", args=[torii.pk])):
        assert "Ferritin 3840 ng/mL" in words_of(pharmacist.get(address))
