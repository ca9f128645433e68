"""Prognostic factors of Figure 2 and the text of Kurasawa and Arai 2014, as present, absent or unknown. Pure.

Each carries the figure that the paper prints for it and the study that the paper cites (numbers of its reference list).
Survival figures that the paper prints in two ways (Nagasaka 32/39 %, Nawata 50/91 %, Kameda's comparison) are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from algorithm.walk.reading import Reading, read
from algorithm.walk.subtypes import ars_answer, myositis_family
from patients.clinical.facts import Histology, Hrct, Measurement
from patients.clinical.judged import Judged
from patients.clinical.quantities import ratio_exceeds
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import UNKNOWN, YES, Truth, any_of, truth

CK_LOW = Decimal(500)  # U/L [S] "low CK levels (< 500 U)"
KL6_RATIO = Decimal("1.70")  # [S]
KL6_DAYS, BASELINE_DAYS = 28, 14  # [S] within 4 weeks; [J] how old the value before treatment may be
LOW_PERCENT = Decimal(80)  # % predicted [J]: the paper says "lower values" without a limit
FEVER = Decimal(38)  # degrees Celsius [S]
AMYOPATHIC = ("ADM", "CADM", "hypomyopathic_DM")
CK = Term("CK")
FUNCTION = {"fvc_pp": Term(_("FVC, predicted")), "dlco_pp": Term(_("DLCO, predicted"))}
PAPER = "Kurasawa and Arai 2014"

Answer = tuple[Truth, tuple[Reason, ...]]
OPEN: Answer = (UNKNOWN, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the list: how it is asked, what the paper prints (`figure`), whom it cites. `poor` False: it speaks
    for a good prognosis."""

    code: str
    title: str
    poor: bool
    figure: str
    study: str
    ask: Callable[[Reading], Answer]


class Factor(NamedTuple):
    """A line of the list and the patient's answer."""

    entry: Entry
    answer: Truth
    reasons: tuple[Reason, ...]

    @property
    def code(self) -> str:
        """Its name in records."""
        return self.entry.code


def prognostic_factors(snapshot: Snapshot) -> tuple[Factor, ...]:
    """Every factor of the paper, poor ones first, in the order of Figure 2 and the text."""
    reading = read(snapshot)
    factors = []
    for entry in FACTORS:
        answer, reasons = entry.ask(reading)
        factors.append(Factor(entry, answer, reasons))
    return tuple(factors)


def _answer_of(judged: Judged) -> Answer:
    return judged.answer, judged.reasons


def _dermatomyositis(reading: Reading) -> Answer:
    return _answer_of(myositis_family(reading.snapshot))


def _polymyositis(reading: Reading) -> Answer:
    answer, why = _dermatomyositis(reading)
    return ~answer, why


def _amyopathic(reading: Reading) -> Answer:
    diagnosis = reading.diagnosis
    if diagnosis is None:
        return OPEN
    why = myositis_family(reading.snapshot).reasons
    if diagnosis.myositis == "DM" and diagnosis.provisional:
        return UNKNOWN, why
    return truth(diagnosis.myositis in AMYOPATHIC), why


def _measured(name: Term, unit: str, measurement: Measurement) -> Reason:
    return reason(
        _("%(test)s %(value)s %(unit)s on %(day)s"),
        facts=(measurement.id,),
        test=name,
        value=measurement.quantity,
        unit=unit,
        day=measurement.day,
    )


def _low_ck(reading: Reading) -> Answer:
    newest = latest(reading.snapshot.series("ck"))
    return (newest.quantity.below(CK_LOW), (_measured(CK, "U/L", newest),)) if newest else OPEN


def _acute(reading: Reading) -> Answer:
    return reading.course.answer, reading.course.reasons


def _chronic(reading: Reading) -> Answer:
    return ~reading.course.answer, reading.course.reasons


def _factor(code: str) -> Callable[[Reading], Answer]:
    return lambda reading: _answer_of(reading.factors[code])


def _kl6_rise(reading: Reading) -> Answer:
    """KL-6 in days 1-28 against the last value of days -14 to 0 of the running step; another kit leaves it open."""
    start = reading.regimen.running
    if start is None:
        return OPEN
    series = [(x, (x.day - start.day).days) for x in reading.snapshot.series("kl6")]
    base = latest([x for x, day in series if -BASELINE_DAYS <= day <= 0])
    after = [x for x, day in series if 1 <= day <= KL6_DAYS]
    if base is None or not after:
        return OPEN
    answers = {x.id: _ratio(x, base) for x in after}
    answer = any_of(answers.values())
    deciding = [x for x in after if answers[x.id] is answer][-1]
    message = _("KL-6 %(before)s U/mL before treatment, %(after)s U/mL on %(day)s")
    why = reason(message, facts=(base.id, deciding.id), before=base.quantity, after=deciding.quantity, day=deciding.day)
    return answer, (why,)


def _ratio(later: Measurement, base: Measurement) -> Truth:
    if later.kit and base.kit and later.kit != base.kit:
        return UNKNOWN
    return ratio_exceeds(later.quantity, base.quantity, KL6_RATIO)


def _pattern(pattern: str) -> Callable[[Reading], Answer]:
    def ask(reading: Reading) -> Answer:
        """Present on histology or as HRCT pattern; absent where histology says another; otherwise unknown."""
        scans = [x for x in reading.snapshot.hrcts if x.pattern is not None]
        reports: list[Histology | Hrct] = [*scans, *reading.snapshot.histologies]
        if not reports:
            return OPEN
        matching = [x for x in reports if x.pattern == pattern]
        newest = (matching or reports)[-1]
        message = _("%(pattern)s on histology of %(day)s")
        if isinstance(newest, Hrct):
            message = _("%(pattern)s pattern on HRCT of %(day)s")
        why = reason(message, facts=(newest.id,), pattern=newest.pattern or "", day=newest.day)
        if matching:
            return YES, (why,)
        return truth(False if reading.snapshot.histologies else None), (why,)

    return ask


def _finding(code: str, name: str) -> Callable[[Reading], Answer]:
    finding = Term(name)

    def ask(reading: Reading) -> Answer:
        entries = [x for x in reading.snapshot.findings_of(code) if x.present is not None]
        newest = latest([x for x in entries if x.present]) or latest(entries)
        if newest is None:
            return OPEN
        message = _("%(finding)s present on %(day)s") if newest.present else _("%(finding)s absent on %(day)s")
        return truth(newest.present), (reason(message, facts=(newest.id,), finding=finding, day=newest.day),)

    return ask


_fever_found = _finding("fever", _("fever"))


def _fever(reading: Reading) -> Answer:
    hot = [x for x in reading.snapshot.series("temperature") if x.quantity.above(FEVER) is YES]
    if hot:
        return YES, (_measured(Term(_("temperature")), "°C", hot[-1]),)
    return _fever_found(reading)


def _age(reading: Reading) -> Answer:
    age = reading.snapshot.age
    return (UNKNOWN, (reason(_("%(age)s years; the paper gives no limit"), age=age),)) if age is not None else OPEN


def _low_function(reading: Reading) -> Answer:
    newest = [(name, x) for code, name in FUNCTION.items() if (x := latest(reading.snapshot.series(code)))]
    if not newest:
        return OPEN
    low = any_of([x.quantity.below(LOW_PERCENT) for _name, x in newest])
    complete = len(newest) == len(FUNCTION) or low is YES
    return (low if complete else UNKNOWN), tuple(_measured(name, "%", x) for name, x in newest)


NOT_RECORDED: Answer = UNKNOWN, (reason(_("bronchoalveolar lavage is not recorded here"), basis="J"),)


FACTORS = (
    Entry(
        code="dm",
        title=_("DM rather than PM"),
        poor=True,
        figure=_("2-year survival: PM-ILD 87 %, DM-ILD 56 %"),
        study="Fujisawa et al (27)",
        ask=_dermatomyositis,
    ),
    Entry(
        code="adm",
        title=_("ADM or CADM"),
        poor=True,
        figure=_("mortality: CADM-ILD 45 %, classic DM-ILD 6 %"),
        study="Mukae et al (28)",
        ask=_amyopathic,
    ),
    Entry(
        code="ck",
        title=_("CK not or little raised (< 500 U/L)"),
        poor=True,
        figure=_("GC-resistant: DM without CK elevation 82 %, with it 22 %, PM 0 %"),
        study="Nawata et al (14)",
        ask=_low_ck,
    ),
    Entry(
        code="acute",
        title=_("acute/subacute course"),
        poor=True,
        figure=_("6-month survival in DM: A/S-ILD 62.7 %, without A/S-ILD 100 %"),
        study="Gono et al (40)",
        ask=_acute,
    ),
    Entry(
        code="mda5",
        title=_("anti-MDA5 positive"),
        poor=True,
        figure=_("mortality 36-46 %; in A/S-ILD, not in chronic ILD"),
        study="Gono et al (15), Koga et al (25), Nakashima et al (32)",
        ask=_factor("mda5"),
    ),
    Entry(
        code="ferritin",
        title=_("ferritin raised"),
        poor=True,
        figure=_(
            "6-month survival: above 1,500 ng/mL 29 %, below 83 %; shown here: above 1,000, the limit of the figure"
        ),
        study="Gono et al (40)",
        ask=_factor("ferritin"),
    ),
    Entry(
        code="kl6",
        title=_("KL-6 ratio > 1.70 within 4 weeks of treatment"),
        poor=True,
        figure=_("the rise, not a single level, goes with a poor prognosis"),
        study=_("the authors (26)"),
        ask=_kl6_rise,
    ),
    Entry(
        code="hrct",
        title=_("HRCT: lower consolidation with GGO"),
        poor=True,
        figure=_("90-day mortality in A/S-ILD: odds ratio 23.1"),
        study="Tanizawa et al (65)",
        ask=_factor("hrct"),
    ),
    Entry(
        code="dad",
        title=_("DAD"),
        poor=True,
        figure=_("poor in the short term"),
        study="(27, 60, 61)",
        ask=_pattern("DAD"),
    ),
    Entry(
        code="uip",
        title=_("UIP"),
        poor=True,
        figure=_("on HRCT or biopsy, chronic ILD included"),
        study="(19, 21, 22)",
        ask=_pattern("UIP"),
    ),
    Entry(code="age", title=_("older age"), poor=True, figure=_("no limit given"), study="(19, 21, 22)", ask=_age),
    Entry(
        code="function",
        title=_("low VC or DLCO"),
        poor=True,
        figure=_("no limit given; here: below 80 %"),
        study="(19, 21, 22)",
        ask=_low_function,
    ),
    Entry(code="fever", title=_("fever > 38 °C"), poor=True, figure=_("in A/S-ILD"), study="(32, 58)", ask=_fever),
    Entry(
        code="cardiac",
        title=_("cardiac involvement"),
        poor=True,
        figure=_("in A/S-ILD"),
        study="(32, 58)",
        ask=_finding("cardiac_involvement", _("cardiac involvement")),
    ),
    Entry(
        code="cd8",
        title=_("activated CD8 T cells in lavage fluid"),
        poor=True,
        figure=_("poor response to GC in A/S-ILD"),
        study="Kurasawa et al (68)",
        ask=lambda _reading: NOT_RECORDED,
    ),
    Entry(
        code="pm",
        title=_("PM"),
        poor=False,
        figure=_("2-year survival: PM-ILD 87 %"),
        study="Fujisawa et al (27)",
        ask=_polymyositis,
    ),
    Entry(
        code="ars",
        title=_("anti-ARS positive"),
        poor=False,
        figure=_("responds well to GC; recurrence 40 %"),
        study="Yoshifuji et al (52)",
        ask=lambda reading: _answer_of(ars_answer(reading.snapshot)),
    ),
    Entry(code="op", title=_("OP"), poor=False, figure=_("responds well to GC"), study=PAPER, ask=_pattern("OP")),
    Entry(
        code="chronic",
        title=_("chronic ILD"),
        poor=False,
        figure=_("1-year survival 100 %"),
        study=_("the authors (26)"),
        ask=_chronic,
    ),
)
