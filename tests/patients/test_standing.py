"""Which version of a fact stands: one rule, the same in Python, in SQL and through the mapper."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.clinical.facts import WithoutValue
from patients.clinical.versions import STANDING_SQL, standing
from patients.models import Measurement, Status, standing_row
from patients.queries import latest_values, site_zone, text_results
from patients.reading import versions_of
from patients.rows import version_of_row
from tests.effort import cases
from tests.ildcare.ward.reading import ward_series
from tests.story import moment

pytestmark = pytest.mark.django_db
AT = moment(40)


@dataclass(frozen=True)
class Told:
    """One version: of which result, known on which day, as a number or a word, and its status."""

    identity: int
    day: int
    known: int
    value: int | None
    status: str
    placed: int | None = None


HISTORIES = st.lists(
    st.builds(
        Told,
        identity=st.integers(0, 3),
        day=st.integers(0, 3),
        known=st.integers(3, 6),
        value=st.one_of(st.none(), st.integers(1, 99)),
        status=st.sampled_from(["final", "corrected", "preliminary", "cancelled"]),
        placed=st.one_of(st.none(), st.integers(3, 9)),
    ),
    max_size=12,
)


def store(patient, history: list[Told]) -> list[Measurement]:
    """The versions in the order in which they arrived, which need not be that in which they became known."""
    rows: list[Measurement] = []
    for told in history:
        earlier = [x for x in rows if x.identity == str(told.identity)]
        row = Measurement(
            patient=patient,
            identity=str(told.identity),
            version=len(earlier) + 1,
            replaces=earlier[-1] if earlier else None,
            on=moment(told.day),
            known=moment(told.known),
            source="test",
            status=told.status,
            placed=None if told.placed is None else moment(told.placed),
            code="ferritin",
            value=None if told.value is None else Decimal(told.value),
            typed_value="haemolysed" if told.value is None else str(told.value),
        )
        row.save(force_insert=True)
        rows.append(row)
    return rows


def by_sql() -> set[int]:
    table = Measurement._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT this.id FROM {table} AS this WHERE {STANDING_SQL.format(table=table)}")
        return {pk for (pk,) in cursor}


@settings(max_examples=cases(200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES)
def test_python_sql_and_mapper_name_the_same_versions(patient, history) -> None:
    with transaction.atomic():
        rows = store(patient, history)
        of_identity = {x.identity: [y for y in rows if y.identity == x.identity] for x in rows}
        last = {standing_row(versions) for versions in of_identity.values()}
        stands = {x.pk for x in last if x.status != Status.CANCELLED}
        assert by_sql() == stands
        assert {x.pk for x in Measurement.objects.standing()} == stands
        # a result that is no number is no fact to compute with: the frozen side has it beside the values
        numeric = {x.pk for x in last if x.pk in stands and x.value is not None}
        frozen = standing([version_of_row(x, site_zone()) for x in rows], AT)
        without = {x.id for x in frozen if isinstance(x, WithoutValue)}
        assert {int(x.id.partition(":")[2]) for x in frozen if x.id not in without} == numeric
        assert {int(x.partition(":")[2]) for x in without} == stands - numeric
        assert set(standing(versions_of([patient.pk], AT, site_zone()).get(patient.pk, ()), AT)) == set(frozen)
        _reads_agree(patient, {x for x in last if x.pk in stands})
        transaction.set_rollback(True)


def _reads_agree(patient, stands: set[Measurement]) -> None:
    """What single reads show: text results now and at a moment, the last value, the series of the ward list."""
    words = {x.pk for x in stands if x.value is None}
    assert {x.pk for x in text_results(patient)} == {x.pk for x in text_results(patient, AT)} == words
    numbers = [(x.on, x.known, x.pk, x.value) for x in stands if x.value is not None]
    newest = max(numbers)[3] if numbers else None
    latest = latest_values([patient.pk], ["ferritin"]).get(patient.pk, {}).get("ferritin")
    assert (latest.quantity.value if latest else None) == newest
    series = ward_series([patient.pk], ["ferritin"], 20).get(patient.pk, {}).get("ferritin")
    assert sorted(x.value for x in series.points if series) == sorted(x[3] for x in numbers) if series else not numbers


def test_the_version_known_last_stands_whatever_arrived_last(patient) -> None:
    late, early = store(patient, [Told(1, 0, 5, 10, "final"), Told(1, 0, 4, 20, "final")])
    assert standing_row([late, early]) == late
    assert by_sql() == {late.pk}


def test_of_two_known_at_one_time_the_one_that_arrived_last_stands(patient) -> None:
    first, second = store(patient, [Told(1, 0, 4, 10, "final"), Told(1, 0, 4, 20, "final")])
    assert standing_row([second, first]) == second
    assert by_sql() == {second.pk}


@pytest.mark.parametrize("known", [4, 6])
@pytest.mark.parametrize("settled", ["final", "corrected"])
def test_45_a_preliminary_version_stands_beside_no_final_or_corrected_one(patient, settled, known) -> None:
    told = [Told(1, 0, 5, 10, settled), Told(1, 0, known, 20, "preliminary")]
    rows = store(patient, told)
    assert standing_row(rows) == rows[0]
    assert by_sql() == {rows[0].pk}


def test_45_a_preliminary_version_stands_not_after_a_final_one_was_cancelled(patient) -> None:
    store(patient, [Told(1, 0, 3, 10, "final"), Told(1, 0, 5, 10, "cancelled"), Told(1, 0, 6, 20, "preliminary")])
    assert by_sql() == set()


def test_a_place_orders_a_version_that_became_known_later(patient) -> None:
    late, corrected = store(patient, [Told(1, 0, 6, 10, "final", placed=3), Told(1, 0, 5, 20, "corrected")])
    assert standing_row([late, corrected]) == corrected
    assert by_sql() == {corrected.pk}


def test_a_cancelled_fact_stands_not_and_nothing_before_it_does(patient) -> None:
    store(patient, [Told(1, 0, 4, 10, "final"), Told(1, 0, 5, 10, "cancelled")])
    assert by_sql() == set()
