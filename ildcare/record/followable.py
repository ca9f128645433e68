"""The notes of later evidence that a decision can follow instead of the chart, for its forms."""

from __future__ import annotations

from django.utils.translation import gettext as _

from algorithm.literature.standing import StandingNote
from algorithm.notes import notes_here
from patients.wording import short_name_of

Group = tuple[str, list[tuple[str, str]]]


def followable(step: str) -> list[Group]:
    """Sources by where their notes stand: beside the step that is decided about first, then the others. One query."""
    notes = notes_here().followable()
    here = [x for x in notes if step and step in x.note.nodes]
    others = [x for x in notes if x not in here]
    words = {"step": short_name_of("step", step)} if step else {}
    groups = [(_("beside %(step)s") % words if step else "", here), (_("beside other nodes of the chart"), others)]
    return [(name, [_choice(x) for x in found]) for name, found in groups if found]


def _choice(standing: StandingNote) -> tuple[str, str]:
    note = standing.note
    return note.source, f"{note.citation} ({note.certainty})" if note.certainty else note.citation
