"""The one sentence of a line: the finding first, whole parts only, and never longer than it may be."""

from __future__ import annotations

from random import Random

import pytest

from ildcare.ward.why import BRIEF, LONGEST, CardText, Marks, Why, why_now, width
from monitoring.rules import BY_CODE
from tests.effort import cases

EN, JA = Marks(), Marks("：", "、")


@pytest.mark.parametrize(
    ("told", "marks", "before", "lead", "after"),
    [
        ([CardText("Ferritin 3,840 ng/mL", "ferritin 3,840 ng/mL on 30 Nov, 1,500 or more")], EN,
         "", "Ferritin 3,840 ng/mL", " on 30 Nov, 1,500 or more"),
        ([CardText("フェリチン 3,840 ng/mL", "11月30日のフェリチン 3,840 ng/mL、1,500以上")], JA,
         "11月30日の", "フェリチン 3,840 ng/mL", "、1,500以上"),
        ([CardText("Fever", "temperature 38.4 °C on 30 Nov")], EN, "", "Fever", ": temperature 38.4 °C on 30 Nov"),
        ([CardText("発熱", "11月30日の体温 38.4 °C")], JA, "", "発熱", "：11月30日の体温 38.4 °C"),
        ([CardText("Fever"), CardText("Mg overdue since 23 Nov")], EN, "", "Fever", "; Mg overdue since 23 Nov"),
        ([CardText("Fever"), CardText("Lymphocytes low"), CardText("CsA 219 ng/mL"), CardText("KL-6 1,080 U/mL")], EN,
         "", "Fever", "; lymphocytes low; CsA 219 ng/mL; KL-6 1,080 U/mL"),
        ([CardText("Fever", "temperature 38.4 °C"), CardText("Temperature 38.4")], EN,
         "", "Fever", ": temperature 38.4 °C"),
        ([CardText("TMP-SMX", "x" * 90, "Drug interaction")], EN, "", "Drug interaction", ""),
        ([CardText("Creatinine rising",
                   "creatinine 1.02 mg/dL on 1 Dec, 43 % above 0.71 of 10 Nov, before cyclosporine",
                   value="1.02 mg/dL")], EN,
         "Creatinine ", "1.02 mg/dL", " on 1 Dec, 43 % above 0.71 of 10 Nov, before cyclosporine"),
        ([CardText("", "no change since 29 Nov")], EN, "", "No change since 29 Nov", ""),
        ([], EN, "", "", ""),
    ],
)  # fmt: skip
def test_sentence(told: list[CardText], marks: Marks, before: str, lead: str, after: str) -> None:
    assert why_now(told, marks) == Why(lead, after, before)


def test_a_kana_takes_two_columns() -> None:
    assert width("T3で悪化") == 2 + 3 * 2


@pytest.mark.parametrize("n", range(cases(200)))
def test_whatever_is_told_nothing_is_cut_off_and_all_that_fits_is_short_enough(n: int) -> None:
    roll = Random(n)
    words = ["ferritin", "3,840", "ng/mL", "KL-6", "悪化", "フェリチン", "30 Nov", "T4", "undecided"]

    def some(most: int) -> str:
        return " ".join(roll.choice(words) for _ in range(roll.randint(1, most)))

    told = [CardText(some(4), some(9) if roll.random() < 0.7 else "") for _ in range(roll.randint(1, 5))]
    marks = roll.choice((EN, JA))
    text = why_now(told, marks).text
    assert width(text) <= max(LONGEST, width(told[0].short))
    assert "…" not in text
    assert told[0].short.casefold() in text.casefold()


def test_brief_words_are_of_rules() -> None:
    assert BRIEF.keys() <= BY_CODE.keys()
    assert max(width(x) for x in BRIEF.values()) <= LONGEST / 2
