"""The watched folder under kill -9: whatever the moment, every file ends in `done`, and every result is there once."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from patients.models import FileState, Measurement, Message, Source, TableFile
from tests.effort import THIS_RUN, cases, dice
from tests.faults.processes import environment, kill, run, running
from tests.patients.conftest import make_patient, make_user
from tests.patients.imports.sending import message, obx
from tests.patients.imports.test_tables import text_of

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = cases(8, gate=4)  # each start of a process is seconds of a processor
PEOPLE = 60


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A table about sixty persons, and five messages."""
    Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")
    physician = make_user("physician")
    for n in range(PEOPLE):
        make_patient(f"8{n:04d}", physician, family_name="Torii", given_name="Kaori", birth_date=date(1962, 9, 14))
    folder = tmp_path / "lab-east"
    folder.mkdir()
    rows = [["ID", "Date", "Ferritin (ng/mL)"], *([f"8{n:04d}", "2026-03-04", str(100 + n)] for n in range(PEOPLE))]
    (folder / "table.csv").write_bytes(text_of(rows))
    for n in range(5):
        person = f"PID|1||8{n:04d}^^^EAST^MR||Torii^Kaori||19620914|F"
        (folder / f"m{n}.hl7").write_bytes(message(obx("1988-5^CRP^LN", "1.5", "mg/dL"), person=person))
    return tmp_path


@pytest.mark.skipif(not THIS_RUN.full, reason="half a minute: with --full")
def test_nothing_is_lost_and_nothing_doubled(inbox: Path) -> None:
    """Each process is killed at another moment of its work; the last one finishes."""
    chance = dice("inbox")
    env = environment()
    killed = 0
    started = time.monotonic()
    for _attempt in range(KILLS):
        with running("manage.py", "inbox", str(inbox), "--quiet-for", "0", env=env) as process:
            before = Message.objects.count()
            while process.poll() is None and Message.objects.count() < before + chance.randint(1, 8):
                time.sleep(chance.random() / 50)
                assert time.monotonic() - started < 240
            killed += process.poll() is None
            kill(process)
        connection.close()
    assert killed, "no process was killed in the middle of its work"
    run("manage.py", "inbox", str(inbox), "--quiet-for", "0", env=env)
    done = sorted(x.name for x in (inbox / "lab-east" / "done").iterdir() if x.suffix != ".txt")
    assert done == ["m0.hl7", "m1.hl7", "m2.hl7", "m3.hl7", "m4.hl7", "table.csv"]
    assert [x.name for x in (inbox / "lab-east").iterdir() if x.is_file()] == []
    facts = {code: Measurement.objects.filter(code=code).count() for code in ("ferritin", "crp")}
    assert facts == {"ferritin": PEOPLE, "crp": 5}
    assert Message.objects.count() == PEOPLE + 5
    assert [(x.state, x.done) for x in TableFile.objects.all()] == [(FileState.DONE, PEOPLE)]
