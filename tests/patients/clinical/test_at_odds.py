"""Which two facts of two records do not go together: specification 12 (46)."""

from __future__ import annotations

from patients.clinical.at_odds import at_odds, pairs_at_odds
from tests.story import Story


def both(story: Story) -> list:
    return [x.fact for x in story.versions]


def odd(story: Story) -> bool:
    a, b = both(story)
    return at_odds(a, b) and at_odds(b, a)


def test_two_values_of_one_moment() -> None:
    assert odd(Story().ferritin("1T08:00", "900").ferritin("1T08:00", "999"))
    assert not odd(Story().ferritin("1T08:00", "900").ferritin("1T08:00", "900"))
    assert not odd(Story().ferritin("1T08:00", "900").ferritin("1T08:01", "999"))


def test_what_is_told_once_contradicts_at_any_time() -> None:
    assert odd(Story().diagnosis(0, "DM").diagnosis(40, "PM"))
    assert not odd(Story().diagnosis(0, "DM").diagnosis(0, "DM"))


def test_two_findings_of_one_code_and_moment() -> None:
    assert odd(Story().dyspnoea(1, True).dyspnoea(1, False))
    assert not odd(Story().dyspnoea(1, True).dyspnoea(2, False))
    assert not odd(Story().dyspnoea(1, True).finding(1, "cough", False))


def test_a_drug_on_one_day_in_both_counts_twice() -> None:
    assert odd(Story().drug(0, "csa", stop=3).drug(3, "csa"))
    assert not odd(Story().drug(0, "csa", stop=2).drug(3, "csa"))
    assert not odd(Story().drug(0, "csa").drug(3, "mmf"))


def test_only_facts_of_different_records_make_a_pair_and_the_own_one_stands_first() -> None:
    own, brought, again = both(Story().diagnosis(0, "DM").diagnosis(0, "PM").diagnosis(0, "ADM"))
    assert pairs_at_odds([own, brought], {}) == []
    assert pairs_at_odds([brought, own], {brought.id: "1"}) == [(own, brought)]
    assert pairs_at_odds([brought, again], {brought.id: "1", again.id: "1"}) == []
    assert pairs_at_odds([brought, again], {brought.id: "1", again.id: "2"}) == [(brought, again)]
