"""What a form asks about a value before it stores it: is it tenfold the last one, does another hand say otherwise?

Specification 12 (46), (47). A doubtful value that is stored after the question is confirmed by its author. Where
another value of the same test, moment and conditions stands, its author chooses: replace it, keep both, or store none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.access import may
from patients.clinical.doubtful import doubt_about
from patients.clinical.facts import Measurement
from patients.clinical.snapshot import Snapshot
from patients.clinical.two_values import contradict
from patients.clinical.versions import CANCELLED, CORRECTED, Version
from patients.models import Patient, User
from patients.queries import find_version
from patients.rows import table_of
from patients.wording import listed, measured_text, name_of, short_moment

REPLACE, BOTH, NEITHER = "replace", "both", "leave"
CHOICES = {
    REPLACE: gettext_lazy("replace it by mine (a correction)"),
    BOTH: gettext_lazy("keep both: marked as a contradiction"),
    NEITHER: gettext_lazy("store none of mine for these tests"),
}


def needed_text(code: str, need: str) -> str:
    """What a value of this test cannot be stored without, in a sentence."""
    words = {
        "fio2": _("%(test)s needs the FiO2 (0.21 on room air), or the flow with its device."),
        "route": _("%(test)s needs the route of the drug."),
        "timing": _("%(test)s needs the time of the level."),
    }
    return words[need] % {"test": name_of("test", code)}


def tenfold_question(snapshot: Snapshot, value: Measurement) -> str:
    """The question about a value that is tenfold the last one, or a tenth of it; "" where there is none."""
    doubt = doubt_about(snapshot, value)
    if doubt is None or not doubt.tenfold or doubt.last is None:
        return ""
    return _("%(test)s %(value)s: tenfold? The last was %(last)s (%(when)s).") % {
        "test": name_of("test", value.code),
        "value": measured_text(value.code, value.quantity),
        "last": measured_text(value.code, doubt.last.quantity),
        "when": short_moment(doubt.last.on),
    }


def is_doubtful(snapshot: Snapshot, value: Measurement) -> bool:
    """Would the value wait for confirmation if nobody had been asked?"""
    return doubt_about(snapshot, value) is not None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A value that is being entered, and those of the same test, moment and conditions that stand."""

    value: Measurement
    standing: tuple[Measurement, ...]

    @property
    def words(self) -> str:
        """Both in a sentence."""
        stands = listed(measured_text(x.code, x.quantity) for x in self.standing)
        return _("%(test)s of this moment is recorded as %(stands)s, not %(value)s.") % {
            "test": name_of("test", self.value.code),
            "stands": stands,
            "value": measured_text(self.value.code, self.value.quantity),
        }

    def replaced(self, value: Measurement, patient: Patient) -> Iterator[Version]:
        """The value as correction of the first that stands; others of the moment are withdrawn."""
        first, *others = self.standing
        details = {"correction_reason": _("replaced at entry: another value of the same moment")}
        corrected = replace(value, status=CORRECTED)
        yield Version(identity=_identity(first, patient), fact=corrected, status_sent=CORRECTED, details=details)
        for other in others:
            gone = replace(other, known=value.known, known_day=value.known_day)
            identity = _identity(other, patient)
            yield Version(identity=identity, fact=gone, cancelled=True, status_sent=CANCELLED, details=details)


def _identity(fact: Measurement, patient: Patient) -> str:
    row = find_version(fact.id, patient)
    if row is None or not isinstance(row, table_of(fact)):
        raise LookupError(fact.id)
    return row.identity


def contradictions(snapshot: Snapshot, values: Iterable[Measurement]) -> list[Contradiction]:
    """Which of the values that are being entered contradict what stands."""
    found = ((value, tuple(x for x in snapshot.series(value.code) if contradict(x, value))) for value in values)
    return [Contradiction(value, standing) for value, standing in found if standing]


class AtOnceField(forms.CharField):
    """The choice between two values of one moment. An answer names its question: it answers no other."""

    def __init__(self) -> None:
        label = gettext_lazy("Another value of the same moment is recorded")
        super().__init__(label=label, required=False, widget=forms.Select)
        self.fingerprint = ""

    def ask(self, found: Sequence[Contradiction], *, by: User, patient: Patient) -> None:
        """Offer what may be chosen about these contradictions; replacing is correcting, and takes its right."""
        self.fingerprint = sha256("\n".join(x.words for x in found).encode()).hexdigest()[:16]
        offered = [x for x in CHOICES if x != REPLACE or may(by, "correct_facts", patient)]
        self.widget.choices = [("", "—"), *((f"{x}:{self.fingerprint}", CHOICES[x]) for x in offered)]

    def chosen(self, answer: str) -> str:
        """What was chosen for exactly this question; "" if nothing was."""
        how, _colon, question = answer.partition(":")
        offered = {value for value, _label in self.widget.choices}
        return how if question == self.fingerprint and answer in offered else ""


def versions_for(
    made: Iterable[Measurement], found: Sequence[Contradiction], chosen: str, patient: Patient, identity: Any
) -> Iterator[Version]:
    """What is to be stored of the values, by the choice made about those that contradict what stands."""
    by_code: dict[tuple[str, datetime], Contradiction] = {(x.value.code, x.value.on): x for x in found}
    for value in made:
        contradiction = by_code.get((value.code, value.on))
        if contradiction is None or chosen == BOTH:
            yield Version(identity=identity(), fact=value)
        elif chosen == REPLACE:
            yield from contradiction.replaced(value, patient)
