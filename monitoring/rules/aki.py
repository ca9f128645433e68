"""AKI: acute kidney injury by KDIGO, in all patients.

Source [L]: KDIGO 2012 (table in 10.1186/s40697-016-0100-2); specification 8, 13 (94). Reference: the lowest creatinine
of the 7 days before; without one the lowest of days -90 to -8, "presumed" [J]. Stage 1: a rise of >= 0.3 mg/dL
(26.5 µmol/L) within 48 hours, or >= 1.5 times the reference; 2: >= 2.0 times; 3: >= 3.0 times, or >= 4.0 mg/dL with a
rise of stage 1, or dialysis: where its first entry is of the last 90 days it needs no creatinine; beyond them kidney
disease is chronic [L KDIGO], and dialysis makes no stage by itself. Stage 1 warning, 2 and 3 critical [J]. The
reference is frozen for the episode; D0: none. Urine output is not known here. After 7 days it says "persisting".
Closes below 1.3 times the reference and below 0.2 mg/dL above it [J]; not while the finding "dialysis" stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, Run, age, frozen_run
from monitoring.kidney import PRESUMED, REFERENCE_DAYS, STAGES, reference_of
from monitoring.readings import in_one_unit, of_days, preliminary
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from monitoring.stands import newest_is
from monitoring.suspects import NEPHROTOXIC, named
from patients.clinical.facts import Finding, Measurement
from patients.clinical.quantities import minus, ratio_at_least
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, all_of, any_of

# mg/dL, at least [L]: 0.3 mg/dL, and 26.5 umol/L as six decimals of mg/dL hold it; the source gives both
RISE, RISE_WITHIN = Decimal("0.29977"), timedelta(hours=48)
STAGE_3_FROM = Decimal("4.0")  # mg/dL, at least, with a rise of stage 1 [L]
CLOSES_BELOW = site_value("AKI.closes", _("over below, times the reference"), "1.3", "", ("1.1", "1.5"))
CLOSES_BELOW_BY = site_value("AKI.closes_by", _("over below, above the reference"), "0.2", "mg/dL", ("0.1", "0.29"))
PERSISTING = site_count("AKI.persisting", _("called persisting after"), 7, DAYS_UNIT, (3, 30))
CONTRAST_DAYS = 7
ROUNDED = Decimal("0.00001")  # mg/dL, more than a conversion can have rounded away
ACUTE_DAYS = 90  # since dialysis began, at most [L]

SAID = _("creatinine %(value)s mg/dL on %(day)s against %(base)s of %(base_day)s: acute kidney injury, stage %(stage)s")
POSSIBLE = _("creatinine %(value)s mg/dL on %(day)s against %(base)s of %(base_day)s: possibly acute kidney injury")
STANDS = _("creatinine %(value)s mg/dL on %(day)s against %(base)s of %(base_day)s: acute kidney injury, not yet over")
PRESUMED_BASE = _("the reference is presumed: no value in the 7 days before")
PERSISTS = _("persisting for more than %(n)s days, since %(day)s")
DIALYSIS = _("dialysis since %(day)s: stage 3")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The episode that stands at the newest value."""
    snapshot = situation.snapshot
    series = snapshot.series("creatinine")
    dialysis = _dialysis(snapshot)
    calm = len(series) < 2 or _calm(series)
    found = None if calm else frozen_run(series, _against(snapshot), _over(snapshot, dialysis))
    if found is not None:
        yield _issue(snapshot, *found, dialysis)
        return
    if dialysis is not None and _is_new(snapshot, dialysis):
        yield _by_dialysis(snapshot, dialysis, latest(series))
        return
    if calm:
        return
    base = reference_of(series[-1].day, series[:-1], PRESUMED.days(snapshot))
    if base is not None and _opens(series[-1], base, series[:-1]) is UNKNOWN:
        yield _possible(series[-1], base)


def _calm(series: Sequence[Measurement]) -> bool:
    """Could no two of these values make an injury? Exact numbers, seen at once."""
    if any(x.quantity.comparator for x in series):
        return False
    values = [x.quantity.value for x in series]
    least, most = min(values), max(values)
    return most - least < RISE and most + ROUNDED < STAGES[-1][1] * least


def _against(snapshot: Snapshot) -> Callable[[Measurement, Sequence[Measurement]], Measurement | None]:
    """What a value opens an episode against: the reference, or the lower value of the 48 hours."""
    oldest = PRESUMED.days(snapshot)

    def against(x: Measurement, before: Sequence[Measurement]) -> Measurement | None:
        base = reference_of(x.day, before, oldest)
        if base is not None and ratio_at_least(*in_one_unit(x, base), STAGES[-1][1]) is YES:
            return base
        risen = [y for y in _of_48_hours(x, before) if minus(x.quantity, y.quantity).at_least(RISE) is YES]
        return min(risen, key=lambda y: y.quantity.value, default=None)

    return against


def _of_48_hours(x: Measurement, before: Sequence[Measurement]) -> list[Measurement]:
    return [y for y in of_days(before, x.day, -3, 0) if x.on - y.on <= RISE_WITHIN]


def _opens(x: Measurement, base: Measurement, before: Sequence[Measurement]) -> Truth:
    """Is it an injury? Unknown where a censored value leaves it open."""
    risen = [minus(x.quantity, y.quantity).at_least(RISE) for y in _of_48_hours(x, before)]
    return any_of([ratio_at_least(*in_one_unit(x, base), STAGES[-1][1]), *risen])


def _over(snapshot: Snapshot, dialysis: Finding | None) -> Callable[[Measurement, Measurement], Truth]:
    """Does a value end the episode of a reference?"""
    times, by = CLOSES_BELOW.of(snapshot), CLOSES_BELOW_BY.of(snapshot)

    def over(x: Measurement, base: Measurement) -> Truth:
        if dialysis is not None and x.on >= dialysis.on:
            return NO
        near = ~minus(x.quantity, base.quantity).at_least(by)
        return all_of([~ratio_at_least(*in_one_unit(x, base), times), near])

    return over


def _dialysis(snapshot: Snapshot) -> Finding | None:
    """The entry since which dialysis is given; None where it is not."""
    found: Finding | None = None
    for x in snapshot.findings_of("dialysis"):
        if x.present is not None:
            found = (found or x) if x.present else None
    return found


def _is_new(snapshot: Snapshot, dialysis: Finding) -> bool:
    """Did it begin so lately that it tells an acute injury?"""
    return snapshot.days_since(dialysis.day) <= ACUTE_DAYS


def _stage(x: Measurement, base: Measurement) -> int:
    """The stage of a value within an episode; 0 where it only is not yet over."""
    rise = minus(x.quantity, base.quantity).at_least(RISE)
    if rise is YES and x.quantity.at_least(STAGE_3_FROM) is YES:
        return 3
    by_ratio = (stage for stage, times in STAGES if ratio_at_least(*in_one_unit(x, base), times) is YES)
    return next(by_ratio, 1 if rise is YES else 0)


def _issue(snapshot: Snapshot, run: Run[Measurement], base: Measurement, dialysis: Finding | None) -> Issue:
    last, first = run.newest, run.values[0]
    stage = _stage(last, base)
    parts = {"value": last.quantity, "base": base.quantity}
    days = {"day": last.day, "base_day": base.day}
    facts = (last.id, base.id)
    why = [reason(STANDS, facts=facts, basis="J", **parts, **days)]
    if stage:
        why = [reason(SAID, facts=facts, basis="L", stage=stage, **parts, **days)]
    on_dialysis = dialysis is not None and (dialysis.on >= first.on or _is_new(snapshot, dialysis))
    if dialysis is not None and on_dialysis:
        why.append(reason(DIALYSIS, facts=(dialysis.id,), basis="L", day=dialysis.day))
    why += [*_notes(snapshot, first, base), *age(snapshot, last), *preliminary(base, last)]
    grave = stage > 1 or on_dialysis
    told = (last, base, dialysis) if dialysis is not None and on_dialysis else (last, base)
    return issue(Severity.CRITICAL if grave else Severity.WARNING, why, *told, known=run.known)


def _by_dialysis(snapshot: Snapshot, dialysis: Finding, last: Measurement | None) -> Issue:
    """Stage 3 whatever creatinine says: one value, none, or the same one again."""
    why = [reason(DIALYSIS, facts=(dialysis.id,), basis="L", day=dialysis.day)]
    why += [newest_is(last)] if last is not None else []
    why += [*_since(snapshot, dialysis), *(preliminary(last) if last is not None else ())]
    return issue(Severity.CRITICAL, why, dialysis)


def _notes(snapshot: Snapshot, first: Measurement, base: Measurement) -> Iterator[Reason]:
    if (first.day - base.day).days > REFERENCE_DAYS:
        yield reason(PRESUMED_BASE, facts=(base.id,), basis="J")
    yield from _since(snapshot, first)


def _since(snapshot: Snapshot, first: Measurement | Finding) -> Iterator[Reason]:
    """How long it lasts, and what may have brought it."""
    days = PERSISTING.days(snapshot)
    if snapshot.days_since(first.day) > days:
        yield reason(PERSISTS, facts=(first.id,), basis="J", n=days, day=first.day)
    yield from named(snapshot, NEPHROTOXIC, first.day)
    yield from named(snapshot, ("contrast_medium",), first.day, CONTRAST_DAYS)


def _possible(last: Measurement, base: Measurement) -> Issue:
    days = {"day": last.day, "base_day": base.day}
    why = reason(POSSIBLE, facts=(last.id, base.id), basis="L", value=last.quantity, base=base.quantity, **days)
    return issue(Severity.INFO, (why, *preliminary(last)), last, base, possible=True)


RULE = Rule(
    code="AKI",
    group=Group.ORGANS,
    version=2,
    title=_("Acute kidney injury"),
    source=_("KDIGO 2012 (table in 10.1186/s40697-016-0100-2); closing: a judgement of this product"),
    basis="L",
    detect=detect,
    values=(PRESUMED, CLOSES_BELOW, CLOSES_BELOW_BY, PERSISTING, OLD_AFTER),
)
