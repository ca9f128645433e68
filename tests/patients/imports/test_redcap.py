"""Exports of REDCap by their data dictionary: choices, dates of forms, lines of one record."""

from __future__ import annotations

import pytest

from patients.clinical.reasons import say
from patients.code_maps import bundled_map
from patients.imports.case import CaseFaults
from patients.imports.redcap import fields_in, is_dictionary, suggested_by
from patients.imports.table_suggestion import Suggestion
from patients.imports.table_text import table_in
from tests.patients.imports.test_tables import facts, part, text_of

HEADS = [
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?",
]  # fmt: skip


def field(name: str, form: str, kind: str, label: str, **more: str) -> list[str]:
    told = {"choices": "", "note": "", "validation": "", "identifier": "", **more}
    return [name, form, "", kind, label, told["choices"], told["note"], told["validation"], "", "", told["identifier"]]


DICTIONARY = [
    HEADS,
    field("record_id", "person", "text", "Study ID"),
    field("hosp_no", "person", "text", "Hospital number", identifier="y"),
    field("dob", "person", "text", "Date of birth", validation="date_ymd"),
    field("sex", "person", "radio", "Sex", choices="1, Female | 2, Male"),
    field("lab_date", "labs", "text", "Date of sample", validation="date_dmy"),
    field("ferritin", "labs", "text", "Ferritin", note="ng/mL", validation="number"),
    field("crp", "labs", "text", "<b>CRP</b> (mg/dL)", validation="number_comma_decimal"),
    field("mda5", "labs", "radio", "anti-MDA5", choices="0, Negative | 1, Positive | 9, Unclear sample"),
    field("myo", "labs", "checkbox", "Myositis antibodies", choices="1, anti-Jo-1 | 2, anti-PL-7 | 3, none"),
    field("pft_date", "pft", "text", "Date of lung function", validation="date_dmy"),
    field("fvc_pp", "pft", "text", "FVC % predicted", note="%", validation="number"),
]
EXPORT = [
    ["record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "hosp_no", "dob", "sex",
     "person_complete", "lab_date", "ferritin", "crp", "mda5", "myo___1", "myo___2", "myo___3", "labs_complete",
     "pft_date", "fvc_pp", "pft_complete"],
    ["1", "base_arm_1", "", "", "7001234", "1962-09-14", "1", "2", "", "", "", "", "", "", "", "",
     "2026-03-02", "71", "2"],
    ["1", "base_arm_1", "labs", "1", "", "", "", "", "2026-03-04", "1679", "0,5", "1", "1", "0", "0", "2", "", "", ""],
    ["1", "month1_arm_1", "labs", "2", "", "", "", "", "2026-04-01", "880", "", "9", "0", "0", "0", "2", "", "", ""],
    ["2", "base_arm_1", "", "", "7005678", "1958-01-02", "2", "2", "", "", "", "", "", "", "", "", "", "", "0"],
    ["3", "base_arm_1", "labs", "1", "", "", "", "", "2026-03-05", "12", "", "5", "0", "0", "0", "2", "", "", ""],
]  # fmt: skip


def guess(dictionary: list[list[str]] = DICTIONARY, export: list[list[str]] = EXPORT) -> Suggestion:
    return suggested_by(
        fields_in(table_in(text_of(dictionary))), table_in(text_of(export)), bundled_map(), source="reg"
    )


def test_a_dictionary_says_what_the_columns_are() -> None:
    columns = {x.head: x for x in guess().of.columns}
    assert [columns[x].role for x in ("record_id", "hosp_no", "dob", "sex")] == ["link", "mrn", "born", "sex"]
    assert (columns["ferritin"].target, columns["ferritin"].unit, columns["ferritin"].day) == (
        "ferritin",
        "ng/mL",
        "lab_date",
    )
    assert (columns["fvc_pp"].target, columns["fvc_pp"].day) == ("fvc_pp", "pft_date")
    assert columns["myo___1"].target == "anti_jo1"
    assert (columns["myo___3"].role, columns["redcap_event_name"].role, columns["labs_complete"].role) == ("", "", "")
    assert columns["mda5"].values == {"0": "Negative", "1": "Positive", "9": ""}


def test_a_choice_that_is_no_answer_is_asked() -> None:
    assert [(x.head, say(x.why)) for x in guess().questions] == [
        ("mda5", "the choice Unclear sample is neither positive nor negative: what does it mean?")
    ]


def test_an_export_gives_facts_by_the_day_of_their_form_and_the_person_of_their_record() -> None:
    found = part(table_in(text_of(EXPORT)), guess().of)
    assert facts(found) == [
        ("7001234", "fvc_pp", "2026-03-02 00:00", "71"),
        ("7001234", "ferritin", "2026-03-04 00:00", "1679"),
        ("7001234", "crp", "2026-03-04 00:00", "0.5"),
        ("7001234", "anti_mda5", "2026-03-04 00:00", "positive"),
        ("7001234", "anti_jo1", "2026-03-04 00:00", "positive"),
        ("7001234", "ferritin", "2026-04-01 00:00", "880"),
    ]
    assert [(x.person.sex, x.person.birth_date) for x in found.people] == [("female", "1962-09-14")]
    assert [(x.line.number, [say(y) for y in x.why]) for x in found.refused] == [
        (6, ["no record number", "mda5: 5 is none of the choices that the mapping knows"])
    ]


def test_lines_without_a_record_are_nobodys() -> None:
    export = [*EXPORT, ["", "", "labs", "1", "7005678", *[""] * 3, "2026-03-06", "5", *[""] * 9]]
    export += [["", "", "labs", "1", "", *[""] * 3, "2026-03-07", "6", *[""] * 9]]
    found = part(table_in(text_of(export)), guess().of)
    assert [say(y) for x in found.refused if x.line.number == 8 for y in x.why] == ["no record number"]


def test_a_box_that_is_not_ticked_says_nothing() -> None:
    told = facts(part(table_in(text_of(EXPORT)), guess().of))
    assert [x for x in told if x[1] in ("anti_jo1", "anti_pl7")] == [
        ("7001234", "anti_jo1", "2026-03-04 00:00", "positive")
    ]


def test_without_a_record_number_that_of_the_project_is_asked() -> None:
    dictionary = [x for x in DICTIONARY if x[0] != "hosp_no"]
    export = [[y for n, y in enumerate(x) if n != 4] for x in EXPORT]
    found = guess(dictionary, export)
    assert found.of.first("mrn").head == "record_id"
    assert any("is it the same?" in say(x.why) for x in found.questions)


def test_labels_in_place_of_names_are_the_same_fields() -> None:
    label = {x[0]: x[4] for x in DICTIONARY[1:]} | {"crp": "CRP (mg/dL)"}
    export = [["Study ID" if x == "record_id" else label.get(x, x) for x in EXPORT[0]], *EXPORT[1:]]
    export[0] = [{"myo___1": "Myositis antibodies (choice=anti-Jo-1)"}.get(x, x) for x in export[0]]
    export[2] = ["Checked" if n == 12 else x for n, x in enumerate(export[2])]
    told = facts(part(table_in(text_of(export)), guess(export=export).of))
    assert ("7001234", "anti_jo1", "2026-03-04 00:00", "positive") in told
    assert ("7001234", "crp", "2026-03-04 00:00", "0.5") in told


def test_the_dictionary_of_the_interface_for_machines_is_the_same() -> None:
    api = ["field_name", "form_name", "section_header", "field_type", "field_label", "select_choices_or_calculations",
           "field_note", "text_validation_type_or_show_slider_number", "x", "y", "identifier"]  # fmt: skip
    assert fields_in(table_in(text_of([api, *DICTIONARY[1:]]))) == fields_in(table_in(text_of(DICTIONARY)))


def test_another_table_is_no_dictionary() -> None:
    assert not is_dictionary(table_in(b"a,b\n1,2\n"))
    with pytest.raises(CaseFaults, match="no data dictionary"):
        fields_in(table_in(b"a,b\n1,2\n"))
