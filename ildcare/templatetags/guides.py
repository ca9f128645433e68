"""Where the guide tells of a page."""

from __future__ import annotations

from typing import Any

from django import template

from ildcare.guide.chapters import place_of

register = template.Library()


@register.filter
def guide_place(page: Any) -> str:
    """ "#c4" for the page of this name; "" where it has no chapter."""
    return place_of(str(page or ""))
