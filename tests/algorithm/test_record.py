"""Canonical records: what was read and said can be computed again byte for byte."""

from __future__ import annotations

import ast
import json
from decimal import Decimal
from pathlib import Path

import pytest

from algorithm.fingerprints import canonical
from algorithm.flowcharts import CURRENT
from algorithm.opinion import meaning_of, opinion, output_of
from algorithm.queries import judging_sources
from algorithm.record import inputs_of, is_read, snapshot_from
from patients.clinical import facts as f
from patients.clinical.reasons import say
from patients.clinical.written import reason_as_json, reason_from_json
from tests.algorithm.courses import at_risk, no_risk, on_t1, on_t3
from tests.algorithm.oracle import story_of
from tests.algorithm.random_people import random_person
from tests.effort import cases, dice

ROOT = Path(__file__).parents[2]


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
    r = dice("record")
    for _n in range(cases(200)):
        snapshot = story_of(random_person(r)).snapshot(0)
        again = snapshot_from(json.loads(canonical(inputs_of(snapshot))))
        assert canonical(inputs_of(again)) == canonical(inputs_of(snapshot))
        assert output_of(opinion(CURRENT, again)) == output_of(opinion(CURRENT, snapshot))


def test_facts_that_no_question_reads_are_left_out() -> None:
    snapshot = full(at_risk()).snapshot(12)
    assert {x.code for x in snapshot.measurements if not is_read(x)} == {"crp"}
    assert {x.drug for x in snapshot.treatments if not is_read(x)} == {"voriconazole"}


def test_record_holds_what_the_format_newly_says() -> None:
    """Flow and device, "at least", targets, months: written and read back, byte for byte."""
    story = at_risk().onset(-30, month=True).diagnosis(1, "ASyS", month=True).test(2, "mda5_titre", ">=150")
    gas = {"flow": Decimal("2.5"), "device": "nasal_cannula"}
    story.pao2(2, "62", None, **gas).add(f.Support, 2, level="oxygen", **gas)
    target = {"target_timing": "c2", "target_low": Decimal(800), "target_high": Decimal("1200.5")}
    story.drug(3, "csa", indication="other", planned=False, **target).add(f.Outcome, 4, what="death", cause="unknown")
    snapshot = story.add(f.HospitalAdmission, 3).add(f.Discharge, 4, to="home").snapshot(12)
    again = snapshot_from(json.loads(canonical(inputs_of(snapshot))))
    assert canonical(inputs_of(again)) == canonical(inputs_of(snapshot))
    assert again.all_facts == tuple(x for x in snapshot.all_facts if is_read(x))


OLD = {
    "as_of": "2024-03-13T14:59:00+00:00",
    "known_at": "2024-03-13T14:59:00+00:00",
    "zone": "Asia/Tokyo",
    "sex": "female",
    "birth_date": "1952-03-01",
    "settings": inputs_of(no_risk().snapshot(1))["settings"],
    "facts": [
        {"kind": "respiratory_onset"},
        {"kind": "diagnosis", "myositis": "ADM", "provisional": True},
        {"kind": "measurement", "code": "pao2", "quantity": "58.1", "fio2": "0.21", "status": "final", "typed": ""},
        {"kind": "measurement", "code": "kl6", "quantity": "<200", "kit": "A", "status": "final", "typed": ""},
        {"kind": "treatment", "drug": "csa", "route": "iv", "dose": "200", "unit": "mg/day", "stop": "2024-03-09"},
        {"kind": "support", "level": "oxygen", "fio2": "0.4"},
    ],
}


def test_old_stored_record_reads_as_before() -> None:
    at = "2024-03-04T00:00:00+00:00"
    common = {"on": at, "known": at, "first_known": at, "corrected": False}
    old = {**OLD, "facts": [{**common, **x, "id": f"x:{n}"} for n, x in enumerate(OLD["facts"])]}
    again = snapshot_from(old)
    (gas,) = again.series("pao2")
    assert (gas.on_air, gas.flow, gas.device) == (True, None, None)
    assert json.loads(canonical(inputs_of(again)))["facts"] == old["facts"]


def test_reasons_survive_with_their_types() -> None:
    snapshot = full(on_t1().judged(5, "worse")).snapshot(12)
    given = opinion(CURRENT, snapshot)
    reasons = [*given.pathway.reasons, *given.subtype.reasons, *(x.reason for x in given.notices)]
    for why in reasons:
        again = reason_from_json(json.loads(canonical(reason_as_json(why))))
        assert (again, say(again)) == (why, say(why))


def test_a_day_that_only_passes_has_the_same_meaning() -> None:
    story = no_risk().chronic(100)
    first, second = (opinion(CURRENT, story.snapshot(day)) for day in (110, 111))
    assert output_of(first)["visits"] != output_of(second)["visits"]
    assert meaning_of(first) == meaning_of(second)


def imported(source: Path) -> set[Path]:
    """Files of ours that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    paths = [ROOT / name.replace(".", "/") for name in names]
    return {file for x in paths for file in (x.with_suffix(".py"), x / "__init__.py") if file.is_file()}


def test_the_version_of_the_code_covers_everything_that_judges_and_nothing_that_draws() -> None:
    reached, waiting = set(), {ROOT / "algorithm/opinion.py", ROOT / "algorithm/flowcharts/__init__.py"}
    while waiting:
        reached |= waiting
        waiting = {x for source in waiting for x in imported(source)} - reached
    sources = set(judging_sources())
    assert reached <= sources
    of_the_algorithm = {x for x in sources if x.is_relative_to(ROOT / "algorithm")}
    assert {x for x in of_the_algorithm if x.name != "__init__.py"} <= reached
