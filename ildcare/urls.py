"""Addresses of the whole site. Everything about a patient carries the patient's id."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from ildcare import health, views
from patients.access import public

urlpatterns = [
    path("", views.ward_list, name="ward_list"),
    path("search", views.ward_search, name="ward_search"),
    path("views/save", views.view_save, name="view_save"),
    path("views/remove", views.view_remove, name="view_remove"),
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("session", views.session_state, name="session_state"),
    path("session/extend", views.session_extend, name="session_extend"),
    path("session/forms", views.session_forms, name="session_forms"),
    path("theme", views.set_theme, name="set_theme"),
    path("keys", views.set_keys, name="set_keys"),
    path("language", public(set_language), name="set_language"),
    path("patients/<int:patient_id>/", views.patient_detail, name="patient_detail"),
    path("patients/<int:patient_id>/enter/<slug:kind>", views.entry_form, name="entry_form"),
    path("patients/<int:patient_id>/record/<slug:kind>", views.entry_record, name="entry_record"),
    path("patients/<int:patient_id>/treatments", views.treatment_list, name="treatment_list"),
    path("patients/<int:patient_id>/results", views.result_list, name="result_list"),
    path("patients/<int:patient_id>/trends", views.trend_list, name="trend_list"),
    path("patients/<int:patient_id>/trends/compare", views.trend_compare, name="trend_compare"),
    path("patients/<int:patient_id>/facts/<str:reference>", views.fact_detail, name="fact_detail"),
    path("patients/<int:patient_id>/facts/<str:reference>/<slug:how>", views.fact_amend, name="fact_amend"),
    path("round/", views.round_start, name="round_start"),
    path("round/begin", views.round_begin, name="round_begin"),
    path("round/<int:round_id>/", views.round_detail, name="round_detail"),
    path("round/<int:round_id>/finish", views.round_finish, name="round_finish"),
    path("patients/<int:patient_id>/round", views.round_patient, name="round_patient"),
    path("patients/<int:patient_id>/round/seen", views.round_seen, name="round_seen"),
    path("patients/<int:patient_id>/round/draft", views.round_draft, name="round_draft"),
    path("patients/<int:patient_id>/tasks/add", views.task_add, name="task_add"),
    path("patients/<int:patient_id>/tasks/<int:task_id>/close", views.task_close, name="task_close"),
    path("patients/<int:patient_id>/round-sheet.pdf", views.round_sheet, name="round_sheet"),
    path("patients/<int:patient_id>/judgements/<str:step>/<str:due>/owner", views.judgement_own, name="judgement_own"),
    path("patients/<int:patient_id>/summary.pdf", views.patient_summary, name="patient_summary"),
    path("ward/handover.pdf", views.ward_handover, name="ward_handover"),
    path("review/overrides", views.override_list, name="override_list"),
    path("", include("monitoring.urls")),
    path("cases/import", views.case_import, name="case_import"),
    path("cases/check", views.case_check, name="case_check"),
    path("cases/store", views.case_store, name="case_store"),
    path("admin/", admin.site.urls),
    path("health/live", health.health_live, name="health_live"),
    path("health/ready", health.health_ready, name="health_ready"),
]
