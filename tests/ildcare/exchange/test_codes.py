"""What codes mean here, on the page of who runs the site: replaced with a reason, confirmed, never forgotten."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from patients.actions import say_meaning, take_message
from patients.models import CodeMeaning, Measurement, Role, Source, User
from tests.patients.conftest import make_patient, make_user
from tests.patients.imports.sending import message, obx
from tests.reading import words_of

pytestmark = pytest.mark.django_db
PAGE = "/machines/codes"


@pytest.fixture
def meaning(ward, physician) -> CodeMeaning:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    make_patient("7001234", physician, ward, **names)
    said, _messages = say_meaning(system="99X", code="77", called="LD", target="ldh", by=physician)
    source = Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")
    take_message(source=source, document=message(obx("77^LD^99X", "301", "U/L")), form="hl7v2")
    return said


def sent(client: Client, address: str, **fields: str) -> int:
    page = client.get(PAGE).content.decode()
    form = next(x for x in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'action="{address}"' in x)
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    status: int = client.post(address, {**hidden, **fields}).status_code
    return status


def test_a_meaning_is_replaced_with_a_reason_and_what_was_taken_is_shown(
    client: Client, administrator: User, meaning: CodeMeaning, ward
) -> None:
    client.force_login(administrator)
    assert "LD 99X 77 Lactate dehydrogenase (LDH)" in words_of(client.get(PAGE))
    assert "1 fact" in words_of(client.get(PAGE))
    address = reverse("code_replace", args=[meaning.pk])
    assert sent(client, address, means="ck", reason="") == 422
    assert sent(client, address, means="ck", reason="Their table was read wrongly.") == 302
    assert [x.target for x in CodeMeaning.objects.all()] == ["ldh", "ck"]
    assert "before: Lactate dehydrogenase (LDH)" in words_of(client.get(PAGE))
    assert "Torii" not in words_of(client.get(PAGE)), "nothing of a patient"
    assert Measurement.objects.get().code == "ldh", "it is corrected by hand"
    client.force_login(make_user("pharmacist", Role.PHARMACIST, ward))
    page = client.get(reverse("code_facts", args=[meaning.pk]))
    assert "Torii" in words_of(page)
    assert f"/facts/{Measurement.objects.get().reference}" in page.content.decode()


def test_a_bundled_row_is_applied_only_when_it_was_confirmed(
    client: Client, administrator: User, meaning: CodeMeaning
) -> None:
    document = message(obx("24373-3^unheard of^LN", "9", "ng/mL"))
    assert take_message(source=Source.objects.get(), document=document, form="hl7v2").waiting == 1
    client.force_login(administrator)
    assert sent(client, reverse("code_confirm"), row="LOINC|24373-3", reason="Read at loinc.org.") == 302
    assert Measurement.objects.filter(code="ferritin").exists()
    assert "LOINC|24373-3" not in client.get(PAGE).content.decode()
