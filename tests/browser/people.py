"""Patients of the browser tests: each a course that pages have much to show of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ildcare.evaluation.sweep import evaluate_patients, sweep
from patients.actions import record_facts
from patients.models import Patient, User, Ward
from tests.monitoring.canaries_spoke import tried
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.story import Story

DAY = {"unit": "mg/day"}


def admitted(mrn: str, by: User, ward: Ward, story: Story, **names: Any) -> Patient:
    """A patient of the ward with the facts of a story, evaluated."""
    patient = make_patient(mrn, by, ward, **names)
    tell(patient, story, by)
    sweep()
    tried()
    return patient


def tell(patient: Patient, story: Story, by: User | None) -> None:
    """The facts of a story arrive and are evaluated."""
    record_facts(patient=patient, facts=story.versions, by=by, source="test")
    evaluate_patients([patient.pk])


def awaiting_mda5() -> Story:
    """Acute ILD in DM, anti-MDA5 awaited, ferritin 890: T2 or T3."""
    story = Story().onset(today() - 18, known=today() - 2).diagnosis(today() - 2, "DM").mda5(today() - 2, "pending")
    story.ferritin(today() - 1, "890").pao2(today() - 1, "71").hrct(today() - 1, ggo=True, consolidation="none")
    return story


def judgement_overdue() -> Story:
    """T3 for nine days: the first judgement is two days late."""
    story = Story().onset(today() - 30, known=today() - 20).diagnosis(today() - 20, "DM").mda5(today() - 20, "positive")
    story.ferritin(today() - 20, "1679").drug(today() - 9, "gc", dose=None).drug(today() - 9, "csa")
    return story.drug(today() - 9, "ivcy")


def forty_days_treated() -> Story:
    """Pulse, taper, CsA iv then oral, two cycles, levels that can and cannot be judged, a corrected value."""
    start = today() - 40
    story = Story().onset(start - 10).diagnosis(start - 9, "DM")
    story.drug(start, "gc_pulse", dose=Decimal(1000), route="iv", stop=start + 2, **DAY)
    story.drug(start + 3, "gc", dose=Decimal(50), route="oral", stop=start + 16, **DAY)
    story.drug(start + 17, "gc", dose=Decimal(40), route="oral", **DAY)
    story.drug(start, "csa", dose=Decimal(200), route="iv", stop=start + 13, **DAY)
    story.drug(start + 14, "csa", dose=Decimal(150), route="oral", **DAY)
    for n in (0, 28):
        story.drug(start + n, "ivcy", dose=Decimal(700), unit="mg", route="iv", stop=start + n)
    story.drug(start + 1, "tmp_smx", dose=Decimal(1), unit="tablets/day", route="oral")
    story.test(start + 4, "csa", "182", route="iv", timing="pre_dose")
    story.test(start + 7, "csa", "214", route="iv", timing="pre_dose")
    story.test(start + 20, "tac", "6.1")
    for n in range(0, 40, 2):
        story.ferritin(start + n, str(1600 - n * 30), id=f"f{n}").test(start + n, "kl6", str(700 + n))
    story.ferritin(start + 38, "1240", id="f38", known=start + 39)
    return story.pao2(f"{start + 36}T07:00", "71").pao2(f"{start + 36}T18:00", "66")


def two_kits_of_kl6() -> Story:
    """Months of anti-MDA5 disease: two kits of KL-6, two FiO2, a taper, CsA and IVCY, decisions and judgements."""
    now = today()
    story = Story().onset(now - 60).diagnosis(now - 40, "CADM").mda5(now - 30, "positive")
    for n, day in enumerate(range(now - 200, now, 3)):
        story.ferritin(day, str(400 + n * 53 % 1700)).test(day, "crp", "<0.02" if n % 5 == 0 else str(1 + n % 7))
        story.test(day, "kl6", str(500 + n * 37 % 900), kit="Lumipulse" if day < now - 12 else "CLEIA")
        story.test(day, "spo2", str(88 + n % 10), fio2=Decimal("0.21") if n % 9 < 6 else Decimal("0.4"))
        story.hrct(day, change="unchanged") if n % 8 == 0 else story.judged(day, "unchanged")
    for n, dose in enumerate((60, 50, 40, 35, 30)):
        stop = None if n == 4 else now - 24 + n * 4 - 1
        story.drug(now - 28 + n * 4, "gc", stop=stop, dose=Decimal(dose), route="oral", **DAY)
    story.drug(now - 28, "csa", dose=Decimal(200), route="oral", **DAY)
    story.drug(now - 28, "ivcy", stop=now - 28, dose=Decimal(750), unit="mg", route="iv")
    return story
