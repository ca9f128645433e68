"""AADO2_RISE, PPF, PNEUMOMEDIASTINUM; each boundary by name. Specification 11 (25), (38), 13 (65), (110), (113)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitoring.engine import Issue, Severity
from monitoring.lifecycle import Step
from monitoring.rules import BY_CODE
from patients.clinical.alveolar import differences
from patients.clinical.reasons import say
from tests.monitoring.looking import course_of_alerts, one
from tests.monitoring.test_lifecycle import changes_after
from tests.monitoring.test_oxygen_rules import nasal, spo2, support
from tests.story import Day, Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


# -- AADO2_RISE -------------------------------------------------------------------------------------------------------


def gas(story: Story, day: Day, pao2: str, paco2: str = "40", fio2: str | None = "0.21") -> Story:
    told = Decimal(fio2) if fio2 else None
    return story.pao2(day, pao2, fio2=fio2).test(day, "paco2", paco2, fio2=told)


def test_aado2_on_air_with_60_and_40_is_39_7() -> None:
    (found,) = differences(gas(Story(), 0, "60").snapshot(0))
    assert (found.exact, found.value) == (Decimal("39.73"), Decimal("39.7"))


@pytest.mark.parametrize(("pao2", "fires"), [("70.1", False), ("70", True), ("69.9", True)])
def test_aado2_rise_of_10_mmhg(pao2: str, fires: bool) -> None:
    found = one("AADO2_RISE", gas(gas(Story(), 0, "80"), 3, pao2).snapshot(3))
    assert (found is not None) is fires
    assert found is None or found.severity is WARNING


def test_aado2_rise_by_less_carbon_dioxide_is_a_rise_too() -> None:
    """PaO2 stands and PaCO2 falls from 40 to 32: 8 / 0.8 = 10 mmHg."""
    found = one("AADO2_RISE", gas(gas(Story(), 0, "80"), 3, "80", "32").snapshot(3))
    assert found
    assert say(found.reasons[0]) == (
        "A-aDO2 19.7 mmHg on 1 Mar to 29.7 mmHg on 4 Mar at FiO2 0.21: up by 10 or more; PaO2 80, PaCO2 32 mmHg"
    )
    assert one("AADO2_RISE", gas(gas(Story(), 0, "80"), 3, "80", "32.1").snapshot(3)) is None


@pytest.mark.parametrize(("day", "fires"), [(14, True), (15, False)])
def test_aado2_rise_within_14_days(day: int, fires: bool) -> None:
    assert (one("AADO2_RISE", gas(gas(Story(), 0, "90"), day, "70").snapshot(day)) is not None) is fires


def test_aado2_rise_is_from_the_lowest_not_the_last() -> None:
    found = one("AADO2_RISE", gas(gas(gas(Story(), 0, "90"), 2, "84"), 4, "80").snapshot(4))
    assert found
    assert "9.7 mmHg on 1 Mar" in say(found.reasons[0])


def test_aado2_rise_is_not_held_against_another_fio2() -> None:
    assert one("AADO2_RISE", gas(gas(Story(), 0, "90"), 3, "90", fio2="0.4").snapshot(3)) is None
    assert one("AADO2_RISE", gas(gas(Story(), 0, "150", fio2="0.4"), 3, "90", fio2="0.4").snapshot(3)) is not None


def test_65_aado2_rise_never_from_an_estimated_fio2() -> None:
    story = Story()
    for day, value in ((0, "120"), (3, "70")):
        story.gas(day, value, "nasal_cannula", "3").test(day, "paco2", "40")
    assert differences(story.snapshot(3)) == ()
    assert one("AADO2_RISE", story.snapshot(3)) is None


def test_aado2_needs_both_gases_of_one_sample() -> None:
    assert differences(Story().pao2(0, "80").test("0T06:00", "paco2", "40").snapshot(0)) == ()
    assert differences(Story().test(0, "paco2", "40").snapshot(0)) == ()


def test_aado2_rise_stands_while_the_newest_sample_has_none_of_its_fio2_and_ends_with_one_that_is_no_rise() -> None:
    story = gas(gas(Story(), 0, "90"), 2, "70")
    assert one("AADO2_RISE", gas(story, 3, "100", fio2="0.4").snapshot(3)) is not None
    assert one("AADO2_RISE", gas(story, 4, "85").snapshot(4)) is None


@pytest.mark.parametrize(
    ("first", "later", "answer"),
    [("90", "<70", "sure"), ("90", "<85", "possible"), (">90", "85", "possible"), ("90", ">85", None)],
)
def test_aado2_rise_with_a_censored_value(first: str, later: str, answer: str | None) -> None:
    found = one("AADO2_RISE", gas(gas(Story(), 0, first), 2, later).snapshot(2))
    assert (("possible" if found.possible else "sure") if found else None) == answer


def test_aado2_rise_says_how_old_its_last_value_is() -> None:
    found = one("AADO2_RISE", gas(gas(Story(), 0, "90"), 2, "70").snapshot(4))
    assert found
    assert say(found.reasons[-1]) == "last value 2 days old"


@pytest.mark.parametrize(("pao2", "stands"), [("80", True), ("80.1", False)])
def test_aado2_rise_closes_with_a_later_sample_however_late_that_is_no_rise(pao2: str, stands: bool) -> None:
    story = gas(gas(gas(Story(), 0, "90"), 3, "70"), 30, pao2)
    assert (one("AADO2_RISE", story.snapshot(30)) is not None) is stands


def test_aado2_rise_tells_the_age_of_the_sample_it_tells() -> None:
    found = one("AADO2_RISE", gas(gas(gas(Story(), 0, "90"), 2, "70"), 4, "100", fio2="0.4").snapshot(4))
    assert found
    assert say(found.reasons[-1]) == "last value 2 days old"


# -- PPF --------------------------------------------------------------------------------------------------------------


def fibrotic() -> Story:
    return Story().chronic(0).hrct(0, reticular=True, ggo=False, change="first").test(0, "fvc_pp", "80")


def ppf(story: Story, day: int) -> Issue | None:
    return one("PPF", story.snapshot(day))


def test_110_ppf_two_of_three() -> None:
    cough = fibrotic().finding(100, "cough", True, "worse")
    assert ppf(cough, 100) is None
    found = ppf(cough.test(120, "fvc_pp", "75"), 120)
    assert found
    assert (found.severity, found.on) == (WARNING, moment(120).date())
    assert [say(x) for x in found.reasons] == [
        "progressive pulmonary fibrosis: two of three signs within a year. Another explanation?",
        "FVC 80 % predicted on 1 Mar to 75 % on 29 Jun: 5 points down or more",
        "cough worse on 9 Jun",
    ]


def test_ppf_two_of_one_kind_are_one() -> None:
    story = fibrotic().finding(100, "cough", True, "worse").dyspnoea(101, True, "worse")
    assert ppf(story, 101) is None
    story = fibrotic().test(0, "dlco_pp", "60").test(100, "dlco_pp", "50").test(100, "fvc_pp", "70")
    assert ppf(story, 101) is None


@pytest.mark.parametrize(
    ("code", "before", "after", "fires"),
    [
        ("fvc_pp", "80", "75.1", False),
        ("fvc_pp", "80", "75", True),
        ("dlco_pp", "60", "50.1", False),
        ("dlco_pp", "60", "50", True),
        ("vc_pp", "80", "60", False),
    ],
)
def test_110_ppf_falls_of_5_and_10_points(code: str, before: str, after: str, fires: bool) -> None:
    story = Story().chronic(0).hrct(0, honeycombing=True).dyspnoea(50, True, "worse")
    story.test(1, code, before).test(60, code, after)
    assert (ppf(story, 60) is not None) is fires


def test_ppf_dlco_says_that_the_correction_is_not_told() -> None:
    story = fibrotic().dyspnoea(50, True, "worse").test(1, "dlco_pp", "60").test(60, "dlco_pp", "45")
    found = ppf(story, 60)
    assert found
    assert "corrected for haemoglobin is not told" in say(found.reasons[1])


@pytest.mark.parametrize(("day", "fires"), [(27, False), (28, True), (365, True), (366, False)])
def test_110_ppf_tests_28_to_365_days_apart(day: int, fires: bool) -> None:
    story = fibrotic().dyspnoea(day, True, "worse").test(day, "fvc_pp", "70")
    assert (ppf(story, day) is not None) is fires


@pytest.mark.parametrize(("day", "fires"), [(395, True), (396, False)])
def test_ppf_two_signs_within_365_days(day: int, fires: bool) -> None:
    story = fibrotic().test(30, "fvc_pp", "74").dyspnoea(day, True, "worse")
    assert (ppf(story, day) is not None) is fires


@pytest.mark.parametrize(
    ("before", "scan", "answer"),
    [
        ({"honeycombing": False}, {"ggo": True, "honeycombing": True}, "sure"),
        ({}, {"ggo": False, "reticular": True}, "sure"),
        ({}, {"ggo": True, "reticular": True}, None),
        ({}, {"ggo": True}, None),
        ({"traction_bronchiectasis": False}, {"ggo": True, "traction_bronchiectasis": True}, "sure"),
    ],
)
def test_ppf_more_fibrosis_on_hrct_and_not_more_ground_glass(
    before: dict[str, bool], scan: dict[str, bool], answer: str | None
) -> None:
    story = Story().chronic(0).hrct(0, reticular=True, **before).dyspnoea(80, True, "worse")
    found = ppf(story.hrct(90, change="increased", **scan), 90)
    assert (("possible" if found.possible else "sure") if found else None) == answer


def test_ppf_a_report_that_says_unchanged_is_no_sign() -> None:
    story = fibrotic().dyspnoea(80, True, "worse").hrct(90, change="unchanged", reticular=True)
    assert ppf(story, 90) is None


def test_ppf_needs_fibrosis_on_hrct() -> None:
    story = Story().chronic(0).hrct(0, ggo=True).test(0, "fvc_pp", "80")
    story.dyspnoea(50, True, "worse").test(60, "fvc_pp", "70")
    assert ppf(story, 60) is None


def test_ppf_needs_a_chronic_course_or_180_days_after_day_0() -> None:
    def story(day: int) -> Story:
        told = Story().mda5(0, "positive").dyspnoea(0, True, "worse").hrct(0, reticular=True).drug(1, "gc")
        told.test(20, "fvc_pp", "80")
        return told.finding(day - 1, "cough", True, "worse").test(day, "fvc_pp", "70")

    assert ppf(story(181), 181) is None
    assert ppf(story(182), 182) is not None


def test_ppf_while_the_course_is_not_known_is_possible() -> None:
    undecided = Story().hrct(0, reticular=True).test(0, "fvc_pp", "80").finding(50, "cough", True, "worse")
    found = ppf(undecided.test(60, "fvc_pp", "70"), 60)
    assert found
    assert (found.severity, found.possible) == (INFO, True)
    assert any("the course is not known" in say(x) for x in found.reasons)


def test_ppf_what_may_be_is_not_told_beside_a_course_that_has_become_acute() -> None:
    story = Story().chronic(0).hrct(0, reticular=True).dyspnoea(80, True, "worse")
    assert ppf(story.hrct(90, change="increased", ggo=True, reticular=True), 90) is None
    story = Story().chronic(0).hrct(0, reticular=True).finding(80, "cough", True, "worse")
    scan = {"ggo": True, "reticular": True, "compared_with": moment(-100).date()}
    found = ppf(story.hrct(90, change="increased", **scan), 90)
    assert found
    assert (found.possible, found.severity) == (True, INFO)


def test_ppf_with_an_infection_is_info() -> None:
    story = fibrotic().dyspnoea(50, True, "worse").test(60, "fvc_pp", "70").finding(61, "infection", True)
    found = ppf(story, 61)
    assert found
    assert found.severity is INFO
    assert say(found.reasons[-1]) == "infection on 1 May: it may explain this"
    found = ppf(story.finding(70, "infection", False), 70)
    assert found
    assert found.severity is WARNING


def test_ppf_is_one_event_for_a_year() -> None:
    story = fibrotic().dyspnoea(50, True, "worse").test(60, "fvc_pp", "70").test(150, "fvc_pp", "69")
    found = ppf(story, 150)
    assert found
    assert found.on == moment(60).date()
    assert ppf(story, 60 + 365) is not None
    assert ppf(story, 60 + 366) is None
    story.test(400, "fvc_pp", "60").dyspnoea(430, True, "worse")
    found = ppf(story, 430)
    assert found
    assert found.on == moment(430).date()


def test_59_ppf_and_pneumomediastinum_are_events_and_what_is_said_again_of_them_is_no_other_one() -> None:
    assert BY_CODE["PPF"].event
    assert BY_CODE["PNEUMOMEDIASTINUM"].event
    air = Story().finding(2, "pneumomediastinum", True).hrct(5, pneumomediastinum=True)
    assert changes_after(air, 2, 6, "PNEUMOMEDIASTINUM") == []
    air.hrct(9, pneumomediastinum=False).finding(12, "pneumomediastinum", True)
    assert changes_after(air, 2, 13, "PNEUMOMEDIASTINUM") == [(Step.OPENED, 2)]
    progressive = fibrotic().dyspnoea(50, True, "worse").test(60, "fvc_pp", "70").test(150, "fvc_pp", "69")
    assert changes_after(progressive, 60, 160, "PPF") == []


def test_113_pneumomediastinum_under_the_same_pressure_is_told_once_and_another_device_is_another_event() -> None:
    pressed = Story().test("2T08:00", "spo2", "92", device="high_flow", fio2=Decimal("0.5"))
    pressed.finding("2T10:00", "pneumomediastinum", True)
    pressed.test("3T08:00", "spo2", "91", device="high_flow", fio2=Decimal("0.6"))
    assert changes_after(pressed, "2T12:00", 4, "PNEUMOMEDIASTINUM") == []
    pressed.test("5T08:00", "spo2", "90", device="niv", fio2=Decimal("0.6"))
    assert changes_after(pressed, "2T12:00", 6, "PNEUMOMEDIASTINUM") == [(Step.OPENED, 2)]


# -- PNEUMOMEDIASTINUM ------------------------------------------------------------------------------------------------


def test_pneumomediastinum_as_a_finding_or_on_hrct() -> None:
    for story, says in (
        (Story().finding(2, "pneumomediastinum", True), "pneumomediastinum on 3 Mar"),
        (Story().hrct(2, pneumomediastinum=True), "pneumomediastinum on the HRCT of 3 Mar"),
    ):
        found = one("PNEUMOMEDIASTINUM", story.snapshot(2))
        assert found
        assert found.severity is CRITICAL
        assert say(found.reasons[0]) == says


def test_pneumomediastinum_not_told_or_absent_is_none() -> None:
    for story in (Story(), Story().finding(2, "pneumomediastinum"), Story().hrct(2, ggo=True)):
        assert one("PNEUMOMEDIASTINUM", story.snapshot(2)) is None
    assert one("PNEUMOMEDIASTINUM", Story().finding(2, "pneumomediastinum", False).snapshot(2)) is None


def test_pneumomediastinum_ends_with_a_report_that_it_is_not_there_and_begins_anew() -> None:
    story = Story().finding(2, "pneumomediastinum", True).hrct(9, pneumomediastinum=False)
    assert one("PNEUMOMEDIASTINUM", story.snapshot(9)) is None
    story.hrct(20, pneumomediastinum=True)
    first, second = course_of_alerts(story, 21, "PNEUMOMEDIASTINUM")
    assert (first.open, second.open, second.value_on) == (False, True, moment(20).date())


def test_113_pressure_that_began_after_it_and_ended_before_it_was_seen_again_is_news_still() -> None:
    story = Story().finding(2, "pneumomediastinum", True)
    story.test(3, "spo2", "90", device="niv", fio2=Decimal("0.6"))
    story.test(4, "spo2", "94", device="nasal_cannula", flow=Decimal(2)).hrct(6, pneumomediastinum=True)
    found = one("PNEUMOMEDIASTINUM", story.snapshot(6))
    assert found
    assert len(found.news) == 2
    assert found.news[0] == found.facts[0]


def test_pneumomediastinum_seen_again_and_again_is_one_event() -> None:
    story = Story().finding(2, "pneumomediastinum", True)
    first = one("PNEUMOMEDIASTINUM", story.snapshot(2))
    again = one("PNEUMOMEDIASTINUM", story.hrct(5, pneumomediastinum=True).snapshot(5))
    assert first
    assert again
    assert (again.facts[0], again.on) == (first.facts[0], first.on)
    assert say(again.reasons[1]) == "pneumomediastinum on the HRCT of 6 Mar"


@pytest.mark.parametrize(
    ("level", "named"),
    [("niv", True), ("high_flow", True), ("ventilation", True), ("oxygen", False), ("room_air", False)],
)
def test_pneumomediastinum_names_positive_pressure(level: str, named: bool) -> None:
    for day in (1, 4):
        story = support(Story().finding(2, "pneumomediastinum", True), day, level)
        found = one("PNEUMOMEDIASTINUM", story.snapshot(5))
        assert found
        assert any("positive pressure with" in say(x) for x in found.reasons) is named


def test_pneumomediastinum_does_not_name_pressure_that_was_over_before_it() -> None:
    story = nasal(support(Story(), 0, "niv"), 1, "2")
    found = one("PNEUMOMEDIASTINUM", spo2(story, 1, "97").finding(2, "pneumomediastinum", True).snapshot(2))
    assert found
    assert not any("positive pressure with" in say(x) for x in found.reasons)
