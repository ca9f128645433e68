"""R33, R35: every write is noted by the database, however it is made, and the runtime role cannot touch the notes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse

from patients import actions, audit
from patients.access import open_record
from patients.audit import AuditMiddleware, attribute_now, audit_context
from patients.models import AuditEntry, Measurement, Patient, User, Ward
from tests.patients.conftest import as_runtime_role
from tests.story import Story

pytestmark = [pytest.mark.django_db, pytest.mark.shared]
NOW = datetime(2024, 3, 1, tzinfo=UTC)

# tables of ours that hold no clinical, user, role, rule, alert or assessment data, and why they are not watched
UNWATCHED = {
    "patients_evaluationmark": "what the sweep owes: every sweep writes it, it says nothing about a person",
    "monitoring_lastexamination": "until when the sweep has looked: not what it found",
    "monitoring_outboxentry": "who is still to be told: the alert behind it is noted itself",
    "monitoring_notificationitem": "which events a message is about: message and events are noted themselves",
    "monitoring_sweeprun": "when the sweep ran: it names no patient",
    "monitoring_canaryrun": "whether a rule spoke of an invented person: it names no patient",
    "patients_searchentry": "names and number folded for the search: the patient's row is noted itself",
    "patients_nonceuse": "which forms were sent: the change behind a form is noted itself",
}


@pytest.fixture
def log(db):
    """The entries since the test began, oldest first."""
    last = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return lambda **only: list(AuditEntry.objects.filter(id__gt=last, **only).order_by("id"))


def insert_ward(code: str = "north") -> str:
    return f"INSERT INTO patients_ward (code, name, name_ja) VALUES ('{code}', 'North', '')"


def raw_insert() -> None:
    with connection.cursor() as cursor:
        cursor.execute(insert_ward())


def raw_insert_by_name() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patients_ward (code, name, name_ja) VALUES (%(code)s, 'North %%', '')", {"code": "north"}
        )


def raw_insert_with_a_percent() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO patients_ward (code, name, name_ja) VALUES ('north', '100 % (north) %s', '')")


def raw_insert_returning() -> None:
    """The answer is that of the statement."""
    with connection.cursor() as cursor:
        cursor.execute(insert_ward() + " RETURNING code")
        assert cursor.rowcount == 1
        assert cursor.fetchall() == [("north",)]
        cursor.execute("UPDATE patients_wardmembership SET ward_id = ward_id WHERE false")
        assert cursor.rowcount == 0


def raw_insert_of_many() -> None:
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO patients_ward (code, name, name_ja) VALUES (%s, 'North', '')", [["north"]])


def raw_insert_select() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO patients_ward (code, name, name_ja) SELECT 'north', 'North', ''")


def common_table_expression() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"WITH new AS ({insert_ward()} RETURNING id) SELECT * FROM new")


def copy_in() -> None:
    with connection.cursor() as cursor:
        attribute_now()
        with cursor.cursor.copy("COPY patients_ward (code, name, name_ja) FROM STDIN") as copy:
            copy.write_row(("north", "North", ""))


def inside_do_block() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN EXECUTE $x$" + insert_ward() + "$x$; END $$")


def as_the_runtime_role() -> None:
    with as_runtime_role() as cursor:
        cursor.execute(insert_ward())


def with_triggers_silenced_as_far_as_possible() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(insert_ward())


WAYS_TO_INSERT = [
    lambda: Ward.objects.create(code="north", name="North"),
    lambda: Ward(code="north", name="North").save(),
    lambda: Ward.objects.bulk_create([Ward(code="north", name="North")]),
    lambda: Ward.objects.bulk_create([Ward(code="north", name="North")], ignore_conflicts=True),
    lambda: Ward.objects.get_or_create(code="north", defaults={"name": "North"}),
    lambda: Ward.objects.update_or_create(code="north", defaults={"name": "North"}),
    raw_insert,
    raw_insert_by_name,
    raw_insert_with_a_percent,
    raw_insert_returning,
    raw_insert_of_many,
    raw_insert_select,
    common_table_expression,
    copy_in,
    inside_do_block,
    as_the_runtime_role,
    with_triggers_silenced_as_far_as_possible,
]


@pytest.mark.parametrize("write", WAYS_TO_INSERT)
def test_R33_every_way_to_insert_is_noted_with_its_author(log, write) -> None:
    with audit_context(actor=7, session="abc", request_id="r-1", reason="why not", patient=5):
        write()
    (entry,) = log()
    assert (entry.op, entry.table_name, entry.new["code"]) == ("INSERT", "patients_ward", "north")
    assert (entry.actor, entry.session, entry.request_id) == (7, "abc", "r-1")
    assert (entry.reason, entry.patient) == ("why not", 5)
    assert entry.old is None
    assert entry.pk_text == str(Ward.objects.get().pk)


WAYS_TO_CHANGE = [
    lambda ward: Ward.objects.filter(pk=ward.pk).update(name="South"),
    lambda ward: Ward.objects.bulk_update([_renamed(ward)], ["name"]),
    lambda ward: _renamed(ward).save(),
    lambda ward: Ward.objects.update_or_create(code=ward.code, defaults={"name": "South"}),
    lambda ward: Ward.objects.bulk_create(
        [Ward(code=ward.code, name="South")], update_conflicts=True, update_fields=["name"], unique_fields=["code"]
    ),
]


def _renamed(ward: Ward) -> Ward:
    ward.name = "South"
    return ward


@pytest.mark.parametrize("write", WAYS_TO_CHANGE)
def test_R33_every_way_to_change_is_noted_with_before_and_after(ward, log, write) -> None:
    write(ward)
    (entry,) = log()
    assert (entry.op, entry.old["name"], entry.new["name"]) == ("UPDATE", "East 7", "South")


def test_R33_delete_and_truncate_are_noted(ward, log) -> None:
    ward.delete()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE patients_wardmembership")
    assert [(entry.op, entry.table_name) for entry in log()] == [
        ("DELETE", "patients_ward"),
        ("TRUNCATE", "patients_wardmembership"),
    ]


def test_R33_every_table_of_ours_is_watched_at_all_times() -> None:
    """Also under replica settings (ENABLE ALWAYS). A new model fails here until its migration calls audit.watch."""
    own = [apps.get_app_config(name) for name in ("patients", "algorithm", "monitoring") if apps.is_installed(name)]
    models = [model for app in own for model in app.get_models(include_auto_created=True)]
    tables = {model._meta.db_table for model in models if model._meta.managed}
    expected = tables | {"auth_group", "auth_group_permissions"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE tgenabled = 'A'"
            " AND tgname IN ('audit_row', 'audit_truncate') GROUP BY relname HAVING count(*) = 2"
        )
        watched = {name for (name,) in cursor}
    assert expected - watched == set(UNWATCHED) & tables


def test_password_never_enters_the_log(log) -> None:
    user = User.objects.create(username="somebody", password="hash-one")
    User.objects.filter(pk=user.pk).update(password="hash-two")
    User.objects.filter(pk=user.pk).update(first_name="Some")
    hidden = [entry.new["password"] for entry in log(table_name="patients_user")]
    assert hidden == ["hidden, new", "hidden, new", "hidden"]
    assert "hash" not in str([(entry.old, entry.new) for entry in log()])


def test_a_deed_is_attributed_to_user_patient_and_reason(patient, physician, record, log) -> None:
    row = record(Story().ferritin(0, "890")).rows[0]
    actions.correct_fact(row=row, changes={"value": "980"}, by=physician, reason="misread", expected_version=1)
    first, second = log(table_name="patients_measurement")
    assert (first.actor, first.patient, first.reason) == (physician.pk, patient.pk, None)
    assert (second.actor, second.patient, second.reason) == (physician.pk, patient.pk, "misread")
    assert second.new["replaces_id"] == row.pk


def test_a_deed_of_the_system_inside_a_request_is_its_users(patient, log) -> None:
    with audit_context(actor=7):
        actions.record_facts(patient=patient, facts=Story().ferritin(0, "890").versions, by=None, source="lab")
    assert [entry.actor for entry in log(table_name="patients_measurement")] == [7]


def test_a_savepoint_rolled_back_does_not_lose_the_author(log) -> None:
    with audit_context(actor=7):
        with transaction.atomic():
            Ward.objects.create(code="lost", name="Lost")
            transaction.set_rollback(True)
        Ward.objects.create(code="north", name="North")
    assert [(entry.new["code"], entry.actor) for entry in log()] == [("north", 7)]


def test_the_author_of_one_request_is_not_the_author_of_the_next(log) -> None:
    with audit_context(actor=7):
        Ward.objects.create(code="north", name="North")
    with audit_context(actor=8, reason=""):
        Ward.objects.create(code="south", name="South")
    assert [entry.actor for entry in log()] == [7, 8]


@pytest.mark.django_db(transaction=True)
def test_a_write_outside_any_transaction_has_its_author() -> None:
    with audit_context(actor=7):
        ward = Ward.objects.create(code="auto", name="Autocommit")
    entry = AuditEntry.objects.filter(table_name="patients_ward", pk_text=str(ward.pk)).first()
    assert entry.actor == 7


@pytest.mark.django_db(transaction=True)
def test_the_author_ends_with_the_transaction() -> None:
    with audit_context(actor=7):
        Ward.objects.create(code="mine", name="Mine")
    ward = Ward.objects.create(code="nobodys", name="Nobody's")
    assert AuditEntry.objects.filter(table_name="patients_ward", pk_text=str(ward.pk)).first().actor is None


def test_middleware_attributes_a_request(rf, physician, log) -> None:
    def view(_request) -> HttpResponse:
        Ward.objects.create(code="north", name="North")
        return HttpResponse()

    request = rf.get("/", headers={"X-Request-ID": "r-77"})
    request.user = physician
    request.session = type("Session", (), {"session_key": "secret-key"})()
    AuditMiddleware(view)(request)
    (entry,) = log()
    assert (entry.actor, entry.request_id) == (physician.pk, "r-77")
    assert entry.session
    assert entry.session not in "secret-key"
    assert audit._current.get().actor is None


def test_R34_opening_a_record_is_noted(patient, physician, log) -> None:
    open_record(patient.pk, by=physician, what="patient_page")
    (entry,) = log()
    assert (entry.op, entry.table_name, entry.patient, entry.actor) == (
        "READ",
        "patient_page",
        patient.pk,
        physician.pk,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit.log (db_user, op, table_name) VALUES ('x', 'READ', 'x')",
        "UPDATE audit.log SET actor = 1",
        "DELETE FROM audit.log",
        "TRUNCATE audit.log",
        "DROP TABLE audit.log",
        "ALTER TABLE audit.log DISABLE TRIGGER ALL",
        "ALTER TABLE patients_measurement DISABLE TRIGGER ALL",
        "ALTER TABLE patients_measurement DISABLE TRIGGER audit_row",
        "DROP TRIGGER audit_row ON patients_patient",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION audit.note_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "SELECT audit.unwatch('patients_patient')",
        "ALTER SCHEMA audit RENAME TO other",
    ],
)
def test_R35_the_runtime_role_cannot_touch_log_or_triggers(statement) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), as_runtime_role() as cursor:
        cursor.execute(statement)


def test_R35_the_runtime_role_cannot_forge_entries_through_a_table_of_its_own() -> None:
    with pytest.raises(DatabaseError, match="permission denied for function"), as_runtime_role() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE patients_patient (id int);"
            "CREATE TRIGGER forge AFTER INSERT ON pg_temp.patients_patient"
            " FOR EACH ROW EXECUTE FUNCTION audit.note_row('id', 'id')"
        )


@pytest.mark.parametrize("statement", ["UPDATE audit.log SET actor = 1", "DELETE FROM audit.log", "TRUNCATE audit.log"])
def test_even_the_owner_cannot_change_the_log(patient, statement) -> None:
    with pytest.raises(DatabaseError, match="only ever appended"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_runtime_role_can_do_its_work(patient) -> None:
    with as_runtime_role() as cursor:
        cursor.execute("SELECT count(*) FROM audit.log")
        cursor.execute("SELECT audit.note_read(1, 's', 'r', %s, 'page', '')", [patient.pk])
        Patient.objects.filter(pk=patient.pk).update(source="noted")
        Measurement.objects.create(
            patient=patient, identity="x", on=NOW, known=NOW, source="lab", code="ferritin", value="5"
        )


def test_a_name_in_the_search_path_cannot_stand_in_for_the_log(patient, log) -> None:
    """SECURITY DEFINER with a fixed search_path: what a session puts in front is not looked at."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = pg_temp, public")
        cursor.execute("CREATE TEMP TABLE log (id int)")
        cursor.execute("UPDATE public.patients_patient SET source = 'x'")
        cursor.execute("SET LOCAL search_path = public")
    assert [entry.op for entry in log()] == ["UPDATE"]
