"""The diagnoses of myositis that the chart knows. Source [S]: Kurasawa and Arai 2014; specification 1."""

from __future__ import annotations

from patients.clinical.entry import Entry, by_code
from patients.clinical.reasons import _

DIAGNOSES = by_code(
    (
        Entry("DM", _("dermatomyositis (DM)"), "DM"),
        Entry("PM", _("polymyositis (PM)"), "PM"),
        Entry("ADM", _("amyopathic dermatomyositis (ADM)"), "ADM", choice=_("amyopathic DM (ADM)")),
        Entry(
            "hypomyopathic_DM",
            _("hypomyopathic dermatomyositis"),
            _("hypomyopathic DM"),
            choice=_("hypomyopathic DM"),
        ),
        Entry(
            "CADM",
            _("clinically amyopathic dermatomyositis (CADM)"),
            "CADM",
            choice=_("clinically amyopathic DM (CADM)"),
        ),
        Entry(
            "ASyS",
            _("antisynthetase syndrome without myositis"),
            "ASyS",
            choice=_("antisynthetase syndrome without myositis (ASyS)"),
        ),
    )
)
