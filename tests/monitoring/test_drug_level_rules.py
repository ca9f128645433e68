"""CSA_LOW and CSA_HIGH: bands by route and timing, each boundary by name."""

from decimal import Decimal

import pytest

from monitoring.engine import Severity
from patients.clinical.reasons import say
from patients.clinical.snapshot import RuleChoices, Settings
from tests.monitoring.looking import issues, one, remarks
from tests.story import Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


def level(value: str, route: str | None = "iv", timing: str | None = "pre_dose", day: int = 4) -> Story:
    return Story().test(day, "csa", value, route=route, timing=timing)


@pytest.mark.parametrize(
    ("route", "timing", "value", "low"),
    [
        ("iv", "pre_dose", "199.9", True),
        ("iv", "pre_dose", "200", False),
        ("iv", "trough", "199.9", True),
        ("oral", "trough", "149.9", True),
        ("oral", "trough", "150", False),
        ("oral", "pre_dose", "149.9", True),
        ("oral", "c2", "999.9", True),
        ("oral", "c2", "1000", False),
        ("oral", "c2", "1000.1", False),
    ],
)
def test_csa_low_boundaries(route: str, timing: str, value: str, low: bool) -> None:
    assert (one("CSA_LOW", level(value, route, timing).snapshot(4)) is not None) is low


@pytest.mark.parametrize(
    ("route", "timing", "value", "severity"),
    [
        ("iv", "pre_dose", "250", None),
        ("iv", "pre_dose", "250.1", INFO),
        ("iv", "pre_dose", "300", INFO),
        ("iv", "pre_dose", "300.1", WARNING),
        ("iv", "pre_dose", "400", WARNING),
        ("iv", "pre_dose", "400.1", CRITICAL),
        ("oral", "trough", "250", None),
        ("oral", "trough", "250.1", INFO),
        ("oral", "trough", "300.1", WARNING),
        ("oral", "trough", "400.1", CRITICAL),
        ("oral", "c2", "2000", None),
        ("oral", "c2", "2000.1", INFO),
        ("oral", "c2", "2400", INFO),
        ("oral", "c2", "2400.1", WARNING),
    ],
)
def test_csa_high_boundaries(route: str, timing: str, value: str, severity: Severity | None) -> None:
    found = one("CSA_HIGH", level(value, route, timing).snapshot(4))
    assert (found.severity if found else None) is severity


def test_csa_low_is_a_warning_in_a_chronic_course() -> None:
    found = one("CSA_LOW", level("199.9").chronic(0).snapshot(4))
    assert found
    assert found.severity is WARNING


def test_csa_low_while_the_course_is_not_known_is_judged_as_acute_and_says_so() -> None:
    found = one("CSA_LOW", level("199.9", day=6).snapshot(6))
    assert found
    assert found.severity is CRITICAL
    assert "the course is not known: judged as acute/subacute" in [say(x) for x in found.reasons]
    acute = one("CSA_LOW", level("199.9", day=6).dyspnoea(0, True, "worse").snapshot(6))
    assert acute
    assert not any("course is not known" in say(x) for x in acute.reasons)


def test_csa_low_is_critical_in_an_acute_course() -> None:
    found = one("CSA_LOW", level("150").dyspnoea(0, True, "worse").snapshot(4))
    assert found
    assert found.severity is CRITICAL
    assert say(found.reasons[0]) == "CsA 150 ng/mL on 5 Mar (intravenous, before the dose) is below 200 (band 200-250)"


@pytest.mark.parametrize(("route", "timing"), [(None, None), ("iv", None), (None, "c2"), ("iv", "c2")])
def test_csa_level_without_a_band_is_not_interpretable_and_never_low(route: str | None, timing: str | None) -> None:
    snapshot = level("20", route, timing).snapshot(4)
    assert one("CSA_LOW", snapshot) is None
    assert "not interpretable" in say(remarks("CSA_LOW", snapshot)[0].reason)


def test_csa_low_is_judged_on_the_newest_level() -> None:
    story = level("150").test(8, "csa", "220", route="iv", timing="pre_dose")
    assert one("CSA_LOW", story.snapshot(8)) is None


def test_csa_low_ends_when_csa_is_stopped() -> None:
    story = level("150").drug(0, "csa", route="iv", stop=6)
    assert one("CSA_LOW", story.snapshot(6)) is not None
    assert one("CSA_LOW", story.snapshot(7)) is None


def test_csa_low_stands_while_another_course_of_csa_runs() -> None:
    story = level("150").drug(0, "csa", route="iv", stop=6).drug(7, "csa", route="oral")
    assert one("CSA_LOW", story.snapshot(8)) is not None


@pytest.mark.parametrize(
    ("value", "low", "high"), [("<200", CRITICAL, None), (">200", None, INFO), ("<230", INFO, None)]
)
def test_csa_censored_levels(value: str, low: Severity | None, high: Severity | None) -> None:
    snapshot = level(value).dyspnoea(0, True, "worse").snapshot(4)
    found = (one("CSA_LOW", snapshot), one("CSA_HIGH", snapshot))
    assert tuple(x.severity if x else None for x in found) == (low, high)


@pytest.mark.parametrize(
    ("c2", "day", "low"),
    [
        ("1300", "4T09:30", False),
        ("999.9", "4T09:30", True),
        ("2000.1", "4T09:30", True),
        ("<1300", "4T09:30", True),
        ("1300", "-3T09:30", False),
        ("1300", "-4T09:30", True),
    ],
)
def test_103_csa_low_trough_is_not_low_where_a_c2_of_seven_days_is_in_its_band(c2: str, day: str, low: bool) -> None:
    story = level("100", "oral", "trough").test(day, "csa", c2, route="oral", timing="c2")
    said = [say(x.reasons[0]) for x in issues("CSA_LOW", story.snapshot(4)).values()]
    assert any("oral, trough" in x for x in said) is low


def test_103_csa_low_trough_is_not_low_where_the_order_asks_for_c2_and_may_be_high() -> None:
    order = {"target_timing": "c2", "target_low": Decimal(1000), "target_high": Decimal(1500)}
    story = level("100", "oral", "trough").drug(0, "csa", route="oral", **order)
    assert one("CSA_LOW", story.snapshot(9)) is None
    assert one("CSA_HIGH", story.test(5, "csa", "310", route="oral", timing="trough").snapshot(9)) is not None
    iv = level("150").drug(0, "csa", route="iv", **order)
    assert one("CSA_LOW", iv.snapshot(9)) is not None


@pytest.mark.parametrize(
    ("route", "timing", "said"),
    [
        (None, "trough", "route or time since the dose is not known"),
        ("oral", None, "route or time since the dose is not known"),
        ("iv", "continuous", "there is no band for this route and timing"),
    ],
)
def test_csa_why_a_level_is_not_interpretable(route: str | None, timing: str | None, said: str) -> None:
    (remark,) = remarks("CSA_LOW", level("100", route, timing).snapshot(4))
    assert say(remark.reason).endswith(said)


@pytest.mark.parametrize(("stop", "fires"), [(3, False), (4, True), (None, True)])
def test_csa_levels_are_judged_until_the_last_day_of_the_last_course(stop: int | None, fires: bool) -> None:
    story = level("100").drug(0, "csa", stop=2).drug(3, "csa", stop=stop)
    assert (one("CSA_LOW", story.snapshot(4)) is not None) is fires


def test_csa_a_trough_and_a_c2_of_one_day_are_judged_apart_and_a_sample_of_an_earlier_day_no_more() -> None:
    story = level("140", "oral", "trough", 3).test("4T08:00", "csa", "200", route="oral", timing="trough")
    assert one("CSA_LOW", story.snapshot(4)) is None
    both = story.test("4T10:00", "csa", "900", route="oral", timing="c2")
    found = one("CSA_LOW", both.snapshot(4))
    assert found
    assert found.facts == ("3",)
    assert one("CSA_LOW", both.test(5, "csa", "1200", route="oral", timing="c2").snapshot(5)) is None


def test_csa_low_is_known_with_the_first_low_level_of_the_run() -> None:
    story = level("150", day=2).test(3, "csa", "220", route="iv", timing="pre_dose")
    story.test(4, "csa", "190", route="iv", timing="pre_dose").test(5, "csa", "180", route="iv", timing="pre_dose")
    found = one("CSA_LOW", story.snapshot(5))
    assert found
    assert (found.known, found.on) == (moment(4), moment(5).date())


def test_103_csa_low_a_trough_that_is_low_by_design_is_remarked_with_a_source_that_was_not_read() -> None:
    story = level("100", "oral", "trough").test("4T09:30", "csa", "1300", route="oral", timing="c2")
    (said,) = remarks("CSA_LOW", story.snapshot(4))
    assert "CsA 100 ng/mL on 5 Mar (oral, trough), below 150, is not judged as low" in say(said.reason)
    assert said.reason.basis == "L2"
    read = Settings(rules=RuleChoices(values=(("CSA_LOW.source_read", Decimal(1)),)))
    (said,) = remarks("CSA_LOW", story.snapshot(4, settings=read))
    assert said.reason.basis == "L"
    high = level("150", "oral", "trough").test("4T09:30", "csa", "1300", route="oral", timing="c2")
    assert remarks("CSA_LOW", high.snapshot(4)) == []
