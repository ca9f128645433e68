"""Changing the rules of a site: bounds, two people, the effect before, the trial, in force, and back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from algorithm.models import Assessment
from ildcare.evaluation.effect import effect_of, work_out_effects
from ildcare.evaluation.sweep import evaluate_patients
from monitoring.changing_rules import begin_trial, go_back, in_force, propose, propose_site, put_in_force, withdraw
from monitoring.models import Alert, ChangeState, RuleChange, ShadowDifference
from patients.actions import record_facts
from patients.changes import Refused
from patients.clinical.snapshot import RuleChoices, Settings
from patients.models import EvaluationMark, Patient, SiteSettings, User
from patients.models.people import Role
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.story import DAY_0, Story

pytestmark = pytest.mark.django_db
WARNS = "HYPERKALAEMIA.warns"


@pytest.fixture
def first(db: None) -> User:
    return User.objects.create(username="first", role=Role.SENIOR)


@pytest.fixture
def second(db: None) -> User:
    return User.objects.create(username="second", role=Role.PHARMACIST)


@pytest.fixture
def patient(first: User) -> Patient:
    """Potassium 5.6 ten days ago, 5.0 the day after, 5.7 of yesterday."""
    patient = make_patient("K-1", first, None)
    story = Story()
    for day, value in ((10, "5.6"), (9, "5.0"), (1, "5.7")):
        story.test(f"{today() - day}T08:00", "potassium", value)
    record_facts(patient=patient, facts=story.versions, by=first, source="test")
    return patient


def proposed(by: User, value: str = "5.8", off: tuple[str, ...] = ()) -> RuleChange:
    live = in_force()
    return propose(
        by=by,
        values={WARNS: Decimal(value)},
        off=off,
        reason_given="our analyser reads high",
        seen=live.pk if live else None,
    )


def tried(change: RuleChange, by: User, since: timedelta = timedelta(hours=25)) -> RuleChange:
    work_out_effects()
    change = begin_trial(change, by=by)
    RuleChange.objects.filter(pk=change.pk).update(shadow_at=timezone.now() - since)
    return change


def potassium_alerts() -> list[tuple[str, bool]]:
    rows = Alert.objects.filter(rule="HYPERKALAEMIA").order_by("pk")
    return [(x.rule, x.is_open) for x in rows]


# -- what may be proposed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "off", "why", "fault"),
    [
        ({WARNS: "6.1"}, (), "r", "from 5.3 to 6.0"),
        ({WARNS: "5.2"}, (), "r", "from 5.3 to 6.0"),
        ({"AADO2_RISE.days": "7.5"}, (), "r", "whole numbers"),
        ({"NO.such": "1"}, (), "r", "no such number"),
        ({}, ("NO_SUCH",), "r", "no such rule"),
        ({WARNS: "5.7"}, (), "  ", "needs a reason"),
        ({WARNS: "5.5"}, (), "r", "Nothing would change"),
        ({}, (), "r", "Nothing would change"),
    ],
)
def test_a_proposal_that_cannot_be_is_refused_in_words(first: User, values, off, why: str, fault: str) -> None:
    numbers = {code: Decimal(x) for code, x in values.items()}
    with pytest.raises(Refused, match=fault):
        propose(by=first, values=numbers, off=off, reason_given=why, seen=None)
    assert not RuleChange.objects.exists()


def test_one_change_is_open_at_a_time(first: User, second: User) -> None:
    proposed(first)
    with pytest.raises(Refused, match="Another change is open"):
        proposed(second, "5.6")


def test_a_proposal_on_rules_that_changed_meanwhile_is_refused(first: User, second: User) -> None:
    put_in_force(tried(proposed(first), second), by=second)
    with pytest.raises(Refused, match="have changed"):
        propose(by=first, values={WARNS: Decimal("5.9")}, off=(), reason_given="r", seen=None)


# -- two people -------------------------------------------------------------------------------------------------------


def test_r18_it_takes_two_people(first: User, second: User) -> None:
    change = proposed(first)
    work_out_effects()
    with pytest.raises(Refused, match="two people"):
        begin_trial(change, by=first)
    change = tried(change, second)
    with pytest.raises(Refused, match="two people"):
        put_in_force(change, by=first)
    assert put_in_force(change, by=second).state == ChangeState.LIVE


def test_r18_the_database_holds_that_too(first: User) -> None:
    change = proposed(first)
    for field in ("shadow_by", "live_by"):
        with pytest.raises(IntegrityError), transaction.atomic():
            RuleChange.objects.filter(pk=change.pk).update(**{field: first})


def test_no_trial_before_the_effect_is_known(first: User, second: User) -> None:
    with pytest.raises(Refused, match="not worked out yet"):
        begin_trial(proposed(first), by=second)


@pytest.mark.parametrize(("hours", "refused"), [(23, True), (24, False)])
def test_the_trial_lasts_a_day(first: User, second: User, hours: int, refused: bool) -> None:
    change = tried(proposed(first), second, timedelta(hours=hours))
    if refused:
        with pytest.raises(Refused, match="24 hours later"):
            put_in_force(change, by=second)
    else:
        assert put_in_force(change, by=second).state == ChangeState.LIVE


# -- the effect -------------------------------------------------------------------------------------------------------


def test_the_last_90_days_are_replayed_and_whose_they_are_is_told(first: User, patient: Patient) -> None:
    change = proposed(first)
    assert work_out_effects() == 1
    change.refresh_from_db()
    told = [(x[0], x[1], x[2]) for x in change.effect["differences"]]
    assert told == [(patient.pk, "fewer", "HYPERKALAEMIA")] * 2
    assert change.effect["patients"] == 1
    assert change.effect["failed"] == []
    assert work_out_effects() == 0


def test_the_effect_names_what_comes_earlier_what_later_and_what_is_gone(first: User) -> None:
    patient = make_patient("K-2", first, None)
    story = Story().test(f"{today() - 5}T08:00", "potassium", "5.4").test(f"{today() - 1}T08:00", "potassium", "5.7")
    record_facts(patient=patient, facts=story.versions, by=first, source="test")

    def told(choices: RuleChoices) -> list[tuple[str, str]]:
        return [(x[1], x[5]) for x in effect_of(Settings(rules=choices), timezone.now())["differences"]]

    def day(ago: int) -> str:
        return (DAY_0 + timedelta(days=today() - ago)).isoformat()

    assert told(RuleChoices(values=((WARNS, Decimal("5.4")),))) == [("earlier", day(5))]
    assert told(RuleChoices(off=frozenset({"HYPERKALAEMIA"}))) == [("fewer", day(1))]
    graver = RuleChoices(values=(("HYPERKALAEMIA.critical", Decimal("5.7")),))
    assert told(graver) == [("graver", day(1))]


def test_a_record_that_cannot_be_replayed_is_named(first: User, patient: Patient, monkeypatch) -> None:
    monkeypatch.setattr("ildcare.evaluation.effect.compared", lambda *_: 1 / 0)
    assert effect_of(Settings(rules=RuleChoices(off=frozenset({"AKI"}))), timezone.now())["failed"] == [patient.pk]


# -- on trial, in force, back -----------------------------------------------------------------------------------------


def test_on_trial_nothing_is_told_and_what_differs_is_kept(first: User, second: User, patient: Patient) -> None:
    evaluate_patients([patient.pk])
    assert potassium_alerts() == [("HYPERKALAEMIA", True)]
    change = tried(proposed(first), second)
    evaluate_patients([patient.pk])
    assert potassium_alerts() == [("HYPERKALAEMIA", True)]
    (difference,) = ShadowDifference.objects.all()
    assert (difference.rule, difference.live_severity, difference.severity) == ("HYPERKALAEMIA", 2, None)
    evaluate_patients([patient.pk])
    assert ShadowDifference.objects.count() == 1  # the same
    story = Story().test(f"{today()}T00:00", "potassium", "4.9")
    record_facts(patient=patient, facts=story.versions, by=first, source="test")
    evaluate_patients([patient.pk])
    difference.refresh_from_db()
    assert difference.until is not None
    withdraw(change, by=first)
    assert SiteSettings.load().rules_on_trial is None


def test_in_force_everybody_is_evaluated_anew_and_back_is_one_step(first: User, second: User, patient: Patient) -> None:
    evaluate_patients([patient.pk])
    change = put_in_force(tried(proposed(first), second), by=second)
    assert EvaluationMark.objects.get(patient=patient).needed_since is not None
    evaluate_patients([patient.pk])
    assert potassium_alerts() == [("HYPERKALAEMIA", False)]
    assert SiteSettings.load().rule_values == {WARNS: "5.8"}
    with pytest.raises(Refused, match="have changed"):
        go_back(by=first, reason_given="too many missed", seen=change.pk + 1)
    with pytest.raises(Refused, match="needs a reason"):
        go_back(by=first, reason_given="", seen=change.pk)
    back = go_back(by=first, reason_given="too many missed", seen=change.pk)
    assert (back.values, back.former, in_force()) == ({}, change, back)
    evaluate_patients([patient.pk])
    assert potassium_alerts()[-1] == ("HYPERKALAEMIA", True)
    change.refresh_from_db()
    assert (change.state, change.ended_by) == (ChangeState.REPLACED, first)


def test_back_from_the_specification_there_is_nothing(first: User) -> None:
    with pytest.raises(Refused, match="no version before"):
        go_back(by=first, reason_given="r", seen=0)


def test_what_is_not_open_any_more_can_be_neither_tried_nor_withdrawn(first: User, second: User) -> None:
    change = withdraw(proposed(first), by=first)
    for deed in (begin_trial, put_in_force, withdraw):
        with pytest.raises(Refused, match="no longer open"):
            deed(change, by=second)


def test_going_back_ends_a_change_that_was_measured_beside_the_version_left(first: User, second: User) -> None:
    live = put_in_force(tried(proposed(first), second), by=second)
    on_trial = tried(proposed(first, "5.9"), second)
    go_back(by=second, reason_given="one was missed", seen=live.pk)
    on_trial.refresh_from_db()
    assert (on_trial.state, on_trial.ended_by) == (ChangeState.WITHDRAWN, second)
    assert SiteSettings.load().rules_on_trial is None
    with pytest.raises(Refused, match="no longer open"):
        put_in_force(on_trial, by=second)


# -- choices of the site that are no numbers of rules -----------------------------------------------------------------


def site_proposed(by: User, **changes: object) -> RuleChange:
    live = in_force()
    choices = SiteSettings.load().choices | changes
    return propose_site(by=by, choices=choices, reason_given="our paper", seen=live.pk if live else None)


def told(patient: Patient) -> list[str]:
    evaluate_patients([patient.pk])
    return [x.rule for x in Alert.objects.open().filter(patient=patient)]


@pytest.fixture
def hypomyopathic(first: User) -> Patient:
    """Acute/subacute, hypomyopathic, every other factor looked at and absent: poor risk only as that counts as ADM."""
    patient = make_patient("H-1", first, None)
    day = today() - 4
    story = Story().onset(day).diagnosis(day, "hypomyopathic_DM").mda5(day, "negative").ferritin(day, "300")
    story.hrct(day, ggo=True, consolidation="none", change="first").pao2(day, "80")
    record_facts(patient=patient, facts=story.versions, by=first, source="test")
    return patient


def test_a_choice_of_the_site_takes_two_people_and_goes_back_in_one_step(first: User, second: User, patient) -> None:
    change = site_proposed(first, bilirubin_upper_limit=Decimal("1.2"), escalation_minutes=30)
    assert SiteSettings.load().choices["escalation_minutes"] == 60
    work_out_effects()
    with pytest.raises(Refused, match="two people"):
        begin_trial(change, by=first)
    put_in_force(tried(change, second), by=second)
    live = SiteSettings.load()
    assert (live.choices["bilirubin_upper_limit"], live.escalation_minutes) == ("1.2", 30)
    go_back(by=first, reason_given="as before", seen=change.pk)
    assert SiteSettings.load().choices == SiteSettings().choices
    go_back(by=first, reason_given="and again", seen=RuleChange.objects.get(state=ChangeState.LIVE).pk)
    assert SiteSettings.load().escalation_minutes == 30


def test_another_chart_is_compared_on_every_record_put_in_force_by_two_and_undone_in_one_step(
    first: User, second: User, patient: Patient
) -> None:
    long_ago = make_patient("L-1", first, None)
    day = today() - 100
    story = Story().onset(day).diagnosis(day, "PM").mda5(day, "negative").ferritin(day, "300").pao2(day, "80")
    story.hrct(day, ggo=True, consolidation="none", change="first").dyspnoea(day, True, "worse")
    story.drug(day + 2, "gc", route="oral", dose=Decimal(50), unit="mg/day").judged(day + 88, "worse")
    record_facts(patient=long_ago, facts=story.versions, by=first, source="test")
    kept = (evaluate_patients([long_ago.pk]), Assessment.objects.filter(patient=long_ago).latest("id"))[1]
    assert (kept.step, kept.chart) == ("T2", "kurasawa_arai_2014")

    change = site_proposed(first, chart="kurasawa_arai_2014_drill 1")
    work_out_effects()
    change.refresh_from_db()
    assert change.effect["answers"] == [[long_ago.pk, ["T2"], ["T3"], "N4"]], "also who has had no result for 90 days"
    assert change.effect["walked"] == 2
    with pytest.raises(Refused, match="two people"):
        begin_trial(change, by=first)
    put_in_force(tried(change, second), by=second)
    evaluate_patients([long_ago.pk])
    now = Assessment.objects.filter(patient=long_ago).latest("id")
    assert (now.step, now.chart, now.chart_version) == ("T3", "kurasawa_arai_2014_drill", 1)
    kept.refresh_from_db()
    assert (kept.step, kept.chart) == ("T2", "kurasawa_arai_2014"), "what was stored keeps its chart"
    go_back(by=first, reason_given="end of the drill", seen=change.pk)
    evaluate_patients([long_ago.pk])
    again = Assessment.objects.filter(patient=long_ago).latest("id")
    assert (again.step, again.chart) == ("T2", "kurasawa_arai_2014")


def test_numbers_of_rules_and_choices_of_the_site_do_not_undo_each_other(first: User, second: User, patient) -> None:
    put_in_force(tried(proposed(first), second), by=second)
    put_in_force(tried(site_proposed(first, mda5_kit="MESACUP"), second), by=second)
    live = SiteSettings.load()
    assert (live.rule_values, live.mda5_kit) == ({WARNS: "5.8"}, "MESACUP")
    put_in_force(tried(proposed(first, "5.9"), second), by=second)
    live = SiteSettings.load()
    assert (live.rule_values, live.mda5_kit) == ({WARNS: "5.9"}, "MESACUP")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [({}, "Nothing would change"), ({"bilirubin_upper_limit": "1.50"}, "Nothing"), ({"mda5_kit": "EUROLINE"}, "kit")],
)
def test_choices_that_cannot_be_are_refused_in_words(first: User, changes, fault: str) -> None:
    with pytest.raises(Refused, match=fault):
        site_proposed(first, **changes)


def test_what_the_chart_would_answer_stands_with_the_effect(first: User, hypomyopathic: Patient) -> None:
    change = site_proposed(first, hypomyopathic_counts_as_adm=False)
    work_out_effects()
    change.refresh_from_db()
    (moved,) = change.effect["answers"]
    assert moved == [hypomyopathic.pk, ["T3"], ["T2"], "N2"]


def test_a_trial_judges_by_the_chart_as_it_would_be(first: User, second: User, hypomyopathic: Patient) -> None:
    change = tried(site_proposed(first, hypomyopathic_counts_as_adm=False), second)
    told(hypomyopathic)
    differing = {(x.rule, x.subject) for x in ShadowDifference.objects.filter(change=change)}
    assert {("STEP_NOT_STARTED", "T3"), ("STEP_NOT_STARTED", "T2")} <= differing


def test_a_trial_that_breaks_holds_up_no_alert_and_is_counted(first: User, second: User, patient, monkeypatch) -> None:
    change = tried(proposed(first), second)

    def breaks(*_args: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr("ildcare.evaluation.sweep.rules_changed", breaks)
    assert told(patient) == ["HYPERKALAEMIA"]
    change.refresh_from_db()
    assert change.trial_failures == 1
    assert not ShadowDifference.objects.exists()
