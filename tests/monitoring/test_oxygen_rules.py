"""Oxygen: OXYGEN_NEED and the judgement it asks for, SPO2_LOW; each boundary by name. Specification 13 (109), (111)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitoring.engine import Severity
from patients.clinical import facts as f
from patients.clinical.oxygen_need import oxygen_course
from patients.clinical.reasons import say
from tests.monitoring.looking import course_of_alerts, one, remarks
from tests.story import Day, Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


def support(story: Story, day: Day, level: str, fio2: str = "", flow: str = "", device: str = "") -> Story:
    return story.add(
        f.Support,
        day,
        level=level,
        fio2=Decimal(fio2) if fio2 else None,
        flow=Decimal(flow) if flow else None,
        device=device or None,
    )


def spo2(story: Story, day: Day, value: str, fio2: str = "", flow: str = "", device: str = "") -> Story:
    """On air where nothing is told of oxygen."""
    fio2 = fio2 or ("" if flow or device else "0.21")
    return story.test(
        day,
        "spo2",
        value,
        fio2=Decimal(fio2) if fio2 else None,
        flow=Decimal(flow) if flow else None,
        device=device or None,
    )


def nasal(story: Story, day: Day, flow: str, value: str = "96") -> Story:
    return spo2(story, day, value, flow=flow, device="nasal_cannula")


def needs(story: Story, day: Day) -> str:
    """The first sentence of OXYGEN_NEED, "" where it is silent."""
    found = one("OXYGEN_NEED", story.snapshot(day))
    assert found is None or found.severity is CRITICAL
    return say(found.reasons[0]) if found else ""


# -- OXYGEN_NEED ------------------------------------------------------------------------------------------------------


def test_oxygen_need_says_nothing_where_nobody_is_on_oxygen() -> None:
    assert not needs(Story(), 0)
    assert not needs(spo2(Story(), 0, "91").pao2(0, "61"), 0)
    assert not needs(support(Story(), 0, "room_air"), 0)
    assert not needs(Story().test(0, "spo2", "91"), 0)


def test_oxygen_need_on_oxygen_for_the_first_time() -> None:
    story = nasal(spo2(Story(), 0, "95"), 3, "1")
    assert needs(story, 3) == "on oxygen for the first time on 4 Mar: 1 L/min (nasal cannula)"


def test_oxygen_need_is_told_by_support_by_spo2_and_by_pao2() -> None:
    assert needs(support(Story(), 1, "oxygen"), 1) == "on oxygen for the first time on 2 Mar: oxygen"
    assert needs(support(Story(), 1, "ecmo"), 1) == "on oxygen for the first time on 2 Mar: ECMO"
    assert needs(Story().pao2(1, "80", fio2="0.3"), 1).startswith("on oxygen for the first time on 2 Mar: FiO2 0.3")
    assert needs(Story().gas(1, "80", "reservoir_mask", "10"), 1).endswith("10 L/min (reservoir mask)")


def test_oxygen_need_while_walking_is_not_judged() -> None:
    story = Story().test(1, "spo2_walk", "84", flow=Decimal(2), device="nasal_cannula")
    assert not needs(story, 1)


@pytest.mark.parametrize(("flow", "fires"), [("3.9", False), ("4", True)])
def test_oxygen_need_flow_up_by_2_l(flow: str, fires: bool) -> None:
    story = nasal(weaned(), "20T08:00", "2")
    nasal(story, "22T08:00", flow)
    assert rises(story, "22T08:00", 2) is fires


def weaned() -> Story:
    """Without oxygen for more than 24 hours after a first need."""
    story = nasal(Story(), "0T08:00", "1")
    return spo2(spo2(story, "1T08:00", "96"), "2T08:00", "97")


def rises(story: Story, day: Day, number: int) -> bool:
    """Has the need that stands this many rises?"""
    need = oxygen_course(story.snapshot(day)).need
    return need is not None and len(need.rises) == number


@pytest.mark.parametrize(("later", "fires"), [("23T08:00", True), ("23T08:01", False)])
def test_oxygen_need_within_72_hours(later: str, fires: bool) -> None:
    story = nasal(weaned(), "20T08:00", "2")
    nasal(story, later, "5")
    assert rises(story, later, 2) is fires


@pytest.mark.parametrize(("fio2", "fires"), [("0.39", False), ("0.40", True)])
def test_oxygen_need_fio2_up_by_10_points(fio2: str, fires: bool) -> None:
    story = spo2(weaned(), 20, "95", fio2="0.30", device="venturi")
    spo2(story, 21, "95", fio2=fio2, device="venturi")
    assert rises(story, 21, 2) is fires


def test_oxygen_need_a_device_of_higher_rank_whatever_its_fio2() -> None:
    story = spo2(Story(), 0, "95", fio2="0.60", device="reservoir_mask")
    support(story, 1, "high_flow", fio2="0.50")
    assert needs(story, 1) == "more support: reservoir mask on 1 Mar, high-flow oxygen on 2 Mar"


def test_oxygen_need_another_device_of_the_same_rank_says_nothing() -> None:
    story = nasal(Story(), 0, "4")
    spo2(story, 1, "95", flow="6", device="simple_mask")
    assert not rises(story, 1, 2)


def test_oxygen_need_a_device_that_nobody_names_may_be_a_reservoir_mask() -> None:
    story = support(Story(), 0, "oxygen")
    spo2(story, 1, "95", flow="10", device="reservoir_mask")
    assert not rises(story, 1, 2)
    assert rises(support(story, 2, "niv"), 2, 2)


def test_oxygen_need_less_oxygen_is_no_news() -> None:
    story = nasal(nasal(Story(), 0, "4"), 1, "2")
    assert not rises(story, 1, 2)


def test_oxygen_need_small_steps_within_72_hours_count_together() -> None:
    story = nasal(nasal(nasal(Story(), 0, "1"), 1, "2"), 2, "3")
    assert needs(story, 2) == "more oxygen: 1 L/min on 1 Mar, 3 L/min on 3 Mar (nasal cannula)"


@pytest.mark.parametrize(("back", "open_"), [("4T08:00", True), ("4T09:00", False)])
def test_oxygen_need_closes_back_at_the_support_before_for_24_hours(back: str, open_: bool) -> None:
    story = nasal(spo2(Story(), 0, "95"), 2, "2")
    spo2(spo2(story, "3T09:00", "96"), back, "96")
    assert bool(needs(story, back)) is open_


def test_oxygen_need_is_not_closed_by_silence_on_air() -> None:
    story = spo2(nasal(spo2(Story(), 0, "95"), 2, "2"), 3, "96")
    assert needs(story, 60)


def test_oxygen_need_closes_on_the_oxygen_before_a_rise() -> None:
    story = nasal(nasal(weaned(), 20, "1"), 22, "4")
    nasal(nasal(story, "30T08:00", "1"), "31T07:00", "1")
    assert needs(story, 31)  # it was oxygen again that began it
    spo2(spo2(story, 40, "96"), 41, "96")
    assert not needs(story, 41)


def test_oxygen_need_a_trial_on_air_is_no_end_and_no_new_need() -> None:
    story = nasal(Story(), 0, "2").pao2(5, "58")
    nasal(story, 20, "2")
    assert needs(story, 20).startswith("on oxygen for the first time")
    (alert,) = course_of_alerts(story, 21, "OXYGEN_NEED")
    assert alert.episode == 1


def test_oxygen_need_again_after_24_hours_without_is_a_new_episode() -> None:
    story = nasal(weaned(), 40, "1")
    assert needs(story, 40) == "on oxygen again on 10 Apr: 1 L/min (nasal cannula)"
    first, second = course_of_alerts(story, 41, "OXYGEN_NEED")
    assert (first.open, second.open) == (False, True)


def test_oxygen_need_of_a_chronic_patient_first_seen_on_oxygen_is_no_news_and_a_rise_is() -> None:
    story = nasal(Story().chronic(0), 1, "1")
    assert not needs(story, 1)
    assert needs(nasal(story, 3, "3"), 3).startswith("more oxygen: 1 L/min")
    assert needs(nasal(Story(), 1, "1"), 1)  # where the course is not known it is


def test_oxygen_need_names_the_rise_and_the_first_need() -> None:
    story = nasal(nasal(Story(), 0, "1"), 2, "5")
    found = one("OXYGEN_NEED", story.snapshot(2))
    assert found
    assert [say(x) for x in found.reasons[:2]] == [
        "more oxygen: 1 L/min on 1 Mar, 5 L/min on 3 Mar (nasal cannula)",
        "on oxygen for the first time on 1 Mar: 1 L/min (nasal cannula)",
    ]
    assert (found.on, found.known) == (moment(2).date(), moment(0))


def test_oxygen_need_a_corrected_record_withdraws_it() -> None:
    story = Story().test(0, "spo2", "95", id="a", flow=Decimal(2), device="nasal_cannula")
    story.test(0, "spo2", "95", id="a", known=1, fio2=Decimal("0.21"))
    (alert,) = course_of_alerts(story, 2, "OXYGEN_NEED")
    assert alert.closed_because == "withdrawn"


@pytest.mark.parametrize(
    ("day", "told"), [(1, ""), (2, "last value 2 days old"), (15, "last value more than 14 days old")]
)
def test_92_oxygen_rules_say_after_a_day_how_old_the_last_value_is(day: int, told: str) -> None:
    story = Story().pao2(-5, "80").pao2(0, "55").test("0T01:00", "spo2", "96", flow=Decimal(2), device="nasal_cannula")
    for rule in ("PAO2_LOW", "PAO2_FALL", "OXYGEN_NEED"):
        found = one(rule, story.snapshot(day))
        assert found
        said = say(found.reasons[-1])
        assert (said if "old" in said else "") == told


# -- the judgement it asks for ----------------------------------------------------------------------------------------


def on_t3() -> Story:
    story = Story().mda5(0, "positive").dyspnoea(0, True, "worse")
    return spo2(story.drug(1, "gc").drug(1, "csa").drug(1, "ivcy"), 1, "96")


def test_improvement_judgement_is_due_on_the_day_on_which_oxygen_is_needed() -> None:
    assert one("IMPROVEMENT_JUDGEMENT_DUE", on_t3().snapshot(3)) is None
    found = one("IMPROVEMENT_JUDGEMENT_DUE", nasal(on_t3(), 3, "2").snapshot(3))
    assert found
    assert (found.severity, found.on) == (WARNING, moment(3).date())
    assert say(found.reasons[0]) == "improvement on T3 is asked at once: oxygen, or more of it, is needed"


def test_improvement_judgement_asked_by_oxygen_is_answered_on_the_day_or_later_and_not_before() -> None:
    for day, answered in ((2, False), (3, True), (4, True)):
        story = nasal(on_t3(), 3, "2").judged(day, "unchanged")
        assert (one("IMPROVEMENT_JUDGEMENT_DUE", story.snapshot(5)) is None) is answered


def test_improvement_judgement_is_not_asked_by_oxygen_of_the_time_before_the_step() -> None:
    story = nasal(Story().mda5(0, "positive").dyspnoea(0, True, "worse"), 0, "2").drug(1, "gc")
    assert one("IMPROVEMENT_JUDGEMENT_DUE", story.snapshot(2)) is None


# -- SPO2_LOW ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "severity"), [("95", None), ("94", INFO), ("91", INFO), ("90", CRITICAL)])
def test_109_spo2_low_one_reading_on_air(value: str, severity: Severity | None) -> None:
    found = one("SPO2_LOW", spo2(Story(), 0, value).snapshot(0))
    assert (found.severity if found else None) is severity


@pytest.mark.parametrize(("value", "severity"), [("90", None), ("89.9", CRITICAL), ("<90", CRITICAL)])
def test_63_spo2_low_on_oxygen(value: str, severity: Severity | None) -> None:
    story = nasal(Story(), 0, "3", value)
    found = one("SPO2_LOW", story.snapshot(0))
    assert (found.severity if found else None) is severity
    assert found is None or "on oxygen" in say(found.reasons[0])


@pytest.mark.parametrize(
    ("first", "second", "gap", "severity"),
    [
        ("93", "93", "0T08:05", WARNING),
        ("93", "93", "0T08:04", INFO),
        ("93", "93", "1T08:00", WARNING),
        ("93", "93", "1T08:01", INFO),
        ("93", "93.1", "0T09:00", INFO),
        ("94", "93", "0T09:00", INFO),
    ],
)
def test_109_spo2_low_93_twice_5_minutes_to_24_hours_apart(
    first: str, second: str, gap: str, severity: Severity
) -> None:
    story = spo2(spo2(Story(), "0T08:00", first), gap, second)
    found = one("SPO2_LOW", story.snapshot(gap))
    assert found
    assert found.severity is severity


@pytest.mark.parametrize(("value", "severity"), [("94", WARNING), ("94.1", None), ("95", None)])
def test_spo2_low_3_points_below_the_median_on_air_where_that_does_not_close(
    value: str, severity: Severity | None
) -> None:
    story = Story()
    for hour in ("0T08:00", "1T08:00", "2T08:00"):
        spo2(story, hour, "97")
    spo2(spo2(story, "3T08:00", value), "3T12:00", value)
    found = one("SPO2_LOW", story.snapshot("3T12:00"))
    assert (found.severity if found else None) is severity


@pytest.mark.parametrize(
    ("values", "fires"), [(("95", "95", "95"), True), (("95", "95", "94"), True), (("94", "94", "95"), False)]
)
def test_spo2_low_3_points_below_the_median_on_oxygen(values: tuple[str, ...], fires: bool) -> None:
    story = Story()
    for day, value in enumerate(values):
        nasal(story, day, "2", value)
    nasal(nasal(story, "3T08:00", "2", "92"), "3T12:00", "2", "92")
    assert (one("SPO2_LOW", story.snapshot("3T12:00")) is not None) is fires


def test_spo2_low_median_needs_three_readings_of_7_days_on_the_same_support() -> None:
    def fires(*before: tuple[Day, str]) -> bool:
        story = Story()
        for day, flow in before:
            nasal(story, day, flow, "97")
        nasal(nasal(story, "7T08:00", "2", "92"), "7T12:00", "2", "92")
        return one("SPO2_LOW", story.snapshot("7T12:00")) is not None

    assert fires(("0T12:00", "2"), (1, "2"), (2, "2"))
    assert not fires(("0T07:59", "2"), (1, "2"))
    assert not fires((1, "2"), (2, "2"))
    assert not fires((1, "3"), (2, "3"), (3, "3"))


def test_spo2_low_the_fall_has_to_be_seen_twice() -> None:
    story = Story()
    for day in range(3):
        nasal(story, day, "2", "97")
    assert one("SPO2_LOW", nasal(story, "3T08:00", "2", "91").snapshot("3T08:00")) is None


@pytest.mark.parametrize(("closing", "open_"), [("94", True), ("95", False)])
def test_109_spo2_low_closes_with_two_readings_above_94_on_air(closing: str, open_: bool) -> None:
    story = spo2(spo2(Story(), 0, "89"), 1, closing)
    assert one("SPO2_LOW", story.snapshot(1)) is not None
    assert (one("SPO2_LOW", spo2(story, 2, closing).snapshot(2)) is not None) is open_


@pytest.mark.parametrize(("closing", "open_"), [("92", True), ("93", False)])
def test_spo2_low_closes_with_two_readings_above_92_on_oxygen(closing: str, open_: bool) -> None:
    story = nasal(nasal(nasal(Story(), 0, "2", "88"), 1, "2", closing), 2, "2", closing)
    assert (one("SPO2_LOW", story.snapshot(2)) is not None) is open_


@pytest.mark.parametrize(("second", "open_"), [("1T08:04", True), ("1T08:05", False)])
def test_spo2_low_two_readings_close_5_minutes_apart(second: str, open_: bool) -> None:
    story = spo2(spo2(spo2(Story(), 0, "89"), "1T08:00", "96"), second, "96")
    assert (one("SPO2_LOW", story.snapshot(second)) is not None) is open_


def test_spo2_low_one_reading_between_two_that_would_close_keeps_it_open() -> None:
    story = spo2(spo2(spo2(spo2(Story(), 0, "89"), 1, "96"), 2, "94"), 3, "96")
    assert one("SPO2_LOW", story.snapshot(3)) is not None


def test_spo2_low_critical_stands_until_a_warning_is_confirmed() -> None:
    story = spo2(spo2(Story(), 0, "88"), "2T12:00", "93")
    found = one("SPO2_LOW", story.snapshot("2T12:00"))
    assert found
    assert found.severity is CRITICAL
    found = one("SPO2_LOW", spo2(story, "2T16:00", "92").snapshot("2T16:00"))
    assert found
    assert found.severity is WARNING


def test_spo2_low_the_mark_is_told_once_an_episode() -> None:
    story = Story()
    for day, value in enumerate(("94", "96", "97", "94")):
        spo2(story, day, value)
    (alert,) = course_of_alerts(story, 5, "SPO2_LOW")
    assert (alert.open, alert.severity) == (False, INFO)
    story.dyspnoea(6, True, "worse")  # a new episode of the disease
    found = one("SPO2_LOW", spo2(story, 7, "94").snapshot(7))
    assert found
    assert found.severity is INFO


def untold(*values: str, first: str = "3T08:00", second: str = "3T08:05") -> Story:
    """Readings that say nothing of oxygen."""
    story = Story()
    for at, value in zip((first, second), values, strict=False):
        story.test(at, "spo2", value)
    return story


@pytest.mark.parametrize(
    ("value", "severity"), [("95", None), ("94.9", INFO), ("90.1", INFO), ("90", CRITICAL), ("89", CRITICAL)]
)
def test_109_spo2_low_where_the_oxygen_is_not_told_is_judged_as_on_air_and_says_so(
    value: str, severity: Severity | None
) -> None:
    found = one("SPO2_LOW", untold(value).snapshot(3))
    assert (found.severity if found else None) is severity
    assert not found or "whether on air" in say(found.reasons[0])
    said = [say(x.reason) for x in remarks("SPO2_LOW", untold(value).snapshot(3))]
    assert said == [f"SpO2 {value} % on 4 Mar: whether on air or on oxygen is not told"] * (severity is INFO)


@pytest.mark.parametrize(
    ("first", "second", "gap", "severity"),
    [
        ("91", "91", "3T08:05", WARNING),
        ("93", "93", "3T08:05", WARNING),
        ("93", "93", "3T08:04", INFO),
        ("93", "93", "4T08:00", WARNING),
        ("93", "93", "4T08:01", INFO),
        ("93", "93.1", "3T09:00", INFO),
    ],
)
def test_109_spo2_low_93_twice_where_the_oxygen_is_not_told(
    first: str, second: str, gap: str, severity: Severity
) -> None:
    found = one("SPO2_LOW", untold(first, second, second=gap).snapshot(gap))
    assert found
    assert found.severity is severity
    assert ("blood gas" in say(found.reasons[0])) is (severity is WARNING)


def test_109_spo2_low_93_twice_once_on_air_and_once_not_told() -> None:
    found = one("SPO2_LOW", spo2(Story(), "3T08:00", "93").test("13T08:00", "spo2", "93").snapshot("13T08:00"))
    assert found
    assert found.severity is INFO  # ten days apart
    story = Story().test("3T08:00", "spo2", "93")
    found = one("SPO2_LOW", spo2(story, "3T12:00", "93").snapshot("3T12:00"))
    assert found
    assert (found.severity, "whether on air is not told" in say(found.reasons[0])) == (WARNING, True)


def fallen(value: str, before: str = "98", flow: str = "", told: bool = True) -> Story:
    """Three readings, then two of another value, all on the same support."""
    story = Story()
    for at, each in [*(((day, before)) for day in range(3)), ("3T08:00", value), ("3T12:00", value)]:
        if not told:
            story.test(at, "spo2", each)
        elif flow:
            nasal(story, at, flow, each)
        else:
            spo2(story, at, each)
    return story


@pytest.mark.parametrize(
    ("before", "value", "flow", "severity"),
    [
        ("98", "95", "", WARNING),
        ("98", "95.1", "", None),
        ("100", "97", "", WARNING),
        ("97", "93", "2", WARNING),
        ("97", "94", "2", WARNING),
        ("97", "94.1", "2", None),
    ],
)
def test_109_spo2_low_3_points_below_the_median_however_high(
    before: str, value: str, flow: str, severity: Severity | None
) -> None:
    found = one("SPO2_LOW", fallen(value, before, flow).snapshot("3T12:00"))
    assert (found.severity if found else None) is severity


@pytest.mark.parametrize(("value", "severity"), [("95", INFO), ("95.1", None)])
def test_109_spo2_low_3_points_below_the_median_is_info_where_the_oxygen_is_not_told(
    value: str, severity: Severity | None
) -> None:
    found = one("SPO2_LOW", fallen(value, told=False).snapshot("3T12:00"))
    assert (found.severity if found else None) is severity
    assert not found or "the oxygen is not told" in say(found.reasons[0])


def test_109_spo2_low_a_fall_where_the_oxygen_is_not_told_is_no_mark_that_was_told_before() -> None:
    story = Story().test(-5, "spo2", "94").test(-4, "spo2", "97").test(-4, "spo2", "97")
    for day in range(3):
        story.test(day, "spo2", "98")
    story.test("3T08:00", "spo2", "95").test("3T12:00", "spo2", "95")
    assert one("SPO2_LOW", story.snapshot("3T12:00")) is not None


@pytest.mark.parametrize(("closing", "open_"), [("95", True), ("95.1", False)])
def test_109_spo2_low_a_fall_closes_with_two_readings_less_than_3_points_below_the_median(
    closing: str, open_: bool
) -> None:
    story = fallen("95")
    spo2(spo2(story, "4T08:00", closing), "4T12:00", closing)
    assert (one("SPO2_LOW", story.snapshot("4T12:00")) is not None) is open_


def test_109_spo2_low_one_reading_near_the_median_does_not_close_a_fall() -> None:
    story = fallen("94")
    for at, value in (("4T08:00", "98"), ("4T12:00", "95"), ("4T16:00", "98")):
        spo2(story, at, value)
    assert one("SPO2_LOW", story.snapshot("4T16:00")) is not None
    assert one("SPO2_LOW", spo2(story, "4T20:00", "98").snapshot("4T20:00")) is None


def test_109_spo2_low_what_lasts_for_the_days_of_the_median_is_what_is_usual_then() -> None:
    story = fallen("95")
    for day in range(4, 11):
        spo2(story, f"{day}T08:00", "95")
        found = one("SPO2_LOW", story.snapshot(f"{day}T08:00"))
        assert (found is not None) is (day < 8), day


def test_109_spo2_low_readings_that_fell_are_no_part_of_the_median() -> None:
    story = fallen("95")
    for hour in range(13, 20):
        spo2(story, f"3T{hour}:00", "95")
    assert one("SPO2_LOW", story.snapshot("3T19:00")) is not None


@pytest.mark.parametrize(("day", "severity"), [(7, None), (8, CRITICAL)])
def test_spo2_low_reads_the_support_recorded_last_in_7_days(day: int, severity: Severity | None) -> None:
    """90 % on oxygen is not below 90; where nothing is told any more it may be on air."""
    story = support(Story(), 0, "oxygen").test(day, "spo2", "90")
    found = one("SPO2_LOW", story.snapshot(day))
    assert (found.severity if found else None) is severity


def test_spo2_low_reads_the_oxygen_told_with_the_value_before_rather_than_an_older_support() -> None:
    """Air on day 0, 3 L on day 1: 90 % on day 2 was not taken on air."""
    story = spo2(support(Story(), 0, "room_air"), 1, "93", flow="3", device="nasal_cannula").test(2, "spo2", "90")
    assert one("SPO2_LOW", story.snapshot(2)) is None
    found = one("SPO2_LOW", story.test(3, "spo2", "89").snapshot(3))
    assert found
    assert "on oxygen" in say(found.reasons[0])


def test_spo2_low_that_stands_names_the_newest_value_too() -> None:
    story = spo2(spo2(Story(), 0, "88"), 1, "94")
    found = one("SPO2_LOW", story.snapshot(1))
    assert found
    assert [say(x) for x in found.reasons] == [
        "SpO2 88 % on air on 1 Mar, 90 or less",
        "newest value: SpO2 94 % on 2 Mar",
    ]


def test_spo2_low_says_how_old_the_last_value_is_after_a_day() -> None:
    story = spo2(Story(), 0, "88")
    found = one("SPO2_LOW", story.snapshot(1))
    assert found
    assert len(found.reasons) == 1
    found = one("SPO2_LOW", story.snapshot(2))
    assert found
    assert say(found.reasons[-1]) == "last value 2 days old"


def test_spo2_low_while_walking_is_not_judged_here() -> None:
    assert one("SPO2_LOW", Story().test(0, "spo2_walk", "80", fio2=Decimal("0.21")).snapshot(0)) is None


def test_spo2_low_censored() -> None:
    found = one("SPO2_LOW", spo2(Story(), 0, "<70").snapshot(0))
    assert found
    assert found.severity is CRITICAL
    assert one("SPO2_LOW", spo2(Story(), 0, ">94").snapshot(0)) is None
