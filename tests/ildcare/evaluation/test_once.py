"""Chart, rules and clock ask the same questions of a snapshot: each is worked out once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion
from monitoring.clock import appointments
from monitoring.engine import Situation, examine
from monitoring.intervals import due_tests
from monitoring.rules import RULES
from patients.clinical import course, poor_risk, regimen
from tests.algorithm.courses import on_t2


def test_course_regimen_and_factors_are_worked_out_once_for_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: Counter[str] = Counter()
    for module, name in ((course, "entry_criteria"), (regimen, "regimen_in"), (poor_risk, "poor_risk_factors_in")):
        real = getattr(module, name)

        def counted(*args: Any, real: Any = real, name: str = name) -> Any:
            counts[name] += 1
            return real(*args)

        monkeypatch.setattr(module, name, counted)
    snapshot = on_t2().judged(9, "worse").snapshot(10)
    said = opinion(CURRENT, snapshot)
    examine(RULES, snapshot, said.pathway.indicated)
    list(due_tests(Situation(snapshot)))
    appointments(snapshot)
    assert counts == {"entry_criteria": 1, "regimen_in": 1, "poor_risk_factors_in": 1}
