"""The course of a patient as a strip: subtype, step, alerts, decisions over real time. Pure: places on a drawing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ildcare.drawing.axes import Span, percent, quarter_days

NARROWEST = 0.004  # share of the strip: a segment stays visible and can be pressed


@dataclass(frozen=True, slots=True, kw_only=True)
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
    def content(self) -> tuple[str, str, str, str]:
        """What makes one answer differ from another."""
        return (self.course, self.subtype, self.step, self.running)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch in which one lane says the same. `start` and `width` as shares of the strip; `at` leads back to it."""

    text: str
    start: float
    width: float
    at: datetime
    day: date
    until: date
    kind: str = ""

    @property
    def x(self) -> str:
        """Start as the drawing writes it."""
        return percent(self.start)

    @property
    def wide(self) -> str:
        """Width as the drawing writes it."""
        return percent(self.width)


@dataclass(frozen=True, slots=True)
class Mark:
    """A decision or judgement at its day; `x`: its place along the strip."""

    x: str
    sign: str
    text: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
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
        if not kept or kept[-1].content != answer.content:
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
    the first of them, which would otherwise look like "no alert".
    """
    if not answers:
        return None
    span = Span(answers[0].day, last, whole=True)
    lanes = [
        _lane(span, [(x.since, x.day, getattr(x, name), "") for x in answers])
        for name in ("subtype", "step", "running")
    ]
    watched = [(at, day, _counts(c, w), _grave(c, w)) for at, day, c, w in alerts]
    lanes.append(_lane(span, [(answers[0].since, span.first, unrecorded, "unrecorded"), *watched]))
    return Strip(
        first=span.first,
        last=last,
        lanes=tuple(zip(names, lanes, strict=True)),
        marks=tuple(Mark(span.across(day), sign, text, day) for day, sign, text in marks if span.holds(day)),
        ticks=tuple((span.across(day), day) for day in quarter_days(span)),
        answers=tuple(answers),
        left_out=left_out,
    )


def _lane(span: Span, steps: Sequence[tuple[datetime, date, str, str]]) -> tuple[Segment, ...]:
    """One segment for each change of text; stretches without text are gaps. Of one day the last word counts."""
    segments: list[Segment] = []
    changes = [x for n, x in enumerate(steps) if n == 0 or x[2:] != steps[n - 1][2:]]
    changes = [x for n, x in enumerate(changes) if n + 1 == len(changes) or changes[n + 1][1] != x[1]]
    for n, (at, day, text, kind) in enumerate(changes):
        end = changes[n + 1][1] if n + 1 < len(changes) else None
        start = span.share(day)
        stop = span.share(end) if end else 1.0
        if text and day <= span.last and stop > 0:
            width = min(max(stop - start, NARROWEST), 1 - start)
            until = end or span.last
            segments.append(Segment(text=text, start=start, width=width, at=at, day=day, until=until, kind=kind))
    return tuple(segments)


def _counts(critical: int, warnings: int) -> str:
    """Critical and other open alerts: "▲2 ◆1"; "" for none."""
    return " ".join(x for x in (f"▲{critical}" if critical else "", f"◆{warnings}" if warnings else "") if x)


def _grave(critical: int, warnings: int) -> str:
    if critical:
        return "critical"
    return "warning" if warnings else ""
