"""Kaplan-Meier and competing events: by hand, against the published remission times, and against lifelines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from ildcare import places
from ildcare.cohort.survival import Curve, Followed, curve_of
from ildcare.operations.beside import installed_beside
from tests.effort import THIS_RUN, dice

ROOT = Path(__file__).resolve().parents[3]
# weeks of remission under 6-mercaptopurine, Freireich et al, Blood 1963;21:699 (+: still in remission)
REMISSION = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PRINTED = {6: "0.857", 7: "0.807", 10: "0.753", 13: "0.690", 16: "0.627", 22: "0.538", 23: "0.448"}


def people(text: str, kind: str = "relapse") -> list[Followed]:
    return [Followed(int(x.rstrip("+")), "" if x.endswith("+") else kind) for x in text.split()]


def survival(curve: Curve) -> dict[int, float]:
    return {x.day: x.survival for x in curve.steps}


def test_the_published_remission_times() -> None:
    curve = curve_of(people(REMISSION))
    assert {day: f"{survival(curve)[day]:.3f}" for day in PRINTED} == PRINTED
    assert (curve.people, curve.events, curve.median) == (21, {"relapse": 9}, 23)


def test_who_is_censored_on_the_day_of_an_event_was_at_risk() -> None:
    curve = curve_of([Followed(5, "death"), Followed(5), Followed(9)])
    assert curve.steps[1].at_risk == 3
    assert survival(curve)[5] == pytest.approx(2 / 3)


def test_an_event_on_day_0_counts() -> None:
    curve = curve_of([Followed(0, "death"), Followed(3)])
    assert (curve.steps[0].at_risk, curve.steps[0].survival) == (2, 0.5)


def test_nothing_is_said_beyond_the_last_day_followed() -> None:
    curve = curve_of([Followed(5, "death"), Followed(8)])
    step = curve.at(8)
    assert step is not None
    assert step.survival == 0.5
    assert curve.at(9) is None
    assert (curve.at_risk(5), curve.at_risk(6), curve.at_risk(9)) == (2, 1, 0)


def test_when_all_died_nothing_is_left_and_nothing_is_open() -> None:
    last = curve_of([Followed(1, "death"), Followed(2, "death")]).steps[-1]
    assert (last.survival, last.low, last.high) == (0, 0, 0)


def test_a_time_before_day_0_is_refused() -> None:
    with pytest.raises(ValueError, match="before day 0"):
        curve_of([Followed(-1)])


def test_nobody_has_a_curve_without_people() -> None:
    curve = curve_of([])
    assert (curve.people, curve.events, curve.median) == (0, {}, None)


def test_competing_events_and_what_is_left_make_one() -> None:
    group = [Followed(d, k) for d, k in [(1, "a"), (2, "b"), (2, ""), (3, "a"), (4, "b"), (4, ""), (6, "")]]
    for step in curve_of(group).steps:
        assert step.survival + sum(step.incidence.values()) == pytest.approx(1)


def test_competing_incidence_by_hand() -> None:
    group = [Followed(1, "a"), Followed(2, "b"), Followed(3), Followed(4, "a")]
    left, found = Fraction(1), {"a": Fraction(0), "b": Fraction(0)}
    for at_risk, kind in ((4, "a"), (3, "b"), (1, "a")):  # the third was censored on day 3
        found[kind] += left / at_risk
        left -= left / at_risk
    assert curve_of(group).steps[-1].incidence == pytest.approx({k: float(x) for k, x in found.items()})


LIFELINES = """
import json, sys
from lifelines import KaplanMeierFitter
found = []
for days, events in json.load(sys.stdin):
    fit = KaplanMeierFitter().fit(days, events)
    low, high = (fit.confidence_interval_[x] for x in fit.confidence_interval_.columns)
    parts = fit.survival_function_.iloc[:, 0].items()
    found.append([[int(d), float(s), float(low[d]), float(high[d])] for d, s in parts])
json.dump(found, sys.stdout)
"""


@pytest.mark.skipif(not THIS_RUN.full, reason="installs lifelines: with --full")
def test_equal_to_lifelines_to_a_billionth() -> None:
    folder = places.var_dir() / "survival"
    assert installed_beside(ROOT / "requirements-survival.lock", folder)
    die = dice("lifelines")
    groups = [people(REMISSION)]
    for _n in range(300):
        size, longest, dying = die.randint(1, 120), die.choice([3, 40, 2000]), die.random()
        groups.append([Followed(die.randint(0, longest), "x" if die.random() < dying else "") for _i in range(size)])
    asked = [[[x.days for x in group], [bool(x.kind) for x in group]] for group in groups]
    environment = os.environ | {"PYTHONPATH": str(folder), "MPLBACKEND": "agg"}
    command = [sys.executable, "-W", "ignore", "-c", LIFELINES]
    ran = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True, env=environment)
    compared = 0
    for group, theirs in zip(groups, json.loads(ran.stdout), strict=True):
        own = {x.day: x for x in curve_of(group).steps}
        for day, part, low, high in theirs:
            assert own[day].survival == pytest.approx(part, abs=1e-9)
            if 0 < part < 1:
                assert (own[day].low, own[day].high) == pytest.approx((low, high), abs=1e-9)
            compared += 1
    assert compared > 5_000
