"""The inbox: whose cards, in which order, one answer to several of them, and who has them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.inbox.counts import card_counts, cards_word
from ildcare.inbox.reading import SENTENCES, duration_text, open_rows
from monitoring.acknowledging import acknowledge_alert, snooze_alerts
from monitoring.actions import pass_on_unacknowledged
from monitoring.models import Alert, AlertEvent, CardOwner
from patients.actions import admit_patient, record_facts
from patients.models import Admission, AuditEntry, Patient, Role, WardMembership
from patients.wording import render, short_moment
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _static_root(settings: Any) -> None:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def ill(mrn: str, ward, by, story: Story, **names: Any) -> Patient:
    """A patient of today, evaluated."""
    patient = make_patient(mrn, by, ward, **names)
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    evaluate_patients([patient.pk])
    return patient


def critical(mrn: str, ward, by, **names: Any) -> Patient:
    return ill(mrn, ward, by, Story().ferritin(today(), "3840"), **names)


def warned(mrn: str, ward, by, **names: Any) -> Patient:
    """A blood count low enough for a warning, and nothing critical."""
    return ill(mrn, ward, by, Story().test(today(), "neutrophils", "1240"), **names)


@pytest.fixture
def signed_in(client, physician):
    client.force_login(physician)
    return client


def rows(response) -> list[str]:
    return re.findall(r'<li class="ib [^"]*" id="row-([^"]+)"', response.content.decode())


def ticks(response) -> list[str]:
    return re.findall(r'name="card"\s+value="([^"]+)"', response.content.decode())


def card_of(patient: Patient) -> Alert:
    return Alert.objects.open().filter(patient=patient).order_by("-severity")[0]


def test_a_warning_and_nothing_critical(ward, physician) -> None:
    """What the tests below rest on."""
    assert {x.severity for x in Alert.objects.open().filter(patient=warned("W-1", ward, physician))} == {2}
    assert max(x.severity for x in Alert.objects.open().filter(patient=critical("C-1", ward, physician))) == 3


def test_critical_ones_first_and_only_of_whom_the_reader_sees(signed_in, ward, other_ward, physician) -> None:
    mild, grave = warned("W-1", ward, physician), critical("C-1", ward, physician)
    stranger = make_user("stranger", Role.PHYSICIAN, other_ward)
    critical("X-1", other_ward, stranger, family_name="Foreign")
    response = signed_in.get("/inbox/")
    keys = rows(response)
    assert [x.split("-")[0] for x in keys] == [str(grave.pk), str(mild.pk)]
    assert "Foreign" not in response.content.decode()


def test_that_the_list_was_read_is_noted(signed_in, ward) -> None:
    signed_in.get(f"/inbox/?ward={ward.code}")
    assert AuditEntry.objects.filter(op="READ", table_name=f"inbox {ward.code}").count() == 1


def test_as_many_queries_for_twelve_patients_as_for_two(signed_in, ward, physician) -> None:
    """The counts in the head of every page are one of them."""

    def queries(address: str) -> int:
        signed_in.get(address)  # the session writes down that it lives, every now and then
        with CaptureQueriesContext(connection) as caught:
            assert signed_in.get(address).status_code == 200
        return len(caught)

    addresses = ("/inbox/", "/inbox/?what=ended", "/inbox/levels", "/inbox/tests", "/inbox/tasks", "/round/")
    for n in range(2):
        critical(f"C-{n}", ward, physician)
        warned(f"W-{n}", ward, physician)
    few = {x: queries(x) for x in addresses}
    for n in range(2, 12):
        critical(f"C-{n}", ward, physician)
        warned(f"W-{n}", ward, physician)
    assert {x: queries(x) for x in addresses} == few
    with CaptureQueriesContext(connection) as caught:
        counts = card_counts(physician, timezone.now())
    assert (counts.critical, counts.warning, len(caught)) == (12, 12, 1)


def test_the_head_counts_what_the_inbox_lists(signed_in, ward, physician) -> None:
    patient = critical("C-1", ward, physician)
    warned("W-1", ward, physician)
    alert = card_of(patient)
    later = timezone.now() + timedelta(hours=1)
    snooze_alerts(patient=patient, versions={alert.pk: alert.version}, by=physician, until=later, note="in theatre")
    counts = card_counts(physician, timezone.now())
    assert (counts.critical, counts.warning) == (0, 1)
    assert len(rows(signed_in.get("/inbox/"))) == 1
    assert rows(signed_in.get("/inbox/?what=snoozed")) == [f"{patient.pk}-course"]
    assert "in theatre" in signed_in.get("/inbox/?what=snoozed").content.decode()


def test_when_a_critical_card_is_passed_on(signed_in, ward, physician) -> None:
    patient = critical("C-1", ward, physician)
    opened = AlertEvent.objects.get(alert=card_of(patient), kind="opened").at
    due = timezone.localtime(opened + timedelta(minutes=60))
    text = " ".join(signed_in.get("/inbox/").content.decode().split())
    when = f"{due:%H:%M}" if due.date() == timezone.localdate() else short_moment(due)  # in the hour before midnight
    assert f"calls senior physician at {when}" in text
    with time_machine.travel(opened + timedelta(minutes=61)):
        assert pass_on_unacknowledged() == 1
    text = " ".join(signed_in.get("/inbox/").content.decode().split())
    assert "passed on" in text
    assert "calls senior physician" not in text


# -- one answer to several --------------------------------------------------------------------------------------------


def answer(client, cards: list[str], **said: str):
    return client.post("/inbox/acknowledge", {"card": cards, "doing": "already_known", **said})


def test_one_answer_signs_cards_of_several_patients_each_by_itself(signed_in, ward, physician) -> None:
    people = [warned(f"W-{n}", ward, physician, family_name=f"Patient{n}") for n in range(3)]
    page = signed_in.get("/inbox/")
    response = answer(signed_in, ticks(page))
    signed = Alert.objects.filter(acknowledged_by=physician, doing="already_known")
    assert {x.patient_id for x in signed} == {x.pk for x in people}
    said = signed_in.get(response.headers["Location"]).content.decode()
    assert "3 cards acknowledged" in said
    assert AuditEntry.objects.filter(op="READ", table_name="alert", patient=people[0].pk).exists()
    answer(signed_in, ticks(page))  # the same form once more
    assert AlertEvent.objects.filter(kind="acknowledged").count() == signed.count()


def test_a_critical_card_has_no_tick_and_is_left_out(signed_in, ward, physician) -> None:
    grave, mild = critical("C-1", ward, physician), warned("W-1", ward, physician)
    page = signed_in.get("/inbox/")
    assert [x.split()[0] for x in ticks(page)] == [str(mild.pk)]
    name = "acknowledge-course-"
    fields = dict(re.findall(rf'name="{name}(context_token|alerts)" value="([^"]+)"', page.content.decode()))
    forged = f"{grave.pk} course {fields['context_token']} {fields['alerts']}"
    response = answer(signed_in, [forged, *ticks(page)], doing="repeat_ordered")
    assert card_of(grave).acknowledged_at is None
    assert card_of(mild).acknowledged_at is not None
    said = signed_in.get(response.headers["Location"]).content.decode()
    assert "1 card acknowledged" in said
    assert "critical: acknowledge it by itself" in said


def test_a_card_that_changed_or_of_whom_something_is_new_is_left_out_and_named(signed_in, ward, physician) -> None:
    changed = warned("W-1", ward, physician, family_name="Changed")
    news = warned("W-2", ward, physician, family_name="News")
    quiet = warned("W-3", ward, physician, family_name="Quiet")
    cards = ticks(signed_in.get("/inbox/"))
    alert = card_of(changed)
    Alert.objects.filter(pk=alert.pk).update(version=alert.version + 1)
    record_facts(patient=news, facts=Story().test(today(), "ldh", "300").versions, by=None, source="test")
    said = signed_in.get(answer(signed_in, cards).headers["Location"]).content.decode()
    assert card_of(quiet).acknowledged_at is not None
    assert {card_of(x).acknowledged_at for x in (changed, news)} == {None}
    strip = " ".join(re.search(r'id="answered">(.*?)</ul>', said, re.DOTALL)[1].split())
    assert re.search(r"Changed Hanako</a> \([^)]*\) – changed since it was shown", strip)
    assert re.search(r"News Hanako</a> \([^)]*\) – something new is known", strip)


def test_nothing_is_signed_without_tick_or_answer_and_what_was_ticked_stays(signed_in, ward, physician) -> None:
    patient = warned("W-1", ward, physician)
    (card,) = ticks(signed_in.get("/inbox/"))
    for sent in ({"doing": "already_known"}, {"card": card, "doing": ""}, {"card": card, "chosen": "discussed"}):
        response = signed_in.post("/inbox/acknowledge", sent)
        assert response.status_code == 422
    assert re.search(r'name="card"[^>]*\schecked', response.content.decode())
    assert card_of(patient).acknowledged_at is None


def test_a_card_of_a_patient_of_another_ward_is_told_of_without_a_name(signed_in, ward, other_ward, physician) -> None:
    patient = warned("W-1", ward, physician, family_name="Moved")
    cards = ticks(signed_in.get("/inbox/"))
    Patient.objects.filter(pk=patient.pk).update(registered_by=None)
    Admission.objects.filter(patient=patient).update(ward=other_ward)
    said = words_of(signed_in.get(answer(signed_in, cards).headers["Location"]).content.decode())
    assert "not on your wards any more" in said
    assert "Moved" not in said
    assert card_of(patient).acknowledged_at is None


def test_what_one_answer_signs_is_shown_whole(signed_in, ward, physician) -> None:
    """A card with a tick hides no sentence; one that is answered alone shows the rest beside its answer."""
    many = Story().test(today(), "neutrophils", "1240").test(today(), "platelets", "60").test(today(), "alt", "200")
    ill("W-1", ward, physician, many.test(today(), "potassium", "5.8"))
    grave = Story().ferritin(today(), "3840").mda5(today(), "positive").onset(today() - 9, known=today())
    ill("C-1", ward, physician, grave.diagnosis(today(), "DM").pao2(today(), "55"))
    for row in open_rows(physician, timezone.now()):
        page = signed_in.get("/inbox/")
        text = page.content.decode().split(f'id="row-{row.key}"')[1].split('<li class="ib')[0]
        ticked = 'name="card"' in text
        assert ticked is not row.critical
        told = words_of(text if ticked else text.split('class="acts"')[1])
        hidden = row.card.deciding if ticked else row.card.deciding[SENTENCES:]
        assert [x for x in hidden if render(x) not in told] == []


def test_critical_is_never_already_known(signed_in, ward, physician) -> None:
    critical("C-1", ward, physician)
    assert 'value="already_known"' not in signed_in.get("/inbox/").content.decode().split('id="batch"')[0]


# -- whose it is, and what became of it -------------------------------------------------------------------------------


def own(client, patient: Patient, to: str) -> int:
    page = client.get("/inbox/").content.decode()
    place = page.index(f"/patients/{patient.pk}/cards/")
    form = page[page.index(f'action="/patients/{patient.pk}/cards/course/owner"', place - 4000) :]
    token = re.search(r'name="context_token" value="([^"]+)"', form)[1]
    sent = {"context_token": token, "owner": to, "next": "/inbox/"}
    return client.post(f"/patients/{patient.pk}/cards/course/owner", sent).status_code


def test_a_card_is_taken_and_given_on_the_list(signed_in, ward, physician) -> None:
    patient = critical("C-1", ward, physician)
    colleague = make_user("colleague", Role.SENIOR, ward)
    assert rows(signed_in.get("/inbox/?what=nobody")) == [f"{patient.pk}-course"]
    assert own(signed_in, patient, str(physician.pk)) == 302
    assert rows(signed_in.get("/inbox/?what=mine")) == [f"{patient.pk}-course"]
    assert rows(signed_in.get("/inbox/?what=nobody")) == []
    assert own(signed_in, patient, str(colleague.pk)) == 302
    assert CardOwner.objects.last().owner == colleague
    WardMembership.objects.filter(user=colleague).delete()
    assert rows(signed_in.get("/inbox/?what=nobody")) == [f"{patient.pk}-course"]
    assert "colleague is not here any more" in " ".join(signed_in.get("/inbox/").content.decode().split())


def test_a_card_is_not_given_to_who_may_not_have_it(signed_in, ward, physician) -> None:
    patient, nurse = critical("C-1", ward, physician), make_user("nurse", Role.NURSE, ward)
    assert own(signed_in, patient, str(nurse.pk)) == 422
    assert not CardOwner.objects.exists()


def test_who_acknowledged_a_card_that_ended(signed_in, ward, physician) -> None:
    patient = critical("C-1", ward, physician)
    alert = card_of(patient)
    said = {"doing": "treatment_started", "note": "pulse tonight"}
    acknowledge_alert(alert=alert, by=physician, expected_version=alert.version, **said)
    known = signed_in.get("/inbox/?what=known").content.decode()
    assert "pulse tonight" in known
    Alert.objects.filter(pk=alert.pk).update(closed_at=timezone.now(), closed_because="ended")
    page = signed_in.get("/inbox/?what=ended")
    text = " ".join(page.content.decode().split())
    assert "pulse tonight" in words_of(page)
    assert "treatment started or stepped up" in text
    days_ago = timezone.now() - timedelta(days=3)
    Alert.objects.filter(pk=alert.pk).update(opened_at=days_ago, acknowledged_at=days_ago, closed_at=days_ago)
    assert "pulse tonight" not in signed_in.get("/inbox/?what=ended").content.decode()
    assert "pulse tonight" in signed_in.get("/inbox/?what=ended&days=7").content.decode()


def test_a_nurse_reads_the_inbox_and_signs_nothing(client, ward, physician) -> None:
    warned("W-1", ward, physician)
    client.force_login(make_user("nurse", Role.NURSE, ward))
    page = client.get("/inbox/")
    assert len(rows(page)) == 1
    assert "<form" not in page.content.decode().split('id="rows"')[1].split("</ul>")[0]
    assert ticks(page) == []


def test_patients_on_no_ward_have_a_place(signed_in, ward, physician) -> None:
    patient = critical("C-1", None, physician)
    assert rows(signed_in.get("/inbox/?ward=off")) == [f"{patient.pk}-course"]
    admit_patient(patient=patient, ward=ward, by=physician, admitted_at=timezone.now())
    assert rows(signed_in.get("/inbox/?ward=off")) == []
    assert rows(signed_in.get(f"/inbox/?ward={ward.code}")) == [f"{patient.pk}-course"]


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0 min"), (59, "59 min"), (60, "1 h 0 min"), (1439, "23 h 59 min"), (1440, "1 d")]
)
def test_how_long_a_card_is_open(minutes, text) -> None:
    assert duration_text(timedelta(minutes=minutes)) == text


def test_who_keeps_the_site_begins_on_its_state(client) -> None:
    client.force_login(make_user("keeper", Role.ADMINISTRATOR))
    page = client.get("/", follow=True)
    assert page.redirect_chain == [("/site/", 302)]
    assert "State of the site" in page.content.decode()
    assert "/inbox/" not in page.content.decode()


def test_a_list_that_stands_open_says_when_it_was_read_and_that_it_is_old(signed_in, ward, physician) -> None:
    patient = warned("W-1", ward, physician)
    for address in ("/inbox/", "/inbox/levels", "/inbox/tests", "/inbox/tasks"):
        page = signed_in.get(address).content.decode()
        assert "Cards as of" in words_of(page), address
        asked = re.search(r'hx-get="(/inbox/news\?word=\w+)"', page)
        assert asked, address
        assert signed_in.get(asked[1], headers={"X-Poll": "1"}).status_code == 204
    record_facts(patient=patient, facts=Story().ferritin(today(), "3840", id="f").versions, by=None, source="test")
    evaluate_patients([patient.pk])
    assert "since this list was read" in words_of(signed_in.get(asked[1]).content.decode())


def test_what_another_ward_gets_does_not_make_a_list_old(signed_in, ward, other_ward, physician) -> None:
    warned("W-1", ward, physician)
    word = cards_word(physician)
    other = make_user("other", Role.PHYSICIAN, other_ward)
    critical("O-1", other_ward, other)
    assert cards_word(physician) == word != cards_word(other)
