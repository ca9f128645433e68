"""Django's admin for what has no page of its own: users, wards, stays, site settings. Facts are read-only there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from patients.actions import change_site_settings
from patients.fact_words import cannot_be_read, readable
from patients.models import (
    FACT_TABLES,
    Admission,
    AuditEntry,
    Bed,
    EvaluationMark,
    Fact,
    Patient,
    SiteSettings,
    Source,
    User,
    Ward,
    WardMembership,
)
from patients.models.site import SITE_CHOICES
from patients.wording import listed


# type arguments are for the stubs only: the classes take none when they run
class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nothing can be added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - the names are Django's
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - the names are Django's
        """Never."""
        return False


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    """The wards of a user."""

    model = WardMembership
    extra = 0


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """Users with role, language and wards."""

    inlines = [MembershipInline]
    list_display = ["username", "last_name", "first_name", "role", "is_active", "is_staff"]
    list_filter = ["role", "is_active", "is_staff"]
    fieldsets = [*(UserAdmin.fieldsets or []), (_("Ward"), {"fields": ["role", "language"]})]
    add_fieldsets = [*(UserAdmin.add_fieldsets or []), (_("Ward"), {"fields": ["role", "language"]})]


class BedInline(admin.TabularInline):  # type: ignore[type-arg]
    """The beds of a ward in their order; one that is not in use is not offered."""

    model = Bed
    extra = 0


@admin.register(Ward)
class WardAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Wards and their beds."""

    inlines = [BedInline]

    list_display = ["code", "name", "name_ja"]


@admin.register(Patient)
class PatientAdmin(ReadOnlyAdmin):
    """Patients are registered and corrected on their own pages, where the change is attributed and locked."""

    list_display = ["mrn", "family_name", "given_name", "sex", "birth_date"]
    search_fields = ["mrn"]


@admin.register(Admission)
class AdmissionAdmin(ReadOnlyAdmin):
    """Stays: they change on the stay page of the patient."""

    list_display = ["patient", "ward", "bed", "admitted_at", "discharged_at"]
    list_filter = ["ward"]
    list_select_related = ["patient", "ward"]


class SiteSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Carries the version its author saw."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput)
    time_zone = forms.ChoiceField(label=_("time zone"), choices=lambda: [(x, x) for x in sorted(available_timezones())])

    class Meta:
        model = SiteSettings
        # what bears on patients is changed by two people, on a page of the rules
        fields = ["time_zone", "keep_sent_days", "review_after_minutes", "review_sample"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expected_version"].initial = self.instance.version
        if self.instance._state.adding:
            self.initial["time_zone"] = SiteSettings.load().time_zone


@admin.register(SiteSettings)
class SiteSettingsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The one row. Saving it is a change: against the version that was seen, and everybody is evaluated anew."""

    form = SiteSettingsForm
    readonly_fields = SITE_CHOICES

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ARG002 - the names are Django's
        """Through the action; `StaleVersion` is answered with 409."""
        seen = form.cleaned_data["expected_version"]
        changes = {name: form.cleaned_data[name] for name in SiteSettingsForm.Meta.fields}
        change_site_settings(by=cast(User, request.user), expected_version=seen, **changes)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Once."""
        return super().has_add_permission(request) and not SiteSettings.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Never: the settings are changed, not removed."""
        return False


@admin.register(EvaluationMark)
class EvaluationMarkAdmin(ReadOnlyAdmin):
    """What the background job owes."""

    list_display = ["patient_id", "needed_since", "evaluated_at", "next_due_at", "failures", "last_error_class"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The audit log."""

    list_display = ["at", "actor", "op", "table_name", "pk_text", "patient", "reason"]
    list_filter = ["op", "table_name"]
    show_full_result_count = False


class FactAdmin(ReadOnlyAdmin):
    """Every version of a fact, as stored."""

    list_display = ["reference", "patient", "on", "known", "version", "status", "source", "cannot_be_read"]
    readonly_fields = ["cannot_be_read"]
    list_filter = ["status", "source"]
    list_select_related = ["patient"]
    search_fields = ["patient__mrn", "identity"]

    def get_fields(self, request: HttpRequest, obj: Fact | None = None) -> Any:
        """Without the numbers that are none: no locale writes them."""
        shown = super().get_fields(request, obj)
        return [x for x in shown if not _no_number(getattr(obj, str(x), None))]

    @admin.display(description="")
    def cannot_be_read(self, row: Fact) -> str:
        """Says so of an entry that cannot be read, with the numbers that are none."""
        if readable(row):
            return ""
        values = {x.name: getattr(row, x.name) for x in row._meta.concrete_fields}
        odd = listed(f"{name}: {value}" for name, value in values.items() if _no_number(value))
        return " ".join(x for x in (cannot_be_read(), odd) if x)


def _no_number(value: object) -> bool:
    return isinstance(value, Decimal) and not value.is_finite()


def _register_facts(tables: dict[str, type[Fact]]) -> None:
    for table in tables.values():
        admin.site.register(table, FactAdmin)


_register_facts(FACT_TABLES)


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Machines that may send, and how they name themselves. None is deleted: what it sent names it."""

    list_display = ("title", "name", "sender", "groups_thousands", "active")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - the names are Django's
        """Never."""
        return False
