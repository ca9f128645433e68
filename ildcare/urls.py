"""Addresses of the whole site. Everything about a patient carries the patient's id."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from ildcare.account import views as account_views
from ildcare.admission import identity_views, merge_views, roster_views
from ildcare.admission import views as admission_views
from ildcare.care import clock_views, task_views
from ildcare.cohort import views as cohort_views
from ildcare.exchange import arrival_views, code_views, export_views, interface, machine_views, table_views
from ildcare.exchange import views as exchange_views
from ildcare.exchange.fhir import doors, hooks, http
from ildcare.guide import views as guide_views
from ildcare.inbox import site_views, worklist_views
from ildcare.inbox import views as inbox_views
from ildcare.morning import views as morning_views
from ildcare.morning import ward_views as ward_morning_views
from ildcare.notifying import delivery_views
from ildcare.notifying import views as notification_views
from ildcare.operations import health, metrics
from ildcare.paper import views as paper_views
from ildcare.record import entry_views, fact_views
from ildcare.record import views as record_views
from ildcare.review import case_views, figure_views, learning_views
from ildcare.review import views as review_views
from ildcare.round import views as round_views
from ildcare.rulebook import change_views, evidence_views
from ildcare.rulebook import views as rulebook_views
from ildcare.trends import views as trend_views
from ildcare.ward import views as ward_views
from patients.access import public

fhir = http.addresses_of(doors.fhir)

handler500 = "ildcare.operations.away.unexpected_error"

urlpatterns = [
    path("", ward_views.ward_list, name="ward_list"),
    path("search", ward_views.ward_search, name="ward_search"),
    path("views/save", ward_views.view_save, name="view_save"),
    path("views/remove", ward_views.view_remove, name="view_remove"),
    path("sign-in", account_views.sign_in, name="sign_in"),
    path("sign-out", account_views.sign_out, name="sign_out"),
    path("password", account_views.own_password, name="own_password"),
    path("session", account_views.session_state, name="session_state"),
    path("session/extend", account_views.session_extend, name="session_extend"),
    path("session/forms", account_views.session_forms, name="session_forms"),
    path("theme", account_views.set_theme, name="set_theme"),
    path("tour", account_views.set_tour, name="set_tour"),
    path("keys", account_views.set_keys, name="set_keys"),
    path("language", public(set_language), name="set_language"),
    path("patients/new", admission_views.patient_new, name="patient_new"),
    path("patients/register", admission_views.patient_register, name="patient_register"),
    path("patients/off-ward", roster_views.off_ward_list, name="off_ward_list"),
    path("patients/own", roster_views.my_patients, name="my_patients"),
    path("patients/<int:patient_id>/stay", admission_views.stay_detail, name="stay_detail"),
    path("patients/<int:patient_id>/stay/<slug:do>", admission_views.stay_change, name="stay_change"),
    path(
        "patients/<int:patient_id>/stay/take-back/<int:step_id>",
        admission_views.stay_take_back,
        name="stay_take_back",
    ),
    path("patients/<int:patient_id>/", record_views.patient_detail, name="patient_detail"),
    path("patients/<int:patient_id>/enter/<slug:kind>", entry_views.entry_form, name="entry_form"),
    path("patients/<int:patient_id>/record/<slug:kind>", entry_views.entry_record, name="entry_record"),
    path("patients/<int:patient_id>/undo/<int:number>", entry_views.entry_undo, name="entry_undo"),
    path("patients/<int:patient_id>/treatments", record_views.treatment_list, name="treatment_list"),
    path("patients/<int:patient_id>/results", record_views.result_list, name="result_list"),
    path("patients/<int:patient_id>/trends", record_views.trend_list, name="trend_list"),
    path("patients/<int:patient_id>/trends/compare", trend_views.trend_compare, name="trend_compare"),
    path("patients/<int:patient_id>/course", record_views.course_detail, name="course_detail"),
    path("patients/<int:patient_id>/paper", paper_views.paper_list, name="paper_list"),
    path("patients/<int:patient_id>/facts/<str:reference>", fact_views.fact_detail, name="fact_detail"),
    path("patients/<int:patient_id>/facts/<str:reference>/<slug:how>", fact_views.fact_amend, name="fact_amend"),
    path("patients/<int:patient_id>/morning", morning_views.morning_sheet, name="morning_sheet"),
    path("patients/<int:patient_id>/morning/check", morning_views.morning_check, name="morning_check"),
    path("patients/<int:patient_id>/morning/draft", morning_views.morning_draft, name="morning_draft"),
    path("patients/<int:patient_id>/morning/drop", morning_views.morning_drop, name="morning_drop"),
    path("patients/<int:patient_id>/morning/record", morning_views.morning_record, name="morning_record"),
    path("ward/morning", ward_morning_views.ward_morning, name="ward_morning"),
    path("ward/morning/check", ward_morning_views.ward_morning_check, name="ward_morning_check"),
    path("ward/morning/draft", ward_morning_views.ward_morning_draft, name="ward_morning_draft"),
    path("ward/morning/record", ward_morning_views.ward_morning_record, name="ward_morning_record"),
    path("patients/<int:patient_id>/identity", identity_views.identity_form, name="identity_form"),
    path("patients/<int:patient_id>/identity/correct", identity_views.identity_correct, name="identity_correct"),
    path("patients/<int:patient_id>/merge", merge_views.merge_choose, name="merge_choose"),
    path("patients/<int:patient_id>/merge/find", merge_views.merge_find, name="merge_find"),
    path("patients/<int:patient_id>/merge/<int:other_id>", merge_views.merge_check, name="merge_check"),
    path("patients/<int:patient_id>/merge/<int:other_id>/store", merge_views.merge_store, name="merge_store"),
    path("patients/<int:patient_id>/merges/<int:merge_id>", merge_views.merge_detail, name="merge_detail"),
    path(
        "patients/<int:patient_id>/merges/<int:merge_id>/take-back", merge_views.merge_take_back, name="merge_take_back"
    ),
    path("patients/<int:patient_id>/left-drafts/drop", merge_views.left_draft_drop, name="left_draft_drop"),
    path("round/", round_views.round_start, name="round_start"),
    path("round/begin", round_views.round_begin, name="round_begin"),
    path("round/<int:round_id>/", round_views.round_detail, name="round_detail"),
    path("round/<int:round_id>/finish", round_views.round_finish, name="round_finish"),
    path("patients/<int:patient_id>/round", round_views.round_patient, name="round_patient"),
    path("patients/<int:patient_id>/round/seen", round_views.round_seen, name="round_seen"),
    path(
        "patients/<int:patient_id>/round/seen/<int:visit_id>/take-back",
        round_views.round_take_back,
        name="round_take_back",
    ),
    path("patients/<int:patient_id>/round/draft", round_views.round_draft, name="round_draft"),
    path("patients/<int:patient_id>/tasks/add", task_views.task_add, name="task_add"),
    path("patients/<int:patient_id>/tasks/<int:task_id>/close", task_views.task_close, name="task_close"),
    path("patients/<int:patient_id>/tasks/<int:task_id>/owner", task_views.task_own, name="task_own"),
    path("patients/<int:patient_id>/round-sheet.pdf", paper_views.round_sheet, name="round_sheet"),
    path(
        "patients/<int:patient_id>/judgements/<str:step>/<str:due>/owner",
        clock_views.judgement_own,
        name="judgement_own",
    ),
    path("patients/<int:patient_id>/summary.pdf", paper_views.patient_summary, name="patient_summary"),
    path("ward/round-sheets.pdf", paper_views.ward_round_sheets, name="ward_round_sheets"),
    path("ward/handover.pdf", paper_views.ward_handover, name="ward_handover"),
    path("inbox/", inbox_views.inbox, name="inbox"),
    path("inbox/news", inbox_views.inbox_news, name="inbox_news"),
    path("inbox/acknowledge", inbox_views.inbox_acknowledge, name="inbox_acknowledge"),
    path("inbox/levels", worklist_views.level_list, name="level_list"),
    path("inbox/tests", worklist_views.test_list, name="test_list"),
    path("inbox/tasks", worklist_views.task_list, name="task_list"),
    path("site/", site_views.site_home, name="site_home"),
    path("review/", case_views.review_list, name="review_list"),
    path("review/file/<slug:kind>", figure_views.review_list_file, name="review_list_file"),
    path("review/cases/<uuid:key>", case_views.review_case, name="review_case"),
    path("review/cases/<uuid:key>/<slug:do>", case_views.review_change, name="review_change"),
    path("review/figures", figure_views.review_figures, name="review_figures"),
    path("review/figures/file/<slug:kind>", figure_views.review_figures_file, name="review_figures_file"),
    path("review/figures.pdf", paper_views.review_figures_pdf, name="review_figures_pdf"),
    path("review/learning", learning_views.review_learning, name="review_learning"),
    path("review/numbers", review_views.alert_load, name="alert_load"),
    path("guide/", guide_views.guide, name="guide"),
    path("guide/pictures/<slug:language>/<slug:name>.png", guide_views.guide_picture, name="guide_picture"),
    path("rules/", rulebook_views.rule_list, name="rule_list"),
    path("rules/changes", change_views.rule_changes, name="rule_changes"),
    path("rules/changes/<int:number>", change_views.rule_change, name="rule_change"),
    path("rules/changes/<int:number>/back", change_views.rule_change_back, name="rule_change_back"),
    path("rules/changes/<int:number>/<slug:name>", change_views.rule_change_decide, name="rule_change_decide"),
    path("rules/site/propose", change_views.site_propose, name="site_propose"),
    path("rules/<slug:code>/propose", change_views.rule_propose, name="rule_propose"),
    path("rules/<slug:code>", rulebook_views.rule_detail, name="rule_detail"),
    path("evidence/", evidence_views.evidence_list, name="evidence_list"),
    path("evidence/add", evidence_views.evidence_add, name="evidence_add"),
    path("evidence/nodes/<slug:node>", evidence_views.evidence_choose, name="evidence_choose"),
    path("evidence/proposals/<int:number>/<slug:name>", evidence_views.evidence_decide, name="evidence_decide"),
    path("evidence/<slug:code>", evidence_views.evidence_note, name="evidence_note"),
    path("evidence/<slug:code>/<slug:what>", evidence_views.evidence_propose, name="evidence_propose"),
    path("review/overrides", review_views.override_list, name="override_list"),
    path("", include("monitoring.urls")),
    path("cases/import", exchange_views.case_import, name="case_import"),
    path("cases/check", exchange_views.case_check, name="case_check"),
    path("cases/store", exchange_views.case_store, name="case_store"),
    path("cohort", cohort_views.cohort, name="cohort"),
    path("cohort/ask", cohort_views.cohort_ask, name="cohort_ask"),
    path("cohort/<int:number>/cancel", cohort_views.cohort_cancel, name="cohort_cancel"),
    path("cohort/<int:number>/export", cohort_views.cohort_export, name="cohort_export"),
    path("cohort/<int:number>/export/file", cohort_views.cohort_export_file, name="cohort_export_file"),
    path("exchange/tables", table_views.table_list, name="table_list"),
    path("exchange/tables/send", table_views.table_send, name="table_send"),
    path("exchange/tables/<int:number>", table_views.table_result, name="table_result"),
    path("exchange/tables/<int:number>/columns", table_views.table_columns, name="table_columns"),
    path("exchange/tables/<int:number>/columns/save", table_views.table_columns_save, name="table_columns_save"),
    path("exchange/tables/<int:number>/preview", table_views.table_preview, name="table_preview"),
    path("exchange/tables/<int:number>/take", table_views.table_take, name="table_take"),
    path("exchange/tables/<int:number>/cancel", table_views.table_cancel, name="table_cancel"),
    path("exchange/tables/<int:number>/refused", table_views.table_rejects, name="table_rejects"),
    path("patients/<int:patient_id>/export", export_views.patient_export, name="patient_export"),
    path("patients/<int:patient_id>/export/file", export_views.patient_export_file, name="patient_export_file"),
    path("ward/export", export_views.ward_export, name="ward_export"),
    path("ward/export/file", export_views.ward_export_file, name="ward_export_file"),
    path("arrivals/", arrival_views.arrival_list, name="arrival_list"),
    path("arrivals/meaning", arrival_views.meaning_say, name="meaning_say"),
    path("arrivals/results/<int:number>/answer", arrival_views.result_answer, name="result_answer"),
    path("arrivals/results/<int:number>/unit", arrival_views.unit_say, name="unit_say"),
    path("arrivals/results/<int:number>/refuse", arrival_views.result_refuse, name="result_refuse"),
    path("arrivals/people/<int:number>/whose", arrival_views.part_whose, name="part_whose"),
    path("arrivals/people/<int:number>/same", arrival_views.part_same, name="part_same"),
    path("arrivals/people/<int:number>/", arrival_views.part_person, name="part_person"),
    path("arrivals/people/<int:number>/find", arrival_views.part_find, name="part_find"),
    path("arrivals/people/<int:number>/pick", arrival_views.part_pick, name="part_pick"),
    path("arrivals/people/<int:number>/settle", arrival_views.part_settle, name="part_settle"),
    path("machines/", machine_views.machine_list, name="machine_list"),
    path("machines/codes", code_views.code_list, name="code_list"),
    path("machines/codes/<int:number>", code_views.code_replace, name="code_replace"),
    path("machines/codes/confirm", code_views.code_confirm, name="code_confirm"),
    path("arrivals/codes/<int:number>", code_views.code_facts, name="code_facts"),
    path("machines/refused", machine_views.refused_list, name="refused_list"),
    path("machines/add", machine_views.machine_add, name="machine_add"),
    path("machines/<int:number>/switch", machine_views.machine_switch, name="machine_switch"),
    path("machines/<int:number>/numbers", machine_views.machine_authorities, name="machine_authorities"),
    path("machines/<int:number>/networks", machine_views.machine_networks, name="machine_networks"),
    path("machines/<int:number>/silence", machine_views.machine_silence, name="machine_silence"),
    path("machines/<int:number>/tokens", machine_views.token_issue, name="token_issue"),
    path("machines/tokens/<int:number>", machine_views.token_step, name="token_step"),
    path("delivery/", delivery_views.delivery_list, name="delivery_list"),
    path("delivery/test", delivery_views.delivery_test, name="delivery_test"),
    path("delivery/webhooks/add", delivery_views.webhook_add, name="webhook_add"),
    path("delivery/webhooks/<int:number>", delivery_views.webhook_step, name="webhook_step"),
    path("delivery/webhooks/<int:number>/secret", delivery_views.webhook_secret, name="webhook_secret"),
    path("delivery/messages/<uuid:key>", delivery_views.message_step, name="message_step"),
    path("notifications/", notification_views.notification_list, name="notification_list"),
    path("notifications/choose", notification_views.notification_choose, name="notification_choose"),
    path("notifications/test", notification_views.notification_test, name="notification_test"),
    path("notifications/browsers/add", notification_views.browser_add, name="browser_add"),
    path("notifications/browsers/<int:number>/remove", notification_views.browser_remove, name="browser_remove"),
    path("api/", include(interface.addresses())),
    path("fhir", fhir[0].callback, name="fhir_take"),  # as most clients write it
    path("fhir/", include(fhir)),
    path("", include(http.addresses_of(hooks.hooks))),
    path("admin/", admin.site.urls),
    path("health/live", health.health_live, name="health_live"),
    path("health/ready", health.health_ready, name="health_ready"),
    path("metrics", metrics.metrics, name="metrics"),
]
