"""A record as a case file: read again it gives the same facts, whatever was stored."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from patients import actions
from patients.case_export import exported_case, standing_rows
from patients.changes import Refused
from patients.clinical.absence import ABSENT
from patients.clinical.antibodies import ANSWERS, ANTIBODIES
from patients.clinical.drugs import DRUGS, LEVEL_ROUTES, ROUTES, TIMINGS
from patients.clinical.facts import Decision as Decided
from patients.clinical.findings import FINDING_CHANGES, FINDINGS, SUPPORT_LEVELS
from patients.clinical.hrct_terms import CONSOLIDATIONS, HRCT_PATTERNS
from patients.clinical.measurements import MEASUREMENTS
from patients.imports.case import CaseFaults
from patients.imports.case_file import parse
from patients.models import FACT_TABLES, Finding, Measurement, Patient
from patients.queries import site_zone, take_snapshot
from patients.rows import CONTENT
from tests.patients.conftest import make_patient
from tests.patients.test_cases import CASES, read
from tests.story import Story

pytestmark = pytest.mark.django_db
RANDOM = 12
NOT_KEPT = {"confirmed", "shown"}


def content(patient: Patient) -> list[tuple[Any, ...]]:
    """What stands of the record, apart from how it is stored."""
    told = []
    for row in standing_rows(patient):
        columns = {x: getattr(row, x) for x in CONTENT[row.KIND] if x not in NOT_KEPT}
        told.append((row.KIND, row.on, max(row.on, row.known), row.status, sorted(map(str, columns.items()))))
    return sorted(told, key=str)


def export(patient: Patient) -> dict[str, Any]:
    found = exported_case(patient, source="test", zone=site_zone(), now=timezone.now())
    assert found.left_out == 0, found.document["left_out"]
    return json.loads(found.as_text())


def as_another(document: dict[str, Any], mrn: str) -> Patient:
    """The same course of another person, stored."""
    again = {**document, "patient": {**document["patient"], "mrn": mrn}}
    return actions.store_case(parse(json.dumps(again), now=timezone.now()), by=None).patient


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_published_case_comes_back_the_same(path: Path) -> None:
    patient = actions.store_case(read(path), by=None).patient
    document = export(patient)
    assert content(as_another(document, "Z-1")) == content(patient)


def test_the_file_says_nothing_new_where_it_came_from() -> None:
    patient = actions.store_case(read(CASES[0]), by=None).patient
    before = content(patient)
    actions.store_case(parse(json.dumps(export(patient)), now=timezone.now()), by=None)
    assert content(patient) == before


def moment(dice: random.Random, now: datetime) -> str:
    at = (now - timedelta(minutes=dice.randint(60, 900_000))).replace(second=0, microsecond=0)
    return at.date().isoformat() if dice.random() < 0.3 else at.isoformat()


def value(dice: random.Random, code: str) -> str:
    limits = MEASUREMENTS[code].warn or MEASUREMENTS[code].refuse
    inside = dice.randint(int(limits.low) + 1, max(int(limits.low) + 2, min(int(limits.high), 900)))
    return dice.choice(["", "", "<", ">="]) + str(inside)


def measurement(dice: random.Random) -> dict[str, Any]:
    code = dice.choice([x for x in MEASUREMENTS if not MEASUREMENTS[x].named])
    kind = MEASUREMENTS[code]
    told: dict[str, Any] = {"code": code, "status": dice.choice(["preliminary", "final", "corrected"])}
    if "fio2" in kind.needs:
        told |= dice.choice([{"fio2": "0.4"}, {"flow": 3, "device": "nasal_cannula"}])
    if "route" in kind.needs:
        told |= {"route": dice.choice(list(LEVEL_ROUTES)), "timing": dice.choice(list(TIMINGS))}
    if dice.random() < 0.15:
        return told | {"absent": dice.choice(list(ABSENT)), "unit": kind.unit}
    return told | {"value": value(dice, code), "unit": dice.choice(kind.units).code, "id": f"o{dice.randint(1, 5)}"}


def treatment(dice: random.Random) -> dict[str, Any]:
    drug = dice.choice([*DRUGS, "methylprednisolone", "dexamethasone", "tacrolimus", "other"])
    told: dict[str, Any] = {"drug": drug, "route": dice.choice([*ROUTES, None])}
    if drug == "other":
        told["name"] = "daratumumab"
    if dice.random() < 0.6:
        told |= {"dose": dice.choice([5, "12.5", 40]), "unit": "mg/day"}
    if drug in ("csa", "tac"):
        told["target"] = {"timing": "trough", "low": 5, "high": "10.5"}
    return {key: x for key, x in told.items() if x is not None}


def event(dice: random.Random, now: datetime) -> dict[str, Any]:
    kind = dice.choice(
        ["measurement", "measurement", "treatment", "antibody", "finding", "hrct", "support", "judgement"]
    )
    told = {
        "measurement": measurement,
        "treatment": treatment,
        "antibody": lambda x: {"code": x.choice(list(ANTIBODIES)), "result": x.choice(list(ANSWERS))},
        "finding": lambda x: {"code": x.choice(list(FINDINGS)), "present": x.choice([True, False, None]),
                              "change": x.choice([*FINDING_CHANGES, None])},
        "hrct": lambda x: {"ggo": x.choice([True, False, None]), "consolidation": x.choice([*CONSOLIDATIONS, None]),
                           "pattern": x.choice([*HRCT_PATTERNS, None])},
        "support": lambda x: {"level": x.choice([y for y in SUPPORT_LEVELS if y != "room_air"]), "fio2": "0.35"},
        "judgement": lambda x: {"improvement": x.choice(["improved", "worse"]), "note": x.choice(["", '"x", =1+1'])},
    }[kind](dice)  # fmt: skip
    told = {"on": moment(dice, now), "kind": kind, **told}
    if "T" in told["on"] and dice.random() < 0.3:
        told["known"] = (datetime.fromisoformat(told["on"]) + timedelta(minutes=30, microseconds=7)).isoformat()
    return {key: x for key, x in told.items() if x is not None}


@pytest.mark.parametrize("seed", range(RANDOM))
def test_a_random_record_comes_back_the_same(seed: int) -> None:
    dice, now = random.Random(seed), timezone.now()
    events = [x for x in (event(dice, now) for _ in range(60)) if is_accepted(x)]
    assert len(events) > 20
    document = {"format": "ildcare-case/1", "source": "x", "patient": {"mrn": "R-1", "sex": "female"}, "events": events}
    patient = actions.store_case(parse(json.dumps(document), now=timezone.now()), by=None).patient
    assert content(as_another(export(patient), "R-2")) == content(patient)


def is_accepted(one: dict[str, Any]) -> bool:
    document = {"format": "ildcare-case/1", "source": "x", "patient": {"mrn": "R-1"}, "events": [one]}
    try:
        parse(json.dumps(document), now=timezone.now())
    except CaseFaults:
        return False
    return True


def test_what_a_form_stored_comes_back_the_same(record, patient) -> None:
    """Identities of forms are no ids of a sender; two results of one moment stay two."""
    record(Story().ferritin(0, "890", id="a"))
    record(Story().ferritin(0, "910", id="b"))
    again = as_another(export(patient), "Z-2")
    assert sorted(x.value for x in again.measurement_set.all()) == [Decimal(890), Decimal(910)]
    assert [x[:3] for x in content(again)] == [x[:3] for x in content(patient)]


def test_an_entry_that_the_format_would_not_give_again_is_told_apart(patient, monkeypatch, record) -> None:
    record(Story().ferritin(0, "890"))
    monkeypatch.setattr("patients.case_export.can_be_read", lambda *_given: False)
    found = exported_case(patient, source="x", zone=site_zone(), now=timezone.now())
    assert (found.facts, found.left_out) == (0, 1)
    assert found.document["left_out"][0]["why"] == "the stored entry cannot be read"


# -- come back to where it came from, and elsewhere -------------------------------------------------------------------


def reimport(document: dict[str, Any]) -> list[str]:
    return actions.store_case(parse(json.dumps(document), now=timezone.now()), by=None).sentences


def versions(patient: Patient) -> int:
    return sum(x._default_manager.filter(patient=patient).count() for x in FACT_TABLES.values())


def measured(patient: Patient) -> list[str]:
    return sorted(f"{x.value:f}" for x in standing_rows(patient) if isinstance(x, Measurement) and x.value is not None)


@pytest.fixture
def typed(patient, physician) -> Patient:
    """Facts as forms store them: two of one moment, one corrected, one cancelled, one confirmed, one decision."""
    story = Story().ferritin(0, "890").ferritin(0, "900").drug(0, "csa").finding(1, "cough", present=True)
    rows = actions.record_facts(patient=patient, facts=story.versions, by=physician, source="form").rows
    first, second, drug, finding = rows
    actions.correct_fact(row=first, changes={"value": Decimal(980)}, by=physician, reason="misread", expected_version=1)
    actions.cancel_fact(row=finding, by=physician, reason="not so", expected_version=1)
    actions.confirm_value(row=second, by=physician, expected_version=1)
    assert drug.pk
    return patient


def test_typed_facts_that_come_back_are_not_doubled(typed: Patient) -> None:
    before, number = content(typed), versions(typed)
    document = export(typed)
    told = reimport(document)
    assert (content(typed), versions(typed)) == (before, number)
    assert "0 new, 0 corrected, 0 cancelled" in " ".join(told)
    reimport(document)
    assert versions(typed) == number


def test_earlier_versions_go_with_the_one_that_stands(typed: Patient) -> None:
    document = export(typed)
    values = [x["value"] for x in document["events"] if x.get("code") == "ferritin"]
    assert values.count("890") == 1
    assert "980" in values
    again = as_another(document, "V-1")
    history = Measurement.objects.filter(patient=again, value__in=(890, 980)).order_by("version")
    assert [(f"{x.value:f}", x.version, x.status) for x in history] == [("890", 1, "final"), ("980", 2, "corrected")]
    then = history[0].known
    snapshot = take_snapshot(again, then, then)
    assert "980" not in [str(x.quantity) for x in snapshot.series("ferritin")], "what was known then stays that"
    assert not Finding.objects.filter(patient=again).exists(), "what was withdrawn is not told on"


def test_100_prophylaxis_that_is_not_given_goes_out_and_comes_back(patient, physician) -> None:
    """Beside a decision about the course of the same moment: neither is a version of the other."""
    story = Story().chronic(3).without_prophylaxis(3, "atovaquone")
    actions.record_facts(patient=patient, facts=story.versions, by=physician, source="form")
    document = export(patient)
    (one,) = [x for x in document["events"] if "prophylaxis_instead" in x]
    assert (one["prophylaxis_instead"], one["reason"]) == ("atovaquone", "sulfa allergy")
    bare = [{name: x for name, x in event.items() if name != "same"} for event in document["events"]]
    again = as_another({**document, "events": bare}, "WITHOUT-1")
    assert content(again) == content(patient)
    assert len(take_snapshot(again, timezone.now(), timezone.now()).decisions) == 2


LATER: dict[str, Any] = {"code": "later_evidence", "follows": "Wu 2025, Eur Respir J, doi 10.1183/13993003.01488-2024"}


def not_followed(**more: Any) -> Story:
    return Story().add(Decided, 3, step="T3", accepted=False, reason="CNI not possible", **more)


def test_why_a_step_is_not_followed_goes_out_and_comes_back(patient, physician) -> None:
    actions.record_facts(patient=patient, facts=not_followed(**LATER).versions, by=physician, source="form")
    document = export(patient)
    (one,) = document["events"]
    assert {name: one[name] for name in LATER} == LATER
    again = as_another({**document, "events": [{name: x for name, x in one.items() if name != "same"}]}, "LATER-1")
    assert content(again) == content(patient)


def test_an_export_of_before_that_knew_no_kind_of_reason_is_still_its_own(patient, physician) -> None:
    actions.record_facts(patient=patient, facts=not_followed(**LATER).versions, by=physician, source="form")
    document, number = export(patient), versions(patient)
    old = [{name: x for name, x in event.items() if name not in LATER} for event in document["events"]]
    told = reimport({**document, "events": old})
    assert "0 new, 0 corrected, 0 cancelled" in " ".join(told)
    assert versions(patient) == number


def test_a_later_export_brings_what_was_changed_since_and_nothing_twice(typed: Patient, physician) -> None:
    first = export(typed)
    elsewhere = as_another(first, "V-2")
    number = versions(elsewhere)
    row = Measurement.objects.filter(patient=typed, value=980).get()
    actions.correct_fact(row=row, changes={"value": Decimal(990)}, by=physician, reason="again", expected_version=2)
    as_another(export(typed), "V-2")
    assert versions(elsewhere) == number + 1
    assert measured(elsewhere) == measured(typed) == ["900", "990"]


def test_kana_go_out_and_come_back(typed: Patient, physician) -> None:
    Patient.objects.filter(pk=typed.pk).update(family_kana="サトウ", given_kana="ハナコ")
    typed.refresh_from_db()
    document = export(typed)
    again = as_another(document, "K-1")
    assert (again.family_kana, again.given_kana) == ("サトウ", "ハナコ")
    bare = make_patient("K-2", physician)
    told = as_another(document, "K-2")
    assert (told.pk, told.family_kana) == (bare.pk, "サトウ")
    assert Patient.objects.get(mrn="K-2").search_entry is not None


def test_kana_that_a_record_has_stay(typed: Patient, physician) -> None:
    make_patient("K-3", physician, family_kana="サトー", given_kana="ハナコ")
    Patient.objects.filter(pk=typed.pk).update(family_kana="サトウ", given_kana="ハナコ")
    typed.refresh_from_db()
    assert as_another(export(typed), "K-3").family_kana == "サトー"


def test_a_changed_export_is_a_correction_and_no_second_fact(typed: Patient) -> None:
    document = export(typed)
    one = next(x for x in document["events"] if x["kind"] == "treatment")
    one["dose"], one["unit"] = "150", "mg/day"
    told = reimport(document)
    assert "0 new, 1 corrected" in " ".join(told)


def test_an_event_that_names_a_fact_of_another_test_is_refused(typed: Patient) -> None:
    document = export(typed)
    one = next(x for x in document["events"] if x.get("code") == "ferritin")
    one["code"], one["value"], one["unit"] = "ldh", "400", "U/L"
    with pytest.raises(Refused, match="about something else"):
        reimport(document)
