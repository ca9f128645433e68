"""N2: the five factors of poor risk. Readings (8), (9), (37)."""

from decimal import Decimal

import pytest

from patients.clinical.poor_risk import mda5_stood, pao2_says, poor_risk, poor_risk_factors
from patients.clinical.reasons import say
from patients.clinical.snapshot import Settings
from patients.clinical.truth import Truth
from tests.story import Story

Y, N, U = Truth.YES, Truth.NO, Truth.UNKNOWN


def factor(story, code, day=0, **more):
    snapshot = story.snapshot(day, **more)
    return poor_risk_factors(snapshot)[code].answer


def test_all_facts_unknown():
    snapshot = Story().snapshot(0)
    given = poor_risk(snapshot)
    assert (given.answer, given.missing) == (U, ("diagnosis", "anti_mda5", "ferritin", "hrct", "pao2"))


def test_one_no_and_four_unknown():
    snapshot = Story().ferritin(0, "200").snapshot(0)
    assert poor_risk(snapshot).answer is U


def test_all_five_no():
    story = Story().diagnosis(0, "PM").mda5(0, "negative").ferritin(0, "100").hrct(0, ggo=False).pao2(0, "80")
    snapshot = story.snapshot(0)
    assert poor_risk(snapshot).answer is N


@pytest.mark.parametrize(
    ("myositis", "provisional", "expected"),
    [
        ("ADM", False, Y),
        ("ADM", True, Y),
        ("DM", False, N),
        ("DM", True, U),
        ("PM", False, N),
        ("hypomyopathic_DM", False, Y),
        ("CADM", False, Y),
    ],
)
def test_factor_adm(myositis, provisional, expected):
    assert factor(Story().diagnosis(0, myositis, provisional=provisional), "adm") is expected


@pytest.mark.parametrize("myositis", ["hypomyopathic_DM", "CADM"])
def test_factor_adm_site_switch_for_hypomyopathic(myositis):
    story = Story().diagnosis(0, myositis)
    assert factor(story, "adm", settings=Settings(hypomyopathic_counts_as_adm=False)) is N


def test_provisional_adm_is_marked_provisional():
    snapshot = Story().diagnosis(0, "ADM", provisional=True).snapshot(0)
    assert poor_risk(snapshot).provisional


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([], U),
        (["pending"], U),
        (["negative"], N),
        (["positive"], Y),
        (["positive", "negative"], Y),
        (["negative", "pending"], N),
    ],
)
def test_factor_mda5(results, expected):
    story = Story()
    for day, result in enumerate(results):
        story.mda5(day, result)
    assert factor(story, "mda5", 5) is expected


def test_factor_mda5_does_not_age():
    assert factor(Story().mda5(0, "positive"), "mda5", 900) is Y


@pytest.mark.parametrize(("value", "expected"), [("1000", N), ("1000.1", Y), (">800", U), (">3000", Y), ("<5", N)])
def test_factor_ferritin_1000_and_1000_1(value, expected):
    assert factor(Story().ferritin(0, value), "ferritin") is expected


def test_factor_once_met_is_not_unmet_by_treatment():
    story = Story().onset(0).ferritin(1, "1679").ferritin(40, "300")
    assert factor(story, "ferritin", 200) is Y


@pytest.mark.parametrize(("day", "expected"), [(-90, Y), (-91, U)])
def test_window_begins_90_days_before_the_course_became_acute(day, expected):
    assert factor(Story().ferritin(day, "1679").onset(0), "ferritin", 60) is expected


@pytest.mark.parametrize(("day", "expected"), [(90, Y), (91, U)])
def test_window_is_the_last_90_days_while_the_course_is_not_acute(day, expected):
    assert factor(Story().ferritin(0, "1679"), "ferritin", day) is expected


@pytest.mark.parametrize(
    ("scans", "expected"),
    [
        ([{"ggo": True, "consolidation": "lower"}], Y),
        ([{"ggo": True, "consolidation": "random"}], N),
        ([{"ggo": True, "consolidation": "none"}], N),
        ([{"ggo": True}], U),
        ([{"consolidation": "lower"}], U),
        ([{"ggo": False}], N),
        ([{"ggo": True, "consolidation": "lower"}, {"ggo": True}], Y),
        ([{"consolidation": "lower"}, {"ggo": True}], Y),
        ([{"ggo": True, "consolidation": "lower"}, {"ggo": False, "consolidation": "none"}], Y),
    ],
)
def test_factor_hrct(scans, expected):
    story = Story()
    for day, scan in enumerate(scans):
        story.hrct(day, **scan)
    assert factor(story, "hrct", 5) is expected


@pytest.mark.parametrize(
    ("value", "fio2", "expected"),
    [
        *[("59.9", "0.21", Y), ("60", "0.21", N), ("60.0048", "0.21", N), ("<60", "0.21", Y), ("<60.1", "0.21", U)],
        *[("59.9", "0.4", Y), ("60", "0.4", U), ("<60", "0.4", Y), ("<=60", "0.4", U), (">80", "0.4", U)],
    ],
)
def test_63_factor_pao2_59_9_and_60_on_air_and_on_oxygen(value, fio2, expected):
    """13 (63): below 60 on oxygen counts all the more; 60 or more on oxygen says nothing."""
    assert factor(Story().pao2(0, value, fio2=fio2), "pao2") is expected


@pytest.mark.parametrize(
    ("value", "device", "flow", "expected"),
    [
        *[("55", "nasal_cannula", "3", Y), ("60", "nasal_cannula", "3", U), ("59.9", "ventilator", None, Y)],
        *[("60", "nasal_cannula", "0", N), ("75", "high_flow", "0", U)],
    ],
)
def test_63_factor_pao2_with_a_flow_through_a_device(value, device, flow, expected):
    assert factor(Story().gas(0, value, device, flow), "pao2") is expected


@pytest.mark.parametrize(
    ("story", "said"),
    [
        (Story().pao2(0, "55", "0.4"), "PaO2 55 mmHg at FiO2 0.4 on 1 Mar < 60: on oxygen, a fortiori"),
        (
            Story().gas(0, "55", "nasal_cannula", "3"),
            "PaO2 55 mmHg at 3 L/min (nasal cannula) on 1 Mar < 60: on oxygen, a fortiori",
        ),
        (
            Story().gas(0, "55", "niv"),
            "PaO2 55 mmHg with non-invasive ventilation on 1 Mar < 60: on oxygen, a fortiori",
        ),
        (
            Story().gas(0, "62", "nasal_cannula", "3"),
            "on oxygen on 1 Mar (PaO2 62 mmHg at 3 L/min, nasal cannula): PaO2 on room air not known",
        ),
        (
            Story().gas(0, "62", "niv"),
            "on oxygen on 1 Mar (PaO2 62 mmHg, non-invasive ventilation): PaO2 on room air not known",
        ),
    ],
)
def test_63_the_oxygen_is_named(story, said):
    assert say(poor_risk_factors(story.snapshot(5))["pao2"].reasons[0]) == said


def test_63_once_met_on_oxygen_it_stays_met():
    assert factor(Story().onset(0).pao2(0, "55", "0.4").pao2(3, "90"), "pao2", 5) is Y


def test_factor_pao2_is_unknown_when_the_newest_value_is_on_oxygen():
    assert factor(Story().pao2(0, "70").pao2(3, "66", fio2="0.5"), "pao2", 3) is U


def why(story, code, day=9):
    judged = poor_risk_factors(story.snapshot(day))[code]
    return [(say(x), x.basis) for x in judged.reasons]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"myositis": "ADM"}, ("amyopathic dermatomyositis (ADM) on 1 Mar", "S")),
        (
            {"myositis": "ADM", "provisional": True},
            ("amyopathic dermatomyositis (ADM), provisional, on 1 Mar", "J"),
        ),
        ({"myositis": "hypomyopathic_DM"}, ("hypomyopathic dermatomyositis on 1 Mar", "J")),
        ({"myositis": "PM", "month": True}, ("polymyositis (PM), Mar 2024", "S")),
        ({"myositis": "DM", "month": True, "provisional": True}, ("dermatomyositis (DM), provisional, Mar 2024", "J")),
    ],
)
def test_9_a_diagnosis_says_whether_it_is_provisional_and_whose_reading_it_is(told, said):
    assert why(Story().diagnosis(0, **told), "adm") == [said]


@pytest.mark.parametrize(
    ("story", "said"),
    [
        (
            Story().pao2(0, "62", "0.4"),
            "on oxygen on 1 Mar (PaO2 62 mmHg at FiO2 0.4, P/F 155): PaO2 on room air not known",
        ),
        (
            Story().pao2(0, "62.2", "0.4"),
            "on oxygen on 1 Mar (PaO2 62.2 mmHg at FiO2 0.4, P/F 156): PaO2 on room air not known",
        ),
        (Story().pao2(0, "62", None), "PaO2 62 mmHg on 1 Mar without FiO2"),
        (Story().pao2(0, "55", None), "PaO2 55 mmHg on 1 Mar < 60, oxygen not told"),
        (Story().pao2(0, "55"), "PaO2 55 mmHg on room air on 1 Mar < 60"),
        (Story().pao2(0, "60"), "PaO2 60 mmHg on room air on 1 Mar, not < 60"),
        (Story().pao2(0, "<65"), "PaO2 <65 mmHg on 1 Mar: not known whether < 60"),
        (
            Story().test(0, "pao2", "55", flow=Decimal(3)),
            "PaO2 55 mmHg at 3 L/min (device not told) on 1 Mar < 60: on oxygen, a fortiori",
        ),
        (Story(), "no PaO2 on room air in the time that counts"),
    ],
)
def test_63_what_a_pao2_says_of_the_limit(story, said):
    assert [x for x, _basis in why(story, "pao2")] == [said]


@pytest.mark.parametrize(
    ("code", "story"),
    [
        ("ferritin", Story().ferritin(0, "900").ferritin(3, "800")),
        ("ferritin", Story().ferritin(0, "1200").ferritin(3, "1300").ferritin(4, "800")),
        ("ferritin", Story().ferritin(0, ">800").ferritin(3, ">900")),
        ("pao2", Story().pao2(0, "70").pao2(3, "72")),
        ("pao2", Story().pao2(0, "55").pao2(3, "54").pao2(4, "70")),
        ("hrct", Story().hrct(0, ggo=True).hrct(3, ggo=True)),
    ],
)
def test_of_several_facts_that_say_the_same_the_last_is_named(code, story):
    (reason,) = poor_risk_factors(story.snapshot(9))[code].reasons
    assert reason.facts == ("2",)


def test_8_of_scans_that_meet_the_factor_the_first_is_named():
    met = {"ggo": True, "consolidation": "lower"}
    (reason,) = poor_risk_factors(Story().hrct(0, ggo=True).hrct(2, **met).hrct(5, **met).snapshot(9))["hrct"].reasons
    assert reason.facts == ("2",)


@pytest.mark.parametrize("code", ["ferritin", "pao2"])
def test_18_a_preliminary_result_says_so(code):
    story = Story().test(0, code, "59", fio2=Decimal("0.21") if code == "pao2" else None, status="preliminary")
    assert [x for x, _basis in why(story, code)][1:] == ["(preliminary result)"]


@pytest.mark.parametrize(("at", "expected"), [("2T09:59", Y), ("2T10:00", N)])
def test_81_a_positive_stood_first_only_if_it_was_known_before_the_contradiction(at, expected):
    """The titre of the kit says negative, and is known on day 2 at 10:00; the course is A/S from the onset."""
    story = Story().onset(0).mda5(0, "positive", known=at).titre(1, "12", "MESACUP", known="2T10:00")
    assert mda5_stood(story.snapshot(3)).answer is expected
    late = Story().onset(0, known=at).mda5(0, "positive").titre(1, "12", "MESACUP", known="2T10:00")
    assert mda5_stood(late.snapshot(3)).answer is expected
    chronic = Story().onset(-200, known=0).quiet(0).mda5(0, "positive").titre(1, "12", "MESACUP", known="2T10:00")
    assert mda5_stood(chronic.snapshot(3)).answer is N


@pytest.mark.parametrize(("day", "expected"), [(110, Y), (109, U)])
def test_33_after_a_decision_that_the_course_is_chronic_values_of_the_last_90_days_count(day, expected):
    assert factor(Story().chronic(100).ferritin(day, "1679"), "ferritin", 200) is expected


@pytest.mark.parametrize(
    ("value", "fio2", "expected"), [("70", "0.21", N), ("55", "0.21", Y), ("55", "0.4", Y), ("70", "0.4", U)]
)
def test_63_one_pao2_alone(value, fio2, expected):
    (gas,) = Story().pao2(0, value, fio2).snapshot(0).series("pao2")
    assert pao2_says(gas) is expected
