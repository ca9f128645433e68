"""What the courses from the field raise and close, on the day on which it is right, and not the day before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from algorithm.difference import difference
from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion, output_of
from algorithm.record import inputs_of
from ildcare.evaluation.replay import as_of_text
from patients.clinical.reasons import say
from patients.imports.case import snapshot_of
from tests.field.test_therapy_clock import ZONE, opened, replayed, told

TOFACITINIB = "published-jmcr2024-tofacitinib-aspergillus"


@pytest.mark.parametrize(("as_of", "there"), [("2023-06-17", False), ("2023-06-18", True)])
def test_voriconazole_meets_tacrolimus_and_glucan_is_raised_on_18_june(as_of: str, there: bool) -> None:
    alerts = opened(replayed(TOFACITINIB, as_of))
    assert ("BDG_POSITIVE" in alerts) is there
    azole = "voriconazole with TAC since 18 Jun" in alerts["INTERACTION"]["reason"]
    assert azole is there
    assert alerts["INTERACTION"]["severity"] == ("critical" if there else "info")  # before: tofacitinib alone
    assert not there or "45 pg/mL on 18 Jun (> 11" in alerts["BDG_POSITIVE"]["reason"]


@pytest.mark.parametrize(("as_of", "step"), [("2023-05-11", "T3"), ("2023-05-12", "T4")])
def test_the_judgement_of_12_may_moves_the_step_to_t4(as_of: str, step: str) -> None:
    found = replayed(TOFACITINIB, as_of)
    assert (found["step"], found["subtype"]) == (step, "A/S-1")


@pytest.mark.parametrize(("as_of", "there"), [("2026-03-08", False), ("2026-03-09", True), ("2026-03-10", True)])
def test_43_a_titre_of_31_9_is_below_and_32_is_not(as_of: str, there: bool) -> None:
    found = replayed("titre-at-the-limit", as_of)
    alerts = opened(found)
    assert ("MDA5_TITRE_RISE" in alerts) is there
    assert ("POOR_RISK_MET" in alerts) is there
    assert found["subtype"] == ("A/S-1" if there else "A/S-2")
    if there:
        assert alerts["MDA5_TITRE_RISE"]["on"] == "2026-03-09"
        assert "31.9 on 2 Mar to 32 on 9 Mar" in alerts["MDA5_TITRE_RISE"]["reason"]


@pytest.mark.parametrize("name", ["titre-of-another-kit", "titre-against-negative"])
def test_43_a_titre_that_cannot_be_judged_raises_and_lowers_nothing(name: str) -> None:
    found = replayed(name, "2026-03-02")
    assert found["steps_possible"] == ["T2", "T3"]
    assert {"MDA5_TITRE_RISE", "POOR_RISK_MET"}.isdisjoint(opened(found))


def test_a_drug_that_was_begun_is_named_as_a_drug_and_not_as_its_level() -> None:
    at = as_of_text("2026-03-06", ZONE)
    snapshots = [snapshot_of(told("drug-start-named-level"), x, x) for x in (at - timedelta(days=1), at)]
    before, after = ((inputs_of(x), output_of(opinion(CURRENT, x))) for x in snapshots)
    assert [say(x.sentence) for x in difference(*before, *after).causes] == ["cyclosporine on 6 Mar (started)"]
