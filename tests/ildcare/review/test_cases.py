"""The queue and the page of a case: two people sign, the ward answers, and who may know no name reads none."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.paper.review_sheet import figures_data
from ildcare.review.figure_reads import agreement
from ildcare.review.queue import MINE, OPEN, REVIEWED, queue_of
from ildcare.review.triggers import gather
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert
from patients.actions import (
    Verdict,
    ask_correction,
    close_task,
    comment_case,
    record_facts,
    reopen_case,
    sign_verdict,
    take_case,
)
from patients.changes import RecordMerged, Refused
from patients.clinical import facts as f
from patients.models import AuditEntry, CareTask, RecordMerge, ReviewCase, ReviewEntry, ReviewKey, Role, Ward
from patients.pseudonyms import pseudonym
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import plain, words_of
from tests.story import Story

pytestmark = pytest.mark.django_db

RIGHT = Verdict(chart="right", delay="avoidable", lesson="step_late", audience="ward", text="two days without reason")
WRONG = Verdict(chart="wrong", delay="none", lesson="chart_silent", audience="nobody")
# of the canary: nothing of it may be read by who may know no name
IDENTIFYING = {
    "family_name": "宇佐見キャナリー",
    "given_name": "昇太郎",
    "family_kana": "ウサミカナリー",
    "given_kana": "ショウタロウ",
    "mrn": "MRN-4471-CANARY",
}
BED, NOTE = "B-77-CANARY", "Mr Usami-Canary asked for it himself"


@pytest.fixture
def senior(ward):
    return make_user(
        "senior",
        Role.SENIOR,
        ward,
    )


@pytest.fixture
def second(ward):
    return make_user("second", Role.SENIOR, ward)


@pytest.fixture
def reviewer(ward):
    return make_user("reviewer", Role.REVIEWER, ward)


@pytest.fixture
def case(physician, ward):
    """T3 indicated by ferritin, not followed for an infection; with an answered critical card and a drug."""
    patient = make_patient(
        IDENTIFYING["mrn"],
        physician,
        ward,
        birth_date=date(1958, 12, 31),
        **{x: text for x, text in IDENTIFYING.items() if x != "mrn"},
    )
    patient.admissions.update(bed=BED)
    now = today()
    story = Story().onset(now - 20).diagnosis(now - 10, "DM").ferritin(now - 9, "1240")
    story.drug(now - 6, "gc", route="oral", dose=50, unit="mg/day")
    story.drug(now - 6, "other", name=f"{NOTE} syrup")
    story.judged(now - 4, "worse", note=NOTE)
    story.add(f.Decision, now - 5, step="T3", accepted=False, code="infection", reason=NOTE)
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    evaluate_patients([patient.pk])
    for alert in Alert.objects.filter(patient=patient, severity=3):
        acknowledge_alert(alert=alert, by=physician, doing="discussed", note=NOTE, expected_version=alert.version)
    gather(timezone.now())
    return ReviewCase.objects.get(patient=patient, trigger="override")


def page(client, case: ReviewCase, query: str = "") -> str:
    answer = client.get(f"{reverse('review_case', args=[case.pk])}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def send(client, case: ReviewCase, do: str, **fields: str):
    html = page(client, case)
    form = re.search(rf'<form[^>]*action="[^"]*/{do}".*?</form>', html, re.S)
    assert form, f"no form to {do}"
    token = re.search(r'name="(\w+-context_token)" value="([^"]+)"', form.group())
    assert token
    data = {token.group(1): token.group(2), **{f"{do}-{x}": value for x, value in fields.items()}}
    return client.post(reverse("review_change", args=[case.pk, do]), data)


VERDICT = {"chart": "right", "delay": "avoidable", "lesson": "step_late", "audience": "ward", "text": "late"}


# -- the queue --------------------------------------------------------------------------------------------------------


def test_a_row_says_who_why_and_since_when(client, senior, case) -> None:
    client.force_login(senior)
    text = words_of(client.get(reverse("review_list")))
    assert IDENTIFYING["family_name"] in text
    assert "T3 not followed: infection must be treated or excluded first" in text
    assert "nobody signed yet" in text
    assert AuditEntry.objects.filter(op="READ", table_name__startswith="cases to review").exists()


def test_what_is_mine_and_what_is_reviewed(senior, second, case) -> None:
    def keys(user, tab: str) -> set:
        return {x.case.pk for x in queue_of(user, tab).rows}

    assert case.pk in keys(senior, OPEN)
    assert keys(senior, MINE) == set()
    take_case(case=case, by=senior)
    assert keys(senior, MINE) == {case.pk}
    take_case(case=case, by=second)
    assert (keys(senior, MINE), keys(second, MINE)) == (set(), {case.pk})
    take_case(case=case, by=second, release=True)
    assert keys(second, MINE) == set()
    sign_verdict(case=case, by=senior, verdict=RIGHT)
    assert keys(senior, MINE) == {case.pk}, "what one signed stays one's own until it is closed"
    assert [x.waits for x in queue_of(second, OPEN).rows if x.case == case] == [True]
    assert [x.waits for x in queue_of(senior, OPEN).rows if x.case == case] == [False]
    sign_verdict(case=case, by=second, verdict=RIGHT)
    assert (keys(senior, MINE), case.pk in keys(senior, OPEN), keys(senior, REVIEWED)) == (set(), False, {case.pk})


def test_grave_reasons_come_first_and_one_can_be_chosen(client, senior, case) -> None:
    shown = [x.case.trigger for x in queue_of(senior, OPEN).rows]
    assert shown[0] == "override"
    assert shown[-1] == "subtype"
    assert {x.case.trigger for x in queue_of(senior, OPEN, reason="subtype").rows} == {"subtype"}
    assert len(queue_of(senior, OPEN, reason="no such").rows) == len(shown)
    client.force_login(senior)
    text = words_of(client.get(f"{reverse('review_list')}?reason=subtype"))
    assert "for the first time" in text
    assert "T3 not followed" not in text


def test_other_wards_have_cases_of_their_own(client, case) -> None:
    far = make_user("far", Role.SENIOR, Ward.objects.create(code="far", name="Far"))
    assert queue_of(far, OPEN).rows == ()
    client.force_login(far)
    assert client.get(reverse("review_case", args=[case.pk])).status_code == 404
    assert client.post(reverse("review_change", args=[case.pk, "take"])).status_code == 404


def test_the_queue_is_read_in_a_constant_number_of_queries(senior, physician, ward) -> None:
    def overridden(mrn: str) -> None:
        patient = make_patient(mrn, physician, ward)
        story = Story().add(f.Decision, today() - 5, step="T3", accepted=False, code="milder")
        record_facts(patient=patient, facts=story.versions, by=physician, source="test")
        gather(timezone.now())

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            queue_of(senior, OPEN)
        return len(seen)

    overridden("N-1")
    one = queries()
    for n in range(2, 6):
        overridden(f"N-{n}")
    assert queries() == one <= 7


# -- two people -------------------------------------------------------------------------------------------------------


def test_it_takes_two_people_to_close_a_case(client, senior, second, case) -> None:
    client.force_login(senior)
    assert send(client, case, "sign", **VERDICT).status_code == 302
    case.refresh_from_db()
    assert case.closed_at is None
    again = send(client, case, "sign", **VERDICT)
    assert again.status_code == 422
    assert "it takes a second person to close a case" in again.content.decode()
    client.force_login(second)
    assert send(client, case, "sign", **VERDICT).status_code == 302
    case.refresh_from_db()
    assert case.closed_at is not None
    assert "closed: two people agree" in words_of(page(client, case))


def test_answers_that_differ_both_stand_until_there_is_a_joint_one(senior, second, case) -> None:
    sign_verdict(case=case, by=senior, verdict=RIGHT)
    sign_verdict(case=case, by=second, verdict=WRONG)
    case.refresh_from_db()
    assert case.closed_at is None
    sign_verdict(case=case, by=senior, verdict=WRONG)
    case.refresh_from_db()
    assert case.closed_at is not None
    assert [x.chart for x in case.entries.filter(kind="verdict")] == ["right", "wrong", "wrong"]
    with pytest.raises(Refused):
        sign_verdict(case=case, by=second, verdict=RIGHT)


def test_a_case_that_is_opened_again_asks_two_people_anew(senior, second, case) -> None:
    with pytest.raises(Refused):
        reopen_case(case=case, by=senior, reason_given="it is open")
    for by in (senior, second):
        sign_verdict(case=case, by=by, verdict=RIGHT)
    with pytest.raises(Refused):
        reopen_case(case=case, by=senior, reason_given=" ")
    reopen_case(case=case, by=senior, reason_given="the autopsy has come")
    case.refresh_from_db()
    assert case.closed_at is None
    sign_verdict(case=case, by=second, verdict=RIGHT)
    case.refresh_from_db()
    assert case.closed_at is None, "what was signed before counts no more"
    sign_verdict(case=case, by=senior, verdict=RIGHT)
    case.refresh_from_db()
    assert case.closed_at is not None


def test_a_form_counts_once_and_only_for_its_case(client, senior, case) -> None:
    client.force_login(senior)
    html = page(client, case)
    token = re.search(r'name="take-context_token" value="([^"]+)"', html).group(1)
    for _time in range(2):
        client.post(reverse("review_change", args=[case.pk, "take"]), {"take-context_token": token})
    assert case.entries.filter(kind="taken").count() == 1
    other = ReviewCase.objects.exclude(pk=case.pk).first()
    assert other is not None
    answer = client.post(reverse("review_change", args=[other.pk, "take"]), {"take-context_token": token})
    assert answer.status_code == 409


def test_what_was_said_is_never_changed(senior, case) -> None:
    entry = comment_case(case=case, by=senior, text="seen")
    with pytest.raises(IntegrityError, match="append-only"):
        ReviewEntry.objects.filter(pk=entry.pk).update(text="unseen")


def test_a_case_is_only_closed_and_opened(case) -> None:
    with pytest.raises(IntegrityError, match="only closed"):
        ReviewCase.objects.filter(pk=case.pk).update(trigger="death")


def test_the_secret_of_the_pseudonyms_is_not_in_the_audit_log(case) -> None:
    secret = ReviewKey.objects.get().secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.log AS line WHERE line::text LIKE %s", [f"%{secret}%"])
        assert cursor.fetchone() == (0,)


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_was_known_shown_acknowledged_and_given(client, senior, case) -> None:
    client.force_login(senior)
    text = words_of(page(client, case))
    for words in ("1,240 ng/mL", "T3", "infection must be treated or excluded first", "50 mg/day", NOTE):
        assert words in text
    assert "Ferritin above 1,000 ng/mL" in text


def test_one_moment_can_be_chosen_and_stepped_through(client, senior, case) -> None:
    client.force_login(senior)
    moment = timezone.localtime(timezone.now()) - timedelta(days=8)
    html = page(client, case, f"?at={moment:%Y-%m-%d}")
    cell = words_of(html.partition('id="then"')[2].partition("<details")[0])
    assert "1,240 ng/mL" in cell
    assert "50 mg/day" not in cell, "given later"
    assert 'data-key="["' in html
    assert 'data-key="]"' in html
    early = words_of(page(client, case, "?at=2199-01-01"))
    assert "This moment lies ahead" in early


def test_the_page_of_a_case_notes_the_reading(client, senior, case) -> None:
    client.force_login(senior)
    page(client, case)
    assert AuditEntry.objects.filter(op="READ", patient=case.patient_id, table_name="case review").exists()


def test_the_ward_is_asked_and_its_answer_comes_back(client, senior, physician, case) -> None:
    client.force_login(senior)
    fact = re.search(r'<option value="(measurement:\d+)"', page(client, case)).group(1)
    assert send(client, case, "ask", fact=fact, text="is the unit right?").status_code == 302
    task = CareTask.objects.get(patient=case.patient)
    assert "is the unit right?" in task.text
    assert "1,240 ng/mL" in task.text
    assert "has not answered yet" in words_of(page(client, case))
    close_task(task=task, by=physician, outcome="done", note="checked, it is", expected_version=1)
    assert "checked, it is" in words_of(page(client, case))


# -- pseudonyms -------------------------------------------------------------------------------------------------------


def identifying(case: ReviewCase) -> set[str]:
    """Every text that tells who it is, and days of the calendar."""
    born = {"1958-12-31", "31 Dec 1958", "1958年", "Dec. 31"}
    past = [timezone.localdate() - timedelta(days=x) for x in range(1, 40)]
    days = (
        {f"{x:%Y-%m-%d}" for x in past} | {f">{x.day} {x:%b}" for x in past} | {f"{x.month}月{x.day}日" for x in past}
    )
    return {*IDENTIFYING.values(), BED, NOTE, "Canary", *born, *days, f"/patients/{case.patient_id}/"}


def content_of(answer) -> str:
    """What an answer tells: of a page its body without tokens, and without the foot, which says when the monitoring
    ran."""
    content = answer.content.decode()
    return plain(content.partition('<footer class="foot">')[0]) if "<html" in content else content


def test_who_may_know_no_name_reads_none_anywhere(client, reviewer, senior, physician, case) -> None:
    sign_verdict(case=case, by=senior, verdict=replace(RIGHT, text=NOTE))
    comment_case(case=case, by=senior, text=f"{NOTE}, says {IDENTIFYING['family_name']}")
    task = ask_correction(case=case, by=senior, doubt=NOTE, due=timezone.localdate(), words=NOTE)
    close_task(task=task, by=physician, outcome="done", note=NOTE, expected_version=1)
    client.force_login(reviewer)
    send(client, case, "comment", text="a plain remark")
    own = reverse("review_case", args=[case.pk])
    addresses = [reverse(x) for x in ("review_list", "review_figures", "review_learning", "alert_load")]
    addresses += [f"{reverse('review_list')}?tab={x}" for x in (OPEN, MINE, REVIEWED)]
    addresses += [reverse("review_figures_file", args=["csv"])]
    addresses += [own, f"{own}?whole=1", f"{own}?at=1", f"{own}?at=3", f"{own}?at={timezone.localdate()}"]
    for language in ("en", "ja"):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == 200, address
            assert [x for x in identifying(case) if x in content_of(answer)] == [], address
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    text = words_of(page(client, case))
    assert pseudonym(ReviewKey.objects.get().secret, case.patient_id) in text
    assert "a plain remark" in text
    assert "(words withheld)" in text
    assert "day 1" in text


def test_a_canary_is_found_where_a_name_may_be_read(client, senior, case) -> None:
    """Else the test above could not fail."""
    client.force_login(senior)
    told = content_of(client.get(f"{reverse('review_case', args=[case.pk])}?whole=1"))
    missing = {x for x in (*IDENTIFYING.values(), NOTE, f"/patients/{case.patient_id}/") if x not in told}
    assert missing == {IDENTIFYING["given_kana"], IDENTIFYING["family_kana"]} - {
        x for x in IDENTIFYING.values() if x in told
    }
    assert any(x.startswith(">") and x in told for x in identifying(case)), "days of the calendar"


def test_a_file_of_cases_has_the_same_pseudonyms_whoever_makes_it(client, reviewer, senior, second, case) -> None:
    for by in (senior, second):
        sign_verdict(case=case, by=by, verdict=RIGHT)
    called = pseudonym(ReviewKey.objects.get().secret, case.patient_id)
    tables = []
    for user in (reviewer, senior):
        client.force_login(user)
        tables.append(client.get(reverse("review_list_file", args=["csv"])).content.decode("utf-8-sig"))
        book = load_workbook(io.BytesIO(client.get(reverse("review_list_file", args=["xlsx"])).content))
        tables.append(" ".join(str(x.value) for row in book.active.iter_rows() for x in row))
    assert tables[0] == tables[2]
    assert [x for x in identifying(case) for table in tables if x in table] == []
    rows = {x["reason"]: x for x in csv.DictReader(io.StringIO(tables[0]))}
    assert {x["pseudonym"] for x in rows.values()} == {called}
    told = [rows["override"][x] for x in ("day", "state", "signatures", "chart", "delay", "lesson", "audience")]
    assert told == ["day 1", "agreed", "2", "right", "avoidable", "step_late", "ward"]
    assert client.get(reverse("review_list_file", args=["doc"])).status_code == 404
    read = AuditEntry.objects.filter(op="READ", patient=case.patient_id, table_name="cases to review: csv")
    assert read.count() == 2


def test_a_record_that_was_merged_meanwhile_is_not_named(client, reviewer, case, monkeypatch) -> None:
    client.force_login(reviewer)
    html = page(client, case)
    token = re.search(r'name="take-context_token" value="([^"]+)"', html).group(1)

    def merged(**_given: object) -> None:
        raise RecordMerged(RecordMerge(kept=case.patient, absorbed=case.patient))

    monkeypatch.setattr("ildcare.review.case_views.take_case", merged)
    answer = client.post(reverse("review_change", args=[case.pk, "take"]), {"take-context_token": token})
    assert answer.status_code == 404
    assert [x for x in identifying(case) if x in content_of(answer)] == []


def test_files_of_figures_name_nobody(client, reviewer, case) -> None:
    client.force_login(reviewer)
    book = load_workbook(io.BytesIO(client.get(reverse("review_figures_file", args=["xlsx"])).content))
    cells = " ".join(str(x.value) for row in book.active.iter_rows() for x in row)
    paper = str(figures_data(agreement(reviewer, 90, timezone.now()), reviewer, timezone.now()))
    assert [x for x in (*IDENTIFYING.values(), BED, NOTE) if x in cells + paper] == []


def test_a_refused_form_tells_no_name_either(client, reviewer, case) -> None:
    client.force_login(reviewer)
    answer = send(client, case, "sign", chart="right")
    assert answer.status_code == 422
    assert [x for x in identifying(case) if x in content_of(answer)] == []


def test_the_token_of_a_form_names_no_patient(client, reviewer, case) -> None:
    """It is signed and not secret: whoever reads it would find the number of the record."""
    client.force_login(reviewer)
    html = page(client, case)
    assert str(case.patient_id) not in re.findall(r'href="/patients/(\d+)', html)
    tokens = re.findall(r'name="\w+-context_token" value="([^"]+)"', html)
    assert {signing.loads(x, salt="patients.context")[2] for x in tokens} == {None}


def test_the_record_itself_stays_closed_and_its_list_too(client, reviewer, case) -> None:
    client.force_login(reviewer)
    for name in ("patient_detail", "result_list", "treatment_list", "trend_list", "patient_summary", "task_add"):
        address = reverse(name, args=[case.patient_id])
        assert {client.get(address).status_code, client.post(address).status_code} <= {403, 405}
    assert client.get(reverse("override_list")).status_code == 403
    assert client.get("/").headers["Location"] == reverse("review_list")


def test_a_reviewer_without_names_signs_as_well(client, reviewer, senior, case) -> None:
    client.force_login(reviewer)
    assert send(client, case, "sign", **VERDICT).status_code == 302
    client.force_login(senior)
    assert send(client, case, "sign", **VERDICT).status_code == 302
    case.refresh_from_db()
    assert case.closed_at is not None
