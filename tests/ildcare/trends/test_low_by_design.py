"""13 (103): a trough that is low by design is called low on no page: the rule and the pages have one answer."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ildcare.record.flow_sheet import flow_sheet
from ildcare.trends.levels import judged_text, verdict
from ildcare.trends.points import beyond_rule
from monitoring.engine import Issue, Situation
from monitoring.limits import place_of
from monitoring.rules.csa_low import detect
from patients.clinical.truth import NO, YES
from tests.story import Story


def given(*, target: str | None = None, c2: str | None = None, c2_day: int = 9) -> Story:
    """Oral cyclosporine and a trough of 120 ng/mL on day 10, below the printed band 150-250."""
    order = {} if target is None else {"target_low": Decimal(1000), "target_high": Decimal(1500), "target_timing": target}
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
    assert verdict(trough, snapshot) == ("low" if low else "within")
    assert beyond_rule(trough, snapshot, None) is (YES if low else NO)
    assert place_of(trough, "", snapshot.treatments, snapshot.series("csa")) == ("low" if low else "within")
    assert ("by design" in judged_text(trough, snapshot)) is not low
    assert "in the band" not in judged_text(trough, snapshot)


@pytest.mark.parametrize(("story", "low"), CASES)
def test_103_so_does_the_flow_sheet(story: Story, low: bool) -> None:
    sheet = flow_sheet(story.versions, sex="female")
    places = {x.position for row in sheet.rows for cell in row.cells for x in cell if x.standing.timing == "trough"}
    assert places == {"low" if low else "within"}
