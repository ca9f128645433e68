"""Where a person begins: the wards; for who looks after the site the state of it, for who reviews alone the cases."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from patients.access import may

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


# of who sees no ward the right that leads to another first page, and that page
ELSEWHERE = (("manage_site", "site_home"), ("review_cases", "review_list"))


def begins_elsewhere() -> Callable[[View], View]:
    """Mark the first page of the product: who keeps the site, or reviews, and sees no ward is led to their own page."""

    def mark(view: View) -> View:
        @wraps(view)
        def led(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request.user, "see_ward"):
                for right, page in ELSEWHERE:
                    if may(request.user, right):
                        return redirect(page)
            return view(request, *args, **kwargs)

        return cast(View, led)

    return mark
