"""Which number of a message is the record number here: said by the administrator, the only one, or a question."""

from __future__ import annotations

from datetime import date

import pytest

from patients.imports.observation import SentNumber
from patients.imports.record_numbers import Rule, candidates
from tests.patients.imports.sending import obx, report

FERRITIN = "2276-4^Ferritin^LN"
TODAY = date(2026, 3, 5)


def read(numbers: str, *authorities: str) -> tuple[str, ...]:
    """The record numbers that PID-3 may tell."""
    sent = report(obx(FERRITIN, "1"), person=f"PID|1||{numbers}||Torii^Kaori").person.sent_numbers
    return candidates(sent, Rule(authorities, TODAY))


@pytest.mark.parametrize(
    ("numbers", "authorities", "found"),
    [
        ("999^^^WEST^MR~7001234^^^EAST^MR", ("EAST",), ("7001234",)),
        ("999^^^WEST^MR~7001234^^^EAST^MR", ("east",), ("7001234",)),
        ("999^^^WEST^MR~7001234^^^EAST^MR", ("EAST", "WEST"), ("999", "7001234")),
        ("999^^^WEST^MR~7001234^^^EAST^MR", (), ("999", "7001234")),
        ("7001234^^^EAST^MR", (), ("7001234",)),
        ("7001234^^^EAST^MR", ("WEST",), ()),
        ("7001234", ("WEST",), ()),
        ("999^^^WEST^MR~7001234", (), ("7001234",)),
        ("7001234^^^EAST&1.2.392.1&ISO^MR~999^^^WEST", ("urn:oid:1.2.392.1",), ("7001234",)),
        ("999^^^^MR^WEST~7001234^^^^MR^EAST", ("EAST",), ("7001234",)),
        ("55^^^EAST^PI~7001234^^^EAST^MR", (), ("7001234",)),
        ("55^^^WEST^PI~7001234^^^EAST^MR", (), ("55", "7001234")),
        ("V1^^^EAST^VN~7001234^^^EAST^MR", ("EAST",), ("7001234",)),
        ("123456789^^^^SS", (), ()),
        ("7001234^^^EAST^MR~７001234^^^WEST^MR", (), ("7001234",)),
    ],
)
def test_the_number_by_who_gave_it(numbers: str, authorities: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert read(numbers, *authorities) == found


@pytest.mark.parametrize(
    ("begins", "ends", "counts"),
    [
        ("", "20260304", False),
        ("", "20260305", True),
        ("", "2026-03-04", False),
        ("", "2026-03-04T23:59:59+09:00", False),
        ("", "2025", False),
        ("", "2026", True),
        ("20260306", "", False),
        ("20260305", "", True),
    ],
)
def test_a_number_that_has_ended_or_not_begun_never_counts(begins: str, ends: str, counts: bool) -> None:
    sent = SentNumber(value="7001234", authorities=("EAST",), kind="MR", begins=begins, ends=ends)
    assert candidates([sent], Rule((), TODAY)) == (("7001234",) if counts else ())
    other = SentNumber(value="999", authorities=("WEST",), kind="MR")
    assert candidates([sent, other], Rule((), TODAY)) == (("7001234", "999") if counts else ("999",))


def test_an_expired_number_of_hl7_is_read_from_its_field() -> None:
    assert read("7001234^^^EAST^MR^^20200101^20260304") == ()
    assert read("7001234^^^EAST^MR^^20200101^20260305") == ("7001234",)


def test_a_number_that_is_used_no_more_never_counts() -> None:
    assert candidates([SentNumber(value="1", old=True)], Rule()) == ()
