"""BDG_WITH_KL6: beta-D-glucan is positive and KL-6 or another sign of the lung rises: infection before escalation.

Source [L], specification 8, 13 (97): pneumocystis raises KL-6. Positive by its kit and not within 7 days of a blood
product, and within 7 days before or after any of: KL-6 >= 20 % and >= 100 U/mL above the lowest of the 28 days before;
LDH >= 20 % up; more oxygen; HRCT increased; dyspnoea worse; fever. KL-6 alone misses a third (Nakamura 2009). Critical;
the numbers are [J]. D0: none, whatever is given.
Closes when beta-D-glucan is not positive any more (3 days or more later) and none of these signs is open, or when
pneumocystis is treated (TMP-SMX above 2 tablets or g a day, pentamidine iv, atovaquone) and the finding "infection" was
recorded since: that is how a person says so [J].
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age
from monitoring.fever import VALUES as OF_FEVER
from monitoring.glucan import CODE, VALUES, ended_by, positive, product_before, sentence
from monitoring.readings import preliminary
from monitoring.signs import VALUES as OF_SIGNS
from monitoring.signs import Sign, around
from monitoring.site_values import site_value
from patients.clinical.courses import runs_on
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.reasons import _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES

# 13 (91) [J]
TREATMENT_ABOVE = site_value(
    "BDG_WITH_KL6.treatment", _("pneumocystis is treated: TMP-SMX, tablets or g a day, more than"), "2", "", ("1", "8")
)
BY_TABLET = ("tablets/day", "g/day")
COUGH_COUNTS_NOT = "cough"

NEXT = _("pneumocystis also raises KL-6: look for infection, and treat it, before any escalation")
GLUCAN_NEGATIVE = _("beta-D-glucan negative since %(day)s; a sign of those days is still open")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The newest positive value with a sign around it, while it or the sign stands."""
    snapshot = situation.snapshot
    for x in reversed(snapshot.series(CODE)):
        if positive(snapshot, x) is not YES or product_before(snapshot, x.day) is not None:
            continue
        signs = [sign for sign in around(snapshot, x.day) if getattr(sign.fact, "code", "") != COUGH_COUNTS_NOT]
        if signs:
            yield from _told(snapshot, x, signs)
            return


def _told(snapshot: Snapshot, found: Measurement, signs: list[Sign]) -> Iterator[Issue]:
    ended = ended_by(snapshot, found)
    if ended is not None:
        signs = [x for x in signs if not x.gone]
    if not signs or _treated(snapshot, found):
        return
    why = [sentence(snapshot, found), *(x.why for x in signs), reason(NEXT, basis="L")]
    if ended is not None:
        why.append(reason(GLUCAN_NEGATIVE, facts=(ended.id,), basis="J", day=ended.day))
    else:
        why += age(snapshot, snapshot.series(CODE)[-1])
    first = min(signs, key=lambda x: max(x.fact.on, x.fact.known)).fact
    known = max(found.on, found.known, first.on, first.known)
    yield issue(Severity.CRITICAL, (*why, *preliminary(found)), found, *(x.fact for x in signs), known=known)


def _treated(snapshot: Snapshot, found: Measurement) -> bool:
    """Pneumocystis is treated, and a person recorded the infection since the positive value."""
    said = any(x.on >= found.on and x.present is not None for x in snapshot.findings_of("infection"))
    above = TREATMENT_ABOVE.of(snapshot)
    return said and any(_treats(x, above) and runs_on(x, snapshot.today) for x in snapshot.treatments)


def _treats(x: Treatment, above: Decimal) -> bool:
    if x.drug == "tmp_smx":
        return x.dose is not None and x.unit in BY_TABLET and x.dose > above
    return x.drug == "atovaquone" or (x.drug == "pentamidine" and x.route == "iv")


RULE = Rule(
    code="BDG_WITH_KL6",
    group=Group.INFECTION,
    version=2,
    title=_("Positive beta-D-glucan with signs of a worse lung: infection first"),
    source=_(
        "Pneumocystis raises KL-6 (Nakamura 2009, seen as an abstract); the numbers are a judgement of this product"
    ),
    basis="L",
    detect=detect,
    values=(*VALUES, *OF_SIGNS, *OF_FEVER, TREATMENT_ABOVE, OLD_AFTER),
)
