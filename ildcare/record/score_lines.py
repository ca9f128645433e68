"""Scores of later literature as the course shows them: the sum or its range, each item with its points, what is missing
and where it is entered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from algorithm.scores import SCORES
from algorithm.scoring import Item, Score, Scored, Total
from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.findings import FINDINGS
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, UNKNOWN
from patients.models import Patient
from patients.wording import listed, name_of, number_text, translated

BY_HAND = "scores"  # the panel of what is measured for scores alone


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item: what it asks, its points, and what it rests on."""

    title: str
    points: str
    open: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalLine:
    """A sum in words. `decisive`: what alone would settle the band; `missing`: all that the sum lacks."""

    title: str
    points: str
    bands: str
    settled: bool
    items: tuple[ItemLine, ...]
    decisive: str
    missing: str
    remarks: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """A score of a patient. `excluded`: not for this patient; `doubtful`: whether it is, is not known. `entries`: what
    can be entered for it, with the address of the form."""

    score: Score
    excluded: bool
    doubtful: bool
    why: tuple[Reason, ...]
    totals: tuple[TotalLine, ...]
    entries: tuple[tuple[str, str], ...]


def score_lines(snapshot: Snapshot, patient: Patient | None = None) -> tuple[ScoreLine, ...]:
    """All scores of a snapshot; `patient`: for whom something can be entered."""
    return tuple(_line(x.of(snapshot), patient) for x in SCORES)


def _line(scored: Scored, patient: Patient | None) -> ScoreLine:
    return ScoreLine(
        score=scored.score,
        excluded=scored.applies.answer is NO,
        doubtful=scored.applies.answer is UNKNOWN or scored.applies.provisional,
        why=scored.applies.reasons,
        totals=tuple(map(_total, scored.totals)),
        entries=tuple(_entries(scored.missing, patient)) if patient else (),
    )


def _total(total: Total) -> TotalLine:
    bands = [translated(x.title) if x.title else _("below the lowest class") for x in total.bands_possible]
    return TotalLine(
        title=translated(total.title) if total.title else "",
        points=_points(total.low, total.high),
        bands=_(" or ").join(bands) if total.bands else "",
        settled=total.settled,
        items=tuple(map(_item, total.items)),
        decisive=_names(total.decisive),
        missing=_names(total.missing),
        remarks=total.remarks,
    )


def _item(item: Item) -> ItemLine:
    return ItemLine(translated(item.title), _points(item.low, item.high), item.open, item.reasons)


def _points(low: Decimal, high: Decimal) -> str:
    if low == high:
        return number_text(low)
    return _("%(low)s to %(high)s") % {"low": number_text(low), "high": number_text(high)}


def _names(codes: Sequence[str]) -> str:
    return listed(name_of("missing", x) for x in codes)


def _entries(missing: Iterable[str], patient: Patient) -> Iterable[tuple[str, str]]:
    """What is missing and entered by hand, with its form."""
    for code in missing:
        if code in MEASUREMENTS:
            panel = MEASUREMENTS[code].panel
            kind = f"results?panel={panel}" if panel == BY_HAND else ""
        else:
            kind = f"finding?code={code}" if code in FINDINGS else f"antibody?code={code}" if code in ANTIBODIES else ""
        if kind:
            form, _q, asked = kind.partition("?")
            yield name_of("missing", code), f"{reverse('entry_form', args=[patient.pk, form])}?{asked}"
