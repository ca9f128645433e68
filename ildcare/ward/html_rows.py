"""Rows of the ward list as HTML, made once of a line that is kept: a list is asked for often and changes seldom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.template.loader import get_template
from django.utils.safestring import SafeString

from ildcare.ward.kept import Rows
from ildcare.ward.line import Line
from patients.wording import short_name_of


def prebuilt(lines: Iterable[Line], made: Mapping[int, Rows], *, several_wards: bool) -> list[SafeString]:
    """One table row for each line. `made`: by patient id, the rows that were made of just these lines; new ones are put
    there."""
    return [_row(line, made.get(line.patient.pk, {}), several_wards) for line in lines]


def _row(line: Line, made: Rows, several_wards: bool) -> SafeString:
    key = (several_wards, tuple((x.pk, x.version) for x in line.alike))
    if key not in made:
        context = {"line": line, "several_wards": several_wards, **_texts(line)}
        made[key] = SafeString(get_template("ildcare/ward/_ward_line.html").render(context))
    return made[key]


def _texts(line: Line) -> dict[str, object]:
    """What a row says in other words than its line: the template formats nothing."""
    steps = {x: short_name_of("step", x) for x in line.steps_possible}
    return {
        "bed": line.bed or "–",
        "changed": " · ".join(line.changed),
        "why": " · ".join(line.why),
        "step": short_name_of("step", line.step),
        "steps": " / ".join(steps.values()),
        "several_steps": len(line.steps_possible) > 1,
        "other_steps": " / ".join(name for x, name in steps.items() if x != line.step),
    }
