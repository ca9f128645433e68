"""Pages of one patient against the page of an empty ward: five years of results, the same without, an acute course."""

from __future__ import annotations

from benchmarks.asking import Page, in_turns, result_arrives, session_of
from benchmarks.inside import counting, queries_of, reader, split_of
from benchmarks.population import FEW_PATIENTS, PATIENTS, Hospital
from benchmarks.report import LARGEST_PAGE, Section, at_most
from benchmarks.run_of import Run
from patients.models import Measurement

EMPTY, LONG, TWIN, ACUTE = "empty ward", "five years of results", "the same course without them", "an acute course"
NEWS = "first after a new result"

# title of the section and address, to be filled with patient and round
PAGES = {
    "Patient page": "/patients/{patient}/",
    "Patient page with everything": "/patients/{patient}/?whole=1",
    "Round page": "/patients/{patient}/round?round={round}",
    "Results": "/patients/{patient}/results",
    "Trends": "/patients/{patient}/trends",
    "Treatments": "/patients/{patient}/treatments",
}
LOOK_ALIKE = 3  # queries more of a patient whose name could be taken for another's: which one that is
KEPT = ("Patient page", "Round page")  # of these, something is kept from one time to the next


MOST = {"Patient page": 8, "Round page": 6, "Results": 6, "Trends": 6}  # times the empty ward, five years of results


def measure(run: Run) -> list[Section]:
    """Every page of a patient. Times by the running server; queries and their share inside this process."""
    hospital, address, rounds = run.hospital, run.address, run.rounds
    sections = {title: Section(title, "pages") for title in PAGES}
    for title, place in PAGES.items():
        _times(sections[title], place, hospital, address, rounds)
        _queries(sections[title], place, hospital, rounds)
    for title in KEPT:  # after all the others: these results stay
        _news(sections[title], PAGES[title], hospital, address, rounds // 4 + 2)
    return list(sections.values())


def _times(section: Section, place: str, hospital: Hospital, address: str, rounds: int) -> None:
    who = {LONG: hospital.long_stay, TWIN: hospital.twin, ACUTE: hospital.acute}
    session = session_of(hospital.full)
    pages = [Page(EMPTY, "/", session_of(hospital.empty))]
    pages += [Page(name, place.format(patient=pk, round=hospital.round), session) for name, pk in who.items()]
    timed = in_turns(address, pages, rounds)
    count = counting(reader(hospital.empty))
    least = max(timed[EMPTY].median - count, timed[EMPTY].median / 10)
    for name, pk in who.items():
        many = Measurement.objects.filter(patient=pk).count()
        aim = at_most(MOST[section.title]) if name == LONG and section.title in MOST else None
        against = f"{EMPTY} {timed[EMPTY].median * 1e3:.0f} ms, of which counting {count * 1e3:.0f} ms"
        what = f"{section.title.lower()}, {name} ({many:,}) : {EMPTY} without counting"
        section.ratio(what, timed[name].median / least, aim, against)
        section.ratio("the same, with counting", timed[name].median / timed[EMPTY].median)
        section.ratio(f"{name}, p95 : p95 of {EMPTY}", timed[name].p95 / timed[EMPTY].p95)
    for name in who:
        section.count(f"bytes compressed, {name}", timed[name].compressed, at_most(LARGEST_PAGE))


def _news(section: Section, place: str, hospital: Hospital, address: str, rounds: int) -> None:
    """A result more each time, so that nothing kept from the time before is of use."""
    long = place.format(patient=hospital.long_stay, round=hospital.round)
    news = Page(NEWS, long, session_of(hospital.full), result_arrives(hospital.long_stay))
    timed = in_turns(address, [Page(EMPTY, "/", session_of(hospital.empty)), news], rounds, warm=2)
    section.ratio(f"{LONG}, {NEWS} : {EMPTY}", timed[NEWS].median / timed[EMPTY].median)


def _queries(section: Section, place: str, hospital: Hospital, rounds: int) -> None:
    of_few = place.format(patient=hospital.one_of_few, round=hospital.few_round)
    twin, long = (place.format(patient=pk, round=hospital.round) for pk in (hospital.twin, hospital.long_stay))
    client = reader(hospital.full)
    few = queries_of(reader(hospital.few), of_few)
    section.count(f"queries, {TWIN}, ward of {FEW_PATIENTS}", few)
    section.count(f"queries, {TWIN}, ward of {PATIENTS}", queries_of(client, twin), at_most(few + LOOK_ALIKE))
    section.count(f"queries, {LONG}, ward of {PATIENTS}", queries_of(client, long), at_most(few + LOOK_ALIKE))
    section.add(f"share of queries in the view, {LONG}", split_of(client, long, rounds // 4 + 1).share * 100, "%")
