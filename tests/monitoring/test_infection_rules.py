"""BDG_POSITIVE, BDG_WITH_KL6, CMV_ANTIGENAEMIA: 13 (96)-(98), each boundary by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitoring.engine import Severity
from monitoring.lifecycle import Step
from patients.clinical import facts as f
from patients.clinical.reasons import say
from patients.clinical.units import convert
from tests.monitoring.looking import course_of_alerts, issues, one, steps_to
from tests.story import Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
WAKO = "turbidimetric"


def severity_of(rule: str, story: Story, day: int) -> Severity | None:
    found = one(rule, story.snapshot(day))
    return found.severity if found else None


def said_of(rule: str, story: Story, day: int) -> list[str]:
    found = one(rule, story.snapshot(day))
    assert found
    return [say(x) for x in found.reasons]


def glucan(value: str, kit: str | None = WAKO, day: int = 0) -> Story:
    return Story().test(day, "bdg", value, kit=kit)


# -- BDG_POSITIVE -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kit", "value", "severity"),
    [
        (WAKO, "11", None),
        (WAKO, "11.1", WARNING),
        ("colorimetric", "20", None),
        ("colorimetric", "20.1", WARNING),
        ("Fungitell", "59.9", None),
        ("Fungitell", "60", INFO),
        ("Fungitell", "79.9", INFO),
        ("Fungitell", "80", WARNING),
        (None, "11", None),
        (None, "11.1", WARNING),
        ("Goldstream", "11", None),
        ("Goldstream", "11.1", WARNING),
        (WAKO, "<11", None),
        (WAKO, ">11", WARNING),
        (WAKO, ">10", INFO),
        ("Fungitell", "<85", INFO),
    ],
)
def test_96_bdg_positive_by_kit(kit: str | None, value: str, severity: Severity | None) -> None:
    assert severity_of("BDG_POSITIVE", glucan(value, kit), 0) is severity


@pytest.mark.parametrize(
    ("kit", "said"),
    [
        (WAKO, "beta-D-glucan 90 pg/mL on 1 Mar (turbidimetric > 11)"),
        ("Fungitell", "beta-D-glucan 90 pg/mL on 1 Mar (Fungitell ≥ 80)"),
        (None, "beta-D-glucan 90 pg/mL on 1 Mar (> 11; kit not told)"),
        ("Goldstream", "beta-D-glucan 90 pg/mL on 1 Mar (> 11; kit Goldstream not known here)"),
    ],
)
def test_22_bdg_positive_says_by_which_limit(kit: str | None, said: str) -> None:
    assert said_of("BDG_POSITIVE", glucan("90", kit), 0)[0] == said


@pytest.mark.parametrize(
    ("kit", "value", "severity"),
    [(WAKO, "8.4", None), (WAKO, "8.5", INFO), (WAKO, "11", INFO), (None, "8.5", None), ("colorimetric", "8.5", None)],
)
def test_96_bdg_positive_from_8_5_with_a_new_respiratory_sign(kit: str, value: str, severity: Severity | None) -> None:
    story = glucan(value, kit, 9)
    assert severity_of("BDG_POSITIVE", story, 9) is None
    assert severity_of("BDG_POSITIVE", story.finding(4, "cough", True, "worse"), 9) is severity


@pytest.mark.parametrize(("day", "fires"), [(1, False), (2, True), (9, True)])
def test_96_bdg_positive_from_8_5_asks_for_a_sign_of_the_week(day: int, fires: bool) -> None:
    story = glucan("9", WAKO, 9).hrct(day, change="increased")
    assert (severity_of("BDG_POSITIVE", story, 9) is INFO) is fires


def test_96_bdg_positive_from_8_5_not_when_the_sign_has_gone() -> None:
    story = glucan("9", WAKO, 9).dyspnoea(5, True, "worse").dyspnoea(8, True, "improved")
    assert severity_of("BDG_POSITIVE", story, 9) is None


@pytest.mark.parametrize(
    ("day", "value", "kit", "stands"),
    [
        (2, "5", WAKO, True),
        (3, "5", WAKO, False),
        (3, "11", WAKO, False),
        (3, "12", WAKO, True),
        (9, "5", "colorimetric", True),
        (9, "5", None, True),  # (96): "same kit"
        (9, "<15", WAKO, True),
    ],
)
def test_96_bdg_positive_closes_with_the_same_kit_3_days_later(day: int, value: str, kit: str, stands: bool) -> None:
    story = glucan("40").test(day, "bdg", value, kit=kit)
    found = one("BDG_POSITIVE", story.snapshot(day))
    assert (found is not None and found.severity is WARNING) is stands


def test_96_bdg_positive_says_that_a_negative_value_came_too_early() -> None:
    story = glucan("40").test(2, "bdg", "5", kit=WAKO)
    assert any(x.startswith("negative on 3 Mar") for x in said_of("BDG_POSITIVE", story, 2))


def test_96_bdg_positive_says_that_a_negative_value_without_a_kit_does_not_close_it() -> None:
    story = glucan("40").test(9, "bdg", "5")
    assert "negative on 10 Mar, kit not told: only a value of the same kit (turbidimetric) closes" in said_of(
        "BDG_POSITIVE", story, 9
    )
    story = glucan("40", None).test(9, "bdg", "5", kit=WAKO)
    assert severity_of("BDG_POSITIVE", story, 9) is None


@pytest.mark.parametrize(
    ("stop", "named"), [(-8, False), (-7, True), (0, True), (None, True)]
)  # an IVIG without a last day counts five days
def test_96_bdg_positive_after_immunoglobulin_says_so(stop: int | None, named: bool) -> None:
    story = glucan("40").drug(-10 if stop is not None else -2, "ivig", stop=stop)
    told = said_of("BDG_POSITIVE", story, 0)
    assert any("may come from the product" in x for x in told) is named
    assert severity_of("BDG_POSITIVE", story, 0) is WARNING


@pytest.mark.parametrize(
    ("name", "named"),
    [("献血アルブミン25%", True), ("新鮮凍結血漿", True), ("FFP", True), ("human albumin", True), ("赤血球液", False)],
)
def test_96_bdg_positive_after_a_product_that_is_kept_by_its_name_says_so(name: str, named: bool) -> None:
    story = glucan("40").drug(-2, "other", name=name, stop=-1)
    assert any("may come from the product" in x for x in said_of("BDG_POSITIVE", story, 0)) is named


def test_96_bdg_positive_an_ivig_without_a_last_day_is_named_for_12_days() -> None:
    story = Story().drug(0, "ivig").test(11, "bdg", "40", kit=WAKO)
    assert any("may come" in x for x in said_of("BDG_POSITIVE", story, 11))
    assert not any("may come" in x for x in said_of("BDG_POSITIVE", story.test(12, "bdg", "40", kit=WAKO), 12))


def test_92_bdg_positive_never_closes_by_silence() -> None:
    assert "last value 8 days old" in said_of("BDG_POSITIVE", glucan("40"), 8)
    assert not any("days old" in x for x in said_of("BDG_POSITIVE", glucan("40"), 7))


def test_96_bdg_positive_of_several_the_newest_that_stands_is_told() -> None:
    story = glucan("40").test(5, "bdg", "25", kit="colorimetric").test(9, "bdg", "4", kit="colorimetric")
    found = one("BDG_POSITIVE", story.snapshot(9))
    assert found
    assert (found.facts, found.known) == (("1",), moment(0))


@pytest.mark.parametrize(("value", "severity"), [("0.4", None), ("0.5", WARNING), ("<0.5", None), (">0.4", INFO)])
def test_96_bdg_positive_galactomannan(value: str, severity: Severity | None) -> None:
    found = issues("BDG_POSITIVE", Story().test(0, "galactomannan", value).snapshot(0)).get("galactomannan")
    assert (found.severity if found else None) is severity


def test_96_bdg_positive_tells_glucan_and_galactomannan_apart() -> None:
    found = issues("BDG_POSITIVE", glucan("40").test(0, "galactomannan", "1.2").snapshot(0))
    assert found.keys() == {"", "galactomannan"}


def test_bdg_positive_says_nothing_of_nobody() -> None:
    for rule in ("BDG_POSITIVE", "BDG_WITH_KL6", "CMV_ANTIGENAEMIA"):
        assert issues(rule, Story().snapshot(0)) == {}


def test_bdg_positive_marks_a_preliminary_result() -> None:
    story = Story().test(0, "bdg", "40", kit=WAKO, status="preliminary")
    assert said_of("BDG_POSITIVE", story, 0)[-1] == "(preliminary result of 1 Mar)"


# -- BDG_WITH_KL6 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "fires"),
    [("600", "719", False), ("600", "720", True), ("400", "499", False), ("400", "500", True), ("600", ">700", False)],
)
def test_97_bdg_with_kl6_up_by_20_per_cent_and_100(before: str, after: str, fires: bool) -> None:
    story = glucan("40", day=20).test(10, "kl6", before).test(20, "kl6", after)
    assert (severity_of("BDG_WITH_KL6", story, 20) is CRITICAL) is fires


@pytest.mark.parametrize(("day", "fires"), [(12, False), (13, True), (27, True), (28, False)])
def test_97_bdg_with_kl6_of_the_week_before_and_after(day: int, fires: bool) -> None:
    story = glucan("40", day=20).test(0, "kl6", "500").test(day, "kl6", "900")
    assert (severity_of("BDG_WITH_KL6", story, 28) is CRITICAL) is fires


@pytest.mark.parametrize(("lowest", "fires"), [(-8, True), (-9, False)])
def test_97_bdg_with_kl6_against_the_lowest_of_28_days(lowest: int, fires: bool) -> None:
    story = glucan("40", day=20).test(lowest, "kl6", "500").test(5, "kl6", "880").test(20, "kl6", "900")
    assert (severity_of("BDG_WITH_KL6", story, 20) is CRITICAL) is fires


def test_97_bdg_with_kl6_of_another_kit_is_no_rise() -> None:
    story = glucan("40", day=20).test(10, "kl6", "500", kit="A").test(20, "kl6", "900", kit="B")
    assert severity_of("BDG_WITH_KL6", story, 20) is None


def signs(day: int) -> dict[str, Story]:
    """Beta-D-glucan positive on day 20, and one sign of this day."""
    air = {"level": "room_air"}
    return {
        "ldh": glucan("40", day=20).test(day - 9, "ldh", "200").test(day, "ldh", "240"),
        "hrct": glucan("40", day=20).hrct(day, change="increased"),
        "dyspnoea": glucan("40", day=20).dyspnoea(day, True, "worse"),
        "temperature": glucan("40", day=20).test(day, "temperature", "38.0"),
        "fever": glucan("40", day=20).finding(day, "fever", True),
        "oxygen": glucan("40", day=20).add(f.Support, day - 9, **air).add(f.Support, day, level="oxygen"),
        "first oxygen": glucan("40", day=20).add(f.Support, day, level="oxygen", flow=Decimal(2)),
        "high flow": glucan("40", day=20)
        .add(f.Support, 0, level="oxygen", device="nasal_cannula", flow=Decimal(2))
        .add(f.Support, day - 2, level="oxygen", device="nasal_cannula", flow=Decimal(2))
        .add(f.Support, day, level="high_flow"),
        "measured on oxygen": glucan("40", day=20).test(day, "spo2", "95", flow=Decimal(2), device="nasal_cannula"),
    }


@pytest.mark.parametrize("sign", signs(20))
def test_97_bdg_with_kl6_or_another_sign_within_7_days(sign: str) -> None:
    fires = [severity_of("BDG_WITH_KL6", signs(day)[sign], 40) is CRITICAL for day in (12, 13, 27, 28)]
    assert fires == [False, True, True, False]


@pytest.mark.parametrize(
    "story",
    [
        glucan("40", day=20).test(10, "ldh", "200").test(20, "ldh", "239"),
        glucan("40", day=20).hrct(20, change="unchanged"),
        glucan("40", day=20).finding(20, "cough", True, "worse"),
        glucan("40", day=20).test(20, "temperature", "37.9"),
        glucan("40", day=20).finding(20, "fever", False),
        glucan("40", day=20).add(f.Support, 20, level="room_air"),
        glucan("11", day=20).dyspnoea(20, True, "worse"),
        glucan(">10", day=20).dyspnoea(20, True, "worse"),
    ],
    ids=("ldh", "hrct", "cough", "temperature", "no fever", "air", "negative", "censored"),
)
def test_97_bdg_with_kl6_not_without_a_sign_or_a_positive_value(story: Story) -> None:
    assert severity_of("BDG_WITH_KL6", story, 20) is None


def test_97_bdg_with_kl6_names_the_newest_of_several_fevers() -> None:
    story = glucan("40", day=20).test(18, "temperature", "38.4").test(20, "temperature", "39.1")
    said = " ".join(say(x) for x in one("BDG_WITH_KL6", story.snapshot(20)).reasons)
    assert "39.1" in said
    assert "38.4" not in said


@pytest.mark.parametrize("product", ["ivig", "albumin", "plasma", "plasma_exchange"])
@pytest.mark.parametrize(("stop", "fires"), [(12, True), (13, False)])
def test_97_bdg_with_kl6_not_within_7_days_of_a_product(stop: int, fires: bool, product: str) -> None:
    story = glucan("40", day=20).dyspnoea(20, True, "worse").drug(8, product, stop=stop)
    assert (severity_of("BDG_WITH_KL6", story, 20) is CRITICAL) is fires


def test_97_bdg_with_kl6_closes_when_glucan_is_negative_and_no_sign_is_open() -> None:
    story = glucan("40", day=20).dyspnoea(20, True, "worse").test(27, "bdg", "5", kit=WAKO)
    assert any("negative since 28 Mar" in x for x in said_of("BDG_WITH_KL6", story, 27))
    assert severity_of("BDG_WITH_KL6", story.dyspnoea(30, True, "improved"), 30) is None


@pytest.mark.parametrize(
    ("later", "stands"),
    [
        (lambda s: s.dyspnoea(30, True, "unchanged"), True),
        (lambda s: s.dyspnoea(30, True, "unchanged").dyspnoea(31, True, "improved"), False),
        (lambda s: s.dyspnoea(30, True, "improved").dyspnoea(31, True, "unchanged"), False),
        (lambda s: s.dyspnoea(30, False), False),
    ],
)
def test_97_bdg_with_kl6_unchanged_after_worse_is_not_gone(later, stands: bool) -> None:
    story = later(glucan("40", day=20).dyspnoea(20, True, "worse").test(27, "bdg", "5", kit=WAKO))
    assert (severity_of("BDG_WITH_KL6", story, 31) is CRITICAL) is stands


@pytest.mark.parametrize(
    ("first", "last", "value", "stands"),
    [("21T00:00", "23T00:00", "37.4", False), ("21T00:00", "22T23:59", "37.4", True), ("21T00:00", "23", "37.5", True)],
)
def test_97_bdg_with_kl6_fever_is_gone_after_72_hours_below_37_5(
    first: str, last: str, value: str, stands: bool
) -> None:
    story = glucan("40", day=20).test("20T00:00", "temperature", "38.5").test(27, "bdg", "5", kit=WAKO)
    story.test(first, "temperature", "37.0").test(last, "temperature", value)
    assert (severity_of("BDG_WITH_KL6", story, 27) is CRITICAL) is stands


def test_97_bdg_with_kl6_a_sign_that_has_gone_does_not_close_it_while_glucan_is_positive() -> None:
    story = glucan("40", day=20).dyspnoea(20, True, "worse").dyspnoea(24, True, "improved")
    assert severity_of("BDG_WITH_KL6", story, 24) is CRITICAL


@pytest.mark.parametrize(
    ("drug", "fires"),
    [
        ({"drug": "tmp_smx", "dose": Decimal(12), "unit": "tablets/day"}, False),
        ({"drug": "tmp_smx", "dose": Decimal(9), "unit": "g/day"}, False),
        ({"drug": "tmp_smx", "dose": Decimal(2), "unit": "tablets/day"}, True),
        ({"drug": "tmp_smx", "dose": Decimal(480), "unit": "mg/day"}, True),
        ({"drug": "tmp_smx"}, True),
        ({"drug": "atovaquone"}, False),
        ({"drug": "pentamidine", "route": "iv"}, False),
        ({"drug": "pentamidine", "route": "inhaled"}, True),
        ({"drug": "tmp_smx", "dose": Decimal(12), "unit": "tablets/day", "stop": 22}, True),
    ],
)
def test_97_bdg_with_kl6_closes_when_it_is_treated_and_a_person_says_so(drug: dict, fires: bool) -> None:
    story = glucan("40", day=20).dyspnoea(20, True, "worse").drug(21, **drug)
    assert severity_of("BDG_WITH_KL6", story, 24) is CRITICAL
    assert (severity_of("BDG_WITH_KL6", story.finding(23, "infection", True), 24) is CRITICAL) is fires


def test_97_bdg_with_kl6_leads_the_warning_of_the_same_value() -> None:
    story = glucan("40", day=20).test(10, "kl6", "500").test(20, "kl6", "900")
    found = course_of_alerts(story, 20, "BDG_POSITIVE", "BDG_WITH_KL6")
    assert [(x.rule, x.severity) for x in found] == [("BDG_WITH_KL6", CRITICAL), ("BDG_POSITIVE", WARNING)]
    assert said_of("BDG_WITH_KL6", story, 20)[1] == "KL-6 900 U/mL on 21 Mar, up from 500 on 11 Mar"


# -- CMV_ANTIGENAEMIA -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "value", "severity"),
    [
        ("cmv_pp65", "0", None),
        ("cmv_pp65", "1", WARNING),
        ("cmv_pp65", "10", WARNING),
        ("cmv_pp65", "11", CRITICAL),
        ("cmv_pp65", ">10", CRITICAL),
        ("cmv_pp65", ">5", WARNING),
        ("cmv_pp65", "<2", INFO),
        ("cmv_c7hrp", "0", None),
        ("cmv_c7hrp", "1", WARNING),
        ("cmv_c7hrp", "5", WARNING),
        ("cmv_c7hrp", "6", CRITICAL),
        ("cmv_dna", "0", None),
        ("cmv_dna", "<137", None),
        ("cmv_dna", "137", WARNING),
        ("cmv_dna", ">100000", WARNING),
    ],
)
def test_98_cmv_antigenaemia_boundaries(code: str, value: str, severity: Severity | None) -> None:
    assert severity_of("CMV_ANTIGENAEMIA", Story().test(0, code, value), 0) is severity


@pytest.mark.parametrize(
    ("neutrophils", "closes"), [("999", False), ("1000", True), (None, False), (">900", False), ("<1500", False)]
)
def test_98_cmv_antigenaemia_closes_at_zero_with_neutrophils(neutrophils: str | None, closes: bool) -> None:
    story = Story().test(0, "cmv_pp65", "3").test(7, "cmv_pp65", "0")
    if neutrophils:
        story.test(6, "neutrophils", neutrophils)
    assert (severity_of("CMV_ANTIGENAEMIA", story, 7) is None) is closes


@pytest.mark.parametrize(("day", "closes"), [(12, False), (13, True), (27, True), (28, False)])
def test_98_cmv_antigenaemia_the_neutrophils_are_of_those_days(day: int, closes: bool) -> None:
    story = Story().test(10, "cmv_pp65", "3").test(20, "cmv_pp65", "0").test(day, "neutrophils", "4000")
    assert (severity_of("CMV_ANTIGENAEMIA", story, 30) is None) is closes


def test_98_cmv_antigenaemia_says_why_zero_does_not_reassure() -> None:
    story = Story().test(0, "cmv_pp65", "3").test(7, "cmv_pp65", "0")
    assert any("closes when neutrophils" in x for x in said_of("CMV_ANTIGENAEMIA", story, 7))
    assert any("neutrophils 700/µL" in x for x in said_of("CMV_ANTIGENAEMIA", story.test(7, "neutrophils", "700"), 7))


def test_98_cmv_antigenaemia_a_zero_in_neutropenia_before_any_cell_raises_nothing() -> None:
    story = Story().test(0, "cmv_pp65", "0").test(0, "neutrophils", "400")
    assert severity_of("CMV_ANTIGENAEMIA", story, 0) is None


@pytest.mark.parametrize(
    ("before", "after", "again"), [("2", "4", True), ("1", "3", False), ("3", "5", False), ("2", "<4", False)]
)
def test_98_cmv_antigenaemia_doubled_is_told_again(before: str, after: str, again: bool) -> None:
    story = Story().test(0, "cmv_pp65", before).test(7, "cmv_pp65", after)
    assert any(x.startswith("at least doubled") for x in said_of("CMV_ANTIGENAEMIA", story, 7)) is again


def test_98_cmv_antigenaemia_doubled_asks_for_a_new_acknowledgement() -> None:
    story = Story().test(0, "cmv_pp65", "2").test(7, "cmv_pp65", "3").test(14, "cmv_pp65", "6")
    assert steps_to(story, 7, 14, "CMV_ANTIGENAEMIA") == [Step.RAISED]
    assert steps_to(story, 0, 7, "CMV_ANTIGENAEMIA") == [Step.UPDATED]


@pytest.mark.parametrize(("last", "step"), [("8", Step.RAISED), ("7", Step.UPDATED)])
def test_98_cmv_antigenaemia_each_doubling_asks_for_a_new_acknowledgement(last: str, step: Step) -> None:
    story = Story().test(0, "cmv_pp65", "2").test(7, "cmv_pp65", "4").test(14, "cmv_pp65", last)
    assert steps_to(story, 7, 14, "CMV_ANTIGENAEMIA") == [step]
    assert any(x.startswith("at least doubled once more") for x in said_of("CMV_ANTIGENAEMIA", story, 14)) is (
        last == "8"
    )


def test_98_cmv_antigenaemia_a_third_doubling_asks_too() -> None:
    story = Story().test(0, "cmv_pp65", "12").test(7, "cmv_pp65", "24").test(14, "cmv_pp65", "48")
    story.test(21, "cmv_pp65", "96")
    assert steps_to(story, 14, 21, "CMV_ANTIGENAEMIA") == [Step.RAISED]


def test_98_cmv_antigenaemia_of_two_methods_is_one_alert_and_the_graver_leads() -> None:
    story = Story().test(0, "cmv_pp65", "2").test(0, "cmv_c7hrp", "8").test(0, "cmv_dna", "500")
    told = said_of("CMV_ANTIGENAEMIA", story, 0)
    assert severity_of("CMV_ANTIGENAEMIA", story, 0) is CRITICAL
    assert told[0] == "CMV C7-HRP 8 cells/50,000 on 1 Mar"
    assert "CMV pp65 2 cells on 1 Mar (sum of two slides)" in told
    assert "CMV DNA 500 IU/mL on 1 Mar" in told


def test_98_cmv_antigenaemia_one_method_does_not_close_the_other() -> None:
    story = Story().test(0, "cmv_pp65", "2").test(7, "cmv_c7hrp", "0").test(7, "cmv_dna", "0")
    assert severity_of("CMV_ANTIGENAEMIA", story.test(7, "neutrophils", "4000"), 7) is WARNING


def test_98_cmv_antigenaemia_a_sure_method_comes_before_a_possible_one() -> None:
    story = Story().test(0, "cmv_pp65", "<2").test(0, "cmv_dna", "500")
    found = one("CMV_ANTIGENAEMIA", story.snapshot(0))
    assert found
    assert (found.severity, found.possible, found.facts) == (WARNING, False, ("2",))


def test_92_cmv_antigenaemia_never_closes_by_silence() -> None:
    assert "last value 9 days old" in said_of("CMV_ANTIGENAEMIA", Story().test(0, "cmv_pp65", "3"), 9)


# -- one slide of CMV antigenaemia ------------------------------------------------------------------------------------


def cells(value: str, unit: str) -> Story:
    kept = convert("cmv_pp65", value, unit)
    return Story().add(f.Measurement, 0, code="cmv_pp65", quantity=kept.quantity, typed=kept.typed)


@pytest.mark.parametrize(
    ("value", "unit", "severity"),
    [
        ("6", "cells", WARNING),
        ("6", "cells/slide", CRITICAL),
        ("5", "/slide", WARNING),
        ("5.5", "個/スライド", CRITICAL),
        ("10", "cells", WARNING),
        ("1", "cells/slide", WARNING),
        ("0", "cells/slide", None),
    ],
)
def test_98_cmv_of_one_slide_is_doubled_and_marked(value: str, unit: str, severity: Severity | None) -> None:
    story = cells(value, unit)
    assert severity_of("CMV_ANTIGENAEMIA", story, 0) is severity
    if severity is not None:
        marked = f"one slide was told ({value} cells): doubled for the sum of two" in said_of(
            "CMV_ANTIGENAEMIA", story, 0
        )
        assert marked is (unit != "cells")
