"""Where the guide tells of a page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from ildcare.guide.chapters import place_of

register = template.Library()


@register.simple_tag(takes_context=True)
def guide_place(context: Context) -> str:
    """ "#c4" for the page that is shown; "" where it has no chapter, or where no address was asked for (an error)."""
    match: Any = getattr(context.get("request"), "resolver_match", None)
    return place_of(match.url_name or "") if match else ""
