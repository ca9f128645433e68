"""Course of the lung disease: acute/subacute (A/S), chronic (C), or not known. Node N1.

Source [S]: Kurasawa and Arai 2014, "Onset and progression" and Figure 3. Readings [J]: specification 2 and
11 (1)-(7), (27), (30), (31), (33), 12 (56), 13 (64). Once A/S an episode stays A/S until a clinician decides that it
is chronic.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.factors_in_doubt import not_reassured
from patients.clinical.judged import Judged
from patients.clinical.physiology import (
    VC_CODES,
    WINDOW_DAYS,
    Fall,
    fall_reason,
    falls,
    physiology_series,
)
from patients.clinical.reasons import Month, Reason, Term, _, each_once, reason
from patients.clinical.snapshot import Snapshot, latest, once
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, truth

ACUTE = "A/S"
CHRONIC = "C"
DYSPNOEA = "dyspnoea_on_exertion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Answer of N1. `since` is the day of the fact that made it A/S, `known_from` when that became known.

    `decided` is the decision that ended the last episode (course "C"), if it stands.
    """

    course: str | None
    answer: Truth
    since: date | None
    known_from: datetime | None
    criteria: tuple[Judged, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    decided: f.Decision | None = None


class Trigger(NamedTuple):
    """A fact that meets a criterion of N1, when that became known, and what says why it counts."""

    fact: f.Fact
    moment: datetime
    why: Callable[[], Reason]


@once
def course_of(snapshot: Snapshot) -> Course:
    """The course as known: A/S from the first criterion met in this episode, chronic, or unknown."""
    criteria = entry_criteria(snapshot)
    decided = latest([x for x in snapshot.decisions if x.course == CHRONIC])
    triggers = _triggers(snapshot, decided)
    if triggers:
        since = min([trigger.fact.day for trigger in triggers])
        known_from = min([trigger.moment for trigger in triggers])
        first = sorted([x for x in triggers if x.moment == known_from], key=lambda x: x.fact.day)
        reasons = each_once([x.why() for x in first])
        return Course(
            course=ACUTE,
            answer=YES,
            since=since,
            known_from=known_from,
            criteria=criteria,
            reasons=reasons,
            missing=(),
        )
    if decided is not None:
        why = reason(_("decided to be chronic on %(day)s"), facts=(decided.id,), basis="J", day=decided.day)
        return Course(
            course=CHRONIC,
            answer=NO,
            since=decided.day,
            known_from=decided.known,
            criteria=criteria,
            reasons=(why,),
            missing=(),
            decided=decided,
        )
    return _without_trigger(snapshot, criteria)


def _without_trigger(snapshot: Snapshot, criteria: tuple[Judged, ...]) -> Course:
    onset, *looked_at = criteria
    old = onset if onset.answer is NO else _no_onset(snapshot, onset)
    tests = (old, *looked_at)
    if all(x.answer is NO for x in tests):
        reasons = tuple(r for x in tests for r in x.reasons)
        return Course(
            course=CHRONIC,
            answer=NO,
            since=None,
            known_from=_last_known(snapshot),
            criteria=criteria,
            reasons=reasons,
            missing=(),
        )
    open_tests = [x for x in tests if x.answer is UNKNOWN]
    return Course(
        course=None,
        answer=UNKNOWN,
        since=None,
        known_from=None,
        criteria=criteria,
        reasons=tuple(r for x in open_tests for r in x.reasons),
        missing=tuple(dict.fromkeys(m for x in open_tests for m in x.missing)),
    )


def _no_onset(snapshot: Snapshot, onset: Judged) -> Judged:
    """Without an onset, dyspnoea on exertion recorded as absent stands for "no symptoms yet" (11 (2))."""
    finding = latest(snapshot.within(snapshot.findings_of(DYSPNOEA), WINDOW_DAYS))
    if not snapshot.onsets and finding is not None and finding.present is False:
        why = reason(
            _("no respiratory onset, no dyspnoea on exertion on %(day)s"),
            facts=(finding.id,),
            basis="J",
            day=finding.day,
        )
        return Judged("onset", NO, (why,))
    return onset


def _last_known(snapshot: Snapshot) -> datetime | None:
    relevant = [*snapshot.onsets, *snapshot.findings_of(DYSPNOEA), *snapshot.hrcts]
    relevant += [x for code in ("pao2", *VC_CODES) for x in snapshot.series(code)]
    return max((x.known for x in relevant), default=None)


def known_moment(fact: f.Fact) -> datetime:
    """When a fact could first speak: not before it was known, nor before the time it is about."""
    return max(fact.on, fact.first_known)


def _triggers(snapshot: Snapshot, after: f.Decision | None) -> list[Trigger]:
    """Facts that met a criterion within 90 days when they became known, later than the decision `after`."""
    zone = ZoneInfo(snapshot.zone)
    told = [x for fact, why in _meeting(snapshot) if (x := _in_time(fact, known_moment(fact), why, zone))]
    return [x for x in (*told, *_fallen(snapshot, zone)) if after is None or x.fact.on > after.on]


def _in_time(fact: f.Fact, moment: datetime, why: Callable[[], Reason], zone: ZoneInfo) -> Trigger | None:
    recent = (moment.astimezone(zone).date() - fact.day).days <= WINDOW_DAYS
    return Trigger(fact, moment, why) if recent else None


def _meeting(snapshot: Snapshot) -> Iterator[tuple[f.Fact, Callable[[], Reason]]]:
    for onset in snapshot.onsets:
        yield onset, partial(onset_reason, onset)
    for finding in snapshot.findings_of(DYSPNOEA):
        if finding.change == "worse":
            yield finding, partial(finding_reason, finding)
    for scan in snapshot.hrcts:
        if increase(scan) is YES:
            yield scan, partial(scan_reason, scan)


def _fallen(snapshot: Snapshot, zone: ZoneInfo) -> Sequence[Trigger]:
    """The falls that were known in time, oldest first."""
    every = tuple(falls(snapshot))
    return snapshot.grown.over("fallen", every, partial(_Fallen, zone)).triggers if every else ()


class _Fallen:
    """Of falls, oldest first, those that were known in time."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.triggers: list[Trigger] = []
        self._zone = zone

    def take(self, every: Iterable[Fall]) -> None:
        """The next falls."""
        for fall in every:
            if fall.answer is YES:
                moment = max(known_moment(fall.later), known_moment(fall.reference))
                trigger = _in_time(fall.later, moment, partial(fall_reason, fall), self._zone)
                if trigger is not None:
                    self.triggers.append(trigger)


# -- the criteria as they stand today ---------------------------------------------------------------------------------


def entry_criteria(snapshot: Snapshot) -> tuple[Judged, Judged, Judged, Judged]:
    """Onset within 90 days, and the three criteria of N1 looked at in the last 90 days (11 (1)-(4), (27), (30))."""
    onset = _onset_test(snapshot)
    return (onset, _symptom_test(snapshot, onset.answer), _hrct_test(snapshot), _physiology_test(snapshot))


def onset_reason(onset: f.RespiratoryOnset) -> Reason:
    """The respiratory onset with its day: that the onset alone makes the course acute/subacute is a judgement [J]."""
    if onset.month:
        return reason(_("respiratory onset in %(month)s"), basis="J", facts=(onset.id,), month=Month(onset.day))
    return reason(_("respiratory onset on %(day)s"), basis="J", facts=(onset.id,), day=onset.day)


def _onset_test(snapshot: Snapshot) -> Judged:
    onset = latest(snapshot.onsets)
    if onset is None:
        why = reason(_("the day of respiratory onset is not known"), basis="J")
        return Judged("onset", UNKNOWN, (why,), ("respiratory_onset",))
    if onset.month:
        return _onset_in_month(snapshot, onset)
    days = snapshot.days_since(onset.day)
    message = _("respiratory onset on %(day)s, %(days)s days ago (90 days or less)")
    if days > WINDOW_DAYS:
        message = _("respiratory onset on %(day)s, %(days)s days ago (more than 90)")
    return Judged(
        "onset", truth(days <= WINDOW_DAYS), (reason(message, facts=(onset.id,), basis="J", day=onset.day, days=days),)
    )


def _onset_in_month(snapshot: Snapshot, onset: f.RespiratoryOnset) -> Judged:
    """An onset known to the month: yes or no when the whole month is on one side of the 90 days (12 (56)).

    Left open when it became known, it stays open: it may have made the course acute/subacute on that day.
    """
    today = _within_days(onset, snapshot.today)
    known = _within_days(onset, known_moment(onset).astimezone(ZoneInfo(snapshot.zone)).date())
    answer = UNKNOWN if UNKNOWN in (today, known) and today is not YES else today
    messages = {
        YES: _("respiratory onset in %(month)s, 90 days ago or less"),
        NO: _("respiratory onset in %(month)s, more than 90 days ago"),
        UNKNOWN: _("respiratory onset in %(month)s: whether 90 days ago or less is not known without the day"),
    }
    why = reason(messages[answer], facts=(onset.id,), basis="J", month=Month(onset.day))
    return Judged("onset", answer, (why,), ("respiratory_onset",) if answer is UNKNOWN else ())


def _within_days(onset: f.RespiratoryOnset, day: date) -> Truth:
    """Was the onset in the 90 days before `day`? Unknown while its month lies on both sides. It is not after `day`."""
    if (day - onset.day).days <= WINDOW_DAYS:
        return YES
    return NO if (day - onset.last_day).days > WINDOW_DAYS else UNKNOWN


DYSPNOEA_SAYS = {
    "worse": _("dyspnoea on exertion worse on %(day)s"),
    "unchanged": _("dyspnoea on exertion unchanged on %(day)s"),
    "improved": _("dyspnoea on exertion improved on %(day)s"),
}


def finding_reason(finding: f.Finding) -> Reason:
    """What an entry on dyspnoea on exertion says."""
    plain = _("dyspnoea on exertion on %(day)s, change not stated")
    if finding.present is False and finding.change is None:
        plain = _("no dyspnoea on exertion on %(day)s")
    return reason(DYSPNOEA_SAYS.get(finding.change or "", plain), facts=(finding.id,), day=finding.day)


def _symptom_test(snapshot: Snapshot, onset_recent: Truth) -> Judged:
    findings = snapshot.within(snapshot.findings_of(DYSPNOEA), WINDOW_DAYS)
    stated = [x for x in findings if x.present is not None or x.change is not None]
    worse = latest([x for x in stated if x.change == "worse"])
    newest = worse or latest(stated)
    if newest is None:
        why = reason(_("dyspnoea on exertion not recorded in the last 90 days"), basis="J")
        return Judged("symptoms", UNKNOWN, (why,), (DYSPNOEA,))
    answer = _symptom_answer(newest, onset_recent)
    return Judged("symptoms", answer, (finding_reason(newest),), (DYSPNOEA,) if answer is UNKNOWN else ())


def _symptom_answer(finding: f.Finding, onset_recent: Truth) -> Truth:
    if finding.change is not None:
        return truth(finding.change == "worse")
    if finding.present is False:
        return NO
    return YES if onset_recent is YES else UNKNOWN


def increase(scan: f.Hrct) -> Truth:
    """Does the report speak for an increase within 90 days? One against an older scan does not say (11 (27))."""
    if scan.change is None:
        return UNKNOWN
    if scan.change != "increased":
        return NO
    return UNKNOWN if old_comparison(scan) else YES


def old_comparison(scan: f.Hrct) -> bool:
    """Compared with a scan more than 90 days older (11 (5)): speaks for N7, not N1."""
    return scan.compared_with is not None and (scan.day - scan.compared_with).days > WINDOW_DAYS


SCAN_SAYS = {
    "increased": _("HRCT of %(day)s: abnormalities increased"),
    "unchanged": _("HRCT of %(day)s: abnormalities unchanged"),
    "decreased": _("HRCT of %(day)s: abnormalities decreased"),
    "first": _("HRCT of %(day)s: first scan"),
}


def scan_reason(scan: f.Hrct) -> Reason:
    """What an HRCT report says of the change."""
    message = SCAN_SAYS.get(scan.change or "", _("HRCT of %(day)s: no comparison stated"))
    if scan.change == "increased" and old_comparison(scan):
        message = _("HRCT of %(day)s: increased, but against a scan more than 90 days older")
    return reason(message, facts=(scan.id,), day=scan.day)


def _hrct_test(snapshot: Snapshot) -> Judged:
    scans = snapshot.within(snapshot.hrcts, WINDOW_DAYS)
    if not scans:
        why = reason(_("no HRCT in the last 90 days"), basis="J")
        return Judged("hrct", UNKNOWN, (why,), ("hrct",))
    for wanted in (YES, NO):
        telling = latest([x for x in scans if increase(x) is wanted])
        if telling is not None:
            return Judged("hrct", wanted, (scan_reason(telling),))
    return Judged("hrct", UNKNOWN, (scan_reason(scans[-1]),), ("hrct",))


def _physiology_test(snapshot: Snapshot) -> Judged:
    """No fall is shown by confirmed values alone (12 (47))."""
    return not_reassured(snapshot, _physiology_in, ("pao2", *VC_CODES))


def _physiology_in(snapshot: Snapshot) -> Judged:
    recent = [x for series, _compare in physiology_series(snapshot) for x in snapshot.within(series, WINDOW_DAYS)]
    if not recent:
        why = reason(_("no VC and no PaO2 in the last 90 days"), basis="J")
        return Judged("physiology", UNKNOWN, (why,), ("pao2", "vc"))
    return _judged_falls(_possible_falls(snapshot)) or Judged("physiology", NO, (_no_fall(recent),))


def _possible_falls(snapshot: Snapshot) -> list[Fall]:
    """Falls of the last 90 days that are not excluded. What more oxygen hides is open until a newer PaO2 (13 (64))."""
    every = falls(snapshot)
    if not every:
        return []
    newest = latest(snapshot.series("pao2"))
    first = bisect_left(every, snapshot.today - timedelta(days=WINDOW_DAYS), key=lambda x: x.later.day)
    return [
        x
        for x in every[first:]
        if x.answer is not NO and (not x.hidden or (newest is not None and x.later.id == newest.id))
    ]


def _judged_falls(possible: list[Fall]) -> Judged | None:
    for wanted in (YES, UNKNOWN):
        telling = [x for x in possible if x.answer is wanted]
        if telling:
            missing = tuple(dict.fromkeys(x.later.code for x in telling)) if wanted is UNKNOWN else ()
            return Judged("physiology", wanted, tuple(fall_reason(x) for x in telling[-2:]), missing)
    return None


TESTED = {"pao2": Term("PaO2"), "vc": Term("VC"), "fvc": Term("FVC (for VC)")}


def _no_fall(recent: list[f.Measurement]) -> Reason:
    newest = max(recent, key=lambda x: (x.on, x.id))
    return reason(
        _("%(test)s of %(day)s: no fall shown within 90 days"),
        facts=(newest.id,),
        test=TESTED[newest.code],
        day=newest.day,
    )
