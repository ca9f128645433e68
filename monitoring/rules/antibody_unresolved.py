"""ANTIBODY_UNRESOLVED: in an A/S course anti-MDA5 is weakly positive, indeterminate, contradictory, or still awaited.

Source [L]: 15 of 21 weak bands were true in myositis, dropping them cut the sensitivity for MDA5 from 0.93 to 0.62
(10.1186/s41927-020-00132-9; ACR 2025 abstract 1217): specification 13 (112), (81). Warning at once; critical after 72
hours, an awaited result after 7 days, while nothing beyond glucocorticoid runs [J]. D0: when the course and this were
known.
While the course is not known it may be acute: possible, info [J].
Closes with a definite result, when T3 is started, or with a chronic course.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.site_values import DAYS_UNIT, HOURS_UNIT, site_count
from patients.clinical.course import known_moment
from patients.clinical.courses import (
    CALCINEURIN_INHIBITORS,
    CHRONIC_PARTNERS,
    CYCLOPHOSPHAMIDE,
    JAK_INHIBITORS,
    SALVAGE,
)
from patients.clinical.mda5 import CONTRADICTION, PENDING, WEAK, Mda5, mda5_factor, mda5_of
from patients.clinical.reasons import _, reason
from patients.clinical.regimen import rank

WAIT = site_count("ANTIBODY_UNRESOLVED.critical", _("critical after"), 72, HOURS_UNIT, (24, 336))
WAIT_PENDING = site_count("ANTIBODY_UNRESOLVED.pending", _("an awaited result, critical after"), 7, DAYS_UNIT, (2, 28))
BEYOND_GC = (
    CALCINEURIN_INHIBITORS | CYCLOPHOSPHAMIDE | CHRONIC_PARTNERS | JAK_INHIBITORS | SALVAGE | {"rtx", "methotrexate"}
)

OPEN = _("unknown is not negative: T3 stays possible")
ALONE = _("nothing beyond glucocorticoid runs, and it is open since %(since)s")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue while the antibody is open in an A/S course, or in one that may be."""
    if not situation.may_be_acute:
        return
    told = mda5_of(situation.snapshot)
    running = situation.regimen.running
    if told.state not in (WEAK, CONTRADICTION, PENDING) or (running and rank(running.step) >= rank("T3")):
        return
    since = max(filter(None, (_since(told), situation.course.known_from)))
    snapshot = situation.snapshot
    wait = timedelta(days=WAIT_PENDING.days(snapshot)) if told.state == PENDING else WAIT.hours(snapshot)
    alone = not situation.regimen.active & BEYOND_GC
    grave = alone and situation.snapshot.as_of >= _after(since, wait)
    why = [*mda5_factor(situation.snapshot).reasons, reason(OPEN, basis="L")]
    if grave:
        why.append(reason(ALONE, basis="J", since=since))
    why += situation.course_open()
    severity = Severity.CRITICAL if grave else Severity.WARNING
    yield issue(severity, why, *told.carrying, known=since, possible=situation.course.course is None)


def _since(told: Mda5) -> datetime:
    """When it became known that it is open."""
    if told.contradiction is not None:
        return told.contradiction.known
    return known_moment(told.carrying[0])


def _after(since: datetime, wait: timedelta) -> datetime:
    """So many hours later: hours that pass, whatever the clock shows."""
    return (since.astimezone(UTC) + wait).astimezone(since.tzinfo)


RULE = Rule(
    code="ANTIBODY_UNRESOLVED",
    group=Group.COURSE,
    version=2,
    title=_("Anti-MDA5 not settled"),
    source=_("10.1186/s41927-020-00132-9; ACR 2025 abstract 1217; the times are a judgement of this product"),
    basis="L",
    detect=detect,
    values=(WAIT, WAIT_PENDING),
)
