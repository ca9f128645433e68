"""MDA5_TITRE_RISE: the anti-MDA5 titre rose to the limit of its kit, or by half or more, between consecutive samples.

Source [S]: the paper follows disease by it; the numbers are [J]: from below 32 to 32 or more, or by 50 %, samples of
one kit: specification 8, 11 (25). Two titres beyond the method (">= 150") give no ratio; none within 7 days after
plasma exchange or 28 after immunoglobulin is judged: 13 (80). D0: none.
Closes when a newer sample is no such rise on the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age
from monitoring.readings import kit_break, kit_note, kits_differ, preliminary
from monitoring.site_values import site_value
from patients.clinical.facts import Measurement
from patients.clinical.mda5 import TITRE, titre_limit
from patients.clinical.quantities import ratio_at_least
from patients.clinical.reasons import Part, Reason, _
from patients.clinical.titres import comparable_titres, last_two
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, all_of, any_of
from patients.clinical.vocabulary import short_term

RISE = site_value("MDA5_TITRE_RISE.rise", _("rise of the titre, at least"), "50", "%", ("20", "200"))
HALF = Decimal(50)  # %

ROSE = _("anti-MDA5 titre %(before)s on %(day_before)s to %(after)s on %(day)s: up by half or more")
ROSE_BY = _("anti-MDA5 titre %(before)s on %(day_before)s to %(after)s on %(day)s: up by %(percent)s %% or more")
TURNED = _("anti-MDA5 titre %(before)s on %(day_before)s to %(after)s on %(day)s: %(limit)s or more again")
POSSIBLE = _("anti-MDA5 titre %(before)s on %(day_before)s to %(after)s on %(day)s: possibly risen")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the two newest samples; that their kit changed is said."""
    newest = last_two(situation.snapshot)
    if newest is not None and kits_differ(*newest):
        yield Remark(kit_break(short_term("test", TITRE), *newest), (newest[0].id, newest[1].id))
    two = comparable_titres(situation.snapshot)
    if two is None:
        return
    earlier, later = two
    limit = _limit(later, situation.snapshot.settings.mda5_kit)
    turned = _turned(earlier, later, limit)
    rose = ratio_at_least(later.quantity, earlier.quantity, RISE.risen(situation.snapshot))
    answer = any_of([turned, rose])
    if answer is NO:
        return
    message = POSSIBLE if answer is UNKNOWN else TURNED if turned is YES else ROSE
    parts: dict[str, Part] = {"before": earlier.quantity, "day_before": earlier.day}
    parts |= {"after": later.quantity, "day": later.day}
    percent = RISE.of(situation.snapshot)
    if message == ROSE and percent != HALF:
        message, parts["percent"] = ROSE_BY, percent
    if message == TURNED and limit is not None:
        parts["limit"] = limit
    why = Reason(message, tuple(sorted(parts.items())), (earlier.id, later.id), "J")
    notes = (*kit_note(earlier, later), *age(situation.snapshot, later), *preliminary(earlier, later))
    yield issue(Severity.WARNING, (why, *notes), later, earlier, possible=answer is UNKNOWN)


def _limit(titre: Measurement, default_kit: str) -> Decimal | None:
    found = titre_limit(titre, default_kit)
    return found.high if found else None


def _turned(earlier: Measurement, later: Measurement, limit: Decimal | None) -> Truth:
    """From below the limit of the kit to the limit or above? No where the kit has none."""
    if limit is None:
        return NO
    return all_of([earlier.quantity.below(limit), later.quantity.at_least(limit)])


RULE = Rule(
    code="MDA5_TITRE_RISE",
    group=Group.RESPONSE,
    version=2,
    title=_("Anti-MDA5 titre rising"),
    source=_("Kurasawa and Arai 2014 (10.2147/ODRR.S50355); the numbers are a judgement of this product"),
    basis="J",
    detect=detect,
    titled_by_value=True,
    values=(RISE, OLD_AFTER),
)
