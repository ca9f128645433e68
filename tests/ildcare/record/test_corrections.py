"""A correction may change how a result was taken: time, oxygen, route, time to the dose, kit; the rest stays."""

from __future__ import annotations

import html
from datetime import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from patients.actions import record_facts
from patients.clinical.bounds import OF_A_MOMENT, Outside
from patients.models import Measurement
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import clock, question_of
from tests.ildcare.record.test_entering import patient as patient
from tests.monitoring.stored import today
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = [pytest.mark.django_db, pytest.mark.shared]


@pytest.fixture
def gas(patient) -> Measurement:
    """PaO2 63.9 on FiO2 0.35 by high flow, of yesterday."""
    story = Story().pao2(
        today() - 1, "63.9", fio2=Decimal("0.35"), device="high_flow", flow=Decimal(40), typed="63.9 mmHg"
    )
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    return Measurement.objects.get()


@pytest.fixture
def level(patient) -> Measurement:
    story = Story().drug(today() - 6, "csa", dose=Decimal(220), unit="mg/day", route="iv")
    story.test(today() - 1, "csa", "214", route="iv", timing="pre_dose", typed="214 ng/mL")
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    return Measurement.objects.get()


def fields_of(browser, row) -> dict[str, str]:
    """The form of correction as the page shows it, every field as it stands."""
    form = browser.get(f"/patients/{row.patient_id}/facts/{row.reference}").context["forms"]["correct"]
    return {form[name].html_name: as_sent(form[name].value()) for name in form.fields}


def as_sent(value: object) -> str:
    """A value as the browser sends it."""
    return f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else str("" if value is None else value)


def correct(browser, row, **changes: str):
    changed = {f"correct-{name}": value for name, value in changes.items()}
    fields = {**fields_of(browser, row), "correct-reason": "typed wrongly", **changed}
    return browser.post(f"/patients/{row.patient_id}/facts/{row.reference}/correct", fields)


def newest(row) -> Measurement:
    return Measurement.objects.filter(identity=row.identity).latest("version")


def page_of(response) -> str:
    return html.unescape(response.content.decode())


def taken(row) -> tuple[object, ...]:
    return (row.fio2, row.flow, row.device, row.route, row.timing, row.hours_since_dose, row.kit)


def test_only_the_value_changed_carries_how_it_was_taken(browser, gas) -> None:
    assert correct(browser, gas, value="69.3").status_code == 302
    row = newest(gas)
    assert (str(row.value), row.version, row.status) == ("69.3", 2, "corrected")
    assert taken(row) == taken(gas)
    assert row.on == gas.on


def test_only_the_oxygen_changed_carries_value_and_time(browser, gas) -> None:
    assert correct(browser, gas, fio2="0.5").status_code == 302
    row = newest(gas)
    assert (str(row.value), row.typed_value, row.fio2, row.flow, row.device) == (
        "63.9", "63.9", Decimal("0.5"), Decimal(40), "high_flow",
    )  # fmt: skip
    assert row.on == gas.on


def test_the_page_says_what_changed_and_keeps_both(browser, gas) -> None:
    correct(browser, gas, fio2="0.5", device="niv")
    page = page_of(browser.get(f"/patients/{gas.patient_id}/facts/{newest(gas).reference}"))
    assert "FiO2: 0.35 → 0.5" in page
    assert "high-flow oxygen → non-invasive ventilation" in page
    assert "value: 63.9" not in page
    assert [str(x.fio2) for x in Measurement.objects.order_by("version")] == ["0.35", "0.5"]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"fio2": "", "flow": "", "device": ""}, "fio2", "needs the FiO2"),
        ({"fio2": "0.2"}, "fio2", "FiO2 is a fraction from 0.21 to 1"),
        ({"fio2": "101"}, "fio2", "FiO2 is a fraction from 0.21 to 1"),
        ({"device": ""}, "device", "A flow needs the device"),
        ({"flow": "81"}, "flow", "80"),
        ({"flow": "-1"}, "flow", "0"),
    ],
)
def test_oxygen_that_cannot_be_is_refused(browser, gas, changes, field, words) -> None:
    refused = correct(browser, gas, **changes)
    assert refused.status_code == 422
    form = refused.context["forms"]["correct"]
    assert words in " ".join(form.errors[field])
    assert Measurement.objects.count() == 1


@pytest.mark.parametrize(("fio2", "stored"), [("0.21", "0.21"), ("1", "1"), ("０．４", "0.4")])
def test_oxygen_at_its_bounds_is_stored(browser, gas, fio2, stored) -> None:
    assert correct(browser, gas, fio2=fio2).status_code == 302
    assert newest(gas).fio2 == Decimal(stored)


def test_a_percentage_is_asked_about_once(browser, gas) -> None:
    asked = correct(browser, gas, fio2="50")
    assert "FiO2 50 is taken as 50 %." in page_of(asked)
    assert correct(browser, gas, fio2="50", confirmed=question_of(asked)).status_code == 302
    assert newest(gas).fio2 == Decimal("0.5")


def test_a_value_that_room_air_cannot_give_is_refused_when_the_oxygen_is_corrected(browser, gas) -> None:
    record = correct(browser, gas, value="151", fio2="0.21", flow="", device="")
    assert record.status_code == 422
    assert "not possible on room air" in page_of(record)


def test_the_time_alone_is_corrected(browser, gas) -> None:
    earlier = clock(days=3)
    assert correct(browser, gas, on=earlier).status_code == 302
    row = newest(gas)
    assert f"{timezone.localtime(row.on):%Y-%m-%dT%H:%M}" == earlier
    assert (str(row.value), row.fio2) == ("63.9", Decimal("0.35"))
    assert "time: " in page_of(browser.get(f"/patients/{gas.patient_id}/facts/{row.reference}"))


@pytest.mark.parametrize(
    ("on", "outside"),
    [(-1, Outside.IN_FUTURE), ("1951-12-31T08:00", Outside.BEFORE_BIRTH)],
)
def test_a_time_out_of_bounds_is_refused(browser, gas, on, outside) -> None:
    refused = correct(browser, gas, on=clock(hours=on) if isinstance(on, int) else on)
    assert refused.status_code == 422
    assert OF_A_MOMENT[outside] in page_of(refused)
    assert Measurement.objects.count() == 1


def test_a_time_at_which_another_value_stands_is_asked_about(browser, gas, patient) -> None:
    other = Story().pao2(today() - 3, "71", fio2=Decimal("0.35"), device="high_flow", flow=Decimal(40), id="g2")
    record_facts(patient=patient, facts=other.versions, by=None, source="test")
    on = f"{timezone.localtime(Measurement.objects.exclude(pk=gas.pk).get().on):%Y-%m-%dT%H:%M}"
    asked = correct(browser, gas, on=on)
    assert "of this moment is recorded as 71 mmHg, not 63.9 mmHg" in page_of(asked)
    assert correct(browser, gas, on=on, confirmed=question_of(asked)).status_code == 302


def test_route_and_time_of_a_level_are_corrected(browser, level) -> None:
    assert correct(browser, level, timing="trough").status_code == 302
    row = newest(level)
    assert (str(row.value), row.route, row.timing) == ("214", "iv", "trough")


def test_a_route_that_the_dose_does_not_have_is_asked_about(browser, level) -> None:
    asked = correct(browser, level, route="oral")
    assert "was given intravenous on that day, the level says oral" in page_of(asked)
    assert correct(browser, level, route="oral", confirmed=question_of(asked)).status_code == 302
    assert newest(level).route == "oral"


@pytest.mark.parametrize("need", ["route", "timing"])
def test_what_a_level_was_told_with_is_not_taken_away(browser, level, need) -> None:
    assert correct(browser, level, **{need: ""}).status_code == 422


def test_a_kit_is_added(browser, patient) -> None:
    story = Story().test(today() - 1, "kl6", "1640", typed="1640 U/mL")
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    row = Measurement.objects.get()
    assert correct(browser, row, kit="Lumipulse").status_code == 302
    assert (newest(row).kit, str(newest(row).value)) == ("Lumipulse", "1640")


def test_a_test_that_takes_nothing_has_value_unit_and_time_only(browser, patient) -> None:
    story = Story().test(today() - 1, "crp", "2.1", typed="2.1 mg/dL")
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    assert set(fields_of(browser, Measurement.objects.get())) == {
        f"correct-{x}" for x in ("value", "unit", "on", "reason", "confirmed", "context_token")
    }
