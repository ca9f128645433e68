"""Two people confirm, add and retire notes and sign what the team does; all is appended, and no answer changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from algorithm import changing_notes as changing
from algorithm.flowcharts import CURRENT
from algorithm.models import NoteDecision, NoteProposal
from algorithm.notes import history_of, notes_here, open_proposals
from algorithm.opinion import opinion, output_of
from algorithm.record import inputs_of
from patients.changes import Refused
from patients.models import Role, User
from tests.algorithm.courses import at_risk
from tests.patients.conftest import make_user
from tests.patients.conftest import ward as ward

pytestmark = pytest.mark.django_db
OWN: dict[str, Any] = {
    "words": "read in our journal club",
    "nodes": ["N5", "T2"],
    "text": "tacrolimus in 40 patients",
    "citation": "Ono 2025, Mod Rheumatol",
    "doi": "10.1093/mr/xyz01",
    "year": 2025,
    "certainty": "C",
}


@pytest.fixture
def senior(ward) -> User:
    return make_user("kato", Role.SENIOR, ward)


@pytest.fixture
def pharmacist(ward) -> User:
    return make_user("ueda", Role.PHARMACIST, ward)


def refused(change: Callable[[], object]) -> str:
    with pytest.raises(Refused) as why:
        change()
    return str(why.value)


def confirmed(code: str) -> bool:
    found = notes_here().by_code(code)
    assert found is not None
    return found.confirmed


def test_a_note_is_confirmed_by_two_people(senior, pharmacist) -> None:
    proposal = changing.propose_confirming("tsuji_2020", by=senior, words="  read in full  ")
    assert not confirmed("tsuji_2020")
    assert "two people" in refused(lambda: changing.confirm_proposal(proposal, by=senior))
    changing.confirm_proposal(proposal, by=pharmacist)
    found = notes_here().by_code("tsuji_2020")
    assert found is not None
    assert found.last is not None
    assert (found.last.by, found.last.proposed_by, found.last.words) == ("ueda", "kato", "read in full")
    assert "already" in refused(lambda: changing.propose_confirming("tsuji_2020", by=senior, words="again"))
    assert "no longer open" in refused(lambda: changing.confirm_proposal(proposal, by=pharmacist))


def test_who_proposed_may_withdraw_and_then_nothing_holds(senior, pharmacist) -> None:
    proposal = changing.propose_retiring("tsuji_2020", by=senior, words="mistaken")
    assert "waits already" in refused(lambda: changing.propose_confirming("tsuji_2020", by=pharmacist, words="x"))
    changing.withdraw_proposal(proposal, by=senior)
    assert not open_proposals()
    found = notes_here().by_code("tsuji_2020")
    assert found is not None
    assert found.last is None
    assert [x.decision.confirmed for x in history_of("tsuji_2020")] == [False]


def test_a_retired_note_can_be_taken_up_again_and_its_history_stays(senior, pharmacist) -> None:
    changing.confirm_proposal(changing.propose_retiring("wu_2025", by=senior, words="letter"), by=pharmacist)
    assert "wu_2025" not in {x.note.code for x in notes_here().at("T3").notes}
    assert "already" in refused(lambda: changing.propose_retiring("wu_2025", by=senior, words="again"))
    changing.confirm_proposal(changing.propose_confirming("wu_2025", by=pharmacist, words="read"), by=senior)
    assert confirmed("wu_2025")
    assert [x.what for x in history_of("wu_2025")] == ["confirm", "retire"]


def test_a_note_of_the_site_appears_with_the_second_signature(senior, pharmacist) -> None:
    proposal = changing.propose_note(by=senior, **OWN, against=["T2"])
    assert notes_here().by_code(proposal.note) is None
    changing.confirm_proposal(proposal, by=pharmacist)
    panel = notes_here().at("T2")
    assert proposal.note in {x.note.code for x in panel.conflicts}
    (own,) = [x for x in panel.notes if x.of_the_site]
    assert own.note.source == "Ono 2025, Mod Rheumatol, doi 10.1093/mr/xyz01"
    assert own.note.nodes == ("N5", "T2")
    assert "of this source already" in refused(lambda: changing.propose_note(by=senior, **OWN))


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"text": " "}, "needs its finding"),
        ({"citation": ""}, "needs its finding"),
        ({"nodes": []}, "needs its finding"),
        ({"nodes": ["T9"]}, "no such node"),
        ({"against": ["T3"]}, "only at nodes beside which"),
        ({"doi": "11.1093/mr"}, "no DOI"),
        ({"doi": "10.1093"}, "no DOI"),
        ({"year": 1974}, "no year"),
        ({"year": 2999}, "no year"),
        ({"certainty": "F"}, "A, B, C, D or E"),
        ({"words": " "}, "needs a reason"),
    ],
)
def test_a_note_of_the_site_says_what_a_note_says(senior, other, why) -> None:
    assert why in refused(lambda: changing.propose_note(by=senior, **{**OWN, **other}))
    assert not NoteProposal.objects.exists()


def test_the_team_signs_what_it_does_where_notes_contradict_the_chart(senior, pharmacist) -> None:
    proposal = changing.propose_choice("T3", by=pharmacist, words="triple, as the chart", follow="")
    assert notes_here().at("T3").choice is None
    changing.confirm_proposal(proposal, by=senior)
    choice = notes_here().at("T3").choice
    assert choice is not None
    assert (choice.words, choice.by, choice.proposed_by, choice.note) == ("triple, as the chart", "kato", "ueda", "")
    changing.confirm_proposal(
        changing.propose_choice("T3", by=senior, words="when CNI is out", follow="wu_2025"), by=pharmacist
    )
    followed = notes_here().at("T3").followed
    assert followed is not None
    assert followed.note.code == "wu_2025"


def test_there_is_nothing_to_choose_without_a_conflict(senior) -> None:
    assert "nothing to choose" in refused(lambda: changing.propose_choice("T4", by=senior, words="x"))
    assert "no such node" in refused(lambda: changing.propose_choice("T9", by=senior, words="x"))
    refusal = refused(lambda: changing.propose_choice("T3", by=senior, words="x", follow="takada_2020"))
    assert "does not stand beside" in refusal
    assert "no such note" in refused(lambda: changing.propose_retiring("nothing", by=senior, words="x"))


def test_a_past_moment_shows_what_was_signed_by_then(senior, pharmacist) -> None:
    before = timezone.now() - timedelta(minutes=1)
    changing.confirm_proposal(changing.propose_retiring("wu_2025", by=senior, words="letter"), by=pharmacist)
    then, now = notes_here(before).by_code("wu_2025"), notes_here().by_code("wu_2025")
    assert then is not None
    assert now is not None
    assert (then.retired, now.retired) == (False, True)


def test_the_database_wants_two_people_too(senior) -> None:
    proposal = changing.propose_retiring("wu_2025", by=senior, words="letter")
    with pytest.raises(DatabaseError, match="their own"), transaction.atomic():
        NoteDecision.objects.create(proposal=proposal, confirmed=True, by=senior, at=timezone.now())
    changing.withdraw_proposal(proposal, by=senior)


@pytest.mark.parametrize("statement", ["UPDATE {} SET at = now()", "DELETE FROM {}"])
def test_what_is_said_of_notes_is_append_only_and_audited(senior, pharmacist, statement) -> None:
    changing.confirm_proposal(changing.propose_retiring("wu_2025", by=senior, words="letter"), by=pharmacist)
    for table in ("algorithm_notedecision", "algorithm_noteproposal"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format(table))
        with connection.cursor() as cursor:
            cursor.execute("SELECT actor FROM audit.log WHERE table_name = %s ORDER BY id DESC LIMIT 1", [table])
            ((actor,),) = cursor.fetchall()
        assert actor == (pharmacist if table.endswith("decision") else senior).pk


def test_no_answer_of_the_chart_changes_with_any_note(senior, pharmacist) -> None:
    """Confirmed, retired, added, chosen: the record of the opinion and its facts are the same to the byte."""
    snapshot = at_risk().snapshot(5)
    before = (output_of(opinion(CURRENT, snapshot)), inputs_of(snapshot))
    for proposal in (
        changing.propose_confirming("tsuji_2020", by=senior, words="read"),
        changing.propose_retiring("triple_real_world_2025", by=senior, words="not found"),
        changing.propose_note(by=senior, **OWN, against=["T2"]),
        changing.propose_choice("T3", by=senior, words="tofacitinib first", follow="wu_2025"),
    ):
        changing.confirm_proposal(proposal, by=pharmacist)
    after = (output_of(opinion(CURRENT, snapshot)), inputs_of(snapshot))
    assert repr(after) == repr(before)
