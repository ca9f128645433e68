"""DISCORDANT: ferritin rises while the anti-MDA5 titre falls: not "improving", whatever the titre says.

Source [L]: a fatal case (Intern Med, PMC5827321): specification 8. The numbers are [J]: ferritin up by 20 % or more
and the titre down by 20 % or more between the latest two samples of each, all within 60 days: 11 (25). Titres after
plasma exchange or immunoglobulin, and two beyond the method, are not judged: 13 (80). D0: none.
Closes when the latest two of either say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age
from monitoring.readings import kits_differ, preliminary
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from patients.clinical.quantities import ratio_at_least, ratio_exceeds
from patients.clinical.reasons import _, reason
from patients.clinical.titres import comparable_titres, last_two
from patients.clinical.truth import NO, UNKNOWN, all_of

UP = site_value("DISCORDANT.up", _("ferritin up by at least"), "20", "%", ("10", "100"))
DOWN = site_value("DISCORDANT.down", _("titre down by at least"), "20", "%", ("10", "80"))
WITHIN = site_count("DISCORDANT.within", _("all four within"), 60, DAYS_UNIT, (14, 180))

SAYS = _(
    "ferritin %(ferritin_before)s to %(ferritin)s ng/mL (%(day)s) while the anti-MDA5 titre falls %(titre_before)s to "
    "%(titre)s (%(titre_day)s): not improving"
)
POSSIBLY = _(
    "ferritin %(ferritin_before)s to %(ferritin)s ng/mL (%(day)s) while the anti-MDA5 titre falls %(titre_before)s to "
    "%(titre)s (%(titre_day)s): possibly not improving"
)


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the latest two samples of each."""
    snapshot = situation.snapshot
    ferritin, titres = last_two(snapshot, "ferritin"), comparable_titres(snapshot)
    if ferritin is None or titres is None or kits_differ(*ferritin):
        return
    days = sorted(x.day for x in (*ferritin, *titres))
    if (days[-1] - days[0]).days > WITHIN.days(snapshot):
        return
    rises = ratio_at_least(ferritin[1].quantity, ferritin[0].quantity, UP.risen(snapshot))
    falls = ~ratio_exceeds(titres[1].quantity, titres[0].quantity, DOWN.fallen(snapshot))
    answer = all_of([rises, falls])
    if answer is NO:
        return
    facts = (*reversed(ferritin), *reversed(titres))
    why = reason(
        POSSIBLY if answer is UNKNOWN else SAYS,
        facts=tuple(x.id for x in facts),
        basis="L",
        ferritin_before=ferritin[0].quantity,
        ferritin=ferritin[1].quantity,
        day=ferritin[1].day,
        titre_before=titres[0].quantity,
        titre=titres[1].quantity,
        titre_day=titres[1].day,
    )
    latest = sorted(facts, key=lambda x: (x.on, x.id), reverse=True)
    notes = (*age(snapshot, latest[0]), *preliminary(*facts))
    yield issue(Severity.WARNING, (why, *notes), *latest, possible=answer is UNKNOWN)


RULE = Rule(
    code="DISCORDANT",
    group=Group.RESPONSE,
    version=2,
    title=_("Ferritin rising while the anti-MDA5 titre falls"),
    source=_("A fatal case: Intern Med, PMC5827321; the numbers are a judgement of this product"),
    basis="L",
    detect=detect,
    values=(UP, DOWN, WITHIN, OLD_AFTER),
)
