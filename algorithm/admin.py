"""Stored evaluations in the admin, to be read only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from algorithm.models import Assessment

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin  # generic for the type checker only


@admin.register(Assessment)
class AssessmentAdmin(ModelAdmin):
    """Nothing can be added, changed or deleted."""

    list_display = ("patient", "chart", "chart_version", "course", "subtype", "step", "trigger", "as_of", "created_at")
    list_filter = ("chart", "chart_version", "step", "subtype", "trigger")
    search_fields = ("patient__mrn",)
    list_select_related = ("patient",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - the names are Django's
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - the names are Django's
        """Never."""
        return False
