"""Cards: one cause, one card (12 (60), 13 (78), (121)); titled by what was found, told once, acknowledged as one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from monitoring.cards import MOST_OVERDUE, ORDER, Card, cards_of, finding
from monitoring.engine import Group, Severity
from monitoring.following import FOLLOWS
from monitoring.models import Alert
from monitoring.queries import AlertView, view_of
from monitoring.rules import BY_CODE, RULES, group_of
from patients.models import User

NOW = datetime(2024, 3, 10, 9, tzinfo=UTC)
CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
WHO = User(pk=7, username="sato")

# which rule belongs to which card: 12 (60) and 13 (121)
GROUPS = {
    Group.COURSE: "AS_ENTRY POOR_RISK_MET STEP_NOT_STARTED FERRITIN_HIGH ANTIBODY_UNRESOLVED",
    Group.RESPONSE: "GC_RESISTANT IMPROVEMENT_JUDGEMENT_DUE KL6_RATIO KL6_RISE SPD_RATIO FERRITIN_RISE MDA5_TITRE_RISE"
    " DISCORDANT MDA5_WATCH HYPERINFLAMMATION",
    Group.RESPIRATION: "PAO2_LOW PAO2_FALL SPO2_LOW AADO2_RISE VC_FALL HRCT_WORSE DYSPNOEA_WORSE PPF OXYGEN_NEED"
    " PNEUMOMEDIASTINUM",
    Group.LEVELS: "CSA_LOW CSA_HIGH CSA_TARGET_DELAY TAC_BAND TAC_TARGET_DELAY INTERACTION",
    Group.INFECTION: "BDG_POSITIVE BDG_WITH_KL6 CMV_ANTIGENAEMIA LYMPHOPENIA PROPHYLAXIS_MISSING SCREENING_MISSING"
    " HBV_REACTIVATION FEVER_IMMUNOSUPPRESSED",
    Group.ORGANS: "CREATININE_RISE AKI LIVER CYTOPENIA HYPERKALAEMIA HYPOKALAEMIA BLOOD_PRESSURE GLUCOSE CY_CUMULATIVE"
    " CNI_NEURO_TMA IVCY_CHECK GC_STOPPED",
    Group.OVERDUE: "OVERDUE",
}


def test_60_121_every_rule_is_on_the_card_that_the_specification_names() -> None:
    named = {code: group for group, codes in GROUPS.items() for code in codes.split()}
    wrong = {x.code: x.group for x in RULES if x.code in named and x.group != named[x.code]}
    assert wrong == {}


def test_a_rule_that_is_no_more_has_a_card_all_the_same() -> None:
    assert group_of("OF_ANOTHER_TIME") == Group.COURSE


def view(
    rule: str,
    severity: Severity = WARNING,
    subject: str = "",
    *,
    seen: bool | datetime = False,
    asleep: float | None = None,
    evidence: dict[str, str] | None = None,
    day: int = 1,
) -> AlertView:
    at = seen if isinstance(seen, datetime) else NOW if seen else None
    alert = Alert(
        rule=rule,
        rule_version=1,
        subject=subject,
        severity=severity,
        reasons=[],
        facts=[],
        evidence=[evidence] if evidence else [],
        opened_on=date(2024, 3, day),
        opened_at=datetime(2024, 3, day, tzinfo=UTC),
        value_on=date(2024, 3, day),
        acknowledged_at=at,
        acknowledged_by=WHO if at else None,
        snoozed_until=None if asleep is None else NOW + timedelta(hours=asleep),
    )
    alert._prefetched_objects_cache = {"events": Alert.objects.none()}  # type: ignore[attr-defined]
    return view_of(alert)


def value(code: str, quantity: str) -> dict[str, str]:
    return {"kind": "Measurement", "code": code, "quantity": quantity}


def cards(*views: AlertView) -> list[Card]:
    return list(cards_of(views, NOW))


def groups(*views: AlertView) -> list[str]:
    return [str(x.group) for x in cards(*views)]


# -- one cause, one card ----------------------------------------------------------------------------------------------


def test_60_alerts_of_one_group_are_one_card_with_the_highest_severity() -> None:
    (card,) = cards(view("VC_FALL"), view("PAO2_LOW", CRITICAL), view("HRCT_WORSE"))
    assert (card.severity, card.views[0].alert.rule) == (CRITICAL, "PAO2_LOW")


def test_cards_come_by_gravity_then_infection_first() -> None:
    found = groups(view("CSA_LOW", CRITICAL), view("FERRITIN_HIGH"), view("VC_FALL", CRITICAL), view("OVERDUE", INFO))
    assert found == ["respiration", "levels", "course", "overdue"]
    assert ORDER[0] == Group.INFECTION
    assert set(ORDER) == set(Group)


def test_what_waits_comes_before_what_is_snoozed_and_that_before_what_is_known() -> None:
    found = groups(view("PAO2_LOW", CRITICAL, seen=True), view("CSA_LOW", CRITICAL, asleep=1), view("FERRITIN_HIGH"))
    assert found == ["course", "levels", "respiration"]


def test_an_acknowledged_alert_does_not_lend_its_severity_to_what_waits() -> None:
    (card,) = cards(view("PAO2_LOW", CRITICAL, seen=True), view("VC_FALL"))
    assert (card.severity, card.known) == (WARNING, False)
    (known,) = cards(view("PAO2_LOW", CRITICAL, seen=True), view("VC_FALL", seen=True))
    assert (known.severity, known.known) == (CRITICAL, True)


def test_78_a_new_alert_on_an_acknowledged_card_asks_again_and_for_itself_alone() -> None:
    (card,) = cards(view("PAO2_LOW", CRITICAL, seen=True), view("VC_FALL"))
    assert [[x.alert.rule for x in unit.views] for unit in card.units] == [["VC_FALL"]]


def test_78_in_the_overdue_card_what_belongs_to_a_drug_is_acknowledged_one_by_one() -> None:
    (card,) = cards(*(view("OVERDUE", subject=x) for x in ("ferritin", "csa", "kl6", "hbv_dna", "tac")))
    assert {x.slug: len(x.views) for x in card.units} == {
        "overdue": 2,
        "overdue-csa": 1,
        "overdue-hbv_dna": 1,
        "overdue-tac": 1,
    }


def test_a_card_whose_alerts_are_all_acknowledged_has_nothing_to_say() -> None:
    (card,) = cards(view("OVERDUE", subject="csa", seen=True), view("OVERDUE", subject="kl6", seen=True))
    assert card.units == ()


@pytest.mark.parametrize(
    ("first", "second", "asleep"), [(2, 1, True), (2, None, False), (2, -1, False), (-1, -1, False)]
)
def test_a_card_is_snoozed_while_all_that_waits_is(first: float, second: float | None, asleep: bool) -> None:
    (card,) = cards(view("PAO2_LOW", asleep=first), view("VC_FALL", asleep=second))
    assert card.snoozed_until == (NOW + timedelta(hours=1) if asleep else None)


# -- its title --------------------------------------------------------------------------------------------------------


def test_60_a_card_is_titled_by_its_finding() -> None:
    (card,) = cards(view("FERRITIN_HIGH", CRITICAL, evidence=value("ferritin", "3840")))
    assert card.title == "Ferritin 3,840 ng/mL"


@pytest.mark.parametrize(("quantity", "told"), [(">3000", "> 3,000"), ("<=5", "≤ 5"), ("3840", "3,840")])
def test_a_censored_value_in_a_title_keeps_its_sign(quantity: str, told: str) -> None:
    text = finding(view("FERRITIN_HIGH", evidence=value("ferritin", quantity)))
    assert text.replace(" ", "") == f"Ferritin{told}ng/mL".replace(" ", "")


def test_a_rule_that_judges_no_value_is_called_by_its_title() -> None:
    assert finding(view("HRCT_WORSE", evidence=value("pao2", "70"))) == "HRCT abnormalities increased"
    assert finding(view("OVERDUE", subject="kl6")).startswith(BY_CODE["OVERDUE"].title)


def test_a_title_names_two_findings_and_counts_the_others() -> None:
    graver = (view("PAO2_LOW", CRITICAL, evidence=value("pao2", "55")), view("DYSPNOEA_WORSE", CRITICAL))
    (card,) = cards(*graver, view("HRCT_WORSE", CRITICAL), view("VC_FALL"))
    assert card.title.endswith(", 1 more")
    assert card.title.startswith("PaO2 55")


def test_a_title_of_late_tests_names_the_first_of_them() -> None:
    tests = ("ferritin", "kl6", "crp", "ldh", "spo2", "pao2")
    (card,) = cards(*(view("OVERDUE", subject=x) for x in tests))
    assert card.title.startswith("6 overdue: ")
    assert card.title.endswith(f", {len(tests) - MOST_OVERDUE} more")


# -- told once --------------------------------------------------------------------------------------------------------


def test_60_a_ferritin_is_told_once_and_not_by_two_rules() -> None:
    (card,) = cards(
        view("FERRITIN_HIGH", CRITICAL, evidence=value("ferritin", "3840")),
        view("POOR_RISK_MET", CRITICAL, "ferritin", evidence=value("ferritin", "3840")),
        view("POOR_RISK_MET", CRITICAL, "mda5"),
    )
    told = [(x.alert.rule, x.alert.subject) for line in card.by_rule for x in line.views]
    assert sorted(told) == [("FERRITIN_HIGH", ""), ("POOR_RISK_MET", "mda5")]
    assert card.title.count("erritin") == 1
    assert len(card.units[0].views) == 3, "it is signed with the card"


def test_a_ferritin_factor_alone_is_told() -> None:
    (card,) = cards(view("POOR_RISK_MET", CRITICAL, "ferritin"))
    assert [x.alert.subject for line in card.by_rule for x in line.views] == ["ferritin"]
    assert card.title.endswith("erritin")


def test_the_factors_of_poor_risk_stand_below_their_title_once() -> None:
    (card,) = cards(*(view("POOR_RISK_MET", CRITICAL, x) for x in ("adm", "mda5", "hrct")), view("STEP_NOT_STARTED"))
    assert [(x.title != "", len(x.views)) for x in card.by_rule] == [(True, 3), (False, 1)]


def test_who_acknowledged_a_card_in_one_minute_is_named_once() -> None:
    (card,) = cards(view("PAO2_LOW", seen=NOW), view("VC_FALL", seen=NOW + timedelta(seconds=20)))
    assert [len(x.views) for x in card.seen] == [0]
    (card,) = cards(view("PAO2_LOW", seen=NOW), view("VC_FALL", seen=NOW + timedelta(hours=1)))
    assert [len(x.views) for x in card.seen] == [1, 1]


def test_a_ferritin_that_is_only_possibly_high_does_not_hide_the_factor() -> None:
    possible = view("FERRITIN_HIGH", INFO, evidence=value("ferritin", ">800"))
    possible.alert.possible = True
    (card,) = cards(possible, view("POOR_RISK_MET", CRITICAL, "ferritin", evidence=value("ferritin", "1240")))
    assert ("POOR_RISK_MET", "ferritin") in [
        (x.alert.rule, x.alert.subject) for line in card.by_rule for x in line.views
    ]
    assert card.title == "Ferritin 1,240 ng/mL"


def test_a_ferritin_that_was_acknowledged_does_not_hide_a_factor_that_waits() -> None:
    (card,) = cards(view("FERRITIN_HIGH", CRITICAL, seen=True), view("POOR_RISK_MET", CRITICAL, "ferritin"))
    assert len([x for line in card.by_rule for x in line.views]) == 2


def test_what_usually_follows_is_told_of_rules_that_there_are() -> None:
    assert FOLLOWS.keys() <= BY_CODE.keys()
    assert {"SPO2_LOW", "CSA_LOW", "BDG_WITH_KL6", "OXYGEN_NEED"} <= FOLLOWS.keys()
