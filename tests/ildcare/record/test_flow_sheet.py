"""The flow sheet: what is marked, and that nothing is marked which the value does not say."""

from __future__ import annotations

from datetime import date

import pytest

from ildcare.record.flow_sheet import TextResult, flow_sheet
from tests.story import Story, moment


def only(story: Story, sex: str = "female"):
    """The one value of the sheet."""
    return flow_sheet(story.versions, sex).rows[0].cells[0][0]


@pytest.mark.parametrize(
    ("value", "route", "timing", "position"),
    [
        ("199.9", "iv", "pre_dose", "low"),
        ("200", "iv", "pre_dose", "within"),
        ("250", "iv", "pre_dose", "within"),
        ("250.1", "iv", "pre_dose", "high"),
        ("168", "oral", "trough", "within"),
        ("1000", "oral", "c2", "within"),
        ("999", "oral", "c2", "low"),
        ("168", "oral", None, ""),
        ("<300", "iv", "pre_dose", ""),
    ],
)
def test_cyclosporine_is_judged_by_route_and_timing(value, route, timing, position) -> None:
    assert only(Story().test(0, "csa", value, route=route, timing=timing)).position == position


@pytest.mark.parametrize(("value", "answer"), [("1000", False), ("1000.1", True), (">800", False), (">3000", True)])
def test_ferritin_beyond_the_limit_of_the_chart(value, answer) -> None:
    shown = only(Story().ferritin(0, value))
    assert (shown.beyond, shown.marked) == (answer, answer)


@pytest.mark.parametrize(
    ("value", "fio2", "answer"),
    [("59.9", "0.21", True), ("60", "0.21", False), ("55", "0.4", True), ("60", "0.4", False)],
)
def test_63_pao2_beyond_the_limit_on_oxygen_too(value, fio2, answer) -> None:
    assert only(Story().pao2(0, value, fio2)).beyond is answer


def test_days_run_from_the_newest_and_older_ones_are_counted() -> None:
    story = Story()
    for day in range(5):
        story.ferritin(day, str(100 + day))
    sheet = flow_sheet(story.versions, "female", most_days=3)
    assert [x.day for x in sheet.days] == [5, 4, 3]
    assert sheet.older == 2


# -- one-sided references and censored values -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "position"),
    [
        ("499", "within"),
        ("500", "high"),  # the interval is "below 500"
        ("<200", "within"),
        ("<500", "within"),
        ("<600", ""),  # may be either
        (">600", "high"),
        (">500", "high"),
        (">200", ""),
    ],
)
def test_upper_bound_alone(value, position) -> None:
    """KL-6, below 500 U/mL."""
    assert only(Story().test(0, "kl6", value)).position == position


@pytest.mark.parametrize(("value", "position"), [("80", "within"), ("79.9", "low"), ("<60", "low"), (">90", "within")])
def test_lower_bound_alone(value, position) -> None:
    """%VC, 80 or more."""
    assert only(Story().test(0, "vc_pp", value)).position == position


def test_bound_of_a_sex_is_not_used_for_the_other() -> None:
    """CK of 200 U/L is above the interval of women, within that of men, open where the sex is not known."""
    story = Story().test(0, "ck", "200")
    assert [only(story, x).position for x in ("female", "male", "unknown")] == ["high", "within", ""]


def test_bound_of_the_kit_is_used_where_it_is_named() -> None:
    """Beta-D-glucan of 15 pg/mL: high in one assay, within in another, open without its name."""
    kits = ("turbidimetric", "colorimetric", None)
    positions = [only(Story().test(0, "bdg", "15", kit=kit)).position for kit in kits]
    assert positions == ["high", "within", ""]


# -- what was changed stays readable ----------------------------------------------------------------------------------


def test_corrected_value_is_shown_with_the_one_before() -> None:
    story = Story().ferritin("0T07:00", "890", id="a").ferritin("0T07:00", "1240", id="a", known=1)
    value = only(story)
    assert [str(x.quantity) for x in value.replaced] == ["890"]
    assert value.standing is not None
    assert str(value.standing.quantity) == "1,240"
    assert value.beyond


def test_every_earlier_value_is_kept_in_its_order_and_once() -> None:
    story = Story()
    for known, told in enumerate(["890", "890", "1240", "900"]):
        story.ferritin("0T07:00", told, id="a", known=known)
    assert [str(x.quantity) for x in only(story).replaced] == ["890", "1,240"]


def test_cancelled_value_stays_readable_and_is_not_marked() -> None:
    story = Story().ferritin("0T07:00", "1679", id="a").ferritin("0T07:00", "1679", id="a", known=1, cancelled=True)
    value = only(story)
    assert value.standing is None
    assert str(value.newest.quantity) == "1,679"
    assert not value.marked


def test_value_moved_to_another_day_stands_there_alone() -> None:
    story = Story().ferritin("0T07:00", "890", id="a").ferritin("2T07:00", "890", id="a", known=3)
    sheet = flow_sheet(story.versions, "female")
    assert [x.day for x in sheet.days] == [3]
    assert [x.day.day for x in sheet.rows[0].cells[0][0].replaced] == [1]


def test_order_in_which_versions_arrive_does_not_matter() -> None:
    """R24."""
    story = Story().ferritin("0T07:00", "890", id="a").ferritin("0T07:00", "1240", id="a", known=1).pao2(0, "71")
    assert flow_sheet(story.versions, "female") == flow_sheet(story.versions[::-1], "female")


def test_two_samples_of_a_day_stand_in_one_cell_in_their_order() -> None:
    story = Story().pao2("0T18:00", "66").pao2("0T07:00", "71")
    cell = flow_sheet(story.versions, "female").rows[0].cells[0]
    assert [str(x.newest.quantity) for x in cell] == ["71", "66"]


def test_panels_are_headed_once_and_in_their_order() -> None:
    story = Story().pao2(0, "71").ferritin(0, "890").test(0, "kl6", "400")
    panels = flow_sheet(story.versions, "female").panels
    assert [(x.name, [row.code for row in x.rows]) for x in panels] == [
        ("Disease activity", ["ferritin", "kl6"]),
        ("Respiration", ["pao2"]),
    ]


def test_no_result_makes_an_empty_sheet() -> None:
    sheet = flow_sheet(Story().onset(0).versions, "female")
    assert (sheet.days, sheet.rows, sheet.older) == ((), (), 0)


# -- older days, panels, order ----------------------------------------------------------------------------------------


def many(days: int = 12) -> Story:
    story = Story()
    for day in range(days):
        story.ferritin(day, str(100 + day)).pao2(day, "71")
    return story


def test_every_day_is_on_exactly_one_page() -> None:
    """Paging back from the newest day reaches every day once, and forward again the same pages."""
    versions, until, pages = many().versions, None, []
    while True:
        sheet = flow_sheet(versions, "female", most_days=5, until=until)
        pages.append(sheet)
        if sheet.older_until is None:
            break
        until = sheet.older_until
    assert [len(x.days) for x in pages] == [5, 5, 2]
    assert [(x.newer, x.older) for x in pages] == [(0, 7), (5, 2), (10, 0)]
    assert [day.day for x in pages for day in x.days] == list(range(12, 0, -1))
    back = flow_sheet(versions, "female", most_days=5, until=pages[2].newer_until)
    assert back.days == pages[1].days


def test_day_without_results_shows_what_was_known_before() -> None:
    sheet = flow_sheet(many(3).versions, "female", until=date(2024, 12, 31))
    assert (len(sheet.days), sheet.newer) == (3, 0)


def test_until_before_the_first_result_shows_nothing_and_leads_back() -> None:
    sheet = flow_sheet(many(3).versions, "female", until=date(2023, 1, 1))
    assert (sheet.days, sheet.newer, sheet.newer_until) == ((), 3, date(2024, 3, 3))


def test_oldest_day_first() -> None:
    sheet = flow_sheet(many(3).versions, "female", oldest_first=True)
    assert [x.day for x in sheet.days] == [1, 2, 3]
    assert [str(x[0].newest.quantity) for x in sheet.rows[0].cells] == ["100", "101", "102"]


def test_one_panel_has_its_own_days_and_rows() -> None:
    story = Story().pao2(0, "71").ferritin(3, "890")
    sheet = flow_sheet(story.versions, "female", panel="respiration")
    assert [x.code for x in sheet.panels] == ["respiration"]
    assert [x.day for x in sheet.days] == [1]


def test_panels_hold_every_row_once() -> None:
    sheet = flow_sheet(many(2).test(0, "kl6", "400").versions, "female")
    assert tuple(row for panel in sheet.panels for row in panel.rows) == sheet.rows


# -- kits and results without a number --------------------------------------------------------------------------------


def kits(*names: str | None) -> list[bool]:
    """Is a break marked at each of these kits?"""
    story = Story()
    for day, kit in enumerate(names):
        story.test(day, "bdg", "9", kit=kit)
    row = flow_sheet(story.versions, "female", oldest_first=True).rows[0]
    return [x[0].kit_break for x in row.cells]


def test_change_of_kit_is_marked_once() -> None:
    assert kits("turbidimetric", "turbidimetric", "colorimetric", "colorimetric") == [False, False, True, False]


def test_value_without_a_kit_is_no_break_and_hides_none() -> None:
    assert kits("turbidimetric", None, "colorimetric") == [False, False, True]


def test_break_is_marked_where_the_value_before_is_on_another_page() -> None:
    story = Story().test(0, "bdg", "9", kit="turbidimetric").test(1, "bdg", "9", kit="colorimetric")
    assert flow_sheet(story.versions, "female", most_days=1).rows[0].cells[0][0].kit_break


def test_result_without_a_number_stands_on_its_day() -> None:
    when = moment("2T07:00")
    texts = [TextResult(id="measurement:1", code="ferritin", on=when, day=when.date(), text="haemolysed")]
    sheet = flow_sheet(Story().ferritin(0, "890").versions, "female", texts=texts)
    assert [x.day for x in sheet.days] == [3, 1]
    values, texts = next(sheet.rows[0].columns)
    assert (values, [x.text for x in texts]) == ((), ["haemolysed"])
