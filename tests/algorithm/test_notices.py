"""Conflicts, flags and readings shown at a node; none of them changes the path."""

from __future__ import annotations

from decimal import Decimal

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.literature.notices import FINDERS, notices
from patients.clinical.facts import Unreadable
from patients.clinical.reasons import say
from patients.clinical.snapshot import Settings
from tests.algorithm.courses import at_risk, chronic, no_risk, on_t1, on_t3, walked
from tests.story import Story

CASES = {
    "fvc_for_vc": (no_risk().test(0, "fvc", "2.2"), no_risk().test(0, "vc", "2.2")),
    "percent_predicted": (no_risk().test(0, "fvc_pp", "80").test(4, "fvc_pp", "70"), no_risk().test(0, "fvc_pp", "80")),
    "ars_in_acute": (no_risk().antibody(0, "anti_jo1", "positive"), chronic().antibody(0, "anti_jo1", "positive")),
    "ferritin_second": (no_risk().ferritin(1, "1500"), no_risk().ferritin(1, "1499.9")),
    "low_ck": (no_risk("DM").test(0, "ck", "499"), no_risk("DM").test(0, "ck", "500")),
    "hypomyopathic": (no_risk("hypomyopathic_DM"), no_risk("ADM")),
    "provisional": (no_risk().diagnosis(1, "ADM", provisional=True), no_risk("ADM")),
    "amyopathic_without_mda5": (no_risk("ADM"), no_risk("DM")),
    "pm_with_factor": (no_risk("PM").ferritin(1, "1001"), no_risk("PM")),
    "dm_with_factor": (no_risk("DM").pao2(1, "55"), no_risk("DM")),
    "pm_with_mda5": (no_risk("PM").mda5(1, "positive"), no_risk("DM").mda5(1, "positive")),
    "oxygen": (no_risk().pao2(1, "60", "0.4").test(1, "spo2", "93"), no_risk().test(1, "spo2", "93")),
    "mda5_contradiction": (no_risk().titre(4, "3040"), no_risk().titre(4, "31", "MESACUP")),
    "pregnancy": (no_risk().finding(1, "pregnancy", True), no_risk().finding(1, "pregnancy", False)),
    "left_out": (no_risk().add(Unreadable, 0, kind="measurement"), no_risk()),
    "mda5_in_chronic": (chronic().mda5(0, "positive"), chronic().mda5(0, "negative")),
    "variant": (at_risk().drug(1, "gc").drug(1, "tac").drug(1, "ivcy"), on_t3()),
    "against_judgement": (
        on_t1().judged(3, "improved").ferritin(4, "900"),
        on_t1().judged(3, "improved").ferritin(4, "399"),
    ),
}


def codes(story: Story) -> list[str]:
    return [x.code for x in notices(story.snapshot(5))]


@pytest.mark.parametrize("code", CASES)
def test_notice_appears_where_it_applies_and_only_there(code: str) -> None:
    there, absent = CASES[code]
    assert code in codes(there)
    assert code not in codes(absent)


@pytest.mark.parametrize("code", CASES)
def test_notice_can_be_said_and_stands_at_a_node_of_the_chart(code: str) -> None:
    for notice in notices(CASES[code][0].snapshot(5)):
        assert say(notice.reason)
        assert notice.node in CURRENT.by_id
        assert notice.reason.basis in "SLJ"


def test_55_pregnancy_is_noted_at_t2_and_t3_and_ends_with_it() -> None:
    story = no_risk().finding(1, "pregnancy", True)
    told = [x for x in notices(story.snapshot(5)) if x.code == "pregnancy"]
    assert [(x.node, x.reason.basis) for x in told] == [("T2", "L"), ("T3", "L")]
    assert say(told[0].reason).endswith("cyclophosphamide and mycophenolate are teratogenic")
    assert "pregnancy" not in codes(story.finding(3, "pregnancy", False))


@pytest.mark.parametrize("fio2", ["0.4", None])
def test_oxygen_of_a_saturation_is_said(fio2: str | None) -> None:
    told_as = {"fio2": Decimal(fio2)} if fio2 else {"flow": Decimal(2), "device": "nasal_cannula"}
    story = no_risk().pao2(1, "60", "0.4").test(1, "spo2", "93", **told_as)
    (told,) = [x for x in notices(story.snapshot(5)) if x.code == "oxygen"]
    assert ("FiO2 0.4" if fio2 else "2 L/min (nasal cannula)") in say(told.reason)


def test_ck_below_500_never_routes() -> None:
    assert walked(no_risk("DM").test(0, "ck", "100")).step == "T2"


def test_ck_flag_is_for_dm_not_pm() -> None:
    assert "low_ck" not in codes(no_risk("PM").test(0, "ck", "100"))


def test_every_finder_has_a_case() -> None:
    assert len(FINDERS) + 1 == len(CASES)  # one finder says either of two conflicts


@pytest.mark.parametrize(("day", "told"), [(90, True), (91, False)])
def test_percent_predicted_is_compared_within_90_days(day: int, told: bool) -> None:
    story = no_risk().test(0, "fvc_pp", "80").test(80, "fvc_pp", "70")
    assert ("percent_predicted" in [x.code for x in notices(story.snapshot(day))]) is told


@pytest.mark.parametrize(("day", "against"), [(4, False), (5, True)])
def test_against_judgement_from_the_day_of_the_judgement_on(day: int, against: bool) -> None:
    for worse in (on_t1().dyspnoea(f"{day}T08:00", True, "worse"), on_t1().hrct(f"{day}T08:00", change="increased")):
        story = worse.judged("5T12:00", "improved")
        assert ("against_judgement" in codes(story)) is against


@pytest.mark.parametrize(
    ("code", "story"),
    [
        ("fvc_for_vc", no_risk().test(0, "fvc", "2.2").test(1, "vc", "2.2")),
        ("fvc_for_vc", no_risk()),
        ("percent_predicted", no_risk().test(0, "fvc_pp", "80").test(4, "fvc_pp", "<70")),
        ("ars_in_acute", no_risk().antibody(0, "anti_jo1", "negative")),
        ("low_ck", Story().onset(0).test(0, "ck", "100")),
        ("low_ck", no_risk("ASyS").test(0, "ck", "100")),
        ("low_ck", no_risk("DM")),
        ("amyopathic_without_mda5", chronic().diagnosis(0, "ADM").mda5(0, "negative")),
        ("amyopathic_without_mda5", Story().onset(0).diagnosis(0, "ADM")),
        ("pm_with_factor", chronic().diagnosis(0, "PM").ferritin(0, "2000")),
        ("pm_with_factor", no_risk("PM").ferritin(1, "2000").mda5(2, "positive")),
        ("dm_with_factor", no_risk("ADM").ferritin(1, "2000")),
        ("dm_with_factor", Story().onset(0).diagnosis(0, "DM").ferritin(1, "2000")),
        ("dm_with_factor", chronic().diagnosis(0, "DM").mda5(0, "negative").ferritin(0, "2000")),
        ("pm_with_mda5", no_risk("PM")),
        ("pm_with_mda5", Story().onset(0).mda5(0, "positive")),
        ("oxygen", no_risk().pao2(1, "60", "0.4")),
        ("oxygen", no_risk().test(1, "spo2", "93").pao2(2, "80")),
        ("mda5_in_chronic", no_risk().mda5(1, "positive")),
        ("pregnancy", no_risk().finding(1, "pregnancy", None)),
        ("variant", no_risk()),
        ("against_judgement", on_t1().judged(3, "unchanged").ferritin(4, "900")),
        ("against_judgement", on_t1().ferritin(4, "900")),
    ],
)
def test_where_a_notice_has_nothing_to_say(code: str, story: Story) -> None:
    assert code not in codes(story)


@pytest.mark.parametrize(
    ("code", "story", "facts"),
    [
        ("fvc_for_vc", Story().onset(0).test(0, "fvc", "2.2").test(1, "fvc", "2.1"), ("3",)),
        ("ferritin_second", Story().onset(0).ferritin(0, "1600").ferritin(1, "1700").ferritin(2, "900"), ("3",)),
        ("low_ck", Story().onset(0).diagnosis(0, "DM").test(0, "ck", "600").test(1, "ck", "400"), ("4",)),
        ("ars_in_acute", Story().onset(0).antibody(0, "anti_jo1", "positive"), ("2",)),
        ("pm_with_factor", Story().onset(0).diagnosis(0, "PM").ferritin(1, "2000").pao2(1, "55"), ("2", "3", "4")),
        ("amyopathic_without_mda5", Story().onset(0).diagnosis(0, "CADM").mda5(1, "negative"), ("2", "3")),
    ],
)
def test_a_notice_names_the_facts_that_it_is_about(code: str, story: Story, facts: tuple[str, ...]) -> None:
    assert [x.reason.facts for x in notices(story.snapshot(5)) if x.code == code] == [facts]


def test_the_change_in_percent_predicted_is_from_the_first_to_the_last_in_points() -> None:
    story = no_risk().test(0, "fvc_pp", "80").test(2, "fvc_pp", "75").test(4, "fvc_pp", "70.5")
    (told,) = [x for x in notices(story.snapshot(5)) if x.code == "percent_predicted"]
    assert say(told.reason) == "FVC 80 % predicted on 1 Mar, 70.5 % on 5 Mar: -9.5 points"


@pytest.mark.parametrize(("switch", "said"), [(True, "counts as ADM: the paper"), (False, "does not count as ADM")])
def test_the_switch_for_hypomyopathic_dm_is_said(switch: bool, said: str) -> None:
    snapshot = no_risk("CADM").snapshot(5, settings=Settings(hypomyopathic_counts_as_adm=switch))
    (told,) = [x for x in notices(snapshot) if x.code == "hypomyopathic"]
    assert said in say(told.reason)


def test_a_notice_against_a_judgement_stands_at_the_question_of_its_step() -> None:
    for story, node in ((on_t1(), "N4"), (no_risk().drug(1, "gc").drug(1, "csa"), "N5"), (on_t3(), "N6")):
        found = notices(story.judged(3, "improved").ferritin(4, "9000").snapshot(5))
        assert [x.node for x in found if x.code == "against_judgement"] == [node]


def test_a_saturation_without_oxygen_told_says_no_oxygen() -> None:
    (told,) = [x for x in notices(CASES["oxygen"][0].snapshot(5)) if x.code == "oxygen"]
    assert say(told.reason) == "SpO2 93 % on 2 Mar"
    flow = no_risk().pao2(1, "60", "0.4").test(1, "spo2", "93", flow=Decimal(2))
    assert [say(x.reason) for x in notices(flow.snapshot(5)) if x.code == "oxygen"] == ["SpO2 93 % on 2 Mar"]
