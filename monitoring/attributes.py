"""What is to be said of a rule as of any evidence-based decision support: its thirteen source attributes. Pure.

Source: 45 CFR 170.315(b)(11)(iv)(A). What a rule uses of the person is its data (`Rule.uses`), held against what it
reads by tests; what the record does not hold, no rule uses.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from monitoring.engine import Rule, Use
from monitoring.releases import RELEASES
from patients.clinical.reasons import _

DEVELOPER = _("the makers of ildcare, out of the sources named")
NO_FUNDING = _("none is recorded for this product")
NOT_HELD = _("not used: the record does not hold it")
NOT_USED = _("not used")
USED = {
    Use.SEX: _("used: the reference interval of the sex, or what applies to one sex only"),
    Use.BIRTH_DATE: _("used: the age"),
    Use.HEALTH_STATUS: _("used: pregnancy or the mental state, as findings"),
}


class Attribute(NamedTuple):
    """One attribute: its name and value as message ids, or days."""

    name: str
    value: str = ""
    days: tuple[date, ...] = ()


def attributes_of(rule: Rule) -> tuple[Attribute, ...]:
    """The thirteen, in the order of the regulation."""
    return (
        Attribute(_("Bibliographic citation"), rule.source),
        Attribute(_("Developer"), DEVELOPER),
        Attribute(_("Funding source of the development"), NO_FUNDING),
        Attribute(_("Release and revision dates"), days=RELEASES.get(rule.code, ())),
        Attribute(_("Use of race"), NOT_HELD),
        Attribute(_("Use of ethnicity"), NOT_HELD),
        Attribute(_("Use of language"), NOT_HELD),
        Attribute(_("Use of sexual orientation"), NOT_HELD),
        Attribute(_("Use of gender identity"), NOT_HELD),
        Attribute(_("Use of sex"), _used(rule, Use.SEX)),
        Attribute(_("Use of date of birth"), _used(rule, Use.BIRTH_DATE)),
        Attribute(_("Use of social determinants of health"), NOT_HELD),
        Attribute(_("Use of health status assessments"), _used(rule, Use.HEALTH_STATUS)),
    )


def _used(rule: Rule, use: Use) -> str:
    return USED[use] if use in rule.uses else NOT_USED
