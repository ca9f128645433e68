"""One clock: the zone that the site has chosen rules everywhere, and a second one that says otherwise is refused.

Pages, forms, files and days take the zone from the site's settings (`patients.queries.site_clock`). What is set beside
it (`ILDCARE_TIME_ZONE`, the zone of the background jobs) may repeat it; where it differs, nothing is started.
"""

from __future__ import annotations

from typing import Any

from celery.signals import beat_init, worker_init
from django.conf import settings
from django.db import DatabaseError

from ildcare.operations.embedded import CannotStart
from patients.models import SiteSettings


def second_clock() -> str:
    """Which second setting disagrees with the zone of the site, in a sentence; "" if none does."""
    zone = SiteSettings.load().time_zone
    if settings.TIME_ZONE_SET and zone != settings.TIME_ZONE:
        return (
            f"The site counts its days in {zone}, and ILDCARE_TIME_ZONE is {settings.TIME_ZONE}: set it to {zone}, or "
            "leave it out."
        )
    if settings.CELERY_TIMEZONE != settings.TIME_ZONE:
        return (
            f"CELERY_TIMEZONE is {settings.CELERY_TIMEZONE} and TIME_ZONE is {settings.TIME_ZONE}: there is one clock."
        )
    return ""


def refuse_second_clock() -> None:
    """Raises CannotStart where a second setting disagrees. A database that does not answer is no disagreement."""
    try:
        sentence = second_clock()
    except DatabaseError:
        return
    if sentence:
        raise CannotStart(sentence)


@worker_init.connect
@beat_init.connect
def refuse_in_process(**_: Any) -> None:
    """The processes of the background jobs end with the sentence; so does the web server (`ildcare.wsgi`)."""
    try:
        refuse_second_clock()
    except CannotStart as problem:
        raise SystemExit(str(problem)) from None
