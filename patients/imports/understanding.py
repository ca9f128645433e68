"""What the results of a report mean: facts of the catalogue, or a question for a person, with why. Pure.

Nothing is guessed: what has no code that is known, no unit, no FiO2, no day, waits for somebody; what is known and
nothing of the catalogue is left out; what has no value says so. A value and its answer in one cell are two facts.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.units import Unacceptable, convert
from patients.clinical.versions import CANCELLED, CORRECTED, FINAL, PRELIMINARY
from patients.imports.code_map import TITRE_OF, CodeMap, CodeRow, is_known, tells_of_a_value
from patients.imports.fields import Object
from patients.imports.moments import Moment
from patients.imports.observation import (
    NO_VALUE,
    NOW_FINAL,
    SAID,
    TO_COME,
    UNREADABLE_STATUS,
    Observation,
    Report,
    SentEvent,
)
from patients.imports.sent_times import iso_time
from patients.imports.spellings import Spelled, evened, is_preliminary, spelled

UNMAPPED, NO_TIME, NO_STATUS, CODES, VALUE = "unmapped", "time", "status", "codes", "value"
ANSWERED = ("route", "timing", "hours_since_dose", "fio2", "flow", "device", "kit", "unit", "value")  # besides the day
CONFIRMED, MEANS = "confirmed", "means"  # answers: it is so; which of its codes is right
# answers about an order, by the key of an event that each says
OF_ORDERS = {"drug": "drug", "start": "on", "stop": "stop", "dose": "dose", "dose_unit": "unit"}
BESIDE = "beside"  # answer: it stands beside the other one of its order, test and time
PERCENT = ("%", "％", "percent")
SAID_BESIDE = ("device", "route", "timing", "hours_since_dose", "kit")  # besides oxygen, by the resource of a value
LONGEST_NAME = 100
SHARES = {"neutrophils_pct": "neutrophils", "lymphocytes_pct": "lymphocytes"}  # in per cent of the white cells
WHITE_CELLS, CELLS = "wbc", "/uL"
STATED = (PRELIMINARY, FINAL, CORRECTED)
SHARE_ALONE = _("a share of the white cells: a count needs the white cells of the same sample")
UNKNOWN_STATUS = _("its status is not one that says what to do: %(told)s")
NOW_FINAL_OF_WHAT = _("says that a preliminary result is final, and none is here under its number: %(told)s")
TREATMENT = "treatment"  # the target of an order or a dose
# a method that a comment names, as the catalogue calls the kit
KITS = {"bdg": (("比濁", "turbidimetric"), ("turbidimetric", "turbidimetric"), ("比色", "colorimetric"),
    ("colorimetric", "colorimetric"), ("fungitell", "Fungitell"))}  # fmt: skip
# reasons for having no value, by the word that tells them
NO_VALUE_WORDS = (
    ("haemolysed", ("溶血", "haemoly", "hemoly")),
    ("insufficient", ("不足", "insufficient", "qns", "not enough")),
    (
        "not_done",
        ("not_done", "未実施", "未検", "中止", "not done", "not performed", "cancelled", "canceled", "not-performed"),
    ),
)
ABOVE, BELOW = ("HX", ">"), ("LX", "<")  # flags of a value beyond what the assay reaches


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A result as an event of a case file: what every reader of the product understands. `target`: its code."""

    observation: Observation
    target: str
    content: Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A result that waits for a person: of which kind the question is, and the question. `finishes`: it says that what
    was told as preliminary is final; where that is on the record, nobody has to be asked."""

    observation: Observation
    kind: str
    why: Reason
    target: str = ""
    finishes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """All results of a report: events, what waits, what is known and not of the catalogue, what is still to come."""

    events: tuple[Event, ...]
    held: tuple[Held, ...]
    left_out: tuple[Observation, ...]
    to_come: tuple[Observation, ...]


def understood(
    report: Report,
    codes: CodeMap,
    *,
    thousands: bool = False,
    answers: Mapping[int, Mapping[str, str]] | None = None,
    zone: ZoneInfo | None = None,
) -> Understood:
    """What the results of a report mean by a map of codes. `thousands`: does the source write 1,679 for 1679?

    `answers`: by the number of a result what somebody said that it lacks, as keys of an event; days are of `zone`.
    """
    reading = _Reading(report, codes, thousands, answers or {})
    for x in report.observations:
        said = reading.answers.get(x.number, {})
        on = said.get("on")
        reading.take(replace(x, time=iso_time(on, zone)) if on and zone is not None else x)
    for sent in report.events:
        reading.take_told(sent)
    return Understood(
        events=tuple(reading.events),
        held=tuple(reading.held),
        left_out=tuple(reading.left_out),
        to_come=tuple(reading.to_come),
    )


class _Reading:
    def __init__(
        self, report: Report, codes: CodeMap, thousands: bool, answers: Mapping[int, Mapping[str, str]]
    ) -> None:
        self.report, self.codes, self.thousands, self.answers = report, codes, thousands, answers
        self.events: list[Event] = []
        self.held: list[Held] = []
        self.left_out: list[Observation] = []
        self.to_come: list[Observation] = []
        self.beside = self._beside()

    def take(self, x: Observation) -> None:
        """One result."""
        said = self.answers.get(x.number, {})
        match = self.codes.chosen(x.codings, x.material, said.get(MEANS, ""))
        row = match.row
        if x.status in (UNREADABLE_STATUS, NOW_FINAL) and said.get("status") in SAID:
            x = replace(x, status=said["status"])
        if row is None:
            why = match.why or reason(_('nobody has said what "%(code)s" means'), code=_called(x))
            self._hold(x, CODES if match.why else UNMAPPED, why)
        elif row.target in SHARES:
            self._share(x, row)
        elif match.never or not is_known(row.target):
            self.left_out.append(x)
        elif tells_of_a_value(row.target):
            return  # told with the values of its sample
        elif x.status == TO_COME:
            self.to_come.append(x)
        elif x.status == UNREADABLE_STATUS:
            self._hold(x, NO_STATUS, reason(UNKNOWN_STATUS, told=x.why), row)
        elif x.status == NOW_FINAL and x.time.moment is not None:
            self._hold(x, NO_STATUS, reason(NOW_FINAL_OF_WHAT, told=x.why), row, finishes=True)
        elif x.time.moment is None:
            self._hold(x, NO_TIME, x.time.why or reason(_("the time of the sample is not told")), row)
        elif match.why is not None and x.status != CANCELLED and x.number not in self.answers:
            self._hold(x, CODES, match.why, row)
        else:
            self._read(x, row, x.time.moment)

    def take_told(self, sent: SentEvent) -> None:
        """One order, dose or report: an event, or a question; nothing where nothing was given or said."""
        said = self.answers.get(sent.observation.number, {})
        if sent.why is not None and sent.draft is not None and CONFIRMED in said:
            self._take_draft(sent, sent.draft, said)
        elif sent.why is not None:
            self._hold(sent.observation, VALUE, sent.why)
        elif sent.event is not None:
            self.events.append(Event(observation=sent.observation, target=sent.event["kind"], content=sent.event))
        else:
            self.left_out.append(sent.observation)

    def _take_draft(self, sent: SentEvent, draft: Object, said: Mapping[str, str]) -> None:
        """An order as a person completes it: what they say goes before what was sent. Drug and day must be known."""
        event = Object({**draft, **{key: said[name] for name, key in OF_ORDERS.items() if name in said}})
        if "drug" in said:
            event.pop("name", None)
        if sent.why is not None and not ("drug" in event and "on" in event):
            self._hold(sent.observation, VALUE, sent.why)
        else:
            self.events.append(Event(observation=sent.observation, target=TREATMENT, content=event))

    def _hold(
        self, x: Observation, kind: str, why: Reason, row: CodeRow | None = None, *, finishes: bool = False
    ) -> None:
        target = row.target if row else ""
        self.held.append(Held(observation=x, kind=kind, why=why, target=target, finishes=finishes))

    def _share(self, x: Observation, row: CodeRow) -> None:
        """A share of the white cells: a count with the white cells of the same sample, else a question. Where the count
        itself is told beside it, nothing is made of the share."""
        of = SHARES[row.target]
        if x.status in (NO_VALUE, TO_COME) or self._of_the_sample(x, of):
            self.left_out.append(x)
            return
        if x.status == CANCELLED and x.time.moment is not None:
            self._add(x, of, x.time.moment, kind="measurement", code=of, id=self._share_id(x))
            return
        cells = self._of_the_sample(x, WHITE_CELLS)
        count = _count(x, cells[0], thousands=self.thousands) if len(cells) == 1 else None
        if count is None or x.time.moment is None or x.status not in STATED:
            self._hold(x, VALUE, reason(SHARE_ALONE), row)
            return
        weaker = PRELIMINARY if PRELIMINARY in (x.status, cells[0].status) else x.status
        weakened = replace(x, status=weaker)
        named = self._share_id(x)
        self._add(weakened, of, x.time.moment, kind="measurement", code=of, value=f"{count:f}", unit=CELLS, id=named)

    def _of_the_sample(self, x: Observation, target: str) -> list[Observation]:
        """What the report says of a test of the same sample."""
        same = (y for y in self.report.observations if y is not x and _sample(y) == _sample(x))
        return [y for y in same if (found := self.codes.find(y.codings, y.material)).row and found.row.target == target]

    def _read(self, x: Observation, row: CodeRow, on: Moment) -> None:
        if x.status == CANCELLED:
            self._withdraw(x, row, on)
            return
        if x.status == NO_VALUE or not x.text.strip():
            self._no_value(x, row, on)
            return
        if evened(x.text) == "-" and not {"value", "result"} & {*self.answers.get(x.number, {})}:
            self._hold(x, VALUE, reason(_("a dash alone: negative, or no result?")), row)
            return
        said = spelled(x.text, thousands=self.thousands)
        if said.answer == "pending":
            self.to_come.append(x)
        elif row.target in ANTIBODIES:
            self._antibody(x, row, on, said)
        else:
            self._measurement(x, row.target, row, on, said.value or said.answer)

    def _antibody(self, x: Observation, row: CodeRow, on: Moment, said: Spelled) -> None:
        titre = TITRE_OF.get(row.target)
        number = said.value if any(c.isdigit() for c in said.value) else ""
        answer = self.answers.get(x.number, {}).get("result")
        said = replace(said, answer=answer) if answer else said
        if not said.answer and not (titre and number):
            why = (
                _('"%(text)s" is neither positive nor negative')
                if not number
                else _('a number alone ("%(text)s") does not say whether the antibody is positive')
            )
            self._hold(x, VALUE, reason(why, text=x.text[:40]), row)
            return
        if said.answer:
            self._add(x, row.target, on, kind="antibody", code=row.target, result=said.answer)
        if titre and number:
            self._measurement(x, titre, row, on, number)

    def _measurement(self, x: Observation, target: str, row: CodeRow, on: Moment, value: str) -> None:
        sent = self.codes.said_unit(x.codings, target, x.unit) or x.unit or row.unit
        unit = self.codes.unit_of(target, sent)
        if unit is None and sent and "unit" not in self.answers.get(x.number, {}):
            why = reason(_('"%(unit)s" can be more than one unit: which one is meant?'), unit=sent[:40])
            self._hold(x, VALUE, why, row)
            return
        self._add(
            x,
            target,
            on,
            kind="measurement",
            code=target,
            value=value,
            unit=unit,
            **{"timing": row.timing or None, "kit": self._kit(x, target, row), **self._taken_at(x, target)},
        )

    def _no_value(self, x: Observation, row: CodeRow, on: Moment) -> None:
        """A result without a number: why, or a value beyond the assay whose limit was not told, which is asked."""
        if x.status != NO_VALUE and x.flag.upper() in (*ABOVE, *BELOW):
            above = x.flag.upper() in ABOVE
            why = (
                _("above what the assay reaches, and its limit is not told")
                if above
                else _("below what the assay reaches, and its limit is not told")
            )
            self._hold(x, VALUE, reason(why), row)
        elif row.target in MEASUREMENTS:
            self._add(
                x,
                row.target,
                on,
                kind="measurement",
                code=row.target,
                absent=_absence(x),
                **self._taken_at(x, row.target),
            )
        else:
            self.to_come.append(x)

    def _withdraw(self, x: Observation, row: CodeRow, on: Moment) -> None:
        """W, D, entered in error: nothing is asked of a value that does not hold any more."""
        kind = "antibody" if row.target in ANTIBODIES else "measurement"
        self._add(x, row.target, on, kind=kind, code=row.target)
        titre = TITRE_OF.get(row.target)
        if titre:
            self._add(x, titre, on, kind="measurement", code=titre)

    def _add(self, x: Observation, target: str, on: Moment, **content: Any) -> None:
        status = PRELIMINARY if x.status == FINAL and is_preliminary(x.comments) else x.status
        columns = {
            "id": self._sender_id(x),
            "name": _own_name(x, target),
            **content,
            **_told_with(x, target),
            "on": on.day.isoformat() if on.date_only else on.at.isoformat(),
            "status": status if status in (PRELIMINARY, FINAL, CORRECTED, CANCELLED) else FINAL,
            **{key: value for key, value in self.answers.get(x.number, {}).items() if key in ANSWERED},
        }
        event = Object({key: value for key, value in columns.items() if value is not None})
        self.events.append(Event(observation=x, target=target, content=event))

    def _sender_id(self, x: Observation) -> str | None:
        if not x.order:
            return None
        beside = f"#{x.sub}" if x.sub and self.answers.get(x.number, {}).get(BESIDE) else ""
        return f"{self.report.source}/{x.order}{beside}"

    def _share_id(self, x: Observation) -> str | None:
        """A count out of a share is another result than the count that was sent under the same order."""
        name = self._sender_id(x)
        return f"{name}#share" if name else None

    # -- what a value was taken at ------------------------------------------------------------------------------------

    def _beside(self) -> Mapping[tuple[str, datetime | None], Mapping[str, str]]:
        """What values were taken at, by the resource that tells both; else FiO2 and flow by their sample."""
        results = [x for x in self.report.observations if x.status in (PRELIMINARY, FINAL, CORRECTED)]
        parts = Counter(x.resource for x in self.report.observations if x.resource)
        found: dict[tuple[str, datetime | None], dict[str, str]] = {}
        for x in results:
            row = self.codes.find(x.codings, x.material).row
            if row is not None and tells_of_a_value(row.target):
                of = (x.resource, None) if parts[x.resource] > 1 else _sample(x)
                found.setdefault(of, {})[row.target] = _said_of_a_value(row.target, x)
        return found

    def _taken_at(self, x: Observation, target: str) -> dict[str, Any]:
        """Oxygen of the same resource or sample; what else only its own resource tells."""
        takes = {*MEASUREMENTS[target].needs, *MEASUREMENTS[target].takes}
        own = self.beside.get((x.resource, None), {}) if x.resource else {}
        conditions = own if {"fio2", "o2_flow"} & {*own} else {**self.beside.get(_sample(x), {}), **own}
        flow = conditions.get("o2_flow") if "fio2" not in conditions or "o2_flow" in own else None
        oxygen = {"fio2": conditions.get("fio2"), "flow": flow} if "fio2" in takes else {}
        return oxygen | {name: own[name] for name in SAID_BESIDE if name in own and name in takes}

    def _kit(self, x: Observation, target: str, row: CodeRow) -> str | None:
        if "kit" not in MEASUREMENTS[target].takes:
            return None
        words = unicodedata.normalize("NFKC", " ".join((x.method, *x.comments))).casefold()
        named = next((kit for word, kit in KITS.get(target, ()) if word in words), None)
        return named or row.kit or None


def _own_name(x: Observation, target: str) -> str | None:
    """What its sender calls a test outside the catalogue; None for any other, and where it is not told."""
    kind = MEASUREMENTS.get(target)
    return x.codings[-1].name[:LONGEST_NAME] or None if kind is not None and kind.named and x.codings else None


def _count(share: Observation, cells: Observation, *, thousands: bool) -> Decimal | None:
    """Cells per uL out of a share in per cent and the white cells; None where either is no plain number."""
    if share.unit.strip() not in PERCENT or cells.status not in STATED:
        return None
    try:
        per_cent = Decimal(spelled(share.text, thousands=thousands).value)
        white = convert(WHITE_CELLS, spelled(cells.text, thousands=thousands).value, cells.unit).quantity
    except (ArithmeticError, Unacceptable):
        return None
    if white.censored or not 0 <= per_cent <= 100:
        return None
    return (white.value * per_cent / 100).quantize(Decimal(1), ROUND_HALF_EVEN)


def _said_of_a_value(target: str, x: Observation) -> str:
    if target in ("device", "route", "timing", "kit"):
        return x.text
    said = spelled(x.text).value
    return _fraction(said, x.unit) if target == "fio2" else said


def _told_with(x: Observation, target: str) -> dict[str, str]:
    """What its sender tells with a value, as far as the test takes it: the FiO2 of a line is none of its ferritin."""
    if target not in MEASUREMENTS:
        return {}
    takes = {*MEASUREMENTS[target].needs, *MEASUREMENTS[target].takes}
    return {key: said for key, said in x.taken_at.items() if key in takes and said}


def _sample(x: Observation) -> tuple[str, datetime | None]:
    """What was measured of one sample: two gases of one order have each their own oxygen."""
    return x.group, x.time.moment.at if x.time.moment is not None else None


def _called(x: Observation) -> str:
    return " ".join(dict.fromkeys(y for y in (x.code, x.name) if y))[:60]


def _absence(x: Observation) -> str:
    told = unicodedata.normalize("NFKC", " ".join((x.why, x.text, *x.comments))).casefold()
    return next((code for code, words in NO_VALUE_WORDS if any(w in told for w in words)), "other")


def _fraction(value: str, unit: str) -> str:
    """An FiO2 told in per cent as a fraction; the form of a number is asked for where the value is read."""
    try:
        number = Decimal(value)
    except ArithmeticError:
        return value
    if unit.strip() in PERCENT:
        number = number / 100
    return f"{number.normalize():f}"


def first_codes(held: Sequence[Held]) -> Iterator[str]:
    """The codes of results that nobody has said the meaning of, each once."""
    yield from dict.fromkeys(x.observation.code for x in held if x.kind == UNMAPPED)
