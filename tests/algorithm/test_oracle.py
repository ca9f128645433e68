"""P1: the walk against an independent if/else, on thousands of random patients with values on every threshold."""

import random

import pytest

from algorithm.engine import walk
from algorithm.flowcharts import CURRENT
from tests.algorithm import oracle

PATIENTS = 3000


@pytest.mark.parametrize("seed", range(3))
def test_random_patients_have_the_step_of_the_oracle(seed: int) -> None:
    r = random.Random(seed)
    seen: dict[str | None, int] = {}
    for _n in range(PATIENTS // 3):
        person = oracle.random_person(r)
        pathway = walk(CURRENT, oracle.story_of(person).snapshot(0))
        told = (pathway.course.course, pathway.entry, pathway.step)
        assert told == (oracle.course(person)[0], oracle.entry(person), oracle.step(person)), person
        seen[pathway.step] = seen.get(pathway.step, 0) + 1
    assert set(seen) == {None, "observation", "T1", "T2", "T3", "T4"}, (
        f"the random patients do not reach every answer: {seen}"
    )


@pytest.mark.parametrize("seed", range(2))
def test_random_patients_have_the_factors_of_the_oracle(seed: int) -> None:
    r = random.Random(100 + seed)
    for _n in range(500):
        person = oracle.random_person(r)
        pathway = walk(CURRENT, oracle.story_of(person).snapshot(0))
        which, since = oracle.course(person)
        start = since - 90 if which == "A/S" and since is not None else -90
        assert {k: v.as_bool for k, v in pathway.poor_risk.items()} == oracle.factors(person, start), person
