"""The treatment timeline: every treatment once, doses as heights, cycles with windows, levels tied to the dose."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithm.drawing.lettering import Extent, fitted, text_width
from ildcare.drawing.axes import Span
from ildcare.drawing.timeline import WIDTHS
from ildcare.record.treatments import NADIR_DAYS, next_cycle, treatment_picture
from ildcare.trends.levels import judged_runs, judged_text, target_text
from patients.clinical.drugs import DRUGS
from patients.clinical.prophylaxis import prophylaxis_missing
from tests.effort import cases
from tests.patients.clinical.high_dose import high_dose_days
from tests.story import Story


def mg(story: Story, day: int, drug: str, dose: str, **more) -> Story:
    return story.drug(day, drug, dose=Decimal(dose), unit="mg/day", **more)


def picture(story: Story, day: int):
    """The picture at the end of a day. Story's ids are no rows: no query."""
    snapshot = story.snapshot(day=day)
    return treatment_picture(snapshot)


def lane(story: Story, day: int, drug: str):
    return next(x for x in picture(story, day).drawing.lanes if x.code == drug)


def share(text: str) -> float:
    return float(text.removesuffix("%"))


def taper() -> Story:
    story = mg(Story().onset(-5), 0, "gc", "40", stop=9, route="oral")
    return mg(mg(story, 10, "gc", "20", stop=19, route="oral"), 20, "gc", "10", route="oral")


def triple() -> Story:
    story = mg(mg(Story().onset(-5), 0, "gc", "50"), 0, "csa", "200", route="iv")
    return story.drug(0, "ivcy", dose=Decimal(700), unit="mg", route="iv", stop=0)


def said(story: Story, day: int) -> str:
    return " | ".join(x.text for x in picture(story, day).statements)


# -- lanes ------------------------------------------------------------------------------------------------------------


def test_no_treatment_makes_no_drawing() -> None:
    empty = picture(Story().onset(0), 3)
    assert (empty.drawing, empty.rows, empty.levels, empty.statements) == (None, (), (), ())


def test_taper_is_drawn_as_heights_and_labelled() -> None:
    bars = lane(taper(), 29, "gc").bars
    assert [x.text.text for x in bars] == ["40 mg/day", "20 mg/day", "10 mg/day"]
    assert bars[0].height == 2 * bars[1].height == 4 * bars[2].height
    assert [round(share(x.x)) for x in bars] == [0, 33, 67]
    assert [x.running for x in bars] == [False, False, True]


def test_feet_of_steps_stand_on_one_line() -> None:
    assert len({round(x.y + x.height, 1) for x in lane(taper(), 29, "gc").bars}) == 1


def test_dose_without_amount_is_said_to_be_not_stated() -> None:
    assert lane(Story().drug(0, "gc"), 5, "gc").bars[0].text.text == "dose not stated"


def test_doses_in_different_units_are_not_compared() -> None:
    story = mg(Story(), 0, "gc", "50", stop=4).drug(5, "gc", dose=Decimal("0.5"), unit="mg/kg/day")
    heights = [x.height for x in lane(story, 9, "gc").bars]
    assert heights[0] == heights[1]


def test_step_leaves_its_text_no_more_than_the_way_to_the_next() -> None:
    story = mg(mg(Story(), 0, "gc", "50", stop=0), 1, "gc", "40", stop=60)
    assert [x.text.room for x in lane(story, 60, "gc").bars] == ["", "narrow"]
    gap = mg(mg(Story(), 0, "gc", "50", stop=0), 30, "gc", "40", stop=60)
    assert [x.text.room for x in lane(gap, 60, "gc").bars] == ["narrow", "narrow"]


def test_pulse_is_a_block() -> None:
    story = mg(Story(), 0, "gc_pulse", "1000", stop=2, route="iv")
    assert lane(story, 9, "gc_pulse").manner == "blocks"


def test_route_changes_of_cyclosporine_are_in_pattern_and_label() -> None:
    story = mg(mg(Story(), 0, "csa", "200", route="iv", stop=9), 10, "csa", "150", route="oral")
    bars = lane(story, 20, "csa").bars
    assert [(x.route, x.text.text) for x in bars] == [("iv", "200 mg/day iv"), ("oral", "150 mg/day oral")]


def test_prophylaxis_is_a_thin_lane() -> None:
    assert lane(Story().drug(0, "tmp_smx"), 5, "tmp_smx").manner == "thin"


def test_two_doses_at_one_time_are_both_seen_and_pointed_at() -> None:
    story = mg(mg(Story(), 0, "csa", "200", route="iv"), 3, "csa", "225", route="iv")
    first, second = lane(story, 9, "csa").bars
    assert second.y >= first.y + first.height
    assert "go on at the same time" in said(story, 9)


def test_drug_that_no_catalogue_has_is_drawn() -> None:
    assert lane(Story().drug(0, "anakinra"), 5, "anakinra").name == "anakinra"


def test_lanes_do_not_overlap_and_fit() -> None:
    story = triple().test(3, "csa", "180", route="iv", timing="pre_dose").drug(0, "tmp_smx")
    drawing = picture(story, 20).drawing
    tops = [x.top for x in drawing.lanes]
    feet = [x.top + x.height for x in drawing.lanes]
    assert all(top > foot for top, foot in zip(tops[1:], feet[:-1], strict=True))
    assert feet[-1] < drawing.height


# -- every treatment once ---------------------------------------------------------------------------------------------

courses = st.lists(
    st.tuples(
        st.sampled_from([*DRUGS, "anakinra"]),
        st.integers(0, 60),
        st.none() | st.integers(0, 30),
        st.sampled_from([None, "iv", "oral"]),
        st.none() | st.decimals(Decimal("0.5"), 1000, places=1),
    ),
    max_size=14,
)


@settings(max_examples=cases(60), deadline=None)
@given(courses)
def test_every_treatment_stands_exactly_once_in_table_and_timeline(drawn) -> None:
    story = Story().onset(-3)
    for drug, day, length, route, dose in drawn:
        stop = None if length is None else day + length
        story.drug(day, drug, stop=stop, route=route, dose=dose, unit="mg/day" if dose else None)
    snapshot = story.snapshot(day=45)
    shown = picture(story, 45)
    wanted = sorted(x.id for x in snapshot.treatments)
    assert sorted(x.id for x in shown.rows) == wanted
    lanes = shown.drawing.lanes if shown.drawing else ()
    assert sorted(x.id for one in lanes for x in (*one.bars, *one.cycles)) == wanted
    for one in lanes:
        assert all(0 <= share(x.x) <= 100 and share(x.x) + share(x.width) <= 100.1 for x in one.bars)


# -- cycles -----------------------------------------------------------------------------------------------------------


def test_cycles_are_numbered_and_have_their_nadir() -> None:
    story = triple().drug(28, "ivcy", dose=Decimal(700), unit="mg", stop=28)
    shown = lane(story, 50, "ivcy")
    assert [x.text.text for x in shown.cycles] == ["1", "2"]
    assert len(shown.nadirs) == 2
    assert picture(story, 50).has_nadir


def test_nadir_is_called_a_judgement() -> None:
    basis = {x.basis for x in picture(triple(), 5).statements if "nadir" in x.text}
    assert basis == {"J"}
    assert NADIR_DAYS == (8, 14)


def due_of(story: Story, day: int):
    snapshot = story.snapshot(day=day)
    return next_cycle(snapshot)


def test_next_cycle_is_due_after_three_to_four_weeks_in_triple_therapy() -> None:
    first, last = due_of(triple(), 5)
    assert (first, last) == (date(2024, 3, 22), date(2024, 3, 29))


def test_next_cycle_is_due_after_four_weeks_with_glucocorticoid_alone() -> None:
    story = mg(Story().onset(-5), 0, "gc", "50").drug(0, "ivcy", stop=0)
    assert due_of(story, 5) == (date(2024, 3, 29), date(2024, 3, 29))


@pytest.mark.parametrize(("day", "due"), [(35, True), (36, False)])
def test_no_dose_is_due_once_the_last_one_covers_no_more(day, due) -> None:
    assert (due_of(triple(), day) is not None) is due
    assert ("ended on 29 Mar" in said(triple(), day)) is not due


# -- day 0 ------------------------------------------------------------------------------------------------------------


def test_day_0_of_each_step_and_today_are_labelled_uprights() -> None:
    story = mg(Story().onset(-5), 0, "gc", "50")
    mg(story, 10, "csa", "200", route="iv")
    lines = picture(story, 20).drawing.lines
    assert [x.text.text for x in lines][:2] == ["T1 day 0", "T2 day 0"]
    assert [x.today for x in lines] == [False, False, True]


def test_axis_counts_days_of_therapy_from_the_first_day_0() -> None:
    drawing = picture(triple(), 20).drawing
    assert drawing.therapy[0].text == "0"
    assert share(drawing.therapy[0].x) == 0
    assert "14" in [x.text for x in drawing.therapy]


def test_uprights_of_one_day_stand_in_rows_of_their_own() -> None:
    lines = picture(mg(Story().onset(-5), 5, "gc", "50"), 5).drawing.lines
    assert len({(x.text.y, x.text.end) for x in lines}) == len(lines)


# -- texts ------------------------------------------------------------------------------------------------------------


@settings(max_examples=cases(100), deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_texts_that_are_shown_at_a_width_do_not_touch(places) -> None:
    labels = [Extent(x, 0, 50) for x in sorted(places)]
    rooms = fitted(labels, WIDTHS, gap=8)
    order = list(WIDTHS)
    for name, width in WIDTHS.items():
        seen = [x for x, room in zip(labels, rooms, strict=True) if room and order.index(room) <= order.index(name)]
        assert all((after.at - before.at) * width >= 58 - 1e-6 for before, after in pairwise(seen))


def test_labels_keep_their_places_in_order_of_precedence_and_inside_the_plot() -> None:
    labels = [Extent(0.5, 20, 20), Extent(0.55, 20, 20), Extent(0.95, 20, 20)]
    widths = {"narrow": 100.0, "wide": 1000.0}
    assert fitted(labels, widths) == ["narrow", "wide", "narrow"]
    assert fitted(labels, widths, inside=True) == ["narrow", "wide", "wide"]
    assert fitted(labels, {"narrow": 100.0}) == ["narrow", "", "narrow"]


def test_japanese_letters_are_reckoned_wider() -> None:
    assert text_width("免疫抑制薬", 11) > text_width("drugs", 11)


def test_a_single_day_is_an_axis() -> None:
    assert Span(date(2024, 3, 1), date(2024, 3, 1), whole=True).days == 1


# -- words ------------------------------------------------------------------------------------------------------------


def row(story: Story, day: int, number: int):
    return picture(story, day).rows[number]


def test_table_says_how_long_and_what_came_then() -> None:
    rows = picture(taper(), 29).rows
    assert [(x.dose, x.days, x.ending) for x in rows] == [
        ("10 mg/day", 10, "goes on"),
        ("20 mg/day", 10, "replaced by 10 mg/day"),
        ("40 mg/day", 10, "replaced by 20 mg/day"),
    ]


def test_change_of_route_is_named_in_the_table() -> None:
    story = mg(mg(Story(), 0, "csa", "200", route="iv", stop=9), 10, "csa", "150", route="oral")
    assert row(story, 20, 1).ending == "replaced by 150 mg/day oral"


def test_a_stop_is_a_stop_and_a_single_dose_a_single_dose() -> None:
    assert row(mg(Story(), 0, "gc", "40", stop=4), 9, 0).ending == "stopped"
    assert row(triple(), 5, -1).ending == "single dose"


def test_a_stop_to_come_is_not_known_yet() -> None:
    assert row(mg(Story(), 0, "gc", "40", stop=9), 5, 0).ending == "goes on"


# -- levels -----------------------------------------------------------------------------------------------------------


def on_csa(route: str = "iv") -> Story:
    return mg(Story().onset(-5), 0, "csa", "200", route=route)


def only_level(story: Story, day: int = 9):
    return picture(story, day).levels[0]


@pytest.mark.parametrize(
    ("value", "route", "timing", "verdict", "word"),
    [
        ("199.9", "iv", "pre_dose", "low", "below the band 200–250"),
        ("200", "iv", "pre_dose", "within", "in the band 200–250"),
        ("250.1", "iv", "trough", "high", "above the band 200–250"),
        ("168", "oral", "trough", "within", "in the band 150–250"),
        ("999", "oral", "c2", "low", "below the band 1,000–2,000"),
        ("<300", "iv", "pre_dose", "", "may lie in the band or not 200–250"),
        ("168", "oral", None, "", "not interpretable: no dose time"),
        ("168", None, "trough", "", "not interpretable: no route"),
        ("168", None, None, "", "not interpretable: no route, no dose time"),
        ("900", "iv", "c2", "", "not interpretable: no band for this drug, route and time"),
    ],
)
def test_a_level_is_judged_by_its_band_or_not_at_all(value, route, timing, verdict, word) -> None:
    level = only_level(on_csa().test(3, "csa", value, route=route, timing=timing))
    assert (level.verdict, level.word) == (verdict, word)


@pytest.mark.parametrize(("value", "verdict"), [("4.9", "low"), ("5", "within"), ("10", "within"), ("10.1", "high")])
def test_104_tacrolimus_has_the_band_of_its_label(value: str, verdict: str) -> None:
    story = mg(Story(), 0, "tac", "3", route="oral").test(3, "tac", value, route="oral", timing="trough")
    assert only_level(story).verdict == verdict
    assert "no band is set here" not in said(story, 9)


def test_judgement_of_a_level_is_that_of_the_rules() -> None:
    """One truth: what the rules call low or high is what the page calls so."""
    from monitoring.levels import BANDS
    from patients.clinical.truth import Truth

    for (drug, route, timing), band in BANDS.items():
        for value in ("100", "150", "199.9", "200", "250", "250.1", "999", "1000", "2000", "2000.1", "<500", ">900"):
            story = on_csa().test(3, drug, value, route=route, timing=timing)
            level = story.snapshot(day=9).series(drug)[0]
            rules = ["low"] if band.is_low(level) is Truth.YES else []
            rules += ["high"] if band.is_high(level) is Truth.YES else []
            verdict = only_level(story).verdict
            assert rules == ([verdict] if verdict in ("low", "high") else [])
            assert ("below" in judged_text(level, story.snapshot(day=9))) == (rules == ["low"])


def test_level_names_the_dose_of_its_day_and_its_hours() -> None:
    level = only_level(
        on_csa("oral").test(3, "csa", "168", route="oral", timing="trough", hours_since_dose=Decimal(12))
    )
    assert level.running == "200 mg/day oral since 1 Mar 2024"[: len(level.running)]
    assert level.sample == "oral, trough, 12 h after the dose"


def test_level_without_a_course_has_a_lane_and_says_so() -> None:
    story = Story().test(3, "csa", "168", route="oral", timing="trough")
    assert only_level(story).running == "no course of CsA is recorded for this day"
    assert len(lane(story, 9, "csa").levels) == 1


def test_levels_are_marks_under_their_lane() -> None:
    story = (
        on_csa().test(3, "csa", "168", route="iv", timing="pre_dose").test(6, "csa", "210", route="iv", timing="trough")
    )
    shown = lane(story, 9, "csa")
    assert [(x.verdict, x.text.text) for x in shown.levels] == [("low", "168"), ("within", "210")]
    assert all(x.y > shown.bars[0].y + shown.bars[0].height for x in shown.levels)


# -- time to target ---------------------------------------------------------------------------------------------------


def targets(story: Story, day: int) -> list[str]:
    snapshot = story.snapshot(day=day)
    return [target_text(x, snapshot) for x in judged_runs(snapshot)]


def test_days_from_start_to_the_first_level_in_target() -> None:
    story = on_csa().test(2, "csa", "142", route="iv", timing="pre_dose")
    story.test(3, "csa", "212", route="iv", timing="pre_dose").test(6, "csa", "300", route="iv", timing="pre_dose")
    assert targets(story, 9)[0].endswith("target reached after 3 days (212 ng/mL on 4 Mar)")


def test_one_day_is_one_day() -> None:
    story = on_csa().test(1, "csa", "212", route="iv", timing="pre_dose")
    assert "after 1 day (" in targets(story, 9)[0]


def test_level_of_the_morning_before_the_first_dose_does_not_count() -> None:
    story = Story().drug("0T18:00", "csa", route="iv").test("0T07:00", "csa", "212", route="iv", timing="pre_dose")
    assert "no level yet that can be judged" in targets(story, 4)[0]


@pytest.mark.parametrize(
    ("value", "timing", "said_of"),
    [
        ("142", "pre_dose", "day 5 of CsA intravenous: target not reached yet"),
        ("212", None, "day 5 of CsA intravenous: no level yet that can be judged"),
        ("<300", "pre_dose", "day 5 of CsA intravenous: no level yet that can be judged"),
    ],
)
def test_what_is_said_before_the_target_is_reached(value, timing, said_of) -> None:
    assert said_of in targets(on_csa().test(3, "csa", value, route="iv", timing=timing), 5)[0]


def test_change_of_route_starts_the_clock_anew() -> None:
    """Specification 11 (21)."""
    story = mg(mg(Story(), 0, "csa", "200", route="iv", stop=9), 10, "csa", "150", route="oral")
    story.test(3, "csa", "212", route="iv", timing="pre_dose").test(14, "csa", "180", route="oral", timing="trough")
    first, second = targets(story, 20)
    assert "after 3 days" in first
    assert "after 4 days" in second


def test_a_run_that_ended_without_it_says_so() -> None:
    story = mg(Story(), 0, "csa", "200", route="iv", stop=4).test(3, "csa", "142", route="iv", timing="pre_dose")
    assert targets(story, 9)[0].endswith("target not reached")


# -- prophylaxis ------------------------------------------------------------------------------------------------------


def missing(story: Story, day: int):
    snapshot = story.snapshot(day=day)
    return prophylaxis_missing(snapshot)


def test_triple_therapy_asks_for_prophylaxis_from_day_0() -> None:
    assert missing(triple(), 0).why.basis == "J"
    assert "pneumocystis prophylaxis recorded" in said(triple(), 0)


@pytest.mark.parametrize("drug", ["tmp_smx", "atovaquone", "pentamidine", "dapsone"])
def test_recorded_prophylaxis_is_enough(drug) -> None:
    assert missing(triple().drug(0, drug), 5) is None


def test_stopped_prophylaxis_is_none() -> None:
    assert missing(triple().drug(0, "tmp_smx", stop=3), 5) is not None


@pytest.mark.parametrize(("day", "asks"), [(26, False), (27, True)])
def test_twenty_mg_for_28_days_ask_for_it(day, asks) -> None:
    assert (missing(mg(Story(), 0, "gc", "20"), day) is not None) is asks


def test_less_than_twenty_mg_does_not() -> None:
    assert missing(mg(Story(), 0, "gc", "19.5"), 90) is None


@pytest.mark.parametrize(("resumed", "today", "days"), [(10, 19, 20), (11, 19, 9), (11, 10, 0)])
def test_days_on_a_high_dose_are_counted_without_a_pause(resumed, today, days) -> None:
    story = mg(mg(Story(), 0, "gc_pulse", "1000", stop=2), 3, "gc", "50", stop=9)
    assert high_dose_days(mg(story, resumed, "gc", "20").snapshot(day=today)) == days


def test_nothing_is_asked_for_without_treatment() -> None:
    assert missing(Story().onset(0), 90) is None


def test_words_carry_no_place_that_was_not_filled() -> None:
    story = triple().test(3, "csa", "180", route="iv", timing="pre_dose")
    assert not re.search(r"%\(|None", said(story, 9))
