"""The bundled map of codes, read once; what a site says besides stands behind it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from patients.imports.code_map import CodeMap, CodeRow, system_of
from patients.models import CodeMeaning, Source, UnitMeaning, standing_meanings

FOLDER = Path(__file__).resolve().parent / "codes"
FILES = ("measurements.csv", "antibodies.csv", "local.csv")  # of equal codes the later file decides
VERIFIED = "verified"


@lru_cache(maxsize=1)
def bundled_map() -> CodeMap:
    """The rows whose code and meaning were read in their source; the others are offered to a site, never applied."""
    return CodeMap(tuple(row for row, verified in _rows() if verified), version="1", units=_units())


def site_map() -> CodeMap:
    """The bundled map, with what the site says besides: that goes before it."""
    said = (
        CodeRow(system=system_of(x.system), code=x.code, called=x.called, target=x.target, unit=x.unit)
        for x in standing_meanings()
    )
    return bundled_map().with_rows(said)


def map_of(source: Source) -> CodeMap:
    """The map of the site, with the units that it says of a source; its version names all that was said so far."""
    rows = list(UnitMeaning.objects.filter(source=source).order_by("id"))
    said = {(x.system, x.code, x.target, x.sent): x.unit for x in rows}
    found = site_map()
    last = CodeMeaning.objects.order_by("-id").values_list("id", flat=True).first() or 0
    units = rows[-1].pk if rows else 0
    return found.with_units(said, f"{found.version}.{last}.{units}")


def offered_rows() -> tuple[CodeRow, ...]:
    """Rows from memory, or of which only a part was read: for a site to look at."""
    return tuple(row for row, verified in _rows() if not verified)


def _units() -> dict[tuple[str, str], str]:
    with (FOLDER / "units.csv").open(encoding="utf-8", newline="") as file:
        return {(x["target"], x["sent"]): x["unit"] for x in csv.DictReader(file) if x["status"] == VERIFIED}


def rows_in(path: Path) -> tuple[CodeRow, ...]:
    """The rows of a file of the same columns. Raises OSError, UnicodeDecodeError, or KeyError for a missing column."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return tuple(_row(row) for row in csv.DictReader(file))


def _rows() -> Iterator[tuple[CodeRow, bool]]:
    for name in FILES:
        with (FOLDER / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield _row(row), row["status"] == VERIFIED


def _row(row: dict[str, str]) -> CodeRow:
    told = {
        name: row.get(name) or "" for name in ("system", "code", "target", "hold", "timing", "kit", "called", "note")
    }
    return CodeRow(**told, materials=frozenset((row.get("materials") or "").split()))
