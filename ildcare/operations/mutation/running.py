"""A run: draw the changes, try those that wait, keep what came out. A run that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

from ildcare.operations.mutation import tool
from ildcare.operations.mutation.changes import (
    EQUIVALENTS,
    Change,
    Known,
    Spot,
    drawn,
    modules,
)
from ildcare.operations.mutation.code import is_possible, means_the_same
from ildcare.operations.mutation.report import Result
from ildcare.operations.mutation.trying import ROOMS, Bench, Touched, test_modules

CODE = (
    "patients",
    "algorithm",
    "monitoring",
    *(x.removeprefix("tests/") for x in ROOMS if x.startswith("tests/ildcare")),
)
TESTS = (*ROOMS, "tests/[!t]*.py")  # and what they share
SHARED = ("tests/[!t]*.py", *(f"{x}/**/{kind}" for x in ROOMS for kind in ("[!t]*.py", "*.json", "*.csv")))
EVERYTHING = "all"
Say = Callable[[str], None]


def state_of(root: Path, places: Iterable[str]) -> str:
    """A word for what stands in these places: results of another state of the code say nothing about this one."""
    found = (
        x for name in places for path in root.glob(name) for x in ([path] if path.is_file() else path.rglob("*.*"))
    )
    digest = hashlib.sha256()
    for path in sorted({x for x in found if x.suffix in {".py", ".json", ".csv"}}):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Run:
    """Which changes of which state are tried."""

    root: Path
    folder: Path
    seed: int
    sample: int | None = None
    within: str = ""  # a file or folder of the product; everything if it is empty

    @property
    def name(self) -> str:
        """Of its session."""
        return self.named(str(self.seed))

    def named(self, seed: str) -> str:
        """The state of the code, the seed, the number of changes, and where."""
        within = self.within.replace("/", "_").removesuffix(".py")
        return "-".join(x for x in (state_of(self.root, CODE), seed, str(self.sample or EVERYTHING), within) if x)

    def session(self) -> tool.Session:
        """The session, as it was left; drawn anew if there is none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{self.name}.sqlite"
        if not path.exists():
            return tool.Session.begin(path, list(islice(self._altering(), self.sample)))
        return tool.Session(path)

    def _altering(self) -> Iterator[Spot]:
        """Spots in the order of the seed, without changes that are no Python, or of annotations only."""
        files = [x for x in modules(self.root) if x.startswith(self.within)]
        texts = {x: (self.root / x).read_text(encoding="utf-8").splitlines() for x in files}
        for spot in drawn(tool.spots(self.root, files), texts, self.seed):
            change = tool.change_at(self.root, spot)
            if is_possible(change.after) and not means_the_same(change.before, change.after):
                yield spot

    def carry_out(self, jobs: int, say: Say) -> list[Result]:
        """Try what waits, and what survived other tests than those of today. Returns all results.

        A survivor is kept with the state of the tests that did not notice; what was caught is taken to be caught still.
        """
        session, known = self.session(), Known.read(self.root / EQUIVALENTS)
        tests = state_of(self.root, TESTS)
        waiting = session.waiting()
        waiting += [(job, spot) for job, spot, x in session.results() if x.outcome == "survived" and x.by != tests]
        to_try = list(_left_by(known, self.root, waiting, session))
        if to_try:
            say(f"{len(to_try)} changes to try ({self.name})")
            for number, (job, change, outcome, by) in enumerate(self._tried(to_try, jobs), 1):
                session.keep(job, change, outcome, by or tests)
                place = f"{change.spot.file}:{change.spot.line} {change.spot.operator}"
                say(f"{number}/{len(to_try)} {outcome}: {place}" + (f" ({by})" if by else ""))
        return [_as_known_now(known, self.root, spot, x) for _job, spot, x in session.results()]

    def _tried(self, to_try: list[tuple[str, Change]], jobs: int) -> Iterator[tuple[str, Change, str, str]]:
        every = [Bench(self.root) for _ in range(jobs)]
        pool = ThreadPoolExecutor(jobs)
        benches: SimpleQueue[Bench] = SimpleQueue()
        touched = self._touched(every, pool)
        for bench in every:
            bench.touched = touched
            benches.put(bench)

        def attempt(job: str, change: Change) -> tuple[str, Change, str, str]:
            bench = benches.get()
            try:
                return job, change, *bench.attempt(change)
            finally:
                benches.put(bench)

        try:
            # each as it is done, so that a run that is stopped has kept what was tried
            yield from (x.result() for x in as_completed([pool.submit(attempt, *x) for x in to_try]))
        finally:
            pool.shutdown(cancel_futures=True)
            while not benches.empty():
                benches.get().close()

    def _touched(self, benches: list[Bench], pool: ThreadPoolExecutor) -> Touched:
        """Which test enters what. Measured once for a state of the code; a test module that changed, again."""
        path = self.folder / f"{state_of(self.root, (*CODE, *SHARED))}.json"
        measured = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        current = {x: state_of(self.root, [x]) for x in test_modules(self.root)}
        known = {name for told in measured for name, state in told["modules"].items() if current.get(name) == state}
        if fresh := sorted(current.keys() - known):
            parts = len(benches)
            told = list(pool.map(lambda n: benches[n].measure(fresh, n, parts), range(parts)))
            measured.append({"modules": {x: current[x] for x in fresh}, "told": told})
            unfinished = path.with_suffix(".new")
            unfinished.write_text(json.dumps(measured), encoding="utf-8")
            unfinished.rename(path)
        return Touched.of(
            (x, {n for n, y in part["modules"].items() if current.get(n) == y})
            for part in measured
            for x in part["told"]
        )


def _left_by(
    known: Known, root: Path, waiting: Iterable[tuple[str, Spot]], session: tool.Session
) -> Iterator[tuple[str, Change]]:
    """What is to be tried; a change that is known to mean the same is kept as such."""
    for job, spot in waiting:
        change = tool.change_at(root, spot)
        if known.has(change):
            session.keep(job, change, "equivalent", "")
        else:
            yield job, change


def _as_known_now(known: Known, root: Path, spot: Spot, result: Result) -> Result:
    """A survivor that was put on the list after it was tried."""
    if result.outcome == "survived" and known.has(tool.change_at(root, spot)):
        return Result(result.place, result.operator, result.diff, "equivalent")
    return result


def seed_to_go_on(run: Run) -> int:
    """Seed of the last run of this state and size that has not come to its end; otherwise the one that was drawn."""
    begun = run.folder.glob(f"{run.named('*')}.sqlite")
    for path in sorted(begun, key=lambda x: x.stat().st_mtime, reverse=True):
        if tool.Session(path).waiting():
            return int(path.stem.split("-")[1])
    return run.seed
