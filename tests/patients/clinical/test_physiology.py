"""Falls: every pair by brute force, the wording of what is hidden, and a cost that grows with the values."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from patients.clinical.facts import Measurement
from patients.clinical.physiology import (
    Fall,
    fall_of,
    fall_reason,
    falls,
    falls_in,
    pao2_fall,
    pao2_fall_or_hidden,
    taken_alike,
    vc_fall,
)
from patients.clinical.reasons import say
from patients.clinical.truth import Truth, any_of
from tests.effort import cases, dice
from tests.story import Story

VALUES = ["60", "62", "64", "70", "74", "74.1", "75", "<75", "<62", "<=64", ">74", ">=74", ">80"]
OXYGEN = [
    ("0.21", None, None),
    ("0.4", None, None),
    (None, "nasal_cannula", "2"),
    (None, "nasal_cannula", "3"),
    (None, "niv", None),
]


def series(code: str, days: list[tuple[int, str, tuple]]) -> tuple[Measurement, ...]:
    story = Story()
    for day, value, (fio2, device, flow) in days:
        more = (
            {"fio2": fio2 and Decimal(fio2), "device": device, "flow": flow and Decimal(flow)} if code == "pao2" else {}
        )
        story.test(day, code, value, **more)
    return story.snapshot(0).series(code)


def strongest(fall: Fall | None) -> Truth:
    return fall.answer if fall else Truth.NO


@pytest.mark.parametrize("compare", [pao2_fall, pao2_fall_or_hidden, vc_fall])
def test_the_highest_of_each_kind_say_what_all_pairs_say(compare) -> None:
    """A fall is found, or left open, exactly where one of all pairs within 90 days finds it or leaves it open."""
    r, code = dice("falls", compare.__name__), "vc" if compare is vc_fall else "pao2"
    for _n in range(cases(1200)):
        days = sorted(r.choices(range(-200, 1), k=r.randint(2, 9)))
        values = series(code, [(d, r.choice(VALUES), r.choice(OXYGEN)) for d in days])
        by_later = {fall.later.id: fall for fall in falls_in(values, compare)}
        for later in values:
            before = [x for x in values if x.on < later.on and (later.day - x.day).days <= 90]
            expected = any_of(compare(x, later) for x in before)
            assert strongest(by_later.get(later.id)) is expected, (days, values)
            assert fall_of(later, values, compare) == by_later.get(later.id)


def test_values_of_one_moment_are_not_held_against_each_other() -> None:
    values = series("vc", [(-1, "2.2", OXYGEN[0]), (-1, "1.5", OXYGEN[0])])
    assert list(falls_in(values, vc_fall)) == []


def test_the_reference_is_the_highest_value_that_tells_and_of_equal_ones_the_last() -> None:
    values = series(
        "vc", [(-9, "2.2", OXYGEN[0]), (-8, "2.2", OXYGEN[0]), (-7, "2.0", OXYGEN[0]), (-1, "1.5", OXYGEN[0])]
    )
    *_others, last = falls_in(values, vc_fall)
    assert last.reference is values[1]


@pytest.mark.parametrize("values", [("2.2", ">2.0"), (">2.0", "2.2"), ("<2.3", "2.2")])
def test_the_reference_is_the_highest_of_those_that_tell(values: tuple[str, str]) -> None:
    """Of several kinds that show a fall the highest value is named; one that leaves it open is not."""
    days = [(-9, values[0], OXYGEN[0]), (-8, values[1], OXYGEN[0]), (-1, "1.5", OXYGEN[0])]
    *_others, last = falls_in(series("vc", days), vc_fall)
    assert (last.answer, str(last.reference.quantity)) == (Truth.YES, "2.2")


@pytest.mark.parametrize(
    ("before", "later", "sentence"),
    [
        (("80", OXYGEN[0]), ("69", OXYGEN[0]), "PaO2 80 on 28 Feb to 69 mmHg on 1 Mar: a fall of more than 10 mmHg"),
        (
            ("80", OXYGEN[0]),
            ("69", OXYGEN[1]),
            "PaO2 80 on 28 Feb to 69 mmHg on 1 Mar: a fall of more than 10 mmHg, even on more oxygen",
        ),
        (
            ("80", OXYGEN[0]),
            ("75", OXYGEN[1]),
            "PaO2 80 on 28 Feb, 75 mmHg on more oxygen on 1 Mar: whether it fell by more than 10 mmHg is not known",
        ),
        (
            ("80", OXYGEN[1]),
            ("75", OXYGEN[2]),
            "PaO2 80 on 28 Feb, 75 mmHg on 1 Mar, oxygen not comparable: "
            "whether it fell by more than 10 mmHg is not known",
        ),
        (
            (">80", OXYGEN[0]),
            ("75", OXYGEN[0]),
            "PaO2 >80 on 28 Feb to 75 mmHg on 1 Mar: may be a fall of over 10 mmHg",
        ),
    ],
)
def test_64_a_fall_says_what_the_oxygen_means_for_it(before, later, sentence: str) -> None:
    (fall,) = falls_in(series("pao2", [(-2, *before), (0, *later)]), pao2_fall_or_hidden)
    assert say(fall_reason(fall)) == sentence


@pytest.mark.parametrize(
    ("code", "before", "later", "sentence"),
    [
        ("vc", "2.2", "1.9", "VC 2.2 on 28 Feb to 1.9 L on 1 Mar: a fall of more than 10 %"),
        ("vc", ">2.2", "2.0", "VC >2.2 on 28 Feb to 2.0 L on 1 Mar: may be a fall of over 10 %"),
        ("fvc", "2.2", "1.9", "FVC (for VC) 2.2 on 28 Feb to 1.9 L on 1 Mar: a fall of more than 10 %"),
    ],
)
def test_a_fall_of_vc_that_is_not_known_says_may(code: str, before: str, later: str, sentence: str) -> None:
    (fall,) = falls_in(series(code, [(-2, before, OXYGEN[0]), (0, later, OXYGEN[0])]), vc_fall)
    assert say(fall_reason(fall)) == sentence


@pytest.mark.parametrize("number", [500, 4000])
def test_the_cost_grows_with_the_values_not_with_their_pairs(number: int) -> None:
    """So many values within 90 days, of three kinds: at most as many comparisons each."""
    made: Counter[str] = Counter()

    def counting(reference: Measurement, later: Measurement) -> Truth:
        made["comparisons"] += 1
        return vc_fall(reference, later)

    story = Story()
    for n in range(number):
        story.test(f"{-(n % 60)}T{n // 60 % 24:02}:{n // 1440:02}", "vc", ("1.98", "2.2", "<2.1", ">2.0")[n % 4])
    list(falls_in(story.snapshot(0).series("vc"), counting))
    assert made["comparisons"] <= 3 * number


def test_a_single_value_is_no_fall_and_of_three_the_falls_come_in_time() -> None:
    assert falls(Story().test(0, "vc", "2.2").snapshot(0)) == []
    story = Story().test(0, "vc", "2.2").pao2(1, "80").test(9, "vc", "1.9").pao2(5, "69").pao2(12, "60")
    assert [fall.later.day.day for fall in falls(story.snapshot(12))] == [6, 10, 13]


def test_of_censored_values_that_leave_it_open_the_highest_is_named_and_what_oxygen_hides_only_if_none_does() -> None:
    days = [(-9, ">70", OXYGEN[0]), (-8, ">72", OXYGEN[0]), (-7, ">71", OXYGEN[1]), (-1, "66", OXYGEN[1])]
    *_others, last = falls_in(series("pao2", days), pao2_fall_or_hidden)
    assert (last.answer, last.hidden, str(last.reference.quantity)) == (Truth.UNKNOWN, False, ">72")
    hidden = [(-9, "70", OXYGEN[0]), (-8, "72", OXYGEN[0]), (-1, "66", OXYGEN[1])]
    *_others, last = falls_in(series("pao2", hidden), pao2_fall_or_hidden)
    assert (last.answer, last.hidden, str(last.reference.quantity)) == (Truth.UNKNOWN, True, "72")


@pytest.mark.parametrize(("code", "oxygen", "alike"), [("vc", 0, True), ("pao2", 0, True), ("pao2", 1, False)])
def test_taken_alike_is_the_same_test_on_the_same_oxygen(code: str, oxygen: int, alike: bool) -> None:
    first, second = series(code, [(-2, "70", OXYGEN[0]), (-1, "70", OXYGEN[oxygen])])
    assert taken_alike(first, second) is alike
    (other,) = series("fvc", [(0, "70", OXYGEN[0])])
    assert not taken_alike(first, other)


def test_a_fall_is_hidden_by_nothing_unless_it_is_told() -> None:
    first, second = series("vc", [(-2, "2.2", OXYGEN[0]), (-1, "1.9", OXYGEN[0])])
    fall = Fall(second, first, Truth.YES)
    assert (fall.hidden, fall.facts) == (False, (first.id, second.id))
