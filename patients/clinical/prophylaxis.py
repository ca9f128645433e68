"""Does what is given ask for pneumocystis prophylaxis, and is any recorded? Pure.

Source: [S] TMP-SMX with the regimens of the paper; specification 13 (100) with its letters: triple therapy from its
first day (a) [J]; 15 mg of prednisolone with another immunosuppressant (b) [J], or with anti-MDA5 (c) [L:
10.1093/rheumatology/kead063], from day 3; 0.6 mg/kg, or 30 mg where that is less, for 14 days, while 20 mg (d) [L:
10.1186/s13075-016-1206-8]; 20 mg for 28 days (e) [L: 10.1136/ard-2022-223335]. Alternatives to TMP-SMX: atovaquone,
pentamidine, dapsone; each also where it is kept by a name that means it: (85).

A decision that none is given names its reason and what stands in its place (100). It holds [J] until what it rests on
changes: more is given than on its day (days alone, as of (d) and (e), are no change), prophylaxis that ran is stopped
after it, or the drug that was to be given instead does not run from day 3 after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from patients.clinical.courses import CALCINEURIN_INHIBITORS, CYCLOPHOSPHAMIDE, GC, JAK_INHIBITORS, last_day
from patients.clinical.drug_naming import code_of
from patients.clinical.drugs import of_class
from patients.clinical.facts import Decision, Treatment
from patients.clinical.findings import WATCHED
from patients.clinical.glucocorticoid import PULSE_MG, dose_on, is_pulse, weight_on
from patients.clinical.mda5 import mda5_of
from patients.clinical.reasons import Part, Reason, _, each_once, reason
from patients.clinical.site_numbers import SiteNumber
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, truth
from patients.clinical.vocabulary import short_term, term

MODERATE_MG = SiteNumber("PROPHYLAXIS_MISSING.moderate", Decimal(15))  # of prednisolone a day, at least (b), (c) [J]
PREDNISOLONE_MG = Decimal(20)  # (d), (e)
PREDNISOLONE_DAYS = 28  # (e)
HIGH_MG, HIGH_MG_PER_KG, HIGH_DAYS = Decimal(30), Decimal("0.6"), 14  # (d), where that is less
# days after the start of what asks for it [J]
FROM_DAY = SiteNumber("PROPHYLAXIS_MISSING.from", Decimal(3))
CRITICAL_FROM_DAY = SiteNumber("PROPHYLAXIS_MISSING.critical", Decimal(7))
PROPHYLAXIS = of_class("prophylaxis")
BESIDE = CALCINEURIN_INHIBITORS | CYCLOPHOSPHAMIDE | JAK_INHIBITORS | {"rtx", "mmf"}  # (b)
DAY = timedelta(days=1)

TRIPLE = _("no pneumocystis prophylaxis recorded: triple therapy since %(since)s")
WITH_MDA5 = _(
    "no pneumocystis prophylaxis recorded: anti-MDA5 positive, prednisolone of at least %(dose)s mg/day since %(since)s"
)
COMBINED = _(
    "no pneumocystis prophylaxis recorded: prednisolone of at least %(dose)s mg/day with %(drug)s since %(since)s"
)
MAY_BE_WITH_MDA5 = _(
    "no pneumocystis prophylaxis recorded: anti-MDA5 positive, glucocorticoid of unknown dose since %(since)s"
)
MAY_BE_COMBINED = _(
    "no pneumocystis prophylaxis recorded: glucocorticoid of unknown dose with %(drug)s since %(since)s"
)
HIGH = _("no pneumocystis prophylaxis recorded: a high dose of glucocorticoid for %(days)s days, since %(since)s")
LONG = _(
    "no pneumocystis prophylaxis recorded: prednisolone of at least %(dose)s mg/day for %(days)s days, since %(since)s"
)
STOPPED = _("%(drug)s was stopped on %(day)s")
WITHHELD = _("prophylaxis is not given, decided on %(day)s: %(reason)s; instead: %(instead)s")
MORE_ASKS = _("more asks for it than when it was decided on %(day)s that none is given")
NOT_BEGUN = _("%(drug)s was decided on instead on %(day)s, and is not recorded as given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Prophylaxis that is asked for and does not run. `due`: from when on; `critical_from`: None where it never is.

    `holds_from`: from when on the condition is there, which is told on `due`. possible: a dose is not known, which
    decides. beside: what else is to be said of it. decided: that none is given, while that holds.
    """

    why: Reason
    due: date
    holds_from: date
    critical_from: date | None = None
    possible: bool = False
    beside: tuple[Reason, ...] = ()
    decided: Decision | None = None


def withheld(snapshot: Snapshot) -> Decision | None:
    """The newest decision that prophylaxis is not given, whether it still holds or not."""
    return next((x for x in reversed(snapshot.decisions) if x.prophylaxis_instead), None)


def prophylaxis_missing(snapshot: Snapshot) -> Missing | None:
    """What asks most for prophylaxis, if anything does and none runs today; else None."""
    if not snapshot.treatments:
        return None
    medication = _Medication(snapshot)
    today = snapshot.today
    if medication.runs(PROPHYLAXIS, today) or not medication.runs(GC, today):
        return None
    asking = [x for x in _asking(medication) if x.due <= today]
    grave = [x for x in asking if x.critical_from is not None and x.critical_from <= today]
    found = next(iter((*grave, *(x for x in asking if not x.possible), *asking)), None)
    return _as_decided(medication, asking, _with_stop(medication, found)) if found else None


def _with_stop(medication: _Medication, found: Missing) -> Missing:
    """Due from the day after the last prophylaxis, where some was stopped since."""
    end, last = medication.last_prophylaxis
    if end is None or last is None or end < found.due:
        return found
    return replace(found, due=end + DAY, beside=(_stopped(last, end),))


def _stopped(last: Treatment, end: date) -> Reason:
    return reason(STOPPED, facts=(last.id,), basis="J", drug=term("drug", last.drug), day=end)


def _as_decided(medication: _Medication, asking: Sequence[Missing], found: Missing) -> Missing:
    """With the decision that none is given; where what that rests on has changed, due since then."""
    decision = withheld(medication.snapshot)
    if decision is None:
        return found
    over = _overtaken(medication, asking, decision)
    if over is None:
        why = _withheld(decision)
        return replace(found, beside=(why, *found.beside), decided=decision)
    since, reasons = over
    beside = each_once((*reasons, *found.beside))
    return replace(found, due=max(found.due, since), beside=tuple(x for x in beside if x != found.why))


def _withheld(decision: Decision) -> Reason:
    instead = term("prophylaxis_instead", decision.prophylaxis_instead or "")
    parts: dict[str, Part] = {"day": decision.day, "reason": decision.reason, "instead": instead}
    return Reason(WITHHELD, tuple(sorted(parts.items())), (decision.id,), "J")


def _overtaken(
    medication: _Medication, asking: Sequence[Missing], decision: Decision
) -> tuple[date, tuple[Reason, ...]] | None:
    """Since when, and why, a decision that none is given no longer holds; None while it does."""
    snapshot, instead, day = medication.snapshot, decision.prophylaxis_instead or "", decision.day
    end, last = medication.last_prophylaxis
    if end is not None and last is not None and (end > day or (end == day and last.drug == instead)):
        return end + DAY, (_stopped(last, end),)
    new = [x for x in asking if x.holds_from > day]
    new = [x for x in new if not x.possible] or new
    if new:
        why = reason(MORE_ASKS, facts=(decision.id,), basis="J", day=day)
        return min(x.due for x in new), (why, *(x.why for x in new))
    begun = day + (FROM_DAY.days(snapshot) + 1) * DAY
    if instead != WATCHED and begun <= snapshot.today:
        drug = term("prophylaxis_instead", instead)
        return begun, (reason(NOT_BEGUN, facts=(decision.id,), basis="J", drug=drug, day=day),)
    return None


def _asking(medication: _Medication) -> Iterator[Missing]:
    """Every condition that holds today, the gravest first."""
    since = medication.since(medication.triple)
    if since:
        why = reason(TRIPLE, basis="J", since=since)
        yield Missing(
            why=why,
            due=since,
            holds_from=since,
            critical_from=since + CRITICAL_FROM_DAY.days(medication.snapshot) * DAY,
        )
    yield from _with_mda5(medication)
    yield from _combined(medication)
    if (since := _high_since(medication)) is not None:
        why = reason(HIGH, basis="L", days=HIGH_DAYS, since=since)
        yield Missing(why=why, due=since + (HIGH_DAYS - 1) * DAY, holds_from=since)
    if (since := medication.since(lambda day: medication.at_least(PREDNISOLONE_MG, day) is YES)) is not None:
        why = reason(LONG, basis="L", dose=PREDNISOLONE_MG, days=PREDNISOLONE_DAYS, since=since)
        yield Missing(why=why, due=since + (PREDNISOLONE_DAYS - 1) * DAY, holds_from=since)


def _with_mda5(medication: _Medication) -> Iterator[Missing]:
    mda5 = mda5_of(medication.snapshot)
    if mda5.answer is not YES or mda5.positive_from is None:
        return
    first, dose = FROM_DAY.days(medication.snapshot), MODERATE_MG.of(medication.snapshot)
    positive = mda5.positive_from.astimezone(ZoneInfo(medication.snapshot.zone)).date()
    for possible, message in ((False, WITH_MDA5), (True, MAY_BE_WITH_MDA5)):
        since = medication.since(lambda day: medication.moderate(day, possible=possible))  # noqa: B023 - asked at once
        if since is not None:
            begin = max(since, positive)
            parts: dict[str, Part] = {"since": begin} if possible else {"since": begin, "dose": dose}
            why = Reason(message, tuple(sorted(parts.items())), tuple(x.id for x in mda5.carrying), "L")
            critical = None if possible else begin + CRITICAL_FROM_DAY.days(medication.snapshot) * DAY
            due = begin + first * DAY
            yield Missing(why=why, due=due, holds_from=begin, critical_from=critical, possible=possible)


def _combined(medication: _Medication) -> Iterator[Missing]:
    first, dose = FROM_DAY.days(medication.snapshot), MODERATE_MG.of(medication.snapshot)
    for possible, message in ((False, COMBINED), (True, MAY_BE_COMBINED)):
        drug = medication.runs(BESIDE, medication.snapshot.today)
        since = medication.since(
            lambda day: bool(medication.runs(BESIDE, day)) and medication.moderate(day, possible=possible)  # noqa: B023 - asked at once
        )
        if since is not None and drug is not None:
            parts: dict[str, Part] = {"since": since, "drug": short_term("drug", drug.drug)}
            parts |= {} if possible else {"dose": dose}
            why = Reason(message, tuple(sorted(parts.items())), (), "J")
            yield Missing(why=why, due=since + first * DAY, holds_from=since, possible=possible)


def _high_since(medication: _Medication) -> date | None:
    """The first day of 14 at a high dose, of the time since which it is 20 mg; None where there are none."""
    while_ = medication.since(lambda day: medication.at_least(PREDNISOLONE_MG, day) is YES)
    if while_ is None:
        return None
    days = [x for x in medication.turns if x >= while_]
    begin: date | None = None
    for day, following in zip(days, [*days[1:], None], strict=True):
        if medication.at_least(medication.high(day), day) is not YES:
            begin = None
            continue
        begin = begin or day
        enough = begin + (HIGH_DAYS - 1) * DAY
        if (following is not None and enough < following) or (
            following is None and enough <= medication.snapshot.today
        ):
            return begin
    return None


def _as_meant(treatment: Treatment) -> Treatment:
    """Prophylaxis that is kept by its name alone as that drug of the catalogue."""
    code = code_of(treatment)
    return replace(treatment, drug=code) if code != treatment.drug and code in PROPHYLAXIS else treatment


class _Medication:
    """What is given on each day: it changes only where a course begins, or on the day after one ended."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.moderate_mg = MODERATE_MG.of(snapshot)
        self.treatments = tuple(map(_as_meant, snapshot.treatments))
        self.ends = {x.id: last_day(x) for x in self.treatments}
        asking = [x for x in snapshot.treatments if x.drug in GC or x.drug in BESIDE]
        days = {x.day for x in asking} | {end + DAY for x in asking if (end := self.ends[x.id]) is not None}
        self.turns = sorted(x for x in days if x <= snapshot.today)

    @property
    def last_prophylaxis(self) -> tuple[date | None, Treatment | None]:
        """The prophylaxis that ended last, with its last day."""
        ended = [(end, x) for x in self.treatments if x.drug in PROPHYLAXIS and (end := self.ends[x.id])]
        return max(ended, key=lambda x: (x[0], x[1].id), default=(None, None))

    def runs(self, drugs: frozenset[str], day: date) -> Treatment | None:
        """One of these drugs that runs on a day."""
        ends = self.ends
        return next(
            (
                x
                for x in self.treatments
                if x.drug in drugs and x.day <= day and ((end := ends[x.id]) is None or day <= end)
            ),
            None,
        )

    def triple(self, day: date) -> bool:
        """Glucocorticoid, a calcineurin inhibitor and cyclophosphamide together (a)."""
        return all(self.runs(x, day) for x in (GC, CALCINEURIN_INHIBITORS, CYCLOPHOSPHAMIDE))

    def at_least(self, mg: Decimal, day: date) -> Truth:
        """Is the glucocorticoid of a day so much? A pulse is; unknown where a dose is not known."""
        snapshot = self.snapshot
        if any(is_pulse(snapshot, x) for x in snapshot.treatments if x.drug in GC and self._on(x, day)):
            return truth(mg <= PULSE_MG)
        dose = dose_on(snapshot, day)
        return UNKNOWN if dose is None else truth(dose >= mg)

    def _on(self, x: Treatment, day: date) -> bool:
        return x.day <= day and (x.stop is None or day <= x.stop)

    def moderate(self, day: date, *, possible: bool) -> bool:
        """15 mg of prednisolone; `possible`: or perhaps so much."""
        answer = self.at_least(self.moderate_mg, day)
        return answer is not NO if possible else answer is YES

    def high(self, day: date) -> Decimal:
        """A high dose of (d)."""
        weight = weight_on(self.snapshot, day)
        return min(HIGH_MG, HIGH_MG_PER_KG * weight) if weight is not None else HIGH_MG

    def since(self, holds: Callable[[date], bool]) -> date | None:
        """The first day of the unbroken time up to today in which something holds; None where it does not today."""
        since: date | None = None
        for day in reversed(self.turns):
            if not holds(day):
                break
            since = day
        return since
