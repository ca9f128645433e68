"""A record moment by moment: what grows from one Snapshot to the next is what each moment finds by itself."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion, output_of
from algorithm.record import inputs_of
from patients.clinical import physiology
from patients.clinical.ticking import Turns
from patients.clinical.unfolding import Unfolded, snapshots_at
from patients.clinical.versions import snapshot_at
from tests.effort import cases, dice, until
from tests.story import Story, moment

KITS = [None, "MESACUP", "EUROLINE", "A"]
DRUGS = ["gc", "gc", "gc_pulse", "csa", "tac", "ivcy", "ivig", "mmf"]


def some_value(r: random.Random, story: Story, day: str | int, **more: object) -> None:
    """Values on both sides of the thresholds; now and then a slip of the decimal point, or two of one moment."""
    slip = r.choice(["", "", "", "0"])
    match r.choice(["ferritin", "pao2", "vc", "fvc", "titre", "kl6"]):
        case "ferritin":
            story.ferritin(day, r.choice(["300", "999", "1001", "<500"]) + slip, **more)
        case "pao2":
            story.pao2(day, r.choice(["59", "61", "72", "85", ">80"]), r.choice(["0.21", "0.21", "0.4", None]), **more)
        case "vc" | "fvc" as code:
            story.test(day, code, r.choice(["2.2", "1.98", "1.97", "2.4", "<2.0"]), **more)
        case "titre":
            story.titre(day, r.choice(["10", "31", "32", "400"]) + slip, r.choice(KITS), **more)
        case code:
            story.test(day, code, r.choice(["800", "1100", "1400"]) + slip, **more)


def some_fact(r: random.Random, story: Story, day: str | int, **more: object) -> None:
    match r.choice(["onset", "dyspnoea", "hrct", "diagnosis", "mda5", "drug", "drug", "judged", "chronic"]):
        case "onset":
            story.onset(day, **more)
        case "dyspnoea":
            story.dyspnoea(day, True, r.choice(["worse", "unchanged", "improved", None]), **more)
        case "hrct":
            change = r.choice(["increased", "unchanged", "first", None])
            story.hrct(day, change=change, ggo=True, consolidation=r.choice(["lower", "none", None]), **more)
        case "diagnosis":
            story.diagnosis(day, r.choice(["DM", "PM", "ADM"]), **more)
        case "mda5":
            story.mda5(day, r.choice(["positive", "negative", "pending"]), **more)
        case "drug":
            stop = int(str(day).partition("T")[0]) + r.choice([0, 10, 40]) if r.random() < 0.4 else None
            story.drug(day, r.choice(DRUGS), stop=stop, dose=Decimal(r.choice([10, 30, 50])), unit="mg/day", **more)
        case "judged":
            story.judged(day, r.choice(["improved", "unchanged", "worse"]), **more)
        case "chronic" if r.random() < 0.2:
            story.chronic(day, **more)


def history(r: random.Random) -> Story:
    """Facts told late, told ahead of their time, corrected and withdrawn, in a record of some hundred days."""
    story = Story()
    for n in range(r.randint(5, 60)):
        day = r.randint(-200, 0)
        at = r.choice([day, f"{day}T08:00", f"{day}T08:00", f"{day}T23:59"])
        more = {"known": min(0, day + r.choice([-3, 1, 1, 5, 100])) if r.random() < 0.3 else at, "id": f"{n}"}
        tell = some_value if r.random() < 0.7 else some_fact
        tell(r, story, at, **more)
        if r.random() < 0.2:
            later = min(0, day + r.choice([1, 2, 30]))
            tell(r, story, at, known=f"{later}T{r.choice(['09:00', '23:59'])}", id=f"{n}", cancelled=r.random() < 0.3)
    return story


def test_every_moment_says_what_it_says_by_itself() -> None:
    """Also where a moment lies before the last one."""
    r = dice("unfolding")
    met: Counter[str] = Counter()
    for n in until(lambda: min(met[x] for x in ("A/S", "None")) > cases(200, gate=25), cases(200, gate=25)):
        story = history(r)
        base = story.snapshot(0)
        days = sorted(r.sample(range(-200, 1), 12))
        moments = [moment(f"{day}T{r.choice(['08:00', '23:59'])}") for day in days]
        if n % 10 == 0:
            moments.append(moments[-1] - timedelta(days=20))
        for at, then in zip(moments, snapshots_at(base, story.versions, moments), strict=True):
            alone = snapshot_at(base, story.versions, at)
            assert then == alone
            assert inputs_of(then) == inputs_of(alone)
            told = output_of(opinion(CURRENT, then))
            assert told == output_of(opinion(CURRENT, alone))
            met[str(told["course"])] += 1


@pytest.mark.parametrize("values", [100, 400])
def test_a_value_is_compared_once_whatever_the_number_of_moments(values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story()
    for day in range(-values, 0):
        story.test(day, "vc", "2.2")
    compared: Counter[str] = Counter()
    real = physiology._fall

    def counted(later, candidates, compare):
        compared[later.id] += 1
        return real(later, candidates, compare)

    monkeypatch.setattr(physiology, "_fall", counted)
    ends = [moment(f"{day}T23:59") for day in range(-60, 0)]
    for then in snapshots_at(story.snapshot(0), story.versions, ends):
        assert opinion(CURRENT, then).pathway.course.course is None
    whole = len(ends)
    assert sum(compared.values()) < 5 * values + 5 * whole, compared.most_common(3)


@pytest.mark.parametrize(
    ("story", "now", "day"),
    [
        (Story().ferritin(0, "5"), "1T12:00", None),
        (Story().ferritin(5, "5", known=0), "1T12:00", 5),  # about a time still to come
        (Story().ferritin("5T12:00", "5", known=0), "1T12:00", 6),
        (Story().ferritin(5, "5", known=0).ferritin(3, "6", known=0), "1T12:00", 3),
        (Story().ferritin(5, "5", known=0, id="a").ferritin(5, "5", known=1, id="a", cancelled=True), "1T12:00", None),
        (Story().ferritin(0, "4").ferritin("1T12:00", "5"), "1T12:00", 2),  # of this very moment: another may follow
        (Story().drug(0, "gc", stop=4), "1T12:00", 4),
        (Story().drug(0, "gc", stop=1), "1T12:00", 2),
        (Story().drug(0, "gc", stop=0), "1T12:00", None),
    ],
)
def test_what_will_be_there_though_nothing_becomes_known_is_noted(story: Story, now: str, day: int | None) -> None:
    record = Unfolded(story.snapshot(0), story.versions)
    record.at(moment(now))
    turns = Turns(moment(now), story.zone)
    record.ask_ahead(turns)
    assert turns.first == (None if day is None else moment(day).date())


def test_at_an_earlier_moment_everything_begins_anew_and_the_same_moment_is_the_same_snapshot() -> None:
    story = Story().ferritin(0, "1").ferritin(2, "2").ferritin(4, "3", known=6)
    record = Unfolded(story.snapshot(0), story.versions)
    seen = [[str(x.quantity) for x in record.at(moment(day)).measurements] for day in (3, 7, 1, 5, 6)]
    assert seen == [["1", "2"], ["1", "2", "3"], ["1"], ["1", "2"], ["1", "2", "3"]]
    assert record.at(moment(6)) is record.at(moment(6))


def test_facts_about_times_to_come_are_there_each_in_its_time() -> None:
    story = Story().ferritin(5, "5", known=0).ferritin(3, "3", known=0).ferritin(7, "7", known=0)
    record = Unfolded(story.snapshot(0), story.versions)
    assert [len(record.at(moment(day)).measurements) for day in (1, 3, 4, 6, 9)] == [0, 1, 1, 2, 3]
