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
from monitoring.site_values import site_value
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.truth import Truth

CODE = "platelets"  # an entry of patients/clinical/measurements.py
# a judgement can be another number at a site, within bounds; a number of the paper or of literature is a constant
LIMIT = site_value("NEW_RULE.limit", _("platelets, warning below"), "50", "×10⁹/L", ("20", "75"))

BELOW = _("platelets %(value)s ×10⁹/L on %(day)s are below %(limit)s")
POSSIBLY = _("platelets %(value)s ×10⁹/L on %(day)s are possibly below %(limit)s")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest count. Unknown (`<60`) is an answer: it gives a possible alert, which is always info."""
    series, limit = situation.snapshot.series(CODE), LIMIT.of(situation.snapshot)
    if series and below(series[-1], limit) is not Truth.NO:
        newest = series[-1]
        answer = below(newest, limit)
        yield issue(
            Severity.WARNING,
            (sentence(newest, answer, limit), *preliminary(newest)),
            newest,
            known=run_known(
                series, lambda x: below(x, limit) is answer
            ),  # since when the condition holds, not the last value
            possible=answer is Truth.UNKNOWN,
        )


def below(count: Measurement, limit: Decimal) -> Truth:
    """Below the limit? A censored value may leave it open."""
    return count.quantity.interval.below(limit)


def sentence(count: Measurement, answer: Truth, limit: Decimal) -> Reason:
    """The sentence with its number, day and fact: a message id and its values, never a formatted text."""
    message = BELOW if answer is Truth.YES else POSSIBLY
    return reason(message, facts=(count.id,), basis="J", value=count.quantity, day=count.day, limit=limit)


RULE = Rule(
    code="NEW_RULE",
    group=Group.ORGANS,
    version=1,
    title=_("Platelets below 50"),
    source=_("judgement of this product"),
    basis="J",
    detect=detect,
    values=(LIMIT,),
)
