"""Where an address leads: a form may name the page to which it returns, of this site and never of another one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme


def page_at(address: str, request: HttpRequest) -> tuple[str, Mapping[str, Any]]:
    """The name of the page of this site that an address leads to, and what the address names; ("", {}) if it leads
    anywhere else."""
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    if not safe or not address.startswith("/"):
        return "", {}
    try:
        found = resolve(urlsplit(address).path)
    except Resolver404:
        return "", {}
    return found.url_name or "", found.kwargs


def return_address(request: HttpRequest, pages: Collection[str]) -> str:
    """The address that a form or its page asks to return to (`next`), if it is one of these pages; else ""."""
    told = request.POST.get("next") or request.GET.get("next") or ""
    return told if page_at(told, request)[0] in pages else ""
