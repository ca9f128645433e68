"""Times of machines and spreadsheets: offsets, Japanese years, and what is known to the month only."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from patients.imports.sent_times import TO_THE_MONTH, SentTime, hl7_time, iso_time, table_time

TOKYO = ZoneInfo("Asia/Tokyo")


def said(time: SentTime) -> str:
    """The moment by the site's clock, or the day alone."""
    assert time.moment is not None
    return str(time.moment.day) if time.moment.date_only else f"{time.moment.at.astimezone(TOKYO):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("20260304", "2026-03-04"),
        ("202603040745", "2026-03-04T07:45"),
        ("20260304074559.1234", "2026-03-04T07:45"),
        ("2026030407", "2026-03-04T07:00"),
        ("20260304233000+0000", "2026-03-05T08:30"),
        ("20260304074500+0900", "2026-03-04T07:45"),
    ],
)
def test_times_of_hl7(text: str, moment: str) -> None:
    assert said(hl7_time(text, TOKYO)) == moment


def test_the_day_of_a_time_from_another_zone_is_that_of_the_site() -> None:
    time = hl7_time("202603042330", TOKYO, offset="+0000")
    assert time.moment is not None
    assert (said(time), str(time.moment.day)) == ("2026-03-05T08:30", "2026-03-05")


@pytest.mark.parametrize("time", [hl7_time("202603", TOKYO), hl7_time("2026", TOKYO), iso_time("2026-03", TOKYO)])
def test_a_month_is_no_day(time: SentTime) -> None:
    assert time.moment is None
    assert time.why is not None
    assert time.why.message == TO_THE_MONTH


@pytest.mark.parametrize("text", ["", "x", "20261304", "202603042575", "0001-01-01", "20260304074500+99"])
def test_what_is_no_time_says_so(text: str) -> None:
    assert hl7_time(text, TOKYO).moment is None
    assert hl7_time(text, TOKYO).why is not None


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        ("R08/03/04", "0745", "2026-03-04T07:45"),
        ("R8.3.4", "7:45", "2026-03-04T07:45"),
        ("R080304", "745", "2026-03-04T07:45"),
        ("令和8年3月4日", "７：４５", "2026-03-04T07:45"),
        ("平成元年1月8日", "", "1989-01-08"),
        ("S63/12/31", "", "1988-12-31"),
        ("2026/3/4", "", "2026-03-04"),
        ("2026-03-04 07:45", "", "2026-03-04T07:45"),
        ("2026-03-04T07:45:00+09:00", "", "2026-03-04T07:45"),
    ],
)
def test_cells_of_a_day_and_a_time(day: str, clock: str, moment: str) -> None:
    assert said(table_time(day, clock, TOKYO)) == moment


@pytest.mark.parametrize("day", ["04/03/2026", "3/4", "R99/13/45", "2026/03", ""])
def test_a_day_that_could_be_another_is_none(day: str) -> None:
    assert table_time(day, "", TOKYO).moment is None
