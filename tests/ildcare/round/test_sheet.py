"""The round page's data: what stands in a field is what its name says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from ildcare.record.new_results import new_results
from ildcare.round import views
from ildcare.round.fresh import fresh_of
from ildcare.round.sheet import round_sheet
from ildcare.ward.changes import AlertChange, Changes
from monitoring.engine import Severity
from patients.actions import record_facts, record_round_visit
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story


def test_a_new_result_is_compared_with_the_one_before_and_with_the_baseline() -> None:
    story = Story().test(1, "ldh", "200").test(5, "ldh", "400").test(8, "ldh", "300").test(9, "ldh", "310")
    snapshot = story.snapshot(10)
    first, earlier, middle, last = snapshot.series("ldh")
    (result,) = new_results(snapshot, {middle.id, last.id}, first.day + timedelta(days=1), {})
    assert result.newest == last
    assert result.before is not None
    assert (result.before.measurement, result.before.direction) == (middle, "up")
    assert result.base is not None
    assert (result.base.measurement, result.base.direction) == (first, "up")
    assert result.earlier == (middle,)
    assert (result.position, result.beyond, result.marked) == ("high", False, True)
    (alone,) = new_results(snapshot, {middle.id}, None, {})
    assert alone.before is not None
    assert (alone.before.measurement, alone.before.direction) == (earlier, "down")
    assert (alone.base, alone.earlier) == (None, ())


@pytest.mark.django_db(transaction=True)
def test_the_plan_is_the_last_one_written_and_the_visit_the_last_one_signed(ward, physician) -> None:
    patient = make_patient("S-1", physician, ward)
    colleague = make_user("colleague", "physician", ward)
    planned = record_round_visit(patient=patient, by=physician, shown_at=timezone.now(), plan="HRCT")
    record_facts(patient=patient, facts=Story().test(today(), "ldh", "240").versions, by=physician, source="test")
    visited = record_round_visit(patient=patient, by=colleague, shown_at=timezone.now())
    sheet = round_sheet(patient, physician, timezone.now())
    assert (sheet.plan, sheet.visit) == (planned, visited)
    assert (sheet.last_visit.whose, sheet.last_visit.since) == ("own", planned.shown_at)
    assert (sheet.last_visit.visit_id, sheet.last_visit.seen_by_id) == (visited.pk, colleague.pk)
    assert [x.newest.code for x in sheet.results] == ["ldh"]
    assert sheet.changes.results == 1
    assert sheet.quiet is False
    assert round_sheet(patient, colleague, timezone.now()).quiet


@pytest.mark.django_db(transaction=True)
def test_new_results_stand_by_consequence_and_only_what_is_calm_is_folded(ward, physician) -> None:
    """Beyond a limit; out of its interval or changed; folded: within or the same, final, and so what came before it."""
    patient, day = make_patient("S-3", physician, ward), today()
    former = Story().test(f"{day - 3}T06:00", "ldh", "330", id="former")
    record_facts(patient=patient, facts=former.versions, by=physician, source="test")
    record_round_visit(patient=patient, by=physician, shown_at=timezone.now())
    morning = f"{day - 1}T06:00"
    story = Story().ferritin(morning, "1679").test(morning, "crp", "3.1").test(morning, "alt", "20")
    story.test(morning, "ldh", "330", id="same").test(morning, "platelets", "250", status="preliminary")
    story.test(f"{day - 1}T05:00", "potassium", "2.8", id="low").test(f"{day - 1}T07:00", "potassium", "4.2", id="well")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    sheet = round_sheet(patient, physician, timezone.now())
    fresh = fresh_of(sheet.record, sheet.results)
    groups = [{x.result.newest.code for x in rows} for rows in (fresh.beyond, fresh.rest, fresh.folded)]
    assert groups == [{"ferritin"}, {"crp", "potassium", "platelets"}, {"ldh", "alt"}]
    assert fresh.at is not None
    assert [x.alone for x in fresh.rest if x.result.newest.code == "potassium"] == [True]
    assert "LDH 330 U/L H" in fresh.folded_text


@pytest.mark.django_db(transaction=True)
def test_news_without_a_line_to_show_for_it_is_told_in_short(client, ward, physician, monkeypatch) -> None:
    """The panel is never empty: what came is a line of it, or a short sentence, or that nothing came."""
    patient, now = make_patient("S-2", physician, ward), timezone.now()
    quiet = round_sheet(patient, physician, now)
    assert (quiet.quiet, quiet.news) == (True, [])
    opened = AlertChange(rule="AS_ENTRY", subject="", severity=Severity.CRITICAL, acknowledged=False)
    alerted = replace(quiet, changes=Changes(since=now, alerts_new=(opened,)))
    assert (alerted.quiet, alerted.news) == (False, ["1 new critical alert"])
    monkeypatch.setattr(views, "round_sheet", lambda *_given: alerted)
    client.force_login(physician)
    page = client.get(f"/patients/{patient.pk}/round").content.decode()
    panel = page.partition('id="changes"')[2].partition("</section>")[0]
    assert "1 new critical alert" in panel
    record_facts(patient=patient, facts=Story().test(today(), "ldh", "240").versions, by=physician, source="test")
    lines = replace(round_sheet(patient, physician, timezone.now()), changes=alerted.changes)
    assert lines.results
    assert lines.news == []
