"""Everything that is answered of the published cases, the cases from the field and every vignette, as it stood when it
was last looked at.

`.venv/bin/python -m tests.field.whole_answers` writes it anew, to be read as a difference: the answers themselves in
plain words, and of all that explains them a short name of its content, by part. Sentences are left out, which have
tests of their own where they are the point: of a reason its basis, facts, numbers. Before the courses stand the entries
of the catalogues, as they are.
"""

from __future__ import annotations

import json
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from algorithm.flowcharts import CURRENT
from algorithm.opinion import meaning_of, opinion, output_of
from ildcare.evaluation.replay import after_last_event, replay
from monitoring.engine import examine
from monitoring.rules import BY_CODE, RULES
from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.drugs import DRUGS
from patients.clinical.findings import FINDINGS
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.snapshot import Snapshot
from patients.clinical.written import reasons_as_json
from patients.imports import read_case
from patients.imports.case import Case, snapshot_of
from tests.patients.imports.writing import NOW

ROOT = Path(__file__).resolve().parent.parent
APPROVED = ROOT / "field" / "whole_answers.jsonl"
FILES = [
    *sorted((ROOT.parent / "ildcare" / "demo" / "cases").glob("*.json")),
    *sorted((ROOT / "field").glob("*.json")),
    *sorted((ROOT / "patients" / "imports" / "field_cases").glob("*.json")),
    *sorted((ROOT / "vignettes" / "flowchart").glob("*.json")),
    *sorted((ROOT / "vignettes" / "rules").glob("*.json")),
]
CATALOGUES: dict[str, dict[str, Any]] = {
    "measurement": dict(MEASUREMENTS),
    "antibody": dict(ANTIBODIES),
    "drug": dict(DRUGS),
    "finding": dict(FINDINGS),
    "rule": dict(BY_CODE),
}
MOMENTS = 4  # of each course, the last one at its end


def name_of_file(path: Path) -> str:
    """What a course is called: its folder and file."""
    return f"{path.parent.name}/{path.stem}"


def case_in(path: Path) -> Case:
    """The course in a file; a vignette carries its case in it."""
    document = json.loads(path.read_text(encoding="utf-8"))
    text = json.dumps(document.get("case", document)).encode()
    return read_case(text, zone="Asia/Tokyo", now=NOW.replace(year=2026))


def answers(case: Case) -> list[Any]:
    """Of some moments of a course everything that is said and raised; and every alert of the whole of it."""
    known = sorted({x.fact.known for x in case.versions})
    end = after_last_event(case)
    if end is None:
        return []
    moments = [known[len(known) * n // MOMENTS] for n in range(1, MOMENTS)]
    said = [answer(snapshot_of(case, x, x)) for x in dict.fromkeys((*moments, end))]
    alerts = [
        [x.rule, x.subject, x.opened_on.isoformat(), x.severity.label, x.open, x.possible, list(x.facts)]
        for x in replay(case, end).alerts
    ]
    return [*said, alerts]


def answer(snapshot: Snapshot) -> Any:
    """What is said of one moment, and what the rules find and could not judge."""
    whole = opinion(CURRENT, snapshot)
    found = examine(RULES, snapshot, whole.pathway.indicated)
    issues = [
        [x.rule, x.subject, x.severity.label, x.possible, str(x.on), sorted(x.facts), reasons_as_json(x.reasons)]
        for x in found.issues
    ]
    parts = {**output_of(whole), "issues": issues, "remarks": len(found.remarks)}
    meaning = meaning_of(whole)
    explained = {name: name_of(without_words(x)) for name, x in parts.items() if name not in meaning}
    return {"meaning": without_words(meaning), "explained": explained}


def name_of(content: Any) -> str:
    """A short name of what is said: another one for anything else."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()[:8]


def without_words(found: Any) -> Any:
    """Of each reason everything but its sentence; what is empty falls away."""
    if isinstance(found, dict):
        kept = {key: without_words(x) for key, x in found.items() if key != "message"}
        return {key: x for key, x in kept.items() if x not in ({}, [], None, "")}
    return [without_words(x) for x in found] if isinstance(found, list | tuple) else found


@cache
def approved() -> dict[str, str]:
    """The line of each case, as it was last looked at."""
    lines = APPROVED.read_text(encoding="utf-8").splitlines() if APPROVED.exists() else []
    return {json.loads(line)[0]: line for line in lines}


def catalogue_lines() -> dict[str, str]:
    """Every entry of the catalogues with all its numbers, by its catalogue and code."""
    entries = {
        f"catalogue/{kind}/{code}": re.sub(r" at 0x\w+", "", repr(x))
        for kind, found in CATALOGUES.items()
        for code, x in found.items()
    }
    return {name: json.dumps([name, x], ensure_ascii=False) for name, x in entries.items()}


def line_of(path: Path) -> str:
    """The line of a case as it would be written now."""
    return json.dumps(
        [name_of_file(path), *answers(case_in(path))], ensure_ascii=False, separators=(",", ":"), default=str
    )


if __name__ == "__main__":
    lines = [*catalogue_lines().values(), *(line_of(x) for x in FILES)]
    APPROVED.write_text("".join(f"{x}\n" for x in lines), encoding="utf-8")
