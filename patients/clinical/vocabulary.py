"""What a code is called, by the kind of thing that it names: one code is a drug and the level of it. Pure.

Names are message ids; `patients.wording` says them in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from patients.clinical.absence import ABSENT
from patients.clinical.antibodies import ANSWERS, ANTIBODIES
from patients.clinical.diagnoses import DIAGNOSES
from patients.clinical.drugs import DRUGS, INDICATIONS, ROUTES, TIMINGS
from patients.clinical.entry import Entry, by_code
from patients.clinical.findings import (
    COURSES,
    DEVICES,
    FINDING_CHANGES,
    FINDINGS,
    IMPROVEMENTS,
    OVERRIDE_REASONS,
    PROPHYLAXIS_INSTEAD,
    STEPS,
    SUPPORT_LEVELS,
)
from patients.clinical.hrct_terms import CONSOLIDATIONS, HISTOLOGY_PATTERNS, HRCT_CHANGES, HRCT_PATTERNS, SIGNS
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Term, _
from patients.clinical.stays import CAUSES_OF_DEATH, DESTINATIONS, OUTCOMES

Kind = Literal[
    "test",
    "drug",
    "route",
    "timing",
    "antibody",
    "antibody_result",
    "diagnosis",
    "finding",
    "finding_change",
    "hrct_sign",
    "consolidation",
    "hrct_pattern",
    "hrct_change",
    "histology",
    "support",
    "device",
    "indication",
    "destination",
    "outcome",
    "cause_of_death",
    "improvement",
    "step",
    "course",
    "override_reason",
    "prophylaxis_instead",
    "absent",
    "source",
    "missing",
]


class Word(Protocol):
    """An entry of a catalogue: its name, and what a column head or badge says."""

    @property
    def name(self) -> str:
        """The name, a message id."""

    @property
    def short(self) -> str:
        """The abbreviation, or the name."""


# where a fact came from; other senders stand for themselves
SOURCES = by_code((Entry("form", _("form")), Entry("case_file", _("case file"))))

# whole facts that an answer can lack, besides tests, antibodies and findings, specification 11 (39)
LACKED_FACTS = by_code(
    (
        Entry("diagnosis", _("diagnosis of myositis")),
        Entry("hrct", _("HRCT report")),
        Entry("respiratory_onset", _("day of respiratory onset")),
        Entry("judgement", _("judgement of improvement")),
        Entry("birth_date", _("birth date")),
        Entry("sex", _("sex")),
    )
)

VOCABULARIES: dict[Kind, Mapping[str, Word]] = {
    "test": MEASUREMENTS,
    "drug": DRUGS,
    "route": ROUTES,
    "timing": TIMINGS,
    "antibody": ANTIBODIES,
    "antibody_result": ANSWERS,
    "diagnosis": DIAGNOSES,
    "finding": FINDINGS,
    "finding_change": FINDING_CHANGES,
    "hrct_sign": SIGNS,
    "consolidation": CONSOLIDATIONS,
    "hrct_pattern": HRCT_PATTERNS,
    "hrct_change": HRCT_CHANGES,
    "histology": HISTOLOGY_PATTERNS,
    "support": SUPPORT_LEVELS,
    "device": DEVICES,
    "indication": INDICATIONS,
    "destination": DESTINATIONS,
    "outcome": OUTCOMES,
    "cause_of_death": CAUSES_OF_DEATH,
    "improvement": IMPROVEMENTS,
    "step": STEPS,
    "course": COURSES,
    "override_reason": OVERRIDE_REASONS,
    "prophylaxis_instead": PROPHYLAXIS_INSTEAD,
    "absent": ABSENT,
    "source": SOURCES,
}


def word(kind: Kind, code: str) -> Word | None:
    """The entry of a code; None for one that its vocabulary does not have. LookupError for an unknown kind."""
    if kind == "missing":  # what an answer lacks is of several kinds that share no code
        kinds: tuple[Mapping[str, Word], ...] = (MEASUREMENTS, ANTIBODIES, FINDINGS, LACKED_FACTS)
        return next((x[code] for x in kinds if code in x), None)
    return VOCABULARIES[kind].get(code)


def term(kind: Kind, code: str) -> Term:
    """The name of a code, for a sentence."""
    found = word(kind, code)
    return Term(found.name if found else code)


def short_term(kind: Kind, code: str) -> Term:
    """The abbreviation of a code or its name, for a sentence."""
    found = word(kind, code)
    return Term(found.short if found else code)
