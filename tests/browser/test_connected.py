"""A connected hospital in one morning: an admission and a result by MLLP, a bundle by HTTP, a table by hand; then the
ward list shows the patient with the alerts, and Arrivals what waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from django.urls import reverse
from django.utils import timezone
from hl7.client import MLLPClient
from playwright.sync_api import Page, expect

from ildcare.evaluation.sweep import sweep
from ildcare.exchange import table_job
from patients.actions import issue_token
from patients.models import Patient, Role, Scope, Source, TableFile
from tests.browser.test_tables import send_mapped
from tests.ildcare.exchange.fhir.bundles import UCUM, ferritin, observation, patient
from tests.ildcare.exchange.fhir.bundles import sent as bundle_of
from tests.ildcare.exchange.test_mllp import code_of, listening
from tests.patients.conftest import make_user
from tests.patients.imports.sending import HEADER, PERSON, message, obx
from tests.patients.imports.test_tables import text_of

WIDTHS = (1440, 820, 390)


@pytest.fixture
def yesterday() -> datetime:
    return timezone.localtime() - timedelta(days=1)


def admission(at: datetime) -> bytes:
    stamp = at.strftime("%Y%m%d%H%M%S")
    visit = "PV1|1|I|east-7^714^1" + "|" * 41 + stamp
    header = HEADER.replace("ORU^R01^ORU_R01", "ADT^A01^ADT_A01").replace("C100", "A1").replace("20260305091000", stamp)
    return "\r".join((header, f"EVN|A01|{stamp}", PERSON, visit, "")).encode()


def results(at: datetime) -> bytes:
    """A ferritin that is grave, and a level of which nobody says the route."""
    stamp = at.strftime("%Y%m%d%H%M%S")
    order = f"OBR|1|P1|F1|X^Panel^LN|||{stamp}"
    level = obx("3M805000001905101^Cyclosporine^JC10", "182", "ng/mL")
    header = HEADER.replace("20260305091000", stamp)
    return message(order, obx("2276-4^Ferritin^LN", "1,679", "ng/mL"), level, header=header)


def posted(address: str, token: str, document: bytes) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    with urlopen(Request(f"{address}/fhir/", document, headers, method="POST"), timeout=60) as answer:
        return answer.status


def test_what_machines_send_stands_on_the_ward_list_and_what_waits_is_counted(
    signed_in: Page, live_server, ward, yesterday: datetime, tmp_path: Path, faults, monkeypatch
) -> None:
    faults.expect(422)
    monkeypatch.setattr(table_job, "SHORT", 0)
    lab = Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")
    token = issue_token(
        source=lab, title="engine", scopes=[Scope.SEND], by=make_user("administrator", Role.ADMINISTRATOR)
    )
    with listening() as port, MLLPClient("127.0.0.1", port) as client:
        assert code_of(client.send_message(admission(yesterday))) == "AA"
        assert code_of(client.send_message(results(yesterday))) == "AA"
    gas = {"value": 57.2, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}
    when = {"effectiveDateTime": yesterday.isoformat(timespec="seconds")}
    document = bundle_of(
        patient(), ferritin("o2", 1702, **when), observation("o3", "2703-7", valueQuantity=gas, **when)
    )
    assert posted(live_server.url, token.text, document) == 200
    table = tmp_path / "採血.csv"
    day = yesterday.strftime("%Y/%m/%d")
    rows = [["患者番号", "氏名", "採取日", "KL-6 (U/mL)"], ["7001234", "Torii Kaori", day, "１０８０"]]
    table.write_bytes(text_of(rows, encoding="cp932"))
    send_mapped(signed_in, live_server.url, table, "East laboratory")
    table_job.take_file(TableFile.objects.get().pk)
    sweep()
    torii = Patient.objects.get()
    assert {x.code for x in torii.measurement_set.all()} == {"ferritin", "kl6"}
    for width in WIDTHS:
        signed_in.set_viewport_size({"width": width, "height": 900})
        signed_in.goto(f"{live_server.url}/?ward=east-7")
        line = signed_in.locator("main").filter(has_text="Torii")
        expect(line).to_contain_text("714")
        expect(line).to_contain_text("1,702")
        signed_in.goto(f"{live_server.url}{reverse('arrival_list')}")
        expect(signed_in.locator("main")).to_contain_text("PaO2")
        expect(signed_in.locator("main")).to_contain_text("182")
