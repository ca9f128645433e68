"""What the simulated year is drawn from, each number with its source. [S] the paper of the chart (Kurasawa and Arai
2014), [L] later literature, [J] a judgement of this simulation: no published number was found. None is a threshold.

Papers were read as abstracts, tables or the text of the chart's paper; what was not read says so.
"""

from __future__ import annotations

from benchmarks.distributions import Interval, Quartiles

# -- who comes --------------------------------------------------------------------------------------------------------
# [S] 83 % of myositis with ILD was acute/subacute at the authors', 92 % with DM and 72 % with PM: so 55 % have DM
ACUTE_OF_DM, ACUTE_OF_PM, DM = 0.92, 0.72, 0.55
# [L] PMC7518258: 37 % of 27 had anti-MDA5; [S] Gono: 71 % of ILD with anti-MDA5 was acute/subacute
MDA5, ACUTE_OF_MDA5 = 0.37, 0.71
AS1 = MDA5 * ACUTE_OF_MDA5
AS2 = DM * ACUTE_OF_DM - AS1
AS3 = (1 - DM) * ACUTE_OF_PM
CHRONIC = 1 - AS1 - AS2 - AS3
SUBTYPES = {"A/S-1": AS1, "A/S-2": AS2, "A/S-3": AS3, "C-1": CHRONIC * 0.6, "C-2": CHRONIC * 0.4}  # [J] the last two
ADM_OF_AS1 = 0.57  # [S] Gono: of ILD with anti-MDA5, as ADM
ARS_OF_AS2, ARS_OF_AS3 = 0.3, 0.35  # [S] anti-ARS in 30-40 % of myositis
MDA5_WEAK = 0.05  # [J] answered as weakly positive first

# -- how it goes ------------------------------------------------------------------------------------------------------
# [S] triple therapy rescues 50-80 %; 36-46 % with anti-MDA5 died. Between them; a few are saved by T4 [J]
AS1_DIES, AS1_SALVAGED = 0.32, 0.10
# [S] 1-year survival of DM A/S-ILD 79 %, those with anti-MDA5 among them; who needs T3 after T2: [J]
AS2_DIES, AS2_STEPS_UP = 0.08, 0.25
AS3_STEPS_UP = 0.09  # [S] Nawata: glucocorticoid alone worked in 91 % of PM
RELAPSE = 0.40  # [S] "recurrence about 40 %" of anti-ARS; [L] 52 % of 132, median 11 months: 10.1007/s10067-022-06424-4
RELAPSE_WITHIN_YEAR = 0.5  # of these [L, the same median]
RESPIRATORY_DEATH_DAY = Quartiles(28, 45, 75)  # [S] Kameda: 75 % died within 3 months

# days in hospital, of those who live [J]
DAYS = {
    "A/S-1": Quartiles(58, 72, 90),
    "A/S-2": Quartiles(42, 52, 66),
    "A/S-3": Quartiles(32, 40, 52),
    "C-1": Quartiles(14, 20, 28),
    "C-2": Quartiles(12, 18, 26),
}
OCCUPIED = 0.97  # of the beds, aimed at [J]
DAYS_BEFORE_D0 = {"A/S-1": 1, "A/S-2": 2, "A/S-3": 3, "C-1": 4, "C-2": 4}  # from admission to the first dose [J]

# -- baseline that differs from benchmarks.distributions --------------------------------------------------------------
# [S] the split of Gono 2010 at 1,500 ng/mL (survival 29 and 83 %): about half above 1,000 [J]
FERRITIN_AS1 = Quartiles(480, 950, 1700)
AADO2_AS1 = Quartiles(18, 30, 44)  # mmHg [J]: above the median of PMC7518258, whose upper quartile is 40
WEIGHT = Interval(40, 75)  # kg [J]
HIGH_PRESSURE = 0.35  # known hypertension, treated [J]
CARRIED_HBV = 0.20  # anti-HBc positive [J], of the ages in question in Japan

# -- troubles: share of stays of the kind -----------------------------------------------------------------------------
CMV_SEEN_T3, CMV_SEEN_ELSE = 0.45, 0.12  # any cell; [L] "frequent" in 10.1002/art.41105; the number [J]
CMV_DISEASE_OF_SEEN = 0.35  # [L] 3 of 19 (16 %) on triple therapy severe: Ueda 2025, Clin Rheumatol; 0.16 / 0.45
PCP_WITHOUT, PCP_WITH = 0.124, 0.02  # [L] 13 of 105 in 6 months: 10.1007/s10067-022-06403-9; with prophylaxis [J]
BACTERIAL_T3, BACTERIAL_ELSE = 0.16, 0.08  # [L] Ueda 2025: 3 of 19; elsewhere [J], 115 a 1,000 person-years PMC4553976
FUNGAL_T3 = 0.11  # [L] Ueda 2025: 2 of 19
NEPHROTOXIC = 0.15  # of those on a calcineurin inhibitor [J]; [S] "frequently found"
TMA, PRES = 0.02, 0.01  # of the same [J]; 13 (116) expects 0.05-0.1 alerts an A/S patient
HYPERKALAEMIA = 0.08  # [L] TMP-SMX: > 5.5 in 13 % of 333 (specification 13 (106)); 5 % at full dose (120); between
CYTOPENIA_AFTER_IVCY = 0.10  # of doses [J]
LIVER_INJURY = 0.10  # [L] 12 % with TMP-SMX (120)
PNEUMOMEDIASTINUM = 0.09  # [L] of anti-MDA5: 10.1016/j.semarthrit.2023.152352
DIABETES = 0.147  # [L] 34 of 231 on 20 mg and more: 10.3346/jkms.2011.26.2.264
HYPERGLYCAEMIA = 0.335  # [L] of in-patients on glucocorticoid: PMC7765857; most of them mild
HYPOGLYCAEMIA = 0.037  # [L] the same
HBV_REACTIVATES = 0.03  # of carriers of anti-HBc under therapy [J]
HLH = 0.05  # of A/S-1 [J]; 13 (114) expects 0.05-0.1
GC_LAPSES = 0.02  # an order not renewed, of stays [J]; 13 (119) expects 0.05
INTERACTION = 0.06  # an azole or macrolide by another department, of stays on a calcineurin inhibitor [J]
PROPHYLAXIS_FORGOTTEN = 0.08  # of stays that want it [J]
SCREENING_PART = 0.25  # of stays in which a test of the screening is late [J]; 13 (115) expects 0.6 at entry
HYPOKALAEMIA = 0.05  # [J]
SUDDEN_WORSE = 0.5  # of those who die: the last rise of oxygen within a day [J]

# -- the laboratory and its files -------------------------------------------------------------------------------------
# CV within a person with that of the method. Creatinine, potassium: reference change value 14.5 and 12.81 % / 2.77,
# PMC6807446 (stable transplant patients). The others: Ricos, biological variation database of 2014 (Scand J Clin Lab
# Invest 1999;59:491-500), from memory, not read at the table; with a method of half of it: x 1.12
NOISE = {
    "creatinine": 0.052,
    "potassium": 0.046,
    "alt": 0.20,
    "ast": 0.14,
    "bilirubin": 0.24,
    "ldh": 0.096,
    "ck": 0.25,
    "crp": 0.40,
    "ferritin": 0.16,
    "glucose": 0.08,
    "haemoglobin": 0.032,
    "platelets": 0.10,
    "wbc": 0.125,
    "neutrophils": 0.18,
    "lymphocytes": 0.12,
    "ggt": 0.15,
    "magnesium": 0.04,
    "hba1c": 0.02,
    "kl6": 0.08,
    "spd": 0.10,
    "mda5_titre": 0.10,  # [J]
    "pao2": 0.035,
    "vc": 0.02,
    "systolic_bp": 0.06,
    "diastolic_bp": 0.06,  # [J]
}
LEVEL_NOISE = 0.18  # of drug levels within a person on one dose [J]
SPO2_SPREAD, TEMPERATURE_SPREAD = 0.7, 0.22  # points, degrees [J]; an oximeter is +-3 (13 (109)), against itself less
REJECTED = 0.0065  # [L] of 5,183,582 tests: Biochem Med 2014;24(3):376
CORRECTED, CANCELLED = 0.005, 0.002  # [J]
TENFOLD = 0.0003  # a slip of the point, corrected on the next day [J]
WITHOUT_UNIT = 0.0005  # arrive late, because a person was asked first [J]
MISSED_ROUTINE, MISSED_VITAL = 0.04, 0.02  # a planned sample, a planned reading [J]
LATE_RESULT = 0.03  # of results: the next day [J]

# -- the ward ---------------------------------------------------------------------------------------------------------
# minutes until a critical alert is acknowledged by day and by night; later ones at the rounds [J]
CRITICAL_BY_DAY, CRITICAL_BY_NIGHT = Quartiles(8, 18, 40), Quartiles(12, 30, 75)
SEEN_AT_NEXT_ROUND = 0.85  # of the cards that are no critical ones [J]
JUDGES_WEEKLY = 0.92  # of the weeks in which it is asked for [J]
