"""How a case is told to a reviewer: with names and dates, or, to who may see no record, with pseudonyms and days.

Who reads pseudonyms sees no name, kana, record number, bed or birth date, counts days from the first day of therapy (or
of the first stay), reads of people what they are and not who, and no free text of anybody who knows the name: such text
is withheld, not searched for names [J].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from algorithm.models import Assessment
from patients.access import RIGHTS, may
from patients.clinical import facts as f
from patients.fact_words import line_of
from patients.models import Admission, Patient, Role, User
from patients.reviews import pseudonyms_of_site
from patients.wording import short_day, short_moment

NAMED = "see_record"  # who has this right knows who a case is about


class Reader:
    """A reviewer, and in which words they are told of the patients of some cases. `leaving`: in a file, which names
    nobody, whoever made it."""

    def __init__(self, user: User, patient_ids: Iterable[int], *, leaving: bool = False) -> None:
        self.user = user
        self.named = may(user, NAMED) and not leaving
        self._pseudonym: Callable[[int], str] = pseudonyms_of_site() if not self.named else str
        self._zero = {} if self.named else days_zero(patient_ids)

    def name(self, patient: Patient) -> str:
        """What the patient is called."""
        return str(patient) if self.named else self._pseudonym(patient.pk)

    def about(self, patient: Patient, day: date) -> str:
        """Age in years on a day, and sex."""
        age = patient.age_on(day)
        years = _("%(age)s y") % {"age": age} if age is not None else ""
        return " · ".join(x for x in (years, str(patient.get_sex_display())) if x)

    def moment(self, patient_id: int, at: datetime) -> str:
        """Day and clock: of the calendar, or counted."""
        if self.named:
            return short_moment(at)
        local = timezone.localtime(at)
        counted = self.day(patient_id, local.date())
        return counted if (local.hour, local.minute) == (0, 0) else f"{counted} {local:%H:%M}"

    def day(self, patient_id: int, day: date) -> str:
        """A day of the calendar, or counted."""
        if self.named:
            return short_day(day)
        zero = self._zero.get(patient_id)
        return _("day %(n)s") % {"n": (day - zero).days} if zero else _("day not known")

    def person(self, user: User | None, role: str = "") -> str:
        """Who did something: the name, or what they are."""
        if user is None:
            return ""
        return str(user) if self.named else str(dict(Role.choices).get(role or user.role, _("somebody")))

    def text(self, text: str, role: str = "") -> str:
        """Free text of somebody with this role, or that it is withheld."""
        if not text or self.reads(role):
            return text
        return _("(words withheld)")

    def reads(self, role: str) -> bool:
        """May the reader read what somebody with this role wrote? Without a right to names only what was written so."""
        return self.named or (role != "" and role not in {str(x) for x in RIGHTS[NAMED]})

    def fact(self, fact: f.Fact) -> str:
        """A fact in a line."""
        return line_of(fact if self.named else without_words(fact))


def days_zero(patient_ids: Iterable[int]) -> dict[int, date]:
    """The day from which days are counted, by patient: the first of therapy, else of the first stay. Two queries."""
    ids = list(patient_ids)
    admitted = Admission.objects.filter(patient__in=ids).values_list("patient").annotate(first=Min("admitted_at"))
    found = {patient: timezone.localtime(at).date() for patient, at in admitted}
    newest = Assessment.objects.filter(patient__in=ids).order_by("patient_id", "-id").distinct("patient_id")
    for patient, start in newest.values_list("patient_id", "output__first_d0"):
        if start:
            found[patient] = timezone.localtime(datetime.fromisoformat(start["d0"])).date()
    return found


def without_words(fact: f.Fact) -> f.Fact:
    """A fact without free text and without days in its content."""
    changes: dict[str, Any] = {}
    if isinstance(fact, f.Measurement | f.Treatment):
        changes["name"] = None
    if isinstance(fact, f.Treatment):
        changes["stop"] = None
    if isinstance(fact, f.Hrct):
        changes["compared_with"] = None
    if isinstance(fact, f.Judgement):
        changes["note"] = ""
    if isinstance(fact, f.Decision):
        changes["reason"] = ""
    return replace(fact, **changes) if changes else fact
