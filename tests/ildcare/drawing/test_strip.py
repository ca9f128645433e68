"""The strip of a published course says what the paper says; its alert lane never shows ignorance as calm."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from ildcare.drawing.strip import Answer, Strip, strip_of
from ildcare.evaluation.replay import as_of_text
from ildcare.moment.record_state import RecordState
from ildcare.record.past import _answers, course_strip
from patients.clinical.snapshot import freeze
from patients.clinical.versions import standing
from patients.imports.case import snapshot_of
from patients.models import Patient
from tests.algorithm.courses import no_risk
from tests.ildcare.evaluation.test_replay import EXPECTED, ZONE, published
from tests.story import moment as at

NAMES = ("subtype", "step", "running", "alerts")


@pytest.mark.django_db
@pytest.mark.parametrize("name", EXPECTED)
def test_the_strip_of_a_published_case_ends_where_the_paper_puts_it(name) -> None:
    wanted, told = EXPECTED[name], published(name)
    moment = as_of_text(wanted["as_of"], ZONE)
    snapshot = snapshot_of(told, moment, moment)
    strip = course_strip(Patient(pk=0), snapshot, told.versions, RecordState.of(0, snapshot, told.versions))
    assert strip is not None
    last = strip.answers[-1]
    assert last.step.replace("?", "") in [x or "" for x in wanted["step"]]
    assert last.subtype.replace("?", "") in [x or "" for x in wanted["subtype"]]
    assert not {last.step} & set(wanted.get("step_must_not", []))


def strip_with(*alerts: tuple[int, int, int]) -> Strip:
    """Twenty days of T1; alerts as (day, critical, warnings)."""
    start = timezone.make_aware(datetime(2024, 1, 1))
    answers = [Answer(since=start, day=start.date(), course="A/S", subtype="A/S-1", step="T1", running="")]
    told = [(start + timedelta(n), (start + timedelta(n)).date(), critical, warn) for n, critical, warn in alerts]
    strip = strip_of(answers, told, [], start.date() + timedelta(19), NAMES, unrecorded="no alert recorded")
    assert strip is not None
    return strip


def test_the_time_before_the_first_alert_is_not_left_blank() -> None:
    lane = dict(strip_with((10, 1, 2)).lanes)["alerts"]
    assert [(x.text, x.kind, x.start) for x in lane] == [
        ("no alert recorded", "unrecorded", 0),
        ("▲1 ◆2", "critical", 0.5),
    ]


def test_alerts_from_the_first_day_on_leave_nothing_unrecorded() -> None:
    assert [x.text for x in dict(strip_with((0, 0, 1)).lanes)["alerts"]] == ["◆1"]


def test_a_stretch_after_the_last_alert_closed_is_a_gap() -> None:
    lane = dict(strip_with((5, 0, 1), (10, 0, 0)).lanes)["alerts"]
    assert [(x.kind, x.start, x.width) for x in lane] == [("unrecorded", 0, 0.25), ("warning", 0.25, 0.25)]


def test_what_was_known_before_its_time_counts_when_that_has_come() -> None:
    """A treatment ordered yesterday for this morning runs today, although nothing became known today."""
    told = no_risk().drug("3T06:00", "gc", known="2T10:00").versions
    now = at("3T12:00")
    snapshot = freeze(standing(told, now), as_of=now, known_at=now)
    said = _answers(snapshot, told, [at(2).date(), at(3).date()], RecordState.of(0, snapshot, told).newest)
    assert [x.running for x in said] == ["", "T1"]


def test_what_became_known_after_the_moment_is_not_in_the_strip() -> None:
    told = no_risk().ferritin("3T08:00", "1240", known="3T18:00").versions
    now = at("3T12:00")
    snapshot = freeze(standing(told, now), as_of=now, known_at=now)
    newest = RecordState.of(0, snapshot, told).newest
    assert _answers(snapshot, told, [at(2).date(), at(3).date()], newest)[-1].step != "T3"
