"""The user guide in the product, in the reader's language."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ildcare.guide.chapters import guide_in, picture
from patients.access import permission
from patients.requests import AuthenticatedHttpRequest

DAY = 24 * 3600  # seconds


@require_safe
@permission("see_rules")
def guide(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The whole guide with its chapters; an address with a place of it opens there."""
    return render(request, "ildcare/guide/guide.html", {"page": "guide", "guide": guide_in(request.LANGUAGE_CODE)})


@require_safe
@permission("see_rules")
def guide_picture(request: AuthenticatedHttpRequest, language: str, name: str) -> FileResponse:  # noqa: ARG001 - Django's
    """A picture of the guide, which shows invented people."""
    found = picture(language, name)
    if found is None:
        raise Http404
    answer = FileResponse(found.open("rb"), content_type="image/png")
    answer["Cache-Control"] = f"private, max-age={DAY}"
    return answer
