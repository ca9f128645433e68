"""Canonical records: what was read and said can be computed again byte for byte."""

from __future__ import annotations

import json
import random

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.opinion import meaning_of, opinion, output_of
from algorithm.record import canonical, inputs_of, is_read, snapshot_from
from patients.clinical.reasons import say
from patients.clinical.written import reason_as_json, reason_from_json
from tests.algorithm.courses import at_risk, no_risk, on_t1, on_t3
from tests.algorithm.oracle import random_person, story_of


def full(story):
    """A course with every kind of fact, a censored value, a correction and a fact that the chart does not read."""
    story.diagnosis(1, "DM", provisional=True).antibody(1, "anti_jo1", "pending").test(1, "crp", "3.1")
    story.test(2, "kl6", "<200", kit="A").test(2, "fvc_pp", "71").drug(3, "voriconazole").pao2(3, "66", "0.4")
    return story.judged(9, "unchanged").finding(9, "fever", True).ferritin(1, "1700", id="x").ferritin(1, "170", id="x")


@pytest.mark.parametrize("story", [at_risk, no_risk, on_t1, on_t3])
def test_record_gives_the_same_answer_byte_for_byte(story) -> None:
    snapshot = full(story()).snapshot(12)
    output = output_of(opinion(CURRENT, snapshot))
    stored = json.loads(canonical(inputs_of(snapshot)))
    assert canonical(output_of(opinion(CURRENT, snapshot_from(stored)))) == canonical(output)
    assert json.loads(canonical(output)) == output


def test_records_of_random_patients_replay() -> None:
    r = random.Random(7)
    for _n in range(200):
        snapshot = story_of(random_person(r)).snapshot(0)
        again = snapshot_from(json.loads(canonical(inputs_of(snapshot))))
        assert canonical(inputs_of(again)) == canonical(inputs_of(snapshot))
        assert output_of(opinion(CURRENT, again)) == output_of(opinion(CURRENT, snapshot))


def test_facts_that_no_question_reads_are_left_out() -> None:
    snapshot = full(at_risk()).snapshot(12)
    assert {x.code for x in snapshot.measurements if not is_read(x)} == {"crp"}
    assert {x.drug for x in snapshot.treatments if not is_read(x)} == {"voriconazole"}


def test_reasons_survive_with_their_types() -> None:
    snapshot = full(on_t1().judged(5, "worse")).snapshot(12)
    given = opinion(CURRENT, snapshot)
    reasons = [*given.pathway.reasons, *given.subtype.reasons, *(x.reason for x in given.notices)]
    for why in reasons:
        again = reason_from_json(json.loads(canonical(reason_as_json(why))))
        assert (again, say(again)) == (why, say(why))


def test_a_day_that_only_passes_has_the_same_meaning() -> None:
    story = no_risk().chronic(100)
    first, second = (output_of(opinion(CURRENT, story.snapshot(day))) for day in (110, 111))
    assert first["visits"] == second["visits"] or meaning_of(first) == meaning_of(second)
    assert meaning_of(first) == meaning_of(second)
