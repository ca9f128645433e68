"""The mutation tool, cosmic-ray: its operators find and make the changes, its session file keeps what was tried.

The tool's own way of running (change the file, start the tests anew) would take a minute a change; ours is in
`trying.py` and never writes to the tree. The tool is installed when it is first asked, beside the environment.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ildcare.operations.beside import installed_beside
from ildcare.operations.mutation.changes import Change, Spot
from ildcare.operations.mutation.report import Result

LOCK = "requirements-mutation.lock"
COMPARISONS = (  # the other side of a boundary, the opposite, the other direction
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
    *("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt"),
    *("Lt_Gt", "Gt_Lt", "LtE_GtE", "GtE_LtE"),
)
ARITHMETIC = (
    "Add_Sub",
    "Sub_Add",
    "Mul_Div",
    "Div_Mul",
    "FloorDiv_Div",
    "Mod_FloorDiv",
    "BitOr_BitAnd",
    "BitAnd_BitOr",
)
OPERATORS = (  # slips that a person makes; the tool's others (`<` to `is`, `+` to `>>`) break at once and prove nothing
    *("NumberReplacer", "AddNot", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse"),
    *("ReplaceFalseWithTrue", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ExceptionReplacer"),
    *("RemoveDecorator", "ZeroIterationForLoop", "ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub"),
    *(f"ReplaceComparisonOperator_{x}" for x in COMPARISONS),
    *(f"ReplaceBinaryOperator_{x}" for x in ARITHMETIC),
)


def install(root: Path, var: Path) -> str:
    """Make the tool importable, in a folder of its own. Returns what went wrong, or ""."""
    if find_spec("cosmic_ray"):
        return ""
    folder = var / "mutation" / "tool"
    if not installed_beside(root / LOCK, folder):
        return "The mutation tool could not be installed: check this machine's network or package mirror."
    sys.path.append(str(folder))  # at the end: what the environment has already stays as it is
    return ""


def spots(root: Path, files: list[str]) -> Iterator[Spot]:
    """Every place where an operator can change something."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator

    for file in files:
        nodes = list(ast_nodes(get_ast((root / file).read_text(encoding="utf-8"))))
        for name in OPERATORS:
            operator = get_operator(f"core/{name}")()
            places = (start for node in nodes for start, _end in operator.mutation_positions(node))
            yield from (Spot(file, name, n, line) for n, (line, _column) in enumerate(places))


def change_at(root: Path, spot: Spot) -> Change:
    """The change itself."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    before = (root / spot.file).read_text(encoding="utf-8")
    return Change(spot, before, mutate_code(before, get_operator(f"core/{spot.operator}")(), spot.occurrence) or before)


class Session:
    """A session file of the tool: the changes of a run, and the results so far."""

    def __init__(self, path: Path) -> None:
        from cosmic_ray.work_db import WorkDB

        self.database: Any = WorkDB(path, WorkDB.Mode.create)

    @classmethod
    def begin(cls, path: Path, chosen: list[Spot]) -> Session:
        """Keep what is to be tried. A file that was not written to its end never bears the name."""
        from cosmic_ray.work_item import MutationSpec, WorkItem

        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        session = cls(unfinished)
        specs = (MutationSpec(x.file, f"core/{x.operator}", x.occurrence, (x.line, 0), (x.line, 1)) for x in chosen)
        session.database.add_work_items([WorkItem.single(uuid.uuid4().hex, x) for x in specs])
        session.database.close()
        unfinished.rename(path)
        return cls(path)

    def waiting(self) -> list[tuple[str, Spot]]:
        """What is still to be tried, with the number of its job."""
        return [(x.job_id, _spot(x)) for x in self.database.pending_work_items]

    def keep(self, job: str, change: Change, outcome: str, by: str) -> None:
        """Store a result."""
        from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

        said = {"caught": TestOutcome.KILLED, "survived": TestOutcome.SURVIVED}.get(outcome)
        worker = WorkerOutcome.NORMAL if said else WorkerOutcome.SKIPPED
        self.database.set_result(job, WorkResult(worker, by, said, change.diff))

    def results(self) -> list[tuple[str, Spot, Result]]:
        """What came out so far."""
        return [(x.job_id, _spot(x), _result(_spot(x), y)) for x, y in self.database.completed_work_items]


def _spot(item: Any) -> Spot:
    found = item.mutations[0]
    file, operator = found.module_path.as_posix(), found.operator_name.removeprefix("core/")
    return Spot(file, operator, found.occurrence, found.start_pos[0])


def _result(spot: Spot, kept: Any) -> Result:
    outcome = {"killed": "caught", "survived": "survived"}.get(kept.test_outcome or "", "equivalent")
    return Result(f"{spot.file}:{spot.line}", spot.operator, kept.diff or "", outcome, kept.output or "")
