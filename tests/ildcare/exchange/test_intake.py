"""Files by command and out of the watched folder: any format, once, and in words what came of each."""

from __future__ import annotations

import json
import os
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ildcare.exchange.inbox import take_files
from ildcare.exchange.intake import take_document
from patients.models import Measurement, Message, Patient, Source, TableFile, TableMapping
from tests.ildcare.record.test_entering import case
from tests.patients.conftest import make_patient
from tests.patients.imports.sending import HEADER, PERSON, message, obx, sent
from tests.patients.imports.test_tables import book_of, text_of

pytestmark = pytest.mark.django_db
ROWS = [["ID", "Date", "Ferritin (ng/mL)"], ["7001234", "2026-03-04", "1679"], ["7001234", "2026-03-40", "88"]]


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")


@pytest.fixture
def torii(ward, physician) -> Patient:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    return make_patient("7001234", physician, ward, **names)


def run(*paths: object, **options: str) -> tuple[str, str, bool]:
    """What was said, what was refused, and whether the command ended with an error."""
    out, err, failed = StringIO(), StringIO(), False
    try:
        call_command("import", *map(str, paths), stdout=out, stderr=err, **options)
    except CommandError:
        failed = True
    return out.getvalue(), err.getvalue(), failed


def ferritin() -> list[str]:
    return [f"{x.value.normalize():f}" for x in Measurement.objects.filter(code="ferritin").order_by("id")]


def test_a_folder_of_every_format(source: Source, torii: Patient, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for end, value in (("1_20260304_01_1", "1679"), ("2_20260304_01_0", "1")):
        stored = tmp_path / "a" / f"7001234_20260304_OML-11_{end}"
        stored.write_bytes(message(obx("2276-4^F^LN", value, "ng/mL")))
    (tmp_path / "case.json").write_text(json.dumps(case()), encoding="utf-8")
    (tmp_path / "fhir.json").write_bytes(sent("fhir-jp-lab.json"))
    (tmp_path / "sheet.xlsx").write_bytes(book_of([*ROWS[:1], ["7001234", "2026-03-05", 1480]]))
    (tmp_path / ".hidden").write_text("x")
    out, err, failed = run(tmp_path, source="lab-east")
    assert (err, failed) == ("", False)
    assert "OML-11_1_20260304_01_1: 1 fact." in out
    assert "left out: its name says that it was deleted" in out
    assert Patient.objects.filter(mrn="CASE-9").exists()
    assert [int(x.value) for x in torii.measurement_set.filter(code="ferritin").order_by("on")] == [1679, 1480]
    assert Message.objects.count() == 3


def stored_as_ssmix2(root: Path) -> dict[str, Path]:
    """A tree of the standardised storage as its specification 1.20 draws it: patient in three steps, day, kind of data;
    the basic data of the patient under the day "-"."""
    patient = root / "700" / "123" / "7001234"
    result = sent("ssmix2-oul-r22.hl7").replace(b"0007001234^^^^PI", b"7001234^^^^PI")
    older = result.replace(b"||1679|", b"||1999|")
    admitted = message(
        r"PV1|1|I|E7^714^1^EAST||||||||||||||||V1|||||||||||||||||||||||||20260301090000",
        header=HEADER.replace("ORU^R01^ORU_R01", "ADT^A08^ADT_A01").replace("C100", "C7"),
        person=PERSON.replace("Torii^Kaori", "鳥居^香織"),
    )
    menu = b"MSH|^~\\&|HIS|EAST|SSMIX|STORE|20260304||OMD^O03^OMD_O03|M9|P|2.5\rPID|1||7001234\r"
    files = {
        "basic": (patient / "-" / "ADT-00" / "7001234_-_ADT-00_999999999999999_20260301090000000_-_1", admitted),
        "result": (patient / "20260304" / "OML-11" / "7001234_20260304_OML-11_800001_20260304101500000_01_1", result),
        "deleted": (patient / "20260304" / "OML-11" / "7001234_20260304_OML-11_800001_20260304093000000_01_0", older),
        "meal": (patient / "20260304" / "OMD" / "7001234_20260304_OMD_900001_20260304070000000_01_1", menu),
    }
    for path, body in files.values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return {name: path for name, (path, _body) in files.items()}


def test_the_tree_of_an_ss_mix2_storage_is_taken_once(ward, physician, tmp_path: Path) -> None:
    """ISO-2022-JP, JLAC10: every file below; what was deleted, and orders of other kinds, are left out with a word."""
    lab = Source.objects.create(name="ssmix", title="SS-MIX2 storage", sender="LIS01|LAB")
    names = {"family_name": "鳥居", "given_name": "香織", "birth_date": date(1962, 9, 14), "sex": "female"}
    patient = make_patient("7001234", physician, ward, **names)
    files = stored_as_ssmix2(tmp_path)
    out, err, failed = run(tmp_path, source=lab.name)
    assert "1999" not in {f"{x.value:f}" for x in patient.measurement_set.exclude(value=None)}
    taken = {(x.code, x.comparator, f"{x.value.normalize():f}") for x in patient.measurement_set.exclude(value=None)}
    assert taken == {("ferritin", "", "1679"), ("kl6", ">", "3000"), ("crp", "<", "0.02")}
    assert f"{files['deleted']}: left out: its name says that it was deleted" in out
    assert f"{files['meal']}: 1 message of another kind was left out: OMD^O03." in out
    assert f"{files['result']}: 4 facts. 1 result waits." in out, "with the one that has no value"
    assert f"{files['basic']}: 0 facts.\n" in out
    assert (err, failed) == ("", False)
    again, _err, _failed = run(tmp_path, source=lab.name)
    assert "It was here before, and changed nothing." in again
    assert patient.measurement_set.exclude(value=None).count() == 3


def test_the_same_again_changes_nothing(source: Source, torii: Patient, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(text_of(ROWS))
    first, again = run(tmp_path / "x.csv", source="lab-east"), run(tmp_path / "x.csv", source="lab-east")
    assert first == again
    assert (ferritin(), TableFile.objects.count(), Message.objects.count()) == (["1679"], 1, 1)
    assert "1 line was refused." in first[0]


def test_what_is_refused_is_said_and_does_not_stop_the_others(source: Source, torii: Patient, tmp_path: Path) -> None:
    for name, body in (("a.bin", b"\x01\x02"), ("b.csv", text_of([["x", "y"], ["1", "2"]])), ("c.csv", text_of(ROWS))):
        (tmp_path / name).write_bytes(body)
    out, err, failed = run(tmp_path, tmp_path / "none.csv", source="lab-east")
    assert failed
    assert "a.bin: refused: No format that is read here" in err
    assert "b.csv: refused: The table needs a mapping" in err
    assert "no column holds the record number" in err
    assert "none.csv: refused: No such file" in err
    assert "c.csv: 1 of 1 persons. 1 fact." in out


def test_a_message_that_names_its_source_needs_none(source: Source, torii: Patient) -> None:
    assert not take_document(message(obx("2276-4^F^LN", "1679", "ng/mL")), name="x").refused
    assert take_document(sent("fhir-jp-lab.json"), name="x").refused, "a resource names none"


def test_a_mapping_is_named_or_that_of_the_source(source: Source, torii: Patient, physician, tmp_path: Path) -> None:
    rows = [["number", "when", "what we call it"], ["7001234", "4/3/2026", "1679"]]
    columns = [{"head": "number", "role": "mrn"}, {"head": "when", "role": "day"}]
    columns += [{"head": "what we call it", "role": "result", "target": "ferritin", "unit": "ng/mL"}]
    content = {"columns": columns, "source": "lab-east", "date_order": "dmy"}
    TableMapping.objects.create(name="odd", content=content, by=physician)
    (tmp_path / "x.csv").write_bytes(text_of(rows))
    assert run(tmp_path / "x.csv", source="lab-east")[2]
    assert not run(tmp_path / "x.csv", source="lab-east", map="odd")[2]
    assert ferritin() == ["1679"]
    TableMapping.objects.create(name="lab-east", content=content, by=physician)
    assert not run(tmp_path / "x.csv", source="lab-east")[2]


def test_names_that_nobody_knows_are_refused_with_those_there_are(source: Source, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no source x \(there are: lab-east\)"):
        call_command("import", str(tmp_path), source="x")
    with pytest.raises(CommandError, match=r"no mapping x \(there are: none\)"):
        call_command("import", str(tmp_path), map="x")


# -- the watched folder -----------------------------------------------------------------------------------------------


@pytest.fixture
def inbox(tmp_path: Path, source: Source) -> Path:
    (tmp_path / "lab-east").mkdir()
    return tmp_path


def put(inbox: Path, name: str, body: bytes, *, folder: str = "lab-east") -> Path:
    path = inbox / folder / name
    path.write_bytes(body)
    return path


def below(inbox: Path) -> list[str]:
    return sorted(x.relative_to(inbox).as_posix() for x in inbox.rglob("*") if x.is_file())


def test_files_are_taken_and_moved_with_words(inbox: Path, torii: Patient) -> None:
    put(inbox, "x.csv", text_of(ROWS))
    put(inbox, "bad.csv", b"x,y\n1,2\n")
    take_files(inbox, quiet=0)
    assert below(inbox) == [
        "lab-east/done/x.csv",
        "lab-east/done/x.csv.txt",
        "lab-east/refused/bad.csv",
        "lab-east/refused/bad.csv.txt",
        "lab-east/refused/x-refused.csv",
    ]
    assert "1 of 1 persons." in (inbox / "lab-east/done/x.csv.txt").read_text()
    assert "The table needs a mapping" in (inbox / "lab-east/refused/bad.csv.txt").read_text()
    assert '"2026-03-40" is not a date' in (inbox / "lab-east/refused/x-refused.csv").read_text().replace('""', '"')
    assert ferritin() == ["1679"]
    assert take_files(inbox, quiet=0) == [], "what was put away is not looked at again"


def test_another_file_of_the_same_name_takes_no_others_place(inbox: Path, torii: Patient) -> None:
    for day in ("2026-03-04", "2026-03-05"):
        put(inbox, "x.csv", text_of([ROWS[0], ["7001234", day, "1679"]]))
        take_files(inbox, quiet=0)
    assert below(inbox / "lab-east" / "done") == ["2-x.csv", "2-x.csv.txt", "x.csv", "x.csv.txt"]


def test_a_file_that_is_still_written_waits(inbox: Path, torii: Patient) -> None:
    path = put(inbox, "x.csv", text_of(ROWS))
    os.utime(path, (0, 0))  # a copy that carries an old time
    assert take_files(inbox, quiet=60) == []
    put(inbox, "y.csv.part", text_of(ROWS))
    put(inbox, ".z.csv", text_of(ROWS))
    (inbox / "lab-east" / "link.csv").symlink_to("/etc/hostname")
    assert [x.name for x, _intake in take_files(inbox, quiet=0)] == ["x.csv"]


def test_a_folder_of_nobody_is_refused(inbox: Path) -> None:
    (inbox / "stranger").mkdir()
    put(inbox, "x.csv", text_of(ROWS), folder="stranger")
    take_files(inbox, quiet=0)
    assert "No source is called like this folder" in (inbox / "stranger/refused/x.csv.txt").read_text()


def test_what_was_taken_and_not_moved_is_moved_and_not_taken_twice(inbox: Path, torii: Patient, monkeypatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_given):
        raise Killed

    put(inbox, "x.csv", text_of(ROWS))
    with monkeypatch.context() as dying:
        dying.setattr("ildcare.exchange.inbox._put_away", killed)
        with pytest.raises(Killed):
            take_files(inbox, quiet=0)
    assert ferritin() == ["1679"]
    take_files(inbox, quiet=0)
    assert (ferritin(), Message.objects.count(), TableFile.objects.count()) == (["1679"], 1, 1)
    assert "lab-east/done/x.csv" in below(inbox)


def test_the_command_takes_what_lies_there(inbox: Path, torii: Patient, settings) -> None:
    put(inbox, "x.csv", text_of(ROWS))
    settings.INBOX = inbox
    out = StringIO()
    call_command("inbox", quiet_for=0, stdout=out)
    assert "x.csv: 1 of 1 persons. 1 fact." in out.getvalue()
    settings.INBOX = None
    with pytest.raises(CommandError, match="no folder is watched"):
        call_command("inbox")


# -- several messages in one file -------------------------------------------------------------------------------------

GOOD = message(obx("2276-4^Ferritin^LN", "1679", "ng/mL"))
LATER = message(obx("2276-4^Ferritin^LN", "1480", "ng/mL", time="202603050745"))
MDM = GOOD.replace(b"ORU^R01^ORU_R01", b"MDM^T02^MDM_T02")
DAMAGED = b"MSH|^~\\&|LAB|EAST|ILD|WARD|20260305091000||ORU^R01^ORU_R01|C9|P|2.5.1\rOBX|1|NM|x\r"


def test_a_foreign_message_in_a_file_keeps_no_other_back(source: Source, torii: Patient, tmp_path: Path) -> None:
    (tmp_path / "batch.hl7").write_bytes(GOOD + MDM + LATER)
    out, err, failed = run(tmp_path / "batch.hl7")
    assert (ferritin(), err, failed) == (["1679", "1480"], "", False)
    assert "1 message of another kind was left out: MDM^T02." in out
    assert Message.objects.count() == 2


def test_a_damaged_message_in_a_file_is_refused_alone(source: Source, torii: Patient, tmp_path: Path) -> None:
    (tmp_path / "batch.hl7").write_bytes(GOOD + DAMAGED + LATER)
    _out, err, failed = run(tmp_path / "batch.hl7", source="lab-east")
    assert (ferritin(), failed) == (["1679", "1480"], True)
    assert "message 2: the message names no patient (PID)" in err
    assert Message.objects.filter(refused__isnull=False).count() == 1, "it is kept"


def test_an_unknown_sender_in_a_file_is_refused_alone(source: Source, torii: Patient, tmp_path: Path) -> None:
    (tmp_path / "batch.hl7").write_bytes(GOOD + LATER.replace(b"LAB|EAST", b"LAB|WEST"))
    _out, _err, failed = run(tmp_path / "batch.hl7")
    assert (ferritin(), failed) == (["1679"], True)


def test_a_file_of_a_foreign_kind_is_left_out_with_a_word(source: Source, tmp_path: Path) -> None:
    (tmp_path / "mdm.hl7").write_bytes(MDM)
    out, err, failed = run(tmp_path / "mdm.hl7", source="lab-east")
    assert (err, failed, Message.objects.count()) == ("", False, 0)
    assert "left out: MDM^T02" in out


def test_the_watched_folder_takes_each_message_of_a_file(source: Source, torii: Patient, tmp_path: Path) -> None:
    folder = tmp_path / "lab-east"
    folder.mkdir()
    (folder / "batch.hl7").write_bytes(GOOD + MDM + DAMAGED + LATER)
    take_files(tmp_path, quiet=0)
    assert ferritin() == ["1679", "1480"]
    assert "message 3: " in (folder / "refused" / "batch.hl7.txt").read_text()
