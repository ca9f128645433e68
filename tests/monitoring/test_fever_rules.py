"""FEVER_IMMUNOSUPPRESSED and HYPERINFLAMMATION: 13 (114), (118), each boundary by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitoring.engine import Severity
from patients.clinical.reasons import say
from tests.monitoring.looking import one
from tests.story import Day, Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
FEVER, STORM = "FEVER_IMMUNOSUPPRESSED", "HYPERINFLAMMATION"


def severity_of(rule: str, story: Story, day: Day) -> Severity | None:
    found = one(rule, story.snapshot(day))
    return found.severity if found else None


def said_of(rule: str, story: Story, day: Day) -> list[str]:
    found = one(rule, story.snapshot(day))
    assert found
    return [say(x) for x in found.reasons]


def gc(story: Story, dose: str | None = "40", day: int = -9, **more) -> Story:
    return story.drug(day, "gc", dose=Decimal(dose) if dose else None, unit="mg/day", **more)


def hot(day: Day = 0, value: str = "38.4") -> Story:
    return Story().test(day, "temperature", value)


# -- FEVER_IMMUNOSUPPRESSED -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "severity"), [("37.9", None), ("38.0", WARNING), (">38.0", WARNING), (">37.5", None), ("<39", None)]
)
def test_118_fever_immunosuppressed_from_38(value: str, severity: Severity | None) -> None:
    assert severity_of(FEVER, gc(hot(0, value)), 0) is severity


@pytest.mark.parametrize(("dose", "fires"), [("15", True), ("14.9", False), (None, True)])
def test_118_fever_immunosuppressed_from_15_mg_or_an_unknown_dose(dose: str | None, fires: bool) -> None:
    assert (severity_of(FEVER, gc(hot(), dose), 0) is WARNING) is fires


@pytest.mark.parametrize(
    "drug", ["csa", "tac", "ivcy", "cy_oral", "aza", "mmf", "methotrexate", "rtx", "tofacitinib", "gc_pulse"]
)
def test_118_fever_immunosuppressed_by_any_of_them_also_of_another_disease(drug: str) -> None:
    assert severity_of(FEVER, hot().drug(-3, drug, indication="other"), 0) is WARNING


@pytest.mark.parametrize("drug", ["hydroxychloroquine", "tmp_smx", "nintedanib"])
def test_118_fever_immunosuppressed_not_by_other_drugs(drug: str) -> None:
    assert severity_of(FEVER, hot().drug(-3, drug), 0) is None


@pytest.mark.parametrize(
    ("drug", "stop", "day", "fires"), [("csa", 0, 1, False), ("ivcy", 0, 35, True), ("ivcy", 0, 36, False)]
)
def test_118_fever_immunosuppressed_not_when_the_drug_is_over(drug: str, stop: int, day: int, fires: bool) -> None:
    assert (severity_of(FEVER, hot(day).drug(0, drug, stop=stop), day) is WARNING) is fires


@pytest.mark.parametrize(
    ("count", "day", "severity"),
    [("999", 0, CRITICAL), ("1000", 0, None), ("999", -7, CRITICAL), ("999", -8, None), (">900", 0, None)],
)
def test_118_fever_immunosuppressed_with_neutropenia_is_critical(
    count: str, day: int, severity: Severity | None
) -> None:
    assert severity_of(FEVER, hot().test(day, "neutrophils", count), 0) is severity


def test_118_fever_immunosuppressed_recovered_neutrophils_are_no_neutropenia() -> None:
    story = gc(hot()).test(-1, "neutrophils", "700").test(0, "neutrophils", "4000").test(1, "neutrophils", "4100")
    assert severity_of(FEVER, story, 1) is WARNING


def test_118_fever_immunosuppressed_the_finding_counts() -> None:
    story = gc(Story().finding(0, "fever", True))
    assert said_of(FEVER, story, 0)[0] == "fever on 1 Mar"
    assert severity_of(FEVER, gc(Story().finding(0, "fever", False)), 0) is None


@pytest.mark.parametrize(
    ("before", "day", "value", "fires"),
    [
        ("2.0", -7, "6.0", True),
        ("2.0", -8, "6.0", False),
        ("2.1", -7, "6.0", False),
        ("1.0", -7, "4.9", False),
        ("1.0", -7, "5.0", True),
        ("<0.03", -7, "5.0", True),
        ("1.0", -7, ">4", False),
    ],
)
def test_118_fever_immunosuppressed_by_crp(before: str, day: int, value: str, fires: bool) -> None:
    story = gc(Story().test(day, "crp", before).test(0, "crp", value))
    assert (severity_of(FEVER, story, 0) is WARNING) is fires


@pytest.mark.parametrize(
    ("after", "stands"),
    [
        (lambda s: s.test(2, "crp", "5.5"), True),
        (lambda s: s.test(2, "crp", "4.9"), False),
        (lambda s: s.test("1T06:00", "temperature", "36.8").test("2T06:00", "temperature", "36.8"), True),
        (lambda s: s.test("1T06:00", "temperature", "36.8").test("3T00:00", "temperature", "36.8"), False),
        (lambda s: s.test("1T06:00", "temperature", "37.5").test("3T00:00", "temperature", "36.8"), True),
    ],
)
def test_118_fever_immunosuppressed_by_crp_closes(after, stands: bool) -> None:
    story = gc(Story().test(-5, "crp", "1.0").test(0, "crp", "9.0"))
    assert (severity_of(FEVER, after(story), 4) is WARNING) is stands


@pytest.mark.parametrize(
    ("day", "value", "stands"),
    [("2T23:59", "36.5", True), ("3T00:00", "37.4", False), ("3T00:00", "37.5", True), ("3T00:00", "<38", True)],
)
def test_118_fever_immunosuppressed_closes_72_hours_below_37_5(day: str, value: str, stands: bool) -> None:
    story = gc(hot("0T00:00").test("1T06:00", "temperature", "36.8").test(day, "temperature", value))
    assert (severity_of(FEVER, story, 3) is WARNING) is stands


def test_118_fever_immunosuppressed_is_one_alert_of_the_episode() -> None:
    story = gc(hot(0).test(1, "temperature", "37.0").test(2, "temperature", "38.2"))
    found = one(FEVER, story.snapshot(2))
    assert found
    assert (found.known, found.facts) == (moment(0), ("3",))


def test_118_fever_immunosuppressed_before_the_first_dose_of_an_acute_course_is_no_warning() -> None:
    story = hot(0).dyspnoea(-3, True, "worse").drug(-200, "mmf", indication="other")
    assert severity_of(FEVER, story, 0) is None
    assert severity_of(FEVER, story.test(0, "neutrophils", "800"), 0) is CRITICAL
    treated = hot(2).dyspnoea(-3, True, "worse").drug(1, "gc", dose=Decimal(50), unit="mg/day")
    assert severity_of(FEVER, treated, 2) is WARNING


@pytest.mark.parametrize(("day", "fires"), [(0, False), (-1, True)])
@pytest.mark.parametrize("drug", ["gc", "csa"])
def test_118_fever_immunosuppressed_by_what_was_begun_on_an_earlier_day(drug: str, day: int, fires: bool) -> None:
    assert (severity_of(FEVER, hot("0T08:00").drug(day, drug), 0) is WARNING) is fires


def test_118_fever_immunosuppressed_names_what_is_given() -> None:
    told = said_of(FEVER, gc(hot(), "40").drug(-5, "csa"), 0)
    assert "glucocorticoid, 40 mg of prednisolone on 1 Mar" in told
    assert "cyclosporine since 25 Feb" in told
    assert any(x.startswith("under immunosuppression") for x in told)


def test_118_fever_immunosuppressed_is_silent_without_fever_or_drugs() -> None:
    assert severity_of(FEVER, gc(Story()), 0) is None
    assert severity_of(FEVER, hot(), 0) is None


def test_92_fever_immunosuppressed_never_closes_by_silence() -> None:
    assert "last value 8 days old" in said_of(FEVER, gc(hot()), 8)


# -- HYPERINFLAMMATION ------------------------------------------------------------------------------------------------


def storm(ferritin: str = "3000", **signs: str) -> Story:
    story = Story().ferritin(0, ferritin)
    for code, value in (signs or {"haemoglobin": "8.9", "platelets": "99"}).items():
        story.test(0, code, value)
    return story


@pytest.mark.parametrize(
    ("ferritin", "fires"), [("3000", True), ("2999", False), (">3000", True), (">2000", False), ("<4000", False)]
)
def test_114_hyperinflammation_from_3000(ferritin: str, fires: bool) -> None:
    assert (severity_of(STORM, storm(ferritin), 0) is CRITICAL) is fires


@pytest.mark.parametrize(
    ("before", "day", "value", "fires"),
    [("750", -7, "1500", True), ("751", -7, "1500", False), ("750", -8, "1500", False), ("700", -7, "1499", False)],
)
def test_114_hyperinflammation_from_1500_if_doubled_in_7_days(before: str, day: int, value: str, fires: bool) -> None:
    story = storm(value).ferritin(day, before)
    assert (severity_of(STORM, story, 0) is CRITICAL) is fires


def test_114_hyperinflammation_of_another_kit_has_not_doubled() -> None:
    story = Story().ferritin(-5, "700", kit="A").ferritin(0, "1600", kit="B")
    story.test(0, "haemoglobin", "8").test(0, "platelets", "80")
    assert severity_of(STORM, story, 0) is None


@pytest.mark.parametrize(
    ("code", "sign", "none"),
    [
        ("haemoglobin", "8.9", "9.0"),
        ("platelets", "99.9", "100"),
        ("neutrophils", "999", "1000"),
        ("temperature", "38.5", "38.4"),
        ("fibrinogen", "149", "150"),
    ],
)
def test_114_hyperinflammation_boundaries_of_the_signs(code: str, sign: str, none: str) -> None:
    other = {"platelets": "90"} if code == "haemoglobin" else {"haemoglobin": "8.0"}
    assert severity_of(STORM, storm(**other, **{code: sign}), 0) is CRITICAL
    assert severity_of(STORM, storm(**other, **{code: none}), 0) is None


@pytest.mark.parametrize(
    ("before", "day", "value", "fires"),
    [("50", -5, "91", True), ("50", -5, "90", False), ("91", -5, "91", False), ("50", -15, "91", False)],
)
def test_114_hyperinflammation_ast_above_3_times_and_risen(before: str, day: int, value: str, fires: bool) -> None:
    story = storm(haemoglobin="8.0").test(day, "ast", before).test(0, "ast", value)
    assert (severity_of(STORM, story, 0) is CRITICAL) is fires


@pytest.mark.parametrize(("day", "fires"), [(-6, True), (-7, False), (-14, False), (-15, True)])
def test_114_hyperinflammation_neutrophils_at_the_nadir_of_ivcy_do_not_count(day: int, fires: bool) -> None:
    story = storm(haemoglobin="8.0", neutrophils="600").drug(day, "ivcy", stop=day)
    assert (severity_of(STORM, story, 0) is CRITICAL) is fires


@pytest.mark.parametrize(("day", "fires"), [(-8, False), (-7, True), (7, True), (8, False)])
def test_114_hyperinflammation_signs_are_of_the_days_around(day: int, fires: bool) -> None:
    story = storm(haemoglobin="8.0").test(day, "platelets", "80")
    assert (severity_of(STORM, story, 9) is CRITICAL) is fires


def test_114_hyperinflammation_a_fever_of_the_night_counts_though_the_morning_is_cool() -> None:
    story = storm(haemoglobin="8.0").test("0T22:00", "temperature", "39.0").test("1T06:00", "temperature", "36.9")
    assert severity_of(STORM, story, 1) is CRITICAL


@pytest.mark.parametrize(
    ("ferritin", "platelets", "stands"),
    [("2400", "120", False), ("2401", "120", True), ("2400", "90", True), ("<2400", "120", False)],
)
def test_114_hyperinflammation_closes_when_a_sign_ends_and_ferritin_fell_by_20_per_cent(
    ferritin: str, platelets: str, stands: bool
) -> None:
    story = storm().test(9, "platelets", platelets).ferritin(9, ferritin)
    assert (severity_of(STORM, story, 9) is CRITICAL) is stands


def test_114_hyperinflammation_that_stands_names_the_opener_and_the_newest_value() -> None:
    told = said_of(STORM, storm().test(9, "platelets", "90").ferritin(9, "2400"), 9)
    assert told[0].startswith("ferritin 3,000 ng/mL on 1 Mar")
    assert "newest value: Ferritin 2,400 ng/mL on 10 Mar" in told


def test_114_hyperinflammation_the_fall_counts_from_the_highest() -> None:
    story = storm("3000").ferritin(3, "9000").test(9, "platelets", "150").ferritin(9, "7300")
    assert severity_of(STORM, story, 9) is CRITICAL
    assert severity_of(STORM, story.ferritin(12, "2999"), 12) is None


def test_114_hyperinflammation_that_closed_does_not_come_back_with_a_sign_alone() -> None:
    story = storm().test(9, "platelets", "150").ferritin(9, "2000").test(12, "platelets", "80")
    assert severity_of(STORM, story, 12) is None


def test_114_hyperinflammation_a_sign_that_ends_after_ferritin_fell_closes_it() -> None:
    story = storm().ferritin(9, "2000")
    assert severity_of(STORM, story, 9) is CRITICAL
    assert severity_of(STORM, story.test(11, "platelets", "150"), 11) is None


def test_114_hyperinflammation_fever_is_over_after_72_hours_without_it() -> None:
    story = storm(haemoglobin="8.0", temperature="39.0").ferritin(2, "2000")
    assert severity_of(STORM, story, 2) is CRITICAL
    assert severity_of(STORM, story.test(3, "temperature", "37.0"), 3) is CRITICAL
    assert severity_of(STORM, story.test(4, "temperature", "37.0"), 4) is None


def test_114_hyperinflammation_says_its_signs() -> None:
    told = said_of(STORM, storm(), 0)
    assert told[0] == "ferritin 3,000 ng/mL on 1 Mar with 2 more signs: HLH or MAS? look for its trigger (infection)"
    assert "haemoglobin 8.9 g/dL on 1 Mar" in told
    assert "platelets 99 ×10³/µL on 1 Mar" in told


def test_114_hyperinflammation_is_silent_with_one_sign_or_without_ferritin() -> None:
    assert severity_of(STORM, storm(haemoglobin="8.0"), 0) is None
    assert severity_of(STORM, Story().test(0, "haemoglobin", "6").test(0, "platelets", "20"), 0) is None


def test_92_hyperinflammation_never_closes_by_silence() -> None:
    assert "last value 9 days old" in said_of(STORM, storm(), 9)
