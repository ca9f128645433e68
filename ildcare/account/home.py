"""Where a person begins: the wards, or for who looks after the site the state of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from patients.access import may

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def site_keeper_begins(page: str) -> Callable[[View], View]:
    """Mark the first page of the product: who keeps the site and sees no ward is led to another page of theirs."""

    def mark(view: View) -> View:
        @wraps(view)
        def led(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if may(request.user, "manage_site") and not may(request.user, "see_ward"):
                return redirect(page)
            return view(request, *args, **kwargs)

        return cast(View, led)

    return mark
