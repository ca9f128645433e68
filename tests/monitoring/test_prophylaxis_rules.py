"""PROPHYLAXIS_MISSING: how grave, since when, what ends it; conditions: tests/patients/clinical/test_prophylaxis.py."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitoring.engine import Severity
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
