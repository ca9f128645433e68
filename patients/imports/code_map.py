"""Which measurement or antibody of the catalogue a sender's code means, or that nobody may say so. Pure.

A map is rows: a system (LOINC, JLAC10, JLAC11, "name", or the name of a source for its local codes), a code in which
"?" stands for any character, and the code of the catalogue. The most specific row wins. A row without a catalogue code
names what is known and never to be taken for one of the catalogue (direct bilirubin, predicted values, another
material); a row with `hold` is taken by a person only. Codes of one result that name different tests are never guessed
between.

Sources of the bundled rows: the column `source` of the files in `patients/codes`; specification 13 (125).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Reason, _, reason
from patients.imports import fhir_systems as systems

LOINC, JLAC10, JLAC11, NAME = "LOINC", "JLAC10", "JLAC11", "name"
CATALOGUE = "ildcare"  # codes of the catalogue itself: a person said of a column which test it holds
CONTEXT = ("fio2", "o2_flow")  # what a value was taken at, not a measurement of its own
# the same, and what else another installation of this product tells of it, by its codes
TAKEN_AT = {
    "fio2": "fio2", "flow": "o2_flow", "device": "device", "route": "route", "timing": "timing",
    "hours_since_dose": "hours_since_dose", "kit": "kit",
}  # fmt: skip
LONG_CODE = 17  # characters of a JLAC10 or JLAC11 code
MATERIAL = slice(9, 12)  # where both say the material
ANY = "?"
# how senders name the systems: by OID or address in FHIR, by a short name in HL7 v2
SYSTEMS = {
    "ln": LOINC,
    "loinc": LOINC,
    "http://loinc.org": LOINC,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "jc10": JLAC10,
    "jlac10": JLAC10,
    "urn:oid:1.2.392.200119.4.504": JLAC10,
    "jc11": JLAC11,
    "jlac11": JLAC11,
}


HOLDS = {
    "specimen": _("the specimen is not told: is it arterial blood?"),
    "temperature": _("corrected to body temperature: another series"),
    "blood_gas": _("may be the saturation of a blood gas: was it an oximeter?"),
    "after_bronchodilation": _("after bronchodilation: another series"),
    "hours": _("hours since the dose are not told"),
}


class Coding(NamedTuple):
    """One code of a result as it was sent: whose it is, the code, what it is called there."""

    system: str
    code: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """One row of a map. target: code of the catalogue, "" never to be taken; materials: accepted codes of material,
    empty for any; hold: why a person must look (of HOLDS); timing, kit: what the code says besides; unit: of values
    that are sent without one; called: the name that must stand beside a local code, so that the same code of another
    table is not taken for it."""

    system: str
    code: str
    target: str
    materials: frozenset[str] = frozenset()
    hold: str = ""
    timing: str = ""
    kit: str = ""
    unit: str = ""
    called: str = ""
    note: str = ""

    @property
    def is_pattern(self) -> bool:
        """Does the code leave characters open?"""
        return ANY in self.code


@dataclass(frozen=True, slots=True)
class Match:
    """What the codes of a result mean: a row, or why there is none that may be taken.

    row None and why None: nobody has said what these codes mean. `never`: known, and nothing of the catalogue.
    """

    row: CodeRow | None = None
    why: Reason | None = None
    never: bool = False


@dataclass(frozen=True)
class CodeMap:
    """Rows of a map, to be asked what codes mean. Later rows go before earlier ones of the same code: a site's own
    stand behind the bundled ones.

    units: by test and spelling what laboratories write for a unit of the catalogue besides what every page understands;
    "" where nobody may say which unit that is. said_units: what a person said of the source that is read.
    """

    rows: tuple[CodeRow, ...]
    version: str = field(default="", compare=False)
    units: Mapping[tuple[str, str], str] = field(default_factory=dict, compare=False)
    said_units: Mapping[tuple[str, str, str, str], str] = field(default_factory=dict, compare=False)

    @cached_property
    def _exact(self) -> Mapping[tuple[str, str], CodeRow]:
        return {(x.system, plain_code(x.code)): x for x in self.rows if not x.is_pattern}

    @cached_property
    def _patterns(self) -> Mapping[str, Sequence[CodeRow]]:
        """By system, the most specific first; of equally specific ones the last that was said."""
        found: dict[str, list[CodeRow]] = {}
        for row in reversed(self.rows):
            if row.is_pattern:
                found.setdefault(row.system, []).append(row)
        return {system: sorted(rows, key=lambda x: x.code.count(ANY)) for system, rows in found.items()}

    def with_rows(self, rows: Iterable[CodeRow]) -> CodeMap:
        """The map with what a site says besides."""
        return replace(self, rows=(*self.rows, *rows))

    def with_units(self, said: Mapping[tuple[str, str, str, str], str], version: str) -> CodeMap:
        """The map with the units that a site says of one source: by system, code, test and unit as sent."""
        plain = {(system_of(s), plain_code(c), test, sent.strip()): unit for (s, c, test, sent), unit in said.items()}
        return replace(self, said_units=plain, version=version)

    def said_unit(self, codings: Sequence[Coding], target: str, sent: str) -> str:
        """The unit in which the source sends values of a code with this spelling, or without; "" if nobody said."""
        keys = ((system_of(x.system), plain_code(x.code), target, sent.strip()) for x in codings)
        return next((unit for key in keys if (unit := self.said_units.get(key))), "")

    def unit_of(self, target: str, sent: str) -> str | None:
        """A unit as the catalogue writes it; None where a spelling must not be taken for any."""
        return self.units.get((target, sent.strip()), sent) or None

    def row_of(self, coding: Coding, material: str = "") -> CodeRow | None:
        """The row of one code; `material` as the specimen says it, where the code leaves it open."""
        system, code = system_of(coding.system), plain_code(coding.code)
        if system in systems.OF_OBSERVATIONS:
            return _own_row(system, code)
        if system == CATALOGUE:
            return CodeRow(system=system, code=code, target=code) if is_known(code) else None
        exact = self._exact.get((system, code))
        if exact is not None and exact.called and plain_code(exact.called) != plain_code(coding.name):
            return None
        if exact is not None or system not in (JLAC10, JLAC11):
            return exact
        found = next((x for x in self._patterns.get(system, ()) if _fits(x.code, code)), None)
        if found is None or not found.materials:
            return found
        told = code[MATERIAL] if len(code) == LONG_CODE else material
        return found if not told or told in found.materials else _other_material(found, told)

    def chosen(self, codings: Sequence[Coding], material: str, target: str) -> Match:
        """What a person says that the codes of one result mean, of those that they name; otherwise what they say."""
        rows = (x for coding in codings if (x := self.row_of(coding, material)) is not None)
        row = next((x for x in rows if x.target == target), None)
        return Match(row) if row is not None and target else self.find(codings, material)

    def find(self, codings: Sequence[Coding], material: str = "") -> Match:
        """What the codes of one result mean together. Names are asked last, and only where no code is known."""
        rows = [x for coding in codings if (x := self.row_of(coding, material)) is not None]
        if not rows:
            names = [Coding(NAME, text) for x in codings for text in (x.name, x.code) if text]
            rows = [x for name in names if (x := self._exact.get((NAME, plain_code(name.code)))) is not None]
        targets = dict.fromkeys(x.target for x in rows)
        if len({about(x) for x in targets}) > 1:
            named = " / ".join(x or "-" for x in targets)
            return Match(why=reason(_("its codes name different tests: %(codes)s"), codes=named))
        row = next((x for x in rows if not x.hold), rows[0]) if rows else None
        if row is None:
            return Match()
        if not row.target:
            return Match(row, never=True)
        return Match(row, why=reason(HOLDS[row.hold]) if row.hold else None)


def about(target: str) -> str:
    """What a target is about: the titre and the result of one antibody are about the same."""
    return ANTIBODY_OF.get(target, target)


ANTIBODY_OF = {"mda5_titre": "anti_mda5"}
TITRE_OF = {antibody: titre for titre, antibody in ANTIBODY_OF.items()}


def system_of(name: str) -> str:
    """The system that a sender's name of it means; any other name is that of a local table."""
    return SYSTEMS.get(name.strip().casefold(), name.strip())


def plain_code(code: str) -> str:
    """A code or name for comparison: width, case, blanks and hyphens of long codes evened out."""
    plain = "".join(unicodedata.normalize("NFKC", code).split())
    bare = plain.replace("-", "")
    return bare if len(bare) in (LONG_CODE, LONG_CODE - 2) and bare.isalnum() else plain.casefold()


def _fits(pattern: str, code: str) -> bool:
    """Is a code one of the pattern? A shorter one is, if the pattern leaves everything else open."""
    code = code.upper()
    if len(code) > len(pattern) or len(code) < len(pattern.rstrip(ANY)):
        return False
    return all(wanted in (ANY, sent) for wanted, sent in zip(pattern, code, strict=False))


def _own_row(system: str, code: str) -> CodeRow | None:
    """A code of this product, as another installation of it sends it. What is no result is for people to enter."""
    if system in (systems.FACT, systems.PART):
        return CodeRow(system=system, code=code, target="")
    known = TAKEN_AT.get(code, "") if system == systems.TAKEN_AT else code if is_known(code) else ""
    return CodeRow(system=system, code=code, target=known) if known else None


def _other_material(row: CodeRow, told: str) -> CodeRow:
    """The same analyte of another material is not the catalogue's measurement."""
    return CodeRow(system=row.system, code=row.code, target="", note=f"material {told}")


def is_known(target: str) -> bool:
    """Is it a code of the catalogue, or of what a value is taken at?"""
    return target in MEASUREMENTS or target in ANTIBODIES or tells_of_a_value(target)


def tells_of_a_value(target: str) -> bool:
    """Does a code tell what a value was taken at?"""
    return target in CONTEXT or target in TAKEN_AT
