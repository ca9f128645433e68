"""Who may come as a machine, on the page of who runs the site; and which machine has fallen silent."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from ildcare.evaluation.sweep import sweep
from ildcare.exchange.machines import MOST_REFUSED
from patients.actions import issue_token, note_silence, take_message
from patients.models import AccessToken, AuditEntry, Message, NonceUse, Source, User, Ward
from tests.patients.conftest import make_patient
from tests.patients.imports.sending import HEADER, message, obx
from tests.reading import words_of

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
PAGE = "/machines/"
MONDAY = datetime(2026, 3, 2, 6, 10, tzinfo=TOKYO)


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")


@pytest.fixture
def manager(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def sent(client: Client, address: str, place: str = "", **values):
    """A form sent as the page has it: with its token, beside the button."""
    page = client.get(PAGE).content.decode()
    form = page.partition(f'action="{address}"')[2]
    token = re.search(r'name="context_token" value="([^"]+)"', form)
    assert token is not None
    return client.post(address, {"context_token": token[1], **values})


def test_a_machine_is_named_gets_a_token_and_loses_it(manager: Client, ward: Ward) -> None:
    added = sent(manager, reverse("machine_add"), name="ris", title="Radiology", sender="RIS|A")
    assert added.status_code == 302
    source = Source.objects.get(name="ris")
    issue = reverse("token_issue", args=[source.pk])
    shown = sent(manager, issue, title="engine", scopes=["send", "read"], wards=[ward.pk], addresses="10.0.0.0/8 ::1")
    token = AccessToken.objects.get()
    text = re.search(r"ildcare_[\w-]{43}", shown.content.decode())
    assert text is not None
    assert (token.scopes, token.addresses, list(token.wards.all())) == (
        ["read", "send"],
        ["10.0.0.0/8", "::1/128"],
        [ward],
    )
    assert text[0] not in manager.get(PAGE).content.decode(), "shown once"
    assert text[0] not in str(list(NonceUse.objects.values_list("result", flat=True)))
    step = reverse("token_step", args=[token.pk])
    assert "shown this once" in words_of(sent(manager, step, do="rotate"))
    assert AccessToken.objects.count() == 2
    assert sent(manager, step, do="end").status_code == 302
    token.refresh_from_db()
    assert token.ended_by is not None


def test_whose_numbers_are_record_numbers_is_said_by_machine(manager: Client, source: Source) -> None:
    address = reverse("machine_authorities", args=[source.pk])
    assert sent(manager, address, authorities="EAST, http://east/mrn").status_code == 302
    source.refresh_from_db()
    assert source.authorities == ["EAST", "http://east/mrn"]
    assert "those of EAST, http://east/mrn" in words_of(manager.get(PAGE))
    assert AuditEntry.objects.filter(table_name="patients_source").exists()
    assert sent(manager, address, authorities="x" * 201).status_code == 422
    assert sent(manager, address, authorities="").status_code == 302
    source.refresh_from_db()
    assert source.authorities == []


def test_from_where_a_machine_sends_is_said_by_machine(manager: Client, source: Source) -> None:
    address = reverse("machine_networks", args=[source.pk])
    assert sent(manager, address, addresses="10.1.2.0/24 ::1").status_code == 302
    source.refresh_from_db()
    assert source.networks == ["10.1.2.0/24", "::1/128"]
    assert sent(manager, address, addresses="the ward").status_code == 422


def test_a_form_sent_twice_issues_one_token(manager: Client, source: Source) -> None:
    address = reverse("token_issue", args=[source.pk])
    page = manager.get(PAGE).content.decode().partition(f'action="{address}"')[2]
    found = re.search(r'name="context_token" value="([^"]+)"', page)
    assert found is not None
    values = {"context_token": found[1], "title": "x", "scopes": ["send"]}
    first, again = manager.post(address, values), manager.post(address, values)
    assert (first.status_code, again.status_code, AccessToken.objects.count()) == (200, 302, 1)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["read"]}, "Say whose patients the machine may read."),
        ({"addresses": "the ward"}, "the is no address or network."),
    ],
)
def test_what_cannot_be_issued_is_said_beside_its_machine(manager: Client, source: Source, values, why) -> None:
    address = reverse("token_issue", args=[source.pk])
    answer = sent(manager, address, **{"title": "x", "scopes": ["send"], **values})
    assert answer.status_code == 422
    assert why in words_of(answer)
    assert AccessToken.objects.count() == 0


def test_two_machines_have_not_one_name(manager: Client, source: Source) -> None:
    address = reverse("machine_add")
    assert "of this name already" in words_of(sent(manager, address, name="lab-east", title="x"))
    assert "calls itself so" in words_of(sent(manager, address, name="other", title="x", sender="LAB|EAST"))
    assert Source.objects.count() == 1


def test_a_machine_is_switched_off_and_on(manager: Client, source: Source, administrator: User) -> None:
    for active in (False, True):
        sent(manager, reverse("machine_switch", args=[source.pk]))
        source.refresh_from_db()
        assert source.active is active
    assert AuditEntry.objects.filter(table_name="patients_source", op="UPDATE", actor=administrator.pk).count() == 2


def test_the_page_says_when_a_machine_was_last_heard(manager: Client, source: Source) -> None:
    assert "never heard" in words_of(manager.get(PAGE))
    heard(source, datetime.now(TOKYO))
    Message.objects.update(refused={"message": "x", "parts": {}, "facts": [], "basis": "S"})
    assert "1 message in 24 hours (1 could not be read)" in words_of(manager.get(PAGE))


def test_the_page_costs_as_much_for_many_as_for_few(
    manager: Client, source: Source, administrator: User, ward: Ward, django_assert_max_num_queries
) -> None:
    for n in range(6):
        other = Source.objects.create(name=f"s{n}", title=f"S{n}")
        issue_token(source=other, title="x", scopes=["read"], wards=[ward], by=administrator)
    with django_assert_max_num_queries(20):
        manager.get(PAGE)


# -- silence ----------------------------------------------------------------------------------------------------------


def heard(source: Source, *moments: datetime) -> None:
    number = Message.objects.count()
    for n, moment in enumerate(moments, start=number):
        row = Message.objects.create(source=source, format="hl7v2", digest=f"{n:064d}")
        Message.objects.filter(pk=row.pk).update(received_at=moment)


def every(minutes: int, day: datetime, hours: range) -> list[datetime]:
    """A message every so many minutes in some hours of a day."""
    midnight = day.replace(hour=0, minute=0)
    return [
        midnight + timedelta(minutes=x)
        for x in range(hours.start * 60, hours.stop * 60, minutes)
        if midnight + timedelta(minutes=x) <= day
    ]


@pytest.fixture
def rhythm(source: Source) -> Source:
    """On ten working days a message each quarter of an hour from six to twenty, and none at night or on Sundays."""
    for back in range(1, 15):
        day = (MONDAY - timedelta(days=back)).replace(hour=23)
        if day.weekday() < 5:
            heard(source, *every(15, day, range(6, 20)))
    return source


def silent(source: Source, now: datetime) -> datetime | None:
    note_silence(now)
    source.refresh_from_db()
    return source.silent_since


@pytest.mark.parametrize(("minutes", "is_silent"), [(29, False), (30, True), (300, True)])
def test_a_silence_of_half_an_hour_and_twice_the_usual_is_too_long(rhythm: Source, minutes: int, is_silent) -> None:
    heard(rhythm, *every(15, MONDAY, range(6, 20)), MONDAY)
    assert (silent(rhythm, MONDAY + timedelta(minutes=minutes)) is not None) is is_silent


def test_it_is_over_when_something_comes(rhythm: Source) -> None:
    heard(rhythm, MONDAY)
    assert silent(rhythm, MONDAY + timedelta(hours=1)) == MONDAY
    heard(rhythm, MONDAY + timedelta(minutes=61))
    assert silent(rhythm, MONDAY + timedelta(minutes=62)) is None


def test_a_night_is_no_silence(rhythm: Source) -> None:
    evening = MONDAY.replace(hour=19, minute=45)
    heard(rhythm, evening)
    assert silent(rhythm, evening + timedelta(hours=9)) is None, "from 19:45 to 6:00 there is never anything"
    assert silent(rhythm, evening + timedelta(hours=21)) == evening, "but not until the next afternoon"


def test_a_sunday_is_held_against_sundays(rhythm: Source) -> None:
    saturday = MONDAY - timedelta(days=2)
    heard(rhythm, *(saturday - timedelta(weeks=x) for x in range(4)))
    sunday = (MONDAY - timedelta(days=1)).replace(hour=12)
    assert silent(rhythm, sunday) is None


def test_a_new_machine_has_no_rhythm_yet(source: Source) -> None:
    heard(source, MONDAY - timedelta(days=1), MONDAY)
    assert silent(source, MONDAY + timedelta(hours=9)) is None


@pytest.mark.parametrize(("minutes", "is_silent"), [(10, False), (11, True)])
def test_a_site_says_what_is_too_long(source: Source, minutes: int, is_silent) -> None:
    Source.objects.update(silent_after=timedelta(minutes=10))
    heard(source, MONDAY)
    assert (silent(source, MONDAY + timedelta(minutes=minutes)) is not None) is is_silent


def test_the_length_is_set_on_the_page(manager: Client, source: Source) -> None:
    address = reverse("machine_silence", args=[source.pk])
    assert sent(manager, address, minutes="90").status_code == 302
    source.refresh_from_db()
    assert source.silent_after == timedelta(minutes=90)
    assert sent(manager, address, minutes="0").status_code == 422
    assert sent(manager, address, minutes="").status_code == 302
    source.refresh_from_db()
    assert source.silent_after is None


def test_one_that_may_not_send_is_not_silent(rhythm: Source) -> None:
    heard(rhythm, MONDAY)
    silent(rhythm, MONDAY + timedelta(hours=1))
    Source.objects.update(active=False)
    assert silent(rhythm, MONDAY + timedelta(hours=2)) is None


def test_every_page_says_which_machine_is_silent(client: Client, physician: User, source: Source) -> None:
    Source.objects.update(silent_since=MONDAY)
    sweep()
    client.force_login(physician)
    for page in (reverse("ward_list"), reverse("my_patients")):
        assert "East laboratory: nothing since 2 Mar" in words_of(client.get(page))


# -- what could not be read -------------------------------------------------------------------------------------------

REFUSED = "/machines/refused"


def refuse(source: Source, document: bytes, form: str = "hl7v2", control_id: str = "") -> None:
    assert take_message(source=source, document=document, form=form, control_id=control_id).refused


def test_refused_messages_are_listed_by_machine_with_time_and_reason(manager: Client, source: Source) -> None:
    other = Source.objects.create(name="ris", title="Radiology")
    document = message(obx("2276-4^Ferritin^LN", "1679", "ng/mL"), header=HEADER.replace("ORU^R01", "MDM^T02"))
    refuse(source, document, control_id="C-17")
    refuse(other, b"[", "fhir")
    page = manager.get(REFUSED).content.decode()
    assert page.index("East laboratory") < page.index("MDM^T02") < page.index("Radiology")
    assert "C-17" in page
    assert f'href="{REFUSED}"' in manager.get(PAGE).content.decode()


def test_the_page_of_refused_messages_has_no_word_of_their_content(manager: Client, source: Source) -> None:
    """Of a damaged message any field may hold a name: neither its kind nor its character set is told then."""
    told = message(obx("2276-4^Ferritin^LN", "1679", "ng/mL"))
    refuse(source, told.replace(b"ORU^R01^ORU_R01", b"TORII^KAORI"), control_id="Torii Kaori")
    refuse(source, told.replace(b"UNICODE UTF-8", b"TORII KAORI"))
    page = manager.get(REFUSED).content.decode().casefold()
    assert "are not read" in page
    assert "character set" in page
    assert {"torii", "kaori", "7001234", "1679"} & {*re.findall(r"\w+", page)} == set()


def test_many_refused_messages_are_counted_and_the_last_shown(
    manager: Client, source: Source, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(30) as few:
        manager.get(REFUSED)
    for n in range(MOST_REFUSED + 1):
        refuse(source, f"MSH|{n}".encode())
    with django_assert_max_num_queries(len(few)):
        page = manager.get(REFUSED).content.decode()
    assert f"{MOST_REFUSED + 1} messages since" in page
    assert page.count('<th scope="row"') == MOST_REFUSED


def test_a_site_of_which_everything_was_read_says_so(manager: Client, source: Source) -> None:
    assert "Every message could be read." in manager.get(REFUSED).content.decode()


def test_the_oldest_question_is_told_to_who_runs_the_site(manager: Client, source: Source, ward, physician) -> None:
    make_patient("7001234", physician, ward, family_name="Torii", given_name="Kaori")
    assert "on Arrivals" not in manager.get(PAGE).content.decode()
    for n, value in enumerate(("1679", "1700")):
        take_message(
            source=source,
            document=message(f"OBR|1|P1|F{n}|X^Panel^LN|||20260304074500", obx("2276-4^Ferritin^LN", value)),
            form="hl7v2",
        )
    old = datetime(2026, 3, 2, 6, 10, tzinfo=TOKYO)
    Message.objects.filter(pk=Message.objects.earliest("pk").pk).update(received_at=old)
    told = re.sub(r"\s+", " ", manager.get(PAGE).content.decode())
    assert "2 questions wait on Arrivals, the oldest since 2 Mar" in told
