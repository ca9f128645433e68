"""Lines of the ward list that were judged already, in the memory of this process and nowhere else.

A line is a patient's, for one reader in one language. It holds for the word of that patient's state (`rows.WORD`), the
hour, the zone of the site and what the ward is called; of each patient, reader and language only the newest is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from ildcare.moment.state_cache import StateCache
from ildcare.ward.line import Line
from patients.models import User, Ward

MOST = 4096  # lines, about 20 kB each

# By what else than the line a row shows: of several wards or of one, and whose names are like the patient's.
Rows = dict[tuple[bool, tuple[tuple[int, int], ...]], SafeString]


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line, without what only the list knows (`alike`); and the rows of HTML that were made of it."""

    state: tuple[object, ...]
    line: Line
    rows: Rows


_kept: StateCache[KeptLine] = StateCache(MOST)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept for one reader in one language, in an hour at the site. `wards`: their names by their codes."""

    reader: int
    language: str
    hour: datetime
    zone: str
    wards: Mapping[str, str]

    @classmethod
    def of(cls, user: User, wards: Sequence[Ward], hour: datetime, zone: str) -> Keeping:
        """For this reader, in the active language."""
        language = get_language() or "en"
        return cls(user.pk, language, hour, zone, {x.code: x.name_in(language) for x in wards})

    def find(self, words: Mapping[int, str]) -> dict[int, KeptLine]:
        """By patient id, the lines that hold for these words of their states."""
        found = ((pk, _kept.find(self._key(pk))) for pk in words)
        return {pk: kept for pk, kept in found if kept and self._holds(kept, words[pk])}

    def _holds(self, kept: KeptLine, word: str) -> bool:
        line = kept.line
        return kept.state == self._state(word) and self.wards.get(line.ward_code) == line.ward

    def keep(self, lines: Iterable[Line], words: Mapping[int, str]) -> dict[int, KeptLine]:
        """The same of lines that were just read, kept where there is a word for what was read."""
        made = {}
        for line in lines:
            pk = line.patient.pk
            made[pk] = KeptLine(self._state(words.get(pk, "")), line, {})
            if pk in words:
                _kept.keep(self._key(pk), made[pk])
        return made

    def _key(self, patient_id: int) -> tuple[object, ...]:
        return patient_id, self.reader, self.language

    def _state(self, word: str) -> tuple[object, ...]:
        return word, self.hour, self.zone
