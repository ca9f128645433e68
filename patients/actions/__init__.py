"""Every write to a patient's record. Each change is keyword-only, says who does it (`by`, None for the system) and
commits as a whole. A change on what clinical answers rest on marks the patient for evaluation and sends
`record_changed` once.

Changes raise `Refused` (the content forbids it) or `StaleVersion` (somebody else was first); nothing is written.
"""

from patients.actions.deliveries import (
    Receipt,
    take_again,
    take_message,
    take_registered,
    take_what_waits_for,
)
from patients.actions.documents import take_document
from patients.actions.entries import record_entry, result_of, undo_entry
from patients.actions.facts import (
    StoredCase,
    cancel_fact,
    confirm_value,
    correct_fact,
    give_way,
    record_facts,
    stop_treatment,
    store_case,
    try_case,
)
from patients.actions.identity import correct_identity
from patients.actions.machines import (
    Issued,
    allow_networks,
    allow_silence,
    count_numbers_of,
    digest_of,
    end_token,
    issue_token,
    name_source,
    note_use,
    rotate_token,
    switch_source,
)
from patients.actions.merging import merge_records, take_back_merge, try_merge, try_take_back
from patients.actions.people import change_own_password
from patients.actions.prints import note_prints
from patients.actions.records import (
    NumberTaken,
    change_site_settings,
    fold_anew,
    register_patient,
)
from patients.actions.responsibilities import join_team, leave_team
from patients.actions.retention import Pruned, prune_sent
from patients.actions.rounds import (
    add_task,
    assign_task,
    close_task,
    end_planned,
    finish_round,
    keep_round_draft,
    own_judgement,
    record_round_visit,
    remove_view,
    save_view,
    start_round,
    take_back_visit,
)
from patients.actions.settling import (
    answer_question,
    pick_patient,
    refuse_result,
    replace_meaning,
    say_meaning,
    say_same_person,
    say_unit,
    say_whose,
    settle_part,
)
from patients.actions.sheets import drop_left_drafts, drop_sheet_draft, keep_sheet_draft
from patients.actions.silence import note_silence
from patients.actions.stays import (
    admit_patient,
    change_consultant,
    discharge_patient,
    move_patient,
    record_outcome,
    register_and_admit,
    take_back_step,
)
from patients.actions.tables import (
    add_source,
    begin_table,
    cancel_table,
    count_table,
    note_failure,
    save_mapping,
    send_table,
    stop_table,
    take_part,
)
from patients.entries import UNDONE_WITHIN

__all__ = [
    "UNDONE_WITHIN",
    "Issued",
    "NumberTaken",
    "Pruned",
    "Receipt",
    "StoredCase",
    "add_source",
    "add_task",
    "admit_patient",
    "allow_networks",
    "allow_silence",
    "answer_question",
    "assign_task",
    "begin_table",
    "cancel_fact",
    "cancel_table",
    "change_consultant",
    "change_own_password",
    "change_site_settings",
    "close_task",
    "confirm_value",
    "correct_fact",
    "correct_identity",
    "count_numbers_of",
    "count_table",
    "digest_of",
    "discharge_patient",
    "drop_left_drafts",
    "drop_sheet_draft",
    "end_planned",
    "end_token",
    "finish_round",
    "fold_anew",
    "give_way",
    "issue_token",
    "join_team",
    "keep_round_draft",
    "keep_sheet_draft",
    "leave_team",
    "merge_records",
    "move_patient",
    "name_source",
    "note_failure",
    "note_prints",
    "note_silence",
    "note_use",
    "own_judgement",
    "pick_patient",
    "prune_sent",
    "record_entry",
    "record_facts",
    "record_outcome",
    "record_round_visit",
    "refuse_result",
    "register_and_admit",
    "register_patient",
    "remove_view",
    "replace_meaning",
    "result_of",
    "rotate_token",
    "save_mapping",
    "save_view",
    "say_meaning",
    "say_same_person",
    "say_unit",
    "say_whose",
    "send_table",
    "settle_part",
    "start_round",
    "stop_table",
    "stop_treatment",
    "store_case",
    "switch_source",
    "take_again",
    "take_back_merge",
    "take_back_step",
    "take_back_visit",
    "take_document",
    "take_message",
    "take_part",
    "take_registered",
    "take_what_waits_for",
    "try_case",
    "try_merge",
    "try_take_back",
    "undo_entry",
]
