"""R40, R41: every address, every role, own ward and another ward: no blank cell.

A new address fails here until it has a row. A row says, for physician, senior, pharmacist, nurse, administrator and a
user without a role, whether the page is theirs ("+") or not ("-"); what a reviewer without names may open stands in
`OF_REVIEWERS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import signature
from typing import Any
from uuid import UUID

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from patients.access import MACHINES, PUBLIC, RIGHTS
from patients.forms import FORMS
from patients.models import Role
from patients.requests import AuthenticatedHttpRequest
from tests.patients.conftest import make_patient, make_user

NO_SIGN_IN = {PUBLIC, MACHINES}  # shows no patient data; opened by a token alone
# of the interfaces themselves, and what answers that there is nothing
DESCRIPTIONS = {"interface_description", "fhir_metadata", "fhir_nothing", "hook_services"}
ROLES = [Role.PHYSICIAN, Role.SENIOR, Role.PHARMACIST, Role.NURSE, Role.ADMINISTRATOR, ""]

#                       P S F N A -
MATRIX = {
    "card_acknowledge": " + + + - - -",
    "card_snooze": "      + + + - - -",
    "card_own": "         + + + - - -",
    "test_mark": "        + + + + - -",
    "inbox": "            + + + + - -",
    "inbox_news": "       + + + + - -",
    "inbox_acknowledge": "+ + + - - -",
    "level_list": "       + + + + - -",
    "test_list": "        + + + + - -",
    "task_list": "        + + + + - -",
    "task_own": "         + + + + - -",
    "site_home": "        - - - - + -",
    "arrival_list": "     + + + - - -",
    "meaning_say": "      + + + - - -",
    "result_answer": "    + + + - - -",
    "result_refuse": "    + + + - - -",
    "unit_say": "         + + + - - -",
    "part_whose": "       + + + - - -",
    "part_settle": "      + + + - - -",
    "part_same": "        + + + - - -",
    "part_person": "      + + + - - -",
    "part_find": "        + + + - - -",
    "part_pick": "        + + + - - -",
    "machine_list": "     - - - - + -",
    "refused_list": "     - - - - + -",
    "code_list": "        - - - - + -",
    "code_replace": "     - - - - + -",
    "code_confirm": "     - - - - + -",
    "code_facts": "       + + + - - -",
    "machine_add": "      - - - - + -",
    "machine_switch": "   - - - - + -",
    "machine_silence": "  - - - - + -",
    "machine_networks": " - - - - + -",
    "machine_authorities": "  - - - - + -",
    "token_issue": "      - - - - + -",
    "token_step": "       - - - - + -",
    "delivery_list": "    - - - - + -",
    "delivery_test": "    - - - - + -",
    "webhook_add": "      - - - - + -",
    "webhook_step": "     - - - - + -",
    "webhook_secret": "   - - - - + -",
    "message_step": "     - - - - + -",
    "notification_list": "+ + + + - -",
    "notification_choose": "+ + + + - -",
    "notification_test": "+ + + + - -",
    "browser_add": "      + + + + - -",
    "browser_remove": "   + + + + - -",
    "patient_export": "   + + - - - -",
    "patient_export_file": "+ + - - - -",
    "ward_export": "      + + - - - -",
    "ward_export_file": " + + - - - -",
    "table_list": "       + + + - - -",
    "table_send": "       + + + - - -",
    "table_result": "     + + + - - -",
    "table_columns": "    + + + - - -",
    "table_columns_save": "+ + + - - -",
    "table_preview": "    + + + - - -",
    "table_take": "       + + + - - -",
    "table_cancel": "     + + + - - -",
    "table_rejects": "    + + + - - -",
    "case_check": "       + + - - - -",
    "case_import": "      + + - - - -",
    "case_store": "       + + - - - -",
    "entry_form": "       + + + + - -",  # and by kind, below
    "entry_record": "     + + + + - -",
    "entry_undo": "       + + + + - -",  # and by kind
    "fact_amend": "       + + - - - -",
    "fact_detail": "      + + - - - -",
    "morning_check": "    + + + + - -",
    "morning_draft": "    + + + + - -",
    "morning_drop": "     + + + + - -",
    "morning_record": "   + + + + - -",
    "morning_sheet": "    + + + + - -",
    "my_patients": "      + + + + - -",
    "off_ward_list": "    + + + + - -",
    "identity_form": "    + + - - - -",
    "identity_correct": " + + - - - -",
    "merge_choose": "     + + - - - -",
    "merge_find": "       + + - - - -",
    "merge_check": "      + + - - - -",
    "merge_store": "      + + - - - -",
    "merge_detail": "     + + - - - -",
    "merge_take_back": "  + + - - - -",
    "left_draft_drop": "  + + + + - -",
    "own_password": "     + + + + + -",
    "guide": "            + + + + + -",
    "guide_picture": "    + + + + + -",
    "rule_list": "        + + + + + -",
    "rule_detail": "      + + + + + -",
    "rule_changes": "     + + + + + -",
    "rule_change": "      + + + + + -",
    "rule_propose": "     - + + - - -",
    "site_propose": "     - + + - - -",
    "rule_change_decide": "- + + - - -",
    "rule_change_back": " - + + - - -",
    "evidence_list": "    + + + + + -",
    "evidence_note": "    + + + + + -",
    "evidence_add": "     - + + - - -",
    "evidence_choose": "  - + + - - -",
    "evidence_propose": " - + + - - -",
    "evidence_decide": "  - + + - - -",
    "review_list": "      - + - - - -",
    "review_list_file": " - + - - - -",
    "review_case": "      - + - - - -",
    "review_change": "    - + - - - -",
    "review_figures": "   - + - - - -",
    "review_learning": "  - + - - - -",
    "review_figures_file": "- + - - - -",
    "review_figures_pdf": " - + - - - -",
    "override_list": "    - + - - - -",
    "alert_load": "       - + - - - -",
    "cohort": "           - + - - - -",
    "cohort_ask": "       - + - - - -",
    "cohort_cancel": "    - + - - - -",
    "cohort_export": "    - + - - - -",
    "cohort_export_file": "- + - - - -",
    "patient_detail": "   + + + + - -",
    "course_detail": "    + + + + - -",
    "paper_list": "       + + + + - -",
    "patient_new": "      + + - + - -",
    "patient_register": " + + - + - -",
    "stay_change": "      + + - + - -",  # and by step, in tests/ildcare/admission
    "stay_detail": "      + + + + - -",
    "stay_take_back": "   + + - + - -",
    "round_begin": "      + + - - - -",
    "round_detail": "     + + + + - -",
    "round_draft": "      + + - - - -",
    "round_finish": "     + + + + - -",
    "round_patient": "    + + + + - -",
    "round_seen": "       + + - - - -",
    "round_sheet": "      + + + + - -",
    "judgement_own": "+ + - - - -",
    "patient_summary": "  + + + + - -",
    "round_start": "      + + + + - -",
    "round_take_back": "  + + - - - -",
    "task_add": "         + + + + - -",
    "task_close": "       + + + + - -",
    "result_list": "      + + + + - -",
    "treatment_list": "   + + + + - -",
    "trend_compare": "    + + + + - -",
    "trend_list": "       + + + + - -",
    "view_remove": "      + + + + - -",
    "view_save": "        + + + + - -",
    "ward_handover": "    + + + + - -",
    "ward_round_sheets": "+ + + + - -",
    "ward_morning": "       + + + + - -",
    "ward_morning_check": " + + + + - -",
    "ward_morning_draft": " + + + + - -",
    "ward_morning_record": "+ + + + - -",
    "ward_list": "        + + + + - -",
    "ward_search": "      + + + + - -",
}

# and a reviewer who may know no name: nothing of any patient but these
OF_REVIEWERS = {
    *("review_list", "review_case", "review_change", "review_figures", "review_figures_file", "review_figures_pdf"),
    *("review_learning", "review_list_file", "alert_load", "own_password", "guide", "guide_picture"),
    *("rule_list", "rule_detail", "rule_changes", "rule_change", "evidence_list", "evidence_note"),
}
EVERY_ROLE = [*ROLES, Role.REVIEWER]

# what each kind of entry asks of whom sends it
ENTRIES = {
    "results": "  + + + + - -",
    "finding": "  + + + + - -",
    "support": "  + + + + - -",
    "hrct": "     + + - - - -",
    "antibody": " + + - - - -",
    "diagnosis": "+ + - - - -",
    "onset": "    + + - - - -",
    "histology": "+ + - - - -",
    "treatment": "+ + - - - -",
    "judgement": "+ + - - - -",
    "decision": " + + - - - -",
    "no_prophylaxis": "+ + - - - -",
    "other_test": "+ + + + - -",
    "first_facts": "+ + + + - -",  # parts of it, by kind
    "medication": " + + - - - -",
    "taper": "      + + - - - -",
    "cycles": "     + + - - - -",
}

# who does not see the first page begins on another one, which is theirs
LED_ELSEWHERE = {
    ("ward_list", Role.ADMINISTRATOR): "site_home",
    ("ward_list", Role.REVIEWER): "review_list",
}

# open to everybody, without patient data
OPEN = {"health_live", "health_ready", "sign_in", "sign_out", "set_language", "set_theme", "set_keys", "set_tour"}
OPEN |= {"metrics"}  # for who brings its token, from its networks (tests/ildcare/operations/test_metrics.py)
OPEN |= {"session_state", "session_extend", "session_forms"}  # who asks is told of nobody but themselves

DUMMY: dict[str, Any] = {"uuid": UUID(int=0), "int": 0, "str": "x", "slug": "x", "path": "x"}


def cells_of(name: str) -> dict[str, str]:
    """Whether a page is theirs, by role."""
    row = dict(zip(ROLES, MATRIX.get(name, "- - - - - -").split(), strict=True))
    return row | {Role.REVIEWER: "+" if name in OF_REVIEWERS else "-"}


def views(patterns: list[Any] | None = None, kwargs: dict[str, str] | None = None) -> Iterator[tuple[str, Any, dict]]:
    """Name, view and converters of every address but Django's admin, which has its own gate (tested beside)."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        names = {name: _kind(converter) for name, converter in entry.pattern.converters.items()}
        found = {**(kwargs or {}), **names}
        if isinstance(entry, URLPattern):
            yield entry.name or str(entry.pattern), entry.callback, found
        elif isinstance(entry, URLResolver) and entry.namespace != "admin":
            yield from views(entry.url_patterns, found)


def _kind(converter: Any) -> str:
    return type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")


def protected() -> list[tuple[str, Any, dict]]:
    return [(name, view, kinds) for name, view, kinds in views() if name not in OPEN]


def right_of(view: Any) -> str | None:
    return getattr(view, "required_permission", None)


def test_R40_every_view_declares_its_right() -> None:
    undeclared = [name for name, view, _ in protected() if right_of(view) not in {*RIGHTS, *NO_SIGN_IN}]
    assert undeclared == []


def test_a_view_that_needs_a_sign_in_says_so_in_the_type_of_its_request() -> None:
    private = {name: view for name, view, _ in protected() if right_of(view) not in NO_SIGN_IN}
    requests = {name: next(iter(signature(x, eval_str=True).parameters.values())) for name, x in private.items()}
    assert {name for name, x in requests.items() if x.annotation is not AuthenticatedHttpRequest} == set()


def test_R41_every_address_has_a_row_and_every_row_six_cells() -> None:
    public = {name for name, view, _ in protected() if right_of(view) in NO_SIGN_IN}
    assert {name for name, _, _ in protected()} - public - set(MATRIX) == set()
    assert {len(row.split()) for row in (*MATRIX.values(), *ENTRIES.values())} == {len(ROLES)}


def test_R41_every_kind_of_entry_has_a_row() -> None:
    assert set(FORMS) == set(ENTRIES)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(ENTRIES))
@pytest.mark.parametrize("name", ["entry_form", "entry_record"])
def test_R41_an_entry_is_refused_to_whom_it_is_not_for(client, ward, name, kind) -> None:
    patient = make_patient("P-1", None, ward)
    refused = set()
    for role, cell in zip(EVERY_ROLE, [*ENTRIES[kind].split(), "-"], strict=True):
        client.force_login(make_user(f"asker {role}", role, ward))
        status = answer(client, name, {"patient_id": patient.pk, "kind": kind})
        assert status in {200, 403, 409}, f"{role}: {status}"  # 409: a form without its context
        if (status == 403) != (cell == "-"):
            refused.add((role, status))
    assert refused == set()


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_R41_the_row_is_what_the_view_declares(name) -> None:
    declared = {found: view.required_permission for found, view, _ in protected()}
    if name not in declared:
        pytest.skip(f"{name} is not among the addresses")
    assert {role for role, cell in cells_of(name).items() if cell == "+"} == set(RIGHTS[declared[name]])


@pytest.mark.django_db
@pytest.mark.parametrize("role", EVERY_ROLE)
def test_R41_the_pages_answer_as_the_matrix_says(client, ward, other_ward, role) -> None:
    """Refused roles get 403; allowed roles get anything but 403 on their ward and 404 for a patient of another."""
    user = make_user("asker", role, ward)
    own, foreign = make_patient("P-1", None, ward), make_patient("P-2", None, other_ward)
    client.force_login(user)
    wrong = []
    for name, view, kinds in protected():
        if right_of(view) == MACHINES:
            continue
        allowed = cells_of(name)[role] == "+"
        dummy = {key: DUMMY[kind] for key, kind in kinds.items()}
        status = answer(client, name, {**dummy, **({"patient_id": own.pk} if "patient_id" in kinds else {})})
        if (name, role) in LED_ELSEWHERE:
            assert client.get(reverse(name)).headers["Location"] == reverse(LED_ELSEWHERE[name, role])
        elif (status == 403) == allowed:
            wrong.append((name, role, status))
        if allowed and "patient_id" in kinds:
            status = answer(client, name, {**dummy, "patient_id": foreign.pk})
            if status != 404:
                wrong.append((name, "another ward", status))
    assert wrong == []


@pytest.mark.django_db
def test_R40_no_session_opens_the_interface_for_machines(client, ward) -> None:
    client.force_login(make_user("asker", Role.SENIOR, ward))
    opened = {}
    for name, view, kinds in protected():
        if right_of(view) == MACHINES and name not in DESCRIPTIONS:
            opened[name] = answer(client, name, {key: DUMMY[kind] for key, kind in kinds.items()})
    assert set(opened.values()) == {401}, opened


def answer(client: Any, name: str, kwargs: dict[str, Any]) -> int:
    address = reverse(name, kwargs=kwargs)
    status = client.get(address).status_code
    return status if status != 405 else client.post(address).status_code


@pytest.mark.django_db
def test_R40_nobody_is_served_without_signing_in(client, ward) -> None:
    patient = make_patient("P-1", None, ward)
    served = []
    for name, view, kinds in protected():
        if right_of(view) == PUBLIC or name in DESCRIPTIONS:
            continue
        kwargs = {key: patient.pk if key == "patient_id" else DUMMY[kind] for key, kind in kinds.items()}
        if answer(client, name, kwargs) not in {302, 401, 403}:
            served.append(name)
    assert served == []


@pytest.mark.django_db
@pytest.mark.parametrize("role", EVERY_ROLE)
def test_R41_the_admin_is_for_staff(client, ward, role) -> None:
    client.force_login(make_user("asker", role, ward))
    assert client.get(reverse("admin:index")).status_code == 302
