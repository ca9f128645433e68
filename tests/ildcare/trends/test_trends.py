"""What the trend charts say: days shown, the KL-6 ratio and its window, kits, names of limits, tables, pages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django.asserts import assertNumQueries

from ildcare.drawing.axes import LEFT, RIGHT, WIDTH, Span
from ildcare.drawing.charts import Reading
from ildcare.drawing.scatter import pairs_of, scatter
from ildcare.trends.comparison import Comparison, comparison
from ildcare.trends.figures import Figure, Trends, trends_of
from ildcare.trends.ranges import Bounds, RangeParams, moves, range_of
from ildcare.trends.ratio import interval_text, ratio_interval, ratio_window, ratio_words
from monitoring.engine import Issue, Situation
from monitoring.rules.kl6_ratio import detect
from patients.actions import record_facts
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth
from patients.models import Role, Ward
from tests.effort import cases
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.story import DAY_0, Story, quantity

NOW = date(2026, 6, 30)


def drawn_of(snapshot: Snapshot, code: str = "all", **more) -> Trends:
    return trends_of(snapshot, params=RangeParams(code), **more)


def figure(story: Story, day: int, code: str) -> Figure:
    return next(x for x in drawn_of(story.snapshot(day)).figures if x.code == code)


def treated(**kits: str) -> Story:
    """GC from day 0, KL-6 600 on the day before."""
    return Story().drug(0, "gc").test(-1, "kl6", "600", **kits)


# -- days shown -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "days"), [("4w", 28), ("3m", 91), ("1y", 365)])
def test_a_range_of_days_ends_today(code, days) -> None:
    chosen = range_of(Bounds(NOW, date(2020, 1, 1), None), RangeParams(code))
    assert (chosen.code, chosen.span.last, chosen.span.days) == (code, NOW, days)


def test_since_therapy_began_holds_the_days_of_a_baseline() -> None:
    chosen = range_of(Bounds(NOW, date(2020, 1, 1), date(2026, 5, 1)), RangeParams("therapy"))
    assert chosen.span == Span(date(2026, 4, 17), NOW)


@pytest.mark.parametrize(
    ("first", "day_zero", "code"),
    [
        (date(2026, 5, 1), date(2026, 5, 5), "therapy"),
        (date(2020, 5, 1), date(2020, 5, 5), "1y"),
        (date(2026, 5, 1), None, "all"),
        (date(2020, 5, 1), None, "1y"),
    ],
)
def test_usual_range_is_therapy_or_everything_but_no_more_than_a_year(first, day_zero, code) -> None:
    assert range_of(Bounds(NOW, first, day_zero), RangeParams()).code == code


def test_therapy_cannot_be_chosen_without_therapy() -> None:
    course = Bounds(NOW, date(2026, 5, 1), None)
    assert "therapy" not in course.codes
    assert range_of(course, RangeParams("therapy")).code == "all"


@given(st.dates(date(2019, 1, 1), date(2027, 1, 1)), st.dates(date(2019, 1, 1), date(2027, 1, 1)))
def test_days_of_ones_own_are_read_in_either_order_and_end_today_at_the_latest(a, b) -> None:
    span = range_of(Bounds(NOW, date(2020, 1, 1), None), RangeParams("4w", a, b)).span
    assert span.first < span.last <= NOW


@given(st.integers(1, 3000), st.integers(0, 3000))
def test_each_step_from_a_range_is_a_range_that_ends_today_at_the_latest(days, ago) -> None:
    shown = Span(NOW - timedelta(days=days + ago), NOW - timedelta(days=ago))
    for code, span in moves(shown, Bounds(NOW, date(2022, 1, 1), None)):
        assert span.first < span.last <= NOW, code
        assert span != shown


def test_charts_show_the_values_of_the_range_and_count_the_others() -> None:
    story = (
        Story().test(0, "crp", "1").test(50, "crp", "2").test(99, "crp", "3").test(0, "ck", "90").test(1, "ck", "91")
    )
    snapshot = story.snapshot(100)
    trends = drawn_of(snapshot, "4w")
    assert [(x.code, len(x.chart.dots), x.outside) for x in trends.figures] == [("crp", 1, 2)]
    assert [x.partition(" ")[0] for x in trends.silent] == ["CK"]


# -- the ratio of KL-6 ------------------------------------------------------------------------------------------------


def test_window_baseline_and_limit_of_the_ratio_are_drawn() -> None:
    drawn = figure(treated().test(10, "kl6", "1100"), 10, "kl6")
    window, chart = drawn.chart.window, drawn.chart
    assert window is not None
    assert window.exact
    assert window.x > (chart.day_zero or 0)
    assert (window.base_label, window.label) == ("600", "1,020")
    assert [x.base for x in chart.dots] == [True, False]
    assert [x.beyond for x in chart.dots] == [False, True]
    assert {"600", "1,020", "1,100"} == {x.label for x in chart.labels}


def test_censored_baseline_gives_a_band_of_possible_limits() -> None:
    story = Story().drug(0, "gc").test(-1, "kl6", "<200").test(5, "kl6", "300").test(9, "kl6", "400")
    drawn = figure(story, 12, "kl6")
    window = drawn.chart.window
    assert window is not None
    assert not window.exact
    assert (window.base_label, window.label) == ("<200", "<340")
    assert [(x.beyond, x.possible) for x in drawn.chart.dots] == [(False, False), (False, True), (True, False)]


def test_ratio_that_holds_only_for_part_is_called_possible() -> None:
    story = Story().drug(0, "gc").test(-1, "kl6", "<200").test(5, "kl6", "300")
    words = figure(story, 12, "kl6").sentences
    assert "more than 1.500" in words[0]
    assert "possibly above 1.70" in words[0]
    assert "possibly > 1.70" in words[1]


def test_ratio_in_words_is_the_ratio_of_the_rule() -> None:
    words = figure(treated().test(10, "kl6", "1240"), 12, "kl6").sentences
    assert words[0].startswith("KL-6 ratio 2.067 (1,240 on ")
    assert words[0].endswith(": above 1.70")
    assert "2.067 times 600" in words[1]


def test_value_after_the_window_is_not_marked() -> None:
    drawn = figure(treated().test(20, "kl6", "700").test(29, "kl6", "2000"), 30, "kl6")
    assert [x.beyond for x in drawn.chart.dots] == [False, False, False]
    assert drawn.sentences[-1].startswith("Window of T1 closed")


def test_ratio_across_a_change_of_kit_is_blocked_and_said() -> None:
    drawn = figure(treated(kit="CLEIA").test(10, "kl6", "2000", kit="Presto"), 12, "kl6")
    assert not any(x.beyond for x in drawn.chart.dots)
    assert "No ratio yet" in drawn.sentences[0]
    assert any("not compared: the kit changed" in x for x in drawn.sentences)
    assert any(x.kind == "break" and x.text.startswith("CLEIA | Presto, from ") for x in drawn.legend)
    assert "another kit than the baseline" in drawn.rows[0].flags
    assert len(drawn.chart.lines) == 2


def test_without_a_baseline_the_page_says_so() -> None:
    assert (
        figure(Story().drug(0, "gc").test(2, "kl6", "600").test(9, "kl6", "700"), 10, "kl6")
        .sentences[0]
        .startswith("No ratio: no KL-6 in the 14 days")
    )


def test_without_therapy_there_is_no_window() -> None:
    drawn = figure(Story().test(0, "kl6", "600").test(9, "kl6", "2000"), 10, "kl6")
    assert drawn.chart.window is None
    assert drawn.sentences == ()
    assert not any(x.beyond for x in drawn.chart.dots)


KITS = st.sampled_from([None, "a", "a", "b"])
TESTS = st.lists(
    st.tuples(st.integers(-20, 45), st.sampled_from(["<200", "150", "300", "520", "900", ">5000"]), KITS), max_size=8
)


@given(TESTS, st.integers(0, 45), st.booleans())
@settings(max_examples=cases(150), deadline=None)
def test_chart_and_rule_never_disagree_on_the_ratio(tests, day, second_step) -> None:
    """What the rule raises is what the chart calls above or possible, and nothing else in the window is newer."""
    story = Story().drug(0, "gc")
    if second_step:
        story.drug(12, "csa")
    for on, value, kit in tests:
        story.test(on, "kl6", value, kit=kit)
    snapshot = story.snapshot(day)
    situation = Situation(snapshot)
    window = ratio_window(snapshot)
    raised = [x for x in detect(situation) if isinstance(x, Issue)]
    answer = window.answer(window.newest) if window and window.newest else None
    if raised:
        assert window is not None
        assert window.newest is not None
        assert window.newest.id == raised[0].facts[0]
        assert answer is (Truth.UNKNOWN if raised[0].possible else Truth.YES)
    elif answer in (Truth.YES, Truth.UNKNOWN):
        later = [x for x in snapshot.series("kl6") if window and x.day > window.last]
        assert later, "only a later value ends the condition"
    if window:
        assert list(ratio_words(snapshot, window))


@pytest.mark.parametrize(
    ("value", "base", "text"),
    [
        ("1240", "600", "2.067"),
        ("300", "<200", "more than 1.500"),
        ("<200", "400", "less than 0.500"),
        ("<200", "<200", "not known"),
        (">5000", "1000", "more than 5.000"),
        ("900", ">5000", "less than 0.180"),
    ],
)
def test_ratio_of_censored_values_is_an_interval(value, base, text) -> None:
    assert interval_text(ratio_interval(quantity(value), quantity(base))) == text


# -- kits, gases, levels ----------------------------------------------------------------------------------------------


def test_gases_at_different_fio2_are_not_joined_and_named() -> None:
    story = Story().pao2(0, "71").pao2(2, "70").pao2(10, "80", "0.4").pao2(12, "78", "0.4")
    drawn = figure(story, 14, "pao2")
    (lane,) = drawn.chart.lanes
    assert [x.text for x in lane.bars] == ["0.21", "0.4"]
    assert lane.bars[0].height < lane.bars[1].height  # as high as the FiO2
    assert len(drawn.chart.lines) == 2
    assert any("different FiO2" in x.text for x in drawn.legend)
    assert [x.conditions for x in drawn.rows] == ["FiO2 0.4", "FiO2 0.4", "room air", "room air"]


def test_50_gases_of_another_flow_or_device_are_not_joined_and_never_on_air() -> None:
    story, three = Story(), {"flow": Decimal(3), "device": "nasal_cannula"}
    other_flow, other_device = {**three, "flow": Decimal(4)}, {**three, "device": "simple_mask"}
    for day, oxygen in ((0, three), (10, three), (40, other_flow), (80, other_device)):
        story.pao2(day, "62", None, **oxygen)
    drawn = figure(story, 120, "pao2")
    oxygen = ["3 L/min nasal cannula", "4 L/min nasal cannula", "3 L/min simple mask"]
    (lane,) = drawn.chart.lanes
    assert lane.label == "FiO2"
    assert [x.title.rpartition(", ")[0] for x in lane.bars] == oxygen
    assert [len(line.split()) for line in drawn.chart.lines] == [2, 1, 1]
    assert any("different FiO2, flow or device" in x.text for x in drawn.legend)
    assert [x.conditions for x in drawn.rows] == [oxygen[2], oxygen[1], oxygen[0], oxygen[0]]


def test_63_pao2_below_the_limit_is_marked_on_oxygen_too() -> None:
    drawn = figure(Story().pao2(0, "55").pao2(9, "55", "0.4").pao2(10, "60", "0.4"), 11, "pao2")
    assert [x.beyond for x in drawn.chart.dots] == [True, True, False]


def test_limits_carry_the_names_of_their_rules() -> None:
    legend = figure(Story().ferritin(0, "500").ferritin(9, "1800"), 10, "ferritin").legend
    assert [x.text for x in legend if x.kind == "limit"] == [
        "1,000 ng/mL: Ferritin above 1,000 ng/mL",
        "1,500 ng/mL: Ferritin above 1,000 ng/mL: critical from here on",
    ]


@pytest.mark.parametrize(("kit", "judged"), [("MESACUP", True), ("EUROLINE", False)])
def test_43_a_kit_that_the_catalogue_does_not_know_has_no_band_and_says_so(kit: str, judged: bool) -> None:
    drawn = figure(Story().titre(0, "19", kit).titre(9, "21", kit), 10, "mda5_titre")
    assert any(x.text.startswith("reference: ") for x in drawn.legend) is judged
    assert any("EUROLINE is not in the catalogue" in x.text for x in drawn.legend) is not judged
    assert [x.flags for x in drawn.rows] == ["" if judged else "kit not in the catalogue: not judged"] * 2


def test_one_kit_is_not_named_above_the_plot() -> None:
    story = Story().ferritin(0, "500", kit="a").ferritin(9, "800", kit="a")
    assert figure(story, 10, "ferritin").chart.runs == ()


def test_summary_says_count_newest_lowest_and_highest() -> None:
    text = figure(Story().ferritin(0, "<5").ferritin(4, "900").ferritin(9, "800"), 10, "ferritin").summary
    assert text == ("Ferritin: 3 values, newest 800 ng/mL on 10 Mar, lowest <5 on 1 Mar, highest 900 on 5 Mar")


def test_table_says_how_many_rows_it_leaves_out() -> None:
    story = Story()
    for day in range(60):
        story.test(day, "crp", "0.5")
    snapshot = story.snapshot(61)
    short = drawn_of(snapshot).figures[0]
    whole = drawn_of(snapshot, rows=None).figures[0]
    assert (len(short.rows), short.more) == (40, 20)
    assert (len(whole.rows), whole.more) == (60, 0)


# -- two tests against each other -------------------------------------------------------------------------------------


def at(day: int, value: str, kit: str | None = None) -> Reading:
    return Reading(day=DAY_0 + timedelta(days=day), value=Decimal(value), kit=kit)


def test_pairs_are_the_nearest_values_and_each_value_stands_in_one() -> None:
    pairs = pairs_of([at(0, "1"), at(2, "2")], [at(2, "20"), at(9, "90")], days=3)
    assert [(p.x.value, p.y.value, p.apart) for p in pairs] == [(2, 20, 0)]


@given(st.lists(st.integers(0, 60), max_size=20), st.lists(st.integers(0, 60), max_size=20), st.integers(0, 14))
def test_no_pair_is_further_apart_than_asked_and_none_repeats_a_value(x, y, days) -> None:
    left, right = [at(d, "1") for d in sorted(x)], [at(d, "1") for d in sorted(y)]
    pairs = pairs_of(left, right, days)
    assert all(abs(p.apart) <= days for p in pairs)
    assert len({id(p.x) for p in pairs}) == len({id(p.y) for p in pairs}) == len(pairs)
    assert [p.day for p in pairs] == sorted(p.day for p in pairs)


def test_pairs_are_joined_in_order_of_time_but_not_across_a_change_of_kit() -> None:
    pairs = pairs_of([at(0, "1", "a"), at(5, "2", "a"), at(9, "3", "b")], [at(0, "9"), at(5, "8"), at(9, "7")])
    plot = scatter(pairs, log_x=False, log_y=False)
    assert len(plot.strokes) == 1
    assert [x.end for x in plot.points] == ["first", "", "newest"]
    assert all(0 <= x.left <= 1000 and plot.top <= x.top <= plot.bottom for x in plot.points)


def compared_of(snapshot: Snapshot, x: str, y: str) -> Comparison | None:
    return comparison(snapshot, x, y, 3, RangeParams())


def test_two_panels_share_one_time_axis() -> None:
    story = Story().ferritin(0, "500").ferritin(9, "800").test(4, "kl6", "500").test(9, "kl6", "700")
    compared = compared_of(story.snapshot(10), "ferritin", "kl6")
    assert compared is not None
    upper, lower = compared.trends.figures
    assert (upper.code, lower.code) == ("ferritin", "kl6")
    assert upper.chart.span == lower.chart.span
    assert [(x.x_value, x.y_value) for x in compared.rows] == [("800", "700")]


def test_a_test_the_patient_does_not_have_gives_one_he_has() -> None:
    story = Story().ferritin(0, "500").ferritin(9, "800").test(4, "crp", "5").test(9, "crp", "7")
    compared = compared_of(story.snapshot(10), "spd", "spd")
    assert compared is not None
    assert {compared.x, compared.y} == {"ferritin", "crp"}
    assert compared_of(Story().ferritin(0, "5").snapshot(1), "", "") is None


# -- pages ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def ward(db) -> Ward:
    return Ward.objects.create(code="east-7", name="East 7", name_ja="東7病棟")


@pytest.fixture
def physician(ward):
    return make_user("physician", Role.PHYSICIAN, ward)


def stored(physician, ward, story: Story, number: str = "T-1"):
    patient = make_patient(number, physician, ward)
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    return patient


def long_course(results: int) -> Story:
    """Five years of results, censored values and a change of kit among them."""
    story, codes = Story(), ("ferritin", "kl6", "ldh", "crp", "ck", "spo2", "pao2", "spd")
    for n in range(results):
        code = codes[n % len(codes)]
        more = {"fio2": Decimal("0.21")} if code in ("spo2", "pao2") else {"kit": "a" if n < results // 2 else "b"}
        more = more if code in ("spo2", "pao2", "ferritin", "kl6", "spd") else {}
        story.test(today() - 1 - n * 1825 // results, code, str(60 + n * 37 % 38), **more)
    return story.drug(today() - 1000, "gc", dose=Decimal(20), unit="mg/day")


def test_trends_page_of_five_years_is_light_and_reads_as_often_as_a_short_one(client, physician, ward) -> None:
    few = stored(physician, ward, long_course(40))
    many = stored(physician, ward, long_course(1500), "T-2")
    client.force_login(physician)
    client.get(f"/patients/{few.pk}/trends")
    with CaptureQueriesContext(connection) as one:
        client.get(f"/patients/{few.pk}/trends?range=all")
    with assertNumQueries(len(one)):
        page = client.get(f"/patients/{many.pk}/trends?range=all")
    assert len(page.content) < 400_000
    assert page.content.count(b'class="dot') < 8 * 200


@pytest.mark.parametrize(
    "query", ["", "?range=4w", "?range=all", "?from=2026-01-01&to=x", "?range=%00", "?to=1999-01-01"]
)
def test_every_range_of_the_page_is_drawn(client, physician, ward, query) -> None:
    patient = stored(physician, ward, long_course(60))
    client.force_login(physician)
    page = client.get(f"/patients/{patient.pk}/trends{query}")
    assert page.status_code == 200
    assert 'id="trends"' in page.content.decode()


def test_patient_page_embeds_the_same_charts(client, physician, ward) -> None:
    patient = stored(physician, ward, long_course(60))
    client.force_login(physician)
    addresses = (f"/patients/{patient.pk}/trends?range=3m", f"/patients/{patient.pk}/?range=3m&whole=1")
    pages = [client.get(x).content.decode().split('id="trends"')[1] for x in addresses]
    own, embedded = (re.findall(r'<polyline class="line" points="([^"]*)"', x) for x in pages)
    assert own == embedded
    assert own


def test_compare_page_says_that_the_distance_is_a_judgement(client, physician, ward) -> None:
    patient = stored(physician, ward, long_course(200))
    client.force_login(physician)
    page = client.get(f"/patients/{patient.pk}/trends/compare?x=ferritin&y=kl6&days=12&range=all").content.decode()
    assert "no more than 12 days apart" in page
    assert "a reading of this product" in page
    assert page.count('class="trend-chart"') == 2


def test_trends_page_without_results_says_so(client, physician, ward) -> None:
    patient = stored(physician, ward, Story().onset(today() - 3))
    client.force_login(physician)
    assert "recorded at least twice" in client.get(f"/patients/{patient.pk}/trends").content.decode()
    assert "recorded at least twice" in client.get(f"/patients/{patient.pk}/trends/compare").content.decode()


def test_no_dot_of_the_page_is_drawn_outside_its_plot() -> None:
    for drawn in drawn_of(long_course(300).snapshot(today())).figures:
        top, bottom = drawn.chart.top, drawn.chart.bottom
        assert all(LEFT <= x.x <= WIDTH - RIGHT and top <= x.y <= bottom for x in drawn.chart.dots)


@pytest.mark.parametrize("page", ["trends", "trends/compare"])
def test_pages_of_a_past_moment_show_what_was_known_then_and_say_so(client, physician, ward, page) -> None:
    story = Story()
    for ago, value in ((20, "500"), (15, "900"), (1, "7777")):
        story.ferritin(today() - ago, value).test(today() - ago, "crp", value[:1])
    patient = stored(physician, ward, story)
    client.force_login(physician)
    moment = DAY_0 + timedelta(days=today() - 5)
    now = client.get(f"/patients/{patient.pk}/{page}").content.decode()
    then = client.get(f"/patients/{patient.pk}/{page}?at={moment}").content.decode()
    assert "7,777" in now
    assert "7,777" not in then
    framed = re.compile(r'class="(tabbed )?past"')
    assert framed.search(then)
    assert not framed.search(now)
    assert f"/patients/{patient.pk}/?at={moment}" in then
