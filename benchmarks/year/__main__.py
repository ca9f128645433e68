"""A simulated year and what it asked of its ward: `python -m benchmarks.year [--seed N] [--cost]`."""

from __future__ import annotations

import argparse
import os
import pickle
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.year.unit import Told
    from benchmarks.year.walk import Walked

TIMED, TOLD_EVERY = 12, 10  # patients


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the year, walk it, print its figures."""
    chosen = _chosen(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ildcare.settings")
    from zoneinfo import ZoneInfo

    from benchmarks.year.figures import figures, written
    from benchmarks.year.published import lines
    from benchmarks.year.record import FIRST_DAY
    from benchmarks.year.unit import ZONE, year
    from patients.clinical.wall_clock import start_of_day

    begun = time.monotonic()
    people = year(chosen.seed, beds=chosen.beds, days=chosen.days)
    start = start_of_day(FIRST_DAY, ZoneInfo(ZONE))
    end = start_of_day(FIRST_DAY + timedelta(days=chosen.days), ZoneInfo(ZONE))
    events = sum(len(x.case["events"]) for x in people)
    _say(f"seed {chosen.seed}: {len(people)} patients, {events} events")
    walks: list[Walked] = []
    with ProcessPoolExecutor(chosen.processes) as pool:
        for walk in pool.map(partial(_walked, seed=chosen.seed, until=end), people):
            walks.append(walk)
            if len(walks) % TOLD_EVERY == 0:
                _say(f"{len(walks)} of {len(people)} patients, {time.monotonic() - begun:.0f} s")
                if chosen.keep:
                    chosen.keep.write_bytes(pickle.dumps((people, walks)))
    if chosen.keep:
        chosen.keep.write_bytes(pickle.dumps((people, walks)))
    if chosen.cost:
        print("\n".join(_costs(people, chosen.seed, end)))
    looks = sum(x.looks for x in walks)
    _say(f"{looks} evaluations in {time.monotonic() - begun:.0f} s")
    print(f"seed {chosen.seed}, {chosen.beds} beds, {chosen.days} days: {len(people)} patients, {looks} evaluations")
    print("\n".join(lines()))
    print(written(figures(people, walks, start, end)))


def _walked(told: Told, seed: int, until: datetime) -> Walked:
    from benchmarks.year.unit import ZONE
    from benchmarks.year.walk import walked
    from patients.imports import read_case

    case = read_case(told.document, zone=ZONE, now=datetime.now(UTC))
    return walked(case, told.person.number, seed, until)


def _costs(people: Sequence[Told], seed: int, until: datetime) -> list[str]:
    """What rules cost on the first patients of the year."""
    from benchmarks.year.cost import Costs
    from benchmarks.year.unit import ZONE
    from benchmarks.year.walk import walked
    from patients.imports import read_case

    costs = Costs()
    for told in people[:TIMED]:
        walked(
            read_case(told.document, zone=ZONE, now=datetime.now(UTC)), told.person.number, seed, until, costs.examine
        )
    return list(costs.written())


def _chosen(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.year", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="another seed, another year (1)")
    parser.add_argument("--beds", type=int, default=40, help="of the unit (40)")
    parser.add_argument("--days", type=int, default=365, help="of the year that are told (365)")
    parser.add_argument("--processes", type=int, default=1, help="that walk patients side by side (1)")
    parser.add_argument("--keep", type=Path, help="file for what was walked, to be looked at again")
    parser.add_argument("--cost", action="store_true", help=f"what each rule costs, over the first {TIMED} patients")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
