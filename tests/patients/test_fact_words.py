"""A fact in words, by its kind: in the list to be ticked before signing, on the round page, the fact page, on paper.

"csa" and "tac" are drugs and their levels, "hrct" is a report, a factor of poor risk and a test that is due.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from django.utils.html import strip_tags

from algorithm.difference import cause_of, steps_between
from algorithm.record import inputs_of
from ildcare.evaluation.sweep import evaluate_patients
from ildcare.paper.round_sheet import round_sheet_pdf
from monitoring.wording import subject_text
from patients.actions import cancel_fact, record_facts, record_round_visit
from patients.clinical import facts as f
from patients.clinical.absence import without_value
from patients.clinical.facts import KIND_OF
from patients.fact_words import describe, describe_lines, describe_row, summary_of
from patients.forms.since_shown import news_since
from patients.models import FACT_TABLES, MedicationCourse
from patients.queries import take_snapshot
from patients.wording import render
from tests.ildcare.paper.sheets import texts
from tests.monitoring.stored import today
from tests.story import DAY_0, Story

LANGUAGES = ("en", "ja")
DAY = DAY_0 + timedelta(days=3)


def level(story: Story, day: int, drug: str, value: str) -> Story:
    return story.test(day, drug, value, route="oral", timing="trough", typed=f"{value} ng/mL")


# what one fact of each kind says: its line with the kind before it, in both languages
SAID: dict[str, tuple[Story, str, str]] = {
    "onset": (Story().onset(3), "Respiratory onset: first respiratory symptom", "呼吸器症状の発症: 最初の呼吸器症状"),
    "diagnosis": (
        Story().diagnosis(3, "ADM", provisional=True),
        "Diagnosis: amyopathic dermatomyositis (ADM) (provisional)",
        "診断: 無筋症性皮膚筋炎（ADM） (暫定)",
    ),
    "antibody": (Story().mda5(3, "positive"), "anti-MDA5 antibody: positive", "抗MDA5抗体: 陽性"),
    "test csa": (level(Story(), 3, "csa", "150"), "Cyclosporine level 150 ng/mL", "シクロスポリン濃度 150 ng/mL"),
    "test tac": (level(Story(), 3, "tac", "8"), "Tacrolimus level 8 ng/mL", "タクロリムス濃度 8 ng/mL"),
    "drug csa": (
        Story().drug(3, "csa", route="oral", dose=Decimal(200), unit="mg/day"),
        "Treatment: cyclosporine, oral, 200 mg/day",
        "治療: シクロスポリン、経口、200 mg/日",
    ),
    "drug tac": (Story().drug(3, "tac", route="oral"), "Treatment: tacrolimus, oral", "治療: タクロリムス、経口"),
    "drug gc": (
        Story().drug(3, "gc"),
        "Treatment: glucocorticoid (as prednisolone)",
        "治療: グルココルチコイド（プレドニゾロン換算）",
    ),
    "finding": (Story().finding(3, "infection", True), "infection: present", "感染症: あり"),
    "finding worse": (
        Story().dyspnoea(3, True, "worse"),
        "dyspnoea on exertion: present, worse",
        "労作時呼吸困難: あり、悪化",
    ),
    "hrct": (
        Story().hrct(3, ggo=True, honeycombing=False, consolidation="lower", pattern="NSIP", change="unchanged"),
        "HRCT: ground-glass opacity, no honeycombing, consolidation: lower zones, pattern NSIP, unchanged",
        "HRCT: すりガラス影、蜂巣肺なし、浸潤影：下肺野、NSIPパターン、不変",
    ),
    "hrct unclassifiable": (
        Story().hrct(3, pattern="unclassifiable"),
        "HRCT: pattern unclassifiable",
        "HRCT: 分類不能パターン",
    ),
    "judgement": (
        Story().judged(3, "unchanged", note="tired"),
        "Judgement of improvement: unchanged – tired",
        "改善の判定: 不変 – tired",
    ),
    "decision": (
        Story().chronic(3),
        "Decision: the course is chronic – stable for a year",
        "決定: 経過は慢性 – stable for a year",
    ),
}


GAS = {"flow": Decimal(3), "device": "nasal_cannula"}
ORDER = {"dose": Decimal(150), "unit": "mg/day", "indication": "ild", "planned": None}
TARGET = {"target_timing": "c2", "target_low": Decimal(800), "target_high": Decimal(1200)}

# what is outside the catalogue, oxygen by flow, what an order says, stays and outcomes
MORE: dict[str, tuple[Story, str]] = {
    "support": (
        Story().add(f.Support, 3, level="oxygen", **GAS),
        "Respiratory support: oxygen, 3 L/min nasal cannula",
    ),
    "support in air": (Story().add(f.Support, 3, level="room_air"), "Respiratory support: room air"),
    "pao2": (Story().pao2(3, "62", None, typed="62 mmHg", **GAS), "Arterial oxygen pressure (PaO2) 62 mmHg"),
    "other drug": (
        Story().drug(3, "other", name="daratumumab", route="iv"),
        "Treatment: daratumumab, intravenous",
    ),
    "member of a class": (
        Story().drug(3, "arb", name="losartan"),
        "Treatment: angiotensin II receptor blocker (losartan)",
    ),
    "other test": (Story().test(3, "other", "17.6", name="aldolase", typed="17.6 U/L"), "aldolase 17.6 U/L"),
    "at least": (Story().test(3, "mda5_titre", ">=150", typed=">=150 index"), "Anti-MDA5 antibody titre ≥150 index"),
    "positive": (
        Story().test(3, "hbsag", ">=1", typed="positive"),
        "Hepatitis B surface antigen (HBsAg) positive",
    ),
    "converted": (
        Story().drug(3, "gc", name="dexamethasone", dose=Decimal(44), unit="mg/day"),
        "Treatment: glucocorticoid (as prednisolone), 44 mg/day, converted from dexamethasone 6.6 mg/day",
    ),
    "order": (
        Story().drug(3, "csa", **ORDER, **TARGET),
        "Treatment: cyclosporine, 150 mg/day, given for interstitial lung disease, target of the order: 800 to 1,200"
        " ng/mL, 2 h after the dose (C2)",
    ),
    "pulse": (
        Story().drug(3, "gc_pulse", planned=True),
        "Treatment: glucocorticoid pulse (methylprednisolone), planned",
    ),
    "admission": (Story().add(f.HospitalAdmission, 3), "Admission: came into the hospital"),
    "discharge": (Story().add(f.Discharge, 3, to="home"), "Discharge: home"),
    "outcome": (Story().add(f.Outcome, 3, what="death", cause="infection"), "Outcome of the course: death, infection"),
    "onset": (Story().onset(0, month=True), "Respiratory onset: first respiratory symptom"),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("story", "words"), MORE.values(), ids=list(MORE))
def test_what_the_case_format_newly_says_in_words(patient, record, story, words) -> None:
    """Readings 50 to 57, 69, 87."""
    before = timezone.now()
    (row,) = record(story).rows
    with translation.override("en"):
        assert summary_of(row) == words
        assert [x.rpartition(" (")[0] for x in news_since(patient, before)] == [words]
        if row.KIND != "measurement":
            assert describe_row(row) in words


@pytest.mark.django_db
def test_56_what_is_known_to_the_month_is_shown_as_a_month(patient, record) -> None:
    before = timezone.now()
    record(Story().onset(0, month=True))
    (fact,) = take_snapshot(patient, timezone.now(), timezone.now()).all_facts
    for language, month in (("en", "Mar 2024"), ("ja", "2024年3月")):
        with translation.override(language):
            assert [x.day for x in describe_lines([fact], DAY)] == [month]
            assert month in news_since(patient, before)[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("why", "words"),
    [("haemolysed", "not measured: haemolysed"), ("not_done", "not measured: not done"), ("lost", "“lost”")],
)
def test_53_a_result_without_a_value_says_why(patient, record, why, words) -> None:
    story = Story().test(3, "potassium", "0", typed=why)
    told = replace(story.versions[0], details=without_value(why, "mmol/L"))
    (row,) = record_facts(patient=patient, facts=[told], by=None, source="test").rows
    with translation.override("en"):
        assert (summary_of(row), describe_row(row)) == (f"Potassium {words}", f"Potassium: {words}")
    assert take_snapshot(patient, timezone.now(), timezone.now()).all_facts == ()


@pytest.mark.django_db
@pytest.mark.parametrize(("story", "english", "japanese"), SAID.values(), ids=list(SAID))
def test_the_list_before_signing_calls_a_fact_by_its_kind(patient, record, story, english, japanese) -> None:
    before = timezone.now()
    (row,) = record(story).rows
    for language, words in zip(LANGUAGES, (english, japanese), strict=True):
        with translation.override(language):
            assert summary_of(row) == words
            assert [x.rpartition(" (")[0] for x in news_since(patient, before)] == [words]


@pytest.mark.django_db
@pytest.mark.parametrize(("story", "english", "japanese"), SAID.values(), ids=list(SAID))
def test_page_and_list_say_the_same_of_a_fact(patient, record, story, english, japanese) -> None:
    """The line of the round page and of the record is the end of the line before signing; the fact page's too."""
    (row,) = record(story).rows
    (fact,) = take_snapshot(patient, timezone.now(), timezone.now()).all_facts
    if row.KIND == "measurement":
        return
    for language, words in zip(LANGUAGES, (english, japanese), strict=True):
        with translation.override(language):
            (line,) = describe_lines([fact], DAY)
            assert words in (line.text, f"{line.kind}: {line.text}")
            assert describe(fact, DAY) == describe_row(row) == line.text


def test_every_kind_of_fact_is_among_them() -> None:
    stories = [*(x[0] for x in SAID.values()), *(x[0] for x in MORE.values())]
    kinds = {KIND_OF[type(story.versions[0].fact)] for story in stories}
    assert kinds | {"histology"} == set(FACT_TABLES)


@pytest.mark.django_db
def test_a_course_that_is_withdrawn_is_called_a_drug(patient, physician, record) -> None:
    record(Story().drug(3, "csa", route="oral"))
    before = timezone.now()
    row = MedicationCourse.objects.get()
    cancel_fact(row=row, by=physician, reason="another patient's", expected_version=1)
    with translation.override("en"):
        assert news_since(patient, before) == ("cancelled: Treatment: cyclosporine, oral (4 Mar 2024)",)


# -- what changed -----------------------------------------------------------------------------------------------------


def causes(story: Story, day: int) -> list[str]:
    before, after = story.snapshot(day - 1), story.snapshot(day)
    old, new = inputs_of(before), inputs_of(after)
    told = [cause_of(x, old, ZoneInfo(before.zone)) for x in steps_between(old, new)]
    return [" ".join(render(x.sentence, today=DAY).split()) for x in told]


@pytest.mark.parametrize(
    ("story", "english", "japanese"),
    [
        (Story().drug(3, "csa"), "cyclosporine on 4 Mar (started)", "シクロスポリン"),
        (Story().drug(3, "tac"), "tacrolimus on 4 Mar (started)", "タクロリムス"),
        (
            Story().drug(3, "gc"),
            "glucocorticoid (as prednisolone) on 4 Mar (started)",
            "グルココルチコイド（プレドニゾロン換算）",
        ),
        (Story().drug(1, "csa", stop=3), "cyclosporine last given on 4 Mar", "シクロスポリン"),
        (Story().mda5(3, "positive"), "anti-MDA5 antibody positive on 4 Mar", "抗MDA5抗体 陽性"),
        (Story().finding(3, "palmar_papules", True), "palmar papules present on 4 Mar", "あり"),
        (Story().finding(3, "palmar_papules", False), "palmar papules absent on 4 Mar", "なし"),
        (Story().dyspnoea(3, True, "worse"), "dyspnoea on exertion worse on 4 Mar", "労作時呼吸困難 悪化"),
        (Story().hrct(3, change="unchanged", pattern="NSIP"), "HRCT report unchanged on 4 Mar", "HRCT所見 不変"),
        (Story().hrct(3, pattern="unclassifiable"), "HRCT report unclassifiable on 4 Mar", "HRCT所見 分類不能"),
        (Story().hrct(3, consolidation="lower"), "HRCT report lower zones on 4 Mar", "HRCT所見 下肺野"),
        (Story().judged(3, "unchanged"), "judgement of improvement unchanged on 4 Mar", "改善の判定 不変"),
        (Story().diagnosis(3, "DM"), "diagnosis of myositis dermatomyositis (DM) on 4 Mar", "皮膚筋炎（DM）"),
        (Story().chronic(3), "decision chronic (C) on 4 Mar", "慢性（C）"),
    ],
)
def test_what_changed_calls_a_fact_by_its_kind(story, english, japanese) -> None:
    with translation.override("en"):
        assert causes(story, 3) == [english]
    with translation.override("ja"):
        (said,) = causes(story, 3)
        assert japanese in said
        assert "濃度" not in said


def test_56_what_changed_names_a_month_and_no_day_that_nobody_told() -> None:
    story = Story().diagnosis(0, "DM", known=3, month=True)
    with translation.override("en"):
        assert causes(story, 3) == ["diagnosis of myositis dermatomyositis (DM) on 2024-03"]


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (Story().add(f.HospitalAdmission, 3), "admission to hospital on 4 Mar"),
        (Story().add(f.Discharge, 3, to="home"), "discharge home on 4 Mar"),
        (Story().add(f.Outcome, 3, what="lung_transplant"), "outcome lung transplant on 4 Mar"),
    ],
)
def test_87_what_changed_names_stays_and_outcomes(story, words) -> None:
    with translation.override("en"):
        assert causes(story, 3) == [words]


# -- pages and paper --------------------------------------------------------------------------------------------------

NAMES = {  # drug and level of each calcineurin inhibitor
    "en": {"csa": ("cyclosporine", "Cyclosporine level"), "tac": ("tacrolimus", "Tacrolimus level")},
    "ja": {"csa": ("シクロスポリン", "シクロスポリン濃度"), "tac": ("タクロリムス", "タクロリムス濃度")},
}


@pytest.fixture
def reader(client, physician, patient, record) -> Any:
    """`reader(story, address, language)`: the text of a page of a patient whom the physician saw before the story."""

    def read(story: Story, address: str, language: str) -> str:
        record_round_visit(patient=patient, by=physician, shown_at=timezone.now())
        rows = record(story).rows
        evaluate_patients([patient.pk])
        client.force_login(physician)
        path = address.format(patient=patient.pk, fact=rows[0].reference)
        with translation.override(language):  # the language that a request sets outlives it here
            answer = client.get(path, headers={"accept-language": language})
        assert answer.status_code == 200
        return " ".join(strip_tags(answer.content.decode().partition("<footer")[0]).split())

    return read


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("drug", ["csa", "tac"])
def test_news_of_the_round_page_calls_a_course_a_drug(reader, drug, language) -> None:
    name, of_level = NAMES[language][drug]
    text = reader(Story().drug(today(), drug, route="oral"), "/patients/{patient}/round", language)
    assert name in text
    assert of_level not in text


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("drug", ["csa", "tac"])
def test_fact_page_tells_a_course_from_its_level(reader, patient, record, drug, language) -> None:
    _drug, of_level = NAMES[language][drug]
    address = "/patients/{patient}/facts/{fact}"
    assert of_level not in reader(Story().drug(today(), drug, route="oral"), address, language)
    text = reader(level(Story(), today(), drug, "150"), address, language)
    assert f"{of_level}: 150 ng/mL" in text


@pytest.mark.parametrize(
    ("rule", "subject", "english", "japanese"),
    [
        ("OVERDUE", "csa", "Cyclosporine level", "シクロスポリン濃度"),
        ("OVERDUE", "tac", "Tacrolimus level", "タクロリムス濃度"),
        ("OVERDUE", "hrct", "HRCT report", "HRCT所見"),
        ("POOR_RISK_MET", "hrct", "GGO with lower consolidation", "GGOと下肺野の浸潤影"),
        ("POOR_RISK_MET", "adm", "amyopathic dermatomyositis", "無筋症性皮膚筋炎（ADM）"),
        ("POOR_RISK_MET", "mda5", "anti-MDA5", "抗MDA5"),
        ("POOR_RISK_MET", "ferritin", "Ferritin", "フェリチン"),
        ("STEP_NOT_STARTED", "T1", "T1: glucocorticoid", "T1：グルココルチコイド"),
    ],
)
def test_an_alert_says_what_it_is_about_by_its_rule(rule, subject, english, japanese) -> None:
    for language, words in zip(LANGUAGES, (english, japanese), strict=True):
        with translation.override(language):
            assert subject_text(rule, subject) == words


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"), [("en", ("anti-MDA5 antibody", "Ferritin")), ("ja", ("抗MDA5抗体", "フェリチン"))]
)
def test_what_is_missing_is_named_on_page_and_paper(reader, physician, patient, language, words) -> None:
    story = Story().onset(today() - 9).diagnosis(today() - 8, "DM")
    text = reader(story, "/patients/{patient}/round", language)
    with translation.override(language):
        pdf = round_sheet_pdf(patient, physician, timezone.now())
    paper = " ".join(" ".join(texts(pdf)).split())
    for word in words:
        assert word in text
        assert word.replace(" ", "") in paper.replace(" ", "")
