"""PNEUMOMEDIASTINUM: air in the mediastinum, as a finding or on HRCT.

Source [L]: in 9 % of anti-MDA5 disease, with CMV and fungi as risks (10.1016/j.semarthrit.2023.152352); non-invasive
ventilation went with death (10.1007/s10067-019-04918-2), so that pressure from NIV or high flow is named.
Specification 13 (113). Critical [J]. D0: none, in any course.
An event: who has acknowledged it, has ended it. What is said again and again is one event, until it was said to be
absent in between, and so is pressure through one device [J]. Closes, unacknowledged, when a later entry or report says
that it is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from patients.clinical.facts import Fact, Finding, Hrct
from patients.clinical.oxygen_compared import RANK, SUPPORTING
from patients.clinical.oxygen_need import OxygenRecord, device_term, oxygen_records
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot

CODE = "pneumomediastinum"

RECORDED = _("pneumomediastinum on %(day)s")
SEEN = _("pneumomediastinum on the HRCT of %(day)s")
PRESSURE = _("%(device)s on %(day)s: positive pressure with pneumomediastinum went with death")
ASK = _("chest CT, no positive pressure where it can be avoided; CMV and fungi are risks")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue for the run of statements at the end of the record that say that it is there."""
    run = _run(situation.snapshot)
    if not run:
        return
    why = [_told(run[0]), *([_told(run[-1])] if len(run) > 1 else [])]
    given = _pressure(situation.snapshot, run[0].on)
    if given is not None:
        device = device_term(given)
        why.append(reason(PRESSURE, facts=(given.fact.id,), basis="L", device=device, day=given.fact.day))
    begun = _pressure_begun(situation.snapshot, run[0].on)
    began = [begun.fact] if begun else []
    facts = [run[0], run[-1], *([given.fact] if given else []), *began]
    yield issue(Severity.CRITICAL, (*why, reason(ASK, basis="L")), *facts, news=[run[0], *began])


def _run(snapshot: Snapshot) -> list[Fact]:
    """The statements at the end of the record that say that it is there, oldest first; none after one of absence."""
    stated: list[Finding | Hrct] = [x for x in snapshot.findings_of(CODE) if x.present is not None]
    stated += [x for x in snapshot.hrcts if x.pneumomediastinum is not None]
    run: list[Fact] = []
    for x in sorted(stated, key=lambda x: (x.on, x.known, x.id)):
        there = x.present if isinstance(x, Finding) else x.pneumomediastinum
        run = [*run, x] if there else []
    return run


def _pressure(snapshot: Snapshot, since: datetime) -> OxygenRecord | None:
    """High flow or more that was given when it began, or is given since: the last record of it."""
    records = oxygen_records(snapshot)
    before = [x for x in records if x.on <= since][-1:]
    pressed = [x for x in (*before, *(x for x in records if x.on > since)) if RANK.get(x.device or "", 0) >= SUPPORTING]
    return pressed[-1] if pressed else None


def _pressure_begun(snapshot: Snapshot, since: datetime) -> OxygenRecord | None:
    """The first record of the pressure that was given last: another device, or pressure after less, is news; another
    record of the same is none."""
    records = oxygen_records(snapshot)
    begun: OxygenRecord | None = None
    for x in records:
        if RANK.get(x.device or "", 0) >= SUPPORTING:
            begun = begun if begun is not None and begun.device == x.device else x
        elif x.on <= since or x.is_air:
            begun = None
    return begun


def _told(fact: Fact) -> Reason:
    message = SEEN if isinstance(fact, Hrct) else RECORDED
    return reason(message, facts=(fact.id,), basis="L", day=fact.day)


RULE = Rule(
    code="PNEUMOMEDIASTINUM",
    group=Group.RESPIRATION,
    version=1,
    title=_("Pneumomediastinum"),
    source="10.1016/j.semarthrit.2023.152352; 10.1007/s10067-019-04918-2",
    basis="L",
    detect=detect,
    event=True,
)
