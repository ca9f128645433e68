"""What values and courses in the background are drawn from: published numbers, each with its source.

A median with its quartiles is drawn as two half log-normals that meet at the median (`Quartiles`); a reference interval
as the normal distribution whose middle 95 % it is (`Interval`). No number here is a threshold of a decision.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from math import exp, log

QUARTILE = 0.6745  # of the standard normal distribution
OF_95 = 1.96


@dataclass(frozen=True, slots=True)
class Quartiles:
    """A median and the quartiles on its two sides."""

    low: float
    middle: float
    high: float

    def drawn(self, r: random.Random) -> float:
        """One value."""
        z = r.gauss(0, 1)
        side = log(self.high / self.middle) if z > 0 else log(self.middle / self.low)
        return self.middle * exp(z * side / QUARTILE)


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of the middle 95 %."""

    low: float
    high: float

    def drawn(self, r: random.Random) -> float:
        """One value; never below a tenth of the lower bound."""
        middle, spread = (self.low + self.high) / 2, (self.high - self.low) / 2 / OF_95
        return max(self.low / 10, r.gauss(middle, spread))


# -- disease ----------------------------------------------------------------------------------------------------------
# 27 patients with myositis and ILD before treatment, median (quartiles): PMC7518258, table 1
AGE = Quartiles(50, 57, 67)  # years
FERRITIN = Quartiles(90.8, 159.4, 634.7)  # ng/mL
KL6 = Quartiles(480, 772, 1153)  # U/mL
SPD = Quartiles(36.5, 112, 222.5)  # ng/mL
LDH = Quartiles(190, 233, 414)  # U/L
CRP = Quartiles(0.04, 0.12, 1.48)  # mg/dL
CK = Quartiles(56, 105, 203)  # U/L
AADO2 = Quartiles(5.2, 16.9, 40.1)  # mmHg
FVC_PP = Quartiles(72.5, 87.9, 93.8)  # %
PREDNISOLONE = Quartiles(30, 45, 56)  # mg a day
FEMALE, ANTI_MDA5 = 0.889, 0.37  # of them; the others had anti-ARS (0.63)
# 117 of 308 patients with myositis and ILD had the rapidly progressive form: 10.3389/fmed.2020.00363
ACUTE = 117 / 308

# -- laboratory -------------------------------------------------------------------------------------------------------
# common reference intervals of Japan (JCCLS); both sexes taken together where they differ
ROUTINE: dict[str, Interval] = {
    "wbc": Interval(3300, 8600),
    "haemoglobin": Interval(11.6, 16.8),
    "platelets": Interval(158, 348),
    "creatinine": Interval(0.46, 1.07),
    "ast": Interval(13, 30),
    "alt": Interval(7, 42),
    "potassium": Interval(3.6, 4.8),
    "glucose": Interval(73, 109),
    "hba1c": Interval(4.9, 6.0),
}
# 0.65 % of 5,183,582 requested tests were rejected (haemolysed, clotted, too little): Biochem Med 2014;24(3):376
REJECTED = 0.0065

# -- chosen for the load: no published number was found ---------------------------------------------------------------
CORRECTED, CANCELLED = 0.005, 0.002  # of results
MISSED_VISIT = 0.10  # of the visits that were planned
IN_HOSPITAL = 0.10  # of patients, now
OVER_TIME = 0.15  # spread of one person's values about what is usual for them, as a share
KL6_DRIFT = (-0.3, 1.2)  # of an acute course, in the first four weeks of treatment, as a share
TREATMENTS = {"T1": 0.2, "T2": 0.4, "T3": 0.4}  # of acute courses
UNDER_TREATMENT = 0.8  # still, of all who were treated
# CsA: centre and spread about the bands of the orders, which a benchmark of levels has to straddle
CSA_TROUGH, CSA_SPREAD = 190.0, 0.35  # ng/mL, as a share
