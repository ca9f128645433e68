"""Stores one result as the web process would, in its own process: `python -m tests.faults.store_result MRN VALUE`."""

import os
import sys
import time

import django


def main(mrn: str, value: str) -> None:
    """One ferritin of yesterday; prints how long the change was held up by asking for its evaluation."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ildcare.settings")
    django.setup()
    from monitoring import receivers
    from patients.models import Patient
    from tests.monitoring.stored import tell, yesterday
    from tests.story import Story

    nudge, held_up = receivers.nudge, 0.0

    def timed(patient_id: int) -> bool:
        nonlocal held_up
        started = time.monotonic()
        asked = nudge(patient_id)
        held_up += time.monotonic() - started
        return asked

    receivers.nudge = timed
    tell(Patient.objects.get(mrn=mrn), Story().ferritin(yesterday(), value, id=value))
    print(f"held up for {held_up:.2f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
