"""Which drug a name means: 12 (51), 13 (69), (85)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from patients.clinical.drug_names import GLUCOCORTICOIDS, MEMBERS, NAMES
from patients.clinical.drug_naming import (
    EQUAL_TO_5_MG,
    CannotBeConverted,
    Named,
    as_prednisolone,
    drug_named,
    from_prednisolone,
    kept,
)
from patients.clinical.drugs import DRUGS


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("tacrolimus hydrate", "tac"),
        ("ﾀｸﾛﾘﾑｽ水和物", "tac"),
        ("プログラフカプセル1mg", "tac"),
        ("Prograf", "tac"),
        ("ＦＫ５０６", "tac"),
        ("シクロスポリン", "csa"),
        ("ねおーらる", "csa"),
        ("ネオーラル50mgカプセル", "csa"),
        ("Ciclosporin", "csa"),
        ("プレドニン", "gc"),
        ("プレドニゾロン錠5mg「タケダ」", "gc"),
        ("PSL", "gc"),
        ("エンドキサン錠50mg", "cy_oral"),
        ("注射用エンドキサン500mg", "ivcy"),
        ("MTX", "methotrexate"),
        ("St John's wort", "st_johns_wort"),
        ("ST合剤", "tmp_smx"),
        ("valganciclovir hydrochloride", "valganciclovir"),
        ("プラケニル錠200mg", "hydroxychloroquine"),
        ("trimethoprim-sulfamethoxazole", "tmp_smx"),
        ("ivcy", "ivcy"),
        ("GC_PULSE", "gc_pulse"),
    ],
)
def test_85_name_is_matched(name, code) -> None:
    assert drug_named(name) == Named(code)


@pytest.mark.parametrize(
    "name",
    [
        "daratumumab",
        "プロトピック軟膏0.1%",
        "シクロスポリン点眼液0.1%",
        "タクロリムス軟膏",
        "プレドネマ注腸20mg",
        "MP",
        "DDS",
        "PE",
        "hydrate",
        "錠",
        "",
        "5mg",
    ],
)
def test_85_local_preparations_and_doubtful_names_are_no_drug_of_the_catalogue(name) -> None:
    assert drug_named(name) is None


def test_every_name_belongs_to_a_drug_and_to_one_only() -> None:
    assert set(NAMES) | set(MEMBERS) <= set(DRUGS)
    assert set(GLUCOCORTICOIDS) == set(EQUAL_TO_5_MG)
    for code, names in NAMES.items():
        assert {drug_named(x) for x in names} == {Named(code)}
    for code, names in MEMBERS.items():
        assert {drug_named(x) for x in names} == {Named(code, x) for x in names}


def test_every_drug_of_the_catalogue_can_be_named_by_its_code_and_its_english_name() -> None:
    for code, drug in DRUGS.items():
        assert drug_named(code) == Named(code)
        plain = drug_named(drug.name)
        assert plain is None or plain.code in {code, "ivcy"}


@pytest.mark.parametrize(
    ("steroid", "dose"), [("methylprednisolone", "4"), ("hydrocortisone", "20"), ("dexamethasone", "0.75")]
)
def test_69_five_mg_of_prednisolone(steroid, dose) -> None:
    assert as_prednisolone(steroid, Decimal(dose)) == 5
    assert from_prednisolone(steroid, Decimal(5)) == Decimal(dose)


def test_69_converting_and_back_is_the_dose_that_was_ordered() -> None:
    for steroid in EQUAL_TO_5_MG:
        for tenths in range(1, 200):
            dose = Decimal(tenths) / 10
            assert from_prednisolone(steroid, as_prednisolone(steroid, dose)) == dose


def test_69_dose_without_a_unit_that_can_be_converted_is_refused() -> None:
    with pytest.raises(CannotBeConverted):
        kept(Named("gc", "dexamethasone", "dexamethasone"), Decimal(2), "tablets/day", "oral")
