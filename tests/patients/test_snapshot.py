"""What was known, and when: snapshots from PostgreSQL against the pure arithmetic on the same versions."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients import actions
from patients.clinical import facts as f
from patients.clinical.snapshot import FIELD_OF, Settings, Snapshot, freeze
from patients.clinical.versions import standing
from patients.models import Measurement, SiteSettings
from patients.queries import take_snapshot, take_snapshots
from tests.patients.conftest import make_patient, plain
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


def test_queries_are_three_whatever_the_number_of_patients_and_facts(patient, physician, record) -> None:
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
    assert few == count([patient.pk, *more]) == 3


def test_one_patients_facts_never_enter_anothers_snapshot(patient, physician, record) -> None:
    record(Story().ferritin(0, "1679"))
    other = make_patient("P-2", physician)
    snapshots = take_snapshots([patient.pk, other.pk], moment(12), moment(12))
    assert [len(snapshots[x.pk].all_facts) for x in (patient, other)] == [1, 0]


EVERY_FIELD: list[tuple[type, dict[str, Any]]] = [
    (f.RespiratoryOnset, {}),
    (f.Diagnosis, {"myositis": "ADM", "provisional": True}),
    (f.Antibody, {"code": "anti_jo1", "result": "negative"}),
    (
        f.Measurement,
        {
            "code": "csa",
            "quantity": f.Quantity(Decimal("182.50"), "<"),
            "fio2": Decimal("0.405"),
            "route": "iv",
            "timing": "pre_dose",
            "hours_since_dose": Decimal("11.5"),
            "kit": "CLIA",
            "status": "preliminary",
            "typed": "<182.50 ng/mL",
        },
    ),
    (
        f.Hrct,
        {
            "ggo": True,
            "consolidation": "lower",
            "reticular": False,
            "honeycombing": True,
            "pattern": "unclassifiable",
            "change": "increased",
            "compared_with": date(2024, 1, 5),
            "intralobular_reticular": True,
            "micronodules": False,
        },
    ),
    (f.Finding, {"code": "cough", "present": False, "change": "worse"}),
    (
        f.Treatment,
        {"drug": "csa", "route": "iv", "dose": Decimal("200.0"), "unit": "mg/day", "stop": date(2024, 3, 6)},
    ),
    (f.Histology, {"pattern": "UIP"}),
    (f.Support, {"level": "niv", "fio2": Decimal("0.4")}),
    (f.Judgement, {"improvement": "worse", "note": "tired"}),
    (f.Decision, {"step": "T2", "accepted": False, "course": "C", "reason": "because"}),
]


@pytest.mark.parametrize(("kind", "content"), EVERY_FIELD, ids=[kind.__name__ for kind, _ in EVERY_FIELD])
def test_every_field_of_every_kind_comes_back_as_it_was_told(patient, record, kind, content) -> None:
    told = set(content) | {field.name for field in fields(f.Fact)}
    assert told == {field.name for field in fields(kind)}, "a field without an example here"
    story = Story().add(kind, "5T07:30", known="5T09:00", **content)
    record(story)
    (stored,) = day_12(patient).all_facts
    assert plain(stored) == plain(story.versions[0].fact)


KINDS: list[Any] = [
    st.builds(lambda: (f.RespiratoryOnset, {})),
    st.builds(
        lambda m, p: (f.Diagnosis, {"myositis": m, "provisional": p}), st.sampled_from(["DM", "CADM"]), st.booleans()
    ),
    st.builds(
        lambda r: (f.Antibody, {"code": "anti_mda5", "result": r}), st.sampled_from(["positive", "negative", "pending"])
    ),
    st.builds(
        lambda v, c, fio2, kit, status: (
            f.Measurement,
            {
                "code": "pao2",
                "quantity": f.Quantity(v, c),
                "fio2": fio2,
                "kit": kit,
                "status": status,
                "typed": f"{c}{v} mmHg",
            },
        ),
        st.decimals("0", "700", places=2),
        st.sampled_from(["", "<", ">"]),
        st.sampled_from([Decimal("0.21"), Decimal("0.405"), Decimal(1)]),
        st.sampled_from([None, "kit A"]),
        st.sampled_from(["preliminary", "final", "corrected"]),
    ),
    st.builds(
        lambda g, c, d: (f.Hrct, {"ggo": g, "consolidation": c, "compared_with": d}),
        st.sampled_from([None, True, False]),
        st.sampled_from([None, "lower", "none"]),
        st.sampled_from([None, date(2024, 1, 5)]),
    ),
    st.builds(
        lambda p, c: (f.Finding, {"code": "cough", "present": p, "change": c}),
        st.sampled_from([None, True, False]),
        st.sampled_from([None, "worse"]),
    ),
    st.builds(
        lambda d, r: (f.Treatment, {"drug": "csa", "dose": d, "unit": "mg/day", "route": r}),
        st.sampled_from([None, Decimal("200"), Decimal("12.50")]),
        st.sampled_from([None, "iv"]),
    ),
    st.builds(lambda: (f.Histology, {"pattern": "DAD"})),
    st.builds(
        lambda x: (f.Support, {"level": "oxygen", "fio2": x}), st.sampled_from([None, Decimal("0.21"), Decimal("0.4")])
    ),
    st.builds(lambda n: (f.Judgement, {"improvement": "worse", "note": n}), st.sampled_from(["", "tired"])),
    st.builds(
        lambda a: (f.Decision, {"step": "T2", "accepted": a, "reason": "because"}), st.sampled_from([None, True, False])
    ),
]


@st.composite
def stories(draw) -> Story:
    """Facts of every kind with late, corrected and cancelled versions, told in any order of days."""
    story = Story()
    for number in range(draw(st.integers(2, 8))):
        kind, content = draw(st.one_of(KINDS))
        day = draw(st.integers(0, 9))
        known = day
        for _ in range(draw(st.integers(1, 3))):
            known = draw(st.integers(known, known + 6))
            cancelled = draw(st.booleans()) if _ else False
            story.add(kind, day, known=known, id=f"id {number}", cancelled=cancelled, **content)
            kind_again, content_again = draw(st.one_of(KINDS))
            if kind_again is kind:
                content = content_again
    return story


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=stories(), as_of=st.integers(5, 30), known_at=st.integers(5, 30))
def test_snapshot_from_the_database_equals_the_pure_one(patient, physician, story, as_of, known_at) -> None:
    """The same facts in the same order. Versions that only repeat what stands are none in the database."""
    distinct = _without_repetitions(story)
    with transaction.atomic():
        actions.record_facts(patient=patient, facts=distinct, by=physician, source="test")
        stored = take_snapshot(patient, moment(as_of), moment(known_at))
        transaction.set_rollback(True)
    told = [replace(x, fact=replace(x.fact, id=f"{x.sequence:06d}")) for x in distinct]
    pure = freeze(standing(told, moment(known_at)), as_of=moment(as_of), known_at=moment(known_at))
    for name in FIELD_OF.values():
        assert [plain(x) for x in getattr(stored, name)] == [plain(x) for x in getattr(pure, name)]


def _without_repetitions(story: Story) -> list[Any]:
    """Without the versions that say what the version before them says, in the order in which they became known."""
    kept: list[Any] = []
    said: dict[str, Any] = {}
    for version in sorted(story.versions, key=lambda x: (x.fact.known, x.sequence)):
        timeless = replace(version.fact, known=moment(0), known_day=date(2024, 3, 1), first_known=moment(0))
        content = (plain(timeless), version.cancelled)
        if said.get(version.identity) != content:
            kept.append(version)
        said[version.identity] = content
    return kept


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
