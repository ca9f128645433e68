"""HL7 v2: what a message reports, by the letter of its tables; and a damaged one is refused, never an error."""

from __future__ import annotations

import pytest

from patients.imports.hl7v2 import MOVEMENTS, STATUSES, Unreadable, is_message, messages_of, report_of
from patients.imports.observation import NO_VALUE, NOW_FINAL, TO_COME, UNREADABLE_STATUS
from tests.effort import cases, dice
from tests.patients.imports.sending import HEADER, ORDER, PERSON, TOKYO, message, obx, report, sent

FERRITIN = "2276-4^Ferritin^LN"


def test_a_message_of_the_standardised_storage_in_its_own_character_set() -> None:
    told = report_of(sent("ssmix2-oul-r22.hl7"), zone=TOKYO)
    person = told.person
    assert (person.mrn, person.family_name, person.given_name) == ("0007001234", "鳥居", "香織")
    assert (person.family_kana, person.given_kana, person.sex) == ("トリイ", "カオリ", "female")
    assert person.birth_date == "1962-09-14"
    assert [(x.code[:5], x.text, x.material) for x in told.observations] == [
        ("5C095", "1679", "023"),
        ("5C210", "> 3000", "023"),
        ("5C070", "< 0.02", "023"),
        ("3B035", "", "023"),
        ("3M805", "182", "019"),
    ]
    assert told.observations[3].why == "溶血 (status X)"
    assert told.observations[0].interval == "5-120"


@pytest.mark.parametrize(
    ("letter", "status"),
    [
        *((x, "preliminary") for x in "PRSA"),
        *((x, "final") for x in "FBV"),
        ("C", "corrected"),
        *((x, "cancelled") for x in "DW"),
        ("X", NO_VALUE),
        *((x, TO_COME) for x in "INO"),
        ("U", NOW_FINAL),
        ("Q", UNREADABLE_STATUS),
        ("", "final"),
    ],
)
def test_the_letters_of_tables_0085_and_0123(letter: str, status: str) -> None:
    assert report(obx(FERRITIN, "1", "ng/mL", status=letter)).observations[0].status == status
    assert {*"PFCABDWXIRUVNO"} <= set(STATUSES)


def test_the_status_of_the_order_counts_where_the_result_has_none() -> None:
    order = ORDER + "|" * (25 - ORDER.count("|")) + "P"
    assert report(order, obx(FERRITIN, "1", "ng/mL", status="")).observations[0].status == "preliminary"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("NM", "1679", "1679"),
        ("ST", "> 3000", "> 3000"),
        ("SN", ">^2000", ">2000"),
        ("SN", "^061.9", "061.9"),
        ("SN", "^10^-^20", "10-20"),
        ("SN", "^1^:^320", "1:320"),
        ("CE", "POS^positive^L", "positive"),
        ("CWE", "260385009^^SCT", "negative"),
        ("CWE", "NEG", "NEG"),
        ("TX", r"a \T\ b", "a & b"),
        ("TX", "first~second", "first\nsecond"),
    ],
)
def test_the_value_by_its_kind(kind: str, value: str, text: str) -> None:
    assert report(obx(FERRITIN, value, kind=kind)).observations[0].text == text


def test_a_time_without_offset_is_by_the_clock_of_the_message() -> None:
    there = HEADER.replace("20260305091000", "20260305001000+0000")
    told = report(obx(FERRITIN, "1", time="202603042330"), header=there).observations[0].time.moment
    assert told is not None
    assert str(told.day) == "2026-03-05", "half past eight at the site"
    here = report(obx(FERRITIN, "1", time="202603042330")).observations[0].time.moment
    assert here is not None
    assert str(here.day) == "2026-03-04"


def test_the_time_of_a_sample_is_that_of_result_then_order() -> None:
    own, order = report(obx(FERRITIN, "1", time="202603040800"), obx(FERRITIN, "1")).observations
    assert [x.time.moment.at.hour for x in (own, order) if x.time.moment] == [8, 7]


def test_a_specimen_stands_behind_the_results_of_oru() -> None:
    told = report(obx(FERRITIN, "1"), "SPM|1|||023^serum", "OBR|2|P2|F2", obx(FERRITIN, "2"))
    assert [x.material for x in told.observations] == ["023", ""]
    assert [x.order for x in told.observations] == ["F1", "F2"]


def test_a_note_belongs_to_the_result_before_it() -> None:
    told = report(obx(FERRITIN, "1"), "NTE|1||diluted", "NTE|2||again", obx(FERRITIN, "2"), "OBR|2|P2|F2", "NTE|1||x")
    assert [x.comments for x in told.observations] == [("diluted", "again"), ()]


def test_the_medical_record_number_goes_before_other_numbers() -> None:
    person = "PID|1||55^^^X^SS~7001234^^^EAST^MR||Torii^Kaori"
    assert report(obx(FERRITIN, "1"), person=person).person.numbers == ("7001234",)


def test_a_file_can_hold_many_messages_in_frames_and_envelopes() -> None:
    one = message(obx(FERRITIN, "1"))
    assert messages_of(one + one) == [one, one]
    assert messages_of(b"FHS|x\rBHS|y\r\x0b" + one.replace(b"\r", b"\r\n") + b"\x1c\rBTS|1\r") == [one]
    assert is_message(b"\x0b" + one)
    assert not is_message(b'{"resourceType": "Bundle"}')


@pytest.mark.parametrize("event", MOVEMENTS)
def test_movements(event: str) -> None:
    header = HEADER.replace("ORU^R01^ORU_R01", f"ADT^{event}")
    visit = "PV1|1|I|7E^714^1" + "|" * 16 + "V-17"
    segments = (header, f"EVN|{event}|20260304101500", PERSON, visit, "MRG|0009")
    told = report_of("\r".join(segments).encode(), zone=TOKYO).movement
    assert told is not None
    assert (told.event, told.ward, told.bed, told.visit, told.merged) == (event, "7E", "714-1", "V-17", "0009")
    assert told.time.moment is not None


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "no MSH"),
        (b"MSH", "cannot be told apart"),
        (b"PID|1", "no MSH"),
        (message(obx(FERRITIN, "1"), header=HEADER.replace("ORU^R01", "MDM^T02")), "MDM^T02"),
        (HEADER.encode(), "names no patient"),
        (message(obx(FERRITIN, "1"), header=HEADER.replace("UNICODE UTF-8", "KOI8")), "KOI8"),
        (message(obx(FERRITIN, "1")) + b"\xff\xfe", "character set"),
        (message(obx(FERRITIN, "\x00")), "no text"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(document: bytes, words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        report_of(document, zone=TOKYO)
    assert words in refused.value.reason.message % dict(refused.value.reason.parts)


def test_no_refusal_repeats_who_the_message_is_about() -> None:
    with pytest.raises(Unreadable) as refused:
        report_of(message(obx(FERRITIN, "Torii 7001234")) + b"\xff", zone=TOKYO)
    assert "Torii" not in str(refused.value.reason)


@pytest.mark.parametrize("name", ["ssmix2-oul-r22.hl7", "oru-r01-sn-corrected.hl7"])
def test_a_message_that_is_cut_at_any_byte_is_read_or_refused(name: str) -> None:
    """And no value of it is another one, and none at another time: of a cut number or time a person is asked."""
    document = sent(name)
    values = {(x.text, x.time.moment) for x in report_of(document, zone=TOKYO).observations}
    for end in range(len(document)):
        try:
            told = report_of(document[:end], zone=TOKYO)
        except Unreadable:
            continue
        sure = [x for x in told.observations if x.status != UNREADABLE_STATUS and x.time.moment is not None]
        assert {(x.text, x.time.moment) for x in sure} <= values


def test_a_message_with_any_byte_changed_is_read_or_refused() -> None:
    documents, roll = [sent("ssmix2-oul-r22.hl7"), sent("oru-r01-sn-corrected.hl7")], dice("bytes")
    for _ in range(cases(8_000)):
        document = bytearray(roll.choice(documents))
        for _again in range(roll.choice([1, 1, 2, 8])):
            place = roll.randrange(len(document))
            document[place : place + roll.choice([0, 1, 1, 30])] = bytes([roll.randrange(256)])
        try:
            report_of(bytes(document), zone=TOKYO)
        except Unreadable:
            continue
