"""A file of a table as it came, and what its mapping makes of it: text or workbook, with or without a dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.utils.translation import override

from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import _, reason
from patients.code_maps import site_map
from patients.imports.case import CaseFaults, Fault
from patients.imports.redcap import fields_in, is_dictionary, suggested_by
from patients.imports.table_map import TableMap, folded
from patients.imports.table_parts import PartedTable, map_of_form, parted
from patients.imports.table_suggestion import Suggestion, suggested
from patients.imports.table_text import Table, table_in
from patients.models import TableFile
from patients.queries import site_zone
from patients.wording import translated
from patients.workbooks import is_workbook, table_in_workbook

LANGUAGES = ("en", "ja")


def table_of(body: bytes, of: TableMap | None = None) -> Table:
    """The table in a file, as a mapping says its text or its sheet is to be read. Raises CaseFaults."""
    if is_workbook(body):
        return table_in_workbook(body, sheet=of.sheet if of else "")
    return table_in(body, encoding=of.encoding if of else "", delimiter=of.delimiter if of else "")


def suggestion_for(
    body: bytes, *, dictionary: bytes | None = None, source: str = "local", of: TableMap | None = None
) -> Suggestion:
    """How a file seems to be meant; `of`: read as this mapping says. Raises CaseFaults."""
    table = table_of(body, of)
    if dictionary:
        fields = fields_in(table_of(dictionary))
        return suggested_by(fields, table, site_map(), source=source, called=names_of_tests())
    if is_dictionary(table):
        why = _("this is the data dictionary of REDCap: send the export, and the dictionary beside it")
        raise CaseFaults([Fault(None, reason(why))])
    return suggested(table, site_map(), source=source, called=names_of_tests(), header=of.header if of else 0)


def body_of(file: TableFile) -> bytes:
    """A file as it came. Raises CaseFaults where it is not kept any more."""
    body = file.document.body
    if body is None:
        raise CaseFaults([Fault(None, reason(_("the file itself is not kept any more")))])
    return bytes(body)


def parted_file(file: TableFile) -> PartedTable:
    """What a file says, by person. Raises CaseFaults."""
    of = map_of_form(file.content or {})
    return parted(table_of(body_of(file), of), of, zone=site_zone())


@lru_cache(maxsize=1)
def names_of_tests() -> Mapping[str, str]:
    """What the pages call the tests, in every language, folded."""
    found: dict[str, str] = {}
    entries = [(code, x.name, x.abbreviation) for code, x in MEASUREMENTS.items() if not x.named]
    entries += [(code, x.name, x.abbreviation) for code, x in ANTIBODIES.items()]
    for language in LANGUAGES:
        with override(language):
            for code, *names in entries:
                found.update({folded(translated(x)): code for x in names if x})
    return found
