"""Scores of later literature: traceable, with their limits, and of no weight for the chart's answer.

Their boundaries stand in tests/vignettes/scores.
"""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.literature.evidence import LATER_EVIDENCE
from algorithm.opinion import opinion, output_of
from algorithm.queries import judging_sources
from algorithm.scores import SCORES
from algorithm.scores.eular_acr_2017 import SKIN, totals
from algorithm.scoring import Band, Item, Total
from monitoring.rules import RULES
from patients.clinical.findings import FINDINGS
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import say
from patients.clinical.snapshot import Settings
from patients.clinical.truth import NO, UNKNOWN, YES
from patients.clinical.vocabulary import word
from tests.algorithm.courses import at_risk, no_risk
from tests.story import Story
from tests.test_house import imports, modules
from tests.together import each

DOI = re.compile(r"10\.\d{4,9}/[-._;()/:a-zA-Z0-9]+")
BY_CODE = {x.code: x for x in SCORES}
OF_SCORES = [x for x, kind in MEASUREMENTS.items() if kind.panel == "scores"]


def test_every_score_is_traceable_and_says_in_whom() -> None:
    def tried(score) -> None:
        assert DOI.fullmatch(score.doi)
        assert score.citation
        assert score.population
        assert score.says

    each(SCORES, tried, lambda x: x.code)
    assert len(BY_CODE) == 5


def test_123_points_that_were_read_elsewhere_say_so() -> None:
    assert [x.code for x in SCORES if x.second_hand] == ["ILD-GAP"]
    mck = " ".join(BY_CODE["MCK"].says)
    assert "2025" in mck
    assert "two points did not predict death" in mck


def test_123_a_score_names_the_doi_of_the_note_of_its_study() -> None:
    isoda = next(x for x in LATER_EVIDENCE if x.code == "isoda_2014")
    assert BY_CODE["ISODA"].doi == isoda.doi


@pytest.mark.parametrize("code", ["anti_mda5", "mda5_titre"])
def test_123_anti_mda5_is_said_beside_two_points_of_mck(code: str) -> None:
    story = Story().diagnosis(0, "ADM").test(1, "crp", "2").test(1, "kl6", "1500")
    story = story.mda5(1, "positive") if code == "anti_mda5" else story.test(1, "mda5_titre", "150", kit="MESACUP")
    (total,) = BY_CODE["MCK"].of(story.snapshot(5)).totals
    assert (total.low, total.high) == (2, 2)
    assert [say(x) for x in total.remarks] == [
        "anti-MDA5 positive: two points did not predict death in the validation of 2025"
    ]
    assert total.remarks[0].facts == ("4",)


def test_the_site_says_whether_hypomyopathic_dm_counts_for_flair() -> None:
    def applies(counts: bool):
        settings = Settings(hypomyopathic_counts_as_adm=counts)
        return BY_CODE["FLAIR"].of(Story().diagnosis(0, "CADM").snapshot(1, settings=settings)).applies.answer

    assert (applies(True), applies(False)) == (YES, NO)


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_a_score_of_nobody_known_is_a_range_or_says_that_it_is_open(code: str) -> None:
    scored = BY_CODE[code].of(Story().snapshot(0))
    assert scored.applies.answer is (YES if code == "EULAR-ACR-2017" else UNKNOWN)
    assert all(x.low < x.high for x in scored.totals)
    for lacking in scored.missing:
        assert word("missing", lacking) is not None, lacking


def test_without_a_rash_the_classification_needs_a_biopsy_and_says_so() -> None:
    story = Story()
    for x in SKIN:
        story.finding(1, x.code, False)
    needs = "without a characteristic rash the criteria need a muscle biopsy"
    assert needs in [say(x) for x in totals(story.snapshot(2))[0].remarks]
    assert needs not in [say(x) for x in totals(story.finding(2, SKIN[0].code, True).snapshot(3))[0].remarks]


# -- sums -------------------------------------------------------------------------------------------------------------


def item(code: str, *possible: str) -> Item:
    worth = tuple(map(Decimal, possible))
    return Item(code=code, title=code, possible=worth, missing=(code,) if len(worth) > 1 else ())


BANDS = (Band(Decimal(2), "some"), Band(Decimal(4), "many"))


def test_what_alone_settles_the_class_settles_it_whatever_it_turns_out_to_be() -> None:
    total = Total(items=(item("a", "2"), item("b", "0", "2"), item("c", "0", "1")), bands=BANDS)
    assert (total.low, total.high) == (2, 5)
    assert [x.title for x in total.bands_possible] == ["some", "many"]
    assert total.decisive == ("b",)
    assert total.missing == ("b", "c")


def test_two_that_settle_the_class_only_together_are_not_decisive() -> None:
    total = Total(items=(item("a", "3"), item("b", "0", "1"), item("c", "0", "1")), bands=BANDS)
    assert total.decisive == ()


def test_below_the_lowest_class_there_is_none() -> None:
    total = Total(items=(item("a", "0", "2"),), bands=BANDS)
    assert [x.title for x in total.bands_possible] == ["", "some"]
    assert total.decisive == ("a",)


def test_a_settled_class_asks_for_nothing_more() -> None:
    assert Total(items=(item("a", "2", "3"),), bands=BANDS).decisive == ()
    assert Total(items=(item("a", "2", "3"),)).decisive == ()


def test_a_floor_holds_for_every_sum() -> None:
    total = Total(items=(item("a", "-2"), item("b", "0", "1", "3")), floor=Decimal(0))
    assert (total.low, total.high, total.settled) == (0, 1, False)
    assert total.missing == ("b",)


# -- of no weight -----------------------------------------------------------------------------------------------------


def test_no_score_changes_the_answer_of_the_chart() -> None:
    """With everything that only scores read the opinion is the same to the byte, apart from the facts' own numbers."""

    def with_scores(story: Story) -> Story:
        for code in OF_SCORES:
            story.test(2, code, "3")
        for code in list(FINDINGS)[list(FINDINGS).index("rp_ild") :]:
            story.finding(2, code, True)
        return story

    for build in (at_risk, no_risk):
        before = output_of(opinion(CURRENT, build().snapshot(5)))
        snapshot = with_scores(build()).snapshot(5)
        for score in SCORES:
            score.of(snapshot)
        assert repr(output_of(opinion(CURRENT, snapshot))) == repr(before)


def test_nothing_that_judges_or_alerts_imports_a_score() -> None:
    for path in (*judging_sources(), *modules("monitoring"), *modules("algorithm/walk", "algorithm/opinion.py")):
        assert not [x for x in imports(path) if x.startswith(("algorithm.scores", "algorithm.scoring"))], path
    assert not [x for x in RULES if x.code.startswith(("FLAIR", "MCK", "ISODA"))]
