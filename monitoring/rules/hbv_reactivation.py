"""HBV_REACTIVATION: HBV DNA of 20 IU/mL or more, or HBsAg newly positive.

Source [L]: 10.3109/14397595.2013.852834; specification 13 (115). Critical [J]. D0: none, in any course and without
treatment too. HBsAg is newly positive where an earlier result was negative. HBV DNA is asked for every 4 weeks during
treatment and 12 months after it where an antibody or HBsAg is positive: monitoring/intervals.py.
Closes when the newest HBV DNA is below 20 IU/mL and the newest HBsAg is negative again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age
from monitoring.readings import preliminary, run_known
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.screening import is_positive
from patients.clinical.truth import NO, UNKNOWN, YES

LIMIT = Decimal(20)  # IU/mL, at least [L]

DNA = _("HBV DNA %(value)s IU/mL on %(day)s, 20 or more")
DNA_OPEN = _("HBV DNA %(value)s IU/mL on %(day)s, possibly 20 or more")
NEWLY = _("HBsAg positive on %(day)s, negative on %(day_before)s")
ASK = _("hepatologist and a nucleoside analogue at once; immunosuppression is not stopped abruptly")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue for both tests."""
    dna, surface = situation.snapshot.series("hbv_dna"), situation.snapshot.series("hbsag")
    answer = dna[-1].quantity.at_least(LIMIT) if dna else NO
    newly = _newly_positive(surface)
    why: list[Reason] = []
    facts: list[Measurement] = []
    if answer is not NO and (answer is YES or newly is None):
        newest = dna[-1]
        message = DNA if answer is YES else DNA_OPEN
        why.append(reason(message, facts=(newest.id,), basis="L", value=newest.quantity, day=newest.day))
        facts.append(newest)
    if newly is not None:
        positive, before = newly
        ids = (before.id, positive.id)
        why.append(reason(NEWLY, facts=ids, basis="L", day=positive.day, day_before=before.day))
        facts += [positive, before]
    if not facts:
        return
    possible = answer is UNKNOWN and newly is None
    known = run_known(dna, lambda x: x.quantity.at_least(LIMIT) is answer) if facts[0].code == "hbv_dna" else None
    newest_of_both = max((*dna[-1:], *surface[-1:]), key=lambda x: x.on)
    notes = (*preliminary(*facts), *age(situation.snapshot, newest_of_both))
    asked = () if possible else (reason(ASK, basis="L"),)
    yield issue(Severity.CRITICAL, (*why, *asked, *notes), *facts, known=known, possible=possible)


def _newly_positive(series: Sequence[Measurement]) -> tuple[Measurement, Measurement] | None:
    """The first positive HBsAg of the run at the end of the record, and the last negative one before it."""
    negative = [n for n, x in enumerate(series) if is_positive(x) is NO]
    if not series or is_positive(series[-1]) is not YES or not negative:
        return None
    first = next(x for x in series[negative[-1] + 1 :] if is_positive(x) is YES)
    return first, series[negative[-1]]


RULE = Rule(
    code="HBV_REACTIVATION",
    group=Group.INFECTION,
    version=1,
    title=_("Hepatitis B reactivation"),
    source="10.3109/14397595.2013.852834",
    basis="L",
    detect=detect,
    titled_by_value=True,
    values=(OLD_AFTER,),
)
