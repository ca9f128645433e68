"""The product in a process of its own (P2): from the text of case files to explained decisions, and nothing else."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion
from patients.clinical.snapshot import freeze
from patients.clinical.versions import standing
from patients.imports import read_case


def largest_memory() -> float:
    """MB that this process ever had; the counter of its resources would begin with those of its parent."""
    with open("/proc/self/status", encoding="utf-8") as lines:  # noqa: PTH123 - a tenth of what this process holds
        return next(int(x.split()[1]) for x in lines if x.startswith("VmHWM:")) / 1024


def answers(documents: str, zone: str, now: datetime) -> Iterator[str | None]:
    """What the chart answers of each case file, one a line."""
    with open(documents, "rb") as texts:  # noqa: PTH123 - likewise
        for text in texts:
            case = read_case(text, zone=zone, now=now)
            said = opinion(CURRENT, freeze(standing(case.versions, now), as_of=now, known_at=now, zone=zone))
            yield said.pathway.entry


def main(documents: str, zone: str, now: datetime) -> None:
    """Says, as JSON, what the chart answers of each case file, microseconds of each, and the largest memory in MB."""
    for _ in range(2):
        begun = time.process_time()
        told = list(answers(documents, zone, now))
        each = (time.process_time() - begun) / len(told) * 1e6
    print(json.dumps({"answers": told, "each": each, "memory": largest_memory()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3]))
