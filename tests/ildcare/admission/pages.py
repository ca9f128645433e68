"""What the tests of these pages read from a page."""

from __future__ import annotations

import re
from typing import Any

TOKEN = re.compile(r'name="context_token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="context_token"')


def token(answer: Any) -> str:
    """The token of the form that a page shows; "" where it shows none."""
    found = TOKEN.search(answer.content.decode())
    return next(x for x in found.groups() if x) if found else ""
