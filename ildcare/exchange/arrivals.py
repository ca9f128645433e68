"""What waits of that which machines sent: codes without meaning, results that lack something, numbers that are almost
somebody's, movements that a person has to do, and who is not here. What somebody may see, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q, Sum

from patients.folding import name_key, number_core, number_key
from patients.imports.delivery import day_of
from patients.merged import kept_of
from patients.models import (
    OF_NO_CLEAR_NUMBER,
    MessagePart,
    PartQuerySet,
    PartState,
    Patient,
    Question,
    User,
    WaitingResult,
)
from patients.persons import NAMES

MOST = 100  # of each kind on the page
IDENTIFYING_NAMES = ("family_name", "given_name", "family_kana", "given_kana", "sex", "birth_date")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownCode:
    """A code that nobody has said the meaning of: how many results wait for it, since when, and one of them."""

    system: str
    code: str
    called: str
    results: int
    since: datetime
    example: WaitingResult


@dataclass(frozen=True, slots=True)
class Stranger:
    """A number that nobody here has: the last that came for it, how many results, and since when."""

    part: MessagePart
    number: str
    name: str
    results: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """All that waits, by what has to be done; `total` counts what a person has to do."""

    codes: tuple[UnknownCode, ...]
    results: tuple[WaitingResult, ...]
    parts: tuple[MessagePart, ...]
    strangers: tuple[Stranger, ...]
    more: int

    @property
    def total(self) -> int:
        """What a person has to do: strangers are nobody's work until they come."""
        return len(self.codes) + len(self.results) + len(self.parts) + self.more


def arrivals(user: User) -> Arrivals:
    """What waits, as far as the user may see the patients; codes and strangers are the whole site's."""
    mine = Patient.objects.visible_to(user).values("pk")
    waiting = WaitingResult.objects.open().select_related("part__patient", "part__message__source")
    results = waiting.filter(part__patient__in=mine).exclude(question=Question.UNMAPPED).order_by("part__patient", "pk")
    parts = list(_asking(user).order_by("pk")[: MOST + 1])
    found, more = list(results[: MOST + 1]), 0
    if len(found) > MOST:
        more += results.count() - MOST
    if len(parts) > MOST:
        more += _asking(user).count() - MOST
    return Arrivals(
        codes=tuple(_codes()),
        results=tuple(found[:MOST]),
        parts=tuple(parts[:MOST]),
        strangers=tuple(_strangers()),
        more=more,
    )


def open_result(user: User, number: int) -> WaitingResult | None:
    """A result that waits, of a patient whom the user may see."""
    mine = Patient.objects.visible_to(user).values("pk")
    rows = WaitingResult.objects.open().select_related("part__patient", "part__message")
    return rows.filter(pk=number, part__patient__in=mine).first()


def open_part(user: User, number: int) -> MessagePart | None:
    """A part that a person has to look at, or of a number that nobody here has; of a patient only if the user may see
    him."""
    return (_asking(user) | _strange()).filter(pk=number).first()


def almost(user: User, part: MessagePart) -> Sequence[Patient]:
    """Patients whose number is almost one of a part, as far as the user may see them; those of no authority that
    counts are among them where a person has to say which does."""
    sent = part.person.get("sent_numbers") or () if part.state in OF_NO_CLEAR_NUMBER else ()
    numbers = [*(part.person.get("numbers") or ()), *(x["value"] for x in sent)]
    cores = {core for x in numbers if (core := number_core(str(x)))}
    return list(Patient.objects.visible_to(user).filter(number_core__in=cores).order_by("pk")[:5]) if cores else []


def same_number(user: User, part: MessagePart) -> Patient | None:
    """The patient who has the number of a part, if the user may see the record that goes on."""
    key = number_key(str((part.person.get("numbers") or [""])[0]))
    patient = Patient.objects.filter(number_key=key).first() if key else None
    seen = Patient.objects.visible_to(user)
    return patient if patient is not None and seen.filter(pk=kept_of(patient).pk).exists() else None


@dataclass(frozen=True, slots=True)
class Alike:
    """A patient whose number is that of a part, or almost; `differs`: in which fields it is another person."""

    patient: Patient
    differs: frozenset[str]

    @property
    def names_differ(self) -> bool:
        """Is a part of the name another one?"""
        return bool(self.differs & set(IDENTIFYING_NAMES[:4]))


def alike_of(user: User, part: MessagePart) -> tuple[Alike, ...]:
    """Whose it may be, or whose number it has: what was sent beside what is known here, as far as the user may see."""
    if part.state not in (PartState.DOUBTFUL, PartState.OTHER_PERSON, *OF_NO_CLEAR_NUMBER):
        return ()
    sent = as_sent(part)
    return tuple(Alike(x, frozenset(y for y in IDENTIFYING_NAMES if _differs(y, x, sent))) for x in almost(user, part))


def as_sent(part: MessagePart) -> Patient:
    """The person of a part as its sender writes the name, never stored."""
    numbers = part.person.get("numbers") or [x["value"] for x in part.person.get("sent_numbers") or ()]
    person = {**part.person, "mrn": " / ".join(map(str, numbers[:3]))}
    names = {x: str(person.get(x) or "") for x in ("mrn", *IDENTIFYING_NAMES) if x != "birth_date"}
    return Patient(**names, birth_date=day_of(str(person.get("birth_date") or "")))


def _differs(field: str, known: Patient, sent: Patient) -> bool:
    """Is it told on both sides, and not the same?"""
    one, other = getattr(known, field), getattr(sent, field)
    if "unknown" in (one, other) or not (one and other):
        return False
    is_name = field in NAMES or "kana" in field
    return name_key(one) != name_key(other) if is_name else bool(one != other)


def _asking(user: User) -> PartQuerySet:
    """Parts that a person has to look at: of nobody yet, or of a patient whom the user may see."""
    mine = Patient.objects.visible_to(user).values("pk")
    asking = MessagePart.objects.asking().filter(Q(patient=None) | Q(patient__in=mine))
    return asking.select_related("patient", "message__source")


def _strange() -> PartQuerySet:
    """Parts of numbers that nobody here has, and of which the message is kept."""
    strange = MessagePart.objects.of_nobody_here().filter(message__body__isnull=False)
    return strange.select_related("patient", "message__source")


def _codes() -> list[UnknownCode]:
    rows = WaitingResult.objects.open().filter(question=Question.UNMAPPED).values("system", "code", "called")
    counted = rows.annotate(results=Count("pk"), since=Min("part__message__received_at"), last=Max("pk")).order_by(
        "-results", "code"
    )[:MOST]
    examples = WaitingResult.objects.in_bulk([x["last"] for x in counted])
    return [
        UnknownCode(
            system=x["system"],
            code=x["code"],
            called=x["called"],
            results=x["results"],
            since=x["since"],
            example=examples[x["last"]],
        )
        for x in counted
    ]


def _strangers() -> list[Stranger]:
    rows = _strange().values("number_core", "message__source")
    counted = rows.annotate(number=Sum("results"), since=Min("message__received_at"), last=Max("pk")).order_by("-last")[
        :MOST
    ]
    people = MessagePart.objects.in_bulk([x["last"] for x in counted])
    return [_stranger(people[x["last"]], x["number"], x["since"]) for x in counted]


def _stranger(part: MessagePart, results: int, since: datetime) -> Stranger:
    person = part.person
    name = " ".join(x for x in (person.get("family_name"), person.get("given_name")) if x)
    return Stranger(part, (person.get("numbers") or [""])[0], name, results, since)
