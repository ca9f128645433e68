"""What must hold for any course: one open alert per condition, nothing raised is unsaid later, rules never break."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.engine import examine
from monitoring.lifecycle import AlertState
from monitoring.rules import RULES
from patients.clinical.measurements import MEASUREMENTS
from tests.effort import cases
from tests.monitoring.looking import course_of_alerts, frozen
from tests.story import Story, moment

DAYS = st.integers(0, 40)
VALUES = st.sampled_from(["40", "59.9", "60", "199.9", "500", "1000", "1000.1", "1500", "1700", "1701", ">800", "<200"])
EVENTS = st.one_of(
    st.tuples(st.just("ferritin"), DAYS, VALUES),
    st.tuples(st.just("kl6"), DAYS, VALUES),
    st.tuples(st.just("pao2"), DAYS, VALUES),
    st.tuples(st.just("vc"), DAYS, st.sampled_from(["2.20", "1.98", "1.979", "<1.5"])),
    st.tuples(st.just("csa"), DAYS, VALUES),
    st.tuples(st.just("drug"), DAYS, st.sampled_from(["gc", "csa", "ivcy", "tac", "ivig"])),
    st.tuples(st.just("judged"), DAYS, st.sampled_from(["improved", "unchanged", "worse"])),
    st.tuples(st.just("dyspnoea"), DAYS, st.sampled_from(["worse", "unchanged", "improved"])),
    st.tuples(st.just("hrct"), DAYS, st.sampled_from(["increased", "unchanged", "first"])),
    st.tuples(st.just("cancel"), DAYS, st.just("")),
    st.tuples(st.just("creatinine"), DAYS, st.sampled_from(["0.6", "0.75", "0.9", "1.2", "1.8", "<0.8"])),
    st.tuples(st.just("potassium"), DAYS, st.sampled_from(["2.4", "4.2", "5.2", "5.5", "6.0", ">5.0"])),
    st.tuples(st.just("bdg"), DAYS, st.sampled_from(["5", "11", "12", "90", ">10"])),
    st.tuples(st.just("cmv_pp65"), DAYS, st.sampled_from(["0", "1", "4", "11"])),
    st.tuples(st.just("ast"), DAYS, st.sampled_from(["25", "80", "100", "160", "301"])),
    st.tuples(st.just("temperature"), DAYS, st.sampled_from(["36.8", "37.6", "38.0", "38.6"])),
    st.tuples(st.just("platelets"), DAYS, st.sampled_from(["300", "150", "99", "49", "<120"])),
    st.tuples(st.just("neutrophils"), DAYS, st.sampled_from(["5000", "1499", "999", "400"])),
)
COURSES = st.lists(EVENTS, max_size=14)
QUIETLY = settings(max_examples=cases(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def told(events: list[tuple[str, int, str]]) -> Story:
    """The events as a story; "cancel" withdraws the ferritin told before it."""
    story = Story()
    ferritins: list[tuple[int, str, str]] = []
    for number, (kind, day, value) in enumerate(events):
        name = f"e{number}"
        if kind == "ferritin":
            story.ferritin(day, value, id=name)
            ferritins.append((day, value, name))
        elif kind == "cancel" and ferritins:
            on, was, old = ferritins.pop()
            story.ferritin(on, was, id=old, known=max(day, on), cancelled=True)
        else:
            tell(story, kind, day, value, name)
    return story


def tell(story: Story, kind: str, day: int, value: str, name: str) -> None:
    """Any event but a ferritin or its cancellation."""
    if kind == "pao2":
        story.pao2(day, value, id=name)
    elif kind in MEASUREMENTS and kind != "csa":
        story.test(day, kind, value, id=name)
    elif kind == "csa":
        story.test(day, kind, value, route="iv", timing="pre_dose", id=name)
    elif kind == "drug":
        story.drug(day, value, id=name)
    elif kind == "judged":
        story.judged(day, value, id=name)
    elif kind == "dyspnoea":
        story.dyspnoea(day, True, value, id=name)
    elif kind == "hrct":
        story.hrct(day, change=value, id=name)


def openings(alerts: list[AlertState]) -> set[tuple[str, str, int, object]]:
    return {(x.rule, x.subject, x.episode, x.opened_on) for x in alerts}


@QUIETLY
@given(COURSES)
def test_no_rule_breaks_and_at_most_one_alert_per_condition_is_open(events: list[tuple[str, int, str]]) -> None:
    story = told(events)
    for day in (0, 14, 41):
        assert examine(RULES, frozen(story, moment(day))).failures == ()
    alerts = course_of_alerts(story, 41)
    still_open = [x.key for x in alerts if x.open]
    assert len(still_open) == len(set(still_open))
    assert all(x.closed_at is None or x.closed_at >= x.opened_at for x in alerts)


@QUIETLY
@given(COURSES, st.integers(0, 40))
def test_what_was_raised_by_a_day_is_not_unsaid_later(events: list[tuple[str, int, str]], day: int) -> None:
    story = told(events)
    assert openings(course_of_alerts(story, day)) <= openings(course_of_alerts(story, 41))


@QUIETLY
@given(COURSES, st.randoms(use_true_random=False))
def test_the_open_alerts_do_not_depend_on_the_order_of_entry(
    events: list[tuple[str, int, str]], random: object
) -> None:
    story, shuffled = told(events), told(events)
    random.shuffle(shuffled.versions)  # type: ignore[attr-defined]
    assert openings(course_of_alerts(story, 41)) == openings(course_of_alerts(shuffled, 41))
