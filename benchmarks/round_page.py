"""The page of one patient in a round, against the page of an empty ward."""

from __future__ import annotations

from benchmarks.asking import Page, in_turns, session_of
from benchmarks.inside import queries_of, reader, split_of
from benchmarks.population import Hospital
from benchmarks.report import LARGEST_PAGE, Section, times


def measure(hospital: Hospital, address: str, rounds: int) -> Section:
    """Times by the running server, queries and their share inside this process."""
    section = Section("Round page")
    long_stay, short_stay = (
        f"/patients/{pk}/round?round={hospital.round}" for pk in (hospital.long_stay, hospital.short_stay)
    )
    session = session_of(hospital.full)
    pages = [
        Page("empty", "/", session_of(hospital.empty)),
        Page("long", long_stay, session),
        Page("short", short_stay, session),
    ]
    timed = in_turns(address, pages, rounds)
    section.add("five years of results : empty ward", times(timed["long"].median / timed["empty"].median))
    section.add("a few days of results : empty ward", times(timed["short"].median / timed["empty"].median))
    section.count("bytes compressed, five years", timed["long"].compressed, f"<= {LARGEST_PAGE:,}")
    client = reader(hospital.full)
    section.count("queries, a few days", queries_of(client, short_stay), "the same")
    section.count("queries, five years", queries_of(client, long_stay), "the same")
    section.add("share of queries in the view, five years", f"{split_of(client, long_stay, rounds).share:.0%}")
    return section
