"""An independent oracle: the chart written as plain if/else over a plain description of a patient, no code shared.

A patient is a `Person`: day numbers and plain values, facts known on their day unless said otherwise. `story_of` tells
the same patient as facts. Today is day 0, 1 March 2024. Falls are looked for in every pair of values, in exact
fractions. Random patients are drawn in `random_people`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.algorithm import clock_oracle as clock
from tests.algorithm.fall_oracle import AIR, STRENGTH, falls, gas_pairs, num, span, vc_pairs
from tests.story import Story

Given = tuple[int, str, Decimal | None, int | None]  # day, drug, mg of prednisolone a day, last day
ORDER = ["observation", "T1", "T2", "T3", "T4"]
MONTHS = {
    -152: 31,
    -121: 30,
    -91: 31,
    -60: 31,
    -29: 29,
    0: 31,
}  # first day and length of the months before 1 March 2024


@dataclass
class Person:
    onset: int | None = None
    onset_known: int = 0
    onset_month: bool = False
    dyspnoea: list[tuple[int, bool | None, str | None]] = field(default_factory=list)
    cough: list[tuple[int, bool]] = field(default_factory=list)
    scans: list[dict[str, Any]] = field(default_factory=list)
    vc: list[tuple[int, str]] = field(default_factory=list)
    pao2: list[tuple[int, str, str]] = field(default_factory=list)
    diagnosis: tuple[str, bool] | None = None
    mda5: list[tuple[int, str]] = field(default_factory=list)
    titres: list[tuple[int, str, str | None]] = field(default_factory=list)
    ferritin: list[tuple[int, str]] = field(default_factory=list)
    drugs: list[Given] = field(default_factory=list)
    judged: list[tuple[int, str]] = field(default_factory=list)
    decided: int | None = None


def story_of(p: Person) -> Story:
    story = Story()
    if p.onset is not None:
        story.onset(p.onset, known=p.onset_known, month=p.onset_month or None)
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
    for day, value, oxygen in p.pao2:
        device, _, flow = oxygen.partition(" ")
        if device in STRENGTH:
            story.gas(day, value, device, flow or None)
        else:
            story.pao2(day, value, oxygen)
    if p.diagnosis:
        story.diagnosis(-1, p.diagnosis[0], provisional=p.diagnosis[1])
    for day, result in p.mda5:
        story.mda5(day, result)
    for day, value, kit in p.titres:
        story.titre(day, value, kit)
    for day, value in p.ferritin:
        story.ferritin(day, value)
    for day, drug, mg, stop in p.drugs:
        story.drug(day, drug, stop=stop, dose=mg, unit="mg/day" if mg is not None else None)
    for day, how in p.judged:
        story.judged(day, how)
    if p.decided is not None:
        story.chronic(p.decided)
    return story


# -- the oracle -------------------------------------------------------------------------------------------------------


def entry_facts(p: Person) -> list[tuple[int, int]]:
    """Days of facts that met a criterion of N1, and when they were known (all but the onset: the same day)."""
    days = [day for day, _present, change in p.dyspnoea if change == "worse"]
    for scan in p.scans:
        recent = scan.get("compared") is None or scan["day"] - scan["compared"] <= 90
        if scan.get("change") == "increased" and recent:
            days.append(scan["day"])
    days += [x[0] for x in p.vc if True in vc_pairs(p.vc, x)]
    days += [x[0] for x in p.pao2 if any(fell is True for fell, _hidden in gas_pairs(p.pao2, x))]
    facts = [(day, day) for day in days]
    if p.onset is not None and p.onset_known - p.onset <= 90:
        facts.append((p.onset, p.onset_known))
    return facts


def fall_open(p: Person) -> bool:
    """Was a fall of the last 90 days left open: by a censored value, or, in the newest PaO2, by the oxygen?"""
    if any(None in vc_pairs(p.vc, x) for x in p.vc if x[0] >= -90):
        return True
    for i, x in enumerate(p.pao2):
        pairs = gas_pairs(p.pao2, x) if x[0] >= -90 else []
        open_pairs = [hidden for fell, hidden in pairs if fell is None]
        if open_pairs and (not all(open_pairs) or i == len(p.pao2) - 1):
            return True
    return False


def gas_alone_open(p: Person) -> bool:
    """No VC leaves a fall open: only a PaO2 does, if anything. (Without any, factor 5 is open too, and so is T1.)"""
    return not any(None in vc_pairs(p.vc, x) for x in p.vc if x[0] >= -90)


def onset_old(p: Person) -> bool | None:
    """More than 90 days ago, seen from today and from when it became known?"""
    assert p.onset is not None
    if not p.onset_month:
        return -p.onset > 90
    last = p.onset + MONTHS[p.onset] - 1
    then, today = p.onset_known - last > 90, -last > 90
    if then and today:
        return True
    return False if -p.onset <= 90 else None


def course(p: Person) -> tuple[str | None, int | None]:
    days = [d for d, _known in entry_facts(p) if p.decided is None or d > p.decided]
    if days:
        return "A/S", min(days)
    if p.decided is not None:
        return "C", p.decided
    return ("C", None) if all(no is True for no in looked_at(p).values()) else (None, None)


def looked_at(p: Person) -> dict[str, bool | None]:
    """Was each criterion of N1 looked at in the last 90 days and not found (and the onset before them)?"""
    told = [x for x in p.dyspnoea if x[0] >= -90]
    symptoms = bool(told) and (told[-1][2] is not None or told[-1][1] is False)
    scans = [s for s in p.scans if s["day"] >= -90]
    scan = any(s.get("change") in ("unchanged", "decreased", "first") for s in scans)
    physiology = any(d >= -90 for d, *_ in [*p.vc, *p.pao2]) and not fall_open(p)
    absent = bool(told) and told[-1][1] is False
    old = onset_old(p) if p.onset is not None else absent
    return {"onset": old, "symptoms": symptoms, "scan": scan, "physiology": physiology}


def titre_says(value: str, kit: str | None) -> str | None:
    low, high, _low, high_in = span(value)
    if kit not in (None, "MESACUP"):
        return None
    if low >= 32:
        return "positive"
    below = high is not None and (high < 32 or (high == 32 and not high_in))
    return "negative" if below and kit else None


def mda5_told(p: Person) -> tuple[bool | None, int | None, int | None]:
    """Factor 2; and, while result and titre contradict each other, since when, and since when there was a positive."""
    answer: bool | str | None = None
    words: list[tuple[int, str]] = []
    titres: list[tuple[int, str]] = []
    since: int | None = None
    for day in sorted({d for d, *_ in [*p.mda5, *p.titres]}):
        said = [r for d, r in p.mda5 if d == day]
        read = [x for d, v, kit in p.titres if d == day and (x := titre_says(v, kit))]
        definite = {x for x in said if x in ("positive", "negative")}
        if answer in ("weak", "against") and len(definite) == 1:
            words = [x for x in words if x[1] in definite]
            titres = [x for x in titres if x[1] in definite]
            answer, since = None, None
        words += [(day, x) for x in sorted(definite)]
        titres += [(day, x) for x in read]
        if answer == "against":
            continue
        if any(day in (a, b) and abs(a - b) <= 7 and x != y for a, x in words for b, y in titres):
            answer, since = "against", day
        elif "positive" in definite or "positive" in read:
            answer = True
        elif answer is not True:
            weak = "weak_positive" in said or "indeterminate" in said
            answer = "weak" if weak else False if definite or read else answer
    first = min((d for d, x in [*words, *titres] if x == "positive"), default=None)
    return (answer if isinstance(answer, bool) else None), since, first


def mda5_stood(p: Person) -> bool:
    """Was it positive, in an acute course, before it was contradicted?"""
    _answer, since, first = mda5_told(p)
    acute = [known for d, known in entry_facts(p) if p.decided is None or d > p.decided]
    return since is not None and first is not None and bool(acute) and max(first, min(acute)) < since


def factors(p: Person, start: int) -> dict[str, bool | None]:
    kind, provisional = p.diagnosis or (None, False)
    adm: bool | None = kind in ("ADM", "hypomyopathic_DM", "CADM")
    if kind is None or (kind == "DM" and provisional):
        adm = None
    mda5, _since, _first = mda5_told(p)
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
    low = [falls("60", v) for v, _f in gases]  # 60 - PaO2 > 0
    pao2: bool | None = None
    if True in low:
        pao2 = True
    elif gases and gases[-1][1] == AIR and None not in low:
        pao2 = False
    return {"adm": adm, "mda5": mda5, "ferritin": ferritin, "hrct": hrct, "pao2": pao2}


def counts_from(p: Person) -> int:
    """From which day ferritin, HRCT and PaO2 count: 90 days before A/S, or before the chart is walked again."""
    which, since = course(p)
    if which != "A/S" or since is None:
        return -90
    again = [x.day for x in running(p) if x.from_entry]
    return (again[-1] if again else since) - 90


def activity(p: Person) -> dict[str, bool | None]:
    """What N7 asks, of the last 12 months."""
    dyspnoea = [(pr, ch) for d, pr, ch in p.dyspnoea if d >= -365 and (pr is not None or ch == "worse")]
    cough = [c for d, c in p.cough if d >= -365]
    vc = [x for x in p.vc if x[0] >= -365]
    pairs = vc_pairs(p.vc, vc[-1], 365, Fraction(95, 100)) if vc else [None]
    scans = [s["change"] for s in p.scans if s["day"] >= -365 and s.get("change")]
    return {
        "symptoms": None if not dyspnoea else dyspnoea[-1][0] is True or dyspnoea[-1][1] == "worse",
        "cough": cough[-1] if cough else None,
        "physiology": True if True in pairs else None if None in pairs else False,
        "scan": scans[-1] == "increased" if scans else None,
    }


def any_true(parts: Iterable[bool | None]) -> bool | None:
    answers = list(parts)
    return True if True in answers else None if None in answers else False


def either_way(p: Person) -> str | None:
    """The course is open; T1 all the same where both ways lead to it: PM without any factor, and an active chronic ILD
    whose sign no fact that N1 still lacks can renew."""
    factor = any_true(x for start in (-90, -180) for x in factors(p, start).values())
    polymyositis = p.diagnosis is not None and p.diagnosis[0] == "PM"
    closed = {name: no is True for name, no in looked_at(p).items()}
    if gas_alone_open(p):
        closed["physiology"] = True  # the PaO2 that N1 lacks is no newer VC
    active = any(there and closed.get(name, True) for name, there in activity(p).items())
    return "T1" if polymyositis and factor is False and active else None


def entry(p: Person) -> str | None:
    which, since = course(p)
    if which is None:
        return None
    if which == "C":
        return {True: "T1", False: "observation", None: None}[any_true(activity(p).values())]
    assert since is not None
    found = factors(p, counts_from(p)).values()
    if True in found or mda5_stood(p):
        return "T3"
    if None in found:
        return None
    assert p.diagnosis is not None
    if p.diagnosis[0] == "ASyS":
        return None
    return "T1" if p.diagnosis[0] == "PM" else "T2"


def running(p: Person) -> list[clock.Start]:
    """Every step started, the last one running."""
    return clock.starts(p, *course(p))


def step(p: Person) -> str | None:
    answer, given = entry(p), running(p)
    if course(p)[0] is None:
        answer = either_way(p)
    if not given or not given[-1].level:
        return answer
    now = ORDER[given[-1].level]
    if clock.improved(p, given) is False and now != "T4":
        now = ORDER[ORDER.index(now) + 1]
    return max(now, answer, key=ORDER.index) if answer else now
