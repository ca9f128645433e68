"""Everybody else: patients of other wards and of former days, made by the database itself.

They are there so that tables and indexes have the size of a hospital's. Their results are plausible numbers without a
course; nobody opens their pages. The audit of single rows is off while they are made and on again before anything is
measured: these rows are nobody's changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from patients.actions import fold_anew

AUDITED = (
    *("patients_ward", "patients_patient", "patients_admission", "patients_measurement"),
    *("monitoring_alert", "monitoring_alertevent", "algorithm_assessment"),
)
# the tests of a routine morning: place, code, usual value, spread
TESTS = """
CREATE TEMP TABLE routine (place, code, usual, spread) AS VALUES
    (0, 'wbc', 6400, 1800), (1, 'neutrophils', 4200, 1200), (2, 'lymphocytes', 1500, 500), (3, 'haemoglobin', 13, 1),
    (4, 'platelets', 230, 50), (5, 'creatinine', 0.7, 0.2), (6, 'ast', 28, 12), (7, 'alt', 26, 12),
    (8, 'ldh', 210, 50), (9, 'crp', 0.4, 0.4), (10, 'ck', 110, 60), (11, 'ferritin', 180, 90),
    (12, 'kl6', 420, 180), (13, 'spd', 90, 40), (14, 'spo2', 97, 1), (15, 'potassium', 4, 0.3),
    (16, 'glucose', 104, 14), (17, 'ggt', 34, 18), (18, 'bilirubin', 0.6, 0.2), (19, 'temperature', 36.5, 0.3)
"""
WARDS = """
INSERT INTO patients_ward (code, name, name_ja)
SELECT 'other-' || n, 'Other ward ' || n, '' FROM generate_series(1, 40) AS n ON CONFLICT DO NOTHING
"""
PATIENTS = """
CREATE TEMP TABLE newcomer (id bigint);
WITH made AS (
    INSERT INTO patients_patient
        (mrn, number_key, number_core, family_name, given_name, family_kana, given_kana, sex, birth_date, source,
        version, registered_at)
    SELECT 'B' || n, 'b' || n, 'b' || n, 'Family ' || n %% 4999, 'Given ' || n %% 997, '', '',
        CASE n %% 2 WHEN 0 THEN 'female' ELSE 'male' END, date '1935-01-01' + (n * 7919 %% 22000)::int, 'invented', 1,
        now() - interval '6 years'
    FROM generate_series(%(first)s, %(last)s) AS n RETURNING id
)
INSERT INTO newcomer SELECT id FROM made;
ANALYZE newcomer
"""
# one stay each, over since; also on the ward that is measured, whose former patients must not cost anything
STAYS = """
INSERT INTO patients_admission (patient_id, ward_id, bed, consultant, admitted_at, discharged_at, version,
    taken_back)
SELECT newcomer.id, wards.ids[1 + newcomer.id %% array_length(wards.ids, 1)], '', '', now() - interval '3 years',
    now() - interval '2 years', 1, false
FROM newcomer CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM patients_ward) AS wards
"""
# ordered as results arrive: by day, so that one patient's rows lie far apart
RESULTS = """
INSERT INTO patients_measurement
    (patient_id, identity, version, "on", on_is_date, known, recorded_at, source, sender_id, status, correction_reason,
    code, value, comparator, typed_value, typed_unit, device, name, route, timing, kit, order_id, specimen_id)
SELECT newcomer.id, 'b' || n, 1, at, false, at + interval '2 hours', at + interval '2 hours', 'background', '', 'final',
    '', routine.code, round((usual + spread * (random() - 0.5))::numeric, 2), '', '', '', '', '', '', '', '', '', ''
FROM generate_series(0, %(results)s - 1) AS n
JOIN routine ON routine.place = n %% 20
CROSS JOIN newcomer
CROSS JOIN LATERAL (SELECT now() - interval '3 years' + (n / 20) * interval '9 days'
    + (newcomer.id %% 86400) * interval '1 second' AS at) AS taken
ORDER BY n / 20, newcomer.id
"""
ANSWERS = """
INSERT INTO algorithm_assessment (patient_id, chart, chart_version, code_version, trigger, as_of, known_at, course,
    subtype, step, inputs, output, meaning, sha256, created_at)
SELECT id, 'background', 1, '', 'import', at, at, '', '', '', '[]', '{}', md5(id::text), md5(id::text), at
FROM newcomer CROSS JOIN (SELECT now() - interval '2 years' AS at) AS moment
"""
ALERTS = """
WITH made AS (
    INSERT INTO monitoring_alert (id, patient_id, rule, rule_version, subject, episode, severity, possible, reasons,
        facts, evidence, opened_on, opened_at, value_on, closed_at, closed_because, doing, note, version)
    SELECT gen_random_uuid(), id, 'OVERDUE', 1, 'kl6', 1, 2, false, '[]', '[]', '{}', at::date, at, at::date,
        at + interval '9 days', 'ended', '', '', 1
    FROM newcomer CROSS JOIN (SELECT now() - interval '2 years' AS at) AS moment RETURNING id, patient_id, opened_at
)
INSERT INTO monitoring_alertevent
    (alert_id, patient_id, at, kind, severity, rule_version, reasons, evidence, doing, note)
SELECT id, patient_id, opened_at, 'opened', 2, 1, '[]', '{}', '', '' FROM made
"""
MARKS = """
INSERT INTO patients_evaluationmark (patient_id, requested_count, failures, last_error_class)
SELECT id, 1, 0, '' FROM newcomer
"""
AWAY = "DROP TABLE newcomer, routine"


def fill(last: int, results: int, *, first: int = 1) -> None:
    """Background patients number `first` to `last` with this many results each, in one transaction; then statistics.

    Needs the role that owns the tables.
    """
    numbers = {"first": first, "last": last, "results": results}
    with transaction.atomic(), connection.cursor() as cursor, _unwatched(cursor):
        for statements in (TESTS, WARDS, PATIENTS, STAYS, RESULTS, ANSWERS, ALERTS, MARKS, AWAY):
            for statement in statements.split(";"):
                cursor.execute(statement, numbers if "%(" in statement or "%%" in statement else None)
        fold_anew()  # the search finds them as it finds everybody
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.get_autocommit() else "ANALYZE")


@contextmanager
def _unwatched(cursor: Any) -> Iterator[None]:
    """Without the audit of single rows: only invented patients may be in the tables."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to be made cannot be altered
    for table in AUDITED:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_row")
    yield
    for table in AUDITED:
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_row")
