"""The measurements measure what they say: a small hospital, counts and answers, never a time."""

from __future__ import annotations

import json
import random
import statistics
import sys

import pytest
from django.db import connection
from django.utils import timezone

from algorithm.flowcharts import CURRENT
from algorithm.walk.engine import walk
from benchmarks import answers, background, batches, bundles, distributions, importing, judging, story, sweeping
from benchmarks.asking import Timed, result_arrives, something_changes
from benchmarks.courses import drawn
from benchmarks.inside import queries_of, reader
from benchmarks.patient_page import PAGES
from benchmarks.population import Hospital, Occupied, hospital, load
from benchmarks.report import LARGEST_PAGE, Row, Section, as_json, at_least, at_most, exactly, written
from ildcare.ward.lines import read_lines
from monitoring.models import Alert
from patients.imports import read_case
from patients.models import AuditEntry, EvaluationMark, Measurement, Patient
from patients.queries import wards_of

HEAVY = ("django", "hashlib", "pathlib", "random", "subprocess", "statistics")
MANY, FEW, ALL = 6, 3, 30  # patients on the full ward, on the ward of a few, everywhere


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
    _the_sweep_finds_what_one_statement_finds()
    _a_file_is_stored_once()


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
    assert changed[0] == changed[1] <= 9
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


def _the_sweep_finds_what_one_statement_finds() -> None:
    """Everybody evaluated: the same alerts, and a batch costs the same queries for few patients and for many."""
    begun = timezone.now()
    sweeping.everybody_is_due()
    assert sweeping.swept(60).patients == ALL - MANY - FEW
    apart, alike = sweeping.differing(begun)
    assert (apart, alike > 100) == (0, True)
    of_this = Alert.objects.open().filter(patient__source=background.SOURCE, rule="OVERDUE")
    of_this.filter(pk=of_this[0].pk).update(closed_at=timezone.now(), closed_because="ended")
    assert sweeping.differing(begun) == (1, alike - 1)  # one that is missing is noticed
    few, many = (_queries_of_a_sweep(number) for number in (3, 20))
    assert few == many <= 9  # of them: what was sent and waits, of almost the number, and doses of plans


def _queries_of_a_sweep(number: int) -> int:
    """Nothing new: the second look at so many patients."""
    for _ in range(2):
        EvaluationMark.objects.filter(pk__in=sorted(sweeping.evaluated())[:number]).update(next_due_at=timezone.now())
        size, queries = batches.counted(60)
    assert size == number
    return round(queries)


def _a_file_is_stored_once() -> None:
    ways = {name: importing.Way() for name in ("import", "parse")}
    assert importing.imported(drawn(importing.FIRST, 30), ways) == 0
    assert ways["import"].facts == ways["parse"].facts > 30


def test_the_answers_are_those_of_the_oracle_and_of_the_bare_chart() -> None:
    assert answers.differing(150) == 0
    assert judging.differing(judging.acute_people(40)) == 0


def test_courses_are_drawn_with_what_makes_records_hard() -> None:
    """The same number draws the same course; results are missed, rejected, corrected, cancelled and censored."""
    people = [drawn(n, 100) for n in range(400)]
    assert people[7] == drawn(7, 100)
    results = [x for person in people for x in person.results]
    rejected = sum(x.value is None for x in results) / len(results)
    assert rejected == pytest.approx(distributions.REJECTED, rel=0.3)
    assert {x.status for x in results} == {"final", "corrected", "cancelled"}
    assert {x.comparator for x in results} == {"", "<", ">"}
    assert all(x.version == 1 or x.status in ("corrected", "cancelled") for x in results)
    acute = sum(x.acute for x in people) / len(people)
    assert acute == pytest.approx(distributions.ACUTE, abs=0.06)


@pytest.mark.parametrize("of", [distributions.FERRITIN, distributions.KL6, distributions.CRP])
def test_values_have_the_published_quartiles(of: distributions.Quartiles) -> None:
    r = random.Random(1)
    values = [of.drawn(r) for _ in range(20_000)]
    assert statistics.quantiles(values, n=4) == pytest.approx([of.low, of.middle, of.high], rel=0.1)


def test_a_course_reads_the_same_from_its_snapshot_and_from_its_file() -> None:
    """What the two references of the chart are told is the same course: every fact that stands, in both."""
    for person in judging.acute_people(20):
        told = read_case(story.case_file(person, "1"), zone=story.ZONE.key, now=story.NOW).versions
        assert len(story.snapshot_of(person).all_facts) == len(told)
        resources = bundles.bundle(person)["entry"]
        assert len(resources) == len(told) + 1  # the patient


def test_the_product_alone_says_what_it_says_here(tmp_path) -> None:
    """A process of its own, in which nothing is loaded that judging does not need."""
    people = judging.acute_people(3)
    said = bundles._product(tmp_path, people)
    assert said["answers"] == [walk(CURRENT, story.snapshot_of(x)).entry for x in people]
    asked = f"import sys, benchmarks.explained; print([x for x in sys.modules if x in {HEAVY}])"
    assert bundles._run([sys.executable, "-c", asked], bundles.CQL.parents[1]) == "[]\n"


def test_figures_are_told_with_what_they_should_be() -> None:
    section = Section("Pages", "P9")
    section.ratio("list : empty", 2.346, at_most(3), "empty 10 ms")
    section.miss("by sail", "no wind")
    section.add("a second", 60.4, "", at_least(100))
    section.count("bytes", 12345, at_most(150_000))
    section.add("share", 23.6, "%")
    text = written(["# Results"], [section])
    assert "| list : empty | 2.35 x | empty 10 ms | <= 3 x | met |" in text
    assert "| P9 | list : empty | 2.35 x | empty 10 ms | <= 3 x | met |" in text
    assert "| a second | 60 |  | >= 100 | **missed** |" in text
    assert "| bytes | 12,345 |  | <= 150,000 | met |" in text
    assert "| share | 24 % |  |  |  |" in text
    assert "| P9 | share" not in text  # no goal
    assert "| P9 | by sail | not measured | no wind |" in text
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
