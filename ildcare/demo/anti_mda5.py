"""Invented courses of acute/subacute disease with poor risk: subtype A/S-1, steps T3 and T4."""

from __future__ import annotations

from ildcare.demo import care
from ildcare.demo.course import REPORTED, Course, Trend


def admitted(
    c: Course,
    first: int,
    *,
    onset: int,
    diagnosis: str = "CADM",
    mda5: int | None = 0,
    titre: float | None = 1800,
    consolidation: str | None = "lower",
    worse: bool = True,
) -> Course:
    """The history and work-up that these patients share; anti-MDA5 is awaited until the day `mda5`."""
    c.onset(onset, known_on=first).diagnosis(first, diagnosis)
    c.dyspnoea(first, "worse" if worse else None).finding(first, "cough").finding(first, "fever")
    c.finding(first, "palmar_papules").finding(first, "rash").finding(first, "muscle_weakness", present=False)
    c.antibodies(first, mda5="pending", ars="pending").antibodies(first + 3, ars="negative")
    if mda5 is not None:
        c.antibodies(mda5, mda5="positive")
        if titre is not None:
            c.lab(mda5, "mda5_titre", titre, kit=care.MDA5_KIT)
    c.hrct(first, ggo=True, consolidation=consolidation, reticular=False, honeycombing=False, change="first")
    return care.size(c, first, 157 if c.person.sex == "female" else 168, 53 if c.person.sex == "female" else 64)


def markers(c: Course, first: int, ferritin: Trend, kl6: Trend, **more: Trend) -> Course:
    """The twice-weekly bloods with the markers of activity."""
    return care.bloods(c, first, ferritin=ferritin, kl6=kl6, **more)


def deteriorating(c: Course) -> Course:
    """T3 for 16 days: ferritin and KL-6 double, oxygen rises to high flow, HRCT worse; judged worse: T4 is next."""
    admitted(c, -4, onset=-25, mda5=-1, titre=3250)
    c.finding(-4, "skin_ulcer")
    care.triple(c, dose=55, ivcy=800)
    ferritin = [(-4, 1240), (0, 1390), (3, 1620), (7, 1980), (10, 2450), (14, 3120), (16, 3840)]
    kl6 = [(-4, 810), (0, 862), (7, 1150), (14, 1694), (16, 1790)]
    markers(c, -4, ferritin, kl6, ldh=(486, 655), crp=(2.8, 3.6), ck=(148, 61), lymphocytes=(620, 310))
    c.labs((-4, 0, 7, 14), spd=[(-4, 142), (14, 268)]).lab(14, "mda5_titre", 3480, kit=care.MDA5_KIT)
    care.infection_watch(c)
    for day, value in ((3, 168), (5, 214), (7, 226), (10, 231), (14, 219)):
        c.level(day, value)
    c.saturations(range(-4, 4), (94, 92)).gas(-4, 66.4).gas(0, 62.8)
    c.support(4, "oxygen", 0.28).saturations(range(4, 11), (95, 92), 0.28).gas(4, 74.0, fio2=0.28).gas(
        8, 68.2, fio2=0.28
    )
    c.support(11, "high_flow", 0.5).saturations(range(11, 17), (94, 90), 0.5).gas(11, 71.5, fio2=0.5)
    c.gas(14, 63.9, fio2=0.5)
    c.hrct(14, ggo=True, consolidation="lower", change="increased", compared_with=c.at(-4))
    c.dyspnoea(8, "worse").dyspnoea(15, "worse").finding(12, "pneumomediastinum", present=False)
    c.judged(7, "unchanged", "oxygen 2 L/min, CT awaited")
    c.judged(15, "worse", "high-flow oxygen, CT increased on both lower lobes")
    return care.vital_signs(c, -4, (38.4, 37.6), (20, 30))


def level_too_low(c: Course) -> Course:
    """T3 for 6 days, CsA iv below its band twice."""
    admitted(c, -2, onset=-18, diagnosis="hypomyopathic_DM", mda5=1, titre=2100)
    care.triple(c, dose=50, ivcy=700, raised_on=3)
    markers(c, -2, [(-2, 1120), (0, 1180), (3, 1240), (6, 1210)], [(-2, 642), (0, 660), (6, 705)], ldh=(388, 372))
    care.infection_watch(c)
    c.level(3, 142).drug(3, "csa", 225, route="iv", new=False).level(6, 168)
    care.breathing(c, -2, (95, 94), [(-2, 69.8), (6, 68.4)])
    return care.vital_signs(c, -2, (38.1, 37.0), (20, 20))


def on_salvage(c: Course) -> Course:
    """T3, then T4 (IVIG, PMX-DHP) nine days ago; slow improvement not judged yet this week. Yesterday's CT shows air
    in the mediastinum."""
    admitted(c, -3, onset=-30, diagnosis="ADM", mda5=0, titre=2760, consolidation="random")
    care.triple(c, dose=50, ivcy=750)
    ferritin = [(-3, 1510), (0, 1680), (7, 2240), (12, 2890), (16, 2610), (21, 1940)]
    kl6 = [(-3, 930), (0, 968), (7, 1290), (14, 1610), (21, 1580)]
    markers(c, -3, ferritin, kl6, ldh=[(-3, 455), (12, 540), (21, 402)], lymphocytes=(540, 410))
    care.infection_watch(c)
    for day, value in ((3, 188), (7, 221), (10, 238), (14, 229), (21, 224)):
        c.level(day, value)
    c.test(14, "magnesium", 1.6)
    c.saturations(range(-3, 6), (94, 92)).gas(-3, 64.1).gas(0, 61.9).gas(4, 60.6)
    c.support(6, "oxygen", 0.35).saturations(range(6, 22), (94, 95), 0.35)
    c.gases((7, 11, 14, 18, 21), [(7, 76), (12, 70), (21, 84)], 0.35)
    c.hrct(11, ggo=True, consolidation="random", change="increased", compared_with=c.at(-3))
    c.hrct(21, ggo=True, consolidation="random", change="unchanged", compared_with=c.at(11), pneumomediastinum=True)
    c.judged(7, "unchanged").judged(12, "worse", "more oxygen, CT increased").dyspnoea(12, "worse")
    care.ivig(c, 13)
    c.drug(13, "pmx_dhp", 2, "sessions", route="extracorporeal", stop=14)
    c.decided(12, "Worse on triple therapy: IVIG and PMX-DHP agreed in conference.", step="T4", accepted=True)
    c.dyspnoea(20, "unchanged").judged(20, "unchanged", "oxygen steady")
    return care.vital_signs(c, -3, (38.2, 36.8), (22, 20))


def improved(c: Course) -> Course:
    """T3 for 26 days, improved; CsA by mouth, trough in band."""
    admitted(c, -3, onset=-21, diagnosis="DM", mda5=-1, titre=1450)
    care.triple(c, dose=55, ivcy=800, oral_from=19)
    ferritin = [(-3, 1380), (0, 1420), (7, 1180), (14, 760), (21, 480), (26, 390)]
    markers(c, -3, ferritin, [(-3, 742), (0, 758), (14, 880), (26, 702)], ldh=(402, 246), ck=[(-3, 412), (26, 64)])
    c.lab(24, "mda5_titre", 620, kit=care.MDA5_KIT)
    care.infection_watch(c)
    for day, value in ((3, 204), (7, 232), (14, 221)):
        c.level(day, value)
    c.level(22, 196, "oral", "trough").level(26, 187, "oral", "trough")
    c.test(12, "magnesium", 2.1).test(24, "magnesium", 2.2)
    care.breathing(c, -3, (93, 97), [(-3, 63.8), (7, 66.2), (26, 84.5)])
    c.hrct(13, ggo=True, consolidation="lower", change="unchanged", compared_with=c.at(-3))
    c.hrct(25, ggo=True, consolidation="none", reticular=True, change="decreased", compared_with=c.at(13))
    c.dyspnoea(13, "improved").finding(13, "fever", present=False).finding(20, "rash", change="improved")
    c.judged(7, "unchanged").judged(13, "improved", "off oxygen at rest").judged(20, "improved").judged(25, "improved")
    return care.vital_signs(c, -3, (37.9, 36.4), (20, 16))


def not_yet_treated(c: Course) -> Course:
    """Admitted yesterday; provisional DM, anti-MDA5 positive this morning: T3 is indicated, nothing started."""
    c.onset(-14, known_on=0).diagnosis(0, "ADM", provisional=True).dyspnoea(0, "worse")
    c.finding(0, "fever").finding(0, "palmar_papules").finding(0, "skin_ulcer").finding(0, "cough")
    c.antibodies(0, mda5="pending", ars="pending")
    c.add("antibody", 1, "07:00", code="anti_mda5", result="positive")
    c.hrct(0, ggo=True, consolidation="lower", change="first")
    care.size(c, 0, 160, 55)
    markers(c, 0, [(0, 2310), (1, 2480)], [(0, 612)], ldh=(455, 455), crp=(1.9, 1.9), ck=(121, 121))
    c.saturations((0, 1), (93, 92)).gas(0, 61.7)
    return care.vital_signs(c, 0, (38.6, 38.3), (22, 22))


def result_cancelled(c: Course) -> Course:
    """T3 for 10 days; a KL-6 of 1,920 was withdrawn because it was another patient's. Haematuria after IVCY."""
    admitted(c, -3, onset=-26, diagnosis="DM", mda5=-1, titre=990)
    care.triple(c, dose=45, ivcy=700)
    markers(c, -3, [(-3, 1085), (0, 1110), (10, 905)], [(-3, 588), (0, 604), (7, 640)], ldh=(360, 288))
    c.lab(9, "kl6", 1920, id="LAB-20911")
    c.test(9, "kl6", 1920, id="LAB-20911", status="cancelled", known=c.at(10, "08:40"))
    c.test(10, "kl6", 661, "07:10", id="LAB-21002", known=c.at(10, REPORTED)).finding(9, "haematuria")
    care.infection_watch(c)
    c.level(3, 203).level(7, 229)
    care.breathing(c, -3, (94, 96), [(-3, 67.5), (10, 74.2)])
    c.judged(7, "unchanged")
    return care.vital_signs(c, -3, (37.8, 36.6), (20, 18))


def kl6_forgotten(c: Course) -> Course:
    """T3 for 13 days, counts falling after IVCY; the last KL-6 is the one of day 0."""
    admitted(c, -2, onset=-20, diagnosis="ADM", mda5=2, titre=1320)
    care.triple(c, dose=45, ivcy=700)
    counts: dict[str, Trend] = {
        "wbc": [(-2, 5900), (7, 4600), (13, 2700)],
        "neutrophils": [(-2, 4700), (7, 3300), (13, 1240)],
    }
    care.bloods(c, -2, ferritin=[(-2, 1205), (0, 1260), (7, 1150), (13, 980)], ldh=(371, 276), **counts)
    c.labs((-2, 0), kl6=[(-2, 715), (0, 731)])
    care.infection_watch(c)
    c.level(3, 211).level(7, 238).level(13, 227)
    care.breathing(c, -2, (94, 95), [(-2, 68.9), (13, 72.4)])
    c.hrct(12, ggo=True, consolidation="lower", change="unchanged", compared_with=c.at(-2))
    c.judged(7, "unchanged").judged(13, "unchanged")
    return care.vital_signs(c, -2, (38.0, 36.7), (20, 18))


def just_begun(c: Course) -> Course:
    """T3 for 3 days, first CsA level in band."""
    admitted(c, -2, onset=-33, diagnosis="CADM", mda5=0, titre=870)
    care.triple(c, dose=45, ivcy=650)
    markers(c, -2, [(-2, 640), (0, 702), (3, 735)], [(-2, 498), (0, 507), (3, 520)], ldh=(318, 305))
    care.infection_watch(c)
    c.level(3, 218)
    care.breathing(c, -2, (95, 95), [(-2, 73.1), (3, 72.6)])
    return care.vital_signs(c, -2, (37.6, 36.8), (18, 18))


def level_too_high(c: Course) -> Course:
    """T3 for 18 days; CsA iv at 438 ng/mL since clarithromycin of another department, of which the ward hears this
    morning; creatinine and potassium rising."""
    admitted(c, -3, onset=-24, diagnosis="CADM", mda5=-1, titre=1560)
    care.triple(c, dose=50, ivcy=750, csa=220)
    creatinine = [(-3, 0.71), (0, 0.72), (10, 0.78), (14, 0.86), (18, 1.02)]
    more: dict[str, Trend] = {"creatinine": creatinine, "potassium": [(-3, 4.1), (14, 4.9), (18, 5.3)]}
    markers(c, -3, [(-3, 1330), (0, 1405), (18, 920)], [(-3, 820), (0, 836), (18, 990)], ldh=(398, 281), **more)
    care.infection_watch(c)
    for day, value in ((3, 196), (7, 228), (11, 246), (15, 331), (18, 438)):
        c.level(day, value)
    c.drug(12, "clarithromycin", 400, route="oral", known=c.at(18, "06:15"))
    care.breathing(c, -3, (93, 96), [(-3, 65.0), (18, 77.9)])
    c.hrct(14, ggo=True, consolidation="lower", change="unchanged", compared_with=c.at(-3))
    c.judged(7, "unchanged").judged(14, "improved", "desaturation on walking less").dyspnoea(14, "improved")
    return care.vital_signs(c, -3, (38.0, 36.5), (20, 18), (124, 148))


def infection_on_triple(c: Course) -> Course:
    """T3 for 24 days without pneumocystis prophylaxis: beta-D-glucan, CMV antigenaemia and KL-6 rise."""
    admitted(c, -3, onset=-28, diagnosis="CADM", mda5=-1, titre=1120)
    care.steroid(c, 0, 50, pulse=True).drug(0, "csa", 200, route="iv").drug(0, "ivcy", 700, "mg", route="iv", stop=0)
    markers(c, -3, [(-3, 1160), (0, 1230), (17, 610), (24, 700)], [(-3, 690), (0, 704), (14, 760), (24, 1080)],
            lymphocytes=(760, 280), crp=[(-3, 1.8), (14, 0.2), (24, 3.1)])  # fmt: skip
    for day, bdg, cmv in ((-1, "<6.0", 0), (12, "7.4", 1), (24, "42.6", 14)):
        c.lab(day, "bdg", bdg, kit=care.BDG_KIT).lab(day, "cmv_pp65", cmv)
    for day, value in ((3, 201), (7, 224), (14, 233), (21, 213)):
        c.level(day, value)
    care.breathing(c, -3, (94, 92), [(-3, 66.1), (14, 76.8), (24, 68.4)])
    c.hrct(13, ggo=True, consolidation="lower", change="decreased", compared_with=c.at(-3))
    c.finding(23, "fever").dyspnoea(14, "improved")
    c.judged(7, "unchanged").judged(14, "improved").judged(21, "improved")
    return care.vital_signs(c, -3, (38.0, 38.1), (20, 22))


def hyperinflamed(c: Course) -> Course:
    """T3 for 12 days; ferritin soars with fever while platelets fall and AST rises: HLH or MAS?"""
    admitted(c, -3, onset=-23, mda5=0, titre=2430)
    care.triple(c, dose=55, ivcy=700)
    ferritin = [(-3, 1620), (0, 1790), (7, 2650), (10, 3480), (11, 6240)]
    more: dict[str, Trend] = {"platelets": [(-3, 186), (7, 142), (11, 88)], "ast": [(-3, 58), (7, 64), (11, 131)]}
    markers(c, -3, ferritin, [(-3, 705), (0, 722), (11, 864)], ldh=(438, 561), crp=(2.1, 4.4), ck=(134, 72), **more)
    care.infection_watch(c)
    for day, value in ((3, 207), (7, 223), (10, 216)):
        c.level(day, value)
    care.breathing(c, -3, (94, 93), [(-3, 67.2), (11, 66.4)])
    c.test(11, "temperature", 38.9, "06:10").finding(11, "fever").judged(7, "unchanged")
    return care.vital_signs(c, -3, (38.2, 38.7), (20, 22))


def ferritin_against_titre(c: Course) -> Course:
    """T3 for 19 days; the titre of anti-MDA5 falls, but ferritin rises again, and the difference of oxygen with it."""
    admitted(c, -3, onset=-31, diagnosis="ADM", mda5=0, titre=2480)
    care.triple(c, dose=45, ivcy=650)
    ferritin = [(-3, 1290), (0, 1340), (14, 880), (17, 905), (18, 1235)]
    markers(c, -3, ferritin, [(-3, 610), (0, 628), (14, 742), (18, 795)], ldh=(396, 301), ck=(108, 66))
    c.lab(18, "mda5_titre", 1310, kit=care.MDA5_KIT).test(14, "magnesium", 2.0)
    care.infection_watch(c)
    for day, value in ((3, 198), (7, 217), (14, 225), (18, 230)):
        c.level(day, value)
    c.saturations(range(-3, 20), (94, 95))
    for day, pao2, paco2 in ((-3, 66.2, 36.4), (0, 65.4, 36.1), (7, 72.3, 37.0), (14, 80.6, 38.2), (18, 73.8, 33.6)):
        c.gas(day, pao2, paco2)
    c.hrct(13, ggo=True, consolidation="lower", change="unchanged", compared_with=c.at(-3))
    c.judged(7, "unchanged").judged(14, "improved", "walks further")
    return care.vital_signs(c, -3, (38.0, 37.0), (20, 19))


def convalescent(c: Course) -> Course:
    """T3 for 75 days, improved; third IVCY given, tapering. The titre of anti-MDA5, long low, has doubled."""
    admitted(c, -3, onset=-40, diagnosis="hypomyopathic_DM", mda5=0, titre=1900)
    care.triple(c, dose=50, ivcy=700, oral_from=24)
    days = [*care.lab_days(-3, 28), *range(35, c.days + 1, 10)]
    ferritin = [(-3, 1290), (0, 1310), (14, 820), (28, 410), (75, 118)]
    c.labs(days, ferritin=ferritin, kl6=[(-3, 905), (0, 921), (21, 1040), (75, 468)], ldh=(384, 214), crp=(1.6, 0.05))
    c.labs(days, ck=(166, 58), creatinine=(0.58, 0.66), ast=(49, 24), alt=(35, 22), wbc=(5900, 7200))
    c.labs(days, lymphocytes=(840, 960), potassium=(4.0, 4.3), magnesium=(2.0, 1.8))
    care.vital_signs(c, -3, (37.9, 36.4), (20, 15))
    for day, titre in ((28, 760), (56, 41), (74, 87)):
        c.lab(day, "mda5_titre", titre, kit=care.MDA5_KIT)
    care.infection_watch(c)
    for day, value in ((3, 199), (7, 226), (14, 240), (21, 218)):
        c.level(day, value)
    for day, value in ((28, 184), (45, 176), (66, 169)):
        c.level(day, value, "oral", "trough")
    c.saturations(range(-3, 29), (93, 97)).gases(care.lab_days(-3, 28), [(-3, 64.6), (28, 82.0)])
    c.saturations(range(29, c.days + 1), (97, 97)).gas(61, 86.4)
    c.test(40, "fvc", 2.06, "13:00").test(74, "fvc", 2.31, "13:00").test(74, "fvc_pp", 81.5, "13:00")
    c.hrct(14, ggo=True, consolidation="lower", change="unchanged", compared_with=c.at(-3))
    c.hrct(28, ggo=True, consolidation="none", change="decreased", compared_with=c.at(14))
    c.hrct(73, ggo=False, consolidation="none", reticular=True, change="decreased", compared_with=c.at(28))
    c.dyspnoea(28, "improved").dyspnoea(73, present=False).finding(73, "cough", present=False)
    for day in range(14, c.days + 1, 7):
        c.judged(day, "improved")
    return c
