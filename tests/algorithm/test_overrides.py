"""An override keeps the chart's view, and expires when the answer it departed from is another one [J]."""

from __future__ import annotations

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.overrides import departure, override_of
from patients.clinical import facts as f
from patients.clinical.reasons import say
from tests.algorithm.courses import no_risk
from tests.story import Story


def decided(story: Story, day: int | str = 2, step: str = "T2", accepted: bool = False) -> Story:
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


def test_a_factor_that_was_not_known_and_is_not_met_asks_nothing_again() -> None:
    """T3 by anti-MDA5; the ferritin was not known, and then is low."""
    story = Story().onset(0).diagnosis(0, "DM").mda5(0, "positive").pao2(0, "80").hrct(0, ggo=False)
    before = decided(story, step="T3")
    override = override_of(CURRENT, before.ferritin(4, "200").snapshot(5))
    assert override is not None
    assert (override.step_then, override.step_now, override.standing) == ("T3", "T3", True)
    met = override_of(CURRENT, story.ferritin(6, "1800").snapshot(7))
    assert met is not None
    assert not met.standing


def test_a_later_accepted_decision_ends_the_override() -> None:
    story = decided(decided(no_risk()), day=4, accepted=True)
    assert override_of(CURRENT, story.snapshot(5)) is None


def test_an_override_expires_when_the_value_it_departed_from_is_corrected() -> None:
    """T3 was indicated by a ferritin that was mistyped: what the chart said stays, and it is asked again."""
    story = decided(no_risk().ferritin(1, "1240", id="typed"), step="T3")
    story.ferritin(1, "124", known=4, id="typed")
    override = override_of(CURRENT, story.snapshot(5), story.versions)
    assert override is not None
    assert override.step_then == "T3"
    assert override.step_now != "T3"
    assert not override.standing
    assert [x.how for x in override.causes] == ["corrected"]


def test_an_override_expires_when_the_value_it_departed_from_is_withdrawn() -> None:
    story = decided(no_risk().ferritin(1, "1240", id="typed"), step="T3")
    story.ferritin(1, "1240", known=4, id="typed", cancelled=True)
    override = override_of(CURRENT, story.snapshot(5), story.versions)
    assert override is not None
    assert (override.step_then, override.standing) == ("T3", False)
    assert "withdrawn" in [x.how for x in override.causes]


def test_a_fact_of_the_minute_of_the_decision_was_known_to_it() -> None:
    """A decision is typed to the minute, a result arrives at the second."""
    story = decided(no_risk().ferritin(1, "1240", known="2T10:00:40"), day="2T10:00", step="T3")
    override = override_of(CURRENT, story.snapshot(5), story.versions)
    assert override is not None
    assert (override.step_then, override.standing) == ("T3", True)


def test_62_what_was_signed_together_is_not_what_was_shown() -> None:
    """ "Not followed" and "unchanged" in one signature: the chart said T3 then, T4 now."""
    story = Story().onset(0).diagnosis(0, "DM").mda5(0, "positive").ferritin(0, "1679").pao2(0, "80")
    story.hrct(0, ggo=False).drug(1, "gc").drug(1, "csa").drug(1, "ivcy")
    shown = story.snapshot("20T09:55").as_of
    story.judged("20T10:00", "unchanged").add(
        f.Decision, "20T10:00", step="T3", accepted=False, reason="CMV", code="infection", shown=shown
    )
    override = override_of(CURRENT, story.snapshot(20), story.versions)
    assert override is not None
    assert (override.step_then, override.step_now, override.standing) == ("T3", "T4", False)
    assert [say(x.sentence) for x in override.causes] == ["judgement of improvement unchanged on 21 Mar"]


def test_62_what_came_after_the_page_was_shown_was_not_known_to_the_decision() -> None:
    story = no_risk("PM").ferritin("2T09:58", "1240")
    story.add(f.Decision, "2T10:00", step="T1", accepted=False, reason="x", shown=story.snapshot("2T09:57").as_of)
    override = override_of(CURRENT, story.snapshot(3), story.versions)
    assert override is not None
    assert (override.step_then, override.step_now, override.standing) == ("T1", "T3", False)


def test_62_a_decision_while_the_step_is_undecided_stands_until_it_is_decided() -> None:
    story = decided(Story().onset(0).diagnosis(0, "DM"), step="T3")
    override = override_of(CURRENT, story.snapshot(3))
    assert override is not None
    assert (override.step_then, override.standing) == (None, True)
    later = override_of(CURRENT, story.mda5(4, "positive").ferritin(4, "1679").snapshot(5))
    assert later is not None
    assert (later.step_now, later.standing) == ("T3", False)


def test_a_fact_of_the_next_minute_was_not_known_to_the_decision() -> None:
    story = decided(no_risk().ferritin(1, "1240", known="2T10:01"), day="2T10:00", step="T3")
    override = override_of(CURRENT, story.snapshot(5), story.versions)
    assert override is not None
    assert (override.step_then, override.step_now, override.standing) == ("T2", "T3", False)


@pytest.mark.parametrize(("known", "standing"), [("2T10:00:59", True), ("2T10:01:00", False)])
def test_what_became_known_within_the_minute_of_the_decision_was_known_to_it(known: str, standing: bool) -> None:
    """A factor met by a fact of that minute was there when it was decided."""
    story = decided(no_risk(), "2T10:00").ferritin(1, "1240", known=known)
    override = override_of(CURRENT, story.snapshot(5), story.versions)
    assert override is not None
    assert override.standing is standing


def test_a_decision_about_another_step_or_the_course_or_without_an_answer_is_no_departure() -> None:
    base = decided(no_risk())
    assert departure(base.snapshot(5)) is not None
    assert departure(decided(base, 3, "T1", accepted=True).snapshot(5)) is None
    open_ = no_risk().add(f.Decision, 2, step="T2", reason="because")
    assert departure(open_.snapshot(5)) is None
    assert departure(decided(no_risk()).add(f.Decision, 3, step="T2", reason="noted").snapshot(5)) is not None
    assert departure(decided(no_risk()).chronic(3).snapshot(5)) is not None
