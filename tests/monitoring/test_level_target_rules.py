"""CSA_LOW, CSA_HIGH, TAC_BAND, CSA_TARGET_DELAY, TAC_TARGET_DELAY by specification 13 (68), (103), (104)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from monitoring.engine import Severity
from monitoring.rules import BY_CODE
from patients.clinical.reasons import say
from tests.monitoring.looking import course_of_alerts, issues, one, remarks
from tests.story import Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


def acute(story: Story) -> Story:
    return story.dyspnoea(0, True, "worse")


def on_csa(**more: Any) -> Story:
    return acute(Story().drug(0, "csa", route="iv", **more))


def on_tac(**more: Any) -> Story:
    return Story().drug(0, "tac", route="oral", **more)


def csa(story: Story, day: int, value: str, timing: str = "pre_dose") -> Story:
    return story.test(day, "csa", value, route="iv", timing=timing)


def tac(story: Story, day: int, value: str, timing: str | None = "trough") -> Story:
    return story.test(day, "tac", value, route="oral", timing=timing)


def grave(rule: str, story: Story, day: int, subject: str = "") -> Severity | None:
    found = issues(rule, story.snapshot(day)).get(subject)
    return found.severity if found else None


def words(rule: str, story: Story, day: int, subject: str = "") -> str:
    found = issues(rule, story.snapshot(day)).get(subject)
    return " | ".join(say(x) for x in found.reasons) if found else ""


# -- CSA_LOW on the way -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "severity"), [(2, INFO), (3, INFO), (4, CRITICAL)])
def test_103_csa_low_is_info_until_day_3_of_the_start(day: int, severity: Severity) -> None:
    story = csa(on_csa(), 2, "120")
    assert grave("CSA_LOW", story, day) is severity
    assert ("dose of 1 Mar: the level may still be on its way" in words("CSA_LOW", story, day)) is (severity is INFO)


def test_103_csa_low_after_a_change_of_dose_is_info_again_unless_the_target_is_late() -> None:
    reached = csa(csa(on_csa(), 2, "210"), 9, "120").drug(10, "csa", route="iv", dose=Decimal(300), unit="mg/day")
    assert [grave("CSA_LOW", reached, x) for x in (9, 10, 13, 14)] == [CRITICAL, INFO, INFO, CRITICAL]
    late = csa(on_csa(), 4, "120").drug(5, "csa", route="iv", dose=Decimal(300), unit="mg/day")
    assert [grave("CSA_LOW", late, x) for x in (4, 5, 8, 9)] == [CRITICAL, WARNING, WARNING, CRITICAL]


def daily(last: int, mg: int = 200, **more: int) -> Story:
    """An order of every day, each of one day; `more`: another dose on days named d10, d11."""
    story = acute(Story())
    for n in range(last + 1):
        story.drug(n, "csa", stop=n, route="iv", dose=Decimal(more.get(f"d{n}", mg)), unit="mg/day")
    return csa(story, 9, "120")


@pytest.mark.parametrize(("dose", "severity"), [({}, CRITICAL), ({"d10": 300}, INFO)])
def test_103_csa_low_an_order_renewed_at_its_dose_is_no_change(dose: dict[str, int], severity: Severity) -> None:
    story = csa(daily(10, **dose), 2, "210")
    assert grave("CSA_LOW", story, 10) is severity


def test_103_csa_low_other_doses_units_and_routes_are_changes() -> None:
    order = {"route": "iv", "dose": Decimal(200), "unit": "mg/day"}
    for more, severity in (({}, CRITICAL), ({"unit": "mg/kg"}, INFO), ({"dose": None}, INFO), ({"route": None}, INFO)):
        story = csa(csa(on_csa(dose=Decimal(200), unit="mg/day"), 2, "210"), 9, "120")
        assert grave("CSA_LOW", story.drug(9, "csa", **order | more), 9) is severity, more


def test_103_csa_low_two_orders_of_each_day_are_renewed_together() -> None:
    story = acute(Story())
    for n in range(11):
        for hour, mg in (("08:00", 100), ("20:00", 150)):
            story.drug(f"{n}T{hour}", "csa", stop=n, route="iv", dose=Decimal(mg), unit="mg/day")
    assert grave("CSA_LOW", csa(csa(story, 2, "210"), 9, "120"), 10) is CRITICAL


def test_92_a_level_of_more_than_four_days_says_how_old_it_is() -> None:
    story = csa(csa(on_csa(), 2, "210"), 5, "120")
    assert "days old" not in words("CSA_LOW", story, 9)
    assert "last value 5 days old" in words("CSA_LOW", story, 10)
    assert "last value 5 days old" in words("CSA_HIGH", csa(on_csa(), 5, "320"), 10)
    assert "last value 5 days old" in words("TAC_BAND", tac(on_tac(), 5, "12"), 10, "high")


# -- timings ----------------------------------------------------------------------------------------------------------


def test_103_a_level_during_the_infusion_is_not_judged_and_a_continuous_one_by_the_order_only() -> None:
    target = {"target_low": Decimal(300), "target_high": Decimal(400)}
    for timing, judged in (("continuous", True), ("during_infusion", False)):
        story = csa(on_csa(target_timing=timing, **target), 6, "120", timing)
        assert (one("CSA_LOW", story.snapshot(6)) is not None) is judged
        assert len(remarks("CSA_LOW", story.snapshot(6))) == (0 if judged else 1)
        assert one("CSA_LOW", csa(on_csa(), 6, "120", timing).snapshot(6)) is None


@pytest.mark.parametrize(("value", "asked"), [("1000", False), ("1000.1", True), (">1000", True)])
def test_103_an_intravenous_level_above_1000_asks_for_the_line(value: str, asked: bool) -> None:
    assert ("drawn from the infusion line?" in words("CSA_HIGH", csa(on_csa(), 5, value), 5)) is asked
    during = csa(on_csa(), 5, value, "during_infusion")
    said = [say(x.reason) for x in remarks("CSA_HIGH", during.snapshot(5))]
    assert [x for x in said if "infusion line" in x] == said
    assert len(said) == asked
    oral = Story().test(5, "csa", value, route="oral", timing="c2")
    assert "infusion line" not in words("CSA_HIGH", oral, 5)


# -- TAC_BAND ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("4.9", CRITICAL, None),
        ("5", None, None),
        ("10", None, None),
        ("10.1", None, WARNING),
        ("15", None, WARNING),
        ("15.1", None, WARNING),
        ("20", None, WARNING),
        ("20.1", None, CRITICAL),
        ("<5", CRITICAL, None),
        ("<8", INFO, None),
        (">8", None, INFO),
    ],
)
def test_104_tac_band_boundaries(value: str, low: Severity | None, high: Severity | None) -> None:
    story = tac(on_tac(), 9, value)
    assert (grave("TAC_BAND", story, 9, "low"), grave("TAC_BAND", story, 9, "high")) == (low, high)


@pytest.mark.parametrize(("day", "severity"), [(3, INFO), (4, INFO), (5, CRITICAL)])
def test_104_tac_band_low_is_critical_in_an_acute_course_from_day_5(day: int, severity: Severity) -> None:
    assert grave("TAC_BAND", tac(acute(on_tac()), 3, "3.1"), day, "low") is severity


def test_104_tac_band_low_while_the_course_is_not_known_is_judged_as_acute_and_says_so() -> None:
    assert grave("TAC_BAND", tac(on_tac(), 3, "3.1"), 4, "low") is INFO
    assert grave("TAC_BAND", tac(on_tac(), 3, "3.1"), 5, "low") is CRITICAL
    assert "the course is not known" in words("TAC_BAND", tac(on_tac(), 3, "3.1"), 5, "low")


def test_104_tac_band_low_is_a_warning_in_a_chronic_course_and_the_order_comes_first() -> None:
    assert grave("TAC_BAND", tac(on_tac().chronic(0), 8, "4"), 8, "low") is WARNING
    order = {"target_timing": "trough", "target_low": Decimal(3), "target_high": Decimal(6)}
    ordered = tac(on_tac(**order), 8, "4")
    assert issues("TAC_BAND", ordered.snapshot(8)) == {}
    assert "band of the order 3-6" in words("TAC_BAND", tac(on_tac(**order), 8, "6.1"), 8, "high")


def test_104_tac_band_above_15_asks_again() -> None:
    story = tac(tac(on_tac(), 6, "12"), 8, "15.1")
    (alert,) = course_of_alerts(story, 9, "TAC_BAND")
    assert "above 15 ng/mL" in say(alert.reasons[1])
    found = issues("TAC_BAND", story.snapshot(8))["high"]
    assert alert.reasons[1].message in found.again
    assert "above 15" not in words("TAC_BAND", tac(on_tac(), 6, "15"), 6, "high")


@pytest.mark.parametrize(("route", "timing"), [("oral", None), (None, "trough"), ("iv", "continuous")])
def test_104_a_tac_level_without_timing_is_not_judged_and_said_so(route: str | None, timing: str | None) -> None:
    snapshot = Story().test(5, "tac", "2", route=route, timing=timing).snapshot(5)
    assert issues("TAC_BAND", snapshot) == {}
    assert "not interpretable" in say(remarks("TAC_BAND", snapshot)[0].reason)


def test_104_tac_band_ends_when_tacrolimus_is_stopped() -> None:
    assert grave("TAC_BAND", tac(on_tac(stop=9), 8, "12"), 9, "high") is WARNING
    assert grave("TAC_BAND", tac(on_tac(stop=9), 8, "12"), 10, "high") is None


# -- the target in time -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "drug", "last"), [("CSA_TARGET_DELAY", "csa", 3), ("TAC_TARGET_DELAY", "tac", 5)])
def test_21_104_no_level_at_all_is_a_delay_from_the_day_after(rule: str, drug: str, last: int) -> None:
    story = Story().drug(0, drug, route="oral")
    assert one(rule, story.snapshot(last)) is None
    found = one(rule, story.snapshot(last + 1))
    assert found
    assert (found.severity, found.known) == (WARNING, moment(last + 1))
    assert "none was taken that can be judged" in say(found.reasons[0])
    assert one(rule, Story().drug(0, drug, stop=last).snapshot(last + 1)) is None


@pytest.mark.parametrize(
    ("rule", "drug", "value"), [("CSA_TARGET_DELAY", "csa", "150"), ("TAC_TARGET_DELAY", "tac", "5")]
)
def test_21_104_a_level_in_the_band_and_none_above_it_ends_the_delay(rule: str, drug: str, value: str) -> None:
    def delayed(at: str, day: int = 2) -> bool:
        story = Story().drug(0, drug, route="oral").test(day, drug, at, route="oral", timing="trough")
        return one(rule, story.snapshot(9)) is not None

    assert not delayed(value)
    assert delayed("390")  # (21): no value in band
    assert delayed(f"<{value}0" if drug == "tac" else "<300")  # not known to be in it
    assert delayed(value, day=-1)  # before the start
    story = Story().drug(0, drug, route="oral").test(2, drug, value, route="oral", timing=None)
    assert one(rule, story.snapshot(9)) is not None


@pytest.mark.parametrize(
    ("rule", "other", "subject", "drug", "value"),
    [
        ("CSA_TARGET_DELAY", "CSA_LOW", "", "csa", "120"),
        ("CSA_TARGET_DELAY", "CSA_HIGH", "", "csa", "300"),
        ("TAC_TARGET_DELAY", "TAC_BAND", "low", "tac", "3"),
        ("TAC_TARGET_DELAY", "TAC_BAND", "high", "tac", "12"),
    ],
)
def test_21_a_level_beside_its_band_is_told_and_the_delay_too_on_one_card(
    rule, other: str, subject: str, drug: str, value: str
) -> None:
    story = Story().drug(0, drug, route="oral").test(7, drug, value, route="oral", timing="trough")
    assert one(rule, story.snapshot(6)) is not None
    assert one(rule, story.snapshot(7)) is not None
    assert one(other, story.snapshot(7), subject) is not None
    assert BY_CODE[rule].group is BY_CODE[other].group


def test_21_another_route_begins_anew() -> None:
    story = csa(on_csa(stop=9), 2, "210").drug(10, "csa", route="oral")
    assert one("CSA_TARGET_DELAY", story.snapshot(13)) is None
    assert one("CSA_TARGET_DELAY", story.snapshot(14)) is not None
    story.test(12, "csa", "160", route="oral", timing="trough")
    assert one("CSA_TARGET_DELAY", story.snapshot(14)) is None


@pytest.mark.parametrize(("shown", "delayed"), [(-14, False), (-15, True)])
def test_68_a_drug_that_goes_on_is_counted_from_day_0_of_its_step(shown: int, delayed: bool) -> None:
    story = acute(Story().drug(-200, "tac", route="oral")).drug(2, "gc", dose=Decimal(50), unit="mg/day")
    assert one("TAC_TARGET_DELAY", story.snapshot(7)) is None
    assert one("TAC_TARGET_DELAY", story.snapshot(8)) is not None
    tac(story, 2 + shown, "7")
    assert (one("TAC_TARGET_DELAY", story.snapshot(8)) is not None) is delayed


def test_68_without_a_step_of_the_chart_nothing_is_late() -> None:
    assert one("TAC_TARGET_DELAY", acute(Story().drug(-200, "tac", route="oral")).snapshot(20)) is None
