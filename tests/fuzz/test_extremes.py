"""Every form field and every file key with extreme values of its type: whatever is accepted can be read on every page.

`python3 manage.py test --full tests/fuzz` sends 5,000 forms and 5,000 files; the gate some hundred.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from monitoring.queries import failing_evaluations
from patients.actions import store_case
from patients.changes import Refused
from patients.forms import FORMS
from patients.imports import read_case
from patients.imports.case import CaseFaults
from patients.imports.case_events import READERS
from patients.models import FACT_TABLES, Patient, Role, Ward
from patients.queries import take_snapshot
from tests import effort
from tests.effort import dice, until
from tests.fuzz import extremes
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import ward as ward

pytestmark = pytest.mark.django_db
BATCH = 100  # forms or files for one patient, whose pages are then all opened
ANSWERS = {302, 204, 200, 422}
PANELS = ["activity", "blood_gas", "lung_function", "levels", "blood_count", "chemistry", ""]


def batches(gate: int, full: int) -> range:
    """So many in the gate, so many by command."""
    return range((full if effort.THIS_RUN.full else gate) // BATCH)


@pytest.fixture
def client(client: Client, ward: Ward) -> Client:
    """Of somebody who may do everything."""
    user = make_user("senior", Role.SENIOR, ward)
    user.is_staff = user.is_superuser = True
    user.save()
    client.force_login(user)
    return client


def every_page(client: Client, patient: Patient, roll: random.Random) -> None:
    """Each page of the patient answers, the evaluation works, and no entry is unreadable."""
    one = f"/patients/{patient.pk}"
    wild = [f"?at={extremes.day(roll)}{roll.choice(['', 'T08:00', 'T02:30'])}" for _ in range(3)]
    pages = [
        *(f"{one}/{x}" for x in ("", *wild, "round", "treatments", "trends", "trends?rows=all&range=all")),
        *(f"{one}/results?until={extremes.day(roll)}&days=21", f"{one}/results?panel=nonsense&order=oldest"),
        f"{one}/trends?range=own&from={extremes.day(roll)}&to={extremes.day(roll)}",
        f"{one}/trends/compare?x=ferritin&y=pao2&days={roll.choice(extremes.NUMBERS[:20])}",
        *(f"{one}/{x}" for x in ("round-sheet.pdf", "summary.pdf")),
        *("/", "/ward/handover.pdf"),
        *(f"{one}/enter/{kind}" for kind in FORMS),
        *(f"/admin/patients/{x._meta.model_name}/" for x in FACT_TABLES.values()),
        *(f"{one}/facts/{row.reference}" for row in some_rows(patient, roll)),
    ]
    assert {page: status for page in pages if (status := client.get(page).status_code) != 200} == {}
    assert evaluate_patients([patient.pk]).failed == failing_evaluations() == 0
    now = timezone.now()
    assert take_snapshot(patient, now, now).unreadable == ()


def some_rows(patient: Patient, roll: random.Random) -> list[Any]:
    rows = [row for table in FACT_TABLES.values() for row in table.objects.filter(patient=patient)]
    return roll.sample(rows, min(len(rows), 8))


# -- forms ------------------------------------------------------------------------------------------------------------


def fields_of(form: Any, roll: random.Random) -> dict[str, Any]:
    """What is sent: each field by its name on the page, sometimes left out; the token as it is."""
    typed = {
        form.add_prefix(name): extremes.of_field(field, roll)
        for name, field in form.fields.items()
        if name != "context_token" and (field.required or roll.random() < 0.6)
    }
    return {**typed, form.add_prefix("context_token"): form["context_token"].value()}


def confirmed(form: Any, sent: dict[str, Any]) -> dict[str, Any] | None:
    """The same form again with what it asks about ticked; None if it asks nothing."""
    field = form.fields.get("confirmed")
    if field is None or "confirmed" not in form.errors:
        return None
    return {**sent, form.add_prefix("confirmed"): field.widget.question}


def send(client: Client, patient: Patient, roll: random.Random) -> int:
    """One of the forms of a patient, with random values; what it asks about is confirmed."""
    page, address, pick = roll.choice(list(places(patient, roll)))
    shown = client.get(page, headers={"HX-Request": "true"} if "/enter/" in page else {})
    form, address = pick(shown.context, address)
    if form is None:
        return 204
    sent = fields_of(form, roll)
    answer = client.post(address, sent)
    asked = answer.context and "form" in answer.context and confirmed(answer.context["form"], sent)
    return client.post(address, asked).status_code if asked else answer.status_code


def places(patient: Patient, roll: random.Random) -> Any:
    """Pages with a form, the address that it is sent to, and how to find it on the page."""
    one = f"/patients/{patient.pk}"
    kind = roll.choice(list(FORMS))
    panel = f"?panel={roll.choice(PANELS)}" if kind == "results" else ""
    entry = (f"{one}/enter/{kind}{panel}", f"{one}/record/{kind}{panel}", lambda page, to: (page["form"], to))
    yield from [entry] * 20
    yield f"{one}/", f"{one}/tasks/add", lambda page, to: (page["tasks"].form, to)
    yield f"{one}/round", f"{one}/round/seen", lambda page, to: (page["form"], to)
    for row in some_rows(patient, roll)[:1]:
        own = f"{one}/facts/{row.reference}"
        yield from [(own, own, lambda page, to: _amendment(page, to, roll))] * 4


def _amendment(page: Any, to: str, roll: random.Random) -> tuple[Any, str]:
    forms = page["forms"]
    how = roll.choice(list(forms)) if forms else ""
    return forms.get(how), f"{to}/{how}"


@pytest.mark.parametrize("number", batches(100, 5_000))
def test_no_form_with_extreme_values_closes_a_page(client: Client, ward: Ward, number: int) -> None:
    roll = dice("forms", number)
    born = roll.choice([None, date(1952, 3, 1), date(1900, 1, 1)])
    patient = make_patient(f"FUZZ-{number}", None, ward, birth_date=born)
    answers: Counter[int] = Counter()
    for _ in until(lambda: min(answers[302], answers[422]) > BATCH / 20, BATCH):  # both taken and refused, in numbers
        answers[send(client, patient, roll)] += 1
    assert set(answers) <= ANSWERS
    every_page(client, patient, roll)


# -- files ------------------------------------------------------------------------------------------------------------

EVENTS: list[dict[str, Any]] = [
    {"kind": "respiratory_onset", "on": "2024-02-20"},
    {"kind": "diagnosis", "on": "2024-03-01", "myositis": "DM", "provisional": True},
    {"kind": "antibody", "on": "2024-03-02", "code": "anti_mda5", "result": "positive"},
    {"kind": "measurement", "on": "2024-03-02T08:00", "code": "ferritin", "value": "1679", "unit": "ng/mL"},
    {"kind": "measurement", "on": "2024-03-02T08:00", "code": "pao2", "value": "58.1", "unit": "mmHg", "fio2": 0.21},
    {"kind": "measurement", "on": "2024-03-09", "code": "csa", "value": "182", "unit": "ng/mL", "route": "iv",
     "timing": "trough", "hours_since_dose": 12, "kit": "x"},
    {"kind": "measurement", "on": "2024-03-03", "known": "2024-03-05", "code": "vc", "value": "<2.2", "unit": "L",
     "id": "L-1", "status": "preliminary"},
    {"kind": "hrct", "on": "2024-03-02", "ggo": True, "consolidation": "lower", "change": "increased",
     "compared_with": "2024-01-02", "pattern": "NSIP"},
    {"kind": "finding", "on": "2024-03-02", "code": "dyspnoea_on_exertion", "present": True, "change": "worse"},
    {"kind": "treatment", "on": "2024-03-03", "drug": "gc", "dose": 60, "unit": "mg/day", "route": "oral"},
    {"kind": "treatment", "on": "2024-03-04", "drug": "ivcy", "dose": 750, "unit": "mg", "stop": "2024-03-04"},
    {"kind": "histology", "on": "2024-03-02", "pattern": "DAD"},
    {"kind": "support", "on": "2024-03-05", "level": "oxygen", "fio2": 0.4},
    {"kind": "judgement", "on": "2024-03-17", "improvement": "worse", "note": "x"},
    {"kind": "decision", "on": "2024-03-17", "step": "T3", "accepted": True, "reason": "x"},
    {"kind": "decision", "on": "2024-05-17", "course": "C", "reason": "x"},
    {"kind": "admission", "on": "2024-02-28T10:00"},
    {"kind": "discharge", "on": "2024-06-01", "to": "home"},
    {"kind": "outcome", "on": "2024-07-01", "what": "death", "cause": "infection"},
    {"kind": "measurement", "on": "2024-03-06", "code": "spo2", "value": "92", "unit": "%", "flow": 3,
     "device": "nasal_cannula"},
    {"kind": "treatment", "on": "2024-03-06", "drug": "csa", "dose": 200, "unit": "mg/day", "indication": "ild"},
]  # fmt: skip


def mutated(roll: random.Random, mrn: str, born: date | None) -> dict[str, Any]:
    """A valid file with some keys of some events extreme: one key in most, so that many files are taken."""
    events = copy.deepcopy(roll.sample(EVENTS, roll.randint(1, 4)))
    for _ in range(roll.choice([1, 1, 1, 2, 4])):
        event = roll.choice(events)
        key = roll.choice([*event, "on", "known", "id", "status", "stop", "compared_with", "fio2", "month", "other"])
        event[key] = extremes.of_key(key, roll)
        if roll.random() < 0.1:
            event.pop(roll.choice(list(event)), None)
    person = {"mrn": mrn, "family_name": "Fuzz", "given_name": "File", "birth_date": born.isoformat() if born else None}
    if roll.random() < 0.1:
        person |= {"birth_date": extremes.of_key("birth_date", roll), "mrn": f"{mrn}-B"}
    return {"format": "ildcare-case/1", "source": "fuzz", "patient": person, "events": events}


def store(document: dict[str, Any]) -> str:
    try:
        case = read_case(json.dumps(document).encode(), zone="Asia/Tokyo", now=timezone.now())
        store_case(case, by=None)
    except CaseFaults:
        return "faults"
    except Refused:
        return "refused"
    return "stored"


@pytest.mark.parametrize("number", batches(100, 5_000))
def test_no_file_with_extreme_values_closes_a_page(client: Client, number: int) -> None:
    roll = dice("files", number)
    born = roll.choice([None, date(1952, 3, 1), date(1900, 1, 1)])
    mrn = f"FILE-{number}"
    done: Counter[str] = Counter()
    for _ in until(lambda: min(done["stored"], done["faults"]) > BATCH / 20, BATCH):
        done[store(mutated(roll, mrn, born))] += 1
    for patient in Patient.objects.filter(mrn__startswith=mrn):
        every_page(client, patient, roll)


def test_every_kind_of_event_is_among_the_files() -> None:
    assert {x["kind"] for x in EVENTS} == set(READERS)
