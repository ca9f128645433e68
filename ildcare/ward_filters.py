"""Filters and orders of the ward list: what stands in the address, who is shown, how many each choice would show.

Choices of one kind are alternatives, those of different kinds all hold. Nothing here names a patient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from ildcare.ranking import bed_key
from ildcare.ward_line import Line
from monitoring.models import Severity
from monitoring.rules import BY_CODE
from patients.wording import code_name, translated

EVERY_WARD = "all"
UNDECIDED = "undecided"  # the chart has no single answer
KINDS = ("consultant", "subtype", "step", "alert")
TICKS = ("changed", "unseen")
SORTS = ("danger", "changed", "bed", "name")
MOST_CHOICES, LONGEST = 12, 100  # of one kind; characters of one value
SEVERITIES = ("critical", "warning", "info")


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
        found = [("ward", self.ward)] if self.ward else []
        found += [(kind, value) for kind in KINDS for value in self.chosen.get(kind, ())]
        found += [(tick, "1") for tick in TICKS if tick in self.ticks]
        return found + ([("sort", self.sort)] if self.sort != SORTS[0] else [])

    @property
    def query(self) -> str:
        """ "?ward=east-7&step=T3", or "?" without any."""
        return f"?{urlencode(self.pairs())}"

    def stored(self) -> dict[str, str | list[str]]:
        """As a saved view keeps it."""
        kept: dict[str, str | list[str]] = {}
        for name, value in self.pairs():
            kept[name] = [*kept.get(name, []), value] if name in KINDS else value
        return kept

    def without(self, name: str, value: str = "") -> Filters:
        """The same filters but for one choice or tick."""
        left = {kind: tuple(x for x in given if (kind, x) != (name, value)) for kind, given in self.chosen.items()}
        return Filters(self.ward, self.sort, left, self.ticks - {name})

    def cleared(self) -> Filters:
        """The whole ward, in the same order."""
        return Filters(self.ward, self.sort)

    def admit(self, line: Line, but: str = "") -> bool:
        """Does a line pass all filters (but those of one kind)?"""
        kinds = all(set(given) & values_of(line, kind) for kind, given in self.chosen.items() if given and kind != but)
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


def _values(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(x[:LONGEST] for x in given if x))[:MOST_CHOICES]


def values_of(line: Line, kind: str) -> frozenset[str]:
    """By which choices of a kind a line is found."""
    if kind == "alert":
        return line.alert_keys
    given = {"consultant": line.consultant, "subtype": line.subtype, "step": line.step}[kind]
    return frozenset({given or UNDECIDED})


def _changed(line: Line) -> bool:
    return line.changes is not None and line.changes.any


def _unseen(line: Line) -> bool:
    return not line.seen_today


TEST_OF: dict[str, Callable[[Line], bool]] = {"changed": _changed, "unseen": _unseen}


# -- order ------------------------------------------------------------------------------------------------------------


def ordered(lines: Iterable[Line], sort: str) -> list[Line]:
    """Lines that come most endangered first, in another order; equal ones stay so."""
    given = list(lines)
    if sort == "changed":
        return sorted(given, key=lambda x: tuple(-n for n in x.changes.weight) if x.changes else ())
    if sort == "bed":
        return sorted(given, key=lambda x: (x.ward_code, bed_key(x.bed)))
    if sort == "name":
        return sorted(given, key=lambda x: (x.patient.family_kana or x.patient.family_name, x.patient.given_name))
    return given


# -- what can be chosen -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a filter: how many lines it would show together with the filters of the other kinds."""

    value: str
    label: str
    count: int
    chosen: bool


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
        "changed": _("Changed since my last round"),
        "unseen": _("Not seen today"),
    }[kind]


def value_label(kind: str, value: str) -> str:
    """A choice in the reader's words."""
    if value == UNDECIDED:
        return _("nobody named") if kind == "consultant" else _("undecided")
    if kind == "step":
        return code_name(value) if value == "observation" else value
    if kind == "alert" and value in SEVERITIES:
        return _("%(severity)s, not acknowledged") % {"severity": Severity[value.upper()].label}
    return translated(BY_CODE[value].title) if kind == "alert" and value in BY_CODE else value


def options(lines: Sequence[Line], filters: Filters) -> Iterator[tuple[str, str, list[Option]]]:
    """Of each kind its name, label and choices: what the lines have, and what is chosen although none has it."""
    for kind in KINDS:
        counts: dict[str, int] = dict.fromkeys(filters.chosen.get(kind, ()), 0)
        for line in lines:
            if filters.admit(line, but=kind):
                for value in values_of(line, kind):
                    counts[value] = counts.get(value, 0) + 1
        yield kind, kind_label(kind), [_option(kind, value, counts[value], filters) for value in _sorted(kind, counts)]


def _option(kind: str, value: str, count: int, filters: Filters) -> Option:
    return Option(value, value_label(kind, value), count, value in filters.chosen.get(kind, ()))


def _sorted(kind: str, values: Iterable[str]) -> list[str]:
    """Severities first, by gravity; what is undecided last; the rest by name."""

    def key(value: str) -> tuple[int, str]:
        if value in SEVERITIES and kind == "alert":
            return SEVERITIES.index(value) - len(SEVERITIES), ""
        return int(value == UNDECIDED), value_label(kind, value)

    return sorted(values, key=key)


def ticks(lines: Sequence[Line], filters: Filters) -> list[Option]:
    """The filters that are on or off."""
    return [
        Option(
            tick,
            kind_label(tick),
            sum(filters.admit(x, but=tick) and TEST_OF[tick](x) for x in lines),
            tick in filters.ticks,
        )
        for tick in TICKS
    ]


def chips(filters: Filters) -> list[Chip]:
    """One for each filter that is on."""
    found = [
        Chip(f"{kind_label(kind)}: {value_label(kind, value)}", filters.without(kind, value).query)
        for kind in KINDS
        for value in filters.chosen.get(kind, ())
    ]
    return found + [Chip(kind_label(tick), filters.without(tick).query) for tick in TICKS if tick in filters.ticks]
