"""The target of an order in place of the paper's band: which order judges which level, and each boundary by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ildcare.record.flow_sheet import flow_sheet
from ildcare.trends.figures import trends_of
from ildcare.trends.levels import judged_runs, level_rows, levels_of, order_note, target_basis, target_text
from monitoring import levels
from monitoring.engine import Severity
from monitoring.levels import band_at, has_bands
from monitoring.limits import expected, outside_band, position
from patients.clinical.reasons import say
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth
from tests.monitoring.looking import course_of_alerts, one, remarks
from tests.story import Day, Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


def target(low: str = "100", high: str = "150", timing: str = "trough") -> dict[str, Any]:
    return {"target_timing": timing, "target_low": Decimal(low), "target_high": Decimal(high)}


def ordered(low: str = "100", high: str = "150", timing: str = "trough", route: str | None = "oral") -> Story:
    return Story().drug(0, "csa", route=route, **target(low, high, timing))


def level(story: Story, value: str, route: str | None = "oral", timing: str | None = "trough", day: Day = 4) -> Story:
    return story.test(day, "csa", value, route=route, timing=timing)


def rules(story: Story, day: Day = 4) -> tuple[Severity | None, Severity | None]:
    """How grave CSA_LOW and CSA_HIGH are."""
    found = (one(rule, story.snapshot(day)) for rule in ("CSA_LOW", "CSA_HIGH"))
    low, high = (x.severity if x else None for x in found)
    return low, high


def ends(story: Story, day: Day = 4) -> tuple[str, str] | None:
    """The limits by which the newest level is judged."""
    snapshot = story.snapshot(day)
    band = band_at(snapshot.series("csa")[-1], snapshot)
    return (str(band.low), str(band.high)) if band else None


ORDER, PAPER = ("100", "150"), ("150", "250")


# -- which order ------------------------------------------------------------------------------------------------------


def test_52_target_of_the_order_is_used_in_place_of_the_papers() -> None:
    assert ends(level(ordered(), "120")) == ORDER
    assert rules(level(ordered(), "120")) == (None, None)
    assert rules(level(Story().drug(0, "csa", route="oral"), "120")) == (CRITICAL, None)


@pytest.mark.parametrize(
    ("order", "band"),
    [
        ({"drug": "csa"}, PAPER),  # no target
        ({"drug": "csa", "stop": 3, **target()}, PAPER),  # stopped the day before, and nothing followed
        ({"drug": "csa", "stop": 4, **target()}, ORDER),  # the last day is the day of the sample
        ({"drug": "csa", "day": "4T08:01", **target()}, PAPER),  # begun a minute after
        ({"drug": "csa", "day": "4T08:00", **target()}, ORDER),
        ({"drug": "tac", **target()}, PAPER),
        ({"drug": "csa", "route": "iv", **target()}, PAPER),
        ({"drug": "csa", "route": None, **target()}, ORDER),  # does not contradict
        ({"drug": "csa", **target(timing="c2")}, PAPER),
        ({"drug": "csa", **target(timing="pre_dose")}, ORDER),  # one timing of two names
    ],
)
def test_52_an_order_judges_its_drug_route_and_timing_while_it_runs(order: dict[str, Any], band) -> None:
    given = {"route": "oral", **order}
    story = Story().drug(given.pop("day", 0), given.pop("drug"), **given)
    assert ends(level(story, "120", day="4T08:00")) == band


@pytest.mark.parametrize(("day", "low"), [("4T08:00", "100"), ("4T12:00", "180"), (5, "180")])
def test_52_a_target_that_changes_judges_what_was_taken_before_it_by_the_old_one(day: Day, low: str) -> None:
    """The old dose is recorded up to the day before the new one: the trough before that is still of the old."""
    story = Story().drug(0, "csa", route="oral", stop=3, **target())
    story.drug("4T10:00", "csa", route="oral", **target("180", "240"))
    assert ends(level(story, "120", day=day), 9)[0] == low


@pytest.mark.parametrize(
    ("stop", "begun", "band"),
    [
        (3, "4T08:01", ORDER),
        (3, "4T08:00", PAPER),  # the new order had begun
        (2, "4T10:00", PAPER),  # a day without
        (3, "5T10:00", PAPER),  # stopped, and begun again another day
    ],
)
def test_52_what_a_dose_of_the_next_day_replaces_ran_until_that_dose(stop: int, begun: str, band) -> None:
    story = Story().drug(0, "csa", route="oral", stop=stop, **target()).drug(begun, "csa", route="oral")
    assert ends(level(story, "120", day="4T08:00"), 9) == band


def test_52_of_several_orders_that_run_the_last_begun_counts() -> None:
    story = ordered().drug(2, "csa", route="oral", **target("180", "240"))
    assert ends(level(story, "120")) == ("180", "240")
    assert ends(level(ordered().drug(2, "csa", route="oral"), "120")) == ORDER  # one without a target changes nothing


@pytest.mark.parametrize(("route", "timing"), [(None, "trough"), ("oral", None), (None, None)])
def test_52_a_level_without_route_or_timing_is_judged_by_no_order(route: str | None, timing: str | None) -> None:
    story = level(ordered(route=None), "20", route, timing)
    assert ends(story) is None
    assert rules(story) == (None, None)
    assert "not interpretable" in say(remarks("CSA_LOW", story.snapshot(4))[0].reason)


def test_52_a_timing_without_a_band_at_the_paper_is_judged_by_the_order_alone() -> None:
    story = level(ordered("300", "400", "continuous", "iv"), "299.9", "iv", "continuous")
    assert rules(story) == (CRITICAL, None)
    assert remarks("CSA_LOW", story.snapshot(4)) == []
    plain = level(Story().drug(0, "csa", route="iv"), "299.9", "iv", "continuous")
    assert rules(plain) == (None, None)
    assert len(remarks("CSA_LOW", plain.snapshot(4))) == 1


# -- boundaries -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        ("99.9", CRITICAL, None, "low"),
        ("100", None, None, "within"),
        ("150", None, None, "within"),
        ("150.1", None, INFO, "high"),
        ("180", None, INFO, "high"),  # up to 20 % above
        ("180.1", None, WARNING, "high"),
        ("400", None, WARNING, "high"),
        ("400.1", None, CRITICAL, "high"),  # the critical limit of the paper's timing stays
        ("<100", CRITICAL, None, "low"),
        ("<=100", INFO, None, ""),
        ("<130", INFO, None, ""),
        (">150", None, INFO, "high"),
        (">180", None, WARNING, "high"),
        (">=150", None, INFO, ""),
        (">120", None, INFO, ""),
    ],
)
def test_52_rule_flag_row_and_chart_say_the_same_at_every_boundary(
    value: str, low: Severity | None, high: Severity | None, verdict: str
) -> None:
    story = level(level(ordered(), "120", day=3), value)
    snapshot = story.snapshot(4)
    newest = snapshot.series("csa")[-1]
    assert rules(story) == (low, high)
    assert position(newest, expected(newest, "", snapshot.treatments, snapshot.settings.rules)) == verdict
    outside = {"within": Truth.NO, "": Truth.UNKNOWN}.get(verdict, Truth.YES)
    assert outside_band(newest, snapshot.treatments, snapshot.series("csa"), snapshot.settings.rules) is outside
    assert level_rows(snapshot)[0].verdict == verdict
    (box,) = levels_of(snapshot)
    assert box.place == verdict
    (cell,) = [x for x in flow_sheet(story.versions, "female").rows[0].cells[0] if x.standing.id == newest.id]
    assert cell.position == verdict
    (figure,) = trends_of(snapshot, codes=("csa",)).figures
    words = {"low": "low", "high": "high", "within": "", "": "◇ possibly beyond a limit"}
    assert figure.rows[0].flags == words[verdict]


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [("349", CRITICAL, None, "low"), ("400", None, None, "within"), ("400.1", None, CRITICAL, "high")],
)
def test_52_no_order_makes_a_trough_above_400_harmless(value: str, low, high, verdict: str) -> None:
    story = level(ordered("350", "450"), value)
    assert rules(story) == (low, high)
    (row,) = level_rows(story.snapshot(4))
    assert row.verdict == verdict
    assert "350–450; above 400 is high whatever was ordered" in row.word


def test_52_an_order_up_to_400_is_cut_off_by_nothing() -> None:
    assert level_rows(level(ordered("300", "400"), "350").snapshot(4))[0].word == "in the band of the order 300–400"


def test_52_a_level_is_never_low_and_high_at_once() -> None:
    assert rules(level(ordered("500", "600"), "450")) == (None, CRITICAL)
    assert rules(level(ordered("500", "600"), "399")) == (CRITICAL, None)


def test_52_a_c2_has_no_critical_limit() -> None:
    assert rules(level(ordered("600", "800", "c2"), "5000", timing="c2")) == (None, WARNING)


# -- what is said -----------------------------------------------------------------------------------------------------


def test_52_rules_name_the_band_at_the_order() -> None:
    found = one("CSA_LOW", level(ordered(), "90").snapshot(4))
    assert [(say(x), x.basis) for x in found.reasons] == [
        ("CsA 90 ng/mL on 5 Mar (oral, trough) is below 100 (band of the order 100-150)", "O"),
        ("the course is not known: judged as acute/subacute", "J"),
    ]
    found = one("CSA_HIGH", level(ordered(), "151").snapshot(4))
    assert say(found.reasons[0]) == "CsA 151 ng/mL on 5 Mar (oral, trough) is above 150 (band of the order 100-150)"
    found = one("CSA_LOW", level(ordered(), "<120").snapshot(4))
    assert "is possibly below 100 (band of the order" in say(found.reasons[0])
    found = one("CSA_HIGH", level(ordered("350", "450"), "401").snapshot(4))
    assert "is above 400 (band of the order 350-450)" in say(found.reasons[0])


def _sentences(snapshot: Snapshot) -> list[str]:
    return [target_text(x, snapshot) for x in judged_runs(snapshot)]


def test_52_rows_and_sentences_name_the_band_at_the_order() -> None:
    (row,) = level_rows(level(ordered(), "120").snapshot(4))
    assert (row.word, row.basis) == ("in the band of the order 100–150", "O")
    (sentence,) = _sentences(level(ordered(), "120").snapshot(4))
    assert "target reached after 4 days (120 ng/mL on 5 Mar" in sentence
    assert sentence.endswith("by the band of the order")
    (without,) = _sentences(level(Story().drug(0, "csa", route="oral"), "120").snapshot(4))
    assert "target not reached yet" in without


@pytest.mark.parametrize(
    ("drug", "order", "levels", "basis"),
    [
        ("csa", target(), ["120"], "O"),
        ("csa", target(), ["90"], "O"),  # not reached, by the order
        ("csa", target("180", "240", "c2"), ["200"], "S"),  # a trough is judged by the paper
        ("csa", target(), [], "S"),
        ("csa", {}, ["200"], "S"),
        ("tac", target("5", "10"), [], "L"),
        ("tac", target("5", "10"), ["8"], "O"),
    ],
)
def test_52_the_time_to_target_says_whose_band_it_is(drug: str, order, levels: list[str], basis: str) -> None:
    story = Story().drug(0, drug, route="oral", **order)
    for value in levels:
        story.test(4, drug, value, route="oral", timing="trough")
    snapshot = story.snapshot(5)
    (run,) = judged_runs(snapshot)
    assert target_basis(run, snapshot) == basis


def test_52_a_drug_without_any_band_has_no_time_to_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "BANDS", {})
    assert list(judged_runs(Story().drug(0, "tac", route="oral").snapshot(5))) == []


def test_52_tacrolimus_is_judged_by_its_order_first() -> None:
    story = Story().drug(0, "tac", route="oral", **target("5", "10"))
    story.test(4, "tac", "4.9", route="oral", timing="trough")
    snapshot = story.snapshot(4)
    assert [(x.verdict, x.word) for x in level_rows(snapshot)] == [("low", "below the band of the order 5–10")]
    assert ["target not reached yet" in x for x in _sentences(snapshot)] == [True]


def test_52_the_chart_draws_the_band_at_the_order_and_says_that_targets_changed() -> None:
    story = Story().drug(0, "csa", route="oral", stop=5, **target("180", "240"))
    story.drug(6, "csa", route="oral", **target())
    (figure,) = trends_of(level(level(story, "200"), "120", day=8).snapshot(9), codes=("csa",)).figures
    said = [x.text for x in figure.legend]
    assert any("band of the order for the newest level (oral, trough): 100–150" in x for x in said)
    assert any("the target changed" in x for x in said)
    assert [x.flags for x in figure.rows] == ["", ""]


# -- below the band of the paper --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("high", "route", "timing", "said"),
    [
        ("149.9", "oral", "trough", True),
        ("150", "oral", "trough", False),  # it touches
        ("149.9", "oral", "pre_dose", True),
        ("199.9", "iv", "trough", True),
        ("200", "iv", "trough", False),
        ("999.9", "oral", "c2", True),
        ("1000", "oral", "c2", False),
        ("120", "iv", "continuous", False),  # the paper has no band
    ],
)
def test_86_a_target_wholly_below_the_papers_band_says_so_in_an_acute_course(high, route, timing, said) -> None:
    story = level(ordered("50", high, timing, route), "40", route, timing).dyspnoea(0, True, "worse")
    snapshot = story.snapshot(4)
    found = one("CSA_LOW", snapshot)
    assert found.severity is CRITICAL
    told = [(x.basis, "below the band of the paper" in say(x)) for x in found.reasons if "late" not in say(x)]
    assert told == [("O", False), *([("J", True)] if said else [])]
    assert ("below the band of the paper" in order_note(snapshot.treatments[0], snapshot)) is said
    assert ("below the band of the paper" in level_rows(snapshot)[0].word) is said


def test_86_it_is_said_of_a_level_that_is_too_high_for_it_too() -> None:
    found = one("CSA_HIGH", level(ordered("50", "100"), "120").dyspnoea(0, True, "worse").snapshot(4))
    assert [say(x) for x in found.reasons[1:]] == [
        "target of the order 50-100: below the band of the paper (150-250, oral, trough)"
    ]


def test_86_in_a_chronic_course_it_is_not_said() -> None:
    snapshot = level(ordered("50", "100"), "40").chronic(0).snapshot(4)
    assert "below the band of the paper" not in " ".join(say(x) for x in one("CSA_LOW", snapshot).reasons)
    assert order_note(snapshot.treatments[0], snapshot) == ""
    assert level_rows(snapshot)[0].word == "below the band of the order 50–100"


def test_86_while_the_course_is_not_known_it_is_said() -> None:
    snapshot = level(ordered("50", "100"), "40").snapshot(4)
    assert "below the band of the paper" in " ".join(say(x) for x in one("CSA_LOW", snapshot).reasons)
    assert "below the band of the paper" in order_note(snapshot.treatments[0], snapshot)


@pytest.mark.parametrize(("high", "note", "row"), [("149", True, True), ("160", False, True), ("200", False, False)])
def test_86_where_the_order_names_no_route_that_of_the_level_tells(high: str, note: bool, row: bool) -> None:
    story = level(ordered("50", high, route=None), "60", "iv").dyspnoea(0, True, "worse")
    snapshot = story.snapshot(4)
    assert (
        "below the band of the paper (150-250, oral, trough)" in order_note(snapshot.treatments[0], snapshot)
    ) is note
    assert ("below the band of the paper" in level_rows(snapshot)[0].word) is row


# -- as time goes on --------------------------------------------------------------------------------------------------


def test_52_correcting_and_cancelling_the_order_changes_the_verdict_back() -> None:
    told = {"route": "oral", "id": "order"}
    story = level(Story().drug(0, "csa", **told, **target()), "120")
    assert rules(story) == (None, None)
    story.drug(0, "csa", known=5, **told, **target("130", "150"))
    assert rules(story, 5) == (CRITICAL, None)
    story.drug(0, "csa", known=6, **told, **target())
    assert rules(story, 6) == (None, None)
    story.drug(0, "csa", known=7, cancelled=True, **told, **target())
    assert ends(story, 7) == PAPER
    assert [x.position for x in flow_sheet(story.versions, "female").rows[0].cells[0]] == ["low"]
    assert ends(story, 4) == ORDER  # as it was known then


def test_52_a_level_that_an_order_told_later_makes_low_is_known_from_then() -> None:
    story = level(Story(), "160", day=4)
    story.drug(0, "csa", route="oral", known=6, **target("180", "240"))
    assert one("CSA_LOW", story.snapshot(6)).known == moment(6)


def test_52_each_level_of_a_run_is_judged_by_its_own_band() -> None:
    """Low by the old target on day 4 and by the new one on day 8: one run, known from day 4."""
    story = Story().drug(0, "csa", route="oral", stop=5, **target("180", "240"))
    story.drug(6, "csa", route="oral", **target("300", "350"))
    assert one("CSA_LOW", level(level(story, "170"), "290", day=8).snapshot(8)).known == moment(4)
    higher = level(level(Story(), "170"), "290", day=8)
    higher.drug(6, "csa", route="oral", **target("300", "350"))
    assert one("CSA_LOW", higher.snapshot(8)).known == moment(8)  # 170 lies in the paper's band


def test_52_a_stop_of_the_order_is_no_news_of_its_alert() -> None:
    told = {"route": "oral", "id": "order", **target("50", "100")}
    story = level(Story().drug(0, "csa", **told), "120").dyspnoea(0, True, "worse")
    before = one("CSA_HIGH", story.snapshot(4))
    assert len(before.reasons) == 2
    story.drug(0, "csa", known=5, stop=5, **told)
    assert one("CSA_HIGH", story.snapshot(5)) == before


def test_52_a_replay_opens_and_closes_by_the_band_at_the_order() -> None:
    story = level(level(level(ordered(), "120", day=2), "90", day=4), "100", day=6)
    (low,) = course_of_alerts(story, 8, "CSA_LOW", "CSA_HIGH")
    assert (low.rule, low.opened_on.isoformat(), low.open) == ("CSA_LOW", "2024-03-05", False)


@pytest.mark.parametrize("left_out", ["target_low", "target_high", "target_timing"])
def test_52_an_order_without_a_whole_target_has_none(left_out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    order = {name: value for name, value in target("50", "60").items() if name != left_out}
    story = level(Story().drug(0, "csa", route="oral", **order).dyspnoea(0, True, "worse"), "120")
    snapshot = story.snapshot(4)
    assert ends(story) == PAPER
    assert order_note(snapshot.treatments[0], snapshot) == ""
    monkeypatch.setattr(levels, "BANDS", {})
    of_tacrolimus = Story().drug(0, "tac", route="oral", **order).snapshot(4).treatments
    assert not has_bands("tac", of_tacrolimus)
    assert has_bands("tac", Story().drug(0, "tac", **target("5", "10")).snapshot(4).treatments)
