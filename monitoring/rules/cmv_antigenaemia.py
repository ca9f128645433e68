"""CMV_ANTIGENAEMIA: CMV pp65 antigen, or CMV DNA, is found in the blood.

Source [L], specification 8, 11 (22), 13 (98): C10/C11, sum of two slides: >= 1 cell warning, > 10 (mean above 5)
critical (sensitivity 0.94, specificity 0.80 for disease: Suga, Rheumatol Int 2022); of one slide doubled, and marked
[J]; at least doubled and >= 4 since the sample before: warning again [J]. C7-HRP (cells/50,000), never compared with
it: >= 1 warning, > 5 critical [J]. CMV DNA: any quantified value, warning [J]. D0: none, whatever is given.
Closes at zero with neutrophils >= 1,000/µL within 7 days of the sample [J]: in neutropenia zero is falsely negative
(10.1186/s42358-019-0061-0); DNA closes at zero or below what can be quantified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import NamedTuple

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, Run, age, open_run
from monitoring.readings import as_sent, preliminary
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from patients.clinical.facts import Measurement
from patients.clinical.quantities import ZERO, ratio_at_least
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, truth

ONE = Decimal(1)  # cell, at least [L]
PER_SLIDE = "cells/slide"  # the unit of the catalogue
CRITICAL_ABOVE = Decimal(10)  # cells of two slides [L]
C7_ABOVE = site_value("CMV_ANTIGENAEMIA.c7hrp", _("C7-HRP, critical above"), "5", "cells/50,000", ("2", "20"))
DOUBLED = site_value("CMV_ANTIGENAEMIA.doubled", _("times the sample before, at least"), "2", "", ("1.5", "5"))
DOUBLED_FROM = site_value("CMV_ANTIGENAEMIA.doubled_from", _("so many cells then, at least"), "4", "cells", ("2", "20"))
TWO = Decimal(2)
NEUTROPHILS_FROM = Decimal(1000)  # /uL, at least: zero is believed [L]
NEUTROPHIL_DAYS = site_count("CMV_ANTIGENAEMIA.days", _("neutrophils before or after, at most"), 7, DAYS_UNIT, (2, 14))

CELLS = {
    "cmv_pp65": _("CMV pp65 %(value)s cells on %(day)s (sum of two slides)"),
    "cmv_c7hrp": _("CMV C7-HRP %(value)s cells/50,000 on %(day)s"),
}
POSSIBLE = {
    "cmv_pp65": _("CMV pp65 %(value)s cells on %(day)s (sum of two slides): possibly positive"),
    "cmv_c7hrp": _("CMV C7-HRP %(value)s cells/50,000 on %(day)s: possibly positive"),
}
ONE_SLIDE = _("one slide was told (%(value)s cells): doubled for the sum of two")
DNA = _("CMV DNA %(value)s IU/mL on %(day)s")
DISEASE = _("more than %(limit)s: organ disease is likely (eyes, gut, liver, lung); is treatment needed?")
# two sentences in turn, so that each doubling after a doubling asks for a new acknowledgement
TWICE = _("at least doubled since %(day)s (%(value)s)")
ONCE_MORE = _("at least doubled once more since %(day)s (%(value)s)")
BY = _("at least %(times)s times the sample of %(day)s (%(value)s)")
BY_ONCE_MORE = _("once more at least %(times)s times the sample of %(day)s (%(value)s)")
NOT_BELIEVED = _("zero on %(day)s does not reassure: neutrophils %(neutrophils)s/µL, falsely negative in neutropenia")
NOT_COUNTED = _("zero on %(day)s closes when neutrophils of 1,000/µL or more are known of those days")


class MethodResult(NamedTuple):
    """What one method says."""

    severity: Severity
    why: tuple[Reason, ...]
    run: Run[Measurement]


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue: whatever methods tell it, the gravest first."""
    snapshot = situation.snapshot
    told = [x for x in (*(_cells(snapshot, code) for code in CELLS), _dna(snapshot)) if x is not None]
    if not told:
        return
    told.sort(key=lambda x: (x.run.possible, -x.severity))
    sure = [x for x in told if not x.run.possible] or told[:1]
    why = tuple(x for method in sure for x in method.why)
    facts = [method.run.newest for method in sure]
    known = min(method.run.known for method in sure)
    possible = sure[0].run.possible
    yield issue(
        sure[0].severity, why, *facts, known=known, possible=possible, again=(TWICE, ONCE_MORE, BY, BY_ONCE_MORE)
    )


def _cells(snapshot: Snapshot, code: str) -> MethodResult | None:
    series = snapshot.series(code)
    run = open_run(series, _found, lambda x: _gone(snapshot, x))
    if run is None:
        return None
    last, limit = run.newest, CRITICAL_ABOVE if code == "cmv_pp65" else C7_ABOVE.of(snapshot)
    if run.possible:
        why = reason(POSSIBLE[code], facts=(last.id,), basis="L", value=last.quantity, day=last.day)
        return MethodResult(Severity.INFO, (why, *_one_slide(last), *preliminary(last)), run)
    grave = last.quantity.above(limit) is YES
    notes: list[Reason] = [reason(CELLS[code], facts=(last.id,), basis="L", value=last.quantity, day=last.day)]
    notes += _one_slide(last)
    if grave:
        notes.append(reason(DISEASE, basis="L" if code == "cmv_pp65" else "J", limit=limit))
    notes += [*_twice(snapshot, series), *_not_believed(snapshot, last), *age(snapshot, last), *preliminary(last)]
    return MethodResult(Severity.CRITICAL if grave else Severity.WARNING, tuple(notes), run)


def _one_slide(x: Measurement) -> Iterator[Reason]:
    """That the value is twice what was told, of one slide."""
    sent = as_sent(x.code, x.typed)
    if sent is not None and sent[0].code == PER_SLIDE:
        yield reason(ONE_SLIDE, facts=(x.id,), basis="J", value=sent[1])


def _dna(snapshot: Snapshot) -> MethodResult | None:
    run = open_run(snapshot.series("cmv_dna"), _quantified, lambda x: ~_quantified(x))
    if run is None:
        return None
    last = run.newest
    why = reason(DNA, facts=(last.id,), basis="J", value=last.quantity, day=last.day)
    return MethodResult(Severity.WARNING, (why, *age(snapshot, last), *preliminary(last)), run)


def _quantified(x: Measurement) -> Truth:
    """A number was given; "<137" is found at most, and not quantified."""
    return truth(x.quantity.value > ZERO and not x.quantity.comparator.startswith("<"))


def _found(x: Measurement) -> Truth:
    return x.quantity.at_least(ONE)


def _gone(snapshot: Snapshot, x: Measurement) -> Truth:
    """Zero, and neutrophils with which zero is believed."""
    if _found(x) is not NO:
        return NO
    count = _neutrophils(snapshot, x)
    return UNKNOWN if count is None else count.quantity.at_least(NEUTROPHILS_FROM)


def _neutrophils(snapshot: Snapshot, x: Measurement) -> Measurement | None:
    """The count nearest to the sample, of at most 7 days before or after."""
    days = NEUTROPHIL_DAYS.days(snapshot)
    near = [y for y in snapshot.series("neutrophils") if abs((y.day - x.day).days) <= days]
    return min(near, key=lambda y: abs(y.on - x.on), default=None)


def _not_believed(snapshot: Snapshot, last: Measurement) -> Iterator[Reason]:
    if _found(last) is not NO:
        return
    count = _neutrophils(snapshot, last)
    if count is None:
        yield reason(NOT_COUNTED, facts=(last.id,), basis="J", day=last.day)
    else:
        facts = (last.id, count.id)
        yield reason(NOT_BELIEVED, facts=facts, basis="L", day=last.day, neutrophils=count.quantity)


def _twice(snapshot: Snapshot, series: Sequence[Measurement]) -> Iterator[Reason]:
    """The last two samples: at least doubled, and 4 cells or more."""
    times, least = DOUBLED.of(snapshot), DOUBLED_FROM.of(snapshot)
    samples = zip(reversed(series[:-1]), reversed(series), strict=False)
    doublings = list(takewhile(lambda x: _is_doubled(*x, times, least), samples))
    if doublings:
        before, last = doublings[0]
        parts: dict[str, Part] = {"day": before.day, "value": before.quantity}
        messages = (TWICE, ONCE_MORE)
        if times != TWO:
            messages, parts["times"] = (BY, BY_ONCE_MORE), times
        yield reason(messages[len(doublings) % 2 - 1], facts=(last.id, before.id), basis="J", **parts)


def _is_doubled(before: Measurement, last: Measurement, times: Decimal, least: Decimal) -> bool:
    enough = _found(before) is YES and last.quantity.at_least(least) is YES
    return enough and ratio_at_least(last.quantity, before.quantity, times) is YES


RULE = Rule(
    code="CMV_ANTIGENAEMIA",
    group=Group.INFECTION,
    version=2,
    title=_("CMV antigenaemia"),
    source=_(
        "Suga, Rheumatol Int 2022; neutropenia: 10.1186/s42358-019-0061-0; C7-HRP and DNA: a judgement of this product"
    ),
    basis="L",
    detect=detect,
    values=(C7_ABOVE, DOUBLED, DOUBLED_FROM, NEUTROPHIL_DAYS, OLD_AFTER),
)
