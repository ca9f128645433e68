"""The measurements measure what they say: a small hospital, counts and answers, never a time."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.utils import timezone

from benchmarks import background
from benchmarks.asking import Timed, result_arrives, something_changes
from benchmarks.inside import queries_of, reader
from benchmarks.patient_page import PAGES
from benchmarks.population import Hospital, Occupied, hospital, load
from benchmarks.report import LARGEST_PAGE, Row, Section, as_json, at_least, at_most, exactly, written
from ildcare.ward.lines import read_lines
from patients.models import AuditEntry, Measurement, Patient
from patients.queries import wards_of

MANY, FEW, ALL = 6, 3, 20  # patients on the full ward, on the ward of a few, everywhere


@pytest.mark.django_db(transaction=True)
def test_the_hospital_is_as_told_and_its_pages_cost_the_same_queries_for_few_and_many() -> None:
    """One hospital for all of this: making it takes most of the time."""
    small = load(ALL, 40, ward=MANY, few=FEW, years=1)
    assert (small.patients, Patient.objects.count()) == (ALL, ALL)
    now = timezone.now()
    found = [len(read_lines(wards_of(x), x, now).lines) for x in (small.full, small.few, small.empty)]
    assert found == [MANY, FEW, 0]
    assert Measurement.objects.filter(patient=small.long_stay).count() > 500
    assert hospital() == small
    _the_audit_is_on_again(small)
    with pytest.raises(Occupied):
        load(1, 1, ward=1)
    _pages_cost_the_same(small)
    _what_happens_is_seen(small)


def _the_audit_is_on_again(small: Hospital) -> None:
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


def _pages_cost_the_same(small: Hospital) -> None:
    many, few = reader(small.full), reader(small.few)
    assert queries_of(many, "/") == queries_of(few, "/") <= 8
    changed = [
        queries_of(x, "/", something_changes(pk)) for x, pk in ((many, small.long_stay), (few, small.one_of_few))
    ]
    assert changed[0] == changed[1]
    for place in PAGES.values():
        long = place.format(patient=small.long_stay, round=small.round)
        of_few = queries_of(few, place.format(patient=small.one_of_few, round=small.few_round))
        assert queries_of(many, place.format(patient=small.twin, round=small.round)) == of_few
        # nobody has seen this patient yet: the round page has no visit to read
        assert of_few - 1 <= queries_of(many, long) <= of_few
        assert len(many.get(long).content) < 10 * LARGEST_PAGE


def _what_happens_is_seen(small: Hospital) -> None:
    """A new result is one of the patient's."""
    mine = Measurement.objects.filter(patient=small.long_stay)
    before = mine.count()
    result_arrives(small.long_stay)()
    assert mine.count() == before + 1


def test_figures_are_told_with_what_they_should_be() -> None:
    section = Section("Pages")
    section.ratio("list : empty", 2.346, at_most(3))
    section.add("a second", 60.4, "", at_least(100))
    section.count("bytes", 12345, at_most(150_000))
    section.add("share", 23.6, "%")
    text = written(["# Results"], [section])
    assert "| list : empty | 2.35 x | <= 3 x | met |" in text
    assert "| a second | 60 | >= 100 | **missed** |" in text
    assert "| bytes | 12,345 | <= 150,000 | met |" in text
    assert "| share | 24 % |  |  |" in text
    assert section.counts == {"bytes": 12345}
    told = json.loads(as_json(["# Results", "", "- Machine: one"], [section]))
    assert told["about"] == ["- Machine: one"]
    assert [x["met"] for x in told["figures"]] == [True, False, True, None]


def test_a_goal_is_judged_by_the_figure_and_not_by_how_it_is_rounded() -> None:
    assert Row("just above", 3.001, "x", at_most(3)).met is False
    assert Row("on it", 3, "x", at_most(3)).met is True
    assert Row("the same", 7, "", exactly(7)).met is True
    assert Row("one more", 8, "", exactly(7)).met is False


def test_percentiles_are_of_all_that_was_timed() -> None:
    timed = Timed(seconds=[float(x) for x in range(101)])
    assert (timed.median, timed.p95) == (50.0, 95.0)
