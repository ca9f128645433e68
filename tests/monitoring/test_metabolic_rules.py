"""HYPERKALAEMIA, HYPOKALAEMIA, BLOOD_PRESSURE, GLUCOSE: 13 (106)-(108), each boundary by name."""

from __future__ import annotations

import pytest

from monitoring.engine import Severity
from patients.clinical import facts as f
from patients.clinical.reasons import say
from patients.clinical.units import convert
from tests.monitoring.looking import issues, one, remarks
from tests.story import Day, Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
RULES = ("HYPERKALAEMIA", "HYPOKALAEMIA", "BLOOD_PRESSURE", "GLUCOSE")


def severity_of(rule: str, story: Story, day: Day, subject: str = "") -> Severity | None:
    found = issues(rule, story.snapshot(day)).get(subject)
    return found.severity if found else None


def said_of(rule: str, story: Story, day: Day, subject: str = "") -> list[str]:
    return [say(x) for x in issues(rule, story.snapshot(day))[subject].reasons]


def potassium(*values: str) -> Story:
    """A value every fourth day."""
    story = Story()
    for n, value in enumerate(values):
        story.test(4 * n, "potassium", value)
    return story


def pressure(*readings: tuple[Day, str, str]) -> Story:
    story = Story()
    for day, systolic, diastolic in readings:
        if systolic:
            story.test(day, "systolic_bp", systolic)
        if diastolic:
            story.test(day, "diastolic_bp", diastolic)
    return story


def glucose(*values: tuple[Day, str]) -> Story:
    story = Story()
    for day, value in values:
        story.test(day, "glucose", value)
    return story


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        (("5.4",), None),
        (("5.5",), WARNING),
        (("5.9",), WARNING),
        (("6.0",), CRITICAL),
        (("5.5", "5.3"), WARNING),
        (("5.5", "5.2"), None),
        (("6.2", "5.4"), WARNING),
        (("5.4", "5.3"), None),
        ((">5.5",), WARNING),
        ((">5.0",), INFO),
        (("<6",), INFO),
        (("5.6", "<5.5"), WARNING),
    ],
)
def test_106_hyperkalaemia_boundaries(values: tuple[str, ...], severity: Severity | None) -> None:
    assert severity_of("HYPERKALAEMIA", potassium(*values), 4 * len(values)) is severity


@pytest.mark.parametrize(
    ("later", "value", "fires"),
    [("3T08:00", "5.0", True), ("3T08:01", "5.0", False), ("2T08:00", "4.9", False), ("2T08:00", "5.0", True)],
)
def test_106_hyperkalaemia_of_a_rise_in_72_hours(later: str, value: str, fires: bool) -> None:
    story = Story().test("0T08:00", "potassium", "4.0").test(later, "potassium", value)
    assert (severity_of("HYPERKALAEMIA", story, 3) is WARNING) is fires


def test_106_hyperkalaemia_of_a_rise_of_less_than_1_is_none() -> None:
    assert severity_of("HYPERKALAEMIA", Story().test(0, "potassium", "4.1").test(2, "potassium", "5.0"), 2) is None


def test_106_hyperkalaemia_of_a_rise_closes_below_5_3() -> None:
    story = Story().test(0, "potassium", "4.0").test(2, "potassium", "5.1").test(6, "potassium", "5.2")
    assert severity_of("HYPERKALAEMIA", story, 6) is None


def test_106_hyperkalaemia_says_what_it_is() -> None:
    rose = Story().test(0, "potassium", "4.0").test(2, "potassium", "5.1")
    assert said_of("HYPERKALAEMIA", rose, 2)[0] == "potassium 5.1 mmol/L on 3 Mar, up from 4.0 on 1 Mar within 72 hours"
    assert said_of("HYPERKALAEMIA", potassium("6.0"), 0)[0].endswith("ECG now, repeat at once")
    told = said_of("HYPERKALAEMIA", potassium("5.6", "5.4"), 4)
    assert told[0].endswith("it closes below 5.3")
    assert told[1].startswith("it began with K 5.6 mmol/L on ")


def test_106_hyperkalaemia_names_drugs_that_keep_potassium_also_of_another_disease() -> None:
    story = potassium("5.6").drug(-9, "arb", indication="other").drug(-3, "tmp_smx").drug(-20, "nsaid", stop=-5)
    told = said_of("HYPERKALAEMIA", story, 0)
    assert "angiotensin II receptor blocker since 21 Feb" in told
    assert "trimethoprim-sulfamethoxazole since 27 Feb" in told
    assert not any("NSAID" in x for x in told)


def test_83_hyperkalaemia_of_two_values_says_not_to_dose_on_either() -> None:
    story = Story().test("0T08:00", "potassium", "4.2").test("0T08:00", "potassium", "6.4")
    assert severity_of("HYPERKALAEMIA", story, 0) is CRITICAL
    assert any("do not dose on either" in x for x in said_of("HYPERKALAEMIA", story, 0))


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        (("3.0",), None),
        (("2.9",), WARNING),
        (("2.5",), WARNING),
        (("2.4",), CRITICAL),
        (("2.8", "3.0"), None),
        (("2.8", "2.9"), WARNING),
        (("<3.0",), WARNING),
        (("<3.5",), INFO),
        ((">2.9",), INFO),
    ],
)
def test_106_hypokalaemia_boundaries(values: tuple[str, ...], severity: Severity | None) -> None:
    assert severity_of("HYPOKALAEMIA", potassium(*values), 4 * len(values)) is severity


@pytest.mark.parametrize(
    "drug", ["voriconazole", "clarithromycin", "azithromycin", "hydroxychloroquine", "pentamidine"]
)
def test_106_hypokalaemia_with_a_drug_that_lengthens_qt_says_so(drug: str) -> None:
    told = said_of("HYPOKALAEMIA", potassium("2.8").drug(-3, drug), 0)
    assert told[1] == "with a drug that lengthens QT: ECG, magnesium"
    assert any(x.endswith("since 27 Feb") for x in told)
    assert not any("QT" in x for x in said_of("HYPOKALAEMIA", potassium("2.8").drug(-3, "csa"), 0))


@pytest.mark.parametrize(
    ("systolic", "diastolic", "severity"),
    [
        ("139", "89", None),
        ("140", "80", WARNING),
        ("120", "90", WARNING),
        ("179", "109", WARNING),
        ("180", "80", CRITICAL),
        ("120", "110", CRITICAL),
        ("140", "", WARNING),
        ("", "90", WARNING),
        ("", "110", CRITICAL),
        (">130", "80", INFO),
    ],
)
def test_107_blood_pressure_boundaries(systolic: str, diastolic: str, severity: Severity | None) -> None:
    assert severity_of("BLOOD_PRESSURE", pressure((0, systolic, diastolic)), 0) is severity


@pytest.mark.parametrize(
    ("after", "stands"),
    [
        ((("1T06:00", "139", "89"),), True),
        ((("1T06:00", "139", "89"), ("1T18:00", "139", "89")), False),
        ((("1T06:00", "139", ""), ("1T18:00", "", "89")), False),
        ((("1T06:00", "139", "89"), ("1T18:00", "139", "90")), True),
        ((("1T06:00", "139", "89"), ("1T12:00", "141", "80"), ("1T18:00", "130", "80")), True),
    ],
)
def test_107_blood_pressure_closes_after_two_readings_in_a_row(after, stands: bool) -> None:
    story = pressure(("0T06:00", "150", "95"), *after)
    assert (severity_of("BLOOD_PRESSURE", story, 1) is WARNING) is stands


@pytest.mark.parametrize(("later", "confirmed"), [("0T06:40", False), ("0T07:00", True), ("1T06:00", True)])
def test_107_blood_pressure_of_another_hour_confirms(later: str, confirmed: bool) -> None:
    told = said_of("BLOOD_PRESSURE", pressure(("0T06:00", "150", "85"), (later, "145", "80")), 1)
    assert ("confirmed by the reading of 1 Mar" in told) is confirmed


def test_107_blood_pressure_says_what_was_told() -> None:
    assert said_of("BLOOD_PRESSURE", pressure((0, "150", "95")), 0) == ["blood pressure 150/95 mmHg on 1 Mar"]
    assert said_of("BLOOD_PRESSURE", pressure((0, "150", "")), 0) == ["systolic blood pressure 150 mmHg on 1 Mar"]
    assert said_of("BLOOD_PRESSURE", pressure((0, "", "95")), 0) == ["diastolic blood pressure 95 mmHg on 1 Mar"]
    assert said_of("BLOOD_PRESSURE", pressure((0, "190", "95")), 0)[1].startswith("180/110 or more")
    came_down = pressure((0, "150", "95"), (1, "130", "80"))
    assert "below 140/90 now: two such readings in a row close it" in said_of("BLOOD_PRESSURE", came_down, 1)


def test_107_blood_pressure_is_one_alert_of_both_pressures() -> None:
    found = one("BLOOD_PRESSURE", pressure((0, "150", "95"), (2, "152", "96")).snapshot(2))
    assert found
    assert (set(found.facts), found.known) == ({"3", "4"}, moment(0))


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        ("199", None),
        ("200", WARNING),
        ("299", WARNING),
        ("300", CRITICAL),
        ("70", None),
        ("69.9", WARNING),
        ("69", WARNING),
        ("54", WARNING),
        ("53.9", CRITICAL),
        ("53", CRITICAL),
        ("<70", WARNING),
        (">54", INFO),
        (">300", CRITICAL),
        (">150", INFO),
        ("<80", INFO),
        ("<54", CRITICAL),
    ],
)
def test_108_glucose_boundaries(value: str, severity: Severity | None) -> None:
    assert severity_of("GLUCOSE", glucose((0, value)), 0) is severity


@pytest.mark.parametrize(
    ("after", "stands"),
    [
        ((("1T07:00", "150"),), True),
        ((("1T07:00", "150"), ("2T06:59", "150")), True),
        ((("1T07:00", "150"), ("2T07:00", "150")), False),
        ((("1T07:00", "70"), ("2T07:00", "180")), False),
        ((("1T07:00", "181"), ("2T07:00", "150")), True),
        ((("1T07:00", "150"), ("3T07:00", "69")), True),
        ((("3T07:00", "150"),), False),
    ],
)
def test_108_glucose_closes_after_48_hours_within_70_and_180(after, stands: bool) -> None:
    assert (severity_of("GLUCOSE", glucose(("0T07:00", "250"), *after), 3) is not None) is stands


def test_108_glucose_that_stands_names_the_value_that_opened_it_and_the_newest() -> None:
    told = said_of("GLUCOSE", glucose(("0T07:00", "350"), ("1T07:00", "150")), 1)
    assert told == [
        "glucose 150 mg/dL on 2 Mar: it closes after 48 hours within 70 and 180",
        "it began with Glucose 350 mg/dL on 1 Mar",
    ]
    told = said_of("GLUCOSE", glucose(("1T07:00", "320"), ("1T17:00", "150")), 1)
    assert told == ["glucose 320 mg/dL on 2 Mar, 300 or more", "newest value: Glucose 150 mg/dL on 2 Mar"]


def test_108_glucose_tells_the_gravest_value_of_the_newest_day() -> None:
    story = glucose(("0T07:00", "350"), ("1T07:00", "320"), ("1T11:00", "52"), ("1T17:00", "150"))
    told = said_of("GLUCOSE", story, 1)
    assert severity_of("GLUCOSE", story, 1) is CRITICAL
    assert told[:2] == ["glucose 52 mg/dL on 2 Mar, below 54", "insulin after a taper of glucocorticoid?"]
    assert said_of("GLUCOSE", story.test("2T07:00", "glucose", "120"), 2)[0].startswith(
        "glucose 120 mg/dL on 3 Mar: it"
    )


def test_108_glucose_that_is_low_names_drugs() -> None:
    story = glucose((0, "60")).drug(-3, "pentamidine", route="iv")
    assert "pentamidine since 27 Feb" in said_of("GLUCOSE", story, 0)
    high = glucose((0, "260")).drug(-3, "pentamidine", route="iv")
    assert said_of("GLUCOSE", high, 0) == ["glucose 260 mg/dL on 1 Mar, 200 or more"]


@pytest.mark.parametrize(
    ("before", "day", "value", "severity"),
    [
        ("6.4", 0, "6.5", INFO),
        ("6.4", 0, "6.4", None),
        ("5.8", 0, "6.3", INFO),
        ("5.9", 0, "6.3", None),
        ("5.8", -1, "6.3", None),
        ("5.8", 0, ">6.5", INFO),
        ("6.4", 0, "<6.6", INFO),
    ],
)
def test_108_glucose_of_hba1c_is_info(before: str, day: int, value: str, severity: Severity | None) -> None:
    story = Story().test(day, "hba1c", before).test(92, "hba1c", value)
    assert severity_of("GLUCOSE", story, 92, "hba1c") is severity


def test_108_glucose_and_hba1c_are_two_alerts() -> None:
    story = glucose((0, "260")).test(0, "hba1c", "7.1")
    assert issues("GLUCOSE", story.snapshot(0)).keys() == {"", "hba1c"}


def test_92_metabolic_alerts_never_close_by_silence() -> None:
    story = pressure((0, "150", "95")).test(0, "potassium", "5.6").test(0, "glucose", "250").test(0, "hba1c", "7")
    for rule in ("HYPERKALAEMIA", "BLOOD_PRESSURE", "GLUCOSE"):
        assert "last value 8 days old" in said_of(rule, story, 8)
    assert "last value 8 days old" in said_of("HYPOKALAEMIA", potassium("2.8"), 8)
    assert len(said_of("GLUCOSE", story, 92, "hba1c")) == 1
    assert len(said_of("GLUCOSE", story, 93, "hba1c")) == 2


def test_metabolic_rules_are_silent_without_values() -> None:
    for rule in RULES:
        assert issues(rule, Story().drug(0, "csa").snapshot(0)) == {}


@pytest.mark.parametrize(
    ("value", "severity"), [("3.9", None), ("3.8", WARNING), ("3.0", WARNING), ("2.9", CRITICAL), ("11.1", WARNING)]
)
def test_108_glucose_in_mmol(value: str, severity: Severity | None) -> None:
    story = Story().test(0, "glucose", str(convert("glucose", value, "mmol/L").quantity.value))
    assert severity_of("GLUCOSE", story, 0) is severity


def test_108_glucose_low_of_the_same_day_is_told_before_a_later_value_within() -> None:
    story = glucose(("0T06:00", "50"), ("0T12:00", "140"))
    assert severity_of("GLUCOSE", story, 0) is CRITICAL
    assert severity_of("GLUCOSE", glucose(("0T06:00", "50"), ("1T06:00", "140")), 1) is WARNING


# -- haemolysed -------------------------------------------------------------------------------------------------------


def haemolysed(day: Day, why: str = "haemolysed", code: str = "potassium") -> Story:
    return Story().test(0, "potassium", "4.0").add(f.WithoutValue, day, code=code, why=why)


def test_106_potassium_haemolysed_is_remarked_and_asked_for_again() -> None:
    (said,) = remarks("HYPERKALAEMIA", haemolysed(5).snapshot(5))
    assert say(said.reason) == "potassium of 6 Mar: the sample was haemolysed, not judged; to be repeated"
    asked = [("potassium" in issues("OVERDUE", haemolysed(5).snapshot(day))) for day in (5, 6, 7)]
    assert asked == [False, False, True]


@pytest.mark.parametrize(
    ("story", "day"),
    [
        (haemolysed("5T08:00").test("5T09:00", "potassium", "4.1"), 7),
        (haemolysed(5, why="insufficient"), 7),
        (haemolysed(5, code="ldh"), 7),
        (haemolysed(-1), 7),
    ],
)
def test_106_potassium_that_was_measured_since_is_asked_for_no_more(story: Story, day: Day) -> None:
    assert remarks("HYPERKALAEMIA", story.snapshot(day)) == []
    assert "potassium" not in issues("OVERDUE", story.snapshot(day))
