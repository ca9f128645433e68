"""When an answer of the chart became known, and by which facts. Readings (24), (35)."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.algorithm.courses import on_t1, walked
from tests.story import Story, moment


def known(story: Story, day: int) -> tuple[str | None, datetime | None]:
    indicated = walked(story, day).indicated
    return indicated.step, indicated.known_from


@pytest.mark.parametrize(("again", "since"), [("10T09:00", "12T08:00"), ("10T09:01", "10T09:01")])
def test_not_improved_is_known_from_the_first_worse_after_the_improvement(again: str, since: str) -> None:
    """What was said at the very moment of the improvement came before it."""
    story = on_t1().judged("10T09:00", "improved").judged(again, "worse").judged("12T08:00", "worse")
    assert known(story, 12) == ("T2", moment(since))


@pytest.mark.parametrize(("again", "since"), [("10T09:00", "12T08:00"), ("10T09:01", "10T09:01")])
def test_what_is_seen_on_gc_is_held_against_the_improvement_alike(again: str, since: str) -> None:
    story = on_t1().judged("10T09:00", "improved").dyspnoea(again, change="worse").judged("12T08:00", "worse")
    assert known(story, 12) == ("T2", moment(since))


# -- by which facts, and when the last or the first of them was known --------------------------------------------------


def by(story: Story, day: int = 9) -> tuple[str | None, datetime | None, tuple[str, ...]]:
    indicated = walked(story, day).indicated
    return indicated.step, indicated.known_from, indicated.facts


def acute(**onset: int) -> Story:
    return Story().onset(0, **onset)


def test_24_a_factor_counts_from_the_first_fact_that_met_it_and_is_named_by_that() -> None:
    story = acute().ferritin(1, "900").ferritin(2, "1200").ferritin(4, "1500").pao2(5, "55").pao2(6, "54")
    assert by(story) == ("T3", moment(2), ("1", "3", "5"))
    assert by(acute(known=7).ferritin(2, "1200")) == ("T3", moment(7), ("1", "2"))  # the course was known last


@pytest.mark.parametrize(("known", "since", "by_"), [(3, 3, "3"), (5, 4, "4")])
def test_24_ggo_and_consolidation_of_two_scans_count_from_the_second(known: int, since: int, by_: str) -> None:
    """And an older scan that is told late restarts no clock: the one of day 4 had met the factor by itself."""
    story = acute().hrct(1, ggo=True).hrct(2, consolidation="lower", known=known)
    assert by(story.hrct(4, ggo=True, consolidation="lower")) == ("T3", moment(since), ("1", by_))


def excluded(diagnosis: str, **mda5: int) -> Story:
    story = acute().diagnosis(0, diagnosis).ferritin(1, "300").ferritin(2, "200").hrct(3, ggo=False)
    return story.pao2(4, "80").pao2(6, "82").mda5(0, "negative", **mda5)


def test_24_that_no_factor_is_met_is_known_when_the_last_was_excluded() -> None:
    assert by(excluded("DM"))[:2] == ("T2", moment(4))
    assert by(excluded("DM", known=5)) == ("T2", moment(5), ("1", "2", "8", "3", "5", "6"))


@pytest.mark.parametrize(("before", "known"), [("DM", 0), ("ADM", 8), ("PM", 8)])
def test_24_a_diagnosis_counts_from_the_first_of_those_that_mean_the_same(before: str, known: int) -> None:
    """DM again on day 8: it excludes factor 1 and leads to T2."""
    story = acute().mda5(0, "negative").ferritin(0, "300").hrct(0, ggo=False).pao2(0, "80")
    assert by(story.diagnosis(0, before).diagnosis(8, "DM"))[:2] == ("T2", moment(known))


def test_35_unchanged_is_known_from_the_day_from_which_it_counts_or_from_when_it_was_told() -> None:
    """Glucocorticoid from day 1: day 28 of it is day 29."""
    assert by(on_t1().judged(20, "unchanged"), 29)[:2] == ("T2", moment(29))
    assert by(on_t1().judged("30T10:00", "unchanged"), 31)[:2] == ("T2", moment("30T10:00"))
    assert by(on_t1().judged(20, "unchanged", known=31), 31)[:2] == ("T2", moment(31))


def test_35_of_several_statements_of_worse_the_first_that_was_known_decides() -> None:
    story = on_t1().judged(5, "worse", known=9).judged(6, "worse", known=8).dyspnoea(4, change="worse", known=10)
    assert by(story, 12) == ("T2", moment(8), (story.versions[-2].fact.id,))


def test_35_a_fall_is_known_when_both_its_values_were() -> None:
    """PaO2 80 of day 0 against 69 of day 7."""
    story = on_t1().pao2(7, "69", known=8)
    assert by(story, 9)[:2] == ("T2", moment(8))


def test_the_running_step_counts_from_its_first_dose() -> None:
    assert by(on_t1().judged(10, "improved"), 12)[:2] == ("T1", moment(0))
    chosen = acute().drug("1T09:00", "gc").drug("2T09:00", "csa")
    assert by(chosen, 3)[:2] == ("T2", moment("2T09:00"))
