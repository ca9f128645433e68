"""Files of the field about which result is which, replayed: (45)-(47), (82)-(84), and their neighbours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from ildcare.evaluation.replay import as_json, as_of_text, replay
from patients.imports.case_file import parse
from tests.patients.imports.writing import document, event, ferritin

FIELD = Path(__file__).parents[2] / "cases" / "results"
ZONE = "Asia/Tokyo"
ONSET, DIAGNOSIS = event("respiratory_onset", "2024-03-01"), event("diagnosis", "2024-03-02", myositis="DM")


def replayed(text: str | bytes, as_of: str) -> dict[str, Any]:
    return as_json(replay(parse(text, now=datetime(2026, 1, 1, tzinfo=UTC)), as_of_text(as_of, ZONE)))


def alerts(found: dict[str, Any], rule: str) -> list[tuple[str, bool]]:
    return [(x["on"], x["open"]) for x in found["alerts"] if x["rule"] == rule]


def test_45_an_order_number_that_is_used_again_leaves_both_results() -> None:
    found = replayed((FIELD / "order-number-used-again.json").read_bytes(), "2024-03-19")
    assert (found["poor_risk"]["ferritin"], found["step"]) == (True, "T3")
    assert alerts(found, "FERRITIN_HIGH") == [("2024-03-04", False)]


@pytest.mark.parametrize("turned", [False, True])
def test_45_a_correction_applies_wherever_it_is_listed(turned: bool) -> None:
    told = json.loads((FIELD / "correction-listed-before-original.json").read_text("utf-8"))
    if turned:
        told["events"].reverse()
    found = replayed(json.dumps(told), "2024-03-06")
    assert found["poor_risk"]["ferritin"] is False
    assert alerts(found, "FERRITIN_HIGH") == [("2024-03-04", False)]
    assert alerts(replayed(json.dumps(told), "2024-03-04"), "FERRITIN_HIGH") == [("2024-03-04", True)]


def orders() -> Iterator[list[dict[str, Any]]]:
    """The undated versions of one result, listed in every order."""
    told = [
        ferritin("1700", id="A", status="preliminary"),
        ferritin("1650", id="A"),
        ferritin("165", id="A", status="corrected"),
    ]
    yield from (list(x) for x in permutations(told))


@pytest.mark.parametrize("events", list(orders()))
def test_45_undated_versions_listed_in_any_order_say_the_same(events: list[dict[str, Any]]) -> None:
    found = replayed(document(ONSET, DIAGNOSIS, *events), "2024-03-06")
    assert found["poor_risk"]["ferritin"] is False


IMPORTED = [ONSET, DIAGNOSIS, ferritin("3840", on="2024-03-04"), ferritin("384", on="2024-03-07")]


def test_47_a_tenfold_fall_in_a_file_closes_nothing_and_says_why() -> None:
    found = replayed(document(*IMPORTED), "2024-03-08")
    assert alerts(found, "FERRITIN_HIGH") == [("2024-03-04", True)]
    (why,) = [x["reason"] for x in found["alerts"] if x["rule"] == "FERRITIN_HIGH"]
    assert "unconfirmed: Ferritin 384 on 7 Mar: tenfold? last 3,840 on 4 Mar" in why


@pytest.mark.parametrize(("second", "still_open"), [("768", False), ("192", False), ("3700", True)])
def test_82_a_second_sample_within_a_factor_of_2_ends_the_doubt(second: str, still_open: bool) -> None:
    found = replayed(document(*IMPORTED, ferritin(second, on="2024-03-09")), "2024-03-10")
    assert alerts(found, "FERRITIN_HIGH") == [("2024-03-04", still_open)]


def test_47_a_doubtful_value_does_not_exclude_the_factor() -> None:
    found = replayed(document(ONSET, DIAGNOSIS, ferritin("4", on="2024-03-04")), "2024-03-05")
    assert found["poor_risk"]["ferritin"] is None
    assert "ferritin" in found["missing"]


def test_46_two_hands_of_one_moment_meet_the_factor_if_one_does() -> None:
    both = [ferritin("900", on="2024-03-04T08:00", id="A"), ferritin("1100", on="2024-03-04T08:00", id="B")]
    for events in permutations(both):
        found = replayed(document(ONSET, DIAGNOSIS, *events), "2024-03-05")
        assert (found["poor_risk"]["ferritin"], found["step"]) == (True, "T3")
        (why,) = [x["reason"] for x in found["alerts"] if x["rule"] == "FERRITIN_HIGH"]
        assert "two values of Ferritin at one moment (4 Mar): 900 and 1,100" in why
