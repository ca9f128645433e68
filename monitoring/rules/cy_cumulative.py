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
from patients.clinical.cumulative import cumulative_cy
from patients.clinical.reasons import _, reason

INFO_FROM, WARNING_FROM, AGAIN_ABOVE = Decimal(10_000), Decimal(20_000), Decimal(36_000)  # mg
GRAM, TENTH = Decimal(1000), Decimal("0.1")

FROM_10 = _("cyclophosphamide %(sum)s g in all (10 g or more): the risk of bladder cancer doubles with each 10 g")
FROM_20 = _("cyclophosphamide %(sum)s g in all (20 g or more): watch the bladder for life, think of another drug")
ABOVE_36 = _("cyclophosphamide %(sum)s g in all (more than 36 g): leukaemia and bladder cancer; no more if possible")
REACHED: dict[str, Callable[[Decimal], bool]] = {
    FROM_10: lambda mg: mg >= INFO_FROM,
    FROM_20: lambda mg: mg >= WARNING_FROM,
    ABOVE_36: lambda mg: mg > AGAIN_ABOVE,
}
AT_LEAST = _("at least: doses without an amount that can be told are not counted")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue that grows with the sum."""
    found = cumulative_cy(situation.snapshot)
    if found is None or found.mg < INFO_FROM:
        return
    message = next(x for x in (ABOVE_36, FROM_20, FROM_10) if REACHED[x](found.mg))
    severity = Severity.INFO if message == FROM_10 else Severity.WARNING
    grams = (found.mg / GRAM).quantize(TENTH, ROUND_HALF_EVEN)
    why = [reason(message, basis="L", sum=grams)]
    if found.at_least:
        why.append(reason(AT_LEAST, basis="J"))
    crossed = found.crossed(REACHED[message])
    if crossed is not None:
        day, known = crossed
        known = max(known, situation.start_of_day(day))
        yield issue(severity, why, on=day, known=known, again=(ABOVE_36,))


RULE = Rule(
    code="CY_CUMULATIVE",
    group=Group.ORGANS,
    version=1,
    title=_("Cumulative dose of cyclophosphamide"),
    source=_("10.1136/ard.2003.019125; Faurschou, J Rheumatol 2008;35:100; the steps are a judgement of this product"),
    basis="L",
    detect=detect,
)
