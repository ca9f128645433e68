"""Forms of coming and going. Each says what it changes (`change`); times are "now" unless somebody says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ildcare.admission.places import PlaceField
from patients.access import CLINICAL, PHYSICIANS
from patients.actions import (
    admit_patient,
    change_consultant,
    discharge_patient,
    join_team,
    leave_team,
    move_patient,
    record_outcome,
    register_and_admit,
)
from patients.clinical.snapshot import SEXES
from patients.clinical.stays import CAUSES_OF_DEATH, DESTINATIONS, OUTCOMES
from patients.context import ContextForm
from patients.folding import number_key
from patients.forms.base import UNKNOWN, coded, confirmation, day_field, when
from patients.models import NonceUse, Patient, Responsibility, ResponsibilityKind, Role, User, Ward
from patients.models.choices import choices_of
from patients.persons import Known, NewPerson, known_as
from patients.queries import wards_of

LEFT_TO = [(code, entry) for code, entry in choices_of(DESTINATIONS) if code != "other_ward"]  # that is a move


def typed(label: Any, *, most: int = 100, required: bool = True) -> forms.CharField:
    """A line of text that no browser fills in."""
    return forms.CharField(
        label=label, max_length=most, required=required, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def people_of(wards: Iterable[Ward], roles: Iterable[str]) -> list[User]:
    """Who works on these wards in one of these roles."""
    found = User.objects.filter(is_active=True, role__in=list(roles), memberships__ward__in=list(wards)).distinct()
    return list(found.order_by("last_name", "first_name", "username"))


def _chosen(people: Sequence[User], value: str) -> User | None:
    return next((x for x in people if str(x.pk) == value), None)


class StayForm(ContextForm):
    """Base: a form about a patient's stay. `right`: what it takes to send it."""

    title: Any = ""
    button: Any = ""
    right = "admit_patients"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "at" in self.fields:
            self.fields["at"].initial = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
        self.prepare()

    def prepare(self) -> None:
        """Choices that depend on the reader and the patient."""

    @property
    def by(self) -> User:
        """Who sends it."""
        return self.request.user

    @property
    def helper(self) -> FormHelper:
        """Crispy draws the fields; the page draws the form element and the buttons."""
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        return helper

    @cached_property
    def own_wards(self) -> list[Ward]:
        """The wards of the reader."""
        return wards_of(self.by)

    def change(self) -> None:
        """Do what the form says."""
        raise NotImplementedError


class PlaceForm(StayForm):
    """Base: a form with a ward and a bed, and a consultant where it has one."""

    place = PlaceField()
    bed = typed(_("Bed, if the ward has no list of beds"), most=20, required=False)

    def prepare(self) -> None:
        """The beds, and the physicians of the wards."""
        place = self.fields["place"]
        assert isinstance(place, PlaceField)
        if not place.offer(self.wards, own=self.own_wards, patient=self.patient):
            del self.fields["bed"]
        else:
            self.fields["bed"].widget.attrs["placeholder"] = " "  # an empty one is not shown where it is not needed
        stay = self.patient.admission if self.patient else None
        if stay is not None:
            place.initial = place.value_of(stay.ward_id, stay.bed)
        elif (ward := self._asked_for()) is not None:
            place.initial = str(ward.pk)
        if "consultant" in self.fields:
            self._offer_consultants()

    def _asked_for(self) -> Ward | None:
        code = self.request.GET.get("ward", "")
        return next((x for x in self.wards if x.code == code), self.wards[0] if self.wards else None)

    def _offer_consultants(self) -> None:
        self.physicians = people_of(self.own_wards, PHYSICIANS)
        field = self.fields["consultant"]
        field.choices = [UNKNOWN, *((str(x.pk), str(x)) for x in self.physicians)]  # type: ignore[attr-defined]
        if self.by.role == Role.PHYSICIAN:
            field.initial = str(self.by.pk)

    def clean(self) -> dict[str, Any]:
        """A bed is chosen, or written where the ward has no list of beds: not both."""
        data = super().clean() or {}
        place, written = data.get("place"), data.get("bed", "").strip()
        if place is not None and place.bed and written and written != place.bed:
            self.add_error("bed", gettext("Bed %(bed)s is chosen above: leave this empty.") % {"bed": place.bed})
        return data

    @property
    def wards(self) -> list[Ward]:
        """The wards that are offered."""
        return self.own_wards

    @property
    def where(self) -> dict[str, Any]:
        """Ward and bed of what was sent."""
        data = self.cleaned_data
        return {"ward": data["place"].ward, "bed": data["place"].bed or data.get("bed", "").strip()}

    @property
    def physician(self) -> User | None:
        """The consultant who was chosen."""
        return _chosen(self.physicians, self.cleaned_data["consultant"])


class NewPatientForm(PlaceForm):
    """A person, the ward and the bed on one page. Before it is stored it asks whether it is somebody who is known."""

    title = _("New patient")
    button = _("Register and admit")
    mrn = typed(_("Record number"), most=40)
    family_name = typed(_("Family name"))
    given_name = typed(_("Given name"))
    family_kana = typed(_("Family name (kana)"), required=False)
    given_kana = typed(_("Given name (kana)"), required=False)
    birth_date = day_field(_("Birth date"), required=False)
    sex = forms.ChoiceField(label=_("Sex"), choices=lambda: choices_of(SEXES), initial="unknown")
    consultant = coded(_("Consultant"), [])
    at = when(_("Admitted"))
    another = confirmation(_("Another person: register all the same"))

    # who types comes to the birth date last, where Enter sends the form (in a choice it opens the list)
    field_order = ("mrn", "place", "bed", "family_name", "given_name", "family_kana", "given_kana", "sex", "birth_date")

    def prepare(self) -> None:
        """The cursor waits in the first field."""
        super().prepare()
        self.known = Known()
        self.fields["mrn"].widget.attrs["autofocus"] = True
        self.fields["another"].widget.attrs["class"] = "form-check-input"  # the page draws it below its question

    @cached_property
    def visible(self) -> set[int]:
        """Of those who may be this person, whom the reader may see."""
        asked = [x.pk for x in (self.known.same, *self.known.alike) if x is not None]
        return set(Patient.objects.visible_to(self.by).filter(pk__in=asked).values_list("pk", flat=True))

    @property
    def offered(self) -> list[Patient]:
        """Known records that may be this person and that the reader may open."""
        everybody = (self.known.same, *self.known.alike)
        return [x for x in everybody if x is not None and x.pk in self.visible]

    @property
    def person(self) -> NewPerson:
        """Who is to be registered."""
        names = ("mrn", "family_name", "given_name", "family_kana", "given_kana", "sex", "birth_date")
        return NewPerson(**{name: self.cleaned_data[name] for name in names})

    def clean(self) -> dict[str, Any]:
        """Is it somebody who is known? Not asked of a form that was stored, and is only sent again."""
        data = super().clean() or {}
        if self.errors or NonceUse.objects.filter(nonce=self.context.nonce).exists():
            return data
        if not number_key(data["mrn"]):
            self.add_error("mrn", gettext("The record number consists of blanks."))
            return data
        self.ask(known_as(self.person.as_case_patient))
        return data

    def ask(self, known: Known) -> None:
        """Refuse a known number, and ask about everybody who may be this person."""
        self.known = known
        if known.same is not None:
            self.add_error("mrn", self._number_is_known(known.same))
            return
        widget: Any = self.fields["another"].widget
        if known.alike and self.cleaned_data.get("another") != widget.ask(str(x.pk) for x in known.alike):
            unseen = [x for x in known.alike if x.pk not in self.visible]
            sentences = [gettext("Is it this person? If so, take the known record.")] if self.offered else []
            if unseen:
                sentences.append(
                    gettext(
                        "A record outside your wards has almost this number, or this name and birth date. Ask its ward "
                        "or a senior physician before you register a second one."
                    )
                )
            self.add_error("another", " ".join(sentences))

    def _number_is_known(self, same: Patient) -> str:
        if same.pk in self.visible:
            return gettext("Record number %(mrn)s is known.") % {"mrn": same.mrn}
        return gettext(
            "Record number %(mrn)s is known, on a ward that is not yours. Ask that ward or a senior physician to move "
            "the patient to you."
        ) % {"mrn": same.mrn}

    def register(self) -> int:
        """Store it; the patient's key."""
        data = self.cleaned_data
        asked = frozenset(x.pk for x in self.known.alike)
        patient = register_and_admit(
            person=self.person,
            by=self.by,
            admitted_at=data["at"],
            consultant=self.physician,
            asked=asked,
            **self.where,
        )
        return patient.pk


class StepForm(StayForm):
    """Base: a step of the stay of a patient who is known; the version is the last step that its author saw."""

    @property
    def about(self) -> dict[str, Any]:
        """What every step carries."""
        assert self.patient is not None
        return {"patient": self.patient, "by": self.by, "seen": self.context.version}


class AdmitForm(PlaceForm, StepForm):
    """To a ward and a bed."""

    title = _("Admit")
    button = _("Admit")
    consultant = coded(_("Consultant"), [])
    at = when(_("Admitted"))

    def change(self) -> None:
        """Open a stay."""
        at = self.cleaned_data["at"]
        admit_patient(admitted_at=at, consultant=self.physician, **self.where, **self.about)


class MoveForm(PlaceForm, StepForm):
    """To another ward or bed."""

    title = _("Move to another bed or ward")
    button = _("Move")
    at = when(_("Moved"))

    @property
    def wards(self) -> list[Ward]:
        """A patient may be handed to any ward: the own ones first."""
        own = {x.pk for x in self.own_wards}
        return [*self.own_wards, *Ward.objects.exclude(pk__in=own).order_by("code")]

    def change(self) -> None:
        """Move the patient."""
        move_patient(at=self.cleaned_data["at"], **self.where, **self.about)


class ConsultantForm(StepForm):
    """Who is responsible."""

    title = _("Consultant")
    button = _("Save")
    consultant = coded(_("Consultant"), [])

    def prepare(self) -> None:
        """The physicians of the ward where the patient lies, and of the reader's wards."""
        assert self.patient is not None
        stay = self.patient.admission
        self.physicians = people_of([*self.own_wards, *([stay.ward] if stay else [])], PHYSICIANS)
        field = self.fields["consultant"]
        field.choices = [("", _("nobody")), *((str(x.pk), str(x)) for x in self.physicians)]  # type: ignore[attr-defined]
        now = Responsibility.objects.now().filter(patient=self.patient, kind=ResponsibilityKind.CONSULTANT).first()
        field.initial = str(now.user_id) if now else ""

    def change(self) -> None:
        """Hand the patient over."""
        change_consultant(consultant=_chosen(self.physicians, self.cleaned_data["consultant"]), **self.about)


class DischargeForm(StepForm):
    """Home or to another hospital; to another ward is a move."""

    title = _("Discharge")
    button = _("Discharge")
    to = coded(_("Discharged to"), [UNKNOWN, *LEFT_TO])
    at = when(_("Discharged"))

    def change(self) -> None:
        """Close the stay."""
        discharge_patient(at=self.cleaned_data["at"], to=self.cleaned_data["to"], **self.about)


class OutcomeForm(StepForm):
    """What ends or changes the care for good."""

    title = _("Outcome of the course")
    button = _("Record the outcome")
    right = "record_reports"
    what = coded(_("Outcome of the course"), [("", "—"), *choices_of(OUTCOMES)], required=True)
    cause = coded(_("Cause of death"), [UNKNOWN, *choices_of(CAUSES_OF_DEATH)])
    at = when(_("Happened on"))

    def clean(self) -> dict[str, Any]:
        """Only a death has a cause."""
        data = super().clean() or {}
        if data.get("cause") and data.get("what") and data["what"] != "death":
            self.add_error("cause", gettext("Only a death has a cause."))
        return data

    def change(self) -> None:
        """Store the outcome; it closes the stay, except a lung transplant."""
        data = self.cleaned_data
        record_outcome(at=data["at"], what=data["what"], cause=data["cause"], **self.about)


class TeamForm(StayForm):
    """Somebody joins the patient's team."""

    title = _("Team")
    button = _("Add to the team")
    member = coded(_("Person"), [], required=True)

    def prepare(self) -> None:
        """The people of the wards who are not of the team yet."""
        assert self.patient is not None
        stay = self.patient.admission
        team = Responsibility.objects.now().filter(patient=self.patient, kind=ResponsibilityKind.TEAM)
        there = set(team.values_list("user", flat=True))
        wards = [*self.own_wards, *([stay.ward] if stay else [])]
        self.people = [x for x in people_of(wards, CLINICAL) if self.is_bound or x.pk not in there]
        field = self.fields["member"]
        field.choices = [("", "—"), *((str(x.pk), str(x)) for x in self.people)]  # type: ignore[attr-defined]
        field.initial = str(self.by.pk) if self.by in self.people else ""

    def change(self) -> None:
        """One more."""
        member = _chosen(self.people, self.cleaned_data["member"])
        assert self.patient is not None
        assert member is not None
        join_team(patient=self.patient, user=member, by=self.by)


class LeaveForm(StayForm):
    """Somebody leaves the patient's team."""

    member = forms.ModelChoiceField(User.objects.all(), widget=forms.HiddenInput)

    def change(self) -> None:
        """One less."""
        assert self.patient is not None
        leave_team(patient=self.patient, user=self.cleaned_data["member"], by=self.by)


# by the word in the address; the order is that of the menu
STEPS: dict[str, type[StayForm]] = {
    "admit": AdmitForm,
    "move": MoveForm,
    "consultant": ConsultantForm,
    "discharge": DischargeForm,
    "outcome": OutcomeForm,
    "join": TeamForm,
    "leave": LeaveForm,
}
