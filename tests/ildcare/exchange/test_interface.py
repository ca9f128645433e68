"""The interface for machines: tokens, documents in by HTTP, the same once only, errors in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ildcare.exchange import accounts
from patients.actions import Issued, end_token, issue_token, rotate_token, switch_source
from patients.changes import Refused
from patients.models import AccessToken, AuditEntry, Measurement, Message, Patient, Scope, Source, Ward
from tests.patients.conftest import make_patient
from tests.patients.imports.sending import message, obx

pytestmark = pytest.mark.django_db
MESSAGES = "/api/messages"
FERRITIN = "2276-4^Ferritin^LN"
ONE = message(obx(FERRITIN, "1679", "ng/mL"))


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")


@pytest.fixture
def token(source: Source, administrator) -> Issued:
    return issue_token(source=source, title="engine", scopes=[Scope.SEND], by=administrator)


@pytest.fixture
def torii(ward: Ward, physician) -> Patient:
    return make_patient("7001234", physician, ward, family_name="Torii", given_name="Kaori", birth_date=None)


def post(token: str, document: bytes, **headers: str):
    return Client().post(
        MESSAGES,
        document,
        content_type="application/octet-stream",
        headers={"Authorization": f"Bearer {token}"} | headers,
    )


def get(token: str, address: str):
    return Client().get(address, headers={"Authorization": f"Bearer {token}"})


def test_a_message_is_taken_once(token: Issued, torii: Patient) -> None:
    first = post(token.text, ONE)
    assert first.status_code == 201
    told = first.json()
    assert (told["format"], told["repeated"], told["refused"]) == ("hl7v2", False, None)
    assert [(x["state"], x["results"], x["facts"], x["waiting"]) for x in told["parts"]] == [("taken", 1, 1, [])]
    again = post(token.text, ONE)
    assert (again.status_code, again.json()["repeated"], again.json()["id"]) == (200, True, told["id"])
    assert Measurement.objects.count() == 1


TWO = message(obx(FERRITIN, "1701", "ng/mL"))
DAMAGED = ONE.replace(b"PID|", b"P|", 1).replace(b"MSH|^~\\&", b"MSH|^~", 1)
FOREIGN = ONE.replace(b"ORU^R01", b"SIU^S12", 1)


def test_a_damaged_message_keeps_no_other_of_its_document_back(token: Issued, torii: Patient) -> None:
    """Each is answered by itself, in its order; the same document again changes nothing."""
    for repeated in (False, True):
        answer = post(token.text, ONE + DAMAGED + FOREIGN + TWO, **{"Idempotency-Key": "night of 1 March"})
        assert answer.status_code == 207
        told = answer.json()
        assert [(bool(x["refused"]), x["repeated"]) for x in told["messages"]] == [
            (False, repeated),
            (True, repeated),
            (False, repeated),
        ]
        assert told["left_out"] == ["SIU^S12"]
    assert sorted(Measurement.objects.values_list("value", flat=True)) == [1679, 1701]


def test_the_key_of_a_document_names_each_of_its_messages(token: Issued, torii: Patient) -> None:
    key = {"Idempotency-Key": "night of 1 March"}
    assert post(token.text, ONE + TWO, **key).status_code == 207
    assert post(token.text, TWO + ONE, **key).status_code == 422
    assert Measurement.objects.count() == 2


def test_what_waits_is_said_and_its_state_can_be_asked(token: Issued, torii: Patient) -> None:
    told = post(token.text, message(obx("77^unheard of^99X", "1", "mg"))).json()
    (waiting,) = told["parts"][0]["waiting"]
    assert (waiting["code"], waiting["question"]) == ("77", "unmapped")
    assert get(token.text, f"{MESSAGES}/{told['id']}").json()["parts"] == told["parts"]


def test_what_another_source_sent_is_not_shown(token: Issued, torii: Patient, administrator) -> None:
    number = post(token.text, ONE).json()["id"]
    west = Source.objects.create(name="west", title="West", sender="W|W")
    other = issue_token(source=west, title="x", scopes=["send"], by=administrator)
    assert get(other.text, f"{MESSAGES}/{number}").status_code == 404


@pytest.mark.parametrize("text", ["", "ildcare_nonsense", "Basic abc"])
def test_no_token_opens_nothing(source: Source, text: str) -> None:
    assert post(text, ONE).status_code == 401
    assert Message.objects.count() == 0


def test_a_session_opens_nothing(client: Client, physician) -> None:
    client.force_login(physician)
    assert client.post(MESSAGES, ONE, content_type="application/octet-stream").status_code == 401


def test_a_token_that_ended_opens_nothing(token: Issued, administrator) -> None:
    end_token(token=token.row, by=administrator)
    assert post(token.text, ONE).status_code == 401


def test_a_source_that_may_not_send_opens_nothing(token: Issued, source: Source, administrator) -> None:
    switch_source(source=source, active=False, by=administrator)
    assert post(token.text, ONE).status_code == 401


def test_a_rotated_token_stays_open_for_a_day(token: Issued, administrator) -> None:
    new = rotate_token(token=token.row, by=administrator)
    token.row.refresh_from_db()
    assert new.text != token.text
    assert token.row.ends_at is not None
    assert timedelta(hours=23) < token.row.ends_at - timezone.now() <= timedelta(days=1)
    assert [post(x, ONE).status_code for x in (token.text, new.text)] == [201, 200]


def test_a_token_that_ended_is_not_rotated(token: Issued, administrator) -> None:
    end_token(token=token.row, by=administrator)
    with pytest.raises(Refused):
        rotate_token(token=token.row, by=administrator)


def test_a_token_without_the_right_is_refused(source: Source, ward: Ward, administrator) -> None:
    reader = issue_token(source=source, title="x", scopes=["read"], wards=[ward], by=administrator)
    assert post(reader.text, ONE).status_code == 403


@pytest.mark.parametrize(
    ("addresses", "status"), [([], 201), (["127.0.0.1"], 201), (["127.0.0.0/8"], 201), (["10.0.0.0/8"], 401)]
)
def test_a_token_opens_from_its_networks_only(source: Source, administrator, addresses, status) -> None:
    token = issue_token(source=source, title="x", scopes=["send"], by=administrator, addresses=addresses)
    assert post(token.text, ONE).status_code == status
    assert post(token.text, ONE, **{"X-Forwarded-For": "10.1.1.1"}).status_code in (status, 200), (
        "nobody says it himself"
    )


def test_behind_a_proxy_its_word_counts(source: Source, administrator, settings) -> None:
    settings.ILDCARE_PROXIES = 1
    token = issue_token(source=source, title="x", scopes=["send"], by=administrator, addresses=["10.0.0.0/8"])
    assert post(token.text, ONE, **{"X-Forwarded-For": "10.1.1.1, 192.168.0.1"}).status_code == 401
    assert post(token.text, ONE, **{"X-Forwarded-For": "192.168.0.1, 10.1.1.1"}).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": ["read"]},
        {"addresses": ["ward 7"]},
        {"ends_at": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
)
def test_no_token_is_issued_that_cannot_be(source: Source, administrator, wrong) -> None:
    with pytest.raises(Refused):
        issue_token(**{"source": source, "title": "x", "scopes": ["send"], "by": administrator, **wrong})
    assert AccessToken.objects.count() == 0


def test_a_key_names_one_document(token: Issued, torii: Patient) -> None:
    key = {"Idempotency-Key": "one"}
    assert [post(token.text, ONE, **key).status_code for _ in range(2)] == [201, 200]
    other = post(token.text, message(obx(FERRITIN, "9", "ng/mL")), **key)
    assert (other.status_code, other.json()) == (422, {"detail": "This idempotency key was used for another document."})
    assert Message.objects.count() == 1


def test_what_is_no_document_is_refused_in_words(token: Issued) -> None:
    answer = post(token.text, b"hello")
    assert answer.status_code == 422
    assert "HL7 v2 message" in answer.json()["detail"]
    assert "hello" not in answer.json()["detail"]
    assert post(token.text, b"x" * 2_000_001).status_code == 413
    assert Message.objects.count() == 0


def test_a_document_that_cannot_be_read_is_kept_with_why(token: Issued) -> None:
    answer = post(token.text, ONE.replace(b"ORU^R01^ORU_R01", b"MDM^T02"))
    assert answer.status_code == 201
    assert "MDM" in answer.json()["refused"]


def test_who_asks_too_often_is_told_to_wait(token: Issued, settings, monkeypatch) -> None:
    settings.ILDCARE_MACHINE_RATE = 2
    monkeypatch.setattr(accounts, "time", lambda: 1_800_000_015.0)  # two requests do not fall into two minutes
    statuses = [post(token.text, ONE) for _ in range(3)]
    assert [x.status_code for x in statuses] == [201, 200, 429]
    assert statuses[-1].headers["Retry-After"] == "45"


def test_without_the_broker_nobody_is_held_up(token: Issued, settings) -> None:
    settings.ILDCARE_MACHINE_RATE = 0
    settings.CELERY_BROKER_URL = "redis+socket:///nonexistent.sock"
    assert post(token.text, ONE).status_code == 201


def test_the_audit_names_the_machine_and_never_its_token(token: Issued, torii: Patient) -> None:
    post(token.text, ONE)
    name = f"machine:lab-east:{token.row.hint}"
    stored = AuditEntry.objects.filter(session=name)
    assert stored.filter(table_name="patients_measurement", patient=torii.pk).exists()
    assert stored.filter(table_name="patients_accesstoken", op="UPDATE").exists(), "when it was last used"
    whole = json.dumps(list(AuditEntry.objects.values("old", "new")))
    assert token.row.digest not in whole
    assert token.text not in whole


def test_no_cache_keeps_an_answer(token: Issued) -> None:
    assert "no-store" in post(token.text, ONE).headers["Cache-Control"]


def test_the_description_names_every_address() -> None:
    told = Client().get("/api/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert set(told["paths"]) == {"/api/messages", "/api/messages/{number}"}


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_a_document_that_calls_itself_a_form_is_taken_as_it_is(token: Issued, torii: Patient, kind: str) -> None:
    """As `curl --data-binary` sends it without a type, or a sender that does not know better."""
    answer = Client(raise_request_exception=False).post(
        MESSAGES, ONE, content_type=kind, headers={"Authorization": f"Bearer {token.text}"}
    )
    assert answer.status_code == 201, answer.content


def test_odd_days_and_values_of_a_document_leave_every_page_readable(token: Issued, torii: Patient, physician) -> None:
    """Year 1, a value tenfold, a NUL in a name, the same document twice: the impossible is asked, all is read."""
    year_1 = message(obx(FERRITIN, "1500", "ng/mL", time="00010101000000"))
    tenfold, named = message(obx(FERRITIN, "167900000", "ng/mL")), message(obx("9^a\x00b^99X", "1", "mg"))
    document = year_1 + tenfold + named + TWO
    assert [post(token.text, document).status_code for _ in range(2)] == [207, 207]
    assert Measurement.objects.filter(on__year__lt=1900).count() == 0
    client = Client()
    client.force_login(physician)
    for page in ("", "results", "trends", "treatments", "course", "paper", "round", "morning", "export"):
        assert client.get(f"/patients/{torii.pk}/{page}").status_code == 200, page
    assert client.get("/arrivals/").status_code == 200
