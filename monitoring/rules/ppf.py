"""PPF: the lung fibrosis is progressive: two of worse symptoms, falling lung function, more fibrosis within a year.

Source [L]: Raghu 2022 (10.1164/rccm.202202-0399ST); specification 13 (110). In chronic disease, or more than 180 days
after the last day 0 of an acute/subacute course, with reticulation or honeycombing on HRCT. Warning; info while finding
`infection` is there (another explanation) [J]. Chronic disease that becomes acute by one of the signs counts
too, until it is treated anew; in an acute course only two sure signs are told, while the course is not known they are
possible [J]. D0: the last one of the episode. The
numbers: patients/clinical/progression.py.
An event: who has acknowledged it, has ended it; another one is told a year later at the earliest [J].
Closes, unacknowledged, when the later of its signs is more than a year old, or was corrected.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.site_values import DAYS_UNIT, of_ground, site_count
from patients.clinical.course import ACUTE, CHRONIC, course_of
from patients.clinical.progression import APART_DAYS, WITHIN_DAYS, Progression, fibrotic, progression, signs_of
from patients.clinical.reasons import _, reason
from patients.clinical.snapshot import latest, rewind

# of an acute/subacute course, more than
AFTER_D0 = site_count("PPF.after_d0", _("not before, after the last start of treatment"), 180, DAYS_UNIT, (90, 365))

APART = of_ground(APART_DAYS, _("two tests apart at least"), DAYS_UNIT, ("7", "90"), whole=True)
TWO = _("progressive pulmonary fibrosis: two of three signs within a year. Another explanation?")
PERHAPS = _("perhaps progressive pulmonary fibrosis: two of three signs within a year, one of them not certain")
OPEN = _("the course is not known: this counts in chronic disease")
INFECTION = _("infection on %(day)s: it may explain this")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The last event, as long as its deciding sign is of the last 365 days."""
    snapshot = situation.snapshot
    if not fibrotic(snapshot) or not signs_of(snapshot):
        return
    counts, after = _when(situation)
    found = progression(snapshot, after) if counts else None
    if found is None or not (found.sure or situation.course.course != ACUTE):
        return
    if snapshot.days_since(found.deciding.day) <= WITHIN_DAYS:
        yield _issue(situation, found)


def _when(situation: Situation) -> tuple[bool, date | None]:
    """Does it count at all, and from which day: in chronic disease and in one that is not known from any, after a
    day 0 of an acute one from 180 days later on."""
    course = situation.course
    if course.course != ACUTE or course.since is None:
        return True, None
    if situation.regimen.starts:
        return True, situation.regimen.starts[-1].day + timedelta(days=AFTER_D0.days(situation.snapshot))
    before = rewind(situation.snapshot, situation.start_of_day(course.since) - timedelta(seconds=1))
    return course_of(before).course == CHRONIC, None


def _issue(situation: Situation, found: Progression) -> Issue:
    infection = latest([x for x in situation.snapshot.findings_of("infection") if x.present is not None])
    open_infection = infection is not None and infection.present is True
    why = [reason(TWO if found.sure else PERHAPS, basis="L"), *(x.reason for x in found.signs)]
    if infection is not None and open_infection:
        why.append(reason(INFECTION, facts=(infection.id,), basis="J", day=infection.day))
    others = [fact for sign in found.signs for fact in (sign.fact, *sign.others)]
    undecided = situation.course.course is None
    why += [reason(OPEN, basis="J")] if undecided else []
    severity = Severity.INFO if open_infection else Severity.WARNING
    possible = undecided or not found.sure
    return issue(severity, why, found.deciding.fact, *others, possible=possible, news=(found.deciding.fact,))


RULE = Rule(
    code="PPF",
    group=Group.RESPIRATION,
    version=2,
    title=_("Progressive pulmonary fibrosis"),
    source="Raghu 2022 (10.1164/rccm.202202-0399ST)",
    basis="L",
    detect=detect,
    event=True,
    values=(AFTER_D0, APART),
)
