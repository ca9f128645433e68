"""The target of an order on every page and sheet: flag, word and alert follow it, and follow its correction."""

from __future__ import annotations

import io
import json
import re
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.paper.round_sheet import TRIED, sheet_data
from ildcare.paper.summary import read_summary
from ildcare.paper.summary_sheet import summary_data
from ildcare.round.sheet import round_sheet
from patients.actions import cancel_fact, correct_fact, record_facts
from patients.clinical.facts import Decision
from patients.models import MedicationCourse
from tests.ildcare.morning.test_sheet import send as send_sheet
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import patient as patient
from tests.monitoring.stored import open_rules, today
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.patients.imports.writing import document, event
from tests.story import Story

pytestmark = pytest.mark.django_db
TARGET = {"target_timing": "trough", "target_low": Decimal(100), "target_high": Decimal(140)}
FILE = {"timing": "trough", "low": 100, "high": 150}
BELOW = "below the band of the paper"


def told(patient, by, value: str, *, acute: bool = True, **target) -> None:
    """CsA by mouth for nine days, and a trough of yesterday that was reported today: new at any hour."""
    story = Story().drug(today() - 9, "csa", route="oral", dose=Decimal(200), unit="mg/day", **target)
    story.test(f"{today() - 1}T08:00", "csa", value, known=today(), route="oral", timing="trough")
    if acute:
        story.dyspnoea(today() - 9, True, "worse")
    else:
        story.add(Decision, today() - 9, course="C", reason="slow for years")
    record_facts(patient=patient, facts=story.versions, by=by, source="test")
    evaluate_patients([patient.pk])


def page(browser, patient, name: str = "/") -> str:
    response = browser.get(f"/patients/{patient.pk}{name}", headers={"accept-language": "en"})
    assert response.status_code == 200
    return " ".join(response.content.decode().partition("<footer")[0].split())


def flags(text: str) -> set[str]:
    return set(re.findall(r'class="hl (\w+)"', text))


def alerts(patient) -> set[str]:
    return {rule for rule, *_more in open_rules(patient) if rule.startswith("CSA_")}


@pytest.mark.parametrize(
    ("value", "target", "flag", "rules"),
    [
        ("120", TARGET, set(), set()),
        ("120", {}, {"low"}, {"CSA_LOW", "CSA_TARGET_DELAY"}),
        ("90", TARGET, {"low"}, {"CSA_LOW", "CSA_TARGET_DELAY"}),
        ("200", TARGET, {"high"}, {"CSA_HIGH", "CSA_TARGET_DELAY"}),
        ("200", {}, set(), set()),
    ],
)
def test_52_flow_sheet_and_round_page_flag_by_the_band_of_the_order(
    browser, patient, physician, value, target, flag, rules
) -> None:
    told(patient, physician, value, **target)
    assert flags(page(browser, patient, "/results")) == flag
    assert flags(page(browser, patient, "/round")) == flag
    assert alerts(patient) == rules


def test_52_86_the_page_of_treatments_says_whose_band_it_is_and_that_it_is_below_the_papers(
    browser, patient, physician
) -> None:
    told(patient, physician, "120", **TARGET)
    text = page(browser, patient, "/treatments")
    table = text[text.index("<tr data-fact=") :].partition("</tr>")[0]
    assert "target of the order: 100 to 140 ng/mL, trough" in table
    assert f"target of the order 100-140: {BELOW} (150-250, oral, trough)" in table
    judged = text[text.index('<td class="judged">') :].partition("</td>")[0]
    assert "● in the band of the order 100–140" in judged
    assert BELOW in judged
    assert "The band of the order, not that of the paper" in judged
    assert "by the band of the order" in text


def test_86_in_a_chronic_course_no_page_says_so(browser, patient, physician) -> None:
    told(patient, physician, "120", acute=False, **TARGET)
    for name in ("/", "/treatments", "/round"):
        assert BELOW not in page(browser, patient, name), name


def test_52_86_the_round_page_says_it_in_the_box_of_the_level(browser, patient, physician) -> None:
    told(patient, physician, "120", **TARGET)
    text = page(browser, patient, "/round")
    box = text[text.index('<div class="lev within">') :].partition("</div>")[0]
    assert "in the band of the order 100–140" in box
    assert BELOW in box


def test_86_the_round_page_says_it_before_there_is_a_level(browser, patient, physician) -> None:
    story = Story().drug(today() - 2, "csa", route="oral", **TARGET).dyspnoea(today() - 2, True, "worse")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    text = page(browser, patient, "/round")
    box = text[text.index('<div class="lev ">') :].partition("</div>")[0]
    assert "no level yet" in box
    assert BELOW in box


def test_86_the_round_page_says_it_where_a_new_order_is_listed(patient, physician) -> None:
    story = Story().drug(today(), "csa", route="oral", **TARGET).drug(today(), "gc")
    record_facts(
        patient=patient,
        facts=story.dyspnoea(today() - 2, True, "worse").versions,
        by=physician,
        source="test",
    )
    others = {x.text: x for x in round_sheet(patient, physician, timezone.now()).others}
    assert [BELOW in x for x in others if "target of the order" in x] == [True]
    assert [x for x in others if BELOW in x and "target of the order: 100" not in x] == []


def test_52_86_paper_says_what_the_pages_say(patient, physician) -> None:
    told(patient, physician, "120", **TARGET)
    now = timezone.now()
    summary = summary_data(read_summary(patient, now), physician, now)
    sections = {x["title"]: x for x in summary["sections"]}
    ((_when, _level, judged, *_more),) = sections["Drug levels"]["rows"]
    assert judged.startswith("in the band of the order 100–140")
    assert judged.endswith("[order]")
    assert BELOW in judged
    assert BELOW in sections["Treatments"]["rows"][0][2]
    for boxes in (
        summary["boxes"],
        sheet_data(round_sheet(patient, physician, now), physician, now, TRIED[0])["boxes"],
    ):
        assert any("in the band of the order" in x["small"] and BELOW in x["small"] for x in boxes)


def test_52_the_morning_sheet_flags_by_the_band_of_the_order(browser, patient, physician) -> None:
    told(patient, physician, "120", **TARGET)
    typed = {"value_csa": "120", "route_csa": "oral", "timing_csa": "trough"}
    text = send_sheet(browser, patient, "check", **typed).content.decode()
    assert "in 100 to 140" in text


def test_52_an_alert_on_the_page_names_the_band_of_the_order_and_marks_it(browser, patient, physician) -> None:
    told(patient, physician, "90", **TARGET)
    text = page(browser, patient)
    after = [x[:100] for x in text.split("is below 100 (band of the order 100-140)")[1:]]
    assert any('title="The band of the order, not that of the paper"' in x for x in after), after


def test_52_correcting_and_cancelling_the_order_changes_flag_word_and_alert_back(browser, patient, physician) -> None:
    told(patient, physician, "120", **TARGET)

    def now_shown() -> tuple[set[str], set[str]]:
        evaluate_patients([patient.pk])
        return flags(page(browser, patient, "/results")), alerts(patient)

    assert now_shown() == (set(), set())
    row = MedicationCourse.objects.get()
    changes = {"target_low": Decimal(130)}
    row = correct_fact(row=row, changes=changes, by=physician, reason="mistyped", expected_version=row.version)
    assert now_shown() == ({"low"}, {"CSA_LOW", "CSA_TARGET_DELAY"})
    back = {"target_low": Decimal(100)}
    row = correct_fact(row=row, changes=back, by=physician, reason="was right", expected_version=row.version)
    assert now_shown() == (set(), set())
    cancel_fact(row=row, by=physician, reason="wrong patient", expected_version=row.version)
    assert now_shown() == ({"low"}, {"CSA_LOW"})


@pytest.mark.parametrize("name", ["/", "/results", "/treatments", "/trends", "/round"])
def test_52_no_page_asks_the_database_more_often_for_it(browser, patient, physician, name) -> None:
    def queries() -> int:
        page(browser, patient, name)
        with CaptureQueriesContext(connection) as caught:
            page(browser, patient, name)
        return len(caught)

    told(patient, physician, "120", **TARGET)
    few = queries()
    story = Story()
    for day in range(2, 9):
        story.test(f"{today() - day}T08:00", "csa", "120", route="oral", timing="trough")
        story.drug(today() - 10 - day, "csa", route="oral", stop=today() - 10 - day, **TARGET)
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    evaluate_patients([patient.pk])
    assert queries() == few


# -- a case file ------------------------------------------------------------------------------------------------------


def replayed(tmp_path, value: str, **target) -> list[str]:
    """The reasons of the alerts of levels in a replay."""
    given = event("treatment", on="2024-03-01", drug="csa", route="oral", dose=200, unit="mg/day", **target)
    drawn = event(on="2024-03-05", code="csa", value=value, unit="ng/mL", route="oral", timing="trough")
    path = tmp_path / "case.json"
    path.write_text(document(given, drawn), "utf-8")
    out = io.StringIO()
    call_command("replay", str(path), "--json", stdout=out, stderr=io.StringIO())
    return [f"{x['rule']}: {x['reason']}" for x in json.loads(out.getvalue())["alerts"] if x["rule"].startswith("CSA_")]


def test_52_a_case_file_with_a_target_is_replayed_by_it(tmp_path) -> None:
    assert replayed(tmp_path, "120", target=FILE) == []
    low, late = sorted(replayed(tmp_path, "90", target=FILE))
    assert late.startswith("CSA_TARGET_DELAY: CsA since 1 Mar: no level in its band by the end of day 3")
    assert low.startswith("CSA_LOW: CsA 90 ng/mL on 5 Mar (oral, trough) is below 100 (band of the order 100-150)")
    low, _late = sorted(replayed(tmp_path, "120"))
    assert low.startswith("CSA_LOW: CsA 120 ng/mL on 5 Mar (oral, trough) is below 150 (band 150-250)")
