"""Every write to a patient's record. Each deed is keyword-only, says who does it (`by`, None for the system) and
commits as a whole. A deed on what clinical answers rest on marks the patient for evaluation and sends
`record_changed` once.

Deeds raise `Refused` (the content forbids it) or `StaleVersion` (somebody else was first); nothing is written.
"""

from patients.actions.facts import (
    StoredCase,
    cancel_fact,
    correct_fact,
    record_facts,
    stop_treatment,
    store_case,
)
from patients.actions.records import (
    admit_patient,
    change_site_settings,
    correct_patient,
    discharge_patient,
    register_patient,
    transfer_patient,
)
from patients.actions.rounds import (
    add_task,
    close_task,
    finish_round,
    keep_round_draft,
    own_judgement,
    record_round_visit,
    remove_view,
    save_view,
    start_round,
)

__all__ = [
    "StoredCase",
    "add_task",
    "admit_patient",
    "cancel_fact",
    "change_site_settings",
    "close_task",
    "correct_fact",
    "correct_patient",
    "discharge_patient",
    "finish_round",
    "keep_round_draft",
    "own_judgement",
    "record_facts",
    "record_round_visit",
    "register_patient",
    "remove_view",
    "save_view",
    "start_round",
    "stop_treatment",
    "store_case",
    "transfer_patient",
]
