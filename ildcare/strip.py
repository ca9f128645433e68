"""The course of a patient as a strip: subtype, step, alerts, decisions over real time. Pure: places on a drawing.

Widths are shares of the strip in thousandths, so that it fills any screen and its letters keep their size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

WIDE = 1000  # thousandths
NARROWEST = 4  # a segment stays visible and can be pressed


def share(thousandths: int) -> str:
    """ "45.3%"."""
    return f"{thousandths // 10}.{thousandths % 10}%"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the chart said from a moment on, with what was known then. Steps and subtypes are ready texts."""

    since: datetime
    day: date
    course: str
    subtype: str
    step: str
    running: str
    sentences: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[str, str, str, str]:
        """What makes one answer differ from another."""
        return (self.course, self.subtype, self.step, self.running)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch in which one lane says the same. `from_` and `width` in thousandths; `at` leads back to its start."""

    text: str
    from_: int
    width: int
    at: datetime
    day: date
    until: date
    kind: str = ""

    @property
    def x(self) -> str:
        """Start as a share of the strip."""
        return share(self.from_)

    @property
    def wide(self) -> str:
        """Width as a share of the strip."""
        return share(self.width)


@dataclass(frozen=True, slots=True)
class Mark:
    """A decision or judgement at its day."""

    place: int
    sign: str
    text: str
    day: date

    @property
    def x(self) -> str:
        """Place as a share of the strip."""
        return share(self.place)


@dataclass(frozen=True, slots=True)
class Strip:
    """Lanes by name, marks, labels of the axis."""

    first: date
    last: date
    lanes: tuple[tuple[str, tuple[Segment, ...]], ...]
    marks: tuple[Mark, ...]
    ticks: tuple[tuple[str, date], ...]
    answers: tuple[Answer, ...]
    left_out: int


def merged(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """Answers that repeat the one before are left out."""
    kept: list[Answer] = []
    for answer in answers:
        if not kept or kept[-1].said != answer.said:
            kept.append(answer)
    return tuple(kept)


def strip_of(
    answers: Sequence[Answer],
    alerts: Sequence[tuple[datetime, date, int, int]],
    marks: Iterable[tuple[date, str, str]],
    last: date,
    names: Sequence[str],
    left_out: int = 0,
    unrecorded: str = "",
) -> Strip | None:
    """The strip up to `last`; None without an answer. `names`: of the lanes subtype, step, running step, alerts.

    `alerts`: moment, day, open critical alerts, open warnings from then on. `unrecorded`: text of the stretch before
    the first of them, which would else look like "no alert".
    """
    if not answers:
        return None
    first = answers[0].day
    lanes = [
        _lane(first, last, [(x.since, x.day, getattr(x, name), "") for x in answers])
        for name in ("subtype", "step", "running")
    ]
    watched = [(at, day, _counts(c, w), _grave(c, w)) for at, day, c, w in alerts]
    lanes.append(_lane(first, last, [(answers[0].since, first, unrecorded, "unrecorded"), *watched]))
    placed = tuple(Mark(place(day, first, last), sign, text, day) for day, sign, text in marks if first <= day <= last)
    return Strip(
        first, last, tuple(zip(names, lanes, strict=True)), placed, _ticks(first, last), tuple(answers), left_out
    )


def place(day: date, first: date, last: date) -> int:
    """Thousandths of the strip at the start of a day; the last day is as wide as any."""
    days = (last - first).days + 1
    return min(WIDE, max(0, (day - first).days * WIDE // days))


def _lane(first: date, last: date, steps: Sequence[tuple[datetime, date, str, str]]) -> tuple[Segment, ...]:
    """One segment for each change of text; stretches without text are gaps. Of one day the last word counts."""
    found: list[Segment] = []
    changes = [x for n, x in enumerate(steps) if n == 0 or x[2:] != steps[n - 1][2:]]
    changes = [x for n, x in enumerate(changes) if n + 1 == len(changes) or changes[n + 1][1] != x[1]]
    for n, (at, day, text, kind) in enumerate(changes):
        end = changes[n + 1][1] if n + 1 < len(changes) else None
        start = place(max(day, first), first, last)
        stop = place(end, first, last) if end else WIDE
        if text and day <= last and stop > 0:
            width = min(max(stop - start, NARROWEST), WIDE - start)
            found.append(Segment(text, start, width, at, day, end or last, kind))
    return tuple(found)


def _counts(critical: int, warnings: int) -> str:
    """Critical and other open alerts: "▲2 ◆1"; "" for none."""
    return " ".join(x for x in (f"▲{critical}" if critical else "", f"◆{warnings}" if warnings else "") if x)


def _grave(critical: int, warnings: int) -> str:
    if critical:
        return "critical"
    return "warning" if warnings else ""


def _ticks(first: date, last: date) -> tuple[tuple[str, date], ...]:
    """Four or fewer days to name below the strip."""
    days = (last - first).days
    shares = (0, 1, 2, 3) if days >= 12 else (0,)
    found = [date.fromordinal(first.toordinal() + days * n // 4) for n in shares]
    return tuple((share(place(x, first, last)), x) for x in found)
