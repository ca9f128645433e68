"""The words of HRCT reports and of histology [S], with their names."""

from __future__ import annotations

from patients.clinical.reasons import _

FEATURES: dict[str, str] = {
    "ggo": _("ground-glass opacity"),
    "reticular": _("reticular opacity"),
    "intralobular_reticular": _("intralobular reticular opacity"),
    "honeycombing": _("honeycombing"),
    "micronodules": _("micronodules"),
}
CONSOLIDATIONS: dict[str, str] = {
    "lower": _("lower consolidation"),
    "random": _("random consolidation"),
    "other": _("other consolidation"),
    "none": _("no consolidation"),
}
HRCT_PATTERNS: dict[str, str] = {
    "NSIP": _("nonspecific interstitial pneumonia (NSIP)"),
    "OP": _("organizing pneumonia (OP)"),
    "UIP": _("usual interstitial pneumonia (UIP)"),
    "DAD": _("diffuse alveolar damage (DAD)"),
    "unclassifiable": _("unclassifiable"),
}
HISTOLOGY_PATTERNS: dict[str, str] = {name: HRCT_PATTERNS[name] for name in ("NSIP", "DAD", "UIP", "OP")}
HRCT_CHANGES: dict[str, str] = {
    "increased": _("increased"),
    "unchanged": _("unchanged"),
    "decreased": _("decreased"),
    "first": _("first scan"),
}
