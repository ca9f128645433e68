"""Invented courses of acute/subacute disease without anti-MDA5: subtypes A/S-2 (DM) and A/S-3 (PM), steps T1 to T3."""

from __future__ import annotations

from ildcare.demo import care
from ildcare.demo.course import REPORTED, Course, Trend


def admitted(c: Course, first: int, diagnosis: str, *, onset: int, ars: str = "", pao2: float = 74.0) -> Course:
    """The history and work-up that these patients share. `ars` names the positive anti-ARS antibody ("jo1")."""
    c.onset(onset, known_on=first).diagnosis(first, diagnosis)
    c.dyspnoea(first, "worse").finding(first, "cough").finding(first, "fever", present=False)
    c.finding(first, "muscle_weakness", present=diagnosis != "ADM")
    c.finding(first, "rash", present=diagnosis != "PM")
    c.antibodies(first + 2, mda5="negative", ars="positive" if ars else "negative")
    if ars:
        c.antibodies(first + 2, **{ars: "positive"}).finding(first, "mechanics_hands").finding(first, "arthritis")
    c.hrct(first, ggo=True, consolidation="none", reticular=True, honeycombing=False, pattern="NSIP", change="first")
    care.size(c, first, 156 if c.person.sex == "female" else 167, 54 if c.person.sex == "female" else 66)
    return c.gas(first, pao2, fio2=0.21)


def course_of_labs(
    c: Course, first: int, ferritin: Trend, kl6: Trend, ck: Trend = (1850, 240), **more: Trend
) -> Course:
    """Twice-weekly bloods of a myositis with raised muscle enzymes."""
    muscle: dict[str, Trend] = {"ck": ck, "ast": (96, 34), "alt": (74, 40), "ldh": (468, 252), "crp": (0.9, 0.1)}
    return care.bloods(c, first, ferritin=ferritin, kl6=kl6, **{**muscle, **more})


def watched(c: Course, first: int, spo2: tuple[float, float], pao2: tuple[float, float]) -> Course:
    """Saturation, gases, vital signs, infection watch."""
    care.breathing(c, first, spo2, pao2)
    care.infection_watch(c)
    return care.vital_signs(c, first, (37.2, 36.5), (18, 16))


def t2_to_be_judged(c: Course) -> Course:
    """DM on T2 (GC and oral CsA) for 8 days; the weekly judgement is due, and potassium rises with TMP-SMX and CsA."""
    admitted(c, -3, "DM", onset=-45)
    care.prophylaxis(care.steroid(c, 0, 50).drug(0, "csa", 150, route="oral"))
    potassium = [(-3, 4.0), (3, 4.5), (7, 5.2), (8, 5.7)]
    course_of_labs(c, -3, [(-3, 412), (8, 366)], [(-3, 918), (0, 940), (8, 1010)], potassium=potassium)
    c.level(3, 162, "oral", "trough").level(7, 184, "oral", "trough")
    return watched(c, -3, (95, 96), (75.2, 78.4))


def t2_improved(c: Course) -> Course:
    """DM on T2 for 21 days, improved; aminotransferases rise to three times under TMP-SMX while CK is normal."""
    admitted(c, -2, "DM", onset=-38, pao2=71.6)
    care.prophylaxis(care.steroid(c, 0, 50, pulse=True).drug(0, "csa", 175, route="oral"))
    liver: dict[str, Trend] = {"alt": [(-2, 34), (14, 41), (21, 118)], "ast": [(-2, 48), (14, 33), (21, 84)]}
    course_of_labs(
        c, -2, [(-2, 520), (21, 210)], [(-2, 1104), (0, 1130), (14, 1210), (21, 980)], ck=(980, 140), **liver
    )
    for day, value in ((3, 171), (7, 203), (14, 214), (21, 198)):
        c.level(day, value, "oral", "trough")
    watched(c, -2, (94, 97), (71.6, 84.1))
    c.hrct(13, ggo=True, consolidation="none", reticular=True, change="decreased", compared_with=c.at(-2))
    c.dyspnoea(13, "improved").judged(7, "unchanged").judged(13, "improved").judged(20, "improved")
    return c.test(-1, "fvc", 1.84, "13:00").test(20, "fvc", 2.02, "13:00")


def t1_to_be_judged(c: Course) -> Course:
    """PM with anti-Jo-1 on T1 for 15 days: unchanged on day 13, which counts from day 28."""
    admitted(c, -3, "PM", onset=-60, ars="jo1")
    care.steroid(c, 0, 60)
    course_of_labs(c, -3, [(-3, 310), (15, 228)], [(-3, 1260), (0, 1275), (15, 1340)], ck=(3400, 820))
    watched(c, -3, (95, 95), (74.0, 75.2))
    c.hrct(14, ggo=True, consolidation="none", reticular=True, change="unchanged", compared_with=c.at(-3))
    return c.dyspnoea(13, "unchanged").judged(13, "unchanged", "CK falling, lungs as before")


def gc_resistant(c: Course) -> Course:
    """PM on T1 for 17 days, worse on day 12: T2 is indicated and not started."""
    admitted(c, -2, "PM", onset=-34, pao2=76.3)
    care.steroid(c, 0, 60, pulse=True)
    course_of_labs(c, -2, [(-2, 460), (7, 540), (17, 690)], [(-2, 820), (0, 846), (7, 1080), (14, 1390), (17, 1460)])
    watched(c, -2, (96, 92), (76.3, 67.1))
    c.dyspnoea(12, "worse").judged(12, "worse", "more breathless on stairs, CT awaited")
    c.hrct(13, ggo=True, consolidation="random", reticular=True, change="increased", compared_with=c.at(-2))
    return care.prophylaxis(c, 14)


def t1_improved(c: Course) -> Course:
    """PM on T1 for 30 days, improved, tapering."""
    admitted(c, -3, "PM", onset=-52)
    care.prophylaxis(care.steroid(c, 0, 60))
    course_of_labs(c, -3, [(-3, 288), (30, 120)], [(-3, 930), (0, 948), (14, 890), (30, 610)], ck=(4120, 180))
    watched(c, -3, (95, 98), (74.0, 88.6))
    c.hrct(14, ggo=True, consolidation="none", reticular=True, change="decreased", compared_with=c.at(-3))
    c.hrct(28, ggo=False, consolidation="none", reticular=True, change="decreased", compared_with=c.at(14))
    return c.dyspnoea(14, "improved").judged(14, "improved").judged(28, "improved", "GC tapered")


def figure_against_table(c: Course) -> Course:
    """ADM without anti-MDA5: T3 by the figure, T2 by the table. T2 given, with a reason; tacrolimus too high and
    an acute kidney injury today."""
    admitted(c, -3, "ADM", onset=-48, pao2=78.2)
    care.prophylaxis(care.steroid(c, 0, 45).drug(0, "tac", 3, route="oral"))
    course_of_labs(c, -3, [(-3, 340), (11, 260)], [(-3, 612), (0, 630), (11, 648)], ck=(88, 61), ast=(29, 24),
                   creatinine=[(-3, 0.74), (7, 0.79), (10, 0.88), (11, 1.24)])  # fmt: skip
    for day, value in ((3, 5.2), (7, 6.8), (11, 12.8)):
        c.level(day, value, "oral", "trough", drug="tac")
    watched(c, -3, (96, 96), (78.2, 80.0))
    c.judged(7, "unchanged").dyspnoea(7, "unchanged")
    why = "Anti-MDA5 negative, ferritin normal, no consolidation: GC and tacrolimus first, IVCY if worse."
    return c.decided(0, why, step="T3", accepted=False)


def result_corrected(c: Course) -> Course:
    """DM on T2; ferritin 1,240 of day 2 was corrected to 124 on day 3: what rested on it is withdrawn."""
    admitted(c, -3, "DM", onset=-40, pao2=77.0)
    care.prophylaxis(care.steroid(c, 0, 50).drug(0, "csa", 150, route="oral"))
    course_of_labs(c, -3, [(-3, 131), (0, 128), (6, 120)], [(-3, 702), (0, 715), (6, 733)], ck=(1240, 610))
    c.lab(2, "ferritin", 1240, id="LAB-18842")
    c.test(2, "ferritin", 124, id="LAB-18842", status="corrected", known=c.at(3, "11:30"))
    c.level(3, 173, "oral", "trough")
    return watched(c, -3, (96, 97), (77.0, 80.5))


def anti_ars_on_tacrolimus(c: Course) -> Course:
    """DM with anti-PL-7 on T2 (GC and TAC) for 26 days, improved."""
    admitted(c, -3, "DM", onset=-66, ars="pl7", pao2=72.8)
    care.prophylaxis(care.steroid(c, 0, 45).drug(0, "tac", 4, route="oral"))
    course_of_labs(c, -3, [(-3, 248), (26, 150)], [(-3, 1480), (0, 1495), (26, 1120)], ck=(640, 110))
    for day, value in ((3, 6.1), (7, 7.4), (14, 8.8), (21, 8.2)):
        c.level(day, value, "oral", "trough", drug="tac")
    c.test(10, "magnesium", 1.8).test(24, "magnesium", 1.7)
    watched(c, -3, (94, 97), (72.8, 83.9))
    c.hrct(13, ggo=True, consolidation="none", reticular=True, change="unchanged", compared_with=c.at(-3))
    c.hrct(25, ggo=True, consolidation="none", reticular=True, change="decreased", compared_with=c.at(13))
    c.dyspnoea(13, "improved").judged(7, "unchanged").judged(13, "improved")
    return c.judged(19, "improved").judged(25, "improved")


def pm_with_low_oxygen(c: Course) -> Course:
    """PM with PaO2 57.8 on air: T3 by the figure, T1 by the table. T1 given for four days, decided with a reason; its
    pulse of glucocorticoid has raised glucose."""
    admitted(c, -1, "PM", onset=-29, ars="ej", pao2=57.8)
    care.steroid(c, 0, 60, pulse=True)
    course_of_labs(c, -1, [(-1, 402), (4, 380)], [(-1, 1015), (4, 1050)], ck=(2210, 1490))
    c.support(0, "oxygen", 0.28).saturations(range(5), (93, 95), 0.28).gas(0, 70.2, fio2=0.28).gas(3, 74.8, fio2=0.28)
    why = "PM with anti-EJ: usually responds to glucocorticoid; triple therapy if not better within a week."
    c.decided(0, why, step="T3", accepted=False)
    c.test(2, "glucose", 219, "19:30").test(3, "glucose", 268, "19:30")
    care.infection_watch(c)
    return care.vital_signs(c, -1, (37.4, 36.6), (24, 20))


def t1_begun(c: Course) -> Course:
    """PM on T1 for 5 days."""
    admitted(c, -2, "PM", onset=-44, ars="jo1", pao2=79.5)
    care.prophylaxis(care.steroid(c, 0, 50))
    course_of_labs(c, -2, [(-2, 196), (5, 188)], [(-2, 780), (5, 801)], ck=(2750, 1900))
    return watched(c, -2, (96, 97), (79.5, 81.0))


def t3_to_be_judged(c: Course) -> Course:
    """DM: T2 did not help, T3 for 9 days; the weekly judgement is due, and SP-D has almost doubled."""
    admitted(c, -20, "DM", onset=-70, pao2=69.4)
    care.prophylaxis(care.steroid(c, -17, 50).drug(-17, "csa", 150, route="oral", stop=-1), -17)
    c.drug(0, "csa", 200, route="iv").drug(0, "ivcy", 700, "mg", route="iv", stop=0)
    course_of_labs(c, -20, [(-20, 560), (0, 780), (9, 700)], [(-20, 1190), (0, 1540), (9, 1630)], ck=(760, 95))
    for day, value in ((-14, 158), (-10, 171), (-3, 182)):
        c.level(day, value, "oral", "trough")
    for day, value in ((3, 206), (7, 231)):
        c.level(day, value)
    watched(c, -20, (95, 93), (69.4, 66.9))
    c.judged(-10, "unchanged").judged(-3, "worse", "desaturates on walking").dyspnoea(-3, "worse")
    c.hrct(-2, ggo=True, consolidation="random", reticular=True, change="increased", compared_with=c.at(-20))
    c.lab(-20, "spd", 141).lab(-1, "spd", 163).lab(8, "spd", 309).test(7, "magnesium", 1.8)
    return c.dyspnoea(8, "unchanged")


def t2_with_ivcy(c: Course) -> Course:
    """DM on T2 with IVCY for 35 days, improved; second IVCY given."""
    admitted(c, -3, "DM", onset=-58, pao2=73.3)
    care.prophylaxis(care.steroid(c, 0, 45))
    c.drug(0, "ivcy", 700, "mg", route="iv", stop=0).drug(28, "ivcy", 700, "mg", route="iv", stop=28)
    course_of_labs(c, -3, [(-3, 380), (35, 130)], [(-3, 1010), (0, 1022), (35, 720)], ck=(540, 85))
    watched(c, -3, (95, 98), (73.3, 87.0))
    c.hrct(14, ggo=True, consolidation="none", reticular=True, change="unchanged", compared_with=c.at(-3))
    c.hrct(28, ggo=True, consolidation="none", reticular=True, change="decreased", compared_with=c.at(14))
    for day in (7, 14, 21, 28, 34):
        c.judged(day, "unchanged" if day < 14 else "improved")
    return c.dyspnoea(21, "improved")


def t2_after_t1(c: Course) -> Course:
    """PM: T1 did not help in four weeks, T2 for 12 days, unchanged on day 8; counts from day 14. Headache with a high
    blood pressure since this morning: PRES?"""
    admitted(c, -34, "PM", onset=-80, pao2=75.0)
    care.prophylaxis(care.steroid(c, -30, 60), -30)
    c.drug(0, "csa", 150, route="oral")
    course_of_labs(c, -34, [(-34, 290), (12, 242)], [(-34, 1080), (0, 1230), (12, 1210)], ck=(1980, 310))
    for day, value in ((3, 154), (7, 176), (11, 192)):
        c.level(day, value, "oral", "trough")
    watched(c, -34, (95, 95), (75.0, 73.8))
    c.add("finding", 12, "05:50", code="headache", present=True)
    c.test(12, "systolic_bp", 174, "05:50").test(12, "diastolic_bp", 103, "05:50")
    c.dyspnoea(-2, "unchanged").judged(-16, "unchanged").judged(-2, "unchanged", "four weeks of GC").judged(
        8, "unchanged"
    )
    c.hrct(-16, ggo=True, consolidation="none", reticular=True, change="unchanged", compared_with=c.at(-34))
    return c.hrct(-2, ggo=True, consolidation="none", reticular=True, change="unchanged", compared_with=c.at(-16))


def gases_falling(c: Course) -> Course:
    """PM on T1 for 6 days; PaO2 fell by 13 mmHg and the HRCT increased: worse by the facts themselves. Potassium is
    low."""
    admitted(c, -4, "PM", onset=-25, pao2=80.4)
    care.steroid(c, 0, 60)
    potassium = [(-4, 4.0), (3, 3.3), (6, 2.8)]
    kl6 = [(-4, 640), (0, 688), (6, 905)]
    course_of_labs(c, -4, [(-4, 520), (6, 740)], kl6, ck=(1620, 1180), potassium=potassium)
    c.saturations(range(-4, 7), (96, 92)).gas(0, 79.0).gas(3, 73.5).test(6, "pao2", 66.0, "08:15", fio2=0.21)
    c.hrct(5, ggo=True, consolidation="random", change="increased", compared_with=c.at(-4)).dyspnoea(5, "worse")
    care.infection_watch(c)
    return care.vital_signs(c, -4, (37.3, 37.0), (18, 24))


def tacrolimus_slow(c: Course) -> Course:
    """DM with anti-KS on T2 (GC and TAC) for 7 days; two troughs below the band, none in it by day 5."""
    admitted(c, -2, "DM", onset=-41, ars="ks", pao2=73.9)
    care.prophylaxis(care.steroid(c, 0, 45).drug(0, "tac", 2, route="oral"))
    course_of_labs(c, -2, [(-2, 276), (7, 241)], [(-2, 1165), (0, 1180), (7, 1208)], ck=(1120, 540))
    c.level(3, 2.9, "oral", "trough", drug="tac").drug(3, "tac", 3, route="oral", new=False)
    c.level(6, 4.4, "oral", "trough", drug="tac").judged(6, "unchanged", "cough as before")
    return watched(c, -2, (95, 95), (73.9, 74.6))


def ferritin_preliminary(c: Course) -> Course:
    """DM without anti-MDA5: a preliminary ferritin of 1,085 asks for T3 while T2 runs."""
    admitted(c, -3, "DM", onset=-36, pao2=70.9)
    care.prophylaxis(care.steroid(c, 0, 50).drug(0, "csa", 150, route="oral"))
    course_of_labs(c, -3, [(-3, 690), (0, 742)], [(-3, 840), (0, 866), (4, 910)], ck=(910, 720))
    c.test(4, "ferritin", 1085, id="LAB-30418", status="preliminary", known=c.at(4, REPORTED))
    c.level(3, 157, "oral", "trough")
    return watched(c, -3, (94, 94), (70.9, 69.6))
