"""What reviewers said of a case, one line an entry, and what the ward answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ildcare.review.reader import Reader
from patients.models import CareTask, ReviewEntry, ReviewStep
from patients.wording import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """An entry: what, by whom, when, both answers and the lesson of a verdict, words, the answer of the ward."""

    kind: str
    what: str
    who: str
    when: str
    answers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    answer: str = ""


def history_of(entries: Iterable[ReviewEntry], reader: Reader, patient_id: int) -> list[EntryLine]:
    """The entries of a case, in order."""
    return [_line(x, reader, patient_id) for x in entries]


def _line(entry: ReviewEntry, reader: Reader, patient_id: int) -> EntryLine:
    return EntryLine(
        kind=entry.kind,
        what=str(entry.get_kind_display()),
        who=reader.person(entry.by, entry.role),
        when=reader.moment(patient_id, entry.at),
        answers=_answers(entry),
        text=reader.text(entry.text, entry.role),
        answer=_answer_of(entry.task, reader, patient_id) if entry.task is not None else "",
    )


def _answers(entry: ReviewEntry) -> tuple[tuple[str, str], ...]:
    if entry.kind != ReviewStep.VERDICT:
        return ()
    return (
        (_("Chart"), str(entry.get_chart_display())),
        (_("Delay"), str(entry.get_delay_display())),
        (_("Teaches"), str(entry.get_lesson_display())),
        (_("For whom"), str(entry.get_audience_display())),
    )


def _answer_of(task: CareTask, reader: Reader, patient_id: int) -> str:
    """How the ward ended the task, or that it has not."""
    if not task.outcome or task.closed_by is None or task.closed_at is None:
        return _("the ward has not answered yet")
    about = listed([reader.person(task.closed_by), reader.moment(patient_id, task.closed_at)])
    words = [str(task.get_outcome_display()), reader.text(task.outcome_note, task.closed_by.role)]
    return f"{': '.join(x for x in words if x)} ({about})"
