"""Rows of the ward list as HTML, made once of a line that is kept: a list is asked for often and changes seldom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ildcare.ward.glance import OF_LEVELS
from ildcare.ward.kept import Rows
from ildcare.ward.line import Line
from ildcare.ward.ranking import BANDS, RULES, Band
from ildcare.ward.standing import Pill
from patients.clinical.drug_levels import levelled_drugs
from patients.models import Patient
from patients.wording import day_text, name_of, translated, unit_symbol

MDA5 = {"positive": "MDA5+", "negative": "MDA5−", "weak": "MDA5±"}  # else it is not known
SIGNS_OF_BAND = {Band.HOUR: "critical", Band.TODAY: "warning", Band.STEADY: "clear"}


@dataclass(frozen=True, slots=True)
class BandRows:
    """The rows of a band with its head; without one where the list stands in another order."""

    rows: list[SafeString]
    name: str = ""
    rule: str = ""
    slug: str = ""


def prebuilt(lines: Iterable[Line], made: Mapping[int, Rows], *, several_wards: bool) -> list[SafeString]:
    """One table row for each line. `made`: by patient id, the rows that were made of just these lines; new ones are put
    there."""
    return [_row(line, made.get(line.patient.pk, {}), several_wards) for line in lines]


def in_bands(lines: Iterable[Line], made: Mapping[int, Rows], *, several_wards: bool, banded: bool) -> list[BandRows]:
    """The rows in their order, `banded` by how soon somebody is needed."""
    lines = list(lines)
    if not banded:
        return [BandRows(prebuilt(lines, made, several_wards=several_wards))] if lines else []
    of_band = {band: [x for x in lines if x.glance.band == band] for band in Band}
    return [
        BandRows(
            prebuilt(found, made, several_wards=several_wards),
            translated(BANDS[band]),
            translated(RULES[band]),
            SIGNS_OF_BAND[band],
        )
        for band, found in of_band.items()
        if found
    ]


def _row(line: Line, made: Rows, several_wards: bool) -> SafeString:
    key = (several_wards, tuple((x.pk, x.version) for x in line.alike))
    if key not in made:
        context = {"line": line, "glance": line.glance, "several_wards": several_wards, **_texts(line)}
        made[key] = SafeString(get_template("ildcare/ward/_ward_line.html").render(context))
    return made[key]


def _texts(line: Line) -> dict[str, object]:
    """What a row says in other words than its line: the template formats nothing."""
    glance, patient = line.glance, line.patient
    age = str(line.age) if line.age is not None else _("age ?")
    return {
        "address": reverse("patient_detail", args=[patient.pk]),
        "bed": line.bed or "–",
        "about": _("%(age)s %(sex)s") % {"age": age, "sex": _sex(patient)},
        "diagnosis": line.diagnosis or _("dx ?"),
        "mda5": _mda5(line),
        "mda5_class": "" if line.mda5 in ("positive", "negative") or line.ars == "positive" else "unknown",
        "born": _born(line),
        "course": name_of("course", line.course) if line.course else _("course not known"),
        "subtypes": " / ".join(line.subtypes_possible),
        "pill": _pill(line),
        "day": _("d%(n)s") % {"n": glance.day} if glance.day is not None else "",
        "given": glance.breathed or _("oxygen not stated"),
        "labs": line.cells[1:-1],
        "values": [x for x in (glance.spo2, glance.pao2, *line.cells[1:]) if x.text],
        "level": line.cells[-1],
        "level_unit": unit_symbol(levelled_drugs()[0]),  # one unit for all of them (held by a test)
        "level_unread": not line.unread.isdisjoint(OF_LEVELS),
        "seen_who": line.seen_who.split(" ")[0],
        "worst": translated(line.worst),
        "details": _("Details of %(bed)s %(name)s") % {"bed": line.bed, "name": patient},
    }


def _sex(patient: Patient) -> str:
    """In a letter, where it is one of the two."""
    return {"female": _("F"), "male": _("M")}.get(patient.sex) or str(patient.get_sex_display())


def _mda5(line: Line) -> str:
    """Anti-MDA5 and anti-ARS in short: what is positive, else that it is not."""
    if line.mda5 == "positive":
        return MDA5["positive"]
    if line.ars == "positive":
        return "ARS+"
    return MDA5.get(line.mda5, "MDA5 ?")


def _born(line: Line) -> str:
    born = line.patient.birth_date
    return _("born %(day)s") % {"day": day_text(born)} if born else _("birth date not known")


def pill_text(line: Line) -> str:
    """What runs with its day ("T3 d11"); where nothing runs, the step of the chart that is not begun."""
    glance = line.glance
    return f"{_pill(line)} {_('d%(n)s') % {'n': glance.day}}" if glance.day is not None else _pill(line)


def _pill(line: Line) -> str:
    glance = line.glance
    if glance.pill == Pill.DUE:
        return _("%(step)s not started") % {"step": glance.steps}
    if glance.pill == Pill.OBSERVED:
        return _("Observe")
    return glance.steps or "–"
