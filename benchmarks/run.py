"""One run: an installation of its own is filled, measured and put into words."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from benchmarks import server

if TYPE_CHECKING:  # these read Django's settings, which the servers come before
    from benchmarks.population import Hospital
    from benchmarks.report import Section

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.md"
# each goal with the module that measures it, in the order in which they are measured
ROWS = {
    "P1": "answers",
    "P2": "bundles",
    "P3": "judging",
    "P4": "sweeping",
    "P5": "batches",
    "P6": "claiming",
    "P8": "visible",
    "P11": "importing",
    "messages": "messages",
    "P9": "ward_list",
    "P10": "throughput",
    "pages": "patient_page",
    "entry": "entering",
    "rest": "standing_by",
}
MORE = {"P13": "scale", "browser": "paint", "record": "record"}  # by name only
ALIASES = {"P7": "P4", "start": "rest"}  # measured with another
BY_WEB = ("P9", "P10", "pages", "entry", "browser")  # need the web processes
Made = TypeVar("Made")


def main(arguments: Sequence[str] | None = None) -> None:
    """Load, measure, write the results: after each goal what is known by then."""
    chosen = _chosen(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ildcare.settings")
    with _folder(chosen.keep) as folder, server.database(folder):
        import django

        django.setup()
        text = ""
        for text, figures in _measured(chosen, folder):
            chosen.output.write_text(text, encoding="utf-8")
            if chosen.json:
                chosen.json.write_text(figures, encoding="utf-8")
    print(text)
    _say(f"Written: {chosen.output}")


def _chosen(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--patients", type=int, default=10_000, help="in all (10000)")
    parser.add_argument("--results", type=int, default=100, help="of each patient in the background (100)")
    parser.add_argument("--rounds", type=int, default=20, help="how often each page is measured (20)")
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement under load (5)")
    parser.add_argument("--keep", type=Path, help="folder of a database that is kept, and used if it is there")
    names = (*ROWS, *ALIASES, *MORE)
    parser.add_argument("--only", nargs="+", choices=names, default=tuple(ROWS), help=f"these goals ({' '.join(ROWS)})")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the results are written")
    parser.add_argument("--json", type=Path, help="the same figures for a machine, into this file")
    return parser.parse_args(arguments)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """The folder that is to be kept, or one that is gone afterwards."""
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.absolute()
        return
    folder = Path(tempfile.mkdtemp(prefix="ildcare-bench-"))
    folder.chmod(0o755)  # the database server may run as nobody
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(chosen: argparse.Namespace, folder: Path) -> Iterator[tuple[str, str]]:
    """As Markdown and as JSON, after each goal."""
    from benchmarks.report import as_json, written

    server.make_tables()
    hospital, loaded = _hospital(chosen)
    busy, begun = os.getloadavg()[0], time.monotonic()
    asked = [ALIASES.get(x, x) for x in chosen.only]
    sections: list[Section] = []
    with ExitStack() as servers:
        address = ""
        for name, module in {**ROWS, **MORE}.items():
            if name not in asked:
                continue
            if name in BY_WEB and not address:
                address = servers.enter_context(server.web(folder))
            elif name not in BY_WEB:
                servers.close()
                address = ""
            sections += _step(name, partial(_row, module, chosen, folder, hospital, address))
            head = _head(chosen, hospital, f"{loaded}, measured in {time.monotonic() - begun:.0f} s", busy)
            yield written(head, sections), as_json(head, sections)


def _row(module: str, chosen: argparse.Namespace, folder: Path, hospital: Hospital, address: str) -> list[Section]:
    """One goal. A measurement that breaks is told as such, and the others go on."""
    from benchmarks.report import Section
    from benchmarks.run_of import Run

    run = Run(hospital=hospital, folder=folder, address=address, rounds=chosen.rounds, seconds=chosen.seconds)
    try:
        found: list[Section] = import_module(f"benchmarks.{module}").measure(run)
    except Exception as error:  # whatever breaks, the minutes of the other measurements are kept
        traceback.print_exc()
        broken = Section(
            module.replace("_", " ").capitalize(), next(k for k, v in {**ROWS, **MORE}.items() if v == module)
        )
        broken.miss(
            "all of it", f"it broke: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        )
        return [broken]
    return found


def _hospital(chosen: argparse.Namespace) -> tuple[Hospital, str]:
    """Loaded now, first as a small one that is copied; or what an earlier run has kept."""
    from benchmarks import background, population, scale
    from patients.models import Patient

    if Patient.objects.exists():
        return population.hospital(), "kept from an earlier run"
    begun = time.monotonic()
    first = min(chosen.patients, scale.SMALL)
    hospital = _step("patients", lambda: population.load(first, chosen.results))
    if chosen.patients > first:
        scale.keep_small()
        more = chosen.patients - hospital.patients
        here = hospital.patients
        _step("the others", lambda: background.fill(here + more, chosen.results, first=here + 1))
    return population.hospital(), f"loaded in {time.monotonic() - begun:.0f} s"


def _head(chosen: argparse.Namespace, hospital: Hospital, loaded: str, busy: float) -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} processors, {memory:.0f} GB of memory"
    return [
        "# Results",
        "",
        f"Written by a run of `benchmarks` on {datetime.now(UTC):%Y-%m-%d}, commit {_commit()}.",
        "How to read it stands in `README.md`.",
        "",
        f"- Machine: {machine}, shared with the browser and the load; Python {platform.python_version()}.",
        f"- Others at work before it began: {busy:.1f} processes on average over a minute.",
        f"- Hospital: {hospital.patients:,} patients, about {hospital.results:,} results ({loaded}).",
        f"- Each page {chosen.rounds} times, in turns with the others; medians. Load: {chosen.seconds:g} s at a time.",
    ]


@cache
def _commit() -> str:
    """The code that was measured; asked before the results are written."""
    asked = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(asked, cwd=HERE, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _step(name: str, work: Callable[[], Made]) -> Made:
    begun, busy = time.monotonic(), os.getloadavg()[0]
    made = work()
    _say(f"{name}: {time.monotonic() - begun:.0f} s; load average {busy:.1f} before, {os.getloadavg()[0]:.1f} after")
    return made


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
