"""The rules of the house that no linter knows. A rule that turns out wrong is changed here and in DEVELOPERS.md."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from algorithm import flowcharts
from monitoring import rules

ROOT = Path(__file__).resolve().parent.parent
APPS = ("patients", "algorithm", "monitoring", "ildcare")

TOP_LEVEL = {
    *("manage.py", "pyproject.toml", "ildcare", "patients", "algorithm", "monitoring", "templates", "static", "tests"),
    *("docker-compose.yml", ".ci", ".gitignore", ".dockerignore", "README.md", "DEVELOPERS.md", "LICENSE"),
    *("CHANGELOG.md", "requirements.lock", "requirements-dev.lock", "bootstrap.lock", "docs", "benchmarks", "locale"),
}

# rooms without framework, clock or disk; a folder stands for everything in it
PURE = (
    "monitoring/clock.py",
    *("patients/clinical", "patients/imports"),
    *(f"algorithm/{x}" for x in ("engine.py", "flowcharts", "subtypes.py", "prognosis.py", "scores", "diagram.py")),
    *(f"algorithm/{x}" for x in ("chart.py", "deciding.py", "reading.py", "whatif.py", "notices.py")),
    *(f"algorithm/{x}" for x in ("response_facts.py", "evidence.py", "opinion.py", "record.py", "difference.py")),
    "algorithm/overrides.py",
    *(f"algorithm/{x}" for x in ("lettering.py", "shapes.py", "pen.py")),
    *(f"monitoring/{x}" for x in ("engine.py", "intervals.py", "rules", "lifecycle.py", "levels.py", "readings.py")),
    *("ildcare/ranking.py", "ildcare/sparkline.py"),
)
DRAWING = {
    "algorithm/diagram.py",
    "algorithm/lettering.py",
    "ildcare/sparkline.py",
}  # coordinates on a page are no clinical values
CLOCK = {"now", "today", "utcnow", "monotonic", "time", "localtime"}
DISK = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "urlopen"}

WRITES = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete"}
WRITERS = {
    *("patients/actions/records.py", "patients/actions/facts.py", "patients/actions/rounds.py"),
    "algorithm/actions.py",
    "monitoring/actions.py",
    "patients/deeds.py",  # what every deed shares: mark, nonce, optimistic lock
    "patients/recording.py",  # the one deed that stores facts of every kind
    "ildcare/evaluation.py",  # clears the marks it has claimed, in the transaction that stores the answers
}

LONGEST_FILE = 345  # lines: "about 300"
CATALOGUES = {"patients/clinical/measurements.py"}  # data, one entry after the other
UNTELLING = {"utils", "util", "helpers", "helper", "common", "core", "manager", "managers", "service", "services"}

# pages that are the answer to other addresses, and why
NOT_ADDRESSES = {
    "patients/conflict.html",  # 409: what every deed answers when the record has changed
    "ildcare/downtime.html",  # a file for when no address answers
}


def modules(*places: str) -> Iterator[Path]:
    for place in places:
        path = ROOT / place
        found = [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
        yield from (x for x in found if x.exists() and "migrations" not in x.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(path: Path) -> Iterator[tuple[ast.Call, str, str]]:
    """Calls of a module: the node, the name called, and the name it is called on ("" for a plain function)."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            yield node, node.func.attr, owner.id if isinstance(owner, ast.Name) else "."
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, node.func.id, ""


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: relative import"
            yield node.module or ""


def addresses(patterns: list | None = None) -> Iterator[URLPattern]:
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLPattern):
            yield entry
        elif isinstance(entry, URLResolver) and entry.namespace != "admin":
            yield from addresses(entry.url_patterns)


# -- the tree ---------------------------------------------------------------------------------------------------------


def committed() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git here")
    return listed.stdout.split()


def test_the_top_level_is_the_users() -> None:
    assert {path.partition("/")[0] for path in committed()} - TOP_LEVEL == set()


def test_nothing_names_the_place_where_it_was_built() -> None:
    """The product needs nothing outside its clone: no machine's paths, no neighbouring folder, no package host."""
    outside = re.compile(r"\.\./shared|/work/|/root/\.|pypi\.org|files\.pythonhosted|registry\.npmjs|artifactory", re.I)
    found = []
    for name in committed():
        path = ROOT / name
        if name == "tests/test_house.py" or "static/vendor" in name or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{name}: {match.group()}" for match in outside.finditer(text)]
    assert found == []


def test_modules_have_telling_names() -> None:
    assert [name_of(x) for x in modules(*APPS) if {x.stem, x.parent.name} & UNTELLING] == []


# -- rooms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", list(modules(*PURE)), ids=name_of)
def test_pure_rooms_import_the_standard_library_and_pure_rooms_only(path: Path) -> None:
    pure = {name_of(x).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for x in modules(*PURE)}
    foreign = [x for x in imports(path) if x.partition(".")[0] not in sys.stdlib_module_names and x not in pure]
    assert foreign == []
    wing = path.relative_to(ROOT).parts[0]
    assert [x for x in imports(path) if x in pure and x.partition(".")[0] not in {wing, "patients"}] == []


@pytest.mark.parametrize("path", list(modules(*PURE)), ids=name_of)
def test_pure_rooms_ask_neither_clock_nor_disk(path: Path) -> None:
    asked = [
        f"{owner}.{name}, line {node.lineno}"
        for node, name, owner in calls(path)
        if name in DISK or (name in CLOCK and owner in {"datetime", "date", "time", "timezone"})
    ]
    assert asked == []


@pytest.mark.parametrize("path", [x for x in modules(*PURE) if name_of(x) not in DRAWING], ids=name_of)
def test_pure_rooms_know_no_floating_point(path: Path) -> None:
    """Values are Decimal: 0.1 + 0.2 decides no treatment."""
    floats = [
        node.lineno
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]
    assert floats == []


def test_writes_stand_in_actions_only() -> None:
    """R33 has one place to look at: nobody writes but a deed. (`update` counts when it names columns.)"""
    written = []
    for path in modules(*APPS):
        name = name_of(path)
        if name in WRITERS or name.startswith("ildcare/demo/") or name == "ildcare/management/commands/seed_demo.py":
            continue
        for node, called, owner in calls(path):
            by_columns = called == "update" and node.keywords and not node.args
            if owner and (called in WRITES or (by_columns and owner == ".")):
                written.append(f"{name}:{node.lineno} {called}")
    assert written == []


def test_migrations_import_no_living_code() -> None:
    living = re.compile(r"^(patients|algorithm|monitoring|ildcare)\.(?!models\.fields$)")
    found = []
    for app in APPS:
        for path in sorted((ROOT / app).glob("migrations/*.py")):
            found += [f"{name_of(path)}: {x}" for x in imports(path) if living.match(x)]
    assert found == []


# -- one obvious place ------------------------------------------------------------------------------------------------


def test_every_rule_file_is_registered() -> None:
    files = {x.stem for x in (ROOT / "monitoring/rules").glob("*.py")} - {"__init__"}
    assert {rule.detect.__module__.rpartition(".")[2] for rule in rules.RULES} == files


def test_every_rule_has_a_vignette() -> None:
    stories = [x.name for x in (ROOT / "tests/vignettes/rules").glob("*.json")]
    files = {x.stem for x in (ROOT / "monitoring/rules").glob("*.py")} - {"__init__"}
    assert {rule for rule in files if not any(x.startswith(rule) for x in stories)} == set()


def test_every_flowchart_file_is_published() -> None:
    files = {x.stem for x in (ROOT / "algorithm/flowcharts").glob("*.py")} - {"__init__"}
    assert {name for name, _version in flowcharts.PUBLISHED} == files


def test_address_view_and_page_have_one_name() -> None:
    """`path(..., views.alert_list, name="alert_list")` and `templates/<app>/alert_list.html`: the same name thrice."""
    assert [x.name for x in addresses() if x.name != x.callback.__name__] == []


def test_every_page_belongs_to_an_address_of_its_app() -> None:
    apps = {x.name: x.callback.__module__.partition(".")[0] for x in addresses()}
    pages = [x.relative_to(ROOT / "templates") for x in (ROOT / "templates").glob("*/*.html")]
    lost = [
        str(x)
        for x in pages
        if not x.name.startswith("_") and apps.get(x.stem) != x.parts[0] and str(x) not in NOT_ADDRESSES
    ]
    assert lost == []


# -- style ------------------------------------------------------------------------------------------------------------


def lengths() -> list[tuple[int, str]]:
    found = []
    for path in modules(*APPS):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.append(((node.end_lineno or node.lineno) - node.lineno + 1, f"{name_of(path)}:{node.name}"))
    return found


def test_functions_are_short() -> None:
    """Median under ten lines, nine in ten under thirty."""
    sizes = [size for size, _name in lengths()]
    assert statistics.median(sizes) < 10
    assert statistics.quantiles(sizes, n=10)[-1] < 30


def test_files_stay_readable() -> None:
    lines = {name_of(x): len(x.read_text(encoding="utf-8").splitlines()) for x in modules(*APPS)}
    assert {name: n for name, n in lines.items() if n > LONGEST_FILE and name not in CATALOGUES} == {}


def test_every_dependency_and_every_silenced_lint_has_its_reason() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.findall(r'^    "[^"]+",.*$', project.split("[tool.")[0], re.MULTILINE)
    bare = [line.strip() for line in listed if "#" not in line]
    for path in modules(*APPS, "tests", "manage.py"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"# noqa: [A-Z0-9, ]+$", line):
                bare.append(f"{name_of(path)}:{number}")
    assert listed
    assert bare == []


@pytest.mark.parametrize("path", list(modules(*APPS)), ids=name_of)
def test_public_functions_and_classes_say_what_they_are(path: Path) -> None:
    """Django's Meta and the methods it prescribes need no sentence."""
    tree = tree_of(path)
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []
