"""R32: nothing is decided on a page that is older than the record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from patients.actions import cancel_fact, correct_fact, record_facts
from patients.forms.bedside import DecisionForm, JudgementForm
from patients.forms.since_shown import STALE_AFTER, news_since
from patients.models import Measurement
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(rf, physician, patient) -> Any:
    """`asked()` shows a judgement form; what it returns sends it, with more fields if given."""
    request = rf.post("/")
    request.user = physician
    request.session = type("Session", (dict,), {"session_key": "session-1"})()

    def show() -> Any:
        token = JudgementForm(request=request, patient=patient)["context_token"].value()
        on = timezone.localtime().strftime("%Y-%m-%dT%H:%M")

        def send(**more: str) -> JudgementForm:
            data = {"context_token": token, "on": on, "improvement": "worse", "note": "tired", **more}
            form = JudgementForm(data, request=request, patient=patient)
            form.is_valid()
            return form

        return send

    return show


def question_of(form: JudgementForm) -> str:
    return form.fields["seen_news"].widget.question


def ferritin(record, value: str, **more: Any) -> None:
    record(Story().ferritin(4, value, **more))


def test_R32_fresh_page_is_not_asked_about(asked) -> None:
    form = asked()()
    assert form.errors == {}
    assert form["seen_news"].is_hidden


def test_R32_result_of_somebody_else_is_told_and_the_entry_kept(asked, record) -> None:
    send = asked()
    ferritin(record, "1240")
    form = send()
    assert form.news == ("Ferritin 1,240 ng/mL (5 Mar 2024)",)
    assert "1 entry is new" in form.errors["seen_news"][0]
    assert form["note"].value() == "tired"
    assert not form["seen_news"].is_hidden


def test_R32_tick_counts_for_the_list_it_was_set_for_only(asked, record) -> None:
    send = asked()
    ferritin(record, "1240")
    tick = question_of(send())
    assert send(seen_news=tick).errors == {}
    ferritin(record, "1600")
    assert len(send(seen_news=tick).news) == 2
    assert "seen_news" in send(seen_news=tick).errors
    assert "seen_news" in send(seen_news="on").errors


def test_R32_page_older_than_the_limit_is_looked_at_again(asked) -> None:
    send = asked()
    with time_machine.travel(timezone.now() + STALE_AFTER - timedelta(seconds=30)):
        assert send().errors == {}
    with time_machine.travel(timezone.now() + STALE_AFTER + timedelta(seconds=30)):
        form = send()
        assert "15 minutes ago" in form.errors["seen_news"][0]
        assert send(seen_news=question_of(form)).errors == {}


def test_R32_what_the_reader_typed_is_no_news_to_the_reader(patient, physician, record) -> None:
    before = timezone.now()
    record_facts(patient=patient, facts=Story().ferritin(4, "900").versions, by=physician, source="form")
    assert news_since(patient, before, reader=physician) == ()
    assert len(news_since(patient, before, reader=make_user("colleague"))) == 1
    assert len(news_since(patient, before)) == 1


def test_R32_corrected_and_cancelled_facts_are_news(patient, physician, record) -> None:
    ferritin(record, "900", id="f1")
    before = timezone.now()
    row = Measurement.objects.get()
    correct = {"value": 920, "typed_value": "920"}
    newer = correct_fact(row=row, changes=correct, by=physician, reason="typing error", expected_version=1)
    cancel_fact(row=newer, by=physician, reason="wrong patient", expected_version=2)
    told = news_since(patient, before)
    assert [x.partition(":")[0] for x in told] == ["changed", "cancelled"]


def test_R32_another_answer_of_the_chart_and_new_alerts_are_news(patient, record) -> None:
    story = Story().onset(today() - 9).diagnosis(today() - 8, "DM").mda5(today() - 8, "positive")
    record(story)
    evaluate_patients([patient.pk])
    before = timezone.now()
    record(Story().ferritin(today() - 1, "1679").pao2(today() - 1, "50"))
    evaluate_patients([patient.pk])
    told = "\n".join(news_since(patient, before))
    assert "new alert (critical): Ferritin above" in told


def test_R32_one_patient_is_not_told_of_another(patient, physician, record) -> None:
    before = timezone.now()
    ferritin(record, "900")
    assert news_since(make_patient("P-2", physician), before) == ()


def test_R32_same_form_sent_twice_is_not_asked_the_second_time(asked, record, physician) -> None:
    send = asked()
    form = send()
    form.once(lambda: None)
    ferritin(record, "1240")
    assert send().errors == {}


def test_R32_a_decision_asks_too_and_shows_its_other_faults(rf, physician, patient, record) -> None:
    request = rf.post("/")
    request.user = physician
    request.session = type("Session", (dict,), {"session_key": "session-1"})()
    token = DecisionForm(request=request, patient=patient)["context_token"].value()
    ferritin(record, "1240")
    form = DecisionForm({"context_token": token, "about": "T3"}, request=request, patient=patient)
    assert not form.is_valid()
    assert {"seen_news", "accepted", "on"} <= set(form.errors)
