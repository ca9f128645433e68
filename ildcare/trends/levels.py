"""Levels of drugs in words: tied to the dose that ran, judged by `monitoring.levels` alone.

A level without route or dose time, or one for which no band is known, is never called low or high.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.levels import band_of, has_bands
from monitoring.limits import expected, position
from patients.clinical.drug_levels import Run, lacking, levelled_drugs, running_on, runs_of
from patients.clinical.facts import Measurement
from patients.clinical.snapshot import Snapshot
from patients.dose_words import running_text, sample_text
from patients.wording import (
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
    """One level. `verdict`: within, low, high or "" (not judged); `word` says it, or why it cannot be judged."""

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
    return LevelRow(
        id=level.id,
        drug=short_name_of("test", level.code),
        when=short_moment(level.on, snapshot.today),
        value=measured_text(level.code, level.quantity),
        sample=sample_text(level),
        running=running_text(running_on(level.code, level.day, snapshot.treatments), level.code, snapshot.today),
        verdict=verdict(level),
        word=judged_text(level),
        basis="" if band_of(level) else "J",
    )


def verdict(level: Measurement) -> str:
    """within, low, high; "" where it cannot be judged, or where a censored value leaves it open."""
    return "" if lacking(level.route, level.timing) else position(level, expected(level, ""))


def judged_text(level: Measurement) -> str:
    """Where the level lies, or why that cannot be said."""
    why = lacking(level.route, level.timing)
    if why is not None:
        return render(why)
    band = band_of(level)
    if band is None:
        return _("not interpretable: no band for this drug, route and time")
    names = {"low": _("below the band"), "high": _("above the band"), "within": _("in the band")}
    word = names.get(verdict(level), _("may lie in the band or not"))
    return f"{word} {number_text(band.low)}–{number_text(band.high)}"


# -- time to target ---------------------------------------------------------------------------------------------------


def first_in_target(run: Run, snapshot: Snapshot) -> Measurement | None:
    """The first level after the start of a run that surely lies in its band."""
    return next((x for x in _levels_of(run, snapshot) if verdict(x) == "within"), None)


def _levels_of(run: Run, snapshot: Snapshot) -> list[Measurement]:
    """Levels after the first dose of a run, by its route if both are recorded."""
    after = (
        x for x in snapshot.series(run.drug) if x.on > run.courses[0].on and (run.stop is None or x.day <= run.stop)
    )
    return [x for x in after if not (x.route and run.route) or x.route == run.route]


def target_sentences(snapshot: Snapshot) -> Iterator[str]:
    """For each run of a drug that has a band, by start or change of route: when its level reached the band."""
    for drug in levelled_drugs():
        if has_bands(drug):
            yield from (target_text(run, snapshot) for run in runs_of(drug, snapshot.treatments))


def target_text(run: Run, snapshot: Snapshot) -> str:
    """ "CsA oral since 3 May: target reached after 3 days (212 ng/mL on 6 May)"."""
    words = {"name": run_name(run), "first": short_day(run.start, snapshot.today)}
    head = _("%(name)s since %(first)s") % words
    if run.stop is not None:
        head = _("%(name)s %(first)s to %(last)s") % {**words, "last": short_day(run.stop, snapshot.today)}
    reached = first_in_target(run, snapshot)
    if reached is not None:
        return _("%(run)s: %(reached)s") % {"run": head, "reached": _reached(run, reached, snapshot.today)}
    if run.stop is not None:
        return _("%(run)s: target not reached") % {"run": head}
    day = _("day %(n)s of %(name)s") % {"n": snapshot.days_since(run.start), "name": words["name"]}
    if any(verdict(x) for x in _levels_of(run, snapshot)):
        return _("%(run)s, %(day)s: target not reached yet") % {"run": head, "day": day}
    return _("%(run)s, %(day)s: no level yet that can be judged") % {"run": head, "day": day}


def run_name(run: Run) -> str:
    """Drug and route."""
    name = short_name_of("drug", run.drug)
    return f"{name} {name_of('route', run.route)}" if run.route else name


def _reached(run: Run, level: Measurement, today: date) -> str:
    days = (level.day - run.start).days
    text = ngettext(
        "target reached after %(count)d day (%(value)s on %(day)s)",
        "target reached after %(count)d days (%(value)s on %(day)s)",
        days,
    )
    value = measured_text(level.code, level.quantity)
    return text % {"count": days, "value": value, "day": short_day(level.day, today)}
