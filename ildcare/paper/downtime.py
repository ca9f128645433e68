"""Downtime sheets (R62): the handover list and the round sheets of every ward as files, for when no server answers.

They are written by a process of its own, which needs the database but neither web server nor broker. A file is made
beside the old one and takes its place whole, so a failure of any kind leaves the last good sheets. Each sheet says
when it was made and until when it holds; `index.html` leads to all of them and marks those that are too old.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from ildcare.paper.handover import handover_pdf
from ildcare.paper.head import HOLDS_FOR
from ildcare.paper.round_sheet import NoSheet, round_sheets_pdf
from ildcare.round.sheet import RoundSheet, round_sheet
from ildcare.ward.line import Line
from ildcare.ward.lines import read_lines
from patients.audit import note_read
from patients.models import Patient, Ward
from patients.queries import site_clock
from patients.wording import moment_text

STATE, INDEX, MAKING = "downtime.json", "index.html", ".making-"
LATE_AFTER_PERIODS = 3

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """On which page of a ward's round sheets a patient stands."""

    bed: str
    name: str
    kana: str
    number: str
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WardFiles:
    """The sheets of one ward. `failed`: the last attempt broke, and these are older ones (or none: `made_at` "")."""

    folder: str
    name: str
    name_ja: str
    made_at: str = ""
    people: tuple[Page, ...] = ()
    broken: int = 0
    failed: bool = False

    @property
    def made(self) -> datetime | None:
        """When the sheets were made."""
        return parse_datetime(self.made_at) if self.made_at else None

    @property
    def valid_until(self) -> datetime | None:
        """Until when they may be used."""
        return self.made + HOLDS_FOR if self.made else None


def write_sheets(folder: Path) -> list[WardFiles]:
    """Write the sheets of all wards into a folder for the owner's eyes only; OSError if it cannot be written at all."""
    with site_clock():
        return _written(folder)


def _written(folder: Path) -> list[WardFiles]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_half_made(folder)
    before = {x.folder: x for x in read_state(folder)[1]}
    written = [_write_or_keep(ward, folder, before) for ward in Ward.objects.order_by("code")]
    _replace_file(folder / INDEX, _index(written).encode())
    state = {"written_at": timezone.now().isoformat(), "wards": [asdict(x) for x in written]}
    _replace_file(folder / STATE, json.dumps(state, ensure_ascii=False).encode())
    for gone in before.keys() - {x.folder for x in written}:
        shutil.rmtree(folder / gone, ignore_errors=True)
    return written


def read_state(folder: Path) -> tuple[datetime | None, list[WardFiles]]:
    """When the writer last finished, and the files it left; None and no files where no state can be read."""
    try:
        stored = json.loads((folder / STATE).read_text())
        wards = [WardFiles(**{**x, "people": tuple(Page(**y) for y in x["people"])}) for x in stored["wards"]]
        return parse_datetime(stored["written_at"]), wards
    except (OSError, ValueError, TypeError, KeyError):
        return None, []


def are_late(folder: Path, now: datetime) -> bool:
    """Whether the writer did not finish for three periods, or the sheets of a ward are as old as that."""
    limit = timedelta(minutes=settings.DOWNTIME_MINUTES * LATE_AFTER_PERIODS)
    written_at, wards = read_state(folder)
    return any(x is None or now - x > limit for x in (written_at, *(ward.made for ward in wards)))


# -- one ward ---------------------------------------------------------------------------------------------------------


def _write_or_keep(ward: Ward, folder: Path, before: Mapping[str, WardFiles]) -> WardFiles:
    """Write one ward's sheets; a ward whose sheets cannot be made keeps its old ones."""
    files = WardFiles(folder=f"ward-{ward.pk}", name=ward.name_in("en"), name_ja=ward.name_in("ja"))
    try:
        return _write_ward(ward, folder / files.folder, files)
    except Exception as error:  # whatever breaks, from a full disk to a fault of ours
        log.error("downtime_sheets_failed", ward=ward.pk, error=type(error).__name__)
        return replace(before.get(files.folder, files), name=files.name, name_ja=files.name_ja, failed=True)


def _write_ward(ward: Ward, folder: Path, files: WardFiles) -> WardFiles:
    """Make all PDFs before the first one takes its place."""
    now = timezone.now()
    made: dict[str, bytes] = {}
    lines: Sequence[Line] = ()
    broken = 0
    for language in settings.DOWNTIME_LANGUAGES:
        with translation.override(language):
            lines = read_lines([ward], None, now).lines
            sheets = [_sheet(x.patient, now) for x in lines]
            broken = sum(isinstance(x, NoSheet) for x in sheets)
            made[f"handover.{language}.pdf"] = handover_pdf(lines, [ward], None, now)
            if sheets:
                title = f"{_('Round sheets')} {ward.name_in(language)}"
                made[f"rounds.{language}.pdf"] = round_sheets_pdf(sheets, None, now, title)
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, content in made.items():
        _replace_file(folder / name, content)
    for old in {x.name for x in folder.iterdir()} - set(made):
        (folder / old).unlink()
    note_read(None, "downtime sheets", reason=f"ward {ward.pk}: {len(lines)} patients")
    people = tuple(sorted((_page(line, n) for n, line in enumerate(lines, 1)), key=lambda x: (x.bed, x.page)))
    return replace(files, made_at=now.isoformat(), people=people, broken=broken)


def _sheet(patient: Patient, now: datetime) -> RoundSheet | NoSheet:
    try:
        return round_sheet(patient, None, now)
    except Exception as error:  # one patient's page must not cost the ward its paper
        log.error("downtime_sheet_failed", patient=patient.pk, error=type(error).__name__)
        return NoSheet(patient)


def _page(line: Line, number: int) -> Page:
    patient = line.patient
    kana = f"{patient.family_kana} {patient.given_kana}".strip()
    name = f"{patient.family_name} {patient.given_name}"
    return Page(bed=line.bed, name=name, kana=kana, number=patient.mrn, page=number)


# -- files ------------------------------------------------------------------------------------------------------------


def _replace_file(path: Path, content: bytes) -> None:
    """Write the whole file or leave the old one; readable by its owner only."""
    handle, name = tempfile.mkstemp(prefix=MAKING, dir=path.parent)  # made with 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _remove_half_made(folder: Path) -> None:
    """Delete what a killed run left half made."""
    for path in [*folder.glob(f"{MAKING}*"), *folder.glob(f"*/{MAKING}*")]:
        path.unlink(missing_ok=True)


def _index(wards: Sequence[WardFiles]) -> str:
    parts = [_index_part(language, wards) for language in settings.DOWNTIME_LANGUAGES]
    return render_to_string("ildcare/paper/downtime.html", {"parts": parts, "languages": settings.DOWNTIME_LANGUAGES})


def _index_part(language: str, wards: Sequence[WardFiles]) -> dict[str, Any]:
    """The part of the index in one language; moments as texts."""
    with translation.override(language):
        rows = [
            {
                "files": x,
                "name": x.name_ja if language == "ja" and x.name_ja else x.name,
                "made": moment_text(x.made) if x.made else "",
                "until": moment_text(x.valid_until) if x.valid_until else "",
            }
            for x in wards
        ]
    return {"language": language, "wards": rows}
