"""What is signed on the round page: what was on the screen, with its consequence, and how it is taken back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from algorithm.flowcharts import CURRENT
from algorithm.models import Assessment
from algorithm.overrides import override_of
from ildcare.evaluation.sweep import evaluate_patients
from ildcare.paper.parts import answer_box
from ildcare.record.page import record_of
from ildcare.review.overrides import overrides_to_review
from ildcare.ward.rows import ward_rows
from patients import rounds
from patients.actions import cancel_fact, record_facts, record_round_visit, start_round, take_back_visit
from patients.changes import Refused
from patients.models import Decision, Judgement, RoundDraft, RoundVisit, VisitTakenBack
from patients.queries import snapshot_with_versions
from tests.ildcare.round.test_rounds import patients as patients
from tests.ildcare.round.test_rounds import seen, token, told
from tests.ildcare.round.test_rounds import signed_in as signed_in
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = pytest.mark.django_db

CHOICES = ("improvement", "decision")
NOT_FOLLOWED = {"decision": "override", "code": "infection", "reason": "CMV"}


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


@pytest.fixture
def undecided(ward, physician):
    """A/S, and nothing known by which the chart would choose between T2 and T3."""
    patient = make_patient("U-1", physician, ward, family_name="Ueda")
    told(physician, patient, Story().onset(today() - 10).diagnosis(today() - 10, "DM"))
    return patient


# -- the consequence, before -------------------------------------------------------------------------------------------


def test_62_each_choice_says_its_consequence_before_it_is_signed(signed_in, patients) -> None:
    """T3 runs since 16 days: "unchanged" leads to T4, "improved" stays."""
    text = text_of(signed_in.get(f"/patients/{patients[0].pk}/round"))
    judging, deciding = (text.partition(f'name="{name}"')[2].partition("</fieldset>")[0] for name in CHOICES)
    then = re.compile(r'<span class="then">([^<]+)</span>')
    assert then.findall(judging) == ["stays open", "T3 stays", "then T4", "then T4"]
    assert then.findall(deciding) == ["nothing is recorded", "goes on", "with a reason"]
    assert "Follow T3" in deciding


def test_62_the_entry_form_says_the_consequence_too(signed_in, patients) -> None:
    text = text_of(signed_in.get(f"/patients/{patients[0].pk}/enter/judgement"))
    assert "unchanged → the chart then asks for T4" in text
    assert "improved → the step stays T3" in text


# -- what is signed ----------------------------------------------------------------------------------------------------


def test_62_a_decision_and_a_judgement_signed_together_keep_the_answer_that_was_shown(
    signed_in, patients, physician, ward
) -> None:
    """The page shows T3; "not followed" and "unchanged" are signed: the record says that the chart said T3 then."""
    patient = patients[0]
    seen(signed_in, patient, step="T3", improvement="unchanged", **NOT_FOLLOWED)
    now = timezone.now()
    snapshot, versions = snapshot_with_versions(patient, now)
    override = override_of(CURRENT, snapshot, versions)
    assert override is not None
    assert (override.step_then, override.step_now, override.standing) == ("T3", "T4", False)
    assert "expired" in text_of(signed_in.get(f"/patients/{patient.pk}/"))
    assert [x.override.standing for x in overrides_to_review(physician, now)] == [False]
    row = next(x for x in ward_rows([ward], physician, now) if x.patient == patient)
    assert row.decided is not None
    assert row.decided.stands is False


def test_62_a_decision_stands_on_every_page_while_nothing_moved(signed_in, patients, physician, ward) -> None:
    patient = patients[0]
    seen(signed_in, patient, step="T3", **NOT_FOLLOWED)
    now = timezone.now()
    assert "The decision stands" in text_of(signed_in.get(f"/patients/{patient.pk}/"))
    assert [x.override.standing for x in overrides_to_review(physician, now)] == [True]
    row = next(x for x in ward_rows([ward], physician, now) if x.patient == patient)
    assert row.decided is not None
    assert row.decided.stands is True


def test_62_a_visit_refers_to_the_evaluation_that_the_page_showed(signed_in, patients) -> None:
    page = signed_in.get(f"/patients/{patients[0].pk}/round")
    seen(signed_in, patients[0], page, improvement="unchanged")
    visit, judgement = RoundVisit.objects.get(), Judgement.objects.get()
    shown = Assessment.objects.get(sha256=visit.state)
    assert shown.step == "T3"
    assert shown.known_at <= visit.shown_at == judgement.shown
    assert Assessment.objects.order_by("id").last().step == "T4"


def test_62_where_no_evaluation_was_stored_the_signature_stores_it(signed_in, patients) -> None:
    """A patient whose evaluation still waits: what the page showed is stored all the same."""
    story = Story().onset(today() - 5).diagnosis(today() - 5, "DM")
    record_facts(patient=patients[1], facts=story.versions, by=None, source="test")
    assert not Assessment.objects.filter(patient=patients[1]).exists()
    seen(signed_in, patients[1])
    visit = RoundVisit.objects.get()
    shown = Assessment.objects.get(sha256=visit.state)
    assert (shown.patient, shown.known_at) == (patients[1], visit.shown_at)


def test_62_the_page_stays_and_shows_the_new_answer_where_the_entry_moves_it(signed_in, physician, patients) -> None:
    ward_round = start_round(by=physician, order=[x.pk for x in patients])
    answer = seen(signed_in, patients[0], improvement="unchanged", round=ward_round.pk, go="next")
    assert answer.url.startswith(f"/patients/{patients[0].pk}/round?round={ward_round.pk}&signed=")
    text = text_of(signed_in.get(answer.url))
    assert "This moved the answer of the chart: <strong>step moved from T3 to T4</strong>" in text
    assert f'href="/patients/{patients[1].pk}/round?round={ward_round.pk}"' in text


def test_62_a_judgement_that_moves_nothing_leads_to_the_next(signed_in, physician, patients) -> None:
    ward_round = start_round(by=physician, order=[x.pk for x in patients])
    answer = seen(signed_in, patients[0], improvement="improved", round=ward_round.pk, go="next")
    assert answer.url.startswith(f"/patients/{patients[1].pk}/round?round={ward_round.pk}&signed=")
    text = text_of(signed_in.get(answer.url))
    assert "Abe Hanako (R-0) signed" in text
    assert "no decision; improvement: improved" in text


def test_62_a_second_sending_leads_to_the_same_page(signed_in, physician, patients) -> None:
    ward_round = start_round(by=physician, order=[x.pk for x in patients])
    page = signed_in.get(f"/patients/{patients[0].pk}/round?round={ward_round.pk}")
    given = {"improvement": "unchanged", "step": "T3", "round": ward_round.pk, **NOT_FOLLOWED}
    first, second = (seen(signed_in, patients[0], page, **given) for _ in range(2))
    assert first.url == second.url
    assert RoundVisit.objects.count() == Judgement.objects.count() == Decision.objects.count() == 1


def test_62_a_decision_about_a_step_that_the_page_no_longer_shows_is_not_stored(signed_in, patients) -> None:
    answer = seen(signed_in, patients[0], step="T2", decision="accept")
    assert answer.status_code == 422
    text = text_of(answer)
    assert "The step of the chart is another one now" in text
    assert 'name="step" value="T3"' in text
    assert not Decision.objects.exists()


# -- the answer to which a judgement leads -----------------------------------------------------------------------------


def test_who_judges_decides_about_the_answer_that_follows_in_the_same_breath(
    signed_in, patients, physician, ward
) -> None:
    """T3 runs; "unchanged" leads to T4, which the bar says: "not T4" is a decision about T4, and stands."""
    patient = patients[0]
    answer = seen(signed_in, patient, step="T4", improvement="unchanged", **NOT_FOLLOWED)
    assert answer.url.startswith(f"/patients/{patient.pk}/round?signed=")  # the answer moved: the page stays
    text = text_of(signed_in.get(answer.url))
    assert "T4 not followed, CMV; improvement: unchanged" in text
    assert Judgement.objects.get().improvement == "unchanged"
    now = timezone.now()
    override = override_of(CURRENT, *snapshot_with_versions(patient, now))
    assert override is not None
    assert (override.step_then, override.step_now, override.standing) == ("T4", "T4", True)
    row = next(x for x in ward_rows([ward], physician, now) if x.patient == patient)
    assert row.decided is not None
    assert row.decided.stands is True


@pytest.mark.parametrize("improvement", ["", "improved"])
def test_a_decision_about_a_step_to_which_the_judgement_does_not_lead_is_not_stored(
    signed_in, patients, improvement
) -> None:
    answer = seen(signed_in, patients[0], step="T4", decision="accept", improvement=improvement)
    assert answer.status_code == 422
    assert "The step of the chart is another one now" in text_of(answer)
    assert not Decision.objects.exists()
    assert not Judgement.objects.exists()


def test_a_judgement_twice_signs_no_step(signed_in, patients) -> None:
    """Whoever presses "unchanged" and "sign" once more, on the page that stayed, has decided nothing about T4."""
    for _ in range(2):
        seen(signed_in, patients[0], step="T4", improvement="unchanged")
    assert not Decision.objects.exists()


# -- undecided, and by choice ------------------------------------------------------------------------------------------


def test_61_a_decision_is_recorded_while_the_step_is_undecided(signed_in, undecided) -> None:
    page = signed_in.get(f"/patients/{undecided.pk}/round")
    text = text_of(page)
    assert "The step is undecided:" in text
    assert '<option value="T2"' in text
    assert '<option value="T1"' not in text
    answer = seen(signed_in, undecided, page, step="T3", decision="accept", reason="rapid course")
    assert answer.status_code == 302
    decision = Decision.objects.get()
    assert (decision.step, decision.accepted, decision.reason) == ("T3", True, "rapid course")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"step": "T3", "decision": "accept"}, "Give the reason."),
        ({"step": "", "decision": "accept", "reason": "x"}, "Choose the step that is decided about."),
    ],
)
def test_61_while_undecided_step_and_reason_are_asked_for(signed_in, undecided, given, message) -> None:
    answer = seen(signed_in, undecided, **given)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert not Decision.objects.exists()


def test_61_the_entry_form_asks_for_the_reason_while_undecided(signed_in, undecided) -> None:
    address = f"/patients/{undecided.pk}/enter/decision"
    given = {"context_token": token(signed_in.get(address), "/record/decision"), "about": "T3", "accepted": "yes"}
    given["on"] = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    sent = f"/patients/{undecided.pk}/record/decision"
    assert "Give the reason." in text_of(signed_in.post(sent, given))
    assert signed_in.post(sent, {**given, "reason": "rapid course"}).status_code == 302
    assert Decision.objects.get().shown is not None


def test_61_what_runs_by_choice_is_never_called_indicated(signed_in, undecided) -> None:
    start = today() - 3
    told(None, undecided, Story().drug(start, "gc").drug(start, "csa").drug(start, "ivcy"))
    for address in ("round", ""):
        text = text_of(signed_in.get(f"/patients/{undecided.pk}/{address}"))
        assert re.search(r"running: T3 \(started [^;]+; the chart alone: T2 or T3\)", text)
        assert "Step that the chart indicates" not in text
    box = answer_box(record_of(undecided, timezone.now()))
    assert "the chart alone: T2 or T3" in box["big"]
    assert "indicated" not in box["name"]


# -- taking back -------------------------------------------------------------------------------------------------------


def taken_back(client, patient, page, visit):
    given = {"context_token": token(page, f"/seen/{visit.pk}/take-back")}
    return client.post(f"/patients/{patient.pk}/round/seen/{visit.pk}/take-back", given)


def test_62_seen_is_taken_back_and_both_are_kept(signed_in, physician, patients) -> None:
    patient = patients[0]
    ward_round = start_round(by=physician, order=[x.pk for x in patients])
    before = rounds.last_visits([patient.pk], physician, timezone.now())[patient.pk].whose
    answer = seen(signed_in, patient, note="typed", plan="taper", round=ward_round.pk)
    visit = RoundVisit.objects.get()
    back = taken_back(signed_in, patient, signed_in.get(answer.url), visit)
    assert back.url.endswith("taken_back=yes")
    assert RoundVisit.objects.get() == visit
    assert VisitTakenBack.objects.get().visit == visit
    assert rounds.last_visits([patient.pk], physician, timezone.now())[patient.pk].whose == before
    assert rounds.last_plans([patient.pk]) == {}
    draft = RoundDraft.objects.get()
    assert (draft.note, draft.plan) == ("typed", "taper")
    assert "0 seen" in text_of(signed_in.get(f"/patients/{patient.pk}/round?round={ward_round.pk}"))
    assert "0 of 3 seen" in text_of(signed_in.get(f"/round/{ward_round.pk}/"))


def test_undo_takes_decision_and_judgement_back_with_the_visit_and_no_others(signed_in, physician, patients) -> None:
    """The answer is as before; what the same author signed a visit earlier stands."""
    patient = patients[0]
    page = signed_in.get(f"/patients/{patient.pk}/round")  # opened before the first signature, signed after it
    seen(signed_in, patient, step="T3", decision="accept")
    answer = seen(signed_in, patient, page, improvement="unchanged", step="T4", **NOT_FOLLOWED)
    visit = RoundVisit.objects.order_by("id").last()
    back = taken_back(signed_in, patient, signed_in.get(answer.url), visit)
    assert back.url.endswith("taken_back=yes")
    assert Judgement.objects.order_by("id").last().status == "cancelled"
    stood = [(x.step, x.accepted, x.status) for x in Decision.objects.order_by("id")]
    assert stood == [("T3", True, "final"), ("T4", False, "final"), ("T4", False, "cancelled")]
    assert Assessment.objects.order_by("id").last().step == "T3"


def test_undo_is_refused_once_the_decision_was_cancelled_by_itself(signed_in, physician, patients) -> None:
    answer = seen(signed_in, patients[0], step="T3", note="typed", **NOT_FOLLOWED)
    page = signed_in.get(answer.url)
    cancel_fact(row=Decision.objects.get(), by=physician, reason="slip", expected_version=1)
    back = taken_back(signed_in, patients[0], page, RoundVisit.objects.get())
    assert back.url.endswith("taken_back=no")
    assert not VisitTakenBack.objects.exists()
    assert not RoundDraft.objects.exists()


@pytest.mark.parametrize(("minutes", "possible"), [(9, True), (11, False)])
def test_62_seen_is_taken_back_within_ten_minutes(physician, patients, minutes, possible) -> None:
    at = timezone.now() - timedelta(minutes=minutes)
    visit = RoundVisit.objects.create(patient=patients[0], by=physician, at=at, shown_at=at)
    if possible:
        assert take_back_visit(visit=visit, by=physician).visit == visit
        return
    with pytest.raises(Refused, match="ten minutes"):
        take_back_visit(visit=visit, by=physician)
    assert not VisitTakenBack.objects.exists()


def test_62_nobody_else_takes_it_back(client, physician, ward, patients) -> None:
    visit = record_round_visit(patient=patients[0], by=physician, shown_at=timezone.now())
    other = make_user("second", "physician", ward)
    with pytest.raises(Refused, match="Only who signed"):
        take_back_visit(visit=visit, by=other)
    client.force_login(other)
    assert "take-back" not in client.get(f"/patients/{patients[0].pk}/round").content.decode()


def test_62_taking_back_twice_is_once_and_never_changed(physician, patients) -> None:
    visit = record_round_visit(patient=patients[0], by=physician, shown_at=timezone.now(), note="x")
    assert take_back_visit(visit=visit, by=physician) == take_back_visit(visit=visit, by=physician)
    for sql in ("UPDATE patients_visittakenback SET at = now()", "DELETE FROM patients_visittakenback"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_62_taking_back_leaves_what_was_typed_since(physician, patients) -> None:
    visit = record_round_visit(patient=patients[0], by=physician, shown_at=timezone.now(), note="signed")
    RoundDraft.objects.create(patient=patients[0], user=physician, note="newer", changed_at=timezone.now())
    take_back_visit(visit=visit, by=physician)
    assert RoundDraft.objects.get().note == "newer"


# -- infection ---------------------------------------------------------------------------------------------------------


def test_78_where_infection_is_not_excluded_the_judgement_says_so(signed_in, patients) -> None:
    assert "infection not excluded" not in text_of(signed_in.get(f"/patients/{patients[0].pk}/round"))
    told(None, patients[0], Story().finding(today(), "infection", present=True, id="inf"))
    evaluate_patients([patients[0].pk])
    assert "infection not excluded" in text_of(signed_in.get(f"/patients/{patients[0].pk}/round"))
