"""Doubtful values: which are, what confirms them, and how a Snapshot is read without them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import pytest

from patients.clinical import doubtful
from patients.clinical.doubtful import (
    _doubt,
    alike,
    doubt_about,
    doubts,
    doubts_among,
    newest_doubts,
    settled,
    with_newest,
)
from patients.clinical.facts import Measurement
from patients.clinical.poor_risk import poor_risk_factors
from patients.clinical.reasons import say
from patients.clinical.snapshot import in_order
from patients.clinical.truth import Truth
from patients.clinical.two_values import two_values
from tests.effort import cases, dice, until
from tests.story import Day, Story


def doubted(story: Story, day: int = 60) -> list[str]:
    """The values in doubt, as text."""
    return [str(x.value.quantity.value) for x in doubts(story.snapshot(day)).values()]


@pytest.mark.parametrize(
    ("before", "value", "answer"),
    [
        ("3840", "384", True),
        ("384", "3840", True),
        ("1000", "125", True),  # 8
        ("1000", "126", False),
        ("100", "800", True),
        ("100", "799", False),
        ("1200", "100", True),  # 12
        ("1201", "100", False),
        ("100", "1201", False),
        ("3840", "38.4", False),  # a hundredfold is no slip of one place
        ("3840", "<384", True),
    ],
)
def test_47_a_factor_of_8_to_12_either_way_is_doubtful(before, value, answer) -> None:
    assert bool(doubted(Story().ferritin(0, before).ferritin(3, value))) is answer


@pytest.mark.parametrize(
    ("code", "values", "answer"),
    [
        ("kl6", ["0"], ["0"]),  # the first of its test, below what is usual
        ("kl6", ["400", "500", "60000"], ["60000"]),
        ("kl6", ["400", "500", "450"], []),
        ("kl6", ["400", "3200"], ["3200"]),  # 8 times the lowest
        ("kl6", ["400", "3199"], []),
        ("crp", ["1", "10", "39.9"], []),  # never doubted
    ],
)
def test_47_values_are_compared_from_the_first_one_on_that_could_be_doubted(code, values, answer) -> None:
    story = Story()
    for day, value in enumerate(values):
        story.test(day, code, value)
    assert doubted(story) == answer


@pytest.mark.parametrize("fio2", ["0.21", "0.4"])
def test_47_a_value_between_others_is_held_against_the_limits_of_its_own_oxygen(fio2) -> None:
    """A PaO2 above 110 mmHg is unusual on air alone, whatever was seen on oxygen."""
    story = Story().pao2(0, "90", "0.4").pao2(1, "200", "0.4").pao2(2, "150", fio2)
    assert doubted(story) == (["150"] if fio2 == "0.21" else [])


@pytest.mark.parametrize(("day", "answer"), [(14, True), (15, False)])
def test_47_within_14_days(day, answer) -> None:
    assert bool(doubted(Story().ferritin(0, "3840").ferritin(day, "384"))) is answer


@pytest.mark.parametrize(("value", "answer"), [("4.9", True), ("5", False), ("20000", False), ("20001", True)])
def test_47_outside_the_warn_limits_is_doubtful(value, answer) -> None:
    assert bool(doubted(Story().ferritin(0, value))) is answer


@pytest.mark.parametrize("code", ["crp", "ck", "ast", "alt", "cmv_pp65", "bdg", "csa", "tac", "glucose"])
def test_82_what_really_moves_tenfold_is_not_doubted(code) -> None:
    assert doubted(Story().test(0, code, "200").test(3, code, "20").test(5, code, "200").test(7, code, "9999")) == []


@pytest.mark.parametrize("code", ["neutrophils", "lymphocytes"])
def test_82_neutrophils_and_lymphocytes_fall_tenfold_but_do_not_rise(code) -> None:
    assert doubted(Story().test(0, code, "3000").test(3, code, "300")) == []
    assert doubted(Story().test(0, code, "3000").test(3, code, "10")) == []
    assert doubted(Story().test(0, code, "300").test(3, code, "3000")) == ["3000"]


@pytest.mark.parametrize(("second", "left"), [("768", []), ("769", ["384"]), ("192", []), ("191", ["384"])])
def test_82_another_sample_within_a_factor_of_2_confirms(second, left) -> None:
    story = Story().ferritin(0, "3840").ferritin(3, "384").ferritin(15, second)
    assert doubted(story) == left


def test_82_a_second_sample_that_is_tenfold_itself_confirms_both() -> None:
    assert doubted(Story().ferritin(0, "3840").ferritin(3, "384").ferritin(4, "400")) == []


def test_82_the_same_sample_told_twice_confirms_nothing() -> None:
    story = Story().ferritin(0, "3840").ferritin("3T08:00", "384").ferritin("3T08:00", "384")
    assert doubted(story) == ["384", "384"]


def test_82_the_value_before_it_confirms_nothing_later() -> None:
    """What came back to the old level leaves the doubtful one in doubt."""
    assert doubted(Story().ferritin(0, "3840").ferritin(3, "384").ferritin(5, "3700")) == ["384"]


def test_47_a_person_confirms() -> None:
    assert doubted(Story().ferritin(0, "3840").ferritin(3, "384", confirmed=True)) == []
    assert doubted(Story().ferritin(0, "3840").ferritin(3, "384", confirmed=False)) == ["384"]


def test_47_only_comparable_values_are_compared() -> None:
    kits = Story().ferritin(0, "3840", kit="A").ferritin(3, "384", kit="B")
    assert doubted(kits) == []
    assert doubted(Story().ferritin(0, "3840", kit="A").ferritin(3, "384")) == ["384"]
    on_oxygen = Story().test(0, "spo2", "96", fio2=Decimal("0.4")).test(1, "spo2", "98", fio2=Decimal("0.21"))
    assert doubted(on_oxygen) == []


def test_82_the_last_confirmed_one_is_compared_with_and_named() -> None:
    story = Story().ferritin(0, "3840").ferritin(3, "384").ferritin(5, "38")
    (first, _second) = (
        doubts(story.snapshot(6)).values() if len(doubted(story)) == 2 else (*doubts(story.snapshot(6)).values(), None)
    )
    assert say(first.reason) == "unconfirmed: Ferritin 384 on 4 Mar: tenfold? last 3,840 on 1 Mar"


def test_82_a_doubtful_value_is_read_only_while_it_is_the_newest() -> None:
    story = Story().ferritin(0, "3840").ferritin(3, "384")
    snapshot = story.snapshot(4)
    assert [str(x.quantity.value) for x in with_newest(snapshot).series("ferritin")] == ["3840", "384"]
    assert [str(x.quantity.value) for x in settled(snapshot).series("ferritin")] == ["3840"]
    later = story.ferritin(5, "3700").snapshot(6)
    assert [str(x.quantity.value) for x in with_newest(later).series("ferritin")] == ["3840", "3700"]
    assert newest_doubts(later) == ()


def test_a_snapshot_without_doubts_is_read_as_it_is() -> None:
    snapshot = Story().ferritin(0, "3840").snapshot(4)
    assert with_newest(snapshot) is settled(snapshot) is snapshot


@pytest.mark.parametrize(("value", "answer"), [("3", Truth.UNKNOWN), ("900", Truth.NO), ("25000", Truth.YES)])
def test_47_a_doubtful_value_meets_a_factor_and_excludes_none(value, answer) -> None:
    factor = poor_risk_factors(Story().onset(0).ferritin(1, value).snapshot(2))["ferritin"]
    assert factor.answer is answer
    assert any("unconfirmed" in say(x) for x in factor.reasons) is (value != "900")


def slowly_doubted(series: Sequence[Measurement]) -> list[str]:
    """The same by looking at every pair: the rule as it is written."""
    confirmed: list[Measurement] = []
    waiting: list[Measurement] = []
    for value in series:
        before = [x for x in confirmed if x.on < value.on and alike(x, value)]
        last = max(before, key=in_order, default=None)
        doubted = _doubt(value, last) is not None
        size = value.quantity.value
        near = [
            x
            for x in waiting
            if x.on != value.on and alike(x, value) and size <= 2 * x.quantity.value and x.quantity.value <= 2 * size
        ]
        waiting = [x for x in waiting if not any(x is y for y in near)]
        confirmed += near
        (waiting if doubted and not value.confirmed and not near else confirmed).append(value)
    return [x.id for x in waiting]


def test_82_what_is_found_by_kit_is_what_every_pair_says() -> None:
    r = dice("doubts")
    several: Counter[bool] = Counter()
    for _n in until(lambda: several[True] > cases(1500) // 20, cases(1500)):
        story = Story()
        for _value in range(r.randint(2, 14)):
            at = f"{r.randint(0, 20)}T{r.choice(['08:00', '09:00'])}"
            kit, confirmed = r.choice([None, "A", "A", "B"]), r.random() < 0.1
            value = r.choice(["30", "60", "300", "500", "3000", "5900", "60000", "120000", "<30"])
            story.test(at, "kl6", value, kit=kit, confirmed=confirmed)
        series = story.snapshot(30).series("kl6")
        assert list(doubts_among(series)) == slowly_doubted(series)
        newest = {x.value.id for x in newest_doubts(story.snapshot(30))}
        kept = [x for x in series if x.id in doubts_among(series)]
        assert newest == {x.id for x in kept if not any(y.on > x.on and alike(x, y) for y in series)}
        several[len(kept) > 1] += 1


@pytest.mark.parametrize("same_moment", [True, False])
def test_82_thousands_of_kits_cost_what_they_are(same_moment: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """No kit is looked at for the sake of another one."""
    story = Story()
    for n in range(3000):
        minute = 0 if same_moment else n % 1440
        story.test(f"{n // 1440}T{minute // 60:02d}:{minute % 60:02d}", "kl6", "400000", kit=f"kit {n}")
    snapshot = story.snapshot(9)
    looked_at = 0

    def counted(x: Measurement) -> tuple:
        nonlocal looked_at
        looked_at += 1
        return in_order(x)

    monkeypatch.setattr(doubtful, "in_order", counted)
    assert len(newest_doubts(snapshot)) == 3000
    assert two_values(snapshot) == ()
    assert looked_at < 40 * 3000


# -- a value that is about to be added --------------------------------------------------------------------------------


def asked_about(story: Story, at: Day, value: str, **more: str) -> bool:
    """Is a ferritin that is typed now asked about?"""
    (typed,) = Story().ferritin(at, value, **more).snapshot(60).series("ferritin")
    return doubt_about(story.snapshot(60), typed) is not None


@pytest.mark.parametrize(
    ("value", "asked"), [("4", False), ("4.1", True), ("1", False), ("0.9", True), ("2", False), ("5", False)]
)
def test_82_a_typed_value_within_a_factor_of_2_of_one_that_waits_is_not_asked_about(value: str, asked: bool) -> None:
    """Below 5 ng/mL every ferritin is unusual; 2 waits."""
    assert asked_about(Story().ferritin(0, "2"), 3, value) is asked


def test_82_the_sample_that_waits_does_not_confirm_itself_and_no_other_kit_does() -> None:
    story = Story().ferritin("0T08:00", "2", kit="A")
    assert asked_about(story, "0T08:00", "2", kit="A")
    assert asked_about(story, "0T08:01", "2", kit="B")
    assert not asked_about(story, "0T08:01", "2", kit="A")
    assert not asked_about(story, "0T08:01", "2")


@pytest.mark.parametrize(("at", "asked"), [("3T08:00", False), ("3T08:01", True), ("17T08:00", True), (18, False)])
def test_47_a_typed_value_is_held_against_the_last_confirmed_one_before_it(at: Day, asked: bool) -> None:
    """Another value of the same moment is a contradiction and no doubt; 15 days are too long."""
    assert asked_about(Story().ferritin("3T08:00", "3840"), at, "384") is asked


def test_82_a_typed_value_is_not_held_against_one_that_waits() -> None:
    assert not asked_about(Story().ferritin(0, "3840").ferritin(3, "384"), 4, "3900")
    assert asked_about(Story().ferritin(0, "3840").ferritin(3, "38400"), 4, "400")


@pytest.mark.parametrize("code", ["crp", "csa"])
def test_82_what_is_never_doubted_is_not_asked_about(code: str) -> None:
    (typed,) = Story().test(3, code, "20").snapshot(60).series(code)
    assert doubt_about(Story().test(0, code, "200").snapshot(60), typed) is None


def test_47_the_last_value_before_it_is_the_one_that_it_is_held_against() -> None:
    """2,500 is eightfold of 300, and not of 600, which came between."""
    assert doubted(Story().ferritin(0, "300").ferritin(5, "600").ferritin(9, "2500")) == []
    assert doubted(Story().ferritin(0, "600").ferritin(5, "300").ferritin(9, "2500")) == ["2500"]


@pytest.mark.parametrize(
    ("code", "before", "value", "answer"),
    [
        ("creatinine", "0.5", "4", ["4"]),  # below one a factor is a factor all the same
        ("creatinine", "4", "0.5", ["0.5"]),
        ("galactomannan", "0", "0", []),
        ("galactomannan", "0", "5", []),
    ],
)
def test_47_a_factor_of_small_values_and_none_of_nothing(code: str, before: str, value: str, answer: list[str]) -> None:
    assert doubted(Story().test(0, code, before).test(3, code, value)) == answer


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("ferritin", None, "Ferritin"),
        ("other", "IL-6", "IL-6"),
        ("ferritin", "own", "own"),
        ("unheard_of", None, "unheard_of"),
    ],
)
def test_a_test_is_named_by_its_own_name_by_the_catalogue_or_by_its_code(
    code: str, name: str | None, said: str
) -> None:
    (measurement,) = Story().test(0, code, "5", name=name).snapshot(0).measurements
    assert doubtful.name_of(measurement).text == said


@pytest.mark.parametrize(
    ("code", "values", "kept"),
    [
        ("pao2", ["70", "120", "58"], ["70", "58"]),  # unusually high: on no side of risk
        ("pao2", ["80", "34", "78"], ["80", "34", "78"]),
        ("pao2", ["34", "78"], ["34", "78"]),  # the first of its test, below what is usual
        ("pao2 0.4", ["400", "45", "200"], ["400", "45", "200"]),  # on oxygen nothing is unusual, and a tenth is lower
        ("ferritin", ["300", "3000", "310"], ["300", "3000", "310"]),
        ("ferritin", ["3000", "300", "2900"], ["3000", "2900"]),
        ("ferritin", ["25000", "300"], ["25000", "300"]),
        ("ferritin", ["4", "300"], ["300"]),
        ("kl6", ["300", "3000", "310"], ["300", "310"]),
    ],
)
def test_47_of_doubtful_values_that_are_not_the_newest_those_are_read_that_could_meet_a_factor(
    code: str, values: list[str], kept: list[str]
) -> None:
    story, (code, _, fio2) = Story(), code.partition(" ")
    for day, value in enumerate(values):
        story.test(day, code, value, **({"fio2": Decimal(fio2 or "0.21")} if code == "pao2" else {}))
    assert [str(x.quantity.value) for x in with_newest(story.snapshot(9)).series(code)] == kept


@pytest.mark.parametrize(
    ("code", "value", "answer"),
    [
        ("ferritin", "4.9", ["4.9"]),
        ("ferritin", "5", []),
        ("ferritin", "20000", []),
        ("ferritin", "20000.1", ["20000.1"]),
        ("hbsag", "0.5", []),  # no value of it is unusual
    ],
)
def test_47_the_usual_limits_belong_to_what_is_usual(code: str, value: str, answer: list[str]) -> None:
    assert doubted(Story().test(0, code, value)) == answer


def test_47_a_doubtful_value_is_the_newest_of_its_kind_if_only_another_kit_came_after_it() -> None:
    for kit, newest in (("B", ["3000"]), ("A", []), (None, [])):
        story = Story().test(0, "kl6", "300", kit="A").test(3, "kl6", "3000", kit="A").test(5, "kl6", "310", kit=kit)
        assert [str(x.value.quantity.value) for x in newest_doubts(story.snapshot(9))] == newest


def test_47_an_unusual_value_that_is_as_high_as_the_confirmed_one_is_on_no_side_of_risk() -> None:
    story = Story().pao2(0, "120", confirmed=True).pao2(2, "120").pao2(4, "58")
    assert [x.id for x in with_newest(story.snapshot(9)).series("pao2")] == ["1", "3"]


@pytest.mark.parametrize(("confirmed", "value", "newest"), [("4", "4", "300"), ("200000", "20000", "5000")])
def test_47_an_unusual_ferritin_that_is_not_above_the_confirmed_one_nor_the_limit_is_on_no_side_of_risk(
    confirmed: str, value: str, newest: str
) -> None:
    story = Story().ferritin(0, confirmed, confirmed=True).ferritin(2, value).ferritin(4, newest)
    assert [x.id for x in with_newest(story.snapshot(9)).series("ferritin")] == ["1", "3"]


@pytest.mark.parametrize(
    ("values", "said", "short"),
    [
        (["300", "3000"], "Ferritin 3,000 on 4 Mar: tenfold? last 300 on 1 Mar", "tenfold? last 300"),
        (["300", "25000"], "Ferritin 25,000 on 4 Mar is unusual; last 300 on 1 Mar", "unusual; last 300"),
    ],
)
def test_47_a_doubt_says_whether_it_is_tenfold_or_unusual(values: list[str], said: str, short: str) -> None:
    (doubt,) = doubts(Story().ferritin(0, values[0]).ferritin(3, values[1]).snapshot(9)).values()
    assert (say(doubt.reason), say(doubt.short)) == (f"unconfirmed: {said}", f"unconfirmed: {short}")


@pytest.mark.parametrize(("value", "asked"), [("5", False), ("4.9", True), ("20000", False), ("20000.1", True)])
def test_47_a_value_that_is_about_to_be_added_is_asked_about_beyond_the_usual_limits(value: str, asked: bool) -> None:
    (measurement,) = Story().ferritin(3, value).snapshot(9).measurements
    assert (doubt_about(Story().snapshot(2), measurement) is not None) is asked
