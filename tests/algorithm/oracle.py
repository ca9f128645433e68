"""An independent oracle: the chart written as plain if/else over a plain description of a patient, no code shared.

A patient is a `Person`: day numbers and plain values, facts known on their day unless said otherwise. `story_of` tells
the same patient as facts. Today is day 0.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.story import Story

ORDER = ["observation", "T1", "T2", "T3", "T4"]


@dataclass
class Person:
    onset: int | None = None
    onset_known: int = 0
    dyspnoea: list[tuple[int, bool | None, str | None]] = field(default_factory=list)
    cough: list[tuple[int, bool]] = field(default_factory=list)
    scans: list[dict[str, Any]] = field(default_factory=list)
    vc: list[tuple[int, str]] = field(default_factory=list)
    pao2: list[tuple[int, str, str]] = field(default_factory=list)
    diagnosis: tuple[str, bool] | None = None
    mda5: list[tuple[int, str]] = field(default_factory=list)
    ferritin: list[tuple[int, str]] = field(default_factory=list)
    drugs: list[tuple[int, str]] = field(default_factory=list)
    judged: list[tuple[int, str]] = field(default_factory=list)
    decided: int | None = None


def story_of(p: Person) -> Story:
    story = Story()
    if p.onset is not None:
        story.onset(p.onset, known=p.onset_known)
    for day, present, change in p.dyspnoea:
        story.dyspnoea(day, present, change)
    for day, there in p.cough:
        story.finding(day, "cough", there)
    for scan in p.scans:
        content = {k: v for k, v in scan.items() if k not in ("day", "compared")}
        if scan.get("compared") is not None:
            from tests.story import moment

            content["compared_with"] = moment(scan["compared"]).date()
        story.hrct(scan["day"], **content)
    for day, value in p.vc:
        story.test(day, "vc", value)
    for day, value, fio2 in p.pao2:
        story.pao2(day, value, fio2)
    if p.diagnosis:
        story.diagnosis(-1, p.diagnosis[0], provisional=p.diagnosis[1])
    for day, result in p.mda5:
        story.mda5(day, result)
    for day, value in p.ferritin:
        story.ferritin(day, value)
    for day, drug in p.drugs:
        story.drug(day, drug)
    for day, how in p.judged:
        story.judged(day, how)
    if p.decided is not None:
        story.chronic(p.decided)
    return story


# -- the oracle -------------------------------------------------------------------------------------------------------


def num(text: str) -> Decimal:
    return Decimal(text.lstrip("<>"))


def entry_days(p: Person) -> list[int]:
    """Days of facts that met a criterion of N1 (dyspnoea, HRCT and physiology were known the day they are about)."""
    days = []
    if p.onset is not None and p.onset_known - p.onset <= 90:
        days.append(p.onset)
    days += [day for day, _present, change in p.dyspnoea if change == "worse"]
    for scan in p.scans:
        recent = scan.get("compared") is None or scan["day"] - scan["compared"] <= 90
        if scan.get("change") == "increased" and recent:
            days.append(scan["day"])
    for day, value in p.vc:
        before = [num(v) for d, v in p.vc if d < day and day - d <= 90]
        if before and num(value) < max(before) * 9 / 10:
            days.append(day)
    for day, value, fio2 in p.pao2:
        before = [num(v) for d, v, f in p.pao2 if d < day and day - d <= 90 and f == fio2]
        if before and max(before) - num(value) > 10:
            days.append(day)
    return days


def course(p: Person) -> tuple[str | None, int | None]:
    days = [d for d in entry_days(p) if p.decided is None or d > p.decided]
    if days:
        return "A/S", min(days)
    if p.decided is not None:
        return "C", p.decided
    told = [x for x in p.dyspnoea if x[0] >= -90]
    if not told:
        symptoms = None
    else:
        _day, present, change = told[-1]
        symptoms = False if change is not None or present is False else None
    scans = [s for s in p.scans if s["day"] >= -90]
    scan_no = any(s.get("change") in ("unchanged", "decreased", "first") for s in scans)
    looked = any(d >= -90 for d, *_ in [*p.vc, *p.pao2])
    absent = bool(told) and told[-1][1] is False
    old = (p.onset is not None and -p.onset > 90) or (p.onset is None and absent)
    if old and symptoms is False and scan_no and looked:
        return "C", None
    return None, None


def factors(p: Person, start: int) -> dict[str, bool | None]:
    kind, provisional = p.diagnosis or (None, False)
    adm: bool | None = kind in ("ADM", "hypomyopathic_DM", "CADM")
    if kind is None or (kind == "DM" and provisional):
        adm = None
    results = [r for _d, r in p.mda5]
    mda5 = True if "positive" in results else False if "negative" in results else None
    ferritin: bool | None = None
    values = [v for d, v in p.ferritin if d >= start]
    if any(num(v) > 1000 or v == ">1000" for v in values):
        ferritin = True
    elif values and all(not v.startswith(">") and num(v) <= 1000 for v in values):
        ferritin = False
    hrct: bool | None = None
    ggo = zone = None
    for s in p.scans:
        if s["day"] < start:
            continue
        ggo = s["ggo"] if s.get("ggo") is not None else ggo
        zone = s["consolidation"] if s.get("consolidation") else zone
        if ggo and zone == "lower":
            hrct = True
        elif hrct is not True:
            hrct = False if ggo is False or (zone is not None and zone != "lower") else None
    gases = [(v, f) for d, v, f in p.pao2 if d >= start]
    air = [num(v) for v, f in gases if f == "0.21"]
    pao2 = None
    if any(v < 60 for v in air):
        pao2 = True
    elif air and gases[-1][1] == "0.21":
        pao2 = False
    return {"adm": adm, "mda5": mda5, "ferritin": ferritin, "hrct": hrct, "pao2": pao2}


def chronic_active(p: Person) -> bool | None:
    parts: list[bool | None] = []
    dyspnoea = [(pr, ch) for d, pr, ch in p.dyspnoea if d >= -365 and (pr is not None or ch == "worse")]
    parts.append(None if not dyspnoea else dyspnoea[-1][0] is True or dyspnoea[-1][1] == "worse")
    cough = [c for d, c in p.cough if d >= -365]
    parts.append(cough[-1] if cough else None)
    vc = [(d, num(v)) for d, v in p.vc if d >= -365]
    if vc:
        before = [v for d, v in vc[:-1] if vc[-1][0] - d <= 365]
        parts.append(bool(before) and vc[-1][1] < max(before) * 95 / 100)
    else:
        parts.append(None)
    scans = [s["change"] for s in p.scans if s["day"] >= -365 and s.get("change")]
    parts.append(scans[-1] == "increased" if scans else None)
    return True if True in parts else None if None in parts else False


def entry(p: Person) -> str | None:
    which, since = course(p)
    if which is None:
        return None
    if which == "C":
        return {True: "T1", False: "observation", None: None}[chronic_active(p)]
    assert since is not None
    found = factors(p, since - 90).values()
    if True in found:
        return "T3"
    if None in found:
        return None
    assert p.diagnosis is not None
    return "T1" if p.diagnosis[0] == "PM" else "T2"


def running(p: Person) -> tuple[str, int] | None:
    which, _since = course(p)
    level, start = 0, 0
    triple: int | None = None
    for day in sorted({d for d, _ in p.drugs}):
        now = {drug for d, drug in p.drugs if d <= day}
        cni, cy = now & {"csa", "tac"}, now & {"ivcy", "cy_oral"}
        other = cni | cy | (now & {"aza", "mmf"} if which == "C" else set())
        reached = 0 if "gc" not in now else 3 if cni and cy else 2 if other else 1
        if reached > level:
            level, start = reached, day
            triple = day if level == 3 else triple
        later = {drug for d, drug in p.drugs if triple is not None and triple < d <= day}
        if level == 3 and later & {"ivig", "pmx_dhp", "plasma_exchange"}:
            level, start = 4, day
    return (ORDER[level], start) if level else None


def improved(p: Person, step: str, start: int) -> bool | None:
    told = [(d, how) for d, how in p.judged if d > start]
    last_good = max((d for d, how in told if how == "improved"), default=None)
    worse = [d for d, how in told if how == "worse"]
    if step == "T1":
        window = range(start + 1, start + 15)
        worse += [d for d, _p, change in p.dyspnoea if change == "worse" and d in window]
        worse += [s["day"] for s in p.scans if s.get("change") == "increased" and s["day"] in window]
        for d, v, f in p.pao2:
            before = [num(x) for e, x, g in p.pao2 if e <= start and start - e <= 90 and g == f]
            if d in window and before and before[-1] - num(v) > 10:
                worse.append(d)
    if any(last_good is None or d > last_good for d in worse):
        return False
    if told and told[-1][1] == "unchanged":
        return False if -start >= (28 if step == "T1" else 14) else None
    return True if last_good is not None else None


def step(p: Person) -> str | None:
    answer, given = entry(p), running(p)
    if given is None:
        return answer
    now, start = given
    if improved(p, now, start) is False and now != "T4":
        now = ORDER[ORDER.index(now) + 1]
    return max(now, answer, key=ORDER.index) if answer else now


# -- random patients, values on every threshold -----------------------------------------------------------------------


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
    p.vc = [
        (d, r.choice(["2.20", "1.98", "2.09", "2.10"] if calm else ["2.20", "1.98", "1.97", "2.00"]))
        for d in days(some(3))
    ]
    p.pao2 = [
        (d, r.choice(["59.9", "60", "69.9", "70", "70.1", "75", "80"]), r.choice(["0.21", "0.21", "0.4"]))
        for d in days(some(3))
    ]
    if r.random() < 0.8:
        p.diagnosis = (r.choice(["DM", "DM", "PM", "PM", "ADM", "hypomyopathic_DM", "CADM"]), r.random() < 0.1)
    p.mda5 = [(d, r.choice(["positive", "negative", "negative", "negative", "pending"])) for d in days(some(2))]
    p.ferritin = [
        (d, r.choice(["999.9", "1000", "1000.1", "200", "890", "<5", ">800", ">1000"])) for d in days(some(2))
    ]
    if r.random() < 0.5:
        pool = ["gc", "gc", "csa", "tac", "ivcy", "cy_oral", "aza", "ivig", "pmx_dhp"]
        p.drugs = [(d, r.choice(pool)) for d in days(r.randint(1, 5), -40)]
        p.judged = [(d, r.choice(["improved", "unchanged", "worse"])) for d in days(some(2), -40)]
    if r.random() < 0.15:
        p.decided = r.choice([-150, -60, -10])
    return p
