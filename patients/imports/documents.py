"""The formats of machines: how a document of each is recognised, and its reports. Pure.

A new format of messages is one file beside this one, and one line in `MESSAGE_FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from patients.clinical.reasons import _, reason
from patients.imports import fhir, hl7v2, table_parts, tables
from patients.imports.case import CaseFaults, Fault
from patients.imports.fields import read
from patients.imports.limits import too_many_events
from patients.imports.observation import Report
from patients.imports.table_heads import columns_of
from patients.imports.table_text import table_in

Reports = Sequence[tuple[Report, bool]]  # each with: does its source write 1,679 for 1679?


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFormat:
    """A format of messages: its title (a message id), whether a document is one, and what it reports."""

    title: str
    endings: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    reports: Callable[[bytes, str, ZoneInfo], Reports]


def _hl7_reports(document: bytes, _source: str, zone: ZoneInfo) -> Reports:
    try:
        return [(x, False) for x in hl7v2.reports_of(document, zone=zone)]
    except hl7v2.Unreadable as error:
        raise CaseFaults([Fault(None, error.reason)]) from None


def _fhir_reports(document: bytes, source: str, zone: ZoneInfo) -> Reports:
    return [(x, False) for x in fhir.reports_of(read(document), source=source, zone=zone)]


def _table_reports(document: bytes, _source: str, zone: ZoneInfo) -> Reports:
    lines = table_in(document).lines
    columns = columns_of(lines[0][1]) if lines else None
    if columns is None:
        raise CaseFaults([Fault(None, reason(_("the columns of the table are not known: say which is which")))])
    many = too_many_events(len(lines))
    if many is not None:
        raise CaseFaults([Fault(None, many)])
    return [(x, columns.thousands) for x in tables.reports_of(lines, columns, zone=zone)]


def _part_reports(document: bytes, _source: str, zone: ZoneInfo) -> Reports:
    return [table_parts.report_in(document, zone=zone)]


MESSAGE_FORMATS: dict[str, MessageFormat] = {
    "hl7v2": MessageFormat(
        title=_("HL7 v2 message"), endings=(".hl7", ".txt"), recognises=hl7v2.is_message, reports=_hl7_reports
    ),
    "fhir": MessageFormat(
        title=_("FHIR resource or bundle"), endings=(".json",), recognises=fhir.is_resource, reports=_fhir_reports
    ),
    "table": MessageFormat(
        title=_("Table of results (CSV)"), endings=(".csv", ".tsv"), recognises=tables.is_table, reports=_table_reports
    ),
    "table_part": MessageFormat(
        title=_("Lines of a table about one person, with their mapping"),
        endings=(),
        recognises=table_parts.is_part,
        reports=_part_reports,
    ),
}


def message_format_of(document: bytes) -> str | None:
    """The name of the format that recognises a document; None where none does. One without endings is our own, and
    nobody sends it."""
    return next((name for name, x in MESSAGE_FORMATS.items() if x.endings and x.recognises(document)), None)
