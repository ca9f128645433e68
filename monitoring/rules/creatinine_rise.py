"""CREATININE_RISE: creatinine rose under cyclosporine or tacrolimus against its value before them.

Source [L]: 25 % and 30 %: label of ciclosporin; 50 %: seen in a secondary text only. Specification 8, 13 (93) [J].
Baseline: the lowest value of the 30 days up to the first dose, else of days -90 to -31, else of days 1 to 3 (marked).
Warning at >= 25 % and >= 0.10 mg/dL, warning again at >= 30 %, critical above 50 %. A second sample on another day
still >= 25 % above is marked confirmed. Watched while the drug runs and 14 days after, whatever it is given for.
D0: the first dose of the calcineurin inhibitor; a pause of up to 14 days, or the other drug after it, begins none anew.
Closes below 20 %, or 14 days after the last dose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_DOWN, Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, Run, age, open_run
from monitoring.readings import day_n, in_one_unit, of_days, preliminary
from monitoring.site_values import DAYS_UNIT, site_count, site_value, source_read
from monitoring.suspects import NEPHROTOXIC, named, runs
from patients.clinical.courses import CALCINEURIN_INHIBITORS, last_day
from patients.clinical.facts import Measurement
from patients.clinical.later_sources import CREATININE_FIFTY, later_basis
from patients.clinical.quantities import minus, ratio_at_least, ratio_exceeds
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES, Truth, all_of
from patients.clinical.vocabulary import short_term, term

FIRES, AGAIN, CRITICAL_ABOVE = Decimal("1.25"), Decimal("1.30"), Decimal("1.50")  # times the baseline [L]
CLOSES_BELOW = site_value("CREATININE_RISE.closes", _("over below, above the baseline"), "20", "%", ("5", "25"))
LEAST_RISE = site_value("CREATININE_RISE.least", _("rise of creatinine, at least"), "0.10", "mg/dL", ("0.05", "0.30"))
BASE_DAYS = site_count("CREATININE_RISE.base_days", _("baseline: days before the first dose"), 30, DAYS_UNIT, (7, 60))
OLDEST_BASE = site_count(
    "CREATININE_RISE.oldest_base", _("an older baseline: days before the first dose"), 90, DAYS_UNIT, (60, 365)
)
FIRST_DAYS = site_count("CREATININE_RISE.first_days", _("else a baseline of the first days"), 3, DAYS_UNIT, (1, 7))
# a pause as long begins nothing anew
AFTER_DAYS = site_count("CREATININE_RISE.after", _("watched after the last dose"), 14, DAYS_UNIT, (7, 60))
SOURCE_READ = source_read(CREATININE_FIFTY)
CONTRAST_DAYS, LEVEL_DAYS = 7, 14
HUNDRED = Decimal(100)

RISE = _("creatinine %(value)s mg/dL on %(day)s, %(percent)s %% above %(base)s of %(base_day)s, before %(drug)s")
CENSORED = _("creatinine %(value)s mg/dL on %(day)s, 25 %% or more above %(base)s of %(base_day)s, before %(drug)s")
POSSIBLE = _("creatinine %(value)s mg/dL on %(day)s: possibly 25 %% above %(base)s of %(base_day)s, before %(drug)s")
# where the baseline is of the first days on the drug
RISE_ON = _(
    "creatinine %(value)s mg/dL on %(day)s, %(percent)s %% above %(base)s of %(base_day)s, the first days on %(drug)s"
)
CENSORED_ON = _(
    "creatinine %(value)s mg/dL on %(day)s, 25 %% or more above %(base)s of %(base_day)s, the first days on %(drug)s"
)
POSSIBLE_ON = _(
    "creatinine %(value)s mg/dL on %(day)s: possibly 25 %% above %(base)s of %(base_day)s, the first days on %(drug)s"
)
STANDS = _("it closes below %(limit)s %%")
THIRTY = _("30 % or more: the dose is to be thought over now")
FIFTY = _("more than 50 % above the baseline")
CONFIRMED = _("confirmed by the sample of %(day)s")
REPEAT = _("repeat within 2 weeks")
LATE_BASE = _("baseline of the first days on the drug: none is known from before")
LEVEL = _("%(drug)s level %(value)s ng/mL on %(day)s")
TMP_SMX = _("TMP-SMX raises creatinine without loss of filtration")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The values since the first dose, against the baseline."""
    snapshot = situation.snapshot
    series = snapshot.series("creatinine")
    start = _start(snapshot) if series else None
    if start is None:
        return
    base = _baseline(snapshot, series, start[0])
    if base is None:
        return
    since = [x for x in series if x.day > start[0] and x.on > base.on]
    least, closes = LEAST_RISE.of(snapshot), CLOSES_BELOW.risen(snapshot)
    run = open_run(since, lambda x: _rose(x, base, least), lambda x: ~ratio_at_least(*in_one_unit(x, base), closes))
    if run is not None:
        yield _issue(snapshot, run, base, *start)


def _start(snapshot: Snapshot) -> tuple[date, str] | None:
    """The first dose of the calcineurin inhibitors that run, or did until 14 days ago, and the drug of the last."""
    first: date | None = None
    end: date | None = None
    drug, after = "", AFTER_DAYS.days(snapshot)
    for x in snapshot.treatments:
        if x.drug in CALCINEURIN_INHIBITORS:
            if first is None or (end is not None and (x.day - end).days > after):
                first, end = x.day, x.day
            last = last_day(x)
            end = None if last is None or end is None else max(end, last)
            drug = x.drug
    if first is None or (end is not None and snapshot.days_since(end) > after):
        return None
    return first, drug


def _baseline(snapshot: Snapshot, series: Sequence[Measurement], start: date) -> Measurement | None:
    days, oldest = BASE_DAYS.days(snapshot), OLDEST_BASE.days(snapshot)
    for first, last in ((-days, 0), (-oldest, -days - 1), (1, FIRST_DAYS.days(snapshot))):
        values = of_days(series, start, first, last)
        if values:
            return min(values, key=lambda x: x.quantity.value)
    return None


def _rose(x: Measurement, base: Measurement, least: Decimal) -> Truth:
    relative = ratio_at_least(*in_one_unit(x, base), FIRES)
    return all_of([relative, minus(x.quantity, base.quantity).at_least(least)])


def _issue(snapshot: Snapshot, run: Run[Measurement], base: Measurement, start: date, drug: str) -> Issue:
    last, least = run.newest, LEAST_RISE.of(snapshot)
    answer = _rose(last, base, least)
    grave = answer is YES and ratio_exceeds(*in_one_unit(last, base), CRITICAL_ABOVE) is YES
    late = day_n(base, start) > 0
    why = [_sentence(last, base, drug, possible=run.possible, late=late)]
    if grave:
        why.append(reason(FIFTY, basis=later_basis(snapshot, CREATININE_FIFTY)))
    if not run.possible and answer is YES:
        if ratio_at_least(*in_one_unit(last, base), AGAIN) is YES:
            why.append(reason(THIRTY, basis="L"))
        why.append(_confirmed(run, base, least))
    if not run.possible and answer is not YES:
        why.append(reason(STANDS, basis="J", limit=CLOSES_BELOW.of(snapshot)))
    if late:
        why.append(reason(LATE_BASE, facts=(base.id,), basis="J"))
    why += [*_context(snapshot, last), *age(snapshot, last), *preliminary(base, last)]
    severity = Severity.CRITICAL if grave else Severity.WARNING
    return issue(severity, why, last, base, known=run.known, possible=run.possible, again=(THIRTY,))


def _sentence(last: Measurement, base: Measurement, drug: str, *, possible: bool, late: bool) -> Reason:
    parts: dict[str, Part] = {"value": last.quantity, "day": last.day, "base": base.quantity, "base_day": base.day}
    exact = not (last.quantity.censored or base.quantity.censored)
    possibly, risen_by, bounded = (POSSIBLE_ON, RISE_ON, CENSORED_ON) if late else (POSSIBLE, RISE, CENSORED)
    message = possibly if possible else risen_by if exact else bounded
    if message == risen_by:
        risen = (last.quantity.value - base.quantity.value) * HUNDRED / base.quantity.value
        parts["percent"] = risen.quantize(Decimal(1), ROUND_DOWN)
    return reason(message, facts=(last.id, base.id), basis="J" if possible else "L", drug=term("drug", drug), **parts)


def _confirmed(run: Run[Measurement], base: Measurement, least: Decimal) -> Reason:
    """That an earlier sample of another day says the same; else that it is to be repeated."""
    before = [x for x in run.values[:-1] if x.day != run.newest.day and _rose(x, base, least) is YES]
    if before:
        return reason(CONFIRMED, facts=(before[-1].id,), basis="J", day=before[-1].day)
    return reason(REPEAT, basis="L")


def _context(snapshot: Snapshot, last: Measurement) -> Iterator[Reason]:
    """The newest level, and what else may do it."""
    for drug in sorted(CALCINEURIN_INHIBITORS):
        levels = of_days(snapshot.series(drug), last.day, -LEVEL_DAYS, LEVEL_DAYS)
        if levels:
            level = levels[-1]
            parts: dict[str, Part] = {"value": level.quantity, "day": level.day}
            yield reason(LEVEL, facts=(level.id,), basis="J", drug=short_term("drug", drug), **parts)
    yield from named(snapshot, NEPHROTOXIC, last.day)
    yield from named(snapshot, ("contrast_medium",), last.day, CONTRAST_DAYS)
    if runs(snapshot, ("tmp_smx",), last.day):
        yield reason(TMP_SMX, basis="L")


RULE = Rule(
    code="CREATININE_RISE",
    group=Group.ORGANS,
    version=2,
    title=_("Creatinine rising under cyclosporine or tacrolimus"),
    source=_("Label of ciclosporin (25 % and 30 %); 50 % was seen in a secondary text only"),
    basis="L",
    detect=detect,
    values=(LEAST_RISE, CLOSES_BELOW, BASE_DAYS, OLDEST_BASE, FIRST_DAYS, AFTER_DAYS, OLD_AFTER, SOURCE_READ),
)
