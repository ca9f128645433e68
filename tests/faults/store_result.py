"""Stores one result as the web process would, in its own process: `python -m tests.faults.store_result MRN VALUE`."""

import os
import sys
import time

import django


def main(mrn: str, value: str) -> None:
    """One ferritin of yesterday; prints how long the change took."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ildcare.settings")
    django.setup()
    from patients.models import Patient
    from tests.monitoring.stored import tell, yesterday
    from tests.story import Story

    patient = Patient.objects.get(mrn=mrn)
    started = time.monotonic()
    tell(patient, Story().ferritin(yesterday(), value, id=value))
    print(f"stored in {time.monotonic() - started:.2f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
