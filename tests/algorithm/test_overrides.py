"""An override keeps the chart's view, and expires when the answer it departed from is another one [J]."""

from __future__ import annotations

from algorithm.flowcharts import CURRENT
from algorithm.overrides import override_of
from patients.clinical import facts as f
from tests.algorithm.courses import no_risk
from tests.story import Story


def decided(story: Story, day: int = 2, step: str = "T2", accepted: bool = False) -> Story:
    return story.add(f.Decision, day, step=step, accepted=accepted, reason="because")


def test_no_decision_no_override() -> None:
    assert override_of(CURRENT, no_risk().snapshot(5)) is None


def test_an_accepted_step_is_no_override() -> None:
    assert override_of(CURRENT, decided(no_risk(), accepted=True).snapshot(5)) is None


def test_an_override_keeps_what_the_chart_said() -> None:
    override = override_of(CURRENT, decided(no_risk()).snapshot(3))
    assert override is not None
    assert override.step_then == override.step_now
    assert override.standing
    assert override.causes == ()


def test_an_override_expires_when_a_poor_risk_factor_appears() -> None:
    story = decided(no_risk()).ferritin(4, "1240")
    override = override_of(CURRENT, story.snapshot(5))
    assert override is not None
    assert not override.standing
    assert override.step_now == "T3"
    assert any("1,240" in str(x.sentence) or "1240" in str(x.sentence) for x in override.causes)


def test_a_further_value_on_the_same_side_asks_nothing_again() -> None:
    override = override_of(CURRENT, decided(no_risk()).ferritin(4, "310").snapshot(5))
    assert override is not None
    assert override.standing


def test_a_later_accepted_decision_ends_the_override() -> None:
    story = decided(decided(no_risk()), day=4, accepted=True)
    assert override_of(CURRENT, story.snapshot(5)) is None
