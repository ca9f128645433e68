"""PROPHYLAXIS_MISSING: what is given asks for pneumocystis prophylaxis, and none is recorded as running.

Source [S] for TMP-SMX with the regimens, [L] and [J] for what asks for it: specification 13 (100), whose conditions
with their numbers and sources are patients/clinical/prophylaxis.py. Warning; triple therapy, and anti-MDA5 with 15 mg
of prednisolone, critical from day 7. A dose that is not known, which decides: possible, info. D0: the first day of what
asks. A decision that none is given, with its reason and what is done instead: info that names both, until what it rests
on changes (there) [J].
Closes when prophylaxis is given or nothing asks for it any more; prophylaxis that is stopped while something asks opens
it anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.site_values import of_ground
from patients.clinical.prophylaxis import CRITICAL_FROM_DAY, FROM_DAY, MODERATE_MG, prophylaxis_missing
from patients.clinical.reasons import _

VALUES = (
    of_ground(MODERATE_MG, _("with another drug or anti-MDA5: glucocorticoid of at least"), "mg/day", ("5", "20")),
    of_ground(FROM_DAY, _("with another drug or anti-MDA5: told from day"), "", ("0", "14"), whole=True),
    of_ground(CRITICAL_FROM_DAY, _("triple therapy or anti-MDA5: critical from day"), "", ("1", "28"), whole=True),
)


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue, by what asks most for it."""
    found = prophylaxis_missing(situation.snapshot)
    if found is None:
        return
    grave = found.critical_from is not None and found.critical_from <= situation.snapshot.today
    why = (found.why, *found.beside)
    facts = situation.facts_of([found.why])
    known = max([situation.start_of_day(found.due), *(x.known for x in facts)])
    severity = Severity.CRITICAL if grave else Severity.WARNING
    if found.decided is not None:
        severity, facts = Severity.INFO, (*facts, found.decided)
    yield issue(severity, why, *facts, on=found.due, known=known, possible=found.possible)


RULE = Rule(
    code="PROPHYLAXIS_MISSING",
    group=Group.INFECTION,
    version=2,
    title=_("Pneumocystis prophylaxis missing"),
    source=_(
        "EULAR 2022 (10.1136/ard-2022-223335), 10.1186/s13075-016-1206-8, 10.1093/rheumatology/kead063; judgement"
    ),
    basis="L",
    detect=detect,
    values=VALUES,
)
