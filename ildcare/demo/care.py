"""What is done for many of the invented patients alike: admission work-up, daily watch, regimens of the chart."""

from __future__ import annotations

from ildcare.demo.course import Course, Trend

TWICE_A_WEEK = (0, 3)
Ends = tuple[float, float]  # at the first and at the last day

BDG_KIT = "turbidimetric"
MDA5_KIT = "MESACUP"


def lab_days(first: int, last: int) -> list[int]:
    """Two mornings a week, and the first."""
    return sorted({first, *(day for day in range(first, last + 1) if day % 7 in TWICE_A_WEEK)})


def bloods(c: Course, first: int, **trends: Trend) -> Course:
    """The routine of a treated inpatient, twice a week; named trends replace the usual ones."""
    usual: dict[str, Ends] = {
        "wbc": (6400, 9800),
        "neutrophils": (4900, 8300),
        "lymphocytes": (980, 720),
        "haemoglobin": (12.6, 11.9),
        "platelets": (214, 248),
        "creatinine": (0.61, 0.66),
        "ast": (52, 31),
        "alt": (38, 36),
        "bilirubin": (0.5, 0.6),
        "ggt": (34, 52),
        "potassium": (4.0, 4.2),
        "glucose": (104, 148),
        "crp": (1.4, 0.2),
        "ldh": (342, 258),
        "ck": (186, 92),
    }
    return c.labs(lab_days(first, c.days), **{**usual, **trends})


def infection_watch(c: Course, first: int = -1) -> Course:
    """Beta-D-glucan and CMV antigenaemia every two weeks, normal."""
    for day in range(first, c.days + 1, 13):
        c.lab(day, "bdg", "<6.0", kit=BDG_KIT)
        c.lab(day, "cmv_pp65", 0)
    return c


def screening(c: Course, day: int) -> Course:
    """What is to be known before immunosuppression: hepatitis B and C, tuberculosis, IgG, pregnancy."""
    for code, value in (("hbsag", "<0.05"), ("anti_hbc", "<0.50"), ("anti_hbs", "<2.5"), ("anti_hcv", "<0.10")):
        c.lab(day, code, value)
    c.lab(day, "igra", "negative").lab(day, "igg", c.own("igg", 1180))
    return c.finding(day, "pregnancy", present=False) if c.person.sex == "female" else c


def on_the_ward(c: Course, since: int) -> Course:
    """What is done for anybody who comes from the clinic: bloods of the second day, SpO2 each morning, no infection."""
    spo2 = c.own("spo2", 97)
    c.saturations(range(since, c.days + 1), (spo2, spo2))
    usual: dict[str, Ends] = {"alt": (22, 21), "ast": (26, 24), "creatinine": (0.68, 0.7), "wbc": (6100, 6300)}
    c.labs((since + 1,), **usual)
    return c.lab(since, "bdg", "<6.0", kit=BDG_KIT).lab(since, "cmv_pp65", 0)


def breathing(c: Course, first: int, spo2: Trend, pao2: Trend, fio2: float = 0.21) -> Course:
    """SpO2 daily and blood gases twice a week at one FiO2."""
    c.saturations(range(first, c.days + 1), spo2, fio2)
    return c.gases(lab_days(first, c.days), pao2, fio2)


def size(c: Course, day: int, height: float, weight: float) -> Course:
    """Height and weight at admission, of somebody about so tall and heavy."""
    tall, heavy = c.own("height", height), c.own("weight", weight)
    return c.test(day, "height", tall, "11:00").test(day, "weight", heavy, "11:00")


def vital_signs(c: Course, first: int, temperature: Ends, rate: Ends, systolic: Ends = (122, 128)) -> Course:
    """Temperature and respiratory rate every other day, blood pressure and pulse every fourth."""
    for n, day in enumerate(range(first, c.days + 1, 2)):
        share = (day - first) / max(1, c.days - first)
        values = {"temperature": _at(temperature, share), "respiratory_rate": _at(rate, share)}
        if n % 2 == 0:
            pressure = c.own("systolic_bp", _at(systolic, share))
            values |= {"systolic_bp": pressure, "diastolic_bp": pressure * 0.62, "heart_rate": _at(rate, share) * 4}
        for code, value in values.items():
            c.test(day, code, c.scattered(day, code, value), "06:00")
    return c


def _at(ends: Ends, share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share


# -- regimens ---------------------------------------------------------------------------------------------------------


def steroid(c: Course, day: int = 0, dose: float = 50, *, pulse: bool = False) -> Course:
    """GC, after a pulse of three days if so; tapered by 10 % at two and four weeks while the course goes on."""
    start = day
    if pulse:
        c.drug(day, "gc_pulse", 1000, route="iv", stop=day + 2)
        start = day + 3
    for n, share in ((0, 1.0), (14, 0.9), (28, 0.8), (42, 0.7)):
        if start + n <= c.days:
            last = start + n + 13 if n < 42 else None
            new = n == 0 and not pulse
            c.drug(start + n, "gc", round(dose * share / 2.5) * 2.5, route="oral", stop=last, new=new)
    return c


def prophylaxis(c: Course, day: int = 0) -> Course:
    """TMP-SMX, one tablet a day."""
    return c.drug(day, "tmp_smx", 1, "tablets/day", route="oral")


def triple(
    c: Course,
    *,
    dose: float = 50,
    ivcy: float = 750,
    csa: float = 200,
    oral_from: int | None = None,
    raised_on: int | None = None,
) -> Course:
    """GC pulse, CsA iv and IVCY on day 0, IVCY again every four weeks; CsA by mouth, or at another dose, later on."""
    steroid(c, 0, dose, pulse=True)
    change = oral_from or raised_on
    c.drug(0, "csa", csa, route="iv", stop=None if change is None else change - 1)
    if oral_from is not None:
        c.drug(oral_from, "csa", csa * 0.75, route="oral", new=False)
    for day in range(0, c.days + 1, 28):
        c.drug(day, "ivcy", ivcy, "mg", route="iv", stop=day)
    return prophylaxis(c)


def ivig(c: Course, day: int, dose: float = 20) -> Course:
    """Immunoglobulin for five days."""
    return c.drug(day, "ivig", dose, "g/day", route="iv", stop=day + 4)
