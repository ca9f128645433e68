"""The analysis set: one line a person without a name or a day of the calendar, and what its columns mean."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from ildcare.cohort.members import ERA_YEARS, Member
from ildcare.cohort.words import event_in_words
from patients.wording import listed_apart
from patients.workbooks import workbook_of_sheets

COLUMNS = (
    *("number", "subtype", "course", "antibody", "sex", "age", "era", "first_step", "highest_step", "days", "event"),
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | None


def rows_of(members: Iterable[Member]) -> list[list[Cell]]:
    """One line a person, in the order of their numbers."""
    return [[getattr(x, name) for name in COLUMNS] for x in members]


def dictionary_of() -> list[tuple[str, str, str]]:
    """Each column: its name, what it means, which values it has."""
    events = listed_apart(f"{kind or '(empty)'}: {event_in_words(kind)}" for kind in EVENTS)
    return [
        ("number", _("Drawn by lot for this run; the same person has another one in the next run"), "1 ..."),
        ("subtype", _("Subtype of Table 1 as known 28 days after day 0"), "A/S-1, A/S-2, A/S-3, C-1, C-2, undecided"),
        ("course", _("Course as known 28 days after day 0"), "A/S, C, undecided"),
        (
            "antibody",
            _("Anti-MDA5 before anti-ARS, as known 28 days after day 0"),
            "anti_mda5, anti_ars, neither, not_known",
        ),
        ("sex", _("Sex"), "female, male, unknown"),
        ("age", _("Completed years on day 0"), _("years; empty: no birth date or no day 0")),
        ("era", _("First of the %(n)s years in which day 0 lies") % {"n": ERA_YEARS}, _("year")),
        ("first_step", _("Step of the chart that was started on day 0"), "observation, T1, T2, T3, T4"),
        ("highest_step", _("Highest step that was started until the run"), "observation, T1, T2, T3, T4"),
        ("days", _("Days from day 0 to the event, or to the last day on which anything is known"), _("days")),
        ("event", _("What ended the time"), events),
    ]


EVENTS = ("", "respiratory", "other", "unknown_cause", "transplant")


def as_workbook(members: Sequence[Member], made: str) -> bytes:
    """A workbook: the set, and its dictionary with by whom and when it was made."""
    return workbook_of_sheets(
        [(_("Analysis set"), [COLUMNS, *rows_of(members)]), (_("Data dictionary"), [*_described(), ("", made, "")])]
    )


def as_packed_csv(members: Sequence[Member], made: str) -> bytes:
    """The same as two files of comma separated values, packed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("analysis-set.csv", _csv([COLUMNS, *rows_of(members)]))
        file.writestr("data-dictionary.csv", _csv([*_described(), ("", made, "")]))
    return packed.getvalue()


def _described() -> list[tuple[str, str, str]]:
    return [(_("column"), _("meaning"), _("values")), *dictionary_of()]


def _csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(["" if x is None else x for x in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")  # the mark tells spreadsheets that it is UTF-8
