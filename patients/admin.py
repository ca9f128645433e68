"""Django's admin for what has no page of its own: users, wards, stays, site settings. Facts are read-only there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from patients.models import (
    FACT_TABLES,
    Admission,
    AuditEntry,
    EvaluationMark,
    Fact,
    Patient,
    SiteSettings,
    User,
    Ward,
    WardMembership,
)


# type arguments are for the stubs only: the classes take none when they run
class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nothing can be added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
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


@admin.register(Ward)
class WardAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Wards."""

    list_display = ["code", "name", "name_ja"]


@admin.register(Patient)
class PatientAdmin(ReadOnlyAdmin):
    """Patients are registered and corrected on their own pages, where the deed is attributed and locked."""

    list_display = ["mrn", "family_name", "given_name", "sex", "birth_date"]
    search_fields = ["mrn"]


@admin.register(Admission)
class AdmissionAdmin(ReadOnlyAdmin):
    """Stays."""

    list_display = ["patient", "ward", "bed", "admitted_at", "discharged_at"]
    list_filter = ["ward"]
    list_select_related = ["patient", "ward"]


@admin.register(SiteSettings)
class SiteSettingsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The one row."""

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

    list_display = ["reference", "patient", "on", "known", "version", "status", "source"]
    list_filter = ["status", "source"]
    list_select_related = ["patient"]
    search_fields = ["patient__mrn", "identity"]


def _register_facts(tables: dict[str, type[Fact]]) -> None:
    for table in tables.values():
        admin.site.register(table, FactAdmin)


_register_facts(FACT_TABLES)
