"""The source attributes of a rule are true: it reads what it says that it uses, and every version has its day."""

from __future__ import annotations

import sys
from dataclasses import fields

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.walk.engine import walk
from ildcare.evaluation.replay import after_last_event
from monitoring.attributes import NOT_HELD, USED, attributes_of
from monitoring.engine import Rule, Situation, Use
from monitoring.releases import RELEASES
from monitoring.rules import BY_CODE, RULES
from patients.clinical.snapshot import Snapshot
from patients.imports.case import snapshot_of
from patients.models import Patient
from tests.field.whole_answers import FILES, case_in
from tests.together import each

READS = {"sex": Use.SEX, "birth_date": Use.BIRTH_DATE, "age": Use.BIRTH_DATE}
HEALTH_STATUS = ("pregnancy", "confusion")  # findings that assess more than the disease
COPIES = ("dataclasses.py", "<string>")  # a copy of a snapshot reads every field and uses none
NOT_OF_A_COURSE = {"SENT_VALUE_WAITS"}


class Noting(Snapshot):
    """A snapshot that notes what is read of the person."""

    seen: set[Use] = set()

    def __getattribute__(self, name: str) -> object:
        if name in READS and not sys._getframe(1).f_code.co_filename.endswith(COPIES):
            Noting.seen.add(READS[name])
        return super().__getattribute__(name)

    def findings_of(self, code: str):  # type: ignore[no-untyped-def]
        if code in HEALTH_STATUS:
            Noting.seen.add(Use.HEALTH_STATUS)
        return super().findings_of(code)


def noted(snapshot: Snapshot, rule: Rule) -> set[Use]:
    told = {x.name: getattr(snapshot, x.name) for x in fields(Snapshot) if x.init and x.name != "grown"}
    indicated = walk(CURRENT, snapshot).indicated
    Noting.seen = set()
    list(rule.detect(Situation(Noting(**told), indicated)))
    return Noting.seen


def test_what_a_rule_says_that_it_uses_of_the_person_is_what_it_reads() -> None:
    seen: dict[str, set[Use]] = {rule.code: set() for rule in RULES}
    for path in FILES:
        case = case_in(path)
        end = after_last_event(case)
        if end is None:
            continue
        moments = sorted({x.fact.known for x in case.versions})
        for moment in dict.fromkeys((moments[len(moments) // 2], end)):
            snapshot = snapshot_of(case, moment, moment)
            for rule in RULES:
                seen[rule.code] |= noted(snapshot, rule)

    def holds(code: str) -> None:
        assert seen[code] == set(BY_CODE[code].uses), "Rule.uses"

    each({x.code for x in RULES} - NOT_OF_A_COURSE, holds)


def test_every_version_of_a_rule_has_its_day_and_no_other() -> None:
    assert {code: len(days) for code, days in RELEASES.items()} == {rule.code: rule.version for rule in RULES}
    assert all(list(days) == sorted(days) for days in RELEASES.values())


def test_there_are_thirteen_in_the_order_of_the_regulation() -> None:
    names = [x.name for x in attributes_of(BY_CODE["PAO2_LOW"])]
    assert names == [
        "Bibliographic citation",
        "Developer",
        "Funding source of the development",
        "Release and revision dates",
        "Use of race",
        "Use of ethnicity",
        "Use of language",
        "Use of sexual orientation",
        "Use of gender identity",
        "Use of sex",
        "Use of date of birth",
        "Use of social determinants of health",
        "Use of health status assessments",
    ]
    assert all(bool(x.value) != bool(x.days) for rule in RULES for x in attributes_of(rule))


def test_the_citation_is_the_source_and_the_days_are_those_of_the_versions() -> None:
    for rule in RULES:
        citation, _developer, _funding, days, *_uses = attributes_of(rule)
        assert citation.value == rule.source
        assert len(days.days) == rule.version


@pytest.mark.parametrize(("code", "uses"), [("PAO2_LOW", set()), ("SCREENING_MISSING", set(Use))])
def test_what_is_used_is_said_of_the_rule(code: str, uses: set[Use]) -> None:
    values = [x.value for x in attributes_of(BY_CODE[code])]
    assert [values[9] == USED[Use.SEX], values[10] == USED[Use.BIRTH_DATE], values[12] == USED[Use.HEALTH_STATUS]] == [
        use in uses for use in (Use.SEX, Use.BIRTH_DATE, Use.HEALTH_STATUS)
    ]


def test_what_is_said_not_to_be_in_the_record_is_not() -> None:
    """No field of a patient, nor of a snapshot, holds what no rule can use."""
    absent = [x.name for x in attributes_of(BY_CODE["PAO2_LOW"]) if x.value == NOT_HELD]
    assert len(absent) == 6
    held = {x.name for x in Patient._meta.get_fields()} | {x.name for x in fields(Snapshot)}
    words = ("race", "ethnic", "language", "orientation", "gender", "social", "income", "education", "housing")
    assert {name for name in held if any(x in name for x in words)} == set()
