"""The run on everybody: asked for, gone on with in slices, shown without a name, exported with a reason."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError
from django.utils import timezone
from openpyxl import load_workbook

from ildcare.cohort import job
from ildcare.cohort.analysis_set import COLUMNS
from ildcare.cohort.job import looked_from, work_on_cohort
from patients.actions import ask_for_cohort, cancel_run, record_facts, take_slice
from patients.actions.cohorts import MOST_FAILURES, SILENCE
from patients.changes import Refused
from patients.models import AuditEntry, CohortRun, Role, RunState
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db
NAMES = ("Sato", "Hanako", "K-")


@pytest.fixture
def senior(ward):
    return make_user("senior", Role.SENIOR, ward)


@pytest.fixture
def six(physician, ward):
    """Six patients of one subtype under T1, of whom two died."""
    for n in range(6):
        patient = make_patient(f"K-{n}", physician, ward)
        story = Story().onset(0).diagnosis(0, "PM").mda5(0, "negative").dyspnoea(0, True, "worse")
        story.drug(2, "gc", route="oral", dose=Decimal(50), unit="mg/day")
        story.ferritin(20 + n, "300")
        record_facts(patient=patient, facts=story.versions, by=None, source="test")


def result(run: CohortRun):
    run.refresh_from_db()
    return looked_from(run.result)


def test_a_run_looks_at_everybody_and_names_nobody(six, senior, client) -> None:
    run = ask_for_cohort(with_rules=False, by=senior)
    work_on_cohort()
    found = result(run)
    assert (run.state, run.done, run.total, found.failed) == (RunState.DONE, 6, 6, 0)
    assert sorted(x.days for x in found.members) == [18, 19, 20, 21, 22, 23]
    assert sorted(x.number for x in found.members) == [1, 2, 3, 4, 5, 6]
    assert not any(name in str(run.result) for name in NAMES)
    client.force_login(senior)
    said = words_of(client.get("/cohort?by=first_step"))
    assert "6 patients" in said
    assert not any(name in said for name in NAMES)


def test_the_rules_are_tried_where_that_was_asked_for(six, senior) -> None:
    run = ask_for_cohort(with_rules=True, by=senior)
    work_on_cohort()
    found = result(run)
    assert found.days == sum(21 + n for n in range(6))
    assert {x.alerts for x in found.firings if x.rule == "OVERDUE"} - {0}


def test_slices_go_on_where_the_last_one_ended(six, senior, monkeypatch) -> None:
    monkeypatch.setattr(job, "SLICE", 0)
    run = ask_for_cohort(with_rules=False, by=senior)
    progress = []
    for _n in range(7):
        work_on_cohort()
        run.refresh_from_db()
        progress.append((run.state, run.done, run.total))
    assert progress[:2] == [("running", 1, 6), ("running", 2, 6)]
    assert progress[-1] == ("done", 6, 6)
    assert len({x.days for x in result(run).members}) == 6


def test_a_record_that_cannot_be_looked_at_hides_no_other(six, senior, monkeypatch) -> None:
    whole = job.member_of

    def breaks(snapshot):
        if len(snapshot.measurements) and snapshot.measurements[0].day.day == 21:
            raise ArithmeticError
        return whole(snapshot)

    monkeypatch.setattr(job, "member_of", breaks)
    run = ask_for_cohort(with_rules=False, by=senior)
    work_on_cohort()
    found = result(run)
    assert (found.failed, len(found.members), run.state) == (1, 5, RunState.DONE)


def test_one_run_at_a_time(senior) -> None:
    first = ask_for_cohort(with_rules=False, by=senior)
    with pytest.raises(Refused):
        ask_for_cohort(with_rules=False, by=senior)
    cancel_run(run=first, by=senior)
    ask_for_cohort(with_rules=False, by=senior)
    with pytest.raises(Refused):
        cancel_run(run=first, by=senior)


def test_a_slice_that_nobody_ended_is_taken_again(senior) -> None:
    run = ask_for_cohort(with_rules=False, by=senior)
    assert take_slice() is not None
    assert take_slice() is None
    CohortRun.objects.filter(pk=run.pk).update(taken_at=timezone.now() - SILENCE - timedelta(seconds=1))
    assert take_slice() is not None


def test_what_was_cancelled_meanwhile_stays_cancelled(six, senior, monkeypatch) -> None:
    run = ask_for_cohort(with_rules=False, by=senior)
    whole = job.member_of

    def cancels(snapshot):
        if CohortRun.objects.filter(pk=run.pk, state=RunState.RUNNING).exists():
            cancel_run(run=run, by=senior)
        return whole(snapshot)

    monkeypatch.setattr(job, "member_of", cancels)
    work_on_cohort()
    run.refresh_from_db()
    assert (run.state, run.result) == (RunState.CANCELLED, {})


def test_a_database_that_fails_again_and_again_stops_it(six, senior, monkeypatch) -> None:
    def away(*_args):
        raise DatabaseError

    monkeypatch.setattr(job, "take_snapshots", away)
    run = ask_for_cohort(with_rules=False, by=senior)
    for _n in range(MOST_FAILURES):
        assert CohortRun.objects.get(pk=run.pk).state == RunState.RUNNING
        work_on_cohort()
    run.refresh_from_db()
    assert run.state == RunState.STOPPED
    assert run.why


def test_the_audit_repeats_nothing_of_the_result(six, senior) -> None:
    ask_for_cohort(with_rules=False, by=senior)
    work_on_cohort()
    entries = AuditEntry.objects.filter(table_name="patients_cohortrun")
    assert entries.exists()
    assert not any("first_step" in str(x.__dict__) for x in entries)


def test_the_page_waits_with_a_bar_and_loads_anew_when_the_run_is_done(six, senior, client) -> None:
    client.force_login(senior)
    page = client.get("/cohort")
    assert "Nothing was worked out yet" in words_of(page)
    ask_for_cohort(with_rules=False, by=senior)
    assert b"<progress" in client.get("/cohort", headers={"HX-Request": "true"}).content
    work_on_cohort()
    assert client.get("/cohort", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("wanted", ["xlsx", "csv"])
def test_the_analysis_set_has_a_dictionary_and_no_name(six, senior, client, wanted) -> None:
    run = ask_for_cohort(with_rules=False, by=senior)
    work_on_cohort()
    client.force_login(senior)
    session = client.session
    session["begun"] = 0
    page = client.get(f"/cohort/{run.pk}/export")
    form = page.context["form"]
    told = {**{x.html_name: x.value() or "" for x in form.hidden_fields()}, "format": wanted, "reason": "congress"}
    answer = client.post(f"/cohort/{run.pk}/export/file", told)
    assert answer.status_code == 200, words_of(answer)
    if wanted == "xlsx":
        book = load_workbook(io.BytesIO(answer.content))
        table, described = ([[x.value for x in row] for row in sheet.iter_rows()] for sheet in book)
    else:
        packed = zipfile.ZipFile(io.BytesIO(answer.content))
        table, described = (
            [line.split(",") for line in packed.read(name).decode("utf-8-sig").splitlines()]
            for name in ("analysis-set.csv", "data-dictionary.csv")
        )
    assert tuple(table[0]) == COLUMNS
    assert len(table) == 7
    assert [row[0] for row in described[1 : len(COLUMNS) + 1]] == list(COLUMNS)
    assert not any(name in str(table) for name in NAMES)
    note = AuditEntry.objects.filter(reason="congress").get()
    assert f"analysis set of run {run.pk}" in str(note.__dict__)


def test_a_run_that_is_not_done_has_no_set(senior, client) -> None:
    run = ask_for_cohort(with_rules=False, by=senior)
    client.force_login(senior)
    assert client.get(f"/cohort/{run.pk}/export").status_code == 404
    assert client.get("/cohort/999/export").status_code == 404
