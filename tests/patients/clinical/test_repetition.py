"""Does one fact say what another says? And the reason that a text gives for having no value."""

from __future__ import annotations

import pytest

from patients.clinical.absence import absence_of, without_value
from patients.clinical.facts import Fact
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.repetition import says_the_same
from patients.clinical.vocabulary import short_term, term, word
from tests.story import Story


def fact(story: Story) -> Fact:
    (version,) = story.versions
    return version.fact


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Story().ferritin(0, "5"), Story().ferritin(0, "5", known=3), True),
        (Story().ferritin(0, "5"), Story().ferritin(0, "5", kit="A"), True),
        (Story().ferritin(0, "5", kit="A"), Story().ferritin(0, "5", kit="B"), False),
        (Story().ferritin(0, "5"), Story().ferritin(0, "<5"), False),
        (Story().ferritin(0, "5"), Story().ferritin(1, "5"), False),
        (Story().ferritin(0, "5"), Story().test(0, "kl6", "5"), False),
        (Story().ferritin(0, "5"), Story().onset(0), False),
        (Story().judged(0, "worse"), Story().judged(0, "worse", note="tired", known=2), True),
        (Story().judged(0, "worse"), Story().judged(0, "improved"), False),
        (Story().finding(0, "cough", True), Story().finding(0, "cough", True, "worse"), False),
    ],
)
def test_the_same_is_of_one_kind_time_and_content_however_it_came(one: Story, other: Story, same: bool) -> None:
    assert says_the_same(fact(one), fact(other)) is same
    assert says_the_same(fact(other), fact(one)) is same


@pytest.mark.parametrize(
    ("code", "text", "why"),
    [
        ("ldh", " Hemolyzed ", "haemolysed"),
        ("ldh", "QNS", "insufficient"),
        ("ldh", "未検", "not_done"),
        ("ldh", "indeterminate", None),
        ("ldh", "12", None),
        ("hbsag", "±", "indeterminate"),
        ("hbsag", "溶血", "haemolysed"),
    ],
)
def test_53_why_there_is_no_value(code: str, text: str, why: str | None) -> None:
    assert absence_of(MEASUREMENTS[code], text) == why
    assert without_value(text, "U/L")["value"] is None


@pytest.mark.parametrize(
    ("kind", "code", "name", "short"),
    [
        ("test", "ldh", "Lactate dehydrogenase (LDH)", "LDH"),
        ("drug", "gc", "glucocorticoid (as prednisolone)", "GC"),
        ("missing", "ferritin", "Ferritin", "Ferritin"),
        ("missing", "judgement", "judgement of improvement", "judgement of improvement"),
        ("missing", "nothing", "nothing", "nothing"),
        ("drug", "nothing", "nothing", "nothing"),
    ],
)
def test_a_code_is_called_by_its_kind(kind, code: str, name: str, short: str) -> None:
    assert (term(kind, code).text, short_term(kind, code).text) == (name, short)
    assert (word(kind, code) is None) is (code == "nothing")
