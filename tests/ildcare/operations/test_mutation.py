"""The tests of the tests: which changes are drawn, which tests can notice one, what is reported. Needs no tool."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from ildcare.operations.mutation import running, tool, trying
from ildcare.operations.mutation.changes import (
    EQUIVALENTS,
    Change,
    Equivalent,
    EquivalentKind,
    Known,
    Spot,
    drawn,
    faults_of_list,
    modules,
)
from ildcare.operations.mutation.code import changed_functions, functions_in, is_possible, means_the_same
from ildcare.operations.mutation.reach import Reach, bound_by, statement_at
from ildcare.operations.mutation.report import Result, Summary, text_of
from ildcare.operations.mutation.running import Run, seed_to_go_on
from ildcare.operations.mutation.trying import Touched

LIMITS = """
from __future__ import annotations
LIMIT = 20
HALF = LIMIT // 2


def high(x: int | None) -> bool:
    return x is not None and x >= LIMIT


class Dose:
    much = True

    def low(self, x: int) -> bool:
        return x < HALF
"""


def changed(
    before: str, one: str, other: str, operator: str = "NumberReplacer", file: str = "small/limits.py"
) -> Change:
    assert before.count(one) == 1
    line = before[: before.index(one)].count("\n") + 1
    return Change(Spot(file, operator, 0, line), before, before.replace(one, other))


# -- what a change changes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("int | None", "int & None", True),
        ("-> bool:\n    return x is", "-> 1:\n    return x is", True),
        ("20", "21", False),
    ],
)
def test_a_change_of_annotations_alone_means_the_same(one: str, other: str, same: bool) -> None:
    assert means_the_same(LIMITS, changed(LIMITS, one, other).after) is same


def test_what_is_no_python_is_no_change() -> None:
    assert is_possible(LIMITS)
    assert not is_possible(LIMITS.replace("20", "2 2"))


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        (">= LIMIT", "> LIMIT", ["high"]),
        ("x < HALF", "x <= HALF", ["Dose.low"]),
        ("LIMIT = 20", "LIMIT = 21", []),
        ("much = True", "much = False", []),
    ],
)
def test_only_a_change_within_functions_is_exchanged(one: str, other: str, names: list[str]) -> None:
    """True for 1 is a change as well, though they are equal."""
    path = Path("/small/limits.py")
    found = changed_functions(LIMITS, LIMITS.replace(one, other), str(path), Path("/small"))
    assert [x.split(":")[1] for x in found] == names
    one_for_true = changed_functions("X = True\n", "X = 1\n", str(path), Path("/small"))
    assert one_for_true == {}


def test_an_exchanged_function_does_what_the_changed_one_says() -> None:
    code = changed_functions(LIMITS, LIMITS.replace(">= LIMIT", "> LIMIT"), "/small/limits.py", Path("/small"))
    space: dict[str, Any] = {}
    exec(compile(LIMITS, "/small/limits.py", "exec"), space)
    assert [space["high"](x) for x in (19, 20, 21)] == [False, True, True]
    (space["high"].__code__,) = code.values()
    assert [space["high"](x) for x in (19, 20, 21)] == [False, False, True]


def test_a_constant_reaches_what_is_computed_from_it(tmp_path: Path) -> None:
    """From the limit to its half, and to the function that names only the half."""
    path = tmp_path / "limits.py"
    path.write_text(LIMITS + "\nOTHER = 1\n\n\ndef other() -> int:\n    return OTHER\n", encoding="utf-8")
    reach = Reach.of(tmp_path, [path], on_import=())
    statement = statement_at(LIMITS, 3)
    assert statement
    names = reach.names_from(bound_by(statement))
    assert names == {"LIMIT", "HALF"}
    assert {x.split(":")[1] for x in reach.functions_naming(names)} == {"high", "Dose.low"}


def test_a_function_that_ran_on_import_hands_on_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "table.py"
    path.write_text("N = 3\n\n\ndef made():\n    return N\n\n\nTABLE = made()\n", encoding="utf-8")
    places = [place for place, _ in functions_in(compile(path.read_text(), str(path), "exec"), tmp_path)]
    assert Reach.of(tmp_path, [path], on_import=places).names_from({"N"}) == {"N", "made", "TABLE"}
    assert Reach.of(tmp_path, [path], on_import=()).names_from({"N"}) == {"N"}


def test_a_test_is_tried_if_it_enters_the_function_quick_ones_first() -> None:
    slow = {"seconds": 2.0, "entered": [0]}
    quick, other = {"seconds": 0.1, "entered": [0, 1]}, {"seconds": 0.1, "entered": [0]}
    one = {"test t.py::slow": slow, "test t.py::quick": quick, "places": ["a.py:f:1", "b.py:g:1"], "on_import": []}
    old = {"test u.py::other": slow, "test u.py::gone": slow, "places": ["a.py:f:1"], "on_import": []}
    new = {"test u.py::other": other, "places": ["b.py:g:1"], "on_import": []}
    touched = Touched.of([(old, ()), (one, ["t.py"]), (new, ["u.py"])])
    assert touched.entered.keys() == {"t.py::slow", "t.py::quick", "u.py::other"}
    assert touched.tests_of({"a.py:f:1"}) == ["t.py::quick", "t.py::slow"]
    assert touched.narrow("b.py", ["t.py::quick", "u.py::other"]) == ["u.py", "t.py"]
    assert touched.limit(["t.py::slow"]) > 2


# -- what is drawn ----------------------------------------------------------------------------------------------------


def test_a_seed_draws_the_same_changes_and_an_edit_elsewhere_moves_none() -> None:
    lines = [f"x{n} = {n}" for n in range(50)]
    spots = [Spot("a.py", "NumberReplacer", n, n + 1) for n in range(50)]
    order = drawn(spots, {"a.py": lines}, 1)
    assert sorted(order, key=lambda x: x.line) == spots
    assert order == drawn(reversed(spots), {"a.py": lines}, 1) != drawn(spots, {"a.py": lines}, 2)
    later = [Spot("a.py", "NumberReplacer", n + 1, n + 2) for n in range(50)]
    assert [x.line - 1 for x in drawn(later, {"a.py": ["y = 0", *lines]}, 1)] == [x.line for x in order]


def test_every_pure_file_that_judges_is_changed() -> None:
    """A file that moves must not silently be spared."""
    root, found = Path(settings.BASE_DIR), modules(Path(settings.BASE_DIR))
    assert {"patients/clinical/prophylaxis.py", "algorithm/walk/engine.py", "monitoring/lifecycle.py"} <= set(found)
    assert [x for x in found if not (root / x).is_file()] == []


# -- what is known to mean the same -----------------------------------------------------------------------------------


def test_the_list_of_changes_that_mean_the_same_is_of_lines_that_are_there() -> None:
    known = Known.read(Path(settings.BASE_DIR) / EQUIVALENTS)
    assert faults_of_list(known, Path(settings.BASE_DIR)) == []


def test_an_entry_is_known_by_its_text_not_by_its_line(tmp_path: Path) -> None:
    entry = Equivalent("small/limits.py", "NumberReplacer", "LIMIT = 20", "LIMIT = 21", "nothing reads it")
    assert entry.is_of(changed(LIMITS, "20", "21"))
    assert entry.is_of(changed(f"\n\n{LIMITS}", "20", "21"))
    assert entry.is_of(changed(LIMITS, "20", " 21"))  # as the tool writes it
    assert not entry.is_of(changed(LIMITS, "20", "19"))
    assert not entry.is_of(changed(LIMITS, "20", "21", operator="AddNot"))
    assert not entry.is_of(changed(LIMITS, "20", "21", file="small/other.py"))


def test_a_decorator_that_goes_is_known_though_what_stands_before_it_goes_too() -> None:
    before = "x = 1\n\n# -- asked once\n\n@once\ndef f():\n    return x\n"
    spot = Spot("a.py", "RemoveDecorator", 0, 5)
    change = Change(spot, before, before.replace("\n\n# -- asked once\n\n@once", ""))
    assert change.lines == ("@once", "def f():")
    assert EquivalentKind("RemoveDecorator", "@once", "kept in memory").is_of(change)


def test_a_kind_of_change_is_known_wherever_it_stands() -> None:
    kind = EquivalentKind("NumberReplacer", r"LIMIT = \d+", "nothing reads it")
    assert kind.is_of(changed(LIMITS, "20", "21"))
    assert kind.is_of(changed(LIMITS, "20", "19", file="small/other.py"))
    assert not kind.is_of(changed(LIMITS, "20", "21", operator="AddNot"))
    assert not kind.is_of(changed(LIMITS, "LIMIT // 2", "LIMIT // 3"))
    assert faults_of_list(Known((), (EquivalentKind("AddNot", "x", ""),)), Path()) != []


def test_an_entry_without_reason_or_line_or_told_twice_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    good = Equivalent("a.py", "NumberReplacer", "x = 1", "x = 2", "why")
    assert faults_of_list(Known((good,)), tmp_path) == []
    assert (
        len(
            faults_of_list(
                Known(
                    (
                        good,
                        good,
                    )
                ),
                tmp_path,
            )
        )
        == 1
    )
    assert len(faults_of_list(Known((Equivalent("a.py", "NumberReplacer", "x = 1", "x = 0", " "),)), tmp_path)) == 1
    assert len(faults_of_list(Known((Equivalent("a.py", "NumberReplacer", "y = 1", "y = 2", "why"),)), tmp_path)) == 1


# -- what is said -----------------------------------------------------------------------------------------------------


def results(caught: int, survived: int, equivalent: int = 0) -> list[Result]:
    outcomes = ["caught"] * caught + ["survived"] * survived + ["equivalent"] * equivalent
    return [Result(f"a.py:{n}", "NumberReplacer", "-x = 1\n+x = 2", x) for n, x in enumerate(outcomes)]


@pytest.mark.parametrize(("caught", "survived", "enough"), [(95, 5, True), (94, 6, False), (0, 0, True), (0, 1, False)])
def test_95_of_100_are_enough(caught: int, survived: int, enough: bool) -> None:
    assert Summary.of(results(caught, survived, equivalent=50)).enough is enough


def test_the_report_counts_and_shows_each_survivor_with_its_place_and_change() -> None:
    said = text_of(results(3, 1, 2))
    assert said.splitlines()[:3] == ["a.py:3  NumberReplacer", "    -x = 1", "    +x = 2"]
    assert said.splitlines()[-1] == "3 caught, 1 survived: 75.0 % of 4; 2 known to mean the same"


# -- a run ------------------------------------------------------------------------------------------------------------


class KeptSession:
    """A session in memory, in place of the tool's file."""

    kept: dict[Path, dict[str, tuple[Spot, Result | None]]] = {}

    def __init__(self, path: Path) -> None:
        self.rows = self.kept[path]

    @classmethod
    def begin(cls, path: Path, chosen: list[Spot]) -> KeptSession:
        path.touch()
        cls.kept[path] = {f"job {n}": (spot, None) for n, spot in enumerate(chosen)}
        return cls(path)

    def waiting(self) -> list[tuple[str, Spot]]:
        return [(job, spot) for job, (spot, result) in self.rows.items() if result is None]

    def keep(self, job: str, change: Change, outcome: str, by: str) -> None:
        spot = change.spot
        self.rows[job] = spot, Result(f"{spot.file}:{spot.line}", spot.operator, change.diff, outcome, by)

    def results(self) -> list[tuple[str, Spot, Result]]:
        return [(job, spot, result) for job, (spot, result) in self.rows.items() if result]


class Pretended:
    """In place of the processes: line 2 survives, everything else is caught; stops where it is told to."""

    tried: list[int] = []
    stop_at = 0
    notice = {1, 3, 4, 5, 6, 7, 8}

    def __init__(self, root: Path) -> None:
        self.touched: Touched | None = None

    def measure(self, modules: list[str], part: int, parts: int) -> dict[str, Any]:
        return {"places": [], "on_import": []}

    def attempt(self, change: Change) -> tuple[str, str]:
        if len(self.tried) + 1 == self.stop_at:
            raise KeyboardInterrupt
        self.tried.append(change.spot.line)
        return ("caught", "t.py::test") if change.spot.line in self.notice else ("survived", "")

    def close(self) -> None:
        pass


SMALL = "".join(f"x{n} = {n}\n" for n in range(8))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small product of eight lines, each with one change."""
    for folder in ("patients/clinical", "tests/mutation", "tests/monitoring", "sessions"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "patients/clinical/small.py").write_text(SMALL, encoding="utf-8")
    (tmp_path / EQUIVALENTS).write_text("change = []\n", encoding="utf-8")

    def change_at(root: Path, spot: Spot) -> Change:
        return changed(SMALL, f"= {spot.line - 1}\n", f"= {spot.line + 99}\n", file=spot.file)

    monkeypatch.setattr(running, "modules", lambda root: ["patients/clinical/small.py"])
    monkeypatch.setattr(
        tool, "spots", lambda _, files: [Spot(x, "NumberReplacer", n, n + 1) for x in files for n in range(8)]
    )
    monkeypatch.setattr(tool, "change_at", change_at)
    monkeypatch.setattr(tool, "Session", KeptSession)
    monkeypatch.setattr(running, "Bench", Pretended)
    monkeypatch.setattr(Pretended, "tried", [])
    return tmp_path


def run_of(tree: Path, sample: int | None = None, seed: int = 5) -> Run:
    return Run(tree, tree / "sessions", seed, sample)


def counts(run: Run) -> tuple[int, int, int]:
    found = Summary.of(run.carry_out(1, lambda text: None))
    return found.caught, found.survived, found.equivalent


def test_a_run_tries_every_change_once(tree: Path) -> None:
    assert counts(run_of(tree)) == (7, 1, 0)
    assert sorted(Pretended.tried) == list(range(1, 9))
    assert counts(run_of(tree)) == (7, 1, 0)
    assert len(Pretended.tried) == 8


def test_a_sample_is_of_so_many(tree: Path) -> None:
    assert sum(counts(run_of(tree, sample=3))) == len(Pretended.tried) == 3


def test_a_run_can_be_of_one_file(tree: Path) -> None:
    run = replace(run_of(tree), within="patients/clinical/other.py")
    assert counts(run) == (0, 0, 0)
    assert run.name != run_of(tree).name


def test_a_stopped_run_goes_on_where_it_was(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pretended, "stop_at", 4)
    with pytest.raises(KeyboardInterrupt):
        counts(run_of(tree))
    assert seed_to_go_on(run_of(tree, seed=99)) == 5
    monkeypatch.setattr(Pretended, "stop_at", 0)
    assert sum(counts(run_of(tree))) == 8
    assert seed_to_go_on(run_of(tree, seed=99)) == 99
    assert sorted(Pretended.tried) == list(range(1, 9))


def test_with_other_tests_survivors_are_tried_again_and_with_other_code_everything(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts(run_of(tree))
    (tree / "tests/monitoring/test_small.py").write_text("def test(): ...\n", encoding="utf-8")
    monkeypatch.setattr(Pretended, "notice", set(range(1, 9)))
    assert counts(run_of(tree)) == (8, 0, 0)
    assert Pretended.tried[8:] == [2]
    (tree / "patients/clinical/other.py").write_text("y = 1\n", encoding="utf-8")
    assert counts(run_of(tree)) == (8, 0, 0)
    assert len(Pretended.tried) == 17


def test_what_is_known_to_mean_the_same_is_not_tried_and_not_counted(tree: Path) -> None:
    entry = '[[change]]\nfile = "patients/clinical/small.py"\noperator = "NumberReplacer"\nline = "x1 = 1"\n'
    counts(run_of(tree, seed=6))
    (tree / EQUIVALENTS).write_text(f'{entry}becomes = "x1 = 101"\nreason = "nobody reads it"\n', encoding="utf-8")
    assert counts(run_of(tree, seed=6)) == (7, 0, 1)
    assert counts(run_of(tree, seed=7)) == (7, 0, 1)
    assert Pretended.tried.count(2) == 1


def test_the_command_ends_with_an_error_where_too_little_is_noticed(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    settings.BASE_DIR = tree
    monkeypatch.setenv("ILDCARE_VAR", str(tree))
    monkeypatch.setattr(tool, "install", lambda root, var: "")
    with pytest.raises(CommandError, match="less than 95 %"):
        call_command("mutate", seed=8, sample=8, jobs=1)
    assert "7 caught, 1 survived: 87.5 % of 8" in capsys.readouterr().out
    monkeypatch.setattr(Pretended, "notice", set(range(1, 9)))
    (tree / "tests/monitoring/test_small.py").write_text("def test(): ...\n", encoding="utf-8")
    call_command("mutate", seed=8, sample=8, jobs=1)
    assert "8 caught, 0 survived: 100.0 % of 8" in capsys.readouterr().out


def test_the_command_says_that_the_tool_cannot_be_had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ILDCARE_VAR", str(tmp_path))
    monkeypatch.setattr(tool, "find_spec", lambda name: None)
    monkeypatch.setattr(tool, "installed_beside", lambda lock, folder: False)
    with pytest.raises(CommandError, match="could not be installed"):
        call_command("mutate", sample=1)


def test_pure_tests_that_are_asked_are_there() -> None:
    assert [x for x in trying.ROOMS if not (Path(settings.BASE_DIR) / x).is_dir()] == []
