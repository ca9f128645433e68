"""The ward list: order and its reasons, filters, saved views, search by code, news by itself, sources that break."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients, sweep
from ildcare.moment.state_code import code_of
from ildcare.record.page import record_of
from ildcare.ward import lines as ward_reads
from ildcare.ward import look_alikes
from ildcare.ward.filters import LONGEST, MOST_CHOICES, filters_from, read_filters
from ildcare.ward.lines import read_lines
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert
from patients.actions import add_task, discharge_patient, join_team, record_facts, record_round_visit
from patients.clinical import facts as f
from patients.models import Admission, AuditEntry, Role, SavedView, WardMembership
from tests.ildcare.ward.reading import forget_lines
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.shared,
    pytest.mark.within("hour"),
]  # the state of the list names the hour


def record(patient, by, story: Story) -> None:
    record_facts(patient=patient, facts=story.versions, by=by, source="test")
    evaluate_patients([patient.pk])


def quiet(number: int, ward, by, **more):
    """A patient without course, results or treatment."""
    names = {"family_name": f"Quiet{number}", "given_name": chr(97 + number % 26) * 4}
    return make_patient(f"Q-{number}", by, ward, **{**names, **more})


def acute(number: int, ward, by, **more):
    """A/S course, awaited anti-MDA5, falling PaO2, high ferritin: critical alerts."""
    patient = quiet(number, ward, by, family_name=f"Acute{number}", **more)
    story = Story().onset(today() - 9, known=today() - 2).diagnosis(today() - 2, "DM").mda5(today() - 2, "pending")
    story.ferritin(today() - 3, "900").ferritin(today() - 1, "1679").test(today() - 1, "kl6", "700")
    record(patient, by, story.pao2(today() - 3, "80").pao2(today() - 1, "71"))
    return patient


def acknowledge_all(patient, by) -> None:
    for alert in Alert.objects.open().filter(patient=patient, acknowledged_at=None):
        acknowledge_alert(alert=alert, by=by, doing="review_at_round", note="", expected_version=alert.version)


def place(patient, bed: str, consultant: str = "") -> None:
    Admission.objects.filter(patient=patient).update(bed=bed, consultant=consultant)


@pytest.fixture
def signed_in(client, physician):
    forget_lines()  # of another test
    client.get("/health/live")  # the receivers of a sign-in are there
    client.force_login(physician)
    sweep()
    return client


def page_of(client, path="/", **headers) -> str:
    return client.get(path, headers=headers).content.decode()


SEEN_BY = re.compile(r'seen</span>\s*\d\d:\d\d</span>\s*<span class="two">(\w+)</span>')


def names_on(page: str) -> list[str]:
    return re.findall(r'class="name"[^>]*>(\w+) ', page)


# -- order ------------------------------------------------------------------------------------------------------------


def test_who_needs_somebody_first_stands_first_and_the_page_says_by_which_rule(signed_in, ward, physician) -> None:
    quiet(1, ward, physician)
    acute(2, ward, physician)
    page = page_of(signed_in)
    assert names_on(page) == ["Acute2", "Quiet1"]
    assert "PaO2 falling 80 → 71" in words_of(page)
    heads = [" ".join(x.split()) for x in re.findall(r'<b>([^<]+)</b> <span class="count">(?:\d+)', page)]
    assert heads == ["Within the hour", "Today"], "nothing is known of the other"
    assert "Acknowledging never moves a patient." in page
    assert "How the order comes about" in page
    assert "a judgement of this product" in page


def test_acknowledging_moves_nobody(signed_in, ward, physician) -> None:
    first, second = acute(1, ward, physician), acute(2, ward, physician)
    place(first, "1")
    place(second, "2")
    assert names_on(page_of(signed_in)) == ["Acute1", "Acute2"]
    acknowledge_all(first, physician)
    assert not Alert.objects.open().filter(patient=first, acknowledged_at=None).exists()
    assert names_on(page_of(signed_in)) == ["Acute1", "Acute2"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("danger", ["Acute3", "Quiet1", "Quiet2"]), ("bed", ["Quiet2", "Quiet1", "Acute3"])],
)
def test_orders_by_danger_and_by_bed(signed_in, ward, physician, sort, order) -> None:
    for patient, bed in (
        (quiet(1, ward, physician), "702"),
        (quiet(2, ward, physician), "90"),
        (acute(3, ward, physician), "711"),
    ):
        place(patient, bed)
    if sort == "danger":
        order = ["Acute3", "Quiet2", "Quiet1"]
    assert names_on(page_of(signed_in, f"/?sort={sort}")) == order


def test_order_by_name_is_by_kana(signed_in, ward, physician) -> None:
    quiet(1, ward, physician, family_name="山田", family_kana="ヤマダ")
    quiet(2, ward, physician, family_name="阿部", family_kana="アベ")
    assert names_on(page_of(signed_in, "/?sort=name")) == ["阿部", "山田"]


def test_most_changed_first(signed_in, ward, physician) -> None:
    still, changed = acute(1, ward, physician), quiet(2, ward, physician)
    for patient in (still, changed):
        record_round_visit(patient=patient, by=physician, shown_at=timezone.now())
    record(changed, physician, Story().test(today() - 1, "ldh", "240"))
    assert names_on(page_of(signed_in, "/?sort=changed")) == ["Quiet2", "Acute1"]
    assert names_on(page_of(signed_in)) == ["Acute1", "Quiet2"]


# -- lines ------------------------------------------------------------------------------------------------------------


def test_values_say_their_conditions_and_trend(ward, physician) -> None:
    acute(1, ward, physician)
    line = read_lines([ward], physician, timezone.now()).lines[0]
    oxygen, ferritin, kl6, csa = line.cells
    assert (oxygen.code, oxygen.text, oxygen.direction, oxygen.note) == ("pao2", "71", "down", "FiO2 0.21")
    assert (ferritin.text, ferritin.previous, ferritin.direction) == ("1,679", "900", "up")
    assert ferritin.spark is not None
    assert ferritin.trend.startswith("Ferritin: 2 values from 900 on ")
    assert ferritin.trend.endswith(" to 1,679")
    assert kl6.spark is None
    assert csa.text == ""


def test_spo2_stands_where_pao2_is_old(ward, physician) -> None:
    patient = quiet(1, ward, physician)
    story = Story().pao2(today() - 20, "80").test(today() - 1, "spo2", "94", fio2=Decimal("0.21"))
    record(patient, physician, story)
    assert read_lines([ward], physician, timezone.now()).lines[0].cells[0].code == "spo2"
    record(patient, physician, Story().pao2(today() - 2, "78"))
    assert read_lines([ward], physician, timezone.now()).lines[0].cells[0].code == "pao2"


def test_values_of_other_conditions_are_not_compared(ward, physician) -> None:
    patient = quiet(1, ward, physician)
    record(patient, physician, Story().pao2(today() - 2, "90", fio2="0.40").pao2(today() - 1, "71"))
    line = read_lines([ward], physician, timezone.now()).lines[0]
    assert line.cells[0].direction == ""
    assert "falling" not in line.glance.why.text
    assert line.cells[0].spark is not None
    assert line.cells[0].spark.path == ""


def test_seen_today_says_by_whom(signed_in, ward, physician) -> None:
    patient = quiet(1, ward, physician)
    assert "not seen" in words_of(page_of(signed_in))
    colleague = make_user("colleague", Role.PHYSICIAN, ward)
    record_round_visit(patient=patient, by=colleague, shown_at=timezone.now())
    page = page_of(signed_in)
    assert SEEN_BY.search(page)[1] == "colleague"
    assert "since the team&#x27;s visit" in page
    record_round_visit(patient=patient, by=physician, shown_at=timezone.now())
    assert SEEN_BY.search(page_of(signed_in))[1] == "you"


def test_tasks_open_and_overdue(signed_in, ward, physician) -> None:
    patient = quiet(1, ward, physician)
    day = timezone.localdate()
    add_task(patient=patient, by=physician, text="HRCT", due=day - timedelta(days=1))
    add_task(patient=patient, by=physician, text="KL-6", due=day)
    page = " ".join(page_of(signed_in).split())
    assert '<span class="past-due">2</span> <span class="two past-due">1 late</span>' in page
    assert '<p class="past-due">HRCT (' in page


def test_a_decision_against_the_chart_stands_beside_its_step(signed_in, ward, physician) -> None:
    patient = acute(1, ward, physician)
    record(patient, physician, Story().mda5(today() - 1, "positive"))
    decision = {"step": "T3", "accepted": False, "reason": "infection first", "code": "infection"}
    record(patient, physician, Story().add(f.Decision, today() - 1, **decision))
    line = read_lines([ward], physician, timezone.now()).lines[0]
    assert line.step == "T3"
    assert line.overridden.startswith("T3 not followed: infection")
    page = page_of(signed_in)
    step, more = (page.split(f'class="{x}"')[-1].split("</td>")[0] for x in ("step", "parts"))
    assert "chart: T3, not followed" in step
    assert line.overridden in more, "the sentence stands where there is room for it"
    assert line.overridden not in step


@pytest.mark.django_db(transaction=True)
def test_a_decision_whose_facts_changed_since_says_so(ward, physician) -> None:
    def overridden() -> str:
        return read_lines([ward], physician, timezone.now()).lines[0].overridden

    patient = acute(1, ward, physician)
    decision = {"step": "T1", "accepted": False, "reason": "infection first", "code": "infection"}
    record(patient, physician, Story().add(f.Decision, today(), **decision))
    record(patient, physician, Story().test(today() - 1, "kl6", "705"))
    assert overridden().startswith("T1 not followed: infection")
    assert "the facts changed since" not in overridden()
    record(patient, physician, Story().mda5(today() - 1, "positive", known=today()))
    assert overridden().endswith("the facts changed since")


@pytest.mark.django_db(transaction=True)
def test_the_list_and_the_record_agree_on_whether_an_override_stands(ward, physician) -> None:
    """Where a factor that was not known turns out not to be met, nothing is asked again; where it is met, it is."""

    def answers() -> tuple[bool, bool]:
        override = record_of(patient, timezone.now()).override
        line = read_lines([ward], physician, timezone.now()).lines[0].overridden
        assert override is not None
        return override.standing, not line.endswith("the facts changed since")

    patient = make_patient("O-1", physician, ward)
    story = Story().onset(today() - 9).diagnosis(today() - 9, "DM").mda5(today() - 9, "positive")
    record(patient, physician, story)
    decision = {"step": "T1", "accepted": False, "reason": "infection first", "code": "infection"}
    record(patient, physician, Story().add(f.Decision, today() - 1, id="decided", **decision))
    record(patient, physician, Story().ferritin(today() - 1, "200", known=today(), id="low"))
    assert answers() == (True, True)
    record(patient, physician, Story().ferritin(today(), "1900", id="high"))
    assert answers() == (False, False)


def test_an_accepted_step_is_no_override(ward, physician) -> None:
    patient = acute(1, ward, physician)
    record(patient, physician, Story().add(f.Decision, today() - 1, step="T3", accepted=True))
    assert read_lines([ward], physician, timezone.now()).lines[0].overridden == ""


def test_look_alikes_are_flagged_across_the_wards_of_the_reader(signed_in, ward, other_ward, physician) -> None:
    WardMembership.objects.create(user=physician, ward=other_ward)
    quiet(1, ward, physician, family_name="Yamada", given_name="Chiyo")
    quiet(2, other_ward, physician, family_name="Yamada", given_name="Chiyoko")
    assert page_of(signed_in).count("Similar name:") == 1  # of whom lies on another ward of the reader
    assert page_of(signed_in, "/?ward=all").count("Similar name:") == 2


def test_a_patient_of_another_ward_is_not_listed(signed_in, ward, other_ward, physician) -> None:
    """R42."""
    quiet(1, other_ward, None)
    assert names_on(page_of(signed_in)) == []
    assert read_lines([other_ward], physician, timezone.now()).lines == []
    assert "Quiet1" not in words_of(page_of(signed_in, f"/?ward={other_ward.code}"))


# -- filters ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(ward, physician):
    """An acute patient of Dr Mori and a quiet one of Dr Ito."""
    patients = acute(1, ward, physician), quiet(2, ward, physician)
    place(patients[0], "1", "Mori")
    place(patients[1], "2", "Ito")
    return patients


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("consultant=Mori", ["Acute1"]),
        ("consultant=Mori&consultant=Ito", ["Acute1", "Quiet2"]),
        ("subtype=undecided", ["Acute1", "Quiet2"]),
        ("subtype=A/S-1", []),
        ("step=undecided&consultant=Ito", ["Quiet2"]),
        ("alert=critical", ["Acute1"]),
        ("alert=FERRITIN_HIGH", ["Acute1"]),
        ("alert=PAO2_LOW", []),
        ("changed=1", ["Acute1"]),
        ("unseen=1", ["Acute1", "Quiet2"]),
        ("unseen=1&alert=critical&consultant=Mori", ["Acute1"]),
        ("alert=critical&consultant=Ito", []),
        ("nonsense=1&sort=nonsense", ["Acute1", "Quiet2"]),
    ],
)
def test_filters_are_alternatives_within_a_kind_and_all_hold_between_kinds(signed_in, two, query, names) -> None:
    assert names_on(page_of(signed_in, f"/?{query}")) == names


def test_filter_changed_since_my_last_round(signed_in, two, physician) -> None:
    for patient in two:
        record_round_visit(patient=patient, by=physician, shown_at=timezone.now())
    assert names_on(page_of(signed_in, "/?changed=1")) == []
    record(two[1], physician, Story().test(today() - 1, "ldh", "240"))
    assert names_on(page_of(signed_in, "/?changed=1")) == [], "that a result came is no consequence"
    record(two[1], physician, Story().ferritin(today(), "1700"))
    assert names_on(page_of(signed_in, "/?changed=1")) == ["Quiet2"]


def test_a_decision_of_a_colleague_is_a_change_and_ones_own_is_none(signed_in, two, physician, ward) -> None:
    colleague = make_user("colleague", Role.PHYSICIAN, ward)
    for by, names in ((physician, []), (colleague, ["Quiet2"])):
        for patient in two:
            record_round_visit(patient=patient, by=physician, shown_at=timezone.now())
        decided = {"step": "T1", "accepted": False, "reason": "infection", "code": "infection"}
        story = Story().add(f.Decision, today(), id=by.username, **decided)
        record(two[1], by, story)
        assert names_on(page_of(signed_in, "/?changed=1")) == names


def test_filter_of_ones_own_patients(signed_in, two, physician) -> None:
    assert names_on(page_of(signed_in, "/?mine=1")) == []
    join_team(patient=two[1], user=physician, by=physician)
    assert names_on(page_of(signed_in, "/?mine=1")) == ["Quiet2"]


def test_filter_of_what_waits_to_be_acknowledged(signed_in, two, physician) -> None:
    assert names_on(page_of(signed_in, "/?waiting=1")) == ["Acute1"]
    acknowledge_all(two[0], physician)
    assert names_on(page_of(signed_in, "/?waiting=1")) == []


def test_filter_not_seen_today(signed_in, two, physician) -> None:
    record_round_visit(patient=two[0], by=physician, shown_at=timezone.now())
    assert names_on(page_of(signed_in, "/?unseen=1")) == ["Quiet2"]


def test_a_filtered_list_never_looks_like_the_whole_ward(signed_in, two) -> None:
    page = page_of(signed_in, "/?consultant=Ito")
    assert "Filters are on: 1 of 2 patients shown." in page
    assert "1 patient with a critical alert is not shown." in page
    assert "Consultant: Ito" in page
    assert 'class="panel is-filtered"' in page
    whole = page_of(signed_in)
    assert "Filters are on" not in whole
    assert "is-filtered" not in whole


def test_each_filter_is_removed_by_its_chip_and_all_by_clear(signed_in, two) -> None:
    page = page_of(signed_in, "/?consultant=Ito&unseen=1&sort=bed")
    assert 'href="/?unseen=1&amp;sort=bed"' in page
    assert 'href="/?consultant=Ito&amp;sort=bed"' in page
    assert 'href="/?sort=bed">Clear filters' in page


def test_choices_say_how_many_they_would_show(signed_in, two) -> None:
    page = page_of(signed_in)
    assert '<option value="Mori">Mori (1)</option>' in page
    assert '<option value="critical">critical, not acknowledged (1)</option>' in page
    assert "Not seen <b>2</b>" in page
    narrowed = page_of(signed_in, "/?consultant=Ito")
    assert '<option value="Mori">Mori (1)</option>' in narrowed  # instead of Ito, not besides
    assert "Not seen <b>1</b>" in narrowed


def test_no_match_offers_the_whole_ward(signed_in, two) -> None:
    page = page_of(signed_in, "/?step=T4")
    assert "No patient passes these filters." in page
    assert "2 patients lie here." in page
    assert '<option value="T4" selected>T4 (0)</option>' in page


def test_all_my_wards_in_one_list(signed_in, two, other_ward, physician) -> None:
    WardMembership.objects.create(user=physician, ward=other_ward)
    quiet(7, other_ward, physician)
    page = page_of(signed_in, "/?ward=all")
    assert set(names_on(page)) == {"Acute1", "Quiet2", "Quiet7"}
    assert "West 5" in page


def test_round_starts_with_the_filters_of_the_list(signed_in, two) -> None:
    assert 'href="/round/?consultant=Ito"' in page_of(signed_in, "/?consultant=Ito")


# -- states -----------------------------------------------------------------------------------------------------------


def test_empty_ward_no_ward_and_nobody_found_say_so(client, ward, physician) -> None:
    client.get("/health/live")
    client.force_login(physician)
    assert "No patient lies on this ward." in page_of(client)
    found = client.post("/search", {"words": "nobody"}).content.decode()
    assert "None of your patients matches." in found
    client.force_login(make_user("new", Role.PHYSICIAN))
    assert "You belong to no ward yet." in page_of(client)


STATEMENT_FAILS, NOT_AS_EXPECTED = "SELECT to_json(1 / 0)", "SELECT to_json('odd'::text)"


def break_source(monkeypatch, name: str, sql: str) -> None:
    sources = tuple(replace(x, sql=sql) if x.name == name else x for x in ward_reads.SOURCES)
    assert sources != ward_reads.SOURCES
    monkeypatch.setattr(ward_reads, "SOURCES", sources)


@pytest.mark.parametrize("sql", [STATEMENT_FAILS, NOT_AS_EXPECTED])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("values", ">?<"),
        ("tasks", "tasks could not be read"),
        ("alerts", "no alert shown does not mean that there is none"),
        ("results", "the rest is shown"),
        ("answers", "the rest is shown"),
    ],
)
def test_one_failing_source_does_not_blank_the_list(
    signed_in, two, ward, physician, monkeypatch, name, words, sql
) -> None:
    record_round_visit(patient=two[0], by=physician, shown_at=timezone.now() - timedelta(hours=1))
    add_task(patient=two[0], by=physician, text="HRCT", due=timezone.localdate())
    whole = read_lines([ward], physician, timezone.now()).lines[0]
    assert shown_by_sources(whole) == {"results", "answers", "alerts", "values", "tasks"}
    break_source(monkeypatch, name, sql)
    page = page_of(signed_in)
    assert set(names_on(page)) == {"Acute1", "Quiet2"}
    assert words in page
    assert "Part of this list could not be read" in page
    read = read_lines([ward], physician, timezone.now())
    assert read.unread == {name}
    assert shown_by_sources(read.lines[0]) == shown_by_sources(whole) - {name}


def shown_by_sources(line) -> set[str]:
    changes = line.changes
    shown = {
        "results": changes.results,
        "answers": changes.now,
        "alerts": changes.alerts_open,
        "tasks": line.tasks_open,
    }
    return {name for name, what in {**shown, "values": line.cells[0].text}.items() if what}


def test_names_that_cannot_be_compared_do_not_blank_the_list(signed_in, two, monkeypatch) -> None:
    def broken(*_args):
        raise RuntimeError("gone")

    monkeypatch.setattr(look_alikes, "look_alikes_among", broken)
    page = page_of(signed_in)
    assert set(names_on(page)) == {"Acute1", "Quiet2"}
    assert "Part of this list could not be read" in page
    monkeypatch.undo()
    assert "Part of this list could not be read" not in page_of(signed_in)


def test_a_table_that_is_not_as_it_should_be_does_not_blank_the_list(signed_in, two) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE monitoring_alert RENAME reasons TO others")
    page = page_of(signed_in)
    assert set(names_on(page)) == {"Acute1", "Quiet2"}
    assert page.count("alerts could not be read") == 2
    assert "1,679" in page


def test_alerts_that_cannot_be_read_are_not_no_alerts(signed_in, two, physician, monkeypatch) -> None:
    """What was read before holds for whom nothing changed."""
    assert page_of(signed_in).count("no open alert") == 1
    with monkeypatch.context() as broken:
        break_source(broken, "alerts", STATEMENT_FAILS)
        forget_lines()
        page = page_of(signed_in)
        assert "no open alert" not in page
        assert page.count("alerts could not be read") == 2
    assert page_of(signed_in).count("no open alert") == 1
    break_source(monkeypatch, "alerts", STATEMENT_FAILS)
    add_task(patient=two[0], by=physician, text="HRCT", due=timezone.localdate())
    page = page_of(signed_in)
    assert "no alert shown does not mean that there is none" in page
    assert (page.count("no open alert"), page.count("alerts could not be read")) == (1, 1)


# -- search -----------------------------------------------------------------------------------------------------------


def test_code_of_a_sheet_opens_the_patient_at_that_moment(signed_in, two) -> None:
    moment = timezone.now().replace(microsecond=0) - timedelta(hours=3)
    answer = signed_in.post("/search", {"words": code_of(two[0].pk, moment).lower()})
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"/patients/{two[0].pk}/?at=")
    assert moment.strftime("%Y-%m-%dT%H%%3A%M") in answer["Location"]


def test_code_of_a_patient_of_another_ward_says_nothing(signed_in, other_ward) -> None:
    """R42."""
    stranger = quiet(9, other_ward, None)
    answer = signed_in.post("/search", {"words": code_of(stranger.pk, timezone.now())})
    assert answer.status_code == 200
    assert "None of your patients matches." in answer.content.decode()


def test_49_search_marks_who_is_not_on_a_ward_and_says_whom_it_searched(signed_in, two, physician) -> None:
    gone = make_patient("G-1", physician, two[0].admission.ward, family_name="Mori", given_name="Aya")
    discharge_patient(patient=gone, by=physician, at=timezone.now())
    make_patient("G-2", physician, family_name="Mori", given_name="Emi")
    page = " ".join(signed_in.post("/search", {"words": "ｍｏｒｉ"}).content.decode().split())
    assert "2 patients match" in page
    assert page.count("not on a ward since") == page.count("not on a ward so far") == 1
    assert f'href="/patients/{gone.pk}/"' in page
    assert "not on a ward" not in signed_in.post("/search", {"words": two[0].mrn}).content.decode()


def test_49_search_that_shows_not_all_asks_for_more_of_the_name(signed_in, two, monkeypatch) -> None:
    monkeypatch.setattr(ward_reads, "find_patients", partial(ward_reads.find_patients, most=1))
    page = " ".join(signed_in.post("/search", {"words": "q"}).content.decode().split())
    assert "More than 1 patients match “q”: the first 1 are shown. Type more of the name." in page
    assert page.count('<th scope="row"') == 1


# -- saved views ------------------------------------------------------------------------------------------------------


def token(page: str, action: str) -> str:
    form = page.split(f'action="{action}"')[1]
    found = re.search(r'name="context_token" value="([^"]+)"', form)
    assert found
    return found[1]


def test_saved_view_is_kept_chosen_and_forgotten(signed_in, two, physician) -> None:
    path = "/?consultant=Ito&unseen=1&sort=bed"
    page = page_of(signed_in, path)
    sent = {"context_token": token(page, "/views/save"), "name": "Ito, open", "query": path.removeprefix("/")}
    answer = signed_in.post("/views/save", sent)
    assert answer["Location"] == path
    kept = SavedView.objects.get(user=physician)
    assert kept.filters == {"consultant": ["Ito"], "unseen": "1", "sort": "bed"}
    assert filters_from(kept.filters).query == path.removeprefix("/")
    page = page_of(signed_in, path)
    assert re.search(r'aria-current="true">Ito, open', page)
    signed_in.post("/views/remove", {"context_token": token(page, "/views/remove"), "name": "Ito, open"})
    assert not SavedView.objects.exists()


def test_saved_view_keeps_only_what_the_list_knows(signed_in, two, physician) -> None:
    page = page_of(signed_in, "/?consultant=Ito")
    sent = {"context_token": token(page, "/views/save"), "name": "x", "query": "?words=Sato&patient=3&step=T3"}
    signed_in.post("/views/save", sent)
    assert SavedView.objects.get().filters == {"step": ["T3"]}


def test_saved_view_needs_a_name(signed_in, two) -> None:
    page = page_of(signed_in, "/?consultant=Ito")
    sent = {"context_token": token(page, "/views/save"), "name": "", "query": "?consultant=Ito"}
    answer = signed_in.post("/views/save", sent)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not SavedView.objects.exists()


def test_saved_views_are_their_users_own(signed_in, two, physician, ward) -> None:
    other = make_user("other", Role.PHYSICIAN, ward)
    SavedView.objects.create(user=other, name="theirs", filters={})
    page = page_of(signed_in, "/?consultant=Ito")
    assert "theirs" not in words_of(page)
    SavedView.objects.create(user=physician, name="mine", filters={})
    page = page_of(signed_in, "/?consultant=Ito")
    signed_in.post("/views/remove", {"context_token": token(page, "/views/remove"), "name": "theirs"})
    assert SavedView.objects.filter(name="theirs").exists()


def test_view_without_its_token_is_refused(signed_in) -> None:
    """R02."""
    assert signed_in.post("/views/save", {"name": "x"}).status_code == 409
    assert signed_in.post("/views/remove", {"name": "x"}).status_code == 409


# -- news by itself ---------------------------------------------------------------------------------------------------

POLL = {"HX-Request": "true", "HX-Target": "ward", "X-Poll": "1"}


def question(page: str) -> str:
    """The address that the page asks by itself."""
    found = re.search(r'data-list\s+hx-get="([^"]+)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def test_nothing_new_is_answered_without_content_and_notes_no_read(signed_in, two) -> None:
    address = question(page_of(signed_in, "/?consultant=Ito"))
    reads = AuditEntry.objects.filter(op="READ").count()
    answer = signed_in.get(address, headers=POLL)
    assert (answer.status_code, answer.content) == (204, b"")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", answer["X-Checked"])
    assert AuditEntry.objects.filter(op="READ").count() == reads


def test_news_is_answered_with_the_list_and_noted(signed_in, two, physician) -> None:
    address = question(page_of(signed_in, "/?consultant=Ito"))
    record(two[1], physician, Story().test(today() - 1, "ldh", "240", known=today()))
    reads = AuditEntry.objects.filter(op="READ").count()
    answer = signed_in.get(address, headers=POLL)
    assert answer.status_code == 200
    assert "1 new result" in answer.content.decode()
    assert AuditEntry.objects.filter(op="READ").count() == reads + 1


def changed_by(change: str, patient, ward, physician) -> None:
    changes = {
        "result": lambda: record(patient, physician, Story().test(today() - 1, "ldh", "240")),
        "acknowledged": lambda: acknowledge_all(patient, physician),
        "visit": lambda: record_round_visit(patient=patient, by=physician, shown_at=timezone.now()),
        "task": lambda: add_task(patient=patient, by=physician, text="HRCT", due=timezone.localdate()),
        "bed": lambda: Admission.objects.filter(patient=patient).update(bed="9", version=2),
        "discharge": lambda: discharge_patient(patient=patient, by=physician, at=timezone.now()),
        "admission": lambda: quiet(8, ward, physician),
        "evaluated": lambda: evaluate_patients([patient.pk]),
    }
    changes[change]()


@pytest.mark.parametrize(
    "change", ["result", "acknowledged", "visit", "task", "bed", "discharge", "admission", "evaluated"]
)
def test_whatever_changes_on_the_list_is_news(signed_in, two, ward, physician, change) -> None:
    address = question(page_of(signed_in))
    assert signed_in.get(address, headers=POLL).status_code == 204
    changed_by(change, two[0], ward, physician)
    assert signed_in.get(address, headers=POLL).status_code == 200


def test_a_late_monitoring_is_news_and_is_said(signed_in, two, settings) -> None:
    address = question(page_of(signed_in))
    settings.SWEEP_SECONDS = -10
    answer = signed_in.get(address, headers=POLL)
    assert answer.status_code == 200
    assert "Monitoring is late" in answer.content.decode()


@pytest.mark.parametrize("path", ["/", "/?consultant=Ito", "/?step=T4", "/?ward=all&sort=bed", "/?ward=all&step=T4"])
def test_fragment_equals_a_fresh_load(signed_in, two, path) -> None:
    joined = path + ("&" if "?" in path else "?")
    with time_machine.travel(timezone.now(), tick=False):
        whole = " ".join(page_of(signed_in, path).split())
        fragment = " ".join(page_of(signed_in, f"{joined}state=old", **POLL).split())
    assert fragment in whole
    assert fragment.startswith('<div id="ward"')


def test_asking_does_not_cost_more_for_more_patients(signed_in, ward, physician) -> None:
    def queries() -> int:
        address = question(page_of(signed_in))
        with CaptureQueriesContext(connection) as caught:
            assert signed_in.get(address, headers=POLL).status_code == 204
        return len(caught)

    quiet(1, ward, physician)
    few = queries()
    for n in range(2, 12):
        quiet(n, ward, physician)
    assert queries() == few <= 5


# -- speed ------------------------------------------------------------------------------------------------------------


def test_ward_list_runs_as_many_queries_for_50_patients_as_for_1(signed_in, ward, physician) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert signed_in.get("/").status_code == 200
        return len(caught)

    acute(1, ward, physician)
    few = queries()
    for n in range(2, 51):
        quiet(n, ward, physician)
    assert queries() == few


def queries_of(client, path="/") -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path).status_code == 200
    return len(caught)


def test_an_unchanged_list_is_not_read_again(signed_in, two) -> None:
    """Session, user, settings of the site, wards, their state, note of the read, heads of list and page."""
    first = page_of(signed_in)
    assert queries_of(signed_in) <= 8
    assert queries_of(signed_in, "/?consultant=Ito&sort=bed") <= 8
    again = page_of(signed_in)
    tables = [re.findall(r'<table class="grid ward".*?</table>', x, re.DOTALL) for x in (first, again)]
    assert len(tables[0]) == 1
    assert tables[0] == tables[1]


def test_a_list_read_for_one_user_is_not_anothers(signed_in, two, physician, ward, client) -> None:
    record_round_visit(patient=two[0], by=physician, shown_at=timezone.now())
    assert "seen" in page_of(signed_in)
    assert SEEN_BY.search(page_of(signed_in))[1] == "you"
    client.force_login(make_user("second", Role.PHYSICIAN, ward))
    assert SEEN_BY.search(page_of(client))[1] == "physician"


def test_an_unchanged_list_follows_the_language(signed_in, two) -> None:
    page_of(signed_in)
    signed_in.cookies[settings.LANGUAGE_COOKIE_NAME] = "ja"
    assert "病棟" in page_of(signed_in)


def test_a_list_that_could_not_be_read_whole_is_read_again(signed_in, two, monkeypatch) -> None:
    with monkeypatch.context() as broken:
        break_source(broken, "alerts", STATEMENT_FAILS)
        assert "alerts could not be read" in page_of(signed_in)
    assert "alerts could not be read" not in page_of(signed_in)


def test_rows_made_before_are_never_another_patients_or_out_of_date(signed_in, ward, physician) -> None:
    """The row of the same content is not made again; any difference of content makes another row."""
    first, second = quiet(1, ward, physician), quiet(2, ward, physician)
    page = page_of(signed_in)
    assert f'id="line-{first.pk}"' in page
    assert f'id="line-{second.pk}"' in page
    type(first).objects.filter(pk=first.pk).update(family_name="Renamed")
    again = page_of(signed_in)
    assert "Renamed" in again
    assert "Quiet1 " not in again
    place(second, "77")
    assert re.search(r'class="bed">\s*77', page_of(signed_in))


def test_filters_of_an_address_are_bounded() -> None:
    query = QueryDict(mutable=True)
    query.setlist("consultant", [f"{n}" * 200 for n in range(50)])
    found = read_filters(query).chosen["consultant"]
    assert len(found) == MOST_CHOICES
    assert {len(x) for x in found} == {LONGEST}
