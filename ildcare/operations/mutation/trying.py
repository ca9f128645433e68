"""Tries changes: which tests, in which process, in which order. The processes themselves are in `tests/mutation`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

from ildcare.operations.mutation.changes import Change
from ildcare.operations.mutation.code import Place, changed_functions
from ildcare.operations.mutation.reach import Reach, bound_by, constant_at, names_one_of, statement_at

APPS = ("patients", "algorithm", "monitoring", "ildcare")

ROOMS = (  # the pure tests: what `test --fast` runs, without the rules of the house; courses from the field besides
    *("tests/patients/clinical", "tests/patients/imports", "tests/algorithm", "tests/monitoring", "tests/vignettes"),
    *(f"tests/ildcare/{x}" for x in ("drawing", "moment", "trends")),
    "tests/field",
)
ARGUMENTS = ("-q", "-s", "-p", "no:cacheprovider", "-n", "0", "--seed", "1")
NOWHERE = {"DATABASE_URL": "postgresql://nobody@/none?host=/nonexistent", "REDIS_URL": "redis+socket:///nonexistent"}
NARROW = 4  # test modules that are tried first when a module is imported anew
LIMIT = 30  # seconds of processor time beyond what the tests take several times over
TIMES = 5
BASELINE = 3600  # seconds of processor time for all tests as the code stands


class BrokenError(Exception):
    """The tests fail as the code stands, or a process is gone."""


def test_modules(root: Path) -> list[str]:
    """Modules of the pure tests."""
    return sorted(x.relative_to(root).as_posix() for room in ROOMS for x in (root / room).rglob("test_*.py"))


@dataclass
class Touched:
    """What each test takes and enters, found by running all of them once as the code stands."""

    seconds: dict[str, float]
    entered: dict[str, frozenset[Place]]
    on_import: frozenset[Place]

    @classmethod
    def of(cls, told: Iterable[tuple[dict[str, Any], Collection[str]]]) -> Touched:
        """From what the processes told, each of some tests; with the modules of which it holds still."""
        seconds: dict[str, float] = {}
        entered: dict[str, frozenset[Place]] = {}
        on_import: set[Place] = set()
        for said, modules in told:
            names = {x: x.removeprefix("test ") for x in said if x.startswith("test ")}
            tests = {name: said[x] for x, name in names.items() if name.partition("::")[0] in modules}
            seconds |= {name: x["seconds"] for name, x in tests.items()}
            entered |= {name: frozenset(said["places"][n] for n in x["entered"]) for name, x in tests.items()}
            on_import |= set(said["on_import"])
        return cls(seconds, entered, frozenset(on_import))

    def tests_of(self, functions: set[Place]) -> list[str]:
        """Tests that enter one of the functions, quick ones first, of these the narrow ones."""
        return sorted((x for x, places in self.entered.items() if places & functions), key=self._cost)

    def _cost(self, test: str) -> tuple[float, int]:
        return round(self.seconds[test], 1), len(self.entered[test])

    def cheapest(self, tests: Collection[str]) -> list[str]:
        """Quick tests first."""
        return sorted(tests, key=self._cost)

    def narrow(self, file: str, tests: Collection[str]) -> list[str]:
        """Of these tests, the modules that are most about a file of the product."""
        own: Counter[str] = Counter()
        every: Counter[str] = Counter()
        for test in tests:
            module = test.partition("::")[0]
            every[module] += len(self.entered[test])
            own[module] += sum(place.startswith(f"{file}:") for place in self.entered[test])
        return sorted(every, key=lambda x: -own[x] / max(1, every[x]))[:NARROW]

    def limit(self, tests: list[str]) -> int:
        """Seconds of processor time that a change may take: far more than the tests do, on any machine."""
        return LIMIT + int(TIMES * sum(self.seconds.get(x, 0) for x in tests))


class Server:
    """One of the processes, and its pipes."""

    def __init__(self, root: Path, command: list[str]) -> None:
        jobs_out, jobs_in = os.pipe()
        answers_out, answers_in = os.pipe()
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - as long as the process
        environment = {**os.environ, **NOWHERE, "PYTHONHASHSEED": "0"}
        environment |= {"ILDCARE_MUTATION_JOBS": str(jobs_out), "ILDCARE_MUTATION_ANSWERS": str(answers_in)}
        self._process = subprocess.Popen(
            [sys.executable, *command],
            cwd=root,
            env=environment,
            pass_fds=(jobs_out, answers_in),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        os.close(jobs_out)
        os.close(answers_in)
        self._jobs: TextIO = os.fdopen(jobs_in, "w")
        self._answers: TextIO = os.fdopen(answers_out)
        if "ready" not in (said := self._answer()):
            raise BrokenError(f"The tests cannot be collected: {said.get('broken')}")

    def ask(self, **job: Any) -> dict[str, Any]:
        """Hand over a job and wait for its answer."""
        self._jobs.write(json.dumps(job) + "\n")
        self._jobs.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        if not (line := self._answers.readline()):
            self._log.seek(0)
            raise BrokenError(f"A process of the tests has ended:\n{self._log.read()[-3000:]}")
        said: dict[str, Any] = json.loads(line)
        return said

    def close(self) -> None:
        """No more jobs: the process ends by itself."""
        self._jobs.close()
        self._process.wait(timeout=60)
        self._answers.close()
        self._log.close()


@dataclass
class Bench:
    """Two processes that try one change after the other: one exchanges functions, one imports anew."""

    root: Path
    touched: Touched | None = None
    _servers: dict[str, Server] = field(default_factory=dict)

    def measure(self, modules: list[str], part: int, parts: int) -> dict[str, Any]:
        """Run some tests of some modules as the code stands. `BrokenError` if one fails."""
        said = self._server("warm").ask(modules=modules, part=part, parts=parts, limit=BASELINE)
        if said["outcome"] != "survived":
            raise BrokenError(f"The tests fail as the code stands: {said.get('by', said['outcome'])}")
        return said

    def attempt(self, change: Change) -> tuple[str, str]:
        """("caught" or "survived", the test that noticed)."""
        assert self.touched
        if job := self._of_functions(change) or self._of_a_constant(change):
            tests = self.touched.tests_of(set(job.pop("seen_by")))
            said = self._server("warm").ask(**job, file=change.spot.file, tests=tests, limit=self.touched.limit(tests))
            if said["outcome"] != "cannot":
                return _told(said)
        return self._anew(change)

    def _of_functions(self, change: Change) -> dict[str, Any] | None:
        """The functions that a change is in, if none of them runs on import."""
        assert self.touched
        path = str(self.root / change.spot.file)
        functions = set(changed_functions(change.before, change.after, path, self.root))
        if not functions or functions & self.touched.on_import:
            return None
        return {"source": change.after, "seen_by": functions}

    def _of_a_constant(self, change: Change) -> dict[str, Any] | None:
        """The constant that a change is of, if nothing is computed from it on import and no test names it."""
        line = change.spot.line
        constant, old = (constant_at(x, line) for x in (change.after, change.before))
        if not constant or not old or constant[0] != old[0]:
            return None
        name, statement = constant
        if self._reach.names_from({name}) != {name} or any(names_one_of(x, {name}) for x in self._texts.values()):
            return None
        module = change.spot.file.removesuffix(".py").replace("/", ".")
        modules = sorted({module, *self._reach.imported.get(f"{module}.{name}", ())})
        seen_by = self._reach.functions_naming({name})
        return {"name": name, "statement": statement, "modules": modules, "seen_by": seen_by}

    def _anew(self, change: Change) -> tuple[str, str]:
        """Import the changed module: narrow tests first, then all others that can notice."""
        assert self.touched
        touched, can_notice = self.touched, self._can_notice(change)
        ordered = touched.cheapest(can_notice)
        first = touched.narrow(change.spot.file, can_notice)
        modules = list(dict.fromkeys(x.partition("::")[0] for x in ordered))
        for paths in (first, [x for x in modules if x not in first]):
            tests = [x for x in ordered if x.partition("::")[0] in paths]
            others = [x for x in touched.entered if x not in can_notice and x.partition("::")[0] in paths]
            job: dict[str, Any] = {
                "file": change.spot.file,
                "source": change.after,
                "arguments": ARGUMENTS,
                "paths": paths,
            }
            job |= {"tests": tests, "others": others, "limit": touched.limit(tests)}
            if paths and (said := self._proved(job, change.before).ask(**job))["outcome"] != "survived":
                return _told(said)
        return "survived", ""

    def _proved(self, job: dict[str, Any], unchanged: str) -> Server:
        """The process that imports anew. Whatever fails there without any change would count as noticed."""
        if "cold" not in self._servers:
            said = self._server("cold").ask(**{**job, "source": unchanged})
            if said["outcome"] != "survived" or not said["imported"]:
                raise BrokenError(f"Tests that pass fail where they are imported anew: {said}")
        return self._server("cold")

    def _can_notice(self, change: Change) -> set[str]:
        """Tests that see what the change reaches; all of them where that cannot be told."""
        assert self.touched
        every = self.touched.entered
        statement = statement_at(change.before, change.spot.line)
        if not statement or not (bound := bound_by(statement)):
            return set(every)
        names = self._reach.names_from(bound)
        naming = {x for x, text in self._texts.items() if names_one_of(text, names)}
        entering = self.touched.tests_of(self._reach.functions_naming(names))
        return {*entering, *(x for x in every if x.partition("::")[0] in naming)}

    @cached_property
    def _texts(self) -> dict[str, str]:
        """The test modules, and what they share."""
        paths = {*(x for room in ROOMS for x in (self.root / room).rglob("*.py")), *(self.root / "tests").glob("*.py")}
        return {x.relative_to(self.root).as_posix(): x.read_text(encoding="utf-8") for x in paths}

    @cached_property
    def _reach(self) -> Reach:
        assert self.touched
        files = [x for app in APPS for x in (self.root / app).rglob("*.py") if "migrations" not in x.parts]
        return Reach.of(self.root, files, self.touched.on_import)

    def _server(self, kind: str) -> Server:
        if kind not in self._servers:
            warm = ["-m", "pytest", "-p", "tests.mutation.warm", *ARGUMENTS, *ROOMS]
            command = warm if kind == "warm" else ["-m", "tests.mutation.cold"]
            self._servers[kind] = Server(self.root, command)
        return self._servers[kind]

    def close(self) -> None:
        """End the processes."""
        for server in self._servers.values():
            server.close()


def _told(said: dict[str, Any]) -> tuple[str, str]:
    outcome = "survived" if said["outcome"] == "survived" else "caught"
    return outcome, said.get("by") or ("" if outcome == "survived" else said["outcome"])
