"""Clinical findings and their change, respiratory support, judgement of improvement, steps. Source: specification 1."""

from __future__ import annotations

from patients.clinical.entry import Entry, by_code
from patients.clinical.reasons import _

FINDINGS = by_code(
    (
        Entry("dyspnoea_on_exertion", _("dyspnoea on exertion")),
        Entry("dyspnoea_at_rest", _("dyspnoea at rest")),
        Entry("cough", _("cough")),
        Entry("fever", _("fever above 38 °C"), _("fever")),
        Entry("skin_ulcer", _("skin ulcer")),
        Entry("palmar_papules", _("palmar papules")),
        Entry("rash", _("active rash"), _("rash")),
        Entry("raynaud", _("Raynaud's phenomenon"), _("Raynaud")),
        Entry("arthritis", _("arthritis")),
        Entry("mechanics_hands", _("mechanic's hands")),
        Entry("muscle_weakness", _("muscle weakness")),
        Entry("cardiac_involvement", _("cardiac involvement")),
        Entry("pneumomediastinum", _("pneumomediastinum")),
        Entry("infection", _("infection")),
    )
)

FINDING_CHANGES = by_code(
    (Entry("worse", _("worse")), Entry("unchanged", _("unchanged")), Entry("improved", _("improved")))
)

SUPPORT_LEVELS = by_code(
    (
        Entry("room_air", _("room air")),
        Entry("oxygen", _("oxygen")),
        Entry("high_flow", _("high-flow oxygen")),
        Entry("niv", _("non-invasive ventilation"), _("NIV")),
        Entry("ventilation", _("mechanical ventilation")),
        Entry("ecmo", _("ECMO")),
    )
)

IMPROVEMENTS = by_code(
    (Entry("improved", _("improved")), Entry("unchanged", _("unchanged")), Entry("worse", _("worse")))
)

STEPS = by_code(
    (
        Entry("T1", _("T1: glucocorticoid"), "T1"),
        Entry("T2", _("T2: glucocorticoid with cyclosporine or IVCY"), "T2"),
        Entry("T3", _("T3: glucocorticoid with cyclosporine and IVCY"), "T3"),
        Entry("T4", _("T4: T3 with IVIG or PMX-DHP (salvage)"), "T4"),
        Entry("observation", _("observation")),
    )
)
