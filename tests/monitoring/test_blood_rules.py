"""CYTOPENIA and LYMPHOPENIA: 13 (99), (101), each boundary by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitoring.engine import Severity
from monitoring.lifecycle import Step
from patients.clinical.reasons import say
from tests.monitoring.looking import one, steps_to
from tests.story import Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


def severity_of(rule: str, story: Story, day: int) -> Severity | None:
    found = one(rule, story.snapshot(day))
    return found.severity if found else None


def said_of(rule: str, story: Story, day: int) -> list[str]:
    found = one(rule, story.snapshot(day))
    assert found
    return [say(x) for x in found.reasons]


@pytest.mark.parametrize(
    ("code", "value", "severity"),
    [
        ("wbc", "3000", None),
        ("wbc", "2999", WARNING),
        ("wbc", "2000", WARNING),
        ("wbc", "1999", CRITICAL),
        ("neutrophils", "1500", None),
        ("neutrophils", "1499", WARNING),
        ("neutrophils", "1000", WARNING),
        ("neutrophils", "999", CRITICAL),
        ("neutrophils", "499", CRITICAL),
        ("platelets", "100", None),
        ("platelets", "99.9", WARNING),
        ("platelets", "50", WARNING),
        ("platelets", "49.9", CRITICAL),
        ("haemoglobin", "8.0", None),
        ("haemoglobin", "7.9", WARNING),
        ("haemoglobin", "7.0", WARNING),
        ("haemoglobin", "6.9", CRITICAL),
        ("neutrophils", "<1500", WARNING),
        ("neutrophils", "<1600", INFO),
        ("neutrophils", ">1400", INFO),
        ("neutrophils", ">1500", None),
        ("lymphocytes", "100", None),
    ],
)
def test_101_cytopenia_boundaries(code: str, value: str, severity: Severity | None) -> None:
    assert severity_of("CYTOPENIA", Story().test(0, code, value), 0) is severity


def test_101_cytopenia_below_500_is_critical_again() -> None:
    story = Story().test(0, "neutrophils", "700").test(1, "neutrophils", "600").test(2, "neutrophils", "499")
    assert steps_to(story, 0, 1, "CYTOPENIA") == [Step.UPDATED]
    assert steps_to(story, 1, 2, "CYTOPENIA") == [Step.RAISED]
    assert "neutrophils below 500/µL: fever is an emergency" in said_of("CYTOPENIA", story, 2)


@pytest.mark.parametrize(
    ("code", "before", "day", "after", "fires"),
    [
        ("platelets", "300", 7, "150", True),
        ("platelets", "300", 7, "151", False),
        ("platelets", "300", 8, "150", False),
        ("haemoglobin", "12.0", 7, "10.0", True),
        ("haemoglobin", "12.0", 7, "10.1", False),
        ("haemoglobin", "12.0", 8, "10.0", False),
        ("platelets", "300", 7, "<150", True),
        ("platelets", ">300", 7, "150", True),
        ("platelets", "300", 7, "<200", False),
        ("wbc", "9000", 7, "4000", False),
    ],
)
def test_101_cytopenia_of_a_fall_in_7_days(code: str, before: str, day: int, after: str, fires: bool) -> None:
    story = Story().test(0, code, before).test(day, code, after)
    assert (severity_of("CYTOPENIA", story, day) is WARNING) is fires


def test_101_cytopenia_of_a_fall_on_one_day() -> None:
    story = Story().test("0T08:00", "platelets", "300").test("0T20:00", "platelets", "150")
    assert severity_of("CYTOPENIA", story, 1) is WARNING


@pytest.mark.parametrize(("value", "stands"), [("10.0", True), ("10.1", False)])
def test_101_cytopenia_what_fell_is_held_against_where_it_fell_from(value: str, stands: bool) -> None:
    story = Story().test(0, "haemoglobin", "12.0").test(5, "haemoglobin", "9.5").test(15, "haemoglobin", "9.6")
    story.test(30, "haemoglobin", value)
    assert (severity_of("CYTOPENIA", story, 30) is WARNING) is stands
    assert said_of("CYTOPENIA", story, 15)[0] == "haemoglobin 9.6 g/dL on 16 Mar, down from 12.0 on 1 Mar"


@pytest.mark.parametrize(
    ("before", "after", "day", "gc", "fires"),
    [
        ("5800", "2900", 14, "20", True),
        ("5799", "2900", 14, "20", False),
        ("6000", "3000", 14, "20", False),
        ("5800", "2900", 15, "20", False),
        ("5800", "2900", 14, "19.9", False),
        ("5800", "2900", 14, None, False),
    ],
)
def test_101_cytopenia_that_glucocorticoid_hides_is_info(
    before: str, after: str, day: int, gc: str | None, fires: bool
) -> None:
    story = Story().drug(0, "ivcy", stop=0).test(day - 14, "neutrophils", before).test(day, "neutrophils", after)
    story.drug(-20, "gc", dose=Decimal(gc) if gc else None, unit="mg/day")
    assert (severity_of("CYTOPENIA", story, day) is INFO) is fires


def test_101_cytopenia_hidden_only_after_cyclophosphamide() -> None:
    story = Story().test(0, "neutrophils", "5800").test(9, "neutrophils", "2900")
    story.drug(-20, "gc", dose=Decimal(40), unit="mg/day")
    assert severity_of("CYTOPENIA", story, 9) is None
    assert severity_of("CYTOPENIA", story.drug(1, "cy_oral"), 9) is INFO


@pytest.mark.parametrize(("stop", "fires"), [(None, True), (26, True), (25, False)])
def test_101_cytopenia_hidden_counts_oral_cyclophosphamide_begun_long_ago(stop: int | None, fires: bool) -> None:
    story = Story().drug(0, "cy_oral", stop=stop).drug(-20, "gc", dose=Decimal(40), unit="mg/day")
    story.test(30, "neutrophils", "5800").test(40, "neutrophils", "2900")
    assert (severity_of("CYTOPENIA", story, 40) is INFO) is fires


def test_101_cytopenia_hidden_is_told_beside_another_count() -> None:
    story = Story().drug(0, "ivcy", stop=0).drug(-20, "gc", dose=Decimal(40), unit="mg/day")
    story.test(0, "neutrophils", "5800").test(9, "neutrophils", "2900").test(9, "platelets", "99")
    told = said_of("CYTOPENIA", story, 9)
    assert severity_of("CYTOPENIA", story, 9) is WARNING
    assert told[0].startswith("platelets 99")
    assert told[1].endswith("glucocorticoid hides marrow toxicity")


def test_101_cytopenia_of_several_counts_is_one_alert_and_the_gravest_leads() -> None:
    story = Story().test(0, "wbc", "2500").test(0, "neutrophils", "800").test(0, "platelets", "<120")
    assert said_of("CYTOPENIA", story, 0)[:2] == [
        "neutrophils 800 /µL on 1 Mar, below 1,000",
        "white blood cells 2,500 /µL on 1 Mar, below 3,000",
    ]
    assert severity_of("CYTOPENIA", story, 0) is CRITICAL
    assert not any("possibly" in x for x in said_of("CYTOPENIA", story, 0))


def test_101_cytopenia_of_platelets_and_haemoglobin_asks_for_microangiopathy() -> None:
    low = Story().test(0, "platelets", "80").test(0, "haemoglobin", "7.5")
    assert any("thrombotic microangiopathy?" in x for x in said_of("CYTOPENIA", low, 0))
    assert not any("thrombotic" in x for x in said_of("CYTOPENIA", Story().test(0, "platelets", "80"), 0))


def test_101_cytopenia_names_drugs_also_of_another_disease() -> None:
    story = Story().drug(0, "ivcy", stop=0).drug(0, "aza", indication="other").drug(0, "csa")
    told = said_of("CYTOPENIA", story.test(10, "neutrophils", "900"), 10)
    assert "intravenous cyclophosphamide on 1 Mar" in told
    assert "azathioprine since 1 Mar" in told
    assert not any("cyclosporine" in x for x in told)


def test_101_cytopenia_closes_at_the_limit() -> None:
    story = Story().test(0, "neutrophils", "900").test(3, "neutrophils", "1499")
    found = one("CYTOPENIA", story.snapshot(3))
    assert found
    assert (found.severity, found.known) == (WARNING, moment(0))
    assert severity_of("CYTOPENIA", story.test(5, "neutrophils", "1500"), 5) is None


@pytest.mark.parametrize(("day", "said"), [(4, False), (5, True)])
def test_92_cytopenia_and_lymphopenia_say_from_day_5_how_old_they_are(day: int, said: bool) -> None:
    story = Story().test(0, "neutrophils", "900").test(0, "lymphocytes", "400")
    for rule in ("CYTOPENIA", "LYMPHOPENIA"):
        assert any("days old" in x for x in said_of(rule, story, day)) is said


def test_82_cytopenia_a_tenfold_fall_of_neutrophils_is_taken_as_real() -> None:
    """A tenfold rise after it waits for the second value, and closes nothing."""
    story = Story().test(0, "neutrophils", "5000").test(3, "neutrophils", "500").test(5, "neutrophils", "5000")
    assert severity_of("CYTOPENIA", story, 3) is CRITICAL
    assert severity_of("CYTOPENIA", story, 5) is CRITICAL
    assert severity_of("CYTOPENIA", story.test(6, "neutrophils", "4800"), 6) is None


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        (("1000",), None),
        (("999",), INFO),
        (("500",), INFO),
        (("499",), WARNING),
        (("499", "599"), WARNING),
        (("499", "600"), INFO),
        (("499", "1000"), None),
        (("550", "599"), INFO),
        (("<500",), WARNING),
        (("<600",), INFO),
        (("<1100",), INFO),
        (("499", "<700"), WARNING),
        (("499", "600", "520"), INFO),
    ],
)
def test_99_lymphopenia_boundaries(values: tuple[str, ...], severity: Severity | None) -> None:
    story = Story()
    for day, value in enumerate(values):
        story.test(day, "lymphocytes", value)
    assert severity_of("LYMPHOPENIA", story, len(values) - 1) is severity


def test_99_lymphopenia_says_what_it_means() -> None:
    story = Story().test(0, "lymphocytes", "900")
    assert said_of("LYMPHOPENIA", story, 0) == ["lymphocytes 900/µL on 1 Mar, below 1,000: CMV is more likely"]
    story.test(2, "lymphocytes", "450").test(4, "lymphocytes", "550")
    assert said_of("LYMPHOPENIA", story, 2) == ["lymphocytes 450/µL on 3 Mar, below 500"]
    assert said_of("LYMPHOPENIA", story, 4) == ["lymphocytes 550/µL on 5 Mar: below 500 before, a warning until 600"]


def test_99_lymphopenia_that_is_only_possible_says_so() -> None:
    found = one("LYMPHOPENIA", Story().test(0, "lymphocytes", "<1100").snapshot(0))
    assert found
    assert (found.possible, found.severity) == (True, INFO)


def test_99_lymphopenia_and_cytopenia_are_silent_without_counts() -> None:
    for rule in ("CYTOPENIA", "LYMPHOPENIA"):
        assert one(rule, Story().drug(0, "ivcy", stop=0).snapshot(3)) is None
