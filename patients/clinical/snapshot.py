"""The frozen Snapshot: everything that was known of one patient at one moment, and the arithmetic on it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, wraps
from itertools import pairwise
from operator import attrgetter, eq
from typing import Any, TypeVar, TypeVarTuple
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.entry import Entry, by_code
from patients.clinical.growing import Grown
from patients.clinical.reasons import _

F = TypeVar("F", bound=f.Fact)
T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")

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
    f.HospitalAdmission: "hospital_admissions",
    f.Discharge: "discharges",
    f.Outcome: "outcomes",
}

# what a Snapshot keeps of its facts, whatever its moment
INDEXES = ("by_code", "all_facts", "facts_by_id")

# beside the facts, and never among them
BESIDE: dict[type, str] = {f.Unreadable: "unreadable", f.WithoutValue: "without_value"}

# as it bears on reference intervals
SEXES = by_code((Entry("female", _("female")), Entry("male", _("male")), Entry("unknown", _("unknown"))))


@dataclass(frozen=True, kw_only=True)
class RuleChoices:
    """What a site has chosen of the rules of the monitoring.

    values: other numbers than the specification's, by their codes. off: codes of rules that are switched off."""

    values: tuple[tuple[str, Decimal], ...] = ()
    off: frozenset[str] = frozenset()

    @cached_property
    def by_code(self) -> dict[str, Decimal]:
        """The chosen numbers by their codes."""
        return dict(self.values)


@dataclass(frozen=True)
class Settings:
    """What a site can change ([J] readings of the specification); the defaults are the specification's.

    mda5_kit: the kit of anti-MDA5 titres that name none; "" where the site has set none. chart: name and version of the
    flowchart in use, "" for the last one that was published. rules: what is read by the monitoring alone; no answer of
    the chart depends on it."""

    hypomyopathic_counts_as_adm: bool = True
    bilirubin_upper_limit: str = "1.5"
    mda5_kit: str = ""
    chart: str = ""
    rules: RuleChoices = field(default_factory=RuleChoices)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One patient as known at `known_at`, about times up to `as_of`. Facts of a kind are sorted by (on, known, id)."""

    as_of: datetime
    known_at: datetime
    zone: str = "Asia/Tokyo"
    sex: str = "unknown"
    birth_date: date | None = None
    settings: Settings = field(default_factory=Settings)
    on_ward: bool | None = None  # admitted to a ward of this site at `as_of`; None where nobody says
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
    hospital_admissions: tuple[f.HospitalAdmission, ...] = ()
    discharges: tuple[f.Discharge, ...] = ()
    outcomes: tuple[f.Outcome, ...] = ()
    unreadable: tuple[f.Unreadable, ...] = ()
    without_value: tuple[f.WithoutValue, ...] = ()
    ahead: tuple[datetime | date, ...] = field(
        default=(), compare=False, repr=False
    )  # when what is known begins to count
    grown: Grown = field(default_factory=Grown, compare=False, repr=False)  # work that a later moment goes on with
    # what was worked out so far, by question (`once`)
    answers: dict[Hashable, Any] = field(init=False, default_factory=dict, compare=False, repr=False)

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
    def by_code(self) -> dict[str, tuple[f.Measurement, ...]]:
        """The values of every measurement, oldest first."""
        return {code: tuple(values) for code, values in self._sorted.by_code.items()}

    @cached_property
    def _findings(self) -> dict[str, tuple[f.Finding, ...]]:
        found: dict[str, list[f.Finding]] = {}
        for x in self.findings:
            found.setdefault(x.code, []).append(x)
        return {code: tuple(entries) for code, entries in found.items()}

    @property
    def at_one_moment(self) -> Iterable[Sequence[f.Measurement]]:
        """The values of one measurement that are about one moment, where there are several."""
        return self._sorted.at_one_moment.values()

    @property
    def _sorted(self) -> _Sorted:
        return self.grown.over("sorted", self.measurements, _Sorted)

    @cached_property
    def all_facts(self) -> tuple[f.Fact, ...]:
        """Every fact, sorted by (on, known, id)."""
        return tuple(sorted((x for name in FIELD_OF.values() for x in getattr(self, name)), key=in_order))

    @cached_property
    def facts_by_id(self) -> dict[str, f.Fact]:
        """Every fact by the id of its version."""
        others = [name for name in FIELD_OF.values() if name != "measurements"]
        return self._sorted.by_id | {fact.id: fact for name in others for fact in getattr(self, name)}

    def series(self, code: str) -> tuple[f.Measurement, ...]:
        """All values of one measurement, oldest first."""
        return self.by_code.get(code, ())

    def findings_of(self, code: str) -> tuple[f.Finding, ...]:
        """All entries of one finding, oldest first."""
        return self._findings.get(code, ())

    def days_since(self, day: date) -> int:
        """Calendar days at the site from `day` to the day of `as_of`."""
        return (self.today - day).days

    def within(self, facts: Sequence[F], days: int) -> tuple[F, ...]:
        """Of facts, oldest first, those of the last `days` calendar days: today (0) and the day `days` ago included."""
        return tuple(from_day(facts, self.today - timedelta(days=days))) if facts else ()


class _Sorted:
    """Measurements as they come, by code and by the id of their version: thousands, where the other facts are tens."""

    def __init__(self) -> None:
        self.by_code: dict[str, list[f.Measurement]] = {}
        self.by_id: dict[str, f.Fact] = {}
        self.at_one_moment: dict[tuple[str, datetime], list[f.Measurement]] = {}

    def take(self, measurements: Sequence[f.Measurement]) -> None:
        """The next ones in time."""
        self.by_id |= {x.id: x for x in measurements}
        for code, values in by_test(measurements).items():
            series = self.by_code.setdefault(code, [])
            if series or len(values) > 1:
                following = [*series[-1:], *values]
                times = [x.on for x in following]
                if any(map(eq, times, times[1:])):
                    self._note_moments(following)
            series += values

    def _note_moments(self, following: Iterable[f.Measurement]) -> None:
        for before, x in pairwise(following):
            if before.on == x.on:
                self.at_one_moment.setdefault((x.code, x.on), [before]).append(x)


def by_test(measurements: Iterable[f.Measurement]) -> Mapping[str, list[f.Measurement]]:
    """Measurements by their code, in the order in which they come."""
    found = defaultdict[str, list[f.Measurement]](list)
    for x in measurements:
        found[x.code].append(x)
    return found


NOT_YET: Any = object()


def once(question: Callable[[Snapshot, *Arguments], T]) -> Callable[[Snapshot, *Arguments], T]:
    """Decorator of a pure question about a Snapshot: answered when first asked, then kept with that Snapshot.

    Chart, rules and pages ask the same questions of the same Snapshot; each is worked out once.
    """

    @wraps(question)
    def answer(snapshot: Snapshot, /, *arguments: *Arguments) -> T:
        answers = snapshot.answers
        key = (question, arguments) if arguments else question
        known: T = answers.get(key, NOT_YET)
        if known is NOT_YET:
            known = answers[key] = question(snapshot, *arguments)
        return known

    return answer


def from_day(facts: Sequence[F], day: date) -> Sequence[F]:
    """Of facts, oldest first, those of a day or later."""
    if not facts or facts[0].day >= day:
        return facts
    return facts[bisect_left(facts, day, key=_day) :]


def latest(facts: Sequence[F]) -> F | None:
    """The last of facts sorted oldest first."""
    return facts[-1] if facts else None


_day = attrgetter("day")
# sort key of facts: time about, time known, id
in_order: Callable[[f.Fact], tuple[datetime, datetime, str]] = attrgetter("on", "known", "id")


def freeze(
    versions: Iterable[f.Fact],
    *,
    as_of: datetime,
    known_at: datetime,
    zone: str = "Asia/Tokyo",
    sex: str = "unknown",
    birth_date: date | None = None,
    settings: Settings | None = None,
    on_ward: bool | None = None,
) -> Snapshot:
    """A Snapshot of current versions: later facts are left out, a stop still to come is masked.

    `versions` holds, of every fact, the one version that stood at `known_at` (cancelled ones removed); facts that
    were not yet known or that are about a later time are dropped here (`ahead` says when they begin to count).
    """
    kept: dict[type, list[Any]] = {}
    ahead: list[datetime | date] = []
    for fact in versions:
        if fact.on <= as_of and fact.known <= known_at:
            kept.setdefault(type(fact), []).append(fact)
        else:
            ahead.append(max(fact.on, fact.known))
    today = as_of.astimezone(ZoneInfo(zone)).date()
    treatments = kept.get(f.Treatment, ())
    ahead += [x.stop for x in treatments if x.stop is not None and x.stop >= today]
    kept[f.Treatment] = [masked(x, today) for x in treatments]
    by_field: dict[str, Any] = {_field_of(kind): tuple(sorted(facts, key=in_order)) for kind, facts in kept.items()}
    return Snapshot(
        as_of=as_of,
        known_at=known_at,
        zone=zone,
        sex=sex,
        birth_date=birth_date,
        settings=settings or Settings(),
        on_ward=on_ward,
        ahead=tuple(ahead),
        **by_field,
    )


def field_of(fact: f.Fact) -> str:
    """The field of a Snapshot in which a fact of this kind stands."""
    return _field_of(type(fact))


def _field_of(kind: type) -> str:
    return FIELD_OF[kind] if kind in FIELD_OF else BESIDE[kind]


def holding(snapshot: Snapshot, kept: Mapping[str, Sequence[f.Fact]]) -> Snapshot:
    """The snapshot with these facts, sorted by (on, known, id), in the fields that are named."""
    by_field: dict[str, Any] = {name: tuple(facts) for name, facts in kept.items()}
    return replace(snapshot, **by_field)


def masked(fact: f.Fact, today: date) -> f.Fact:
    """The fact as it is known on a day: a stop still to come is not told."""
    if isinstance(fact, f.Treatment) and fact.stop is not None and fact.stop > today:
        return replace(fact, stop=None)
    return fact


def rewind(snapshot: Snapshot, moment: datetime) -> Snapshot:
    """The same knowledge as it bore on an earlier `moment`: facts about later times, or first known later, left out.

    Differs from a replay in that corrections made since are kept: a withdrawn result takes with it what rested on it.
    """
    by_field: dict[str, Any] = {
        name: tuple([x for x in getattr(snapshot, name) if x.on <= moment and x.first_known <= moment])
        for name in FIELD_OF.values()
    }
    today = moment.astimezone(ZoneInfo(snapshot.zone)).date()
    by_field["treatments"] = tuple([masked(x, today) for x in by_field["treatments"]])
    return replace(snapshot, as_of=moment, **by_field)
