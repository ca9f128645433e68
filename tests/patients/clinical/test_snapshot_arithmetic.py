"""What a Snapshot takes in, what it says of days and age, and how it is turned back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from patients.clinical.facts import Measurement
from patients.clinical.growing import Grown
from patients.clinical.snapshot import Snapshot, freeze, from_day, latest, once, rewind
from patients.clinical.versions import standing
from tests.story import Day, Story, moment


def values(snapshot: Snapshot) -> list[str]:
    return [str(x.quantity) for x in snapshot.measurements]


@pytest.mark.parametrize(
    ("as_of", "known_at", "seen", "ahead"),
    [
        ("2T10:00", "5T10:00", ["1", "2"], []),
        ("2T09:59", "5T10:00", ["1"], ["5T10:00"]),  # about a later time
        ("2T10:00", "5T09:59", ["1"], ["5T10:00"]),  # not yet known
        ("1T23:59", "1T23:59", ["1"], ["5T10:00"]),
    ],
)
def test_a_snapshot_holds_what_was_known_about_times_up_to_its_moment(as_of: Day, known_at: Day, seen, ahead) -> None:
    facts = standing(Story().ferritin(0, "1").ferritin("2T10:00", "2", known="5T10:00").versions, moment(9))
    snapshot = freeze(facts, as_of=moment(as_of), known_at=moment(known_at))
    assert values(snapshot) == seen
    assert snapshot.ahead == tuple(map(moment, ahead))


@pytest.mark.parametrize(("day", "stop", "ahead"), [(4, None, True), (5, 5, True), (6, 5, False)])
def test_a_last_day_still_to_come_is_not_told_and_is_ahead_until_it_is_over(day: int, stop, ahead: bool) -> None:
    snapshot = Story().drug(0, "gc", stop=5).snapshot(day)
    told = snapshot.treatments[0].stop
    assert (None if told is None else (told - moment(0).date()).days) == stop
    assert bool(snapshot.ahead) is ahead


def test_facts_of_a_kind_come_by_time_then_by_when_they_were_known_then_by_id() -> None:
    story = (
        Story().ferritin(1, "1", known=5).ferritin(1, "2", known=3).ferritin(0, "3", known=7).ferritin(1, "4", known=3)
    )
    assert values(story.snapshot(9)) == ["3", "2", "4", "1"]


@pytest.mark.parametrize(
    ("born", "age"), [(date(1954, 3, 1), 70), (date(1954, 3, 2), 69), (date(1954, 2, 28), 70), (None, None)]
)
def test_age_is_in_completed_years(born: date | None, age: int | None) -> None:
    assert freeze((), as_of=moment("0T12:00"), known_at=moment("0T12:00"), birth_date=born).age == age


@pytest.mark.parametrize(("days", "seen"), [(2, ["3"]), (3, ["2", "3"]), (9, ["1", "2", "3"]), (1, [])])
def test_within_so_many_days_holds_the_day_that_long_ago(days: int, seen: list[str]) -> None:
    snapshot = Story().ferritin(0, "1").ferritin(3, "2").ferritin("4T23:00", "3").snapshot(6)
    assert [str(x.quantity) for x in snapshot.within(snapshot.measurements, days)] == seen
    assert snapshot.within((), days) == ()
    assert snapshot.days_since(moment(3).date()) == 3


def test_of_facts_those_from_a_day_on_and_the_last() -> None:
    facts = Story().ferritin(0, "1").ferritin(3, "2").ferritin(3, "3").ferritin(5, "4").snapshot(9).measurements
    for day, count in ((-1, 4), (0, 4), (1, 3), (3, 3), (4, 1), (5, 1), (6, 0)):
        assert len(from_day(facts, moment(day).date())) == count
    assert latest(facts) is facts[-1]
    assert latest(()) is None


def test_series_findings_and_facts_are_found_by_code_and_by_id() -> None:
    snapshot = Story().ferritin(0, "1").test(1, "kl6", "2").ferritin(2, "3").finding(3, "cough", True).snapshot(9)
    assert [x.id for x in snapshot.series("ferritin")] == ["1", "3"]
    assert [x.id for x in snapshot.findings_of("cough")] == ["4"]
    assert (snapshot.series("ldh"), snapshot.findings_of("fever")) == ((), ())
    assert set(snapshot.facts_by_id) == {"1", "2", "3", "4"}
    assert [x.id for x in snapshot.all_facts] == ["1", "2", "3", "4"]
    assert isinstance(snapshot.facts_by_id["1"], Measurement)


@pytest.mark.parametrize(("at", "seen"), [("2T00:00", ["1"]), ("4T00:00", ["1", "2", "4"]), ("3T23:59", ["1"])])
def test_turned_back_it_knows_what_was_first_known_by_then(at: Day, seen: list[str]) -> None:
    """The value of day 1 was told on day 4 and corrected on day 6; the correction stands."""
    story = (
        Story().ferritin(0, "1").ferritin(1, "9", id="a", known=4).ferritin(1, "2", id="a", known=6).ferritin(4, "4")
    )
    back = rewind(story.drug(0, "gc", stop=3).snapshot(8), moment(at))
    assert values(back) == seen
    assert back.as_of == moment(at)
    assert (back.treatments[0].stop is None) is (at == "2T00:00")


def test_values_of_one_moment_are_noted_by_test() -> None:
    story = (
        Story().ferritin(0, "1").ferritin(1, "2").ferritin(1, "3").test(1, "kl6", "4").ferritin(1, "5").ferritin(2, "6")
    )
    assert [[x.id for x in same] for same in story.snapshot(9).at_one_moment] == [["2", "3", "5"]]


def test_a_question_is_answered_once_for_a_snapshot_and_what_it_asks() -> None:
    asked: list[object] = []

    @once
    def question(snapshot: Snapshot, *more: object) -> int:
        asked.append(more)
        return len(asked)

    one, other = Story().snapshot(0), Story().snapshot(1)
    assert [question(one), question(one), question(one, 1), question(one, 1), question(one, 2), question(other)] == [
        1, 1, 2, 2, 3, 4,
    ]  # fmt: skip
    assert asked == [(), (1,), (2,), ()]


def test_values_of_one_moment_are_noted_once_while_a_record_grows() -> None:
    story = (
        Story().ferritin(0, "1").ferritin(0, "2").ferritin(1, "3").ferritin(2, "4").ferritin(2, "5").ferritin(2, "6")
    )
    whole = story.snapshot(9)
    for first in (2, 3, 4, 5):
        grown = replace(whole, measurements=whole.measurements[:first], grown=Grown())
        list(grown.at_one_moment)
        later = replace(grown, measurements=whole.measurements)
        assert [[x.id for x in same] for same in later.at_one_moment] == [["1", "2"], ["4", "5", "6"]]
