"""Later evidence on its page and beside a patient's chart; proposed by one, confirmed by another; and a decision that
names the note that it follows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from algorithm.changing_notes import confirm_proposal, propose_choice, propose_confirming, propose_retiring
from algorithm.models import NoteProposal
from algorithm.notes import notes_here
from patients.actions import record_facts
from patients.clinical import facts as f
from patients.models import Decision, Patient, Role, User
from patients.queries import take_snapshot
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import clock, send
from tests.ildcare.record.test_entering import patient as patient
from tests.ildcare.rulebook.test_change_pages import PASSWORD, hidden
from tests.ildcare.rulebook.test_rule_pages import page
from tests.monitoring.stored import today
from tests.patients.conftest import make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db
WU = "Wu 2025, Eur Respir J, doi 10.1183/13993003.01488-2024"


@pytest.fixture
def senior(ward) -> User:
    return make_user("kato", Role.SENIOR, ward)


@pytest.fixture
def pharmacist(ward) -> User:
    return make_user("ueda", Role.PHARMACIST, ward)


def as_(user: User) -> Client:
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    client.force_login(user)
    return client


def words(client: Client, name: str, language: str = "en", **names: str) -> str:
    return words_of(page(client, name, language, **names))


def sent(client: Client, of: str, address: str, **fields: object):
    """The form that is on the page `of` and goes to an address."""
    return client.post(address, hidden(client.get(of).content.decode(), address) | fields)


def decided(client: Client, proposal: NoteProposal, name: str):
    address = reverse("evidence_decide", args=[proposal.pk, name])
    return sent(client, reverse("evidence_list"), address, password=PASSWORD)


def chart_of(client: Client, patient: Patient) -> str:
    return words_of(client.get(f"/patients/{patient.pk}/?whole=1"))


def test_a_note_is_proposed_on_its_page_and_confirmed_by_another(senior, pharmacist) -> None:
    one, two = as_(senior), as_(pharmacist)
    own_page = reverse("evidence_note", args=["tsuji_2020"])
    assert "source not confirmed here" in words(one, "evidence_note", code="tsuji_2020")
    answer = sent(one, own_page, reverse("evidence_propose", args=["tsuji_2020", "confirm"]), words="read in full")
    assert answer.url == own_page
    (proposal,) = NoteProposal.objects.all()
    assert "another person confirms" in words(one, "evidence_note", code="tsuji_2020")
    assert reverse("evidence_decide", args=[proposal.pk, "confirm"]) not in page(one, "evidence_list")
    assert decided(two, proposal, "confirm").url == reverse("evidence_list")
    shown = words(one, "evidence_note", code="tsuji_2020")
    assert "source not confirmed here" not in shown
    assert "ueda (proposed by kato)" in shown
    assert "read in full" in shown
    assert decided(two, proposal, "withdraw").status_code in (409, 422)


def test_a_proposal_that_holds_no_more_is_refused_in_words(senior, pharmacist) -> None:
    proposal = propose_retiring("wu_2025", by=senior, words="letter")
    address = reverse("evidence_decide", args=[proposal.pk, "confirm"])
    client = as_(pharmacist)
    form = hidden(page(client, "evidence_list"), address)
    confirm_proposal(proposal, by=pharmacist)
    answer = client.post(address, form | {"password": PASSWORD})
    assert answer.status_code == 422
    assert "no longer open" in words_of(answer)


def test_a_password_is_asked_for_and_a_wrong_one_confirms_nothing(senior, pharmacist) -> None:
    proposal, client = propose_retiring("wu_2025", by=senior, words="letter"), as_(pharmacist)
    address = reverse("evidence_decide", args=[proposal.pk, "confirm"])
    form = hidden(page(client, "evidence_list"), address)
    if 'name="password"' in page(client, "evidence_list"):
        assert client.post(address, form | {"password": "wrong"}).status_code == 422
        assert "wu_2025" in {x.note.code for x in notes_here().at("T3").notes}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_has_every_note_with_its_state_its_grade_and_both_sides(senior, pharmacist, language) -> None:
    confirm_proposal(propose_retiring("recital_2024", by=senior, words="other diseases"), by=pharmacist)
    shown = page(as_(senior), "evidence_list", language)
    for standing in notes_here().notes:
        assert reverse("evidence_note", args=[standing.note.code]) in shown
        assert escape(standing.note.source) in shown
    told = words_of(shown)
    for said in {
        "en": ("Speaks against it", "randomised trial", "Retired by this site", "read as abstract", "no choice"),
        "ja": ("支持しないもの", "ランダム化試験", "当施設で取り下げた注記", "抄録で読んだもの", "署名されていません"),
    }[language]:
        assert said in told


def test_who_may_not_change_rules_sees_no_form(physician) -> None:
    client = as_(physician)
    assert "Add a note of this site" not in words(client, "evidence_list")
    assert "Propose to retire" not in words(client, "evidence_note", code="wu_2025")
    assert client.get(reverse("evidence_add")).status_code == 403
    assert client.get(reverse("evidence_note", args=["nothing"])).status_code == 404


def test_a_site_adds_its_own_note(senior, pharmacist, browser, patient) -> None:
    one, address = as_(senior), reverse("evidence_add")
    fields = {
        "nodes": ["T2", "N5"],
        "text": "tacrolimus in 40 patients of ours",
        "citation": "Ono 2025, Mod Rheumatol",
        "doi": "10.1093/mr/xyz01",
        "year": "2025",
        "certainty": "C",
        "against": ["T3"],
        "words": "journal club",
    }
    form = hidden(page(one, "evidence_add"))
    refused = one.post(address, form | fields)
    assert refused.status_code == 422
    assert "only at nodes beside which it stands" in words_of(refused)
    assert one.post(address, hidden(refused.content.decode()) | fields | {"against": []}).status_code == 302
    (proposal,) = NoteProposal.objects.all()
    assert "tacrolimus in 40 patients" in words(as_(pharmacist), "evidence_list")
    assert "tacrolimus in 40 patients" not in chart_of(browser, patient)
    decided(as_(pharmacist), proposal, "confirm")
    shown = chart_of(browser, patient)
    assert "tacrolimus in 40 patients" in shown
    assert "note of this site" in shown


def test_what_the_team_does_is_signed_by_two_and_shown_beside_the_chart(senior, pharmacist, browser, patient) -> None:
    address = reverse("evidence_choose", args=["T3"])
    assert "the team has signed no choice here" in chart_of(browser, patient)
    one = as_(senior)
    form = hidden(page(one, "evidence_choose", node="T3"))
    assert one.post(address, form | {"follow": "wu_2025", "words": "where no CNI can be given"}).status_code == 302
    (proposal,) = NoteProposal.objects.all()
    assert "where no CNI can be given" not in chart_of(browser, patient)
    decided(as_(pharmacist), proposal, "confirm")
    shown = chart_of(browser, patient)
    assert "Conflict with the chart at this node" in shown
    assert "where no CNI can be given" in shown
    assert "ueda (proposed by kato)" in shown
    assert one.get(reverse("evidence_choose", args=["T9"])).status_code == 404


def test_beside_the_chart_of_the_past_stands_what_was_signed_by_then(senior, pharmacist, browser, patient) -> None:
    record_facts(patient=patient, facts=Story().ferritin(today() - 9, "800").versions, by=None, source="test")
    confirm_proposal(propose_confirming("tsuji_2020", by=senior, words="read"), by=pharmacist)
    assert "ueda (proposed by kato)" in chart_of(browser, patient)
    past = f"/patients/{patient.pk}/?whole=1&at={timezone.now().year - 1}-06-01T00:00"
    shown = words_of(browser.get(past))
    assert "source not confirmed here" in shown
    assert "ueda (proposed by kato)" not in shown


def test_the_panels_cost_one_query_whatever_was_signed(senior, pharmacist, browser, patient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            chart_of(browser, patient)
        return sum("algorithm_notedecision" in x["sql"] for x in asked.captured_queries)

    assert queries() == 1
    for code in ("tsuji_2020", "wu_2025", "sasai_2023"):
        confirm_proposal(propose_confirming(code, by=senior, words="read"), by=pharmacist)
    confirm_proposal(propose_choice("T3", by=senior, words="chart", follow=""), by=pharmacist)
    assert queries() == 1


# -- a decision that follows a note -----------------------------------------------------------------------------------


@pytest.fixture
def indicated(patient, physician) -> Patient:
    """T3, by ferritin."""
    now = today()
    story = Story().onset(now - 20).diagnosis(now - 10, "DM").ferritin(now - 9, "1240")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    return patient


def test_a_decision_names_the_note_that_it_follows(browser, indicated, senior) -> None:
    sending = {"about": "T3", "accepted": "no", "code": "later_evidence", "reason": "CNI not possible"} | {
        "on": clock()
    }
    refused = send(browser, indicated, "decision", **sending)
    assert refused.status_code == 422
    assert "Choose the note that is followed." in words_of(refused)
    assert send(browser, indicated, "decision", **sending, follows=WU).status_code == 302
    row = Decision.objects.get()
    assert (row.code, row.follows, row.accepted) == ("later_evidence", WU, False)
    shown = words_of(browser.get(f"/patients/{indicated.pk}/"))
    assert "later evidence is followed instead of the chart" in shown
    assert WU in shown
    review = words_of(as_(senior).get("/review/overrides"))
    assert WU in review
    assert "CNI not possible" in review
    assert f"follows later evidence: {WU}" in words_of(browser.get(f"/patients/{indicated.pk}/course"))


def test_another_source_is_named_in_the_reason(browser, indicated) -> None:
    sending = {"about": "T3", "accepted": "no", "code": "later_evidence", "reason": "Ono 2026, in press", "on": clock()}
    assert send(browser, indicated, "decision", **sending, follows="other").status_code == 302
    assert Decision.objects.get().follows == ""


def test_a_source_with_another_kind_of_reason_is_not_kept(browser, indicated) -> None:
    sending = {"about": "T3", "accepted": "no", "code": "infection", "reason": "pneumonia", "follows": WU}
    sending["on"] = clock()
    assert send(browser, indicated, "decision", **sending).status_code == 302
    assert Decision.objects.get().follows == ""


def test_a_retired_note_is_not_offered(browser, indicated, senior, pharmacist) -> None:
    confirm_proposal(propose_retiring("wu_2025", by=senior, words="letter"), by=pharmacist)
    assert WU not in browser.get(f"/patients/{indicated.pk}/enter/decision").content.decode()
    sending = {"about": "T3", "accepted": "no", "code": "later_evidence", "reason": "x", "follows": WU}
    assert send(browser, indicated, "decision", **sending).status_code == 422


def test_the_round_signs_which_note_is_followed(browser, indicated) -> None:
    address = f"/patients/{indicated.pk}/round"
    form = hidden(browser.get(address).content.decode(), f"{address}/seen")
    sending = {**form, "step": "T3", "decision": "override", "code": "later_evidence", "reason": "CNI not possible"}
    answer = browser.post(f"{address}/seen", sending)
    assert answer.status_code == 422
    assert "Choose the note that is followed." in words_of(answer)
    assert browser.post(f"{address}/seen", {**sending, "follows": WU}).status_code == 302
    decision = Decision.objects.get()
    assert (decision.step, decision.follows) == ("T3", WU)


def test_notes_beside_the_step_are_offered_first(browser, indicated) -> None:
    text = browser.get(f"/patients/{indicated.pk}/enter/decision").content.decode()
    assert text.index("beside T3") < text.index(WU) < text.index("beside other nodes") < text.index("Takada 2020")


def test_a_decision_that_follows_a_note_expires_like_any_other(browser, indicated, physician) -> None:
    story = Story().add(
        f.Decision, today() - 2, step="T3", accepted=False, reason="x", code="later_evidence", follows=WU
    )
    record_facts(patient=indicated, facts=story.versions, by=physician, source="test")
    snapshot = take_snapshot(indicated, timezone.now(), timezone.now())
    assert snapshot.decisions[-1].follows == WU
    shown = words_of(browser.get(f"/patients/{indicated.pk}/"))
    assert "The decision stands" in shown
