"""SENT_VALUE_WAITS: what would be grave is told while it waits, at the limits of the rules that would judge it."""

from __future__ import annotations

from datetime import datetime

import pytest

from monitoring.engine import Issue, Severity, examine
from monitoring.rules import BY_CODE, SITE_VALUES
from monitoring.waiting_limits import LIMITS
from patients.imports.awaited import awaited
from tests.story import Story, moment

ON, SINCE = moment("10T07:00"), moment("10T09:00")


def told(code: str, text: str, unit: str, story: Story | None = None, on: datetime | None = ON) -> list[Issue]:
    waiting = awaited(code, text, unit, on=on, since=SINCE)
    snapshot = (story or Story()).snapshot(11)
    return list(examine([BY_CODE["SENT_VALUE_WAITS"]], snapshot, awaiting=(waiting,)).issues)


@pytest.mark.parametrize(
    ("code", "text", "unit", "severity"),
    [
        ("ferritin", "1000", "ng/mL", None),
        ("ferritin", "1000.1", "ng/mL", Severity.WARNING),
        ("ferritin", "1499.9", "ng/mL", Severity.WARNING),
        ("ferritin", "1500", "ng/mL", Severity.CRITICAL),
        ("ferritin", ">1200", "ng/mL", Severity.CRITICAL),  # it may be
        ("ferritin", "<900", "ng/mL", None),
        ("pao2", "60", "mmHg", None),
        ("pao2", "59.9", "mmHg", Severity.CRITICAL),
        ("pao2", "8.0", "kPa", None),
        ("pao2", "7.9", "kPa", Severity.CRITICAL),
        ("anti_mda5", "positive", "", Severity.CRITICAL),
        ("anti_mda5", "陽性", "", Severity.CRITICAL),
        ("anti_mda5", "weak positive", "", Severity.WARNING),
        ("anti_mda5", "negative", "", None),
        ("anti_mda5", "150", "", None),
        ("anti_jo1", "positive", "", None),
        ("kl6", "9000", "U/mL", None),
        ("csa", "400", "ng/mL", None),
        ("csa", "900", "ng/mL", Severity.WARNING),  # a C2, or a trough
        ("csa", "2000", "ng/mL", Severity.WARNING),
        ("csa", "2001", "ng/mL", Severity.CRITICAL),
        ("tac", "20", "ng/mL", None),
        ("tac", "20.1", "ng/mL", Severity.CRITICAL),
        ("potassium", "5.4", "mmol/L", None),
        ("potassium", "5.5", "mmol/L", Severity.WARNING),
        ("potassium", "5.9", "", Severity.WARNING),
        ("potassium", "6.0", "", Severity.CRITICAL),
        ("potassium", "3.0", "mmol/L", None),
        ("potassium", "2.9", "mmol/L", Severity.WARNING),
        ("potassium", "2.4", "", Severity.CRITICAL),
        ("glucose", "54", "mg/dL", Severity.WARNING),
        ("glucose", "53", "mg/dL", Severity.CRITICAL),
        ("glucose", "199", "mg/dL", None),
        ("glucose", "300", "mg/dL", Severity.CRITICAL),
        ("neutrophils", "1500", "/uL", None),
        ("neutrophils", "1499", "/uL", Severity.WARNING),
        ("neutrophils", "999", "/uL", Severity.CRITICAL),
        ("wbc", "1999", "/uL", Severity.CRITICAL),
        ("wbc", "8.0", "", None),  # in thousands it is harmless
        ("platelets", "49", "10^3/uL", Severity.CRITICAL),
        ("platelets", "100", "10^3/uL", None),
        ("haemoglobin", "6.9", "g/dL", Severity.CRITICAL),
        ("haemoglobin", "8", "g/dL", None),
        ("lymphocytes", "499", "/uL", Severity.WARNING),
        ("bdg", "11", "pg/mL", None),
        ("bdg", "11.1", "pg/mL", Severity.WARNING),
        ("ferritin", "haemolysed", "", None),
        ("spo2", "91", "%", None),
        ("spo2", "90", "%", Severity.CRITICAL),  # whether on air or on oxygen is not told
        ("spo2", "89", "", Severity.CRITICAL),
        ("cmv_pp65", "0", "cells/2 slides", None),
        ("cmv_pp65", "1", "cells/2 slides", Severity.WARNING),
        ("cmv_pp65", "10", "cells/2 slides", Severity.WARNING),
        ("cmv_pp65", "11", "cells/2 slides", Severity.CRITICAL),
        ("cmv_c7hrp", "5", "cells/50000", Severity.WARNING),
        ("cmv_c7hrp", "6", "cells/50000", Severity.CRITICAL),
        ("cmv_dna", "137", "IU/mL", Severity.WARNING),
        ("cmv_dna", "<137", "IU/mL", None),
        ("alt", "115", "U/L", None),  # of a woman: upper limit 23
        ("alt", "116", "U/L", Severity.WARNING),
        ("alt", "231", "U/L", Severity.CRITICAL),
        ("ast", "150", "U/L", None),
        ("ast", "151", "U/L", Severity.WARNING),
        ("ast", "301", "U/L", Severity.CRITICAL),
        ("bilirubin", "4.5", "mg/dL", None),
        ("bilirubin", "4.6", "mg/dL", Severity.WARNING),
        ("creatinine", "6.0", "mg/dL", None),  # against nothing
    ],
)
def test_the_limits_are_those_of_the_rules(code: str, text: str, unit: str, severity: Severity | None) -> None:
    assert [x.severity for x in told(code, text, unit)] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("text", "unit", "severity"),
    [
        ("0.89", "mg/dL", None),
        ("0.90", "mg/dL", Severity.WARNING),
        ("1.19", "mg/dL", Severity.WARNING),
        ("1.20", "mg/dL", Severity.CRITICAL),
        ("107", "umol/L", Severity.CRITICAL),
        ("107", "", Severity.CRITICAL),  # in mg/dL it is more still
        ("<5", "mg/dL", None),
    ],
)
@pytest.mark.parametrize("day", [4, 1])  # within 7 days, and before them: a presumed reference
def test_creatinine_is_held_against_its_reference(text: str, unit: str, severity: Severity | None, day: int) -> None:
    story = Story().test(day, "creatinine", "0.60").test(day + 1, "creatinine", "0.70")
    assert [x.severity for x in told("creatinine", text, unit, story)] == ([severity] if severity else [])


@pytest.mark.parametrize(("text", "severity"), [("3840", Severity.CRITICAL), ("900", None)])
def test_without_a_unit_it_counts_in_each_that_it_may_be_in(text: str, severity: Severity | None) -> None:
    assert [x.severity for x in told("ferritin", text, "")] == ([severity] if severity else [])
    assert [x.severity for x in told("ferritin", text, "furlong")] == ([severity] if severity else [])


def test_every_limit_is_one_of_a_rule() -> None:
    told = {limit for x in LIMITS.values() for limit, _side, _severity in x}
    assert {x for x in told if isinstance(x, str)} <= SITE_VALUES.keys()
    assert {x for x in told if not isinstance(x, str)} == {0, 1, 10}, "CMV: fixed by its source"


def test_what_a_newer_value_overtook_is_not_told() -> None:
    story = Story().ferritin(8, "800")
    assert told("ferritin", "3840", "ng/mL", story, on=moment(7)) == []
    assert len(told("ferritin", "3840", "ng/mL", story)) == 1
    assert len(told("ferritin", "3840", "ng/mL", story, on=None)) == 1, "nobody knows when it was taken"


@pytest.mark.parametrize(("known", "severity"), [("1499", Severity.CRITICAL), ("1500", None), ("3120", None)])
def test_a_danger_that_the_record_tells_is_not_told_twice(known: str, severity: Severity | None) -> None:
    story = Story().ferritin(8, known)
    assert [x.severity for x in told("ferritin", "3840", "ng/mL", story)] == ([severity] if severity else [])
    assert [x.severity for x in told("ferritin", "3840", "ng/mL", story, on=None)] == ([severity] if severity else [])


def test_it_says_what_waits_and_since_when() -> None:
    (found,) = told("ferritin", "3840", "ng/mL")
    assert dict(found.reasons[0].parts)["since"] == SINCE
    assert (found.subject, found.on, found.known) == ("ferritin", ON.date(), SINCE)
    (undated,) = told("ferritin", "3840", "ng/mL", on=None)
    assert "without a time" in undated.reasons[0].message
