"""FHIR over a real connection: a Bundle in, everything out, as another system does it."""

from __future__ import annotations

import json
from urllib.request import Request, urlopen

import pytest

from patients.actions import issue_token
from patients.models import Scope, Source
from tests.ildcare.exchange.fhir.bundles import ferritin, patient, sent
from tests.patients.conftest import make_patient


@pytest.mark.django_db(transaction=True)
def test_a_bundle_and_everything_over_the_network(live_server, administrator, ward, physician) -> None:
    source = Source.objects.create(name="ehr", title="Record of the hospital")
    scopes = [Scope.SEND, Scope.READ]
    token = issue_token(source=source, title="x", scopes=scopes, wards=[ward], by=administrator).text
    torii = make_patient("7001234", physician, ward, family_name="Torii", given_name="Kaori", birth_date=None)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    document = sent(patient(), ferritin(), kind="transaction").replace(b'"value": 1679,', b'"value": 1679.50,')
    with urlopen(Request(f"{live_server.url}/fhir/", document, headers)) as answer:
        told = json.load(answer)
    assert [x["response"]["status"] for x in told["entry"]] == ["200 OK", "201 Created"]
    with urlopen(Request(f"{live_server.url}/fhir/Patient/{torii.pk}/$everything", headers=headers)) as answer:
        body = answer.read()
        assert answer.headers["Content-Type"].startswith("application/fhir+json")
        assert answer.headers["Cache-Control"] == "no-store, private"
    assert b'"value":1679.50,' in body
