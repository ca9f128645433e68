"""PROPHYLAXIS_MISSING: how grave, since when, what ends it; conditions: tests/patients/clinical/test_prophylaxis.py."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitoring.engine import Severity
from patients.clinical import facts as f
from patients.clinical.reasons import say
from tests.monitoring.looking import course_of_alerts, one
from tests.story import Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


def gc(mg: str = "50") -> Story:
    return Story().drug(0, "gc", dose=Decimal(mg), unit="mg/day")


def triple() -> Story:
    return gc().drug(0, "csa").drug(0, "ivcy", stop=0)


@pytest.mark.parametrize(("day", "severity"), [(0, WARNING), (6, WARNING), (7, CRITICAL)])
def test_100_triple_therapy_is_critical_from_day_7(day: int, severity: Severity) -> None:
    found = one("PROPHYLAXIS_MISSING", triple().snapshot(day))
    assert found
    assert (found.severity, found.known) == (severity, moment(0))


@pytest.mark.parametrize(("day", "severity"), [(2, None), (3, WARNING), (6, WARNING), (7, CRITICAL)])
def test_100_anti_mda5_is_critical_from_day_7(day: int, severity: Severity | None) -> None:
    found = one("PROPHYLAXIS_MISSING", gc("15").mda5(-4, "positive").snapshot(day))
    assert (found.severity if found else None) is severity


def test_100_other_conditions_stay_a_warning() -> None:
    for story in (gc("15").drug(0, "mmf"), gc("30"), gc("20")):
        found = one("PROPHYLAXIS_MISSING", story.snapshot(60))
        assert found
        assert found.severity is WARNING


def test_100_a_dose_that_is_not_known_is_possible() -> None:
    found = one("PROPHYLAXIS_MISSING", Story().drug(0, "gc").drug(0, "tac").snapshot(9))
    assert found
    assert (found.severity, found.possible) == (INFO, True)


def test_100_it_is_known_from_the_day_from_which_it_is_asked_for() -> None:
    found = one("PROPHYLAXIS_MISSING", gc("20").drug(0, "mmf").snapshot(9))
    assert found
    assert (found.known, str(found.on)) == (moment(3), "2024-03-04")
    late = one("PROPHYLAXIS_MISSING", gc("20").mda5(0, "positive", known="5T10:00").snapshot(9))
    assert late
    assert late.known == moment(8)


def test_100_it_closes_when_given_and_fires_anew_when_stopped() -> None:
    story = triple().drug(2, "tmp_smx", stop=20)
    first, second = course_of_alerts(story, 22, "PROPHYLAXIS_MISSING")
    assert (first.open, first.closed_at) == (False, moment(2))
    assert (second.open, str(second.opened_on), second.severity) == (True, "2024-03-22", CRITICAL)
    assert [say(x) for x in second.reasons][1:] == ["trimethoprim-sulfamethoxazole was stopped on 21 Mar"]


def test_68_drugs_for_another_disease_count() -> None:
    story = gc("20").drug(-400, "tac", indication="other")
    assert one("PROPHYLAXIS_MISSING", story.snapshot(3)) is not None


@pytest.mark.parametrize(("name", "missing"), [("Bactrim", False), ("バクタ配合錠", False), ("Bactroban", True)])
def test_85_prophylaxis_that_is_kept_by_its_name_is_prophylaxis(name: str, missing: bool) -> None:
    story = triple().drug(2, "other", name=name)
    assert (one("PROPHYLAXIS_MISSING", story.snapshot(8)) is not None) is missing
    ended = one("PROPHYLAXIS_MISSING", triple().drug(2, "other", name=name, stop=20).snapshot(22))
    assert ended
    stopped = "trimethoprim-sulfamethoxazole was stopped on 21 Mar"
    assert [say(x) for x in ended.reasons][1:] == ([] if missing else [stopped])


@pytest.mark.parametrize(("day", "missing"), [(37, False), (38, True)])
def test_68_a_dose_of_pentamidine_by_its_name_covers_35_days_too(day: int, missing: bool) -> None:
    story = triple().drug(2, "other", name="Pentamidine isethionate", stop=2)
    assert (one("PROPHYLAXIS_MISSING", story.snapshot(day)) is not None) is missing


# -- decided that none is given ---------------------------------------------------------------------------------------

DECIDED = "prophylaxis is not given, decided on 5 Mar: sulfa allergy; instead: %s"


def told(story: Story, day: int) -> tuple[Severity | None, list[str]]:
    found = one("PROPHYLAXIS_MISSING", story.snapshot(day))
    return (found.severity, [say(x) for x in found.reasons]) if found else (None, [])


@pytest.mark.parametrize(("day", "severity"), [(3, WARNING), (4, INFO), (7, INFO), (12, INFO)])
def test_100_a_decision_not_given_makes_it_info_that_names_the_alternative(day: int, severity: Severity) -> None:
    found, reasons = told(triple().without_prophylaxis(4, "watched"), day)
    assert found is severity
    assert (DECIDED % "no drug, watched closely" in reasons) is (severity is INFO)


@pytest.mark.parametrize(("day", "severity"), [(7, INFO), (8, CRITICAL)])
def test_100_an_alternative_that_is_not_given_three_days_later_opens_it_again(day: int, severity: Severity) -> None:
    found, reasons = told(triple().without_prophylaxis(4, "atovaquone"), day)
    assert found is severity
    assert ("atovaquone was decided on instead on 5 Mar, and is not recorded as given" in reasons) is (day == 8)


@pytest.mark.parametrize(("day", "severity"), [(3, WARNING), (5, None), (20, None), (21, CRITICAL)])
def test_100_it_is_closed_while_the_alternative_runs_and_opens_when_it_stops(
    day: int, severity: Severity | None
) -> None:
    story = triple().without_prophylaxis(4, "atovaquone").drug(5, "atovaquone", stop=20)
    found, reasons = told(story, day)
    assert found is severity
    assert ("atovaquone was stopped on 21 Mar" in reasons) is (day == 21)


@pytest.mark.parametrize(("begun", "severity"), [(4, INFO), (5, CRITICAL)])
def test_100_another_condition_that_begins_after_the_decision_opens_it_again(begun: int, severity: Severity) -> None:
    story = gc("20").drug(0, "csa").drug(begun, "ivcy", stop=begun).without_prophylaxis(4, "watched")
    found, reasons = told(story, 12)
    assert found is severity
    assert ("more asks for it than when it was decided on 5 Mar that none is given" in reasons) is (begun == 5)


@pytest.mark.parametrize(("decided", "severity"), [(4, INFO), (0, INFO)])
@pytest.mark.parametrize("day", [26, 27])
def test_100_days_of_a_dose_that_was_given_when_it_was_decided_open_nothing(decided, severity, day) -> None:
    assert told(gc("20").drug(0, "mmf").without_prophylaxis(decided, "watched"), day)[0] is severity
    assert told(triple().without_prophylaxis(4, "watched"), day - 14)[0] is severity


@pytest.mark.parametrize(("day", "severity"), [(17, INFO), (18, WARNING)])
def test_100_fourteen_days_of_a_dose_that_was_raised_after_it_was_decided_do(day: int, severity: Severity) -> None:
    story = gc("15").drug(0, "mmf").without_prophylaxis(2, "watched")
    story.drug(5, "gc", dose=Decimal(50), unit="mg/day")
    assert told(story, day)[0] is severity


def test_100_what_was_told_only_later_was_there_when_it_was_decided() -> None:
    story = gc("15").drug(0, "mmf").without_prophylaxis(0, "watched")
    assert [told(story, x)[0] for x in (2, 3, 9)] == [None, INFO, INFO]


@pytest.mark.parametrize(("day", "severity"), [(4, INFO), (5, WARNING), (6, INFO)])
def test_100_the_newest_decision_counts(day: int, severity: Severity) -> None:
    story = (
        gc("15").drug(0, "mmf").without_prophylaxis(1, "atovaquone").without_prophylaxis(6, "watched", reason="G6PD")
    )
    assert told(story, day)[0] is severity


@pytest.mark.parametrize(("decided", "severity"), [(8, INFO), (7, CRITICAL)])
def test_100_a_decision_on_the_day_on_which_prophylaxis_was_stopped_is_about_that(
    decided: int, severity: Severity
) -> None:
    story = triple().drug(2, "tmp_smx", stop=8).without_prophylaxis(decided, "watched", reason="rash")
    assert told(story, 10)[0] is severity


def test_100_a_decision_about_a_step_says_nothing_of_prophylaxis() -> None:
    story = triple().add(f.Decision, 4, step="T3", accepted=False, reason="sulfa allergy")
    assert told(story, 9)[0] is CRITICAL


def test_100_a_gap_in_what_asks_ends_the_decision() -> None:
    story = (
        Story().drug(0, "gc", dose=Decimal(20), unit="mg/day", stop=10).drug(0, "mmf").without_prophylaxis(4, "watched")
    )
    story.drug(20, "gc", dose=Decimal(20), unit="mg/day")
    assert [told(story, x)[0] for x in (9, 15, 23)] == [INFO, None, WARNING]


def test_100_the_card_goes_to_info_and_becomes_graver_when_it_opens_again() -> None:
    story = gc("20").drug(0, "csa").drug(6, "ivcy", stop=6).without_prophylaxis(4, "watched")
    states = course_of_alerts(story, 14, "PROPHYLAXIS_MISSING")
    assert [(x.open, x.severity) for x in states][-1] == (True, CRITICAL)
