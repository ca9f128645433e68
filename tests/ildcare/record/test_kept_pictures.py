"""What is drawn of a record is kept by its content: every change of content, reader's language or day draws it anew,
and nobody's rights are in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override

from ildcare.moment.record_state import RecordState
from ildcare.record import page as record_page
from ildcare.record import past, results, treatments
from ildcare.record.page import Record, record_of
from ildcare.trends import figures
from patients import actions
from patients.models import Measurement, MedicationCourse, Patient, Role, SiteSettings
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import patient as patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = pytest.mark.django_db

KEPT = {
    "sheets": record_page._sheets,
    "tables": record_page._sheet_tables,
    "charts": figures._kept,
    "treatments": treatments._kept,
    "pages of results": results._kept,
    "course": past._answers_by_state,
}
Change = Callable[[Patient, Any], object]


@pytest.fixture(autouse=True)
def _nothing_kept():
    for cache in KEPT.values():
        cache.clear()


@pytest.fixture
def course(patient, physician) -> Patient:
    now = today()
    story = Story().onset(now - 30, known=now - 9).diagnosis(now - 9, "DM").drug(now - 8, "gc").drug(now - 8, "csa")
    story.ferritin(now - 9, "890").ferritin(now - 3, "1240").test(now - 8, "kl6", "500").test(now - 3, "kl6", "800")
    actions.record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    return patient


def parts(record: Record) -> tuple[Any, ...]:
    return (record.sheet, record.sheet_table, record.trends, record.treatment_picture, record.strip)


def sizes() -> dict[str, int]:
    return {name: len(cache._values) for name, cache in KEPT.items()}


def freshly(patient: Patient) -> tuple[Any, ...]:
    """What is drawn with nothing kept."""
    kept = {name: cache._values.copy() for name, cache in KEPT.items()}
    for cache in KEPT.values():
        cache.clear()
    drawn = parts(record_of(patient, timezone.now()))
    for name, cache in KEPT.items():
        cache._values = kept[name]
    return drawn


def test_two_looks_at_one_state_are_drawn_once(course) -> None:
    first = parts(record_of(course, timezone.now()))
    kept = sizes()
    second = parts(record_of(course, timezone.now()))
    assert sizes() == kept
    assert all(a is b for a, b in zip(first[:4], second[:4], strict=True))
    results.sheet_of(course, timezone.now())
    _sheet, table = results.sheet_of(course, timezone.now())
    assert results.sheet_of(course, timezone.now())[1] is table


def result_arrives(patient: Patient, by: Any) -> None:
    story = Story().ferritin(today(), "1300", id="f3").test(today(), "kl6", "950")
    actions.record_facts(patient=patient, facts=story.versions, by=by, source="test")


def value_is_corrected(patient: Patient, by: Any) -> None:
    row = Measurement.objects.get(patient=patient, code="kl6", value=800)
    actions.correct_fact(
        row=row, changes={"value": 950, "typed_value": "950"}, by=by, reason="typing", expected_version=1
    )


def value_is_cancelled(patient: Patient, by: Any) -> None:
    row = Measurement.objects.get(patient=patient, code="ferritin", value=1240)
    actions.cancel_fact(row=row, by=by, reason="other patient", expected_version=1)


def drug_is_stopped(patient: Patient, by: Any) -> None:
    row = MedicationCourse.objects.get(patient=patient, drug="csa")
    actions.stop_treatment(row=row, stop=timezone.localdate(), by=by, expected_version=1)


CHANGES: dict[str, tuple[Change, set[int]]] = {  # and which parts say something else after it
    "a result": (result_arrives, {0, 1, 2}),
    "a correction": (value_is_corrected, {0, 1, 2}),
    "a cancellation": (value_is_cancelled, {0, 1, 2}),
    "a drug stopped": (drug_is_stopped, {2, 3}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_after_a_change_everything_is_as_drawn_anew(course, physician, what) -> None:
    change, other = CHANGES[what]
    before = parts(record_of(course, timezone.now()))
    change(course, physician)
    after = parts(record_of(course, timezone.now()))
    assert after == freshly(course)
    assert {n for n in range(4) if before[n] != after[n]} >= other
    assert parts(record_of(course, timezone.now()))[:4] == after[:4]


def test_the_page_of_results_is_as_drawn_anew_after_each_change(course, physician) -> None:
    for change, _other in CHANGES.values():
        if change is drug_is_stopped:
            continue
        before = results.sheet_of(course, timezone.now())
        change(course, physician)
        after = results.sheet_of(course, timezone.now())
        results._kept.clear()
        assert before != after == results.sheet_of(course, timezone.now())
    for other in ({"most_days": 2}, {"panel": "kidney_liver"}, {"oldest_first": True}):
        assert results.sheet_of(course, timezone.now(), **other) != results.sheet_of(course, timezone.now())


def test_each_language_has_its_own(course) -> None:
    drawn = {}
    for language in ("en", "ja", "en"):
        with override(language):
            record = record_of(course, timezone.now())
            found = (
                record.sheet_table,
                record.trends,
                record.treatment_picture,
                results.sheet_of(course, record.as_of)[1],
            )
            assert drawn.setdefault(language, found) == found
    assert all(a != b for a, b in zip(drawn["en"], drawn["ja"], strict=True))


def test_who_entered_it_under_which_name_and_what_contradicts_it_draw_it_anew(course, physician) -> None:
    before = record_of(course, timezone.now()).treatment_picture
    physician.last_name = "Mori"
    physician.save()
    after = record_of(course, timezone.now()).treatment_picture
    assert {x.by for x in before.rows} != {x.by for x in after.rows}
    other = make_patient("Q-7", physician)
    actions.record_facts(patient=other, facts=Story().drug(today() - 5, "csa").versions, by=physician, source="test")
    actions.merge_records(kept=course, absorbed=other, by=physician, reason="one person")
    assert any(x.doubt for x in record_of(course, timezone.now()).treatment_picture.rows)


def state_of(patient: Patient) -> RecordState:
    return record_of(patient, timezone.now()).state


def test_the_state_is_another_one_for_each_thing_that_is_read_into_it(course, physician, monkeypatch) -> None:
    """Whose record, what is known of the person, the site, the day, the language: never somebody else's picture."""
    states = [state_of(course)]
    assert state_of(course) == states[0]
    twin = make_patient("T-1", physician)
    states.append(state_of(twin))
    Patient.objects.filter(pk=course.pk).update(sex="male")
    states.append(state_of(course))
    Patient.objects.filter(pk=course.pk).update(birth_date="1950-01-01")
    states.append(state_of(course))
    SiteSettings.objects.update_or_create(pk=1, defaults={"mda5_kit": "EUROLINE"})
    states.append(state_of(course))
    with override("ja"):
        states.append(state_of(course))
    tomorrow = timezone.now() + timedelta(days=1)
    states.append(record_of(course, tomorrow).state)
    day = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *_: day)
    states.append(state_of(course))
    assert len(set(states)) == len(states)


def test_what_lies_ahead_counts_from_its_time_on(course, physician) -> None:
    """Nothing is stored meanwhile: a dose planned for an hour later is then among what is known."""
    now = timezone.now()
    states = [record_of(course, x).state for x in (now, now + timedelta(seconds=1))]
    assert states[0] == states[1]
    ahead = now + timedelta(minutes=1)
    story = Story().ferritin(today(), "1400", id="f7")
    (version,) = story.versions
    from dataclasses import replace

    later = replace(version, fact=replace(version.fact, on=ahead))
    record = record_of(course, now)
    before, after = (RecordState.of(course.pk, record_of(course, x).snapshot, [*record.versions, later]) for x in (
        now, ahead + timedelta(seconds=1)))  # fmt: skip
    assert before != after


@pytest.mark.parametrize("role", [Role.NURSE, Role.PHYSICIAN])
def test_a_right_of_one_reader_is_never_shown_to_another(client, course, ward, physician, role) -> None:
    """A physician looks first, a nurse then, and the other way round: only the physician is led to the entries."""
    first, second = (Role.PHYSICIAN, Role.NURSE) if role == Role.PHYSICIAN else (Role.NURSE, Role.PHYSICIAN)
    for each in (first, second):
        client.force_login(make_user(f"{each}-reads", each, ward))
        for place in ("?whole=1", "results", "treatments"):
            html = client.get(f"/patients/{course.pk}/{place}").content.decode()
            assert ("/facts/" in html) is (each == Role.PHYSICIAN), (each, place)
