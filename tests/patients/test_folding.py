"""Specification 12 (48), (49): numbers and names as they are compared, and as they are searched."""

from __future__ import annotations

import csv
import unicodedata
from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import CommandError
from hypothesis import given
from hypothesis import strategies as st

from patients.folding import (
    WHOLE_NUMBER,
    grams_of,
    grams_of_word,
    name_key,
    number_core,
    number_key,
    search_key,
    search_text,
    words_of,
)
from patients.name_variants import VARIANTS
from patients.names import Name, similar
from tests.together import each

PAIRS = Path(__file__).with_name("name-kanji-variants.csv")  # standard form, old forms, source of each
HIRAGANA = "".join(map(chr, range(0x3041, 0x3097)))
KATAKANA = "".join(chr(ord(x) + 0x60) for x in HIRAGANA)
MIGRATION = import_module("patients.migrations.0012_number_key")


# -- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    ["HG-08A", "hg-08a", "ＨＧ－０８Ａ", " HG-08A ", "HG -\u300008A", "H\u00a0G-08A", "HG-08A\u200b", "\ufeffHG-08A"],
)
def test_48_case_width_and_blanks_make_no_other_number(written) -> None:
    assert number_key(written) == number_key("HG-08A") == "hg-08a"


@pytest.mark.parametrize("written", ["HG-08B", "HG-8A", "HG08A", "0HG-08A", "HG-08A1", "HG‐08A"])
def test_48_any_other_letter_is_another_number(written) -> None:
    assert number_key(written) != number_key("HG-08A")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0012345", "12345"),
        ("HG-08A", "hg-8a"),
        ("HG-08A", "HG08A"),
        ("HG-08A", "HG‐008A"),  # a hyphen of another kind
        ("０００１", "1"),
        ("000", "0"),
    ],
)
def test_48_leading_zeros_and_punctuation_are_worth_a_question(one, other) -> None:
    assert number_key(one) != number_key(other)
    assert number_core(one) == number_core(other)


@pytest.mark.parametrize(("one", "other"), [("10", "1"), ("1001", "11"), ("120", "12"), ("A1", "B1"), ("0", "1")])
def test_48_a_zero_that_does_not_lead_counts(one, other) -> None:
    assert number_core(one) != number_core(other)


@given(st.text(max_size=40))
def test_48_the_migration_folds_numbers_as_the_product_does(number) -> None:
    assert MIGRATION.key_of(number) == number_key(number)
    assert MIGRATION.core_of(number) == number_core(number)


@given(st.text(max_size=40))
def test_48_a_folded_number_folds_to_itself(number) -> None:
    assert number_key(number_key(number)) == number_key(number)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (["HG-08A", "X", "hg-08a"], "“HG-08A” and “hg-08a” are one number"),
        (["１２", "12", "1 2"], "“１２” and “12” and “1 2” are one number"),
        (["\u3000", "1"], "a record number consists of blanks"),
    ],
)
def test_48_a_migration_that_cannot_be_made_says_why_in_one_line(numbers, said) -> None:
    with pytest.raises(CommandError) as refused:
        MIGRATION.refuse_doubles(numbers)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_48_numbers_that_are_only_almost_the_same_stop_no_migration() -> None:
    MIGRATION.refuse_doubles(["0012", "12", "HG-08A", "HG08A"])


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kato", "KATO"),
        ("Kato", "Ｋａｔｏ"),
        ("カトウ", "ｶﾄｳ"),
        ("カトウ", "かとう"),
        ("ガッキ", "ｶﾞｯｷ"),
        ("Mun\u0303oz", "Muñoz"),
        ("木村 早苗", "木村　早苗"),
    ],
)
def test_48_width_case_blanks_and_kind_of_kana_make_no_other_name(one, other) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("髙橋", "高橋"), ("斎藤", "斉藤"), ("Muñoz", "Munoz"), ("O'Brien", "OBrien"), ("カトウ", "ガトウ")],
)
def test_48_an_old_form_or_an_accent_never_says_that_two_persons_are_one(one, other) -> None:
    assert name_key(one) != name_key(other)


def test_48_every_kana_of_either_kind_is_the_same() -> None:
    assert name_key(KATAKANA) == HIRAGANA
    assert name_key(HIRAGANA) == HIRAGANA


# -- search -----------------------------------------------------------------------------------------------------------


def pairs() -> list[tuple[str, str]]:
    with PAIRS.open(encoding="utf-8", newline="") as file:
        return [(row["standard"], old) for row in csv.DictReader(file) for old in row["variants"].split()]


def test_49_old_and_new_forms_of_a_kanji_find_each_other() -> None:
    def holds(pair: tuple[str, str]) -> None:
        standard, old = pair
        assert search_key(old) == search_key(standard)

    each(pairs(), holds)


def test_49_no_kanji_stands_in_two_groups() -> None:
    """Otherwise what is found would depend on the order of the table."""
    letters = [x for standard, olds in VARIANTS.items() for x in standard + olds]
    assert len(letters) == len(set(letters))


@pytest.mark.parametrize("apostrophe", [*"'’‘´`ʼʻ＇′", "", " "])
def test_49_any_apostrophe_or_none_finds_the_name(apostrophe) -> None:
    text = search_text([("O'Brien", "Siobhán")], "1")
    assert all(word in text for word, _ in words_of(f"O{apostrophe}Brien"))


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Muñoz", "munoz"),
        ("Siobhán", "siobhan"),
        ("Łukasz", "lukasz"),
        ("Sørensen", "sorensen"),
        ("Đặng", "dang"),
        ("Weiß", "weiss"),
        ("Æthel", "aethel"),
        ("Smith-Jones", "smithjones"),
        ("St. John", "stjohn"),
        ("葛\U000e0100城", "葛城"),  # a variation selector
        ("ＰＡＲＫ", "park"),
        ("김", "김"),
    ],
)
def test_49_accents_and_punctuation_are_not_needed(written, typed) -> None:
    assert search_key(written) == search_key(typed)


def test_49_a_voiced_kana_is_another_sound() -> None:
    assert search_key("ガ") == search_key("ｶﾞ") == search_key("が") != search_key("か")


def test_49_percent_and_underscore_stay() -> None:
    assert search_key("100% Test_case") == "100%test_case"
    assert words_of("％ ＿") == [("%", "%"), ("_", "_")]


@pytest.mark.parametrize("typed", ["", "  ", "\u3000", "'", "-,.", "\u200b", "\ud800", "\x00"])
def test_49_nothing_but_blanks_and_punctuation_is_no_word(typed) -> None:
    assert words_of(typed) == []


def test_49_no_word_is_found_across_two_names() -> None:
    text = search_text([("Ito", "Ken"), ("イトウ", "ケン")], "77")
    assert search_key("KenItou") not in text.split("\n")
    assert not any(x in text for x in ("kenい", "ん7", "ん\n\n"))


@given(st.text(max_size=12), st.text(max_size=12), st.text(min_size=1, max_size=12))
def test_49_whatever_stands_in_a_text_is_in_its_index(family, given_name, number) -> None:
    text = search_text([(family, given_name)], number)
    grams = set(grams_of(text, number))
    for name in (family, given_name, family + given_name, given_name + family, number):
        for word, _core in words_of(name):
            assert set(grams_of_word(word)) <= grams
            assert word in text
    assert f"{WHOLE_NUMBER}{number_core(number)}" in grams


@given(st.text(max_size=20))
def test_49_a_folded_word_folds_to_itself_and_can_be_stored(text) -> None:
    word = search_key(text)
    assert search_key(word) == word
    assert not any(unicodedata.category(x) in {"Cc", "Cs"} or x.isspace() for x in word)


# -- look-alikes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"), [("髙橋", "高橋"), ("斎藤", "斉藤"), ("O'Brien", "OBrien"), ("ｻﾄｳ", "さとう")]
)
def test_49_look_alikes_are_flagged_with_the_folding_of_the_search(one, other) -> None:
    assert similar(Name.of(one, "花子"), Name.of(other, "花子"))
    assert similar(Name.of(one, "花子"), Name.of(other, "花江"))
    assert not similar(Name.of(one, "花子"), Name.of("林", "一郎"))
