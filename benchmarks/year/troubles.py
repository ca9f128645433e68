"""Planted troubles: what each does to which value, by which rules it is to be told, and when the ward would notice by
itself. Courses of values are a judgement of this simulation [J]; how often each happens stands in `rates`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from benchmarks.year.people import Knots, along

BREATHING = (
    "PAO2_LOW",
    "PAO2_FALL",
    "SPO2_LOW",
    "AADO2_RISE",
    "OXYGEN_NEED",
    "HRCT_WORSE",
    "DYSPNOEA_WORSE",
    "VC_FALL",
)
ACTIVITY = ("KL6_RATIO", "KL6_RISE", "SPD_RATIO", "FERRITIN_RISE", "FERRITIN_HIGH", "GC_RESISTANT", "DISCORDANT")
CHART = ("IMPROVEMENT_JUDGEMENT_DUE", "POOR_RISK_MET", "AS_ENTRY", "STEP_NOT_STARTED")
FEBRILE = ("FEVER_IMMUNOSUPPRESSED",)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of trouble. `plus` and `times`: by code what is added, or what multiplies, along days since it began;
    `escalates`: days from its begin to what the ward notices by itself (None: nothing comes of it); `lasts`: days."""

    code: str
    told_by: tuple[str, ...]
    besides: tuple[str, ...] = ()  # rules that may speak of it and would not be enough
    plus: dict[str, Knots]
    times: dict[str, Knots]
    escalates: float | None
    noticed: str = ""
    lasts: float = 14


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One planted trouble of one patient. `begins`: day of the year; `escalation`: when the ward notices by itself."""

    kind: str
    patient: int
    begins: int
    ends: int
    told_by: tuple[str, ...]
    besides: tuple[str, ...]
    escalation: datetime | None
    noticed: str


def _kind(
    code: str,
    told_by: tuple[str, ...],
    escalates: float | None,
    noticed: str = "",
    *,
    besides: tuple[str, ...] = (),
    plus: dict[str, Knots] | None = None,
    times: dict[str, Knots] | None = None,
    lasts: float = 14,
) -> Kind:
    return Kind(
        code=code,
        told_by=told_by,
        besides=besides,
        plus=plus or {},
        times=times or {},
        escalates=escalates,
        noticed=noticed,
        lasts=lasts,
    )


KINDS = {
    x.code: x
    for x in (
        _kind(
            "pcp",
            ("BDG_POSITIVE", "BDG_WITH_KL6", *FEBRILE, *BREATHING),
            5.4,
            "intubated",
            plus={
                "pao2": ((0, 0), (2, -5), (5, -16), (8, -20), (16, -6), (24, 0)),
                "temperature": ((0, 0), (1, 1.0), (4, 1.6), (8, 0.6), (12, 0)),
                "bdg": ((0, 0), (1, 25), (4, 90), (14, 25), (28, 0)),
            },
            times={
                "crp": ((0, 1), (2, 10), (6, 25), (16, 1)),
                "kl6": ((0, 1), (5, 1.35), (12, 1.5), (30, 1)),
                "ldh": ((0, 1), (4, 1.4), (16, 1)),
            },
            besides=(*ACTIVITY, *CHART),
            lasts=28,
        ),
        _kind(
            "fungus",
            ("BDG_POSITIVE", "BDG_WITH_KL6", *FEBRILE),
            8.4,
            "haemoptysis, transferred",
            plus={
                "temperature": ((0, 0), (2, 1.1), (6, 1.3), (10, 0.4), (14, 0)),
                "bdg": ((0, 0), (2, 18), (8, 60), (25, 0)),
                "pao2": ((0, 0), (4, -3), (8, -7), (20, 0)),
            },
            times={"crp": ((0, 1), (3, 15), (8, 25), (18, 1))},
            besides=(*BREATHING, *CHART),
            lasts=28,
        ),
        _kind(
            "sepsis",
            FEBRILE,
            1.6,
            "septic shock, transferred",
            plus={
                "temperature": ((0, 1.3), (1, 2.2), (2, 2.4), (4, 1.0), (6, 0)),
                "pao2": ((0, 0), (2, -6), (6, 0)),
                "systolic_bp": ((0, 0), (1.5, -25), (4, 0)),
            },
            times={
                "crp": ((0, 1), (1, 30), (2, 80), (6, 10), (10, 1)),
                "wbc": ((0, 1), (1, 1.8), (6, 1)),
                "platelets": ((0, 1), (2, 0.75), (7, 1)),
            },
            besides=(*BREATHING, "CYTOPENIA", "CNI_NEURO_TMA", "HYPERINFLAMMATION"),
        ),
        _kind(
            "cmv disease",
            ("CMV_ANTIGENAEMIA", *FEBRILE, "CYTOPENIA"),
            16.4,
            "bleeding of the bowel",
            plus={
                "cmv_pp65": ((0, 0), (3, 4), (9, 18), (15, 60), (22, 20), (34, 0)),
                "temperature": ((12, 0), (14, 1.2), (18, 0.5), (21, 0)),
            },
            times={
                "platelets": ((8, 1), (15, 0.7), (28, 1)),
                "wbc": ((8, 1), (15, 0.65), (28, 1)),
                "neutrophils": ((8, 1), (15, 0.65), (28, 1)),
                "alt": ((8, 1), (15, 2.0), (28, 1)),
            },
            besides=("LIVER", "LYMPHOPENIA"),
            lasts=36,
        ),
        _kind(
            "cmv seen",
            ("CMV_ANTIGENAEMIA",),
            None,
            plus={"cmv_pp65": ((0, 0), (2, 2), (9, 4), (16, 2), (20, 0))},
            lasts=30,
        ),
        _kind(
            "cni kidney",
            ("CREATININE_RISE", "AKI"),
            8.4,
            "calcineurin inhibitor stopped for the kidney",
            times={"creatinine": ((0, 1), (4, 1.32), (8, 1.75), (11, 1.8), (24, 1.05))},
            plus={"potassium": ((0, 0), (8, 0.5), (20, 0))},
            besides=("HYPERKALAEMIA", "CSA_HIGH", "TAC_BAND"),
            lasts=28,
        ),
        _kind(
            "tma",
            ("CNI_NEURO_TMA",),
            5.4,
            "plasma exchange",
            times={
                "platelets": ((0, 1), (3, 0.55), (5, 0.3), (18, 1)),
                "haemoglobin": ((0, 1), (4, 0.82), (6, 0.75), (24, 1)),
                "ldh": ((0, 1), (3, 1.8), (6, 2.4), (20, 1)),
                "creatinine": ((0, 1), (3, 1.35), (6, 1.8), (20, 1)),
            },
            besides=("CYTOPENIA", "CREATININE_RISE", "AKI", "HYPERINFLAMMATION"),
            lasts=24,
        ),
        _kind(
            "pres",
            ("CNI_NEURO_TMA",),
            0.6,
            "status epilepticus, transferred",
            plus={"systolic_bp": ((0, 40), (2, 10), (4, 0)), "diastolic_bp": ((0, 20), (4, 0))},
            besides=("BLOOD_PRESSURE",),
            lasts=7,
        ),
        _kind(
            "potassium",
            ("HYPERKALAEMIA",),
            6.6,
            "arrhythmia",
            plus={"potassium": ((0, 0), (3, 0.9), (6, 1.9), (8, 1.4), (12, 0))},
            lasts=14,
        ),
        _kind(
            "low potassium",
            ("HYPOKALAEMIA",),
            8.4,
            "arrhythmia",
            plus={"potassium": ((0, 0), (4, -1.1), (8, -1.7), (12, 0))},
            lasts=14,
        ),
        _kind(
            "nadir",
            ("CYTOPENIA", "IVCY_CHECK"),
            12.0,
            "febrile neutropenia, transferred",
            times={
                "wbc": ((0, 1), (7, 0.4), (10, 0.2), (13, 0.35), (19, 1)),
                "neutrophils": ((0, 1), (7, 0.3), (10, 0.12), (13, 0.3), (19, 1)),
                "platelets": ((0, 1), (10, 0.7), (18, 1)),
            },
            plus={"temperature": ((11.3, 0), (11.9, 1.8), (14, 0.4), (16, 0))},
            besides=("FEVER_IMMUNOSUPPRESSED", "LYMPHOPENIA", "OVERDUE"),
            lasts=20,
        ),
        _kind(
            "liver",
            ("LIVER",),
            9.4,
            "jaundice",
            times={
                "alt": ((0, 1), (4, 6), (8, 16), (20, 1.5), (30, 1)),
                "ast": ((0, 1), (4, 4), (8, 10), (20, 1.3), (30, 1)),
                "bilirubin": ((0, 1), (7, 1.5), (10, 4), (20, 1.3), (30, 1)),
            },
            lasts=30,
        ),
        _kind(
            "pneumomediastinum",
            ("PNEUMOMEDIASTINUM",),
            1.4,
            "tension, transferred",
            plus={"pao2": ((0, 0), (1, -6), (6, -4), (12, 0))},
            besides=(*BREATHING, *CHART),
            lasts=14,
        ),
        _kind(
            "sugar",
            ("GLUCOSE",),
            7.4,
            "drowsy, insulin drip",
            plus={"glucose": ((0, 0), (2, 90), (5, 190), (7, 260), (9, 130), (14, 70), (40, 20))},
            lasts=40,
        ),
        _kind(
            "sugar seen",
            ("GLUCOSE",),
            None,
            plus={"glucose": ((0, 0), (3, 75), (14, 75), (30, 0))},
            lasts=30,
        ),
        _kind("low sugar", ("GLUCOSE",), 0.5, "unconscious", plus={"glucose": ((0, -58), (1, 0))}, lasts=2),
        _kind(
            "hbv",
            ("HBV_REACTIVATION",),
            45.0,
            "hepatitis",
            plus={"hbv_dna": ((0, 0), (14, 400), (45, 9000))},
            besides=("LIVER",),
            lasts=60,
        ),
        _kind(
            "hlh",
            ("HYPERINFLAMMATION",),
            6.4,
            "organ failure, transferred",
            times={
                "ferritin": ((0, 1), (3, 3.5), (6, 9), (14, 2), (28, 1)),
                "platelets": ((0, 1), (3, 0.4), (6, 0.25), (18, 1)),
                "haemoglobin": ((0, 1), (3, 0.72), (6, 0.62), (24, 1)),
                "ast": ((0, 1), (3, 5), (12, 1)),
                "wbc": ((0, 1), (3, 0.4), (14, 1)),
                "neutrophils": ((0, 1), (3, 0.3), (14, 1)),
            },
            plus={"temperature": ((0, 1.5), (3, 2.3), (6, 1), (9, 0))},
            besides=("FERRITIN_HIGH", "FERRITIN_RISE", "CYTOPENIA", "LIVER", "DISCORDANT", *FEBRILE, *CHART),
            lasts=24,
        ),
        _kind(
            "gc lapse",
            ("GC_STOPPED",),
            4.6,
            "adrenal crisis",
            plus={"systolic_bp": ((2, 0), (4, -20), (6, 0))},
            lasts=6,
        ),
        _kind(
            "interaction",
            ("INTERACTION",),
            5.4,
            "toxic level",
            besides=("CSA_HIGH", "TAC_BAND", "CREATININE_RISE", "AKI"),
            lasts=16,
        ),
        _kind("prophylaxis", ("PROPHYLAXIS_MISSING",), 21.4, "pneumocystis", lasts=22),
    )
}


@dataclass(frozen=True)
class Running:
    """A trouble of a patient, while it shapes what is measured."""

    kind: Kind
    begins: float

    def plus(self, code: str, day: float) -> float:
        """What it adds to a value on a day of the year."""
        knots = self.kind.plus.get(code)
        return along(knots, day - self.begins) if knots and day >= self.begins else 0.0

    def times(self, code: str, day: float) -> float:
        """By what it multiplies a value on a day of the year."""
        knots = self.kind.times.get(code)
        return along(knots, day - self.begins) if knots and day >= self.begins else 1.0
