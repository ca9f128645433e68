"""The patient page with five years of results, against the page of an empty ward and that of a short stay."""

from __future__ import annotations

from benchmarks.asking import Page, in_turns, session_of
from benchmarks.inside import queries_of, reader, split_of
from benchmarks.population import Hospital
from benchmarks.report import LARGEST_PAGE, Section, times
from patients.models import Measurement


def measure(hospital: Hospital, address: str, rounds: int) -> Section:
    """Times by the running server, queries and their share inside this process."""
    section = Section("Patient page")
    long_stay, short_stay = (f"/patients/{pk}/" for pk in (hospital.long_stay, hospital.short_stay))
    session = session_of(hospital.full)
    pages = [
        Page("empty", "/", session_of(hospital.empty)),
        Page("long", long_stay, session),
        Page("short", short_stay, session),
    ]
    timed = in_turns(address, pages, rounds)
    section.add("results of five years, and of a few days", " and ".join(f"{_results(x):,}" for x in _both(hospital)))
    section.add("five years of results : empty ward", times(timed["long"].median / timed["empty"].median))
    section.add("a few days of results : empty ward", times(timed["short"].median / timed["empty"].median))
    section.add("five years : a few days", times(timed["long"].median / timed["short"].median))
    section.count("bytes compressed, five years", timed["long"].compressed, f"<= {LARGEST_PAGE:,}")
    section.count("bytes compressed, a few days", timed["short"].compressed, f"<= {LARGEST_PAGE:,}")
    client = reader(hospital.full)
    section.count("queries, a few days", queries_of(client, short_stay), "the same")
    section.count("queries, five years", queries_of(client, long_stay), "the same")
    section.add("share of queries in the view, five years", f"{split_of(client, long_stay, rounds).share:.0%}")
    return section


def _both(hospital: Hospital) -> tuple[int, int]:
    return hospital.long_stay, hospital.short_stay


def _results(patient_id: int) -> int:
    return Measurement.objects.filter(patient=patient_id).count()
