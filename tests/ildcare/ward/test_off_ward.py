"""Who is on no ward is counted at the head of every ward list: that must not cost what the hospital holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ildcare.ward.off_ward import list_head, off_ward
from patients.actions import discharge_patient
from patients.models import Patient, Role, User, Ward
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward

pytestmark = pytest.mark.django_db
OTHERS = 4000

PEOPLE = """INSERT INTO patients_patient
(mrn, family_name, given_name, family_kana, given_kana, sex, source, version, registered_at, number_key, number_core)
SELECT 'X ' || n, 'A', 'B', '', '', 'unknown', '', 1, now(), 'x' || n, n::text FROM generate_series(1, %s) AS n"""
STAYS = """INSERT INTO patients_admission
(patient_id, ward_id, bed, consultant, admitted_at, taken_back, version)
SELECT id, %s, '', '', now(), false, 1 FROM patients_patient WHERE mrn LIKE 'X %%'"""


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def read_by(node: dict[str, Any]) -> float:
    """Rows that it looked at."""
    return (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]


@pytest.mark.parametrize("role", [Role.PHYSICIAN, Role.SENIOR])
def test_the_head_of_a_list_reads_nobody_whom_its_reader_could_not_see(ward: Ward, other_ward: Ward, role: str) -> None:
    reader = make_user("reader", role, ward)
    gone, never = make_patient("A-1", reader, ward), make_patient("A-2", reader)
    discharge_patient(patient=gone, by=reader, at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [OTHERS])
        cursor.execute(STAYS, [other_ward.pk])
        cursor.execute("ANALYZE patients_patient, patients_admission, patients_wardmembership, patients_ward")
        # so few people could be read whole in less time: as if they were many
        cursor.execute(
            "SET LOCAL enable_mergejoin = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_seqscan = off"
        )
    with CaptureQueriesContext(connection) as asked:
        assert list_head(reader).off_ward == 2
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked[-1]['sql']}")
        (plan,) = cursor.fetchone()[0]
    people = [x for x in nodes(plan["Plan"]) if x.get("Relation Name") == "patients_patient"]
    once = 1 if role == Role.SENIOR else 0  # who sees everybody that was never admitted has them looked for
    looked_through = [x for x in people if read_by(x) > 10]
    assert people
    assert len(looked_through) <= 3 * once, json.dumps(looked_through)
    assert set(off_ward(reader)) == {gone, never}


def test_it_is_everybody_on_no_ward_whom_the_reader_may_see(ward: Ward, other_ward: Ward, physician: User) -> None:
    """As asked of everybody, one by one."""
    senior = make_user("senior", Role.SENIOR, ward)
    now = timezone.now()
    for n, (where, registered_by) in enumerate(
        (w, u) for w in (ward, other_ward, None) for u in (physician, senior, None)
    ):
        for left in (False, True):
            patient = make_patient(f"P-{n}-{left}", registered_by, where)
            if left and where is not None:
                discharge_patient(patient=patient, by=physician, at=now)
    for reader in (physician, senior, make_user("west", Role.NURSE, other_ward), make_user("none", Role.PHYSICIAN)):
        seen = Patient.objects.visible_to(reader)
        assert set(off_ward(reader)) == {x for x in seen if not x.admissions.filter(discharged_at=None).exists()}
