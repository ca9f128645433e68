"""A page that loads parts of itself later. Its mark says who was shown which record, as of which moment.

A part has to be of the same moment as what stands above it; and it is no second reading of the record: the audit noted
the page. Both hold for who got the page, for that record, as long as a session may last, and for nothing that became
known after it.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core import signing
from django.http import HttpRequest

SALT = "ildcare.moment.page_mark"
HEADER = "X-Page"


def page_mark(request: HttpRequest, patient_id: int, moment: datetime) -> str:
    """The mark of a page about a record at a moment."""
    return signing.dumps([request.user.pk, patient_id, moment.isoformat()], salt=SALT)


def moment_of_mark(request: HttpRequest, patient_id: int) -> datetime | None:
    """The moment of the page that asks for a part of itself; None where nobody says so, or the mark is not of this
    reader and record."""
    try:
        user, patient, moment = signing.loads(
            request.headers.get(HEADER, ""), salt=SALT, max_age=settings.SESSION_COOKIE_AGE
        )
    except signing.BadSignature:
        return None
    return datetime.fromisoformat(moment) if (user, patient) == (request.user.pk, patient_id) else None
