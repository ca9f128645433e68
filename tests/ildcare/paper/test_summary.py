"""The summary for transfer or discharge says the whole course, as known at one moment, and whose it is on each page."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.paper.round_sheet import round_sheet_pdf
from ildcare.paper.summary import MOST_VISITS, read_summary
from ildcare.paper.summary_sheet import summary_data, summary_pdf
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert
from monitoring.rules import RULES
from patients.actions import add_task, correct_fact, record_facts, record_round_visit, take_message
from patients.clinical import facts as f
from patients.models import AuditEntry, Measurement, Source
from tests.ildcare.paper.sheets import texts
from tests.ildcare.test_pages import grave
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.patients.imports.sending import message, obx
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(ward, physician):
    """A course with a decision against the chart, judgements, a visit and a task."""
    found = grave(1, ward, physician)
    now = today()
    story = Story().judged(now - 3, "unchanged", id="j1").judged(now - 1, "worse", id="j2")
    story.add(f.Decision, now - 1, step="T3", accepted=False, reason="sepsis", code="infection", id="d1")
    record_facts(patient=found, facts=story.versions, by=physician, source="test")
    evaluate_patients([found.pk])
    record_round_visit(patient=found, by=physician, shown_at=timezone.now(), plan="the plan", note="the note")
    add_task(patient=found, by=physician, text="call the family", due=timezone.localdate())
    return found


def sections(patient, physician, **more):
    data = summary_data(read_summary(patient, timezone.now(), **more), physician, timezone.now())
    return {x["title"]: x for x in data["sections"]}


def test_57_an_unusual_dose_stands_on_the_paper(told, physician) -> None:
    story = Story().drug(today() - 1, "mmf", dose=Decimal(4000), unit="mg/day")
    record_facts(patient=told, facts=story.versions, by=None, source="machine")
    said = "MMF 4,000 mg is an unusual dose (usual: 250 to 3,000)"
    assert said in str(sections(told, physician)["Treatments"])


def test_it_tells_the_whole_course(told, physician) -> None:
    text = " ".join(texts(summary_pdf(told, physician, timezone.now())))
    for said in (
        "anti-MDA5 antibody: positive", "ground-glass opacity", "dermatomyositis (DM)", "CsA",
        "Day 0 of each step", "Course on the chart", "Judgements of improvement", "Decisions and overrides",
        "not followed",
        "Open alerts", "Alerts that are closed", "Results", "Trends", "Prognostic factors present", "call the family",
        "the plan", "the note", "10.2147/ODRR.S50355",
    ):  # fmt: skip
        assert said in text, said


@pytest.mark.parametrize("language", ["en", "ja"])
def test_identity_page_time_and_user_stand_on_every_page(told, physician, language) -> None:
    now = timezone.now()
    with translation.override(language):
        pages = texts(summary_pdf(told, physician, now))
    assert len(pages) > 1
    for n, page in enumerate(pages, 1):
        assert told.mrn in page
        assert told.family_name in page
        assert physician.username in page
        assert f"{timezone.localtime(now):%H:%M}" in page
        assert f"{n} / {len(pages)}" in page


def test_43_a_titre_stands_among_the_antibodies(ward, physician) -> None:
    found = make_patient("S-8", physician, ward)
    record_facts(patient=found, facts=Story().titre(today() - 1, "3040").versions, by=None, source="test")
    (line,) = sections(found, physician)["Antibodies"]["lines"]
    assert "32 or more: positive (read from the titre)" in line


def test_it_is_for_the_file_and_does_not_run_out(told, physician) -> None:
    first = texts(summary_pdf(told, physician, timezone.now()))[0]
    assert "Valid until" not in first
    assert "What came later is not on it." in first


def test_every_fact_is_told_however_many(ward, physician) -> None:
    found = make_patient("S-9", physician, ward)
    story = Story()
    for n in range(90):
        story.finding(today() - n, "cough", present=n % 2 == 0)
    record_facts(patient=found, facts=story.versions, by=None, source="test")
    assert len(sections(found, physician)["Findings"]["lines"]) == 90


def test_results_show_before_therapy_extremes_and_newest(told, physician) -> None:
    story = Story()
    for days, value in ((9, "900"), (5, "2500"), (1, "1200")):
        story.ferritin(today() - days, value, id=f"f{days}")
    record_facts(patient=told, facts=story.versions, by=physician, source="test")
    rows = {row[0]: row for row in sections(told, physician)["Results"]["rows"]}
    _name, base, lowest, highest, flag, newest, count = rows["Ferritin ng/mL"]
    assert (lowest.split()[0], highest.split()[0], newest.split()[0]) == ("900", "2,500", "1,200")
    assert base.split()[0] in ("900", "1,679")
    assert flag.startswith("▲")
    assert count == "4"


def test_values_under_different_oxygen_have_no_extremes(told, physician) -> None:
    story = Story().pao2(today() - 1, "80", "0.5", id="p2")
    record_facts(patient=told, facts=story.versions, by=physician, source="test")
    rows = {row[0]: row for row in sections(told, physician)["Results"]["rows"]}
    assert rows["PaO2 mmHg"][2:4] == ["–", "–"]


def test_an_alert_says_when_it_was_acknowledged_by_whom_and_what_was_done(told, physician) -> None:
    conditions = [x.code for x in RULES if not x.event]
    alert = Alert.objects.open().filter(patient=told, acknowledged_at=None, rule__in=conditions).first()
    acknowledge_alert(alert=alert, by=physician, expected_version=alert.version, doing="discussed", note="dr tanaka")
    rows = sections(told, physician)["Open alerts"]["rows"]
    assert any("dr tanaka" in row[4] and physician.username in row[4] for row in rows)


def test_a_decision_names_who_made_it_and_whether_it_stands(told, physician) -> None:
    section = sections(told, physician)["Decisions and overrides"]
    assert section["rows"][-1][2] == "not followed"
    assert section["rows"][-1][4] == physician.username
    assert "departs from the chart" in section["note"]


def test_visits_beyond_the_newest_are_counted(told, physician) -> None:
    for n in range(MOST_VISITS + 2):
        record_round_visit(patient=told, by=physician, shown_at=timezone.now(), note=f"visit {n}")
    section = sections(told, physician)["Visits of the round"]
    assert len(section["rows"]) == MOST_VISITS
    assert section["note"] == "3 earlier visits are left out."


def test_an_alert_names_its_factor_in_words(told, physician) -> None:
    said = " ".join(row[2] for row in sections(told, physician)["Open alerts"]["rows"])
    assert "· anti-MDA5" in said
    assert "· mda5" not in said


def test_an_empty_record_says_what_is_missing(ward, physician) -> None:
    found = sections(make_patient("S-0", physician, ward), physician)
    assert found["Diagnosis"]["lines"] == ["no diagnosis recorded"]
    assert found["Antibodies"]["lines"] == ["no antibody result recorded"]
    assert found["Treatments"]["lines"] == ["No treatment recorded."]
    assert found["Open alerts"]["lines"] == ["no open alert"]


def test_R31_an_earlier_moment_shows_what_was_known_then(client, told, physician) -> None:
    before = timezone.now()
    row = Measurement.objects.filter(patient=told, code="ldh").standing().latest("on")
    correct_fact(row=row, changes={"value": "7777"}, by=physician, reason="misread", expected_version=row.version)
    client.force_login(physician)
    now = " ".join(texts(client.get(f"/patients/{told.pk}/summary.pdf").content))
    then = " ".join(texts(client.get(f"/patients/{told.pk}/summary.pdf", {"at": before.isoformat()}).content))
    assert "7,777" in now
    assert "7,777" not in then
    assert "PAST: as known on" in then
    assert "PAST: as known on" not in now


def test_it_is_served_noted_and_named_without_the_patient(client, told, physician, other_ward) -> None:
    client.force_login(physician)
    answer = client.get(f"/patients/{told.pk}/summary.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert told.family_name not in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert AuditEntry.objects.filter(op="READ", patient=told.pk, table_name="summary").exists()
    assert client.get(f"/patients/{make_patient('S-8', None, other_ward).pk}/summary.pdf").status_code == 404


def test_the_number_of_reads_does_not_grow(told, ward, physician, django_assert_max_num_queries) -> None:
    many = grave(2, ward, physician, results=60)
    for n in range(9):
        record_round_visit(patient=many, by=physician, shown_at=timezone.now() - timedelta(minutes=n), note="n")
    counts = []
    for patient in (told, many):
        with django_assert_max_num_queries(200) as asked:
            summary_pdf(patient, physician, timezone.now())
        counts.append(len(asked))
    assert abs(counts[0] - counts[1]) <= 2  # a further kind of fact may cost its authors; never one a row


def waits_for(patient, *results: str) -> None:
    source, _new = Source.objects.get_or_create(name="lab", title="Laboratory")
    person = f"PID|1||{patient.mrn}^^^EAST^MR||{patient.family_name}^{patient.given_name}"
    take_message(source=source, document=message(*results, person=person), form="hl7v2")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_waits_is_named_on_paper_without_its_value(told, physician, language: str) -> None:
    """A value that is not on the record is not carried to another hospital."""
    quiet = sections(told, physician)
    assert "Results that wait" not in quiet
    gases = [obx("2276-4^Ferritin^LN", x, "", time=f"2026030{n}0745") for n, x in enumerate(("7531", "7532"), start=3)]
    waits_for(told, *gases, obx("3M805000001905101^CsA^JC10", "182", "ng/mL"))
    with translation.override(language):
        text = " ".join(texts(summary_pdf(told, physician, timezone.now())))
        sheet = " ".join(texts(round_sheet_pdf(told, physician, timezone.now())))
    said = "3 results were sent and wait for a person" if language == "en" else "確認待ちの結果 3 件"
    assert said in text
    assert said in sheet
    for value in ("7531", "7532", "182 ng"):
        assert value not in text
        assert value not in sheet


def test_a_past_summary_says_nothing_of_what_waits_now(told, physician) -> None:
    waits_for(told, obx("2276-4^Ferritin^LN", "7531", ""))
    assert "Results that wait" in sections(told, physician)
    assert "Results that wait" not in sections(told, physician, past=True)


def test_one_result_that_waits_is_told_as_one(told, physician) -> None:
    waits_for(told, obx("2276-4^Ferritin^LN", "7531", ""))
    assert sections(told, physician)["Results that wait"]["lines"] == [
        "1 result was sent and waits for a person: Ferritin"
    ]
