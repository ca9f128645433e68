"""The ward list of 50 against the same page of an empty ward."""

from __future__ import annotations

from statistics import median

from django.utils import timezone

from benchmarks.asking import Page, in_turns, session_of, something_changes
from benchmarks.inside import counting, queries_of, reader, seconds_of, split_of
from benchmarks.population import FEW_PATIENTS, PATIENTS, Hospital
from benchmarks.report import LARGEST_PAGE, Section, at_most, exactly
from benchmarks.run_of import Run
from ildcare.ward.lines import read_lines
from patients.queries import wards_of

EMPTY, STANDING, CHANGED = "empty ward", "list that stands", "first list after a change"
TURNS = 6
STANDS, FIRST, MOST_QUERIES, MOST_VIEW = at_most(3), at_most(2.5), at_most(9), at_most(2.5)


def measure(run: Run) -> list[Section]:
    """Times by the running server, queries and their share inside this process."""
    section = Section("Ward list of 50 patients", "P9")
    _times(section, run.hospital, run.address, run.rounds)
    _queries(section, run.hospital)
    _data_step(section, run.hospital, run.rounds)
    return [section]


def _times(section: Section, hospital: Hospital, address: str, rounds: int) -> None:
    """Apart, each in turns with the empty ward: a change leaves lists behind that only one process has made.

    What both ask over the whole hospital is taken off both.
    """
    count = counting(reader(hospital.empty))
    section.add("of the empty ward: counting over the whole hospital", count * 1e3, "ms")
    full, change = session_of(hospital.full), something_changes(hospital.long_stay)
    empty = Page(EMPTY, "/", session_of(hospital.empty))
    for page, aim in ((Page(CHANGED, "/", full, change), FIRST), (Page(STANDING, "/", full), STANDS)):
        timed = in_turns(address, [empty, page], rounds)
        against = f"{EMPTY} {timed[EMPTY].median * 1e3:.0f} ms, of which counting {count * 1e3:.0f} ms"
        least = max(timed[EMPTY].median - count, timed[EMPTY].median / 10)
        ratio = (timed[page.name].median - count) / least
        section.ratio(f"{page.name} : {EMPTY}, both without counting", ratio, aim, against)
        section.ratio("the same, with counting", timed[page.name].median / timed[EMPTY].median)
        section.ratio(f"the same, p95 : p95 of {EMPTY}", timed[page.name].p95 / timed[EMPTY].p95)
        if page.name == CHANGED:
            changed = timed[page.name]
    section.count("bytes compressed", changed.compressed, at_most(LARGEST_PAGE))
    section.count("bytes as sent", len(changed.body))


def _queries(section: Section, hospital: Hospital) -> None:
    nobody = queries_of(reader(hospital.empty), "/")
    few, many = (queries_of(reader(user), "/") for user in (hospital.few, hospital.full))
    section.count("queries, 0 patients, list that stands", nobody, MOST_QUERIES)
    section.count(f"queries, {FEW_PATIENTS} patients, list that stands", few, MOST_QUERIES)
    section.count(f"queries, {PATIENTS} patients, list that stands", many, exactly(few))
    pairs = ((hospital.few, hospital.one_of_few), (hospital.full, hospital.long_stay))
    few, many = (queries_of(reader(user), "/", something_changes(patient)) for user, patient in pairs)
    section.count(f"queries, {FEW_PATIENTS} patients, after a change", few, MOST_QUERIES)
    section.count(f"queries, {PATIENTS} patients, after a change", many, exactly(few))


def _data_step(section: Section, hospital: Hospital, rounds: int) -> None:
    """The whole view against reading and judging its lines: some of each in turns, medians of the medians."""
    user, now = hospital.full, timezone.now()
    wards, client, change = wards_of(user), reader(user), something_changes(hospital.long_stay)
    views, data = [], []
    for _ in range(TURNS):
        views.append(split_of(client, "/", rounds // TURNS + 1, change))
        data.append(seconds_of(lambda: read_lines(wards, user, now), rounds // TURNS + 1))
    stands = split_of(client, "/", rounds)
    ratio = median(x.whole for x in views) / median(data)
    section.ratio("view : its data step, after a change (in one process)", ratio, MOST_VIEW)
    section.add("share of queries in the view, after a change", median(x.share for x in views) * 100, "%")
    section.add("share of queries in the view, list that stands", stands.share * 100, "%")
