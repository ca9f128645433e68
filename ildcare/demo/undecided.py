"""Invented patients whose step waits for a fact: anti-MDA5 awaited, PaO2 on oxygen, censored values, a new referral."""

from __future__ import annotations

from ildcare.demo import care
from ildcare.demo.course import Course


def awaiting_mda5(c: Course) -> Course:
    """DM, ferritin 890, anti-MDA5 pending, consolidation not mentioned: T2 or T3."""
    c.onset(-16, known_on=0).diagnosis(0, "DM").dyspnoea(0, "worse").finding(0, "cough").finding(0, "fever")
    c.finding(0, "rash").antibodies(0, mda5="pending", ars="pending")
    c.hrct(0, ggo=True, reticular=True, honeycombing=False, change="first")
    care.size(c, 0, 155, 51)
    care.bloods(c, 0, ferritin=[(0, 862), (2, 890)], kl6=[(0, 548), (2, 560)], ck=(612, 540), ldh=(410, 402))
    care.breathing(c, 0, (95, 94), [(0, 71.5), (2, 70.2)])
    return care.vital_signs(c, 0, (38.2, 37.9), (18, 20))


def on_oxygen(c: Course) -> Course:
    """DM on oxygen since admission, so PaO2 on air is not known; anti-MDA5 pending, GC pulse begun."""
    c.onset(-12, known_on=-1).diagnosis(-1, "DM").dyspnoea(-1, "worse").finding(-1, "cough").finding(-1, "fever")
    c.antibodies(-1, mda5="pending", ars="pending").support(-1, "oxygen", 0.35)
    c.hrct(-1, ggo=True, consolidation="none", reticular=False, change="first")
    c.drug(0, "gc_pulse", 1000, route="iv", stop=2).drug(0, "gc", 50, route="oral")
    care.size(c, -1, 170, 68)
    care.bloods(c, -1, ferritin=[(-1, 740), (2, 805)], kl6=[(-1, 466), (2, 480)], ck=(388, 240), ldh=(421, 398))
    care.breathing(c, -1, (93, 94), [(-1, 70.8), (2, 76.4)], 0.35)
    return care.vital_signs(c, -1, (38.0, 37.1), (24, 22))


def censored(c: Course) -> Course:
    """DM; the other hospital's ferritin is "> 800" and its KL-6 "< 200": not known on which side of the limit."""
    c.onset(-22, known_on=-1).diagnosis(-1, "DM").dyspnoea(-1, "worse").finding(-1, "cough")
    c.antibodies(-1, mda5="pending", ars="negative")
    c.hrct(-1, ggo=True, consolidation="none", reticular=True, change="first")
    c.lab(-1, "ferritin", ">800").lab(-1, "kl6", "<200", kit="CLEIA").lab(-1, "ldh", 288).lab(-1, "crp", 0.62)
    c.lab(-1, "ck", 715).lab(-1, "ast", 61).lab(-1, "alt", 44).lab(-1, "creatinine", 0.55).lab(-1, "wbc", 5400)
    care.size(c, -1, 158, 56)
    care.breathing(c, -1, (96, 96), (79.3, 79.0))
    return care.vital_signs(c, -1, (37.1, 36.9), (16, 16))


def referral(c: Course) -> Course:
    """Referred yesterday with an HRCT only: diagnosis, antibodies and ferritin are missing."""
    c.onset(-27, known_on=0).dyspnoea(0, "worse").finding(0, "cough").finding(0, "mechanics_hands")
    c.hrct(0, ggo=True, reticular=True, change="first")
    c.saturations((0, 1), (94, 94)).gas(0, 68.8)
    c.lab(1, "crp", 1.12).lab(1, "ldh", 318).lab(1, "ck", 1430).lab(1, "wbc", 7100).lab(1, "creatinine", 0.74)
    return care.size(c, 0, 165, 61)


def course_unknown(c: Course) -> Course:
    """First visit: PM, one lung function, no earlier scan, onset not remembered: the course itself is open."""
    c.diagnosis(0, "PM").antibodies(0, mda5="negative", jo1="negative").finding(0, "cough")
    c.dyspnoea(0).hrct(0, ggo=True, reticular=True, pattern="NSIP")
    c.test(0, "vc", 1.98, "13:00").test(0, "fvc_pp", 72.4, "13:00").test(0, "dlco_pp", 58.1, "13:00")
    c.lab(0, "ferritin", 142).lab(0, "kl6", 1105).lab(0, "ldh", 271).lab(0, "crp", 0.21).lab(0, "ck", 884)
    return c.saturations((0, 1), (96, 96)).gas(0, 81.2)


def one_factor_settles(c: Course) -> Course:
    """DM, anti-MDA5 pending, but PaO2 58.4 on air settles N2: T3, begun yesterday."""
    c.onset(-19, known_on=-1).diagnosis(-1, "DM").dyspnoea(-1, "worse").finding(-1, "cough").finding(-1, "skin_ulcer")
    c.antibodies(-1, mda5="pending", ars="negative")
    c.hrct(-1, ggo=True, consolidation="lower", change="first")
    care.triple(c, dose=50, ivcy=700)
    care.size(c, -1, 159, 52)
    care.bloods(c, -1, ferritin=[(-1, 960), (1, 985)], kl6=[(-1, 702), (1, 718)], ck=(205, 150), ldh=(430, 428))
    c.gas(-1, 58.4).saturations((-1,), (90, 90))
    c.support(0, "oxygen", 0.3).saturations((0, 1), (94, 94), 0.3).gas(1, 71.0, fio2=0.3)
    care.infection_watch(c)
    return care.vital_signs(c, -1, (38.3, 37.8), (22, 22))
