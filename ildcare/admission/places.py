"""Where a patient can be put: the wards and their free beds, as one choice of a form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from patients.models import Admission, Bed, Patient, Ward


@dataclass(frozen=True, slots=True)
class Place:
    """A ward and, where one is named, a bed."""

    ward: Ward
    bed: str = ""


class PlaceSelect(forms.Select):
    """The beds by ward; a taken one stands among them and cannot be chosen."""

    taken: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()  # wards that have a list of beds: none is written beside them

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With what makes it impossible to choose, and whether its ward has a list of beds."""
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.taken:
            option["attrs"]["disabled"] = True
        if str(value).partition("/")[0] in self.listed:
            option["attrs"]["data-listed"] = True
        return option


class PlaceField(forms.ChoiceField):
    """A ward and one of its beds. `offer` says which; the value is a `Place`."""

    widget = PlaceSelect
    wards: dict[str, Ward]
    values: set[str]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=gettext_lazy("Ward and bed"), **kwargs)
        self.wards, self.values = {}, set()

    def offer(self, wards: Sequence[Ward], *, own: Iterable[Ward], patient: Patient | None = None) -> bool:
        """Offer these wards. Who lies in a taken bed is told of the reader's `own` wards only. True if some ward has no
        list of beds: then a bed may be written beside."""
        self.wards = {str(x.pk): x for x in wards}
        own_ids = {x.pk for x in own}
        beds: dict[int, list[str]] = {}
        for ward_id, label in Bed.objects.filter(ward__in=wards, in_use=True).values_list("ward", "label"):
            beds.setdefault(ward_id, []).append(label)
        stays = Admission.objects.filter(ward__in=wards, discharged_at=None).exclude(bed="").select_related("patient")
        lying = {f"{x.ward_id}/{x.bed}": x for x in stays if patient is None or x.patient_id != patient.pk}
        groups = [
            (x.name_in(get_language() or "en"), list(self._of(x, beds.get(x.pk, ()), lying, own_ids))) for x in wards
        ]
        self.choices = groups
        self.widget.taken = frozenset(lying)
        self.widget.listed = frozenset(map(str, beds))
        self.values = {value for _name, options in groups for value, _label in options}
        return any(x.pk not in beds for x in wards)

    def value_of(self, ward_id: int, bed: str) -> str:
        """The value of a place: with its bed if that is offered."""
        return named if (named := f"{ward_id}/{bed}") in self.values else str(ward_id)

    def _of(
        self, ward: Ward, beds: Sequence[str], lying: dict[str, Admission], own: set[int]
    ) -> Iterable[tuple[str, str]]:
        name = ward.name_in(get_language() or "en")
        yield str(ward.pk), _("%(ward)s, no bed yet") % {"ward": name} if beds else name
        for bed in beds:
            stay = lying.get(f"{ward.pk}/{bed}")
            yield f"{ward.pk}/{bed}", _taken(bed, stay, ward.pk in own) if stay else bed

    def clean(self, value: Any) -> Any:
        """The ward and bed that were chosen; a bed that was taken meanwhile is refused by the action, in words."""
        chosen = super().clean(value)
        ward, _slash, bed = str(chosen).partition("/")
        return Place(self.wards[ward], bed) if ward else None


def _taken(bed: str, stay: Admission, is_own: bool) -> str:
    if is_own:
        return _("%(bed)s – taken: %(patient)s") % {"bed": bed, "patient": stay.patient}
    return _("%(bed)s – taken") % {"bed": bed}
