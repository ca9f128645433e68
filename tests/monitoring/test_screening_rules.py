"""SCREENING_MISSING, HBV_REACTIVATION, the HBV DNA asked for; each boundary by name. Specification 13 (115)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from monitoring.engine import Issue, Severity, Situation
from monitoring.intervals import due_tests
from patients.clinical.reasons import say
from patients.clinical.snapshot import Snapshot
from tests.monitoring.looking import course_of_alerts, issues, one, planned, planned_dose, remarks
from tests.story import Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
ALL = ("hbsag", "anti_hbc", "anti_hbs", "igra", "anti_hcv")


def gc(story: Story, day: int, mg: str, **more: object) -> Story:
    return story.drug(day, "gc", dose=Decimal(mg), unit="mg/day", **more)  # type: ignore[arg-type]


def screened(story: Story, day: int, *codes: str) -> Story:
    for code in codes or ALL:
        story.test(day, code, "<10" if code == "anti_hbs" else "<1")
    return story


def lacks(snapshot: Snapshot) -> list[str]:
    """What the alert lists, without its head."""
    found = one("SCREENING_MISSING", snapshot)
    return [say(x) for x in found.reasons if "result" in say(x) or "pregnancy" in say(x)] if found else []


def screening(story: Story, day: int) -> Issue | None:
    return one("SCREENING_MISSING", replace(story.snapshot(day), sex="male"))


# -- SCREENING_MISSING ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "severity"), [(2, None), (3, WARNING), (13, WARNING), (14, CRITICAL)])
def test_115_screening_missing_from_day_3_and_hepatitis_b_critical_from_day_14(
    day: int, severity: Severity | None
) -> None:
    for story in (gc(Story(), 0, "15"), Story().drug(0, "csa"), Story().drug(0, "tofacitinib"), Story().drug(0, "mmf")):
        found = screening(story, day)
        assert (found.severity if found else None) is severity
        assert found is None or found.on == moment(3).date()


@pytest.mark.parametrize(("mg", "fires"), [("14.9", False), ("15", True)])
def test_115_screening_missing_from_15_mg_of_prednisolone(mg: str, fires: bool) -> None:
    assert (screening(gc(Story(), 0, mg), 5) is not None) is fires


def test_screening_missing_says_nothing_without_treatment_and_of_drugs_that_do_not_suppress() -> None:
    assert screening(Story(), 5) is None
    assert screening(Story().drug(0, "tmp_smx").drug(0, "hydroxychloroquine").drug(0, "ivig"), 9) is None


def test_screening_missing_counts_a_dose_that_is_not_recorded() -> None:
    """13 (71): unknown, never zero."""
    assert screening(Story().drug(0, "gc"), 2) is None
    found = screening(Story().drug(0, "gc"), 3)
    assert found
    assert say(found.reasons[0]) == (
        "immunosuppressed since 1 Mar (glucocorticoid (as prednisolone), dose not recorded), and not recorded:"
    )


def test_screening_missing_lists_what_lacks_in_one_alert() -> None:
    story = screened(gc(Story(), 0, "40"), 0, "hbsag", "igra")
    found = screening(story, 5)
    assert found
    assert [say(x) for x in found.reasons] == [
        "immunosuppressed since 1 Mar (glucocorticoid (as prednisolone)), and not recorded:",
        "Hepatitis B core antibody (anti-HBc): no result",
        "Hepatitis B surface antibody (anti-HBs): no result",
        "Hepatitis C antibody (anti-HCV): no result",
    ]


def test_screening_missing_is_silent_when_all_is_there_and_a_result_of_any_age_counts() -> None:
    assert screening(screened(gc(Story(), 0, "40"), -900), 30) is None
    assert screening(screened(gc(Story(), 0, "40"), 20), 30) is None


def test_screening_missing_only_of_hepatitis_b_is_ever_critical() -> None:
    found = screening(screened(gc(Story(), 0, "40"), 0, "hbsag", "anti_hbc", "anti_hbs"), 60)
    assert found
    assert found.severity is WARNING


def test_screening_missing_asks_no_antibody_beside_a_positive_hbsag() -> None:
    story = screened(gc(Story(), 0, "40").test(0, "hbsag", ">=1"), 0, "igra", "anti_hcv")
    assert screening(story, 20) is None


def test_screening_missing_counts_background_drugs_and_since_their_first_dose() -> None:
    story = gc(Story(), -100, "5").drug(-90, "tac", indication="other").dyspnoea(0, True, "worse")
    found = screening(story, 1)
    assert found
    assert (found.severity, found.on) == (CRITICAL, moment(-87).date())


def test_screening_missing_counts_from_the_first_day_of_15_mg_without_a_break() -> None:
    story = gc(gc(gc(Story(), 0, "10", stop=9), 10, "20", stop=19), 20, "15")
    found = screening(story, 20)
    assert found
    assert found.on == moment(13).date()
    assert screening(gc(gc(Story(), 0, "20", stop=9), 10, "10"), 20) is None


@pytest.mark.parametrize(("begun", "since"), [(20, 0), (21, 0), (22, 22)])
def test_screening_missing_follows_the_unbroken_chain_of_courses_that_ended(begun: int, since: int) -> None:
    story = Story().drug(0, "tac", stop=20).drug(begun, "mmf")
    found = screening(story, 40)
    assert found
    assert found.on == moment(since + 3).date()


def test_screening_missing_follows_the_chain_over_glucocorticoid() -> None:
    story = gc(Story().drug(0, "csa", stop=9), 10, "20", stop=19).drug(20, "tac")
    found = screening(story, 40)
    assert found
    assert found.on == moment(3).date()
    story = gc(gc(Story(), 0, "10"), 5, "10", route="iv")
    found = screening(story, 40)
    assert found is not None
    assert found.on == moment(8).date()  # 20 mg from the day of the second


def test_screening_missing_ends_when_nothing_runs_any_more() -> None:
    story = Story().drug(0, "csa", stop=20)
    assert screening(story, 20) is not None
    assert screening(story, 21) is None


@pytest.mark.parametrize("drug", ["rtx", "ivcy", "cy_oral"])
def test_screening_missing_before_cyclophosphamide_and_rituximab_igg_and_pregnancy_at_once(drug: str) -> None:
    story = screened(Story(), 0).drug(0, drug, stop=0)
    snapshot = replace(story.snapshot(0), sex="female", birth_date=date(1980, 1, 1))
    assert lacks(snapshot) == [
        "Immunoglobulin G (IgG): no result",
        "pregnancy test, or that it does not apply: not recorded",
    ]
    told = story.test(0, "igg", "900").finding(0, "pregnancy", False)
    assert lacks(replace(told.snapshot(0), sex="female", birth_date=date(1980, 1, 1))) == []


@pytest.mark.parametrize(
    ("sex", "born", "asked"),
    [
        ("male", None, False),
        ("female", None, True),
        ("unknown", None, True),
        ("female", date(1969, 3, 2), True),
        ("female", date(1969, 3, 1), False),
    ],
)
def test_screening_missing_asks_a_pregnancy_test_until_55(sex: str, born: date | None, asked: bool) -> None:
    story = screened(Story(), 0).test(0, "igg", "900").drug(0, "ivcy", stop=0)
    assert bool(lacks(replace(story.snapshot(0), sex=sex, birth_date=born))) is asked


@pytest.mark.parametrize(
    ("drug", "day", "asked"), [("ivcy", 9, True), ("ivcy", 10, True), ("ivcy", 11, False), ("gc", 9, False)]
)
def test_115_screening_missing_before_a_planned_dose(drug: str, day: int, asked: bool) -> None:
    """From the moment at which it is planned until its day; then the recorded dose asks."""
    found = planned("SCREENING_MISSING", Story().snapshot(day), planned_dose(10, drug, since=2))
    assert (found is not None) is asked
    if found:
        assert (found.severity, found.known) == (Severity.WARNING, moment(2))
        assert [say(x) for x in found.reasons][:2] == [
            "intravenous cyclophosphamide planned for 11 Mar, and not recorded before it:",
            "Immunoglobulin G (IgG): no result",
        ]


def test_115_screening_missing_before_a_planned_dose_is_silent_when_all_is_there() -> None:
    story = Story().test(1, "igg", "900").finding(1, "pregnancy", present=False)
    assert planned("SCREENING_MISSING", story.snapshot(5), planned_dose(10)) is None


def test_115_screening_missing_before_a_dose_that_runs_is_asked_once() -> None:
    found = planned("SCREENING_MISSING", Story().drug(1, "ivcy", stop=1).snapshot(3), planned_dose(10))
    assert found is not None
    assert not any("planned" in say(x) for x in found.reasons)


def test_screening_missing_before_other_drugs_asks_no_igg() -> None:
    assert screening(screened(gc(Story(), 0, "40").drug(0, "csa"), 0), 9) is None


def test_screening_missing_of_hepatitis_b_is_critical_at_once_under_rituximab() -> None:
    story = Story().drug(0, "rtx", stop=0).test(0, "igg", "900")
    found = screening(story, 0)
    assert found
    assert (found.severity, found.on) == (CRITICAL, moment(0).date())
    assert say(found.reasons[0]).startswith("hepatitis B can flare")


def test_screening_missing_lists_the_one_that_lacks() -> None:
    story = screened(gc(Story(), 0, "40"), 0, *ALL[:3], "anti_hcv")
    assert lacks(replace(story.snapshot(5), sex="male")) == ["Interferon-gamma release assay (IGRA): no result"]


@pytest.mark.parametrize(("day", "remarked"), [(4, False), (5, True), (185, True), (186, False)])
def test_screening_remarks_an_antibody_that_may_be_passive(day: int, remarked: bool) -> None:
    story = screened(Story().drug(5, "ivig", stop=9), day, "hbsag").test(day, "anti_hbc", ">=1")
    said = [say(x.reason) for x in remarks("SCREENING_MISSING", story.snapshot(max(day, 6)))]
    assert bool(said) is remarked
    assert all("may be passive" in x for x in said)


def test_screening_remarks_no_negative_antibody() -> None:
    assert not remarks("SCREENING_MISSING", screened(Story().drug(0, "ivig", stop=4), 5).snapshot(6))


# -- HBV_REACTIVATION -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "severity"),
    [("19.9", None), ("20", CRITICAL), ("<20", None), (">100000000", CRITICAL), ("<30", INFO), ("<=20", INFO)],
)
def test_115_hbv_reactivation_dna_of_20(value: str, severity: Severity | None) -> None:
    found = one("HBV_REACTIVATION", Story().test(0, "hbv_dna", value).snapshot(0))
    assert (found.severity if found else None) is severity
    assert found is None or found.possible is (severity is INFO)


def test_hbv_reactivation_hbsag_newly_positive() -> None:
    assert one("HBV_REACTIVATION", Story().test(0, "hbsag", ">=1").snapshot(0)) is None  # found so at first
    story = Story().test(0, "hbsag", "<1").test(60, "hbsag", ">=1").test(90, "hbsag", "250")
    found = one("HBV_REACTIVATION", story.snapshot(90))
    assert found
    assert (found.severity, found.on) == (CRITICAL, moment(60).date())
    assert say(found.reasons[0]) == "HBsAg positive on 30 Apr, negative on 1 Mar"


def test_hbv_reactivation_closes_when_both_are_gone() -> None:
    story = Story().test(0, "hbsag", "0.01").test(60, "hbsag", "9").test(60, "hbv_dna", "400")
    assert one("HBV_REACTIVATION", story.test(90, "hbv_dna", "<20").snapshot(90)) is not None
    assert one("HBV_REACTIVATION", story.test(120, "hbsag", "0.01").snapshot(120)) is None


def test_hbv_reactivation_is_known_with_the_first_value_of_the_run_and_says_how_old_the_last_is() -> None:
    story = Story().test(0, "hbv_dna", "30").test(28, "hbv_dna", "900")
    found = one("HBV_REACTIVATION", story.snapshot(36))
    assert found
    assert (found.known, found.on) == (moment(0), moment(28).date())
    assert say(found.reasons[-1]) == "last value 8 days old"


@pytest.mark.parametrize(("code", "value"), [("hbsag", "250"), ("hbv_dna", "<20")])
def test_hbv_reactivation_says_how_old_the_newest_of_both_tests_is(code: str, value: str) -> None:
    story = Story().test(0, "hbsag", "<1").test(60, "hbsag", ">=1").test(90, code, value)
    for day, said in ((97, []), (98, ["last value 8 days old"])):
        found = one("HBV_REACTIVATION", story.snapshot(day))
        assert found
        assert [x for x in map(say, found.reasons) if x.startswith("last value")] == said


def test_hbv_reactivation_with_and_without_treatment_and_care() -> None:
    (alert,) = course_of_alerts(Story().drug(0, "csa", stop=9).test(40, "hbv_dna", "50"), 41, "HBV_REACTIVATION")
    assert alert.open


# -- HBV DNA, every 4 weeks -------------------------------------------------------------------------------------------


def dna_due(story: Story, day: int) -> date | None:
    tests = {x.code: x for x in due_tests(Situation(story.snapshot(day)))}
    return tests["hbv_dna"].due if "hbv_dna" in tests else None


@pytest.mark.parametrize("code", ["anti_hbc", "anti_hbs", "hbsag"])
def test_hbv_dna_is_asked_for_from_the_positive_result_under_treatment(code: str) -> None:
    value = ">=10" if code == "anti_hbs" else ">=1"
    assert dna_due(Story().test(0, code, value), 5) is None
    assert dna_due(Story().drug(1, "csa").test(0, code, "<1" if code != "anti_hbs" else "<10"), 5) is None
    assert dna_due(Story().drug(1, "csa").test(0, code, value), 5) == moment(1).date()
    assert dna_due(Story().drug(1, "gc").test(3, code, value), 5) == moment(3).date()


def test_hbv_dna_every_4_weeks_and_overdue_a_week_later() -> None:
    story = Story().drug(0, "csa").test(0, "anti_hbc", ">=1").test(2, "hbv_dna", "<20")
    assert dna_due(story, 20) == moment(30).date()
    assert "hbv_dna" not in issues("OVERDUE", story.snapshot(37))
    assert "hbv_dna" in issues("OVERDUE", story.snapshot(38))


@pytest.mark.parametrize(("day", "asked"), [(385, True), (386, False)])
def test_hbv_dna_until_12_months_after_the_end_of_treatment(day: int, asked: bool) -> None:
    story = Story().drug(0, "csa", stop=20).test(0, "anti_hbc", ">=1")
    assert (dna_due(story, day) is not None) is asked


def test_hbv_dna_is_not_asked_for_by_an_antibody_that_came_with_immunoglobulin() -> None:
    def story() -> Story:
        return Story().drug(0, "csa").drug(10, "ivig", stop=14)

    assert dna_due(story().test(0, "anti_hbc", "<1").test(30, "anti_hbc", ">=1"), 31) is None
    assert dna_due(story().test(30, "anti_hbc", ">=1"), 31) == moment(30).date()
    assert dna_due(story().test(0, "anti_hbc", ">=1").test(30, "anti_hbc", ">=1"), 31) == moment(0).date()
