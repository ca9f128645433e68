"""What stands on every sheet: whose it is, when, for whom, until when it holds."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from algorithm.queries import chart_in_use, code_version
from ildcare.paper.downtime_state import HOLDS_FOR
from patients.identities import formerly
from patients.models import Patient, User
from patients.queries import look_alikes
from patients.wording import day_text, listed, listed_apart, moment_text, short_moment

DISCLAIMER = (
    "Decision support for clinicians: it shows where a patient stands on the published chart; it does not prescribe."
)


def identity_of(patient: Patient) -> dict[str, str]:
    """Name, number, birth date and age, sex, ward and bed, consultant, former names and numbers, look-alikes, as ready
    texts."""
    stay, age = patient.admission, patient.age_on(timezone.localdate())
    born = day_text(patient.birth_date) if patient.birth_date else _("not known")
    alike = listed(f"{x} ({x.mrn})" for x in look_alikes([patient]).get(patient.pk, ()))
    ward = f"{stay.ward.name_in(get_language() or 'en')} {stay.bed}".strip() if stay else _("not on a ward")
    return {
        "name": f"{patient.family_name} {patient.given_name}",
        "kana": f"{patient.family_kana} {patient.given_kana}".strip(),
        "number": patient.mrn,
        "born": f"{born} ({_('%(age)s y') % {'age': age}})" if age is not None else born,
        "sex": str(patient.get_sex_display()),
        "ward": ward,
        "consultant": stay.consultant if stay else "",
        "formerly": _("formerly %(what)s") % {"what": listed_apart(stood)} if (stood := formerly(patient)) else "",
        "alike": _("Similar name on the same ward:") + " " + alike if alike else "",
    }


def foot_of(
    user: User | None,
    now: datetime,
    newest: datetime | None,
    code: str = "",
    *,
    swept: datetime | None = None,
    kept: bool = False,
) -> dict[str, str]:
    """Time, user, data as of, valid until, chart, monitoring, code. `newest`: when something became known last.

    `kept`: the sheet goes into the patient's file, so it does not expire, but says that what came later is not on it.
    """
    printed = _("Downtime sheet, made %(when)s.") % {"when": moment_text(now)}
    if user:
        who = user.get_full_name() or user.get_username()
        printed = _("Printed %(when)s for %(user)s.") % {"when": moment_text(now), "user": who}
    texts = [
        printed,
        _("Data as of %(when)s.") % {"when": short_moment(newest)} if newest else _("No data yet."),
        _("What came later is not on it.")
        if kept
        else _("Valid until %(when)s.") % {"when": moment_text(now + HOLDS_FOR)},
    ]
    chart = chart_in_use()
    use = {"chart": chart.name, "version": chart.version, "rules": code_version()[:8]}
    texts.append(_("Chart %(chart)s, version %(version)s; rules %(rules)s.") % use)
    if swept:
        texts.append(_("Monitoring last ran %(when)s.") % {"when": short_moment(swept)})
    if code:
        texts.append(_("Code of this state:") + f" {code}")
    legend = _(
        "▲▲ critical, ▲ warning or beyond a limit of the chart, ○ info, ✓ acknowledged, ? not known, ≠ similar name, "
        "H L above or below the reference, ☐ to be done."
    )
    return {"line": " ".join(texts), "disclaimer": f"{legend} {_(DISCLAIMER)}"}


def labels(**texts: str) -> dict[str, str]:
    """The labels of a template, by the names that it uses."""
    return texts
