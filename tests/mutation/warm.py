"""A pytest plugin: collects once, and then tries one changed function after the other in a fork of itself.

The change is put into the function that exists (its code is exchanged), so nothing is imported again. That is exact for
whatever runs only when a test calls it; a change of what is computed on import is tried by `tests.mutation.cold`.

First it runs every test once as the code stands, and tells what each took and which functions it entered: a test that
never enters a function cannot notice a change of it.
"""

from __future__ import annotations

import cProfile
import functools
import gc
import os
import sys
import time
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from ildcare.operations.mutation.code import Place, changed_functions, place_of
from tests.mutation.serving import CANNOT, EXITS, Pipes, Tried, fewer_random_cases, only_fast, serve

ROOT = Path(__file__).resolve().parent.parent.parent
LIMIT = 3600  # seconds of processor time for all tests as the code stands
IMPORTS = cProfile.Profile()
IMPORTS.enable()  # this module is read before any of the product


def entered(profile: cProfile.Profile) -> set[Place]:
    """Functions of the product that ran."""
    codes = (x.code for x in profile.getstats())
    return {place for x in codes if isinstance(x, CodeType) and (place := place_of(x, ROOT))}


def pytest_configure(config: pytest.Config) -> None:
    fewer_random_cases()
    config.pluginmanager.register(TRIED)


TRIED = Tried()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    only_fast(config, items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """In place of running the tests: serve."""
    IMPORTS.disable()
    pipes = Pipes.of_the_environment()
    if session.testsfailed:
        pipes.answer(broken=TRIED.failed)
        return True
    _forget_what_was_computed()
    server = Server(session, sorted(entered(IMPORTS)))
    gc.freeze()
    pipes.answer(ready=len(session.items))
    serve(pipes, server.attempt)
    return True


def _forget_what_was_computed() -> None:
    """What functions have kept in memory while tests were collected would hide a change of them."""
    for found in gc.get_objects():
        if isinstance(found, functools._lru_cache_wrapper) and (found.__module__ or "").partition(".")[0] in APPS:
            found.cache_clear()


APPS = {"patients", "algorithm", "monitoring", "ildcare", "tests"}


class Server:
    """The collected tests and the functions of the product."""

    def __init__(self, session: pytest.Session, on_import: list[Place]) -> None:
        self.items = {x.nodeid: x for x in session.items}
        self.on_import = on_import
        self.functions: dict[Place, list[FunctionType]] = {}
        for found in gc.get_objects():
            if isinstance(found, FunctionType) and (place := place_of(found.__code__, ROOT)):
                self.functions.setdefault(place, []).append(found)

    def attempt(self, job: dict[str, Any], tell: Any) -> int:
        """In the child: try a change, or all tests as the code stands if the job has none."""
        if "part" in job:
            items = [x for x in self.items.values() if x.nodeid.partition("::")[0] in job["modules"]]
            return self._as_it_stands(items[job["part"] :: job["parts"]], tell)
        if not (self._put_functions(job) if "source" in job else self._put_constant(job)):
            return code_of(CANNOT)
        items = [self.items[x] for x in job["tests"]]
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if TRIED.failed:
                tell({"by": TRIED.failed})
                return 1
        return 0

    def _put_functions(self, job: dict[str, Any]) -> bool:
        path = ROOT / job["file"]
        changed = changed_functions(path.read_text(encoding="utf-8"), job["source"], str(path), ROOT)
        return bool(changed) and all(self._put(place, code) for place, code in changed.items())

    def _put_constant(self, job: dict[str, Any]) -> bool:
        """Compute the constant as changed, and give it to every module that has imported it."""
        modules = [sys.modules[x] for x in job["modules"] if x in sys.modules]
        own = next(x for x in modules if x.__file__ == str(ROOT / job["file"]))
        space = dict(vars(own))
        exec(job["statement"], space)
        for module in modules:
            if hasattr(module, job["name"]):
                setattr(module, job["name"], space[job["name"]])
        return True

    def _put(self, place: Place, code: CodeType) -> bool:
        for function in self.functions.get(place, ()):
            function.__code__ = code
        return place in self.functions

    def _as_it_stands(self, items: list[pytest.Item], tell: Any) -> int:
        number, places = {}, []
        for item, following in zip(items, [*items[1:], None], strict=True):
            profile, begun = cProfile.Profile(), time.process_time()
            profile.enable()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            profile.disable()
            seconds = round(time.process_time() - begun, 4)
            ran = entered(profile)
            for place in ran - number.keys():
                number[place] = len(places)
                places.append(place)
            told = {"seconds": seconds, "entered": sorted(number[x] for x in ran)}
            tell({f"test {item.nodeid}": told})
            if TRIED.failed:
                tell({"by": TRIED.failed})
                return 1
        tell({"places": places, "on_import": self.on_import})
        return 0


def code_of(outcome: str) -> int:
    return next(code for code, x in EXITS.items() if x == outcome)


os.environ.pop("PYTEST_ADDOPTS", None)
