"""What goes out as FHIR and comes in elsewhere says the same: numbers to the last digit, what they were taken at."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.clinical.absence import ABSENT
from patients.clinical.antibodies import ANSWERS, ANTIBODIES
from patients.clinical.drugs import LEVEL_ROUTES, TIMINGS
from patients.clinical.facts import Antibody
from patients.clinical.findings import DEVICES
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import COMPARATORS
from patients.clinical.versions import Version, in_standing_order, standing
from patients.imports.case import Case, CaseFaults
from patients.imports.case_file import parse
from tests.patients.exports.going_out import bundle, measured, read_again, record_of, resources, treated
from tests.patients.imports.writing import NOW as WRITTEN
from tests.patients.imports.writing import case, event
from tests.together import each

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
FILES = [
    *sorted((ROOT / "ildcare" / "demo" / "cases").glob("*.json")),
    *sorted((ROOT / "tests" / "patients" / "imports" / "field_cases").glob("*.json")),
    *sorted((ROOT / "tests" / "cases" / "results").glob("*.json")),
]


def case_of(path: Path) -> Case:
    return parse(path.read_bytes(), now=NOW)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_published_course_says_the_same_elsewhere(path: Path) -> None:
    case = case_of(path)
    found = read_again(bundle(resources(record_of(case.versions))), NOW)
    arrived = [x.version.fact for part in found for x in part.taken if not x.silent and not x.withdraws]
    assert measured(arrived) == measured(standing(case.versions, NOW))
    assert treated(arrived) == treated(standing(case.versions, NOW))
    assert [x for part in found for x in part.held] == []


# -- random records ---------------------------------------------------------------------------------------------------

TIMES = st.sampled_from(["2024-03-04", "2024-03-04T07:30", "2024-03-04T07:30:15.25", "2024-05-01T23:59:59+02:00"])


@st.composite
def results(draw: Any) -> dict[str, Any]:
    """A result of any test, in any of its units, with whatever can be told of how it was taken."""
    kind = MEASUREMENTS[draw(st.sampled_from(sorted(MEASUREMENTS)))]
    more: dict[str, Any] = {"name": draw(st.sampled_from(["Aldolase", "アルドラーゼ"]))} if kind.named else {}
    if "fio2" in kind.takes and draw(st.booleans()):
        more["fio2"] = draw(st.sampled_from(["0.21", "0.4", "0.285", "1"]))
    elif "fio2" in kind.takes:
        more |= {"flow": draw(st.sampled_from(["0.5", "3", "60"])), "device": draw(st.sampled_from(sorted(DEVICES)))}
    if "route" in kind.takes:
        more |= {"route": draw(st.sampled_from(sorted(LEVEL_ROUTES))), "timing": draw(st.sampled_from(sorted(TIMINGS)))}
        more |= draw(st.sampled_from([{}, {"hours_since_dose": "11.5"}]))
    if "kit" in kind.takes and draw(st.booleans()):
        more["kit"] = draw(st.sampled_from(["Fungitell", "比濁法 2", *kind.kits]))
    common = event(on=draw(TIMES), code=kind.code, status=draw(st.sampled_from(["preliminary", "final", "corrected"])))
    if draw(st.integers(0, 9)) == 0:
        return {**common, "absent": draw(st.sampled_from(sorted(ABSENT))), **more}
    if kind.positive_from is not None and draw(st.booleans()):
        return {**common, "value": draw(st.sampled_from(["positive", "negative", "indeterminate"])), **more}
    unit = draw(st.sampled_from(kind.units))
    value = draw(st.decimals(kind.refuse.low, kind.refuse.high, places=draw(st.sampled_from([0, 1, 2, 4]))))
    written = f"{draw(st.sampled_from(['', '', '', *COMPARATORS]))}{value * unit.divisor / unit.factor:.6f}"
    return {**common, "value": written, "unit": unit.code or "U/L", **more}


@st.composite
def antibodies(draw: Any) -> dict[str, Any]:
    code, result = draw(st.sampled_from(sorted(ANTIBODIES))), draw(st.sampled_from(sorted(ANSWERS)))
    return event("antibody", draw(TIMES), code=code, result=result)


def readable(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that the reader of case files takes: limits and units are its to refuse."""
    kept: list[dict[str, Any]] = []
    for x in events:
        try:
            case(x)
        except CaseFaults:
            continue
        kept.append(x)
    return kept


@pytest.mark.parametrize("more", [{"absent": "haemolysed"}, {"absent": "insufficient"}, {"value": "5", "unit": "U/L"}])
def test_a_test_outside_the_catalogue_keeps_its_name_with_a_value_and_without(more: dict[str, str]) -> None:
    told = case(event(on="2024-03-04", code="other", status="final", name="アルドラーゼ", **more))
    (part,) = read_again(bundle(resources(record_of(told.versions))), WRITTEN)
    assert part.held == ()
    assert [x.version.fact.name for x in part.taken] == ["アルドラーゼ"]


@given(st.lists(results() | antibodies(), min_size=1, max_size=8))
def test_any_record_says_the_same_elsewhere(events: list[dict[str, Any]]) -> None:
    told = case(*readable(events))
    document = bundle(resources(record_of(told.versions)))
    found = read_again(document, WRITTEN)
    arrived = [x.version.fact for part in found for x in part.taken if not x.silent and not x.withdraws]
    stands = standing(told.versions, WRITTEN)
    assert measured(arrived) == measured(stands)
    answers = [(x.code, x.result, x.on) for x in stands if isinstance(x, Antibody) and x.result != "pending"]
    assert sorted((x.code, x.result, x.on) for x in arrived if isinstance(x, Antibody)) == sorted(answers)
    assert [x for part in found for x in part.held] == []
    assert len([x for part in found for x in part.taken if x.silent]) == without_value(told)


def without_value(case: Case) -> int:
    """How many results have no value in the end: what came after a "haemolysed" replaces it, as any other version."""
    histories: dict[str, list[Version]] = {}
    for x in case.versions:
        histories.setdefault(x.identity, []).append(x)
    return sum(in_standing_order(x)[-1].silent for x in histories.values())


def of_one_moment() -> list[tuple[dict[str, Any], ...]]:
    """Two or three versions of one result: with a value, with another one, without; of every status, in every order."""
    versions = [
        event(on="2024-03-04T07:30", code="crp", status=status, **told)
        for status in ("preliminary", "final", "corrected")
        for told in ({"value": "1.5", "unit": "mg/dL"}, {"value": "2.5", "unit": "mg/dL"}, {"absent": "haemolysed"})
    ]
    return [*product(versions, repeat=2), *product(versions, repeat=3)]


def test_versions_of_one_moment_with_and_without_a_value_say_the_same_elsewhere() -> None:
    """Two without a value and one with: what stands goes out."""

    def holds(events: tuple[dict[str, Any], ...]) -> None:
        told = case(*readable(list(events)))
        found = read_again(bundle(resources(record_of(told.versions))), WRITTEN)
        taken = [x for part in found for x in part.taken]
        arrived = [x.version.fact for x in taken if not x.silent and not x.withdraws]
        assert measured(arrived) == measured(standing(told.versions, WRITTEN))
        assert sum(x.silent for x in taken) == without_value(told)

    each(of_one_moment(), holds)


def test_a_number_keeps_its_digits() -> None:
    document = bundle(resources(record_of(case(event(code="crp", value="1.50", unit="mg/dL")).versions)))
    assert b'"value":1.50,' in document
    assert json.loads(document, parse_float=Decimal)["entry"][1]["resource"]["valueQuantity"]["value"] == Decimal(
        "1.50"
    )


def test_two_gases_of_one_moment_keep_each_their_own_oxygen() -> None:
    at = "2024-03-04T07:30"
    events = (
        event(on=at, code="pao2", value="58.1", unit="mmHg", fio2=0.21),
        event(on=at, code="spo2", value="96", unit="%", flow=3, device="nasal_cannula"),
    )
    told = case(*events)
    found = read_again(bundle(resources(record_of(told.versions))), WRITTEN)
    arrived = [x.version.fact for part in found for x in part.taken]
    assert measured(arrived) == measured(standing(told.versions, WRITTEN))
