"""When two people have agreed on a case; pseudonyms and random samples. Pure."""

from __future__ import annotations

import pytest

from patients.pseudonyms import SIGNS, drawn, pseudonym
from patients.sign_off import Signed, SignOff, repeats, sign_off

A, B, C = 1, 2, 3


def verdict(by: int, answers: str) -> Signed:
    chart, delay = answers.split("/")
    return Signed(by, chart, delay)


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ([], SignOff.OPEN),
        ([(A, "right/avoidable")], SignOff.SECOND),
        ([(A, "right/avoidable"), (B, "right/avoidable")], SignOff.AGREED),
        ([(A, "right/avoidable"), (B, "right/justified")], SignOff.DIFFER),
        ([(A, "right/avoidable"), (B, "wrong/avoidable")], SignOff.DIFFER),
        # the same person twice is one person, whatever they sign
        ([(A, "right/avoidable"), (A, "wrong/avoidable")], SignOff.SECOND),
        # the joint verdict: one signs what the other one signed
        ([(A, "right/avoidable"), (B, "wrong/avoidable"), (A, "wrong/avoidable")], SignOff.AGREED),
        # or a third person decides
        ([(A, "right/avoidable"), (B, "wrong/avoidable"), (C, "right/avoidable")], SignOff.AGREED),
        # what somebody has left counts no more
        ([(A, "right/none"), (A, "wrong/none"), (B, "right/none")], SignOff.DIFFER),
    ],
)
def test_a_case_is_closed_when_two_people_give_the_same_answers(verdicts, state) -> None:
    assert sign_off([verdict(*x) for x in verdicts]) is state


def test_nobody_signs_the_same_answers_again_as_a_second_person() -> None:
    held = [verdict(A, "right/none"), verdict(B, "wrong/none")]
    assert repeats(held, verdict(A, "right/none"))
    assert not repeats(held, verdict(A, "wrong/none"))
    assert not repeats(held, verdict(C, "right/none"))
    changed = [*held, verdict(A, "wrong/none")]
    assert not repeats(changed, verdict(A, "right/none")), "back to the first answer is a change"


def test_a_pseudonym_is_the_same_for_a_site_and_another_one_elsewhere() -> None:
    assert pseudonym("one", 7) == pseudonym("one", 7)
    assert pseudonym("one", 7) != pseudonym("one", 8)
    assert pseudonym("one", 7) != pseudonym("other", 7)
    assert {len(pseudonym("one", x)) for x in range(50)} == {9}
    assert set("".join(pseudonym("one", x) for x in range(200))) <= {*SIGNS, "-"}
    assert len({pseudonym("one", x) for x in range(5000)}) == 5000


def test_the_sample_of_a_month_is_the_same_whoever_asks_and_another_one_next_month() -> None:
    ids = range(1, 101)
    november = drawn("one", "2026-11", ids, 5)
    assert november == drawn("one", "2026-11", reversed(ids), 5)
    assert len(set(november)) == 5
    assert november != drawn("one", "2026-12", ids, 5)
    assert november != drawn("other", "2026-11", ids, 5)
    assert drawn("one", "2026-11", [4, 4], 5) == [4]
    assert drawn("one", "2026-11", ids, 0) == []
