"""A table in the browser: sent, mapped, looked at, taken while its page shows how far it is, and cancelled."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ildcare.exchange import table_job
from patients.models import Measurement, Source, TableFile
from tests.patients.conftest import make_patient
from tests.patients.imports.test_tables import text_of

ROWS = [
    ["患者番号", "氏名", "採取日", "フェリチン (ng/mL)", "KL-6"],
    ["7001234", "鳥居 香", "R8.3.4", "1679", "3000以上"],
    ["7001234", "鳥居 香", "R8.3.40", "1400", ""],
    *([f"8{n:04d}", "森 健", "R8.3.4", str(100 + n), ""] for n in range(20)),
]


@pytest.fixture
def table(tmp_path: Path, ward, physician, monkeypatch) -> Path:
    monkeypatch.setattr(table_job, "SHORT", 10)
    make_patient("7001234", physician, ward, family_name="鳥居", given_name="香", birth_date=date(1962, 9, 14))
    Source.objects.create(name="sheet", title="Ward sheet")
    path = tmp_path / "採血.csv"
    path.write_bytes(text_of(ROWS, encoding="cp932"))
    return path


def send(page: Page, address: str, table: Path, source: str) -> None:
    """As far as the page of its mapping."""
    page.goto(f"{address}/exchange/tables")
    page.get_by_label("Table (CSV, TSV or XLSX)").set_input_files(table)
    page.get_by_label("Source", exact=True).select_option(source)
    page.get_by_role("button", name="Send").click()


def send_mapped(page: Page, address: str, table: Path, source: str) -> None:
    """A table whose columns leave nothing to be asked, as far as the page that shows how far it is."""
    send(page, address, table, source)
    page.get_by_role("button", name="Save and look at the first lines").click()
    page.get_by_role("button", name="Take the table").click()
    expect(page.locator("#progress")).to_be_visible()


def begin(page: Page, address: str, table: Path) -> None:
    """As far as the page that shows how far the file is."""
    send(page, address, table, "Ward sheet")
    save = page.get_by_role("button", name="Save and look at the first lines")
    save.click()
    refused = page.get_by_role("alert").filter(has_text="column KL-6: in which unit are its values?")
    expect(refused).to_be_visible()
    page.locator("input[name=unit_4]").fill("U/mL")
    save.click()
    lines = page.locator("#lines")
    expect(lines).to_contain_text("Ferritin 1,679 ng/mL")
    expect(lines).to_contain_text("is not a date")
    page.get_by_role("button", name="Take the table").click()
    expect(page.locator("#progress")).to_contain_text("The file is being read.")


def test_the_page_follows_the_worker(signed_in: Page, live_server, table: Path, faults) -> None:
    faults.expect(422)
    begin(signed_in, live_server.url, table)
    table_job.take_file(TableFile.objects.get().pk)
    progress = signed_in.locator("#progress")
    expect(progress).to_contain_text("21 of 21 persons.")
    expect(progress.get_by_role("link", name="Refused lines as a file")).to_be_visible()
    assert sorted(int(x.value) for x in Measurement.objects.all()) == [1679, 3000]


def test_cancelling_takes_no_more(signed_in: Page, live_server, table: Path, faults) -> None:
    faults.expect(422)
    begin(signed_in, live_server.url, table)
    signed_in.get_by_role("button", name="Cancel: take no more of it").click()
    expect(signed_in.locator("#progress")).to_contain_text("What was taken before it was cancelled stays.")
    table_job.take_file(TableFile.objects.get().pk)
    assert Measurement.objects.count() == 0
