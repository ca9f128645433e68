"""What is typed to change the rules: other numbers of one rule and the reason; who decides, with the password again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crispy_forms.bootstrap import StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ildcare.account.confirming import PASSWORD, ConfirmedForm
from ildcare.rulebook.numbers import chart_choices
from monitoring.engine import Rule
from monitoring.site_values import SiteValue
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.snapshot import RuleChoices
from patients.context import ContextForm
from patients.forms.layouts import helper_of
from patients.models import Role, SiteSettings
from patients.models.site import SITE_CHOICES, SNOOZE_BOUNDS, choice_name
from patients.wording import number_text, translated

LONGEST_REASON = 500
A_WEEK = 7 * 24 * 60  # minutes
DECIMALS = 3


class ProposalForm(ContextForm):
    """Other numbers of one rule, or the rule switched off, and why. What other rules have stays as it is in force."""

    off = forms.BooleanField(label=gettext_lazy("Switch this rule off: it tells nothing any more"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, rule: Rule, choices: RuleChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule, self.choices = rule, choices
        for x in rule.values:
            self.fields[_field(x)] = _asked(x, choices.by_code.get(x.code, x.default))
        self.fields["off"].initial = rule.code in choices.off

    @property
    def values(self) -> dict[str, Decimal]:
        """All numbers of the site as they would be."""
        mine = {x.code: Decimal(self.cleaned_data[_field(x)]) for x in self.rule.values}
        return self.choices.by_code | mine

    @property
    def switched_off(self) -> set[str]:
        """All rules that would be switched off."""
        others = set(self.choices.off) - {self.rule.code}
        return others | ({self.rule.code} if self.cleaned_data["off"] else set())

    @property
    def helper(self) -> FormHelper:
        """The numbers side by side, then the switch, the reason and the button."""
        numbers = [Field(_field(x), wrapper_class="number") for x in self.rule.values if not x.yes_no]
        answers = [_field(x) for x in self.rule.values if x.yes_no]
        button = StrictButton(_("Propose this change"), type="submit", css_class="btn-primary do")
        return helper_of(Div(*numbers, css_class="numbers"), *answers, "off", "reason", button)


def _hours(name: str) -> forms.IntegerField:
    least, most = SNOOZE_BOUNDS[name]
    return forms.IntegerField(min_value=least, max_value=most)


class SiteForm(ContextForm):
    """Other choices of the site, and why."""

    hypomyopathic_counts_as_adm = forms.BooleanField(required=False)
    bilirubin_upper_limit = forms.DecimalField(
        min_value=Decimal("0.1"),
        max_value=Decimal(10),
        decimal_places=DECIMALS,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    mda5_kit = forms.ChoiceField(required=False)
    chart = forms.ChoiceField(required=False)
    escalation_minutes = forms.IntegerField(min_value=0, max_value=A_WEEK)
    escalation_role = forms.ChoiceField(choices=[x for x in Role.choices if x[0] != Role.REVIEWER])  # sees no alert
    snooze_critical_hours = _hours("snooze_critical_hours")
    snooze_warning_hours = _hours("snooze_warning_hours")
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = SiteSettings.load()
        kits = MEASUREMENTS["mda5_titre"].kits
        self.fields["mda5_kit"] = forms.ChoiceField(choices=[("", _("none")), *((x, x) for x in kits)], required=False)
        self.fields["chart"] = forms.ChoiceField(choices=chart_choices(), required=False)
        for x in SITE_CHOICES:
            self.fields[x].label = choice_name(x)
            self.fields[x].initial = getattr(site, x)

    @property
    def choices(self) -> dict[str, Any]:
        """All choices of the site as they would be."""
        return {x: self.cleaned_data[x] for x in SITE_CHOICES}

    @property
    def helper(self) -> FormHelper:
        """The choices, the reason and the button."""
        button = StrictButton(_("Propose this change"), type="submit", css_class="btn-primary do")
        return helper_of(*SITE_CHOICES, "reason", button)


class DecisionForm(ConfirmedForm):
    """Who decides on a change says so again (R47)."""

    label = gettext_lazy("Confirm")
    button_class = "btn-primary"

    @property
    def helper(self) -> FormHelper:
        """The password where it is asked for again, and the button."""
        return helper_of(
            *self.signing_fields, StrictButton(self.label, type="submit", css_class=f"{self.button_class} do")
        )

    @property
    def signing_fields(self) -> list[str]:
        """The names of the fields, the password among them where it is asked for again."""
        return [PASSWORD] if self.asks_password else []


class TrialForm(DecisionForm):
    """A second person has a change tried."""

    label = gettext_lazy("Try it beside the rules in force")


class ForceForm(DecisionForm):
    """A second person puts a change in force."""

    label = gettext_lazy("Put it in force")


class WithdrawForm(DecisionForm):
    """Take a change back before it is in force."""

    label = gettext_lazy("Withdraw this change")
    button_class = "btn-outline-primary"


class BackForm(DecisionForm):
    """Back to the version before, and why."""

    label = gettext_lazy("Back to the version before")
    button_class = "btn-outline-primary"
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=LONGEST_REASON, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    @property
    def signing_fields(self) -> list[str]:
        """The reason before the password."""
        return ["reason", *super().signing_fields]


def _asked(value: SiteValue, here: Decimal) -> forms.Field:
    """A tick for yes and no; else a field for the number within its bounds."""
    if value.yes_no:
        return forms.BooleanField(label=_label(value), initial=bool(here), required=False)
    return forms.DecimalField(
        label=_label(value),
        help_text=_bounds(value),
        initial=here,
        min_value=value.least,
        max_value=value.most,
        decimal_places=DECIMALS,  # the number stands in sentences on the ward
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


def _field(value: SiteValue) -> str:
    return f"value_{value.code.replace('.', '_')}"


def _label(value: SiteValue) -> str:
    unit = translated(value.unit) if value.unit else ""
    return f"{translated(value.name)} ({unit})" if unit else translated(value.name)


def _bounds(value: SiteValue) -> str:
    words = {name: number_text(getattr(value, name)) for name in ("default", "least", "most")}
    return _("specification %(default)s; from %(least)s to %(most)s") % words
