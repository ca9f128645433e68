"""The measurements measure what they say: a small hospital, counts and answers, never a time."""

from __future__ import annotations

import pytest
from django.db import connection

from benchmarks import background
from benchmarks.asking import something_changes
from benchmarks.inside import queries_of, reader
from benchmarks.population import Hospital, Occupied, hospital, load
from benchmarks.report import LARGEST_PAGE, Section, times, written
from ildcare.queries.wards import read_lines, wards_of
from patients.models import AuditEntry, Measurement, Patient

pytestmark = pytest.mark.django_db(transaction=True)
ON_WARD = 6


@pytest.fixture
def small() -> Hospital:
    """Six patients on the full ward, one alone, and some elsewhere."""
    return load(20, 40, ward=ON_WARD)


def test_the_hospital_is_as_told_and_its_pages_cost_the_same_queries_for_few_and_many(small) -> None:
    from django.utils import timezone

    assert (small.patients, Patient.objects.count()) == (20, 20)
    assert len(read_lines(wards_of(small.full), small.full, timezone.now()).lines) == ON_WARD
    assert read_lines(wards_of(small.empty), small.empty, timezone.now()).lines == []
    assert Measurement.objects.filter(patient=small.long_stay).count() > 2000
    assert hospital() == small

    many, one = reader(small.full), reader(small.few)
    assert queries_of(many, "/") == queries_of(one, "/") <= 8
    changed = [queries_of(x, "/", something_changes(pk)) for x, pk in ((many, small.long_stay), (one, small.one_of_few))]
    assert changed[0] == changed[1]
    for place in ("/patients/{}/", f"/patients/{{}}/round?round={small.round}", "/patients/{}/trends"):
        assert abs(queries_of(many, place.format(small.twin)) - queries_of(many, place.format(small.long_stay))) <= 1
    for place in ("/", f"/patients/{small.long_stay}/", f"/patients/{small.long_stay}/results"):
        assert len(many.get(place, headers={"Accept-Encoding": "identity"}).content) < 10 * LARGEST_PAGE


def test_the_audit_is_on_again_and_a_full_database_is_refused(small) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgname = 'audit_row' AND tgenabled <> 'A'"
            " AND tgrelid::regclass::text = ANY(%s)",
            [list(background.AUDITED)],
        )
        assert cursor.fetchone() == (0,)
    before = AuditEntry.objects.count()
    Patient.objects.filter(pk=small.one_of_few).update(family_name="Other")
    assert AuditEntry.objects.count() == before + 1
    with pytest.raises(Occupied):
        load(1, 1, ward=1)


def test_figures_are_told_with_what_they_should_be() -> None:
    section = Section("Pages")
    section.add("list : empty", times(2.345), "<= 3 x")
    section.count("bytes", 12345, "<= 150,000")
    text = written(["# Results"], [section])
    assert "| list : empty | 2.35 x | <= 3 x |" in text or "| list : empty | 2.34 x | <= 3 x |" in text
    assert "| bytes | 12,345 | <= 150,000 |" in text
    assert section.counts == {"bytes": 12345}
