"""13 (103): a trough that is low by design is called neither low nor in its band, on no page and by no rule."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import cast

import pytest

from ildcare.morning.page import mark_of
from ildcare.morning.reading import BoxReading, SheetReading
from ildcare.record.flow_sheet import flow_sheet
from ildcare.trends.levels import first_in_target, judged_runs, judged_text, verdict
from ildcare.trends.points import beyond_rule
from monitoring.engine import Issue, Situation
from monitoring.limits import place_of
from monitoring.rules.csa_low import detect
from patients.clinical.truth import NO, YES
from tests.story import Story


def given(*, target: str | None = None, c2: str | None = None, c2_day: int = 9) -> Story:
    """Oral cyclosporine and a trough of 120 ng/mL on day 10, below the printed band 150-250."""
    order = (
        {} if target is None else {"target_low": Decimal(1000), "target_high": Decimal(1500), "target_timing": target}
    )
    story = Story().drug(0, "csa", route="oral", **order)
    story.test(10, "csa", "120", route="oral", timing="trough", id="trough")
    return story if c2 is None else story.test(c2_day, "csa", c2, route="oral", timing="c2")


CASES = [
    (given(), True),
    (given(target="c2"), False),
    (given(c2="1200"), False),
    (given(c2="999"), True),
    (given(c2="2001"), True),
    (given(c2="1200", c2_day=3), False),
    (given(c2="1200", c2_day=2), True),
]


@pytest.mark.parametrize(("story", "low"), CASES)
def test_103_rule_and_pages_agree_whether_a_trough_is_low(story: Story, low: bool) -> None:
    snapshot = story.snapshot(10)
    trough = next(x for x in snapshot.series("csa") if x.timing == "trough")
    told = [x for x in detect(Situation(snapshot)) if isinstance(x, Issue) and trough.id in x.facts]
    assert bool(told) is low
    assert verdict(trough, snapshot) == ("low" if low else "")
    assert beyond_rule(trough, snapshot, None) is (YES if low else NO)
    assert place_of(trough, "", snapshot.treatments, snapshot.series("csa"), snapshot.settings.rules) == (
        "low" if low else ""
    )
    assert ("by design" in judged_text(trough, snapshot)) is not low
    assert "in the band" not in judged_text(trough, snapshot)


@pytest.mark.parametrize(("story", "low"), CASES)
def test_103_so_does_the_flow_sheet(story: Story, low: bool) -> None:
    sheet = flow_sheet(story.versions, sex="female")
    places = {x.position for row in sheet.rows for cell in row.cells for x in cell if x.standing.timing == "trough"}
    assert places == {"low" if low else ""}


@pytest.mark.parametrize(("c2_day", "low"), [(10, False), (11, True)])
def test_103_a_c2_after_the_day_of_the_trough_says_nothing_of_it(c2_day: int, low: bool) -> None:
    snapshot = given(c2="1200", c2_day=c2_day).snapshot(12)
    trough = next(x for x in snapshot.series("csa") if x.timing == "trough")
    assert verdict(trough, snapshot) == ("low" if low else "")


def test_103_a_trough_that_is_low_by_design_does_not_reach_the_target() -> None:
    story = given(target="c2")
    (run,) = judged_runs(story.snapshot(11))
    assert first_in_target(run, story.snapshot(11)) is None
    reached = first_in_target(run, story.test(11, "csa", "1200", route="oral", timing="c2").snapshot(11))
    assert reached is not None
    assert reached.timing == "c2"


@pytest.mark.parametrize(("c2", "flagged"), [("1200", False), ("999", True)])
def test_103_so_does_the_sheet_of_the_morning(c2: str, flagged: bool) -> None:
    snapshot = given(c2=c2).snapshot(10)
    trough = next(x for x in snapshot.series("csa") if x.timing == "trough")
    reading = SimpleNamespace(readings={"csa": BoxReading(code="csa", text="120", fact=trough)}, snapshot=snapshot)
    assert bool(mark_of(["csa"], cast("SheetReading", reading), "").flag) is flagged
