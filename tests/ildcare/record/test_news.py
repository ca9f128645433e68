"""What is new since the last visit: how grave a value is does not hang on who has acknowledged its alert."""

from __future__ import annotations

import re

import pytest

from monitoring.engine import Severity
from monitoring.limits import limit_severity
from monitoring.models import Alert
from tests.ildcare.ward.reading import forget_lines
from tests.ildcare.ward.test_ward_list import acknowledge_all, quiet, record
from tests.monitoring.stored import today
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL


@pytest.mark.parametrize(
    ("code", "value", "severity"),
    [
        ("ferritin", "1000", None),
        ("ferritin", "1001", WARNING),
        ("ferritin", "1499", WARNING),
        ("ferritin", "1500", CRITICAL),
        ("pao2", "60", None),
        ("pao2", "59.9", CRITICAL),
        ("kl6", "9000", None),
    ],
)
def test_a_value_is_as_grave_as_the_limit_that_it_is_beyond(code: str, value: str, severity: Severity | None) -> None:
    told = Story()
    told = told.pao2(today(), value) if code == "pao2" else told.test(today(), code, value)
    (measurement,) = told.snapshot(today()).series(code)
    assert limit_severity(measurement) == severity


@pytest.mark.django_db
@pytest.mark.parametrize(("value", "severity"), [("3840", "critical"), ("1240", "warning")])
@pytest.mark.parametrize("acknowledged", [False, True])
def test_list_and_record_agree_on_how_grave_it_is(client, ward, physician, value, severity, acknowledged) -> None:
    forget_lines()
    client.force_login(physician)
    patient = quiet(1, ward, physician)
    story = Story().onset(today() - 9, known=today() - 2).diagnosis(today() - 2, "DM").mda5(today() - 2, "positive")
    record(patient, physician, story.ferritin(today(), value, known=today()))
    assert Alert.objects.open().filter(patient=patient, rule="FERRITIN_HIGH").exists()
    if acknowledged:
        acknowledge_all(patient, physician)
    on_list = client.get("/").content.decode()
    assert re.search(rf'class="sign {severity}"[^>]*aria-label="{severity}"', on_list)
    of_record = client.get(f"/patients/{patient.pk}/").content.decode()
    row = re.search(r'<tr class="is-(\w+)">\s*<th scope="row">\s*ferritin', of_record, re.IGNORECASE)
    assert row is not None, "the value is among what is new"
    assert row[1] == severity
