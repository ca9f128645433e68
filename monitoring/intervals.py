"""Which tests a course and its treatment ask for, and how often. All [J] unless cited; every number named. Pure.

Specification 8 "Overdue", 11 (38), 12 (58), 13 (88), (89), (105), (117). Acute/subacute: the first four weeks, from
day 0 of the running step (each change of step begins them anew), or from the day the course became known while nothing
is given. After them, and in chronic disease: more seldom in hospital than acute, more seldom still at home, and most
without treatment, save in hospital while the course is acute/subacute. While the course is not known: in hospital as in
an acute one, from day 0 or the day first seen, else as in chronic disease [J]. No test is overdue before the patient
was first seen, and none after care ended. Lung function in year 1: ACR/CHEST 2023, 10.1002/art.42860; kidney,
potassium, magnesium and pressure under a calcineurin inhibitor: the label of ciclosporin; HBV DNA: 13 (115),
10.3109/14397595.2013.852834 [L].
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from monitoring.engine import Situation
from monitoring.levels import on_the_way_since
from monitoring.overlaps import requested_levels, requested_potassium
from monitoring.readings import haemolysed
from monitoring.site_values import DAYS_UNIT, SiteValue, site_count, site_value
from patients.clinical.course import ACUTE
from patients.clinical.courses import GC, first_dose, runs_on
from patients.clinical.escalation import ADDED
from patients.clinical.facts import Fact
from patients.clinical.glucocorticoid import dose_on
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Term, _
from patients.clinical.screening import hbv_dna_since
from patients.clinical.snapshot import Snapshot
from patients.clinical.whereabouts import care_ended, first_seen, in_hospital, transplanted

ACUTE_PHASE = site_count("OVERDUE.acute_phase", _("acute/subacute: the first phase"), 28, DAYS_UNIT, (14, 56))
CHRONIC_PHASE_DAYS = 365  # year 1
LEVEL_AFTER_DAYS = 3  # CNI level after start or change of dose
SCAN_WINDOW = site_count("OVERDUE.scan", _("an HRCT answers its day before by"), 7, DAYS_UNIT, (2, 10))
# the first 12 weeks after day 0 of T2, T3 or T4, at home
OUTPATIENT_PHASE = site_count(
    "OVERDUE.at_home", _("closely watched at home from the start for"), 84, DAYS_UNIT, (28, 182)
)
CNI_PHASE_DAYS = 90  # the first 3 months of a calcineurin inhibitor [L]
# of prednisolone
HBA1C_ABOVE = site_value("OVERDUE.hba1c", _("HbA1c asked for with glucocorticoid above"), "5", "mg/day", ("0", "20"))
MAINTENANCE = site_value(
    "OVERDUE.maintenance", _("every 4 weeks with glucocorticoid of at least"), "15", "mg/day", ("5", "30")
)
DAILY, TWICE_WEEKLY, WEEKLY, TWO_WEEKLY = 1, 4, 7, 14  # days between two tests
FOUR_WEEKLY, THREE_MONTHLY, HALF_YEARLY = 28, 91, 183
# days between two tests [J]
ACUTE_EVERY = site_count("OVERDUE.acute", _("acute/subacute at first: blood tests every"), WEEKLY, DAYS_UNIT, (3, 14))
GAS_EVERY = site_count(
    "OVERDUE.gas", _("acute/subacute at first: arterial gas every"), TWICE_WEEKLY, DAYS_UNIT, (1, 14)
)
SPO2_EVERY = site_count("OVERDUE.spo2", _("in hospital: SpO2 every"), DAILY, DAYS_UNIT, (1, 3))
INFECTION_EVERY = site_count(
    "OVERDUE.infection", _("in hospital: beta-D-glucan and CMV every"), TWO_WEEKLY, DAYS_UNIT, (5, 28)
)
ACTIVITY_EVERY = site_count(
    "OVERDUE.activity", _("in hospital later: markers of activity every"), TWO_WEEKLY, DAYS_UNIT, (7, 28)
)
SAFETY_EVERY = site_count(
    "OVERDUE.safety", _("in hospital later: kidney, liver, blood count every"), WEEKLY, DAYS_UNIT, (3, 28)
)
HOME_EVERY = site_count("OVERDUE.home", _("early at home: blood tests every"), TWO_WEEKLY, DAYS_UNIT, (7, 42))
HOME_INFECTION_EVERY = site_count(
    "OVERDUE.home_infection", _("early at home: beta-D-glucan and CMV every"), FOUR_WEEKLY, DAYS_UNIT, (14, 91)
)
COMBINED_EVERY = site_count("OVERDUE.combined", _("later, combined treatment: every"), FOUR_WEEKLY, DAYS_UNIT, (14, 91))
OTHERWISE_EVERY = site_count("OVERDUE.otherwise", _("otherwise: every"), THREE_MONTHLY, DAYS_UNIT, (28, 183))
HBA1C_EVERY = site_count("OVERDUE.hba1c_every", _("HbA1c every"), THREE_MONTHLY, DAYS_UNIT, (28, 183))
LEVEL_EVERY = site_count("OVERDUE.level", _("drug level, acute or in hospital: every"), WEEKLY, DAYS_UNIT, (2, 14))
LEVEL_HOME_EVERY = site_count(
    "OVERDUE.level_home", _("drug level, early at home: every"), TWO_WEEKLY, DAYS_UNIT, (7, 28)
)
LEVEL_LATER_EVERY = site_count("OVERDUE.level_later", _("drug level, later: every"), FOUR_WEEKLY, DAYS_UNIT, (14, 91))
# 11 (38)
GRACE_SHORT = site_count(
    "OVERDUE.grace_short", _("grace of daily and twice-weekly tests and levels"), 1, DAYS_UNIT, (0, 3)
)
GRACE_WEEKLY = site_count("OVERDUE.grace_weekly", _("grace of weekly tests"), 2, DAYS_UNIT, (0, 5))
GRACE_LONG = site_count("OVERDUE.grace_long", _("grace of other tests"), 7, DAYS_UNIT, (0, 21))
VALUES = (
    *(ACUTE_PHASE, OUTPATIENT_PHASE, SCAN_WINDOW, HBA1C_ABOVE, MAINTENANCE),
    *(ACUTE_EVERY, GAS_EVERY, SPO2_EVERY, INFECTION_EVERY, ACTIVITY_EVERY, SAFETY_EVERY, HOME_EVERY),
    *(HOME_INFECTION_EVERY, COMBINED_EVERY, OTHERWISE_EVERY, HBA1C_EVERY),
    *(LEVEL_EVERY, LEVEL_HOME_EVERY, LEVEL_LATER_EVERY, GRACE_SHORT, GRACE_WEEKLY, GRACE_LONG),
)

WORDS = {
    DAILY: Term("daily"),
    TWICE_WEEKLY: Term("twice weekly"),
    WEEKLY: Term("weekly"),
    TWO_WEEKLY: Term("every 2 weeks"),
    FOUR_WEEKLY: Term("every 4 weeks"),
    THREE_MONTHLY: Term("every 3 months"),
}


class Demand(NamedTuple):
    """A test asked for every so many days, the site's or those of a source. `code` names it; any of `answered_by`
    counts as done (default: `code`)."""

    code: str
    name: Term
    every: SiteValue | int
    answered_by: tuple[str, ...] = ()
    overdue_after: int | None = None

    def days(self, snapshot: Snapshot) -> int:
        """Days between two tests."""
        return self.every if isinstance(self.every, int) else self.every.days(snapshot)

    def grace(self, snapshot: Snapshot) -> int:
        """Days after the due day before the test is overdue; `overdue_after` counts them from the test before."""
        every = self.days(snapshot)
        if self.overdue_after is not None:
            return self.overdue_after - every - 1
        if every <= TWICE_WEEKLY:
            return GRACE_SHORT.days(snapshot)
        return (GRACE_WEEKLY if every <= WEEKLY else GRACE_LONG).days(snapshot)


class DueTest(NamedTuple):
    """A test that is asked for: due on `due`, overdue after the grace. `last` is the last time it was done. `how`: how
    often, in words; `every`: days, where no words name them."""

    code: str
    name: Term
    how: Term
    due: date
    grace: int
    last: Fact | None
    every: int | None = None

    @property
    def overdue_from(self) -> date:
        """First day on which it counts as overdue."""
        return self.due + timedelta(days=self.grace + 1)


ACUTE_DEMANDS = (
    Demand("ferritin", Term("ferritin"), ACUTE_EVERY),
    Demand("crp", Term("CRP"), ACUTE_EVERY),
    Demand("ldh", Term("LDH"), ACUTE_EVERY),
    Demand("kl6", Term("KL-6"), ACUTE_EVERY),
    Demand("spo2", Term("SpO2"), SPO2_EVERY),
    Demand("pao2", Term("arterial blood gas"), GAS_EVERY),
)
BLOOD_COUNT = ("wbc", "neutrophils", "lymphocytes", "platelets", "haemoglobin")
NADIR_DAYS = (7, 14)  # after a dose of IVCY, 13 (117)
TREATED_DEMANDS = (
    Demand("creatinine", Term("creatinine"), ACUTE_EVERY),
    Demand("alt", Term("liver panel"), ACUTE_EVERY, ("alt", "ast")),
    Demand("wbc", Term("blood count"), ACUTE_EVERY, BLOOD_COUNT),
    Demand("bdg", Term("beta-D-glucan"), INFECTION_EVERY),
    Demand("cmv_pp65", Term("CMV antigenaemia"), INFECTION_EVERY, ("cmv_pp65", "cmv_c7hrp", "cmv_dna")),
)
# of the catalogue, so that a new one counts by itself: respiration that is measured without a word on oxygen
OF_LUNG_FUNCTION = tuple(x.code for x in MEASUREMENTS.values() if x.panel == "respiration" and "fio2" not in x.takes)
LUNG_FUNCTION = Demand("vc", Term("lung function"), THREE_MONTHLY, OF_LUNG_FUNCTION, overdue_after=HALF_YEARLY)
HRCT_DAYS = (14, 28)
KL6 = next(x for x in ACUTE_DEMANDS if x.code == "kl6")
KL6_DAYS = (14, 28)  # of a step; with the last of them the window of KL6_RATIO closes
LEVELS = {"csa": Term("cyclosporine level"), "tac": Term("tacrolimus level")}
ACTIVITY = tuple((x.code, x.name, x.answered_by) for x in ACUTE_DEMANDS if x.code in ("ferritin", "crp", "ldh", "kl6"))
SAFETY = tuple((x.code, x.name, x.answered_by) for x in TREATED_DEMANDS if x.code in ("creatinine", "alt", "wbc"))
POTASSIUM = ("potassium", Term("potassium"), ())
INFECTION = tuple((x.code, x.name, x.answered_by) for x in TREATED_DEMANDS if x.code in ("bdg", "cmv_pp65"))
SPO2 = ("spo2", Term("SpO2"), ())
UNDER_CNI = (
    ("creatinine", Term("creatinine"), ()),
    POTASSIUM,
    ("magnesium", Term("magnesium"), ()),
    ("systolic_bp", Term("blood pressure"), ()),
)
HBA1C = Demand("hba1c", Term("HbA1c"), HBA1C_EVERY)
Test = tuple[str, Term, tuple[str, ...]]


def _every(days: SiteValue | int, tests: Iterable[Test]) -> tuple[Demand, ...]:
    return tuple(Demand(code, name, days, answered_by) for code, name, answered_by in tests)


# after the acute phase, and in chronic disease
IN_HOSPITAL = (
    *_every(ACTIVITY_EVERY, ACTIVITY),
    *_every(INFECTION_EVERY, INFECTION),
    *_every(SAFETY_EVERY, (*SAFETY, POTASSIUM)),
    *_every(SPO2_EVERY, (SPO2,)),
)
EARLY_AT_HOME = (*_every(HOME_EVERY, (*ACTIVITY, *SAFETY, POTASSIUM)), *_every(HOME_INFECTION_EVERY, INFECTION))
COMBINED = _every(COMBINED_EVERY, (*ACTIVITY, *SAFETY))
OTHERWISE = _every(OTHERWISE_EVERY, (*ACTIVITY, *SAFETY))
EARLY_UNDER_CNI, LATER_UNDER_CNI = _every(TWO_WEEKLY, UNDER_CNI), _every(FOUR_WEEKLY, UNDER_CNI)


def due_tests(situation: Situation) -> Iterator[DueTest]:
    """Every test asked for now, done or not: what is next and when. The earliest, where two plans ask for one."""
    if care_ended(situation.snapshot) is not None:
        return
    earliest: dict[str, DueTest] = {}
    for test in _asked_for(situation):
        if test.code not in earliest or test.due < earliest[test.code].due:
            earliest[test.code] = test
    yield from earliest.values()


def _asked_for(situation: Situation) -> Iterator[DueTest]:
    yield from _levels(situation)
    yield from _haemolysed(situation)
    yield from _hepatitis_b(situation)
    yield from _after_ivcy(situation)
    seen = first_seen(situation.snapshot)
    if seen is None or transplanted(situation.snapshot) is not None:
        return
    undecided = situation.course.course is None
    if situation.course.course == ACUTE or (undecided and in_hospital(situation.snapshot)):
        yield from _acute(situation, seen)
    else:
        yield from _lung_function(situation, seen)
        yield from _later(situation, seen)


def _haemolysed(situation: Situation) -> Iterator[DueTest]:
    """Potassium again, after a sample that was haemolysed and that no value has followed (13 (106))."""
    sample = haemolysed(situation.snapshot, POTASSIUM[0])
    if sample is not None:
        code, name, _codes = POTASSIUM
        how, grace = Term("the sample was haemolysed"), GRACE_SHORT.days(situation.snapshot)
        yield DueTest(code=code, name=name, how=how, due=sample.day, grace=grace, last=_last(situation, (code,)))


def _hepatitis_b(situation: Situation) -> Iterator[DueTest]:
    """HBV DNA every 4 weeks from the positive result on, during treatment and for a year after it (13 (115))."""
    since = hbv_dna_since(situation.snapshot)
    if since is not None:
        last = _last(situation, ("hbv_dna",))
        due = max(since, last.day + timedelta(days=FOUR_WEEKLY)) if last is not None else since
        name, how = Term("HBV DNA"), WORDS[FOUR_WEEKLY]
        yield DueTest(code="hbv_dna", name=name, how=how, due=due, grace=_long(situation), last=last)


def _after_ivcy(situation: Situation) -> Iterator[DueTest]:
    """A blood count on days 7 to 14 after a dose of IVCY: overdue on day 15 (13 (117)). The next dose asks anew.

    A dose whose day 14 lies before the patient was first seen asks for none (12 (58), 13 (89)).
    """
    dose = next((x for x in reversed(situation.snapshot.treatments) if x.drug == "ivcy"), None)
    seen = first_seen(situation.snapshot)
    if dose is None or seen is None:
        return
    first, due = (dose.day + timedelta(days=x) for x in NADIR_DAYS)
    if due < seen:
        return
    last = _last(situation, BLOOD_COUNT)
    if last is None or last.day < first:
        how = Term("7 to 14 days after IVCY")
        yield DueTest(code="wbc", name=Term("blood count"), how=how, due=due, grace=0, last=last)


def _acute(situation: Situation, seen: date) -> Iterator[DueTest]:
    start = max(acute_start(situation) or seen, seen)
    end = start + timedelta(days=ACUTE_PHASE.days(situation.snapshot))
    if in_hospital(situation.snapshot) is not False:
        demands = ACUTE_DEMANDS + (TREATED_DEMANDS if situation.regimen.running else ())
        yield from _repeated(situation, demands, start, end)
        yield from _scans(situation, start)
        yield from _kl6(situation, start)
    if situation.snapshot.today > end or in_hospital(situation.snapshot) is False:
        yield from _lung_function(situation, start)
        yield from _later(situation, start)


def _later(situation: Situation, start: date) -> Iterator[DueTest]:
    """After the acute phase, and in chronic disease: by where the patient is and what is given (13 (88))."""
    snapshot, regimen = situation.snapshot, situation.regimen
    treated = regimen.standing
    if in_hospital(snapshot) and (treated or situation.may_be_acute):
        plan = IN_HOSPITAL
    elif treated and _early_at_home(situation):
        plan = EARLY_AT_HOME
    else:
        plan = COMBINED if _combined(situation) else OTHERWISE
    yield from _repeated(situation, plan, start)
    dose = dose_on(snapshot, snapshot.today)
    if dose is not None and dose > HBA1C_ABOVE.of(snapshot):
        since = regimen.running.day if regimen.running else _under_gc_since(snapshot)
        yield from _repeated(situation, (HBA1C,), since)


def _under_gc_since(snapshot: Snapshot) -> date:
    """The first day of the glucocorticoid that runs, for whatever it is given; the day first seen if that is later."""
    running = [x for x in snapshot.treatments if x.drug in GC and runs_on(x, snapshot.today)]
    return max(filter(None, (min(first_dose(snapshot, x) for x in running), first_seen(snapshot))))


def _early_at_home(situation: Situation) -> bool:
    running = situation.regimen.running
    if running is None or running.step == "T1":
        return False
    return situation.snapshot.days_since(running.day) <= OUTPATIENT_PHASE.days(situation.snapshot)


def _combined(situation: Situation) -> bool:
    """Glucocorticoid with another drug of the chart, or at 15 mg a day or more."""
    active = situation.regimen.active
    dose = dose_on(situation.snapshot, situation.snapshot.today)
    return bool(active & GC and active & ADDED) or (dose is not None and dose >= MAINTENANCE.of(situation.snapshot))


def _lung_function(situation: Situation, start: date) -> Iterator[DueTest]:
    yield from _repeated(situation, (LUNG_FUNCTION,), start, start + timedelta(days=CHRONIC_PHASE_DAYS))


def acute_start(situation: Situation) -> date | None:
    """Day 0 of the running step, or the day the acute/subacute course became known."""
    if situation.regimen.running:
        return situation.regimen.running.day
    known = situation.course.known_from
    return situation.day_of(known) if known else None


def _repeated(
    situation: Situation, demands: Iterable[Demand], start: date, end: date | None = None
) -> Iterator[DueTest]:
    for demand in demands:
        last = _last(situation, demand.answered_by or (demand.code,))
        days, usual = demand.days(situation.snapshot), demand.every
        due = (last.day if last is not None and last.day > start else start) + timedelta(days=days)
        if end is None or due <= end:
            words = WORDS[days if days in WORDS or isinstance(usual, int) else int(usual.default)]
            yield DueTest(
                code=demand.code,
                name=demand.name,
                how=words,
                due=due,
                grace=demand.grace(situation.snapshot),
                last=last,
                every=None if days in WORDS else days,
            )


def _long(situation: Situation) -> int:
    return GRACE_LONG.days(situation.snapshot)


def _last(situation: Situation, codes: Sequence[str]) -> Fact | None:
    by_code = situation.snapshot.by_code
    done = [by_code[code][-1] for code in codes if code in by_code]
    return max(done, key=lambda x: x.on, default=None)


def _scans(situation: Situation, start: date) -> Iterator[DueTest]:
    """HRCT at 2 and 4 weeks: the first of the two that no scan has answered."""
    scans = situation.snapshot.hrcts
    last = scans[-1] if scans else None
    for n in HRCT_DAYS:
        due = start + timedelta(days=n)
        if last is None or last.day < due - timedelta(days=SCAN_WINDOW.days(situation.snapshot)):
            yield DueTest(
                code="hrct", name=Term("HRCT"), how=Term("at 2 and 4 weeks"), due=due, grace=_long(situation), last=last
            )
            return


def _kl6(situation: Situation, start: date) -> Iterator[DueTest]:
    """KL-6 at days 14 and 28 at least, whatever the weekly one says: the first of the two that no value has answered.

    A value of the days of grace before one of them answers it. There is no grace after day 28, when the window of
    KL6_RATIO closes [J].
    """
    last, early = _last(situation, ("kl6",)), GRACE_WEEKLY.days(situation.snapshot)
    for n in KL6_DAYS:
        due = start + timedelta(days=n)
        if last is None or last.day < due - timedelta(days=early):
            how, grace = Term("at days 14 and 28"), 0 if n == KL6_DAYS[-1] else early
            yield DueTest(code=KL6.code, name=KL6.name, how=how, due=due, grace=grace, last=last)
            return


def _levels(situation: Situation) -> Iterator[DueTest]:
    """CNI level three days after start or change; in the acute phase weekly from then on. Kidney, potassium, magnesium
    and pressure beside it, whether or not a level was taken."""
    for drug in LEVELS:
        if drug in situation.regimen.active:
            yield from _level(situation, drug)


def _level(situation: Situation, drug: str) -> Iterator[DueTest]:
    change = on_the_way_since(situation.snapshot, drug)
    if change is None:
        return
    last, seen = _last(situation, (drug,)), first_seen(situation.snapshot) or change
    yield from _level_of_interaction(situation, drug, last)
    yield from _potassium(situation, drug)
    if last is None or last.day <= change:
        how, due = Term("3 days after start or change"), max(change + timedelta(days=LEVEL_AFTER_DAYS), seen)
        yield DueTest(
            code=drug, name=LEVELS[drug], how=how, due=due, grace=GRACE_SHORT.days(situation.snapshot), last=last
        )
    else:
        yield from _repeated(situation, (Demand(drug, LEVELS[drug], _level_every(situation)),), max(change, seen))
    start = first_dose(situation.snapshot, [x for x in situation.snapshot.treatments if x.drug == drug][-1])
    early = situation.snapshot.days_since(start) <= CNI_PHASE_DAYS
    yield from _repeated(situation, EARLY_UNDER_CNI if early else LATER_UNDER_CNI, max(start, seen))


def _level_of_interaction(situation: Situation, drug: str, last: Fact | None) -> Iterator[DueTest]:
    """After an interacting drug was begun or stopped, while its effect lasts: one that the last level answered is not
    asked for, nor one before the newest (13 (105))."""
    asked = [x for x in requested_levels(situation.snapshot, drug) if x.since <= situation.snapshot.today]
    newest = max(asked, key=lambda x: x.day, default=None)
    if newest is not None and (last is None or last.day < newest.day - timedelta(days=1)):
        how = Term("after an interacting drug was begun or stopped")
        yield DueTest(
            code=drug, name=LEVELS[drug], how=how, due=newest.day, grace=GRACE_SHORT.days(situation.snapshot), last=last
        )


def _potassium(situation: Situation, drug: str) -> Iterator[DueTest]:
    """Potassium on day 3 of a drug that raises it beside a calcineurin inhibitor, while both are given (13 (105)).

    A value of the day before will do. Not asked for where that day lies before the patient was first seen.
    """
    asked = [x for x in requested_potassium(situation.snapshot, drug) if x.since <= situation.snapshot.today]
    newest, seen = max(asked, key=lambda x: x.day, default=None), first_seen(situation.snapshot)
    last = _last(situation, ("potassium",))
    if newest is None or seen is None or newest.day < seen:
        return
    if last is None or last.day < newest.day - timedelta(days=1):
        code, name, _codes = POTASSIUM
        how = Term("after a drug that raises potassium was begun")
        yield DueTest(
            code=code, name=name, how=how, due=newest.day, grace=GRACE_SHORT.days(situation.snapshot), last=last
        )


def _level_every(situation: Situation) -> SiteValue:
    """Weekly in the acute phase and in hospital, every 2 weeks early at home, every 4 weeks later."""
    start = acute_start(situation) if situation.may_be_acute else None
    at_home = in_hospital(situation.snapshot) is False
    acute = start is not None and situation.snapshot.days_since(start) <= ACUTE_PHASE.days(situation.snapshot)
    if (acute and not at_home) or in_hospital(situation.snapshot):
        return LEVEL_EVERY
    return LEVEL_HOME_EVERY if _early_at_home(situation) else LEVEL_LATER_EVERY
