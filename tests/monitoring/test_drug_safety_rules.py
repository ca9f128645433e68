"""GC_STOPPED, CY_CUMULATIVE, IVCY_CHECK and the blood count after IVCY: every boundary by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitoring.engine import Issue, Severity, Situation
from monitoring.intervals import due_tests
from patients.clinical.cumulative import cumulative_cy
from patients.clinical.reasons import say
from tests.monitoring.looking import course_of_alerts, issues, one, planned, planned_dose
from tests.story import Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


def gc(story: Story, day: int, mg: str | None, stop: int | None = None) -> Story:
    dose = {} if mg is None else {"dose": Decimal(mg), "unit": "mg/day"}
    return story.drug(day, "gc", stop=stop, **dose)


def words(found: Issue | None) -> str:
    return " | ".join(say(x) for x in found.reasons) if found else ""


# -- GC_STOPPED -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "told"), [(28, False), (29, True), (55, True), (56, False)])
def test_119_gc_stopped_from_the_second_day_without_and_for_28_days(day: int, told: bool) -> None:
    found = one("GC_STOPPED", gc(Story(), 0, "20", 27).snapshot(day))
    assert (found is not None) is told
    if found:
        assert (found.severity, found.known) == (CRITICAL, moment(29))
        assert words(found).startswith("no glucocorticoid recorded since 29 Mar, after 5 mg/day or more since 1 Mar")


@pytest.mark.parametrize(
    ("mg", "stop", "told"), [("5", 27, True), ("4.9", 27, False), ("5", 26, False), (None, 27, True)]
)
def test_119_gc_stopped_after_28_days_at_5_mg(mg: str | None, stop: int, told: bool) -> None:
    assert (one("GC_STOPPED", gc(Story(), 0, mg, stop).snapshot(stop + 3)) is not None) is told


def test_119_gc_stopped_counts_tapers_and_pulses_and_no_pause() -> None:
    taper = gc(gc(Story().drug(0, "gc_pulse", stop=2), 3, "40", 16), 17, "10", 27)
    assert one("GC_STOPPED", taper.snapshot(29)) is not None
    assert one("GC_STOPPED", gc(gc(Story(), 0, "20", 10), 13, "20", 30).snapshot(33)) is None
    slow = gc(gc(Story(), 0, "10", 30), 31, "2.5", 60)
    assert one("GC_STOPPED", slow.snapshot(63)) is None  # tapered below 5 mg before it ended


@pytest.mark.parametrize(("last", "told"), [(31, True), (30, False)])
def test_119_gc_cut_from_15_to_less_than_5_mg_within_7_days(last: int, told: bool) -> None:
    story = gc(gc(gc(Story(), 0, "15", last), last + 1, "10", 37), 38, "4.9")
    found = one("GC_STOPPED", story.snapshot(38))
    assert (found is not None) is told
    if found:
        assert words(found).startswith("glucocorticoid 4.9 mg/day since 8 Apr, from 15 mg or more within 7 days")
        assert found.known == moment(38)


def test_119_gc_cut_needs_15_mg_and_less_than_5() -> None:
    assert one("GC_STOPPED", gc(gc(Story(), 0, "14.9", 30), 31, "2.5").snapshot(32)) is None
    assert one("GC_STOPPED", gc(gc(Story(), 0, "15", 30), 31, "5").snapshot(32)) is None
    assert one("GC_STOPPED", gc(gc(Story(), 5, "15", 30), 31, "2.5").snapshot(32)) is None  # 26 days


def test_119_gc_cut_below_5_mg_and_then_to_none_stays() -> None:
    story = gc(gc(Story(), 0, "20", 59), 60, "4", 61)
    (alert,) = course_of_alerts(story, 80, "GC_STOPPED")
    assert (alert.severity, str(alert.opened_on), alert.closed_at) == (CRITICAL, "2024-04-30", None)
    found = one("GC_STOPPED", story.snapshot(63))
    assert found is not None
    assert words(found).startswith("glucocorticoid 4 mg/day since 30 Apr, from 15 mg or more within 7 days")
    assert words(found).endswith("none recorded since 2 May")
    still = one("GC_STOPPED", gc(story, 62, "2").snapshot(62))
    assert still is not None
    assert words(still).endswith("now 2 mg/day, since 2 May")
    slow = gc(gc(gc(Story(), 0, "20", 51), 52, "10", 59), 60, "4", 61)
    assert one("GC_STOPPED", slow.snapshot(63)) is None, "15 mg were given more than 7 days before"


def test_119_gc_stopped_closes_when_it_is_given_again_and_with_the_end_of_care() -> None:
    story = gc(gc(Story(), 0, "20", 30), 34, "20")
    (alert,) = course_of_alerts(story, 40, "GC_STOPPED")
    assert (str(alert.opened_on), alert.closed_at) == ("2024-04-02", moment(34))
    assert one("GC_STOPPED", Story().snapshot(5)) is None


# -- CY_CUMULATIVE ----------------------------------------------------------------------------------------------------


def cy(*grams: str) -> Story:
    story = Story()
    for n, x in enumerate(grams):
        story.drug(28 * n, "ivcy", dose=Decimal(x), unit="g", stop=28 * n)
    return story


@pytest.mark.parametrize(
    ("grams", "severity", "step"),
    [
        ("9.99", None, ""),
        ("10", INFO, "10 g or more"),
        ("19.99", INFO, "10 g or more"),
        ("20", WARNING, "20 g or more"),
        ("36", WARNING, "20 g or more"),
        ("36.01", WARNING, "more than 36 g"),
    ],
)
def test_102_cy_cumulative_steps(grams: str, severity: Severity | None, step: str) -> None:
    found = one("CY_CUMULATIVE", cy(grams).snapshot(2))
    assert (found.severity if found else None) is severity
    assert step in words(found)


def test_102_cy_cumulative_is_told_again_above_36_g_and_never_closes() -> None:
    story = cy("10", "10", "17")
    (alert,) = course_of_alerts(story, 300, "CY_CUMULATIVE")
    assert (alert.open, str(alert.opened_on)) == (True, "2024-03-01")
    found = one("CY_CUMULATIVE", story.snapshot(60))
    assert found.reasons[0].message in found.again


@pytest.mark.parametrize(
    ("drug", "dose", "unit", "stop", "mg"),
    [
        ("ivcy", "750", "mg", 0, "750"),
        ("ivcy", "15", "mg/kg", 0, "750"),
        ("ivcy", "500", "mg/m2", 0, "750"),  # 162 cm and 50 kg are 1.5 m2
        ("cy_oral", "50", "mg/day", 9, "500"),
        ("cy_oral", "50", "mg/day", None, "1050"),
    ],
)
def test_102_cumulative_doses_by_weight_surface_and_day(
    drug: str, dose: str, unit: str, stop: int | None, mg: str
) -> None:
    story = (
        Story()
        .test(-5, "weight", "50")
        .test(-5, "height", "162")
        .drug(0, drug, dose=Decimal(dose), unit=unit, stop=stop)
    )
    found = cumulative_cy(story.snapshot(20))
    assert found
    assert (found.mg, found.at_least) == (Decimal(mg), False)


def test_102_a_dose_that_cannot_be_told_makes_it_at_least() -> None:
    for more in ({}, {"dose": Decimal(15), "unit": "mg/kg"}, {"dose": Decimal(500), "unit": "mg/m2"}):
        story = cy("12").drug(40, "ivcy", stop=40, **more)
        assert "at least" in words(one("CY_CUMULATIVE", story.snapshot(41)))
    assert "at least" not in words(one("CY_CUMULATIVE", cy("12").snapshot(41)))
    old = cy("12").test(-60, "weight", "50").drug(40, "ivcy", stop=40, dose=Decimal(15), unit="mg/kg")
    assert "at least" in words(one("CY_CUMULATIVE", old.snapshot(41)))  # a weight of 100 days before
    following = Story().drug(0, "cy_oral", dose=Decimal(50), unit="mg/day")
    following.drug(10, "cy_oral", dose=Decimal(100), unit="mg/day", stop=19)
    assert cumulative_cy(following.snapshot(30)).mg == 1500
    split = Story().drug(0, "cy_oral", dose=Decimal(50), unit="mg/day")  # morning and evening, until the next begins
    split.drug(0, "cy_oral", dose=Decimal(25), unit="mg/day").drug(10, "cy_oral", dose=Decimal(50), unit="mg/day")
    assert cumulative_cy(split.snapshot(19)).mg == 1250
    assert cumulative_cy(Story().snapshot(3)) is None


def test_102_cy_cumulative_is_of_the_day_on_which_the_sum_crossed_and_known_with_the_last_that_counts() -> None:
    found = one("CY_CUMULATIVE", cy("4", "4", "2", "1").snapshot(90))
    assert (str(found.on), found.known) == ("2024-04-26", moment(56))
    told_late = cy("4", "4", "1").drug(-400, "ivcy", stop=-400, dose=Decimal(1), unit="g", known="70T10:00")
    late = one("CY_CUMULATIVE", told_late.snapshot(90))
    assert (str(late.on), late.known) == ("2024-04-26", moment("70T10:00"))
    oral = Story().drug(0, "cy_oral", dose=Decimal(100), unit="mg/day")
    assert one("CY_CUMULATIVE", oral.snapshot(98)) is None
    for day in (99, 150):
        found = one("CY_CUMULATIVE", oral.snapshot(day))
        assert (str(found.on), found.known) == ("2024-06-08", moment("99T00:00"))


def test_102_an_intravenous_course_of_several_days_is_at_least_one_dose() -> None:
    for stop, said in ((0, False), (1, True)):
        story = Story().drug(0, "ivcy", dose=Decimal(12), unit="g", stop=stop)
        assert ("at least" in words(one("CY_CUMULATIVE", story.snapshot(5)))) is said


# -- IVCY_CHECK -------------------------------------------------------------------------------------------------------


def ivcy(day: int = 10) -> Story:
    return Story().drug(day, "ivcy", dose=Decimal(700), unit="mg", stop=day)


@pytest.mark.parametrize(
    ("code", "value", "severity"),
    [
        ("wbc", "2999", CRITICAL),
        ("wbc", "3000", None),
        ("neutrophils", "1499", CRITICAL),
        ("neutrophils", "1500", None),
        ("wbc", "<3000", CRITICAL),
        ("wbc", "<4000", INFO),
    ],
)
def test_117_ivcy_check_counts_before_the_dose(code: str, value: str, severity: Severity | None) -> None:
    found = one("IVCY_CHECK", ivcy().test(9, code, value).snapshot(10))
    assert (found.severity if found else None) is severity


@pytest.mark.parametrize(("day", "missing"), [(6, True), (7, False), (10, False), (11, False)])
def test_117_ivcy_check_no_count_in_the_three_days_before(day: int, missing: bool) -> None:
    found = one("IVCY_CHECK", ivcy().test(day, "wbc", "6000").snapshot(11))
    assert (found is not None) is missing
    if found:
        assert found.severity is WARNING
        assert words(found) == "no blood count in the 3 days before IVCY of 11 Mar"


@pytest.mark.parametrize(("day", "counts"), [(-4, True), (-5, False), (11, False)])
def test_117_ivcy_check_looks_at_the_newest_count_of_14_days_before(day: int, counts: bool) -> None:
    found = one("IVCY_CHECK", ivcy().test(day, "wbc", "2500").snapshot(12))
    assert ("below 3,000" in words(found)) is counts
    newer = ivcy().test(5, "wbc", "2500").test(9, "wbc", "4000")
    assert one("IVCY_CHECK", newer.snapshot(10)) is None


@pytest.mark.parametrize(
    ("code", "day", "severity"),
    [
        ("infection", 8, CRITICAL),
        ("infection", 11, None),
        ("haematuria", 9, CRITICAL),
        ("haematuria", -4, CRITICAL),
        ("haematuria", -5, None),
        ("haematuria", 11, WARNING),
        ("haematuria", 24, WARNING),
        ("haematuria", 25, None),
    ],
)
def test_117_ivcy_check_infection_and_haematuria(code: str, day: int, severity: Severity | None) -> None:
    story = ivcy().test(9, "wbc", "6000").finding(day, code, present=True)
    found = one("IVCY_CHECK", story.snapshot(max(day, 10)))
    assert (found.severity if found else None) is severity


def test_117_ivcy_check_infection_that_is_over_does_not_speak_against_it() -> None:
    story = ivcy().test(9, "wbc", "6000").finding(2, "infection", present=True)
    assert one("IVCY_CHECK", story.snapshot(10)) is not None
    assert one("IVCY_CHECK", story.finding(11, "infection", present=False).snapshot(11)) is None


@pytest.mark.parametrize(("gone", "severity"), [("9T10:00", None), ("11T10:00", CRITICAL)])
def test_117_ivcy_check_haematuria_recorded_as_gone_before_the_dose(gone: str, severity: Severity | None) -> None:
    story = ivcy().test(9, "wbc", "6000").finding(5, "haematuria", present=True)
    found = one("IVCY_CHECK", story.finding(gone, "haematuria", present=False).snapshot(12))
    assert (found.severity if found else None) is severity
    again = one("IVCY_CHECK", story.finding("9T20:00", "haematuria", present=True).snapshot(12))
    assert again is not None
    assert again.severity is CRITICAL


def test_117_ivcy_check_stands_for_14_days_or_until_the_next_dose() -> None:
    story = ivcy().test(9, "wbc", "2500")
    assert [one("IVCY_CHECK", story.snapshot(x)) is not None for x in (9, 10, 24, 25)] == [False, True, True, False]
    later = story.test(20, "wbc", "5000").drug(21, "ivcy", stop=21)
    assert one("IVCY_CHECK", later.snapshot(21)) is None


def ahead(story: Story, day: int, *doses: int) -> Issue | None:
    return planned("IVCY_CHECK", story.snapshot(day), *map(planned_dose, doses or (10,)))


@pytest.mark.parametrize(("day", "severity"), [(6, None), (7, CRITICAL), (10, CRITICAL), (13, CRITICAL), (14, None)])
def test_117_ivcy_check_looks_before_a_planned_dose(day: int, severity: Severity | None) -> None:
    """From three days before it; three days after it the task is late, and no dose is expected by the rule."""
    found = ahead(Story().test(5, "wbc", "2999").test(5, "neutrophils", "1500"), day)
    assert (found.severity if found else None) is severity
    if found:
        assert "before IVCY planned for 11 Mar" in words(found)
        assert found.known == moment(7)


@pytest.mark.parametrize(
    ("code", "value", "severity"),
    [
        ("wbc", "2999", CRITICAL),
        ("wbc", "3000", None),
        ("neutrophils", "1499", CRITICAL),
        ("neutrophils", "1500", None),
    ],
)
def test_117_ivcy_check_counts_before_a_planned_dose(code: str, value: str, severity: Severity | None) -> None:
    found = ahead(Story().test(8, code, value), 9)
    assert (found.severity if found else None) is severity


@pytest.mark.parametrize(("day", "count", "missing"), [(9, 6, False), (10, 6, True), (10, 7, False), (10, 10, False)])
def test_117_ivcy_check_asks_for_the_count_on_the_day_of_a_planned_dose(day: int, count: int, missing: bool) -> None:
    found = ahead(Story().test(count, "wbc", "6000"), day)
    assert (found is not None) is missing
    if found:
        assert (found.severity, found.known) == (WARNING, moment(10))
        assert words(found) == "no blood count in the 3 days before IVCY planned for 11 Mar"


@pytest.mark.parametrize(("code", "present", "fires"), [("infection", True, True), ("infection", False, False)])
def test_117_ivcy_check_infection_before_a_planned_dose(code: str, present: bool, fires: bool) -> None:
    assert (ahead(Story().finding(2, code, present=present), 8) is not None) is fires


@pytest.mark.parametrize(("day", "fires"), [(-4, True), (-5, False)])
def test_117_ivcy_check_haematuria_of_14_days_before_a_planned_dose(day: int, fires: bool) -> None:
    assert (ahead(Story().finding(day, "haematuria", present=True), 8) is not None) is fires


@pytest.mark.parametrize(("given", "still"), [(6, True), (7, False), (10, False)])
def test_117_ivcy_check_a_planned_dose_that_was_given_is_the_recorded_one(given: int, still: bool) -> None:
    story = (
        ivcy(given).test(given, "wbc", "6000").test(given, "haemoglobin", "9").finding(given, "infection", present=True)
    )
    assert ("planned" in words(ahead(story, 10))) is still


def test_117_ivcy_check_of_a_planned_dose_needs_its_drug() -> None:
    taper = planned_dose(10, "gc")
    assert planned("IVCY_CHECK", Story().test(9, "wbc", "2500").snapshot(10), taper) is None


def test_117_ivcy_check_of_a_planned_dose_is_known_once_it_is_planned() -> None:
    late = planned_dose(10, since=9)
    found = planned("IVCY_CHECK", Story().test(5, "wbc", "2500").snapshot(9), late)
    assert found is not None
    assert found.known == moment(9)


# -- the count after IVCY ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "day", "overdue"), [(None, 14, False), (None, 15, True), (7, 15, False), (6, 15, True)]
)
def test_117_a_count_on_days_7_to_14_after_ivcy_is_overdue_on_day_15(
    count: int | None, day: int, overdue: bool
) -> None:
    story = Story().drug(0, "ivcy", stop=0).test(-1, "wbc", "6000")
    if count is not None:
        story.test(count, "wbc", "6000")
    assert ("wbc" in issues("OVERDUE", story.snapshot(day))) is overdue
    due = [x for x in due_tests(Situation(story.snapshot(10))) if x.how.text == "7 to 14 days after IVCY"]
    assert [(x.code, str(x.due)) for x in due] == [("wbc", "2024-03-15")] * (count != 7)


@pytest.mark.parametrize(("dose", "asked"), [(-104, True), (-105, False)])
def test_58_no_count_was_due_after_an_ivcy_whose_day_14_lies_before_the_patient_was_first_seen(
    dose: int, asked: bool
) -> None:
    """The window of an A/S course that began on day 0 reaches back 90 days."""
    story = Story().drug(dose, "ivcy", stop=dose).dyspnoea(0, True, "worse").test(-90, "ferritin", "500")
    assert ("wbc" in issues("OVERDUE", story.snapshot(2))) is asked
