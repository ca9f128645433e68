"""The house of the rules: one file, one name; each says its source, day 0 and what closes it; reasons survive JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from django.template.loader import render_to_string

from ildcare.paper.parts import with_basis
from monitoring import rules
from monitoring.engine import Severity
from monitoring.evidence import evidence
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Term, reason, say
from patients.clinical.written import reason_as_json, reason_from_json
from tests.monitoring.looking import course_of_alerts
from tests.story import Story

FILES = sorted(path.stem for path in Path(rules.__file__).parent.glob("*.py") if path.stem != "__init__")


def test_every_file_is_registered_and_every_code_is_unique() -> None:
    assert sorted(rule.code for rule in rules.RULES) == sorted(name.upper() for name in FILES)
    assert len(rules.BY_CODE) == len(rules.RULES)


# rules of which what they say was changed, by their version
CHANGED = {
    2: {
        *("GC_RESISTANT", "STEP_NOT_STARTED", "TAC_BAND", "INTERACTION", "ANTIBODY_UNRESOLVED", "MDA5_WATCH", "PPF"),
        *("OVERDUE", "SPO2_LOW", "AKI", "CREATININE_RISE", "CNI_NEURO_TMA", "BDG_POSITIVE", "BDG_WITH_KL6", "LIVER"),
        *("CMV_ANTIGENAEMIA", "FERRITIN_HIGH", "FERRITIN_RISE", "KL6_RATIO", "KL6_RISE", "SPD_RATIO", "VC_FALL"),
        *("MDA5_TITRE_RISE", "DISCORDANT", "HYPERKALAEMIA", "PROPHYLAXIS_MISSING"),
        *("IVCY_CHECK", "SCREENING_MISSING"),
    },
    3: {"PAO2_LOW", "PAO2_FALL", "CSA_HIGH", "SENT_VALUE_WAITS"},
    4: {"CSA_LOW", "IMPROVEMENT_JUDGEMENT_DUE"},
}


def test_the_version_of_a_rule_is_the_one_that_its_alerts_are_stored_with() -> None:
    """A change of what a rule says is a new version of it."""
    version = {code: number for number, codes in CHANGED.items() for code in codes}
    assert {rule.code: rule.version for rule in rules.RULES} == {x.upper(): version.get(x.upper(), 1) for x in FILES}


def test_an_interaction_leads_what_it_explains_and_nothing_else_leads() -> None:
    assert {"INTERACTION"} == rules.LEADING


def test_severities_are_stored_as_these_numbers() -> None:
    assert [(x.label, x.value) for x in Severity] == [("info", 1), ("warning", 2), ("critical", 3)]


def says_what_it_must(module: ModuleType) -> None:
    text = module.__doc__ or ""
    assert text.startswith(f"{module.RULE.code}: ")
    assert "closes" in text.lower()
    assert "D0:" in text
    assert "[S]" in text or "[J]" in text
    assert module.RULE.source
    assert module.RULE.basis in ("S", "L", "J")


@pytest.mark.parametrize("name", FILES)
def test_a_rule_says_its_source_its_day_0_and_what_closes_it(name: str) -> None:
    says_what_it_must(import_module(f"monitoring.rules.{name}"))


def imports_pure_code_only(path: Path) -> None:
    source = path.read_text()
    imported = [line.split()[1] for line in source.splitlines() if line.startswith("from ")]
    allowed = (
        "__future__",
        "collections.abc",
        "datetime",
        "decimal",
        "itertools",
        "typing",
        "monitoring.",
        "patients.clinical.",
    )
    assert all(module.startswith(allowed) and not module.startswith("monitoring.rules") for module in imported)


@pytest.mark.parametrize("name", FILES)
def test_a_rule_imports_no_other_rule_and_nothing_but_pure_code(name: str) -> None:
    imports_pure_code_only(Path(rules.__file__).parent / f"{name}.py")


def test_a_reason_survives_being_stored() -> None:
    given = reason(
        "%(test)s %(value)s %(n)s %(ratio)s %(day)s %(at)s %(step)s",
        facts=("measurement:1",),
        basis="J",
        test=Term("KL-6"),
        value=Quantity(Decimal("1.50"), "<"),
        n=3,
        ratio=Decimal("1.701"),
        day=date(2024, 3, 1),
        at=datetime(2024, 3, 1, 9, 30, tzinfo=UTC),
        step="T1",
    )
    stored = reason_from_json(json.loads(json.dumps(reason_as_json(given))))
    assert stored == given
    assert say(stored) == say(given)


def test_every_reason_of_a_long_course_survives_being_stored_and_can_be_said() -> None:
    story = (
        Story().dyspnoea(0, True, "worse").mda5(0, "positive").ferritin(0, "1679").pao2(0, "70").test(0, "kl6", "500")
    )
    story.drug(1, "gc").drug(1, "csa").pao2(5, "55").ferritin(8, ">2500").test(9, "kl6", "900", kit="B")
    story.test(4, "csa", "120", route="iv", timing="pre_dose").test(0, "vc", "2.2").test(9, "vc", "1.5")
    alerts = course_of_alerts(story, 40)
    assert len({alert.rule for alert in alerts}) > 9
    for why in (why for alert in alerts for why in alert.reasons):
        assert reason_from_json(json.loads(json.dumps(reason_as_json(why)))) == why
        assert "%(" not in say(why)


def test_evidence_keeps_value_unit_kit_times_and_version() -> None:
    story = Story().test("0T08:00", "kl6", "<200", kit="Kit A", typed="<200 U/mL")
    (seen,) = evidence(story.snapshot(1).measurements)
    assert seen["quantity"] == "<200"
    assert (seen["typed"], seen["kit"], seen["code"], seen["id"]) == ("<200 U/mL", "Kit A", "kl6", "1")
    assert seen["on"] == "2024-03-01T08:00:00+09:00"
    assert json.loads(json.dumps(seen)) == seen


def test_a_source_that_was_not_read_is_marked_wherever_the_basis_stands() -> None:
    assert with_basis("later regimen", "L2") == "later regimen [source not checked]"
    assert "source not checked" in render_to_string("patients/_basis.html", {"basis": "L2"})
    assert "source not checked" not in render_to_string("patients/_basis.html", {"basis": "L"})
