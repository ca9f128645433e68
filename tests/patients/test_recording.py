"""Recording facts and cases: what is new, what is a correction, what is old news; and whom a change tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Max
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patients import actions
from patients.changes import Refused
from patients.clinical.facts import Measurement as Measured
from patients.clinical.quantities import Quantity
from patients.clinical.versions import Version
from patients.imports import read_case
from patients.imports.case import Case, CaseEvent, CasePatient
from patients.models import AuditEntry, EvaluationMark, Finding, Measurement, Patient
from patients.queries import history, take_snapshot, text_results
from tests.patients.conftest import make_user, now_values, requested
from tests.patients.imports.writing import PATIENT, ferritin
from tests.patients.imports.writing import case as written
from tests.story import Story, moment

pytestmark = pytest.mark.django_db


def test_a_deed_marks_the_patient_and_tells_once(patient, record, told) -> None:
    before = requested(patient)
    record(Story().ferritin(0, "890").ferritin(1, "900").dyspnoea(1, True))
    assert told == [patient.pk]
    assert requested(patient) == before + 1
    assert EvaluationMark.objects.get(patient=patient).needed_since is not None


def test_R20_the_same_message_twice_is_one_row_and_no_deed(patient, record, told) -> None:
    story = Story().ferritin(0, "890", id="r1").dyspnoea(1, True)
    first, again = record(story), record(story)
    assert (first.new, again.new, again.unchanged) == (2, 0, 2)
    assert Measurement.objects.count() == 1
    assert told == [patient.pk]


def test_other_content_under_the_same_identity_is_a_correction_known_from_now(patient, record) -> None:
    record(Story().ferritin(0, "890", id="r1"))
    recorded = record(Story().ferritin(0, "1240", id="r1"))
    assert (recorded.new, recorded.corrected) == (0, 1)
    assert [str(x.value) for x in history(recorded.rows[0])] == ["890", "1240"]
    assert now_values(patient) == ["1,240"]
    long_ago = take_snapshot(patient, moment(5), moment(5))
    assert str(long_ago.series("ferritin")[0].quantity) == "890"


def test_a_correction_that_says_when_it_became_known_is_believed(patient, record) -> None:
    record(Story().ferritin(0, "890", id="r1"))
    row = record(Story().ferritin(0, "1240", known=3, id="r1")).rows[0]
    assert row.known == moment(3)


def test_R24_out_of_order_arrival_gives_the_same_end_state(patient, record) -> None:
    story = Story().ferritin("0T08:00", "890", known="0T09:00", id="r1")
    story.ferritin("0T08:00", "1240", known="0T12:00", id="r1")
    for version in reversed(story.versions):
        actions.record_facts(patient=patient, facts=[version], by=None, source="lab")
    assert now_values(patient) == ["1,240"]
    assert [str(x.quantity) for x in take_snapshot(patient, moment(1), moment("0T10:00")).series("ferritin")] == ["890"]


def test_R24_an_old_message_told_again_does_not_undo_its_correction(patient, record) -> None:
    story = Story().ferritin("0T08:00", "890", known="0T09:00", id="r1")
    story.ferritin("0T08:00", "1240", known="0T12:00", id="r1")
    record(story)
    again = actions.record_facts(patient=patient, facts=story.versions[:1], by=None, source="test")
    assert again.rows == ()
    assert now_values(patient) == ["1,240"]


def test_a_preliminary_result_becomes_final_as_a_version(patient, record) -> None:
    record(Story().ferritin(0, "890", id="r1", status="preliminary"))
    recorded = record(Story().ferritin(0, "890", id="r1", status="final"))
    assert recorded.corrected == 1
    assert recorded.rows[0].status == "final"


def test_a_fact_of_the_future_is_refused_and_nothing_written(patient, record) -> None:
    tomorrow = (timezone.now().date() - date(2024, 3, 1)).days + 2
    with pytest.raises(Refused, match="future"):
        record(Story().ferritin(0, "890").ferritin(tomorrow, "900"))
    assert not Measurement.objects.exists()


def test_R26_text_result_is_stored_and_listed(patient, record) -> None:
    story = Story().ferritin(0, "890", id="r1")
    text = {"value": None, "comparator": "", "typed_value": "haemolysed", "typed_unit": ""}
    word = replace(story.versions[0], details=text)
    actions.record_facts(patient=patient, facts=[word], by=None, source="lab")
    assert [row.typed_value for row in text_results(patient)] == ["haemolysed"]
    assert now_values(patient) == []
    again = actions.record_facts(
        patient=patient, facts=[replace(story.versions[0], details=text)], by=None, source="lab"
    )
    assert again.unchanged == 1


def test_R30_collected_resulted_and_received_are_kept_apart(patient, record) -> None:
    told = Story().ferritin("0T08:00", "890", known="0T12:00").versions[0]
    details = {"resulted_at": moment("0T11:00"), "order_id": "O1", "specimen_id": "S1"}
    version = replace(told, details=details)
    row = actions.record_facts(patient=patient, facts=[replace(version, details=details)], by=None, source="lab").rows[
        0
    ]
    row.refresh_from_db()
    assert (row.on, row.resulted_at, row.known) == (moment("0T08:00"), moment("0T11:00"), moment("0T12:00"))
    assert timezone.now() - row.recorded_at < timedelta(minutes=1)
    assert row.typed_value == ""


def test_typed_value_and_unit_are_kept(patient, record) -> None:
    record(Story().ferritin(0, "<5", typed="<5 ug/L"))
    row = Measurement.objects.get()
    assert (row.comparator, row.typed_value, row.typed_unit) == ("<", "<5", "ug/L")


# -- cases -------------------------------------------------------------------------------------------------------------


def as_case(story: Story, source: str = "a published case", **another: Any) -> Case:
    """The story as a document of any format tells it."""
    person = {"mrn": "CASE-1", "family_name": "Case", "given_name": "One", "sex": "female"}
    return Case(
        patient=CasePatient(**{"birth_date": date(1952, 3, 1), **person, **another}),
        source=source,
        format="case_file",
        events=tuple(CaseEvent(x.sequence, x) for x in story.versions),
    )


def course() -> Story:
    return Story().onset(0).diagnosis(3, "DM").mda5(3, "pending").ferritin("3T08:00", "1679").drug(4, "gc", stop=9)


def test_store_case_registers_and_records(db) -> None:
    stored = actions.store_case(as_case(course()), by=None)
    assert stored.registered
    assert stored.recorded.new == 5
    assert stored.patient.source == "a published case"
    assert requested(stored.patient) == 1


def test_store_case_twice_changes_nothing(db) -> None:
    first = actions.store_case(as_case(course()), by=None)
    mark = requested(first.patient)
    again = actions.store_case(as_case(course()), by=None)
    assert (again.registered, again.recorded.rows, again.recorded.unchanged) == (False, (), 5)
    assert requested(first.patient) == mark


def test_store_case_with_changed_content_is_a_correction(db) -> None:
    actions.store_case(as_case(Story().ferritin(0, "890", id="r1")), by=None)
    changed = actions.store_case(as_case(Story().ferritin(0, "1240", id="r1")), by=None)
    assert (changed.recorded.new, changed.recorded.corrected) == (0, 1)


def test_versions_within_one_file_are_not_told_again(db) -> None:
    story = (
        Story()
        .ferritin(0, "890", id="r1")
        .ferritin(0, "1240", known=2, id="r1")
        .ferritin(0, "1240", known=4, id="r1", cancelled=True)
    )
    first = actions.store_case(as_case(story), by=None)
    assert [row.version for row in first.recorded.rows] == [1, 2, 3]
    assert [row.known for row in first.recorded.rows] == [moment(0), moment(2), moment(4)]
    assert actions.store_case(as_case(story), by=None).recorded.rows == ()


@pytest.mark.parametrize(
    "other", [{"given_name": "Two"}, {"family_name": "Cage"}, {"sex": "male"}, {"birth_date": date(1952, 3, 2)}]
)
def test_store_case_of_another_person_is_refused_as_a_whole(db, other) -> None:
    actions.store_case(as_case(Story().ferritin(0, "890")), by=None)
    case = as_case(course(), **other)
    with pytest.raises(Refused, match="CASE-1 exists with another"):
        actions.store_case(case, by=None)
    assert Measurement.objects.count() == 1


def test_case_is_recorded_by_the_one_who_imports(db) -> None:
    user = make_user("importer")
    stored = actions.store_case(as_case(course()), by=user)
    assert stored.patient.registered_by == user
    assert {row.recorded_by for row in stored.recorded.rows} == {user}


def test_version_of_a_case_is_a_clinical_version() -> None:
    assert isinstance(course().versions[0], Version)


def known_values(patient: Patient, *days: int) -> list[list[str]]:
    return [
        [str(x.quantity) for x in take_snapshot(patient, moment(day), moment(day)).series("ferritin")] for day in days
    ]


def test_a_history_that_returns_to_an_earlier_value_is_stored_whole_and_once(db) -> None:
    story = Story().ferritin(0, "890", id="r1").ferritin(0, "1240", known=2, id="r1")
    story.ferritin(0, "890", known=4, id="r1").ferritin(0, "905", known=6, id="r1")
    stored = actions.store_case(as_case(story), by=None)
    assert known_values(stored.patient, 1, 3, 5, 7) == [["890"], ["1,240"], ["890"], ["905"]]
    assert actions.store_case(as_case(story), by=None).recorded.rows == ()


def test_versions_told_at_one_moment_stand_in_their_order(db) -> None:
    story = Story().ferritin(0, "890", known=1, id="r1").ferritin(0, "1240", known=1, id="r1")
    story.ferritin(0, "890", known=1, id="r1")
    stored = actions.store_case(as_case(story), by=None)
    assert len(stored.recorded.rows) == 3
    assert known_values(stored.patient, 1) == [["890"]]
    assert actions.store_case(as_case(story), by=None).recorded.rows == ()


def test_an_earlier_version_that_is_told_later_does_not_stand(db) -> None:
    """A file that first held the corrected result only, then its history too."""
    actions.store_case(as_case(Story().ferritin(0, "1240", known=2, id="r1")), by=None)
    story = Story().ferritin(0, "890", id="r1").ferritin(0, "1240", known=2, id="r1")
    again = actions.store_case(as_case(story), by=None)
    assert len(again.recorded.rows) == 1
    assert known_values(again.patient, 1, 3) == [["890"], ["1,240"]]
    assert now_values(again.patient) == ["1,240"]
    assert actions.store_case(as_case(story), by=None).recorded.rows == ()


# -- into the tables --------------------------------------------------------------------------------------------------

TOLD = sorted((Path(__file__).parents[2] / "ildcare/demo/cases").glob("*.json"))


@pytest.mark.parametrize("path", TOLD[::4], ids=lambda x: x.stem)
def test_what_is_copied_into_the_tables_is_what_the_mapper_reads_of_them(db, path: Path) -> None:
    case = read_case(path.read_bytes(), zone="Asia/Tokyo", now=timezone.now())
    before = AuditEntry.objects.aggregate(last=Max("pk"))["last"] or 0
    rows = actions.store_case(case, by=None).recorded.rows
    assert len(rows) == len(case.versions)
    for row in rows:
        read = type(row)._default_manager.get(pk=row.pk)
        own = [x.attname for x in row._meta.concrete_fields if x.attname != "recorded_at"]
        assert {x: getattr(row, x) for x in own} == {x: getattr(read, x) for x in own}
    own_tables = {x._meta.db_table for x in rows}
    noted = AuditEntry.objects.filter(op="INSERT", table_name__in=own_tables, pk__gt=before)
    assert sorted(noted.values_list("pk_text", "table_name")) == sorted((str(x.pk), x._meta.db_table) for x in rows)


def test_a_file_costs_the_same_statements_however_much_it_tells(db) -> None:
    counts = []
    for number, size in enumerate((2, 40)):
        events = [ferritin("890", on=f"2024-05-{n % 28 + 1:02}T{n // 28:02}:00") for n in range(size)]
        case = written(*events, patient={**PATIENT, "mrn": f"C-{number}"})
        with CaptureQueriesContext(connection) as seen:
            actions.store_case(case, by=None)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 20


def test_what_a_table_refuses_is_refused_and_nothing_is_stored(patient) -> None:
    """The kinds of one delivery stand or fall together."""
    versions = Story().dyspnoea(0, True).ferritin(0, "890").versions
    too_long = {"order_id": "O" * 101}
    impossible = [replace(x, details=too_long) if isinstance(x.fact, Measured) else x for x in versions]
    with pytest.raises(DataError), transaction.atomic():
        actions.record_facts(patient=patient, facts=impossible, by=None, source="lab")
    nameless = [replace(x, identity="") for x in versions]
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.record_facts(patient=patient, facts=nameless, by=None, source="lab")
    assert (Measurement.objects.count(), Finding.objects.count()) == (0, 0)


def test_a_detail_that_no_table_has_is_not_lost_in_silence(patient) -> None:
    version = replace(Story().ferritin(0, "890").versions[0], details={"ordre_id": "O1"})
    with pytest.raises(TypeError, match="ordre_id"), transaction.atomic():
        actions.record_facts(patient=patient, facts=[version], by=None, source="lab")


def test_a_value_that_is_no_number_is_refused_before_it_is_sent(patient) -> None:
    version = Story().ferritin(0, "890").versions[0]
    for odd, error in ((Decimal("NaN"), ValueError), (0.5, TypeError)):
        wrong = replace(version, fact=replace(version.fact, quantity=Quantity(odd)))
        with pytest.raises(error), transaction.atomic():
            actions.record_facts(patient=patient, facts=[wrong], by=None, source="lab")
