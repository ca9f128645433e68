"""A kit in words, and a preliminary sample, on the sheet and in the forms behind "+ Add"."""

from __future__ import annotations

import pytest
from django.utils import timezone

from patients.models import Measurement
from patients.queries import take_snapshot
from tests.ildcare.morning.test_sheet import page_of, send
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import clock
from tests.ildcare.record.test_entering import patient as patient
from tests.ildcare.record.test_entering import send as send_form
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward

pytestmark = pytest.mark.django_db


def only() -> Measurement:
    return Measurement.objects.get()


def test_a_kit_in_words_is_stored_with_its_value_and_stands_ready_next_time(browser, patient) -> None:
    send(browser, patient, value_kl6="1790", kit_kl6="Nanopia KL-6", value_ldh="436")
    assert {x.code: x.kit for x in Measurement.objects.all()} == {"kl6": "Nanopia KL-6", "ldh": ""}
    page = page_of(browser.get(f"/patients/{patient.pk}/morning"))
    assert 'name="kit_kl6"' in page
    assert 'value="Nanopia KL-6"' in page


def test_another_kit_than_those_of_the_catalogue_is_written_and_wins(browser, patient) -> None:
    send(browser, patient, value_bdg="9", kit_bdg="turbidimetric", kitname_bdg="Goldstream")
    assert only().kit == "Goldstream"
    page = page_of(browser.get(f"/patients/{patient.pk}/morning"))
    assert '<option value="Goldstream" selected>' in page


def test_a_kit_alone_is_nothing_that_was_typed(browser, patient) -> None:
    assert send(browser, patient, kit_kl6="Nanopia KL-6").status_code == 422
    assert not Measurement.objects.exists()


def test_a_preliminary_sheet_says_so_of_each_of_its_values(browser, patient) -> None:
    send(browser, patient, value_ferritin="890", value_crp="2.1", preliminary="yes")
    assert {x.status for x in Measurement.objects.all()} == {"preliminary"}
    send(browser, patient, value_ferritin="900", on=clock(hours=0))
    assert Measurement.objects.get(value=900).status == "final"
    assert {x.status for x in take_snapshot(patient, timezone.now(), timezone.now()).series("ferritin")} == {
        "preliminary",
        "final",
    }


def test_what_is_asked_about_keeps_that_it_is_preliminary(browser, patient) -> None:
    asked = send(browser, patient, "check", value_creatinine="65", preliminary="yes")
    assert 'name="preliminary" value="yes" checked' in page_of(asked)


def test_a_test_outside_the_catalogue_has_both(browser, patient) -> None:
    entry = {"on": clock(hours=1), "name": "IL-18", "value": "900", "unit": "pg/mL"}
    send_form(browser, patient, "other_test", **entry, kit="MBL", preliminary="on")
    assert (only().kit, only().status) == ("MBL", "preliminary")


def test_the_first_facts_may_be_preliminary(browser, patient) -> None:
    entry = {"ferritin-value_ferritin": "890", "ferritin-unit_ferritin": "ng/mL", "ferritin-on": clock(hours=1)}
    entry |= {"ferritin-preliminary": "on"}
    page = browser.get(f"/patients/{patient.pk}/enter/first_facts").content.decode()
    assert 'name="ferritin-preliminary"' in page
    assert send_form(browser, patient, "first_facts", **entry).status_code == 302
    assert only().status == "preliminary"
