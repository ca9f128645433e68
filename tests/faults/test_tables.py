"""A long table taken by a worker that is killed in the middle: the next one goes on, and every result is there once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from ildcare.exchange.table_reading import suggestion_for
from patients.actions import begin_table, send_table
from patients.imports.table_map import map_as_json
from patients.models import FileState, Measurement, Message, Source, TableFile, TableMapping, TablePart
from tests.effort import THIS_RUN
from tests.faults.processes import environment, kill, own_broker, running, wait_for, wait_for_line
from tests.patients.conftest import make_patient, make_user
from tests.patients.imports.test_tables import text_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PEOPLE = 120


@pytest.fixture
def file(db) -> TableFile:
    """A table about many persons, of whom each has two results."""
    source = Source.objects.create(name="sheet", title="Ward sheet")
    physician = make_user("physician")
    for n in range(PEOPLE):
        make_patient(f"8{n:04d}", physician, family_name="Mori", given_name="Ken")
    rows = [[f"8{n:04d}", f"2026-03-{day:02d}", str(100 + n)] for n in range(PEOPLE) for day in (4, 5)]
    body = text_of([["ID", "Date", "Ferritin (ng/mL)"], *rows])
    content = map_as_json(suggestion_for(body, source="sheet").of)
    mapping = TableMapping.objects.create(name="weekly", content=content, by=physician)
    return begin_table(
        file=send_table(source=source, name="x.csv", body=body, mapping=mapping, by=physician), by=physician
    )


def done(file: TableFile) -> int:
    return TableFile.objects.get(pk=file.pk).done


@pytest.mark.skipif(not THIS_RUN.full, reason="a minute: with --full")
def test_a_killed_worker_loses_nothing_and_doubles_nothing(file: TableFile, tmp_path: Path) -> None:
    """Nobody asks again: the next look for files that nobody takes finds it."""
    with own_broker(tmp_path / "var") as broker:
        env = environment(REDIS_URL=broker.url)
        worker = ("-m", "celery", "-A", "ildcare", "worker", "--concurrency", "1", "--loglevel", "INFO")
        with running(*worker, env=env) as process:
            wait_for_line(process, "ready.")
            asked = ("-m", "celery", "-A", "ildcare", "call", "ildcare.tasks.take_table", "--args", f"[{file.pk}]")
            with running(*asked, env=env) as call:
                call.communicate(timeout=120)
            wait_for(lambda: done(file) >= 20, "the worker to be in the middle")
            kill(process)
        assert 20 <= done(file) < PEOPLE, "it was killed in the middle"
        assert TablePart.objects.count() == Message.objects.count() == done(file)
        TableFile.objects.update(touched_at=timezone.now() - timedelta(minutes=5))
        beat = ("--beat", "--schedule", str(tmp_path / "beat"))
        # what it says goes to a file: a pipe that nobody reads would stop it
        with (tmp_path / "log").open("w") as log, running(*worker, *beat, env=env, output=log):
            wait_for(lambda: done(file) == PEOPLE, "the next look to finish it")
    file.refresh_from_db()
    assert (file.state, file.done) == (FileState.DONE, PEOPLE)
    assert Measurement.objects.count() == 2 * PEOPLE
    assert TablePart.objects.count() == Message.objects.count() == PEOPLE
