"""What the boxes of a sheet say: a value that is in order, a question about it, or why it is refused. Writes nothing.

The questions and refusals are those of the other entry forms; here each stands beside its value and has its buttons.
An unanswered question about a value that is doubtful need not be answered: the value is stored and waits, as it does
when a sender delivers it (it closes and un-meets nothing). Any other question is answered before its value is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from ildcare.morning.boxes import AIR, OWN_CLOCK, PAIRED, values_in
from patients.access import may
from patients.clinical import facts as f
from patients.clinical.absence import absence_of, without_value
from patients.clinical.drug_levels import is_level
from patients.clinical.findings import DEVICES
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.oxygen_compared import ROOM_AIR
from patients.clinical.quantities import Quantity
from patients.clinical.snapshot import Snapshot
from patients.clinical.units import (
    FULL_WIDTH,
    Unacceptable,
    convert,
    in_other_units,
    plain_text,
    read_number,
)
from patients.clinical.versions import FINAL, PRELIMINARY, Version
from patients.context import out_of_bounds
from patients.forms.base import recorded_already, recorded_already_text, when
from patients.forms.level_questions import questions
from patients.forms.numbers import NumberField
from patients.forms.oxygen import NEEDS_DEVICE, Fio2Field, flow_field, percent_text
from patients.forms.value_questions import (
    BOTH,
    CHOICES,
    REPLACE,
    Contradiction,
    contradictions,
    is_doubtful,
    needed_text,
    tenfold_question,
)
from patients.models import Patient, User
from patients.queries import site_zone
from patients.rows import fresh_identity
from patients.wording import measured_text, render, translated, value_text

RIGHT, AGAIN = "right", "again"
SOURCE = "form"


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: what it says, and what it does ("fill", "unit", "answer" or "clear", the test, the rest)."""

    label: str
    does: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about one value. `key` names exactly this question; `may_wait`: the value can be stored unasked."""

    words: tuple[str, ...]
    choices: tuple[Choice, ...]
    key: str
    may_wait: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxReading:
    """What one test of the sheet says. `note`: how it was read, where that differs from what was typed."""

    code: str
    text: str
    fact: f.Measurement | None = None
    absent: str = ""
    refusal: str = ""
    refused_choices: tuple[Choice, ...] = ()
    question: Question | None = None
    answer: str = ""
    note: str = ""
    contradiction: Contradiction | None = None

    @property
    def refused(self) -> bool:
        """Cannot be stored as it stands."""
        return bool(self.refusal)

    @property
    def asks(self) -> bool:
        """Waits for an answer."""
        return self.question is not None and not self.answer

    @property
    def storable(self) -> bool:
        """Can be stored, if need be as a doubtful value."""
        return not self.refused and (not self.asks or (self.question is not None and self.question.may_wait))

    @property
    def in_order(self) -> bool:
        """Nothing is asked about it."""
        return not self.refused and not self.asks


@dataclass(slots=True)
class Oxygen:
    """What the patient breathes, once for the whole sheet, and what is wrong with it by box."""

    fio2: Decimal | None = None
    flow: Decimal | None = None
    device: str | None = None
    faults: dict[str, str] = field(default_factory=dict)
    note: str = ""


class SheetReading:
    """The boxes of one patient's sheet, read against the record."""

    def __init__(self, typed: Mapping[str, str], *, snapshot: Snapshot, patient: Patient, by: User) -> None:
        self.typed, self.snapshot, self.patient, self.by = typed, snapshot, patient, by
        self.faults: dict[str, str] = {}  # of times, by box
        self.known = timezone.now()
        self.on = self._moment("on", typed.get("on", ""))
        self.clocks = {panel: self._clock(panel) for panel in OWN_CLOCK}
        self.oxygen = self._oxygen()

    # -- what holds for several values --------------------------------------------------------------------------------

    def _moment(self, box: str, text: str) -> datetime | None:
        try:
            moment: datetime = when("").clean(text)
        except forms.ValidationError as error:
            self.faults[box] = " ".join(error.messages)
            return None
        fault = out_of_bounds(moment, self.patient.birth_date)
        if fault:
            self.faults[box] = fault
            return None
        return moment

    def _clock(self, panel: str) -> datetime | None:
        """The time of a panel that has its own, on the day of the sheet; else the time of the sheet."""
        text = self.typed.get(f"clock_{panel}", "").translate(FULL_WIDTH).strip()
        if not text or self.on is None:
            return self.on
        day = timezone.localtime(self.on).date()
        return self._moment(f"clock_{panel}", f"{day.isoformat()}T{text}")

    def _oxygen(self) -> Oxygen:
        oxygen, through = Oxygen(), self.typed.get("device", "")
        oxygen.fio2 = self._number(Fio2Field(required=False), "fio2", oxygen)
        oxygen.flow = self._number(flow_field(""), "flow", oxygen)
        if not oxygen.faults:
            oxygen.note = percent_text(self.typed.get("fio2", ""), oxygen.fio2)
        if through == AIR:
            if (oxygen.fio2 or ROOM_AIR) > ROOM_AIR or oxygen.flow:
                oxygen.faults["device"] = _("Room air is without oxygen: choose what the FiO2 or flow goes through.")
            oxygen.fio2, oxygen.flow = ROOM_AIR, None
        elif through in DEVICES:
            oxygen.device = through
        elif oxygen.flow is not None:
            oxygen.faults["flow"] = str(NEEDS_DEVICE)
        return oxygen

    def _number(self, box: NumberField, name: str, oxygen: Oxygen) -> Decimal | None:
        try:
            number: Decimal | None = box.clean(self.typed.get(name, ""))
        except forms.ValidationError as error:
            oxygen.faults[name] = " ".join(error.messages)
            return None
        return number

    # -- each value ---------------------------------------------------------------------------------------------------

    @cached_property
    def readings(self) -> dict[str, BoxReading]:
        """What each box with something in it says, by test."""
        return {code: self._told(code, text) for code, text in self._entries()}

    def _entries(self) -> Iterator[tuple[str, str]]:
        for code in values_in(self.typed):
            text = plain_text(self.typed[f"value_{code}"])
            first, slash, second = text.partition("/")
            if code in PAIRED and slash:
                yield code, first.strip() or "/"
                yield PAIRED[code], second.strip() or "/"
            else:
                yield code, text

    def _told(self, code: str, text: str) -> BoxReading:
        kind = MEASUREMENTS[code]
        on = self.clocks.get(kind.panel, self.on)
        lacking = self._lacking(code)
        if on is None or lacking:
            return BoxReading(code=code, text=text, refusal=lacking or _("The time of the sheet needs a look first."))
        why = absence_of(kind, text)
        if why is not None:
            return BoxReading(code=code, text=text, absent=why, fact=self._fact(code, on, Quantity(Decimal(0)), why))
        taken = self._taken(code)
        taken_with = {"timing": taken.get("timing"), "fio2": taken.get("fio2")}
        unit = self._unit(code)
        try:
            reading = convert(code, text, unit, **taken_with)
        except Unacceptable as refused:
            choices = tuple(self._refused_choices(code, text, unit, refused, taken_with))
            return BoxReading(code=code, text=text, refusal=render(refused.reason), refused_choices=choices)
        fact = self._fact(code, on, reading.quantity, reading.typed)
        warnings = [f"{render(x)}." for x in reading.warnings]
        note = measured_text(code, reading.quantity) if unit != kind.unit else ""
        return self._asked(BoxReading(code=code, text=text, fact=fact, note=note), warnings, taken_with)

    def _unit(self, code: str) -> str:
        return self.typed.get(f"unit_{code}") or MEASUREMENTS[code].unit

    def _lacking(self, code: str) -> str:
        """Why no value of this test can be stored whatever it is."""
        kind, taken = MEASUREMENTS[code], self._taken(code)
        if "fio2" in kind.takes and self.oxygen.faults:
            return _("What the patient breathes needs a look first.")
        for need in kind.needs:
            through = need == "fio2" and taken.get("flow") is not None and taken.get("device")
            if not taken.get(need) and not through:
                return needed_text(code, need)
        return self._hours_fault(code)

    def _hours_fault(self, code: str) -> str:
        try:
            NumberField(required=False, min_value=Decimal(0), max_value=Decimal(48)).clean(
                self.typed.get(f"hours_{code}", "")
            )
        except forms.ValidationError as error:
            return " ".join(error.messages)
        return ""

    def _taken(self, code: str) -> dict[str, Any]:
        """How the value was taken: oxygen, route and time of a level, kit; what the test does not take is left out."""
        oxygen, typed = self.oxygen, self.typed
        hours = typed.get(f"hours_{code}", "").translate(FULL_WIDTH).strip()
        given: dict[str, Any] = {
            "fio2": oxygen.fio2,
            "flow": oxygen.flow,
            "device": oxygen.device,
            "route": typed.get(f"route_{code}") or None,
            "timing": typed.get(f"timing_{code}") or None,
            "hours_since_dose": Decimal(hours) if hours and not self._bad_number(hours) else None,
            "kit": typed.get(f"kitname_{code}", "").strip() or typed.get(f"kit_{code}", "").strip() or None,
        }
        takes = {*MEASUREMENTS[code].takes, *MEASUREMENTS[code].needs}
        return {name: value for name, value in given.items() if name in takes}

    def _bad_number(self, text: str) -> bool:
        try:
            NumberField().clean(text)
        except forms.ValidationError:
            return True
        return False

    def _fact(self, code: str, on: datetime, quantity: Quantity, typed: str) -> f.Measurement:
        known = max(self.known, on)
        return f.Measurement(
            id="",
            on=on,
            known=known,
            first_known=known,
            day=self._day(on),
            known_day=self._day(known),
            code=code,
            quantity=quantity,
            typed=typed,
            status=PRELIMINARY if self.typed.get("preliminary") else FINAL,
            **self._taken(code),
        )

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(site_zone()).date()

    # -- what is asked ------------------------------------------------------------------------------------------------

    def _asked(self, box: BoxReading, warnings: list[str], taken_with: Mapping[str, Any]) -> BoxReading:
        """With the question about the value, and its answer if exactly this was answered."""
        fact = box.fact
        assert fact is not None
        tenfold = tenfold_question(self.snapshot, fact)
        words = [tenfold] if tenfold else warnings
        others = self._level_questions(fact)
        twice = recorded_already(self.snapshot.series(fact.code), [fact])
        found = contradictions(self.snapshot, [fact])
        if twice:
            words = [recorded_already_text(twice)]
        elif found:
            words = [*words, found[0].words]
        words += others
        box = replace(box, contradiction=found[0] if found else None)
        if not words:
            return box
        may_wait = not (twice or found or others) and is_doubtful(self.snapshot, fact)
        key = _key("\n".join([str(self.patient.pk), box.code, fact.typed, *words]))
        choices = tuple(self._choices(box, key, tenfold=bool(tenfold), twice=bool(twice), taken_with=taken_with))
        question = Question(tuple(words), choices, key, may_wait)
        answer = self._answer(box.code, question)
        if answer and is_doubtful(self.snapshot, fact):
            box = replace(box, fact=replace(fact, confirmed=True))
        return replace(box, question=question, answer=answer)

    def _level_questions(self, fact: f.Measurement) -> list[str]:
        if not is_level(fact.code):
            return []
        asked = questions(
            fact.code,
            fact.day,
            self.snapshot.treatments,
            route=fact.route,
            timing=fact.timing,
            hours=fact.hours_since_dose,
        )
        return list(asked)

    def _answer(self, code: str, question: Question) -> str:
        key, _colon, how = self.typed.get(f"answer_{code}", "").partition(":")
        offered = {x.does.rpartition(":")[2] for x in question.choices if x.does.startswith("answer:")}
        return how if key == question.key and how in offered else ""

    def _choices(
        self, box: BoxReading, key: str, *, tenfold: bool, twice: bool, taken_with: Mapping[str, Any]
    ) -> Iterator[Choice]:
        """The buttons of a question: the likely slip first."""
        code, clear = box.code, f"clear:{box.code}:"
        if twice:
            yield Choice(_("Leave it out"), clear)
            yield Choice(_("Store it a second time"), f"answer:{code}:{key}:{AGAIN}")
            return
        if tenfold:
            yield from self._moved_point(box)
        yield from self._unit_choices(code, box.text, taken_with)
        if box.contradiction is None:
            shown = {"value": self._as_typed(box)}
            yield Choice(_("%(value)s is right") % shown, f"answer:{code}:{key}:{RIGHT}")
            return
        if may(self.by, "correct_facts", self.patient):
            yield Choice(str(CHOICES[REPLACE]), f"answer:{code}:{key}:{REPLACE}")
        yield Choice(str(CHOICES[BOTH]), f"answer:{code}:{key}:{BOTH}")
        yield Choice(_("Leave it out"), clear)

    def _as_typed(self, box: BoxReading) -> str:
        assert box.fact is not None
        return box.text if box.note else value_text(box.code, box.fact.quantity)

    def _moved_point(self, box: BoxReading) -> Iterator[Choice]:
        """ "It is 3,840", where 384 was typed and the value before was 3,310."""
        if box.code in PAIRED or box.code in PAIRED.values():
            return
        series = [x for x in self.snapshot.series(box.code) if box.fact is not None and x.on < box.fact.on]
        comparator, number = read_number(MEASUREMENTS[box.code], box.text)
        assert box.fact is not None
        less = series and box.fact.quantity.value < series[-1].quantity.value
        moved = number * 10 if less else number / 10
        text = f"{moved.normalize():f}"
        yield Choice(
            _("It is %(value)s") % {"value": f"{comparator}{Decimal(text):,}"}, f"fill:{box.code}:{comparator}{text}"
        )

    def _refused_choices(
        self, code: str, text: str, unit: str, refused: Unacceptable, taken_with: Mapping[str, Any]
    ) -> Iterator[Choice]:
        yield from self._unit_choices(code, text, taken_with, unit)
        meant = dict(refused.reason.parts).get("meant")
        if MEASUREMENTS[code].asks_thousands and isinstance(meant, str) and meant.isdecimal():
            yield Choice(_("It is %(value)s") % {"value": f"{int(meant):,}"}, f"fill:{code}:{meant}")

    def _unit_choices(self, code: str, text: str, taken_with: Mapping[str, Any], unit: str = "") -> Iterator[Choice]:
        for other, quantity in in_other_units(code, text, unit or self._unit(code), **taken_with):
            words = {
                "typed": text,
                "unit": translated(other.symbol or other.code),
                "value": measured_text(code, rounded(code, quantity)),
            }
            yield Choice(_("It is %(typed)s %(unit)s: %(value)s") % words, f"unit:{code}:{other.code}")

    # -- the whole sheet ----------------------------------------------------------------------------------------------

    @property
    def open_questions(self) -> list[BoxReading]:
        """Values that wait for an answer."""
        return [x for x in self.readings.values() if x.asks]

    @property
    def refused(self) -> list[BoxReading]:
        """Values that cannot be stored as they stand."""
        return [x for x in self.readings.values() if x.refused]

    @property
    def in_order(self) -> list[BoxReading]:
        """Values about which nothing is asked."""
        return [x for x in self.readings.values() if x.in_order]

    @property
    def unstorable(self) -> list[BoxReading]:
        """Values that have to be answered or mended before everything can be stored."""
        return [x for x in self.readings.values() if not x.storable]

    @property
    def question_keys(self) -> frozenset[str]:
        """Names of all that the page asks or says about what is typed."""
        return self.keys_of(self.readings.values())

    def keys_of(self, box: Iterable[BoxReading]) -> frozenset[str]:
        """Names of what the page has to have shown before these values are stored."""
        values = list(box)
        keys = {x.question.key for x in values if x.asks and x.question is not None}
        if self.oxygen.note and any("fio2" in MEASUREMENTS[x.code].takes for x in values):
            keys.add(_key(f"{self.patient.pk} {self.oxygen.note}"))
        return frozenset(keys)

    def versions(self, box: Iterable[BoxReading]) -> list[Version]:
        """What is to be stored of these values."""
        return [version for x in box for version in self._versions(x)]

    def _versions(self, box: BoxReading) -> Iterator[Version]:
        assert box.fact is not None
        if box.contradiction is not None and box.answer == REPLACE:
            yield from box.contradiction.replaced(box.fact, self.patient)
            return
        details = without_value(box.absent, self._unit(box.code)) if box.absent else {}
        yield Version(identity=fresh_identity(SOURCE), fact=box.fact, details=details)


def rounded(code: str, quantity: Quantity) -> Quantity:
    """A converted value with the decimals of its test, to be looked at; what is stored is exact."""
    step = Decimal(1).scaleb(-MEASUREMENTS[code].decimals)
    return Quantity(quantity.value.quantize(step), quantity.comparator)


def _key(words: str) -> str:
    return sha256(words.encode()).hexdigest()[:16]
