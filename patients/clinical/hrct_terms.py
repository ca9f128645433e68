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
    )
)

CONSOLIDATIONS = by_code(
    (
        Entry("lower", _("lower-zone consolidation"), _("lower")),
        Entry("random", _("random consolidation"), _("random")),
        Entry("other", _("other consolidation"), _("other")),
        Entry("none", _("no consolidation"), _("none")),
    )
)

HISTOLOGY_PATTERNS = by_code(
    (
        Entry("NSIP", _("non-specific interstitial pneumonia (NSIP)"), "NSIP"),
        Entry("DAD", _("diffuse alveolar damage (DAD)"), "DAD"),
        Entry("UIP", _("usual interstitial pneumonia (UIP)"), "UIP"),
        Entry("OP", _("organising pneumonia (OP)"), "OP"),
    )
)

HRCT_PATTERNS = {**HISTOLOGY_PATTERNS, "unclassifiable": Entry("unclassifiable", _("unclassifiable"))}

HRCT_CHANGES = by_code(
    (
        Entry("increased", _("increased")),
        Entry("unchanged", _("unchanged")),
        Entry("decreased", _("decreased")),
        Entry("first", _("first scan")),
    )
)
