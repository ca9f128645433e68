"""Filters and orders of the ward list: what stands in the address, who is shown, how many each choice would show.

Choices of one kind are alternatives, those of different kinds all hold. Nothing here names a patient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from ildcare.ward.line import Line
from ildcare.ward.ranking import bed_key
from monitoring.engine import Severity
from monitoring.rules import BY_CODE
from patients.wording import short_name_of, translated

EVERY_WARD = "all"
UNDECIDED = "undecided"  # the chart has no single answer
KINDS = ("consultant", "subtype", "step", "alert")
TICKS = ("mine", "changed", "unseen", "waiting", "level")
SORTS = ("danger", "changed", "bed", "name")
MOST_CHOICES, LONGEST = 12, 100  # of one kind; characters of one value
SEVERITIES = tuple(x.label for x in sorted(Severity, reverse=True))


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for: choices by kind, the ticks that are set, ward and order."""

    ward: str = ""
    sort: str = SORTS[0]
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ticks: frozenset[str] = frozenset()

    @property
    def on(self) -> bool:
        """Somebody may be left out."""
        return bool(self.ticks) or any(self.chosen.values())

    def pairs(self) -> list[tuple[str, str]]:
        """As pairs of an address, always in the same order; what is as usual is left out."""
        pairs = [("ward", self.ward)] if self.ward else []
        pairs += [(kind, value) for kind in KINDS for value in self.chosen.get(kind, ())]
        pairs += [(tick, "1") for tick in TICKS if tick in self.ticks]
        return pairs + ([("sort", self.sort)] if self.sort != SORTS[0] else [])

    @property
    def query(self) -> str:
        """ "?ward=east-7&step=T3", or "?" without any."""
        return f"?{urlencode(self.pairs())}"

    @property
    def but_sort(self) -> list[tuple[str, str]]:
        """The pairs of the address without the order."""
        return [x for x in self.pairs() if x[0] != "sort"]

    def stored(self) -> dict[str, str | list[str]]:
        """As a saved view keeps it."""
        kept: dict[str, str | list[str]] = {}
        for name, value in self.pairs():
            kept[name] = [*kept.get(name, []), value] if name in KINDS else value
        return kept

    def without(self, name: str, value: str = "") -> Filters:
        """The same filters but for one choice or tick."""
        left = {kind: tuple(x for x in values if (kind, x) != (name, value)) for kind, values in self.chosen.items()}
        return Filters(self.ward, self.sort, left, self.ticks - {name})

    def turned(self, tick: str) -> Filters:
        """The same with a tick set that is not, or without it."""
        return replace(self, ticks=self.ticks ^ {tick})

    def cleared(self) -> Filters:
        """The whole ward, in the same order."""
        return Filters(self.ward, self.sort)

    def admit(self, line: Line, but: str = "") -> bool:
        """Does a line pass all filters (but those of one kind)?"""
        kinds = all(
            set(values) & values_of(line, kind) for kind, values in self.chosen.items() if values and kind != but
        )
        return kinds and all(TEST_OF[tick](line) for tick in self.ticks if tick != but)


def read_filters(query: QueryDict) -> Filters:
    """Filters out of an address. Whatever it does not know is left out; what no patient has is kept, and shows."""
    chosen = {kind: _values(query.getlist(kind)) for kind in KINDS}
    sort = query.get("sort", "")
    return Filters(
        query.get("ward", "")[:LONGEST],
        sort if sort in SORTS else SORTS[0],
        {kind: values for kind, values in chosen.items() if values},
        frozenset(tick for tick in TICKS if query.get(tick) == "1"),
    )


def filters_from(stored: Mapping[str, str | Sequence[str]]) -> Filters:
    """Filters out of a saved view."""
    query = QueryDict(mutable=True)
    for name, value in stored.items():
        query.setlist(name, [value] if isinstance(value, str) else list(value))
    return read_filters(query)


def _values(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(x[:LONGEST] for x in texts if x))[:MOST_CHOICES]


def values_of(line: Line, kind: str) -> frozenset[str]:
    """By which choices of a kind a line is found."""
    if kind == "alert":
        return line.alert_keys
    value = {"consultant": line.consultant, "subtype": line.subtype, "step": line.step}[kind]
    return frozenset({value or UNDECIDED})


TEST_OF: dict[str, Callable[[Line], bool]] = {
    "mine": lambda line: line.mine,
    "changed": lambda line: line.changes.consequence,
    "unseen": lambda line: not line.seen_today,
    "waiting": lambda line: line.unacknowledged > 0,
    "level": lambda line: line.level_due,
}


# -- order ------------------------------------------------------------------------------------------------------------


def ordered(lines: Iterable[Line], sort: str) -> list[Line]:
    """Lines that come most endangered first, in another order; equal ones stay so."""
    by_danger = list(lines)
    if sort == "changed":
        return sorted(by_danger, key=lambda x: tuple(-n for n in x.changes.weight))
    if sort == "bed":
        return sorted(by_danger, key=lambda x: (x.ward_code, bed_key(x.bed)))
    if sort == "name":
        return sorted(by_danger, key=lambda x: (x.patient.family_kana or x.patient.family_name, x.patient.given_name))
    return by_danger


# -- what can be chosen -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a filter: how many lines it would show together with the filters of the other kinds; `query`: the
    address of the list with it, or without where it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool
    query: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address of the list without it."""

    label: str
    query: str


def kind_label(kind: str) -> str:
    """Name of a kind of filter."""
    return {
        "consultant": _("Consultant"),
        "subtype": _("Subtype"),
        "step": _("Step"),
        "alert": _("Open alert"),
        "mine": _("Mine"),
        "changed": _("Changed"),
        "unseen": _("Not seen"),
        "waiting": _("Alert"),
        "level": _("Level late"),
    }[kind]


def value_label(kind: str, value: str) -> str:
    """A choice in the reader's words."""
    if value == UNDECIDED:
        return _("nobody named") if kind == "consultant" else _("undecided")
    if kind == "step":
        return short_name_of("step", value)
    if kind == "alert" and value in SEVERITIES:
        return _("%(severity)s, not acknowledged") % {"severity": translated(value)}
    return translated(BY_CODE[value].title) if kind == "alert" and value in BY_CODE else value


def options(lines: Sequence[Line], filters: Filters) -> Iterator[tuple[str, str, list[Option]]]:
    """Of each kind its name, label and choices: what the lines have, and what is chosen although none has it."""
    for kind in KINDS:
        counts: dict[str, int] = dict.fromkeys(filters.chosen.get(kind, ()), 0)
        for line in lines:
            if filters.admit(line, but=kind):
                for value in values_of(line, kind):
                    counts[value] = counts.get(value, 0) + 1
        chosen = filters.chosen.get(kind, ())
        choices = [
            Option(value=x, label=value_label(kind, x), count=counts[x], chosen=x in chosen)
            for x in _sorted(kind, counts)
        ]
        yield kind, kind_label(kind), choices


def _sorted(kind: str, values: Iterable[str]) -> list[str]:
    """Severities first, by gravity; what is undecided last; the rest by name."""

    def key(value: str) -> tuple[int, str]:
        if value in SEVERITIES and kind == "alert":
            return SEVERITIES.index(value) - len(SEVERITIES), ""
        return int(value == UNDECIDED), value_label(kind, value)

    return sorted(values, key=key)


def ticks(lines: Sequence[Line], filters: Filters) -> list[Option]:
    """The filters that are set or not, with the number of lines that each would show."""
    return [
        Option(
            value=tick,
            label=kind_label(tick),
            count=sum(filters.admit(x, but=tick) and TEST_OF[tick](x) for x in lines),
            chosen=tick in filters.ticks,
            query=filters.turned(tick).query,
        )
        for tick in TICKS
    ]


def chips(filters: Filters) -> list[Chip]:
    """One for each filter that is on."""
    choices = [
        Chip(f"{kind_label(kind)}: {value_label(kind, value)}", filters.without(kind, value).query)
        for kind in KINDS
        for value in filters.chosen.get(kind, ())
    ]
    return choices + [Chip(kind_label(tick), filters.without(tick).query) for tick in TICKS if tick in filters.ticks]
