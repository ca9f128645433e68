"""Doors of the roof: pages that show several apps at once."""

from ildcare.views.account import (
    session_extend,
    session_forms,
    session_state,
    set_keys,
    set_theme,
    sign_in,
    sign_out,
)
from ildcare.views.cases import case_check, case_import, case_store
from ildcare.views.clock import judgement_own
from ildcare.views.entry import entry_form, entry_record, fact_amend, fact_detail
from ildcare.views.prints import patient_summary, round_sheet, ward_handover
from ildcare.views.records import patient_detail
from ildcare.views.reviews import override_list
from ildcare.views.rounds import (
    round_begin,
    round_detail,
    round_draft,
    round_finish,
    round_patient,
    round_seen,
    round_start,
)
from ildcare.views.tasks import task_add, task_close
from ildcare.views.treatments import result_list, treatment_list
from ildcare.views.trends import trend_compare, trend_list
from ildcare.views.wards import view_remove, view_save, ward_list, ward_search

__all__ = [
    "case_check",
    "case_import",
    "case_store",
    "entry_form",
    "entry_record",
    "fact_amend",
    "fact_detail",
    "judgement_own",
    "override_list",
    "patient_detail",
    "patient_summary",
    "result_list",
    "round_begin",
    "round_detail",
    "round_draft",
    "round_finish",
    "round_patient",
    "round_seen",
    "round_sheet",
    "round_start",
    "session_extend",
    "session_forms",
    "session_state",
    "set_keys",
    "set_theme",
    "sign_in",
    "sign_out",
    "task_add",
    "task_close",
    "treatment_list",
    "trend_compare",
    "trend_list",
    "view_remove",
    "view_save",
    "ward_handover",
    "ward_list",
    "ward_search",
]
