"""The cohort in groups: numbers, curves, and what is not shown because a group is small. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ildcare.cohort.members import Member
from ildcare.cohort.survival import Curve, curve_of

FEWEST = 5  # [J] persons below whom a group is not shown: a single one could be recognised
By = Literal["subtype", "course", "antibody", "era", "first_step", "course_step"]
BY: tuple[By, ...] = ("subtype", "course", "antibody", "era", "first_step", "course_step")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Persons in groups. shown: the curve of each group, in the order of `BY`'s values; hidden: how many groups are too
    small to be shown, and how many persons they have together. without_day0: persons in no curve."""

    people: int
    without_day0: int
    shown: Mapping[str, Curve]
    hidden_groups: int
    hidden_people: int
    every: Curve | None


def cohort_of(members: Sequence[Member], by: By, fewest: int = FEWEST) -> Cohort:
    """The persons with a day 0, by one of their traits. A group below `fewest` is not shown; where that leaves one
    hidden group alone, the next smallest is hidden too: else it would be what is missing to the whole."""
    groups: dict[str, list[Member]] = defaultdict(list)
    for x in members:
        if x.days is not None:
            groups[_value(x, by)].append(x)
    hidden = _hidden({name: len(group) for name, group in groups.items()}, fewest)
    shown = {name: _curve(groups[name]) for name in sorted(groups) if name not in hidden}
    followed = [x for group in groups.values() for x in group]
    return Cohort(
        people=len(members),
        without_day0=len(members) - len(followed),
        shown=shown,
        hidden_groups=len(hidden),
        hidden_people=sum(len(groups[x]) for x in hidden),
        every=_curve(followed) if len(followed) >= fewest else None,
    )


def _value(member: Member, by: By) -> str:
    return f"{member.course} {member.first_step}" if by == "course_step" else str(getattr(member, by))


def _hidden(sizes: Mapping[str, int], fewest: int) -> set[str]:
    smallest_first = sorted(sizes, key=lambda x: (sizes[x], x))
    hidden = {x for x in sizes if sizes[x] < fewest}
    if hidden and sum(sizes[x] for x in hidden) < fewest:
        hidden |= set(smallest_first[len(hidden) : len(hidden) + 1])
    return hidden


def _curve(group: Iterable[Member]) -> Curve:
    return curve_of(x.followed for x in group if x.followed is not None)


def counted(members: Iterable[Member], by: By) -> Counter[str]:
    """How many persons have each value of a trait, with or without a day 0."""
    return Counter(_value(x, by) for x in members)
