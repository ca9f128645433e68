"""The time line of a case as places for the server's SVG: lanes of boxes, bars and spans over real time. Pure.

Across, places are shares of the plot; upright they are pixels. Boxes are placed so that none lies on another in a plot
of `PLOT` pixels; in a wider one they stand farther apart. One that finds no room is a dot, and stands in the list that
says the same in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from algorithm.drawing.lettering import Extent, fitted, text_width
from ildcare.drawing.axes import Span, even_days, part, percent
from patients.clinical.wall_clock import start_of_day

PLOT = 700  # pixels: the drawing is shown where its plot has as many
LETTERS, SMALL, PADDING, GAP = 12, 11, 14, 6
LONGEST = 170  # pixels of a text in its box
BOX, BAR, DOTS = 36, 20, 12  # heights of a row of boxes, of a bar, of the row of dots
HEAD, LANE_GAP, INSIDE = 26, 6, 6
MOST_ROWS = 3
LEAST_LANE = 40
WIDTHS = {"narrow": float(PLOT), "wide": 1000.0}

DayLabel = Callable[[date], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened: two short lines, how it looks (`style`), everything in words (`title`).

    weight: the lightest find their room first; of equal ones the earlier.
    """

    at: datetime
    text: str
    more: str = ""
    style: str = ""
    title: str = ""
    weight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Something that went on from one moment to another (None: goes on)."""

    start: datetime
    stop: datetime | None
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch of time between what was indicated and what was done, in words."""

    start: datetime
    end: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is drawn: events of the three upper lanes, courses and differences of the lowest, and the moment chosen."""

    begin: datetime
    end: datetime
    zone: ZoneInfo
    lanes: tuple[tuple[Event, ...], ...]
    courses: tuple[Course, ...]
    differences: tuple[Difference, ...]
    at: datetime
    at_text: str


# -- what the template draws ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box at a moment: `dx` pixels from its place, so that none stands out of the plot; a dot without a width."""

    x: str
    y: float
    dx: float
    width: float
    text: str
    more: str
    style: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A course, or (`style`) the span of a difference. `text_x`: where its text begins, or ends."""

    x: str
    width: str
    y: float
    text: str
    title: str
    text_x: str = ""
    end: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane: where it begins, how high it is, its boxes."""

    top: float
    height: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A text at a place of the axis; `room`: the narrowest plot that has room for it."""

    x: str
    text: str
    room: str = "narrow"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDrawing:
    """The whole drawing. `now`: the moment chosen; `now_end`: its label stands before its line."""

    height: float
    lanes: tuple[Lane, ...]
    given_top: float
    given_height: float
    bars: tuple[Bar, ...]
    differences: tuple[Bar, ...]
    days: tuple[Mark, ...]
    now: Mark
    now_end: bool


def draw(scene: Scene, day_label: DayLabel) -> CaseDrawing:
    """The drawing of a scene; `day_label` writes the days of the axis."""
    lanes, top = [], float(HEAD)
    for events in scene.lanes:
        lane = _lane(scene, events, top)
        lanes.append(lane)
        top += lane.height + LANE_GAP
    bars = tuple(_bars(scene, top + INSIDE))
    below = max((x.y + BAR for x in bars), default=top + INSIDE)
    differences = tuple(_differences(scene, below))
    foot = max((x.y + BAR for x in differences), default=below)
    height = max(foot - top + INSIDE, LEAST_LANE)
    now = _share(scene, scene.at)
    return CaseDrawing(
        height=top + height,
        lanes=tuple(lanes),
        given_top=top,
        given_height=height,
        bars=bars,
        differences=differences,
        days=tuple(_days(scene, day_label)),
        now=Mark(percent(now), scene.at_text),
        now_end=now * PLOT + text_width(scene.at_text, LETTERS) + PADDING > PLOT,
    )


def _share(scene: Scene, at: datetime) -> float:
    return part(at - scene.begin, scene.end - scene.begin)


def _days(scene: Scene, day_label: DayLabel) -> Iterator[Mark]:
    first, last = scene.begin.astimezone(scene.zone).date(), (scene.end - timedelta(seconds=1)).astimezone(scene.zone)
    span = Span(first, last.date(), whole=True)
    days = [(x, day_label(x)) for x in even_days(first, span)]
    places = [_share(scene, start_of_day(day, scene.zone)) for day, _text in days]
    extents = [Extent(at, 0, text_width(text, SMALL) + PADDING) for at, (_day, text) in zip(places, days, strict=True)]
    for at, (_day, text), room in zip(places, days, fitted(extents, WIDTHS, inside=True), strict=True):
        if room:
            yield Mark(percent(at), text, room)


# -- boxes ------------------------------------------------------------------------------------------------------------


def _lane(scene: Scene, events: Sequence[Event], top: float) -> Lane:
    taken: list[list[tuple[float, float]]] = []
    boxes, left_over = [], []
    for event in sorted(events, key=lambda x: (x.weight, x.at)):
        at = _share(scene, event.at) * PLOT
        width = _width(event)
        dx = 0.0 if at + width <= PLOT else -width
        row = _row_for((at + dx, at + dx + width), taken)
        if row is None:
            left_over.append(event)
            continue
        boxes.append(_box(scene, event, top + INSIDE + row * (BOX + GAP), width, dx))
    under = top + INSIDE + len(taken) * (BOX + GAP)
    boxes += [_box(scene, x, under, 0.0, 0.0) for x in left_over]
    height = len(taken) * (BOX + GAP) + (DOTS if left_over else 0) + INSIDE
    return Lane(top, max(height, LEAST_LANE), tuple(boxes))


def _row_for(ends: tuple[float, float], taken: list[list[tuple[float, float]]]) -> int | None:
    """The first row in which there is room, which then holds it; None where no more rows may be begun."""
    for number, row in enumerate(taken):
        if all(ends[0] >= right + GAP or ends[1] + GAP <= left for left, right in row):
            row.append(ends)
            return number
    if len(taken) == MOST_ROWS:
        return None
    taken.append([ends])
    return len(taken) - 1


def _box(scene: Scene, event: Event, y: float, width: float, dx: float) -> Box:
    return Box(
        x=percent(_share(scene, event.at)),
        y=y,
        dx=dx,
        width=width,
        text=shortened(event.text, LETTERS),
        more=shortened(event.more, SMALL),
        style=event.style,
        title=event.title or f"{event.text} {event.more}".strip(),
    )


def _width(event: Event) -> float:
    lines = (shortened(event.text, LETTERS), LETTERS), (shortened(event.more, SMALL), SMALL)
    return max(text_width(text, size) for text, size in lines) + PADDING


def shortened(text: str, size: int) -> str:
    """As much of a text as a box holds."""
    if text_width(text, size) <= LONGEST:
        return text
    held = ""
    for letter in text:
        if text_width(f"{held}{letter}…", size) > LONGEST:
            break
        held += letter
    return f"{held.rstrip()}…"


# -- courses and differences ------------------------------------------------------------------------------------------


def _bars(scene: Scene, top: float) -> Iterator[Bar]:
    """Courses one below the other; those of one text share a line."""
    lines: dict[str, int] = {}
    for course in scene.courses:
        if course.start >= scene.end or (course.stop is not None and course.stop <= scene.begin):
            continue
        row = lines.setdefault(course.text, len(lines))
        yield _span(scene, course.start, course.stop or scene.end, top + row * (BAR + 2), course.text, course.title)


def _differences(scene: Scene, top: float) -> Iterator[Bar]:
    inside: Iterable[Difference] = (x for x in scene.differences if x.start < scene.end and x.end > scene.begin)
    for row, x in enumerate(inside):
        yield _span(scene, x.start, x.end, top + 2 + row * (BAR + 2), x.text, x.text)


def _span(scene: Scene, start: datetime, end: datetime, y: float, text: str, title: str) -> Bar:
    first, last = _share(scene, start), _share(scene, end)
    beyond = first * PLOT + text_width(text, LETTERS) + PADDING > PLOT
    return Bar(
        x=percent(first),
        width=percent(max(last - first, 0.004)),
        y=y,
        text=text,
        title=title or text,
        text_x=percent(last if beyond else first),
        end=beyond,
    )
