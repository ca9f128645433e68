"""What a sheet of values shows: each line with the value before, the box, its flag, its question, its refusal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ildcare.morning.boxes import AIR, OWN_CLOCK, PAIRED, PanelRows, panels_for, takes_kit
from ildcare.morning.reading import BoxReading, Oxygen, SheetReading
from monitoring.limits import beyond, expected, place_of, position
from patients.clinical.drug_levels import running_on
from patients.clinical.drugs import LEVEL_ROUTES, TIMINGS
from patients.clinical.facts import Measurement
from patients.clinical.findings import DEVICES
from patients.clinical.measurement_type import Reference
from patients.clinical.measurements import MEASUREMENTS, PANELS
from patients.clinical.oxygen import estimated_ratio
from patients.clinical.quantities import Quantity
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth
from patients.dose_words import running_text
from patients.models.choices import choices_of
from patients.result_words import oxygen_text
from patients.wording import listed, name_of, number_text, short_day, translated, value_text

FLAGS = {"high": "H", "low": "L"}
WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What stands beside and under one box, and changes while it is typed in: flag, conversion, question, refusal."""

    key: str
    readings: tuple[BoxReading, ...] = ()
    flag: str = ""
    flag_words: str = ""
    within: str = ""

    @property
    def state(self) -> str:
        """asks, refused, or nothing that waits."""
        if any(x.refused for x in self.readings):
            return "refused"
        return "asks" if any(x.asks for x in self.readings) else ""

    @property
    def waits(self) -> bool:
        """Does every question about it wait without holding up the rest?"""
        return all(x.question is None or x.question.may_wait for x in self.readings)

    @property
    def note(self) -> str:
        """How it was read."""
        return next((x.note for x in self.readings if x.note), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One test of the sheet. Names of boxes begin with `prefix`. `kits`: those of the catalogue, of which `kit` is
    chosen; a kit that is none of them, or of a test without any, is written."""

    code: str
    prefix: str
    label: str
    name: str
    before: str
    before_day: str
    value: str
    unit: str
    units: tuple[tuple[str, str], ...]
    answers: tuple[tuple[str, str], ...]
    mark: Mark
    takes_kit: bool = False
    kits: tuple[tuple[str, str], ...] = ()
    kit: str = ""
    kit_name: str = ""
    level: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        """Names this line on the page."""
        return f"{self.prefix}{self.code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel of the sheet."""

    code: str
    name: str
    lines: tuple[Line, ...]
    folded: tuple[Line, ...]
    has_clock: bool
    clock: str
    clock_fault: str

    @property
    def folded_names(self) -> str:
        """What is folded, in a line."""
        return listed(x.label for x in self.folded)


@dataclass(frozen=True, slots=True, kw_only=True)
class OxygenLine:
    """What the patient breathes: choices, boxes, what was before, what is wrong."""

    prefix: str
    choices: tuple[tuple[str, str], ...]
    device: str
    fio2: str
    flow: str
    before: str
    before_day: str
    state: Oxygen
    ratio_before: str

    @property
    def fault(self) -> str:
        """What is wrong, in a line."""
        return " ".join(self.state.faults.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What is typed and what saving would do, for the bar at the foot."""

    filled: int
    in_order: int
    questions: int
    refused: int
    held: int
    empty: tuple[str, ...]

    @property
    def left_out(self) -> bool:
        """Would saving what is in order leave something on the page?"""
        return self.in_order < self.filled


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPage:
    """One patient's sheet as the page shows it."""

    reading: SheetReading
    panels: tuple[Panel, ...]
    oxygen: OxygenLine
    ratio: str
    counts: Counts
    shown: str

    @property
    def marks(self) -> Iterator[Mark]:
        """Everything that changes while it is typed in."""
        for panel in self.panels:
            yield from (line.mark for line in (*panel.lines, *panel.folded))


def sheet_page(reading: SheetReading, sex: str) -> SheetPage:
    """The whole sheet of a patient."""
    rows = panels_for(reading.snapshot, reading.typed)
    panels = tuple(_panel(row, reading, sex) for row in rows)
    return SheetPage(
        reading=reading,
        panels=panels,
        oxygen=oxygen_line(reading),
        ratio=ratio_text(boxes.fact if (boxes := reading.readings.get("pao2")) else None),
        counts=counts_of(reading, [line for panel in panels for line in panel.lines]),
        shown=",".join(sorted(reading.question_keys)),
    )


def _panel(row: PanelRows, reading: SheetReading, sex: str) -> Panel:
    clock = f"clock_{row.code}"
    return Panel(
        code=row.code,
        name=translated(PANELS[row.code]),
        lines=tuple(line_of(code, reading, sex) for code in row.open),
        folded=tuple(line_of(code, reading, sex) for code in row.folded),
        has_clock=row.code in OWN_CLOCK,
        clock=reading.typed.get(clock, ""),
        clock_fault=reading.faults.get(clock, ""),
    )


def line_of(code: str, reading: SheetReading, sex: str, prefix: str = "") -> Line:
    """One test."""
    kind, typed = MEASUREMENTS[code], reading.typed
    codes = (code, PAIRED[code]) if code in PAIRED else (code,)
    before, day = before_text(codes, reading.snapshot)
    paired = code in PAIRED
    return Line(
        code=code,
        prefix=prefix,
        label=_("Blood pressure") if paired else translated(kind.abbreviation),
        name=_("Blood pressure, as 142/84") if paired else name_of("test", code),
        before=before,
        before_day=day,
        value=typed.get(f"value_{code}", ""),
        unit=typed.get(f"unit_{code}") or kind.unit,
        units=tuple((x.code, translated(x.symbol or x.code)) for x in kind.units),
        answers=tuple((x, typed.get(f"answer_{x}", "")) for x in codes),
        mark=mark_of(codes, reading, sex, prefix),
        takes_kit=takes_kit(code),
        kits=_kits(code, typed),
        kit=typed.get(f"kit_{code}", ""),
        kit_name=typed.get(f"kitname_{code}", ""),
        level=_level(code, reading) if kind.level else None,
    )


def _kits(code: str, typed: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The kits of a test whose limit is that of its kit, each with the limit; and one that was used before."""
    kits = {kit: f"{translated(kit)}, {_limit(x)}" for kit, x in MEASUREMENTS[code].kits.items()}
    used = typed.get(f"kit_{code}", "") if kits else ""
    return tuple({**kits, **({used: used} if used and used not in kits else {})}.items())


def _limit(reference: Reference) -> str:
    assert reference.high is not None
    return f"{'<' if reference.strict_high else '≤'} {number_text(reference.high)}"


def _level(code: str, reading: SheetReading) -> dict[str, Any]:
    typed, today = reading.typed, timezone.localdate()
    course = running_on(code, today, reading.snapshot.treatments)
    said = running_text(course, code, today)
    return {
        "running": said if course is None else _("running: %(dose)s") % {"dose": said},
        "routes": choices_of(LEVEL_ROUTES),
        "timings": choices_of(TIMINGS),
        **{name: typed.get(f"{name}_{code}", "") for name in ("route", "timing", "hours")},
    }


def before_text(codes: Sequence[str], snapshot: Snapshot) -> tuple[str, str]:
    """The value before and its day; of two tests in one box both, if they are of one moment."""
    series = snapshot.series(codes[0])
    if not series:
        return "", ""
    last = series[-1]
    words = [value_text(last.code, last.quantity)]
    for code in codes[1:]:
        beside = [x for x in snapshot.series(code) if x.on == last.on]
        words += [value_text(x.code, x.quantity) for x in beside[-1:]]
    return "/".join(words), short_day(last.day)


def mark_of(codes: Sequence[str], reading: SheetReading, sex: str, prefix: str = "") -> Mark:
    """What stands beside one box."""
    boxes = tuple(reading.readings[x] for x in codes if x in reading.readings)
    snapshot = reading.snapshot
    places = {_position(x, sex, reading.snapshot) for x in boxes}
    word = next((x for x in ("low", "high") if x in places), "")
    says = {"high": _("high"), "low": _("low"), "": ""}[word]
    if any(x.fact is not None and not x.absent and beyond(x.fact) is Truth.YES for x in boxes):
        says = _("beyond the limit of the chart")
    flag = FLAGS.get(word, "!" if says else "")
    return Mark(
        key=f"{prefix}{codes[0]}", readings=boxes, flag=flag, flag_words=says, within=_within(boxes, sex, snapshot)
    )


def _position(boxes: BoxReading, sex: str, snapshot: Snapshot) -> str:
    if boxes.fact is None or boxes.absent:
        return ""
    return place_of(boxes.fact, sex, snapshot.treatments, snapshot.series(boxes.code), snapshot.settings.rules)


def _within(boxes: Iterable[BoxReading], sex: str, snapshot: Snapshot) -> str:
    """The band of a drug level, where it lies within."""
    for x in boxes:
        if x.fact is None or x.absent or not MEASUREMENTS[x.code].level:
            continue
        band = expected(x.fact, sex, snapshot.treatments, snapshot.settings.rules)
        if band is not None and band.low is not None and band.high is not None and position(x.fact, band) == "within":
            ends = {"low": number_text(band.low), "high": number_text(band.high)}
            return _("in %(low)s to %(high)s") % ends
    return ""


# -- oxygen -----------------------------------------------------------------------------------------------------------


def oxygen_line(reading: SheetReading, prefix: str = "") -> OxygenLine:
    """What the patient breathes; what was before is only shown."""
    before = _last_on_oxygen(reading.snapshot)
    gases = [x for x in reading.snapshot.series("pao2") if ratio_text(x)]
    return OxygenLine(
        prefix=prefix,
        choices=device_choices(),
        device=reading.typed.get("device", ""),
        fio2=reading.typed.get("fio2", ""),
        flow=reading.typed.get("flow", ""),
        before=oxygen_text(before.fio2, before.flow, before.device) if before else "",
        before_day=short_day(before.day) if before else "",
        state=reading.oxygen,
        ratio_before=ratio_text(gases[-1]) if gases else "",
    )


def device_choices() -> tuple[tuple[str, str], ...]:
    """Air, and every device by which oxygen is given, in words that fit side by side."""
    short = {
        AIR: pgettext("oxygen", "Air"),
        "nasal_cannula": pgettext("oxygen", "Nasal"),
        "simple_mask": pgettext("oxygen", "Mask"),
        "venturi": pgettext("oxygen", "Venturi"),
        "reservoir_mask": pgettext("oxygen", "Reservoir"),
        "high_flow": pgettext("oxygen", "High flow"),
        "niv": pgettext("oxygen", "NIV"),
        "ventilator": pgettext("oxygen", "Ventilator"),
    }
    return tuple((x, short.get(x) or name_of("device", x)) for x in (AIR, *DEVICES))


def _last_on_oxygen(snapshot: Snapshot) -> Measurement | None:
    boxes = [
        x
        for code in ("spo2", "pao2")
        for x in snapshot.series(code)
        if x.fio2 is not None or x.flow is not None or x.device
    ]
    return max(boxes, key=lambda x: (x.on, x.id), default=None)


def ratio_text(gas: Measurement | None) -> str:
    """P/F of a gas: PaO2 by FiO2 where both are told, its range where FiO2 is only estimated from a flow."""
    if gas is None or gas.quantity.censored:
        return ""
    if gas.fio2:
        return number_text(Quantity((gas.quantity.value / gas.fio2).quantize(WHOLE, ROUND_HALF_EVEN)))
    estimated = estimated_ratio(gas)
    return f"{number_text(estimated[0])}–{number_text(estimated[1])}" if estimated else ""


# -- the bar ----------------------------------------------------------------------------------------------------------


def counts_of(reading: SheetReading, lines: Sequence[Line]) -> Counts:
    """What is typed, in order, asked about, refused; and which open boxes stay "not measured"."""
    boxes = reading.readings.values()
    return Counts(
        filled=len(reading.readings),
        in_order=len(reading.in_order),
        questions=len(reading.open_questions),
        refused=len(reading.refused),
        held=len(reading.unstorable),
        empty=tuple(line.label for line in lines if not line.value) if boxes else (),
    )


def names_of(codes: Iterable[str]) -> str:
    """The tests in a line."""
    return listed(translated(MEASUREMENTS[x].abbreviation) for x in codes)
