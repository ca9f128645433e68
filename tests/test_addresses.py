"""R01: whose record a request is about stands in its address, and nowhere else."""

from __future__ import annotations

import ast
import inspect

import pytest
from django.urls import URLPattern

from ildcare.account import sessions
from tests.test_house import APPS, addresses, imports, modules, name_of, tree_of

PATIENT = "<int:patient_id>"
# audit notes a hash of the session's key beside each write; the others ask and note when the session began and was used
SESSION_READERS = {"patients/audit.py", "ildcare/account/sessions.py", "ildcare/frame.py", "ildcare/middleware.py"}
SESSION_READERS |= {"ildcare/account/views.py", "ildcare/account/confirming.py"}
SESSION_HOLDS = {"begun", "seen", "role", "confirmed"}


def routes(patterns: list[URLPattern]) -> list[URLPattern]:
    return [x for x in patterns if x.name]


def opens(view: object, gate: str) -> bool:
    """Is the gate called in the first statement of the view after its docstring?"""
    function = ast.parse(inspect.getsource(inspect.unwrap(view))).body[0]
    assert isinstance(function, ast.FunctionDef)
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return gate in ast.dump(body[0])


@pytest.mark.parametrize("address", routes(list(addresses())), ids=lambda x: x.name)
def test_R01_a_patient_page_names_its_patient_in_the_address_and_opens_the_record_first(address: URLPattern) -> None:
    route, view = str(address.pattern), address.callback
    if "open_record" in inspect.getsource(inspect.unwrap(view)):
        assert PATIENT in route, route
    if PATIENT in route:
        assert opens(view, "open_record"), f"{address.name}: the gate is not the first statement"


def test_R01_no_patient_is_remembered_in_a_session() -> None:
    readers = {
        name_of(path)
        for path in modules(*APPS)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr == "session" and isinstance(node.value, ast.Name)
        if node.value.id == "request"
    }
    assert readers <= SESSION_READERS
    assert {sessions.BEGUN, sessions.SEEN, sessions.ROLE, sessions.CONFIRMED} == SESSION_HOLDS
    assert [name_of(x) for x in modules(*APPS) if "django.contrib.sessions.models" in imports(x)] == []
