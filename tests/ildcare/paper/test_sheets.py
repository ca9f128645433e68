"""Printed sheets: one page a patient, identity and validity on every page, data that cannot change the page."""

from __future__ import annotations

import re
import zlib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import timezone, translation

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.moment.state_code import read_code
from ildcare.paper.handover import handover_data, handover_pdf
from ildcare.paper.parts import small_chart
from ildcare.paper.render import render_pdf
from ildcare.paper.round_sheet import TRIED, _last_among, round_sheet_pdf, sheet_data
from ildcare.paper.summary import read_summary
from ildcare.paper.summary_sheet import summary_data
from ildcare.round.sheet import round_sheet
from ildcare.ward.lines import lines_for
from patients.actions import add_task, record_facts, record_round_visit
from patients.clinical import facts as f
from patients.clinical.reasons import reason
from patients.models import AuditEntry
from patients.wording import short_day
from tests.ildcare.paper.sheets import texts
from tests.ildcare.test_pages import grave
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import patient as patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = pytest.mark.django_db
EVIL = '#panic("x") $x^2$ *b* _i_ `c` <l> @r \\ // /* "]} ' + "W" * 300 + " \x00 \u202eabc 👩‍⚕️ 中村"


@pytest.fixture
def full(ward, physician):
    """As much as a record can hold: every alert, many results, long plan, many tasks."""
    found = grave(1, ward, physician, results=40)
    story = Story()
    for n, code in enumerate(
        ("wbc", "neutrophils", "platelets", "creatinine", "alt", "crp", "spd", "bdg", "vc", "spo2")
    ):
        for day in range(1, 6):
            more = {"fio2": "0.5"} if code == "spo2" else {}
            story.test(today() - day, code, str(40 + n + day), **more)
    record_facts(patient=found, facts=story.versions, by=None, source="test")
    evaluate_patients([found.pk])
    for n in range(12):
        add_task(patient=found, by=physician, text=f"task {n} " + "x" * 200, due=timezone.localdate())
    record_round_visit(patient=found, by=physician, shown_at=timezone.now(), plan="plan " * 700, note="n")
    return found


def fullest(patient, user, now):
    """The data of the sheet with as much as is ever tried."""
    return sheet_data(round_sheet(patient, user, now), user, now, TRIED[0])


def pages(pdf: bytes) -> int:
    """Pages of the PDF, from its page tree (typst packs objects into compressed streams)."""
    streams = [pdf, *(_inflated(x) for x in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL))]
    return max(int(n) for x in streams for n in re.findall(rb"/Type\s*/Pages.*?/Count\s+(\d+)", x, re.DOTALL))


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_fullest_record_stays_on_one_page(full, physician, language) -> None:
    with translation.override(language):
        pdf = round_sheet_pdf(full, physician, timezone.now())
    assert pages(pdf) == 1
    assert b"pdfuaid" in pdf


def test_what_does_not_fit_is_counted(full, physician) -> None:
    data = fullest(full, physician, timezone.now())
    assert data["tasks"]["more"] == "2 more on the screen"
    assert len(data["tasks"]["items"]) == 10
    assert "… (" in data["plan"]  # cut, and still with its day and author


def test_an_empty_record_has_a_sheet(ward, physician) -> None:
    assert pages(round_sheet_pdf(make_patient("E-1", physician, ward), physician, timezone.now())) == 1


def test_identity_and_validity_stand_in_head_and_foot(full, physician) -> None:
    now = timezone.now()
    data = fullest(full, physician, now)
    assert (data["head"]["name"], data["head"]["number"]) == (f"{full.family_name} {full.given_name}", full.mrn)
    assert "Valid until" in data["foot"]["line"]
    assert physician.username in data["foot"]["line"]
    code = data["foot"]["line"].rpartition(" ")[2]
    assert read_code(code) == (full.pk, now.replace(microsecond=0))


def test_look_alikes_are_named(ward, physician) -> None:
    first = make_patient("L-1", physician, ward, family_name="Sato", given_name="Hanako")
    make_patient("L-2", physician, ward, family_name="Sato", given_name="Hanae")
    assert "L-2" in fullest(first, physician, timezone.now())["head"]["alike"]


def test_R53_text_of_a_record_is_never_a_command_of_the_page(ward, physician) -> None:
    found = make_patient("X-1", physician, ward, family_name=EVIL[:100].replace("\x00", ""), given_name="#x")
    text = EVIL.replace("\x00", " ")
    add_task(patient=found, by=physician, text=text[:300], due=timezone.localdate())
    record_round_visit(patient=found, by=physician, shown_at=timezone.now(), plan=text)
    assert pages(round_sheet_pdf(found, physician, timezone.now())) == 1


def test_R53_a_template_reads_nothing_outside_its_folder(tmp_path, monkeypatch) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    inside = tmp_path / "templates"
    inside.mkdir()
    (inside / "bad.typ").write_text('#read("/../secret.txt")')
    monkeypatch.setattr("ildcare.paper.render.TEMPLATES", inside)
    with pytest.raises(Exception, match=r"(?i)access|outside|denied|escape|not found"):
        render_pdf("bad", {})


def test_the_handover_has_everybody_in_order_of_the_list(rf, ward, physician) -> None:
    people = [make_patient(f"H-{n}", physician, ward, family_name=f"Sato{n}") for n in range(60)]
    now = timezone.now()
    lines, wards = lines_for(rf.get("/", {"sort": "name"}).GET, physician, now)
    data = handover_data(lines, wards, physician, now)
    assert len(data["rows"]) == len(people) == len(lines)
    assert [x["name"] for x in data["rows"]] == [f"{x.patient.family_name} {x.patient.given_name}" for x in lines]
    sheets = texts(handover_pdf(lines, wards, physician, now, filtered=True))
    assert len(sheets) > 1
    for page in sheets:  # each can be taken for nothing else, and says its time
        assert page.count("Ward handover") == 1
        assert "Filtered list" in page
        assert "Valid until" in page


def test_a_sheet_is_served_and_its_reading_noted(client, physician, patient) -> None:
    client.force_login(physician)
    answer = client.get(f"/patients/{patient.pk}/round-sheet.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert "Sato" not in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert AuditEntry.objects.filter(op="READ", patient=patient.pk, table_name="round sheet").exists()


def test_R34_a_handover_notes_the_reading_of_each_patient(client, physician, patient, ward, other_ward) -> None:
    foreign = make_patient("F-1", None, other_ward)
    client.force_login(physician)
    assert client.get("/ward/handover.pdf").content.startswith(b"%PDF")
    read = set(AuditEntry.objects.filter(op="READ", table_name="ward handover").values_list("patient", flat=True))
    assert read >= {patient.pk}
    assert foreign.pk not in read


def test_validity_ends_after_half_a_day(full, physician) -> None:
    now = timezone.now()
    until = timezone.localtime(now + timedelta(hours=12))
    assert f"{until:%H:%M}" in fullest(full, physician, now)["foot"]["line"]


def test_values_on_paper_bring_what_they_hang_on(rf, full, ward, physician) -> None:
    """H06, H07: a gas its FiO2, a level its route and time, on the list and on the sheet."""
    story = Story().pao2(today(), "63.9", "0.5", id="gas")
    story.test(today(), "csa", "219", route="iv", timing="pre_dose", id="level")
    record_facts(patient=full, facts=story.versions, by=None, source="test")
    now = timezone.now()
    lines, wards = lines_for(rf.get("/").GET, physician, now)
    handover = " ".join(texts(handover_pdf(lines, wards, physician, now)))
    assert "FiO2 0.5" in handover
    assert "intravenous, before the dose" in handover
    sheet = fullest(full, physician, now)
    assert any("intravenous, before the dose" in x["name"] for x in sheet["boxes"])
    levels = [row[2] for row in sheet["results"]["items"] if row[0].startswith("CsA")]
    assert levels
    assert "before the dose" in levels[0]


def test_47_a_value_in_doubt_is_marked_on_paper_as_on_the_pages(client, ward, physician) -> None:
    """Also where it has become the value before; and two values of one moment name each other."""
    patient, now = make_patient("DB", physician, ward), today()
    story = Story().ferritin(now - 9, "300").ferritin(now - 6, "3000").ferritin(now - 3, "310")
    story.test(now - 2, "ldh", "200").test(f"{now - 1}T08:00", "ldh", "210").test(f"{now - 1}T08:00", "ldh", "250")
    story.test(now - 3, "kl6", "900").test(now - 1, "kl6", "9000")
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    client.force_login(physician)
    page = client.get(f"/patients/{patient.pk}/results").content.decode()
    marks = [
        "unconfirmed: tenfold? last 300",
        "unconfirmed: tenfold? last 900",
        "two values of Lactate dehydrogenase (LDH) at one moment",
    ]
    assert [x for x in marks if x not in page] == []
    results = fullest(patient, physician, timezone.now())["results"]["items"]
    newest, before = {x[0].split()[0]: x[2] for x in results}, {x[0].split()[0]: x[3] for x in results}
    assert "unconfirmed" not in newest["Ferritin"]
    assert marks[0] in before["Ferritin"]
    assert marks[1] in newest["KL-6"]
    assert marks[2] in newest["LDH"]
    assert marks[2] in before["LDH"]
    data = summary_data(read_summary(patient, timezone.now()), physician, timezone.now())
    (table,) = [x for x in data["sections"] if x["title"] == "Results"]
    summed = {row[0].split()[0]: row for row in table["rows"]}
    assert marks[1] in summed["KL-6"][5]
    assert marks[2] in summed["LDH"][5]
    assert "unconfirmed" not in " ".join(summed["Ferritin"])  # no extreme is a doubtful value


def test_the_last_reason_stays_on_a_short_sheet() -> None:
    reasons = [reason(f"reason {n}") for n in range(9)]
    assert [str(x.message) for x in _last_among(reasons, 3)][:3] == ["reason 0", "reason 1", "reason 8"]
    assert set(_last_among(reasons, 3)) == set(reasons)


def test_drugs_with_doses_and_missing_prophylaxis_stand_on_round_sheet_and_handover(physician, ward) -> None:
    patient, day = make_patient("T-1", physician, ward), today() - 25
    mg = {"unit": "mg/day"}
    story = Story().onset(day).drug(day, "gc", dose=Decimal(50), **mg).drug(day, "csa", dose=Decimal(200), **mg)
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    now = timezone.now()
    lines, wards = lines_for(QueryDict(), physician, now)
    for pdf in (round_sheet_pdf(patient, physician, now), handover_pdf(lines, wards, physician, now)):
        text = " ".join(texts(pdf))
        assert "GC 50 mg/day" in text
        assert "200 mg/day" in text
        assert re.search(r"▲+ ?PCP prophylaxis: none|PCP prophylaxis: ▲+ none", text)


def test_prophylaxis_given_and_pulses_with_the_next_stand_on_both_papers(physician, ward) -> None:
    patient, day = make_patient("T-2", physician, ward), today() - 15
    story = Story().onset(day - 5).mda5(day - 2, "positive").drug(day, "gc", dose=Decimal(55), unit="mg/day")
    story.drug(day, "csa", dose=Decimal(200), unit="mg/day").drug(day, "ivcy", dose=Decimal(800), unit="mg")
    story.drug(day, "tmp_smx", dose=Decimal(1), unit="tablet/day")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    given = timezone.localdate() - timedelta(days=15)
    for text in papers_of(patient, physician):
        assert "PCP prophylaxis: TMP-SMX 1 tablet/day" in text
        assert f"IVCY 800 mg {short_day(given)}" in text
        assert f"next due {short_day(given + timedelta(days=21))}" in text


@pytest.mark.parametrize("accepted", [True, False])
def test_the_decision_its_reason_and_who_decided_stand_on_both_papers_beside_what_runs(
    physician, ward, accepted
) -> None:
    """The step that runs, the chart's answer, and the decision about it: three things, each named."""
    patient, day = make_patient("T-3", physician, ward), today() - 9
    why = (
        "aspergillosis is treated first, discussed with the family and the infectious disease team on the evening round"
    )
    story = Story().onset(day).mda5(day, "positive").drug(day, "gc", dose=Decimal(50), unit="mg/day")
    story.drug(day, "csa", dose=Decimal(200), unit="mg/day")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    evaluate_patients([patient.pk])
    said = {} if accepted else {"code": "infection", "reason": why}
    decision = Story().add(f.Decision, today(), step="T3", accepted=accepted, **said)
    record_facts(patient=patient, facts=decision.versions, by=physician, source="test")
    evaluate_patients([patient.pk])
    for text in papers_of(patient, physician):
        assert ("Accepted: T3" if accepted else "Not followed: T3") in text
        assert str(physician) in text
        if not accepted:
            assert f"infection must be treated or excluded first – {why}" in text
    handover = papers_of(patient, physician)[1]
    assert ("T2 d9 · chart: T3, judge now" if accepted else "T2 d9 · chart: T3, not followed") in handover


def papers_of(patient, physician) -> tuple[str, str]:
    """What round sheet and handover say."""
    now = timezone.now()
    lines, wards = lines_for(QueryDict(), physician, now)
    made = (round_sheet_pdf(patient, physician, now), handover_pdf(lines, wards, physician, now))
    round_text, handover_text = (" ".join(texts(x)) for x in made)
    return round_text, handover_text


def test_numbers_of_a_small_chart_stand_where_they_lie(full, physician) -> None:
    """A number of the axis is no end of the axis: a reader measures a value by it."""
    now = timezone.now()
    figures = round_sheet(full, physician, now).record.figures
    assert figures
    for figure in figures:
        drawn, chart = small_chart(figure), figure.chart
        assert len({x for x, _label in drawn["ticks"]}) == len(drawn["ticks"]) == min(len(chart.y_ticks), 2)
        for place, label in drawn["ticks"]:
            assert 0 <= place <= 1
            assert place == pytest.approx(
                next((x.at - chart.top) / chart.plot_height for x in chart.y_ticks if x.label == label)
            )
