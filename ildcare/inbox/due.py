"""The nurse's list: tests that are due today, of each patient or of each test, with what was said of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from ildcare.inbox.watched import Watched
from monitoring.engine import Group
from monitoring.intervals import DueTest
from monitoring.marking import answers, marks_of
from monitoring.models import MarkedTest
from monitoring.owning import Owned, owners_of
from monitoring.worklist_forms import target_of_test
from patients.access import may
from patients.context import issue_context
from patients.models import Admission, Patient, User
from patients.requests import AuthenticatedHttpRequest
from patients.wording import translated

People = Mapping[int, tuple[Patient, Admission | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """A test of a patient that is due. `late`: days past its grace, so that its alert is open; `mark`: what was said of
    it, and `settled`: whether that still answers; `owner`: who has the card of what is overdue; None for the ward;
    `token`: of the forms that say something of it, "" for who may not."""

    patient: Patient
    stay: Admission | None
    test: DueTest
    late: int
    mark: MarkedTest | None
    settled: bool
    owner: User | None
    token: str = ""

    @property
    def key(self) -> str:
        """Names the row on the page."""
        return f"{self.patient.pk}-{self.test.code}"

    @property
    def due(self) -> str:
        """The day on which it is due, as an address names it."""
        return self.test.due.isoformat()

    @property
    def name(self) -> str:
        """The test in words."""
        return translated(self.test.name.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueGroup:
    """The rows of one patient, or of one test."""

    title: str
    rows: tuple[DueRow, ...]
    patient: Patient | None = None
    stay: Admission | None = None
    alike: tuple[Patient, ...] = ()


def due_rows(
    request: AuthenticatedHttpRequest, people: People, watched: Mapping[int, Watched], now: datetime
) -> list[DueRow]:
    """Every test that is due by today, of these patients: the longest due first. Three queries."""
    marks, owners = marks_of(people), owners_of(people)
    allowed = may(request.user, "keep_tasks")
    rows = []
    for pk, (patient, stay) in people.items():
        if pk not in watched:
            continue
        owned = owners.get((pk, str(Group.OVERDUE)))
        due = [x for x in watched[pk].tests if x.due <= watched[pk].today]
        for test in due:
            mark = marks.get((pk, test.code, test.due))
            row = _row(patient, stay, test, watched[pk].today, mark=mark, owned=owned, now=now)
            target = target_of_test(test.code, row.due)
            token = issue_context(request, patient=patient, target=target) if allowed else ""
            rows.append(replace(row, token=token))
    return sorted(rows, key=lambda x: (x.test.due, x.test.code))


def _row(
    patient: Patient,
    stay: Admission | None,
    test: DueTest,
    today: date,
    *,
    mark: MarkedTest | None,
    owned: Owned | None,
    now: datetime,
) -> DueRow:
    return DueRow(
        patient=patient,
        stay=stay,
        test=test,
        late=max(0, (today - test.overdue_from).days + 1),
        mark=mark,
        settled=mark is not None and answers(mark, now),
        owner=owned.owner if owned else None,
    )


def by_patient(rows: Iterable[DueRow], alike: Mapping[int, tuple[Patient, ...]]) -> list[DueGroup]:
    """The rows of each patient together, in the order of beds."""
    found: dict[int, list[DueRow]] = {}
    for row in rows:
        found.setdefault(row.patient.pk, []).append(row)
    groups = [
        DueGroup(
            title=str(held[0].patient),
            rows=tuple(held),
            patient=held[0].patient,
            stay=held[0].stay,
            alike=tuple(alike.get(pk, ())),
        )
        for pk, held in found.items()
    ]
    return sorted(groups, key=lambda x: _place(x.stay))


def by_test(rows: Iterable[DueRow]) -> list[DueGroup]:
    """The rows of each test together: for whoever prepares the tubes."""
    found: dict[str, list[DueRow]] = {}
    for row in rows:
        found.setdefault(row.test.code, []).append(row)
    groups = [DueGroup(title=held[0].name, rows=tuple(held)) for held in found.values()]
    return sorted(groups, key=lambda x: (-len(x.rows), x.title))


def _place(stay: Admission | None) -> tuple[str, int, str]:
    bed = stay.bed if stay else ""
    digits = "".join(x for x in bed if x.isdecimal())
    return (stay.ward.code if stay else "", int(digits[:9]) if digits else 0, bed)
