"""INTERACTION: every drug of the table, overlap and its tail, severity by group, levels asked for, unread names."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from monitoring.engine import Issue, Severity, Situation, examine
from monitoring.interactions import (
    CNI,
    EXTREME,
    INDUCER,
    INDUCER_OF_GC,
    JAK,
    KIDNEY,
    MODERATE,
    NEVER_WITH_CSA,
    NEVER_WITH_TAC,
    POTASSIUM,
    SLIGHT,
    STRONG,
    TABLE,
    Effect,
)
from monitoring.intervals import due_tests
from monitoring.rules import RULES
from patients.clinical.drugs import DRUGS
from patients.clinical.reasons import say
from tests.monitoring.looking import course_of_alerts, issues
from tests.story import Day, Story, moment
from tests.together import each

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
ROUTES = {"vancomycin": "iv", "nsaid": "oral", "clotrimazole": "oral"}


def acute(story: Story | None = None) -> Story:
    return (story or Story()).dyspnoea(0, True, "worse")


def both(drug: str, partner: str, day: int = 5, **more: Any) -> Story:
    """The partner since day 0, the interacting drug from a later day on."""
    given = {"dose": Decimal(4), "unit": "tablets/day"} if drug == "tmp_smx" else {}
    return Story().drug(0, partner).drug(day, drug, route=ROUTES.get(drug), **given | more)


def found(story: Story, day: Day, subject: str) -> Issue | None:
    return issues("INTERACTION", story.snapshot(day)).get(subject)


def grave(story: Story, day: Day, subject: str) -> Severity | None:
    issue = found(story, day, subject)
    return issue.severity if issue else None


def words(story: Story, day: Day, subject: str) -> list[str]:
    issue = found(story, day, subject)
    return [say(x) for x in issue.reasons] if issue else []


def csa(story: Story, day: Day, value: str) -> Story:
    return story.test(day, "csa", value, route="iv", timing="pre_dose")


def with_csa(drug: str = "clarithromycin", *, stop: int | None = None, begun: int = 5) -> Story:
    return acute().drug(0, "csa", route="iv").drug(begun, drug, stop=stop)


# -- the table --------------------------------------------------------------------------------------------------------

GROUPS: dict[str, tuple[Effect, tuple[str, ...]]] = {
    "extreme": (EXTREME, ("nirmatrelvir_ritonavir", "ritonavir", "cobicistat", "ensitrelvir")),
    "strong": (
        STRONG,
        ("voriconazole", "itraconazole", "posaconazole", "ketoconazole", "clarithromycin", "erythromycin"),
    ),
    "moderate": (
        MODERATE,
        (
            *("fluconazole", "isavuconazole", "miconazole", "diltiazem", "verapamil", "nicardipine", "amiodarone"),
            *("letermovir", "josamycin", "metoclopramide", "danazol", "grapefruit"),
        ),
    ),
    "slight": (SLIGHT, ("azithromycin", "clotrimazole", "gc_pulse", "micafungin", "omeprazole")),
    "inducer": (
        INDUCER,
        (
            *("rifampicin", "rifabutin", "phenytoin", "fosphenytoin", "phenobarbital", "primidone"),
            *("carbamazepine", "st_johns_wort", "bosentan", "enzalutamide"),
        ),
    ),
    "never with CsA": (
        NEVER_WITH_CSA,
        (
            *("pitavastatin", "rosuvastatin", "bosentan", "aliskiren", "grazoprevir", "pemafibrate"),
            "live_vaccine",
        ),
    ),
    "never with TAC": (NEVER_WITH_TAC, ("spironolactone", "canrenoate", "triamterene", "bosentan", "live_vaccine")),
    "kidney": (
        KIDNEY,
        (
            *("nsaid", "aminoglycoside", "amphotericin_b", "vancomycin", "foscarnet", "ciprofloxacin"),
            *("ganciclovir", "valganciclovir", "tmp_smx", "fibrate", "colchicine", "contrast_medium"),
        ),
    ),
    "potassium": (
        POTASSIUM,
        (
            *("ace_inhibitor", "arb", "eplerenone", "esaxerenone", "finerenone", "potassium_supplement"),
            *("tmp_smx", "nsaid", "heparin", "nafamostat"),
        ),
    ),
}


@pytest.mark.parametrize("group", GROUPS)
def test_105_the_groups_of_the_table_hold_the_drugs_of_the_specification(group: str) -> None:
    effect, drugs = GROUPS[group]
    assert {drug for drug, effects in TABLE.items() if effect in effects} == set(drugs)


def test_105_every_drug_of_the_table_is_in_the_catalogue() -> None:
    partners = {x for effects in TABLE.values() for effect in effects for x in effect.partners}
    assert set(TABLE) | partners <= DRUGS.keys() | {"methylprednisolone", "dexamethasone"}


def test_105_every_pair_of_the_table_alerts_as_grave_as_it_says() -> None:
    pairs = [
        (drug, partner, severity)
        for drug, effects in TABLE.items()
        for effect in effects
        for partner, severity in effect.partners.items()
        if partner in DRUGS and (drug, partner) != ("omeprazole", "csa")
    ]
    assert len(pairs) > 100

    def holds(pair: tuple[str, str, Severity]) -> None:
        drug, partner, severity = pair
        story = acute(both(drug, partner))
        assert grave(story, 5, drug) is not None
        assert grave(story, 5, drug) >= severity  # another effect of the drug on the same partner may be graver
        assert grave(acute(both(drug, partner)), 4, drug) is None

    each(pairs, holds)


@pytest.mark.parametrize("drug", ["clarithromycin", "micafungin", "nsaid", "rifampicin"])
def test_105_a_drug_without_its_partner_is_silent(drug: str) -> None:
    story = Story().drug(0, "gc", indication="other").drug(0, drug)
    assert issues("INTERACTION", story.snapshot(3)) == {}


def test_105_csa_with_tac_is_critical_until_one_of_them_is_stopped() -> None:
    story = Story().drug(0, "csa", stop=6).drug(5, "tac")
    assert [grave(story, x, "tac") for x in (4, 5, 6, 7)] == [None, CRITICAL, CRITICAL, None]


def test_105_omeprazole_is_of_tacrolimus_only() -> None:
    assert grave(both("omeprazole", "csa"), 6, "omeprazole") is None
    assert grave(both("omeprazole", "tac"), 6, "omeprazole") is INFO


@pytest.mark.parametrize(
    ("drug", "route", "told"),
    [
        ("nsaid", "topical", False),
        ("nsaid", "oral", True),
        ("nsaid", None, True),
        ("vancomycin", "oral", False),
        ("vancomycin", "iv", True),
        ("clotrimazole", "topical", False),
        ("clotrimazole", "oral", True),
    ],
)
def test_105_what_is_hardly_absorbed_interacts_with_nothing(drug: str, route: str | None, told: bool) -> None:
    story = Story().drug(0, "csa").drug(5, drug, route=route)
    assert (found(story, 6, drug) is not None) is told


@pytest.mark.parametrize(("drug", "lasts"), [("contrast_medium", 3), ("live_vaccine", 28)])
def test_105_what_is_given_once_ends_though_nobody_told_its_last_day(drug: str, lasts: int) -> None:
    story = both(drug, "csa")
    assert found(story, 5 + lasts, drug) is not None
    assert found(story, 5 + lasts + 1, drug) is None


# -- other partners than calcineurin inhibitors -----------------------------------------------------------------------


def test_105_a_strong_inhibitor_beside_a_partner_without_levels_is_critical_as_the_table_says() -> None:
    assert grave(both("itraconazole", "tofacitinib"), 5, "itraconazole") is CRITICAL
    assert grave(both("itraconazole", "nintedanib"), 20, "itraconazole") is CRITICAL
    assert grave(both("itraconazole", "gc_pulse"), 5, "itraconazole") is CRITICAL


@pytest.mark.parametrize(
    ("drug", "name", "severity"),
    [
        ("gc", "methylprednisolone", CRITICAL),
        ("gc", "dexamethasone", CRITICAL),
        ("gc_pulse", None, CRITICAL),
        ("gc", None, None),
        ("gc", "betamethasone", None),
    ],
)
def test_105_ritonavir_with_glucocorticoids_by_name(drug: str, name: str | None, severity: Severity | None) -> None:
    story = Story().drug(0, drug, name=name).drug(5, "ritonavir")
    assert grave(story, 5, "ritonavir") is severity


def test_105_an_inducer_weakens_glucocorticoid_for_the_lung_with_or_without_a_cni() -> None:
    story = Story().drug(0, "gc").drug(5, "rifampicin")
    assert grave(acute(story), 5, "rifampicin") is CRITICAL
    assert "2 to 3 times the dose" in words(story, 5, "rifampicin")[0]
    other = acute().drug(0, "gc", indication="other").drug(5, "rifampicin")
    assert found(other, 5, "rifampicin") is None
    assert found(Story().drug(0, "gc").drug(5, "rifabutin"), 5, "rifabutin") is None


@pytest.mark.parametrize("drug", ["rifampicin", "phenytoin"])
@pytest.mark.parametrize("partner", ["tac", "csa", "gc"])
def test_105_an_inducer_is_a_warning_in_a_chronic_course_and_critical_else(drug: str, partner: str) -> None:
    assert grave(acute(both(drug, partner)), 5, drug) is CRITICAL
    assert grave(both(drug, partner).chronic(0), 5, drug) is WARNING


def test_105_an_inducer_while_the_course_is_not_known_is_judged_as_in_an_acute_one_and_says_so() -> None:
    story = both("rifampicin", "csa")
    assert grave(story, 5, "rifampicin") is CRITICAL
    said = "the course is not known: judged as acute/subacute"
    assert said in words(story, 5, "rifampicin")
    assert said not in words(acute(story), 5, "rifampicin")
    assert said not in words(both("nsaid", "csa"), 5, "nsaid")


@pytest.mark.parametrize("partner", JAK)
def test_105_an_inducer_and_a_jak_inhibitor(partner: str) -> None:
    assert grave(acute(both("phenytoin", partner)), 5, "phenytoin") is CRITICAL


@pytest.mark.parametrize("partner", [*CNI, "aza", "mmf", "ivcy", "cy_oral"])
def test_105_a_jak_inhibitor_beside_immunosuppression_is_info(partner: str) -> None:
    assert grave(both("baricitinib", partner), 5, "baricitinib") is INFO


# -- overlap ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drug", "lasts"), [("clarithromycin", 7), ("diltiazem", 7), ("rifampicin", 14), ("amiodarone", 90), ("nsaid", 0)]
)
def test_105_the_effect_goes_on_after_the_last_dose(drug: str, lasts: int) -> None:
    """A level in its band after that closes it the same day."""
    story = csa(acute().drug(0, "csa", route="iv").drug(5, drug, stop=10), 11 + lasts, "220")
    assert found(story, 10 + lasts, drug) is not None
    assert found(story, 11 + lasts, drug) is None


def test_105_a_level_in_its_band_after_the_effect_closes_it_for_good() -> None:
    story = csa(csa(csa(with_csa(stop=10), 18, "120"), 19, "220"), 318, "120")
    assert found(story, 18, "clarithromycin") is not None
    assert found(story, 19, "clarithromycin") is None
    assert found(story, 318, "clarithromycin") is None, "a low level 300 days later is no matter of it"
    early = csa(csa(with_csa(stop=10), 17, "220"), 18, "120")
    assert found(early, 18, "clarithromycin") is not None, "the effect was not over on day 17"


@pytest.mark.parametrize(("begun", "told"), [(17, True), (18, False)])
def test_105_a_partner_begun_within_the_tail_overlaps(begun: int, told: bool) -> None:
    story = Story().drug(5, "clarithromycin", stop=10).drug(begun, "csa")
    assert (found(story, begun, "clarithromycin") is not None) is told


def test_105_it_counts_from_the_first_common_day_and_is_known_when_both_are() -> None:
    issue = found(Story().drug(2, "diltiazem").drug(5, "csa", known=7), 8, "diltiazem")
    assert issue
    assert str(issue.on) == "2024-03-06"
    assert issue.known == moment(7)
    late = found(Story().drug(2, "diltiazem", known=9).drug(5, "csa"), 9, "diltiazem")
    assert late
    assert late.known == moment(9)


def test_105_a_change_of_dose_goes_on_with_the_overlap_and_a_pause_begins_another() -> None:
    story = Story().drug(0, "csa").drug(5, "diltiazem", stop=9).drug(10, "diltiazem", stop=14)
    assert str(found(story, 12, "diltiazem").on) == "2024-03-06"
    story.drug(40, "diltiazem")
    assert str(found(story, 41, "diltiazem").on) == "2024-04-10"


def test_105_it_ends_with_the_partner_and_stands_while_another_course_of_it_runs() -> None:
    assert found(Story().drug(0, "csa", stop=7).drug(5, "diltiazem"), 8, "diltiazem") is None
    story = Story().drug(0, "csa", stop=7).drug(8, "csa", route="oral").drug(5, "diltiazem")
    assert found(story, 8, "diltiazem") is not None


def test_105_a_drug_that_is_to_begin_does_not_interact_yet() -> None:
    assert found(both("clarithromycin", "csa", 5), "4T23:00", "clarithromycin") is None


def test_68_background_drugs_and_drugs_for_another_disease_count() -> None:
    story = acute(Story().drug(-400, "tac", indication="other").drug(-60, "diltiazem", indication="other"))
    assert grave(story, 3, "diltiazem") is WARNING


# -- levels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "value", "severity"),
    [
        (6, "220", CRITICAL),  # a day after the start: not the level that was asked for on day 3
        (7, "220", WARNING),  # one day early will do, as for OVERDUE
        (8, "220", WARNING),
        (8, "250.1", CRITICAL),
        (8, "199.9", CRITICAL),
        (8, "<230", CRITICAL),  # not known to be in the band
    ],
)
def test_105_a_strong_inhibitor_is_critical_until_a_level_in_its_band(day: int, value: str, severity) -> None:
    assert grave(csa(with_csa(), day, value), 8, "clarithromycin") is severity


def test_105_a_strong_inhibitor_is_critical_again_when_the_level_leaves_the_band() -> None:
    story = csa(csa(with_csa(), 8, "220"), 12, "331")
    assert grave(story, 11, "clarithromycin") is WARNING
    assert grave(story, 12, "clarithromycin") is CRITICAL
    assert "CsA 331 ng/mL on 13 Mar: above its band 200-250" in words(story, 12, "clarithromycin")


def test_103_a_trough_that_is_low_by_design_is_not_in_its_band() -> None:
    order: dict[str, Any] = {"target_low": Decimal(1000), "target_high": Decimal(1500), "target_timing": "c2"}
    story = acute().drug(0, "csa", route="oral", **order).drug(5, "clarithromycin", stop=10)
    story.test("8T08:00", "csa", "20", route="oral", timing="trough")
    assert grave(story, 8, "clarithromycin") is CRITICAL
    told = "CsA 20 ng/mL on 9 Mar: below its band 150-250 by design, C2 decides"
    assert told in words(story, 8, "clarithromycin")
    story.test("19T08:00", "csa", "20", route="oral", timing="trough")
    assert found(story, 19, "clarithromycin") is not None
    story.test("19T10:00", "csa", "1200", route="oral", timing="c2")
    assert found(story, 19, "clarithromycin") is None, "the C2 of that day is in the band of the order"


def test_105_a_level_in_its_band_does_not_settle_an_extreme_inhibitor() -> None:
    assert grave(csa(with_csa("ritonavir"), 8, "220"), 8, "ritonavir") is CRITICAL


@pytest.mark.parametrize(
    ("drug", "start", "stop"), [("clarithromycin", 8, 13), ("rifampicin", 8, 13), ("ritonavir", 7, 15)]
)
def test_105_a_level_is_asked_for_after_the_start_and_after_the_stop(drug: str, start: int, stop: int) -> None:
    story = csa(with_csa(drug, stop=10), start - 1, "220")
    asked = f"CsA level asked for on {start + 1} Mar"
    assert asked in words(with_csa(drug, stop=10), 6, drug)
    assert asked not in words(story, start, drug)  # one day before will do
    assert asked in words(csa(with_csa(drug, stop=10), start - 2, "220"), start, drug)
    assert f"CsA level asked for on {stop + 1} Mar" in words(story, 11, drug)
    assert "asked for" not in " ".join(words(csa(story, stop, "220"), stop, drug))


@pytest.mark.parametrize("drug", ["azithromycin", "nsaid", "simvastatin", "ace_inhibitor"])
def test_105_other_groups_ask_for_no_level(drug: str) -> None:
    assert len(words(Story().drug(0, "tac").drug(5, drug, stop=6), 6, drug)) in (1, 2)
    assert "level asked for" not in " ".join(words(both(drug, "csa"), 6, drug))


def test_105_the_level_that_is_asked_for_is_due_and_overdue() -> None:
    story = csa(csa(acute().drug(0, "csa", route="iv").drug(0, "gc"), 3, "210"), 5, "220").drug(6, "clarithromycin")
    due = {x.code: x for x in due_tests(Situation(story.snapshot(7)))}["csa"]
    assert (due.due, due.how.text) == (moment(9).date(), "after an interacting drug was begun or stopped")
    assert "csa" not in issues("OVERDUE", story.snapshot(10))
    assert "csa" in issues("OVERDUE", story.snapshot(11))
    assert "csa" not in issues("OVERDUE", csa(story, 8, "230").snapshot(11))


def test_105_after_the_effect_it_waits_for_a_level_in_its_band_one_step_less_grave() -> None:
    story = with_csa(stop=10)
    assert [grave(story, x, "clarithromycin") for x in (17, 18, 60)] == [CRITICAL, WARNING, WARNING]
    assert "has not followed yet" in words(story, 18, "clarithromycin")[0]
    assert grave(csa(with_csa(stop=10), 20, "150"), 20, "clarithromycin") is WARNING
    assert grave(csa(with_csa(stop=10), 20, "220"), 20, "clarithromycin") is None
    moderate = csa(with_csa("diltiazem", stop=10), 20, "150")
    assert grave(moderate, 20, "diltiazem") is INFO


@pytest.mark.parametrize("drug", ["azithromycin", "nsaid"])
def test_105_what_asked_for_no_level_waits_for_none(drug: str) -> None:
    assert found(with_csa(drug, stop=10), 18, drug) is None


def test_105_a_level_in_its_band_while_the_effect_lasts_is_not_the_one_that_closes_it() -> None:
    assert grave(csa(with_csa(stop=10), 17, "220"), 18, "clarithromycin") is INFO


def test_105_a_dose_that_was_changed_on_the_same_day_is_shown() -> None:
    story = Story().drug(0, "csa", dose=Decimal(220), unit="mg/day", stop=4)
    story.drug(5, "csa", dose=Decimal(110), unit="mg/day").drug(5, "clarithromycin")
    assert "CsA dose changed on the same day: 110 mg/day" in words(story, 5, "clarithromycin")
    other = Story().drug(0, "csa", dose=Decimal(220), unit="mg/day").drug(0, "clarithromycin")
    assert "changed" not in " ".join(words(other, 0, "clarithromycin"))


# -- kidney and potassium ---------------------------------------------------------------------------------------------


def test_105_the_second_drug_that_threatens_the_kidney_is_critical() -> None:
    story = both("vancomycin", "csa").drug(7, "valganciclovir", stop=9)
    assert [grave(story, 6, x) for x in ("vancomycin", "valganciclovir")] == [WARNING, None]
    assert [grave(story, 7, x) for x in ("vancomycin", "valganciclovir")] == [WARNING, CRITICAL]
    assert "vancomycin as well: two drugs that threaten the kidney at once" in words(story, 7, "valganciclovir")
    assert [grave(story, 10, x) for x in ("vancomycin", "valganciclovir")] == [WARNING, None]


def test_105_of_two_that_begin_together_one_is_critical() -> None:
    story = both("foscarnet", "tac").drug(5, "vancomycin", route="iv")
    assert sorted(grave(story, 5, x) for x in ("foscarnet", "vancomycin")) == [WARNING, CRITICAL]


@pytest.mark.parametrize(
    ("dose", "unit"),
    [
        ("0.5", "tablets/day"),
        ("1", "tablets/day"),
        ("9", "g/day"),
        ("480", "mg/day"),
        (None, None),
    ],
)
def test_105_tmp_smx_of_any_dose_makes_another_drug_critical(dose: str | None, unit: str | None) -> None:
    amount = Decimal(dose) if dose else None
    story = Story().drug(0, "csa").drug(0, "tmp_smx", dose=amount, unit=unit).drug(3, "vancomycin", route="iv")
    assert grave(story, 5, "tmp_smx") is WARNING
    assert grave(story, 5, "vancomycin") is CRITICAL


def test_105_tmp_smx_of_any_dose_begun_after_another_drug_is_critical_itself() -> None:
    story = Story().drug(0, "csa").drug(3, "nsaid", route="oral")
    story.drug(5, "tmp_smx", dose=Decimal(1), unit="tablets/day")
    assert [grave(story, 5, x) for x in ("nsaid", "tmp_smx")] == [WARNING, CRITICAL]
    assert "two drugs that threaten the kidney at once" in " ".join(words(story, 5, "tmp_smx"))


def test_105_tmp_smx_and_methotrexate_are_critical_at_any_dose() -> None:
    story = Story().drug(0, "methotrexate").drug(5, "tmp_smx", dose=Decimal(1), unit="tablets/day")
    assert grave(story, 5, "tmp_smx") is CRITICAL
    assert grave(both("febuxostat", "aza"), 5, "febuxostat") is CRITICAL


def test_105_one_drug_is_told_once_with_all_that_it_does() -> None:
    story = both("nsaid", "csa")
    assert list(issues("INTERACTION", story.snapshot(5))) == ["nsaid"]
    first, second = words(story, 5, "nsaid")
    assert "both harm the kidney" in first
    assert "potassium rises, to be measured on day 3" in second


def test_105_potassium_sparing_drugs_never_with_tacrolimus_and_a_warning_with_csa() -> None:
    assert grave(both("spironolactone", "tac"), 5, "spironolactone") is CRITICAL
    assert grave(both("spironolactone", "csa"), 5, "spironolactone") is WARNING
    assert grave(both("eplerenone", "tac"), 5, "eplerenone") is WARNING


def test_105_statins_by_partner() -> None:
    assert grave(both("simvastatin", "csa"), 5, "simvastatin") is WARNING
    assert grave(both("simvastatin", "tac"), 5, "simvastatin") is INFO
    assert grave(both("rosuvastatin", "csa"), 5, "rosuvastatin") is CRITICAL
    assert grave(both("rosuvastatin", "tac"), 5, "rosuvastatin") is INFO


# -- names ------------------------------------------------------------------------------------------------------------


def test_85_a_name_outside_the_catalogue_that_means_a_drug_of_the_table_interacts() -> None:
    story = Story().drug(0, "csa").drug(5, "other", name="クラリス錠200mg")
    assert grave(story, 5, "clarithromycin") is CRITICAL
    assert words(story, 5, "clarithromycin")[0].startswith("クラリス錠200mg with CsA")
    assert found(story, 5, "unread") is None


def test_85_a_member_of_a_class_is_told_by_its_own_name() -> None:
    assert words(Story().drug(0, "tac").drug(5, "arb", name="losartan"), 5, "arb")[0].startswith("losartan with TAC")


def test_85_unread_names_are_told_as_not_checked() -> None:
    story = Story().drug(0, "csa").drug(2, "other", name="アムロジピン").drug(3, "other", name="sivelestat", stop=8)
    assert words(story, 5, "unread") == ["drugs not checked for interactions (2): アムロジピン / sivelestat"]
    assert words(story, 9, "unread") == ["drugs not checked for interactions (1): アムロジピン"]
    assert grave(story, 5, "unread") is INFO
    for n in range(5):
        story.drug(4, "other", name=f"drug {n}")
    assert words(story, 5, "unread")[0].endswith("(7): アムロジピン / sivelestat / drug 0 / drug 1 / drug 2 / ...")


@pytest.mark.parametrize(
    ("drug", "dose", "told"),
    [
        ("csa", None, True),
        ("tac", None, True),
        ("ivcy", None, True),
        ("gc", "20", True),
        ("gc", "19.9", False),
        ("gc", None, True),  # not known whether it is less
        ("aza", None, False),
    ],
)
def test_85_unread_names_matter_beside_drugs_that_interact_with_much(drug: str, dose: str | None, told: bool) -> None:
    amount = {"dose": Decimal(dose), "unit": "mg/day"} if dose else {}
    story = Story().drug(0, drug, **amount).drug(2, "other", name="drug X")
    assert (found(story, 5, "unread") is not None) is told


# -- leading ----------------------------------------------------------------------------------------------------------


def test_105_the_interaction_stands_before_what_it_explains() -> None:
    story = csa(csa(with_csa(), 9, "331"), 12, "438")
    critical = [x.rule for x in examine(RULES, story.snapshot(12)).issues if x.severity is CRITICAL]
    assert critical[0] == "INTERACTION"
    assert "CSA_HIGH" in critical


def test_105_a_course_opens_at_the_start_and_closes_with_the_level_that_followed() -> None:
    story = csa(csa(with_csa(stop=10), 8, "331"), 20, "220")
    (alert,) = course_of_alerts(story, 22, "INTERACTION")
    assert (alert.subject, alert.opened_on.isoformat()) == ("clarithromycin", "2024-03-06")
    assert alert.closed_at == moment(20)
    assert [x[1] for x in alert.history] == [CRITICAL, WARNING]


def test_105_nothing_is_looked_for_where_no_drug_of_the_table_is_given() -> None:
    assert issues("INTERACTION", Story().snapshot(3)) == {}
    assert issues("INTERACTION", Story().drug(0, "csa").drug(0, "gc").drug(0, "ivcy").snapshot(3)) == {}


def test_105_an_inducer_of_the_drug_and_of_glucocorticoid_is_one_alert() -> None:
    story = acute().drug(0, "gc").drug(0, "tac").drug(5, "rifampicin")
    assert list(issues("INTERACTION", story.snapshot(5))) == ["rifampicin"]
    assert TABLE["rifampicin"] == (INDUCER, INDUCER_OF_GC)
    assert len(words(story, 5, "rifampicin")) == 3


# -- potassium on day 3 -----------------------------------------------------------------------------------------------


def potassium_overdue(story: Story, day: Day) -> bool:
    return "potassium" in issues("OVERDUE", story.snapshot(day))


@pytest.mark.parametrize("drug", [x for x, effects in TABLE.items() if any(y.potassium for y in effects)])
def test_105_potassium_on_day_3_is_overdue_on_day_5_whatever_raises_it(drug: str) -> None:
    story = Story().drug(0, "csa").drug(5, drug, route=ROUTES.get(drug)).test(4, "potassium", "4.0")
    assert [potassium_overdue(story, day) for day in (8, 9, 10)] == [False, False, True]


@pytest.mark.parametrize(("day", "answers"), [(6, False), (7, True), (8, True)])
def test_105_potassium_of_the_day_before_day_3_will_do(day: int, answers: bool) -> None:
    story = Story().drug(0, "tac").drug(5, "arb").test(day, "potassium", "4.0")
    assert potassium_overdue(story, 10) is not answers


def test_105_potassium_on_day_3_is_asked_for_while_both_are_given_and_after_the_newest_start() -> None:
    def story(stop: int | None = None) -> Story:
        return Story().drug(0, "csa").drug(5, "arb", stop=stop).test(4, "potassium", "4.0")

    assert potassium_overdue(story(), 10)
    assert not potassium_overdue(story(9), 10)
    assert not potassium_overdue(Story().drug(0, "gc").drug(5, "arb").test(4, "potassium", "4.0"), 10)
    again = story().test(8, "potassium", "4.0").drug(10, "tmp_smx")
    assert [potassium_overdue(again, day) for day in (14, 15)] == [False, True]


def test_105_potassium_on_day_3_is_not_asked_for_of_the_time_before_the_patient_was_first_seen() -> None:
    def story(begun: int) -> Story:
        told = Story().dyspnoea(0, True, "worse").drug(-200, "csa").drug(begun, "arb")
        return told.test(0, "wbc", "6000")

    due = [x for x in due_tests(Situation(story(-120).snapshot(1))) if x.code == "potassium"]
    assert [(x.due, x.how.text) for x in due] == [(moment(28).date(), "every 4 weeks")]
    due = [x for x in due_tests(Situation(story(-2).snapshot(1))) if x.code == "potassium"]
    assert [str(x.due) for x in due] == [str(moment(1).date())]


def test_103_a_trough_low_by_design_beside_an_interaction_carries_the_mark_of_its_source() -> None:
    story = Story().drug(0, "csa", route="oral").drug(1, "clarithromycin")
    story.test(4, "csa", "100", route="oral", timing="trough").test(4, "csa", "1300", route="oral", timing="c2")
    issue = found(story, 5, "clarithromycin")
    assert issue
    assert {x.basis for x in issue.reasons if "by design" in say(x)} == {"L2"}
