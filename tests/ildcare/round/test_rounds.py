"""The ward round: begun over a list, patient after patient, signed once, never for another patient."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from patients import rounds
from patients.actions import add_task, close_task, correct_fact, record_facts, record_round_visit, start_round
from patients.changes import Refused, StaleVersion
from patients.models import CareTask, Decision, Judgement, Measurement, NonceUse, RoundDraft, RoundVisit, WardRound
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db


def told(by, patient, story: Story) -> None:
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    evaluate_patients([patient.pk])


@pytest.fixture
def patients(ward, physician):
    """Three patients: the first with a step that the chart indicates and that runs."""
    now = today()
    people = [
        make_patient(f"R-{n}", physician, ward, family_name=name) for n, name in enumerate(("Abe", "Baba", "Chiba"))
    ]
    story = Story().onset(now - 30, known=now - 20).diagnosis(now - 20, "DM").mda5(now - 20, "positive")
    story.ferritin(now - 20, "1679").pao2(now - 20, "70").test(now - 20, "kl6", "500", id="kl6")
    story.drug(now - 16, "gc", dose=None).drug(now - 16, "csa").drug(now - 16, "ivcy")
    told(physician, people[0], story)
    return people


@pytest.fixture
def signed_in(client, physician):
    client.force_login(physician)
    return client


def token(answer, form: str = "round/seen") -> str:
    """The context token of the form with this address."""
    text = answer.content.decode()
    start = text.index(form)
    return re.search(r'name="(?:\S+-)?context_token" value="([^"]+)"', text[start:])[1]


def seen(client, patient, page=None, **typed):
    page = page or client.get(f"/patients/{patient.pk}/round")
    return client.post(f"/patients/{patient.pk}/round/seen", {"context_token": token(page), **typed})


def begin(client, ward, patients):
    page = client.get("/round/")
    order = re.search(r'name="order" value="([^"]*)"', page.content.decode())[1]
    answer = client.post(
        "/round/begin", {"context_token": token(page, "round/begin"), "order": order, "ward": ward.code}
    )
    return answer, [int(x) for x in order.split(",")]


# -- the round --------------------------------------------------------------------------------------------------------


def test_round_begins_with_the_first_of_the_list_in_its_order(signed_in, ward, patients) -> None:
    answer, order = begin(signed_in, ward, patients)
    started = WardRound.objects.get()
    assert set(order) == {x.pk for x in patients}
    assert started.order == order
    assert answer.url == f"/patients/{order[0]}/round?round={started.pk}"


def test_round_takes_no_patient_of_another_ward(signed_in, ward, other_ward, physician, patients) -> None:
    foreign = make_patient("X-1", None, other_ward)
    page = signed_in.get("/round/")
    order = f"{foreign.pk},{patients[1].pk},{patients[1].pk},x"
    signed_in.post("/round/begin", {"context_token": token(page, "round/begin"), "order": order, "ward": ward.code})
    assert WardRound.objects.get().order == [patients[1].pk]


def test_round_of_another_user_does_not_exist(client, ward, patients, physician) -> None:
    mine = start_round(by=physician, order=[patients[0].pk], ward=ward)
    client.force_login(make_user("second", "physician", ward))
    assert client.get(f"/round/{mine.pk}/").status_code == 404
    assert client.get(f"/patients/{patients[0].pk}/round?round={mine.pk}").status_code == 404


def test_a_second_round_ends_the_first(physician, patients) -> None:
    first = start_round(by=physician, order=[patients[0].pk])
    second = start_round(by=physician, order=[patients[1].pk])
    first.refresh_from_db()
    assert first.finished_at is not None
    assert rounds.unfinished_round(physician) == second


def test_round_page_names_neighbours_and_place(signed_in, physician, patients) -> None:
    ward_round = start_round(by=physician, order=[x.pk for x in patients])
    page = signed_in.get(f"/patients/{patients[1].pk}/round?round={ward_round.pk}").content.decode()
    text = " ".join(page.split())
    assert f'rel="prev" href="/patients/{patients[0].pk}/round?round={ward_round.pk}"' in text
    assert f'rel="next" href="/patients/{patients[2].pk}/round?round={ward_round.pk}"' in text
    assert "2 of 3" in text


def test_a_patient_who_left_the_ward_is_counted_and_not_shown(signed_in, physician, other_ward, patients) -> None:
    foreign = make_patient("X-2", None, other_ward, family_name="Gone")
    ward_round = start_round(by=physician, order=[patients[0].pk, foreign.pk])
    text = words_of(signed_in.get(f"/round/{ward_round.pk}/"))
    assert "1 patient of this round is no longer on your wards" in text
    assert "Gone" not in text


def test_round_end_asks_for_its_own_token(signed_in, physician, patients) -> None:
    ward_round = start_round(by=physician, order=[patients[0].pk])
    page = signed_in.get(f"/round/{ward_round.pk}/")
    assert "Not everybody is seen." in page.content.decode()
    assert signed_in.post(f"/round/{ward_round.pk}/finish", {}).status_code == 409
    signed_in.post(f"/round/{ward_round.pk}/finish", {"context_token": token(page, "finish")})
    ward_round.refresh_from_db()
    assert ward_round.finished_at is not None


# -- signing ----------------------------------------------------------------------------------------------------------


def test_seen_stores_visit_decision_and_judgement_together(signed_in, physician, patients) -> None:
    patient = patients[0]
    page = signed_in.get(f"/patients/{patient.pk}/round")
    step = re.search(r'name="step" value="(\w+)"', page.content.decode())[1]
    answer = seen(
        signed_in, patient, page, step=step, decision="override", code="infection", reason="CMV",
        improvement="worse", note="dyspnoea", plan="repeat gas",
    )  # fmt: skip
    assert answer.status_code == 302
    visit, decision = RoundVisit.objects.get(), Decision.objects.get()
    assert (visit.note, visit.plan, visit.by) == ("dyspnoea", "repeat gas", physician)
    assert visit.shown_at <= visit.at
    assert (decision.step, decision.accepted, decision.code, decision.reason) == (step, False, "infection", "CMV")
    assert Judgement.objects.get().improvement == "worse"


@pytest.mark.parametrize(("missing", "message"), [("code", "Choose the kind of reason"), ("reason", "Give the reason")])
def test_an_override_without_its_reason_stores_nothing_and_keeps_what_is_typed(
    signed_in, patients, missing, message
) -> None:
    given = {"step": "T3", "decision": "override", "code": "infection", "reason": "CMV", "note": "typed text"}
    answer = seen(signed_in, patients[0], **{**given, missing: ""})
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert "typed text" in answer.content.decode()
    assert not RoundVisit.objects.exists()
    assert not Decision.objects.exists()


def test_a_visit_that_fails_stores_no_decision(signed_in, patients, monkeypatch) -> None:
    def broken(**_: object) -> None:
        raise Refused("no visit")

    monkeypatch.setattr("ildcare.round.views.record_round_visit", broken)
    page = signed_in.get(f"/patients/{patients[0].pk}/round")
    given = {"context_token": token(page), "step": "T3", "decision": "accept", "note": "kept"}
    answer = signed_in.post(f"/patients/{patients[0].pk}/round/seen", given)
    assert answer.status_code == 422
    assert "no visit" in answer.content.decode()
    assert not Decision.objects.exists()
    assert not NonceUse.objects.exists()


def test_R02_R07_seen_twice_from_one_page_is_one_visit(signed_in, patients) -> None:
    page = signed_in.get(f"/patients/{patients[0].pk}/round")
    first = seen(signed_in, patients[0], page, note="once")
    second = seen(signed_in, patients[0], page, note="once")
    assert (first.status_code, second.status_code) == (302, 302)
    assert RoundVisit.objects.count() == 1


def test_R02_a_page_of_one_patient_signs_no_other(signed_in, patients) -> None:
    page = signed_in.get(f"/patients/{patients[0].pk}/round")
    answer = signed_in.post(f"/patients/{patients[1].pk}/round/seen", {"context_token": token(page), "note": "wrong"})
    assert answer.status_code == 409
    assert not RoundVisit.objects.exists()


def test_R32_a_result_after_the_page_stops_the_signature_until_it_is_seen(signed_in, patients) -> None:
    patient = patients[0]
    page = signed_in.get(f"/patients/{patient.pk}/round")
    record_facts(
        patient=patient, facts=Story().test(today(), "ferritin", "2400", id="late").versions, by=None, source="test"
    )
    answer = seen(signed_in, patient, page, note="typed before", plan="go on")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "2,400" in text or "2400" in text
    assert "typed before" in text
    assert not RoundVisit.objects.exists()
    asked = re.search(r'name="seen_news" value="([^"]+)"', text) or re.search(
        r'value="([^"]+)"[^>]*name="seen_news"', text
    )
    again = signed_in.post(
        f"/patients/{patient.pk}/round/seen",
        {"context_token": token(page), "note": "typed before", "seen_news": asked[1]},
    )
    assert again.status_code == 302
    assert RoundVisit.objects.get().note == "typed before"


def test_seen_leads_to_the_next_whom_nobody_has_seen(signed_in, physician, patients) -> None:
    ward_round = start_round(by=physician, order=[x.pk for x in patients])
    record_round_visit(patient=patients[1], by=physician, shown_at=timezone.now(), round=ward_round)
    given = {"round": ward_round.pk, "go": "next"}
    onward = seen(signed_in, patients[0], **given).url.partition("&signed=")[0]
    assert onward == f"/patients/{patients[2].pk}/round?round={ward_round.pk}"
    assert seen(signed_in, patients[2], **given).url.partition("?signed=")[0] == f"/round/{ward_round.pk}/"


def test_a_nurse_sees_the_page_and_signs_nothing(client, ward, patients) -> None:
    client.force_login(make_user("nurse", "nurse", ward))
    page = client.get(f"/patients/{patients[0].pk}/round")
    assert page.status_code == 200
    text = page.content.decode()
    assert 'id="state-bar"' in text
    assert not any(x in text for x in ('id="sign"', 'id="round-form"', 'form="round-form"'))
    assert client.post(f"/patients/{patients[0].pk}/round/seen", {}).status_code == 403


def test_a_signed_visit_is_never_changed(physician, patients) -> None:
    visit = record_round_visit(patient=patients[0], by=physician, shown_at=timezone.now(), note="signed")
    for sql in ("UPDATE patients_roundvisit SET note = 'other'", "DELETE FROM patients_roundvisit"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    visit.refresh_from_db()
    assert visit.note == "signed"


# -- what is new ------------------------------------------------------------------------------------------------------


def test_round_page_shows_what_came_since_the_own_visit_and_nothing_older(signed_in, physician, patients) -> None:
    patient = patients[0]
    record_round_visit(patient=patient, by=physician, shown_at=timezone.now())
    text = signed_in.get(f"/patients/{patient.pk}/round").content.decode()
    assert "Nothing new." in text
    told(physician, patient, Story().test(today(), "kl6", "900", id="kl6-2"))
    text = signed_in.get(f"/patients/{patient.pk}/round").content.decode()
    assert "Nothing new." not in text
    row = re.search(r'<table class="grid fresh res">.*?</table>', text, re.DOTALL)[0]
    assert "900" in row
    assert "500" in row  # the value before, and the baseline
    assert 'aria-label="rising"' in row
    assert "1,679" not in row


def test_round_page_says_that_a_result_was_corrected(signed_in, physician, patients) -> None:
    patient = patients[0]
    record_round_visit(patient=patient, by=physician, shown_at=timezone.now())
    row = Measurement.objects.get(patient=patient, code="kl6")
    correct_fact(
        row=row, changes={"value": 520, "typed_value": "520"}, by=physician, reason="typing", expected_version=1
    )
    assert "1 result was corrected" in signed_in.get(f"/patients/{patient.pk}/round").content.decode()


def test_round_page_asks_for_a_constant_number_of_queries(signed_in, physician, patients) -> None:
    patient = patients[0]
    address = f"/patients/{patient.pk}/round"
    signed_in.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        signed_in.get(address)
    story = Story()
    for n in range(40):
        story.test(f"{today() - 1 - n // 20}T{n % 20:02}:00", "ldh", str(200 + n))
    told(physician, patient, story)
    for n in range(5):
        add_task(patient=patient, by=physician, text=f"task {n}", due=timezone.localdate())
    with CaptureQueriesContext(connection) as many:
        signed_in.get(address)
    assert len(many) <= len(few) + 1  # an alert's history may be fetched


# -- drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_is_kept_and_comes_back_and_ends_with_the_signature(signed_in, physician, patients) -> None:
    patient = patients[0]
    page = signed_in.get(f"/patients/{patient.pk}/round")
    given = {"context_token": token(page), "note": "half a sent", "plan": ""}
    answer = signed_in.post(f"/patients/{patient.pk}/round/draft", given, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Draft kept" in answer.content.decode()
    back = signed_in.get(f"/patients/{patient.pk}/round")
    assert "half a sent" in back.content.decode()
    seen(signed_in, patient, back, note="half a sentence")
    assert not RoundDraft.objects.exists()
    late = signed_in.post(f"/patients/{patient.pk}/round/draft", {**given, "context_token": token(back)})
    assert late.status_code == 204
    assert not RoundDraft.objects.exists()


def test_a_draft_is_its_authors_alone(signed_in, client, physician, ward, patients) -> None:
    page = signed_in.get(f"/patients/{patients[0].pk}/round")
    signed_in.post(f"/patients/{patients[0].pk}/round/draft", {"context_token": token(page), "note": "mine"})
    client.force_login(make_user("second", "physician", ward))
    assert "mine" not in words_of(client.get(f"/patients/{patients[0].pk}/round"))


def test_R02_a_draft_for_another_patient_is_refused(signed_in, patients) -> None:
    page = signed_in.get(f"/patients/{patients[0].pk}/round")
    answer = signed_in.post(f"/patients/{patients[1].pk}/round/draft", {"context_token": token(page), "note": "x"})
    assert answer.status_code == 409
    assert not RoundDraft.objects.exists()


def test_the_plan_goes_on_from_the_last_visit(signed_in, physician, patients) -> None:
    record_round_visit(patient=patients[0], by=physician, shown_at=timezone.now(), plan="taper next week")
    assert "taper next week" in signed_in.get(f"/patients/{patients[0].pk}/round").content.decode()


# -- tasks ------------------------------------------------------------------------------------------------------------


def test_a_task_is_added_and_ended(signed_in, physician, patients) -> None:
    patient = patients[0]
    page = signed_in.get(f"/patients/{patient.pk}/round")
    given = {"context_token": token(page, "tasks/add"), "text": "order HRCT", "due": timezone.localdate().isoformat()}
    answer = signed_in.post(f"/patients/{patient.pk}/tasks/add", given, headers={"HX-Request": "true"})
    assert "order HRCT" in answer.content.decode()
    task = CareTask.objects.get()
    name = f"task-{task.pk}"
    given = {f"{name}-context_token": token(answer, "/close"), f"{name}-outcome": "cannot", f"{name}-note": ""}
    refused = signed_in.post(f"/patients/{patient.pk}/tasks/{task.pk}/close", given, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    ended = {**given, f"{name}-note": "scanner down"}
    signed_in.post(f"/patients/{patient.pk}/tasks/{task.pk}/close", ended, headers={"HX-Request": "true"})
    task.refresh_from_db()
    assert (task.outcome, task.outcome_note, task.closed_by) == ("cannot", "scanner down", physician)


def test_a_task_of_another_patient_is_not_there(signed_in, physician, patients) -> None:
    task = add_task(patient=patients[0], by=physician, text="x", due=timezone.localdate())
    assert signed_in.post(f"/patients/{patients[1].pk}/tasks/{task.pk}/close", {}).status_code == 404


def test_R06_a_task_ended_by_two_is_ended_once(physician, patients) -> None:
    task = add_task(patient=patients[0], by=physician, text="x", due=timezone.localdate())
    stale = CareTask.objects.get(pk=task.pk)
    close_task(task=task, by=physician, outcome="done", expected_version=1)
    with pytest.raises(StaleVersion):
        close_task(task=stale, by=physician, outcome="not_needed", expected_version=1)


def test_a_late_task_says_how_late(signed_in, physician, patients) -> None:
    due = timezone.localdate() - timedelta(days=2)
    add_task(patient=patients[0], by=physician, text="call the family", due=due)
    assert "2 days late" in signed_in.get(f"/patients/{patients[0].pk}/round").content.decode()


# -- nothing that decides is hidden -----------------------------------------------------------------------------------


def test_the_round_page_tells_every_reason_of_the_step(signed_in, patients) -> None:
    """H08: the last of the reasons is what moved the patient to this step."""
    story = Story().judged(today(), "worse", id="judged").ferritin(today(), "2500", id="high")
    told(None, patients[0], story)
    page = signed_in.get(f"/patients/{patients[0].pk}/round").content.decode()
    panel = page[page.index('id="stands"') :].partition("</section>")[0]
    assert "judged worse" in panel
    assert "anti-MDA5 positive" in panel


def test_a_refused_form_says_so_at_the_top(signed_in, patients) -> None:
    answer = seen(signed_in, patients[0], decision="override", step="T3")
    assert answer.status_code == 422
    assert "Nothing was stored yet" in answer.content.decode()
    assert not RoundVisit.objects.exists()
