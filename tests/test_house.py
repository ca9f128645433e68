"""The rules of the house that no linter knows. A rule that turns out wrong is changed here and in DEVELOPERS.md."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from algorithm import flowcharts, scores
from monitoring import rules
from patients.clinical.drug_levels import levelled_drugs
from tests.together import each

ROOT = Path(__file__).resolve().parent.parent
APPS = ("patients", "algorithm", "monitoring", "ildcare")

TOP_LEVEL = {
    *("manage.py", "pyproject.toml", "ildcare", "patients", "algorithm", "monitoring", "templates", "static", "tests"),
    *("docker-compose.yml", ".ci", ".gitignore", ".dockerignore", "README.md", "DEVELOPERS.md", "LICENSE"),
    *("CONTRIBUTING.md", ".editorconfig", ".pre-commit-config.yaml"),
    *("CHANGELOG.md", "docs", "benchmarks", "locale"),
    *(
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-mutation.lock",
        "requirements-survival.lock",
        "bootstrap.lock",
    ),
}

# rooms without framework, clock or disk; a folder stands for everything in it
PURE = (
    *("patients/clinical", "patients/imports", "patients/exports"),
    *("patients/sign_off.py", "patients/pseudonyms.py"),
    *(f"algorithm/{x}" for x in ("walk", "flowcharts", "literature", "drawing", "scores", "scoring.py")),
    *(
        f"algorithm/{x}"
        for x in (
            *("opinion.py", "record.py", "fingerprints.py", "causes.py", "consequences.py", "difference.py"),
            *("overrides.py", "charts.py", "variants.py"),
        )
    ),
    *(f"monitoring/{x}" for x in ("clock.py", "engine.py", "intervals.py", "rules", "lifecycle.py", "levels.py")),
    *(f"monitoring/{x}" for x in ("episodes.py", "glucan.py", "signs.py", "suspects.py")),
    *(f"monitoring/{x}" for x in ("saturation.py", "microangiopathy.py", "quiet_lines.py", "waiting_limits.py")),
    *(f"monitoring/{x}" for x in ("attributes.py", "releases.py", "site_values.py", "comparing.py")),
    *(f"monitoring/{x}" for x in ("limits.py", "readings.py", "evidence.py", "unwatched.py", "fever.py", "stands.py")),
    *(f"monitoring/{x}" for x in ("interactions.py", "overlaps.py", "targets.py", "against_baseline.py")),
    *(f"monitoring/{x}" for x in ("kidney.py", "card_trends.py", "following.py", "fatigue.py")),
    *(f"ildcare/{x}" for x in ("drawing", "trends/ranges.py")),
    *(f"ildcare/ward/{x}" for x in ("ranking.py", "standing.py", "systems.py", "why.py")),
    *(f"ildcare/review/{x}" for x in ("waiting.py", "delays.py", "figures.py", "learning.py")),
    "ildcare/operations/backup/keeping.py",
    *(f"ildcare/cohort/{x}.py" for x in ("survival", "members", "groups", "backtest", "printed", "therapy")),
    *(f"ildcare/{x}" for x in ("moment/state_code.py", "record/flow_sheet.py", "record/new_results.py")),
)
# a format that a well-kept library takes apart, itself without disk or clock
READERS = {"patients/imports/hl7v2.py": {"hl7"}}
BELOW = {  # from where a pure room takes pure rooms, and a template files and tags
    "patients": {"patients"},
    "algorithm": {"algorithm", "patients"},
    "monitoring": {"monitoring", "patients"},
    "ildcare": set(APPS),
}
# coordinates on a page, parts of a group and rates of alerts are no clinical values
NO_CLINICAL_VALUES = ("algorithm/drawing/", "ildcare/drawing/", "ildcare/cohort/", "monitoring/fatigue.py")
SAYS_PURE = re.compile(r"\bPure( clinical knowledge)?[.,:;]")
CLOCK = {"now", "today", "utcnow", "monotonic", "time", "localtime"}
DISK = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "urlopen"}

WRITES = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete"}
WRITERS = {
    *("patients/actions/records.py", "patients/actions/facts.py", "patients/actions/rounds.py"),
    *("patients/actions/sheets.py", "patients/actions/deliveries.py", "patients/actions/settling.py"),
    "patients/actions/withdrawing.py",
    *("patients/actions/prints.py", "patients/actions/machines.py", "patients/actions/silence.py"),
    *("patients/actions/people.py", "patients/actions/asking.py", "patients/actions/retention.py"),
    *("patients/actions/sheets.py", "patients/actions/deliveries.py", "patients/actions/tables.py"),
    *("patients/actions/stays.py", "patients/actions/responsibilities.py", "patients/actions/cohorts.py"),
    *("patients/actions/identity.py", "patients/actions/merging.py"),
    *("algorithm/actions.py", "algorithm/changing_notes.py"),
    *("monitoring/actions.py", "monitoring/acknowledging.py", "monitoring/changing_rules.py"),
    *("monitoring/announcing.py", "monitoring/owning.py", "monitoring/marking.py"),
    *("monitoring/notifying.py", "monitoring/notification_choices.py"),
    "patients/actions/reviews.py",
    "patients/changes.py",  # what every change shares: mark, nonce, optimistic lock
    "patients/recording.py",  # the one change that stores facts of every kind
    "ildcare/evaluation/sweep.py",  # clears the marks it has claimed, in the transaction that stores the answers
}

LONGEST_FILE = 450  # lines: the concept decides where a file is cut, not its length
MOST_FIELDS = 5  # of what is built by position
LONGEST_LINE = 160  # of a template
BLOCKS = (  # elements of a page that stand on lines of their own
    "address|article|aside|caption|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|html|"
    "legend|li|main|nav|ol|option|p|section|select|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
CATALOGUES = {"patients/clinical/measurements.py"}  # data, one entry after the other
UNTELLING = {"utils", "util", "helpers", "helper", "common", "core", "manager", "managers", "service", "services"}

# pages that are the answer to other addresses, and why
NOT_ADDRESSES = {
    "patients/conflict.html",  # 409: what every change answers when the record has changed
    "ildcare/paper/downtime.html",  # a file for when no address answers
}


def modules(*places: str) -> Iterator[Path]:
    for place in places:
        path = ROOT / place
        found = [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
        yield from (x for x in found if x.exists() and "migrations" not in x.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """All of a module, walked once for all rules that ask."""
    return tuple(ast.walk(tree_of(path)))


def calls(path: Path) -> Iterator[tuple[ast.Call, str, str]]:
    """Calls of a module: the node, the name called, and the name it is called on ("" for a plain function)."""
    for node in nodes_of(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            yield node, node.func.attr, owner.id if isinstance(owner, ast.Name) else "."
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, node.func.id, ""


def imports(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
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
    outside = ("../shared", "/work/", "/root/.", "pypi.org", "files.pythonhosted", "registry.npmjs", "artifactory")
    found = []
    for name in committed():
        path = ROOT / name
        if name == "tests/test_house.py" or "static/vendor" in name or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="ignore").lower()
        found += [f"{name}: {x}" for x in outside if x in text]
    assert found == []


def test_modules_have_telling_names() -> None:
    assert [name_of(x) for x in modules(*APPS) if {x.stem, x.parent.name} & UNTELLING] == []


def test_decisions_are_numbered_dated_and_listed() -> None:
    """Each says what was decided, when, why, and what was not done instead."""
    folder = ROOT / "docs" / "decisions"
    files = sorted(folder.glob("[0-9]*.md"))
    assert [x.name[:4] for x in files] == [f"{n:04d}" for n in range(1, len(files) + 1)]
    listed = (folder / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^- \[(\d{4})\]\((.+?)\)", listed, re.MULTILINE) == [(x.name[:4], x.name) for x in files]
    form = re.compile(
        r"# \d{4} .+\n\n\d{4}-\d\d-\d\d\n.*## Context\n.*## Decision\n.*## Not taken\n.*## Consequence\n", re.DOTALL
    )
    assert [x.name for x in files if not form.match(x.read_text(encoding="utf-8"))] == []


HIDING = {"given", "told", "asked", "found", "shown", "look", "looks", "deed", "deeds", "owed", "sound", "dawn"}
PLAIN_ALL_THE_SAME = {  # and why
    "look_alikes": "two names that are taken for each other: the word of patient safety",
    "look_alikes_among": "the same",
    "evaluation_shown": "shown: the data that the author of a decision saw (the words of DEVELOPERS.md)",
    "keep_evaluation_shown": "the same",
    "since_shown": "the same",
    "shown": "the same: a module",
}


def public_names() -> Iterator[tuple[str, str]]:
    """Modules with the names that they offer: functions, classes, constants."""
    for path in modules(*APPS):
        yield name_of(path), path.stem
        for node in tree_of(path).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield name_of(path), node.name
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from ((name_of(path), x.id) for x in targets if isinstance(x, ast.Name))


def test_public_names_say_what_a_thing_is() -> None:
    """`told` was a fact, a message, a card and a text; a name says which."""
    words = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
    named = {
        (place, name)
        for place, name in public_names()
        if not name.startswith("_") and HIDING & {x.lower() for x in words.findall(name)}
    }
    assert sorted(x for x in named if x[1] not in PLAIN_ALL_THE_SAME) == []
    assert set(PLAIN_ALL_THE_SAME) - {name for _place, name in named} == set(), "stale"


DOCUMENTS = (
    "README.md",
    "DEVELOPERS.md",
    "CONTRIBUTING.md",
    "docs/hazards.md",
    *sorted(x.relative_to(ROOT).as_posix() for x in (ROOT / "docs" / "decisions").glob("*.md")),
)
TOLD_AS_EXAMPLE = {
    *("monitoring/rules/platelets_low.py", "monitoring/canaries/platelets_low.json"),
    "tests/vignettes/rules/platelets_low.json",
}


def paths_named(text: str) -> Iterator[str]:
    """Paths of the tree that a document names: in code, `a/{b,c}.py` as two, `templates/<app>/...` as its beginning."""
    tops = "|".join(sorted(re.escape(x) for x in TOP_LEVEL))
    for path in re.findall(rf"(?<![\w/.<-])((?:{tops})/[\w./{{}},*<>-]*)", text):
        stem = path.partition("<")[0].rstrip(".,")
        braces = re.search(r"{(.+?)}", stem)
        yield from (stem.replace(braces.group(), x) for x in braces.group(1).split(",")) if braces else [stem]


def test_documents_name_only_what_exists() -> None:
    def holds(document: str) -> None:
        named = set(paths_named((ROOT / document).read_text(encoding="utf-8"))) - TOLD_AS_EXAMPLE
        assert [x for x in sorted(named) if not any(ROOT.glob(x.rstrip("/")))] == []

    each(DOCUMENTS, holds)


# -- rooms ------------------------------------------------------------------------------------------------------------


def test_a_room_is_pure_if_and_only_if_its_docstring_says_so() -> None:
    listed = [name_of(x) for x in modules(*PURE)]
    stated = {name_of(x) for x in modules(*APPS) if SAYS_PURE.search(ast.get_docstring(tree_of(x)) or "")}
    rooms = {x if x.endswith(".py") else f"{x}/__init__.py" for x in PURE}
    assert stated - set(listed) == set(), "says that it is pure: belongs into PURE"
    assert rooms - stated == set(), "stands in PURE: its docstring says so"


def test_pure_rooms_import_the_standard_library_and_pure_rooms_only() -> None:
    pure = {name_of(x).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for x in modules(*PURE)}

    def holds(path: Path) -> None:
        known = sys.stdlib_module_names | READERS.get(name_of(path), set())
        foreign = [x for x in imports(path) if x.partition(".")[0] not in known and x not in pure]
        assert foreign == []
        wing = path.relative_to(ROOT).parts[0]
        assert [x for x in imports(path) if x in pure and x.partition(".")[0] not in BELOW[wing]] == []

    each(modules(*PURE), holds, name_of)


def test_pure_rooms_ask_neither_clock_nor_disk() -> None:
    def holds(path: Path) -> None:
        asked = [
            f"{owner}.{name}, line {node.lineno}"
            for node, name, owner in calls(path)
            if name in DISK or (name in CLOCK and owner in {"datetime", "date", "time", "timezone"})
        ]
        assert asked == []

    each(modules(*PURE), holds, name_of)


def test_pure_rooms_know_no_floating_point() -> None:
    """Values are Decimal: 0.1 + 0.2 decides no treatment."""

    def holds(path: Path) -> None:
        floats = [
            node.lineno
            for node in nodes_of(path)
            if (isinstance(node, ast.Constant) and isinstance(node.value, float))
            or (isinstance(node, ast.Name) and node.id == "float")
        ]
        assert floats == []

    each((x for x in modules(*PURE) if not name_of(x).startswith(NO_CLINICAL_VALUES)), holds, name_of)


def test_writes_stand_in_actions_only() -> None:
    """R33 has one place to look at: nobody writes but a change. (`update` counts when it names columns.)"""
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


def test_every_form_that_is_posted_carries_its_csrf_token() -> None:
    """The clients of tests do not ask for it; a browser's form without it is refused."""
    form = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.S)

    def holds(path: Path) -> None:
        assert [x[:90] for x in form.findall(path.read_text("utf-8")) if "csrf_token" not in x] == []

    each(sorted((ROOT / "templates").rglob("*.html")), holds, name_of)


def test_every_rule_file_is_registered() -> None:
    files = {x.stem for x in (ROOT / "monitoring/rules").glob("*.py")} - {"__init__"}
    assert {rule.detect.__module__.rpartition(".")[2] for rule in rules.RULES} == files


NOT_IN_A_COURSE = {"sent_value_waits"}  # what is on no record yet: tests/monitoring/test_sent_value_waits.py


def test_every_rule_has_a_vignette() -> None:
    stories = [x.name for x in (ROOT / "tests/vignettes/rules").glob("*.json")]
    files = {x.stem for x in (ROOT / "monitoring/rules").glob("*.py")} - {"__init__"} - NOT_IN_A_COURSE
    assert {rule for rule in files if not any(x.startswith(rule) for x in stories)} == set()


def test_every_rule_has_a_canary() -> None:
    """That it raises its alert: tests/monitoring/test_canary_courses.py, and every day the site itself (R16)."""
    files = {x.stem for x in (ROOT / "monitoring/rules").glob("*.py")} - {"__init__"}
    assert {x.stem for x in (ROOT / "monitoring/canaries").glob("*.json")} == files


def test_every_score_file_is_registered_and_has_its_vignettes() -> None:
    files = {x.stem for x in (ROOT / "algorithm/scores").glob("*.py")} - {"__init__"}
    assert {score.totals.__module__.rpartition(".")[2] for score in scores.SCORES} == files
    assert {x.stem for x in (ROOT / "tests/vignettes/scores").glob("*.json")} == files


def test_every_flowchart_file_is_published() -> None:
    files = {x.stem for x in (ROOT / "algorithm/flowcharts").glob("*.py")} - {"__init__"}
    charts = [import_module(f"algorithm.flowcharts.{x}").CHART for x in sorted(files)]
    assert {(x.name, x.version) for x in charts} == set(flowcharts.PUBLISHED)
    assert len(charts) == len(flowcharts.PUBLISHED)


def test_address_view_and_page_have_one_name() -> None:
    """`path(..., views.alert_list, name="alert_list")` and `templates/<app>/alert_list.html`: the same name thrice."""
    assert [x.name for x in addresses() if x.name != x.callback.__name__] == []


def test_every_page_belongs_to_an_address_of_its_app_and_room() -> None:
    rooms = {x.name: x.callback.__module__.split(".")[:-1] for x in addresses()}
    pages = [x.relative_to(ROOT / "templates") for x in (ROOT / "templates").glob("*/**/*.html")]
    lost = [
        str(x)
        for x in pages
        if not x.name.startswith("_") and rooms.get(x.stem) != list(x.parts[:-1]) and str(x) not in NOT_ADDRESSES
    ]
    assert lost == []


# tags that templates load, and the app that brings them
LIBRARIES = {x.stem: x.relative_to(ROOT).parts[0] for app in APPS for x in (ROOT / app).glob("templatetags/[a-z]*.py")}


def reaches_upward(floor: str, text: str) -> set[str]:
    """What a template of this floor takes from above it or from the other wing: files, parts of files, tags."""
    below = BELOW[floor]
    files = re.findall(r"\{%-? *(?:include|extends) +[\"']([^\"']+)[\"']", text)
    upward = {x for x in files if "/" in x and x.partition("/")[0] not in below}
    loads = [x.split(" from ")[-1].split() for x in re.findall(r"\{% *load +(.+?) *%\}", text)]
    return upward | {x for names in loads for x in names if LIBRARIES.get(x, floor) not in below}


def test_templates_follow_the_floors() -> None:
    """A wing's template takes nothing of the roof or of the other wing, the ground floor's nothing above it."""
    places = [(x, x.relative_to(ROOT / "templates").parts[0]) for x in (ROOT / "templates").glob("*/**/*.html")]
    upward = {name_of(x): reaches_upward(floor, x.read_text(encoding="utf-8")) for x, floor in places}
    assert {name: taken for name, taken in upward.items() if taken} == {}


@pytest.mark.parametrize(
    ("floor", "text"),
    [
        ("monitoring", '{% include "ildcare/_direction.html" with cell=x %}'),
        ("monitoring", '{% include "ildcare/ward/ward_list.html#ward" %}'),
        ("monitoring", "{% include 'algorithm/_drawing.html' %}"),
        ("monitoring", '{% include "../ildcare/_direction.html" %}'),
        ("algorithm", '{% extends "monitoring/card_acknowledge.html" %}'),
        ("algorithm", "{% load i18n alert_words %}"),
        ("patients", "{% load subject_name from alert_words %}"),
        ("patients", "{% load flowchart %}"),
    ],
)
def test_a_template_that_reaches_upward_is_noticed(floor: str, text: str) -> None:
    assert reaches_upward(floor, text) != set()
    assert reaches_upward("ildcare", text.replace("../", "")) == set()


@pytest.mark.parametrize("wing", ["patients", "algorithm", "monitoring"])
def test_no_module_of_a_wing_names_a_template_above_it(wing: str) -> None:
    named = {(name_of(x), m) for x in modules(wing) for m in re.findall(r"\"(\w+)/[\w/]+\.html", x.read_text("utf-8"))}
    assert {(name, app) for name, app in named if app not in BELOW[wing]} == set()


# files that may name a levelled drug, and why
NAME_LEVELLED_DRUGS = {
    "patients/clinical/drugs.py": "the catalogue of drugs",
    "patients/clinical/drug_names.py": "what the drugs of the catalogue are called",
    "patients/clinical/dose_limits.py": "usual doses of each drug",
    "patients/clinical/measurements.py": "the catalogue of measurements",
    "patients/imports/drug_codes.py": "codes of drugs as orders carry them",
    "monitoring/intervals.py": "when a level is due",
    "monitoring/levels.py": "the bands",
    "monitoring/interactions.py": "the table of interactions",
    "monitoring/rules/csa_low.py": "a rule about this drug, with its source",
    "monitoring/rules/csa_high.py": "a rule about this drug, with its source",
    "monitoring/rules/csa_target_delay.py": "a rule about this drug, with its source",
    "monitoring/rules/tac_band.py": "a rule about this drug, with its source",
    "monitoring/rules/tac_target_delay.py": "a rule about this drug, with its source",
    "patients/clinical/courses.py": "the drugs that make the steps of the chart",
    "patients/clinical/regimen.py": "what differs from the printed combination",
    "algorithm/flowcharts/kurasawa_arai_2014.py": "a published chart; the code of a choice",
    "algorithm/flowcharts/kurasawa_arai_2014_v2.py": "its second version",
    "patients/models/results.py": "a constraint of the database, as its migration made it",
}


def test_no_other_file_names_a_drug_to_ask_whether_it_has_levels() -> None:
    """A levelled drug is a drug, a measurement with `level`, its interval and its bands, and nothing else."""
    levelled = re.compile("|".join(rf"['\"]{x}['\"]" for x in levelled_drugs()))
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "ildcare/paper/templates").rglob("*.*")]
    places = [x for x in [*modules(*APPS), *pages] if not name_of(x).startswith("ildcare/demo/")]
    naming = {name_of(x) for x in places if levelled.search(x.read_text(encoding="utf-8"))}
    assert naming == set(NAME_LEVELLED_DRUGS)


# -- style ------------------------------------------------------------------------------------------------------------


def lengths() -> list[tuple[int, str]]:
    found = []
    for path in modules(*APPS):
        for node in nodes_of(path):
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


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def names_in(path: Path) -> dict[str, tuple[str, str]]:
    """What the names of a module stand for, as (module, name): its own classes, and what it imports."""
    names = {}
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom):
            names |= {x.asname or x.name: (node.module or "", x.name) for x in node.names}
        elif isinstance(node, ast.ClassDef):
            names[node.name] = (module_of(path), node.name)
    return names


def is_dataclass(node: ast.ClassDef) -> bool:
    return any(ast.unparse(x).startswith("dataclass") for x in node.decorator_list)


def by_keyword_only(node: ast.ClassDef) -> bool:
    return any("kw_only=True" in ast.unparse(x) for x in node.decorator_list)


def own_fields(node: ast.ClassDef) -> int:
    return sum(isinstance(x, ast.AnnAssign) and "ClassVar" not in ast.unparse(x.annotation) for x in node.body)


def with_many_fields() -> dict[tuple[str, str], ast.ClassDef]:
    """Dataclasses and named tuples of more fields than may be told by position; those of their bases count."""
    classes = {}
    for path in modules(*APPS, "benchmarks"):
        for node in nodes_of(path):
            if isinstance(node, ast.ClassDef):
                bases = [names_in(path).get(ast.unparse(x), ("", ast.unparse(x))) for x in node.bases]
                classes[(module_of(path), node.name)] = (node, bases)

    def fields(key: tuple[str, str]) -> int:
        node, bases = classes[key]
        return own_fields(node) + sum(fields(x) for x in bases if x in classes)

    tuples = {x for x, (_node, bases) in classes.items() if ("typing", "NamedTuple") in bases}
    built = {x: node for x, (node, _bases) in classes.items() if x in tuples or is_dataclass(node)}
    return {x: node for x, node in built.items() if fields(x) > MOST_FIELDS}


def by_position(call: ast.Call) -> int:
    """How many fields a call tells by position; one after a star may be any number."""
    return MOST_FIELDS + 1 if any(isinstance(x, ast.Starred) for x in call.args) else len(call.args)


def test_whatever_has_many_fields_is_built_by_keyword() -> None:
    """Two of them swapped by position would pass every type check. A named tuple (for what is made by the thousand)
    cannot forbid it."""
    many = with_many_fields()
    assert len(many) > 50, "nothing was read"
    assert [x for x, node in many.items() if is_dataclass(node) and not by_keyword_only(node)] == []
    swapped = [
        f"{name_of(path)}:{node.lineno} {name}"
        for path in modules(*APPS, "benchmarks", "tests")
        for node, name, owner in calls(path)
        if not owner and names_in(path).get(name) in many and by_position(node) > MOST_FIELDS
    ]
    assert swapped == []


def template_lines() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield f"{name_of(path)}:{number}", line


def test_lines_of_a_template_are_short() -> None:
    assert [place for place, line in template_lines() if len(line) > LONGEST_LINE] == []


def test_a_template_has_one_element_a_line() -> None:
    """No line opens two elements that stand below each other; words with <strong> or a link in them are one line."""
    opened = re.compile(rf"<(?:{BLOCKS})\b")
    assert [place for place, line in template_lines() if len(opened.findall(line)) > 1] == []


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


def test_public_functions_and_classes_say_what_they_are() -> None:
    """Django's Meta and the methods it prescribes need no sentence."""

    def holds(path: Path) -> None:
        silent = [
            node.name
            for node in tree_of(path).body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
        assert silent == []

    each(modules(*APPS), holds, name_of)
