"""Codes that go out beside the product's own: LOINC where a row of the bundled map was read in its source. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.measurements import MEASUREMENTS
from patients.imports.code_map import ANTIBODY_OF, LOINC, CodeMap, CodeRow

PRESENCE = "presence"  # how the note of a row begins whose code says whether an antibody is there
LINE_BLOT = "line blot"  # a method; nobody says by which one a result was found


@dataclass(frozen=True)
class LoincCodes:
    """LOINC by test, of a map of codes: the catalogue's own code, or the only one that there is."""

    codes: CodeMap

    @cached_property
    def _rows(self) -> dict[str, list[CodeRow]]:
        found: dict[str, list[CodeRow]] = {}
        for x in self.codes.rows:
            if x.system == LOINC and x.target and not x.hold:
                found.setdefault(x.target, []).append(x)
        return found

    def of_test(self, code: str, timing: str | None = None) -> str:
        """The code of a measurement, sampled at this time; "" where none is certain."""
        if code in ANTIBODY_OF:  # a titre in units of its kit, and LOINC counts units of another
            return ""
        rows = self._rows.get(code, [])
        timed = [x.code for x in rows if timing and x.timing == timing]
        own = [x.code for x in rows if x.code == MEASUREMENTS[code].loinc]
        return _only(timed) or _only(own) or _only([x.code for x in rows if not (x.timing or x.kit)])

    def of_antibody(self, code: str) -> str:
        """The code of "is this antibody there?"; "" where none is certain."""
        rows = self._rows.get(code, []) if code in ANTIBODIES else []
        return _only([x.code for x in rows if x.note.startswith(PRESENCE) and LINE_BLOT not in x.note])


def _only(codes: Sequence[str]) -> str:
    return codes[0] if len(codes) == 1 else ""
