"""A ward on which every form of the site can be met: something of each kind waits to be answered."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from algorithm.changing_notes import propose_retiring
from ildcare.cohort.job import work_on_cohort
from ildcare.evaluation.effect import work_out_effects
from ildcare.evaluation.sweep import evaluate_patients
from ildcare.exchange.table_job import take_file
from ildcare.exchange.table_reading import suggestion_for
from ildcare.review.triggers import gather
from monitoring import changing_rules
from monitoring.models import RuleChange
from monitoring.notification_choices import add_webhook
from patients import actions as do
from patients.imports.table_map import map_as_json
from patients.models import Bed, CohortRun, Patient, Role, RunState, Source, TableFile, TableMapping, User, Ward
from tests.browser.people import awaiting_mda5, forty_days_treated, judgement_overdue
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.imports.sending import message, obx
from tests.patients.imports.test_tables import text_of
from tests.story import Story

PASSWORD = "as it was typed"


@dataclass
class Stage:
    """Who is signed in, whose pages are tried, and who is beside them."""

    people: dict[str, Client]
    users: dict[str, User]
    patient: Patient
    others: list[Patient]
    stranger: Patient  # of another ward: nothing of it may be reached

    @property
    def pages(self) -> list[str]:
        """Where to begin so that every form is met: the patient's page, and what no link of it leads to."""
        _treated, gone, twin = self.others
        tables = [f"/exchange/tables/{x.pk}" for x in TableFile.objects.all()]
        cohorts = ["/cohort", *(f"/cohort/{x.pk}/export" for x in CohortRun.objects.filter(state=RunState.DONE))]
        return [
            f"/patients/{self.patient.pk}/",
            f"/patients/{gone.pk}/stay",
            f"/patients/{twin.pk}/",
            f"/patients/{twin.pk}/merge",
            *tables,
            *cohorts,
            "/",
        ]


def staged(ward: Ward, name: str, born: date | None) -> Stage:
    """A ward with its people; the patient of the name was born on that day."""
    users = {
        who: make_user(f"{name} {who}", role, ward)
        for who, role in (("senior", Role.SENIOR), ("pharmacist", Role.PHARMACIST), ("site", Role.ADMINISTRATOR))
    }
    people = {}
    for who, user in users.items():
        user.set_password(PASSWORD)
        user.save()
        people[who] = Client()
        people[who].force_login(user)
    senior = users["senior"]
    for label in ("701", "702", "703"):
        Bed.objects.create(ward=ward, label=f"{name}-{label}")
    patient = make_patient(name, senior, ward, birth_date=born)
    treated = make_patient(f"71{zlib.crc32(name.encode())}", senior, ward, family_name="Ono", given_name="Mari")
    gone = make_patient(f"{name}-G", senior, family_name="Ito", given_name="Yui")
    twin = make_patient(f"{name}-2", senior, ward, family_name="Ito", given_name="Yui")
    merged = make_patient(f"{name}-M", senior, family_name="Ito", given_name="Yui")
    elsewhere = Ward.objects.create(code=f"far-{name.lower()}", name="Far")
    stranger = make_patient(f"{name}-S", None, elsewhere, family_name="Abe", given_name="Jun")
    _tell(senior, (patient, judgement_overdue()), (treated, forty_days_treated()), (twin, awaiting_mda5()))
    _tell(None, (gone, Story().ferritin(today() - 1, "900")), (stranger, Story().ferritin(today() - 1, "90")))
    do.correct_identity(patient=twin, by=senior, expected_version=1, reason="misspelt", given_name="Yuiko")
    do.keep_round_draft(patient=merged, by=senior, note="typed before the merge", plan="")
    do.merge_records(kept=twin, absorbed=merged, by=senior, reason="registered twice")
    do.start_round(by=senior, order=[patient.pk, treated.pk])
    do.add_task(patient=patient, by=senior, text="CT", due=timezone.localdate())
    do.save_view(by=senior, name="mine", filters={"step": "T4"})
    _machines(treated, users)
    _rules(users)
    _cohorts(senior)
    propose_retiring("wu_2025", by=users["senior"], words="a letter questions it")
    add_webhook(
        title="desk", url="https://desk.example/", inside=False, ward=ward, least=3, language="en", by=users["site"]
    )
    evaluate_patients([x.pk for x in Patient.objects.all()])
    gather(timezone.now())
    return Stage(people, users, patient, [treated, gone, twin], stranger)


def _tell(by: User | None, *told: tuple[Patient, Story]) -> None:
    for patient, story in told:
        do.record_facts(patient=patient, facts=story.versions, by=by, source="test")


def _cohorts(senior: User) -> None:
    """A run on everybody that is done, and one that goes on."""
    if not CohortRun.objects.exists():
        do.ask_for_cohort(with_rules=False, by=senior)
        work_on_cohort()
        do.ask_for_cohort(with_rules=False, by=senior)


def _rules(users: dict[str, User]) -> None:
    """A number of the site that is in force, and another one that is proposed."""
    seen = None
    for warns in ("5.8", "5.9"):
        values = {"HYPERKALAEMIA.warns": Decimal(warns)}
        change = changing_rules.propose(
            by=users["senior"], values=values, off=(), reason_given="our analyser", seen=seen
        )
        if warns == "5.8":
            work_out_effects()
            changing_rules.begin_trial(change, by=users["pharmacist"])
            RuleChange.objects.filter(pk=change.pk).update(shadow_at=timezone.now() - timedelta(hours=25))
            changing_rules.put_in_force(change, by=users["pharmacist"])
            seen = change.pk


def _machines(patient: Patient, users: dict[str, User]) -> None:
    """Of each kind of question one, a table that is looked at and one that was taken, codes with a meaning, a token."""
    source = Source.objects.create(name=f"lab-{patient.pk}", title="Laboratory", sender=f"LAB|{patient.mrn}")
    person = f"PID|1||{patient.mrn}^^^EAST^MR||{patient.family_name}^{patient.given_name}"
    level = obx("3M805000001905101^CsA^JC10", "182", "ng/mL")
    month = obx("2276-4^Ferritin^LN", "1679", "ng/mL", time="202603")
    no_unit = obx("2276-4^Ferritin^LN", "1500")
    for segments, who in (
        ((level, month, no_unit, obx("77^unheard of^99X", "1", "mg/dL")), person),
        ((obx("2276-4^Ferritin^LN", "2", "ng/mL"),), person.replace(patient.mrn, f"00{patient.mrn}")),
        ((obx("2276-4^Ferritin^LN", "2", "ng/mL"),), person.replace(patient.family_name, "Otherwise")),
        ((obx("2276-4^Ferritin^LN", "3", "ng/mL"),), "PID|1||55501^^^EAST^MR||Nobody^Here"),
    ):
        do.take_message(source=source, document=message(*segments, person=who), form="hl7v2")
    rows = [["ID", "Date", "Ferritin (ng/mL)"], [patient.mrn, "2026-03-04", "1679"], [patient.mrn, "2026-03-40", "1"]]
    body = text_of(rows)
    pharmacist = users["pharmacist"]
    content: Any = map_as_json(suggestion_for(body, source=source.name).of)
    mapping = TableMapping.objects.create(name=f"weekly {patient.pk}", content=content, by=pharmacist)
    _shown, taken = (
        do.send_table(source=source, name=x, body=body, mapping=mapping, by=users["senior"])
        for x in ("looked-at.csv", "taken.csv")
    )
    do.begin_table(file=taken, by=users["senior"])
    take_file(taken.pk)
    code = {"system": "99X", "code": "901", "called": "Enzyme", "by": users["senior"]}
    do.say_meaning(target="ldh", **code)
    do.say_meaning(target="ck", reason="It was the other one.", **code)
    do.issue_token(source=source, title="engine", scopes=["send"], wards=[], addresses=[], by=users["site"])
