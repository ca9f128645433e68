"""The application as gunicorn serves it, in a process of its own."""

from __future__ import annotations

import pytest

from tests.faults.processes import environment, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ASKED = "import django; django.setup(); {}from django.db import connection; print(connection.pool is not None)"


@pytest.mark.parametrize(("web", "asked", "pooled"), [(True, "1", True), (True, "0", False), (False, "1", False)])
def test_the_web_has_a_pool_where_it_is_asked_for_and_nothing_else_has(web: bool, asked: str, pooled: bool) -> None:
    """Settings may have been read before: `up` forks the web."""
    program = ASKED.format("import os; os.environ['ILDCARE_POOL'] = asked; import ildcare.wsgi; " if web else "")
    env = environment(DJANGO_SETTINGS_MODULE="ildcare.settings")
    env = env if web else {**env, "ILDCARE_POOL": asked}
    assert run("-c", program.replace("= asked", f"= {asked!r}"), env=env).strip() == str(pooled)
