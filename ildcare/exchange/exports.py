"""What leaves the product: a record, or those of a ward, in a format of EXPORTS. One more format is one more entry.

Cells of text hold no formula; numbers of a workbook are numbers. Every file says by whom and when it was made.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ildcare.exchange.fhir.collection import collection_of
from patients.case_export import exported_case, standing_rows
from patients.clinical.measurements import MEASUREMENTS
from patients.exports.exact_json import exact_json
from patients.fact_words import cannot_be_read, kind_in_words, readable, summary_of
from patients.imports.table_text import guarded
from patients.models import Fact, Measurement, Patient, User, Ward
from patients.queries import site_zone
from patients.rows import is_date_only
from patients.workbooks import workbook_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FHIR = ("fhir.json", "application/fhir+json")
HEADS = (
    *("record_number", "family_name", "given_name", "sex", "birth_date", "kind", "code", "on", "known", "comparator"),
    *("value", "unit", "fio2", "flow", "device", "route", "timing", "kit", "status", "words", "source", "recorded_at"),
    *("exported_by", "exported_at"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """By whom and when a file was made."""

    by: str
    at: datetime

    @property
    def words(self) -> str:
        """As a sentence."""
        when = timezone.localtime(self.at).isoformat(" ", "minutes")
        return _("Exported from ildcare by %(who)s, %(when)s.") % {"who": self.by, "when": when}


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format: its title, the ending and type of a file of one record and of several, and how they are written."""

    title: Any
    one: tuple[str, str]
    many: tuple[str, str]
    write: Callable[[Sequence[Patient], Made, bool], bytes]


def _cases(patients: Sequence[Patient], made: Made, several: bool) -> bytes:
    """One case file; of several records each in its own file, packed."""
    if not several:
        return _case(patients[0], made)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for number, patient in enumerate(patients, start=1):
            file.writestr(f"case-{number:04d}.json", _case(patient, made))
    return packed.getvalue()


def _case(patient: Patient, made: Made) -> bytes:
    return exported_case(patient, source=made.words, zone=site_zone(), now=made.at).as_text().encode()


def _fhir(patients: Sequence[Patient], made: Made, _several: bool) -> bytes:
    return exact_json(collection_of(patients, made.words, made.at))


def _csv(patients: Sequence[Patient], made: Made, _several: bool) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(HEADS)
    writer.writerows([_as_text(x) for x in row] for row in _rows(patients, made))
    return written.getvalue().encode("utf-8-sig")  # the mark tells spreadsheets that it is UTF-8


def _xlsx(patients: Sequence[Patient], made: Made, _several: bool) -> bytes:
    rows = ([_as_cell(x) for x in row] for row in _rows(patients, made))
    return workbook_of(_("Record"), (HEADS, *rows))


EXPORTS: dict[str, ExportFormat] = {
    "case": ExportFormat(
        gettext_lazy("Case file (JSON), to be imported again"),
        ("json", "application/json"),
        ("zip", "application/zip"),
        _cases,
    ),
    "fhir": ExportFormat(gettext_lazy("FHIR R4 bundle, with open alerts and the chart's answer"), FHIR, FHIR, _fhir),
    "csv": ExportFormat(gettext_lazy("Table (CSV, UTF-8)"), ("csv", "text/csv"), ("csv", "text/csv"), _csv),
    "xlsx": ExportFormat(gettext_lazy("Workbook (XLSX)"), ("xlsx", XLSX), ("xlsx", XLSX), _xlsx),
}


def patients_of(ward: Ward, reader: User) -> list[Patient]:
    """Who lies on a ward now, as far as somebody sees them, by record number."""
    return list(Patient.objects.visible_to(reader).on_ward(ward).order_by("mrn"))


def _rows(patients: Sequence[Patient], made: Made) -> Iterator[list[Any]]:
    for patient in patients:
        told = [patient.mrn, patient.family_name, patient.given_name, patient.sex, patient.birth_date]
        for row in sorted(standing_rows(patient), key=lambda x: (x.on, x.KIND, x.pk)):
            said = _fact(row) if readable(row) else _unread(row)
            yield [*told, *said, made.by, made.at]


def _fact(row: Fact) -> list[Any]:
    zone = site_zone()
    on = row.on.astimezone(zone)
    when = on.date() if is_date_only(row.on, zone) else on
    names = ("code", "drug", "myositis", "what", "step", "level", "pattern")
    code = next((x for name in names if (x := getattr(row, name, None))), "")
    about = [kind_in_words(row.KIND), code, when, row.known]
    return [*about, *_value(row), row.status, summary_of(row), row.source, row.recorded_at]


def _unread(row: Fact) -> list[Any]:
    """The line of an entry that cannot be read: that there is one, and nothing of its content."""
    said = {"kind": kind_in_words(row.KIND), "status": row.status, "words": cannot_be_read(), "source": row.source}
    return [said.get(x, "") for x in HEADS[5:-2]]


def _value(row: Fact) -> list[Any]:
    """Comparator, value, unit of the catalogue, and what it was taken at."""
    if not isinstance(row, Measurement):
        dose = [getattr(row, "dose", None), getattr(row, "unit", None)]
        return ["", *dose, getattr(row, "fio2", None), getattr(row, "flow", None), getattr(row, "device", ""),
                getattr(row, "route", ""), "", ""]  # fmt: skip
    unit = _unit(row) if row.value is not None else row.typed_value
    return [row.comparator, row.value, unit, row.fio2, row.flow, row.device, row.route, row.timing, row.kit]


def _unit(row: Measurement) -> str:
    kind = MEASUREMENTS.get(row.code)
    return row.typed_unit if kind is None or kind.named else kind.unit


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="minutes")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return guarded(str(value)) if value is not None else ""


def _as_cell(value: Any) -> Any:
    """A moment by the clock of the site: workbooks know no zone."""
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
    return value
