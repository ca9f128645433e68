"""What a case file is refused for: one test for each fault, named after it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from patients.imports.case import CaseFaults
from patients.imports.case_file import parse
from tests.patients.imports.writing import (
    ABSENT,
    NOW,
    PATIENT,
    csa,
    document,
    event,
    faults,
    faults_of,
    ferritin,
    only_fault,
    pao2,
)


def test_wrong_format_is_refused():
    assert "ildcare-case/2" in only_fault(format="ildcare-case/2")


def test_missing_format_is_refused():
    assert only_fault(format=ABSENT) == '"format" is missing'


def test_missing_patient_is_refused():
    assert only_fault(patient=ABSENT) == '"patient" is missing'


def test_patient_without_record_number_is_refused():
    assert only_fault(patient={"family_name": "Case"}) == '"mrn" is missing'


def test_empty_record_number_is_refused():
    assert only_fault(patient={**PATIENT, "mrn": "  "}) == '"mrn" is empty'


def test_unknown_sex_word_is_refused():
    assert "female, male, unknown" in only_fault(patient={**PATIENT, "sex": "F"})


def test_birth_date_in_the_future_is_refused():
    assert "future" in only_fault(patient={**PATIENT, "birth_date": "2024-06-02"})


def test_birth_date_that_is_no_date_is_refused():
    assert "not a date" in only_fault(patient={**PATIENT, "birth_date": "1952-02-30"})


def test_missing_events_are_refused():
    assert only_fault(events=ABSENT) == '"events" is missing'


def test_events_that_are_no_list_are_refused():
    assert only_fault(events={}) == '"events" must be a list'


def test_event_that_is_no_object_is_refused():
    assert only_fault(7) == "an event must be an object"


def test_missing_kind_is_refused():
    assert only_fault(event(kind=ABSENT)) == '"kind" is missing'  # type: ignore[arg-type]


def test_unknown_kind_is_refused():
    assert '"kind" is "blood"' in only_fault(event("blood"))


def test_unknown_measurement_is_refused():
    assert '"code" is "hair_length"' in only_fault(event(code="hair_length", value="1", unit="cm"))


def test_unknown_antibody_is_refused():
    assert "anti_mda6" in only_fault(event("antibody", code="anti_mda6", result="positive"))


def test_unknown_antibody_result_is_refused():
    assert "positive, negative, weak_positive, indeterminate, pending" in only_fault(
        event("antibody", code="anti_mda5", result="strong")
    )


def test_unknown_finding_is_refused():
    assert "hiccups" in only_fault(event("finding", code="hiccups", present=True))


def test_unknown_drug_is_refused():
    assert 'no drug "aspirine"' in only_fault(event("treatment", drug="aspirine"))


def test_unknown_unit_is_refused():
    assert '"furlong" is not accepted' in only_fault(ferritin(unit="furlong"))


def test_ferritin_in_ng_per_dl_is_refused():
    assert '"ng/dL" is not accepted' in only_fault(ferritin("167900", "ng/dL"))


def test_missing_unit_is_refused():
    message = only_fault(event(code="crp", value="1.2"))
    assert "unit" in message
    assert "mg/dL" in message
    assert "mg/L" in message


def test_unknown_dose_unit_is_refused():
    assert '"unit" is "spoons"' in only_fault(event("treatment", drug="gc", dose=50, unit="spoons"))


def test_unknown_route_of_a_drug_is_refused():
    assert '"route" is "nose"' in only_fault(event("treatment", drug="gc", route="nose"))


def test_unknown_diagnosis_is_refused():
    assert "SLE" in only_fault(event("diagnosis", myositis="SLE"))


def test_unknown_consolidation_is_refused():
    assert "upper" in only_fault(event("hrct", consolidation="upper"))


def test_unknown_hrct_pattern_is_refused():
    assert "LIP" in only_fault(event("hrct", pattern="LIP"))


def test_unknown_hrct_change_is_refused():
    assert "bigger" in only_fault(event("hrct", change="bigger"))


def test_unknown_finding_change_is_refused():
    assert "gone" in only_fault(event("finding", code="cough", change="gone"))


def test_unknown_histology_is_refused():
    assert "LIP" in only_fault(event("histology", pattern="LIP"))


def test_unknown_support_level_is_refused():
    assert "tent" in only_fault(event("support", level="tent"))


def test_unknown_improvement_is_refused():
    assert "better" in only_fault(event("judgement", improvement="better"))


def test_unknown_step_is_refused():
    assert "T5" in only_fault(event("decision", step="T5"))


def test_decision_that_the_course_is_acute_is_refused():
    assert '"course" is "A/S"' in only_fault(event("decision", course="A/S"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"reason": "sulfa allergy", "step": "T3"}, 'has no "step" and no "course"'),
        ({"reason": "sulfa allergy", "course": "C"}, 'has no "step" and no "course"'),
        ({"reason": " "}, 'needs its "reason"'),
        ({}, 'needs its "reason"'),
    ],
)
def test_100_decision_without_prophylaxis_has_its_reason_and_is_about_nothing_else(content, why):
    assert why in only_fault(event("decision", prophylaxis_instead="atovaquone", **content))


def test_100_decision_without_prophylaxis_names_an_alternative():
    fault = only_fault(event("decision", prophylaxis_instead="cotrimoxazole", reason="sulfa allergy"))
    assert '"prophylaxis_instead" is "cotrimoxazole"' in fault


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"code": "infection", "accepted": True}, "kind of reason of a step that is not followed"),
        ({"code": "infection"}, "kind of reason of a step that is not followed"),
        ({"code": "boredom", "accepted": False}, '"code" is "boredom"'),
        ({"code": "infection", "accepted": False, "follows": "Wu 2025"}, '"follows" names a source'),
        ({"accepted": False, "follows": "Wu 2025"}, '"follows" names a source'),
    ],
)
def test_the_kind_of_reason_is_of_a_step_that_is_not_followed_and_a_source_of_later_evidence(content, why):
    assert why in only_fault(event("decision", step="T3", reason="because", **content))


def test_decision_about_nothing_is_refused():
    assert 'needs a "step" or a "course"' in only_fault(event("decision", reason="because"))


def test_unknown_status_is_refused():
    assert "draft" in only_fault(ferritin(status="draft"))


def test_json_number_as_value_is_refused():
    assert only_fault(ferritin(1679)) == '"value" must be text in quotes'


@pytest.mark.parametrize(
    "value", ["", "abc", "1e3", "1_000", "NaN", "Infinity", "1,679", "+5", "=<5", "5-6", "٣", "10²"]
)
def test_value_that_is_no_number_is_refused(value):
    assert len(faults(ferritin(value))) == 1


def test_negative_value_is_refused():
    assert "out of limits" in only_fault(ferritin("-5"))


def test_missing_value_is_refused():
    assert only_fault(ferritin(ABSENT)) == '"value" is missing'


@pytest.mark.parametrize("value", ["0.4", "200001"])
def test_value_out_of_limits_is_refused(value):
    assert "out of limits" in only_fault(ferritin(value))


@pytest.mark.parametrize("value", ["0.5", "200000"])
def test_value_at_its_limit_is_accepted(value):
    assert faults(ferritin(value)) == []


def test_limits_are_those_of_the_catalogue_unit_after_conversion():
    assert "out of limits" in only_fault(event(code="creatinine", value="2300", unit="umol/L"))


def test_pao2_above_150_on_room_air_is_refused():
    assert "room air" in only_fault(pao2("150.1"))
    assert faults(pao2("150")) == []
    assert faults(pao2("150.1", fio2=0.4)) == []


@pytest.mark.parametrize("on", ["2024-13-01", "2024-02-30", "yesterday", "04/03/2024", "20240304", "2024-W10-1",
                                "2024-03-04T25:00", "2024-03-04T08:00+99:00", "0001-01-01", ""])  # fmt: skip
def test_date_that_cannot_be_read_is_refused(on):
    assert len(faults(ferritin(on=on))) == 1


def test_missing_date_is_refused():
    assert only_fault(ferritin(on=ABSENT)) == '"on" is missing'


def test_date_in_the_future_is_refused():
    assert '"on" is in the future' in only_fault(ferritin(on="2024-06-02"))


def test_far_future_is_called_future():
    assert '"on" is in the future' in only_fault(ferritin(on="2999-01-01"))


def test_time_in_the_future_is_refused_by_the_minute():
    assert "future" in only_fault(ferritin(on="2024-06-01T12:01"))
    assert faults(ferritin(on="2024-06-01T12:00")) == []


def test_time_of_another_zone_in_the_future_is_refused():
    assert "future" in only_fault(ferritin(on="2024-06-01T03:01Z"))


def test_known_in_the_future_is_refused():
    assert '"known" is in the future' in only_fault(ferritin(known="2024-06-02"))


def test_stop_in_the_future_is_refused():
    assert '"stop" is in the future' in only_fault(event("treatment", drug="gc", stop="2024-06-02"))


def test_known_before_on_is_refused():
    assert only_fault(ferritin(known="2024-03-03")) == '"known" is before "on"'


def test_known_an_hour_before_on_is_refused():
    assert only_fault(ferritin(on="2024-03-04T08:00", known="2024-03-04T07:00")) == '"known" is before "on"'


def test_stop_before_on_is_refused():
    assert only_fault(event("treatment", drug="gc", stop="2024-03-03")) == '"stop" is before "on"'


@pytest.mark.parametrize("on", ["2024-13-40", "2999-01-01", "1899-12-31", 20240304, ABSENT])
@pytest.mark.parametrize(
    ("kind", "second"),
    [
        ("treatment", {"drug": "gc", "stop": "2024-03-03"}),
        ("hrct", {"compared_with": "2024-03-03"}),
        ("measurement", {"code": "ferritin", "value": "890", "unit": "ng/mL", "known": "2024-03-03"}),
    ],
)
def test_no_date_is_held_against_one_that_was_refused(kind, second, on):
    assert 'before "on"' not in only_fault(event(kind, **second, on=on))


def test_a_month_that_no_calendar_has_is_told_as_it_was_written():
    assert only_fault(event("respiratory_onset", on="2024-13")).startswith('"2024-13" is not a date')


def test_pao2_without_fio2_is_refused():
    assert "FiO2" in only_fault(pao2(fio2=ABSENT))


@pytest.mark.parametrize("fio2", [0.2, 20.9, 1.01, "room air", True, -0.3])
def test_fio2_that_is_no_fraction_is_refused(fio2):
    assert len(faults(pao2(fio2=fio2))) == 1


def test_cyclosporine_level_without_route_is_refused():
    assert "route" in only_fault(csa(route=ABSENT))


def test_cyclosporine_level_without_timing_is_refused():
    assert "pre_dose, trough, c2, continuous or during_infusion" in only_fault(csa(timing=ABSENT))


def test_unknown_timing_is_refused():
    assert '"timing" is "noon"' in only_fault(csa(timing="noon"))


@pytest.mark.parametrize("value", ["1.679", "<1.679"])
def test_three_decimals_in_ferritin_ask_about_thousands(value):
    message = only_fault(ferritin(value))
    assert "thousands" in message
    assert "1679" in message


def test_three_decimals_in_kl6_ask_about_thousands():
    assert "1040" in only_fault(event(code="kl6", value="1.040", unit="U/mL"))


def test_two_or_four_decimals_in_ferritin_do_not_ask():
    assert faults(ferritin("1.68"), ferritin("1.6790")) == []


def test_dose_of_zero_is_refused():
    assert "dose of 0" in only_fault(event("treatment", drug="gc", dose=0, unit="mg/day"))


@pytest.mark.parametrize("dose", [-1, 1e30, "fifty", True, [50]])
def test_dose_that_is_no_plain_number_is_refused(dose):
    assert len(faults(event("treatment", drug="gc", dose=dose, unit="mg/day"))) == 1


def test_present_in_quotes_is_refused():
    assert "true or false" in only_fault(event("finding", code="cough", present="yes"))


def test_key_given_twice_is_refused():
    text = document(ferritin()).replace('"value": "1679"', '"value": "1679", "value": "200"')
    assert faults_of(text) == [(1, '"value" is given more than once')]


def test_text_that_cannot_be_stored_is_refused():
    assert "cannot be shown" in only_fault(event("judgement", improvement="worse", note="a\x00b"))
    assert "cannot be shown" in only_fault(event("judgement", improvement="worse", note="\ud800"))


def test_sender_id_that_is_too_long_is_refused():
    assert "longer than 100" in only_fault(ferritin(id="x" * 101))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '"x"', "[" * 100_000, b"\xff\xfe{}", b"\x83\x4a"])
def test_document_that_is_no_json_object_is_refused(text):
    assert [event for event, _message in faults_of(text)] == [None]


def test_every_fault_is_told_with_its_event_and_none_hides_another():
    found = faults(ferritin(), ferritin("x", unit="y"), event("blood", on="never"), patient={"sex": "X"})
    assert [number for number, _message in found] == [None, None, 2, 2, 3, 3]


def test_numbers_of_json_that_are_none_are_refused():
    text = document(event("treatment", drug="gc", dose=1, unit="mg/day")).replace('"dose": 1', '"dose": NaN')
    assert faults_of(text) == [(1, '"dose" must be a plain number')]


# -- bounds -----------------------------------------------------------------------------------------------------------

UNKNOWN_BIRTH = {"mrn": "T-1"}


@pytest.mark.parametrize(
    "told",
    [
        ferritin(on="1952-02-29"),
        ferritin(on="1952-02-29T23:59"),
        event("treatment", drug="gc", on="1950-01-01", stop="2024-01-01"),
        event("hrct", ggo=True, compared_with="1952-02-29"),
        ferritin(on="1952-02-29T14:59Z"),
    ],
)
def test_nothing_lies_before_the_birth_date(told):
    assert any("lies before the birth date" in message for _event, message in faults(told))
    assert faults(told, patient=UNKNOWN_BIRTH) == []


@pytest.mark.parametrize("key", ["on", "known", "stop", "compared_with"])
@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "0001-01-01T00:00", "1899-12-31T23:59+09:00"])
def test_nothing_lies_before_1900(key, day):
    told = event("treatment", drug="gc") if key == "stop" else event("hrct", ggo=True)
    found = [message for _event, message in faults({**told, key: day}, patient=UNKNOWN_BIRTH)]
    assert any("before 1900" in message for message in found), found


def test_a_birth_date_lies_between_1900_and_today():
    for day in ("1899-12-31", "0001-01-01", "2024-06-02"):
        assert len(faults(ferritin(), patient={**PATIENT, "birth_date": day})) >= 1, day
    assert faults(ferritin(), patient={**PATIENT, "birth_date": "1900-01-01"}) == []
    assert faults(ferritin(on="2024-06-01"), patient={**PATIENT, "birth_date": "2024-06-01"}) == []


# -- the clock at the site --------------------------------------------------------------------------------------------


def in_zone(zone: str, on: str) -> tuple[list[str], list[str]]:
    """The faults of an event at this time, and the moments (UTC) of what was read."""
    try:
        told = parse(document(ferritin(on=on)), zone=zone, now=NOW)
    except CaseFaults as refused:
        return [x.message for x in refused.faults], []
    return [], [x.fact.on.astimezone(UTC).isoformat() for x in told.versions]


@pytest.mark.parametrize(
    ("zone", "on", "word", "offsets"),
    [
        ("Europe/Berlin", "2023-10-29T02:30", "twice", ("+02:00", "+01:00")),
        ("Europe/Berlin", "2024-03-31T02:30", "does not show", ("+01:00", "+02:00")),
        ("America/New_York", "2023-11-05T01:00", "twice", ("-04:00", "-05:00")),
        ("America/New_York", "2024-03-10T02:00", "does not show", ("-05:00", "-04:00")),
    ],
)
def test_a_clock_time_that_is_no_moment_or_two_is_asked_about(zone, on, word, offsets):
    """And with one of the two offsets it is taken, as that moment."""
    ((fault,), read) = in_zone(zone, on)
    assert read == []
    assert word in fault
    for offset in offsets:
        assert f"{on}{offset}" in fault
        meant = datetime.fromisoformat(f"{on}{offset}").astimezone(UTC).isoformat()
        assert in_zone(zone, f"{on}{offset}") == ([], [meant])


@pytest.mark.parametrize(
    ("zone", "on", "utc"),
    [
        ("Europe/Berlin", "2024-03-31T01:59", "2024-03-31T00:59:00+00:00"),
        ("Europe/Berlin", "2024-03-31T03:00", "2024-03-31T01:00:00+00:00"),
        ("Europe/Berlin", "2023-10-29T01:59", "2023-10-28T23:59:00+00:00"),
        ("Europe/Berlin", "2023-10-29T03:00", "2023-10-29T02:00:00+00:00"),
        ("America/Havana", "2024-03-10", "2024-03-10T05:00:00+00:00"),
        ("Asia/Tokyo", "2024-03-31T02:30", "2024-03-30T17:30:00+00:00"),
    ],
)
def test_the_hours_beside_it_and_whole_days_are_taken(zone, on, utc):
    assert in_zone(zone, on) == ([], [utc])


def test_more_versions_of_one_result_than_it_can_have_are_refused():
    def told(number):
        return [ferritin(str(100 + n), id="A", known=f"2024-05-{n // 24 + 1:02}T{n % 24:02}:00") for n in range(number)]

    assert faults(*told(100)) == []
    assert "more than 100 versions of one result" in only_fault(*told(101))
