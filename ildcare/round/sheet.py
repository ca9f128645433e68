"""The round page: one patient on one screen, as compared with the last visit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from algorithm.difference import Difference, difference
from algorithm.opinion import output_of
from algorithm.queries import assessment_at
from algorithm.record import inputs_of
from ildcare.moment.state_code import code_of
from ildcare.record.new_results import NewResult, new_results
from ildcare.record.page import Record, record_of
from ildcare.record.results import Latest, as_text_results, latest_results
from ildcare.trends.levels import Level, levels_of, order_note
from ildcare.ward.changes import Changes, arrived_since, changes_since
from monitoring.clock import Appointment, appointments
from monitoring.engine import Situation
from monitoring.intervals import DueTest, due_tests
from monitoring.quiet_lines import Line, quiet_lines
from patients.clinical import facts as f
from patients.clinical.snapshot import Snapshot
from patients.fact_words import FactLine, describe_lines
from patients.left_there import words_beside
from patients.models import CareTask, Patient, RoundDraft, RoundVisit, User
from patients.rounds import LastVisit, draft_of, judgement_owners, last_plans, last_visits, open_tasks, visit_of

SOON = timedelta(days=1)  # a test due tomorrow is ordered today


@dataclass(frozen=True, slots=True)
class Due:
    """A test that is due. `late`: days past its grace (0: not yet); `today`: due today or before."""

    due_test: DueTest
    late: int
    today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSheet:
    """All that the round page shows. `moved` says what the chart says otherwise than at the last visit, and why."""

    record: Record
    last_visit: LastVisit
    changes: Changes
    results: tuple[NewResult, ...]
    others: tuple[FactLine, ...]
    latest: tuple[Latest, ...]
    levels: tuple[Level, ...]
    due: tuple[Due, ...]
    clock: tuple[tuple[Appointment, str], ...]
    moved: Difference | None
    plan: RoundVisit | None
    visit: RoundVisit | None
    tasks: tuple[CareTask, ...]
    draft: RoundDraft | None
    lines: tuple[Line, ...]
    code: str

    @property
    def quiet(self) -> bool:
        """Nothing at all came since the last visit."""
        return not (self.results or self.others or self.changes.any)

    @property
    def news(self) -> list[str]:
        """What came since the last visit, in short, where there is no line to show for it: an alert, a step by time."""
        moved = self.moved is not None and self.moved.changes
        told = moved or self.results or self.others or self.changes.corrected or self.changes.cancelled
        return [] if told else self.changes.news()


def round_sheet(patient: Patient, user: User | None, now: datetime) -> RoundSheet:
    """The patient as known now, beside what the reader (None: the team) saw at the last visit."""
    record = record_of(patient, now)
    snapshot = record.snapshot
    last_visit = last_visits([patient.pk], user, now)[patient.pk]
    arrived = arrived_since(patient, last_visit)
    situation = Situation(snapshot, record.pathway.indicated)
    first = record.pathway.regimen.first_d0
    return RoundSheet(
        record=record,
        last_visit=last_visit,
        changes=changes_since({patient.pk: last_visit}, now)[patient.pk],
        results=new_results(snapshot, arrived, first.day if first else None, record.marks),
        others=tuple(_other_lines(snapshot, arrived, words_beside(record.at_odds))),
        latest=tuple(latest_results(snapshot, as_text_results(record.texts), patient.sex)),
        levels=tuple(levels_of(snapshot)),
        due=tuple(due_until_tomorrow(situation, snapshot.today)),
        clock=tuple(open_judgements(patient, situation)),
        moved=_moved(patient, snapshot, last_visit.since, record),
        plan=last_plans([patient.pk]).get(patient.pk),
        visit=visit_of(last_visit),
        tasks=tuple(open_tasks([patient.pk]).get(patient.pk, ())),
        draft=draft_of(patient, user),
        lines=quiet_lines(snapshot),
        code=code_of(patient.pk, now),
    )


def _other_lines(snapshot: Snapshot, arrived: set[str], doubts: Mapping[str, str]) -> Iterator[FactLine]:
    """What is no measurement, an order with what is to be said of its target."""
    facts = _other_facts(snapshot, arrived)
    for fact, line in zip(facts, describe_lines(facts, snapshot.today, doubts), strict=True):
        note = order_note(fact, snapshot) if isinstance(fact, f.Treatment) else ""
        yield replace(line, text=f"{line.text}; {note}") if note else line


def _other_facts(snapshot: Snapshot, arrived: set[str]) -> list[f.Fact]:
    """New facts that are no measurements, newest first."""
    return [x for x in reversed(snapshot.all_facts) if x.id in arrived and not isinstance(x, f.Measurement)]


def _moved(patient: Patient, snapshot: Snapshot, since: datetime, record: Record) -> Difference | None:
    """What the chart says otherwise than in the stored answer that stood at the last visit; None if there was none."""
    then = assessment_at(patient.pk, since)
    if then is None:
        return None
    return difference(then.inputs, then.output, inputs_of(snapshot), output_of(record.opinion))


# -- what is due ------------------------------------------------------------------------------------------------------


def due_until_tomorrow(situation: Situation, today: date) -> list[Due]:
    """Tests that are due by tomorrow, the longest due first."""
    tests = sorted(due_tests(situation), key=lambda x: (x.due, x.code))
    return [Due(x, max(0, (today - x.overdue_from).days + 1), x.due <= today) for x in tests if x.due <= today + SOON]


def open_judgements(patient: Patient, situation: Situation) -> list[tuple[Appointment, str]]:
    """Judgements of improvement still to be made on the running step, and who is to make them ("" where nobody)."""
    open_ones = [x for x in appointments(situation.snapshot) if x.judgement is None]
    owners = judgement_owners([patient.pk]) if open_ones else {}
    consultant = patient.admission.consultant if open_ones and patient.admission else ""
    with_owner = ((x, owners.get((patient.pk, x.step, x.day))) for x in open_ones)
    return [(x, (y.owner.get_full_name() or y.owner.username) if y else consultant) for x, y in with_owner]
