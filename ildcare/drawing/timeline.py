"""The treatment timeline as places for the server's SVG: one lane a drug, over an axis of real time. Pure.

Across, places are shares of the plot ("45.3%"), so that letters keep their size on every screen; upright they are
pixels. A text that only fits a wider plot carries the width it needs (`Text.room`), and the style sheet shows it there;
what is said by it stands in full in the table beside the drawing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from algorithm.drawing.lettering import Extent, fitted, narrowest, text_width
from ildcare.drawing.axes import DayText, Span, even_days, percent

LABEL, GAP = 17, 9  # pixels: the line of a lane's name, and the air below a lane
STEP_ROW, BLOCK_ROW, THIN_ROW, CYCLE_ROW, LEVEL_ROW = 34, 18, 8, 34, 30
STEP_TEXT = 12  # room above a step for its dose
LOWEST_STEP = 5
HEAD_ROW, AXIS = 15, 34
LETTERS, PADDING = 11, 8  # pixels: size of the letters, and air around a text
WIDTHS = {"narrow": 300, "middle": 620, "wide": 1000}  # pixels of the plot for which texts are fitted
SHORTEST_FUTURE = 14  # days shown after today for a dose that is due, or as many as lie before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """One treatment: its first and last day (None: running). `share` is its part of the highest dose, 0 to 1."""

    id: str
    start: date
    stop: date | None
    text: str
    title: str
    route: str = ""
    share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A drug level. `verdict`: within, low, high, or "" where it cannot be judged."""

    id: str
    day: date
    text: str
    title: str
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """One drug: its treatments and levels. `manner`: steps, blocks, cycles or thin. `nadir`: days after each cycle."""

    code: str
    name: str
    manner: str
    doses: tuple[Dose, ...]
    samples: tuple[Sample, ...] = ()
    nadir: tuple[int, int] | None = None
    due: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class Upright:
    """Day 0 of a step of the chart, today, or what happened on a day (`event`), from which no day is counted."""

    day: date
    text: str
    today: bool = False
    event: bool = False


# -- what the template draws ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """A text at a place; `room`: the narrowest plot that has room for it, "" for none; `end`: the place is its end."""

    x: str
    y: float
    text: str
    room: str
    end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A treatment from its first to its last day."""

    id: str
    x: str
    y: float
    width: str
    height: float
    route: str
    running: bool
    title: str
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A single dose (its number) or a level (its value)."""

    id: str
    x: str
    y: float
    title: str
    verdict: str
    text: Text


@dataclass(frozen=True, slots=True)
class Window:
    """Days after a cycle, or between which the next one is due."""

    x: str
    y: float
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One drug."""

    code: str
    name: str
    manner: str
    top: float
    height: float
    bars: tuple[Bar, ...] = ()
    cycles: tuple[Mark, ...] = ()
    levels: tuple[Mark, ...] = ()
    nadirs: tuple[Window, ...] = ()
    due: Window | None = None

    @property
    def name_at(self) -> float:
        """Foot of the letters of its name."""
        return self.top + 12


@dataclass(frozen=True, slots=True)
class Line:
    """An upright through all lanes, labelled above them."""

    x: str
    text: Text
    today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The drawing. `future` begins at today, where the axis goes on beyond it."""

    height: float
    head: float
    foot: float
    lanes: tuple[Lane, ...]
    lines: tuple[Line, ...]
    days: tuple[Text, ...]
    therapy: tuple[Text, ...]
    future: Window | None
    uses_routes: tuple[str, ...] = ()

    @property
    def plot(self) -> float:
        """Height of all lanes."""
        return self.foot - self.head


def _span(drugs: Sequence[Drug], uprights: Iterable[Upright], today: date) -> Span:
    """From the first treatment or level to today, or on to a dose that is due, if that is not too far."""
    starts = [x.start for drug in drugs for x in drug.doses] + [x.day for drug in drugs for x in drug.samples]
    first = min([*starts, *(x.day for x in uprights), today])
    most = today + timedelta(days=max((today - first).days, SHORTEST_FUTURE))
    ends = [min(drug.due[1], most) for drug in drugs if drug.due]
    return Span(first, max([*ends, today]), whole=True)


def draw(drugs: Sequence[Drug], uprights: Sequence[Upright], today: date, day_text: DayText) -> Timeline:
    """The drawing of all drugs; `day_text` writes the days of the axis."""
    span = _span(drugs, uprights, today)
    lines = tuple(_lines(uprights, span))
    head = max((x.text.y for x in lines), default=0.0) + 5
    lanes, top = [], head
    for drug in drugs:
        lanes.append(_lane(drug, span, top, today))
        top += lanes[-1].height + GAP
    zero = min((x.day for x in uprights if not (x.today or x.event)), default=None)
    days = tuple(_ticks([(x, day_text(x)) for x in even_days(span.first, span)], span, top + 12))
    since_zero = [(x, str((x - zero).days)) for x in even_days(zero, span)] if zero else []
    future = None
    if span.last > today:
        after = today + timedelta(days=1)
        future = Window(span.across(after), head, percent(span.wide(after, span.last)))
    routes = {x.route for drug in drugs if drug.manner == "steps" for x in drug.doses if x.route}
    return Timeline(
        height=top + AXIS,
        head=head,
        foot=top,
        lanes=tuple(lanes),
        lines=lines,
        days=days,
        therapy=tuple(_ticks(since_zero, span, top + 27)),
        future=future,
        uses_routes=tuple(sorted(routes)),
    )


# -- lanes ------------------------------------------------------------------------------------------------------------


def _lane(drug: Drug, span: Span, top: float, today: date) -> Lane:
    under = top + LABEL
    if drug.manner == "cycles":
        return _cycles(drug, span, top)
    bars = tuple(_bars(drug, span, under, today))
    foot = max((x.y + x.height for x in bars), default=under)
    rows = _level_rows(drug.samples)
    levels = tuple(x for n, row in enumerate(rows) for x in _levels(row, span, foot + 11 + n * LEVEL_ROW))
    height = foot - top + LEVEL_ROW * len(rows)
    return Lane(code=drug.code, name=drug.name, manner=drug.manner, top=top, height=height, bars=bars, levels=levels)


def _bars(drug: Drug, span: Span, top: float, today: date) -> Iterator[Bar]:
    """Treatments in rows, so that two given at one time are both seen."""
    row_height = {"steps": STEP_TEXT + STEP_ROW, "blocks": BLOCK_ROW, "thin": THIN_ROW}[drug.manner]
    rows = list(_in_rows(drug.doses, today))
    for row, dose in rows:
        width = span.wide(dose.start, dose.stop or today)
        height = _step_height(dose) if drug.manner == "steps" else row_height
        y = round(top + (row + 1) * row_height + row * 3 - height, 1)
        text = Text(span.across(dose.start), y + 13, dose.text, _room(dose.text, width))
        if drug.manner == "steps":
            after = min((x.start for n, x in rows if n == row and x.start > dose.start), default=None)
            free = (span.share(after) if after else 1.0) - span.share(dose.start)
            text = Text(text.x, y - 3, dose.text, _room(dose.text, free))
        elif drug.manner == "thin":
            text = Text(text.x, y, "", "")
        yield Bar(
            id=dose.id,
            x=text.x,
            y=y,
            width=percent(width),
            height=height,
            route=dose.route,
            running=dose.stop is None,
            title=dose.title,
            text=text,
        )


def _step_height(dose: Dose) -> float:
    """Pixels of a dose; one without an amount is as high as the highest."""
    share = 1.0 if dose.share is None else float(dose.share)
    return max(round(share * STEP_ROW, 1), LOWEST_STEP)


def _in_rows(doses: Sequence[Dose], today: date) -> Iterator[tuple[int, Dose]]:
    """Each treatment in the first row that is free on its first day."""
    free_from: list[date] = []
    for dose in sorted(doses, key=lambda x: (x.start, x.id)):
        row = next((n for n, day in enumerate(free_from) if day <= dose.start), len(free_from))
        after = max(dose.stop or today, dose.start) + timedelta(days=1)
        free_from[row : row + 1] = [after]  # a new row if there is none
        yield row, dose


def _cycles(drug: Drug, span: Span, top: float) -> Lane:
    """Numbered single doses with the window after each."""
    y = top + LABEL + 8
    doses = sorted(drug.doses, key=lambda x: (x.start, x.id))
    texts = _texts([(x.start, x.text) for x in doses], span, y + 21)
    marks = tuple(
        Mark(id=x.id, x=text.x, y=y, title=x.title, verdict="", text=text) for x, text in zip(doses, texts, strict=True)
    )
    due = None
    if drug.due and drug.due[0] <= span.last:
        due = Window(span.across(drug.due[0]), y - 8, percent(span.wide(*drug.due)))
    return Lane(
        code=drug.code,
        name=drug.name,
        manner=drug.manner,
        top=top,
        height=LABEL + CYCLE_ROW,
        cycles=marks,
        nadirs=tuple(_nadirs(drug, doses, span, y - 8)),
        due=due,
    )


def _nadirs(drug: Drug, doses: Sequence[Dose], span: Span, y: float) -> Iterator[Window]:
    if drug.nadir is None:
        return
    for dose in doses:
        first, last = (dose.start + timedelta(days=x) for x in drug.nadir)
        if first <= span.last:
            yield Window(span.across(first), y, percent(span.wide(first, min(last, span.last))))


def _level_rows(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Levels of one day below each other: a mark must not lie on another (trough and C2 of a morning)."""
    rows: list[list[Sample]] = []
    placed: Counter[date] = Counter()
    for sample in sorted(samples, key=lambda x: (x.day, x.id)):
        if placed[sample.day] == len(rows):
            rows.append([])
        rows[placed[sample.day]].append(sample)
        placed[sample.day] += 1
    return rows


def _levels(ordered: Sequence[Sample], span: Span, y: float) -> Iterator[Mark]:
    for x, text in zip(ordered, _texts([(x.day, x.text) for x in ordered], span, y + 17), strict=True):
        yield Mark(id=x.id, x=text.x, y=y, title=x.title, verdict=x.verdict, text=text)


# -- axis and uprights ------------------------------------------------------------------------------------------------


def _lines(uprights: Sequence[Upright], span: Span) -> Iterator[Line]:
    """Uprights from left to right; a label that would touch the one before stands a row lower."""
    row, before = 0, None
    for upright in sorted(uprights, key=lambda x: (x.day, x.today)):
        share = span.share(upright.day + timedelta(days=upright.today))  # today is whole
        row = row + 1 if before is not None and _room(upright.text, share - before) != "narrow" else 0
        before = share
        end = _room(upright.text, 1 - share) != "narrow"
        text = Text(percent(share), HEAD_ROW * (row + 1) - 3, upright.text, "narrow", end)
        yield Line(percent(share), text, upright.today)


def _ticks(labels: Sequence[tuple[date, str]], span: Span, y: float) -> Iterator[Text]:
    return (x for x in _texts(labels, span, y, inside=True) if x.room)


# -- texts ------------------------------------------------------------------------------------------------------------


def _room(text: str, share: float) -> str:
    """The narrowest plot in which a share holds a text."""
    return narrowest(text_width(text, LETTERS) + PADDING, share, WIDTHS) if text else ""


def _texts(labels: Sequence[tuple[date, str]], span: Span, y: float, *, inside: bool = False) -> list[Text]:
    """Texts that begin at their days, from left to right, each with the narrowest plot in which it has room."""
    extents = [Extent(span.share(day), 0, text_width(text, LETTERS) + PADDING) for day, text in labels]
    rooms = fitted(extents, WIDTHS, inside=inside)
    return [Text(span.across(day), y, text, room) for (day, text), room in zip(labels, rooms, strict=True)]
