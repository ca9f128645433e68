"""What is typed about notes of later evidence: a proposal and its reason, a note of the site, what the team does at a
node; who confirms says so with the password again."""

from __future__ import annotations

from typing import Any

from crispy_forms.bootstrap import StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from algorithm.changing_notes import FIRST_YEAR
from algorithm.flowcharts import CURRENT
from algorithm.literature.note import CERTAINTIES
from algorithm.literature.standing import NodePanel
from ildcare.account.confirming import PASSWORD, ConfirmedForm
from patients.context import ContextForm
from patients.forms.layouts import helper_of
from patients.wording import translated

LONGEST_WORDS, LONGEST_TEXT, LONGEST_CITATION = 500, 1000, 200
SHORT = 2  # letters of a number of a node: N1, T3; observation has none


def words(label: Any) -> forms.CharField:
    """A reason."""
    return forms.CharField(label=label, max_length=LONGEST_WORDS, widget=forms.Textarea(attrs={"rows": 2}))


def node_choices() -> list[tuple[str, str]]:
    """The nodes of the chart in its order."""
    return [
        (x.id, f"{x.id} {translated(x.title)}" if len(x.id) == SHORT else translated(x.title)) for x in CURRENT.nodes
    ]


class NoteProposalForm(ContextForm):
    """Why a note is to be confirmed or retired. `label` of the button."""

    words = words(gettext_lazy("Reason"))

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label = label

    @property
    def helper(self) -> FormHelper:
        """The reason and the button."""
        return helper_of("words", StrictButton(self.label, type="submit", css_class="btn-outline-primary do"))


class NoteForm(ContextForm):
    """A note of the site's own."""

    nodes = forms.MultipleChoiceField(
        label=gettext_lazy("Beside which nodes it stands"), widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(
        label=gettext_lazy("What was found, in whom, with its numbers"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    citation = forms.CharField(label=gettext_lazy("Source: author, year, journal"), max_length=LONGEST_CITATION)
    doi = forms.CharField(label=gettext_lazy("DOI, if it has one"), required=False, max_length=90)
    year = forms.IntegerField(label=gettext_lazy("Year of publication"), min_value=FIRST_YEAR)
    certainty = forms.ChoiceField(label=gettext_lazy("Certainty"))
    against = forms.MultipleChoiceField(
        label=gettext_lazy("Where it contradicts the chart"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    words = words(gettext_lazy("Why it is added"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nodes = node_choices()
        for name in ("nodes", "against"):
            self.fields[name] = forms.MultipleChoiceField(
                label=self.fields[name].label,
                choices=nodes,
                widget=forms.CheckboxSelectMultiple,
                required=name == "nodes",
            )
        grades = [("", "—"), *((x, f"{x}: {translated(meaning)}") for x, meaning in CERTAINTIES.items())]
        self.fields["certainty"] = forms.ChoiceField(label=self.fields["certainty"].label, choices=grades)
        self.fields["year"].initial = timezone.localdate().year

    @property
    def content(self) -> dict[str, Any]:
        """What is proposed."""
        names = ("nodes", "text", "citation", "doi", "year", "certainty", "against", "words")
        return {x: self.cleaned_data[x] for x in names}

    @property
    def helper(self) -> FormHelper:
        """The finding and its source, then where it stands."""
        button = StrictButton(_("Propose this note"), type="submit", css_class="btn-primary do")
        rows = Div("citation", "doi", "year", "certainty", css_class="numbers")
        return helper_of("text", rows, "nodes", "against", "words", button)


class ChoiceForm(ContextForm):
    """What the team does at a node where notes contradict the chart."""

    follow = forms.ChoiceField(label=gettext_lazy("The team follows"), required=False)
    words = words(gettext_lazy("In words: for whom, and why"))

    def __init__(self, *args: Any, panel: NodePanel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        notes = [(x.note.code, x.note.source) for x in panel.notes]
        self.fields["follow"] = forms.ChoiceField(
            label=self.fields["follow"].label, choices=[("", _("the chart")), *notes], required=False
        )

    @property
    def helper(self) -> FormHelper:
        """The choice, its words and the button."""
        button = StrictButton(_("Propose this choice"), type="submit", css_class="btn-primary do")
        return helper_of("follow", "words", button)


class NoteDecisionForm(ConfirmedForm):
    """Who confirms or withdraws a proposal says so again (R47)."""

    label = gettext_lazy("Confirm")
    button_class = "btn-primary"

    @property
    def helper(self) -> FormHelper:
        """The password where it is asked for again, and the button."""
        fields = [PASSWORD] if self.asks_password else []
        return helper_of(*fields, StrictButton(self.label, type="submit", css_class=f"{self.button_class} do"))


class ConfirmForm(NoteDecisionForm):
    """A second person confirms."""

    label = gettext_lazy("Confirm the proposal")


class TakeBackForm(NoteDecisionForm):
    """A proposal is taken back."""

    label = gettext_lazy("Withdraw the proposal")
    button_class = "btn-outline-primary"
