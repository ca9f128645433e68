"""The rounds of both wards, so that a newcomer finds some: signed visits, tasks, a decision, changes since.

They were held yesterday, by two people on each ward, on the record as it was known then; a few patients were seen this
morning (`ildcare.demo.earlier`). What was noted is in the language that is active while it is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from algorithm.models import Assessment
from algorithm.queries import latest_assessments
from ildcare.demo.earlier import clock_at, received_at
from ildcare.demo.people import EAST, WEST
from patients.actions import (
    add_task,
    close_task,
    finish_round,
    record_facts,
    record_round_visit,
    start_round,
)
from patients.clinical.facts import Decision
from patients.clinical.reasons import _
from patients.clinical.versions import Version
from patients.models import Outcome, Patient, User, Ward, WardRound
from patients.queries import site_zone
from patients.rows import fresh_identity
from patients.wording import translated

EARLY = "senior"
SENIORS, OTHERS = {EAST: EARLY, WEST: "senior-west"}, {EAST: "physician", WEST: "physician-west"}
# whom the senior physician saw on a round of yesterday; the physician of the ward saw the others
OF_THE_SENIOR = frozenset(
    {
        "deteriorating",
        "on_salvage",
        "gc_resistant",
        "level_too_high",
        "figure_against_table",
        "gases_falling",
        "t3_to_be_judged",
        "on_rituximab",
    }
)
A_VISIT, LATER = timedelta(minutes=7), timedelta(minutes=18)  # the second round of a ward begins so much later
BEFORE_NOW = timedelta(minutes=40)  # of this morning
THIS_MORNING = {
    "on_salvage": _("Slept through. A little air in the mediastinum on the CT: no positive pressure."),
    "improved": _("Walked the stairs with the physiotherapist."),
    "t1_improved": _("Nothing new, wants to go home."),
}
# of yesterday: the laboratory has reported, what was done on the round has not come back
KNOWN_UNTIL = {EAST: time(11, 0), WEST: time(13, 20)}


@dataclass(frozen=True, slots=True)
class Visit:
    """What was written when the patient was seen."""

    note: str
    plan: str


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done, due so many days from today; `done` says how it ended."""

    text: str
    due: int
    done: str = ""


# by the name of the course; who is not here has not been seen by anybody
VISITS = {
    "deteriorating": Visit(
        _("More breathless at rest on high flow, speaks in short sentences. The family knows how grave it is."),
        _("Ferritin and KL-6 tomorrow. Agree on T4 with haematology and intensive care. CsA before the next dose."),
    ),
    "level_too_low": Visit(
        _("Walks to the bathroom, SpO2 92 % there. No tremor."), _("CsA level tomorrow. IVCY as planned.")
    ),
    "on_salvage": Visit(
        _("Sleeps better, oxygen need as last week."), _("IgG and fibrinogen with the next bloods, then CT.")
    ),
    "improved": Visit(
        _("Climbs one flight without stopping."), _("Next step of the taper on Monday. Plan discharge with the family.")
    ),
    "t2_to_be_judged": Visit(
        _("Less cough, stairs as before. Fine crackles at both bases."), _("Judge improvement tomorrow.")
    ),
    "t2_improved": Visit(_("Feels well. Crackles at the left base only."), _("Taper glucocorticoid, CsA as it is.")),
    "t1_to_be_judged": Visit(_("Rises from a chair without arms. Lungs as before."), _("FVC this week.")),
    "gc_resistant": Visit(
        _("Breathless after one flight. CT seen with radiology: more consolidation than at admission."),
        _("Add CsA to the glucocorticoid. Explain cyclophosphamide."),
    ),
    "t1_improved": Visit(
        _("No complaint. Glucose 150 to 190 after meals."), _("Taper on schedule. Teach glucose measurement.")
    ),
    "figure_against_table": Visit(_("Rash paler, no dyspnoea at rest."), _("GC and tacrolimus go on. IVCY if worse.")),
    "result_corrected": Visit(
        _("Ferritin of 1,240 was a slip of the laboratory, it has been corrected."), _("Stay on T2.")
    ),
    "result_cancelled": Visit(
        _("KL-6 of 1,920 does not fit: breathing as before."), _("Ask the laboratory, draw it again.")
    ),
    "kl6_forgotten": Visit(_("Stable, appetite is back."), _("KL-6 with the next bloods: none since the first day.")),
    "t1_begun": Visit(_("Muscle pain less. Sleeps badly since the pulse."), _("CK and creatinine twice a week.")),
    "anti_ars_on_tacrolimus": Visit(
        _("Walks the corridor twice."), _("Trough weekly. Discharge next week if CT is better.")
    ),
    "level_too_high": Visit(_("Fine tremor of the hands. Creatinine rising."), _("CsA level and creatinine tomorrow.")),
    "pm_with_low_oxygen": Visit(
        _("Quiet breathing on oxygen, joints better."), _("Look again on day 7: if not better, T3.")
    ),
    "infection_on_triple": Visit(
        _("Fever in the night, cough with sputum. Blood and sputum cultures taken."),
        _("Beta-D-glucan and CMV antigen tomorrow. IVCY waits until it is clear."),
    ),
    "hyperinflamed": Visit(
        _("Shivering since the night, no focus found. Spleen not felt."),
        _("Ferritin, counts and fibrinogen daily. Ask haematology about the marrow."),
    ),
    "ferritin_against_titre": Visit(
        _("Feels better, yet breathes faster on the stairs."),
        _("Gas and ferritin in two days: the titre alone does not tell."),
    ),
    "gases_falling": Visit(
        _("More breathless than at admission, still speaks in full sentences."), _("CT today, blood gas tomorrow.")
    ),
    "t3_to_be_judged": Visit(_("Breathless when washing."), _("SP-D has risen: CT this week, then judge.")),
    "on_rituximab": Visit(
        _("Well, no jaundice. Asks when to go home."), _("HBV DNA has come back: hepatology, entecavir.")
    ),
    "on_mycophenolate": Visit(
        _("Coughs more than half a year ago. Loose stools since nintedanib."),
        _("Stool diary. Lung function in three months."),
    ),
    "convalescent": Visit(_("Walks outside every day."), _("Anti-MDA5 titre again in two weeks: it has risen.")),
    "t2_after_t1": Visit(_("Cough as before. No tremor."), _("CsA trough twice a week.")),
    "tacrolimus_slow": Visit(_("Stairs as at admission, no tremor."), _("Raise tacrolimus, trough in two days.")),
    "t2_with_ivcy": Visit(_("Feels well, appetite good."), _("Third IVCY when the count allows.")),
}
TASKS = {
    "deteriorating": (Task(_("Ask intensive care to see the patient"), 0),),
    "infection_on_triple": (Task(_("Collect the result of the blood cultures"), -1),),
    "gc_resistant": (Task(_("Consent for cyclophosphamide"), -1, done=_("signed, copy in the chart")),),
    "level_too_high": (Task(_("Draw CsA level before the morning dose"), 0),),
    "improved": (Task(_("Call the family about home oxygen"), 2),),
    "on_rituximab": (Task(_("Ask hepatology to see the patient"), 0),),
}
NOT_FOLLOWED = "pm_with_low_oxygen"
WHY_NOT = _("Breathing quietly on GC, oxygen need falling: triple therapy only if not better by day 7.")


def is_seen(course: str) -> bool:
    """Whether somebody of the ward has signed a visit of this patient."""
    return course in VISITS


def was_known(local: datetime, ward: str = EAST) -> datetime:
    """The moment up to which the record was known on the rounds of a ward."""
    return datetime.combine(local.date() - timedelta(days=1), KNOWN_UNTIL[ward], local.tzinfo)


def hold_rounds(seen: Mapping[str, Patient], moment: datetime, ward: str) -> None:
    """The rounds of a day on a ward, the first begun at this moment: patients by the name of their course."""
    for by, of_the_senior, begin in ((SENIORS[ward], True, moment), (OTHERS[ward], False, moment + LATER)):
        mine = {course: patient for course, patient in seen.items() if (course in OF_THE_SENIOR) is of_the_senior}
        if mine:
            with received_at(begin):
                _hold_round(User.objects.get(username=by), mine, begin, ward)


def _hold_round(by: User, seen: Mapping[str, Patient], moment: datetime, ward: str) -> None:
    """Sign a visit for each of these patients, one after the other, on their record as it is stored now."""
    begun = start_round(by=by, order=[x.pk for x in seen.values()], ward=Ward.objects.get(code=ward))
    answers = latest_assessments([x.pk for x in seen.values()])
    for n, (course, patient) in enumerate(seen.items(), start=1):
        with clock_at(moment + n * A_VISIT):
            _sign(patient, by, course, answers.get(patient.pk), begun, moment.date() + timedelta(days=1))
    with clock_at(moment + (len(seen) + 1) * A_VISIT):
        finish_round(round=begun, by=by, expected_version=begun.version)


def _sign(patient: Patient, by: User, course: str, answer: Assessment | None, begun: WardRound, today: date) -> None:
    visit = VISITS[course]
    if course == NOT_FOLLOWED and answer is not None:
        _decide_otherwise(patient, by, answer.step)
    record_round_visit(
        patient=patient,
        by=by,
        shown_at=timezone.now(),
        note=translated(visit.note),
        plan=translated(visit.plan),
        state=answer.sha256 if answer else "",
        round=begun,
    )
    _write_tasks(patient, by, TASKS.get(course, ()), today)


def see_this_morning(seen: Mapping[str, Patient], local: datetime) -> None:
    """Who was seen today before the reader came, without a round."""
    by = User.objects.get(username=EARLY)
    there = [(course, seen[course]) for course in THIS_MORNING if course in seen]
    for n, (course, patient) in enumerate(there):
        with clock_at(local - BEFORE_NOW + (n + 1) * A_VISIT):
            record_round_visit(patient=patient, by=by, shown_at=timezone.now(), note=translated(THIS_MORNING[course]))


def _decide_otherwise(patient: Patient, by: User, step: str) -> None:
    """The indicated step is not followed, as the form of a round stores it."""
    now = timezone.now()
    day = now.astimezone(site_zone()).date()
    decision = Decision(
        id="",
        on=now,
        known=now,
        first_known=now,
        day=day,
        known_day=day,
        step=step,
        accepted=False,
        reason=translated(WHY_NOT),
        code="milder",
    )
    facts = [Version(identity=fresh_identity("round"), fact=decision)]
    record_facts(patient=patient, facts=facts, by=by, source="form")


def _write_tasks(patient: Patient, by: User, tasks: Iterable[Task], today: date) -> None:
    for task in tasks:
        row = add_task(patient=patient, by=by, text=translated(task.text), due=today + timedelta(days=task.due))
        if task.done:
            close_task(task=row, by=by, outcome=Outcome.DONE, note=translated(task.done), expected_version=row.version)
