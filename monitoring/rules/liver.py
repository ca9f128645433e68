"""LIVER: aminotransferases or bilirubin are raised in steps of the upper limit of normal (ULN), by sex.

Source [L]: CTCAE steps (10.3389/fphar.2021.786174); specification 8, 13 (95) [J]. AST or ALT > 3 x ULN warning, > 5 x
critical; bilirubin > 1.5 x warning, > 3 x critical; the newest AST or ALT > 3 x and bilirubin > 2 x within 7 days,
whatever they were before treatment: critical, "liver injury with jaundice". Above ULN already before D0: the steps are
multiples of that value (> 1.5 info, > 3 warning, > 5 critical), and > 10 x ULN is critical always; once a later value
was normal, what rises is new and counts by the limit as well, the graver of the two [J]. CK > 2 x ULN within
3 days and gamma-GT normal: "may be muscle", a warning at most; gamma-GT not known: it asks for it, and no more. Not
muscle: ALT up by 50 % while CK fell by 20 %.
D0: the first dose of the first step of the episode, so that a drug of the step before hides nothing; the value is the
last of the 14 days up to it. Sex not told: the lower limit of ALT, the higher of CK.
Closes at <= 2.5 x ULN and bilirubin <= 1.5 x; until then the value that opened it is told beside the newest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, Use, issue
from monitoring.episodes import OLD_AFTER, Run, age, open_run
from monitoring.limits import upper_limit
from monitoring.readings import BASELINE, baseline, of_days, preliminary
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from monitoring.stands import began_with
from monitoring.suspects import HEPATOTOXIC, begun
from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import ratio_at_least, ratio_exceeds
from patients.clinical.reasons import Part, Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import NO, YES, Truth, any_of

AMINOTRANSFERASES = ("ast", "alt")
BILIRUBIN = MEASUREMENTS["bilirubin"].name
NAMES = {"ast": Term("AST"), "alt": Term("ALT"), "bilirubin": Term(BILIRUBIN)}
WARNS, GRAVE, ALWAYS_GRAVE = Decimal(3), Decimal(5), Decimal(10)  # x ULN, more than [L]
BILIRUBIN_WARNS, BILIRUBIN_GRAVE, JAUNDICE = Decimal("1.5"), Decimal(3), Decimal(2)  # x ULN, more than [L]
ULN = Decimal(1)
INFO_TIMES = Decimal("1.5")  # of a value that was raised before D0, more than [L]
CLOSES = site_value("LIVER.closes", _("over at, times the upper limit"), "2.5", "", ("1.5", "3"))
TOGETHER = site_count("LIVER.together", _("aminotransferase and bilirubin, apart at most"), 7, DAYS_UNIT, (1, 28))
MUSCLE_CK = site_value(
    "LIVER.muscle_ck", _("CK that may explain it, more than times the upper limit"), "2", "", ("1", "10")
)
MUSCLE_DAYS = site_count("LIVER.muscle_days", _("CK before or after, at most"), 3, DAYS_UNIT, (1, 14))
ALT_ROSE = site_value("LIVER.alt_rose", _("not muscle: ALT up by at least"), "50", "%", ("20", "200"))
CK_FELL = site_value("LIVER.ck_fell", _("not muscle: CK down by at least"), "20", "%", ("5", "80"))
GGT_DAYS, BEGUN_DAYS, SAMPLE_DAYS = 7, 28, 28

OVER = _("%(test)s %(value)s %(unit)s on %(day)s, more than %(times)s times the upper limit (%(limit)s)")
OVER_OLD = _(
    "%(test)s %(value)s %(unit)s on %(day)s, more than %(times)s times %(base)s of %(base_day)s, before treatment"
)
STANDS = _("%(test)s %(value)s %(unit)s on %(day)s: it closes at %(times)s times the upper limit (%(limit)s)")
POSSIBLE = _("%(test)s %(value)s %(unit)s on %(day)s: possibly more than %(times)s times the upper limit (%(limit)s)")
WITH_JAUNDICE = _("liver injury with jaundice: bilirubin %(value)s mg/dL on %(day)s, more than twice the upper limit")
MUSCLE = _("may be muscle: CK %(value)s U/L on %(day)s, gamma-GT not raised")
MUSCLE_OR_NOT = _("may be muscle: CK %(value)s U/L on %(day)s; gamma-GT is not known and would tell")
NOT_MUSCLE = _("not muscle: ALT rose while CK fell (%(value)s U/L on %(day)s)")
B_POSITIVE = _("hepatitis B marker positive (%(day)s): HBV DNA?")
B_UNKNOWN = _("hepatitis B: no HBsAg recorded")


class Raised(NamedTuple):
    """What one test says; `base`: the value from before treatment that it is held against, if it is. `opener`: the
    value that opened it, where the newest would not."""

    code: str
    severity: Severity
    run: Run[Measurement]
    why: Reason
    base: Measurement | None = None
    opener: Measurement | None = None


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue for the liver, the gravest test first."""
    snapshot = situation.snapshot
    found = [x for code in (*AMINOTRANSFERASES, "bilirubin") if (x := _test(situation, code)) is not None]
    if not found:
        return
    sure = sorted((x for x in found if not x.run.possible), key=lambda x: -x.severity)
    if not sure:
        first = found[0]
        yield issue(Severity.INFO, (first.why, *preliminary(first.run.newest)), first.run.newest, possible=True)
        return
    yield _issue(snapshot, sure)


def _issue(snapshot: Snapshot, told: Sequence[Raised]) -> Issue:
    severity = max(x.severity for x in told)
    why: list[Reason] = [x.why for x in told]
    why += [began_with(x.opener) for x in told if x.opener is not None]
    jaundice = _with_jaundice(snapshot)
    if jaundice is not None:
        severity = Severity.CRITICAL
        enzyme, bilirubin = jaundice
        parts: dict[str, Part] = {"value": bilirubin.quantity, "day": bilirubin.day}
        why.insert(0, reason(WITH_JAUNDICE, facts=(bilirubin.id,), basis="L", **parts))
        if enzyme not in [x.run.newest for x in told]:
            why.insert(1, _sentence(snapshot, enzyme, OVER, WARNS))
    elif all(x.code in AMINOTRANSFERASES for x in told):
        muscle = _muscle(snapshot, told[0].run.newest)
        why += muscle[0]
        if muscle[1] and not any(_times(snapshot, x.run.newest, ALWAYS_GRAVE) is YES for x in told):
            severity = min(severity, Severity.WARNING)
    last = max((x.run.newest for x in told), key=lambda x: x.on)
    why += [*begun(snapshot, HEPATOTOXIC, last.day, BEGUN_DAYS), *_hepatitis_b(snapshot)]
    facts = [*(x.run.newest for x in told), *(x.base for x in told if x.base is not None)]
    facts += [x.opener for x in told if x.opener is not None]
    facts += jaundice or ()
    why += [*age(snapshot, last), *preliminary(*(x.run.newest for x in told))]
    return issue(severity, why, *facts, known=min(x.run.known for x in told))


# -- one test ---------------------------------------------------------------------------------------------------------


def _test(situation: Situation, code: str) -> Raised | None:
    """The episode of one test, judged on its newest value."""
    snapshot = situation.snapshot
    series = snapshot.series(code)
    if not series:
        return None
    of_bilirubin = code == "bilirubin"
    warns, closes = (BILIRUBIN_WARNS, BILIRUBIN_WARNS) if of_bilirubin else (WARNS, CLOSES.of(snapshot))
    base = None if of_bilirubin else _raised_before(situation, series)
    if base is None:
        return _against_limit(snapshot, series, warns, closes)
    by_base = _against_base(snapshot, series, base)
    since = [x for x in series if x.on > base.on]
    normal = next((n for n, x in enumerate(since) if _times(snapshot, x, ULN) is NO), None)
    by_limit = None if normal is None else _against_limit(snapshot, since[normal:], warns, closes)
    both = [x for x in (by_base, by_limit) if x is not None]
    return max(both, key=lambda x: (not x.run.possible, x.severity), default=None)


def _against_limit(snapshot: Snapshot, series: Sequence[Measurement], warns: Decimal, closes: Decimal) -> Raised | None:
    of_bilirubin = series[-1].code == "bilirubin"
    run = open_run(series, lambda x: _times(snapshot, x, warns), lambda x: ~_times(snapshot, x, closes))
    if run is None:
        return None
    grave = BILIRUBIN_GRAVE if of_bilirubin else GRAVE
    is_grave = _times(snapshot, run.newest, grave) is YES
    over = _times(snapshot, run.newest, warns) is YES
    message = POSSIBLE if run.possible else OVER if over else STANDS
    why = _sentence(snapshot, run.newest, message, grave if is_grave else warns if message != STANDS else closes)
    opener = run.values[0] if message == STANDS else None
    severity = Severity.CRITICAL if is_grave else Severity.WARNING
    return Raised(code=series[-1].code, severity=severity, run=run, why=why, opener=opener)


def _raised_before(situation: Situation, series: Sequence[Measurement]) -> Measurement | None:
    """The value before D0, where it surely was above normal and there are newer ones."""
    start = situation.regimen.first_d0
    base = baseline(situation.snapshot, series, start.day) if start is not None else None
    if base is None or series[-1].on <= base.on:
        return None
    return base if _times(situation.snapshot, base, ULN) is YES else None


def _against_base(snapshot: Snapshot, series: Sequence[Measurement], base: Measurement) -> Raised | None:
    later = [x for x in series if x.on > base.on]

    def opens(x: Measurement) -> Truth:
        always = _times(snapshot, x, ALWAYS_GRAVE)
        return any_of([ratio_exceeds(x.quantity, base.quantity, INFO_TIMES), always])

    run = open_run(later, opens, lambda x: ~opens(x))
    if run is None:
        return None
    last = run.newest
    if run.possible:
        why = _sentence(snapshot, last, POSSIBLE, ALWAYS_GRAVE)
        return Raised(code=base.code, severity=Severity.INFO, run=run, why=why, base=base)
    steps = ((GRAVE, Severity.CRITICAL), (WARNS, Severity.WARNING), (INFO_TIMES, Severity.INFO))
    step = next((x for x in steps if ratio_exceeds(last.quantity, base.quantity, x[0]) is YES), steps[-1])
    if _times(snapshot, last, ALWAYS_GRAVE) is YES:
        why = _sentence(snapshot, last, OVER, ALWAYS_GRAVE)
        return Raised(code=base.code, severity=Severity.CRITICAL, run=run, why=why, base=base)
    parts: dict[str, Part] = {"value": last.quantity, "day": last.day, "base": base.quantity, "base_day": base.day}
    unit = MEASUREMENTS[base.code].unit
    facts = (last.id, base.id)
    why = reason(OVER_OLD, facts=facts, basis="L", test=NAMES[base.code], unit=unit, times=step[0], **parts)
    return Raised(code=base.code, severity=step[1], run=run, why=why, base=base)


def _times(snapshot: Snapshot, x: Measurement, times: Decimal) -> Truth:
    """Is it more than so many times the upper limit?"""
    return x.quantity.above(times * upper_limit(snapshot, x.code))


def _sentence(snapshot: Snapshot, x: Measurement, message: str, times: Decimal) -> Reason:
    parts: dict[str, Part] = {"value": x.quantity, "day": x.day, "times": times, "limit": upper_limit(snapshot, x.code)}
    unit = MEASUREMENTS[x.code].unit
    return reason(message, facts=(x.id,), basis="L", test=NAMES[x.code], unit=unit, **parts)


# -- what goes with it ------------------------------------------------------------------------------------------------


def _with_jaundice(snapshot: Snapshot) -> tuple[Measurement, Measurement] | None:
    """The newest aminotransferase of more than three times the limit, and the newest bilirubin of more than twice."""
    bilirubin = latest(snapshot.series("bilirubin"))
    if bilirubin is None or _times(snapshot, bilirubin, JAUNDICE) is not YES:
        return None
    newest = [series[-1] for code in AMINOTRANSFERASES if (series := snapshot.series(code))]
    apart = TOGETHER.days(snapshot)
    near = [x for x in newest if abs((x.day - bilirubin.day).days) <= apart]
    return next(((x, bilirubin) for x in near if _times(snapshot, x, WARNS) is YES), None)


def _muscle(snapshot: Snapshot, last: Measurement) -> tuple[list[Reason], bool]:
    """What CK and gamma-GT say, and whether the muscle may explain it all."""
    days, times = MUSCLE_DAYS.days(snapshot), MUSCLE_CK.of(snapshot)
    near = of_days(snapshot.series("ck"), last.day, -days, days)
    high = [x for x in near if _times(snapshot, x, times) is YES]
    if not high:
        return [], False
    ck = min(high, key=lambda x: abs(x.on - last.on))
    parts: dict[str, Part] = {"value": ck.quantity, "day": ck.day}
    if _apart(snapshot, ck):
        return [reason(NOT_MUSCLE, facts=(ck.id,), basis="J", **parts)], False
    ggt = of_days(snapshot.series("ggt"), last.day, -GGT_DAYS, GGT_DAYS)
    if not ggt:
        return [reason(MUSCLE_OR_NOT, facts=(ck.id,), basis="J", **parts)], False
    if _times(snapshot, ggt[-1], Decimal(1)) is not NO:
        return [], False
    return [reason(MUSCLE, facts=(ck.id, ggt[-1].id), basis="J", **parts)], True


def _apart(snapshot: Snapshot, ck: Measurement) -> bool:
    """ALT up by half while CK fell by a fifth since the sample before."""
    alt, before = snapshot.series("alt"), [x for x in snapshot.series("ck") if x.on < ck.on]
    if len(alt) < 2 or not before:
        return False
    rose = ratio_at_least(alt[-1].quantity, alt[-2].quantity, ALT_ROSE.risen(snapshot))
    fell = ~ratio_exceeds(ck.quantity, before[-1].quantity, CK_FELL.fallen(snapshot))
    return rose is YES and fell is YES and (alt[-1].day - alt[-2].day).days <= SAMPLE_DAYS


def _hepatitis_b(snapshot: Snapshot) -> Iterator[Reason]:
    """The status of hepatitis B, where it matters: positive, or not known."""
    markers = [series[-1] for code in ("hbsag", "anti_hbc") if (series := snapshot.series(code))]
    positive = [x for x in markers if x.quantity.at_least(MEASUREMENTS[x.code].positive_from or Decimal(1)) is YES]
    if positive:
        yield reason(B_POSITIVE, facts=(positive[0].id,), basis="L", day=positive[0].day)
    elif not snapshot.series("hbsag"):
        yield reason(B_UNKNOWN, basis="J")


RULE = Rule(
    code="LIVER",
    group=Group.ORGANS,
    version=2,
    title=_("Liver tests raised"),
    source=_("CTCAE steps (10.3389/fphar.2021.786174); muscle and closing: a judgement of this product"),
    basis="L",
    detect=detect,
    uses=(Use.SEX,),
    values=(CLOSES, TOGETHER, MUSCLE_CK, MUSCLE_DAYS, ALT_ROSE, CK_FELL, BASELINE, OLD_AFTER),
)
