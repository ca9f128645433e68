"""The patient page: everything about one patient at one moment, from all apps, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from algorithm.flowcharts import CURRENT
from algorithm.opinion import Opinion, opinion
from algorithm.overrides import Override, override_of
from algorithm.walk.engine import Pathway
from ildcare.drawing.strip import Answer, Strip
from ildcare.record.answer_words import by_choice_text
from ildcare.record.flow_sheet import Sheet, flow_sheet
from ildcare.record.past import course_strip, neighbours
from ildcare.record.therapy_words import Ended, background_texts, clock_texts, ended, infection_texts
from ildcare.record.treatments import TreatmentPicture, treatment_picture
from ildcare.trends.events import flags_of
from ildcare.trends.figures import USUAL_RANGE, Figure, Trends, trends_of
from ildcare.trends.ranges import RangeParams
from monitoring.past import watch_at
from monitoring.queries import Watch, last_sweep, watch_of
from patients.clinical import facts as f
from patients.clinical.moved import marks_of
from patients.clinical.reasons import Reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.versions import Version
from patients.fact_words import FactLine, describe, describe_lines
from patients.left_there import AtOdds, contradictions_of, words_beside
from patients.merged import merges_into
from patients.models import Measurement, Patient, RecordMerge
from patients.queries import snapshot_with_versions, text_results

MOST_FACTS = 60  # in the list of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that the page shows. `day_n` is the day of therapy, `step_day` the day of the running step.

    marks: by fact, what stands beside a value wherever it is shown (in doubt, contradicted, perhaps moved).
    """

    patient: Patient
    snapshot: Snapshot
    today: date
    as_of: datetime
    opinion: Opinion
    pathway: Pathway
    watch: Watch
    sheet: Sheet
    marks: Mapping[str, Sequence[Reason]]
    texts: tuple[Measurement, ...]
    trends: Trends
    facts: tuple[FactLine, ...]
    treatments: tuple[FactLine, ...]
    day_n: int | None
    step_day: int | None
    newest: datetime | None
    swept: datetime | None
    treatment_picture: TreatmentPicture
    strip: Strip | None
    override: Override | None
    merges: tuple[RecordMerge, ...]
    at_odds: tuple[AtOdds, ...]
    earlier: datetime | None
    later: datetime | None

    @property
    def by_choice(self) -> str:
        """What runs by a clinician's choice, in words; "" where the chart came to the step (12 (61))."""
        return by_choice_text(self.pathway, self.snapshot)

    @property
    def background(self) -> list[str]:
        """Drugs that start no step of the chart, and why."""
        return background_texts(self.pathway.regimen)

    @property
    def clock_texts(self) -> list[str]:
        """What the clock of therapy needs said once."""
        return clock_texts(self.pathway.regimen, self.snapshot)

    @property
    def ended(self) -> Ended | None:
        """That care has ended, with what is still open."""
        return ended(self.snapshot, self.watch.open)

    @property
    def any_facts(self) -> bool:
        """Is anything recorded but the stay? Without it, panels would only say that they are empty."""
        stays = (f.HospitalAdmission, f.Discharge)
        return any(not isinstance(x, stays) for x in self.snapshot.all_facts) or bool(self.texts)

    @property
    def infection(self) -> list[str]:
        """Facts for which an infection is not excluded."""
        return infection_texts(self.snapshot, self.watch.open)

    @property
    def last_move(self) -> Answer | None:
        """The last change of the chart's answer, with the facts behind it."""
        return self.strip.answers[-1] if self.strip and len(self.strip.answers) > 1 else None

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The trend charts."""
        return self.trends.figures


def record_of(patient: Patient, now: datetime, params: RangeParams = USUAL_RANGE, *, past: bool = False) -> Record:
    """The record as known at `now`; `past`: an earlier moment, at which the alerts too stood as they stood then.

    `params`: the days that the trend charts show. `earlier`, `later`: when something became known before and after;
    `merges`: that lead to it; `at_odds`: what came with them and contradicts the record's own.
    """
    snapshot, every_version = snapshot_with_versions(patient, now, until=timezone.now() if past else now)
    versions = [x for x in every_version if x.fact.known <= now]
    answer = opinion(CURRENT, snapshot)
    regimen = answer.pathway.regimen
    sweep = last_sweep()
    watch = watch_at(patient.pk, now) if past else watch_of(patient.pk, now)
    flags = flags_of(snapshot, describe, [x.alert for x in watch.open])
    earlier, later = _neighbours(every_version, now, past)
    marks = marks_of(snapshot, versions)
    merges = merges_into(patient.pk)
    at_odds = contradictions_of(patient, snapshot, versions, merges)
    doubts = words_beside(at_odds)
    return Record(
        patient=patient,
        snapshot=snapshot,
        today=snapshot.today,
        as_of=now,
        opinion=answer,
        pathway=answer.pathway,
        watch=watch,
        sheet=flow_sheet(versions, patient.sex, marks=marks if _all_seen(snapshot, versions) else None),
        marks=marks,
        texts=tuple(text_results(patient, now if past else None)),
        trends=trends_of(snapshot, params=params, flags=flags),
        facts=tuple(_lines(snapshot, doubts)),
        treatments=tuple(_treatment_lines(snapshot, doubts)),
        day_n=snapshot.days_since(regimen.first_d0.day) if regimen.first_d0 else None,
        step_day=snapshot.days_since(regimen.running.day) if regimen.running else None,
        newest=max((x.known for x in snapshot.all_facts), default=None),
        swept=sweep.finished_at if sweep and not past else None,
        treatment_picture=treatment_picture(snapshot, doubts),
        strip=course_strip(patient, snapshot, versions),
        override=override_of(CURRENT, snapshot, versions),
        merges=tuple(merges),
        at_odds=tuple(at_odds),
        earlier=earlier,
        later=later,
    )


def _all_seen(snapshot: Snapshot, versions: Sequence[Version]) -> bool:
    """Is nothing shown that the snapshot does not hold: a value of a time still to come, or told without a number?"""
    return all(x.fact.on <= snapshot.as_of and not x.silent for x in versions)


def _neighbours(versions: list[Version], moment: datetime, past: bool) -> tuple[datetime | None, datetime | None]:
    """Of the present, "before" is the state that the last news replaced."""
    if past:
        return neighbours(versions, moment)
    before, _last = neighbours(versions, max((x.fact.known for x in versions), default=moment))
    return before, None


def _lines(snapshot: Snapshot, doubts: Mapping[str, str]) -> list[FactLine]:
    others = [x for x in snapshot.all_facts if not isinstance(x, f.Measurement | f.Treatment)]
    return describe_lines(reversed(others[-MOST_FACTS:]), snapshot.today, doubts)


def _treatment_lines(snapshot: Snapshot, doubts: Mapping[str, str]) -> list[FactLine]:
    running_first = sorted(snapshot.treatments, key=lambda x: (x.stop is not None, -x.on.timestamp()))
    return describe_lines(running_first, snapshot.today, doubts)
