"""Who comes to the ward: an invented patient with subtype, antibodies, baseline and how the disease will go. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks import distributions as d
from benchmarks.year import rates

Knots = Sequence[tuple[float, float]]
RESPONDS, STEPS_UP, SALVAGED, DIES = "responds", "steps up", "salvaged", "dies"


@dataclass(kw_only=True)
class Person:
    """An invented patient. `usual`: what is measured in them when nothing is wrong; `first`: before treatment.

    goes: how the disease goes; turn: the day after D0 on which the ward steps up by itself, or on which they die.
    """

    number: int
    subtype: str
    female: bool
    age: int
    weight: float
    myositis: str
    mda5: bool
    ars: bool
    goes: str
    turn: int
    pace: float
    consolidation: str
    first: dict[str, float] = field(default_factory=dict)
    usual: dict[str, float] = field(default_factory=dict)
    carrier: bool = False
    hypertensive: bool = False
    sensitive: float = 1.0  # level of a calcineurin inhibitor against what its dose is expected to give

    @property
    def acute(self) -> bool:
        """Of acute/subacute disease."""
        return self.subtype.startswith("A/S")

    @property
    def poor_risk(self) -> bool:
        """Does the chart see a factor of poor risk before treatment?"""
        low = self.consolidation == "lower"
        return self.acute and (
            self.mda5 or self.myositis == "ADM" or self.first["ferritin"] > 1000 or low or self.first["pao2"] < 60
        )


def drawn(number: int, r: random.Random) -> Person:
    """The next patient."""
    subtype = r.choices(list(rates.SUBTYPES), list(rates.SUBTYPES.values()))[0]
    female, age = r.random() < d.FEMALE, min(85, max(20, round(d.AGE.drawn(r))))
    mda5 = subtype == "A/S-1" or (subtype == "C-2" and r.random() < 0.4)
    ars_share = {"A/S-2": rates.ARS_OF_AS2, "A/S-3": rates.ARS_OF_AS3, "C-1": 1.0}.get(subtype, 0.0)
    goes, turn = _course(subtype, r)
    person = Person(
        number=number,
        subtype=subtype,
        female=female,
        age=age,
        weight=round(rates.WEIGHT.drawn(r)),
        myositis=_diagnosis(subtype, r),
        mda5=mda5,
        ars=r.random() < ars_share,
        goes=goes,
        turn=turn,
        pace=r.uniform(0.75, 1.3),
        consolidation=_consolidation(subtype, r),
        carrier=r.random() < rates.CARRIED_HBV,
        hypertensive=r.random() < rates.HIGH_PRESSURE,
        sensitive=r.uniform(0.65, 1.5),
    )
    _baseline(person, r)
    return person


def _diagnosis(subtype: str, r: random.Random) -> str:
    if subtype == "A/S-1":
        return "ADM" if r.random() < rates.ADM_OF_AS1 else "DM"
    return {"A/S-2": "DM", "A/S-3": "PM"}.get(subtype) or r.choice(("PM", "DM"))


def _consolidation(subtype: str, r: random.Random) -> str:
    """[S] consolidation in 52-53 %; with ground glass it is the lower one that counts; elsewhere [J]."""
    if subtype == "A/S-1":
        return r.choices(("lower", "random", "none"), (0.52, 0.25, 0.23))[0]
    return r.choices(("lower", "none"), (0.15, 0.85))[0]


def _course(subtype: str, r: random.Random) -> tuple[str, int]:
    draw, later = r.random(), r.randint(13, 20)
    if subtype == "A/S-1":
        if draw < rates.AS1_DIES:
            return DIES, min(120, max(16, round(rates.RESPIRATORY_DEATH_DAY.drawn(r))))
        return (SALVAGED, r.randint(15, 21)) if draw < rates.AS1_DIES + rates.AS1_SALVAGED else (RESPONDS, later)
    if subtype == "A/S-2":
        if draw < rates.AS2_DIES:
            return DIES, min(120, max(20, round(rates.RESPIRATORY_DEATH_DAY.drawn(r))))
        return (STEPS_UP, later) if draw < rates.AS2_DIES + rates.AS2_STEPS_UP else (RESPONDS, later)
    return (STEPS_UP, later) if subtype == "A/S-3" and draw < rates.AS3_STEPS_UP else (RESPONDS, later)


def _baseline(p: Person, r: random.Random) -> None:
    severe = p.subtype == "A/S-1"
    aado2 = (rates.AADO2_AS1 if severe else d.AADO2).drawn(r)
    paco2 = r.uniform(34, 40)
    air = 150 - paco2 / 0.8
    ck = d.CK.drawn(r) * (1 if p.myositis == "ADM" else 6 if p.acute else 1.5)
    p.first = {
        "ferritin": (rates.FERRITIN_AS1 if severe else d.FERRITIN).drawn(r),
        "kl6": min(4000, d.KL6.drawn(r)),
        "spd": min(800, d.SPD.drawn(r)),
        "ldh": min(900, d.LDH.drawn(r)),
        "crp": min(12, d.CRP.drawn(r)),
        "ck": min(3000, ck),
        "pao2": min(96, max(52 if p.acute else 68, air - aado2)),
        "paco2": paco2,
        "vc": (2.6 if p.female else 3.6) * min(1.1, d.FVC_PP.drawn(r) / 100),
        "titre": r.uniform(150, 3500),
    }
    p.usual = {code: interval.drawn(r) for code, interval in d.ROUTINE.items()}
    p.usual |= {"ferritin": 110, "ldh": 190, "crp": 0.08, "ck": 70, "bilirubin": 0.6, "ggt": 32, "magnesium": 2.1}
    p.usual["kl6"], p.usual["spd"] = min(450.0, p.first["kl6"] * 0.6), min(100.0, p.first["spd"])
    middle = {"creatinine": 0.62 if p.female else 0.83, "haemoglobin": 12.6 if p.female else 14.2, "platelets": 240}
    p.usual |= {code: value * r.uniform(0.88, 1.12) for code, value in middle.items()}
    p.usual |= {"ast": r.uniform(16, 26), "alt": r.uniform(12, 21), "potassium": r.uniform(3.9, 4.4)}
    p.usual["systolic_bp"] = r.uniform(124, 134) if p.hypertensive else r.uniform(104, 124)
    p.usual["lymphocytes"] = r.uniform(500, 1300) if severe else r.uniform(900, 1900)


# -- how it goes: days since D0 ---------------------------------------------------------------------------------------


def activity(p: Person) -> Knots:
    """Of the disease, 1 before treatment: ferritin, LDH and CRP follow it."""
    x = float(p.turn)
    return {
        RESPONDS: ((-30, 0.5), (0, 1), (5, 1.02), (14, 0.6), (28, 0.3), (60, 0.12)),
        STEPS_UP: ((-30, 0.5), (0, 1), (7, 1.2), (x, 1.6), (x + 12, 0.9), (x + 35, 0.2)),
        SALVAGED: ((-30, 0.5), (0, 1), (8, 1.4), (x, 2.0), (x + 15, 0.9), (x + 45, 0.2)),
        DIES: ((-30, 0.5), (0, 1), (x * 0.4, 1.5), (x, 2.8)),
    }[p.goes]


def lung(p: Person) -> Knots:
    """mmHg of PaO2 on air added to the first one."""
    x, k = float(p.turn), p.pace
    return {
        RESPONDS: ((-15, 5), (0, 0), (4, -2 * k), (12, 0), (28, 6), (60, 12)),
        STEPS_UP: ((-15, 5), (0, 0), (5, -4 * k), (x, -15 * k), (x + 6, -14 * k), (x + 30, 0), (x + 60, 8)),
        SALVAGED: ((-20, 6), (0, 0), (7, -9 * k), (x, -22 * k), (x + 10, -20 * k), (x + 45, -2)),
        DIES: ((-20, 6), (0, 0), (x * 0.35, -9 * k), (x * 0.7, -22 * k), (x - 4, -32), (x, -45)),
    }[p.goes]


def pneumocytes(p: Person) -> Knots:
    """KL-6 and SP-D as a multiple of the first: they rise for weeks, also where it goes well."""
    x = float(p.turn)
    if p.goes == RESPONDS:
        return ((-30, 0.85), (0, 1), (14, 1.12), (28, 1.05), (90, 0.7))
    if p.goes == DIES:  # [S] a ratio above 1.70 within four weeks went with death
        return ((-30, 0.8), (0, 1), (14, 1.5), (26, 1.95), (x + 30, 2.6))
    return ((-30, 0.8), (0, 1), (14, 1.3), (max(28, x + 8), 1.65), (max(28, x + 8) + 60, 0.9))


def along(knots: Knots, day: float) -> float:
    """The value of a day on the straight line through knots."""
    before = knots[0]
    for knot in knots:
        if knot[0] >= day:
            span = knot[0] - before[0]
            return knot[1] if span <= 0 else before[1] + (knot[1] - before[1]) * (day - before[0]) / span
        before = knot
    return before[1]
