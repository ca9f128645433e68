"""The ward list of 50 against the same page of an empty ward."""

from __future__ import annotations

from django.utils import timezone

from benchmarks.asking import Page, in_turns, session_of, something_changes
from benchmarks.inside import queries_of, reader, seconds_of, split_of
from benchmarks.population import Hospital
from benchmarks.report import LARGEST_PAGE, Section, times
from ildcare.queries.wards import read_lines, wards_of

EMPTY, STANDING, CHANGED = "empty ward", "list that stands", "list that changed"


def measure(hospital: Hospital, address: str, rounds: int) -> Section:
    """Times by the running server, queries and their share inside this process."""
    section = Section("Ward list of 50 patients")
    _times(section, hospital, address, rounds)
    _queries(section, hospital)
    _data_step(section, hospital, rounds)
    return section


def _times(section: Section, hospital: Hospital, address: str, rounds: int) -> None:
    full, change = session_of(hospital.full), something_changes(hospital.long_stay)
    pages = [
        Page(EMPTY, "/", session_of(hospital.empty)),
        Page(STANDING, "/", full),
        Page(CHANGED, "/", full, change),
    ]
    # the list that changed is kept for the next reader, so the standing one comes right after it and is warmed again
    settled = [Page("settle 1", "/", full), Page("settle 2", "/", full), Page("settle 3", "/", full)]
    timed = in_turns(address, [pages[0], pages[2], *settled, pages[1]], rounds)
    empty = timed[EMPTY].median
    section.add("list that stands : empty ward", times(timed[STANDING].median / empty), "<= 3 x")
    section.add("first list after a change : empty ward", times(timed[CHANGED].median / empty), "<= 3 x")
    section.count("bytes compressed", timed[STANDING].compressed, f"<= {LARGEST_PAGE:,}")
    section.add("bytes as sent", f"{len(timed[STANDING].body):,}")


def _queries(section: Section, hospital: Hospital) -> None:
    for name, user in (("0", hospital.empty), ("5", hospital.few), ("50", hospital.full)):
        aim = "<= 8" if name == "50" else "the same"
        section.count(f"queries, {name} patients, list that stands", queries_of(reader(user), "/"), aim)
    for name, user, patient in (("5", hospital.few, hospital.one_of_few), ("50", hospital.full, hospital.long_stay)):
        asked = queries_of(reader(user), "/", something_changes(patient))
        section.count(f"queries, {name} patients, after a change", asked, "<= 8" if name == "50" else "the same")


def _data_step(section: Section, hospital: Hospital, rounds: int) -> None:
    """The whole view against reading and judging its lines."""
    user, now = hospital.full, timezone.now()
    wards, client, change = wards_of(user), reader(user), something_changes(hospital.long_stay)
    whole = split_of(client, "/", rounds, change)
    data = seconds_of(lambda: read_lines(wards, user, now), rounds)
    stands = split_of(client, "/", rounds)
    section.add("view : its data step, after a change (in one process)", times(whole.whole / data), "<= 2.5 x")
    section.add("share of queries in the view, after a change", f"{whole.share:.0%}")
    section.add("share of queries in the view, list that stands", f"{stands.share:.0%}")
