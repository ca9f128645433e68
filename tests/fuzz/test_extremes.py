"""Every form field and every file key with extreme values of its type: whatever is accepted can be read on every page.

The forms are those that the pages show (`tests/fuzz/site.py`): a page with a new form is tried without a word here.
`python3 manage.py test --full tests/fuzz` sends 5,000 forms and 5,000 files; the gate a few dozen.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from monitoring.models import RuleChange
from monitoring.queries import failing_evaluations
from patients.actions import store_case
from patients.changes import Refused
from patients.forms import FORMS
from patients.imports import read_case
from patients.imports.case import CaseFaults
from patients.imports.case_events import READERS
from patients.models import FACT_TABLES, Patient, RecordMerge, Role, User, Ward
from patients.queries import take_snapshot
from tests import effort
from tests.effort import dice, until
from tests.fuzz import extremes
from tests.fuzz.site import Control, Form, Met, Site, Way, way_of
from tests.fuzz.stage import PASSWORD, Stage, staged
from tests.patients.conftest import make_user
from tests.patients.conftest import ward as ward
from tests.patients.test_access_matrix import DUMMY, views

pytestmark = pytest.mark.django_db
BATCH = 100  # forms or files for one patient, whose pages are then all opened
IN_GATE = 20  # forms
# what an answer may be: stored, shown, refused with a sentence; never an error of the server
ANSWERS = {200, 202, 204, 302, 400, 403, 404, 409, 413, 422}

# addresses that take a form and are not tried here, and why
OF_AN_ACCOUNT = "says nothing of a patient: who is signed in, and how pages look"
OF_MACHINES = "opened by a token; what machines send is tried as documents"
SENDS = "has no field, and sends a message to the outside"
NOT_TRIED = {
    **dict.fromkeys(("sign_in", "sign_out", "own_password", "session_extend", "session_forms"), OF_AN_ACCOUNT),
    **dict.fromkeys(("set_theme", "set_tour", "set_keys", "set_language"), OF_AN_ACCOUNT),
    **dict.fromkeys(("message_take", "fhir_take", "fhir_nothing", "hook_patient_view"), OF_MACHINES),
    **dict.fromkeys(("delivery_test", "notification_test", "message_step"), SENDS),
    "browser_add": "filled in by the browser itself, where the site has a key for it",
    "browser_remove": "of a browser that was added, without a field",
}
# each row by itself: those that are in order are stored, the others come back
IN_PARTS = {"ward_morning_record"}
REFUSED = {400, 403, 404, 409, 413, 422}


@pytest.fixture
def client(client: Client, ward: Ward) -> Client:
    """Of somebody who may do everything."""
    user = make_user("senior", Role.SENIOR, ward)
    user.is_staff = user.is_superuser = True
    user.save()
    client.force_login(user)
    return client


def batches(gate: int, full: int) -> range:
    """So many in the gate, so many by command."""
    return range((full if effort.THIS_RUN.full else gate) // BATCH)


def takes_forms() -> set[str]:
    """Names of the addresses that answer a POST with anything but "not by this method", by trying each."""
    factory, found = RequestFactory(), set()
    for name, view, kinds in views():
        request = factory.post("/")
        request.user, request.session = AnonymousUser(), {}
        try:
            status = view(request, **{key: DUMMY[kind] for key, kind in kinds.items()}).status_code
        except Exception:
            status = 0
        if status != 405:
            found.add(name)
    return found


# -- forms ------------------------------------------------------------------------------------------------------------


def typed(form: Form, roll: random.Random, foreign: list[str], button: Control | None) -> dict[str, list[str]]:
    """What is sent: most fields as they stand or as they may be, a few extreme; some missing, some twice."""
    sent: dict[str, list[str]] = {}
    fields = [x for x in form.controls if x.kind != "button" and x.name != "csrfmiddlewaretoken"]
    wild = {id(x) for x in roll.sample(fields, min(len(fields), roll.choice([0, 1, 1, 2, 3, 6])))}
    radios = {x.name: roll.choice([y.value for y in fields if y.name == x.name]) for x in fields if x.kind == "radio"}
    for field in fields:
        if roll.random() < 0.03 and field.name != "context_token":
            continue  # left out
        value = _value(field, roll, foreign, extreme=id(field) in wild)
        if field.kind == "radio" and id(field) not in wild and field.value != radios[field.name]:
            continue
        if field.kind == "checkbox" and id(field) not in wild and roll.random() < 0.5:
            continue
        sent.setdefault(field.name, []).append(value)
        if id(field) in wild and roll.random() < 0.1:
            sent[field.name].append(_value(field, roll, foreign, extreme=True))
    if button is not None and button.name:
        sent.setdefault(button.name, []).append(button.value)
    return sent


def _value(field: Control, roll: random.Random, foreign: list[str], *, extreme: bool) -> str:
    if field.kind == "password":
        return PASSWORD
    if field.kind == "hidden":
        if not extreme or field.name == "context_token":
            return field.value
        return roll.choice([*foreign, extremes.of_control(field, roll)])
    if extreme:
        return roll.choice(foreign) if roll.random() < 0.05 else extremes.of_control(field, roll)
    if field.kind in ("date", "datetime-local", "select", "number") and field.value and roll.random() < 0.5:
        return field.value
    return extremes.likely(field, roll)


class Sending:
    """Forms of a site are sent, each kind as often as the others; what they ask about is confirmed."""

    def __init__(self, site: Site, stage: Stage, roll: random.Random) -> None:
        self.site, self.roll = site, roll
        rows = some_rows(stage.stranger, roll)
        self.foreign = [str(stage.stranger.pk), stage.stranger.mrn, *(x.reference for x in rows), str(rows[0].pk)]
        self.answers: Counter[tuple[str, int]] = Counter()
        self.used: set[int] = set()
        self.turn: list[Way] = []

    def ways(self) -> list[Way]:
        """Every kind of form that was met and is tried."""
        return sorted(x for x in self.site.forms if x[0] not in NOT_TRIED)

    def one(self) -> None:
        """Send one, on a page that was opened for it."""
        if not self.turn:
            self.turn = self.ways()
            self.roll.shuffle(self.turn)
        way = self.turn.pop()
        met = self.roll.choice(list(self.site.forms[way].values()))
        if id(met) in self.used:
            self.site.forms[way].pop(f"{met.who} {met.page}", None)
            self.site.get(met.who, met.page)  # if it is there still, it is met again
            if not self.site.forms[way]:
                del self.site.forms[way]
                return
            met = self.roll.choice(list(self.site.forms[way].values()))
        self.used.add(id(met))
        self.send(met, way)

    def send(self, met: Met, way: Way, **more: str) -> None:
        """Send a form; if what comes back asks for a tick or offers another step, go on with it."""
        for _ in range(3):
            button = self.roll.choice(
                [x for x in met.form.buttons if way_of(x.action or met.form.action) == way] or [None]
            )
            sent: dict[str, Any] = {**typed(met.form, self.roll, self.foreign, button), **more}
            for field in met.form.controls:
                if field.kind == "file":
                    sent[field.name] = a_file(self.roll)
            before = everything_stored()
            answer, page = self.site.send(met, way, sent, **self.roll.choice([{}, {}, {"HX-Request": "true"}]))
            self.answers[(way[0], answer.status_code)] += 1
            assert answer.status_code in ANSWERS, (way, met.page, sent)
            if answer.status_code in REFUSED and way[0] not in IN_PARTS:
                assert everything_stored() == before, ("refused, and stored in part", way, sent)
            following = [
                x for x in page.forms if x.asks() or way_of(x.action)[0] in ("case_store", "part_pick", "merge_store")
            ]
            if answer.status_code not in (200, 422) or not following:
                return
            form = self.roll.choice(following)
            met, way = Met(met.who, met.page, form), way_of(form.action)
            more = {x.name: x.value for x in form.controls if x.name and "confirmed" in x.name}
            more |= {x.name: x.value for x in form.controls if more and x.chosen and x.kind not in ("button", "file")}


def a_file(roll: random.Random, *, good: bool = False) -> SimpleUploadedFile:
    """A file of somebody else's making."""
    if good:
        return SimpleUploadedFile("good.json", json.dumps(document_of("FILE-GOOD", EVENTS[:2])).encode())
    document = json.dumps(mutated(roll, "FILE-SENT", None)).encode()
    table = f"ID,Date,Ferritin (ng/mL)\nFILE-SENT,{extremes.day(roll)},{roll.choice(extremes.NUMBERS)}\n".encode()
    return SimpleUploadedFile("sent", roll.choice([document, document, table, b"", b"\xff\x00"]))


def everything_stored() -> list[tuple[str, int, int]]:
    """Of each table of the product how many rows there are, and a sum over their content; not who looked at what."""
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in ("patients", "algorithm", "monitoring") and model._meta.managed
        if not model.__name__.startswith(("Audit", "SheetPrint", "User"))
    ]
    parts = (f"SELECT '{x}', count(*), coalesce(sum(hashtext(t::text)), 0) FROM {x} t" for x in tables)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return sorted(cursor.fetchall())


def some_rows(patient: Patient, roll: random.Random, most: int = 8) -> list[Any]:
    rows = [row for table in FACT_TABLES.values() for row in table.objects.filter(patient=patient)]
    return roll.sample(rows, min(len(rows), most))


def addresses_of(patient: Patient, roll: random.Random) -> Iterator[str]:
    """Every address with this patient's number or one of the patient's entries, out of the URLconf; and some days."""
    one = f"/patients/{patient.pk}/"
    for name, view, kinds in views():
        if "patient_id" not in kinds:
            continue
        if set(kinds) == {"patient_id"}:
            yield reverse(name, args=[patient.pk])
        elif name == "fact_detail":
            yield from (reverse(name, args=[patient.pk, x.reference]) for x in some_rows(patient, roll))
        elif set(kinds) == {"patient_id", "kind"}:
            yield from (reverse(name, args=[patient.pk, x]) for x in FORMS)
        else:
            keys = {x: DUMMY[kind] for x, kind in kinds.items()}
            yield reverse(name, kwargs={**keys, "patient_id": patient.pk})
        assert view
    wild = [f"?at={extremes.day(roll)}{roll.choice(['', 'T08:00', 'T02:30'])}" for _ in range(2)]
    yield from (f"{one}{x}" for x in wild)
    yield from (f"{one}trends?rows=all&range=all", f"{one}results?panel=nonsense&order=oldest")
    yield from (f"{one}results?until={extremes.day(roll)}&days=21", f"{one}trends?range=own&from={extremes.day(roll)}")
    yield f"{one}trends/compare?x=ferritin&y=pao2&days={roll.choice(extremes.NUMBERS[:20])}"


WARD = ("/", "/inbox/", "/inbox/tests", "/inbox/levels", "/inbox/tasks", "/round/", "/arrivals/", "/ward/morning")
WARD_PAPER = ("/ward/handover.pdf", "/ward/round-sheets.pdf", "/patients/off-ward", "/patients/own", "/rules/changes")


def every_page(client: Client, patient: Patient, roll: random.Random) -> None:
    """Each page of the patient answers, the evaluation works, and no entry is unreadable."""
    facts = [f"/admin/patients/{x._meta.model_name}/" for x in FACT_TABLES.values()]
    # 302: the record that it went into; 404: an object that there is not; 405: takes forms only
    regular, wrong = {200, 302, 404, 405}, {}
    if RecordMerge.objects.standing().filter(absorbed=patient).exists():
        regular.add(409)  # says which record it went into
    for page in (*addresses_of(patient, roll), *WARD, *WARD_PAPER, *facts):
        status = client.get(page).status_code
        if status not in regular or (status != 200 and page in WARD):
            wrong[page] = status
    assert wrong == {}
    assert evaluate_patients([patient.pk]).failed == failing_evaluations() == 0
    now = timezone.now()
    assert take_snapshot(patient, now, now).unreadable == ()


# what is sent before the other forms are looked for: each of these brings forward a form that answers it
FIRST_STEPS: dict[Way, dict[str, str]] = {
    ("entry_record", "finding"): {"present": "yes"},
    ("round_seen",): {},
    ("morning_draft",): {"value_crp": "6", "draft": "page"},
    ("part_find",): {"words": "Ono"},
    ("case_check",): {},
}


def met_everywhere(stage: Stage, roll: random.Random) -> Site:
    """The site as its people see it, with what can be taken back or decided after a first step of somebody."""
    site = Site(stage.people)
    site.explore("senior", *stage.pages)
    site.explore("site", "/site/", "/machines/", "/delivery/")
    site.explore("pharmacist", *(f"/rules/changes/{x.pk}" for x in RuleChange.objects.all()))
    for way, more in FIRST_STEPS.items():
        met = next(x for x in site.forms[way].values() if way != ("round_seen",) or "off-ward" in x.page)
        form = met.form.controls
        sent: dict[str, Any] = {
            x.name: x.value for x in form if x.chosen and x.name and x.kind not in ("button", "file")
        }
        sent |= {x.name: a_file(roll, good=True) for x in form if x.kind == "file"} | more
        answer, _page = site.send(met, way, sent)
        assert answer.status_code in (200, 204, 302), (way, answer.status_code)
        site.get(met.who, met.page)
    for patient in (stage.patient, stage.others[1]):
        site.get("senior", f"/patients/{patient.pk}/round")
    return site


def said(sending: Sending, number: int) -> None:
    """In a full run: how many were sent, and what was answered."""
    if effort.THIS_RUN.full:
        by_status = Counter(dict.fromkeys(ANSWERS, 0))
        for (_name, status), count in sending.answers.items():
            by_status[status] += count
        print(f"forms {number}: {sending.answers.total()} sent,", {x: n for x, n in by_status.items() if n}, flush=True)


@pytest.mark.parametrize("number", range(10 if effort.THIS_RUN.full else 1))
def test_no_form_with_extreme_values_closes_a_page(ward: Ward, number: int) -> None:
    roll = dice("forms", number)
    born = roll.choice([None, date(1952, 3, 1), date(1900, 1, 1)])
    stage = staged(ward, f"FUZZ-{number}", born)
    senior = stage.people["senior"]
    User.objects.filter(pk=stage.users["senior"].pk).update(is_staff=True, is_superuser=True)
    site = met_everywhere(stage, roll)
    missing = takes_forms() - {x[0] for x in site.forms} - set(NOT_TRIED)
    assert missing == set(), "addresses that take a form, and no page shows it"
    assert {x[0] for x in site.forms} & set(NOT_TRIED) <= takes_forms(), "a reason for what takes no form"
    sending = Sending(site, stage, roll)
    for _ in range(5 if effort.THIS_RUN.full else 1):
        for _ in range(BATCH if effort.THIS_RUN.full else IN_GATE):
            sending.one()
        said(sending, number)
        every_page(senior, stage.patient, roll)
    patients = list(Patient.objects.all())
    for patient in patients if effort.THIS_RUN.full else ():
        if patient != stage.stranger:
            every_page(senior, patient, roll)
    assert evaluate_patients([x.pk for x in patients]).failed == failing_evaluations() == 0
    now = timezone.now()
    assert [x for patient in patients for x in take_snapshot(patient, now, now).unreadable] == []


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
    document = document_of(mrn, events, birth_date=born.isoformat() if born else None)
    if roll.random() < 0.1:
        document["patient"] |= {"birth_date": extremes.of_key("birth_date", roll), "mrn": f"{mrn}-B"}
    return document


def document_of(mrn: str, events: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A case file of these events."""
    person = {"mrn": mrn, "family_name": "Fuzz", "given_name": "File", **more}
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
    if effort.THIS_RUN.full:
        print(f"files {number}:", dict(done), flush=True)
    for patient in Patient.objects.filter(mrn__startswith=mrn):
        every_page(client, patient, roll)


def test_every_kind_of_event_is_among_the_files() -> None:
    assert {x["kind"] for x in EVENTS} == set(READERS)
