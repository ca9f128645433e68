"""CY_CUMULATIVE: cyclophosphamide of a lifetime reached 10 g, 20 g, or more than 36 g, as far as doses are recorded.

Source [L]: bladder cancer doubles with each 10 g (10.1136/ard.2003.019125); leukaemia and bladder cancer above 36 g
(Faurschou, J Rheumatol 2008;35:100): specification 13 (102). At least 10 g info, at least 20 g warning, above 36 g
warning again [J]. Doses without an amount make it "at least". What was given elsewhere is an entry like any other.
D0: the day on which the sum reached the step.
Never closes: what was given stays given; acknowledged once at each step, or corrected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.site_values import site_value
from patients.clinical.cumulative import cumulative_cy
from patients.clinical.reasons import _, reason
from patients.clinical.snapshot import Snapshot

INFO_FROM = site_value("CY_CUMULATIVE.info", _("cyclophosphamide in all, info from"), "10", "g", ("5", "15"))
WARNING_FROM = site_value("CY_CUMULATIVE.warns", _("cyclophosphamide in all, warning from"), "20", "g", ("15", "30"))
AGAIN_ABOVE = site_value("CY_CUMULATIVE.again", _("cyclophosphamide in all, again above"), "36", "g", ("30", "60"))
GRAM, TENTH = Decimal(1000), Decimal("0.1")

FROM_10 = _(
    "cyclophosphamide %(sum)s g in all (%(limit)s g or more): the risk of bladder cancer doubles with each 10 g"
)
FROM_20 = _(
    "cyclophosphamide %(sum)s g in all (%(limit)s g or more): watch the bladder for life, think of another drug"
)
ABOVE_36 = _(
    "cyclophosphamide %(sum)s g in all (more than %(limit)s g): leukaemia and bladder cancer; no more if possible"
)
STEPS = {ABOVE_36: AGAIN_ABOVE, FROM_20: WARNING_FROM, FROM_10: INFO_FROM}  # the gravest first
AT_LEAST = _("at least: doses without an amount that can be told are not counted")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue that grows with the sum."""
    snapshot = situation.snapshot
    found = cumulative_cy(snapshot)
    reached = [x for x in STEPS if found is not None and _reaches(x, snapshot)(found.mg)]
    if found is None or not reached:
        return
    message = reached[0]
    severity = Severity.INFO if message == FROM_10 else Severity.WARNING
    grams = (found.mg / GRAM).quantize(TENTH, ROUND_HALF_EVEN)
    why = [reason(message, basis="L", sum=grams, limit=STEPS[message].of(snapshot))]
    if found.at_least:
        why.append(reason(AT_LEAST, basis="J"))
    crossed = found.crossed(_reaches(message, snapshot))
    if crossed is not None:
        day, known = crossed
        known = max(known, situation.start_of_day(day))
        yield issue(severity, why, on=day, known=known, again=(ABOVE_36,))


def _reaches(message: str, snapshot: Snapshot) -> Callable[[Decimal], bool]:
    """Is so much the step that a sentence tells?"""
    limit = STEPS[message].of(snapshot) * GRAM
    return (lambda mg: mg > limit) if message == ABOVE_36 else (lambda mg: mg >= limit)


RULE = Rule(
    code="CY_CUMULATIVE",
    group=Group.ORGANS,
    version=1,
    title=_("Cumulative dose of cyclophosphamide"),
    source=_("10.1136/ard.2003.019125; Faurschou, J Rheumatol 2008;35:100; the steps are a judgement of this product"),
    basis="L",
    detect=detect,
    values=(INFO_FROM, WARNING_FROM, AGAIN_ABOVE),
)
