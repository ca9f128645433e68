"""Messages as machines send them, written in a line; the files of laboratories beside this one."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from patients.code_maps import bundled_map
from patients.imports import fhir, hl7v2, tables
from patients.imports.fields import read
from patients.imports.observation import Report
from patients.imports.table_heads import columns_of
from patients.imports.table_text import table_in
from patients.imports.understanding import Understood, understood

TOKYO = ZoneInfo("Asia/Tokyo")
SENT = Path(__file__).parent / "sent"
HEADER = r"MSH|^~\&|LAB|EAST|ILD|WARD|20260305091000||ORU^R01^ORU_R01|C100|P|2.5.1||||||UNICODE UTF-8"
PERSON = "PID|1||7001234^^^EAST^MR||Torii^Kaori||19620914|F"
ORDER = "OBR|1|P1|F1|X^Panel^LN|||20260304074500"


def obx(code: str, value: str, unit: str = "", *, kind: str = "NM", status: str = "F", time: str = "") -> str:
    """A result; `code` as code^name^system."""
    return f"OBX|1|{kind}|{code}||{value}|{unit}|||||{status}|||{time}"


def message(*segments: str, header: str = HEADER, person: str = PERSON) -> bytes:
    """A message with these segments below header, person and order."""
    return "\r".join((header, person, *(segments if segments[0][:3] == "OBR" else (ORDER, *segments)), "")).encode()


def report(*segments: str, header: str = HEADER, person: str = PERSON) -> Report:
    """What such a message reports."""
    return hl7v2.report_of(message(*segments, header=header, person=person), zone=TOKYO)


def meant(*segments: str) -> Understood:
    """What its results mean by the bundled map."""
    return understood(report(*segments), bundled_map())


def sent(name: str) -> bytes:
    """A file of a laboratory."""
    return (SENT / name).read_bytes()


def reports_of(document: bytes) -> list[tuple[Report, bool]]:
    """The reports of a file of any format, and whether its source writes 1,679 for 1679."""
    if hl7v2.is_message(document):
        return [(x, False) for x in hl7v2.reports_of(document, zone=TOKYO)]
    if document.lstrip()[:1] == b"{":
        return [(x, False) for x in fhir.reports_of(read(document), source="sender", zone=TOKYO)]
    lines = table_in(document).lines
    columns = columns_of(lines[0][1]) if lines else None
    if columns is None:
        raise hl7v2.Unreadable("no row of headings")
    return [(x, columns.thousands) for x in tables.reports_of(lines, columns, zone=TOKYO)]
