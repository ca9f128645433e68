"""The drugs with levels of a patient, and what the newest level of the one that runs says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from ildcare.ward.cells import measurement_of
from ildcare.ward.series import Series
from ildcare.ward.sources import Json, Source
from monitoring.levels import band_of, trough_by_design
from monitoring.limits import place_of
from patients.clinical.drug_levels import lacking, levelled_drugs, running_on
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.snapshot import RuleChoices
from patients.clinical.versions import STANDING_SQL
from patients.wording import number_text, short_name_of

USUAL = levelled_drugs()[0]  # whose column it is where no drug with levels runs or was measured

# The standing courses of drugs with levels, oldest first: what the band of a level needs of them.
_COURSES = f"""
SELECT json_agg(json_build_array(this.drug, this.route, extract(epoch FROM this.on), this.stop, this.target_timing,
    this.target_low::text, this.target_high::text) ORDER BY this.on, this.id)
FROM patients_medicationcourse AS this
WHERE this.patient_id = listed.id AND this.drug = ANY(%(drugs)s::text[])
    AND {STANDING_SQL.format(table="patients_medicationcourse")}"""  # noqa: S608 - the same text always


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course of a drug with levels, as stored. `stop`: its last day, whenever that is."""

    drug: str
    route: str
    on: datetime
    stop: date | None
    target_timing: str
    target_low: str | None
    target_high: str | None

    def treatment(self, number: int, today: date, zone: ZoneInfo) -> Treatment:
        """As the rules know it: a last day that lies ahead is none yet."""
        day = self.on.astimezone(zone).date()
        return Treatment(
            id=str(number),
            on=self.on,
            known=self.on,
            first_known=self.on,
            day=day,
            known_day=day,
            drug=self.drug,
            route=self.route or None,
            stop=self.stop if self.stop and self.stop < today else None,
            target_timing=self.target_timing or None,
            target_low=Decimal(self.target_low) if self.target_low else None,
            target_high=Decimal(self.target_high) if self.target_high else None,
        )


def _courses(told: Json) -> list[Course]:
    return [
        Course(
            drug=drug,
            route=route,
            on=datetime.fromtimestamp(float(on), UTC),
            stop=date.fromisoformat(stop) if stop else None,
            target_timing=timing,
            target_low=low,
            target_high=high,
        )
        for drug, route, on, stop, timing, low, high in told
    ]


COURSES = Source("drugs", _COURSES, _courses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The column of the drug level. `drug`: whose level it is, "" where none runs and none was measured.

    style: within, low, high, danger, decided (by another level), unknown (it cannot be judged), or "" where nothing is
    to be said; `note` says it in words. `runs`: the drugs with levels that run; `judged`: the newest level of one could
    be judged.
    """

    drug: str = ""
    text: str = ""
    style: str = ""
    note: str = ""
    runs: tuple[str, ...] = ()
    judged: bool = False


def treatments_of(courses: Sequence[Course], today: date, zone: ZoneInfo) -> list[Treatment]:
    """Courses as facts, oldest first."""
    return [x.treatment(n, today, zone) for n, x in enumerate(courses)]


def levelled(series: Mapping[str, Series], treatments: Sequence[Treatment], today: date) -> str:
    """The drug of the column: the one that runs, of several that with the newest level; else the newest that was
    measured."""
    drugs = levelled_drugs()
    running = [x for x in drugs if running_on(x, today, treatments)]
    measured = [x for x in running or drugs if x in series]
    newest = max(measured, key=lambda x: series[x].points[0].at, default="")
    return newest or next(iter(running), USUAL)


def level_of(
    series: Mapping[str, Series],
    treatments: Sequence[Treatment],
    choices: RuleChoices,
    *,
    today: date,
    zone: ZoneInfo,
) -> Level:
    """What the column says."""
    drug = levelled(series, treatments, today)
    runs = tuple(x for x in levelled_drugs() if running_on(x, today, treatments))
    if drug not in series:
        note = _("not measured") if runs else _("no CNI")
        name, look = (short_name_of("drug", drug), "unknown") if runs else ("", "")
        return Level(drug=name, style=look, note=note, runs=runs)
    levels = [measurement_of(drug, n, x, zone) for n, x in enumerate(series[drug].points)]
    newest = levels[0]
    text, name = number_text(newest.quantity), short_name_of("drug", drug)
    if not runs:
        return Level(drug=name, text=text, note=_("not given now"))
    look, note = _judged(newest, treatments, levels[::-1], choices)
    return Level(drug=name, text=text, style=look, note=note, runs=runs, judged=bool(look) and look != "unknown")


def _judged(
    newest: Measurement, treatments: Sequence[Treatment], levels: Sequence[Measurement], choices: RuleChoices
) -> tuple[str, str]:
    """The look of a level and its note: "above 200–250"."""
    if lacking(newest.route, newest.timing):
        return "unknown", _("time not stated") if newest.route else _("route not stated")
    band = band_of(newest, treatments, choices)
    if band is None:
        return "unknown", _("no band")
    limits = {"low": number_text(band.floor), "high": number_text(band.ceiling)}
    if band.is_dangerous(newest):
        return "danger", _("above %(low)s–%(high)s") % limits
    words = {
        "high": _("above %(low)s–%(high)s"),
        "low": _("below %(low)s–%(high)s"),
        "within": _("in %(low)s–%(high)s"),
    }
    place = place_of(newest, "", treatments, levels, choices)
    if place:
        return place, words[place] % limits
    if trough_by_design(newest, treatments, levels, choices):
        return "decided", _("trough, C2 decides")
    return "unknown", _("not judged")  # a censored value that may lie on either side of an edge
