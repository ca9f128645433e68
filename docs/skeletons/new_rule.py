"""NEW_RULE: the newest platelet count is below a limit. (A skeleton: copy, rename, replace; see CONTRIBUTING.md.)

Source [J]: say here where the sentence and each number come from: [S] the paper, [L] later literature, [J] a judgement.
D0: none. (Or: the day from which the rule counts, `situation.regimen.running`.)
Closes when a newer count is not below the limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.readings import preliminary, run_known
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.truth import Truth

CODE = "platelets"  # an entry of patients/clinical/measurements.py
LIMIT = Decimal(50)  # 10^9/L, less than [J]

BELOW = _("platelets %(value)s ×10⁹/L on %(day)s are below 50")
POSSIBLY = _("platelets %(value)s ×10⁹/L on %(day)s are possibly below 50")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest count. Unknown (`<60`) is an answer: it gives a possible alert, which is always info."""
    series = situation.snapshot.series(CODE)
    if series and below(series[-1]) is not Truth.NO:
        newest = series[-1]
        answer = below(newest)
        yield issue(
            Severity.WARNING,
            (sentence(newest, answer), *preliminary(newest)),
            newest,
            known=run_known(series, lambda x: below(x) is answer),  # since when the condition holds, not the last value
            possible=answer is Truth.UNKNOWN,
        )


def below(count: Measurement) -> Truth:
    """Below the limit? A censored value may leave it open."""
    return count.quantity.interval.below(LIMIT)


def sentence(count: Measurement, answer: Truth) -> Reason:
    """The sentence with its number, day and fact: a message id and its values, never a formatted text."""
    message = BELOW if answer is Truth.YES else POSSIBLY
    return reason(message, facts=(count.id,), basis="J", value=count.quantity, day=count.day)


RULE = Rule(
    code="NEW_RULE",
    group=Group.ORGANS,
    version=1,
    title=_("Platelets below 50"),
    source=_("judgement of this product"),
    basis="J",
    detect=detect,
)
