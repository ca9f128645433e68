"""The therapy clock as plain if/else over a plain patient: specification 12 (40)-(42), 13 (66)-(75). No code shared.

All days are numbers, today is 0; a drug is (day, drug, mg of prednisolone or None, last day or None).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.algorithm.fall_oracle import Gas, fell_since_day_0, gas_pairs, vc_pairs

if TYPE_CHECKING:
    from tests.algorithm.oracle import Given, Person

CNI, CY = {"csa", "tac"}, {"ivcy", "cy_oral"}
SALVAGE = {"ivig", "pmx_dhp", "plasma_exchange"}
COVERS = {"ivcy": 35, "rtx": 180, "ivig": 35}


@dataclass
class Start:
    level: int
    day: int
    again: bool = False
    from_entry: bool = False
    under_gc: bool = False


def end(x: Given) -> int | None:
    day, drug, _mg, stop = x
    if stop is None or drug not in COVERS or (stop != day and drug != "ivig"):
        return stop
    return max(stop, day + COVERS[drug])


def on(x: Given, day: int) -> bool:
    last = end(x)
    return x[0] <= day and (last is None or day <= last)


def mg(p: Person, day: int) -> Decimal | None:
    """The sum of a day: an open dose goes on until a dose begins on a later day, unless that one is over before."""
    whole: Decimal | None = Decimal(0)
    for x in p.drugs:
        if x[1] != "gc" or not on(x, day):
            continue
        if x[3] is None and any(y[1] == "gc" and x[0] < y[0] <= day and on(y, day) for y in p.drugs):
            continue
        whole = None if whole is None or x[2] is None else whole + x[2]
    return whole


def high(p: Person, day: int) -> bool:
    dose = mg(p, day)
    return any(x[1] == "gc_pulse" and on(x, day) for x in p.drugs) or (dose is not None and dose >= 30)


def falls_vc(values: list[tuple[int, str]]) -> list[bool]:
    return [True in vc_pairs(values, x) for x in values]


def falls_pao2(values: list[Gas]) -> list[bool]:
    return [any(fell is True for fell, _hidden in gas_pairs(values, x)) for x in values]


def stated(p: Person) -> list[int]:
    days = [d for d, _there, change in p.dyspnoea if change == "worse"]
    for scan in p.scans:
        recent = scan.get("compared") is None or scan["day"] - scan["compared"] <= 90
        if scan.get("change") == "increased" and recent:
            days.append(scan["day"])
    return days


def newly_met(p: Person) -> list[int]:
    """Days on which a criterion of N1 was newly met."""
    days = stated(p)
    vc, pao2 = p.vc, p.pao2
    fell = falls_vc(vc)
    days += [vc[i][0] for i in range(len(vc)) if fell[i] and not (i and fell[i - 1])]
    fell = falls_pao2(pao2)
    days += [pao2[i][0] for i in range(len(pao2)) if fell[i] and not (i and fell[i - 1])]
    return sorted(days)


def newly_met_since(p: Person, said: int) -> bool:
    if any(d > said for d in newly_met(p)):
        return True
    vc, pao2 = p.vc, p.pao2
    old_vc, old_pao2 = [x for x in vc if x[0] <= said], [x for x in pao2 if x[0] <= said]
    return any(falls_vc(old_vc[-1:] + [x for x in vc if x[0] > said])) or any(
        falls_pao2(old_pao2[-1:] + [x for x in pao2 if x[0] > said])
    )


def later_regimen(drugs: set[str]) -> bool:
    if not drugs & {"gc", "gc_pulse"}:
        return False
    return bool(drugs & CNI and drugs & {"tofacitinib", "rtx", "mmf"}) or (
        "tofacitinib" in drugs and bool(drugs & (CY | {"rtx", "mmf"}))
    )


def begins(p: Person, x: Given) -> int:
    """First day of the unbroken run of a drug."""
    first = x[0]
    while True:
        before = [y[0] for y in p.drugs if y[1] == x[1] and y[0] < first and on_or_ended_at(y, first - 1)]
        if not before:
            return first
        first = min(before)


def on_or_ended_at(x: Given, day: int) -> bool:
    last = end(x)
    return last is None or last >= day


def goes_on_to(p: Person, x: Given, day: int) -> bool:
    """Is a drug given from the first day of a course to another, without a day between? Pulses are glucocorticoid."""
    kinds = {"gc", "gc_pulse"} if x[1] in ("gc", "gc_pulse") else {x[1]}
    return all(any(y[1] in kinds and on(y, d) for y in p.drugs) for d in range(x[0], day + 1))


def escalates(p: Person, x: Given) -> bool:
    day, drug, _mg, _stop = x
    met = any(day - 14 <= d <= day for d in newly_met(p))
    if drug == "gc_pulse":
        pulses = [y[0] for y in p.drugs if y[1] == "gc_pulse" and y[0] < day]
        ivcy = [y[0] for y in p.drugs if y[1] == "ivcy"]
        with_ivcy = any(abs(a - day) <= 3 and any(0 < a - b <= 35 for b in ivcy) for a in ivcy)
        a_series = any(day - d <= 35 for d in pulses) or with_ivcy
        worse = any(how == "worse" and 0 <= day - d <= 14 for d, how in p.judged)
        return not a_series or worse or met
    if drug == "gc":
        now, before = mg(p, day), mg(p, day - 1)
        if now is None or before is None or now <= before:
            return False
        fortnight = [mg(p, day - n) for n in range(1, 15)]
        lowest: Decimal | None = None
        if Decimal(0) in fortnight:
            lowest = Decimal(0)
        elif None not in fortnight:
            lowest = min(v for v in fortnight if v is not None)
        if lowest is not None and now >= 30 and now >= 2 * lowest:
            return True
        return now >= before * 3 / 2 and now >= 20 and met
    escalating = CNI | CY | SALVAGE | {"aza", "mmf", "rtx", "tofacitinib"}
    return drug in escalating and begins(p, x) == day and met


def starts(p: Person, which: str | None, since: int | None) -> list[Start]:
    begin = since if which in ("A/S", "C") else None
    if which == "A/S" and since is not None and p.onset is not None and 0 <= since - p.onset <= 90:
        ended = p.decided if p.decided is not None and p.decided <= since else None
        if ended is None or p.onset > ended:
            begin = min(since, p.onset)
    given = [x for x in p.drugs if begin is None or goes_on_to(p, x, begin)]
    old = {i for i, x in enumerate(given) if which == "A/S" and begin is not None and begin - begins(p, x) > 14}
    partners = CNI | CY | ({"aza", "mmf"} if which == "C" else set())
    if which != "A/S" and not {x[1] for x in given if on(x, 0)} & ({"gc", "gc_pulse"} | partners | SALVAGE):
        return []
    found: list[Start] = []
    reached, chart_gc, triple = 0, False, None

    def level(now: list[int]) -> int:
        drugs = {given[i][1] for i in now}
        own = {given[i][1] for i in now if i not in old}
        if not drugs & {"gc", "gc_pulse"} or not (chart_gc or own & partners):
            return 0
        count = drugs if chart_gc else own
        return 3 if count & CNI and count & CY else 2 if count & partners else 1

    if which == "A/S" and begin is not None and begin <= 0:
        gc = [i for i in old if given[i][1] in ("gc", "gc_pulse") and on(given[i], begin)]
        if gc and high(p, begin):
            chart_gc = True
            now = [i for i, x in enumerate(given) if x[0] <= begin and on(x, begin)]
            reached = level(now)
            triple = begin if reached == 3 else None
            found.append(Start(reached, begin, under_gc=all(high(p, begin - n) for n in range(1, 15))))
    days = {x[0] for i, x in enumerate(given) if begin is None or x[0] >= begin or i not in old}
    for day in sorted(days):
        now = [i for i, x in enumerate(given) if x[0] <= day and on(x, day)]
        last = found[-1] if found else None
        again = False
        if which is not None and (last is None or day - last.day > 28) and (last is not None or old):
            begun = [x for x in given if x[0] == day and (last is not None or x[1] in ("gc", "gc_pulse"))]
            again = any(escalates(p, x) for x in begun)
        before = {given[i][1] for i in now if given[i][0] < day}
        later = which == "A/S" and later_regimen({given[i][1] for i in now}) and not later_regimen(before)
        if again or later or any(given[i][1] in ("gc", "gc_pulse") and i not in old for i in now):
            chart_gc = True
        n = level(now)
        from_entry = again and last is not None and day - last.day > 90
        if from_entry:
            reached, triple = 0, None
        elif reached == 3 and triple is not None and any(given[i][1] in SALVAGE and given[i][0] > triple for i in now):
            n = 4
        if n == 3 and n > reached:
            triple = day
        if n > reached or (again and n) or later:
            reached = max(reached, n)
            found.append(Start(reached, day, again and last is not None, from_entry))
    return found


def improved(p: Person, found: list[Start]) -> bool | None:
    """On the last of the starts."""
    start = found[-1]
    step, began = start.level, start.day
    told = [(d, how) for d, how in p.judged if d > began or (start.under_gc and d == began)]
    last_good = max((d for d, how in told if how == "improved"), default=None)
    worse = [d for d, how in told if how == "worse"]
    if not told and start.again:
        before = [(d, how) for d, how in p.judged if 0 <= began - d <= 28]
        if before and before[-1][1] == "worse":
            day = before[-1][0]
            ran = [x for x in found[:-1] if x.day < began and x.day <= day]
            if ran and ran[-1].level == step and high(p, min(day, began - 1)):
                worse.append(day)
    if step == 1:
        window = range(began + 1, began + 15)
        worse += [d for d, _p, change in p.dyspnoea if change == "worse" and d in window]
        worse += [s["day"] for s in p.scans if s.get("change") == "increased" and s["day"] in window]
        worse += [x[0] for x in p.pao2 if x[0] in window and fell_since_day_0(p.pao2, x, began)]
    if any(last_good is None or d > last_good for d in worse):
        return False
    if told and told[-1][1] == "unchanged":
        counts = began + (28 if step == 1 else 14)
        failing = failing_since(p, start)
        if failing is not None and told[-1][0] >= failing:
            counts = told[-1][0]
        return False if counts <= 0 else None
    if last_good is None or newly_met_since(p, last_good):
        return None
    return True


def failing_since(p: Person, start: Start) -> int | None:
    if start.level != 1:
        return None
    if start.under_gc:
        return start.day
    for day in newly_met(p):
        if day > start.day and all(high(p, day - n) for n in range(1, 15)):
            return day
    return None
