"""Changes to try: what one is, which are known to mean the same, and which are drawn for a sample."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# the pure rooms that judge; what only draws is no judgement
TARGETS = (
    "patients/clinical",
    *(f"algorithm/{x}" for x in ("walk", "flowcharts", "literature")),
    *(f"algorithm/{x}.py" for x in ("opinion", "record", "causes", "consequences", "difference", "overrides")),
    "monitoring/rules",
    *(f"monitoring/{x}.py" for x in ("clock", "engine", "evidence", "intervals", "lifecycle", "levels", "limits")),
    *(f"monitoring/{x}.py" for x in ("episodes", "glucan", "readings", "signs", "suspects", "unwatched")),
    *(f"monitoring/{x}.py" for x in ("saturation", "microangiopathy", "quiet_lines", "waiting_limits")),
)
EQUIVALENTS = "tests/mutation/equivalents.toml"


@dataclass(frozen=True)
class Spot:
    """Where which operator can change something: the file, the operator, and which of its places in the file."""

    file: str
    operator: str
    occurrence: int
    line: int


@dataclass(frozen=True)
class Change:
    """A spot and the text of the file with the change."""

    spot: Spot
    before: str
    after: str

    @property
    def lines(self) -> tuple[str, str]:
        """The first line that differs, as it is and as it becomes; blanks and comments go with a decorator."""
        pairs = zip(_lines_of(self.before), _lines_of(self.after), strict=False)
        return next(((a, b) for a, b in pairs if a != b), ("", ""))

    @property
    def diff(self) -> str:
        """The change for a reader."""
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), n=0, lineterm="")
        return "\n".join(x for x in lines if not x.startswith(("---", "+++", "@@")))


def _lines_of(text: str) -> list[str]:
    return [line for x in text.splitlines() if (line := x.strip()) and not line.startswith("#")]


def modules(root: Path, targets: Iterable[str] = TARGETS) -> list[str]:
    """Files of the targets, relative to the root."""
    paths = [x for name in targets for x in ([root / name] if name.endswith(".py") else (root / name).rglob("*.py"))]
    return sorted(x.relative_to(root).as_posix() for x in paths)


def drawn(spots: Iterable[Spot], texts: dict[str, list[str]], seed: int) -> list[Spot]:
    """All spots in the order of a seed. An edit elsewhere in a file leaves the order of the others as it was."""
    seen: Counter[tuple[str, str, str]] = Counter()
    keys = {}
    for spot in spots:
        same = (spot.file, spot.operator, texts[spot.file][spot.line - 1].strip())
        seen[same] += 1
        keys[spot] = hashlib.sha256(repr((seed, same, seen[same])).encode()).hexdigest()
    return sorted(keys, key=keys.__getitem__)


def _without_blanks(line: str) -> str:
    """The tool writes a number that it has changed with a blank before it."""
    return "".join(line.split())


@dataclass(frozen=True)
class Equivalent:
    """A change that is known to mean the same, and why. It is known by its text, so it survives a move in its file."""

    file: str
    operator: str
    line: str
    becomes: str
    reason: str

    def is_of(self, change: Change) -> bool:
        """Is it this change?"""
        spot, (line, becomes) = change.spot, change.lines
        same_place = (self.file, self.operator, self.line) == (spot.file, spot.operator, line)
        return same_place and _without_blanks(self.becomes) == _without_blanks(becomes)


@dataclass(frozen=True)
class EquivalentKind:
    """A kind of change that means the same wherever it stands: an operator on lines of a form (a pattern)."""

    operator: str
    line: str
    reason: str

    def is_of(self, change: Change) -> bool:
        """Is it of this kind?"""
        return self.operator == change.spot.operator and bool(re.fullmatch(self.line, change.lines[0]))


@dataclass(frozen=True)
class Known:
    """The kept list."""

    changes: tuple[Equivalent, ...] = ()
    kinds: tuple[EquivalentKind, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Known:
        """From its file."""
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        changes = tuple(Equivalent(**x) for x in told.get("change", ()))
        return cls(changes, tuple(EquivalentKind(**x) for x in told.get("kind", ())))

    def has(self, change: Change) -> bool:
        """Is the change known to mean the same?"""
        return any(x.is_of(change) for x in self.kinds) or any(x.is_of(change) for x in self.changes)


def faults_of_list(known: Known, root: Path) -> list[str]:
    """Entries without a reason, told twice, or of a line that is no longer there."""
    reasons = [(x.line, x.reason) for x in known.changes] + [(x.line, x.reason) for x in known.kinds]
    faults = [f"{line}: no reason" for line, reason in reasons if not reason.strip()]
    told = Counter((x.file, x.operator, x.line, x.becomes) for x in known.changes)
    faults += [f"{file}: {line}: told {n} times" for (file, _, line, _), n in told.items() if n > 1]
    for entry in known.changes:
        path = root / entry.file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if entry.line not in {x.strip() for x in text.splitlines()}:
            faults.append(f"{entry.file}: {entry.line}: not there")
    return faults
