"""Kinds of danger that no rule watches yet: every page and the guide say so until their rules exist. Pure.

A kind leaves the list by itself when every one of its rules (specification 8) is registered in `monitoring.rules`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from patients.clinical.reasons import _


@dataclass(frozen=True, slots=True)
class Danger:
    """A kind of danger: its name (a message id) and the codes of all rules that it takes to watch it."""

    name: str
    rules: frozenset[str]


DANGERS = (
    Danger(_("infection"), frozenset({"BDG_POSITIVE", "BDG_WITH_KL6", "CMV_ANTIGENAEMIA"})),
    Danger(_("kidney function"), frozenset({"CREATININE_RISE", "AKI"})),
    Danger(_("liver function"), frozenset({"LIVER"})),
    Danger(_("blood counts"), frozenset({"LYMPHOPENIA", "CYTOPENIA"})),
    Danger(_("drug interactions"), frozenset({"INTERACTION"})),
    Danger(_("pneumocystis prophylaxis"), frozenset({"PROPHYLAXIS_MISSING"})),
    Danger(_("tacrolimus levels"), frozenset({"TAC_BAND"})),
    Danger(
        _("potassium, blood pressure and glucose"),
        frozenset({"HYPERKALAEMIA", "HYPOKALAEMIA", "BLOOD_PRESSURE", "GLUCOSE"}),
    ),
)


def unwatched(registered: Iterable[str]) -> tuple[str, ...]:
    """Names of the kinds of danger of which a rule is missing among the registered codes, in their order."""
    there = frozenset(registered)
    return tuple(danger.name for danger in DANGERS if not danger.rules <= there)
