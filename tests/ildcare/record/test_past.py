"""The time machine: everything as it was known at a moment, nothing that came later, and nothing to write."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from ildcare.drawing.strip import NARROWEST, Answer, merged, strip_of
from ildcare.evaluation.sweep import evaluate_patients
from ildcare.moment.as_of import requested_moment
from ildcare.record.page import record_of
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert
from monitoring.past import severity_days, watch_at
from monitoring.queries import watch_of
from patients.actions import cancel_fact, correct_fact, record_facts, stop_treatment
from patients.models import Measurement, MedicationCourse
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.patients.conftest import patient as patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, physician):
    client.force_login(physician)
    return client


@pytest.fixture
def course(patient, physician):
    """Ten days of an acute course under triple therapy, evaluated now."""
    now = today()
    story = Story().onset(now - 30, known=now - 10).diagnosis(now - 10, "DM").ferritin(now - 10, "890", id="f1")
    story.test(now - 10, "kl6", "500", id="kl6").drug(now - 9, "gc", dose=None).drug(now - 9, "csa")
    story.mda5(now - 6, "positive").ferritin(now - 3, "1240", id="f2")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    evaluate_patients([patient.pk])
    return patient


def page(client, patient, at: datetime | str) -> str:
    text = at if isinstance(at, str) else at.isoformat()
    answer = client.get(f"/patients/{patient.pk}/", {"at": text, "whole": "1"})
    assert answer.status_code == 200
    return answer.content.decode()


def at_day(day: int) -> datetime:
    return timezone.now() - timedelta(days=today() - day)


def test_a_fact_known_later_is_not_there(signed_in, course) -> None:
    assert "1,240" in page(signed_in, course, timezone.now() - timedelta(minutes=1))
    before = page(signed_in, course, at_day(today() - 5))
    assert "890" in before
    assert "1,240" not in before


def results_of(page: str) -> str:
    return "<section " + re.search(r'id="results".*?</section>', page, re.DOTALL)[0]


def test_a_corrected_value_shows_what_it_was(signed_in, course, physician) -> None:
    moment = timezone.now()
    row = Measurement.objects.get(patient=course, code="kl6")
    changes = {"value": 950, "typed_value": "950"}
    correct_fact(row=row, changes=changes, by=physician, reason="typing", expected_version=1)
    assert "950" in words_of(results_of(signed_in.get(f"/patients/{course.pk}/?whole=1").content.decode()))
    then = page(signed_in, course, moment)
    assert "950" not in words_of(results_of(then))
    assert "500" in words_of(results_of(then))


def test_a_cancelled_value_stands_in_the_past(course, physician) -> None:
    moment = timezone.now()
    row = Measurement.objects.get(patient=course, code="ferritin", value=1240)
    cancel_fact(row=row, by=physician, reason="other patient", expected_version=1)
    now, then = record_of(course, timezone.now()), record_of(course, moment, past=True)
    assert now.pathway.poor_risk["ferritin"].as_bool is not True
    assert then.pathway.poor_risk["ferritin"].as_bool is True


def test_a_stop_recorded_later_is_not_known_yet(course, physician) -> None:
    moment = timezone.now()
    row = MedicationCourse.objects.get(patient=course, drug="csa")
    stop_treatment(row=row, stop=timezone.localdate(), by=physician, expected_version=1)
    assert "last given" not in " ".join(x.text for x in record_of(course, moment, past=True).treatments)
    assert "last given" in " ".join(x.text for x in record_of(course, timezone.now()).treatments)


def test_R31_the_page_at_a_moment_is_the_page_of_that_moment(course, physician) -> None:
    """Whatever is entered, corrected and cancelled afterwards: the record of then stays the record of then."""
    moment = timezone.now()
    shown = record_of(course, moment)
    row = Measurement.objects.get(patient=course, code="kl6")
    correct_fact(
        row=row, changes={"value": 950, "typed_value": "950"}, by=physician, reason="typing", expected_version=1
    )
    cancel_fact(
        row=Measurement.objects.get(patient=course, code="ferritin", value=1240),
        by=physician,
        reason="x",
        expected_version=1,
    )
    evaluate_patients([course.pk])
    again = record_of(course, moment, past=True)
    assert again.opinion == shown.opinion
    assert again.sheet == shown.sheet
    assert (again.facts, again.treatments, again.day_n, again.step_day) == (
        shown.facts, shown.treatments, shown.day_n, shown.step_day,
    )  # fmt: skip
    assert told(again.watch) == told(shown.watch)


def told(watch) -> list[tuple]:
    return [
        (x.alert.rule, x.alert.subject, x.alert.severity, x.reasons, x.alert.acknowledged_at, x.alert.closed_at)
        for x in watch.open
    ]


def test_an_alert_acknowledged_later_waits_in_the_past(course, physician) -> None:
    moment = timezone.now()
    alert = Alert.objects.open().filter(patient=course, rule="FERRITIN_HIGH").get()
    acknowledge_alert(alert=alert, by=physician, doing="discussed", note="Dr X", expected_version=alert.version)
    then = {x.alert.pk: x.alert for x in watch_at(course.pk, moment).open}[alert.pk]
    assert (then.acknowledged_at, then.doing, then.note) == (None, "", "")
    now = {x.alert.pk: x.alert for x in watch_at(course.pk, timezone.now()).open}[alert.pk]
    assert (now.acknowledged_by, now.doing, now.note) == (physician, "discussed", "Dr X")


def test_an_alert_withdrawn_later_is_open_in_the_past(course, physician) -> None:
    moment = timezone.now()
    row = Measurement.objects.get(patient=course, code="ferritin", value=1240)
    cancel_fact(row=row, by=physician, reason="x", expected_version=1)
    evaluate_patients([course.pk])
    gone = {(x.alert.rule, x.alert.subject) for x in watch_of(course.pk, timezone.now()).withdrawn}
    assert gone
    assert gone <= {(x.alert.rule, x.alert.subject) for x in watch_at(course.pk, moment).open}
    assert {(x.alert.rule, x.alert.subject) for x in watch_at(course.pk, timezone.now()).withdrawn} == gone


def test_the_watch_of_now_and_of_this_moment_agree(course) -> None:
    assert told(watch_at(course.pk, timezone.now())) == told(watch_of(course.pk, timezone.now()))


def test_before_the_program_knew_the_patient_it_held_no_alert(signed_in, course) -> None:
    assert "held no alerts of this patient yet" in page(signed_in, course, at_day(today() - 5))


# -- marked, and closed for writing -----------------------------------------------------------------------------------


def test_the_past_is_unmistakable_and_writes_nothing(signed_in, course) -> None:
    text = page(signed_in, course, timezone.now() - timedelta(seconds=5))
    assert 'class="tabbed past"' in text
    assert "<title>PAST" in text
    assert "This is the past, not the present state." in text
    main = text[text.index("<main") : text.index("</main>")]
    assert 'method="post"' not in main
    assert "hx-post" not in main
    assert "/enter/" not in main
    assert "/facts/" not in main


def test_the_present_is_not_marked_as_past(signed_in, course) -> None:
    text = signed_in.get(f"/patients/{course.pk}/?whole=1").content.decode()
    assert 'class="tabbed"' in text
    assert "not the present state" not in text


@pytest.mark.parametrize(
    "at", ["tomorrow", "2026-13-45", "9999-12-31T23:59", "0001-01-01", "2026-02-30T07:00", "x" * 500]
)
def test_what_is_no_past_moment_is_said_and_the_present_shown(signed_in, course, at) -> None:
    text = page(signed_in, course, at)
    assert "This is the present state." in text
    assert 'class="tabbed"' in text


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-05-03T07:00", "2024-05-03T07:00:00+09:00"),
        ("2024-05-03", "2024-05-03T23:59:59+09:00"),
        ("2024-05-03T07:00:00+00:00", "2024-05-03T07:00:00+00:00"),
        ("2024-05-03T07:00:00 00:00", "2024-05-03T07:00:00+00:00"),
    ],
)
def test_a_moment_is_read_in_the_sites_time(rf, text, iso) -> None:
    assert requested_moment(rf.get("/", {"at": text, "whole": "1"})).at == datetime.fromisoformat(iso)


def test_earlier_and_later_lead_from_change_to_change(course) -> None:
    record = record_of(course, timezone.now())
    assert record.later is None
    assert record.earlier is not None
    before = record_of(course, record.earlier, past=True)
    assert before.later is not None
    assert before.later > record.earlier
    assert before.earlier is None or before.earlier < record.earlier


# -- the strip --------------------------------------------------------------------------------------------------------


def test_the_strip_names_what_moved_and_why(course) -> None:
    strip = record_of(course, timezone.now()).strip
    assert strip is not None
    said = " ".join(sentence for x in strip.answers for sentence in x.sentences)
    assert "anti-MDA5" in said
    assert strip.answers[-1].step == record_of(course, timezone.now()).pathway.step


def test_the_last_change_stands_above_the_course(signed_in, course) -> None:
    record = record_of(course, timezone.now())
    text = signed_in.get(f"/patients/{course.pk}/course").content.decode()
    line = re.search(r'id="last-move".*?</p>', text, re.DOTALL)[0]
    assert record.last_move.sentences
    assert all(sentence in line for sentence in record.last_move.sentences)
    then = {"at": record.strip.answers[0].since.isoformat()}
    assert 'id="last-move"' not in signed_in.get(f"/patients/{course.pk}/course", then).content.decode()


def test_each_answer_of_the_strip_is_the_record_of_its_moment(course) -> None:
    strip = record_of(course, timezone.now()).strip
    for answer in strip.answers:
        then = record_of(course, answer.since, past=True).pathway
        chart = then.entry if then.by_choice else then.step  # what runs by choice is not the chart's (12 (61))
        assert answer.step == (chart or "?")


def test_alerts_of_the_strip_count_what_is_open(course) -> None:
    _at, critical, warnings = severity_days(course.pk)[-1]
    opened = Alert.objects.open().filter(patient=course)
    assert (critical, warnings) == (opened.filter(severity=3).count(), opened.filter(severity=2).count())


def answer(day: int, step: str) -> Answer:
    at = timezone.make_aware(datetime(2024, 1, 1)) + timedelta(days=day)
    return Answer(since=at, day=at.date(), course="A/S", subtype="A/S-1", step=step, running="")


def test_segments_follow_each_other_and_fill_the_strip() -> None:
    answers = [answer(0, "?"), answer(3, "T1"), answer(9, "T3")]
    strip = strip_of(answers, [], [], answers[-1].day + timedelta(days=10), ("a", "b", "c", "d"))
    steps = dict(strip.lanes)["b"]
    assert [x.text for x in steps] == ["?", "T1", "T3"]
    assert steps[0].start == 0
    assert all(a.start + a.width == pytest.approx(b.start) for a, b in pairwise(steps))
    assert steps[-1].start + steps[-1].width == pytest.approx(1)


def test_a_short_stretch_stays_visible() -> None:
    answers = [answer(0, "T1"), answer(900, "T2"), answer(901, "T3")]
    strip = strip_of(answers, [], [], answers[-1].day + timedelta(days=900), ("a", "b", "c", "d"))
    assert min(x.width for x in dict(strip.lanes)["b"]) >= NARROWEST


def test_repeated_answers_are_one() -> None:
    assert [x.step for x in merged([answer(0, "T1"), answer(1, "T1"), answer(2, "T2")])] == ["T1", "T2"]


def test_a_patient_without_facts_has_no_strip(physician, ward) -> None:
    assert record_of(make_patient("E-1", physician, ward), timezone.now()).strip is None
