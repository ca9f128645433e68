"""What was sent is kept as it came for as long as a site says, and never goes while somebody has to look at it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.actions import change_site_settings, prune_sent
from patients.actions.deliveries import take_message, take_what_waits_for
from patients.actions.settling import refuse_result
from patients.models import (
    AuditEntry,
    FileState,
    Measurement,
    Message,
    Patient,
    SiteSettings,
    Source,
    TableDocument,
    TableFile,
    TablePart,
    WaitingResult,
)
from tests.patients.conftest import as_runtime_role, make_patient
from tests.patients.imports.sending import message, obx

pytestmark = pytest.mark.django_db
FERRITIN = "2276-4^Ferritin^LN"
KEPT = timedelta(days=365)


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")


@pytest.fixture
def torii(ward, physician) -> Patient:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    return make_patient("7001234", physician, ward, **names)


def take(source: Source, *segments: str, **more: str) -> Message:
    return take_message(source=source, document=message(*segments, **more), form="hl7v2").message


def later(days: int):
    return timezone.now() + timedelta(days=days)


def is_kept(sent: Message) -> bool:
    sent.refresh_from_db()
    assert (sent.body is None) == (sent.pruned_at is not None)
    return sent.body is not None


@pytest.mark.parametrize(("days", "kept"), [(364, True), (366, False)])
def test_a_message_is_kept_as_it_came_for_a_year(source: Source, torii: Patient, days: int, kept: bool) -> None:
    sent = take(source, obx(FERRITIN, "1679", "ng/mL"))
    assert prune_sent(later(days)).messages == (0 if kept else 1)
    assert is_kept(sent) is kept
    assert Measurement.objects.count() == 1, "facts stay"


def test_a_message_of_which_a_question_waits_is_kept(source: Source, torii: Patient, physician) -> None:
    sent = take(source, obx(FERRITIN, "1679", ""))
    prune_sent(later(400))
    assert is_kept(sent)
    refuse_result(waiting=WaitingResult.objects.get(), reason="no unit", by=physician)
    prune_sent(later(400))
    assert not is_kept(sent)


@pytest.mark.parametrize(
    "person",
    [
        "PID|1||0007001234^^^EAST^MR||Torii^Kaori||19620914|F",
        "PID|1||7001234^^^EAST^MR||Sato^Yuki||19620914|F",
        "PID|1||||Torii^Kaori||19620914|F",
    ],
)
def test_a_message_of_which_nobody_has_said_whose_it_is_is_kept(source: Source, torii: Patient, person: str) -> None:
    sent = take(source, obx(FERRITIN, "1679", "ng/mL"), person=person)
    prune_sent(later(400))
    assert is_kept(sent)


def test_what_nobody_registered_in_time_is_not_read_any_more(source: Source, torii: Patient, physician, ward) -> None:
    sent = take(source, obx(FERRITIN, "1679", "ng/mL"), person="PID|1||99999^^^EAST^MR||Abe^Jiro")
    prune_sent(later(400))
    assert not is_kept(sent)
    assert take_what_waits_for(make_patient("99999", physician, ward, family_name="Abe", given_name="Jiro")) == 0


def test_a_message_that_is_sent_again_after_it_went_changes_nothing(source: Source, torii: Patient) -> None:
    first = take(source, obx(FERRITIN, "1679", "ng/mL"))
    prune_sent(later(400))
    assert take(source, obx(FERRITIN, "1679", "ng/mL")) == first
    assert not is_kept(first)
    assert Measurement.objects.count() == 1


def test_a_site_says_how_long_or_for_ever(source: Source, torii: Patient, physician) -> None:
    sent = take(source, obx(FERRITIN, "1679", "ng/mL"))
    change_site_settings(by=physician, expected_version=1, keep_sent_days=None)
    assert prune_sent(later(40_000)).messages == 0
    change_site_settings(by=physician, expected_version=2, keep_sent_days=30)
    assert prune_sent(later(31)).messages == 1
    assert not is_kept(sent)


def test_less_than_a_month_is_refused(db) -> None:
    with pytest.raises(IntegrityError, match="sitesettings_keeps_long_enough"):
        SiteSettings.objects.create(keep_sent_days=29)


def test_a_deletion_is_in_the_audit_without_content(source: Source, torii: Patient) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"))
    prune_sent(later(400))
    entry = AuditEntry.objects.filter(table_name="patients_message", op="UPDATE").latest("pk")
    assert entry.new["pruned_at"]
    assert entry.new["body"].startswith("hidden")
    assert "1679" not in f"{entry.old} {entry.new}"


def test_the_page_of_a_fact_names_its_message_and_says_when_it_went(
    source: Source, torii: Patient, physician, client: Client
) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL"))
    client.force_login(physician)
    page = reverse("fact_detail", args=[torii.pk, Measurement.objects.get().reference])
    told = client.get(page).content.decode()
    assert "message C100" in told
    assert "message pruned" not in told
    prune_sent(later(400))
    told = client.get(page).content.decode()
    assert "message C100" in told
    assert "message pruned" in told


def test_a_job_asks_for_it() -> None:
    assert settings.CELERY_BEAT_SCHEDULE["retention"]["task"] == "ildcare.tasks.prune_what_was_sent"


# -- tables -----------------------------------------------------------------------------------------------------------


def a_table(source: Source, state: str, *sent: Message) -> TableFile:
    file = TableFile.objects.create(source=source, name="x.csv", digest="0" * 64, state=state, content={}, total=9)
    TableDocument.objects.create(file=file, body=b"ID,Date", dictionary=b"d")
    for place, x in enumerate(sent):
        TablePart.objects.create(file=file, place=place, message=x)
    return file


def table_is_kept(file: TableFile) -> bool:
    document = TableDocument.objects.get(file=file)
    return document.body is not None and document.dictionary is not None and document.pruned_at is None


@pytest.mark.parametrize(("days", "kept"), [(364, True), (366, False)])
def test_a_table_is_kept_as_long_as_a_message(source: Source, days: int, kept: bool) -> None:
    file = a_table(source, FileState.DONE)
    assert prune_sent(later(days)).tables == (0 if kept else 1)
    assert table_is_kept(file) is kept


def test_a_table_that_is_being_taken_or_asks_is_kept_with_its_messages(source: Source, torii: Patient) -> None:
    taken = take(source, obx(FERRITIN, "1679", "ng/mL"))
    asks = take(source, "OBR|1|P1|F2|X^Panel^LN|||20260304074500", obx(FERRITIN, "1700", ""))
    going_on, asking = a_table(source, FileState.TAKING, taken), a_table(source, FileState.DONE, asks)
    prune_sent(later(400))
    assert table_is_kept(going_on)
    assert table_is_kept(asking)
    assert is_kept(taken)


@pytest.mark.parametrize("state", [FileState.SENT, FileState.MAPPED])
def test_a_table_that_nobody_took_goes_too_and_says_so(source: Source, state: str) -> None:
    file = a_table(source, state)
    prune_sent(later(400))
    assert not table_is_kept(file)
    file.refresh_from_db()
    assert (file.state, bool(file.why)) == (FileState.CANCELLED, True)


def test_the_page_of_a_table_says_that_the_file_went(source: Source, physician, client: Client) -> None:
    file = a_table(source, FileState.DONE)
    TableFile.objects.filter(pk=file.pk).update(by=physician, refused=1, begun_at=timezone.now())
    client.force_login(physician)
    assert "Refused lines as a file" in client.get(reverse("table_result", args=[file.pk])).content.decode()
    prune_sent(later(400))
    page = client.get(reverse("table_result", args=[file.pk])).content.decode()
    assert "The file itself is not kept any more" in page
    assert "Refused lines as a file" not in page
    assert client.get(reverse("table_rejects", args=[file.pk])).status_code == 404


def test_the_runtime_role_prunes_and_changes_a_document_in_no_other_way(source: Source) -> None:
    file = a_table(source, FileState.DONE)
    with as_runtime_role():
        assert prune_sent(later(400)).tables == 1
    assert not table_is_kept(file)


@pytest.mark.parametrize("change", [{"body": b"other"}, {"dictionary": None}, {"file": 1}])
def test_a_document_of_a_table_is_never_changed_otherwise(source: Source, change: dict[str, object]) -> None:
    file = a_table(source, FileState.DONE)
    with pytest.raises(DatabaseError, match="append-only"):
        TableDocument.objects.filter(file=file).update(**change)


def test_what_went_does_not_come_back(source: Source) -> None:
    file = a_table(source, FileState.DONE)
    prune_sent(later(400))
    with pytest.raises(DatabaseError, match="append-only"):
        TableDocument.objects.filter(file=file).update(body=b"ID", pruned_at=None)


def test_what_came_for_a_number_of_nobody_and_was_pruned_is_taken_when_it_is_sent_again(
    source: Source, ward, physician
) -> None:
    sent = take(source, obx(FERRITIN, "1679", "ng/mL"))
    assert prune_sent(later(366)).messages == 1
    make_patient("7001234", physician, ward, family_name="Torii", given_name="Kaori", birth_date=date(1962, 9, 14))
    assert Measurement.objects.count() == 0
    again = take_message(source=source, document=message(obx(FERRITIN, "1679", "ng/mL")), form="hl7v2")
    assert (again.message.pk, is_kept(sent), Measurement.objects.count()) == (sent.pk, True, 1)
    assert take_message(source=source, document=message(obx(FERRITIN, "1679", "ng/mL")), form="hl7v2").repeated
    assert Measurement.objects.count() == 1
