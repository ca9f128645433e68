"""Which sheets of a patient were opened lately, and by whom, as the audit log notes it. Two queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from patients.models import AuditEntry, Patient, User

# as the gate notes them (`open_record`, `note_read`)
SHEETS = ("round sheet", "summary", "ward handover")
SHOWN_FOR, MOST = timedelta(days=90), 20


@dataclass(frozen=True, slots=True)
class Printed:
    """A sheet, when it was made, and for whom."""

    sheet: str
    at: datetime
    by: str


def printed_sheets(patient: Patient, reader: User, until: datetime, *, everybody: bool) -> tuple[Printed, ...]:
    """The newest sheets up to a moment: the reader's own, or those of everybody who may read the audit log."""
    entries = AuditEntry.objects.filter(
        patient=patient.pk, op="READ", table_name__in=SHEETS, at__gt=until - SHOWN_FOR, at__lte=until
    )
    if not everybody:
        entries = entries.filter(actor=reader.pk)
    newest = list(entries.order_by("-at")[:MOST])
    people = User.objects.in_bulk({x.actor for x in newest if x.actor is not None})
    return tuple(Printed(_names()[x.table_name], x.at, _name(people.get(x.actor or 0))) for x in newest)


def _names() -> dict[str, str]:
    return {
        "round sheet": _("Round sheet (PDF)"),
        "summary": _("Summary (PDF)"),
        "ward handover": _("Handover list (PDF)"),
    }


def _name(user: User | None) -> str:
    return (user.get_full_name() or user.username) if user else ""
