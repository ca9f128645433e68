"""The patient page: everything about one patient at one moment, from all apps, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from algorithm.engine import Pathway
from algorithm.flowcharts import CURRENT
from algorithm.opinion import Opinion, opinion
from algorithm.overrides import Override, override_of
from ildcare.flowsheet import Sheet, flow_sheet
from ildcare.queries.flags import flags_of
from ildcare.queries.past import course_strip, neighbours
from ildcare.queries.treatments import TreatmentPicture, treatment_picture
from ildcare.queries.trends import FIRST_LOOK, Figure, Trends, trends_of
from ildcare.ranges import Asked
from ildcare.strip import Answer, Strip
from monitoring.past import watch_at
from monitoring.queries import Watch, last_sweep, watch_of
from patients.clinical import facts as f
from patients.clinical.drugs import DRUGS
from patients.clinical.snapshot import Snapshot
from patients.clinical.versions import Version
from patients.models import Fact, Measurement, Patient
from patients.queries import site_zone, snapshot_with_versions, text_results, versions_of
from patients.rows import CONTENT, Stored, version_of
from patients.wording import code_name, dose_text, short_day, translated

SHOWN_FACTS = 60


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact that is no measurement, in words. `known` only where it became known on another day."""

    id: str
    day: str
    kind: str
    text: str
    known: str
    corrected: bool


@dataclass(frozen=True, slots=True)
class Record:
    """All that the page shows. `day_n` is the day of therapy, `step_day` the day of the running step."""

    patient: Patient
    snapshot: Snapshot
    today: date
    as_of: datetime
    opinion: Opinion
    pathway: Pathway
    watch: Watch
    sheet: Sheet
    texts: tuple[Measurement, ...]
    trends: Trends
    facts: tuple[FactLine, ...]
    treatments: tuple[FactLine, ...]
    day_n: int | None
    step_day: int | None
    newest: datetime | None
    swept: datetime | None
    treatment_picture: TreatmentPicture
    strip: Strip | None = None
    override: Override | None = None
    earlier: datetime | None = None
    later: datetime | None = None

    @property
    def last_move(self) -> Answer | None:
        """The last change of the chart's answer, with the facts behind it."""
        return self.strip.answers[-1] if self.strip and len(self.strip.answers) > 1 else None

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The trend charts."""
        return self.trends.figures


def record_of(patient: Patient, now: datetime, asked: Asked = FIRST_LOOK, *, past: bool = False) -> Record:
    """The record as known at `now`; `past`: an earlier moment, at which the alerts too stood as they stood then.

    `asked`: the days that the trend charts show. `earlier`, `later`: when something became known before and after.
    """
    snapshot, versions = snapshot_with_versions(patient, now)
    given = opinion(CURRENT, snapshot)
    regimen = given.pathway.regimen
    sweep = last_sweep()
    watch = watch_at(patient.pk, now) if past else watch_of(patient.pk, now)
    flags = flags_of(snapshot, describe, [x.alert for x in watch.open])
    return Record(
        patient,
        snapshot,
        snapshot.today,
        now,
        given,
        given.pathway,
        watch,
        flow_sheet(versions, patient.sex),
        tuple(text_results(patient, now if past else None)),
        trends_of(snapshot, regimen.first_d0, regimen=regimen, asked=asked, flags=flags),
        tuple(_lines(snapshot)),
        tuple(_treatment_lines(snapshot)),
        snapshot.days_since(regimen.first_d0.day) if regimen.first_d0 else None,
        snapshot.days_since(regimen.running.day) if regimen.running else None,
        max((x.known for x in snapshot.all_facts), default=None),
        sweep.finished_at if sweep and not past else None,
        treatment_picture(snapshot, regimen),
        course_strip(patient, snapshot, versions),
        override_of(CURRENT, snapshot, versions),
        *_neighbours(patient, versions, now, past),
    )


def _neighbours(
    patient: Patient, known: list[Version], moment: datetime, past: bool
) -> tuple[datetime | None, datetime | None]:
    """Of the present, "before" is the state that the last news replaced."""
    if not past:
        before, _last = neighbours(known, max((x.fact.known for x in known), default=moment))
        return before, None
    everything = versions_of([patient.pk], timezone.now(), site_zone()).get(patient.pk, [])
    return neighbours(everything, moment)


def _lines(snapshot: Snapshot) -> list[FactLine]:
    told = [x for x in snapshot.all_facts if not isinstance(x, f.Measurement | f.Treatment)]
    return [_line(x, snapshot.today) for x in reversed(told[-SHOWN_FACTS:])]


def _treatment_lines(snapshot: Snapshot) -> list[FactLine]:
    running_first = sorted(snapshot.treatments, key=lambda x: (x.stop is not None, -x.on.timestamp()))
    return [_line(x, snapshot.today) for x in running_first]


def describe_lines(facts: Iterable[f.Fact], today: date) -> list[FactLine]:
    """Facts as lines of the page, in the order given."""
    return [_line(x, today) for x in facts]


def _line(fact: f.Fact, today: date) -> FactLine:
    known = short_day(fact.known_day, today) if fact.known_day != fact.day else ""
    day = short_day(fact.day, today)
    local = timezone.localtime(fact.on)
    if (local.hour, local.minute) != (0, 0):
        day += f" {local:%H:%M}"
    return FactLine(fact.id, day, KIND_NAMES[type(fact)](), describe(fact, today), known, fact.corrected)


KIND_NAMES = {
    f.RespiratoryOnset: lambda: _("Respiratory onset"),
    f.Diagnosis: lambda: _("Diagnosis"),
    f.Antibody: lambda: _("Antibody"),
    f.Hrct: lambda: _("HRCT"),
    f.Finding: lambda: _("Finding"),
    f.Treatment: lambda: _("Treatment"),
    f.Histology: lambda: _("Histology"),
    f.Support: lambda: _("Respiratory support"),
    f.Judgement: lambda: _("Judgement of improvement"),
    f.Decision: lambda: _("Decision"),
}


def describe(fact: f.Fact, today: date) -> str:
    """What a fact says, in words of the reader's language."""
    if isinstance(fact, f.Diagnosis):
        return code_name(fact.myositis) + (f" ({_('provisional')})" if fact.provisional else "")
    if isinstance(fact, f.Antibody):
        return f"{code_name(fact.code)}: {code_name(fact.result)}"
    if isinstance(fact, f.Hrct):
        return _hrct(fact, today)
    if isinstance(fact, f.Finding):
        return _finding(fact)
    if isinstance(fact, f.Treatment):
        return _treatment(fact, today)
    return _other(fact)


def _other(fact: f.Fact) -> str:
    if isinstance(fact, f.Histology):
        return fact.pattern
    if isinstance(fact, f.Support):
        return code_name(fact.level) + (f", FiO2 {fact.fio2:f}" if fact.fio2 is not None else "")
    if isinstance(fact, f.Judgement):
        return " – ".join(x for x in (code_name(fact.improvement), fact.note) if x)
    if isinstance(fact, f.Decision):
        return _decision(fact)
    return _("first respiratory symptom")


def _decision(fact: f.Decision) -> str:
    if fact.course:
        head = _("the course is chronic")
    else:
        verdict = _("accepted") if fact.accepted else _("not followed")
        head = f"{code_name(fact.step or '')}: {verdict}" if fact.accepted is not None else code_name(fact.step or "")
    return " – ".join(x for x in (head, fact.reason) if x)


def _finding(fact: f.Finding) -> str:
    said = {True: _("present"), False: _("absent")}.get(fact.present) if fact.present is not None else ""
    words = ", ".join(x for x in (said, code_name(fact.change) if fact.change else "") if x)
    return f"{code_name(fact.code)}: {words}" if words else code_name(fact.code)


def _hrct(fact: f.Hrct, today: date) -> str:
    signs = ("ggo", "reticular", "intralobular_reticular", "honeycombing", "micronodules")
    words = [code_name(x) for x in signs if getattr(fact, x)]
    words += [_("no %(sign)s") % {"sign": code_name(x)} for x in signs if getattr(fact, x) is False]
    if fact.consolidation:
        words.append(_("consolidation: %(zone)s") % {"zone": ZONES[fact.consolidation]()})
    if fact.pattern:
        words.append(_("pattern %(pattern)s") % {"pattern": fact.pattern})
    if fact.change:
        words.append(code_name(fact.change))
    if fact.compared_with:
        words.append(_("compared with %(day)s") % {"day": short_day(fact.compared_with, today)})
    return ", ".join(words)


ZONES = {
    "lower": lambda: _("lower zones"),
    "random": lambda: _("random"),
    "other": lambda: _("other"),
    "none": lambda: _("none"),
}


def _treatment(fact: f.Treatment, today: date) -> str:
    words = [translated(DRUGS[fact.drug].name) if fact.drug in DRUGS else fact.drug]
    if fact.route:
        words.append(code_name(fact.route))
    if fact.dose is not None:
        words.append(dose_text(fact.dose, fact.unit or ""))
    if fact.stop:
        words.append(_("last given %(day)s") % {"day": short_day(fact.stop, today)})
    return ", ".join(words)


def describe_row(row: Fact) -> str:
    """One stored version in words, as it was told."""
    if isinstance(row, Measurement):
        return f"{code_name(row.code)}: {row.typed_value} {row.typed_unit}".strip()
    fact = version_of(stored_of(row), site_zone()).fact
    return describe(fact, timezone.localdate())


def stored_of(row: Fact) -> Stored:
    """A row as a snapshot reads it."""
    content = {name: getattr(row, name) for name in CONTENT[row.KIND]}
    return Stored(row.KIND, row.pk, row.identity, row.version, row.on, row.known, row.status, content)
