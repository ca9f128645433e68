"""What the wings know to be new about a patient since a page was shown: another answer of the chart, new alerts.

Told to the ground floor, which asks before a decision is stored on an old page (`patients.forms.since_shown`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from algorithm.models import Assessment
from algorithm.queries import assessment_at, latest_assessments
from monitoring.models import Alert
from monitoring.rules import BY_CODE
from patients.forms.since_shown import news_source
from patients.models import Patient
from patients.wording import name_of, translated


@news_source
def answer_changed(patient: Patient, moment: datetime) -> Iterator[str]:
    """The subtype or the step that the chart gives is another one than at that moment."""
    before, now = assessment_at(patient.pk, moment), latest_assessments([patient.pk]).get(patient.pk)
    if before is None or now is None:
        return
    if before.subtype != now.subtype:
        yield _("subtype now %(now)s (before: %(before)s)") % {"now": _subtype(now), "before": _subtype(before)}
    if before.step != now.step:
        yield _("the step is now %(now)s (before: %(before)s)") % {"now": _step(now), "before": _step(before)}


@news_source
def alerts_raised(patient: Patient, moment: datetime) -> Iterator[str]:
    """Alerts that stand and were raised after that moment, the gravest first."""
    raised = Alert.objects.open().filter(patient=patient, opened_at__gt=moment).order_by("-severity", "rule", "subject")
    for alert in raised:
        yield _("new alert (%(severity)s): %(title)s") % {
            "severity": alert.get_severity_display(),
            "title": translated(BY_CODE[alert.rule].title) if alert.rule in BY_CODE else alert.rule,
        }


def _subtype(assessment: Assessment) -> str:
    return assessment.subtype or _("undecided")


def _step(assessment: Assessment) -> str:
    return name_of("step", assessment.step) if assessment.step else _("undecided")
