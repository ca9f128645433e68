"""Subtypes of Table 1. Readings (14)-(16)."""

from __future__ import annotations

from datetime import date

import pytest

from algorithm.walk.subtypes import TABLE_1, ars_answer, outside_population, subtype_of
from patients.clinical.antibodies import ANTI_ARS
from patients.clinical.reasons import say
from patients.clinical.snapshot import freeze
from patients.clinical.versions import standing
from tests.algorithm.courses import chronic
from tests.story import Story, moment


def acute(diagnosis: str | None, mda5: str | None) -> Story:
    story = Story().onset(0)
    if diagnosis:
        story.diagnosis(0, diagnosis)
    return story.mda5(0, mda5) if mda5 else story


@pytest.mark.parametrize(
    ("diagnosis", "mda5", "possible"),
    [
        ("DM", "positive", ["A/S-1"]),
        ("ADM", "positive", ["A/S-1"]),
        ("PM", "positive", ["A/S-1"]),
        (None, "positive", ["A/S-1"]),
        ("DM", "negative", ["A/S-2"]),
        ("ADM", "negative", ["A/S-2"]),
        ("hypomyopathic_DM", "negative", ["A/S-2"]),
        ("CADM", "negative", ["A/S-2"]),
        ("PM", "negative", ["A/S-3"]),
        (None, "negative", ["A/S-2", "A/S-3"]),
        ("DM", None, ["A/S-1", "A/S-2"]),
        ("DM", "pending", ["A/S-1", "A/S-2"]),
        ("PM", None, ["A/S-1", "A/S-3"]),
        (None, None, ["A/S-1", "A/S-2", "A/S-3"]),
    ],
)
def test_acute_subtypes(diagnosis, mda5, possible) -> None:
    given = subtype_of(acute(diagnosis, mda5).snapshot(5))
    assert list(given.possible) == possible
    assert given.subtype == (possible[0] if len(possible) == 1 else None)
    assert bool(given.missing) == (len(possible) > 1)


def test_awaits_anti_mda5() -> None:
    assert subtype_of(acute("DM", "pending").snapshot(5)).missing == ("anti_mda5",)


def test_pm_with_anti_mda5_shows_a_conflict() -> None:
    assert subtype_of(acute("PM", "positive").snapshot(5)).conflicts
    assert not subtype_of(acute("DM", "positive").snapshot(5)).conflicts


def test_a_provisional_diagnosis_makes_the_subtype_provisional() -> None:
    story = Story().onset(0).mda5(0, "negative").diagnosis(0, "ADM", provisional=True)
    assert subtype_of(story.snapshot(5)).provisional


@pytest.mark.parametrize(
    ("results", "possible"),
    [
        ([("anti_ars", "positive")], ["C-1"]),
        ([("anti_jo1", "positive")], ["C-1"]),
        ([("anti_ars", "negative"), ("anti_ej", "positive")], ["C-1"]),
        ([("anti_ars", "negative")], ["C-2"]),
        ([(code, "negative") for code in ANTI_ARS], ["C-2"]),
        ([("anti_jo1", "negative")], ["C-1", "C-2"]),
        ([(code, "negative") for code in ANTI_ARS[:-1]], ["C-1", "C-2"]),
        ([("anti_ars", "pending")], ["C-1", "C-2"]),
        ([], ["C-1", "C-2"]),
    ],
)
def test_chronic_subtypes(results, possible) -> None:
    story = chronic()
    for code, result in results:
        story.antibody(0, code, result)
    assert list(subtype_of(story.snapshot(0)).possible) == possible


def test_an_unknown_course_leaves_both_sides_open() -> None:
    given = subtype_of(Story().mda5(0, "positive").diagnosis(0, "DM").snapshot(0))
    assert (given.subtype, given.possible) == (None, ("A/S-1", "C-1", "C-2"))
    assert "respiratory_onset" in given.missing


def test_every_row_of_table_1_is_complete() -> None:
    assert list(TABLE_1) == ["A/S-1", "A/S-2", "A/S-3", "C-1", "C-2"]
    assert all(row.therapy and row.prognosis and row.hrct for row in TABLE_1.values())


@pytest.mark.parametrize(("born", "outside"), [(date(2006, 3, 2), 1), (date(2006, 3, 1), 0), (None, 0)])
def test_boundary_18_years(born, outside) -> None:
    """Eighteen on the day of the evaluation (1 March 2024) is inside."""
    story = Story().diagnosis(0, "DM")
    now = moment("0T12:00")
    snapshot = freeze(standing(story.versions, now), as_of=now, known_at=now, birth_date=born)
    assert len(outside_population(snapshot)) == outside


def test_no_diagnosis_is_outside_the_population() -> None:
    assert len(outside_population(Story().onset(0).snapshot(0))) == 1


@pytest.mark.parametrize(
    ("results", "said", "facts"),
    [
        ([("anti_jo1", "negative"), ("anti_ej", "negative")], "anti-ARS not complete: 2 of 8 named", "12"),
        ([("anti_jo1", "pending")], "anti-ARS not known", ""),
        ([("anti_jo1", "positive"), ("anti_ars", "positive")], "anti-ARS positive on 2 Mar", "2"),
        ([("anti_jo1", "weak_positive"), ("anti_ej", "indeterminate")], "anti-EJ not clear on 2 Mar", "2"),
        ([("anti_ej", "weak_positive"), ("anti_ej", "negative")], "anti-ARS not complete: 1 of 8", "2"),
        ([(code, "negative") for code in ANTI_ARS], "all eight anti-ARS antibodies negative by 8 Mar", "8"),
    ],
)  # fmt: skip
def test_15_what_anti_ars_says_and_by_which_results(results, said: str, facts: str) -> None:
    story = Story()
    for day, (code, result) in enumerate(results):
        story.antibody(day, code, result)
    (why,) = ars_answer(story.snapshot(20)).reasons
    assert say(why).startswith(said)
    assert why.facts == tuple(facts)


def test_16_the_last_diagnosis_says_whether_the_patient_is_outside() -> None:
    story = Story().diagnosis(0, "DM").diagnosis(2, "ASyS")
    (why,) = outside_population(story.snapshot(3))
    assert why.facts == ("2",)
    assert outside_population(story.diagnosis(4, "PM").snapshot(5)) == ()


def test_of_an_unknown_course_the_subtypes_stand_in_the_order_of_the_table() -> None:
    given = subtype_of(Story().antibody(0, "anti_ars", "negative").mda5(0, "negative").snapshot(0))
    assert given.possible == ("A/S-2", "A/S-3", "C-2")
    assert given.missing[-1] == "diagnosis"
