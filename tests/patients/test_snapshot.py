"""What was known, and when: snapshots from PostgreSQL against the pure arithmetic on the same versions."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients import actions
from patients.clinical.snapshot import Settings, Snapshot, freeze
from patients.clinical.versions import standing
from patients.models import Measurement, SiteSettings
from patients.queries import take_snapshot, take_snapshots
from tests.patients.conftest import make_patient
from tests.story import Story, moment

pytestmark = pytest.mark.django_db


def day_12(patient) -> Snapshot:
    return take_snapshot(patient, moment("12T23:59"), moment("12T23:59"))


def values(snapshot: Snapshot, code: str = "ferritin") -> list[str]:
    return [str(x.quantity) for x in snapshot.series(code)]


def test_late_result_is_not_known_before_it_came(patient, record) -> None:
    record(Story().ferritin(10, "1240", known=13))
    assert values(day_12(patient)) == []
    assert values(take_snapshot(patient, moment("12T23:59"), moment("13T23:59"))) == ["1,240"]


def test_corrected_result_changes_the_present_but_not_what_was_known_on_day_12(patient, record) -> None:
    record(Story().ferritin(10, "1240", id="r1").ferritin(10, "890", known=14, id="r1"))
    assert values(day_12(patient)) == ["1,240"]
    after = take_snapshot(patient, moment("14T23:59"), moment("14T23:59"))
    assert values(after) == ["890"]
    assert after.series("ferritin")[0].corrected
    assert after.series("ferritin")[0].first_known == moment(10)


def test_cancelled_result_is_withdrawn_from_then_on(patient, record) -> None:
    record(Story().ferritin(10, "1240", id="r1").ferritin(10, "1240", known=14, id="r1", cancelled=True))
    assert values(day_12(patient)) == ["1,240"]
    assert values(take_snapshot(patient, moment(14), moment(14))) == []


def test_fact_about_a_later_time_is_left_out(patient, record) -> None:
    record(Story().ferritin(13, "1240"))
    assert values(take_snapshot(patient, moment(12), moment(20))) == []


def test_stop_still_to_come_is_masked(patient, record) -> None:
    record(Story().drug(5, "csa", stop=40))
    assert day_12(patient).treatments[0].stop is None
    assert take_snapshot(patient, moment(41), moment(41)).treatments[0].stop == moment(40).date()


def test_censored_value_stays_censored(patient, record) -> None:
    record(Story().ferritin(0, ">3000").test(0, "kl6", "<200"))
    assert values(day_12(patient)) == [">3,000"]
    assert values(day_12(patient), "kl6") == ["<200"]


def test_digits_come_back_as_they_were_reported(patient, record) -> None:
    record(Story().test(0, "vc", "1.980"))
    assert str(day_12(patient).series("vc")[0].quantity.value) == "1.980"


def test_R26_result_without_a_number_is_kept_and_never_computed_with(patient, record) -> None:
    first = record(Story().ferritin(0, "890", id="r1")).rows[0]
    Measurement.objects.create(
        patient=patient,
        identity=first.identity,
        version=2,
        replaces=first,
        on=first.on,
        known=moment(2),
        source="test",
        code="ferritin",
        typed_value="haemolysed",
    )
    assert values(take_snapshot(patient, moment(1), moment(1))) == ["890"]
    assert values(day_12(patient)) == []


def test_facts_of_one_moment_keep_the_order_in_which_they_were_told(patient, record) -> None:
    """Ids are padded: the twelfth value comes after the second, as in the file."""
    story = Story()
    for number in range(12):
        story.ferritin(0, str(100 + number))
    record(story)
    assert values(day_12(patient)) == [str(100 + number) for number in range(12)]


def test_site_settings_and_person_are_part_of_the_snapshot(patient) -> None:
    SiteSettings.objects.create(
        hypomyopathic_counts_as_adm=False, bilirubin_upper_limit="1.2", time_zone="Europe/Paris"
    )
    snapshot = day_12(patient)
    assert snapshot.settings == Settings(False, "1.2")
    assert (snapshot.zone, snapshot.sex, snapshot.birth_date) == ("Europe/Paris", "female", date(1952, 3, 1))


def test_R29_day_is_the_day_at_the_site_and_storage_is_utc(patient, record) -> None:
    """00:30 on 5 March in Tokyo is 15:30 UTC on 4 March."""
    record(Story().ferritin("4T00:30", "890"))
    fact = day_12(patient).series("ferritin")[0]
    assert fact.day == date(2024, 3, 5)
    with connection.cursor() as cursor:
        cursor.execute("SELECT \"on\" AT TIME ZONE 'UTC' FROM patients_measurement")
        assert cursor.fetchone()[0].isoformat() == "2024-03-04T15:30:00"


def test_R29_midnight_at_the_site_is_a_date_without_a_time(patient, record) -> None:
    rows = record(Story().ferritin(4, "890").ferritin("4T00:01", "891")).rows
    assert [row.on_is_date for row in rows] == [True, False]


def test_daylight_saving_zone_counts_calendar_days(patient) -> None:
    """31 March 2024 has 23 hours in Paris: 00:30 on 1 April is still the day after."""
    SiteSettings.objects.create(time_zone="Europe/Paris")
    story = Story(zone="Europe/Paris").ferritin("29T23:30", "1").ferritin("30T23:30", "2").ferritin("31T00:30", "3")
    actions.record_facts(patient=patient, facts=story.versions, by=None, source="test")
    snapshot = take_snapshot(patient, moment("31T12:00", "Europe/Paris"), moment("31T12:00", "Europe/Paris"))
    assert [snapshot.days_since(x.day) for x in snapshot.series("ferritin")] == [2, 1, 0]


def test_queries_are_two_whatever_the_number_of_patients_and_facts(patient, physician, record) -> None:
    def count(ids: list[int]) -> int:
        with CaptureQueriesContext(connection) as queries:
            take_snapshots(ids, moment(12), moment(12))
        return len(queries)

    few = count([patient.pk])
    story = Story()
    for day in range(10):
        story.ferritin(day, str(day + 1)).dyspnoea(day, True).hrct(day, ggo=True).drug(day, "gc")
    record(story)
    more = [make_patient(f"P-{n}", physician).pk for n in range(2, 8)]
    assert few == count([patient.pk, *more]) == 2


def test_one_patients_facts_never_enter_anothers_snapshot(patient, physician, record) -> None:
    record(Story().ferritin(0, "1679"))
    other = make_patient("P-2", physician)
    snapshots = take_snapshots([patient.pk, other.pk], moment(12), moment(12))
    assert [len(snapshots[x.pk].all_facts) for x in (patient, other)] == [1, 0]


def test_padding_holds_for_a_thousand_years(patient, record) -> None:
    row = record(Story().ferritin(0, "890")).rows[0]
    assert row.reference == f"measurement:{row.pk:010d}"
    assert day_12(patient).series("ferritin")[0].id == row.reference
    assert timedelta(0) == row.known - row.on


def test_facts_of_one_moment_known_at_one_time_stand_as_they_were_told(patient, record) -> None:
    """Corrections included: the second version of the first value was told before the other value."""
    story = Story().ferritin(0, "890", id="r1").ferritin(0, "900", known=3, id="r1").ferritin(0, "1240", known=3)
    record(story)
    pure = freeze(standing(story.versions, moment(3)), as_of=moment(3), known_at=moment(3))
    assert values(take_snapshot(patient, moment(3), moment(3))) == values(pure) == ["900", "1,240"]
