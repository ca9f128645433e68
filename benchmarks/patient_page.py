"""Pages of one patient against the page of an empty ward: five years of results, the same without, an acute course."""

from __future__ import annotations

from benchmarks.asking import Page, in_turns, session_of
from benchmarks.inside import queries_of, reader, split_of
from benchmarks.population import Hospital
from benchmarks.report import LARGEST_PAGE, Section, times
from patients.models import Measurement

EMPTY, LONG, TWIN, ACUTE = "empty ward", "five years of results", "the same course without them", "an acute course"


def measure(hospital: Hospital, address: str, rounds: int) -> Section:
    """The patient page."""
    return measured("Patient page", "/patients/{}/", hospital, address, rounds)


def measured(title: str, place: str, hospital: Hospital, address: str, rounds: int) -> Section:
    """Times by the running server; queries and their share inside this process. `place` is filled with the patient."""
    section = Section(title)
    who = {LONG: hospital.long_stay, TWIN: hospital.twin, ACUTE: hospital.acute}
    session = session_of(hospital.full)
    pages = [Page(EMPTY, "/", session_of(hospital.empty))]
    pages += [Page(name, place.format(pk), session) for name, pk in who.items()]
    timed = in_turns(address, pages, rounds)
    for name, pk in who.items():
        ratio = timed[name].median / timed[EMPTY].median
        section.add(f"{name} ({_results(pk):,}) : empty ward", times(ratio))
    for name in who:
        section.count(f"bytes compressed, {name}", timed[name].compressed, f"<= {LARGEST_PAGE:,}")
    client = reader(hospital.full)
    for name in (TWIN, LONG):
        section.count(f"queries, {name}", queries_of(client, place.format(who[name])), "the same")
    share = split_of(client, place.format(hospital.long_stay), rounds // 4 + 1).share
    section.add("share of queries in the view, five years of results", f"{share:.0%}")
    return section


def _results(patient_id: int) -> int:
    return Measurement.objects.filter(patient=patient_id).count()
