"""P1: the walk against an independent if/else on random patients with values on every threshold."""

from __future__ import annotations

import random

from algorithm.flowcharts import CURRENT
from algorithm.walk.engine import walk
from benchmarks.report import Section, exactly
from benchmarks.run_of import Run
from tests.algorithm import oracle
from tests.algorithm.random_people import random_person

SEED = 20140101


def measure(run: Run) -> list[Section]:
    """As many random patients as the hospital has."""
    section = Section("Answers", "P1")
    differ = differing(run.patients)
    against = f"of {run.patients:,} random patients; oracle in exact fractions"
    section.count("answers that differ from the oracle", differ, exactly(0), against)
    return [section]


def differing(number: int) -> int:
    """How many of so many random patients are read otherwise: course, answer, step or one of the five factors."""
    r = random.Random(SEED)  # noqa: S311 - invented people
    differ = 0
    for person in (random_person(r) for _ in range(number)):
        pathway = walk(CURRENT, oracle.story_of(person).snapshot(0))
        told = (pathway.course.course, pathway.entry, pathway.step)
        factors = {k: v.as_bool for k, v in pathway.poor_risk.items()}
        expected = (oracle.course(person)[0], oracle.entry(person), oracle.step(person))
        differ += told != expected or factors != oracle.factors(person, oracle.counts_from(person))
    return differ
