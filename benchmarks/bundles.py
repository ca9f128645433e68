"""P2: from the text of a document to the explained decision, against cql-execution from a FHIR bundle.

Both have the same acute courses. What the product reads of FHIR are results, orders and stays; onset, diagnosis and
HRCT, on which the chart rests, come by its case file: that is its text here, and the figure says so.
cql-execution comes by npm, its ELM is translated from `cql/chart.cql` in the same run.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.courses import Drawn, moment
from benchmarks.judging import acute_people
from benchmarks.report import Section, at_least, exactly
from benchmarks.run_of import Run
from benchmarks.story import MIDNIGHT, NOW, ZONE, case_file, last_versions

CQL = Path(__file__).parent / "cql"
PACKAGES = ("package.json", "package-lock.json")
PEOPLE = 60
PATIENCE = 300
IN_OXYGEN = {"code": {"coding": [{"code": "fio2"}]}}


def measure(run: Run) -> list[Section]:
    """cql-execution in node, the product in a Python of its own; each text anew."""
    section = Section("Text to explained decision", "P2")
    try:
        packages, chart = prepared(run.folder / "cql")
    except (OSError, subprocess.SubprocessError) as error:
        section.miss("case file : cql-execution from a FHIR bundle", f"npm or node did not work: {_words(error)}")
        return [section]
    people = acute_people(PEOPLE)
    theirs = _cql(packages, chart, people)
    ours = _product(run.folder / "cql", people)
    same = sum(x["step"] == y for x, y in zip(theirs["answers"], ours["answers"], strict=True))
    against = f"cql-execution {theirs['each']:,.0f} us, {theirs['memory']:.0f} MB"
    section.count("answers that differ", PEOPLE - same, exactly(0), f"of {PEOPLE}")
    what = "processor time, cql-execution from a FHIR bundle : product from its case file"
    section.add(what, theirs["each"] / ours["each"], "x", at_least(50), against)
    section.add("memory, cql-execution : product", theirs["memory"] / ours["memory"], "x", at_least(20), against)
    section.add(
        "product, text to explained decision", ours["each"], "us", None, f"{ours['memory']:.0f} MB, Django not loaded"
    )
    return [section]


def _words(error: Exception) -> str:
    said = getattr(error, "stderr", None) or str(error)
    return " ".join(str(said).split())[:200]


def prepared(folder: Path) -> tuple[Path, Path]:
    """The packages of the lock file, and the chart as ELM. Raises OSError or SubprocessError."""
    folder.mkdir(exist_ok=True)
    for name in PACKAGES:
        shutil.copy(CQL / name, folder / name)
    _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
    chart = folder / "chart.json"
    _run(
        ["node", str(CQL / "translate.mjs"), str(folder), str(CQL / "chart.cql"), str(CQL / "system.xml"), str(chart)],
        folder,
    )
    return folder, chart


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=PATIENCE)
    return done.stdout


def _cql(packages: Path, chart: Path, people: list[Drawn]) -> dict[str, Any]:
    bundles = packages / "bundles.ndjson"
    bundles.write_text("\n".join(json.dumps(bundle(x)) for x in people), encoding="utf-8")
    said: dict[str, Any] = json.loads(
        _run(["node", str(CQL / "run.mjs"), *map(str, (packages, chart, bundles))], packages)
    )
    return said


def _product(folder: Path, people: list[Drawn]) -> dict[str, Any]:
    documents = folder / "cases.ndjson"
    documents.write_bytes(b"\n".join(case_file(x, f"case-{n}") for n, x in enumerate(people)))
    said: dict[str, Any] = json.loads(
        _run([sys.executable, "-m", "benchmarks.explained", str(documents), ZONE.key, NOW.isoformat()], CQL.parents[1])
    )
    return said


# -- a course as a FHIR bundle ----------------------------------------------------------------------------------------


def bundle(person: Drawn) -> dict[str, Any]:
    """What `case_file` tells, as resources of FHIR R4."""
    told = [_resource(n, kind, day, content) for n, (kind, day, content) in enumerate(person.facts)]
    told += [_observation(n, x.code, x.day, **_quantity(x)) for n, x in enumerate(last_versions(person), len(told))]
    patient = {"resourceType": "Patient", "id": "patient", "birthDate": "1960-01-01"}
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": x} for x in (patient, *told)]}


def _resource(number: int, kind: str, day: float, content: dict[str, Any]) -> dict[str, Any]:
    when = moment(day, MIDNIGHT).isoformat()
    base = {"id": str(number), "subject": {"reference": "Patient/patient"}}
    if kind in ("respiratory_onset", "diagnosis"):
        coding = {"coding": [{"code": content.get("myositis", kind)}]}
        return {**base, "resourceType": "Condition", "code": coding, "onsetDateTime": when, "recordedDate": when}
    if kind == "antibody":
        return _observation(number, content["code"], day, valueString=content["result"])
    if kind == "treatment":
        drug = {"coding": [{"code": content["drug"]}]}
        times = {"status": "completed", "effectiveDateTime": when}
        return {**base, "resourceType": "MedicationAdministration", "medicationCodeableConcept": drug, **times}
    parts = [_component(name, value) for name, value in content.items()]
    return _observation(number, content.get("code", kind), day, component=parts)


def _component(name: str, value: object) -> dict[str, Any]:
    typed = {"valueBoolean": value} if isinstance(value, bool) else {"valueString": str(value)}
    return {"code": {"coding": [{"code": name}]}, **typed}


def _observation(number: int, code: str, day: float, **more: Any) -> dict[str, Any]:
    base = {"resourceType": "Observation", "id": str(number), "status": "final", "code": {"coding": [{"code": code}]}}
    when = {"effectiveDateTime": moment(day, MIDNIGHT).isoformat(), "subject": {"reference": "Patient/patient"}}
    return {**base, **when, **more}


def _quantity(result: Any) -> dict[str, Any]:
    sign = {"comparator": result.comparator} if result.comparator else {}
    oxygen = {"component": [{**IN_OXYGEN, "valueQuantity": {"value": float(result.fio2)}}]} if result.fio2 else {}
    return {"valueQuantity": {"value": float(result.value), **sign}, **oxygen}
