"""Where a patient is cared for, and what ends the care. Source: specification 12 (54), 13 (87)."""

from __future__ import annotations

from patients.clinical.entry import Entry, by_code
from patients.clinical.reasons import _

DESTINATIONS = by_code(
    (Entry("home", _("home")), Entry("other_ward", _("another ward")), Entry("other_hospital", _("another hospital")))
)

OUTCOMES = by_code(
    (
        Entry("death", _("death")),
        Entry("lung_transplant", _("lung transplant")),
        Entry("transferred", _("transferred to another hospital")),
        Entry("care_ended", _("end of care")),
    )
)

CAUSES_OF_DEATH = by_code(
    (
        Entry("respiratory_failure", _("respiratory failure")),
        Entry("infection", _("infection")),
        Entry("other", _("another cause")),
        Entry("unknown", _("unknown cause")),
    )
)
