"""Factor 2 from results and titres: specification 12 (43), (44), 13 (79)-(81)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from patients.clinical.comparison import UNCLEAR, movement
from patients.clinical.mda5 import (
    CONTRADICTION,
    NEGATIVE,
    PENDING,
    POSITIVE,
    UNJUDGED,
    UNTESTED,
    WEAK,
    mda5_factor,
    mda5_of,
)
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.poor_risk import mda5_stood, poor_risk
from patients.clinical.quantities import ratio_at_least, ratio_exceeds
from patients.clinical.reasons import say
from patients.clinical.snapshot import Settings
from patients.clinical.truth import Truth
from tests.story import Story, moment, quantity

Y, N, U = Truth.YES, Truth.NO, Truth.UNKNOWN
KIT = "MESACUP"


def said(story: Story, day: int = 40) -> str:
    return say(mda5_factor(story.snapshot(day)).reasons[0])


def state(*facts: tuple, day: int = 40) -> str:
    """("positive", day) is a result; ("3040", day) or ("12", day, kit) a titre."""
    story = Story()
    for what, on, *kit in facts:
        story.mda5(on, what) if what[0].isalpha() else story.titre(on, what, *kit)
    return mda5_of(story.snapshot(day)).state


@pytest.mark.parametrize(
    ("value", "kit", "expected"),
    [
        ("32", None, POSITIVE),
        ("31.9", None, UNJUDGED),
        ("3040", None, POSITIVE),
        ("32", KIT, POSITIVE),
        ("31.9", KIT, NEGATIVE),
        ("0", KIT, NEGATIVE),
        (">=150", None, POSITIVE),
        (">=32", None, POSITIVE),
        (">31.9", KIT, UNJUDGED),
        ("<32", KIT, NEGATIVE),
        ("<32", None, UNJUDGED),
        ("<=32", KIT, UNJUDGED),
        ("<40", KIT, UNJUDGED),
        ("3040", "EUROLINE", UNJUDGED),
        ("1", "EUROLINE", UNJUDGED),
        ("5", "ｍｅｓａｃｕｐ", NEGATIVE),
        ("5", "MESA CUP", NEGATIVE),
    ],
)
def test_43_79_a_titre_by_the_limit_of_its_kit(value: str, kit: str | None, expected: str) -> None:
    """At or above: positive, kit or not. Below: negative only with its kit. A kit without a limit is not judged."""
    assert state((value, 0, kit)) == expected


@pytest.mark.parametrize(
    ("value", "kit", "sentence"),
    [
        ("3040", None, "anti-MDA5 titre 3,040 on 1 Mar, 32 or more: positive (read from the titre)"),
        ("12", KIT, "anti-MDA5 titre 12 on 1 Mar, below 32: negative (read from the titre)"),
        ("12", None, "anti-MDA5 titre 12 on 1 Mar, below 32, but without its kit it is not taken as negative"),
        (
            "19",
            "EUROLINE",
            "anti-MDA5 titre 19 on 1 Mar is not judged: the limit of the kit EUROLINE is not in the catalogue",
        ),
        (">20", KIT, "anti-MDA5 titre >20 on 1 Mar: not known whether 32 or more"),
    ],
)
def test_43_what_a_titre_says_is_said(value: str, kit: str | None, sentence: str) -> None:
    assert said(Story().titre(0, value, kit)) == sentence


def test_79_the_kit_of_the_site_stands_where_none_is_named() -> None:
    story = Story().titre(0, "12")
    assert mda5_of(story.snapshot(0)).answer is U
    assert mda5_of(story.snapshot(0, settings=Settings(mda5_kit=KIT))).answer is N


def test_43_a_titre_beside_a_pending_result_is_never_hidden() -> None:
    reasons = mda5_factor(Story().mda5(0, "pending").titre(1, "19", "EUROLINE").snapshot(2)).reasons
    assert [say(x) for x in reasons] == [
        "anti-MDA5 awaited since 1 Mar",
        "anti-MDA5 titre 19 on 2 Mar is not judged: the limit of the kit EUROLINE is not in the catalogue",
    ]
    assert state(("pending", 0), ("3040", 1)) == POSITIVE


@pytest.mark.parametrize(("days", "expected"), [(0, CONTRADICTION), (7, CONTRADICTION), (8, POSITIVE)])
def test_43_result_and_titre_contradict_each_other_up_to_7_days_apart(days: int, expected: str) -> None:
    assert state(("negative", 0), ("3040", days)) == expected
    assert state(("3040", 0), ("negative", days)) == expected
    assert state(("positive", 0), ("12", days, KIT)) == expected


@pytest.mark.parametrize(("days", "expected"), [(7, CONTRADICTION), (8, POSITIVE)])
def test_43_a_negative_titre_before_a_positive_result(days: int, expected: str) -> None:
    assert state(("12", 0, KIT), ("positive", days)) == expected


@pytest.mark.parametrize(
    "facts",
    [
        [("positive", 0), ("12", 3)],  # no kit: below the limit it says nothing
        [("positive", 0), ("12", 3, "EUROLINE")],
        [("negative", 0), ("positive", 1)],  # two results in words
        [("12", 0, KIT), ("40", 3, KIT)],  # two titres
        [("40", 0, KIT), ("12", 3, KIT)],
        [("positive", 0), ("12", 20, KIT), ("negative", 30)],  # treatment lowers titres
    ],
)
def test_43_what_is_no_contradiction_stays_positive(facts: list[tuple]) -> None:
    assert state(*facts) == POSITIVE


def test_43_a_contradiction_names_both_and_lacks_the_antibody() -> None:
    factor = mda5_factor(Story().titre(0, "3040").mda5(1, "negative").snapshot(2))
    assert (factor.answer, factor.missing) == (U, ("anti_mda5",))
    assert say(factor.reasons[0]) == (
        "anti-MDA5 result negative on 2 Mar and titre 3,040 on 1 Mar contradict each other"
    )
    assert len(factor.reasons[0].facts) == 2


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4, 5])
def test_43_facts_of_one_moment_mean_the_same_in_any_order(order: int) -> None:
    facts = [("positive", 0), ("negative", 0), ("3040", 0)]
    first = facts.pop(order % 3)
    facts = [first, *(facts if order < 3 else facts[::-1])]
    assert state(*facts) == CONTRADICTION


@pytest.mark.parametrize(("result", "expected"), [("positive", POSITIVE), ("negative", NEGATIVE)])
@pytest.mark.parametrize("day", [2, 30])
def test_43_a_later_result_in_words_settles_a_contradiction(day: int, result: str, expected: str) -> None:
    assert state(("negative", 0), ("3040", 1), (result, day)) == expected


def test_43_another_titre_or_a_weak_result_does_not_settle_a_contradiction() -> None:
    assert state(("negative", 0), ("3040", 1), ("3100", 20)) == CONTRADICTION
    assert state(("negative", 0), ("3040", 1), ("weak_positive", 20)) == CONTRADICTION


def test_43_what_was_settled_against_is_not_held_against_a_new_titre() -> None:
    """Negative, titre 3,040, then positive in words: another titre soon after changes nothing."""
    assert state(("negative", 0), ("3040", 1), ("positive", 2), ("3100", 3)) == POSITIVE
    assert state(("negative", 0), ("3040", 1), ("negative", 2), ("3100", 3)) == CONTRADICTION


@pytest.mark.parametrize("result", ["weak_positive", "indeterminate"])
def test_44_weak_and_indeterminate_leave_it_open(result: str) -> None:
    factor = mda5_factor(Story().mda5(0, result).snapshot(0))
    assert (factor.answer, factor.missing) == (U, ("anti_mda5",))
    assert say(factor.reasons[0]).endswith("confirm by another method")
    assert state((result, 0)) == WEAK


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([("negative", 0), ("weak_positive", 5)], WEAK),
        ([("weak_positive", 0), ("negative", 5)], NEGATIVE),
        ([("weak_positive", 0), ("negative", 0)], WEAK),
        ([("weak_positive", 0), ("positive", 5)], POSITIVE),
        ([("positive", 0), ("weak_positive", 5)], POSITIVE),
        ([("weak_positive", 0), ("pending", 5)], WEAK),
        ([("weak_positive", 0), ("12", 5, KIT)], NEGATIVE),  # the other method
        ([("weak_positive", 0), ("12", 0, KIT)], WEAK),
        ([("weak_positive", 0), ("40", 5, KIT)], POSITIVE),
        ([("12", 0, KIT), ("weak_positive", 3), ("positive", 5)], POSITIVE),
    ],
)
def test_44_weak_results_among_others(facts: list[tuple], expected: str) -> None:
    assert state(*facts) == expected


def test_what_nobody_said_is_untested_and_what_is_awaited_pending() -> None:
    assert state() == UNTESTED
    assert state(("pending", 0)) == PENDING
    assert said(Story()) == "anti-MDA5 not recorded"


def test_44_other_antibodies_route_nothing() -> None:
    story = Story().antibody(0, "anti_ro52", "positive").antibody(0, "anti_tif1g", "positive")
    assert mda5_of(story.snapshot(0)).state == UNTESTED
    assert poor_risk(story.snapshot(0)).answer is U


# -- a contradiction unmakes no step ----------------------------------------------------------------------------------


def acute() -> Story:
    return Story().onset(0)


def test_81_a_positive_that_stood_first_keeps_the_step() -> None:
    snapshot = acute().mda5(2, "positive").titre(5, "12", KIT).snapshot(6)
    assert mda5_stood(snapshot).answer is Y
    assert poor_risk(snapshot).answer is Y
    assert mda5_factor(snapshot).answer is U


@pytest.mark.parametrize(
    "story",
    [
        acute().titre(2, "12", KIT).mda5(5, "positive"),  # the positive came later
        acute().mda5(2, "negative").titre(2, "3040"),  # both at once
        Story().mda5(2, "positive").titre(5, "12", KIT).onset(5),  # no course that was acute before
        acute().mda5(2, "positive", known=6).titre(4, "12", KIT),  # known later
    ],
)
def test_81_otherwise_the_steps_widen(story: Story) -> None:
    snapshot = story.snapshot(9)
    assert (mda5_stood(snapshot).answer, mda5_factor(snapshot).answer, poor_risk(snapshot).answer) == (N, U, U)


def test_81_first_is_what_was_known_first_not_what_was_sampled_first() -> None:
    snapshot = acute().mda5(1, "negative", known=5).titre(2, "3040").snapshot(6)
    assert mda5_stood(snapshot).answer is Y


# -- censored titres, kits --------------------------------------------------------------------------------------------


def test_80_two_censored_titres_give_no_ratio() -> None:
    """13 (80): ">=150" twice may be a rise, a fall, or neither."""
    low, same = quantity(">=150"), quantity(">=150")
    for limit in ("1.5", "0.8", "1"):
        assert ratio_at_least(low, same, Decimal(limit)) is U
        assert ratio_exceeds(low, same, Decimal(limit)) is U
    assert movement(low, same) == UNCLEAR
    assert ratio_at_least(quantity("3040"), low, Decimal("1.5")) is U


@pytest.mark.parametrize(
    ("code", "kit", "high"),
    [
        ("mda5_titre", None, 32),
        ("mda5_titre", "MESACUP", 32),
        ("mda5_titre", "mesacup", 32),
        ("mda5_titre", "EUROLINE", None),
        ("bdg", "Fungitell", 80),
        ("bdg", "fungitell", 80),
        ("bdg", "Fungitell STAT", None),
        ("bdg", None, None),
        ("kl6", "Lumipulse", 500),  # its interval is not one of kits
    ],
)
def test_43_no_interval_of_one_kit_is_that_of_another(code: str, kit: str | None, high: int | None) -> None:
    reference = MEASUREMENTS[code].reference_for("female", kit)
    assert (reference.high if reference else None) == (Decimal(high) if high is not None else None)
    assert MEASUREMENTS[code].judges(kit) is not (kit is not None and high is None)


def test_43_the_nearest_of_several_that_contradict_is_named() -> None:
    told = mda5_of(Story().titre(0, "3040").titre(3, "2900").mda5(5, "negative").snapshot(9))
    assert told.contradiction is not None
    assert (told.contradiction.titre.id, told.contradiction.result.id) == ("2", "3")


def test_of_several_results_the_last_is_said_and_all_carry_it() -> None:
    story = Story().mda5(0, "positive").mda5(5, "positive")
    assert said(story) == "anti-MDA5 positive on 6 Mar"
    assert [x.id for x in mda5_of(story.snapshot(9)).carrying] == ["1", "2"]


def test_a_result_in_words_speaks_for_a_titre_that_says_the_same() -> None:
    told = mda5_factor(Story().mda5(0, "positive").titre(0, "3040").snapshot(3))
    assert [say(x) for x in told.reasons] == ["anti-MDA5 positive on 1 Mar"]


@pytest.mark.parametrize(
    ("facts", "from_titre"),
    [([("3040", 0)], True), ([("3040", 0), ("positive", 0)], False), ([("positive", 0)], False), ([("12", 0)], False)],
)
def test_43_where_no_result_in_words_says_so_it_is_read_from_the_titre(facts, from_titre: bool) -> None:
    story = Story()
    for what, on in facts:
        story.mda5(on, what) if what[0].isalpha() else story.titre(on, what)
    assert mda5_of(story.snapshot(3)).from_titre is from_titre


def test_43_a_result_that_settles_a_contradiction_keeps_what_was_told_before_with_it() -> None:
    """Positive on day 0, a negative titre on day 1, positive again on day 10: positive from day 0."""
    told = mda5_of(Story().mda5(0, "positive").titre(1, "12", KIT).mda5(10, "positive").snapshot(20))
    assert (told.state, [x.id for x in told.positives]) == (POSITIVE, ["1", "3"])
    assert told.positive_from == moment(0)
    settled = mda5_of(Story().titre(0, "3040").mda5(1, "negative").mda5(10, "negative").snapshot(20))
    assert (settled.state, settled.positives, settled.positive_from) == (NEGATIVE, (), None)
