"""The bar that stays: what runs and what the chart answers are two things; drugs with doses; what lacks is said."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion
from ildcare.evaluation.sweep import evaluate_patients
from ildcare.record.path import headline, nodes, open_facts
from ildcare.record.state_bar import StateBar, state_bar
from monitoring.queries import Watch
from patients.actions import record_facts, record_round_visit
from patients.models import Role
from patients.wording import short_day
from tests.ildcare.record.test_wide_reads import queries_of
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

NOTHING = Watch(
    open=(), withdrawn=(), ended=(), remarks=(), failed_rules=(), evaluated_at=None, waiting=True, failed=False
)
DAY = {"unit": "mg/day"}


def bar(story: Story, day: int) -> StateBar:
    snapshot = story.snapshot(day)
    return state_bar(snapshot, opinion(CURRENT, snapshot), NOTHING, None)


def acute() -> Story:
    return Story().onset(0, known=10).diagnosis(10, "CADM").mda5(10, "positive")


def triple() -> Story:
    """Triple therapy from day 20."""
    story = (
        acute()
        .drug(20, "gc", dose=Decimal(50), route="oral", **DAY)
        .drug(20, "csa", dose=Decimal(200), route="iv", **DAY)
    )
    return story.drug(20, "ivcy", dose=Decimal(800), unit="mg", route="iv", stop=20)


def test_what_runs_and_what_the_chart_answers_stand_apart() -> None:
    shown = bar(triple().judged(30, "worse"), 31)
    assert (shown.running.text, shown.running.style) == ("T3 day 11", "runs")
    assert (shown.answer.text, shown.answer.style, shown.answer.notes) == ("T4", "says", ("not started",))
    going_on = bar(triple().judged(30, "improved"), 31)
    assert (going_on.answer.text, going_on.answer.notes) == ("T3", ("continues",))


def test_an_open_answer_is_dashed_and_a_step_that_waits_says_by_when_it_is_judged() -> None:
    shown = bar(triple(), 22)
    assert (shown.answer.style, shown.answer.text) == ("says", "T3")
    assert "improved? judge by" in shown.answer.notes[0]
    unknown = bar(Story().onset(0, known=1).diagnosis(1, "DM").mda5(1, "pending"), 2)
    assert (unknown.answer.text, unknown.subtype.style) == ("T2 or T3", "open")
    assert "anti-MDA5" in unknown.answer.notes[0]


def test_69_the_bar_names_the_orders_that_make_the_dose_of_today_and_their_sum() -> None:
    story = acute().drug(20, "gc", dose=Decimal(40), route="oral", **DAY)
    story.drug(25, "gc", dose=Decimal(20), route="oral", **DAY).drug(25, "gc", dose=Decimal(15), route="oral", **DAY)
    shown = bar(story, 25).drugs
    assert shown.text == "GC 20 mg/day · GC 15 mg/day"
    assert shown.notes == ("GC of today in all: 35 mg/day of prednisolone",)
    alone = bar(acute().drug(20, "gc", dose=Decimal(40), **DAY).drug(21, "gc", dose=Decimal(35), **DAY), 25).drugs
    assert (alone.text, alone.notes) == ("GC 35 mg/day", ())
    unknown = bar(story.drug(25, "gc", route="oral"), 25).drugs
    assert unknown.notes == ("GC of today in all: not known, one dose is not stated",)


@pytest.mark.parametrize(("mg", "asked"), [("120", False), ("121", True)])
def test_57_the_bar_marks_an_unusual_dose_and_says_what_is_usual(mg: str, asked: bool) -> None:
    """Whoever told it: a machine asks nobody."""
    shown = bar(acute().drug(20, "gc", dose=Decimal(mg), **DAY), 25).drugs
    assert shown.text == f"GC {mg} mg/day" + (" (unusual dose?)" if asked else "")
    assert shown.notes == (("GC 121 mg is an unusual dose (usual: 1 to 120)",) if asked else ())
    assert shown.style == ("warning" if asked else "")


def test_57_an_unusual_dose_of_prophylaxis_is_marked() -> None:
    shown = bar(acute().drug(20, "tmp_smx", dose=Decimal(4), unit="tablets/day"), 25).prophylaxis
    assert "(unusual dose?)" in shown.text
    assert shown.notes[1:] == ("TMP-SMX 4 tablets/day is an unusual dose (usual: up to 2)",)


def test_every_running_drug_stands_with_its_dose_and_what_is_next() -> None:
    story = triple().drug(20, "fluconazole", dose=Decimal(100), route="oral", **DAY)
    story.drug(12, "aza", dose=Decimal(50), route="oral", stop=18, **DAY)
    shown = bar(story, 25).drugs
    assert shown.text == "GC 50 mg/day · CsA iv 200 mg/day"
    assert shown.notes[0].startswith("IVCY 800 mg ")
    assert "(1 of 6), next due " in shown.notes[0]
    assert shown.notes[1] == "FLCZ oral 100 mg/day"
    assert bar(acute(), 12).drugs.text == "none recorded"


@pytest.mark.parametrize(
    ("day", "drug", "text", "look"),
    [(20, "", "none", "warning"), (28, "", "none", "critical"), (28, "tmp_smx", "TMP-SMX 1 tablet/day", "")],
)
def test_prophylaxis_that_should_be_there_and_is_not_is_said(day: int, drug: str, text: str, look: str) -> None:
    story = triple()
    if drug:
        story.drug(21, drug, dose=Decimal(1), unit="tablets/day", route="oral")
    shown = bar(story, day).prophylaxis
    assert (shown.text, shown.style) == (text, look)
    before = bar(acute(), 12).prophylaxis
    assert (before.text, before.style) == ("none", "quiet")


@pytest.mark.parametrize(
    ("instead", "given", "text", "notes"),
    [
        ("atovaquone", False, "not given: sulfa allergy; atovaquone", "decided {day}"),
        ("atovaquone", True, "atovaquone 1,500 mg/day", "instead, decided: sulfa allergy"),
        ("dapsone", True, "atovaquone 1,500 mg/day", ""),
    ],
)
def test_prophylaxis_that_is_not_given_by_decision_says_why_and_what_instead(
    instead: str, given: bool, text: str, notes: str
) -> None:
    story = triple().without_prophylaxis(24, instead)
    if given:
        story.drug(24, "atovaquone", dose=Decimal(1500), unit="mg/day")
    shown = bar(story, 24).prophylaxis
    day = short_day(story.snapshot(24).today, story.snapshot(24).today)
    assert shown.text == text
    assert shown.style == ("" if given else "open")
    assert shown.notes[-1] == notes.format(day=day) if notes else len(shown.notes) == 1


@pytest.mark.parametrize(
    ("value", "sign", "look"), [("219", "in 200–250", "good"), ("310", "above 200–250", "warning")]
)
def test_a_level_stands_against_its_band(value: str, sign: str, look: str) -> None:
    (level,) = bar(triple().test(24, "csa", value, route="iv", timing="pre_dose"), 25).levels
    assert (level.text, level.sign, level.style) == (f"{value} ng/mL", sign, look)
    (none,) = bar(triple(), 25).levels
    assert (none.text, none.style) == ("no level yet", "open")


def test_oxygen_stands_with_its_former_value_and_never_across_another_fio2() -> None:
    story = acute().test(20, "spo2", "96", fio2=Decimal("0.21")).test(21, "spo2", "93", fio2=Decimal("0.21"))
    same = bar(story.pao2(21, "71.2").pao2(21, "68.4", id="p2"), 21).oxygen
    assert same.text == "93 % room air ↓"
    assert "was 96" in same.notes[0]
    other = bar(
        acute().test(20, "spo2", "96", fio2=Decimal("0.21")).test(21, "spo2", "97", fio2=Decimal("0.4")), 21
    ).oxygen
    assert other.text == "97 % FiO2 0.4"
    assert "was 96 (room air)" in other.notes[0]
    assert bar(acute(), 12).oxygen.style == "open"


def test_the_headline_says_what_goes_on_and_the_path_ends_where_it_is_open() -> None:
    waiting = triple().snapshot(22)
    said = opinion(CURRENT, waiting)
    assert headline(said.pathway).text == "T3 continues"
    undecided = opinion(CURRENT, Story().onset(0, known=1).diagnosis(1, "DM").mda5(1, "pending").snapshot(2))
    assert (headline(undecided.pathway).text, headline(undecided.pathway).open) == ("T2 or T3", True)
    (decisive, *_others) = open_facts(said)
    assert decisive.decisive
    assert {x.label for x in decisive.replies} >= {"improved", "worse"}
    path = nodes(waiting, said.pathway)
    assert [x.state for x in path][-2:] == ["runs", "open"]
    assert any("judge by" in y for x in path for y in x.facts)


# -- on the pages -----------------------------------------------------------------------------------------------------


@pytest.fixture
def ill(ward, physician):
    """An acute course under treatment with two values of ferritin."""
    patient = make_patient("S-1", physician, ward)
    now = today()
    story = Story().onset(now - 30, known=now - 9).diagnosis(now - 9, "DM").mda5(now - 9, "positive")
    story.drug(now - 8, "gc", dose=Decimal(50), **DAY).ferritin(now - 9, "890", id="f1")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    evaluate_patients([patient.pk])
    return patient


@pytest.mark.django_db
def test_every_tab_has_the_bar_and_as_many_queries_for_200_results_as_for_3(
    client, physician, ward, django_assert_max_num_queries
) -> None:
    client.force_login(physician)
    few, many = make_patient("S-2", physician, ward), make_patient("S-3", physician, ward)
    for patient, results in ((few, 3), (many, 200)):
        story = Story().onset(today() - 30, known=today() - 9).drug(today() - 8, "gc", dose=Decimal(50), **DAY)
        for n in range(results):
            story.test(f"{today() - 2}T{n % 24:02}:{n // 24:02}", "ldh", str(200 + n))
        record_facts(patient=patient, facts=story.versions, by=physician, source="test")
        evaluate_patients([patient.pk])
    for tab in ("results", "trends", "treatments", "course", "paper"):
        counts = [queries_of(client, f"/patients/{x.pk}/{tab}", django_assert_max_num_queries, 26) for x in (few, many)]
        assert counts[0] == counts[1], tab
        page = client.get(f"/patients/{few.pk}/{tab}").content.decode()
        assert 'id="state-bar"' in page
        assert "GC 50 mg/day" in words_of(page)
        assert page.count('aria-current="page"') == 1, tab


@pytest.mark.django_db
def test_new_since_the_round_stands_by_its_consequence(client, physician, ill) -> None:
    client.force_login(physician)
    page = client.get(f"/patients/{ill.pk}/").content.decode()
    assert "no round yet" in words_of(page)
    record_round_visit(patient=ill, by=physician, shown_at=timezone.now(), note="", plan="call the family")
    assert "Nothing new." in words_of(client.get(f"/patients/{ill.pk}/"))
    story = Story().test(today(), "crp", "0.05").test(today(), "ldh", "410").ferritin(today(), "1840")
    news = [replace(x, fact=replace(x.fact, known=timezone.now())) for x in story.versions]
    record_facts(patient=ill, facts=news, by=physician, source="test")
    evaluate_patients([ill.pk])
    page = client.get(f"/patients/{ill.pk}/").content.decode()
    rows = re.findall(r'<tr class="is-(\w+)">.*?scope="row">\s*(\S+)', page, re.DOTALL)
    assert rows == [("critical", "Ferritin"), ("outside", "LDH")]
    assert "1 unchanged or normal" in words_of(page)
    assert "CRP 0.05" in words_of(page)
    course = words_of(client.get(f"/patients/{ill.pk}/course"))
    assert "call the family" in course


@pytest.mark.django_db
def test_who_sees_a_record_sees_which_sheets_of_it_were_printed_by_whom(client, physician, ward, ill) -> None:
    other = make_user("other", Role.PHYSICIAN, ward)
    for user in (physician, other):
        client.force_login(user)
        assert client.get(f"/patients/{ill.pk}/summary.pdf").status_code == 200
    printed = words_of(client.get(f"/patients/{ill.pk}/paper")).partition("Recorded since")[2]
    assert printed.count("Summary") == 2
    assert "other" in printed
    past = {"at": (timezone.now() - timedelta(days=1)).isoformat()}
    assert "Round sheet (PDF)" not in words_of(client.get(f"/patients/{ill.pk}/paper", past))
