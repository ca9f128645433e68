"""The patient page: everything about one patient at one moment, from all apps, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from algorithm.charts import chart_for
from algorithm.opinion import Opinion, opinion
from algorithm.overrides import Override, override_of
from algorithm.walk.engine import Pathway
from ildcare.drawing.strip import Answer, Strip
from ildcare.moment.record_state import RecordState
from ildcare.moment.state_cache import StateCache
from ildcare.record.answer_words import by_choice_text
from ildcare.record.flow_sheet import Sheet, flow_sheet
from ildcare.record.past import course_strip, neighbours
from ildcare.record.sheet_cells import SheetTable, sheet_table
from ildcare.record.state_bar import StateBar, state_bar
from ildcare.record.therapy_words import Ended, background_texts, clock_texts, ended, infection_texts
from ildcare.record.treatments import TreatmentPicture, kept_treatment_picture
from ildcare.trends.events import flags_of
from ildcare.trends.figures import USUAL_RANGE, Figure, Trends, has_trends, kept_trends
from ildcare.trends.ranges import RangeParams
from ildcare.trends.small import SmallTrends, has_course, kept_small_trends
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


@dataclass(frozen=True, kw_only=True)
class Record:
    """All that the page shows, as known at `as_of`. It was read once; what only a part shows is worked out when that
    part is asked for, and once.

    `every_version`: also what became known after the moment, of a record of the past. `params`: the days that the trend
    charts show.
    """

    patient: Patient
    snapshot: Snapshot
    as_of: datetime
    past: bool
    params: RangeParams
    every_version: Sequence[Version]
    watch: Watch
    merges: tuple[RecordMerge, ...]

    # -- what was judged ----------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """The day of the moment at the site."""
        return self.snapshot.today

    @cached_property
    def versions(self) -> list[Version]:
        """Those that were known at the moment."""
        return [x for x in self.every_version if x.fact.known <= self.as_of]

    @cached_property
    def opinion(self) -> Opinion:
        """What the chart says."""
        return opinion(chart_for(self.snapshot), self.snapshot)

    @property
    def pathway(self) -> Pathway:
        """The walk through the chart."""
        return self.opinion.pathway

    @cached_property
    def swept(self) -> datetime | None:
        """When the monitoring last ran; None of a past moment."""
        sweep = None if self.past else last_sweep()
        return sweep.finished_at if sweep else None

    @cached_property
    def override(self) -> Override | None:
        """A decision not to follow the chart."""
        return override_of(chart_for(self.snapshot), self.snapshot, self.versions)

    @cached_property
    def marks(self) -> Mapping[str, Sequence[Reason]]:
        """By fact, what stands beside a value wherever it is shown (in doubt, contradicted, perhaps moved)."""
        return marks_of(self.snapshot, self.versions)

    @cached_property
    def at_odds(self) -> tuple[AtOdds, ...]:
        """What came with a merge and contradicts the record's own."""
        return tuple(contradictions_of(self.patient, self.snapshot, self.versions, self.merges))

    @cached_property
    def _doubts(self) -> Mapping[str, str]:
        return words_beside(self.at_odds)

    @cached_property
    def state(self) -> RecordState:
        """The key of what is drawn of this record and kept."""
        return RecordState.of(self.patient.pk, self.snapshot, self.versions)

    # -- in words -----------------------------------------------------------------------------------------------------

    @property
    def day_n(self) -> int | None:
        """The day of therapy."""
        first = self.pathway.regimen.first_d0
        return self.snapshot.days_since(first.day) if first else None

    @property
    def step_day(self) -> int | None:
        """The day of the running step."""
        running = self.pathway.regimen.running
        return self.snapshot.days_since(running.day) if running else None

    @cached_property
    def newest(self) -> datetime | None:
        """When the last of it became known."""
        return max((x.known for x in self.snapshot.all_facts), default=None)

    @cached_property
    def _neighbours(self) -> tuple[datetime | None, datetime | None]:
        return _neighbours(self.every_version, self.as_of, self.past)

    @property
    def earlier(self) -> datetime | None:
        """When something became known before."""
        return self._neighbours[0]

    @property
    def later(self) -> datetime | None:
        """When something became known after."""
        return self._neighbours[1]

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
        return ended(self.snapshot, (*self.watch.open, *self.watch.ended_with_care))

    @cached_property
    def any_facts(self) -> bool:
        """Is anything recorded but the stay? Without it, panels would only say that they are empty."""
        stays = (f.HospitalAdmission, f.Discharge)
        return any(not isinstance(x, stays) for x in self.snapshot.all_facts) or bool(self.texts)

    @property
    def infection(self) -> list[str]:
        """Facts for which an infection is not excluded."""
        return infection_texts(self.snapshot, self.watch.open)

    @cached_property
    def bar(self) -> StateBar:
        """The bar that stays above every page of the patient."""
        return state_bar(self.snapshot, self.opinion, self.watch, self.override, self.marks)

    # -- its parts ----------------------------------------------------------------------------------------------------

    @cached_property
    def strip(self) -> Strip | None:
        """The course as it was known day by day."""
        return course_strip(self.patient, self.snapshot, self.versions, self.state)

    @property
    def last_move(self) -> Answer | None:
        """The last change of the chart's answer, with the facts behind it."""
        return self.strip.answers[-1] if self.strip and len(self.strip.answers) > 1 else None

    @cached_property
    def texts(self) -> tuple[Measurement, ...]:
        """Results without a number."""
        return tuple(text_results(self.patient, self.as_of if self.past else None))

    @cached_property
    def sheet(self) -> Sheet:
        """The flow sheet."""
        return _sheets.get((self.state, self.patient.sex), self._sheet)

    def _sheet(self) -> Sheet:
        marks = self.marks if _all_seen(self.snapshot, self.versions) else None
        return flow_sheet(self.versions, self.patient.sex, choices=self.snapshot.settings.rules, marks=marks)

    @cached_property
    def sheet_table(self) -> SheetTable:
        """The flow sheet as its table shows it."""
        return _sheet_tables.get((self.state, self.patient.sex), lambda: sheet_table(self.sheet))

    @property
    def has_trends(self) -> bool:
        """Is there a trend chart?"""
        return has_trends(self.snapshot)

    @cached_property
    def trends(self) -> Trends:
        """The trend charts."""
        flags = flags_of(self.snapshot, describe, [x.alert for x in self.watch.open])
        return kept_trends(self.state, self.snapshot, params=self.params, flags=flags)

    @property
    def has_course(self) -> bool:
        """Is there a course to draw in small?"""
        return has_course(self.snapshot)

    @property
    def small_title(self) -> str:
        """What the course in small is called."""
        return _("Course since therapy began") if self.pathway.regimen.first_d0 else _("Course so far")

    @cached_property
    def small_trends(self) -> SmallTrends:
        """The course since therapy began, in small."""
        return kept_small_trends(self.state, self.snapshot)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Each of them."""
        return self.trends.figures

    @cached_property
    def treatment_picture(self) -> TreatmentPicture:
        """The treatments as a timeline and in words."""
        return kept_treatment_picture(self.state, self.snapshot, self._doubts)

    @cached_property
    def treatments(self) -> tuple[FactLine, ...]:
        """The treatments as lines, what runs first."""
        running_first = sorted(self.snapshot.treatments, key=lambda x: (x.stop is not None, -x.on.timestamp()))
        return tuple(describe_lines(running_first, self.today, self._doubts))

    @cached_property
    def facts(self) -> tuple[FactLine, ...]:
        """What is neither result nor treatment, the newest first."""
        others = [x for x in self.snapshot.all_facts if not isinstance(x, f.Measurement | f.Treatment)]
        return tuple(describe_lines(reversed(others[-MOST_FACTS:]), self.today, self._doubts))


# A flow sheet changes with the record alone.
_sheets: StateCache[Sheet] = StateCache(64)
_sheet_tables: StateCache[SheetTable] = StateCache(64)


def record_of(patient: Patient, now: datetime, params: RangeParams = USUAL_RANGE, *, past: bool = False) -> Record:
    """The record as known at `now`; `past`: an earlier moment, at which the alerts too stood as they stood then."""
    snapshot, every_version = snapshot_with_versions(patient, now, until=timezone.now() if past else now)
    return Record(
        patient=patient,
        snapshot=snapshot,
        as_of=now,
        past=past,
        params=params,
        every_version=every_version,
        watch=watch_at(patient.pk, now) if past else watch_of(patient.pk, now),
        merges=tuple(merges_into(patient.pk)),
    )


def _all_seen(snapshot: Snapshot, versions: Sequence[Version]) -> bool:
    """Is nothing shown that the snapshot does not hold: a value of a time still to come, or told without a number?"""
    return all(x.fact.on <= snapshot.as_of and not x.silent for x in versions)


def _neighbours(versions: Sequence[Version], moment: datetime, past: bool) -> tuple[datetime | None, datetime | None]:
    """Of the present, "before" is the state that the last news replaced."""
    if past:
        return neighbours(versions, moment)
    before, _last = neighbours(versions, max((x.fact.known for x in versions), default=moment))
    return before, None
