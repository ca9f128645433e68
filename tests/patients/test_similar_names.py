"""Look-alikes among many: found by what similar names share, the same as if everybody were held against everybody."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from random import Random

from patients.names import Name, similar, similar_among
from tests.effort import cases, dice, until

FAMILIES = ("Mori", "Mory", "Mor", "Moris", "Ito", "Itoh", "It", "佐藤", "斎藤", "")
GIVEN = ("Emi", "Emiko", "Ami", "Jun", "A", "太郎", "次郎", "")
KANA = ("", "", "サトウ", "サイトウ", "モリ")
BORN = (None, date(1950, 1, 2), date(1960, 3, 4))


def drawn(roll: Random) -> Name:
    family, kana = roll.choice(FAMILIES), roll.choice(KANA)
    return Name.of(family, roll.choice(GIVEN), kana, roll.choice(("", "エミ", "ジュン")), roll.choice(BORN))


def test_nobody_similar_is_missed_and_nobody_else_is_found() -> None:
    roll, met = dice("similar names"), set()
    for _ in until(lambda: met == {True, False}, cases(2000)):
        people = {key: drawn(roll) for key in roll.sample(range(100), roll.randint(0, 9))}
        expected: dict[int, list[int]] = {}
        for one, other in permutations(sorted(people), 2):
            if similar(people[one], people[other]):
                expected.setdefault(one, []).append(other)
        assert similar_among(people) == expected
        met.add(bool(expected))
