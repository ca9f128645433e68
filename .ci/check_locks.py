"""Do the lock files hold what pyproject.toml asks for? Names and lower bounds only; nothing is asked of a registry."""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\\\;]+)", re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    """Version by package of a lock file."""
    return {canonicalize_name(x): version for x, version in PINNED.findall((ROOT / name).read_text(encoding="utf-8"))}


def missing(wanted: list[str], lock: dict[str, str]) -> list[str]:
    """Requirements that a lock does not fulfil."""
    asked = [Requirement(text) for text in wanted]
    return [str(x) for x in asked if not x.specifier.contains(lock.get(canonicalize_name(x.name), "0"), True)]


def main() -> None:
    """Exit code 1 and the names, if the locks are behind."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    production = project["project"]["dependencies"]
    everything = production + project["project"]["optional-dependencies"]["embedded"]
    everything += project["dependency-groups"]["test"]
    behind = missing(production, locked("requirements.lock")) + missing(everything, locked("requirements-dev.lock"))
    beside = {name: locked(f"requirements-{name}.lock") for name in ("mutation", "survival")}
    for name, lock in beside.items():
        behind += missing(project["dependency-groups"][name], lock)
    one, other = locked("requirements.lock"), locked("requirements-dev.lock")
    behind += [f"{name} differs between the locks" for name in one if other.get(name) != one[name]]
    for tool in beside.values():  # beside the environment: what both have is of one version
        behind += [f"{name} differs between the locks" for name in tool if other.get(name, tool[name]) != tool[name]]
    if behind:
        sys.exit("lock files are behind pyproject.toml: " + ", ".join(behind))


if __name__ == "__main__":
    main()
