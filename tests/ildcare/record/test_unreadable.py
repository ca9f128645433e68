"""An entry that cannot be read costs its own line, never a page: rows put past the constraints of the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from algorithm.models import Assessment
from algorithm.record import snapshot_from
from ildcare.evaluation.sweep import evaluate_patients
from patients.actions import record_facts
from patients.models import FACT_TABLES, Fact, Patient, Role, SiteSettings, Ward
from patients.queries import take_snapshot
from tests.effort import THIS_RUN
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = [pytest.mark.django_db, pytest.mark.shared]
SENTENCE = "this entry cannot be read: correct or cancel it"
SLIP = "0001-01-01 00:00+09:18:59"  # what a browser's date field sends for a year typed as 1: before the year 1 in UTC

# what the tables once let in, or a later catalogue no longer has: kind and columns as SQL
ROWS: dict[str, tuple[str, dict[str, str]]] = {
    **{f"a {kind} before the year 1": (kind, {"on": f"'{SLIP}'"}) for kind in FACT_TABLES},
    "before Christ": ("finding", {"on": "'0044-03-15 12:00+00 BC'"}),
    "the year 1": ("finding", {"on": "'0001-01-05 12:00+00'"}),
    "the year 1899": ("measurement", {"on": "'1899-01-05 12:00+00'"}),
    "after the year 9999": ("finding", {"on": "'20240-01-01 00:00+00'", "known": "'20240-01-01 00:00+00'"}),
    "without end": ("finding", {"on": "'infinity'", "known": "'infinity'"}),
    "before all time": ("finding", {"on": "'-infinity'", "known": "'-infinity'"}),
    "known before the year 1": ("finding", {"on": f"'{SLIP}'", "known": f"'{SLIP}'"}),
    "a last day before the year 1": ("treatment", {"stop": "'0001-01-01 BC'"}),
    "a last day after the year 9999": ("treatment", {"stop": "'20240-01-01'"}),
    "compared with the year 1": ("hrct", {"compared_with": "'0001-01-01'"}),
    "a dose that is no number": ("treatment", {"dose": "'NaN'"}),
    "a dose without end": ("treatment", {"dose": "'Infinity'"}),
    "a target without end": (
        "treatment", {"target_low": "100", "target_high": "'Infinity'", "target_timing": "'trough'"},
    ),
    "a value that is no number": ("measurement", {"value": "'NaN'"}),
    "a value without end": ("measurement", {"value": "'Infinity'"}),
    "hours that are no number": ("measurement", {"hours_since_dose": "'NaN'"}),
    "an oxygen flow that is no number": ("support", {"flow": "'NaN'", "device": "'nasal_cannula'"}),
    "a test without catalogue": ("measurement", {"code": "'serum_rhubarb'"}),
    "an antibody without catalogue": ("antibody", {"code": "'anti_rhubarb'"}),
    "a drug without catalogue": ("treatment", {"drug": "'rhubarb'"}),
    "a finding without catalogue": ("finding", {"code": "'rhubarb'"}),
    "a diagnosis without catalogue": ("diagnosis", {"myositis": "'rhubarb'"}),
    "a pattern without catalogue": ("hrct", {"pattern": "'rhubarb'"}),
    "a step without catalogue": ("decision", {"step": "'T9'"}),
}  # fmt: skip
USUAL: dict[str, dict[str, str]] = {
    "diagnosis": {"myositis": "'DM'"},
    "antibody": {"code": "'anti_mda5'", "result": "'positive'"},
    "measurement": {"code": "'ldh'", "value": "230", "typed_value": "'230'", "typed_unit": "'U/L'"},
    "finding": {"code": "'cough'", "present": "true"},
    "treatment": {"drug": "'gc'"},
    "histology": {"pattern": "'NSIP'"},
    "support": {"level": "'oxygen'"},
    "judgement": {"improvement": "'worse'"},
    "decision": {"step": "'T3'"},
    "outcome": {"what": "'transferred'"},
}


@contextmanager
def no_constraints(table: str) -> Iterator[Any]:
    """Without the CHECKs of a table, until the transaction of the test is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'", [table])
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        yield cursor


def put_past_the_constraints(patient: Patient, kind: str, columns: dict[str, str], name: str = "x") -> Fact:
    """A row as it stands in a record from before the tables refused it."""
    table = FACT_TABLES[kind]
    fields = table._meta.concrete_fields
    texts = {x.column: "''" for x in fields if x.get_internal_type() in ("CharField", "TextField")}
    known = {"known": "now()", "on": "now()", "version": "1", "on_is_date": "false", "provisional": "false"}
    row = {
        **texts,
        **{k: v for k, v in known.items() if k in {x.column for x in fields}},
        "patient_id": str(patient.pk),
        "identity": f"'form:{name}'",
        "source": "'form'",
        "status": "'final'",
        **USUAL.get(kind, {}),
        **columns,
    }
    with no_constraints(table._meta.db_table) as cursor:
        names = ", ".join(f'"{x}"' for x in row)
        cursor.execute(f"INSERT INTO {table._meta.db_table} ({names}) VALUES ({', '.join(row.values())}) RETURNING id")
        (pk,) = cursor.fetchone()
    return table.objects.get(pk=pk)


@pytest.fixture
def reader(ward: Ward):
    """Somebody who may do everything on every page."""
    user = make_user("senior", Role.SENIOR, ward)
    user.is_staff = user.is_superuser = True
    user.save()
    return user


@pytest.fixture
def ill(ward: Ward, physician) -> Patient:
    """A patient with a course: T3 is indicated, and glucocorticoid runs."""
    patient = make_patient("U-1", physician, ward)
    now = today()
    story = Story().onset(now - 30, known=now - 9).diagnosis(now - 9, "DM").ferritin(now - 9, "1679")
    story.pao2(now - 9, "55").hrct(now - 9, ggo=True, consolidation="none").drug(now - 8, "gc")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    return patient


ENTERED = [
    "results",
    "finding",
    "hrct",
    "treatment",
    "judgement",
    "decision",
    "antibody",
    "diagnosis",
    "onset",
    "support",
    "histology",
]


def pages_of(patient: Patient, rows: list[Fact]) -> list[str]:
    """Every address that shows something of the patient, or of one of the rows."""
    one = f"/patients/{patient.pk}"
    admin = [f"/admin/patients/{x}/" for x in {row._meta.model_name for row in rows}]
    return [
        *(f"{one}/{x}" for x in ("", "?at=2024-03-01", "round", "results", "results?until=2024-01-01", "treatments")),
        *(f"{one}/{x}" for x in ("trends", "trends?rows=all&range=all", "trends/compare?x=ldh&y=ferritin")),
        *(f"{one}/{x}" for x in ("round-sheet.pdf", "summary.pdf")),
        *("/", "/round/", "/ward/handover.pdf", f"/admin/patients/patient/{patient.pk}/change/"),
        *(f"{one}/facts/{row.reference}" for row in rows),
        *admin,
        *(f"/admin/patients/{row._meta.model_name}/{row.pk}/change/" for row in rows),
        *(f"{one}/enter/{kind}" for kind in ENTERED),
    ]


def test_a_record_full_of_them_costs_a_line_each_and_no_page(client, reader, ill: Patient) -> None:
    """All of them in one record: every page of the patient answers and names each on a line of its own."""
    rows = [put_past_the_constraints(ill, kind, columns, what) for what, (kind, columns) in ROWS.items()]
    client.force_login(reader)
    answers = {address: client.get(address).status_code for address in pages_of(ill, rows)}
    assert {address: status for address, status in answers.items() if status != 200} == {}
    for page in ("", "round", "results", "treatments", "trends", "trends/compare?x=ldh&y=ferritin"):
        html = client.get(f"/patients/{ill.pk}/{page}").content.decode()
        assert html.count(SENTENCE) == len(ROWS), page
    evaluated_without(ill, rows)


@pytest.mark.parametrize("what", list(ROWS) if THIS_RUN.full else list(ROWS)[::3])
def test_one_of_them_costs_its_line_is_left_out_and_can_be_cancelled(client, reader, ill: Patient, what: str) -> None:
    row = put_past_the_constraints(ill, *ROWS[what])
    client.force_login(reader)
    record, own = f"/patients/{ill.pk}/", f"/patients/{ill.pk}/facts/{row.reference}"
    name = row._meta.model_name
    for address in (record, own, f"/admin/patients/{name}/", f"/admin/patients/{name}/{row.pk}/change/"):
        answer = client.get(address)
        assert (answer.status_code, answer.content.decode().count(SENTENCE)) == (200, 1), address
    evaluated_without(ill, [row])
    assert amended(client, ill, row, "cancel", reason="a slip") == 302
    assert SENTENCE not in client.get(record).content.decode()
    assert client.get(own).status_code == 200
    now = timezone.now()
    assert take_snapshot(ill, now, now).unreadable == ()


def evaluated_without(patient: Patient, rows: list[Fact]) -> None:
    """The evaluation does not fail, answers from the rest, and says what it left out."""
    done = evaluate_patients([patient.pk])
    assert (done.evaluated, done.failed) == (1, 0)
    assessment = Assessment.objects.filter(patient=patient).latest("id")
    assert (assessment.output["course"], assessment.output["step"]) == ("A/S", "T3")
    assert "left_out" in assessment.output["codes"]
    patient.evaluation_mark.refresh_from_db()
    assert patient.evaluation_mark.failures == 0
    now = timezone.now()
    left_out = {x.id for x in take_snapshot(patient, now, now).unreadable}
    assert left_out == {x["id"] for x in assessment.inputs["unreadable"]} == {x.reference for x in rows}
    assert snapshot_from(assessment.inputs).unreadable


def amended(client, patient: Patient, row: Fact, how: str, **given: str) -> int:
    """Send one of the forms on the page of the entry."""
    page = f"/patients/{patient.pk}/facts/{row.reference}"
    html = client.get(page).content.decode()
    token = re.search(rf'name="{how}-context_token" value="([^"]+)"', html)
    assert token, how
    data = {f"{how}-context_token": token.group(1), **{f"{how}-{name}": value for name, value in given.items()}}
    return client.post(f"{page}/{how}", data).status_code


def test_its_time_can_be_corrected(client, reader, ill: Patient) -> None:
    row = put_past_the_constraints(ill, "finding", {"on": f"'{SLIP}'"})
    client.force_login(reader)
    assert amended(client, ill, row, "time", on="0002-01-01T08:00", reason="a slip") == 422
    assert amended(client, ill, row, "time", on="2024-03-01T08:00", reason="a slip") == 302
    now = timezone.now()
    snapshot = take_snapshot(ill, now, now)
    assert snapshot.unreadable == ()
    assert [(x.code, x.day.isoformat()) for x in snapshot.findings] == [("cough", "2024-03-01")]


def test_its_value_can_be_corrected(client, reader, ill: Patient) -> None:
    row = put_past_the_constraints(ill, "measurement", {"value": "'NaN'"})
    client.force_login(reader)
    assert amended(client, ill, row, "correct", value="231", unit="U/L", reason="a slip") == 302
    now = timezone.now()
    assert [str(x.quantity) for x in take_snapshot(ill, now, now).series("ldh")] == ["231"]


def test_its_last_day_can_be_given(client, reader, ill: Patient) -> None:
    row = put_past_the_constraints(
        ill, "treatment", {"stop": "'0001-01-01'", "drug": "'aza'", "on": "now() - '9 d'::interval"}
    )
    client.force_login(reader)
    assert amended(client, ill, row, "stop", stop=timezone.localdate().isoformat()) == 302
    now = timezone.now()
    assert take_snapshot(ill, now, now).unreadable == ()


def test_a_record_without_such_a_row_says_nothing_of_it(client, reader, ill: Patient) -> None:
    client.force_login(reader)
    assert SENTENCE not in client.get(f"/patients/{ill.pk}/?whole=1").content.decode()
    assert SiteSettings.load().time_zone == "Asia/Tokyo"
