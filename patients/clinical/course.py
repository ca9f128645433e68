"""Course of the lung disease: acute/subacute (A/S), chronic (C), or not known. Node N1.

Source [S]: Kurasawa and Arai 2014, "Onset and progression" and Figure 3. Readings [J]: specification 2 and
11 (1)-(7), (27), (30), (31), (33). Once A/S an episode stays A/S until a clinician decides that it is chronic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.judged import Judged
from patients.clinical.physiology import (
    VC_CODES,
    Fall,
    fall_reason,
    falls,
    physiology_series,
)
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import Truth, all_of, truth

ACUTE = "A/S"
CHRONIC = "C"
WINDOW_DAYS = 90  # [J] "3 months", in calendar days at the site
DYSPNOEA = "dyspnoea_on_exertion"


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Trigger:
    """A fact that meets a criterion of N1: when it was about, when it became known, and why it counts."""

    moment: datetime
    day: date
    reason: Reason


def course_of(snapshot: Snapshot) -> Course:
    """The course as known: A/S from the first criterion met in this episode, chronic, or unknown."""
    cached: Course | None = snapshot.__dict__.get("_course")
    if cached is None:
        cached = snapshot.__dict__["_course"] = _course_of(snapshot)
    return cached


def _course_of(snapshot: Snapshot) -> Course:
    criteria = entry_criteria(snapshot)
    decided = latest([x for x in snapshot.decisions if x.course == CHRONIC])
    triggers = sorted(_triggers(snapshot, decided), key=lambda x: (x.moment, x.day))
    if triggers:
        since = min(trigger.day for trigger in triggers)
        reasons = tuple(dict.fromkeys(x.reason for x in triggers if x.moment == triggers[0].moment))
        return Course(ACUTE, Truth.YES, since, triggers[0].moment, criteria, reasons, ())
    if decided is not None:
        why = reason(_("decided to be chronic on %(day)s"), facts=(decided.id,), basis="J", day=decided.day)
        return Course(CHRONIC, Truth.NO, decided.day, decided.known, criteria, (why,), (), decided)
    return _without_trigger(snapshot, criteria)


def _without_trigger(snapshot: Snapshot, criteria: tuple[Judged, ...]) -> Course:
    onset, *looked_at = criteria
    old = onset if onset.answer is Truth.NO else _no_onset(snapshot, onset)
    answer = all_of([old.answer, *(x.answer for x in looked_at)]) if _settled(old, looked_at) else Truth.UNKNOWN
    tests = (old, *looked_at)
    if answer is Truth.NO:
        reasons = tuple(r for x in tests for r in x.reasons)
        return Course(CHRONIC, Truth.NO, None, _last_known(snapshot), criteria, reasons, ())
    open_tests = [x for x in tests if x.answer is Truth.UNKNOWN]
    return Course(
        None,
        Truth.UNKNOWN,
        None,
        None,
        criteria,
        tuple(r for x in open_tests for r in x.reasons),
        tuple(dict.fromkeys(m for x in open_tests for m in x.missing)),
    )


def _settled(old: Judged, looked_at: list[Judged]) -> bool:
    return all(x.answer is Truth.NO for x in (old, *looked_at))


def _no_onset(snapshot: Snapshot, onset: Judged) -> Judged:
    """Without an onset, dyspnoea on exertion recorded as absent stands for "no symptoms yet" (11 (2))."""
    finding = latest(snapshot.within(snapshot.findings_of(DYSPNOEA), WINDOW_DAYS))
    if onset.answer is Truth.UNKNOWN and finding is not None and finding.present is False:
        why = reason(
            _("no respiratory onset, no dyspnoea on exertion on %(day)s"),
            facts=(finding.id,),
            basis="J",
            day=finding.day,
        )
        return Judged("onset", Truth.NO, (why,))
    return onset


def _last_known(snapshot: Snapshot) -> datetime | None:
    relevant = [*snapshot.onsets, *snapshot.findings_of(DYSPNOEA), *snapshot.hrcts]
    relevant += [x for code in ("pao2", *VC_CODES) for x in snapshot.series(code)]
    return max((x.known for x in relevant), default=None)


def known_moment(fact: f.Fact) -> datetime:
    """When a fact could first speak: not before it was known, nor before the time it is about."""
    return max(fact.on, fact.first_known)


def _triggers(snapshot: Snapshot, after: f.Decision | None) -> Iterator[Trigger]:
    """Facts that met a criterion within 90 days when they became known, later than the decision `after`."""
    zone = ZoneInfo(snapshot.zone)
    for fact, moment, why in _meeting(snapshot):
        recent = (moment.astimezone(zone).date() - fact.day).days <= WINDOW_DAYS
        if recent and moment <= max(snapshot.as_of, snapshot.known_at) and (after is None or fact.on > after.on):
            yield Trigger(moment, fact.day, why)


def _meeting(snapshot: Snapshot) -> Iterator[tuple[f.Fact, datetime, Reason]]:
    for onset in snapshot.onsets:
        yield onset, known_moment(onset), onset_reason(onset)
    for finding in snapshot.findings_of(DYSPNOEA):
        if finding.change == "worse":
            yield finding, known_moment(finding), _finding_reason(finding)
    for scan in snapshot.hrcts:
        if _increase(scan) is Truth.YES:
            yield scan, known_moment(scan), scan_reason(scan)
    for fall in falls(snapshot):
        if fall.answer is Truth.YES:
            yield fall.later, max(known_moment(fall.later), known_moment(fall.reference)), fall_reason(fall)


# -- the criteria as they stand today ---------------------------------------------------------------------------------


def entry_criteria(snapshot: Snapshot) -> tuple[Judged, Judged, Judged, Judged]:
    """Onset within 90 days, and the three criteria of N1 looked at in the last 90 days (11 (1)-(4), (27), (30))."""
    onset = _onset_test(snapshot)
    return (onset, _symptom_test(snapshot, onset.answer), _hrct_test(snapshot), _physiology_test(snapshot))


def onset_reason(onset: f.RespiratoryOnset) -> Reason:
    """The respiratory onset with its day: that the onset alone makes the course acute/subacute is a judgement [J]."""
    return reason(_("respiratory onset on %(day)s"), basis="J", facts=(onset.id,), day=onset.day)


def _onset_test(snapshot: Snapshot) -> Judged:
    onset = latest(snapshot.onsets)
    if onset is None:
        why = reason(_("the day of respiratory onset is not known"), basis="J")
        return Judged("onset", Truth.UNKNOWN, (why,), ("respiratory_onset",))
    days = snapshot.days_since(onset.day)
    message = _("respiratory onset on %(day)s, %(days)s days ago (90 days or less)")
    if days > WINDOW_DAYS:
        message = _("respiratory onset on %(day)s, %(days)s days ago (more than 90)")
    return Judged(
        "onset", truth(days <= WINDOW_DAYS), (reason(message, facts=(onset.id,), basis="J", day=onset.day, days=days),)
    )


def _finding_reason(finding: f.Finding) -> Reason:
    messages = {
        "worse": _("dyspnoea on exertion worse on %(day)s"),
        "unchanged": _("dyspnoea on exertion unchanged on %(day)s"),
        "improved": _("dyspnoea on exertion improved on %(day)s"),
    }
    plain = _("dyspnoea on exertion on %(day)s, change not stated")
    if finding.present is False and finding.change is None:
        plain = _("no dyspnoea on exertion on %(day)s")
    return reason(messages.get(finding.change or "", plain), facts=(finding.id,), day=finding.day)


def _symptom_test(snapshot: Snapshot, onset_recent: Truth) -> Judged:
    findings = snapshot.within(snapshot.findings_of(DYSPNOEA), WINDOW_DAYS)
    told = [x for x in findings if x.present is not None or x.change is not None]
    worse = latest([x for x in told if x.change == "worse"])
    newest = worse or latest(told)
    if newest is None:
        why = reason(_("dyspnoea on exertion not recorded in the last 90 days"), basis="J")
        return Judged("symptoms", Truth.UNKNOWN, (why,), (DYSPNOEA,))
    answer = _symptom_answer(newest, onset_recent)
    return Judged("symptoms", answer, (_finding_reason(newest),), (DYSPNOEA,) if answer is Truth.UNKNOWN else ())


def _symptom_answer(finding: f.Finding, onset_recent: Truth) -> Truth:
    if finding.change is not None:
        return truth(finding.change == "worse")
    if finding.present is False:
        return Truth.NO
    return Truth.YES if onset_recent is Truth.YES else Truth.UNKNOWN


def _increase(scan: f.Hrct) -> Truth:
    """Does the report speak for an increase within 90 days? One against an older scan does not say (11 (27))."""
    if scan.change is None:
        return Truth.UNKNOWN
    if scan.change != "increased":
        return Truth.NO
    return Truth.UNKNOWN if old_comparison(scan) else Truth.YES


def old_comparison(scan: f.Hrct) -> bool:
    """Compared with a scan more than 90 days older (11 (5)): speaks for N7, not N1."""
    return scan.compared_with is not None and (scan.day - scan.compared_with).days > WINDOW_DAYS


def scan_reason(scan: f.Hrct) -> Reason:
    """What an HRCT report says of the change."""
    messages = {
        "increased": _("HRCT of %(day)s: abnormalities increased"),
        "unchanged": _("HRCT of %(day)s: abnormalities unchanged"),
        "decreased": _("HRCT of %(day)s: abnormalities decreased"),
        "first": _("HRCT of %(day)s: first scan"),
    }
    message = messages.get(scan.change or "", _("HRCT of %(day)s: no comparison stated"))
    if scan.change == "increased" and old_comparison(scan):
        message = _("HRCT of %(day)s: increased, but against a scan more than 90 days older")
    return reason(message, facts=(scan.id,), day=scan.day)


def _hrct_test(snapshot: Snapshot) -> Judged:
    scans = snapshot.within(snapshot.hrcts, WINDOW_DAYS)
    if not scans:
        why = reason(_("no HRCT in the last 90 days"), basis="J")
        return Judged("hrct", Truth.UNKNOWN, (why,), ("hrct",))
    for wanted in (Truth.YES, Truth.NO):
        telling = latest([x for x in scans if _increase(x) is wanted])
        if telling is not None:
            return Judged("hrct", wanted, (scan_reason(telling),))
    return Judged("hrct", Truth.UNKNOWN, (scan_reason(scans[-1]),), ("hrct",))


def _physiology_test(snapshot: Snapshot) -> Judged:
    recent = [
        later for series, _compare in physiology_series(snapshot) for later in snapshot.within(series, WINDOW_DAYS)
    ]
    if not recent:
        why = reason(_("no VC and no PaO2 in the last 90 days"), basis="J")
        return Judged("physiology", Truth.UNKNOWN, (why,), ("pao2", "vc"))
    shown = [x for x in falls(snapshot) if x.later in recent and x.answer is not Truth.NO]
    return _shown_falls(shown) or Judged("physiology", Truth.NO, (_no_fall(recent),))


def _shown_falls(shown: list[Fall]) -> Judged | None:
    for wanted in (Truth.YES, Truth.UNKNOWN):
        telling = [x for x in shown if x.answer is wanted]
        if telling:
            missing = tuple(dict.fromkeys(x.later.code for x in telling)) if wanted is Truth.UNKNOWN else ()
            return Judged("physiology", wanted, tuple(fall_reason(x) for x in telling[-2:]), missing)
    return None


def _no_fall(recent: list[f.Measurement]) -> Reason:
    newest = max(recent, key=lambda x: (x.on, x.id))
    names = {"pao2": Term("PaO2"), "vc": Term("VC"), "fvc": Term("FVC (for VC)")}
    return reason(
        _("%(test)s of %(day)s: no fall shown within 90 days"),
        facts=(newest.id,),
        test=names[newest.code],
        day=newest.day,
    )
