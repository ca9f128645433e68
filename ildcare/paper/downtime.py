"""Downtime sheets (R62): the handover list and the round sheets of every ward as files, for when no server answers.

They are written by a process of their own, which needs the database but neither web server nor broker, and which ends
when they are written (`downtime_state` says when they have to be). A file is made beside the old one and takes its
place whole, so a failure of any kind leaves the last good sheets. Each sheet says when it was made and until when it
holds; `index.html` leads to all of them and marks those that are too old.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ildcare.paper.downtime_state import (
    MAKING,
    Page,
    WardFiles,
    folder_of,
    read_state,
    replace_file,
    wards_to_write,
    words_of_wards,
    write_state,
)
from ildcare.paper.handover import handover_pdf
from ildcare.paper.round_sheet import NoSheet, round_sheets_pdf, sheet_or_none
from ildcare.ward.line import Line
from ildcare.ward.lines import read_lines
from patients.audit import note_read
from patients.models import Ward
from patients.queries import site_clock
from patients.wording import moment_text

INDEX = "index.html"

log = structlog.get_logger(__name__)


def write_sheets(folder: Path, *, unchanged_too: bool = True) -> list[WardFiles]:
    """Write the sheets of all wards, or of those that changed, into a folder for the owner's eyes only.

    OSError if it cannot be written at all. Returns the files of every ward.
    """
    with site_clock():
        return _written(folder, unchanged_too=unchanged_too)


def _written(folder: Path, *, unchanged_too: bool) -> list[WardFiles]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_half_made(folder)
    before = {x.folder: x for x in read_state(folder)[1]}
    now = timezone.now()
    words = words_of_wards()  # before the sheets are read: what comes meanwhile is news
    to_write = set(words) if unchanged_too else wards_to_write(before, words, now)
    written = [
        _write_or_keep(ward, folder, before, words.get(ward.pk, ""))
        if ward.pk in to_write or folder_of(ward.pk) not in before
        else replace(before[folder_of(ward.pk)], checked_at=now.isoformat())
        for ward in Ward.objects.order_by("code")
    ]
    replace_file(folder / INDEX, _index(written).encode())
    write_state(folder, written, timezone.now())
    for gone in before.keys() - {x.folder for x in written}:
        shutil.rmtree(folder / gone, ignore_errors=True)
    return written


# -- one ward ---------------------------------------------------------------------------------------------------------


def _write_or_keep(ward: Ward, folder: Path, before: Mapping[str, WardFiles], word: str) -> WardFiles:
    """Write one ward's sheets; a ward whose sheets cannot be made keeps its old ones."""
    files = WardFiles(folder=folder_of(ward.pk), name=ward.name_in("en"), name_ja=ward.name_in("ja"), word=word)
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
            sheets = [sheet_or_none(x.patient, None, now) for x in lines]
            broken = sum(isinstance(x, NoSheet) for x in sheets)
            made[f"handover.{language}.pdf"] = handover_pdf(lines, [ward], None, now)
            if sheets:
                title = f"{_('Round sheets')} {ward.name_in(language)}"
                made[f"rounds.{language}.pdf"] = round_sheets_pdf(sheets, None, now, title)
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, content in made.items():
        replace_file(folder / name, content)
    for old in {x.name for x in folder.iterdir()} - set(made):
        (folder / old).unlink()
    note_read(None, "downtime sheets", reason=f"ward {ward.pk}: {len(lines)} patients")
    people = tuple(sorted((_page(line, n) for n, line in enumerate(lines, 1)), key=lambda x: (x.bed, x.page)))
    moment = now.isoformat()
    return replace(files, made_at=moment, checked_at=moment, people=people, broken=broken)


def _page(line: Line, number: int) -> Page:
    patient = line.patient
    kana = f"{patient.family_kana} {patient.given_kana}".strip()
    name = f"{patient.family_name} {patient.given_name}"
    return Page(bed=line.bed, name=name, kana=kana, number=patient.mrn, page=number)


# -- files ------------------------------------------------------------------------------------------------------------


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
