"""The summary for transfer or discharge: the whole course on as many pages as it takes, as data for the template."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ildcare.queries.summaries import FullSummary, full_summary
from ildcare.state_code import code_of
from ildcare.summary.course_sections import (
    course_section,
    decisions_section,
    fact_lines,
    judgements_section,
    levels_section,
    standing_section,
    treatments_section,
)
from ildcare.summary.head import foot_of, identity_of, words
from ildcare.summary.parts import answer_box, level_box
from ildcare.summary.render import render_pdf
from ildcare.summary.result_sections import (
    alerts_section,
    prognosis_section,
    references_section,
    results_section,
    to_do_section,
    trends_section,
    visits_section,
)
from ildcare.summary.sections import Section, lines
from patients.clinical import facts as f
from patients.models import Admission, Patient, User
from patients.wording import (
    day_text,
    moment_text,
)


def full_summary_pdf(patient: Patient, user: User, now: datetime, at: datetime | None = None) -> bytes:
    """The summary as known now, or as known at an earlier moment `at`."""
    told = full_summary(patient, at or now, past=at is not None)
    return render_pdf("full_summary", full_summary_data(told, user, now))


def full_summary_data(told: FullSummary, user: User, now: datetime) -> dict[str, Any]:
    """All texts of the summary, in the active language."""
    record = told.record
    code = code_of(record.patient.pk, record.as_of)
    then = moment_text(record.as_of)
    return {
        "lang": (get_language() or "en").partition("-")[0],
        "title": f"{_('Summary for transfer or discharge')} {record.patient.mrn}",
        "name": _("Summary for transfer or discharge"),
        "warning": _("PAST: as known on %(when)s, not as known today.") % {"when": then} if told.past else "",
        "head": identity_of(record.patient),
        "foot": foot_of(user, now, record.newest, code, swept=record.swept, kept=True),
        "labels": words(
            number=_("No."), born=_("Born"), sex=_("Sex"), ward=_("Ward"), consultant=_("Consultant"),
            none=_("none"), page=_("page"), signature=_("Date, name, signature"),
        ),
        "boxes": [_stay_box(told), answer_box(record), *(level_box(x) for x in told.levels[:1])],
        "sections": [x for x in _sections(told) if x is not None],
    }  # fmt: skip


def _sections(told: FullSummary) -> Iterable[Section | None]:
    yield lines(_("Respiratory onset"), fact_lines(told, f.RespiratoryOnset), none=_("not recorded"))
    yield lines(_("Diagnosis"), fact_lines(told, f.Diagnosis), none=_("no diagnosis recorded"))
    yield lines(_("Histology"), fact_lines(told, f.Histology))
    yield lines(_("Antibodies"), fact_lines(told, f.Antibody), none=_("no antibody result recorded"))
    yield lines(_("HRCT"), fact_lines(told, f.Hrct), none=_("no HRCT recorded"))
    yield lines(_("Findings"), fact_lines(told, f.Finding))
    yield lines(_("Respiratory support"), fact_lines(told, f.Support))
    yield standing_section(told)
    yield course_section(told)
    yield treatments_section(told)
    yield levels_section(told)
    yield decisions_section(told)
    yield judgements_section(told)
    yield alerts_section(_("Open alerts"), [x for x in told.alerts if x.alert.is_open], _("no open alert"))
    yield alerts_section(_("Alerts that are closed"), [x for x in told.alerts if not x.alert.is_open])
    yield results_section(told)
    yield trends_section(told)
    yield from prognosis_section(told)
    yield to_do_section(told)
    yield visits_section(told)
    yield references_section(told)


# -- who and where ----------------------------------------------------------------------------------------------------


def _stay_box(told: FullSummary) -> dict[str, str]:
    stays = [_stay(x, told.record.as_of) for x in told.stays[:3]]
    newest, *earlier = stays or [_("no stay recorded")]
    return {"name": _("Stay on a ward"), "big": newest, "small": " · ".join(earlier)}


def _stay(stay: Admission, now: datetime) -> str:
    def day(moment: datetime) -> str:
        return day_text(timezone.localtime(moment).date())

    left = stay.discharged_at if stay.discharged_at and stay.discharged_at <= now else None
    return f"{stay.ward.name_in(get_language() or 'en')} {day(stay.admitted_at)} – {day(left) if left else ''}".strip()
