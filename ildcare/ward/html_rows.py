"""Rows of the ward list as HTML, made once of a line that is kept: a list is asked for often and changes seldom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.template.loader import get_template
from django.utils.safestring import SafeString

from ildcare.ward.kept import Rows
from ildcare.ward.line import Line


def prebuilt(lines: Iterable[Line], made: Mapping[int, Rows], *, several_wards: bool) -> list[SafeString]:
    """One table row for each line. `made`: by patient id, the rows that were made of just these lines; new ones are put
    there."""
    return [_row(line, made.get(line.patient.pk, {}), several_wards) for line in lines]


def _row(line: Line, made: Rows, several_wards: bool) -> SafeString:
    key = (several_wards, tuple((x.pk, x.version) for x in line.alike))
    if key not in made:
        html = get_template("ildcare/ward/_ward_line.html").render({"line": line, "several_wards": several_wards})
        made[key] = SafeString(html)
    return made[key]
