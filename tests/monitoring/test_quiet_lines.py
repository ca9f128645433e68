"""What is to be kept in mind and is no alert; each boundary by name. Specification 13 (120)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from monitoring.quiet_lines import FINDERS, SOURCES, quiet_lines
from patients.clinical.reasons import say
from patients.clinical.snapshot import Snapshot
from tests.story import Story


def said(snapshot: Snapshot, code: str) -> list[str]:
    return [say(x.reason) for x in quiet_lines(snapshot) if x.code == code]


def gc(story: Story, day: int, mg: str, stop: int | None = None) -> Story:
    return story.drug(day, "gc", dose=Decimal(mg), unit="mg/day", stop=stop)


def test_nothing_is_said_without_drugs_and_results() -> None:
    assert quiet_lines(Story().snapshot(0)) == ()
    assert quiet_lines(Story().drug(0, "azithromycin").snapshot(0)) == ()


def test_every_line_of_later_literature_names_its_source() -> None:
    assert {*FINDERS} - {*SOURCES} == {"mood"}


@pytest.mark.parametrize(("mg", "day", "told"), [("2.5", 90, False), ("2.5", 91, True), ("2.4", 200, False)])
def test_bone_after_3_months_of_2_5_mg(mg: str, day: int, told: bool) -> None:
    assert bool(said(gc(Story(), 0, mg).snapshot(day), "bone")) is told


@pytest.mark.parametrize(("day", "told"), [(-365, False), (-366, True), (80, False)])
def test_bone_is_silent_where_the_risk_was_assessed(day: int, told: bool) -> None:
    story = gc(Story(), 0, "5").finding(day, "fracture_assessment", True)
    assert bool(said(story.snapshot(120), "bone")) is told


def test_bone_counts_from_the_first_day_without_a_break() -> None:
    tapered = gc(gc(Story(), 0, "40"), 60, "5")  # one dose after the other, without a last day
    assert said(tapered.snapshot(100), "bone") == [
        "glucocorticoid of 2.5 mg/day or more since 1 Mar, and fracture risk is not recorded as assessed"
    ]
    assert not said(gc(gc(Story(), 0, "1"), 60, "5").snapshot(100), "bone")
    assert not said(gc(gc(Story(), 0, "40", stop=58), 60, "5").snapshot(100), "bone")


@pytest.mark.parametrize(("value", "told"), [("500", False), ("499", True), ("<500", True), ("<600", False)])
def test_igg_below_500(value: str, told: bool) -> None:
    assert bool(said(Story().test(0, "igg", value).snapshot(0), "igg")) is told


@pytest.mark.parametrize(("day", "told"), [(0, True), (18, True), (19, False)])
def test_ivig_until_14_days_after_the_course(day: int, told: bool) -> None:
    assert bool(said(Story().drug(0, "ivig", stop=4).snapshot(day), "ivig")) is told


@pytest.mark.parametrize(
    ("code", "within", "beyond"),
    [("platelets", "158", "157"), ("potassium", "4.8", "4.9"), ("alt", "23", "24"), ("creatinine", "0.79", "0.80")],
)
def test_tmp_smx_beside_a_value_beyond_its_reference(code: str, within: str, beyond: str) -> None:
    def told(value: str, day: int = 5) -> list[str]:
        story = Story().drug(0, "tmp_smx").test(day, code, value)
        return said(replace(story.snapshot(max(day, 1)), sex="female"), "tmp_smx")

    assert not told(within)
    assert len(told(beyond)) == 1
    assert not told(beyond, day=0), "the sample of the first day says nothing of the drug"


@pytest.mark.parametrize(("day", "told"), [(60, True), (61, False)])
def test_tmp_smx_of_60_days(day: int, told: bool) -> None:
    story = Story().drug(0, "tmp_smx").test(9, "platelets", "90").finding(9, "drug_rash", True)
    assert bool(said(story.snapshot(day), "tmp_smx")) is told
    assert len(said(story.snapshot(9), "tmp_smx")) == 2
    assert not said(Story().test(9, "platelets", "90").snapshot(9), "tmp_smx")


@pytest.mark.parametrize(("code", "value"), [("creatinine", "2.0"), ("alt", "90")])
def test_tmp_smx_beside_a_value_whose_limit_goes_by_sex_needs_the_sex(code: str, value: str) -> None:
    snapshot = Story().drug(0, "tmp_smx").test(9, code, value).snapshot(9)
    assert not said(replace(snapshot, sex="unknown"), "tmp_smx")
    assert said(replace(snapshot, sex="male"), "tmp_smx")


def test_tmp_smx_says_which() -> None:
    story = Story().drug(0, "tmp_smx").test(9, "platelets", "90")
    assert said(story.snapshot(9), "tmp_smx") == [
        "trimethoprim-sulfamethoxazole since 1 Mar may be a cause: Plt 90 on 10 Mar"
    ]


@pytest.mark.parametrize(("mg", "told"), [("19", False), ("20", True)])
def test_mood_and_sleep_from_20_mg(mg: str, told: bool) -> None:
    assert bool(said(gc(Story(), 0, mg).snapshot(0), "mood")) is told


@pytest.mark.parametrize(("drug", "told"), [("csa", True), ("tofacitinib", True), ("hydroxychloroquine", False)])
def test_vaccines_while_immunosuppressed(drug: str, told: bool) -> None:
    assert bool(said(Story().drug(0, drug).snapshot(0), "vaccines")) is told


@pytest.mark.parametrize("drug", ["methotrexate", "nintedanib", "baricitinib", "atorvastatin", "ivcy", "mmf"])
def test_pregnancy_names_what_is_not_for_it(drug: str) -> None:
    story = Story().drug(0, drug).finding(1, "pregnancy", True)
    assert len(said(story.snapshot(1), "pregnancy")) == 1
    assert not said(story.finding(2, "pregnancy", False).snapshot(2), "pregnancy")
    assert not said(Story().drug(0, "csa").finding(1, "pregnancy", True).snapshot(1), "pregnancy")


@pytest.mark.parametrize(("sex", "told"), [("male", True), ("female", False), ("unknown", False)])
def test_cyclophosphamide_in_men(sex: str, told: bool) -> None:
    snapshot = replace(Story().drug(0, "ivcy", stop=0).snapshot(30), sex=sex)
    assert bool(said(snapshot, "pregnancy")) is told
