"""What a case file says, once it is accepted: times, identities, versions, warnings, snapshots."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.clinical import facts as f
from patients.clinical.quantities import Quantity
from patients.clinical.snapshot import freeze
from patients.clinical.versions import standing
from patients.imports.case import CaseFaults, snapshot_of
from patients.imports.case_file import parse
from tests.patients.imports.writing import ABSENT, NOW, case, csa, document, event, faults, ferritin, pao2

STATUS = {True: "cancelled", False: "final"}
TOKYO = ZoneInfo("Asia/Tokyo")


def fact(*events, **top):
    (entry,) = case(*events, **top).events
    return entry.version.fact


def values(snapshot, code="ferritin"):
    return [str(x.quantity) for x in snapshot.series(code)]


def at(*when):
    return datetime(*when, tzinfo=TOKYO)


def test_a_date_alone_is_its_midnight_at_the_site():
    assert fact(ferritin()).on == at(2024, 3, 4)


def test_a_time_without_offset_is_in_the_zone_of_the_site():
    found = case(ferritin(on="2024-03-04T08:00"), zone="Europe/Berlin").events[0].version.fact
    assert found.on == datetime(2024, 3, 4, 7, 0, tzinfo=UTC)


def test_an_offset_is_honoured_and_the_day_is_that_of_the_site():
    found = fact(ferritin(on="2024-03-04T20:00Z"))
    assert (found.on, found.day) == (datetime(2024, 3, 4, 20, tzinfo=UTC), date(2024, 3, 5))


def test_known_is_on_unless_given():
    assert fact(ferritin()).known == at(2024, 3, 4)
    assert fact(ferritin(known="2024-03-06T09:00")).known == at(2024, 3, 6, 9)


def test_known_on_the_same_date_as_a_timed_event_is_its_time():
    assert fact(ferritin(on="2024-03-04T08:00", known="2024-03-04")).known == at(2024, 3, 4, 8)


def test_value_is_exact_and_kept_as_typed():
    found = fact(ferritin("1679.50", "ug/L"))
    assert (found.quantity, found.typed) == (Quantity(Decimal("1679.50")), "1679.50 ug/L")


def test_censored_value_is_kept():
    assert fact(ferritin("> 3000")).quantity == Quantity(Decimal(3000), ">")


def test_full_width_digits_mean_what_they_show():
    assert fact(ferritin("\uff11\uff16\uff17\uff19")).quantity == Quantity(Decimal(1679))


def test_fio2_is_exact_as_number_and_as_text():
    assert fact(pao2(fio2=0.21)).fio2 == fact(pao2(fio2="0.21")).fio2 == Decimal("0.21")
    assert fact(pao2()).on_air


def test_dose_is_exact():
    found = fact(event("treatment", drug="gc", route="oral", dose=52.5, unit="mg/day", stop="2024-03-10"))
    assert found == f.Treatment(
        id=found.id, on=found.on, known=found.known, day=found.day, known_day=found.day, first_known=found.known,
        drug="gc", route="oral", dose=Decimal("52.5"), unit="mg/day", stop=date(2024, 3, 10),
    )  # fmt: skip


@pytest.mark.parametrize(("drug", "unit"), [("gc", "mg/day"), ("ivcy", "mg")])
def test_dose_without_unit_is_what_the_format_says_of_the_drug(drug, unit):
    found = fact(event("treatment", drug=drug, dose=50))
    assert (found.dose, found.unit) == (Decimal(50), unit)


def test_dose_without_unit_is_unknown_and_said():
    told = case(event("treatment", drug="csa", dose=50))
    assert told.events[0].version.fact.dose is None
    assert "without a unit" in told.warnings[0].message


def test_drug_is_found_by_its_generic_name_in_any_case():
    assert fact(event("treatment", drug="Clarithromycin")).drug == "clarithromycin"
    assert fact(event("treatment", drug="St John's wort")).drug == "st_johns_wort"


def test_what_is_absent_or_null_is_unknown_never_no():
    found = fact(event("finding", code="cough", present=None))
    assert (found.present, found.change) == (None, None)
    assert fact(event("hrct")).ggo is None


def test_provisional_absent_is_false():
    assert fact(event("diagnosis", myositis="ADM")).provisional is False


def test_birth_date_and_sex_absent_are_unknown():
    patient = case(patient={"mrn": "T-1"}).patient
    assert (patient.sex, patient.birth_date) == ("unknown", None)


def test_unknown_keys_are_accepted_with_a_warning():
    told = case(ferritin(comment="x"), extra=1)
    assert [(x.event, x.message.split(": ")[1]) for x in told.warnings] == [(None, "extra"), (1, "comment")]


def test_unusual_value_is_accepted_with_a_question():
    assert "unusual" in case(ferritin("25000")).warnings[0].message


def test_byte_order_mark_is_skipped():
    assert parse(b"\xef\xbb\xbf" + document(ferritin()).encode(), now=NOW).events


def test_every_kind_is_read():
    told = case(
        event("respiratory_onset"),
        event("diagnosis", myositis="CADM", provisional=True),
        event("antibody", code="anti_jo1", result="pending"),
        csa(),
        event("hrct", ggo=True, consolidation="none", pattern="NSIP", change="increased", compared_with="2023-12-01"),
        event("finding", code="fever", present=True, change="worse"),
        event("treatment", drug="pmx_dhp"),
        event("histology", pattern="DAD"),
        event("support", level="oxygen", fio2=0.4),
        event("judgement", improvement="unchanged", note="n"),
        event("decision", step="T2", accepted=False, reason="r"),
        event("admission"),
        event("discharge", to="home"),
        event("outcome", what="death", cause="unknown"),
    )
    assert {type(x.version.fact) for x in told.events} == set(f.KIND_OF)


# -- identities and versions ------------------------------------------------------------------------------------------


def test_two_results_of_one_moment_are_both_kept():
    told = case(ferritin("500"), ferritin("700"))
    assert values(snapshot_of(told, NOW, NOW)) == ["500", "700"]


def test_the_same_id_again_is_the_next_version():
    told = case(ferritin("500", id="L1"), ferritin("700", id="L1", known="2024-03-06"))
    assert values(snapshot_of(told, NOW, at(2024, 3, 5))) == ["500"]
    after = snapshot_of(told, NOW, NOW)
    assert values(after) == ["700"]
    assert after.measurements[0].corrected


def test_the_same_id_again_without_known_supersedes():
    told = case(ferritin("500", id="L1", known="2024-03-06"), ferritin("700", id="L1"))
    assert values(snapshot_of(told, NOW, NOW)) == ["700"]
    assert values(snapshot_of(told, NOW, at(2024, 3, 5))) == []


def test_the_same_id_with_the_same_content_is_nothing_new():
    told = case(ferritin("500", id="L1"), ferritin("500", id="L1"))
    assert len(told.events) == 1
    assert told.warnings[0].event == 2


def test_one_id_for_two_analytes_is_two_results():
    told = case(ferritin("500", id="L1"), event(code="ck", value="68", unit="U/L", id="L1"))
    assert len({x.version.identity for x in told.events}) == 2


def test_cancelled_result_no_longer_stands():
    told = case(ferritin("5000", id="L1"), ferritin("5000", id="L1", status="cancelled", known="2024-03-06"))
    assert values(snapshot_of(told, NOW, at(2024, 3, 5))) == ["5,000"]
    assert values(snapshot_of(told, NOW, NOW)) == []


def test_cancellation_without_id_withdraws_the_result_of_that_moment():
    told = case(ferritin("5000"), ferritin("5000", status="cancelled", known="2024-03-06"))
    assert values(snapshot_of(told, NOW, NOW)) == []


BARE = {"value": ABSENT, "unit": ABSENT, "status": "cancelled", "known": "2024-03-06"}


def test_cancellation_by_id_need_not_repeat_the_value():
    told = case(ferritin("5000", id="L1"), ferritin("700", id="L2"), ferritin(**BARE, id="L1"))
    assert values(snapshot_of(told, at(2024, 3, 5), at(2024, 3, 5))) == ["5,000", "700"]
    assert values(snapshot_of(told, at(2024, 3, 7), at(2024, 3, 7))) == ["700"]


def test_cancellation_by_moment_need_not_repeat_the_value():
    told = case(ferritin("5000"), ferritin("700", on="2024-03-05"), ferritin(**BARE))
    assert values(snapshot_of(told, at(2024, 3, 7), at(2024, 3, 7))) == ["700"]


def test_cancellation_of_a_finding_need_not_repeat_it():
    fever = event("finding", code="fever", present=True, id="F1")
    told = case(fever, event("finding", code="fever", id="F1", status="cancelled", known="2024-03-06"))
    assert snapshot_of(told, at(2024, 3, 7), at(2024, 3, 7)).findings == ()


def test_45_cancellation_by_id_waits_for_its_original():
    told = case(ferritin(**BARE, id="L9"), ferritin("5000", id="L9"))
    assert values(snapshot_of(told, at(2024, 3, 5), at(2024, 3, 5))) == ["5,000"]
    assert values(snapshot_of(told, NOW, NOW)) == []
    assert values(snapshot_of(case(ferritin(**BARE, id="L9")), NOW, NOW)) == []


def test_cancellation_without_id_of_what_was_never_told_needs_the_value():
    assert any("missing" in message for _event, message in faults(ferritin(**BARE)))


# -- which result is which (45), (84) ---------------------------------------------------------------------------------

FINAL_700, CORRECTED_900 = ferritin("700", id="A"), ferritin("900", id="A", status="corrected")
WITHDRAWN = ferritin("700", id="A", status="cancelled")


def now_of(*events):
    return values(snapshot_of(case(*events), NOW, NOW))


def test_45_the_same_id_with_another_time_of_sampling_is_another_result():
    assert now_of(ferritin("1700", id="O"), ferritin("600", id="O", on="2024-03-18T08:00")) == ["1,700", "600"]


def test_45_one_minute_is_another_time_of_sampling_and_one_offset_is_not():
    first = ferritin(id="O", on="2024-03-04T08:00")
    assert now_of(first, ferritin("600", id="O", on="2024-03-04T08:01")) == ["1,679", "600"]
    assert now_of(first, ferritin("600", id="O", on="2024-03-03T23:00Z")) == ["600"]


@pytest.mark.parametrize("events", list(permutations([FINAL_700, CORRECTED_900])))
def test_45_a_correction_without_known_applies_in_any_order(events):
    assert now_of(*events) == ["900"]


@pytest.mark.parametrize("events", list(permutations([FINAL_700, CORRECTED_900, WITHDRAWN])))
def test_45_a_cancellation_without_known_applies_in_any_order(events):
    assert now_of(*events) == []


@pytest.mark.parametrize("events", list(permutations([{**FINAL_700, "known": "2024-03-06"}, CORRECTED_900])))
def test_45_an_undated_correction_applies_to_a_dated_original(events):
    assert now_of(*events) == ["900"]


def test_45_what_is_repeated_beside_its_dated_repetition_does_not_come_back_over_a_correction():
    dated = {**FINAL_700, "known": "2024-03-06"}
    corrected = {**CORRECTED_900, "known": "2024-03-07"}
    assert now_of(FINAL_700, dated, FINAL_700, corrected) == ["900"]


@pytest.mark.parametrize("known", [ABSENT, "2024-03-04T10:00", "2024-03-09"])
@pytest.mark.parametrize("settled", ["final", "corrected"])
def test_45_a_status_never_goes_back_to_preliminary(settled, known):
    first = ferritin("700", id="A", status=settled, known="2024-03-05")
    late = ferritin("7000", id="A", status="preliminary", known=known)
    told = case(first, late)
    assert len(told.events) == 2, "it is kept in the history"
    assert values(snapshot_of(told, NOW, NOW)) == ["700"]
    assert now_of(late, first) == ["700"]


def test_45_a_preliminary_result_stands_until_the_final_one_is_known():
    told = case(ferritin("7000", id="A", status="preliminary"), ferritin("700", id="A", known="2024-03-06"))
    assert values(snapshot_of(told, NOW, at(2024, 3, 5))) == ["7,000"]
    assert values(snapshot_of(told, NOW, NOW)) == ["700"]


def test_45_of_one_moment_without_id_the_preliminary_does_not_stand_beside_the_final():
    assert now_of(ferritin("520"), ferritin("500", status="preliminary")) == ["520"]


@pytest.mark.parametrize("again", ["1679", "1650"])
def test_84_cancelled_and_sent_again_as_final_stands(again):
    first, gone = ferritin(id="A"), ferritin(id="A", status="cancelled", known="2024-03-05")
    told = case(first, gone, ferritin(again, id="A", known="2024-03-06"))
    assert values(snapshot_of(told, NOW, at(2024, 3, 5, 12))) == []
    assert len(values(snapshot_of(told, NOW, NOW))) == 1
    undated = now_of(first, {**gone, "known": None}, ferritin(again, id="A"))
    assert undated == values(snapshot_of(told, NOW, NOW))


@pytest.mark.parametrize(
    ("on", "asked"),
    [("2024-03-05T08:00", True), ("2024-03-05T08:01", False), ("2024-03-03T08:00", True), ("2024-03-04T08:00", False)],
)
def test_84_a_correction_that_moves_the_sample_by_a_day_or_less_is_said_and_both_stand(on, asked):
    original = ferritin("3840", id="A", on="2024-03-04T08:00")
    moved = ferritin("384", id="A", on=on, status="corrected")
    for events in ((original, moved), (moved, original)):
        told = case(*events)
        assert any("another time of sampling" in x.message for x in told.warnings) is asked
        assert len(values(snapshot_of(told, NOW, NOW))) == (1 if on == "2024-03-04T08:00" else 2)


def test_84_another_code_under_the_id_is_no_moved_sample():
    other = event(code="ck", value="68", unit="U/L", id="A", on="2024-03-04T09:00", status="corrected")
    assert case(ferritin("3840", id="A", on="2024-03-04T08:00"), other).warnings == ()


def test_final_result_without_id_replaces_the_preliminary_one():
    told = case(ferritin("500", status="preliminary"), ferritin("520"))
    assert values(snapshot_of(told, NOW, NOW)) == ["520"]


def test_pao2_on_air_and_on_oxygen_of_one_moment_are_two_results():
    told = case(pao2("58"), pao2("90", fio2=0.4))
    assert len({x.version.identity for x in told.events}) == 2


def test_identities_do_not_depend_on_the_place_in_the_file():
    first = case(event("respiratory_onset"), ferritin(), csa())
    second = case(csa(), ferritin(), event("respiratory_onset"))
    assert {x.version.identity for x in first.events} == {x.version.identity for x in second.events}


def test_identity_is_the_same_for_one_moment_written_in_two_offsets():
    one, two = (case(ferritin(on=on)).events[0].version for on in ("2024-03-04T09:00", "2024-03-04T00:00Z"))
    assert one.identity == two.identity


@pytest.mark.parametrize("stop", ["2024-03-10", "2024-03-10T09:30", "2024-03-09T23:30:00Z"])
def test_stop_with_a_time_is_its_day_at_the_site(stop):
    assert fact(event("treatment", drug="gc", stop=stop)).stop == date(2024, 3, 10)


def test_stop_is_masked_until_its_day_is_over():
    told = case(event("treatment", drug="csa", stop="2024-03-10"))
    assert snapshot_of(told, at(2024, 3, 9, 23), NOW).treatments[0].stop is None
    assert snapshot_of(told, at(2024, 3, 10, 1), NOW).treatments[0].stop == date(2024, 3, 10)


def test_snapshot_holds_nothing_of_later():
    told = case(ferritin("500"), ferritin("700", on="2024-03-05"), ferritin("900", known="2024-03-09"))
    moment = at(2024, 3, 4, 12)
    assert values(snapshot_of(told, moment, moment)) == ["500"]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9), st.integers(1, 6), st.booleans()), max_size=8))
def test_snapshot_is_what_the_standing_versions_give(results):
    told = case(
        *(
            ferritin(str(100 + value), on="2024-03-01", known=f"2024-03-0{day}", id=name, status=STATUS[gone])
            for name, value, day, gone in results
        )
    )
    for day in range(1, 8):
        wanted = freeze(standing(told.versions, at(2024, 3, day)), as_of=NOW, known_at=at(2024, 3, day))
        assert snapshot_of(told, NOW, at(2024, 3, day)).measurements == wanted.measurements


# -- nothing but CaseFaults -------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["ferritin", "csa", "gc", "2024-03-04", "0.21", "iv", "trough", "ng/mL", "1679", "T1", "C", "ADM"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
KEY_NAMES = """on known stop kind code value unit fio2 flow device absent name target indication planned
to what cause route timing kit status id drug dose present change myositis
provisional result ggo consolidation pattern level compared_with improvement note step accepted course reason"""
KEYS = st.sampled_from(KEY_NAMES.split())
KINDS = st.sampled_from([*f.KINDS, "x", None, 7])
EVENTS = st.builds(
    lambda kind, rest: {"on": "2024-03-04", "kind": kind, **rest}, KINDS, st.dictionaries(KEYS, JSON | WORDS)
)


def accepted_or_faults(text):
    """The case, or None when it is refused with at least one fault that has its sentence. Anything else is raised."""
    refused = ()
    try:
        return parse(text, now=NOW)
    except CaseFaults as error:
        refused = error.faults
    assert refused
    assert all(fault.message for fault in refused)
    return None


@given(st.lists(EVENTS | JSON, max_size=4))
def test_any_event_is_accepted_or_refused_with_faults(events):
    told = accepted_or_faults(document(*events))
    if told is not None:
        snapshot_of(told, NOW, NOW)


@given(JSON, JSON, JSON)
def test_any_document_is_accepted_or_refused_with_faults(form, patient, events):
    accepted_or_faults(document(format=form, patient=patient, events=events))


@given(st.binary(max_size=60))
def test_any_bytes_are_accepted_or_refused_with_faults(raw):
    accepted_or_faults(raw)


@given(st.datetimes(datetime(1952, 3, 3), datetime(2024, 5, 31)), st.sampled_from(["", "Z", "+14:00", "-12:00"]))
def test_every_past_time_since_the_birth_is_read(on, offset):
    shift = timedelta(hours=14) if offset else timedelta()
    assert faults(ferritin(on=(on - shift).isoformat(timespec="minutes") + offset)) == []
