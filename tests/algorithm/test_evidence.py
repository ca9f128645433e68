"""Notes of later literature: dated, cited and graded, both sides where sources disagree; and how a site has them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.literature.evidence import LATER_EVIDENCE
from algorithm.literature.note import AGAINST, CERTAINTIES, FOR, READ, TOPICS, Note
from algorithm.literature.standing import ADD, CHOOSE, CONFIRM, RETIRE, Library, Signed, library
from tests.together import each

NODES = {x.id for x in CURRENT.nodes}
DOI = re.compile(r"10\.\d{4,9}/[-._;()/:a-zA-Z0-9]+")
# where a note without a DOI says that it stands
PLACE = re.compile(r"\d{4};\d+|PMC\d+|Rep 20\d\d$|label of tacrolimus")
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
BY_CODE = {x.code: x for x in LATER_EVIDENCE}


def signed(what: str, note: str = "", days: int = 0, **more: object) -> Signed:
    told = {"by": "Kato", "proposed_by": "Ueda", "words": "read", **more}
    return Signed(what=what, note=note, at=NOW + timedelta(days=days), **told)  # type: ignore[arg-type]


def here(*steps: Signed) -> Library:
    return library(LATER_EVIDENCE, steps)


def test_every_note_is_dated_cited_and_graded() -> None:
    def tried(note: Note) -> None:
        assert 2012 <= note.year <= 2026
        assert note.message
        assert note.citation
        assert DOI.fullmatch(note.doi) if note.doi else PLACE.search(note.citation)
        assert set(note.nodes) <= NODES
        assert set(note.against) <= set(note.nodes)
        assert [x for x, _ in note.grades] == [x for x in note.certainty.split("/") if x]
        assert set(note.certainty.split("/")) <= {*CERTAINTIES, ""}
        assert not note.read or note.how_read == READ[note.read]

    each(LATER_EVIDENCE, tried)


def test_notes_are_told_apart_by_code_and_by_source() -> None:
    assert len(BY_CODE) == len(LATER_EVIDENCE)
    assert len({x.source for x in LATER_EVIDENCE}) == len(LATER_EVIDENCE), "a decision names the source it follows"


def test_only_labels_and_letters_are_not_graded() -> None:
    assert {x.code for x in LATER_EVIDENCE if not x.certainty} == {"tacrolimus_label", "wu_2025_letter"}


def test_what_was_read_second_hand_says_so() -> None:
    told = {x.code for x in LATER_EVIDENCE if x.second_hand}
    assert told == {"triple_real_world_2025", "acr_chest_2023_rapid", "acr_chest_2023_plasma_exchange"}


@pytest.mark.parametrize("node", ["T3", "N6"])
def test_the_panel_of_triple_therapy_carries_both_sides(node: str) -> None:
    (triple,) = [x for x in here().at(node).disputes if x.topic == "triple"]
    assert [x.note.code for x in triple.speaks_for] == ["sasai_2023", "tsuji_2020"]
    assert [x.note.code for x in triple.speaks_against] == ["triple_real_world_2025"]


def test_every_question_has_both_sides_wherever_it_stands() -> None:
    for node in NODES:
        for dispute in here().at(node).disputes:
            assert dispute.speaks_for, (node, dispute.topic)
            assert dispute.speaks_against, (node, dispute.topic)
    assert {(x.topic, x.side) for x in LATER_EVIDENCE if x.topic} == {(x, y) for x in TOPICS for y in (FOR, AGAINST)}


@pytest.mark.parametrize("node", sorted(NODES - {"N5"}))
def test_every_node_has_notes_newest_first_on_each_side(node: str) -> None:
    panel = here().at(node)
    assert panel.notes
    for notes in (panel.others, *(x.speaks_for for x in panel.disputes), *(x.speaks_against for x in panel.disputes)):
        years = [x.note.year for x in notes]
        assert years == sorted(years, reverse=True)


def test_the_japanese_guide_stands_once_for_every_node() -> None:
    assert [x.note.code for x in here().of_every_node] == ["japan_guide_2020"]
    assert all("japan_guide_2020" not in {y.note.code for y in here().at(x).notes} for x in NODES)


def test_notes_that_contradict_the_chart_are_named_at_their_node() -> None:
    found = {node: [x.note.code for x in here().at(node).conflicts] for node in NODES}
    assert {node: set(x) for node, x in found.items() if x} == {
        "N1": {"ppf_2022"},
        "N2": {"isoda_2014", "gono_2012"},
        "N7": {"acr_chest_2023_progression"},
        "T1": {"ars_first_line_2019", "acr_chest_2023_treatment"},
        "T3": {"triple_real_world_2025", "wu_2025"},
    }


# -- at a site --------------------------------------------------------------------------------------------------------


def state(evidence: Library, code: str) -> str:
    standing = evidence.by_code(code)
    assert standing is not None
    return "retired" if standing.retired else "confirmed" if standing.confirmed else "not confirmed"


def test_a_note_is_not_confirmed_until_it_is_and_the_last_signature_counts() -> None:
    steps = [signed(CONFIRM, "tsuji_2020"), signed(RETIRE, "tsuji_2020", 1), signed(CONFIRM, "tsuji_2020", 2)]
    told = [state(here(*steps[:n]), "tsuji_2020") for n in range(4)]
    assert told == ["not confirmed", "confirmed", "retired", "confirmed"]
    assert {state(here(*steps), x.code) for x in LATER_EVIDENCE if x.code != "tsuji_2020"} == {"not confirmed"}


def test_a_retired_note_leaves_the_panels_and_its_question_says_so() -> None:
    evidence = here(signed(RETIRE, "triple_real_world_2025"))
    panel = evidence.at("T3")
    assert "triple_real_world_2025" not in {x.note.code for x in (*panel.notes, *panel.conflicts)}
    (triple,) = [x for x in panel.disputes if x.topic == "triple"]
    assert (triple.speaks_against, [x.note.code for x in triple.retired]) == ((), ["triple_real_world_2025"])
    assert "triple_real_world_2025" not in {x.note.code for x in evidence.followable()}
    assert state(evidence, "triple_real_world_2025") == "retired"


def test_a_retired_note_of_every_node_leaves_them_all() -> None:
    assert here(signed(RETIRE, "japan_guide_2020")).of_every_node == ()


def test_a_note_of_the_site_stands_beside_its_nodes_confirmed() -> None:
    own = Note(code="site-1", year=2025, nodes=("N5",), message="own", citation="Ono 2025", certainty="E")
    evidence = here(signed(ADD, "site-1", added=own))
    (standing,) = [x for x in evidence.at("N5").notes if x.of_the_site]
    assert (standing.note, standing.confirmed) == (own, True)
    gone = here(signed(ADD, "site-1", added=own), signed(RETIRE, "site-1", 1))
    assert "site-1" not in {x.note.code for x in gone.at("N5").notes}
    assert gone.by_source("Ono 2025") is not None


def test_the_choice_of_the_team_is_the_last_that_was_signed() -> None:
    first = signed(CHOOSE, node="T3", words="as the chart says")
    second = signed(CHOOSE, "wu_2025", 3, node="T3", words="tofacitinib where CNI is not possible")
    assert here().at("T3").choice is None
    assert (here(first).at("T3").choice, here(first).at("T3").followed) == (first, None)
    panel = here(first, second).at("T3")
    assert panel.choice == second
    assert panel.followed is not None
    assert panel.followed.note.code == "wu_2025"
    assert here(first, second).at("T1").choice is None


def test_a_choice_says_that_its_note_was_retired() -> None:
    panel = here(signed(CHOOSE, "wu_2025", node="T3"), signed(RETIRE, "wu_2025", 1)).at("T3")
    assert panel.followed is not None
    assert panel.followed.retired


def test_notes_to_follow_are_those_beside_the_node() -> None:
    codes = {x.note.code for x in here().followable("T4")}
    assert {"shirakashi_2020", "kurasawa_2018"} <= codes
    assert "takada_2020" not in codes
    assert len(here().followable()) == len(LATER_EVIDENCE)


def test_no_source_is_found_by_no_name() -> None:
    assert here().by_source("") is None
    note = BY_CODE["ro52_2021"]
    assert here().by_source(note.citation) is not None
    assert replace(note, doi="10.1/x").source == "Rheumatology 2021;60:3343, doi 10.1/x"
