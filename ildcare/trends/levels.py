"""Levels of drugs in words: tied to the dose that ran, judged by `monitoring.levels` alone.

A level without route or dose time, or one for which no band is known, is never called low or high.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.levels import Band, Banded, band_at, below_paper, has_bands, low_by_design, order_notes, source_of
from monitoring.limits import place_of
from patients.clinical.drug_levels import Run, lacking, levelled_drugs, running_on, runs_of
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES
from patients.dose_words import running_text, sample_text
from patients.wording import (
    listed_apart,
    measured_text,
    name_of,
    number_text,
    render,
    short_day,
    short_moment,
    short_name_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRow:
    """One level. `verdict`: within, low, high or "" (not judged); `word` says it, or why it cannot be judged; `basis`
    as in Reason: O where the band is that of the order."""

    id: str
    drug: str
    when: str
    value: str
    sample: str
    running: str
    verdict: str
    word: str
    basis: str = ""


def level_rows(snapshot: Snapshot) -> tuple[LevelRow, ...]:
    """Every level, newest first."""
    levels = [x for code in levelled_drugs() for x in snapshot.series(code)]
    return tuple(_row(x, snapshot) for x in sorted(levels, key=lambda x: (x.on, x.id), reverse=True))


def _row(level: Measurement, snapshot: Snapshot) -> LevelRow:
    band = band_at(level, snapshot)
    return LevelRow(
        id=level.id,
        drug=short_name_of("test", level.code),
        when=short_moment(level.on, snapshot.today),
        value=measured_text(level.code, level.quantity),
        sample=sample_text(level),
        running=running_text(running_on(level.code, level.day, snapshot.treatments), level.code, snapshot.today),
        verdict=verdict(level, snapshot),
        word=judged_text(level, snapshot),
        basis="J" if band is None else band.basis if band.basis != "S" else "",
    )


def verdict(level: Measurement, snapshot: Snapshot) -> str:
    """within, low, high; "" where it cannot be judged, or where a censored value leaves it open."""
    return place_of(level, "", snapshot.treatments, snapshot.series(level.code), snapshot.settings.rules)


def judged_text(level: Measurement, snapshot: Snapshot) -> str:
    """Where the level lies, by whose band, or why that cannot be said."""
    why = lacking(level.route, level.timing)
    if why is not None:
        return render(why)
    band = band_at(level, snapshot)
    if band is None:
        return _("not interpretable: no band for this drug, route and time")
    word = _where(verdict(level, snapshot), band)
    if low_by_design(Banded(level, band), snapshot) and band.is_low(level) is YES:
        word = _("low by design, C2 decides; band")
    notes = [render(x) for x in order_notes(Banded(level, band), snapshot)]
    return listed_apart([f"{word} {number_text(band.low)}–{number_text(band.high)}", *_cut_off(band), *notes])


def _where(place: str, band: Band) -> str:
    names = {"low": _("below the band"), "high": _("above the band"), "within": _("in the band")}
    if band.order:
        names = {
            "low": _("below the band of the order"),
            "high": _("above the band of the order"),
            "within": _("in the band of the order"),
        }
        return names.get(place, _("may lie in the band of the order or not"))
    return names.get(place, _("may lie in the band or not"))


def _cut_off(band: Band) -> Iterator[str]:
    """That a level counts as high below the highest that was ordered."""
    if band.ceiling < band.high:
        yield _("above %(limit)s is high whatever was ordered") % {"limit": number_text(band.ceiling)}


def order_note(order: Treatment, snapshot: Snapshot) -> str:
    """What is to be said of the target of an order beside it: that it lies below the band of the paper; or ""."""
    note = below_paper(order, snapshot)
    return render(note) if note else ""


# -- the newest of what is given ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Level:
    """The newest level of a drug that is given. `place`: within, low, high or "" (not judged); `word` says it.

    `target`: when a level of this run first lay in its band ("" for a drug without one).
    """

    drug: str
    level: Measurement | None
    place: str
    word: str
    target: str


def levels_of(snapshot: Snapshot) -> list[Level]:
    """The newest levels of each drug that is given and whose levels are known to the product."""
    return [x for drug in levelled_drugs() for x in _levels(drug, snapshot)]


def _levels(drug: str, snapshot: Snapshot) -> Iterator[Level]:
    """Of the newest day one of each kind: neither trough nor C2 of a morning hides the other."""
    runs = [x for x in runs_of(drug, snapshot.treatments) if x.stop is None or x.stop >= snapshot.today]
    if not runs:
        return
    target = target_text(runs[-1], snapshot) if has_bands(drug, runs[-1].courses) else ""
    series = [x for x in snapshot.series(drug) if x.day >= runs[-1].start]
    if not series:
        note = order_note(runs[-1].courses[-1], snapshot)
        yield Level(drug, None, "", "", listed_apart(x for x in (target, note) if x))
        return
    newest = {(x.route, x.timing): x for x in series if x.day == series[-1].day}
    for level in newest.values():
        yield Level(drug, level, verdict(level, snapshot), judged_text(level, snapshot), target)


# -- time to target ---------------------------------------------------------------------------------------------------


def first_in_target(run: Run, snapshot: Snapshot) -> Measurement | None:
    """The first level after the start of a run that surely lies in its band."""
    return next((x for x in _levels_of(run, snapshot) if verdict(x, snapshot) == "within"), None)


def _levels_of(run: Run, snapshot: Snapshot) -> list[Measurement]:
    """Levels after the first dose of a run, by its route if both are recorded."""
    after = (
        x for x in snapshot.series(run.drug) if x.on > run.courses[0].on and (run.stop is None or x.day <= run.stop)
    )
    return [x for x in after if not (x.route and run.route) or x.route == run.route]


def judged_runs(snapshot: Snapshot) -> Iterator[Run]:
    """The runs of drugs whose levels have a band: of the paper, or of an order of the run."""
    for drug in levelled_drugs():
        yield from (x for x in runs_of(drug, snapshot.treatments) if has_bands(drug, x.courses))


def target_basis(run: Run, snapshot: Snapshot) -> str:
    """Whose band the sentence of a run rests on: O where it is, or would be, that of an order."""
    reached = first_in_target(run, snapshot)
    judged = [reached] if reached else _levels_of(run, snapshot)
    bands = [band for x in judged if (band := band_at(x, snapshot))]
    if any(x.order for x in bands):
        return "O"
    return source_of(run.drug) or "O"


def target_text(run: Run, snapshot: Snapshot) -> str:
    """ "CsA oral since 3 May: target reached after 3 days (212 ng/mL on 6 May)"."""
    words = {"name": run_name(run), "first": short_day(run.start, snapshot.today)}
    head = _("%(name)s since %(first)s") % words
    if run.stop is not None:
        head = _("%(name)s %(first)s to %(last)s") % {**words, "last": short_day(run.stop, snapshot.today)}
    reached = first_in_target(run, snapshot)
    if reached is not None:
        return _("%(run)s: %(reached)s") % {"run": head, "reached": _reached(run, reached, snapshot)}
    if run.stop is not None:
        return _("%(run)s: target not reached") % {"run": head}
    day = _("day %(n)s of %(name)s") % {"n": snapshot.days_since(run.start), "name": words["name"]}
    if any(verdict(x, snapshot) for x in _levels_of(run, snapshot)):
        return _("%(run)s, %(day)s: target not reached yet") % {"run": head, "day": day}
    return _("%(run)s, %(day)s: no level yet that can be judged") % {"run": head, "day": day}


def run_name(run: Run) -> str:
    """Drug and route."""
    name = short_name_of("drug", run.drug)
    return f"{name} {name_of('route', run.route)}" if run.route else name


def _reached(run: Run, level: Measurement, snapshot: Snapshot) -> str:
    days = (level.day - run.start).days
    text = ngettext(
        "target reached after %(count)d day (%(value)s on %(day)s)",
        "target reached after %(count)d days (%(value)s on %(day)s)",
        days,
    )
    value = measured_text(level.code, level.quantity)
    return text % {"count": days, "value": value, "day": short_day(level.day, snapshot.today)} + _by_order(
        level, snapshot
    )


def _by_order(level: Measurement, snapshot: Snapshot) -> str:
    band = band_at(level, snapshot)
    return ", " + _("by the band of the order") if band and band.order else ""
