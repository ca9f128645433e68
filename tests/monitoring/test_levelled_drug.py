"""A levelled drug is an entry in both catalogues, an interval and its bands: here a made-up one; every page follows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ildcare.record.treatments import treatment_picture
from ildcare.trends.levels import judged_runs, level_rows, levels_of, target_text
from ildcare.trends.points import conditions_text, reading_of
from monitoring import intervals, levels
from monitoring.engine import Situation
from monitoring.limits import expected, outside_band, position
from patients.clinical.drug_levels import is_level, levelled_drugs
from patients.clinical.drugs import DRUGS, Drug
from patients.clinical.measurement_type import Limits, MeasurementType, Unit
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Term
from patients.clinical.snapshot import RuleChoices
from patients.clinical.truth import Truth
from patients.dose_words import note_text
from patients.forms.level_questions import questions
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import patient as patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

CODE = "sirolimus"


@pytest.fixture(autouse=True)
def sirolimus(monkeypatch: pytest.MonkeyPatch) -> None:
    drug = Drug(code=CODE, name="sirolimus", abbreviation="SRL", drug_class="cni", routes=("oral",), units=("mg/day",))
    level = MeasurementType(
        code=CODE,
        name="Sirolimus level",
        abbreviation="SRL",
        units=(Unit(code="ng/mL"),),
        panel="drug_levels",
        refuse=Limits(Decimal(0), Decimal(100)),
        takes=("route", "timing", "hours_since_dose", "kit"),
        level=True,
    )
    band = levels.Band(name=Term("oral, trough"), low=Decimal(5), high=Decimal(15), critical=None)
    monkeypatch.setitem(DRUGS, CODE, drug)
    monkeypatch.setitem(MEASUREMENTS, CODE, level)
    monkeypatch.setitem(intervals.LEVELS, CODE, Term("sirolimus level"))
    monkeypatch.setitem(levels.BANDS, (CODE, "oral", "trough"), band)


def story(value: str = "3.2", timing: str | None = "trough") -> Story:
    given = Story().drug(0, CODE, route="oral", dose=Decimal(2), unit="mg/day")
    return given.test(3, CODE, value, route="oral", timing=timing)


def test_rules_and_limits_know_its_band() -> None:
    (level,) = story().snapshot(4).series(CODE)
    assert is_level(CODE)
    assert CODE in levelled_drugs()
    choices = RuleChoices()
    outside = outside_band(level, (), (level,), choices)
    assert (position(level, expected(level, "", (), choices)), outside) == ("low", Truth.YES)
    ((judged,),) = levels.levels_by_sample(Situation(story().snapshot(4)), CODE)
    assert (judged.level, judged.band.is_low(level)) == (level, Truth.YES)


def test_a_level_is_due_three_days_after_the_start() -> None:
    given = Story().drug(0, CODE, route="oral").drug(0, "gc", route="oral").snapshot(1)
    (due,) = [x for x in intervals.due_tests(Situation(given)) if x.code == CODE]
    assert (due.name.text, (due.due - given.today).days) == ("sirolimus level", 2)


def test_pages_judge_it_draw_it_and_say_when_it_reached_its_target() -> None:
    snapshot = story("7").snapshot(4)
    (row,) = level_rows(snapshot)
    assert (row.drug, row.verdict, row.word, row.basis) == ("SRL", "within", "in the band 5–15", "")
    (sentence,) = [target_text(x, snapshot) for x in judged_runs(snapshot)]
    assert "SRL oral since" in sentence
    assert "target reached after 3 days" in sentence
    (shown,) = levels_of(snapshot)
    assert (shown.place, shown.target) == ("within", sentence)
    picture = treatment_picture(snapshot)
    assert len(picture.levels) == 1
    assert [lane.code for lane in picture.drawing.lanes if lane.levels] == [CODE]


def test_charts_mark_it_beyond_its_band_and_name_route_and_timing() -> None:
    snapshot = story().snapshot(4)
    (level,) = snapshot.series(CODE)
    assert conditions_text(level) == "oral, trough"
    assert reading_of(level, snapshot, None).beyond


def test_without_route_and_timing_it_is_not_interpretable() -> None:
    (level,) = story(timing=None).snapshot(4).series(CODE)
    assert "not interpretable: no dose time" in note_text(level)
    asked = list(questions(CODE, level.day, story().snapshot(4).treatments, route="oral", timing=None, hours=None))
    assert any("not interpretable" in x for x in asked)


@pytest.mark.django_db
def test_the_entry_form_asks_for_route_and_timing(browser, patient) -> None:
    page = browser.get(f"/patients/{patient.pk}/enter/results?panel=drug_levels").content.decode()
    assert all(f'name="{name}"' in page for name in (f"value_{CODE}", "route", "timing", "hours_since_dose"))
