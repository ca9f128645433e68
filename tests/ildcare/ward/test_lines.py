"""A line of the ward list says of each thing what was stored of it: no two fields can change places unnoticed."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.ward.cells import Cell, cells_of
from ildcare.ward.changes import AlertChange, Answer, Changes, _changes, changes_since
from ildcare.ward.line import Gathered, Line, badges_of, line_of
from ildcare.ward.rows import Decided, Row, Task, ward_rows
from ildcare.ward.series import Point, Series
from monitoring.engine import Severity
from patients.actions import record_facts, record_round_visit
from patients.clinical import facts as f
from patients.clinical.snapshot import RuleChoices
from patients.models import Admission, EvaluationMark, Patient, User, Ward
from patients.rounds import LastVisit, last_visits
from tests.ildcare.ward.reading import ward_series
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

NOW = datetime(2024, 3, 20, 3, 30, tzinfo=UTC)  # 12:30 at the site
ZONE = ZoneInfo("Asia/Tokyo")


def hours(number: int) -> datetime:
    return NOW - timedelta(hours=number)


def alert(rule: str, severity: Severity, acknowledged: bool = False) -> AlertChange:
    return AlertChange(rule=rule, subject="", severity=severity, acknowledged=acknowledged)


EMIKO = Patient(pk=8, family_name="Sato", given_name="Emiko", mrn="M-8")
ROW = Row(
    patient=Patient(pk=7, family_name="Sato", given_name="Emi", mrn="M-7", birth_date=date(1954, 3, 21)),
    ward_id=3,
    left_at=None,
    bed="702",
    consultant="Dr Mori",
    needed_since=None,
    evaluated_at=hours(2),
    failures=0,
    marked=True,
    course="A/S",
    subtype="",
    step="T2",
    subtypes_possible=("A/S-1", "A/S-2"),
    steps_possible=("T2", "T3"),
    started=True,
    d0=hours(24 * 9).isoformat(),
    myositis="DM",
    provisional=True,
    antibodies=(("anti_mda5", "positive"), ("anti_ars", "negative")),
    antibodies_read={"mda5": "positive", "from_titre": False, "ars": "no"},
    decided=Decided(step="T1", accepted=False, on=hours(48), code="infection", stands=True),
    running="T2",
    running_since=hours(24 * 9).isoformat(),
    answered_from=hours(24 * 9).isoformat(),
    support=None,
    mine=True,
    last_visit=LastVisit(since=hours(5), whose="own", visit_id=1, seen_at=hours(3), seen_by="Ito Jun", seen_by_id=22),
)
CHANGES = Changes(
    since=hours(5),
    results=3,
    corrected=1,
    before=Answer(course="A/S", subtype="A/S-1", step="T1"),
    now=Answer(course="A/S", subtype="A/S-1", step="T2"),
    alerts_open=(
        alert("PAO2_LOW", Severity.CRITICAL),
        alert("KL6_RATIO", Severity.WARNING),
        alert("FERRITIN_HIGH", Severity.WARNING, acknowledged=True),
    ),
)
GATHERED = Gathered(
    choices=RuleChoices(),
    zone=ZONE,
    now=NOW,
    reader=11,
    wards={3: Ward(code="east-7", name="East 7", name_ja="東7")},
    series={},
    changes={7: CHANGES},
    tasks={7: (Task("HRCT", date(2024, 3, 19)), Task("KL-6", date(2024, 3, 21)))},
    unread=frozenset({"names"}),
    courses={},
    done={},
)


def line(**more: object) -> Line:
    with translation.override("en"):
        return line_of(replace(ROW, **more), GATHERED)


def test_every_field_of_a_line_is_what_its_name_says() -> None:
    made = line()
    stated = {x.name: getattr(made, x.name) for x in fields(Line)}
    assert {"cells", "badges", "rank", "glance", "changes", "last_visit", "patient"} <= set(stated)
    for name in ("cells", "rank", "glance"):  # made elsewhere, and tested there
        stated.pop(name)
    assert [(x.severity, x.count, x.acknowledged) for x in stated.pop("badges")] == [
        ("critical", 1, False),
        ("warning", 1, False),
        ("warning", 1, True),
    ]
    assert stated == {
        "patient": ROW.patient,
        "ward": "East 7",
        "ward_code": "east-7",
        "bed": "702",
        "consultant": "Dr Mori",
        "age": 69,
        "alike": (),  # a question about the whole list
        "diagnosis": "DM ?",
        "mda5": "positive",
        "mda5_from_titre": False,
        "ars": "negative",
        "course": "A/S",
        "subtype": "",
        "subtypes_possible": ("A/S-1", "A/S-2"),
        "step": "T2",
        "steps_possible": ("T2", "T3"),
        "started": True,
        "day_of_therapy": 9,
        "decided": ROW.decided,
        "overridden": "T1 not followed: infection must be treated or excluded first, 18 Mar",
        "worst": "critical",
        "top_alert": CHANGES.alerts_open[0].title,
        "top_reason": "",
        "unacknowledged": 2,
        "passed_on": False,
        "alert_keys": frozenset({"PAO2_LOW", "KL6_RATIO", "FERRITIN_HIGH", "critical", "warning"}),
        "evaluated": "10:30",
        "waiting": False,
        "failed": False,
        "unread": frozenset({"names"}),
        "off_ward": "",
        "changes": CHANGES,
        "changed": ("step T1 → T2", "1 result corrected", "3 new results"),
        "since": "since you saw the patient, 07:30",
        "last_visit": ROW.last_visit,
        "seen": "09:30 Ito Jun",
        "seen_when": "09:30",
        "seen_who": "Ito Jun",
        "mine": True,
        "seen_today": True,
        "tasks_open": 2,
        "tasks_late": 1,
        "next_task": "HRCT (19 Mar)",
        "tasks": (("HRCT (19 Mar)", True), ("KL-6 (21 Mar)", False)),
        "level_due": False,
    }


def test_anti_mda5_is_never_read_from_the_other_antibodies() -> None:
    ars_only = line(antibodies=(("anti_jo1", "positive"), ("anti_mda5", "pending")), antibodies_read=None)
    assert (ars_only.mda5, ars_only.ars) == ("pending", "positive")
    mda5_only = line(antibodies=(("anti_mda5", "positive"),), antibodies_read=None)
    assert (mda5_only.mda5, mda5_only.ars) == ("positive", "")


@pytest.mark.parametrize(
    ("results", "mda5", "ars"),
    [
        ([("anti_mda5", "weak_positive"), ("anti_mda5", "negative")], "weak", ""),
        ([("anti_ro52", "positive"), ("anti_ars", "negative")], "", "negative"),
        ([("anti_jo1", "negative")], "", ""),  # one of eight
        ([], "", ""),  # nothing in words: a titre may be there, so "not tested" is not said
    ],
)
def test_43_44_before_the_first_evaluation_results_in_words_speak(results, mda5: str, ars: str) -> None:
    shown = line(antibodies=tuple(results), antibodies_read=None)
    assert (shown.mda5, shown.ars) == (mda5, ars)


def test_whether_a_step_is_started_is_said_of_a_step_only() -> None:
    assert (line(step="T3", started=False).step, line(step="T3", started=False).started) == ("T3", False)
    assert (line(step="", started=False).step, line(step="", started=False).started) == ("", None)


def test_a_patient_who_waits_for_an_evaluation_and_one_whose_evaluation_failed() -> None:
    assert (line(needed_since=NOW).waiting, line(needed_since=NOW).failed) == (True, False)
    assert (line(failures=2).waiting, line(failures=2).failed) == (False, True)
    assert line(marked=False, evaluated_at=None).waiting


def test_49_who_is_not_on_a_ward_is_marked_and_has_none() -> None:
    gone = line(ward_id=None, bed="", left_at=hours(24 * 17))
    assert (gone.off_ward, gone.ward, gone.ward_code) == ("not on a ward since 3 Mar", "", "")
    assert line(ward_id=None, bed="", left_at=None).off_ward == "not on a ward so far"


@pytest.mark.parametrize("made", [Line, Row, Gathered])
def test_nothing_on_a_line_is_filled_in_by_default(made: type) -> None:
    assert [x.name for x in fields(made) if x.default is not MISSING or x.default_factory is not MISSING] == []


def test_every_part_of_a_cell_is_what_its_name_says() -> None:
    def point(value: str, number: int) -> Point:
        return Point(value=Decimal(value), comparator="", at=hours(number), conditions="|||iv|trough|")

    series = Series(code="csa", points=(point("182", 2), point("150", 50)), status="preliminary")
    with translation.override("en"):
        cell = cells_of({"csa": series}, NOW, ZONE, "csa")[-1]
    assert replace(cell, spark=None, trend="") == Cell(
        code="csa",
        label="CsA",
        unit="ng/mL",
        text="182",
        direction="up",
        previous="150",
        day="20 Mar",
        preliminary=True,
        note="intravenous, trough",
    )


def test_60_cards_are_counted_by_severity_and_by_whether_somebody_acknowledged_them() -> None:
    alerts = (
        *(alert("PAO2_LOW", Severity.CRITICAL), alert("VC_FALL", Severity.WARNING)),  # one card
        *(alert("CSA_LOW", Severity.WARNING), alert("CSA_HIGH", Severity.CRITICAL, True)),  # what waits counts
        *(alert("FERRITIN_HIGH", Severity.CRITICAL, True), alert("OVERDUE", Severity.WARNING, True)),
    )
    assert [(x.severity, x.count, x.acknowledged) for x in badges_of(alerts)] == [
        ("critical", 1, False),
        ("warning", 1, False),
        ("critical", 1, True),
        ("warning", 1, True),
    ]


def test_each_kind_of_change_is_read_into_its_own_field() -> None:
    kinds = ("new", "raised", "standing", "withdrawn", "ended")
    alerts = [(kind, alert(kind, Severity.WARNING)) for kind in kinds]
    alerts += [("new", replace(alert("OVERDUE", Severity.INFO), subject="bdg"))]
    alerts += [("ended", alert("IMPROVEMENT_JUDGEMENT_DUE", Severity.WARNING))]
    answers = {"before": Answer(course="", subtype="", step="T1"), "now": Answer(course="A/S", subtype="", step="T3")}
    changes = _changes(NOW, {"new": 3, "corrected": 2, "cancelled": 1, "never seen": 9}, answers, alerts)
    assert (changes.since, changes.results, changes.corrected, changes.cancelled) == (NOW, 3, 2, 1)
    assert (changes.before, changes.now) == (answers["before"], answers["now"])
    by_field = [changes.alerts_new, changes.alerts_raised, changes.alerts_withdrawn, changes.alerts_ended]
    assert [[x.rule for x in field] for field in by_field] == [["new"], ["raised"], ["withdrawn"], ["ended"]]
    assert {x.rule for x in changes.alerts_open} == {"new", "raised", "standing", "OVERDUE"}
    assert (changes.overdue, changes.judgement_due) == (("bdg",), False)


# -- as it is read ----------------------------------------------------------------------------------------------------


def record(patient: Patient, by: User, story: Story) -> None:
    record_facts(patient=patient, facts=story.versions, by=by, source="test")
    evaluate_patients([patient.pk])


@pytest.mark.django_db
def test_every_column_is_read_into_its_own_field(ward, physician) -> None:
    patient = make_patient("R-1", physician, ward)
    Admission.objects.filter(patient=patient).update(bed="702", consultant="Dr Mori")
    story = Story().onset(today() - 9).diagnosis(today() - 9, "PM", provisional=True)
    story.mda5(today() - 8, "negative").antibody(today() - 8, "anti_jo1", "positive")
    story.ferritin(today() - 3, "200").pao2(today() - 3, "85").hrct(today() - 3, ggo=True, consolidation="none")
    decision = {"step": "T4", "accepted": False, "reason": "infection first", "code": "infection"}
    record(patient, physician, story.add(f.Decision, today() - 1, **decision))
    colleague = make_user("colleague", "physician", ward)
    now = timezone.now()
    record_round_visit(patient=patient, by=physician, shown_at=now - timedelta(hours=7))
    record_round_visit(patient=patient, by=colleague, shown_at=now - timedelta(hours=3))
    (row,) = ward_rows([ward], physician, now)
    mark = EvaluationMark.objects.get(patient=patient)
    assert (row.patient, row.ward_id, row.bed, row.consultant) == (patient, ward.pk, "702", "Dr Mori")
    assert row.patient.mrn == "R-1"
    assert (row.needed_since, row.evaluated_at, row.failures, row.marked) == (None, mark.evaluated_at, 0, True)
    assert (row.course, row.myositis, row.provisional) == ("A/S", "PM", True)
    assert set(row.subtypes_possible) & {"A/S-1", "A/S-2", "A/S-3"}
    assert set(row.steps_possible) & {"T1", "T2", "T3", "T4"}
    assert row.step in row.steps_possible
    assert row.step != "T4"
    assert row.started is False
    assert set(row.antibodies) == {("anti_mda5", "negative"), ("anti_jo1", "positive")}
    assert row.antibodies_read == {"mda5": "negative", "from_titre": False, "ars": "yes"}
    assert row.decided is not None
    assert (row.decided.step, row.decided.accepted, row.decided.code) == ("T4", False, "infection")
    visit = row.last_visit
    assert visit == last_visits([patient.pk], physician, now)[patient.pk]
    assert (visit.whose, visit.since) == ("own", now - timedelta(hours=7))
    assert (visit.seen_by, visit.seen_by_id) == ("colleague", colleague.pk)
    assert changes_since({patient.pk: visit}, now)[patient.pk].results == 5


@pytest.mark.django_db
def test_values_are_read_newest_first_with_what_they_depend_on(ward, physician) -> None:
    patient = make_patient("R-2", physician, ward)
    record(patient, physician, Story().pao2(today() - 3, "80", fio2="0.40").pao2(today() - 1, "71"))
    series = ward_series([patient.pk], ["pao2"], 5)[patient.pk]["pao2"]
    assert [(x.value, x.taken.fio2) for x in series.points] == [
        (Decimal(71), Decimal("0.21")),
        (Decimal(80), Decimal("0.4")),
    ]
    assert (series.code, series.status, series.before) == ("pao2", "final", None)
