"""Cases that were looked at already: one waits for a second person, one is closed."""

from __future__ import annotations

from dataclasses import replace

from ildcare.demo.people import WEST
from patients.actions import Verdict, sign_verdict
from patients.clinical.reasons import _
from patients.models import ReviewCase, ReviewTrigger, User
from patients.wording import translated

FIRST, SECOND = "senior-west", "reviewer"
LATE = Verdict(
    chart="right",
    delay="avoidable",
    lesson="alert_unanswered",
    audience="team",
    text=_("The alert stood in the inbox over the hand-over; nobody had the card."),
)
IN_ORDER = Verdict(chart="right", delay="none", lesson="nothing", audience="nobody")


def hold_reviews() -> None:
    """Sign what two people of the demonstration looked at. Nothing is signed twice."""
    people = {x.username: x for x in User.objects.filter(username__in=(FIRST, SECOND))}
    here = ReviewCase.objects.filter(patient__admissions__ward__code=WEST, entries=None, closed_at=None)
    waits = here.filter(trigger=ReviewTrigger.CARD).select_related("patient").first()
    if waits is not None:
        sign_verdict(case=waits, by=people[FIRST], verdict=replace(LATE, text=translated(LATE.text)))
    closed = here.filter(trigger=ReviewTrigger.SUBTYPE).select_related("patient").order_by("patient").first()
    if closed is not None:
        for name in (FIRST, SECOND):
            sign_verdict(case=closed, by=people[name], verdict=IN_ORDER)
