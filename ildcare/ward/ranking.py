"""Who needs somebody first? The bands and the order of the ward list. Pure.

Both are judgements of this product [J]; no source ranks these patients. A patient stands in the first band that holds:
within the hour, today, steady. Inside a band breathing comes first, then the step, then the newest finding, last the
bed. A key counts only where all before it are equal.

The place hangs on the patient alone. Who reads, what somebody has seen, and whether an alert was acknowledged change
nothing: an event that was acknowledged, and is over by that, counts for as long as one that waits.

Unknown is never taken for good: a course that is not known stands between A/S and chronic. And never for bad either:
values that cannot be compared (less oxygen, or not known how much, `<` or `>`) do not count as falling. More oxygen
hides no fall (specification 13 (64)).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum

from monitoring.engine import MEASURED, Group, Severity
from patients.clinical.comparison import DOWN, OXYGENATION, movement
from patients.clinical.oxygen_compared import MORE, SAME, oxygen_against
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason, Term, _, reason

FRESH_DAYS = 7  # [J] an older last value is no trend of today
AGAINST_DAYS = 90  # [J] the same window as for the falls of the paper (patients.clinical.physiology)
SINCE_YESTERDAY = 1  # day; what began or rose then, or today, is new [J]
EVENT_DAYS = 3  # [J] so long an event counts, acknowledged or not
LEAST_FALL = {"pao2": Decimal(5), "spo2": Decimal(2)}  # mmHg, points of per cent [J]
NAMES = {"pao2": "PaO2", "spo2": "SpO2"}
COURSES = {"A/S": 0, "": 1, "C": 2}
SUPPORT = ("room_air", "oxygen", "high_flow", "niv", "ventilation", "ecmo")
# critical, and yet not a dangerous result: something that is to be done or sorted out, today
OF_THE_COURSE = frozenset({"AS_ENTRY", "POOR_RISK_MET", "GC_RESISTANT", "DISCORDANT"})  # the step speaks for them
TO_BE_DONE = frozenset({"PROPHYLAXIS_MISSING", "SCREENING_MISSING", "INTERACTION", "OVERDUE", "SENT_VALUE_WAITS"})
LEVELS_OUTSIDE = frozenset({"CSA_LOW", "CSA_HIGH", "TAC_BAND", "CSA_TARGET_DELAY", "TAC_TARGET_DELAY"})
WAITS_FOR_SOMEBODY = frozenset(
    {"STEP_NOT_STARTED", "IMPROVEMENT_JUDGEMENT_DUE", "ANTIBODY_UNRESOLVED", "OVERDUE", "SENT_VALUE_WAITS"}
    | {"PROPHYLAXIS_MISSING", "SCREENING_MISSING"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gas:
    """A value of PaO2 or SpO2 on a day, on FiO2, or on a flow (L/min) through a device; None is not known."""

    code: str
    at: datetime
    day: date
    quantity: Quantity
    fio2: Decimal | None
    flow: Decimal | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Fall:
    """The last value is certainly below the one before it at the same or less oxygen."""

    code: str
    before: Gas
    last: Gas

    @property
    def marked(self) -> bool:
        """More than two measurements of one state differ by, or on more oxygen [J]."""
        if oxygen_against(self.last, self.before) == MORE:
            return True
        least = self.before.quantity.value - self.last.quantity.value
        return least >= LEAST_FALL[self.code]


class Band(IntEnum):
    """How soon somebody is needed, the soonest first."""

    HOUR = 0
    TODAY = 1
    STEADY = 2


class Step(IntEnum):
    """How the therapy stands against the chart, what waits longest for an answer first."""

    SALVAGE = 0  # the chart says T4, and it is neither begun nor decided
    NEW = 1  # another step has been the answer since yesterday, and is neither begun nor decided
    OWED = 2  # the same, for longer
    OPEN = 3  # the chart has several answers, and nothing runs
    JUDGE = 4  # improvement is to be judged
    SETTLED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFinding:
    """What an alert found. `risen`: days since it began or last rose. Whether it was acknowledged is not asked.

    event: it tells that something happened (`Rule.event`), and counts for `EVENT_DAYS`.
    """

    rule: str
    group: Group
    severity: Severity
    risen: int
    event: bool = False

    @property
    def counts(self) -> bool:
        """Something that holds, or happened a short while ago; a possible one (info) ranks nobody."""
        return self.severity > Severity.INFO and not (self.event and self.risen > EVENT_DAYS)

    @property
    def new(self) -> bool:
        """It began or rose since yesterday."""
        return self.risen <= SINCE_YESTERDAY

    @property
    def dangerous(self) -> bool:
        """A critical result of today's body: for as long as it stands, or of the course while it is new."""
        if self.severity < Severity.CRITICAL or self.rule in TO_BE_DONE | OF_THE_COURSE:
            return False
        return self.new or (self.group in MEASURED and self.group != Group.RESPIRATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """What the place on the list depends on. `fell`: days since the last value of a marked fall, None for none.

    support: the rank of the respiratory support (`SUPPORT`), 0 where nothing is told of it.
    """

    fell: int | None = None
    support: int = 0
    course: str = ""
    step: Step = Step.SETTLED
    findings: tuple[AlertFinding, ...] = ()
    bed: str = ""

    @property
    def counting(self) -> tuple[AlertFinding, ...]:
        """What counts of the alerts."""
        return tuple(x for x in self.findings if x.counts)

    @property
    def band(self) -> Band:
        """The first that holds [J]."""
        fell_now = self.fell is not None and self.fell <= SINCE_YESTERDAY
        if fell_now or self.step <= Step.NEW or any(x.dangerous for x in self.counting):
            return Band.HOUR
        waits = self.step < Step.SETTLED or self.fell is not None
        return Band.TODAY if waits or any(_is_for_today(x) for x in self.counting) else Band.STEADY

    @property
    def key(self) -> tuple[object, ...]:
        """Sorts who needs somebody first. Of new findings it counts that there are any, not how many [J]."""
        course = COURSES.get(self.course, COURSES[""])
        return (self.band, self._breathing, self.step, course, self._newest, bed_key(self.bed))

    @property
    def _breathing(self) -> tuple[int, ...]:
        of_lung = [x for x in self.counting if x.group == Group.RESPIRATION]
        worst = max((x.severity for x in of_lung if x.new), default=0)
        standing = max((x.severity for x in of_lung), default=0)
        fell = FRESH_DAYS + 1 if self.fell is None else self.fell
        now, of_late = fell <= SINCE_YESTERDAY, fell <= FRESH_DAYS
        return (int(not now), int(not of_late), -self.support, -worst, -standing)

    @property
    def _newest(self) -> tuple[int, int]:
        """The gravest of what there is, and since when."""
        worst = max((x.severity for x in self.counting), default=0)
        return (-worst, min((x.risen for x in self.counting if x.severity == worst), default=0))


def _is_for_today(found: AlertFinding) -> bool:
    if found.severity == Severity.CRITICAL or found.rule in WAITS_FOR_SOMEBODY:
        return True
    return found.risen <= EVENT_DAYS or found.rule in LEVELS_OUTSIDE


def support_rank(level: str) -> int:
    """The rank of a level of respiratory support; 0 for one that is not told."""
    return SUPPORT.index(level) if level in SUPPORT else 0


def bed_key(bed: str) -> tuple[tuple[int, int, str], ...]:
    """Beds as people count them: 702 before 711, A2 before A10; nobody's bed last."""
    parts = re.findall(r"\d+|\D+", bed) or ["\uffff"]
    return tuple((0, int(x), "") if x.isdecimal() else (1, 0, x) for x in parts)


BANDS = {
    Band.HOUR: _("Within the hour"),
    Band.TODAY: _("Today"),
    Band.STEADY: _("Steady"),
}
# the rule of each band in words, for its head
RULES = {
    Band.HOUR: _("breathing worse since yesterday, a new answer of the chart, or a dangerous result or level"),
    Band.TODAY: _("a decision, result, level or judgement waits for someone"),
    Band.STEADY: _("nothing new that asks for anyone"),
}
INSIDE = _("Inside a band: breathing, then step, then newest finding. Acknowledging never moves a patient.")

# the order in words, for the help text of the list; each with the key it explains
ORDER = (
    _(
        "the band. Within the hour: PaO2 down by 5 mmHg or SpO2 by 2 % since yesterday, or lower on more oxygen; T4, "
        "or a new step of the chart, neither begun nor decided; a critical result, infection or level; another "
        "critical finding since yesterday. Today: whatever else waits for a decision, a judgement, a test or an "
        "answer. Steady: the others"
    ),
    _(
        "breathing: such a fall since yesterday, such a fall within 7 days, the respiratory support, a new finding of "
        "the lung"
    ),
    _("the step: T4 not begun, a new step, a step owed, several answers of the chart, improvement to be judged"),
    _("acute or subacute course; a course that is not known stands before a chronic one"),
    _("the gravest finding, the newest first"),
    _("the bed"),
)


FALLING = _("%(test)s falling %(before)s → %(after)s")


def fell_text(fall: Fall) -> Reason:
    """A fall in words."""
    before, after = fall.before.quantity, fall.last.quantity
    return reason(FALLING, basis="J", test=Term(NAMES[fall.code]), before=before, after=after)


def falling(gases: Sequence[Gas], today: date) -> Fall | None:
    """The fall of PaO2, else of SpO2, that stands today; None where there is none or it cannot be said.

    `gases` in any order; PaO2 speaks first, SpO2 where PaO2 does not fall. The last value counts, against the newest
    one of an earlier moment at the same or less oxygen; of two values of the last moment either may be the true one.
    """
    for code in OXYGENATION:
        series = sorted((x for x in gases if x.code == code), key=lambda x: x.at)
        fall = _last_fall(code, series, today)
        if fall is not None:
            return fall
    return None


def _last_fall(code: str, series: Sequence[Gas], today: date) -> Fall | None:
    if not series or (today - series[-1].day).days > FRESH_DAYS:
        return None
    moment = series[-1].at
    earlier = [x for x in series if x.at < moment]
    for last in (x for x in series if x.at == moment):
        near = (x for x in earlier if (last.day - x.day).days <= AGAINST_DAYS)
        alike = [x for x in near if oxygen_against(last, x) in (SAME, MORE)]
        if alike and movement(last.quantity, alike[-1].quantity) == DOWN:
            return Fall(code, alike[-1], last)
    return None
