"""SPO2_LOW: the oxygen saturation at rest is low, on room air or on oxygen, or fell below what it was.

Source [L]: below 95 % on air: a prognostic mark at entry (JAMI, 10.4103/injr.injr_118_20): info, told once an episode
of the disease. 93 % or less on air in two readings 5 minutes to 24 hours apart, warning: of patients with PaO2 below 60
mmHg 95 % had SpO2 below 94 % (PMC8118260), and an oximeter errs by 3 points. 90 % or less on air, below 90 % on oxygen:
critical. Numbers of days and readings: specification 13 (109) [J]. D0: none, in any course.
Also a warning: two readings 3 points or more below the median of the 7 days before on the same support; of at least
three readings that did not fall [J], however high.
A reading that says nothing of oxygen is read with what the last record of the 7 days before it tells of oxygen, of
support or with another value; where there is none, it is judged as on air and says so: oxygen could only have raised it
(13 (63)) [J]; a fall among such readings may be less oxygen: info [J]. Readings while walking are no part.
Closes with two readings in a row, 5 minutes or more apart, above 94 % on air or above 92 % on oxygen, and neither 3
points below the median [J]. Until then the gravest stands that the last grave reading said, and the newest is told
beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OXYGEN_OLD_AFTER, age
from monitoring.readings import preliminary
from monitoring.saturation import MARK, VALUES, Statement, numbers_of, seen_with, standing
from monitoring.stands import newest_is
from patients.clinical.course import ACUTE, known_moment
from patients.clinical.facts import Measurement
from patients.clinical.oxygen_need import oxygen_records
from patients.clinical.reasons import _, reason
from patients.clinical.truth import YES

NOT_JUDGED = _("SpO2 %(value)s %% on %(day)s: whether on air or on oxygen is not told")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Folds the readings since the last that closed; the prognostic mark once an episode of the disease."""
    series = situation.snapshot.series("spo2")
    if not series:
        return
    newest, records, numbers = series[-1], oxygen_records(situation.snapshot), numbers_of(situation.snapshot)
    seen = seen_with(newest, records, numbers)
    if seen.oxygen is None and newest.quantity.below(MARK) is YES and not seen.critical:
        why = reason(NOT_JUDGED, facts=(newest.id,), basis="J", value=newest.quantity, day=newest.day)
        yield Remark(why, (newest.id,))
    told, begin = standing(series, records, numbers)
    marks = all(x.severity is Severity.INFO and x.other is None for x in told)
    if told and not (marks and _marked_before(situation, series[:begin])):
        yield _issue(situation, told, newest)


def _issue(situation: Situation, told: Sequence[Statement], newest: Measurement) -> Issue:
    last, first = told[-1], told[0]
    facts = [last.seen.value, *([last.other.value] if last.other else [])]
    why = [last.why, *([newest_is(newest)] if newest is not last.seen.value else [])]
    why += [*preliminary(*facts), *age(situation.snapshot, newest, OXYGEN_OLD_AFTER)]
    return issue(last.severity, why, *facts, known=known_moment(first.seen.value))


def _marked_before(situation: Situation, earlier: Sequence[Measurement]) -> bool:
    """Was the mark of this episode of the disease told before?"""
    course = situation.course
    since = course.since if course.course == ACUTE else None
    records, numbers = oxygen_records(situation.snapshot), numbers_of(situation.snapshot)
    return any(seen_with(x, records, numbers).marked for x in earlier if since is None or x.day >= since)


RULE = Rule(
    code="SPO2_LOW",
    group=Group.RESPIRATION,
    version=2,
    title=_("Low oxygen saturation"),
    source=_("JAMI (10.4103/injr.injr_118_20); PMC8118260; numbers of readings: judgement of this product"),
    basis="L",
    detect=detect,
    titled_by_value=True,
    values=(*VALUES, OXYGEN_OLD_AFTER),
)
