"""The facts that decide where a new patient stands on the chart, on one page and sent once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from patients.access import may
from patients.clinical import facts as f
from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.findings import FINDINGS
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.snapshot import Snapshot
from patients.fact_words import line_of
from patients.forms.base import EntryForm
from patients.forms.bedside import FindingForm
from patients.forms.reports import AntibodyForm, DiagnosisForm, HrctForm, OnsetForm
from patients.forms.results import MeasurementsForm
from patients.forms.sets import Part, SetForm
from patients.wording import listed, listed_apart, month_text, short_day, translated


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which form answers what the chart may lack. `asks`: what of it is asked first; `more`: how the form is made."""

    kind: str
    form: type[EntryForm]
    answers: tuple[str, ...]
    asks: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the part, which begins the names of its fields."""
        return self.answers[0]

    @property
    def title(self) -> str:
        """What is asked for: the form, or the tests, antibodies and findings by their names."""
        named = [word.short for x in (MEASUREMENTS, ANTIBODIES) for code, word in x.items() if code in self.answers]
        named += [FINDINGS[code].name for code in self.answers if code in FINDINGS]
        return listed(map(translated, named)) if named else str(self.form.title)

    @property
    def query(self) -> dict[str, str]:
        """What the address of the form of its own needs, to begin at the same place."""
        if self.form is MeasurementsForm:
            return {"panel": self.more["panel"]}
        return {"code": self.name} if "code" in self.form.base_fields else {}


def _results(panel: str, *codes: str) -> Place:
    return Place(kind="results", form=MeasurementsForm, answers=codes, more={"panel": panel, "only": codes})


def _antibody(code: str) -> Place:
    return Place(kind="antibody", form=AntibodyForm, answers=(code,), asks=("result", "day"))


def _finding(code: str) -> Place:
    return Place(kind="finding", form=FindingForm, answers=(code,), asks=("present", "change", "on"))


# in the order in which a ward learns them; what of it is lacking, the walk through the chart says
PLACES = (
    Place(kind="onset", form=OnsetForm, answers=("respiratory_onset",), asks=("day", "month_only")),
    Place(kind="diagnosis", form=DiagnosisForm, answers=("diagnosis",), asks=("myositis", "day")),
    _antibody("anti_mda5"),
    _antibody("anti_ars"),
    _results("activity", "ferritin", "kl6"),
    Place(kind="hrct", form=HrctForm, answers=("hrct",), asks=("ggo", "consolidation", "change", "day")),
    _results("respiration", "pao2", "vc"),
    _finding("dyspnoea_on_exertion"),
    _finding("cough"),
)


class FirstFactsForm(SetForm):
    """Onset, diagnosis, antibodies, ferritin, HRCT, blood gas and symptoms at once; who may tell what, as ever."""

    title = _("First facts")
    right = "record_results"

    def made_of(self) -> Iterator[Part]:
        for place in PLACES:
            if may(self.request.user, place.form.right, self.patient):
                yield self._part(place)

    def _part(self, place: Place) -> Part:
        form = self.part(place.form, place.name, **place.more)
        if place.form is OnsetForm:
            form.fields["day"].initial = None  # today is no guess for it
        if "code" in form.fields:
            form.fields["code"].initial, form.fields["code"].widget = place.name, forms.HiddenInput()
        known = known_of(self.recorded).get(place.name, "")
        return Part(name=place.name, title=place.title, form=form, first=place.asks, known=known)


def known_of(snapshot: Snapshot) -> dict[str, str]:
    """What is recorded of each of the first facts, newest first, in words; only those of which something is."""
    said = {place.name: [fact for code in place.answers if (fact := _newest(snapshot, code))] for place in PLACES}
    return {name: listed_apart(_words(x, snapshot) for x in facts) for name, facts in said.items() if facts}


def _newest(snapshot: Snapshot, code: str) -> f.Fact | None:
    """The newest fact that answers a code of what an answer lacks."""
    of_kind: dict[str, tuple[f.Fact, ...]] = {
        "respiratory_onset": snapshot.onsets,
        "diagnosis": snapshot.diagnoses,
        "hrct": snapshot.hrcts,
    }
    antibodies = (x for x in snapshot.antibodies if x.code == code)
    found = [*of_kind.get(code, ()), *snapshot.series(code), *antibodies, *snapshot.findings_of(code)]
    return found[-1] if found else None


def _words(fact: f.Fact, snapshot: Snapshot) -> str:
    day = month_text(fact.day) if getattr(fact, "month", None) else short_day(fact.day, snapshot.today)
    return f"{line_of(fact)} ({day})"
