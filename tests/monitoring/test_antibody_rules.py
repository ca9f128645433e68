"""KL6_RISE, SPD_RATIO, MDA5_TITRE_RISE, DISCORDANT, MDA5_WATCH, ANTIBODY_UNRESOLVED: every boundary by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitoring.engine import Issue, Severity
from monitoring.rules import BY_CODE
from patients.clinical.reasons import say
from patients.clinical.snapshot import RuleChoices, Settings
from tests.monitoring.looking import course_of_alerts, one, remarks
from tests.story import Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


def grave(found: Issue | None) -> Severity | None:
    return found.severity if found else None


def words(found: Issue | None) -> str:
    return " | ".join(say(x) for x in found.reasons) if found else ""


# -- KL6_RISE, SPD_RATIO ----------------------------------------------------------------------------------------------

TESTS = {"KL6_RISE": "kl6", "SPD_RATIO": "spd"}


def on_gc() -> Story:
    return Story().onset(0).drug(0, "gc", dose=Decimal(50), unit="mg/day")


def measured(rule: str, base: str, later: str, day: int = 20, base_day: int = 0, **more: str) -> Story:
    return on_gc().test(base_day, TESTS[rule], base).test(day, TESTS[rule], later, **more)


@pytest.mark.parametrize(
    ("rule", "base", "later", "severity"),
    [
        ("KL6_RISE", "1000", "1850", None),
        ("KL6_RISE", "1000", "1851", WARNING),
        ("KL6_RISE", "1000", "1850.1", WARNING),
        ("KL6_RISE", "1000", ">1850", WARNING),
        ("KL6_RISE", "1000", ">1200", INFO),
        ("KL6_RISE", "<500", "1300", INFO),
        ("SPD_RATIO", "100", "175", None),
        ("SPD_RATIO", "100", "175.1", WARNING),
        ("SPD_RATIO", "100", ">150", INFO),
        ("SPD_RATIO", "100", ">175", WARNING),
    ],
)
def test_20_rise_and_ratio_boundaries(rule: str, base: str, later: str, severity: Severity | None) -> None:
    found = one(rule, measured(rule, base, later).snapshot(20))
    assert grave(found) is severity
    assert not found or found.possible is (severity is INFO)


@pytest.mark.parametrize("rule", TESTS)
@pytest.mark.parametrize(
    ("base_day", "day", "told"),
    [(0, 1, True), (0, 28, True), (0, 29, False), (-14, 20, True), (-15, 20, False)],
)
def test_20_window_and_baseline_are_those_of_the_kl6_ratio(rule: str, base_day: int, day: int, told: bool) -> None:
    story = measured(rule, "400", "1900", day, base_day)
    found = one(rule, story.snapshot(day))
    assert (found is not None) is told
    assert not found or ("early" in words(found)) is (day < 14)


@pytest.mark.parametrize("rule", TESTS)
def test_20_kit_named_on_one_side_is_labelled_and_two_kits_are_not_compared(rule: str) -> None:
    assert "named on one side only" in words(one(rule, measured(rule, "400", "1900", kit="A").snapshot(20)))
    story = on_gc().test(0, TESTS[rule], "400", kit="A").test(20, TESTS[rule], "1900", kit="B")
    assert one(rule, story.snapshot(20)) is None
    assert len(remarks(rule, story.snapshot(20))) == (rule == "SPD_RATIO")  # KL6_RATIO says it of KL-6


@pytest.mark.parametrize("rule", TESTS)
def test_20_it_ends_with_a_later_value_that_is_not_above_and_with_the_next_step(rule: str) -> None:
    story = measured(rule, "400", "1900")
    assert one(rule, story.snapshot(60)) is not None
    assert one(rule, measured(rule, "400", "1900").test(40, TESTS[rule], "600").snapshot(60)) is None
    assert one(rule, measured(rule, "400", "1900").drug(30, "csa").snapshot(60)) is None
    assert one(rule, Story().test(0, TESTS[rule], "400").test(20, TESTS[rule], "1900").snapshot(20)) is None


# -- MDA5_TITRE_RISE --------------------------------------------------------------------------------------------------


def titres(before: str, after: str, kit: str | None = "MESACUP", later_kit: str | None = "MESACUP") -> Story:
    return Story().titre(0, before, kit=kit).titre(14, after, kit=later_kit)


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        ("31.9", "32", WARNING),
        ("31.9", "31.95", None),
        ("32", "47.9", None),
        ("32", "48", WARNING),
        ("100", "149.9", None),
        ("100", "150", WARNING),
        ("100", ">=150", WARNING),
        ("120", ">=150", INFO),
        (">150", ">150", None),
        (">=150", ">150", None),
        (">150", "400", INFO),
        ("<32", "40", WARNING),
        ("200", "100", None),
    ],
)
def test_25_mda5_titre_rise_boundaries(before: str, after: str, severity: Severity | None) -> None:
    assert grave(one("MDA5_TITRE_RISE", titres(before, after).snapshot(14))) is severity


def test_25_mda5_titre_rise_says_by_how_much_and_names_the_number_of_a_site() -> None:
    assert words(one("MDA5_TITRE_RISE", titres("100", "150").snapshot(14))).endswith("up by half or more")
    values = (("MDA5_TITRE_RISE.rise", Decimal(40)),)
    story = titres("100", "140").snapshot(14, settings=Settings(rules=RuleChoices(values=values)))
    assert words(one("MDA5_TITRE_RISE", story)).endswith("up by 40 % or more")


def test_25_mda5_titre_rise_of_one_kit_only() -> None:
    assert one("MDA5_TITRE_RISE", titres("40", "90", later_kit="other").snapshot(14)) is None
    (remark,) = remarks("MDA5_TITRE_RISE", titres("40", "90", later_kit="other").snapshot(14))
    assert "(kit MESACUP) and 15 Mar (kit other) not compared: the kit changed" in say(remark.reason)
    assert remarks("MDA5_TITRE_RISE", titres("40", "90", later_kit=None).snapshot(14)) == []
    assert "named on one side only" in words(one("MDA5_TITRE_RISE", titres("40", "90", later_kit=None).snapshot(14)))
    assert one("MDA5_TITRE_RISE", Story().titre(0, "90").snapshot(14)) is None
    assert one("MDA5_TITRE_RISE", titres("20", "33", "other", "other").snapshot(14)) is not None  # by half; no limit
    assert one("MDA5_TITRE_RISE", titres("31", "40", "other", "other").snapshot(14)) is None


@pytest.mark.parametrize(
    ("drug", "stop", "judged"),
    [("plasma_exchange", 7, False), ("plasma_exchange", 6, True), ("ivig", 1, False), ("csa", 7, True)],
)
def test_80_a_later_titre_after_plasma_exchange_or_ivig_is_not_judged(drug: str, stop: int, judged: bool) -> None:
    story = titres("40", "90").drug(1, drug, stop=stop)
    assert (one("MDA5_TITRE_RISE", story.snapshot(14)) is not None) is judged


@pytest.mark.parametrize(("stop", "judged"), [(-28, False), (-29, True)])
def test_80_nor_an_earlier_one_within_28_days_of_immunoglobulin(stop: int, judged: bool) -> None:
    story = titres("40", "90").drug(-33, "ivig", stop=stop)
    assert (one("MDA5_TITRE_RISE", story.snapshot(14)) is not None) is judged


def test_25_mda5_titre_rise_ends_with_the_next_sample() -> None:
    (alert,) = course_of_alerts(titres("40", "90").titre(28, "80", kit="MESACUP"), 30, "MDA5_TITRE_RISE")
    assert alert.closed_at == moment(28)


# -- DISCORDANT -------------------------------------------------------------------------------------------------------


def discordant(ferritin: tuple[str, str], titre: tuple[str, str], last: int = 14) -> Story:
    story = Story().ferritin(0, ferritin[0]).ferritin(last, ferritin[1])
    return story.titre(0, titre[0], kit="MESACUP").titre(last, titre[1], kit="MESACUP")


@pytest.mark.parametrize(
    ("ferritin", "titre", "severity"),
    [
        (("500", "600"), ("100", "80"), WARNING),
        (("500", "599.9"), ("100", "80"), None),
        (("500", "600"), ("100", "80.1"), None),
        (("500", "400"), ("100", "50"), None),
        (("500", "600"), ("100", "130"), None),
        (("500", ">600"), ("100", "80"), WARNING),
        (("500", ">550"), ("100", "80"), INFO),
    ],
)
def test_25_discordant_boundaries(ferritin: tuple[str, str], titre: tuple[str, str], severity: Severity | None) -> None:
    found = one("DISCORDANT", discordant(ferritin, titre).snapshot(14))
    assert grave(found) is severity
    assert not found or "not improving" in words(found)


@pytest.mark.parametrize(("last", "told"), [(60, True), (61, False)])
def test_25_discordant_all_four_within_60_days(last: int, told: bool) -> None:
    story = discordant(("500", "700"), ("100", "50"), last)
    assert (one("DISCORDANT", story.snapshot(last)) is not None) is told


def test_25_discordant_needs_two_of_each_and_ends_with_the_next() -> None:
    story = Story().ferritin(0, "500").ferritin(9, "900").titre(9, "50", kit="MESACUP")
    assert one("DISCORDANT", story.snapshot(9)) is None
    (alert,) = course_of_alerts(discordant(("500", "700"), ("100", "50")).ferritin(20, "640"), 22, "DISCORDANT")
    assert alert.closed_at == moment(20)
    assert one("DISCORDANT", discordant(("500", "700"), ("100", "50")).drug(12, "ivig", stop=13).snapshot(14)) is None


# -- MDA5_WATCH -------------------------------------------------------------------------------------------------------


def test_25_mda5_watch_in_a_chronic_course_is_an_event_and_info() -> None:
    story = Story().onset(-200, known=0).quiet(0).chronic(0).mda5(3, "positive")
    assert one("MDA5_WATCH", story.snapshot(2)) is None
    found = one("MDA5_WATCH", story.snapshot(4))
    assert (grave(found), found.known) == (INFO, moment(3))
    assert words(found).startswith("anti-MDA5 positive on 4 Mar, in a chronic course: it can turn acute")
    assert words(one("MDA5_WATCH", story.titre(4, "90").snapshot(4))).startswith("anti-MDA5 positive on 5 Mar")
    assert BY_CODE["MDA5_WATCH"].event
    assert found.news == found.facts  # a course that was open for a while and is chronic again is no other event


@pytest.mark.parametrize("result", ["negative", "weak_positive", "pending"])
def test_25_mda5_watch_is_silent_without_a_positive(result: str) -> None:
    assert one("MDA5_WATCH", Story().onset(-200, known=0).quiet(0).chronic(0).mda5(1, result).snapshot(4)) is None


def test_25_mda5_watch_is_silent_in_an_acute_course_and_possible_while_the_course_is_not_known() -> None:
    assert one("MDA5_WATCH", Story().dyspnoea(0, True, "worse").mda5(1, "positive").snapshot(4)) is None
    found = one("MDA5_WATCH", Story().mda5(1, "positive").snapshot(4))
    assert (grave(found), found.possible) == (INFO, True)
    assert words(found).startswith("anti-MDA5 positive on 2 Mar, the course not known: it may be acute")


# -- ANTIBODY_UNRESOLVED ----------------------------------------------------------------------------------------------


def acute() -> Story:
    return Story().dyspnoea(0, True, "worse")


@pytest.mark.parametrize(
    ("result", "at", "severity"),
    [
        ("weak_positive", "3T23:59", WARNING),
        ("weak_positive", "4T00:00", CRITICAL),
        ("indeterminate", "4T00:00", CRITICAL),
        ("pending", "4T00:00", WARNING),
        ("pending", "7T23:59", WARNING),
        ("pending", "8T00:00", CRITICAL),
        ("positive", "8T00:00", None),
        ("negative", "8T00:00", None),
    ],
)
def test_112_antibody_unresolved_is_critical_after_72_hours_or_7_days(result: str, at: str, severity) -> None:
    found = one("ANTIBODY_UNRESOLVED", acute().mda5(1, result).snapshot(at))
    assert grave(found) is severity
    assert not found or "unknown is not negative: T3 stays possible" in words(found)


@pytest.mark.parametrize(("drug", "severity"), [("gc", CRITICAL), ("tac", WARNING), ("mmf", WARNING), ("rtx", WARNING)])
def test_112_antibody_unresolved_stays_a_warning_while_more_than_gc_runs(drug: str, severity: Severity) -> None:
    story = acute().mda5(1, "weak_positive").drug(1, "gc").drug(2, drug)
    assert grave(one("ANTIBODY_UNRESOLVED", story.snapshot(9))) is severity


def test_81_a_contradiction_raises_antibody_unresolved_with_both_facts() -> None:
    story = acute().mda5(1, "negative").titre(3, "90", kit="MESACUP")
    assert one("ANTIBODY_UNRESOLVED", story.snapshot(2)) is None
    found = one("ANTIBODY_UNRESOLVED", story.snapshot(3))
    assert (grave(found), found.known, len(found.facts)) == (WARNING, moment(3), 2)
    assert "contradict each other" in words(found)


def test_112_antibody_unresolved_closes_with_a_definite_result_or_t3() -> None:
    story = acute().mda5(1, "weak_positive").mda5(9, "positive")
    (alert,) = course_of_alerts(story, 12, "ANTIBODY_UNRESOLVED")
    assert (alert.closed_at, [x[1] for x in alert.history]) == (moment(9), [WARNING, CRITICAL])
    t3 = acute().mda5(1, "weak_positive").drug(2, "gc").drug(2, "csa").drug(4, "ivcy")
    assert one("ANTIBODY_UNRESOLVED", t3.snapshot(3)) is not None
    assert one("ANTIBODY_UNRESOLVED", t3.snapshot(4)) is None


def test_112_antibody_unresolved_is_possible_while_the_course_is_not_known() -> None:
    found = one("ANTIBODY_UNRESOLVED", Story().mda5(1, "pending").snapshot(20))
    assert (grave(found), found.possible) == (INFO, True)
    assert "the course is not known" in words(found)


def test_112_antibody_unresolved_is_not_of_a_chronic_course() -> None:
    assert (
        one(
            "ANTIBODY_UNRESOLVED",
            Story().onset(-200, known=0).quiet(0).chronic(0).mda5(1, "weak_positive").snapshot(20),
        )
        is None
    )
    assert one("ANTIBODY_UNRESOLVED", acute().snapshot(20)) is None
    late = one("ANTIBODY_UNRESOLVED", Story().mda5(-9, "pending").dyspnoea(0, True, "worse").snapshot(2))
    assert (grave(late), late.known) == (WARNING, moment(0))


def test_112_a_titre_that_cannot_be_judged_does_not_answer_an_awaited_result() -> None:
    story = on_gc().dyspnoea(0, True, "worse").mda5(1, "pending")
    assert grave(one("ANTIBODY_UNRESOLVED", story.snapshot(9))) is CRITICAL
    story.titre(8, "20")
    found = one("ANTIBODY_UNRESOLVED", story.snapshot(9))
    assert grave(found) is CRITICAL
    assert "anti-MDA5 awaited since 2 Mar" in words(found)
    assert "anti-MDA5 titre 20 on 9 Mar, below 32, but without its kit it is not taken as negative" in words(found)
    assert one("ANTIBODY_UNRESOLVED", story.titre(9, "20", kit="MESACUP").snapshot(9)) is None
