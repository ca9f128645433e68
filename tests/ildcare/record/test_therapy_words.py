"""The clock of therapy in words: what starts no step, what began again, and that care has ended."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.record.page import record_of
from ildcare.record.therapy_words import background_texts, clock_texts, ended, infection_texts, treatment_notes
from monitoring.models import Alert
from patients.actions import record_facts
from patients.clinical import facts as f
from patients.clinical.regimen import regimen_of
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story


def relapse() -> Story:
    """Maintenance since day 0; A/S from day 200; glucocorticoid raised on day 205."""
    story = Story().diagnosis(0, "DM").drug(0, "gc", dose=10, unit="mg/day", route="oral", stop=204)
    return story.onset(200).drug(205, "gc", dose=60, unit="mg/day", route="oral")


def test_40_maintenance_is_said_to_be_of_before() -> None:
    story = relapse().drug(0, "csa", dose=100, unit="mg/day", route="oral")
    regimen = regimen_of(story.snapshot(206))
    assert any("given before this episode" in x for x in background_texts(regimen))
    assert len(background_texts(regimen)) == len({x.treatment.drug for x in regimen.background})


def test_68_a_drug_for_another_disease_says_so() -> None:
    story = Story().onset(0).drug(1, "gc").drug(2, "csa", indication="other")
    snapshot = story.snapshot(3)
    notes = treatment_notes(regimen_of(snapshot), snapshot)
    assert [notes.get(x.id) for x in snapshot.treatments] == [None, "given for another disease"]


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ([], True),
        ([(-14, "200")], False),
        ([(-15, "200")], True),  # of the last 14 days
        ([(-3, "149")], True),  # below the band
        ([(-3, "251")], True),  # above it
        ([(-9, "200"), (-3, "100")], False),  # one of them lay in the band
        ([(-3, "<160")], True),
        ([("-3T08:00", "200"), ("-3T08:00", "100")], True),  # two values of one moment: neither shows it
    ],
)
def test_68_a_continued_drug_counts_as_given_and_says_that_no_level_shows_it(levels, said: bool) -> None:
    story = relapse().drug(0, "csa", dose=100, unit="mg/day", route="oral")
    for day, value in levels:
        number, _t, clock = str(day).partition("T")
        story.test(f"{230 + int(number)}{_t}{clock}", "csa", value, route="oral", timing="trough")
    snapshot = story.snapshot(230)
    regimen = regimen_of(snapshot)
    assert regimen.running is not None
    assert regimen.running.step == "T2"
    assert ("CsA: continued, level not shown" in clock_texts(regimen, snapshot)) is said


@pytest.mark.parametrize(
    ("drug", "value", "low", "high", "said"),
    [
        ("csa", "120", "100", "150", False),
        ("csa", "200", "100", "150", True),
        ("tac", "4.9", "5", "10", True),
        ("tac", "5", "5", "10", False),
    ],
)
def test_52_a_continued_drug_is_shown_by_a_level_in_the_band_of_its_order(drug, value, low, high, said) -> None:
    band = {"target_timing": "trough", "target_low": Decimal(low), "target_high": Decimal(high)}
    story = relapse().drug(0, drug, dose=100, unit="mg/day", route="oral", **band)
    snapshot = story.test(227, drug, value, route="oral", timing="trough").snapshot(230)
    assert any("continued, level not shown" in x for x in clock_texts(regimen_of(snapshot), snapshot)) is said


def test_68_a_drug_of_the_episode_itself_is_not_continued() -> None:
    story = Story().onset(0).drug(1, "gc").drug(2, "csa", route="oral")
    snapshot = story.snapshot(9)
    assert clock_texts(regimen_of(snapshot), snapshot) == []
    ended_since = relapse().drug(0, "csa", dose=100, unit="mg/day", route="oral", stop=215).snapshot(230)
    assert clock_texts(regimen_of(ended_since), ended_since) == []


def test_41_a_regimen_begun_again_says_so_beside_its_drug_once() -> None:
    story = relapse().dyspnoea(240, change="worse").drug(245, "gc_pulse", dose=1000, unit="mg/day", stop=247)
    snapshot = story.snapshot(250)
    regimen = regimen_of(snapshot)
    assert any(x.again for x in regimen.starts)
    notes = treatment_notes(regimen, snapshot)
    assert [notes.get(x.id, "") for x in snapshot.treatments if x.drug == "gc_pulse"] == ["T1 begun again on 1 Nov"]


def test_73_values_of_the_first_episode_are_named() -> None:
    story = Story().onset(0).diagnosis(0, "DM").drug(1, "gc", stop=120)
    story.dyspnoea(150, change="worse").drug(152, "gc_pulse", dose=1000, unit="mg/day", stop=154).drug(152, "gc")
    snapshot = story.snapshot(155)
    regimen = regimen_of(snapshot)
    assert regimen.walked_again is not None
    assert any("of the first episode" in x for x in clock_texts(regimen, snapshot))
    assert clock_texts(regimen_of(story.snapshot(100)), story.snapshot(100)) == []


def test_75_a_later_regimen_is_not_of_the_chart() -> None:
    story = Story().onset(0).diagnosis(0, "DM").drug(1, "gc").drug(1, "tac").drug(1, "tofacitinib")
    snapshot = story.snapshot(3)
    assert clock_texts(regimen_of(snapshot), snapshot) == ["later regimen, not of the chart"]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("death", "death on 11 Mar: below is the last state of the chart."),
        ("transferred", "transferred to another hospital on 11 Mar: below is the last state of the chart."),
        ("care_ended", "end of care on 11 Mar: below is the last state of the chart."),
        ("lung_transplant", "lung transplant on 11 Mar: chart and response end here"),
    ],
)
def test_58_the_end_of_care_is_said_over_the_last_state(what: str, words: str) -> None:
    story = Story().onset(0).add(f.Outcome, 10, what=what)
    said = ended(story.snapshot(12), ())
    assert said is not None
    assert words in said.text
    assert ended(story.snapshot(9), ()) is None


def test_78_a_finding_that_is_over_excludes_nothing_any_more() -> None:
    story = Story().finding(1, "infection", present=True).finding(5, "infection", present=False)
    assert infection_texts(story.snapshot(2), ()) == ["finding infection, 2 Mar"]
    assert infection_texts(story.snapshot(5), ()) == []


@pytest.mark.django_db
def test_87_a_transfer_lists_the_critical_alerts_that_are_open(client, ward, physician) -> None:
    patient = make_patient("T-1", physician, ward)
    story = Story().onset(today() - 10, known=today() - 9).diagnosis(today() - 9, "DM").mda5(today() - 9, "positive")
    record_facts(patient=patient, facts=story.ferritin(today() - 9, "1679").versions, by=None, source="test")
    evaluate_patients([patient.pk])
    leaving = Story().add(f.Outcome, today(), what="transferred", id="left")
    record_facts(patient=patient, facts=leaving.versions, by=None, source="test")
    client.force_login(physician)
    for evaluated in (False, True):
        if evaluated:
            evaluate_patients([patient.pk])
            assert not Alert.objects.open().filter(patient=patient).exists()
            assert set(Alert.objects.filter(patient=patient).values_list("closed_because", flat=True)) == {"care_ended"}
        _says_what_is_open(client, patient)


def _says_what_is_open(client, patient) -> None:
    said = record_of(patient, timezone.now()).ended
    assert said is not None
    assert said.critical
    page = " ".join(client.get(f"/patients/{patient.pk}/").content.decode().split())
    assert "below is the last state of the chart." in page
    assert "Critical alerts still open:" in page
    assert said.critical[0] in page
