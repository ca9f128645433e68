"""Which version of a fact stands: specification 12 (45); and results whose time of sampling was perhaps moved (84)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patients.clinical.facts import Measurement, Unreadable, WithoutValue
from patients.clinical.moved import moved
from patients.clinical.versions import (
    CANCELLED,
    CORRECTED,
    FINAL,
    PRELIMINARY,
    SAMPLED_AT,
    Version,
    in_standing_order,
    left_out,
    named_result,
    standing,
    standing_of,
)
from tests.story import Day, Story, moment


def told(*versions: tuple, on: Day = 0) -> list[Version]:
    """(value, known, status) of one identity, in the order of arrival."""
    story = Story()
    for value, known, status in versions:
        story.ferritin(on, value, known=known, id="a", cancelled=status == CANCELLED, status=status)
    return story.versions


def value_of(versions: list[Version], day: Day = 30) -> str | None:
    facts = standing(versions, moment(day))
    return str(facts[0].quantity) if facts else None


@pytest.mark.parametrize(
    ("versions", "stands"),
    [
        ([("1", 1, FINAL), ("2", 2, FINAL)], "2"),
        ([("2", 2, FINAL), ("1", 1, FINAL)], "2"),  # by when it was known, not by arrival
        ([("1", 1, FINAL), ("2", 1, FINAL)], "2"),  # of one place the one that arrived last
        ([("1", 1, CORRECTED), ("2", 1, FINAL)], "1"),
        ([("1", 1, FINAL), ("2", 1, CANCELLED)], None),
        ([("1", 1, CANCELLED), ("2", 1, CORRECTED)], None),
        ([("1", 1, FINAL), ("2", 2, PRELIMINARY)], "1"),
        ([("1", 1, CORRECTED), ("2", 2, PRELIMINARY)], "1"),
        ([("1", 1, PRELIMINARY), ("2", 2, PRELIMINARY)], "2"),
        ([("1", 1, FINAL), ("2", 2, CANCELLED), ("3", 3, FINAL)], "3"),
    ],
)
def test_45_the_version_that_stands(versions, stands: str | None) -> None:
    assert value_of(told(*versions)) == stands


@pytest.mark.parametrize(("day", "stands"), [("2T23:59", "1"), (3, "2")])
def test_a_version_stands_from_the_moment_at_which_it_is_known(day: Day, stands: str) -> None:
    assert value_of(told(("1", 1, FINAL), ("2", 3, FINAL)), day) == stands


def test_what_stands_knows_since_when_the_fact_was_known_and_whether_it_was_corrected() -> None:
    (once,) = standing(told(("1", 2, FINAL)), moment(9))
    assert (once.first_known, once.corrected) == (moment(2), False)
    (twice,) = standing(told(("1", 2, FINAL), ("2", 5, FINAL)), moment(9))
    assert (twice.first_known, twice.known, twice.corrected) == (moment(2), moment(5), True)


def test_a_fact_told_once_says_so_whatever_it_brought() -> None:
    (version,) = told(("1", 2, FINAL))
    for brought in ({"first_known": moment(1)}, {"corrected": True}):
        found = standing_of([replace(version, fact=replace(version.fact, **brought))])
        assert (found.first_known, found.corrected) == (moment(2), False)
    assert standing_of([version]) is version.fact


@pytest.mark.parametrize("others", [(), (("2", 1, FINAL),)])
def test_a_result_without_a_value_stands_for_no_value_and_hides_what_it_replaced(others) -> None:
    *earlier, last = told(*others, ("1", 2, FINAL))
    stands = standing_of([*earlier, replace(last, details={"value": None, "typed_value": "haemolysed"})])
    assert isinstance(stands, WithoutValue)
    assert (stands.id, stands.code, stands.why) == (last.fact.id, "ferritin", "haemolysed")
    assert standing_of([*earlier, replace(last, details={"value": None}, cancelled=True)]) is None
    assert standing_of([*earlier, replace(last, details={"value": "1"})]) is not None
    assert standing_of([*earlier, replace(last, details={"order_id": None})]) is not None


def test_what_a_version_says_of_itself() -> None:
    (version,) = told(("1", 2, FINAL))
    assert (version.status, version.place, version.says_when, version.silent) == (FINAL, moment(2), True, False)
    placed = replace(version, status_sent=CORRECTED, placed=moment(5), dated=False)
    assert (placed.status, placed.place, placed.says_when) == (CORRECTED, moment(5), False)
    assert replace(version, cancelled=True).status == CANCELLED
    (at_once,) = told(("1", 0, FINAL))
    assert not at_once.says_when
    (onset,) = Story().onset(0).versions
    assert onset.status == FINAL


def test_the_versions_of_one_identity_in_the_order_in_which_they_stand() -> None:
    versions = told(("1", 5, FINAL), ("2", 1, FINAL), ("3", 9, PRELIMINARY))
    assert [str(x.fact.quantity) for x in in_standing_order(versions)] == ["3", "2", "1"]
    assert in_standing_order(versions[:1]) == versions[:1]


def test_entries_that_cannot_be_read_are_left_out_and_told() -> None:
    story = Story().ferritin(0, "5").add(Unreadable, 1, kind="measurement", known=3)
    assert [x.kind for x in left_out(story.versions, moment(3))] == ["measurement"]
    assert left_out(story.versions, moment(2)) == ()
    assert left_out(Story().ferritin(0, "5").versions, moment(3)) == ()


# -- (84): moved? -----------------------------------------------------------------------------------------------------


def named(*results: tuple[Day, str], name: str = "lab 7") -> set[str]:
    """Results of one id, sampled then, with this status: which of them are marked."""
    story = Story()
    for at, status in results:
        story.ferritin(at, "500", known=9, id=f"{name}{SAMPLED_AT}{at}" if name else f"{at}", status=status)
    return set(moved(story.versions))


@pytest.mark.parametrize(
    ("results", "marked"),
    [
        ([("0T08:00", FINAL), ("1T08:00", CORRECTED)], {"1", "2"}),
        ([("0T08:00", FINAL), ("1T08:01", CORRECTED)], set()),
        ([("1T08:00", CORRECTED), ("0T08:00", FINAL)], {"1", "2"}),
        ([("0T08:00", FINAL), ("0T09:00", FINAL)], set()),
        ([("0T08:00", CORRECTED)], set()),
    ],
)
def test_84_a_correction_within_24_hours_under_one_id_is_marked_with_the_other(results, marked) -> None:
    assert named(*results) == marked


def test_84_results_that_their_sender_does_not_name_are_never_moved() -> None:
    assert named(("0T08:00", FINAL), ("0T09:00", CORRECTED), name="") == set()
    assert named_result(f"a{SAMPLED_AT}b{SAMPLED_AT}c") == f"a{SAMPLED_AT}b"
    assert named_result("plain") == ""


def test_a_measurement_is_final_and_unconfirmed_unless_told() -> None:
    (fact,) = (x.fact for x in Story().ferritin(0, "5").versions)
    assert isinstance(fact, Measurement)
    assert (fact.status, fact.confirmed, fact.corrected, fact.typed) == ("final", None, False, "")
