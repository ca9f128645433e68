"""What is so in an invented patient on a day: values without noise, oxygen, the support that it needs. Pure."""

from __future__ import annotations

from benchmarks.year.orders import Orders
from benchmarks.year.people import Person, activity, along, lung, pneumocytes
from benchmarks.year.troubles import Running

# PaO2 on air (mmHg) under which the support is given: device, litres a minute, FiO2
SUPPORTS = (
    (60.0, "nasal_cannula", 1, None),
    (56.0, "nasal_cannula", 2, None),
    (51.0, "nasal_cannula", 3, None),
    (46.0, "nasal_cannula", 5, None),
    (41.0, "reservoir_mask", 8, None),
    (36.0, "high_flow", None, 0.5),
    (31.0, "high_flow", None, 0.7),
    (26.0, "ventilator", None, 0.8),
)


class Body:
    """One patient in one stay: the disease since `d0`, the drugs, and the troubles that are running."""

    def __init__(self, person: Person, orders: Orders, d0: int) -> None:
        self.p, self.orders, self.d0 = person, orders, d0
        self.running: list[Running] = []

    def plus(self, code: str, day: float) -> float:
        """What the troubles add to a value."""
        return sum(x.plus(code, day) for x in self.running)

    def times(self, code: str, day: float) -> float:
        """By what they multiply it."""
        product = 1.0
        for x in self.running:
            product *= x.times(code, day)
        return product

    def air(self, day: float) -> float:
        """PaO2 that the patient would have on air."""
        return max(22.0, min(97.0, self.p.first["pao2"] + along(lung(self.p), day - self.d0)) + self.plus("pao2", day))

    def value(self, code: str, day: float) -> float:
        """What a perfect laboratory would find."""
        p, t = self.p, day - self.d0
        usual, act = p.usual.get(code, 0.0), along(activity(p), t)
        if code in ("ferritin", "ldh", "crp"):
            base = usual + max(0.0, p.first[code] - usual) * act
        elif code in ("kl6", "spd"):
            base = p.first[code] * along(pneumocytes(p), t)
        elif code == "ck":
            base = usual + max(0.0, p.first["ck"] - usual) * (1 if t < 0 else 0.5 ** (t / 7))
        elif code in ("ast", "alt"):
            base = usual + 0.04 * max(0.0, self.value("ck", day) - 100)
        elif code == "wbc":
            base = usual + (2800 if t > 0 else 0) * self.orders.share_of_dose(day)
        elif code == "neutrophils":
            base = self.value("wbc", day) / self.times("wbc", day) * 0.78 if t > 0 else self.value("wbc", day) * 0.65
        elif code == "creatinine":
            base = usual * (1.06 if self.orders.cni and t > 3 else 1)
        elif code == "mda5_titre":
            base = p.first["titre"] * max(0.1, 1 - max(0.0, t) / 120)
        elif code == "potassium":
            base = usual + (0.15 if t > 3 and not self.orders.forgotten else 0)
        elif code == "hba1c":
            base = usual + min(0.6, max(0.0, t) / 150) + (0.7 if self.plus("glucose", day) > 60 and t > 40 else 0)
        else:
            base = usual
        return max(0.0, base * self.times(code, day) + self.plus(code, day))

    def needed(self, day: float) -> int:
        """The place in `SUPPORTS` of what is needed; -1: nothing."""
        air = self.air(day)
        return max((n for n, x in enumerate(SUPPORTS) if air < x[0]), default=-1)

    def saturation(self, day: float, support: int) -> float:
        """SpO2 with the support that is given: on air by the oxygen of the blood, else about 95 less what lacks."""
        need = self.needed(day)
        if support < 0 and need < 0:
            p = self.air(day)
            told = 100 / (23400 / (p**3 + 150 * p) + 1)
        elif support < 0:
            p = self.air(day)
            told = min(92.0, 100 / (23400 / (p**3 + 150 * p) + 1))
        else:
            told = 95.3 - 2.4 * max(0, need - support) + 0.6 * min(2, max(0, support - need))
        return min(99.0, max(70.0, told))

    def wants_repeat(self, day: int) -> bool:
        """Values that a ward looks at again on the next day by itself."""
        at, usual = day + 0.3, self.p.usual
        potassium, count = self.value("potassium", at), self.value("neutrophils", at)
        low = self.value("platelets", at) < 0.7 * usual["platelets"] or count < 2000
        low = low or self.value("haemoglobin", at) < 0.88 * usual["haemoglobin"]
        high = self.value("creatinine", at) > 1.3 * usual["creatinine"] or self.value("alt", at) > 110
        return low or high or not 3.3 < potassium < 5.3
