"""Series: a taper of glucocorticoid, cycles of intravenous cyclophosphamide.

A dose that has begun is a fact; one that lies ahead is a task with its day, because nothing of it has happened yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.body import height_on, weight_on
from patients.clinical.drugs import DRUGS, INDICATIONS
from patients.clinical.planned import PlannedTask
from patients.clinical.wall_clock import start_of_day
from patients.context import out_of_bounds
from patients.forms.base import UNKNOWN, EntryForm, SeenInput, ask_about, coded, day_field
from patients.forms.dose_questions import questions
from patients.forms.ended_tasks import ask_about_plan, ended_tasks
from patients.forms.numbers import NumberField
from patients.forms.treatments import Ordered, ended_by
from patients.models import CareTask, MedicationCourse
from patients.models.choices import choices_of
from patients.queries import site_zone
from patients.wording import dose_text

MOST_DOSES = 40
LONGEST_STEP = 365  # days between two doses of a plan


def dose_field(label: Any) -> NumberField:
    """A dose, more than nothing."""
    return NumberField(label=label, min_value=Decimal("0.001"), max_digits=12, decimal_places=3)


class PlanForm(EntryForm):
    """Base: doses of one drug on days of their own, asked about like any dose."""

    right = "record_treatment"
    drug = ""
    route = ""
    day = day_field(_("First dose"), planned=True)
    indication = coded(_("Given for"), [UNKNOWN, *choices_of(INDICATIONS)])
    confirmed = forms.CharField(label=_("I have checked the values asked about"), widget=SeenInput(), required=False)

    def prepare(self) -> None:
        """If an earlier plan of the drug has open tasks, what becomes of them."""
        self.earlier = ask_about_plan(self, self.patient, self.drug)

    def ended_tasks(self) -> list[CareTask]:
        return ended_tasks(self, self.earlier)

    @property
    def unit(self) -> str:
        """The unit of all doses."""
        return DRUGS[self.drug].units[0]

    def doses(self) -> list[tuple[date, Decimal]]:
        """Every dose of the plan with the day on which it begins."""
        raise NotImplementedError

    def last_day(self, place: int) -> date | None:
        """The last day of a dose that has begun; None while it goes on."""
        raise NotImplementedError

    def words(self, number: int, of: int, dose: str) -> str:
        """What the task of a dose says."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """The plan ends on a possible day, and its doses are usual."""
        data = super().clean() or {}
        if self.errors:
            return data
        self.planned = self.doses()
        if len(self.planned) > MOST_DOSES:
            self.add_error(None, gettext("A plan has at most %(n)s doses.") % {"n": MOST_DOSES})
        elif outside := out_of_bounds(self.planned[-1][0], self.born, planned=True):
            self.add_error("day", outside)
        else:
            self._ask()
        return data

    def _ask(self) -> None:
        """Every dose beside those before it."""
        to_confirm: dict[str, None] = {}
        treatments = list(self.recorded.treatments)
        for fact in self._courses(timezone.now(), self.planned):
            said = questions(
                self.drug,
                fact.day,
                treatments,
                route=self.route,
                unit=self.unit,
                dose=fact.dose,
                weight=weight_on(timezone.localdate(), self.recorded.series("weight")),
                height=height_on(timezone.localdate(), self.recorded.series("height")),
            )
            to_confirm |= dict.fromkeys(said)
            treatments.append(fact)
        ask_about(self, [self.drug, *to_confirm] if to_confirm else [], list(to_confirm))

    def _courses(self, known: datetime, doses: list[tuple[date, Decimal]]) -> Iterator[f.Treatment]:
        zone, data = site_zone(), self.cleaned_data
        for day, dose in doses:
            fact = f.Treatment(
                **self.common(known, start_of_day(day, zone)),
                drug=self.drug,
                route=self.route,
                dose=dose,
                unit=self.unit,
                indication=data["indication"] or None,
            )
            yield replace(fact, stop=self.last_day(self.planned.index((day, dose))))

    @property
    def begun(self) -> list[tuple[date, Decimal]]:
        """The doses that have begun and are not recorded yet."""
        today = timezone.localdate()
        return [(day, dose) for day, dose in self.planned if day <= today and not self._is_recorded(day, dose)]

    def _is_recorded(self, day: date, dose: Decimal) -> bool:
        """Does this dose run on the day already? The plan then goes on from it."""
        same = [x for x in self.recorded.treatments if (x.drug, x.dose, x.unit) == (self.drug, dose, self.unit)]
        return any(x.day <= day and (x.stop is None or x.stop >= day) for x in same)

    def made(self, known: datetime) -> Iterator[f.Fact]:
        return self._courses(known, self.begun)

    def planned_tasks(self) -> list[PlannedTask]:
        today, of = timezone.localdate(), len(self.planned)
        numbered = enumerate(self.planned, start=1)
        return [
            PlannedTask(text=self.words(n, of, dose_text(dose, self.unit)), due=day, drug=self.drug, dose=dose)
            for n, (day, dose) in numbered
            if day > today
        ]


class TaperForm(PlanForm):
    """Glucocorticoid from one dose to a lower one, by equal steps."""

    title = _("Taper of glucocorticoid")
    short = _("Taper")
    drug, route = "gc", "oral"
    dose_from = dose_field(_("From (mg/day of prednisolone)"))
    dose_to = dose_field(_("Down to (mg/day)"))
    step = dose_field(_("By (mg/day)"))
    every = forms.IntegerField(label=_("Every (days)"), min_value=1, max_value=LONGEST_STEP, initial=14)
    field_order = ("dose_from", "dose_to", "step", "every", "day", "indication", "confirmed")

    def clean(self) -> dict[str, Any]:
        """A taper goes down."""
        data = self.cleaned_data
        high, low = data.get("dose_from"), data.get("dose_to")
        if high is not None and low is not None and high <= low:
            self.add_error("dose_to", _("A taper ends at a lower dose than it begins with."))
        elif high is not None and low is not None and data.get("step") and (high - low) / data["step"] > MOST_DOSES:
            self.add_error("step", gettext("A plan has at most %(n)s doses.") % {"n": MOST_DOSES})
        return super().clean()

    def doses(self) -> list[tuple[date, Decimal]]:
        data = self.cleaned_data
        levels = [data["dose_from"]]
        while levels[-1] > data["dose_to"]:
            levels.append(max(levels[-1] - data["step"], data["dose_to"]))
        return [(data["day"] + timedelta(days=n * data["every"]), dose) for n, dose in enumerate(levels)]

    def last_day(self, place: int) -> date | None:
        following = self.planned[place + 1 : place + 2]
        last = following[0][0] - timedelta(days=1) if following else None
        return last if last is not None and last < timezone.localdate() else None

    def words(self, number: int, of: int, dose: str) -> str:
        words = {"n": number, "of": of, "dose": dose}
        return gettext("Glucocorticoid taper, dose %(n)s of %(of)s: %(dose)s from today") % words

    def ended(self) -> list[tuple[MedicationCourse, date]]:
        """What runs of it ends the day before the first dose that is stored."""
        if not self.begun:
            return []
        day, dose = self.begun[0]
        return ended_by(self.patient, Ordered(self.drug, None, dose, self.unit), start_of_day(day, site_zone()))


class CyclesForm(PlanForm):
    """Intravenous cyclophosphamide every few weeks."""

    title = _("Cycles of IVCY")
    short = _("IVCY cycles")
    drug, route = "ivcy", "iv"
    dose = dose_field(_("Dose (mg)"))
    weeks = forms.IntegerField(label=_("Every (weeks)"), min_value=1, max_value=52, initial=4)
    number = forms.IntegerField(label=_("Number of doses"), min_value=2, max_value=MOST_DOSES, initial=6)
    field_order = ("dose", "weeks", "number", "day", "indication", "confirmed")

    def doses(self) -> list[tuple[date, Decimal]]:
        data = self.cleaned_data
        weeks = (timedelta(weeks=n * data["weeks"]) for n in range(data["number"]))
        return [(data["day"] + after, data["dose"]) for after in weeks]

    def last_day(self, place: int) -> date | None:
        return self.planned[place][0]

    def words(self, number: int, of: int, dose: str) -> str:
        return gettext("IVCY %(n)s of %(of)s: %(dose)s") % {"n": number, "of": of, "dose": dose}
