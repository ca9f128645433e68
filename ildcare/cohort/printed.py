"""Survival as Kurasawa and Arai 2014 prints it, of other people than the site's: shown beside, marked as theirs.

Figures that the paper prints in two ways (Nagasaka: 32 and 39 %) are left out. Pure.
"""

from __future__ import annotations

from typing import NamedTuple

from patients.clinical.reasons import _


class Printed(NamedTuple):
    """A line: after which time, of whom, the part that survived in %, and whom the paper cites for it."""

    after: str
    group: str
    figure: str
    study: str


SIX_MONTHS, ONE_YEAR, TWO_YEARS, FIVE_YEARS = _("6 months"), _("1 year"), _("2 years"), _("5 years")
NO_TIME = _("not printed")
AUTHORS = _("the authors (26)")
PRINTED = (
    Printed(SIX_MONTHS, _("DM with A/S-ILD"), "62.7", "Gono et al (40)"),
    Printed(SIX_MONTHS, _("DM with A/S-ILD, ferritin above 1,500 ng/mL"), "29", "Gono et al (40)"),
    Printed(SIX_MONTHS, _("DM with A/S-ILD, ferritin below 1,500 ng/mL"), "83", "Gono et al (40)"),
    Printed(ONE_YEAR, _("DM with A/S-ILD"), "79", AUTHORS),
    Printed(ONE_YEAR, _("PM with A/S-ILD; chronic ILD in DM and PM"), "100", AUTHORS),
    Printed(ONE_YEAR, _("DM with A/S-ILD, GC and CsA from the start, C2 above 1,000 ng/mL"), "89", "Kotani et al (75)"),
    Printed(ONE_YEAR, _("the same disease, CsA or CY added when GC had failed"), "43", "Kotani et al (75)"),
    Printed(TWO_YEARS, _("ILD in PM"), "87", "Fujisawa et al (27)"),
    Printed(TWO_YEARS, _("ILD in DM"), "56", "Fujisawa et al (27)"),
    Printed(FIVE_YEARS, _("ILD in DM and PM, immunosuppressant with GC from the start"), "74", "Takada et al (95)"),
    Printed(FIVE_YEARS, _("the same disease, added when GC had failed"), "54", "Takada et al (95)"),
    Printed(NO_TIME, _("GC and CsA, range of the studies, with Figure 1"), "42-73", "(53, 72-74)"),
    Printed(NO_TIME, _("DM with A/S-ILD, GC with CsA and IVCY (n = 10)"), "50", "Kameda et al (53)"),
)
