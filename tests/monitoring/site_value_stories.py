"""For each number that a site may change: a story, the day on which it is looked at, and another number that the rules
answer in another way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from patients.clinical.facts import Discharge, HospitalAdmission
from patients.clinical.snapshot import Settings, Snapshot
from tests.story import Day, Story

AIR = {"fio2": Decimal("0.21")}
OXYGEN = {"fio2": Decimal("0.30")}
MG = {"unit": "mg/day"}
TABLETS = {"unit": "tablets/day"}
ORAL_TROUGH = {"route": "oral", "timing": "trough"}
IV_TROUGH = {"route": "iv", "timing": "pre_dose"}


class Row(NamedTuple):
    """A story, the day of the look, and the number that a site has in place of the default."""

    story: Story
    day: Day
    changed: str


def values(code: str, *told: tuple[Day, str], story: Story | None = None, **more: Any) -> Story:
    """Values of one test, each with its day."""
    story = story or Story()
    for day, value in told:
        story.test(day, code, value, **more)
    return story


def gc(dose: str, first: int = 0, stop: int | None = None, story: Story | None = None) -> Story:
    return (story or Story()).drug(first, "gc", dose=Decimal(dose), stop=stop, **MG)


def treated() -> Story:
    """Acute/subacute, under T1 from day 0."""
    return gc("40", story=Story().dyspnoea(-1, True, "worse"))


def on_t2() -> Story:
    return treated().drug(0, "csa")


def improved(*days: int) -> Story:
    story = on_t2()
    for day in days:
        story.judged(day, "improved")
    return story


def hyperinflamed(*ferritin: tuple[Day, str]) -> Story:
    """Two signs beside ferritin."""
    return values("ferritin", *ferritin).test(0, "haemoglobin", "8.5").test(0, "platelets", "80")


def hot(temperature: str) -> Story:
    return Story().ferritin(0, "3500").test(0, "haemoglobin", "8.5").test(0, "temperature", temperature)


def cooling() -> Story:
    story = hot("39").test(0, "platelets", "80").ferritin(9, "2500").test(9, "haemoglobin", "10")
    return values("temperature", (6, "39"), (9, "37"), story=story).test(9, "platelets", "80")


def discordant(day: int = 7) -> Story:
    return Story().titre(0, "100").titre(day, "60").ferritin(0, "1000").ferritin(day, "1300")


def ast_risen(day: int) -> Story:
    return values("ast", (day, "60"), (0, "100")).ferritin(0, "3500").test(0, "haemoglobin", "8.5")


def after_ivcy(day: int) -> Story:
    story = Story().drug(day, "ivcy").test(0, "neutrophils", "800").test(0, "haemoglobin", "8.5")
    return story.ferritin(0, "3500")


def gases(first: str, later: str) -> Story:
    story = values("pao2", (0, first), (5, later), **AIR)
    return values("paco2", (0, "40"), (5, "40"), story=story)


def below_the_median(*days: int) -> Story:
    story = values("spo2", *((day, "98") for day in days), **AIR)
    return values("spo2", ("0T08:00", "94"), ("0T10:00", "94"), story=story, **AIR)


def going_on() -> Story:
    """Cyclosporine of long before, which becomes part of a step."""
    story = Story().drug(-60, "csa", route="iv").test(-10, "csa", "220", **IV_TROUGH)
    return gc("40", story=story.dyspnoea(-1, True, "worse"))


def on_csa(value: str) -> Story:
    return Story().drug(0, "csa", route="iv").test(1, "csa", value, **IV_TROUGH)


def glucan(day: Day = 0) -> Story:
    return Story().test(day, "bdg", "15")


def treated_glucan() -> Story:
    story = glucan().dyspnoea(0, True, "worse").finding(2, "infection", True)
    return story.drug(1, "tmp_smx", dose=Decimal(3), **TABLETS)


def kl6_raised() -> Story:
    return values("kl6", (-20, "500"), (0, "650"), story=glucan())


def suppressed() -> Story:
    return Story().drug(-5, "tac")


def cooled() -> Story:
    story = suppressed().test(0, "temperature", "38.5")
    return values("temperature", *((day, "37.2") for day in range(1, 6)), story=story)


def creatinine(*told: tuple[Day, str], stop: int | None = None) -> Story:
    return values("creatinine", *told, story=Story().drug(0, "csa", stop=stop))


def liver(alt: str, before: str, ck: str) -> Story:
    story = values("alt", (-3, before), (0, alt))
    return values("ck", (-3, "2000"), (0, ck), story=story)


def muscle(ck: str, day: int) -> Story:
    return Story().test(0, "ast", "100").test(day, "ck", ck)


def hidden() -> Story:
    story = gc("30", -20).drug(-10, "ivcy")
    return values("neutrophils", (-10, "6000"), (0, "2800"), story=story)


def microangiopathy(code: str = "ldh", before: str = "200", after: str = "300") -> Story:
    story = Story().drug(0, "tac")
    for test, first, later in (("platelets", "200", "90"), ("haemoglobin", "12", "9"), (code, before, after)):
        values(test, (5, first), (13, later), story=story)
    return story


def interacting(drug: str, *, stop: int | None = None, level: int | None = None, **more: Any) -> Story:
    story = Story().drug(0, "tac", route="oral").drug(1, drug, stop=stop, **more)
    return story if level is None else story.test(level, "tac", "7", **ORAL_TROUGH)


def two_for_the_kidney() -> Story:
    story = interacting("vancomycin", route="iv")
    return story.drug(2, "tmp_smx", dose=Decimal(3), **TABLETS)


def cyclophosphamide(mg: str) -> Story:
    return Story().drug(0, "ivcy", dose=Decimal(mg), unit="mg")


def before_ivcy(day: int, code: str, value: str) -> Story:
    return Story().test(day, code, value).drug(0, "ivcy")


def all_measured(story: Story, day: int) -> Story:
    for code in ("ferritin", "kl6", "crp", "ldh", "creatinine", "potassium", "alt", "wbc", "bdg", "cmv_pp65", "spo2"):
        story.test(day, code, "1")
    for code in ("magnesium", "systolic_bp", "vc", "hba1c"):
        story.test(day, code, "1")
    return story.test(day, "csa", "220", **IV_TROUGH).hrct(day, change="unchanged")


def at_home() -> Story:
    return all_measured(on_t2().add(HospitalAdmission, 0).add(Discharge, 28, to="home"), 28)


def in_hospital() -> Story:
    return all_measured(on_t2().add(HospitalAdmission, 0), 28)


def maintained() -> Story:
    return all_measured(gc("15", story=Story().dyspnoea(-1, True, "worse")).add(Discharge, 27), 100)


def fibrotic_after_treatment() -> Story:
    """Two signs of progression, the later 200 days after the start of treatment."""
    story = treated().hrct(0, reticular=True, ggo=False, change="first").test(0, "fvc_pp", "80")
    return story.dyspnoea(195, True, "worse").test(200, "fvc_pp", "70")


def on_oxygen(*told: tuple[Day, str, str], device: str = "nasal_cannula") -> Story:
    """SpO2 with its flow or FiO2, or on air where both are empty."""
    story = Story()
    for day, flow, fio2 in told:
        given = {"flow": Decimal(flow)} if flow else {"fio2": Decimal(fio2 or "0.21")}
        story.test(day, "spo2", "96", device=device if flow or fio2 else None, **given)
    return story


class Born(Story):
    """Of a woman who is 50 years old."""

    def snapshot(self, day: Day, *, known: Day | None = None, settings: Settings | None = None) -> Snapshot:
        taken = super().snapshot(day, known=known, settings=settings)
        return replace(taken, sex="female", birth_date=date(1974, 1, 1))


STORIES: dict[str, Row] = {
    # course and response
    "STEP_NOT_STARTED.source_read": Row(on_t2().drug(1, "mmf"), 5, "1"),
    "STEP_NOT_STARTED.grace": Row(Story().onset(0), 3, "100"),
    "ANTIBODY_UNRESOLVED.critical": Row(treated().mda5(0, "weak_positive"), 4, "200"),
    "ANTIBODY_UNRESOLVED.pending": Row(treated().mda5(0, "pending"), 8, "20"),
    "FERRITIN_RISE.percent": Row(treated().ferritin(-1, "1000").ferritin(7, "1250"), 7, "30"),
    "FERRITIN_RISE.rise": Row(treated().ferritin(-1, "1000").ferritin(7, "1250"), 7, "300"),
    "KL6_RATIO.baseline": Row(values("kl6", (-10, "500"), (20, "1000"), story=treated()), 20, "7"),
    "HYPERINFLAMMATION.high": Row(hyperinflamed((0, "3500")), 0, "4000"),
    "HYPERINFLAMMATION.rising": Row(hyperinflamed((-3, "700"), (0, "1600")), 0, "1700"),
    "HYPERINFLAMMATION.times": Row(hyperinflamed((-3, "700"), (0, "1600")), 0, "2.5"),
    "HYPERINFLAMMATION.days": Row(hyperinflamed((-6, "700"), (0, "1600")), 0, "5"),
    "HYPERINFLAMMATION.signs": Row(hyperinflamed((0, "3500")), 0, "3"),
    "HYPERINFLAMMATION.fell": Row(
        hyperinflamed((0, "3500"), (9, "2700")).test(9, "haemoglobin", "10").test(9, "platelets", "150"), 9, "30"
    ),
    "HYPERINFLAMMATION.hot": Row(hot("38.6"), 0, "39.0"),
    "HYPERINFLAMMATION.cooled": Row(cooling(), 9, "24"),
    "HYPERINFLAMMATION.ast": Row(ast_risen(-3), 0, "4"),
    "HYPERINFLAMMATION.ast_days": Row(ast_risen(-10), 0, "5"),
    "HYPERINFLAMMATION.nadir_from": Row(after_ivcy(-8), 0, "9"),
    "HYPERINFLAMMATION.nadir_to": Row(after_ivcy(-15), 0, "20"),
    "MDA5_TITRE_RISE.rise": Row(Story().titre(0, "100").titre(7, "160"), 7, "80"),
    "DISCORDANT.up": Row(discordant(), 7, "50"),
    "DISCORDANT.down": Row(discordant(), 7, "50"),
    "DISCORDANT.within": Row(discordant(30), 30, "20"),
    "IMPROVEMENT_JUDGEMENT_DUE.early": Row(treated().judged(12, "unchanged"), 14, "1"),
    "IMPROVEMENT_JUDGEMENT_DUE.every": Row(on_t2(), 8, "14"),
    "IMPROVEMENT_JUDGEMENT_DUE.improved_1": Row(improved(5), 34, "40"),
    "IMPROVEMENT_JUDGEMENT_DUE.improved_2": Row(improved(5, 33), 97, "120"),
    "IMPROVEMENT_JUDGEMENT_DUE.improved_3": Row(improved(5, 33, 96), 188, "200"),
    "IMPROVEMENT_JUDGEMENT_DUE.then": Row(improved(5, 33, 96, 187), 370, "300"),
    "IMPROVEMENT_JUDGEMENT_DUE.early_months": Row(improved(5, 33, 86), 97, "5"),
    # respiration
    "PAO2_LOW.old_after": Row(Story().pao2(0, "55"), 2, "3"),
    "SPO2_LOW.critical": Row(values("spo2", (0, "90"), **AIR), 0, "88"),
    "SPO2_LOW.closes": Row(values("spo2", ("0T08:00", "90"), ("0T10:00", "95"), ("0T12:00", "95"), **AIR), 0, "96"),
    "SPO2_LOW.closes_on_oxygen": Row(
        values("spo2", ("0T08:00", "88"), ("0T10:00", "93"), ("0T12:00", "93"), **OXYGEN), 0, "95"
    ),
    "SPO2_LOW.apart": Row(values("spo2", ("0T08:00", "90"), ("0T10:00", "95"), ("0T10:10", "95"), **AIR), 0, "30"),
    "SPO2_LOW.within": Row(values("spo2", ("0T08:00", "93"), ("1T06:00", "93"), **AIR), 1, "12"),
    "SPO2_LOW.fall": Row(below_the_median(-3, -2, -1), 0, "5"),
    "SPO2_LOW.median_of": Row(below_the_median(-6, -5, -4), 0, "3"),
    "SPO2_LOW.median_least": Row(below_the_median(-3, -2, -1), 0, "4"),
    "SPO2_LOW.support_holds": Row(values("spo2", (0, "97"), **AIR).test(5, "spo2", "92"), 5, "2"),
    "AADO2_RISE.rise": Row(gases("80", "65"), 5, "20"),
    "AADO2_RISE.days": Row(gases("80", "65"), 5, "3"),
    "OXYGEN_NEED.within": Row(on_oxygen(("0T08:00", "2", ""), ("4T08:00", "5", "")), 4, "168"),
    "OXYGEN_NEED.back_for": Row(on_oxygen(("0T08:00", "2", ""), (1, "", ""), ("2T08:00", "", "")), 2, "72"),
    "OXYGEN_NEED.flow": Row(on_oxygen(("0T08:00", "2", ""), ("1T08:00", "4", "")), 1, "3"),
    "OXYGEN_NEED.fio2": Row(on_oxygen((0, "", "0.30"), (1, "", "0.40"), device="venturi"), 1, "0.20"),
    "PPF.apart": Row(
        Story()
        .chronic(0)
        .hrct(0, reticular=True)
        .test(0, "fvc_pp", "80")
        .dyspnoea(40, True, "worse")
        .test(30, "fvc_pp", "70"),
        40,
        "60",
    ),
    "PPF.after_d0": Row(fibrotic_after_treatment(), 200, "250"),
    # levels and interactions
    "CSA_TARGET_DELAY.late": Row(Story().drug(0, "csa", route="iv"), 5, "7"),
    "CSA_TARGET_DELAY.shown": Row(going_on(), 5, "5"),
    "TAC_TARGET_DELAY.late": Row(Story().drug(0, "tac", route="oral"), 7, "10"),
    "CSA_LOW.old_after": Row(on_csa("120"), 6, "10"),
    "CSA_LOW.source_read": Row(
        values("csa", (0, "100"), **ORAL_TROUGH).test(0, "csa", "1300", route="oral", timing="c2"), 0, "1"
    ),
    "CSA_HIGH.info": Row(on_csa("320"), 1, "40"),
    "CSA_HIGH.line": Row(on_csa("1100"), 1, "2000"),
    "CSA_HIGH.critical": Row(on_csa("420"), 1, "450"),
    "CSA_HIGH.c2": Row(
        Story().drug(0, "csa", route="oral").test(1, "csa", "2100", route="oral", timing="c2"), 1, "2500"
    ),
    "TAC_BAND.again": Row(Story().drug(0, "tac", route="oral").test(7, "tac", "17", **ORAL_TROUGH), 7, "19"),
    "INTERACTION.inhibitor": Row(interacting("clarithromycin", stop=5), 10, "3"),
    "INTERACTION.inducer": Row(interacting("rifampicin", stop=5), 15, "7"),
    "INTERACTION.amiodarone": Row(interacting("amiodarone", stop=5), 50, "28"),
    "INTERACTION.level": Row(interacting("voriconazole"), 2, "5"),
    "INTERACTION.level_extreme": Row(interacting("ritonavir"), 2, "4"),
    "INTERACTION.level_extreme_stop": Row(interacting("ritonavir", stop=10, level=3), 11, "8"),
    "INTERACTION.potassium": Row(Story().drug(0, "csa").drug(0, "arb"), 1, "5"),
    "INTERACTION.early": Row(interacting("voriconazole", level=3), 3, "0"),
    "INTERACTION.unread": Row(gc("30").drug(0, "other", name="Foo"), 1, "40"),
    # infection
    "BDG_POSITIVE.without_kit": Row(glucan(), 0, "20"),
    "BDG_POSITIVE.negative_after": Row(glucan().test(4, "bdg", "5"), 4, "10"),
    "BDG_POSITIVE.course": Row(glucan().drug(-10, "ivig"), 0, "1"),
    "BDG_POSITIVE.fungitell": Row(values("bdg", (0, "70"), kit="Fungitell"), 0, "75"),
    "BDG_WITH_KL6.days": Row(glucan().dyspnoea(6, True, "worse"), 6, "3"),
    "BDG_WITH_KL6.lowest_of": Row(kl6_raised(), 0, "10"),
    "BDG_WITH_KL6.raised": Row(kl6_raised(), 0, "50"),
    "BDG_WITH_KL6.kl6": Row(kl6_raised(), 0, "200"),
    "BDG_WITH_KL6.treatment": Row(treated_glucan(), 2, "4"),
    "CMV_ANTIGENAEMIA.c7hrp": Row(values("cmv_c7hrp", (0, "8")), 0, "10"),
    "CMV_ANTIGENAEMIA.doubled": Row(values("cmv_pp65", (0, "5"), (7, "11")), 7, "3"),
    "CMV_ANTIGENAEMIA.doubled_from": Row(values("cmv_pp65", (0, "2"), (7, "5")), 7, "8"),
    "CMV_ANTIGENAEMIA.days": Row(values("cmv_pp65", (0, "5"), (7, "0")).test(1, "neutrophils", "3000"), 7, "3"),
    "FEVER_IMMUNOSUPPRESSED.fever": Row(suppressed().test(0, "temperature", "38.2"), 0, "38.4"),
    "FEVER_IMMUNOSUPPRESSED.calm": Row(cooled(), 5, "37.0"),
    "FEVER_IMMUNOSUPPRESSED.calm_for": Row(cooled(), 5, "168"),
    "FEVER_IMMUNOSUPPRESSED.crp": Row(values("crp", (-3, "1"), (0, "6"), story=suppressed()), 0, "10"),
    "FEVER_IMMUNOSUPPRESSED.crp_times": Row(values("crp", (-3, "1"), (0, "5.5"), story=suppressed()), 0, "6"),
    "FEVER_IMMUNOSUPPRESSED.crp_days": Row(values("crp", (-6, "1"), (0, "6"), story=suppressed()), 0, "3"),
    "FEVER_IMMUNOSUPPRESSED.neutrophils": Row(
        Story().test(0, "temperature", "38.5").test(0, "neutrophils", "800"), 0, "700"
    ),
    "FEVER_IMMUNOSUPPRESSED.count_days": Row(
        Story().test(0, "temperature", "38.5").test(-5, "neutrophils", "800"), 0, "3"
    ),
    "FEVER_IMMUNOSUPPRESSED.gc": Row(gc("20", -5).test(0, "temperature", "38.5"), 0, "25"),
    "PROPHYLAXIS_MISSING.moderate": Row(gc("15").drug(0, "csa"), 5, "20"),
    "PROPHYLAXIS_MISSING.from": Row(gc("30").drug(0, "csa"), 4, "10"),
    "PROPHYLAXIS_MISSING.critical": Row(gc("30").drug(0, "csa").drug(0, "ivcy"), 8, "20"),
    "SCREENING_MISSING.dose": Row(gc("15"), 5, "20"),
    "SCREENING_MISSING.age": Row(Born().drug(0, "ivcy"), 1, "45"),
    "SCREENING_MISSING.passive": Row(Story().drug(-100, "ivig", stop=-96).test(0, "anti_hbc", ">=1"), 1, "28"),
    "SCREENING_MISSING.from": Row(Story().drug(0, "tac"), 5, "7"),
    "SCREENING_MISSING.critical": Row(Story().drug(0, "tac"), 20, "30"),
    "LYMPHOPENIA.warns": Row(values("lymphocytes", (0, "450")), 0, "400"),
    "LYMPHOPENIA.closes": Row(values("lymphocytes", (0, "450"), (1, "650")), 1, "700"),
    # kidney and liver
    "CREATININE_RISE.source_read": Row(creatinine((-3, "0.50"), (5, "0.80")), 5, "1"),
    "CREATININE_RISE.least": Row(creatinine((-3, "0.50"), (5, "0.65")), 5, "0.20"),
    "CREATININE_RISE.closes": Row(creatinine((-3, "1.00"), (5, "1.30"), (8, "1.17")), 8, "10"),
    "CREATININE_RISE.base_days": Row(creatinine((-20, "1.00"), (-3, "1.20"), (5, "1.30")), 5, "10"),
    "CREATININE_RISE.oldest_base": Row(creatinine((-80, "1.00"), (5, "1.30")), 5, "60"),
    "CREATININE_RISE.first_days": Row(creatinine((3, "1.00"), (10, "1.30")), 10, "1"),
    "CREATININE_RISE.after": Row(creatinine((-3, "1.00"), (9, "1.30"), stop=10), 20, "7"),
    "AKI.presumed": Row(values("creatinine", (-80, "0.80"), (0, "1.60")), 0, "60"),
    "AKI.closes": Row(values("creatinine", (0, "1.00"), (1, "2.00"), (3, "1.15")), 3, "1.1"),
    "AKI.closes_by": Row(values("creatinine", (0, "1.00"), (1, "2.00"), (3, "1.15")), 3, "0.1"),
    "AKI.persisting": Row(values("creatinine", (0, "1.00"), (1, "2.00")), 10, "20"),
    "LIVER.closes": Row(values("ast", (0, "100"), (3, "60")), 3, "1.5"),
    "LIVER.together": Row(Story().test(0, "ast", "100").test(5, "bilirubin", "3.5"), 5, "3"),
    "LIVER.muscle_ck": Row(muscle("600", 0), 0, "3"),
    "LIVER.muscle_days": Row(muscle("600", 2), 2, "1"),
    "LIVER.alt_rose": Row(liver("170", "100", "1000"), 0, "100"),
    "LIVER.ck_fell": Row(liver("170", "100", "1000"), 0, "60"),
    # blood
    "CYTOPENIA.severe": Row(values("neutrophils", (0, "450")), 0, "400"),
    "CYTOPENIA.anc_critical": Row(values("neutrophils", (0, "900")), 0, "800"),
    "CYTOPENIA.anc_warns": Row(values("neutrophils", (0, "1400")), 0, "1300"),
    "CYTOPENIA.wbc_critical": Row(values("wbc", (0, "1800")), 0, "1500"),
    "CYTOPENIA.wbc_warns": Row(values("wbc", (0, "2900")), 0, "2600"),
    "CYTOPENIA.plt_critical": Row(values("platelets", (0, "45")), 0, "40"),
    "CYTOPENIA.plt_warns": Row(values("platelets", (0, "90")), 0, "80"),
    "CYTOPENIA.hb_critical": Row(values("haemoglobin", (0, "6.8")), 0, "6"),
    "CYTOPENIA.hb_warns": Row(values("haemoglobin", (0, "7.8")), 0, "7.6"),
    "CYTOPENIA.fall_days": Row(values("platelets", (0, "300"), (5, "140")), 5, "3"),
    "CYTOPENIA.plt_fall": Row(values("platelets", (0, "300"), (5, "140")), 5, "60"),
    "CYTOPENIA.hb_fall": Row(values("haemoglobin", (0, "12"), (5, "9.5")), 5, "3"),
    "CYTOPENIA.hidden": Row(hidden(), 0, "2500"),
    "CYTOPENIA.anc_fall": Row(hidden(), 0, "60"),
    "CYTOPENIA.cy_days": Row(hidden(), 0, "7"),
    "CYTOPENIA.gc": Row(hidden(), 0, "40"),
    "CYTOPENIA.old_after": Row(values("wbc", (0, "2500")), 6, "10"),
    # potassium, pressure, glucose
    "HYPERKALAEMIA.warns": Row(values("potassium", (0, "5.6")), 0, "5.8"),
    "HYPERKALAEMIA.critical": Row(values("potassium", (0, "6.2")), 0, "6.5"),
    "HYPERKALAEMIA.closes": Row(values("potassium", (0, "5.6"), (1, "5.25")), 1, "5.0"),
    "HYPERKALAEMIA.rise": Row(values("potassium", (0, "4.0"), (1, "5.2")), 1, "1.5"),
    "HYPERKALAEMIA.risen_to": Row(values("potassium", (0, "4.0"), (1, "5.2")), 1, "5.3"),
    "HYPERKALAEMIA.within": Row(values("potassium", (0, "4.0"), (2, "5.2")), 2, "24"),
    "HYPERKALAEMIA.old_after": Row(values("potassium", (0, "5.6")), 9, "10"),
    "HYPOKALAEMIA.warns": Row(values("potassium", (0, "2.9")), 0, "2.8"),
    "HYPOKALAEMIA.critical": Row(values("potassium", (0, "2.3")), 0, "2.2"),
    "BLOOD_PRESSURE.systolic": Row(values("systolic_bp", (0, "145")), 0, "150"),
    "BLOOD_PRESSURE.diastolic": Row(values("diastolic_bp", (0, "95")), 0, "98"),
    "BLOOD_PRESSURE.systolic_critical": Row(values("systolic_bp", (0, "185")), 0, "200"),
    "BLOOD_PRESSURE.diastolic_critical": Row(values("diastolic_bp", (0, "115")), 0, "120"),
    "BLOOD_PRESSURE.readings": Row(
        values("systolic_bp", ("0T08:00", "145"), ("0T10:00", "130"), ("0T12:00", "130")), 0, "3"
    ),
    "GLUCOSE.high": Row(values("glucose", (0, "210")), 0, "240"),
    "GLUCOSE.very_high": Row(values("glucose", (0, "310")), 0, "400"),
    "GLUCOSE.low": Row(values("glucose", (0, "65")), 0, "62"),
    "GLUCOSE.very_low": Row(values("glucose", (0, "50")), 0, "45"),
    "GLUCOSE.closes": Row(values("glucose", (0, "210"), (1, "170"), (2, "170"), (3, "170")), 3, "150"),
    "GLUCOSE.closes_after": Row(values("glucose", (0, "210"), (1, "170"), (2, "170"), (3, "170")), 3, "100"),
    "GLUCOSE.hba1c": Row(values("hba1c", (0, "6.6")), 0, "7"),
    "GLUCOSE.hba1c_rise": Row(values("hba1c", (0, "5.5"), (60, "6.2")), 60, "1"),
    "GLUCOSE.hba1c_days": Row(values("hba1c", (0, "5.5"), (80, "6.2")), 80, "60"),
    # calcineurin inhibitors, glucocorticoid, cyclophosphamide
    "CNI_NEURO_TMA.pressure": Row(
        Story().drug(0, "tac").finding(5, "headache", True).test(6, "systolic_bp", "170"), 6, "0"
    ),
    "CNI_NEURO_TMA.after": Row(Story().drug(0, "tac", stop=5).finding(3, "seizure", True), 15, "5"),
    "CNI_NEURO_TMA.window": Row(microangiopathy(), 13, "5"),
    "CNI_NEURO_TMA.platelets": Row(microangiopathy(), 13, "80"),
    "CNI_NEURO_TMA.platelets_fall": Row(microangiopathy(), 13, "60"),
    "CNI_NEURO_TMA.hb_fall": Row(microangiopathy(), 13, "4"),
    "CNI_NEURO_TMA.ldh": Row(microangiopathy(), 13, "60"),
    "CNI_NEURO_TMA.creatinine": Row(microangiopathy("creatinine", "1.0", "1.4"), 13, "50"),
    "CNI_NEURO_TMA.exchange": Row(microangiopathy().drug(9, "plasma_exchange", stop=10), 13, "1"),
    "CNI_NEURO_TMA.ivcy_from": Row(microangiopathy().drug(5, "ivcy"), 13, "9"),
    "CNI_NEURO_TMA.ivcy_to": Row(microangiopathy().drug(1, "ivcy"), 13, "10"),
    "GC_STOPPED.least": Row(gc("6", 0, 40), 45, "7"),
    "GC_STOPPED.long": Row(gc("10", 0, 40), 45, "60"),
    "GC_STOPPED.none": Row(gc("10", 0, 40), 42, "5"),
    "GC_STOPPED.from": Row(gc("3", 31, story=gc("20", 0, 30)), 32, "30"),
    "GC_STOPPED.fall": Row(gc("3", 35, story=gc("10", 31, 34, gc("20", 0, 30))), 36, "3"),
    "GC_STOPPED.told": Row(gc("10", 0, 40), 60, "10"),
    "CY_CUMULATIVE.info": Row(cyclophosphamide("12000"), 0, "14"),
    "CY_CUMULATIVE.warns": Row(cyclophosphamide("22000"), 0, "25"),
    "CY_CUMULATIVE.again": Row(cyclophosphamide("40000"), 0, "50"),
    "IVCY_CHECK.wbc": Row(before_ivcy(-1, "wbc", "2800"), 0, "2500"),
    "IVCY_CHECK.neutrophils": Row(before_ivcy(-1, "neutrophils", "1400"), 0, "1200"),
    "IVCY_CHECK.count_days": Row(before_ivcy(-2, "wbc", "5000"), 0, "1"),
    "IVCY_CHECK.before": Row(Story().finding(-10, "haematuria", True).drug(0, "ivcy"), 0, "7"),
    "IVCY_CHECK.after": Row(Story().drug(0, "ivcy").finding(10, "haematuria", True), 10, "7"),
    # overdue
    "OVERDUE.acute_phase": Row(all_measured(treated(), 28), 38, "56"),
    "OVERDUE.at_home": Row(at_home(), 50, "30"),
    "OVERDUE.acute": Row(treated(), 10, "12"),
    "OVERDUE.gas": Row(treated(), 6, "8"),
    "OVERDUE.spo2": Row(treated(), 3, "3"),
    "OVERDUE.infection": Row(treated(), 22, "28"),
    "OVERDUE.activity": Row(in_hospital(), 50, "28"),
    "OVERDUE.safety": Row(in_hospital(), 38, "14"),
    "OVERDUE.home": Row(at_home(), 50, "28"),
    "OVERDUE.home_infection": Row(at_home(), 64, "56"),
    "OVERDUE.combined": Row(all_measured(on_t2(), 100), 136, "42"),
    "OVERDUE.otherwise": Row(Story().onset(-200, known=0).quiet(0).chronic(0), 99, "120"),
    "OVERDUE.hba1c_every": Row(gc("10", story=Story().dyspnoea(-1, True, "worse")), 110, "120"),
    "OVERDUE.level": Row(in_hospital(), 38, "14"),
    "OVERDUE.level_home": Row(at_home(), 50, "28"),
    "OVERDUE.level_later": Row(all_measured(on_t2(), 100), 136, "42"),
    "OVERDUE.scan": Row(treated().hrct(8, change="unchanged"), 25, "2"),
    "OVERDUE.hba1c": Row(gc("10", story=Story().dyspnoea(-1, True, "worse")), 110, "12"),
    "OVERDUE.maintenance": Row(maintained(), 136, "20"),
    "OVERDUE.grace_short": Row(treated(), 3, "3"),
    "OVERDUE.grace_weekly": Row(treated(), 10, "5"),
    "OVERDUE.grace_long": Row(treated(), 22, "14"),
}
