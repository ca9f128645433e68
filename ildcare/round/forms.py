"""Forms of the roof: what a physician signs at the bedside, and tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field
from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.findings import IMPROVEMENTS, OVERRIDE_REASONS, STEPS
from patients.clinical.versions import Version
from patients.forms.base import coded
from patients.forms.later_evidence import check_source, followed_source, offer_sources, source_followed
from patients.forms.layouts import LAYOUT_ONLY, helper_of
from patients.forms.since_shown import AsksWhenStale
from patients.models import User
from patients.models.choices import choices_of
from patients.queries import site_zone
from patients.rows import fresh_identity

LONGEST = 4000  # characters of a note or plan
ACCEPT, OVERRIDE = "accept", "override"


PICKS = "ildcare/round/_picks.html"
FORM_ID = "round-form"  # note, plan and what is asked stand beside the bar that signs them


class Picks(forms.RadioSelect):
    """Choices side by side, some of them with a key of their own: (value, key, what the key does)."""

    def __init__(self, *keys: tuple[str, str, Any]) -> None:
        super().__init__()
        self.keys = {value: {"data-key": key, "data-key-label": label} for value, key, label in keys}
        self.then: dict[str, str] = {}  # by value, what choosing it would lead to, in words
        self.page_words: dict[
            str, dict[str, str]
        ] = {}  # by value, what the page says of it when it is chosen (data-...)

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """One choice, with its key."""
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"].update(self.keys.get(str(value), {}))
        option["attrs"].update(
            {f"data-{name}": text for name, text in self.page_words.get(str(value), {}).items() if text}
        )
        option["consequence"] = self.then.get(str(value), "")
        return option


def line(label: Any) -> forms.CharField:
    """A field for a sentence."""
    return forms.CharField(
        label=label, required=False, max_length=2000, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def words(label: Any, key: str, key_label: Any) -> forms.CharField:
    """A field for free text, and the key that leads to it."""
    keyed = {"data-key": key, "data-key-label": key_label}
    area = forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "form": FORM_ID, **keyed})
    return forms.CharField(label=label, required=False, max_length=LONGEST, widget=area)


class RoundForm(AsksWhenStale):
    """What is signed with "seen": a decision on the step that was shown, a judgement, a note, a plan.

    offered: the step that the chart indicates; "" where it is undecided, or runs by a clinician's choice: then any of
    `possible` can be decided, with a reason (specification 12 (61)). `after`: by judgement of improvement, the step
    that the chart asks for once it is signed; who judges so can decide about that step in the same breath. `sources`:
    of later evidence, which can be followed instead."""

    step = forms.ChoiceField(choices=[("", ""), *choices_of(STEPS)], required=False, widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        label=_("Chart’s answer"),
        choices=[("", _("No decision")), (ACCEPT, _("This step")), (OVERRIDE, _("Not this step"))],
        required=False,
        widget=Picks(
            (ACCEPT, "a", _("Choose “follow” (Enter then signs)")),
            (OVERRIDE, "x", _("Choose “do not follow” (Enter then signs)")),
        ),
    )
    code = coded(_("Why it is not followed"), [("", "—"), *choices_of(OVERRIDE_REASONS)])
    follows = source_followed()
    reason = line(_("In words"))
    improvement = forms.ChoiceField(
        label=_("Improvement"),
        choices=[("", _("not now")), *choices_of(IMPROVEMENTS)],
        required=False,
        widget=Picks(
            ("improved", "i", _("Choose “improved” (Enter then signs)")),
            ("unchanged", "u", _("Choose “unchanged” (Enter then signs)")),
            ("worse", "d", _("Choose “worse” (Enter then signs)")),
        ),
    )
    judged_by = line(_("What it rests on"))
    note = words(_("Note"), "w", _("Write the note"))
    plan = words(_("Plan"), "p", _("Write the plan"))

    def __init__(
        self,
        *args: Any,
        offered: str = "",
        possible: Sequence[str] = (),
        after: Mapping[str, str] | None = None,
        sources: Sequence[tuple[str, list[tuple[str, str]]]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer_sources(self, sources)
        self.offered, self.after = offered, dict(after or {})
        self.fields["seen_news"].widget.attrs["form"] = FORM_ID
        if not offered:
            choices = [(code, label) for code, label in choices_of(STEPS) if self.is_bound or code in possible]
            self.fields["step"] = coded(_("Decision about"), [("", "—"), *choices])

    def tell(self, name: str, value: str, then: str, **told: str) -> None:
        """Say below a choice what it leads to; `told`: what else the page says of it once it is chosen."""
        picks = cast(Picks, self.fields[name].widget)
        picks.then[value], picks.page_words[value] = then, told

    def name_choices(self, step: str) -> None:
        """Name the step that is followed or not; the page needs it to tell it from the one after a judgement. step: its
        short name."""
        self.fields["step"].widget.attrs |= {"data-offered": self.offered, "data-offered-named": step}
        decision = cast(forms.ChoiceField, self.fields["decision"])
        follow, depart = _("Follow %(step)s") % {"step": step}, _("Not %(step)s") % {"step": step}
        decision.choices = [("", _("No decision")), (ACCEPT, follow), (OVERRIDE, depart)]

    def carry_on(self, when: str, who: User) -> None:
        """Say beside the plan whose it is."""
        origin = _("carried on from %(when)s, %(who)s") % {"when": when, "who": who}
        label = format_html('{} <span class="small soft fw-normal">{}</span>', self.fields["plan"].label, origin)
        self.fields["plan"].label = label

    @property
    def bar_at_fault(self) -> bool:
        """Does something in the bar need a look?"""
        return bool(set(self.errors) - {"note", "plan", "seen_news"})

    @property
    def decision_helper(self) -> FormHelper:
        """The decision; the step that is decided about where the chart names none."""
        decision = Field("decision", template=PICKS)
        return helper_of(*(() if self.offered else ("step",)), decision, template=LAYOUT_ONLY)

    @property
    def reason_helper(self) -> FormHelper:
        """Why the step is not followed, or why one is chosen while the chart leaves it open."""
        return helper_of(
            Div("code", css_class="why-not"), Div("follows", css_class="why-not"), "reason", template=LAYOUT_ONLY
        )

    @property
    def judgement_helper(self) -> FormHelper:
        """The judgement."""
        return helper_of(Field("improvement", template=PICKS), template=LAYOUT_ONLY)

    @property
    def basis_helper(self) -> FormHelper:
        """What the judgement rests on."""
        return helper_of("judged_by", template=LAYOUT_ONLY)

    @property
    def words_helper(self) -> FormHelper:
        """Note and plan."""
        helper = helper_of("note", "plan", template=LAYOUT_ONLY)
        helper.label_class = ""
        return helper

    def clean(self) -> dict[str, Any]:
        """What departs from the chart says why; a decision is about a step that was shown."""
        data = super().clean() or {}
        if data.get("decision"):
            self._check_step(data)
        if data.get("decision") == OVERRIDE and not data.get("code"):
            self.add_error("code", _("Choose the kind of reason."))
        if data.get("decision") == OVERRIDE:
            check_source(self, data)
        owes_reason = data.get("decision") == OVERRIDE or (data.get("decision") and not self.offered)
        if owes_reason and not data.get("reason", "").strip():
            self.add_error("reason", _("Give the reason."))
        return data

    def _check_step(self, data: Mapping[str, Any]) -> None:
        """A decision is about the step that the page shows now, or, while there is none, about one that is chosen."""
        if not self.offered and not data.get("step"):
            self.add_error("step", _("Choose the step that is decided about."))
        if self.offered and not self._shown(data) and not self.is_settled():
            # the form comes back about the step that stands beside it
            sent = cast(QueryDict, self.data).copy()
            sent["step"], sent["decision"] = self.offered, ""
            self.data = sent
            self.add_error("decision", _("The step of the chart is another one now. Please decide again."))

    def _shown(self, data: Mapping[str, Any]) -> bool:
        """Is the decision about the step that stands on the page, or about the one to which its judgement leads?"""
        return data.get("step") == self.offered or self.is_about_new_answer(data)

    def is_about_new_answer(self, data: Mapping[str, Any]) -> bool:
        """Is the decision about the step that the judgement signed with it leads to?"""
        step = data.get("step")
        return bool(
            self.offered and step and step != self.offered and step == self.after.get(data.get("improvement", ""))
        )

    @property
    def judges(self) -> bool:
        """Holds a decision or a judgement, which takes the right to judge."""
        return bool(self.cleaned_data["decision"] or self.cleaned_data["improvement"])

    def facts(self, now: datetime) -> list[Version]:
        """Decision and judgement as facts; note and plan stay with the visit."""
        return [Version(identity=fresh_identity("round"), fact=fact) for fact in self._made(now)]

    def _made(self, now: datetime) -> Iterator[f.Fact]:
        data, day = self.cleaned_data, now.astimezone(site_zone()).date()
        common: dict[str, Any] = {
            "id": "", "on": now, "known": now, "day": day, "known_day": day, "first_known": now,
            "shown": self.read_at(now),
        }  # fmt: skip
        if data["improvement"]:
            note = data["judged_by"].strip()
            yield f.Judgement(**common, improvement=data["improvement"], note=note)
        if data["decision"]:
            accepted = data["decision"] == ACCEPT
            yield f.Decision(
                **{**common, **({"shown": now} if self.is_about_new_answer(data) else {})},
                step=data["step"],
                accepted=accepted,
                reason=data["reason"].strip(),
                code=None if accepted else data["code"],
                follows=None if accepted else followed_source(data),
            )
