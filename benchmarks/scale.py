"""The data step of the ward list, and searches, here against the same ward in a hospital of a thousand patients."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import psycopg
from django.db import connection
from django.utils import timezone
from psycopg import sql

from benchmarks.inside import seconds_of
from benchmarks.population import Hospital
from benchmarks.report import Section, at_most
from benchmarks.run_of import Run
from ildcare.ward.lines import read_lines
from patients.models import Patient
from patients.queries import wards_of
from patients.search import find_patients

SMALL = 1_000  # patients
COPY = "ildcare_small"
TURNS = 6
# what is typed: who is found by few words, and by words that stand in hundreds of names or numbers, or in all
FEW = {
    "a name of two kanji": "木村",
    "kana": "ｷﾑﾗ",
    "a number on the ward": "10000012",
    "nobody": "渡邊 早苗 q",
}
MANY = {
    "a number that stands in 1,000 others": "B77",
    "a bed whose digits stand in 500 numbers": "712",
    "a name whose digits stand in 7,000 numbers": "family 77 given 77",
    "one letter that stands in every name": "f",
}


def keep_small() -> None:
    """A copy of the database as it is now, on the same server, to compare with later."""
    place = connection.get_connection_params()
    connection.close()
    with psycopg.connect(host=place["host"], user=place["user"], dbname="postgres", autocommit=True) as owner:
        names = sql.Identifier(COPY), sql.Identifier(str(place["dbname"]))
        owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))


def measure(run: Run) -> list[Section]:
    """In turns, each on a connection of its own."""
    section, hospital, rounds = Section("Growth", "P13"), run.hospital, run.rounds
    if hospital.patients <= SMALL:
        section.miss("data step and searches", f"the hospital has no more than {SMALL:,} patients")
        return [section]
    steps: dict[str, Callable[[], object]] = {"data step": lambda: _data_step(hospital)}
    steps |= {f"search for {what}": _search(hospital, typed) for what, typed in {**FEW, **MANY}.items()}
    for what, step in steps.items():
        large, small = [], []
        for _ in range(TURNS):
            large.append(seconds_of(step, rounds // TURNS + 2))
            small.append(_in_copy(step, rounds // TURNS + 2))
        ratio = median(large) / median(small)
        aim = None if what.removeprefix("search for ") in MANY else at_most(1.5)
        section.ratio(f"{what}, {hospital.patients:,} patients : {SMALL:,} patients", ratio, aim)
    return [section]


def _data_step(hospital: Hospital) -> object:
    return read_lines(wards_of(hospital.full), hospital.full, timezone.now())


def _search(hospital: Hospital, typed: str) -> Callable[[], object]:
    return lambda: find_patients(typed, hospital.full)


def _in_copy(step: Callable[[], object], rounds: int) -> float:
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = COPY
    try:
        if Patient.objects.count() > SMALL:
            raise RuntimeError("the copy is not the small one")
        return seconds_of(step, rounds)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
