"""A note of later literature: one dated, cited finding beside a node of the chart, never a change of the chart. Pure.

How certain it is (A to E), how it was read, and which side it takes where sources disagree stand with it. Which notes
contradict the chart's own answer is a judgement of this product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patients.clinical.reasons import _

CERTAINTIES: Mapping[str, str] = {
    "A": _("randomised trial"),
    "B": _("prospective study or adjusted comparison"),
    "C": _("cohort"),
    "D": _("guideline or consensus"),
    "E": _("case series"),
}
BETWEEN = "/"  # "B/C": between two grades
NOT_GRADED = _("not graded: a label or a letter")

READ: Mapping[str, str] = {
    "abstract": _("read as abstract"),
    "details_second_hand": _("read as abstract, details second-hand"),
    "summary": _("read as a summary"),
    "figure": _("read in the figure of the guideline"),
    "editorial": _("second-hand: as an editorial reports it, the paper itself was not found"),
    "second_hand": _("second-hand: as another text reports it"),
}
SECOND_HAND = frozenset({"editorial", "second_hand"})

FOR, AGAINST = "for", "against"
# questions on which sources disagree: a panel carries both sides
TOPICS: Mapping[str, str] = {
    "triple": _("Triple therapy from the start: do more patients live?"),
    "jak_inhibitor": _("JAK inhibitor in place of or beside a calcineurin inhibitor: do more patients live?"),
    "plasma_exchange": _("Plasma exchange after or beside triple therapy: do more patients live?"),
}
EVERY_NODE: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One finding. `nodes`: of the chart, beside which it is shown, none where it concerns every node. `doi`: "" where
    the citation alone says where it stands. `read`: a key of `READ`, "" where nothing needs saying. `against`: the
    nodes at which it says other than the chart. `topic`, `side`: of a question on which sources disagree.
    """

    code: str
    year: int
    nodes: tuple[str, ...]
    message: str
    citation: str
    doi: str = ""
    certainty: str = ""
    read: str = ""
    against: tuple[str, ...] = ()
    topic: str = ""
    side: str = ""

    @property
    def source(self) -> str:
        """The source as it is cited, wherever a decision names what it follows."""
        return f"{self.citation}, doi {self.doi}" if self.doi else self.citation

    @property
    def grades(self) -> tuple[tuple[str, str], ...]:
        """How certain it is: each letter with its meaning; a note between two grades has both."""
        return tuple((x, CERTAINTIES[x]) for x in self.certainty.split(BETWEEN) if x)

    @property
    def how_read(self) -> str:
        """How the source was read, a message id; "" where nothing needs saying."""
        return READ[self.read] if self.read else ""

    @property
    def second_hand(self) -> bool:
        """Does another text tell what the source says?"""
        return self.read in SECOND_HAND
