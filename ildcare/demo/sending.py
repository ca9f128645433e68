"""What a machine sent and a person has to complete: a ferritin without its unit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from ildcare.demo.people import LABORATORIES
from patients.actions import take_message
from patients.models import Patient, Source

SAMPLED = timedelta(hours=2)  # before the start
FERRITIN = "2180"  # ng/mL, if that is its unit: beyond the limit of FERRITIN_HIGH
FORM = "hl7v2"


def send_what_waits(patients: Iterable[Patient], local: datetime) -> None:
    """A message for each of these patients, in the name of the standardised storage."""
    source = Source.objects.get(name=LABORATORIES[1][0])
    for patient in patients:
        sent = f"{local - SAMPLED:%Y%m%d%H%M%S}"
        lines = (
            f"MSH|^~\\&|LIS01|LAB|ILD|ILD|{sent}||ORU^R01^ORU_R01|{patient.mrn}-1|P|2.5.1||||||UNICODE UTF-8",
            f"PID|1||{patient.mrn}^^^EAST^MR||{patient.family_name}^{patient.given_name}",
            f"OBR|1|R1|R1|X^Panel^LN|||{sent}",
            f"OBX|1|NM|2276-4^Ferritin^LN||{FERRITIN}||||||F|||{sent}",
        )
        take_message(source=source, document="\r".join(lines).encode(), form=FORM)
