"""P11: case files stored by the product, against COPY of their results into the same audited table, and against saving
each row after its checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.background import copied, result_lines
from benchmarks.courses import Drawn, drawn
from benchmarks.effort import Effort, spent
from benchmarks.report import Section, at_least, exactly
from benchmarks.run_of import Run
from benchmarks.story import MIDNIGHT, case_file, last_versions
from patients.actions import register_patient, store_case
from patients.imports import read_case
from patients.models import Measurement, Patient
from patients.queries import site_clock, site_zone

FILES, RESULTS = 24, 100
WARM = 2  # files before
FIRST = 500_000  # number of the first drawn patient: none that is in the hospital


@dataclass(slots=True)
class Way:
    """One way in: how many facts, and what they took."""

    facts: int = 0
    effort: Effort = field(default_factory=Effort)

    def add(self, facts: int, effort: Effort) -> None:
        """Some more."""
        self.facts += facts
        self.effort += effort

    @property
    def rate(self) -> float:
        """Facts a second of processor time."""
        return self.facts / self.effort.processor


def measure(run: Run) -> list[Section]:
    """File by file in turns. The first ones are not counted: a process connects to the broker and reads its catalogues
    once."""
    section = Section("Import", "P11")
    again = 0
    with site_clock():
        for n in range(-WARM, FILES):
            if n in (-WARM, 0):
                ways = {name: Way() for name in ("import", "parse", "copy", "save")}
            person = drawn(FIRST + FILES + n, RESULTS)
            again += imported(person, ways)
            _copied(person, run, ways["copy"])
            if n % 4 == 0:
                _saved(person, run, ways["save"])
    copy, stored = ways["copy"].rate, ways["import"].rate
    against = f"COPY {copy:,.0f} rows a second of processor time"
    section.add("import : COPY into the audited table", stored / copy, "x", at_least(0.25), against)
    section.ratio(
        "import : full_clean and save of each", stored / ways["save"].rate, at_least(10), f"{ways['save'].rate:,.0f}"
    )
    section.add("facts imported a second of processor time", stored, "", None, f"{ways['import'].facts:,} facts")
    section.add("of it: parsing", ways["parse"].effort.processor / ways["import"].effort.processor * 100, "%")
    section.count("facts stored twice by the same file again", again, exactly(0))
    return [section]


def imported(person: Drawn, ways: dict[str, Way]) -> int:
    """A file is read and stored; the same file again stores so many facts."""
    document = case_file(person, uuid4().hex[:12])
    with spent() as parsing:
        case = read_case(document, zone=str(site_zone()), now=timezone.now())
    with spent() as storing:
        stored = store_case(case, by=None)
    ways["parse"].add(len(case.versions), parsing)
    ways["import"].add(len(stored.recorded.rows), parsing + storing)
    return len(store_case(case, by=None).recorded.rows)


def _somebody(run: Run) -> Patient:
    number = uuid4().hex[:12]
    return register_patient(by=run.hospital.full, mrn=number, family_name="Copied", given_name=number)


def _copied(person: Drawn, run: Run, way: Way) -> None:
    patient = _somebody(run)
    lines = list(result_lines([patient.pk], [person], MIDNIGHT))
    with spent() as effort, transaction.atomic(), connection.cursor() as cursor:
        copied(cursor, Measurement, lines)
    way.add(len(lines), effort)


def _saved(person: Drawn, run: Run, way: Way) -> None:
    patient = _somebody(run)
    rows = [
        Measurement(
            patient=patient,
            identity=f"saved-{n}",
            on=MIDNIGHT,
            known=MIDNIGHT,
            source="saved",
            code=x.code,
            value=x.value,
            comparator=x.comparator,
            fio2=x.fio2 or None,
            route="oral" if x.code == "csa" else "",
            timing="trough" if x.code == "csa" else "",
        )
        for n, x in enumerate(last_versions(person))
    ]
    with spent() as effort, transaction.atomic():
        for row in rows:
            row.full_clean()
            row.save(force_insert=True)
    way.add(len(rows), effort)
