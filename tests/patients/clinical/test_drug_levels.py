"""Levels of a drug: what one lacks, which hours fit it, and the runs and courses that it belongs to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from patients.clinical.drug_levels import contradicts, lacking, running_on, runs_of
from patients.clinical.reasons import say
from tests.story import Story, moment


def sentence(route, timing) -> str:
    why = lacking(route, timing)
    return say(why) if why else ""


@pytest.mark.parametrize(
    ("route", "timing", "said"),
    [
        ("oral", "trough", ""),
        ("oral", None, "not interpretable: no dose time"),
        (None, "trough", "not interpretable: no route"),
        (None, None, "not interpretable: no route, no dose time"),
    ],
)
def test_what_a_level_lacks_is_named(route, timing, said) -> None:
    assert sentence(route, timing) == said


@pytest.mark.parametrize(
    ("timing", "hours", "answer"),
    [
        ("c2", "1.4", True),
        ("c2", "1.5", False),
        ("c2", "2.5", False),
        ("c2", "2.6", True),
        ("c2", "12", True),
        ("trough", "12", False),
        ("trough", "8", False),
        ("trough", "7.9", True),
        ("trough", "0", False),
        ("trough", "0.1", True),
        ("pre_dose", "2", True),
        ("c2", None, False),
        (None, "2", False),
    ],
)
def test_hours_that_do_not_fit_the_time_of_the_level(timing, hours, answer) -> None:
    assert contradicts(timing, Decimal(hours) if hours else None) is answer


def test_a_change_of_route_and_a_pause_begin_a_run_a_new_dose_does_not() -> None:
    story = Story().drug(0, "csa", route="iv", stop=2).drug(3, "csa", route="iv", stop=5)
    story.drug(6, "csa", route="oral", stop=9).drug(12, "csa", route="oral")
    runs = list(runs_of("csa", story.snapshot(day=20).treatments))
    assert [(x.start.day, x.route, len(x.courses)) for x in runs] == [(1, "iv", 2), (7, "oral", 1), (13, "oral", 1)]
    assert [x.stop is None for x in runs] == [False, False, True]


def test_the_course_that_ran_on_a_day() -> None:
    snapshot = Story().drug(0, "csa", route="iv", stop=2).drug(3, "csa", route="oral").snapshot(day=9)
    days = [snapshot.treatments[0].day.replace(day=n) for n in (1, 3, 4)]
    found = [running_on("csa", day, snapshot.treatments) for day in days]
    assert [x.route for x in found if x] == ["iv", "iv", "oral"]
    assert running_on("tac", days[0], snapshot.treatments) is None


def test_a_run_that_ended_has_the_last_day_of_its_courses() -> None:
    story = Story().drug(0, "csa", route="iv", stop=5).drug(3, "csa", route="iv", stop=4)
    (run,) = runs_of("csa", story.snapshot(day=20).treatments)
    assert run.stop == moment(5).date()


@pytest.mark.parametrize(("day", "runs"), [(5, 1), (6, 1), (7, 2)])
def test_a_run_goes_on_to_the_day_after_the_last_of_its_courses(day: int, runs: int) -> None:
    story = Story().drug(0, "csa", route="iv", stop=5).drug(1, "csa", route="iv", stop=2).drug(day, "csa", route="iv")
    assert len(list(runs_of("csa", story.snapshot(day=20).treatments))) == runs


@pytest.mark.parametrize(("day", "runs"), [(-1, False), (0, True), (5, True), (6, False)])
def test_a_course_runs_from_its_first_day_to_its_last(day: int, runs: bool) -> None:
    snapshot = Story().drug(0, "csa", stop=5).snapshot(day=9)
    assert (running_on("csa", moment(day).date(), snapshot.treatments) is not None) is runs
