"""The data step of the ward list in this hospital against the same ward in one of a thousand patients."""

from __future__ import annotations

from statistics import median

import psycopg
from django.db import connection
from django.utils import timezone
from psycopg import sql

from benchmarks.inside import seconds_of
from benchmarks.population import Hospital
from benchmarks.report import Section, at_most
from ildcare.queries.wards import read_lines, wards_of
from patients.models import Patient

SMALL = 1_000  # patients
COPY = "ildcare_small"
TURNS = 6


def keep_small() -> None:
    """A copy of the database as it is now, on the same server, to compare with later."""
    place = connection.get_connection_params()
    connection.close()
    with psycopg.connect(host=place["host"], user=place["user"], dbname="postgres", autocommit=True) as owner:
        names = sql.Identifier(COPY), sql.Identifier(str(place["dbname"]))
        owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))


def measure(hospital: Hospital, rounds: int) -> Section:
    """In turns, each on a connection of its own."""
    section = Section("Growth")
    large, small = [], []
    for _ in range(TURNS):
        large.append(_data_step(hospital, rounds // TURNS + 2))
        small.append(_data_step_in_copy(hospital, rounds // TURNS + 2))
    ratio = median(large) / median(small)
    section.ratio(f"data step, {hospital.patients:,} patients : {SMALL:,} patients", ratio, at_most(1.5))
    return section


def _data_step(hospital: Hospital, rounds: int) -> float:
    now, wards = timezone.now(), wards_of(hospital.full)
    return seconds_of(lambda: read_lines(wards, hospital.full, now), rounds)


def _data_step_in_copy(hospital: Hospital, rounds: int) -> float:
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = COPY
    try:
        if Patient.objects.count() > SMALL:
            raise RuntimeError("the copy is not the small one")
        return _data_step(hospital, rounds)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
