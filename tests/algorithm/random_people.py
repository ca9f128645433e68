"""Random patients for the oracle: values on every threshold, many of them censored, oxygen of every kind."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal

from tests.algorithm.fall_oracle import AIR
from tests.algorithm.oracle import MONTHS, Given, Person

VC = ["2.20", "1.98", "1.97", "2.00", "2.09", "<2.00", "<=1.98", "<1.98", "<2.20", ">2.20", ">=2.20", "2.10"]
CALM_VC = ["2.20", "1.98", "2.09", "2.10", "<2.20", ">=2.20"]
GASES = ["59.9", "60", "69.9", "70", "70.1", "75", "80", "62", "74", "90"]
CENSORED_GASES = ["<75", "<60", "<=60", ">60", ">=70", "<70", ">80", "<90"]
OXYGEN = [
    *(AIR, AIR, AIR, "0.4", "0.5", "nasal_cannula 2", "nasal_cannula 3", "simple_mask 5", "reservoir_mask 10"),
    "high_flow 40",
]
DIAGNOSES = ["DM", "DM", "DM", "PM", "PM", "PM", "ADM", "hypomyopathic_DM", "CADM", "ASyS"]


def some_gases(r: random.Random, days: Sequence[int]) -> list[tuple[int, str, str]]:
    """Often on air alone; one value in three is censored."""
    oxygen = [AIR] if r.random() < 0.4 else OXYGEN
    return [(d, r.choice([*GASES, *r.sample(CENSORED_GASES, 5)]), r.choice(oxygen)) for d in days]


def given(r: random.Random, day: int) -> Given:
    """A drug begun on a day: glucocorticoid often, with doses on every threshold; a single dose of IVCY, a pulse."""
    pool = ["gc", "gc", "gc", "gc", "gc_pulse", "csa", "tac", "ivcy", "cy_oral", "aza", "mmf", "ivig", "pmx_dhp"]
    drug = r.choice([*pool, "tofacitinib", "rtx"])
    if drug == "gc":
        mg = r.choice(["5", "7.5", "10", "15", "19.9", "20", "29.9", "30", "50", None])
        stop = min(0, day + r.choice([7, 28, 60])) if r.random() < 0.2 else None
        return day, drug, Decimal(mg) if mg else None, stop
    return day, drug, None, day if drug == "gc_pulse" or (drug in ("ivcy", "rtx") and r.random() < 0.6) else None


def random_person(r: random.Random) -> Person:
    def days(n: int, low: int = -200, high: int = 0) -> list[int]:
        edges = [-91, -90, -89, -1, 0]
        pool = sorted({*r.sample(range(low, high + 1), 8), *edges})
        return sorted(r.sample(pool, min(n, len(pool))))

    def some(most: int) -> int:
        return r.choice([0, 0, *range(1, most + 1)])

    p = Person()
    if r.random() < 0.6:
        p.onset = r.choice([-400, -181, -180, -91, -90, -89, -30, -5])
        if r.random() < 0.2:
            p.onset, p.onset_month = r.choice(list(MONTHS)), True
        p.onset_known = r.choice([p.onset, min(0, p.onset + 90), min(0, p.onset + 91), 0])
    calm = r.random() < 0.5
    changes = ["unchanged", "improved", None] if calm else ["worse", "unchanged", "improved", None]
    p.dyspnoea = [(d, r.choice([True, False, False]), r.choice(changes)) for d in days(some(2))]
    p.dyspnoea = [(d, True if change else present, change) for d, present, change in p.dyspnoea]
    p.cough = [(d, r.random() < 0.3) for d in days(some(2))]
    for d in days(some(3)):
        change = r.choice(
            ["unchanged", "decreased", "first", None] if calm else ["increased", "unchanged", "first", None]
        )
        compared = d - r.choice([30, 90, 91, 300]) if change == "increased" and r.random() < 0.6 else None
        p.scans.append(
            {
                "day": d,
                "change": change,
                "compared": compared,
                "ggo": r.choice([True, True, False, None]),
                "consolidation": r.choice(["lower", "random", "none", "none", None]),
            }
        )
    p.vc = [(d, r.choice(CALM_VC if calm else VC)) for d in days(some(3))]
    p.pao2 = some_gases(r, days(some(4)))
    if r.random() < 0.8:
        p.diagnosis = (r.choice(DIAGNOSES), r.random() < 0.1)
    results = ["positive", "negative", "negative", "negative", "negative", "pending", "weak_positive", "indeterminate"]
    p.mda5 = [(d, r.choice(results)) for d in days(some(3))]
    if r.random() < 0.4:
        said = ["31.9", "32", "10", "3040", ">=150", "<32", "<=32", ">30", "5"]
        near = sorted({*days(1), *(min(0, d + r.choice([-8, -7, -1, 0, 3, 7, 8])) for d, _result in p.mda5)})
        p.titres = [(d, r.choice(said), r.choice([None, "MESACUP", "MESACUP", "EUROLINE"])) for d in near]
    p.ferritin = [
        (d, r.choice(["999.9", "1000", "1000.1", "200", "890", "<5", ">800", ">1000"])) for d in days(some(2))
    ]
    if r.random() < 0.5:
        low = r.choice([-40, -40, -150, -300])
        p.drugs = [given(r, d) for d in days(r.randint(1, 6), low)]
        if r.random() < 0.2:  # split over the day
            p.drugs = [y for x in p.drugs for y in ([x, x] if x[1] == "gc" else [x])]
        p.judged = [(d, r.choice(["improved", "unchanged", "worse"])) for d in days(some(3), low)]
    if r.random() < 0.15:
        p.decided = r.choice([-150, -60, -10])
    if r.random() < 0.3:
        settle(p, r)
    return p


def settle(p: Person, r: random.Random) -> None:
    """No factor of N2 is open, and half of them chronic: so that the steps behind N3 and N7 come up often enough."""
    p.diagnosis = (r.choice(["DM", "PM", "ASyS"]), False)
    p.mda5, p.titres = r.choice([([(-1, "negative")], []), ([], [(-1, "31.9", "MESACUP")])])
    p.ferritin = [(-1, r.choice(["1000", "890", "<5"]))]
    p.pao2 = [(d, r.choice(["70", "75", "80", ">80", "74"]), AIR) for d, _value, _oxygen in p.pao2] or [(-1, "70", AIR)]
    p.scans.append({"day": 0, "change": r.choice(["unchanged", "first"]), "ggo": False, "consolidation": "none"})
    if r.random() < 0.5:
        p.onset, p.onset_month, p.onset_known = r.choice([-200, -91]), False, 0
        p.dyspnoea, p.cough = [(-2, False, None)], [(-2, r.random() < 0.5)]
        p.scans = [x for x in p.scans if x["change"] in ("unchanged", "first", "decreased")]
        p.vc = [(d, r.choice(["2.20", "2.10", "2.09", "2.08"])) for d, _value in p.vc]
