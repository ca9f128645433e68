"""`python -m tests.mutation.cold`: tries changed modules from the start, with the framework already in memory.

The child imports the product and the tests anew; the changed module comes from the job instead of from the disk.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

# what every run of the tests loads and no change touches (but no plugins of pytest: it wants to load these itself)
import celery
import django.contrib.admin
import django.contrib.postgres.fields
import django.db.models
import django.forms
import django.test
import django_structlog
import playwright.sync_api
import psycopg
import pytest
import redis
import rules

from tests.mutation.serving import Pipes, Tried, fewer_random_cases, only_fast, serve

ROOT = Path(__file__).resolve().parent.parent.parent
PRELOADED = (celery, django, django_structlog, playwright, psycopg, redis, rules)


class Changed(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Finds one module, with another source."""

    def __init__(self, file: str, source: str) -> None:
        super().__init__(file.removesuffix(".py").removesuffix("/__init__").replace("/", "."), str(ROOT / file))
        self.source = source
        self.found = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        return (
            importlib.util.spec_from_file_location(fullname, self.path, loader=self) if fullname == self.name else None
        )

    def get_code(self, fullname: str) -> CodeType:
        self.found = True
        return compile(self.source, self.path, "exec", dont_inherit=True)


class Chosen(Tried):
    """What is tried: the tests that the job names, then any that are there only since the change."""

    def __init__(self, order: list[str], others: list[str]) -> None:
        super().__init__()
        self.others = set(others)
        self.order = {nodeid: number for number, nodeid in enumerate(order)}

    @pytest.hookimpl
    def pytest_configure(self) -> None:
        fewer_random_cases()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        only_fast(config, items)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        session.items[:] = [x for x in session.items if x.nodeid not in self.others]
        session.items.sort(key=lambda x: self.order.get(x.nodeid, len(self.order)))


def attempt(job: dict[str, Any], tell: Any) -> int:
    """In the child: run the tests of the job on the changed module."""
    changed, chosen = Changed(job["file"], job["source"]), Chosen(job["tests"], job["others"])
    sys.meta_path.insert(0, changed)
    code = pytest.main([*job["arguments"], *job["paths"]], plugins=[chosen])
    if code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} and not chosen.failed:
        tell({"imported": changed.found})
        return 0
    tell({"by": chosen.failed or f"pytest ended with {code}"})
    return 1


def main() -> None:
    """Serve until there are no more jobs."""
    pipes = Pipes.of_the_environment()
    pipes.answer(ready=True)
    serve(pipes, attempt)


if __name__ == "__main__":
    main()
