"""Invented courses of chronic disease: subtypes C-1 and C-2, observation, T1 and T2, relapse, transition from A/S."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ildcare.demo.care import infection_watch
from ildcare.demo.course import Course, Trend

EVERY = 60  # days between visits


def followed(
    c: Course,
    diagnosis: str,
    *,
    ars: str = "",
    mda5: str = "negative",
    symptomatic: bool = False,
    vc: Trend = (2.24, 2.22),
    kl6: Trend = (820, 790),
    visits: Sequence[int] | None = None,
    scans: Sequence[int] = (0,),
    lungs: Sequence[int] | None = None,
    **more: Trend,
) -> Course:
    """A patient seen every two months since day 0 with an onset long before; `scans` are HRCT days, all unchanged."""
    days = list(visits if visits is not None else range(0, c.days + 1, EVERY))
    c.onset(-210, known_on=0).diagnosis(0, diagnosis)
    c.antibodies(0, mda5=mda5, ars="positive" if ars else "negative", **({ars: "positive"} if ars else {}))
    if ars:
        c.finding(0, "raynaud").finding(0, "arthritis").finding(0, "mechanics_hands")
    for day in days:
        change = None if day == 0 else "unchanged"
        c.dyspnoea(day, change, present=symptomatic).finding(day, "cough", symptomatic, change)
        c.saturations((day,), (c.own("spo2", 97), c.own("spo2", 97)))
    for n, day in enumerate(scans):
        compared = {"change": "first"} if n == 0 else {"change": "unchanged", "compared_with": c.at(scans[n - 1])}
        c.hrct(day, ggo=bool(ars), reticular=True, consolidation="none", pattern="NSIP", **compared)
    labs: dict[str, Trend] = {
        "kl6": kl6, "spd": (118, 112), "ldh": (232, 226), "crp": (0.11, 0.09), "ck": (142, 118), "ferritin": (96, 88),
        "ast": (26, 24), "alt": (22, 21), "creatinine": (0.68, 0.7), "wbc": (6100, 6300), "lymphocytes": (1500, 1450),
    }  # fmt: skip
    c.labs(days, **{**labs, **more})
    return lung_function(c, lungs or (days[::2] if len(days) > 2 else days), vc)


def lung_function(c: Course, days: Sequence[int], vc: Trend) -> Course:
    """VC, FVC, % predicted and DLCO of these days."""
    own = c.usual("vc", vc)
    first = own[0][1] if isinstance(own[0], tuple) else own[0]
    for day in days:
        litres = c.value(day, "vc", own, days)
        share = litres / first
        c.test(day, "vc", litres, "13:00").test(day, "fvc", litres - 0.03, "13:00")
        c.test(day, "fvc_pp", c.own("fvc_pp", 79.5) * share, "13:00")
        c.test(day, "dlco_pp", c.own("dlco_pp", 61.0) * share, "13:00")
    return c


def maintained(c: Course, partner: str, dose: float, *, gc: float = 7.5, gc_until: int | None = None) -> Course:
    """GC at a low dose with one partner; its effect judged at the last visit. `gc_until`: the last day of GC."""
    c.judged(c.days - 3, "improved", "stable on maintenance")
    drugs_watched(c, range(0, c.days, EVERY))
    return c.drug(0, "gc", gc, route="oral", stop=gc_until).drug(0, partner, dose, route="oral")


def drugs_watched(c: Course, days: Iterable[int]) -> Course:
    """What GC and a calcineurin inhibitor ask for at each visit: potassium, magnesium, HbA1c, blood pressure."""
    seen = sorted({*days, c.days - 3})
    c.labs(seen, potassium=(4.2, 4.3), magnesium=(2.0, 1.9), hba1c=(5.7, 5.8), wbc=(6200, 6400))
    for day in seen:
        pressure = c.scattered(day, "systolic_bp", c.own("systolic_bp", 124))
        c.test(day, "systolic_bp", pressure, "13:00").test(day, "diastolic_bp", pressure * 0.61, "13:00")
    return c


def observed(c: Course) -> Course:
    """C-2 under observation for 14 months, stable."""
    return followed(c, "DM", scans=(0, 180, 400), visits=(*range(0, 400, 60), 415))


def observed_with_ars(c: Course) -> Course:
    """C-1 under observation, stable."""
    return followed(c, "PM", ars="jo1", scans=(0, 170), kl6=(640, 655), vc=(2.05, 2.06))


def observed_with_mda5(c: Course) -> Course:
    """Chronic course with anti-MDA5: no triple therapy, but watched."""
    return followed(c, "CADM", mda5="positive", scans=(0, 175), kl6=(455, 470), mda5_titre=(148, 122), ck=(71, 66))


def mostly_below_detection(c: Course) -> Course:
    """C-1 under observation with values at the edge of the assays."""
    followed(c, "DM", ars="oj", scans=(0, 150), kl6=(505, 498), vc=(2.31, 2.3))
    return c.lab(c.days - 12, "bdg", "<6.0", kit="turbidimetric").lab(c.days - 12, "crp", "<0.03")


def steroid_begun(c: Course) -> Course:
    """C-1 with cough and VC falling: T1 for 60 days, improved."""
    followed(c, "PM", ars="pl12", symptomatic=True, vc=[(0, 2.1), (180, 1.97), (240, 2.06)], scans=(0, 150, 230))
    c.drug(180, "gc", 20, route="oral").judged(195, "unchanged").judged(210, "improved", "cough gone")
    return c.finding(230, "cough", present=False).dyspnoea(230, "improved").lab(210, "kl6", 735)


def recurrence(c: Course) -> Course:
    """C-1 on GC and TAC: VC 12 % down within 90 days, dyspnoea worse: acute/subacute since four days, judged worse."""
    last = c.days
    vc = [(0, 2.26), (last - 80, 2.24)]
    kl6, visits = [(0, 760), (last - 80, 905)], (*range(0, last - 90, 60), last - 80)
    followed(c, "DM", ars="ej", vc=vc, lungs=(0, 120, last - 80), scans=(0, 180, last - 110), visits=visits, kl6=kl6)
    c.drug(0, "gc", 7.5, route="oral").drug(0, "tac", 3, route="oral")
    drugs_watched(c, visits).labs((last - 4,), creatinine=(0.79, 0.79))
    c.test(last - 4, "vc", 1.96, "13:00").test(last - 4, "fvc", 1.93, "13:00")
    c.test(last - 4, "fvc_pp", 68.6, "13:00").test(last - 4, "dlco_pp", 49.0, "13:00")
    c.dyspnoea(last - 4, "worse").finding(last - 4, "cough", change="worse")
    c.hrct(last - 3, ggo=True, reticular=True, consolidation="none", change="increased", compared_with=c.at(last - 110))
    c.labs((last - 4, last), kl6=[(last - 4, 1385), (last, 1460)], ferritin=(210, 238), ldh=(296, 310), crp=(0.8, 0.9))
    c.gas(last - 4, 71.4).gas(last, 70.8).saturations(range(last - 4, last + 1), (94, 94))
    c.judged(100, "improved").judged(last - 80, "improved").judged(last - 1, "worse", "VC, symptoms and HRCT agree")
    infection_watch(c, last - 4)
    return c.level(last - 80, 5.9, "oral", "trough", drug="tac").level(last - 3, 4.2, "oral", "trough", drug="tac")


def on_tacrolimus(c: Course) -> Course:
    """C-1 on GC and TAC, stable for a year."""
    maintained(followed(c, "PM", ars="jo1", scans=(0, 180, 340)), "tac", 3)
    for day in (5, 60, 180, 345):
        c.level(day, 6.1 + (day % 7) / 10, "oral", "trough", drug="tac")
    c.level(c.days - 3, 6.4, "oral", "trough", drug="tac")
    return c


def on_azathioprine(c: Course) -> Course:
    """C-2 on GC and AZA; GC was not ordered anew when the patient came to the ward three days ago."""
    return maintained(followed(c, "PM", scans=(0, 190)), "aza", 75, gc=10, gc_until=c.days - 4)


def on_mycophenolate(c: Course) -> Course:
    """C-2 on GC and MMF, VC 8 % down in a year and the cough worse: nintedanib added. Oral cyclophosphamide of years
    ago, at another hospital, comes to 22 g."""
    last = c.days
    followed(c, "DM", vc=[(0, 2.4), (last - 6, 2.21)], scans=(0, 180, last - 20), kl6=(1180, 1260),
             lungs=(0, 120, 240, last - 6))  # fmt: skip
    c.finding(last - 6, "cough", change="worse")
    c.drug(-1400, "cy_oral", 100, route="oral", stop=-1181)
    return maintained(c, "mmf", 1500).drug(last - 15, "nintedanib", 200, route="oral")


def decided_chronic(c: Course) -> Course:
    """A survivor of A/S-1, decided to be chronic five months ago; oral CsA with GC."""
    c.onset(-20, known_on=0).diagnosis(0, "CADM").antibodies(0, mda5="positive", ars="negative").dyspnoea(0, "worse")
    c.hrct(0, ggo=True, consolidation="lower", change="first")
    c.drug(1, "gc", 50, route="oral", stop=120).drug(1, "csa", 200, route="iv", stop=30).drug(
        31, "csa", 125, route="oral", new=False
    )
    for day in (1, 29, 57, 85, 113, 141):
        c.drug(day, "ivcy", 700, "mg", route="iv", stop=day)
    c.drug(121, "gc", 10, route="oral", new=False).judged(30, "improved").judged(90, "improved")
    c.judged(c.days - 4, "improved", "stable on maintenance")
    last = c.days - 6
    ferritin, kl6 = [(0, 1620), (30, 610), (100, 120), (last, 64)], [(0, 880), (30, 1010), (100, 540), (last, 402)]
    c.labs((0, 14, 30, 60, 100, 180, 240, 300, last), ferritin=ferritin, kl6=kl6, ldh=(420, 205), crp=(1.7, 0.04))
    c.level(3, 212).level(35, 181, "oral", "trough").level(c.days - 6, 159, "oral", "trough")
    drugs_watched(c, (30, 60, 100, 180, 240, 300)).labs((100, 240, 300, last), creatinine=(0.74, 0.77), alt=(31, 27))
    c.decided(220, "No sign of activity for four months, maintenance with CsA and GC.", course="C")
    c.dyspnoea(c.days - 6, "unchanged", present=False).finding(c.days - 6, "cough", present=False)
    c.hrct(200, ggo=False, reticular=True, consolidation="none", change="decreased", compared_with=c.at(0))
    c.hrct(c.days - 10, ggo=False, reticular=True, consolidation="none", change="unchanged", compared_with=c.at(200))
    return lung_function(c, (60, 210, c.days - 6), [(60, 1.92), (210, 2.2), (c.days - 6, 2.24)])


def pm_decided_chronic(c: Course) -> Course:
    """A/S-3 that settled on T1, decided to be chronic; GC 5 mg."""
    c.onset(-30, known_on=0).diagnosis(0, "PM").antibodies(0, mda5="negative", ars="positive", jo1="positive")
    c.dyspnoea(0, "worse").hrct(0, ggo=True, reticular=True, consolidation="none", change="first")
    c.drug(1, "gc", 60, route="oral", stop=60).drug(61, "gc", 20, route="oral", stop=150, new=False).drug(
        151, "gc", 5, route="oral", new=False
    )
    c.judged(14, "improved").judged(28, "improved").judged(c.days - 9, "improved")
    c.labs((0, 7, 14, 28, 60, 120, 180, c.days - 9), ferritin=(260, 80), kl6=[(0, 1320), (c.days - 9, 610)],
           ck=[(0, 3200), (28, 240), (c.days - 9, 96)], ldh=(480, 215), crp=(0.8, 0.06))  # fmt: skip
    c.decided(160, "Six months stable after GC.", course="C")
    c.dyspnoea(c.days - 9, "unchanged", present=False).finding(c.days - 9, "cough", present=False)
    c.hrct(c.days - 15, ggo=False, reticular=True, consolidation="none", change="unchanged", compared_with=c.at(0))
    return lung_function(c, (30, 120, c.days - 9), [(30, 1.9), (120, 2.08), (c.days - 9, 2.1)])


def treatment_due(c: Course) -> Course:
    """C-1 newly seen with dyspnoea and cough: T1 is indicated, not started."""
    c.onset(-260, known_on=-3).diagnosis(-3, "DM").antibodies(-2, mda5="negative", ars="positive", pl12="positive")
    c.dyspnoea(-3, "unchanged").finding(-3, "cough").finding(-3, "raynaud").finding(-3, "mechanics_hands")
    c.hrct(
        -3, ggo=True, reticular=True, consolidation="none", pattern="NSIP", change="unchanged", compared_with=c.at(-80)
    )
    c.labs((-3, 0), kl6=(1240, 1265), spd=(180, 176), ferritin=(112, 108), ldh=(266, 260), crp=(0.2, 0.18))
    c.labs((-3, 0), ck=(410, 402), creatinine=(0.6, 0.61), wbc=(6600, 6400))
    c.saturations(range(-3, 1), (96, 96)).gas(-3, 78.8)
    return lung_function(c, (-60, -3), [(-60, 1.88), (-3, 1.87)])


def lung_function_overdue(c: Course) -> Course:
    """C-1 in its first year whose last lung function is 196 days old."""
    days = (0, 60, 120, 180, 240)
    followed(c, "PM", ars="ks", visits=days, lungs=(0, 60), scans=(0, 60, 240), kl6=(702, 735)).gas(240, 84.2)
    return c


def steroid_to_be_judged(c: Course) -> Course:
    """C-2 with VC falling: T1 for 16 days, the judgement of day 14 is due."""
    last = c.days
    followed(c, "PM", symptomatic=True, vc=[(0, 2.36), (last - 20, 2.2)], scans=(0, 150, last - 25),
             visits=(*range(0, last - 30, 60), last - 20), kl6=(930, 1010))  # fmt: skip
    return c.drug(last - 16, "gc", 30, route="oral").lab(last - 2, "kl6", 985).saturations((last - 2,), (96, 96))


def on_rituximab(c: Course) -> Course:
    """C-1 with recurrences: GC, TAC, rituximab twice. Hepatitis B, resolved long ago, comes back."""
    followed(c, "PM", ars="jo1", scans=(0, 175, 330), kl6=(1420, 960), symptomatic=True)
    maintained(c, "tac", 4, gc=10).drug(40, "rtx", 1000, "mg", route="iv", stop=40)
    c.drug(54, "rtx", 1000, "mg", route="iv", stop=54).judged(120, "improved")
    for day, value in ((6, 7.2), (90, 7.7), (250, 6.9), (c.days - 3, 7.4)):
        c.level(day, value, "oral", "trough", drug="tac")
    c.lab(0, "anti_hbc", 8.46).lab(0, "anti_hbs", 24.8)
    for day in range(0, c.days - 20, 28):
        c.lab(day, "hbv_dna", "<10")
    return c.lab(c.days - 2, "hbv_dna", 1340)
