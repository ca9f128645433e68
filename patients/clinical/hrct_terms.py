"""The words of an HRCT report and of histology. Source [S]: Kurasawa and Arai 2014; specification 1."""

from __future__ import annotations

from patients.clinical.entry import Entry, by_code
from patients.clinical.reasons import _

SIGNS = by_code(
    (
        Entry("ggo", _("ground-glass opacity"), _("GGO")),
        Entry("reticular", _("reticular shadows"), _("reticular")),
        Entry("intralobular_reticular", _("intralobular reticular shadows"), _("intralobular reticular")),
        Entry("honeycombing", _("honeycombing")),
        Entry("micronodules", _("micronodules")),
        Entry("traction_bronchiectasis", _("traction bronchiectasis")),
        Entry("pneumomediastinum", _("pneumomediastinum")),
    )
)

CONSOLIDATIONS = by_code(
    (
        Entry("lower", _("lower zones")),
        Entry("random", _("random")),
        Entry("other", _("other")),
        Entry("none", _("none")),
    )
)

HISTOLOGY_PATTERNS = by_code(
    (
        Entry("NSIP", _("non-specific interstitial pneumonia (NSIP)"), "NSIP", choice="NSIP"),
        Entry("DAD", _("diffuse alveolar damage (DAD)"), "DAD", choice="DAD"),
        Entry("UIP", _("usual interstitial pneumonia (UIP)"), "UIP", choice="UIP"),
        Entry("OP", _("organising pneumonia (OP)"), "OP", choice="OP"),
    )
)

HRCT_PATTERNS = {
    **{code: HISTOLOGY_PATTERNS[code] for code in ("NSIP", "OP", "UIP", "DAD")},
    "unclassifiable": Entry("unclassifiable", _("unclassifiable")),
}

HRCT_CHANGES = by_code(
    (
        Entry("increased", _("increased")),
        Entry("unchanged", _("unchanged")),
        Entry("decreased", _("decreased")),
        Entry("first", _("first scan")),
    )
)
