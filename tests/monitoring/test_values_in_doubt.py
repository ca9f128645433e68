"""Values in doubt raise alerts and close none; of two values of one moment either may raise one."""

from __future__ import annotations

import pytest

from monitoring.engine import Severity
from patients.clinical.reasons import say
from tests.monitoring.looking import course_of_alerts, issues, one, remarks
from tests.story import Story


def said(found) -> list[str]:
    return [say(x) for x in found.reasons]


# -- (47), (82) doubtful values ---------------------------------------------------------------------------------------

FELL = Story().ferritin(0, "3840").ferritin(3, "384")


def test_47_a_tenfold_fall_that_nobody_confirmed_leaves_the_alert_open_and_says_why() -> None:
    found = one("FERRITIN_HIGH", FELL.snapshot(3))
    assert found is not None
    assert found.severity is Severity.CRITICAL
    assert said(found)[1:] == [
        "unconfirmed: Ferritin 384 on 4 Mar: tenfold? last 3,840 on 1 Mar",
        "kept open until a second sample or a person confirms that value",
    ]


@pytest.mark.parametrize(("value", "opened"), [("480", True), ("481", False)])
def test_47_a_fall_by_less_than_a_factor_of_8_closes(value, opened) -> None:
    story = Story().ferritin(0, "3840").ferritin(3, value)
    assert (one("FERRITIN_HIGH", story.snapshot(3)) is not None) is opened


def test_82_the_second_sample_closes_it_and_a_person_does() -> None:
    seconded = Story().ferritin(0, "3840").ferritin(3, "384").ferritin(4, "420")
    assert one("FERRITIN_HIGH", seconded.snapshot(4)) is None
    assert one("FERRITIN_HIGH", Story().ferritin(0, "3840").ferritin(3, "384", confirmed=True).snapshot(3)) is None


def test_47_the_alert_is_one_episode_through_the_doubt() -> None:
    story = Story().ferritin(0, "3840").ferritin(3, "384").ferritin(5, "3700").ferritin(30, "300")
    (alert,) = course_of_alerts(story, 31, "FERRITIN_HIGH")
    assert (str(alert.opened_on), str(alert.closed_at)[:10]) == ("2024-03-01", "2024-03-31")


def test_47_a_doubtful_value_raises() -> None:
    found = one("FERRITIN_HIGH", Story().ferritin(0, "384").ferritin(3, "3840").snapshot(3))
    assert found is not None
    assert found.severity is Severity.CRITICAL
    assert said(found)[-1] == "unconfirmed: Ferritin 3,840 on 4 Mar: tenfold? last 384 on 1 Mar"


def test_47_a_lower_severity_waits_too() -> None:
    """1,200 after 12,000 would turn a critical alert into a warning."""
    found = one("FERRITIN_HIGH", Story().ferritin(0, "12000").ferritin(3, "1200").snapshot(3))
    assert found is not None
    assert found.severity is Severity.CRITICAL


def risen() -> Story:
    """A tenfold rise that the next sample does not confirm."""
    return Story().onset(0).diagnosis(0, "DM").ferritin(0, "128").ferritin(3, "1240", id="F").ferritin(5, "124")


def test_47_a_factor_that_a_doubtful_value_met_is_not_unmet_by_the_next_one() -> None:
    story = risen()
    found = issues("POOR_RISK_MET", story.snapshot(5))["ferritin"]
    assert [x for x in said(found) if "unconfirmed" in x] == [
        "unconfirmed: Ferritin 1,240 on 4 Mar: tenfold? last 128 on 1 Mar"
    ]
    assert one("FERRITIN_HIGH", story.snapshot(5)) is None, "the newest value is believed"


def test_47_its_correction_withdraws_it() -> None:
    story = risen().ferritin(3, "124", id="F", known=6, status="corrected")
    (met,) = course_of_alerts(story, 7, "POOR_RISK_MET")
    assert (str(met.opened_on), met.closed_because) == ("2024-03-04", "withdrawn")


def test_82_a_doubtful_high_value_hides_no_rise() -> None:
    story = Story().onset(0).drug(0, "gc").ferritin(1, "1500").ferritin(3, "15000").ferritin(6, "1900")
    found = one("FERRITIN_RISE", story.snapshot(6))
    assert found is not None
    assert "1,500" in said(found)[0], "the last confirmed one is used and named"


def test_82_a_doubtful_value_is_never_the_baseline() -> None:
    """KL-6 typed as 90 for 900 on day 0 would make 1,000 an elevenfold rise."""
    story = Story().test(0, "kl6", "900").test(3, "kl6", "90").drug(4, "gc").test(20, "kl6", "1000")
    assert one("KL6_RATIO", story.onset(0).snapshot(20)) is None
    high = Story().onset(0).test(0, "kl6", "900").test(3, "kl6", "90").drug(4, "gc").test(20, "kl6", "1600")
    found = one("KL6_RATIO", high.snapshot(20))
    assert found is not None
    assert "900 of 1 Mar" in said(found)[0], "the last confirmed one is used and named"


def test_82_a_doubtful_value_is_never_the_highest_of_a_fall() -> None:
    story = Story().test(0, "vc", "2.2").test(3, "vc", "7").test(10, "vc", "2.2")
    assert one("VC_FALL", story.snapshot(10)) is None


def test_82_a_rise_from_a_doubtful_low_is_none_and_one_from_the_confirmed_value_is() -> None:
    story = Story().onset(0).drug(0, "gc").ferritin(1, "1500").ferritin(3, "150").ferritin(6, "1600")
    assert one("FERRITIN_RISE", story.snapshot(6)) is None
    rose = Story().onset(0).drug(0, "gc").ferritin(1, "1500").ferritin(3, "150").ferritin(6, "1800")
    found = one("FERRITIN_RISE", rose.snapshot(6))
    assert found is not None
    assert "1,500" in said(found)[0]


def test_47_an_unusual_pao2_closes_nothing_and_raises() -> None:
    low = one("PAO2_LOW", Story().pao2(0, "33").snapshot(1))
    assert low is not None
    kept = one("PAO2_LOW", Story().pao2(0, "55").pao2(2, "112").snapshot(2))
    assert kept is not None
    assert "kept open" in said(kept)[-1]
    assert one("PAO2_LOW", Story().pao2(0, "55").pao2(2, "72").snapshot(2)) is None


def test_47_crp_and_levels_are_believed() -> None:
    story = Story().onset(0).drug(0, "csa", route="iv").test(2, "csa", "60", route="iv", timing="trough")
    story.test(4, "csa", "600", route="iv", timing="trough")
    assert one("CSA_LOW", story.snapshot(4)) is None


def test_a_test_in_doubt_was_done_all_the_same() -> None:
    """OVERDUE asks whether a test was done, not what came out."""
    story = Story().onset(0).drug(0, "gc").ferritin(0, "3840").ferritin(7, "384")
    done = Story().onset(0).drug(0, "gc").ferritin(0, "3840").ferritin(7, "1384")
    days = range(1, 25)
    assert [overdue(story, x) for x in days] == [overdue(done, x) for x in days]


def overdue(story: Story, day: int) -> bool:
    return "ferritin" in issues("OVERDUE", story.snapshot(day))


# -- (46), (83) two values of one moment ------------------------------------------------------------------------------

AT = "3T08:00"


@pytest.mark.parametrize("values", [("900", "1100"), ("1100", "900")])
def test_46_a_rule_fires_if_either_value_does_it_and_names_both(values) -> None:
    found = one("FERRITIN_HIGH", Story().ferritin(AT, values[0]).ferritin(AT, values[1]).snapshot(4))
    assert found is not None
    assert "two values of Ferritin at one moment (4 Mar): 900 and 1,100" in said(found)


def test_46_once_one_of_them_is_withdrawn_the_other_decides() -> None:
    story = Story().ferritin(AT, "900").ferritin(AT, "1100", id="b")
    story.ferritin(AT, "1100", id="b", known=5, cancelled=True)
    assert one("FERRITIN_HIGH", story.snapshot(4)) is not None
    assert one("FERRITIN_HIGH", story.snapshot(6)) is None


@pytest.mark.parametrize(("values", "rule"), [(("120", "230"), "CSA_LOW"), (("230", "270"), "CSA_HIGH")])
@pytest.mark.parametrize("turned", [False, True])
def test_83_two_levels_of_one_moment_say_do_not_dose_on_either(values, rule, turned) -> None:
    story = Story().onset(0).drug(0, "csa", route="iv")
    for value in reversed(values) if turned else values:
        story.test(AT, "csa", value, route="iv", timing="trough")
    found = one(rule, story.snapshot(4))
    assert found is not None
    assert said(found)[-1] == (
        f"Cyclosporine level {values[0]} and {values[1]} at one moment (4 Mar): two values, do not dose on either"
    )


def test_46_a_low_and_a_high_level_of_one_moment_raise_both_alerts() -> None:
    story = Story().onset(0).drug(0, "csa", route="iv")
    for value in ("120", "410"):
        story.test(AT, "csa", value, route="iv", timing="trough")
    assert one("CSA_LOW", story.snapshot(4)) is not None
    assert one("CSA_HIGH", story.snapshot(4)) is not None


def test_remarks_are_said_once() -> None:
    story = Story().test(AT, "csa", "120").test(AT, "csa", "410")
    assert len(remarks("CSA_LOW", story.snapshot(4))) == 1


def test_47_a_possible_alert_stays_open_too_until_the_value_is_confirmed() -> None:
    found = one("FERRITIN_HIGH", Story().ferritin(0, ">900").ferritin(3, "90").snapshot(3))
    assert found is not None
    assert (found.severity, found.possible) == (Severity.INFO, True)
    assert one("FERRITIN_HIGH", Story().ferritin(0, ">900").ferritin(3, "90", confirmed=True).snapshot(3)) is None


def test_a_doubtful_value_answers_the_test_that_was_due() -> None:
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc").ferritin(1, "300").ferritin(8, "3000")
    assert "ferritin" not in issues("OVERDUE", story.snapshot(12))
