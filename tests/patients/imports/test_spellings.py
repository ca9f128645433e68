"""How laboratories write a value, and what of it is said for certain."""

from __future__ import annotations

import pytest

from patients.imports.spellings import Spelled, is_preliminary, spelled


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1679", "1679"),
        ("１６７９", "1679"),
        ("061.9", "61.9"),
        ("0.5", "0.5"),
        ("> 3000", ">3000"),
        ("＞３０００", ">3000"),
        ("≧300", ">=300"),
        ("=>300", ">=300"),
        ("≤ 0.02", "<=0.02"),
        ("less than 0.02", "<0.02"),
        ("greater than or equal to 300", ">=300"),
        ("300 or more", ">=300"),
        ("3000以上", ">=3000"),
        ("6.0未満", "<6.0"),
        ("6.0以下", "<=6.0"),
        ("3000超", ">3000"),
        ("17.2>", "<17.2"),  # the value stands first and is the greater one: below 17.2
        ("17.2 <", ">17.2"),
        ("300≦", ">=300"),
    ],
)
def test_a_bound_before_or_behind_a_number_or_in_words(text: str, value: str) -> None:
    assert spelled(text) == Spelled(value=value)


@pytest.mark.parametrize("text", ["<17.2>", "10-20", "1:320", "溶血", "1.2.3", "1679 H", "", "3+4"])
def test_what_is_no_number_stays_as_it_is(text: str) -> None:
    assert spelled(text) == Spelled(value=text)


def test_1679_with_a_mark_of_thousands_is_a_number_only_where_its_source_writes_it_so() -> None:
    assert spelled("1,679") == Spelled(value="1,679")
    assert spelled("1,679", thousands=True) == spelled("１，６７９", thousands=True) == Spelled(value="1679")
    assert spelled(">1,500", thousands=True) == Spelled(value=">1500")
    assert spelled("1,67", thousands=True) == Spelled(value="1,67"), "no group of three: perhaps a decimal"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("(-)", "negative"),
        ("（－）", "negative"),
        ("−", "negative"),
        ("陰性", "negative"),
        ("+", "positive"),
        ("2+", "positive"),
        ("陽性(+)", "positive"),
        ("Positive", "positive"),
        ("(±)", "indeterminate"),
        ("判定保留", "indeterminate"),
        ("弱陽性", "weak_positive"),
        ("検査中", "pending"),
    ],
)
def test_words_and_signs_of_an_answer(text: str, answer: str) -> None:
    assert spelled(text) == Spelled(answer=answer)


@pytest.mark.parametrize(
    ("text", "value", "answer"),
    [
        ("陽性(+) 3040", "3040", "positive"),
        ("陽性（＋）３０４０", "3040", "positive"),
        ("陽性 >150", ">150", "positive"),
        ("陰性(-) 5未満", "<5", "negative"),
        ("3040 (+)", "3040", "positive"),
        ("Negative <4", "<4", "negative"),
    ],
)
def test_one_cell_can_hold_answer_and_titre(text: str, value: str, answer: str) -> None:
    assert spelled(text) == Spelled(value, answer)


def test_a_minus_before_a_number_is_no_negative_answer() -> None:
    assert spelled("-5") == Spelled(value="-5")


def test_a_test_that_is_repeated_is_preliminary() -> None:
    assert is_preliminary(("希釈再検中",))
    assert not is_preliminary(("比濁法",))
