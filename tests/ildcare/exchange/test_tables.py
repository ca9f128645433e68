"""Tables that people send: mapped by name, looked at, taken once, and what is refused comes back to be mended."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from ildcare.exchange import table_job
from ildcare.exchange.table_files import forgotten_files, outcome_of
from ildcare.exchange.table_job import take_file, take_forgotten
from patients.actions import answer_question, begin_table, cancel_table, take_part, take_what_waits_for
from patients.changes import Refused
from patients.models import (
    AuditEntry,
    FileState,
    Measurement,
    Message,
    Patient,
    Role,
    Source,
    TableFile,
    TableMapping,
    TablePart,
    WaitingResult,
)
from patients.workbooks import table_in_workbook
from tests.patients.conftest import make_patient, make_user
from tests.patients.imports.test_tables import LONG, book_of, text_of
from tests.reading import words_of

pytestmark = pytest.mark.django_db
WIDE = [
    ["ID", "氏名", "Date", "Ferritin (ng/mL)", "CRP (mg/dL)", "PaO2 (mmHg)"],
    ["7001234", "Torii Kaori", "2026-03-04", "1679", "0.5", ""],
    ["7001234", "Torii Kaori", "2026-03-05", "1480", "", "58"],
    ["7001234", "Torii Kaori", "2026-03-40", "1400", "0.4", ""],
    ["7009999", "Mori Ken", "2026-03-04", "88", "", ""],
]


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="ward-sheet", title="Ward sheet")


@pytest.fixture
def torii(ward, physician) -> Patient:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    return make_patient("7001234", physician, ward, **names)


@pytest.fixture
def signed(client: Client, physician) -> Client:
    client.force_login(physician)
    return client


def form_of(page: str, address: str) -> dict[str, str]:
    """The fields of the form of an address as the page has them."""
    form = next(x for x in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'action="{address}"' in x)
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="file"' not in tag:
            found[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def post(client: Client, page: str, address: str, **fields: object):
    return client.post(address, {**form_of(client.get(page).content.decode(), address), **fields})


def send(client: Client, body: bytes, source: Source | None, name: str = "results.csv", **fields: object):
    sent = {"file": SimpleUploadedFile(name, body), "source": str(source.pk) if source else "", **fields}
    return post(client, "/exchange/tables", reverse("table_send"), **sent)


def last() -> TableFile:
    return TableFile.objects.order_by("-id")[0]


def mapped(client: Client, body: bytes, source: Source, file: str = "results.csv", **fields: object) -> TableFile:
    assert send(client, body, source, file).status_code == 302
    page = reverse("table_columns", args=[last().pk])
    answer = post(client, page, reverse("table_columns_save", args=[last().pk]), **fields)
    assert answer.status_code == 302, answer.content.decode()
    return last()


def take(client: Client, file: TableFile):
    return post(client, reverse("table_preview", args=[file.pk]), reverse("table_take", args=[file.pk]))


def values(patient: Patient, code: str = "ferritin") -> list[str]:
    rows = Measurement.objects.filter(patient=patient, code=code).order_by("on", "id")
    return [f"{x.comparator}{x.value.normalize():f}" for x in rows]


def rejects(client: Client, file: TableFile) -> bytes:
    return client.get(reverse("table_rejects", args=[file.pk])).content


def test_a_table_is_sent_mapped_looked_at_and_taken(signed: Client, source: Source, torii: Patient) -> None:
    file = mapped(signed, text_of(WIDE), source)
    page = signed.get(reverse("table_preview", args=[file.pk])).content.decode()
    assert "Ferritin 1,679 ng/mL" in page
    assert "2026-03-40&quot; is not a date" in page
    assert "nobody whom you see has this number" in page
    assert "PaO2 (mmHg) 58 mmHg" in page, "the question names its column and value"
    assert Measurement.objects.count() == 0
    assert take(signed, file).status_code == 302
    assert values(torii) == ["1679", "1480"]
    file.refresh_from_db()
    assert (file.state, file.done, file.total, file.refused, file.lines) == (FileState.DONE, 2, 2, 1, 4)
    found = outcome_of(file)
    assert (found.facts, found.waiting, found.strangers, found.asking) == (3, 1, 1, 0)
    result = signed.get(reverse("table_result", args=[file.pk])).content.decode()
    assert "2 of 2 persons." in result
    assert 'hx-trigger="every' not in result, "nothing goes on any more"


def test_what_a_result_lacks_is_said_under_arrivals(signed: Client, source: Source, torii: Patient, physician) -> None:
    """The message is read again with its map; its other results are not told twice."""
    take(signed, mapped(signed, text_of(WIDE), source))
    answer_question(waiting=WaitingResult.objects.open().get(), answers={"fio2": "0.21"}, by=physician)
    assert (values(torii, "pao2"), values(torii)) == (["58"], ["1679", "1480"])


def test_what_waits_for_a_number_is_taken_when_it_is_registered(
    signed: Client, source: Source, physician, ward
) -> None:
    take(signed, mapped(signed, text_of(WIDE), source))
    assert Measurement.objects.count() == 0
    mori = make_patient("7009999", physician, ward, family_name="Mori", given_name="Ken")

    take_what_waits_for(mori)
    assert values(mori) == ["88"]


def test_refused_lines_come_back_in_their_form_and_are_taken_once_mended(
    signed: Client, source: Source, torii: Patient
) -> None:
    file = mapped(signed, text_of(WIDE, encoding="cp932"), source)
    take(signed, file)
    body = rejects(signed, file)
    rows = list(csv.reader(io.StringIO(body.decode("cp932"))))
    assert rows[0][:-1] == WIDE[0]
    assert [x[:-1] for x in rows[1:]] == [WIDE[3]]
    assert rows[1][-1] == '"2026-03-40" is not a date (2024-03-04) or time (2024-03-04T08:00)'
    rows[1][2] = "2026-03-10"
    mapping = str(TableMapping.objects.get().pk)
    assert send(signed, text_of(rows, encoding="cp932"), source, mapping=mapping).status_code == 302
    take(signed, last())
    assert values(torii) == ["1679", "1480", "1400"]
    again = mapped(signed, text_of(WIDE), source)
    take(signed, again)
    assert values(torii) == ["1679", "1480", "1400"], "the whole file again adds nothing"


def test_a_cell_that_cannot_be_read_does_not_hold_back_its_line(signed: Client, source: Source, torii: Patient) -> None:
    rows = [["ID", "Date", "Ferritin (ng/mL)", "CRP (mg/dL)"], ["7001234", "2026-03-04", "12,5", "0,5"]]
    rows += [["7001234", "2026-03-05", "1.679", "0,4"]]
    file = mapped(signed, text_of(rows, ";"), source)
    take(signed, file)
    assert (values(torii), values(torii, "crp")) == (["12.5"], ["0.5", "0.4"])
    mended = list(csv.reader(io.StringIO(rejects(signed, file).decode()), delimiter=";"))
    mended[1][2] = "1679"
    send(signed, text_of(mended, ";"), source, mapping=str(TableMapping.objects.get().pk))
    take(signed, last())
    assert (values(torii), values(torii, "crp")) == (["12.5", "1679"], ["0.5", "0.4"])


def test_a_workbook_and_its_refused_lines(signed: Client, source: Source, torii: Patient) -> None:
    rows: list[list[object]] = [list(x) for x in WIDE]
    rows[1][2], rows[1][3] = date(2026, 3, 4), 1679
    rows[3][1] = "=1+1"
    file = mapped(signed, book_of(rows), source, "results.xlsx")
    take(signed, file)
    assert values(torii) == ["1679", "1480"]
    (heads, line) = [x[1] for x in table_in_workbook(rejects(signed, file)).lines]
    assert (heads[:6], line[2]) == (tuple(WIDE[0]), "2026-03-40")


def test_cells_that_would_be_formulas_are_guarded_on_the_way_out_and_read_again(
    signed: Client, source: Source, torii: Patient
) -> None:
    rows = [["ID", "Name", "Date", "anti-MDA5"], ["", "=HYPERLINK(1)", "2026-03-04", "+"]]
    file = mapped(signed, text_of(rows), source)
    take(signed, file)
    body = rejects(signed, file).decode()
    assert ",'=HYPERLINK(1)," in body
    assert ",'+," in body
    mended = list(csv.reader(io.StringIO(body)))
    mended[1][0], mended[1][1] = "7001234", ""
    send(signed, text_of(mended), source, mapping=str(TableMapping.objects.get().pk))
    take(signed, last())
    assert torii.antibodyresult_set.get().result == "positive"


def test_a_mapping_is_appended_under_its_name_and_reads_the_next_file(signed: Client, source: Source, torii) -> None:
    mapped(signed, text_of(WIDE), source, name="weekly")
    mapped(signed, text_of(WIDE), source, name="weekly")
    assert TableMapping.objects.count() == 1, "the same again adds nothing"
    mapped(signed, text_of(WIDE), source, name="weekly", what_4="")
    assert [x.name for x in TableMapping.objects.all()] == ["weekly", "weekly"]
    answer = send(signed, text_of(WIDE), source, mapping=str(TableMapping.objects.latest("id").pk))
    assert answer.url == reverse("table_preview", args=[last().pk])
    take(signed, last())
    assert (values(torii), values(torii, "crp")) == (["1679", "1480"], [])


def test_codes_of_a_long_table_are_said_once(signed: Client, source: Source, physician, ward) -> None:
    patient = make_patient("0007001234", physician, ward, family_name="鳥居", given_name="香")
    assert send(signed, text_of(LONG, encoding="cp932"), source).status_code == 302
    page = signed.get(reverse("table_columns", args=[last().pk])).content.decode()
    assert "its name alone says what it is: look" in page
    fields = form_of(page, reverse("table_columns_save", args=[last().pk]))
    assert [fields[f"test_{n}"] for n in range(5)] == ["ferritin", "kl6", "spd", "anti_mda5", "crp"]
    answer = post(signed, reverse("table_columns", args=[last().pk]), reverse("table_columns_save", args=[last().pk]))
    assert answer.status_code == 302
    take(signed, last())
    assert values(patient) == ["1679"]
    assert values(patient, "kl6") == [">=3000"]
    assert WaitingResult.objects.open().count() == 0


def test_another_reading_of_the_text_shows_the_columns_again(signed: Client, source: Source) -> None:
    send(signed, text_of(WIDE, encoding="cp932"), source)
    page, address = reverse("table_columns", args=[last().pk]), reverse("table_columns_save", args=[last().pk])
    assert form_of(signed.get(page).content.decode(), address)["encoding"] == "cp932"
    answer = post(signed, page, address, encoding="cp1252")
    assert answer.status_code == 422
    assert "the text is not Western European (CP1252)" in answer.content.decode()
    answer = post(signed, page, address, delimiter=";")
    assert answer.status_code == 200
    assert "<strong>氏名</strong>" not in answer.content.decode(), "one column now"
    answer = post(signed, page, address, header="2")
    assert "<strong>Torii Kaori</strong>" in answer.content.decode(), "taken for a head"
    assert TableMapping.objects.count() == 0


def test_what_a_mapping_lacks_is_said_beside_it(signed: Client, source: Source) -> None:
    send(signed, text_of([["ID", "Date", "Ferritin"], ["1", "2026-03-04", "5"]]), source)
    page, address = reverse("table_columns", args=[last().pk]), reverse("table_columns_save", args=[last().pk])
    answer = post(signed, page, address)
    assert answer.status_code == 422
    assert "column Ferritin: in which unit are its values?" in answer.content.decode()
    answer = post(signed, page, address, unit_2="furlong")
    assert answer.status_code == 422
    assert post(signed, page, address, unit_2="ng/mL").status_code == 302


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\xd0\xcf\x11\xe0rest", "an older workbook"),
        (b"PK\x03\x04rest", "the workbook is damaged"),
        (b"a\x00b,c\n1,2\n", "NUL"),
        (b"Variable / Field Name,Field Type\nx,text\n", "this is the data dictionary of REDCap"),
    ],
)
def test_what_is_no_table_is_refused_and_not_kept(signed: Client, source: Source, body: bytes, why: str) -> None:
    answer = send(signed, body, source)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert TableFile.objects.count() == 0


def test_a_source_is_named_or_made(signed: Client, source: Source) -> None:
    assert send(signed, text_of(WIDE), source, new_source="Another").status_code == 422
    assert send(signed, text_of(WIDE), None).status_code == 422
    assert send(signed, text_of(WIDE), None, new_source="検査室の表").status_code == 302
    assert Source.objects.get(title="検査室の表").name


def test_a_file_is_its_senders_alone(signed: Client, source: Source, client: Client, ward) -> None:
    file = mapped(signed, text_of(WIDE), source)
    client.force_login(make_user("another", Role.SENIOR, ward))
    for name in ("table_result", "table_columns", "table_preview", "table_rejects"):
        assert client.get(reverse(name, args=[file.pk])).status_code == 404
    assert client.post(reverse("table_take", args=[file.pk])).status_code == 404


def test_the_preview_is_noted_as_a_read_of_every_patient_in_it(signed: Client, source: Source, torii: Patient) -> None:
    file = mapped(signed, text_of(WIDE), source)
    signed.get(reverse("table_preview", args=[file.pk]))
    assert AuditEntry.objects.filter(op="READ", patient=torii.pk, table_name=f"preview of table {file.pk}").exists()


# -- long files -------------------------------------------------------------------------------------------------------


def many(number: int) -> list[list[str]]:
    rows = [["ID", "Date", "Ferritin (ng/mL)"]]
    return rows + [[f"8{n:06d}", "2026-03-04", str(100 + n)] for n in range(number)]


@pytest.fixture
def begun(signed: Client, source: Source, monkeypatch) -> TableFile:
    """A long file that no worker has taken yet."""
    monkeypatch.setattr(table_job, "SHORT", 10)
    file = mapped(signed, text_of(many(30)), source)
    answer = take(signed, file)
    assert answer.url == reverse("table_result", args=[file.pk])
    return last()


def test_a_long_file_waits_for_a_worker_and_shows_how_far_it_is(signed: Client, begun: TableFile) -> None:
    assert (begun.state, begun.done, Message.objects.count()) == (FileState.TAKING, 0, 0)
    page = signed.get(reverse("table_result", args=[begun.pk])).content.decode()
    assert 'hx-trigger="every 2s"' in page
    take_file(begun.pk)
    part = signed.get(reverse("table_result", args=[begun.pk]), headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<section")
    assert "30 of 30 persons." in part


def test_a_file_that_a_process_left_goes_on_where_it_was(begun: TableFile, monkeypatch) -> None:
    class Killed(BaseException):
        pass

    stored = table_job.take_part

    def killed_after_ten(**given):
        if given["place"] == 10:
            raise Killed
        return stored(**given)

    monkeypatch.setattr(table_job, "take_part", killed_after_ten)
    with pytest.raises(Killed):
        take_file(begun.pk)
    assert TablePart.objects.count() == Message.objects.count() == 10
    monkeypatch.setattr(table_job, "take_part", stored)
    assert forgotten_files(last().touched_at) == [], "somebody may still be at it"
    TableFile.objects.update(touched_at="2026-01-01T00:00Z")
    take_forgotten()
    assert (last().state, last().done) == (FileState.DONE, 30)
    assert TablePart.objects.count() == Message.objects.count() == 30


def test_two_at_once_take_each_person_once(begun: TableFile) -> None:
    take_file(begun.pk)
    assert not take_part(file=begun, place=3, document=b"{}")
    assert TablePart.objects.count() == 30


def test_a_cancelled_file_keeps_what_was_taken(signed: Client, begun: TableFile, monkeypatch, physician) -> None:
    stored = table_job.take_part

    def cancelled_at_ten(**given):
        if given["place"] == 10:
            cancel_table(file=begun, by=physician)
        return stored(**given)

    monkeypatch.setattr(table_job, "take_part", cancelled_at_ten)
    take_file(begun.pk)
    assert (last().state, last().done, Message.objects.count()) == (FileState.CANCELLED, 10, 10)
    assert (
        "What was taken before it was cancelled stays."
        in signed.get(reverse("table_result", args=[begun.pk])).content.decode()
    )
    with pytest.raises(Refused):
        begin_table(file=begun, by=physician)


def test_a_worker_asks_again_whether_the_sender_may(begun: TableFile, physician) -> None:
    physician.role = Role.NURSE
    physician.save()
    take_file(begun.pk)
    assert (last().state, Message.objects.count()) == (FileState.STOPPED, 0)
    assert "may not import tables any more" in last().why


def test_what_cannot_be_stored_is_tried_three_times(begun: TableFile, monkeypatch) -> None:
    def broken(**_given):
        raise DatabaseError

    monkeypatch.setattr(table_job, "take_part", broken)
    for state in (FileState.TAKING, FileState.TAKING, FileState.STOPPED):
        take_file(begun.pk)
        assert last().state == state


WHOSE = [
    ["ID", "氏名", "カナ", "Date", "Ferritin (ng/mL)", "PaO2 (mmHg)"],
    ["7001234", "Torii Kaori", "", "2026-03-04", "1679", "58"],
    ["7002222", "Sato Yuki", "", "2026-03-04", "900", "60"],
    ["007003333", "", "", "2026-03-04", "901", "61"],
    ["7004444", "", "アベ ジロウ", "2026-03-04", "902", "62"],
    ["7005555", "", "", "2026-03-04", "903", "63"],
    ["7006666", "", "", "2026-03-04", "904", "64"],
    ["7007777", "", "", "2026-03-04", "905", ""],
]


def test_the_preview_says_whose_each_line_is_as_storing_does(
    signed: Client, source: Source, torii: Patient, physician, ward, other_ward
) -> None:
    """Another name, almost a number, another reading, a record on a ward of others, a merged one, nobody."""
    make_patient("7002222", physician, ward, family_name="Mori", given_name="Ken")
    make_patient("7003333", physician, ward, family_name="Ueda", given_name="Jun")
    read = {"family_kana": "アベ", "given_kana": "タロウ"}
    make_patient("7004444", physician, ward, family_name="阿部", given_name="太郎", **read)
    make_patient("7005555", make_user("elsewhere", Role.PHYSICIAN), other_ward, family_name="Hidden", given_name="One")
    file = mapped(signed, text_of(WHOSE), source)
    page = signed.get(reverse("table_preview", args=[file.pk]))
    preview, states = page.context["preview"], {x.mrn: x.state for x in page.context["preview"].lines}
    assert states == {
        "7001234": "taken",
        "7002222": "other_person",
        "007003333": "doubtful",
        "7004444": "other_person",
        "7005555": "taken",
        "7006666": "unknown",
        "7007777": "unknown",
    }
    text = page.content.decode()
    assert "the number of somebody with another name, sex or birth date" in text
    assert "almost the number of somebody here" in text
    assert "Hidden" not in words_of(page), "of whom one may not see nothing is shown"
    assert "3 persons have to be looked at under Arrivals" in text
    assert "2 persons are not registered here" in text
    take(signed, file)
    found = outcome_of(file)
    assert (preview.facts, preview.questions, preview.asking) == (found.facts, found.waiting, found.asking) == (2, 2, 3)


def test_a_value_to_be_looked_at_is_no_question_of_the_preview(signed: Client, source: Source, torii: Patient) -> None:
    """A value in doubt is taken and marked: storing asks nothing of it on Arrivals."""
    rows = [["ID", "Date", "PaO2 (mmHg)", "FiO2"], ["7001234", "2026-03-04", "58", "21"]]
    file = mapped(signed, text_of(rows), source)
    page = signed.get(reverse("table_preview", args=[file.pk]))
    (line,) = page.context["preview"].lines
    take(signed, file)
    found = outcome_of(file)
    assert (len(line.notes), len(line.questions)) == (1, 0)
    assert (page.context["preview"].facts, page.context["preview"].questions) == (found.facts, found.waiting) == (1, 0)
    assert "To be looked at" in page.content.decode()


OXYGEN = [
    ["ID", "Date", "PaO2 (mmHg)", "FiO2", "Ferritin (ng/mL)"],
    ["7001234", "2026-03-04", "58", "", "100"],
    ["7001234", "2026-03-05", "61", "", ""],
]


def test_a_mended_line_withdraws_its_older_question(signed: Client, source: Source, torii: Patient) -> None:
    take(signed, mapped(signed, text_of(OXYGEN), source))
    assert WaitingResult.objects.open().count() == 2
    mended = [OXYGEN[0], ["7001234", "2026-03-04", "58", "0.21", "100"], OXYGEN[2]]
    send(signed, text_of(mended), source, mapping=str(TableMapping.objects.get().pk))
    take(signed, last())
    assert (values(torii, "pao2"), values(torii)) == (["58"], ["100"])
    assert [x.text for x in WaitingResult.objects.open()] == ["61"], "the other line waits on, asked once"


@pytest.mark.parametrize("oxygen", ["0.21", ""])
def test_a_line_whose_value_is_mended_takes_the_place_of_the_older(signed, source, torii, oxygen: str) -> None:
    """Taken now, or asked about with the value that is right."""
    take(signed, mapped(signed, text_of(OXYGEN), source))
    mended = [OXYGEN[0], ["7001234", "2026-03-04", "85", oxygen, "100"], OXYGEN[2]]
    send(signed, text_of(mended), source, mapping=str(TableMapping.objects.get().pk))
    take(signed, last())
    assert [x.text for x in WaitingResult.objects.open().order_by("on")] == (["61"] if oxygen else ["85", "61"])
    assert values(torii, "pao2") == (["85"] if oxygen else [])


def test_of_two_lines_of_one_moment_the_same_value_alone_is_withdrawn(signed, source, torii: Patient) -> None:
    two = [OXYGEN[0], OXYGEN[1], ["7001234", "2026-03-04", "66", "", ""]]
    take(signed, mapped(signed, text_of(two), source))
    mended = [OXYGEN[0], ["7001234", "2026-03-04", "58", "0.21", "100"], ["7001234", "2026-03-04", "60", "0.21", ""]]
    send(signed, text_of(mended), source, mapping=str(TableMapping.objects.get().pk))
    take(signed, last())
    assert [x.text for x in WaitingResult.objects.open()] == ["66"], "which of the two was mended nobody says"
