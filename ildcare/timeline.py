"""The treatment timeline as places for the server's SVG: one lane a drug, over an axis of real time. Pure.

Across, places are shares of the plot ("45.3%"), so that letters keep their size on every screen; upright they are
pixels. A text that only fits a wider plot carries the width it needs (`Text.room`), and the style sheet shows it there;
what is said by it stands in full in the table beside the drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ildcare.lettering import WIDTHS, Stretch, Text, axis_days, intervals, percent, pixels, room, rooms

LABEL, GAP = 17, 9  # pixels: the line of a lane's name, and the air below a lane
STEP_ROW, BLOCK_ROW, THIN_ROW, CYCLE_ROW, LEVEL_ROW = 34, 18, 8, 34, 30
STEP_TEXT = 12  # room above a step for its dose
LOWEST_STEP = 5
HEAD_ROW, AXIS = 15, 34
SHORTEST_FUTURE = 14  # days shown after today for a dose that is due, or as many as lie before it


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Given:
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
    """Day 0 of a step of the chart, or today."""

    day: date
    text: str
    today: bool = False


# -- what the template draws ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


def stretch_of(given: Sequence[Given], uprights: Iterable[Upright], today: date) -> Stretch:
    """From the first treatment or level to today, or on to a dose that is due, if that is not too far."""
    starts = [x.start for drug in given for x in drug.doses] + [x.day for drug in given for x in drug.samples]
    first = min([*starts, *(x.day for x in uprights), today])
    most = today + timedelta(days=max((today - first).days, SHORTEST_FUTURE))
    ends = [min(drug.due[1], most) for drug in given if drug.due]
    return Stretch(first, max([*ends, today]))


def draw(given: Sequence[Given], uprights: Sequence[Upright], today: date, day_text: dict[date, str]) -> Timeline:
    """The drawing of all drugs. `day_text`: how the reader writes the days of the axis (see `axis_days`)."""
    stretch = stretch_of(given, uprights, today)
    lines = tuple(_lines(uprights, stretch))
    head = max((x.text.y for x in lines), default=0.0) + 5
    lanes, top = [], head
    for drug in given:
        lanes.append(_lane(drug, stretch, top, today))
        top += lanes[-1].height + GAP
    zero = min((x.day for x in uprights if not x.today), default=None)
    days = tuple(_ticks([(x, day_text.get(x, x.isoformat())) for x in axis_days(stretch)], stretch, top + 12))
    therapy = tuple(_ticks(_therapy_days(zero, stretch), stretch, top + 27)) if zero else ()
    future = None
    if stretch.last > today:
        after = today + timedelta(days=1)
        future = Window(stretch.x(after), head, percent(stretch.wide(after, stretch.last)))
    routes = {x.route for drug in given if drug.manner == "steps" for x in drug.doses if x.route}
    return Timeline(top + AXIS, head, top, tuple(lanes), lines, days, therapy, future, tuple(sorted(routes)))


# -- lanes ------------------------------------------------------------------------------------------------------------


def _lane(drug: Given, stretch: Stretch, top: float, today: date) -> Lane:
    under = top + LABEL
    if drug.manner == "cycles":
        return _cycles(drug, stretch, top)
    bars = tuple(_bars(drug, stretch, under, today))
    foot = max((x.y + x.height for x in bars), default=under)
    levels = tuple(_levels(drug.samples, stretch, foot + 11))
    height = foot - top + (LEVEL_ROW if levels else 0)
    return Lane(drug.code, drug.name, drug.manner, top, height, bars, levels=levels)


def _bars(drug: Given, stretch: Stretch, top: float, today: date) -> Iterator[Bar]:
    """Treatments in rows, so that two given at one time are both seen."""
    row_height = {"steps": STEP_TEXT + STEP_ROW, "blocks": BLOCK_ROW, "thin": THIN_ROW}[drug.manner]
    rows = list(_in_rows(drug.doses, today))
    for row, dose in rows:
        width = stretch.wide(dose.start, dose.stop or today)
        height = _step_height(dose) if drug.manner == "steps" else row_height
        y = round(top + (row + 1) * row_height + row * 3 - height, 1)
        text = Text(stretch.x(dose.start), y + 13, dose.text, room(dose.text, width))
        if drug.manner == "steps":
            after = min((x.start for n, x in rows if n == row and x.start > dose.start), default=None)
            free = (stretch.share(after) if after else 1.0) - stretch.share(dose.start)
            text = Text(text.x, y - 3, dose.text, room(dose.text, free))
        elif drug.manner == "thin":
            text = Text(text.x, y, "", "")
        x = stretch.x(dose.start)
        yield Bar(dose.id, x, y, percent(width), height, dose.route, dose.stop is None, dose.title, text)


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


def _cycles(drug: Given, stretch: Stretch, top: float) -> Lane:
    """Numbered single doses with the window after each."""
    y = top + LABEL + 8
    doses = sorted(drug.doses, key=lambda x: (x.start, x.id))
    fitting = rooms([(stretch.share(x.start), x.text) for x in doses])
    marks = tuple(
        Mark(x.id, stretch.x(x.start), y, x.title, "", Text(stretch.x(x.start), y + 21, x.text, least))
        for x, least in zip(doses, fitting, strict=True)
    )
    due = None
    if drug.due and drug.due[0] <= stretch.last:
        due = Window(stretch.x(drug.due[0]), y - 8, percent(stretch.wide(*drug.due)))
    return Lane(
        drug.code,
        drug.name,
        drug.manner,
        top,
        LABEL + CYCLE_ROW,
        cycles=marks,
        nadirs=tuple(_nadirs(drug, doses, stretch, y - 8)),
        due=due,
    )


def _nadirs(drug: Given, doses: Sequence[Dose], stretch: Stretch, y: float) -> Iterator[Window]:
    if drug.nadir is None:
        return
    for dose in doses:
        first, last = (dose.start + timedelta(days=x) for x in drug.nadir)
        if first <= stretch.last:
            yield Window(stretch.x(first), y, percent(stretch.wide(first, min(last, stretch.last))))


def _levels(samples: Sequence[Sample], stretch: Stretch, y: float) -> Iterator[Mark]:
    ordered = sorted(samples, key=lambda x: (x.day, x.id))
    fitting = rooms([(stretch.share(x.day), x.text) for x in ordered])
    for sample, least in zip(ordered, fitting, strict=True):
        x = stretch.x(sample.day)
        yield Mark(sample.id, x, y, sample.title, sample.verdict, Text(x, y + 17, sample.text, least))


# -- axis and uprights ------------------------------------------------------------------------------------------------


def _lines(uprights: Sequence[Upright], stretch: Stretch) -> Iterator[Line]:
    """Uprights from left to right; a label that would touch the one before stands a row lower."""
    row, before = 0, None
    for upright in sorted(uprights, key=lambda x: (x.day, x.today)):
        share = stretch.share(upright.day + timedelta(days=upright.today))  # today is whole
        row = row + 1 if before is not None and (share - before) * WIDTHS["narrow"] < pixels(upright.text) else 0
        before = share
        end = (1 - share) * WIDTHS["narrow"] < pixels(upright.text)
        text = Text(percent(share), HEAD_ROW * (row + 1) - 3, upright.text, "narrow", end)
        yield Line(percent(share), text, upright.today)


def _therapy_days(zero: date, stretch: Stretch) -> list[tuple[date, str]]:
    """Days of therapy, counted from the first day 0."""
    left = (stretch.last - zero).days + 1
    return [(zero + timedelta(days=x), str(x)) for x in range(0, left, intervals(left))]


def _ticks(labels: Sequence[tuple[date, str]], stretch: Stretch, y: float) -> Iterator[Text]:
    fitting = rooms([(stretch.share(day), text) for day, text in labels], inside=True)
    for (day, text), least in zip(labels, fitting, strict=True):
        if least:
            yield Text(stretch.x(day), y, text, least)
