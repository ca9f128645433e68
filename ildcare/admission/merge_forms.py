"""Forms of merging two records and of taking a merge back: a reason each."""

from __future__ import annotations

from typing import Any

from crispy_forms.bootstrap import StrictButton
from crispy_forms.helper import FormHelper
from django.utils.translation import gettext_lazy as _

from ildcare.admission.identity_forms import text
from patients.context import ContextForm
from patients.forms.layouts import helper_of
from patients.models import Patient, RecordMerge


class MergeForm(ContextForm):
    """Why the two are one person. Made for the two records as they were shown."""

    reason = text(_("Reason"), 500)

    def __init__(self, *args: Any, patient: Patient, other: Patient, **kwargs: Any) -> None:
        self.expected = patient.version + other.version
        super().__init__(*args, patient=patient, target=f"merge:{other.pk}", version=self.expected, **kwargs)

    @property
    def helper(self) -> FormHelper:
        """The reason, and the one button."""
        return helper_of("reason", StrictButton(_("Merge the two records"), type="submit", css_class="btn-primary"))


class TakeBackForm(ContextForm):
    """Why the two are not one person."""

    reason = text(_("Reason"), 500)

    def __init__(self, *args: Any, patient: Patient, merge: RecordMerge, **kwargs: Any) -> None:
        super().__init__(*args, patient=patient, target=f"take-back:{merge.pk}", **kwargs)

    @property
    def helper(self) -> FormHelper:
        """The reason, and the one button."""
        return helper_of(
            "reason", StrictButton(_("Take the merge back"), type="submit", css_class="btn-outline-danger")
        )
