"""What stands in the folder of downtime sheets, and which wards' sheets no longer say what is stored (R62).

Light on purpose: the process that keeps watch needs no typesetter and no page.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from algorithm.queries import code_version
from patients.queries import site_clock

STATE, MAKING = "downtime.json", ".making-"
HOLDS_FOR = timedelta(hours=12)  # [J] a sheet of the morning round is not used at night
RENEWED_AFTER = HOLDS_FOR / 4  # [J] so that the sheets of a ward without news hold nine hours more at any moment
LATE_AFTER_PERIODS = 3


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
    """The sheets of one ward. `failed`: the last attempt broke, and these are older ones (or none: `made_at` "").

    word: of the state of the ward that they show (`words_of_wards`). checked_at: when that last was its state.
    """

    folder: str
    name: str
    name_ja: str
    made_at: str = ""
    checked_at: str = ""
    word: str = ""
    people: tuple[Page, ...] = ()
    broken: int = 0
    failed: bool = False

    @property
    def made(self) -> datetime | None:
        """When the sheets were made."""
        return parse_datetime(self.made_at) if self.made_at else None

    @property
    def checked(self) -> datetime | None:
        """When the sheets last said what was stored."""
        return parse_datetime(self.checked_at) if self.checked_at else None

    @property
    def valid_until(self) -> datetime | None:
        """Until when they may be used."""
        return self.made + HOLDS_FOR if self.made else None

    def still_say(self, word: str, now: datetime) -> bool:
        """Need these sheets not be made again?"""
        made = self.made
        return (
            made is not None
            and not self.failed
            and not self.broken
            and (self.word == word and now - made < RENEWED_AFTER)
        )


def folder_of(ward: int) -> str:
    """The name of a ward's folder."""
    return f"ward-{ward}"


def read_state(folder: Path) -> tuple[datetime | None, list[WardFiles]]:
    """When the sheets were last looked after, and the files of each ward; None and none where that cannot be read."""
    try:
        stored = json.loads((folder / STATE).read_text())
        wards = [WardFiles(**{**x, "people": tuple(Page(**y) for y in x["people"])}) for x in stored["wards"]]
        return parse_datetime(stored["written_at"]), wards
    except (OSError, ValueError, TypeError, KeyError):
        return None, []


def are_late(folder: Path, now: datetime) -> bool:
    """Whether the sheets, or those of one ward, were not looked after for three periods."""
    limit = timedelta(minutes=settings.DOWNTIME_MINUTES * LATE_AFTER_PERIODS)
    written_at, wards = read_state(folder)
    return any(x is None or now - x > limit for x in (written_at, *(ward.checked for ward in wards)))


# One word for everything that the sheets of a ward show: names, stays and persons as they are, changes of a record by
# their count, what is only appended (answers, events of alerts, visits) by the last of it; and the day, by which some
# sentences count.
WORDS = """
SELECT ward.id, md5(concat_ws(';', ward.name, ward.name_ja, %(beside)s::text, (
    SELECT string_agg(concat_ws(',',
        stay::text, person::text, mark.requested_count, mark.needed_since IS NULL, mark.failures, said.at,
        (SELECT max(id) FROM algorithm_assessment WHERE patient_id = stay.patient_id),
        (SELECT max(id) FROM monitoring_alertevent WHERE patient_id = stay.patient_id),
        (SELECT concat(count(*), '.', max(id)) FROM patients_roundvisit WHERE patient_id = stay.patient_id),
        (SELECT max(gone.id) FROM patients_visittakenback AS gone
            JOIN patients_roundvisit AS visit ON visit.id = gone.visit_id WHERE visit.patient_id = stay.patient_id),
        (SELECT concat(count(*), '.', sum(task.id), '.', sum(task.version)) FROM patients_caretask AS task
            WHERE task.patient_id = stay.patient_id)
    ), ';' ORDER BY stay.id)
    FROM patients_admission AS stay
    JOIN patients_patient AS person ON person.id = stay.patient_id
    LEFT JOIN patients_evaluationmark AS mark ON mark.patient_id = stay.patient_id
    LEFT JOIN monitoring_lastexamination AS said ON said.patient_id = stay.patient_id
    WHERE stay.ward_id = ward.id AND stay.discharged_at IS NULL
)))
FROM patients_ward AS ward
"""


def words_of_wards() -> dict[int, str]:
    """By ward id a word that changes whenever anything changes that its sheets show. One query."""
    beside = [timezone.localdate().isoformat(), *settings.DOWNTIME_LANGUAGES, code_version()]
    with connection.cursor() as cursor:
        cursor.execute(WORDS, {"beside": " ".join(beside)})
        return dict(cursor)


def wards_to_write(before: Mapping[str, WardFiles], words: Mapping[int, str], now: datetime) -> set[int]:
    """The ids of the wards whose sheets have to be made. `before`: the sheets that there are, by folder."""
    none = WardFiles(folder="", name="", name_ja="")
    return {ward for ward, word in words.items() if not before.get(folder_of(ward), none).still_say(word, now)}


def check_sheets(folder: Path) -> bool:
    """Do all sheets say what is stored? If so, it is noted that they do. OSError if the folder cannot be written."""
    with site_clock():
        now, words = timezone.now(), words_of_wards()
    written_at, files = read_state(folder)
    before = {x.folder: x for x in files}
    if written_at is None or before.keys() != {folder_of(x) for x in words} or wards_to_write(before, words, now):
        return False
    write_state(folder, [replace(x, checked_at=now.isoformat()) for x in files], now)
    return True


# -- files ------------------------------------------------------------------------------------------------------------


def write_state(folder: Path, files: Sequence[WardFiles], now: datetime) -> None:
    """The sheets were looked after at `now`, and these are there."""
    state = {"written_at": now.isoformat(), "wards": [asdict(x) for x in files]}
    replace_file(folder / STATE, json.dumps(state, ensure_ascii=False).encode())


def replace_file(path: Path, content: bytes) -> None:
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
