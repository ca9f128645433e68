"""The frozen Snapshot: everything that was known of one patient at one moment, and the arithmetic on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from patients.clinical import facts as f

F = TypeVar("F", bound=f.Fact)

FIELD_OF: dict[type, str] = {
    f.RespiratoryOnset: "onsets",
    f.Diagnosis: "diagnoses",
    f.Antibody: "antibodies",
    f.Measurement: "measurements",
    f.Hrct: "hrcts",
    f.Finding: "findings",
    f.Treatment: "treatments",
    f.Histology: "histologies",
    f.Support: "supports",
    f.Judgement: "judgements",
    f.Decision: "decisions",
}


@dataclass(frozen=True)
class Settings:
    """What a site can change ([J] readings of the specification); the defaults are the specification's."""

    hypomyopathic_counts_as_adm: bool = True
    bilirubin_upper_limit: str = "1.5"


@dataclass(frozen=True)
class Snapshot:
    """One patient as known at `known_at`, about times up to `as_of`. Facts of a kind are sorted by (on, known, id)."""

    as_of: datetime
    known_at: datetime
    zone: str = "Asia/Tokyo"
    sex: str = "unknown"
    birth_date: date | None = None
    settings: Settings = field(default_factory=Settings)
    onsets: tuple[f.RespiratoryOnset, ...] = ()
    diagnoses: tuple[f.Diagnosis, ...] = ()
    antibodies: tuple[f.Antibody, ...] = ()
    measurements: tuple[f.Measurement, ...] = ()
    hrcts: tuple[f.Hrct, ...] = ()
    findings: tuple[f.Finding, ...] = ()
    treatments: tuple[f.Treatment, ...] = ()
    histologies: tuple[f.Histology, ...] = ()
    supports: tuple[f.Support, ...] = ()
    judgements: tuple[f.Judgement, ...] = ()
    decisions: tuple[f.Decision, ...] = ()

    @cached_property
    def today(self) -> date:
        """The calendar day of `as_of` at the site."""
        return self.as_of.astimezone(ZoneInfo(self.zone)).date()

    @cached_property
    def age(self) -> int | None:
        """Completed years on the day of `as_of`; None without a birth date."""
        if self.birth_date is None:
            return None
        had_birthday = (self.today.month, self.today.day) >= (self.birth_date.month, self.birth_date.day)
        return self.today.year - self.birth_date.year - (0 if had_birthday else 1)

    @cached_property
    def _series(self) -> dict[str, tuple[f.Measurement, ...]]:
        series: dict[str, list[f.Measurement]] = {}
        for measurement in self.measurements:
            series.setdefault(measurement.code, []).append(measurement)
        return {code: tuple(values) for code, values in series.items()}

    @cached_property
    def all_facts(self) -> tuple[f.Fact, ...]:
        """Every fact, sorted by (on, known, id)."""
        return tuple(sorted((x for name in FIELD_OF.values() for x in getattr(self, name)), key=in_order))

    def series(self, code: str) -> tuple[f.Measurement, ...]:
        """All values of one measurement, oldest first."""
        return self._series.get(code, ())

    def findings_of(self, code: str) -> tuple[f.Finding, ...]:
        """All entries of one finding, oldest first."""
        return tuple(x for x in self.findings if x.code == code)

    def days_since(self, day: date) -> int:
        """Calendar days at the site from `day` to the day of `as_of`."""
        return (self.today - day).days

    def within(self, facts: Iterable[F], days: int) -> tuple[F, ...]:
        """Those of the last `days` calendar days, today (0) and the day `days` ago included."""
        return tuple(x for x in facts if 0 <= (self.today - x.day).days <= days)


def latest(facts: Sequence[F]) -> F | None:
    """The last of facts sorted oldest first."""
    return facts[-1] if facts else None


def in_order(fact: f.Fact) -> tuple[datetime, datetime, str]:
    """Sort key of facts: time about, time known, id."""
    return (fact.on, fact.known, fact.id)


def freeze(
    versions: Iterable[f.Fact],
    *,
    as_of: datetime,
    known_at: datetime,
    zone: str = "Asia/Tokyo",
    sex: str = "unknown",
    birth_date: date | None = None,
    settings: Settings | None = None,
) -> Snapshot:
    """A Snapshot of current versions: later facts are left out, a stop still to come is masked.

    `versions` holds, of every fact, the one version that stood at `known_at` (cancelled ones removed); facts that
    were not yet known or that are about a later time are dropped here.
    """
    snapshot = Snapshot(as_of, known_at, zone, sex, birth_date, settings or Settings())
    kept: dict[str, list[f.Fact]] = {}
    for fact in versions:
        if fact.on <= as_of and fact.known <= known_at:
            kept.setdefault(FIELD_OF[type(fact)], []).append(_masked(fact, snapshot.today))
    return _holding(snapshot, {name: sorted(facts, key=in_order) for name, facts in kept.items()})


def _holding(snapshot: Snapshot, kept: Mapping[str, Sequence[f.Fact]]) -> Snapshot:
    by_field: dict[str, Any] = {name: tuple(facts) for name, facts in kept.items()}
    return replace(snapshot, **by_field)


def _masked(fact: f.Fact, today: date) -> f.Fact:
    if isinstance(fact, f.Treatment) and fact.stop is not None and fact.stop > today:
        return replace(fact, stop=None)
    return fact


def rewind(snapshot: Snapshot, moment: datetime) -> Snapshot:
    """The same knowledge as it bore on an earlier `moment`: facts about later times, or first known later, left out.

    Differs from a replay in that corrections made since are kept: a withdrawn result takes with it what rested on it.
    """
    earlier = (x for x in snapshot.all_facts if x.on <= moment and x.first_known <= moment)
    by_field: dict[str, list[f.Fact]] = {name: [] for name in FIELD_OF.values()}
    today = replace(snapshot, as_of=moment).today
    for fact in earlier:
        by_field[FIELD_OF[type(fact)]].append(_masked(fact, today))
    return _holding(replace(snapshot, as_of=moment), by_field)
