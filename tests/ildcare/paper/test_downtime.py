"""R62: the ward has paper when the server is down: whole files, for the owner only, an old one rather than none."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.paper import downtime, downtime_state, round_sheet
from ildcare.paper.downtime import write_sheets
from ildcare.paper.downtime_state import HOLDS_FOR, WardFiles, are_late, check_sheets, read_state, words_of_wards
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert, SweepRun
from patients.actions import add_task, correct_identity, discharge_patient, record_facts, record_round_visit
from patients.models import Admission, AuditEntry, EvaluationMark
from tests.faults.processes import environment, running, wait_for
from tests.ildcare.paper.sheets import texts
from tests.ildcare.test_pages import grave
from tests.monitoring.canaries_spoke import tried
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_language(settings) -> None:
    settings.DOWNTIME_LANGUAGES = ["en"]
    settings.DOWNTIME_MINUTES = 10


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "downtime"


@pytest.fixture
def people(ward, other_ward, physician):
    """A gravely ill and another patient on one ward, a third on a ward that the physician may not see."""
    ill = grave(1, ward, physician, results=5)
    other = make_patient("D-2", physician, ward, family_name="Sato", given_name="Hanako")
    foreign = make_patient("D-3", None, other_ward, family_name="Kato", given_name="Jun")
    evaluate_patients([ill.pk, other.pk, foreign.pk])
    return ill, other, foreign


def paper(folder: Path, ward, name: str) -> list[str]:
    return texts((folder / f"ward-{ward.pk}" / name).read_bytes())


def test_R62_every_ward_has_a_handover_and_a_page_for_each_patient(folder, ward, other_ward, people) -> None:
    ill, other, foreign = people
    write_sheets(folder)
    rounds = paper(folder, ward, "rounds.en.pdf")
    assert len(rounds) == 2
    assert ill.mrn in rounds[0]  # the most endangered first, as on the list
    assert other.mrn in rounds[1]
    assert "1,679" in rounds[0]
    assert "1,679" not in rounds[1]
    handover = " ".join(paper(folder, ward, "handover.en.pdf"))
    assert ill.family_name in handover
    assert "Sato Hanako" in handover
    assert "Kato Jun" not in handover  # the number could be a part of a code of the sheet
    assert foreign.mrn in paper(folder, other_ward, "rounds.en.pdf")[0]


def test_R62_each_page_says_when_it_was_made_and_until_when_it_holds(folder, ward, people) -> None:
    (files, *_others) = [x for x in write_sheets(folder) if x.folder == f"ward-{ward.pk}"]
    made = timezone.localtime(files.made)
    for page in [*paper(folder, ward, "rounds.en.pdf"), *paper(folder, ward, "handover.en.pdf")]:
        assert f"{made:%H:%M}" in page
        assert f"Valid until {timezone.localtime(made + HOLDS_FOR):%-d %b %Y %H:%M}" in page
        assert "Downtime sheet" in page


def test_R62_the_sheet_holds_what_is_known_at_the_moment(folder, ward, people) -> None:
    ill, *_rest = people
    write_sheets(folder)
    assert "4,321" not in paper(folder, ward, "rounds.en.pdf")[0]
    story = Story()
    story.test(today(), "ferritin", "4321", id="new")
    record_facts(patient=ill, facts=story.versions, by=None, source="test")
    write_sheets(folder)
    assert "4,321" in paper(folder, ward, "rounds.en.pdf")[0]


def test_R62_the_index_leads_to_each_patient_by_bed(folder, ward, people) -> None:
    ill, other, _foreign = people
    write_sheets(folder)
    index = (folder / "index.html").read_text()
    for patient, page in ((ill, 1), (other, 2)):
        assert patient.mrn in index
        assert f'href="ward-{ward.pk}/rounds.en.pdf#page={page}"' in index
    assert "Valid until" in index
    assert 'src="' not in index  # nothing is fetched: there is no server


def test_R53_a_name_is_no_command_of_the_index(folder, ward, physician) -> None:
    make_patient("D-9", physician, ward, family_name="<script>alert(1)</script>", given_name="x")
    write_sheets(folder)
    assert "<script>alert" not in (folder / "index.html").read_text()


def test_files_are_for_the_owner_only(folder, people) -> None:
    write_sheets(folder)
    modes = {stat.S_IMODE(x.stat().st_mode) for x in folder.rglob("*") if x.is_file()}
    assert modes == {0o600}
    assert {stat.S_IMODE(x.stat().st_mode) for x in [folder, *folder.iterdir()] if x.is_dir()} == {0o700}


def test_a_ward_that_fails_keeps_its_old_sheets_and_says_so(folder, ward, other_ward, people, monkeypatch) -> None:
    write_sheets(folder)
    before = (folder / f"ward-{ward.pk}" / "rounds.en.pdf").read_bytes()
    real = downtime.handover_pdf

    def broken(lines, wards, user, now):
        if wards[0].pk == ward.pk:
            raise OSError(28, "No space left on device")
        return real(lines, wards, user, now)

    monkeypatch.setattr(downtime, "handover_pdf", broken)
    written = {x.folder: x for x in write_sheets(folder)}
    assert written[f"ward-{ward.pk}"].failed
    assert not written[f"ward-{other_ward.pk}"].failed
    assert (folder / f"ward-{ward.pk}" / "rounds.en.pdf").read_bytes() == before
    index = (folder / "index.html").read_text()
    assert "The last attempt to renew these sheets failed" in index
    assert index.count("<table>") == 2  # the old pages are still found


def test_a_file_is_whole_or_the_old_one(folder, ward, people, monkeypatch) -> None:
    write_sheets(folder)
    before = {x: x.read_bytes() for x in folder.rglob("*.pdf")}
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="space"):
        write_sheets(folder)
    monkeypatch.undo()
    assert {x: x.read_bytes() for x in folder.rglob("*.pdf")} == before
    assert [x for x in folder.rglob("*") if x.name.startswith(downtime_state.MAKING)] == []


def test_what_a_killed_run_left_is_cleared_away(folder, ward, people) -> None:
    write_sheets(folder)
    left = folder / f"ward-{ward.pk}" / f"{downtime_state.MAKING}abc"
    left.write_text("half a page")
    write_sheets(folder)
    assert not left.exists()


def test_one_patient_who_cannot_be_read_costs_nobody_else_a_page(folder, ward, people, monkeypatch) -> None:
    ill, other, _foreign = people
    real = round_sheet.round_sheet

    def broken(patient, user, now):
        if patient.pk == ill.pk:
            raise RuntimeError
        return real(patient, user, now)

    monkeypatch.setattr(round_sheet, "round_sheet", broken)
    write_sheets(folder)
    first, second = paper(folder, ward, "rounds.en.pdf")
    assert ill.mrn in first
    assert "This sheet could not be made" in first
    assert other.mrn in second
    assert "The sheet of 1 patient could not be made" in (folder / "index.html").read_text()


def test_who_has_left_is_on_no_sheet(folder, ward, physician, people) -> None:
    ill, other, _foreign = people
    write_sheets(folder)
    for patient in (ill, other):
        discharge_patient(patient=patient, by=physician, at=timezone.now())
    write_sheets(folder)
    assert not (folder / f"ward-{ward.pk}" / "rounds.en.pdf").exists()
    assert ill.given_name not in (folder / "index.html").read_text()
    assert ill.given_name not in " ".join(paper(folder, ward, "handover.en.pdf"))


def test_both_languages(folder, ward, people, settings) -> None:
    settings.DOWNTIME_LANGUAGES = ["en", "ja"]
    write_sheets(folder)
    assert len(paper(folder, ward, "rounds.ja.pdf")) == 2
    assert "回診シート" in paper(folder, ward, "rounds.ja.pdf")[0]
    assert 'lang="ja"' in (folder / "index.html").read_text()


def test_writing_is_noted_in_the_audit_log(folder, ward, people) -> None:
    write_sheets(folder)
    noted = AuditEntry.objects.filter(op="READ", table_name="downtime sheets")
    assert any(f"ward {ward.pk}: 2 patients" in str(x.reason) for x in noted)


def test_the_fullest_records_stay_on_one_page_each(folder, ward, physician) -> None:
    for n in range(3):
        grave(n, ward, physician, results=40)
    write_sheets(folder)
    assert len(paper(folder, ward, "rounds.en.pdf")) == 3


# -- is anybody told when they grow old? ------------------------------------------------------------------------------


def test_health_calls_somebody_when_sheets_grow_old(client, folder, settings, people) -> None:
    settings.DOWNTIME_DIR = folder
    settings.SWEEP_SECONDS = 600  # writing the sheets takes its time on a busy machine
    moment = timezone.now()
    SweepRun.objects.create(started_at=moment, finished_at=moment)
    tried()
    assert client.get("/health/ready").status_code == 503  # never written
    write_sheets(folder)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["downtime_sheets"]) == (200, True)
    state = json.loads((folder / downtime_state.STATE).read_text())
    state["wards"][0]["checked_at"] = (moment - timedelta(minutes=31)).isoformat()
    (folder / downtime_state.STATE).write_text(json.dumps(state))
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["downtime_sheets"], answer.json()["monitoring"]) == (503, False, True)


def test_sheets_switched_off_are_not_late(client, folder, settings) -> None:
    settings.DOWNTIME_DIR, settings.DOWNTIME_MINUTES = folder, 0
    moment = timezone.now()
    SweepRun.objects.create(started_at=moment, finished_at=moment)
    tried()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["downtime_sheets"]) == (200, None)


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"written_at": 3, "wards": []}', '{"wards": [{"folder": 1}]}'])
def test_a_spoilt_state_is_late_and_written_anew(folder, people, spoilt) -> None:
    folder.mkdir()
    (folder / downtime_state.STATE).write_text(spoilt)
    assert are_late(folder, timezone.now())
    write_sheets(folder)
    assert not are_late(folder, timezone.now())


def test_a_site_without_wards_is_not_late(folder) -> None:
    write_sheets(folder)
    assert read_state(folder)[1] == []
    assert not are_late(folder, timezone.now())
    assert "There is no ward." in (folder / "index.html").read_text()


# -- only what changed ------------------------------------------------------------------------------------------------


def made_of(folder: Path, ward) -> str:
    return next(x.made_at for x in read_state(folder)[1] if x.folder == f"ward-{ward.pk}")


def a_result(ill, other, ward, physician) -> None:
    record_facts(patient=ill, facts=Story().ferritin(today(), "4321", id="new").versions, by=None, source="test")


def an_alert_acknowledged(ill, other, ward, physician) -> None:
    alert = Alert.objects.open().filter(patient=ill, severity=3).earliest("pk")
    acknowledge_alert(alert=alert, by=physician, doing="discussed", note="with all", expected_version=alert.version)


def a_task(ill, other, ward, physician) -> None:
    add_task(patient=other, by=physician, text="repeat HRCT", due=timezone.localdate())


def a_visit(ill, other, ward, physician) -> None:
    record_round_visit(patient=other, by=physician, note="better", shown_at=timezone.now())


def another_name(ill, other, ward, physician) -> None:
    correct_identity(patient=other, by=physician, expected_version=other.version, reason="typed", given_name="Hana")


def another_bed(ill, other, ward, physician) -> None:
    Admission.objects.filter(patient=other).update(bed="9")


def one_who_left(ill, other, ward, physician) -> None:
    discharge_patient(patient=other, by=physician, at=timezone.now())


def the_wards_name(ill, other, ward, physician) -> None:
    type(ward).objects.filter(pk=ward.pk).update(name="East 8")


def an_evaluation_that_breaks(ill, other, ward, physician) -> None:
    EvaluationMark.objects.filter(patient=other).update(failures=1)


CHANGES = [
    *(a_result, an_alert_acknowledged, a_task, a_visit, another_name, another_bed, one_who_left, the_wards_name),
    an_evaluation_that_breaks,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda x: x.__name__)
def test_whatever_changes_on_a_ward_names_another_state_of_its_sheets_and_of_no_other(
    change, ward, other_ward, physician, people
) -> None:
    ill, other, _foreign = people
    before = words_of_wards()
    assert words_of_wards() == before
    change(ill, other, ward, physician)
    after = words_of_wards()
    assert after[ward.pk] != before[ward.pk]
    assert after[other_ward.pk] == before[other_ward.pk]


def test_an_evaluation_that_says_the_same_is_no_change_and_a_new_day_is(ward, people) -> None:
    before = words_of_wards()
    evaluate_patients([x.pk for x in people])
    assert words_of_wards() == before
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert words_of_wards().keys() == before.keys()
        assert not set(words_of_wards().values()) & set(before.values())


@pytest.mark.parametrize(
    ("files", "still"),
    [
        ({}, True),
        ({"word": "another"}, False),
        ({"failed": True}, False),
        ({"broken": 1}, False),
        ({"made_at": ""}, False),
        ({"made_at": "2026-05-04T05:00:00+09:00"}, False),  # three hours old
        ({"made_at": "2026-05-04T05:00:01+09:00"}, True),
    ],
)
def test_sheets_are_made_again_when_the_ward_changed_or_they_failed_or_are_three_hours_old(files, still) -> None:
    whole = {"folder": "ward-1", "name": "", "name_ja": "", "made_at": "2026-05-04T07:00:00+09:00", "word": "w"}
    now = datetime.fromisoformat("2026-05-04T08:00:00+09:00")
    assert WardFiles(**{**whole, **files}).still_say("w", now) is still


def test_only_sheets_of_wards_that_changed_are_made_again(folder, ward, other_ward, people) -> None:
    ill, *_rest = people
    write_sheets(folder)
    assert check_sheets(folder)
    before = {x.folder: x.made_at for x in read_state(folder)[1]}
    record_facts(patient=ill, facts=Story().ferritin(today(), "4321", id="new").versions, by=None, source="test")
    assert not check_sheets(folder)
    write_sheets(folder, unchanged_too=False)
    assert made_of(folder, ward) > before[f"ward-{ward.pk}"]
    assert made_of(folder, other_ward) == before[f"ward-{other_ward.pk}"]
    assert "4,321" in paper(folder, ward, "rounds.en.pdf")[0]
    assert check_sheets(folder)


def test_a_ward_that_is_new_or_gone_is_no_unchanged_folder(folder, ward, other_ward, people) -> None:
    write_sheets(folder)
    new = type(ward).objects.create(code="n", name="New")
    assert not check_sheets(folder)
    write_sheets(folder, unchanged_too=False)
    assert check_sheets(folder)
    new.delete()
    assert not check_sheets(folder)
    write_sheets(folder, unchanged_too=False)
    assert check_sheets(folder)
    assert not (folder / f"ward-{new.pk}").exists()


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_command_says_what_it_wrote_and_fails_aloud(folder, people, capsys, monkeypatch) -> None:
    call_command("downtime", folder=folder)
    assert "2 wards written" in capsys.readouterr().out
    monkeypatch.setattr(downtime, "read_lines", lambda *_: 1 / 0)
    with pytest.raises(CommandError, match="No new sheets of"):
        call_command("downtime", folder=folder)


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("downtime", folder=tmp_path / "file" / "downtime")


@pytest.mark.django_db(transaction=True)
def test_the_writer_outlives_a_database_that_is_away_and_ends_when_asked(folder, tmp_path) -> None:
    """A process of its own: no broker, no web server; a dead database is logged and tried again."""
    environment = {
        **os.environ,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1",
        "ILDCARE_DOWNTIME_DIR": str(folder),
        "ILDCARE_DOWNTIME_MINUTES": "10",
    }
    command = [sys.executable, "-m", "django", "downtime", "--loop", "--settings", "ildcare.settings"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 240
        assert process.stderr is not None
        line = ""
        while "downtime_sheets_failed" not in line and time.monotonic() < deadline:
            line = process.stderr.readline()
        assert "downtime_sheets_failed" in line
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(240) == 0
    assert not list(folder.glob("**/*.pdf"))


@pytest.mark.django_db(transaction=True)
def test_the_loop_has_a_child_write_and_keeps_no_typesetter(folder, ward, people) -> None:
    surroundings = environment(ILDCARE_DOWNTIME_MINUTES="10", ILDCARE_DOWNTIME_LANGUAGES="en")
    with running("manage.py", "downtime", "--loop", "--folder", str(folder), env=surroundings) as process:
        wait_for(lambda: check_sheets(folder), "the sheets to be written")
        loaded = Path(f"/proc/{process.pid}/maps").read_text()
        process.terminate()
        assert process.wait(20) == 0
    assert len(paper(folder, ward, "rounds.en.pdf")) == 2
    assert "psycopg" in loaded
    assert "typst" not in loaded
