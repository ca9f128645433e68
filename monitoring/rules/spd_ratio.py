"""SPD_RATIO: SP-D on treatment is more than 1.75 times its baseline, within 4 weeks of the start of treatment.

Source [L]: Arai 2013 (10.1007/s10165-012-0756-0). Window, baseline and kits as in KL6_RATIO: specification 8, 11 (20)
[J]; a kit that is named on one side only is computed and labelled. D0: first dose of the running step.
Closes when a later value, also after day 28, is not above, or when the next step starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from monitoring.against_baseline import against_baseline
from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age
from monitoring.readings import BASELINE, day_n, kit_note, preliminary
from patients.clinical.facts import Measurement
from patients.clinical.quantities import ratio_exceeds
from patients.clinical.reasons import Term, _, reason
from patients.clinical.truth import UNKNOWN, Truth

RATIO = Decimal("1.75")  # more than [L]

ABOVE = _("SP-D %(value)s ng/mL on %(day)s, day %(n)s of %(step)s: more than 1.75 times %(base)s of %(base_day)s")
POSSIBLE = _("SP-D %(value)s ng/mL on %(day)s, day %(n)s of %(step)s: possibly > 1.75 times %(base)s of %(base_day)s")
EARLY = _("early: the study compared weeks 2 to 4 with week 0")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest comparable value of days 1-28; a change of kit is remarked."""
    found = against_baseline(situation, "spd", Term("SP-D"), above)
    if found is None or isinstance(found, Remark):
        yield from (found,) if found else ()
        return
    later, base = found.later, found.base
    possible = found.answer is UNKNOWN
    why = reason(
        POSSIBLE if possible else ABOVE,
        facts=(base.id, later.id),
        basis="L",
        value=later.quantity,
        day=later.day,
        n=day_n(later, found.start.day),
        step=found.start.step,
        base=base.quantity,
        base_day=base.day,
    )
    notes = [*kit_note(base, later), *preliminary(base, later)]
    notes += [reason(EARLY, facts=(later.id,))] if found.early else []
    notes += age(situation.snapshot, later)
    yield issue(Severity.WARNING, (why, *notes), later, base, possible=possible)


def above(later: Measurement, base: Measurement) -> Truth:
    """More than 1.75 times as much? Without division, so exact."""
    return ratio_exceeds(later.quantity, base.quantity, RATIO)


RULE = Rule(
    code="SPD_RATIO",
    group=Group.RESPONSE,
    version=2,
    title=_("SP-D ratio above 1.75 within 4 weeks of treatment"),
    source="Arai 2013 (10.1007/s10165-012-0756-0)",
    basis="L",
    detect=detect,
    titled_by_value=True,
    values=(BASELINE, OLD_AFTER),
)
