"""Which source of later evidence a decision follows instead of the chart: asked with that kind of reason only.

The notes live above this floor: what builds a form offers their sources. A source is stored as it is cited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.clinical.findings import LATER_EVIDENCE
from patients.forms.base import coded

OTHER = "other"  # a source that is no note: it is named in the reason


def source_followed() -> forms.ChoiceField:
    """The field: without choices until they are offered."""
    return coded(_("Which later evidence is followed"), [("", "—")])


def offer_sources(form: forms.Form, groups: Iterable[tuple[str, list[tuple[str, str]]]]) -> None:
    """Let a source be chosen. `groups`: a few words to look under, and below them (source, its words)."""
    choices = [("", "—"), *groups, (OTHER, gettext("another source: named in the reason"))]
    cast(forms.ChoiceField, form.fields["follows"]).choices = choices


def check_source(form: forms.Form, data: Mapping[str, Any]) -> None:
    """Who follows later evidence says which, where there are notes to choose from."""
    offered = len(list(cast(Iterable[Any], cast(forms.ChoiceField, form.fields["follows"]).choices))) > 1
    if data.get("code") == LATER_EVIDENCE and offered and not data.get("follows") and "follows" not in form.errors:
        form.add_error("follows", gettext("Choose the note that is followed."))


def followed_source(data: Mapping[str, Any]) -> str | None:
    """The source, as it is cited; None with another kind of reason, and for a source that is no note."""
    if data.get("code") != LATER_EVIDENCE or data.get("follows") in ("", OTHER, None):
        return None
    return str(data["follows"])
