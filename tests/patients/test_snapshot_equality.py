"""Facts through PostgreSQL and back are the facts that were told: by example, and as a property."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients import actions
from patients.clinical import facts as f
from patients.clinical.snapshot import FIELD_OF, freeze
from patients.clinical.versions import standing
from patients.queries import take_snapshot
from tests.effort import cases
from tests.patients.conftest import plain
from tests.story import Story, moment

pytestmark = pytest.mark.django_db


SHOWN = moment(0)  # before any of them became known

EVERY_FIELD: list[tuple[type, dict[str, Any]]] = [
    (f.RespiratoryOnset, {"month": True}),
    (f.Diagnosis, {"myositis": "ADM", "provisional": True, "month": True}),
    (f.Antibody, {"code": "anti_jo1", "result": "negative"}),
    (
        f.Measurement,
        {
            "code": "csa",
            "confirmed": True,
            "quantity": f.Quantity(Decimal("182.50"), "<"),
            "fio2": Decimal("0.405"),
            "route": "iv",
            "timing": "pre_dose",
            "hours_since_dose": Decimal("11.5"),
            "kit": "CLIA",
            "status": "preliminary",
            "typed": "<182.50 ng/mL",
            "flow": Decimal("2.5"),
            "device": "nasal_cannula",
            "name": "aldolase",
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
            "traction_bronchiectasis": True,
            "pneumomediastinum": False,
        },
    ),
    (f.Finding, {"code": "cough", "present": False, "change": "worse"}),
    (
        f.Treatment,
        {
            "drug": "csa",
            "route": "iv",
            "dose": Decimal("200.0"),
            "unit": "mg/day",
            "stop": date(2024, 3, 6),
            "name": "Neoral",
            "indication": "ild",
            "planned": False,
            "target_timing": "c2",
            "target_low": Decimal(800),
            "target_high": Decimal("1200.5"),
        },
    ),
    (f.Histology, {"pattern": "UIP"}),
    (f.Support, {"level": "niv", "fio2": Decimal("0.4"), "flow": Decimal(30), "device": "niv"}),
    (f.Judgement, {"improvement": "worse", "note": "tired", "shown": SHOWN}),
    (
        f.Decision,
        {"step": "T2", "accepted": False, "course": "C", "reason": "because", "code": "infection", "shown": SHOWN},
    ),
    (f.Decision, {"step": "T3", "accepted": False, "reason": "r", "code": "later_evidence", "follows": "Wu 2025"}),
    (f.Decision, {"prophylaxis_instead": "watched", "reason": "sulfa allergy"}),  # of nothing else
    (f.HospitalAdmission, {}),
    (f.Discharge, {"to": "home"}),
    (f.Outcome, {"what": "death", "cause": "infection"}),
]


@pytest.mark.parametrize(("kind", "content"), EVERY_FIELD, ids=[kind.__name__ for kind, _ in EVERY_FIELD])
def test_every_field_of_every_kind_comes_back_as_it_was_told(patient, record, kind, content) -> None:
    told = {name for of, told in EVERY_FIELD if of is kind for name in told} | {x.name for x in fields(f.Fact)}
    assert told == {field.name for field in fields(kind)}, "a field without an example here"
    story = Story().add(kind, "5T07:30", known="5T09:00", **content)
    record(story)
    (stored,) = take_snapshot(patient, moment(12), moment(12)).all_facts
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
    """Facts of every kind with late, corrected and cancelled versions, told in any order of days.

    Of several versions each says when it became known: those that do not are placed by the day they arrive (placing),
    which pure code is not asked for here (tests/patients/test_histories.py does).
    """
    story = Story()
    for number in range(draw(st.integers(2, 8))):
        kind, content = draw(st.one_of(KINDS))
        day = draw(st.integers(0, 9))
        versions = draw(st.integers(1, 3))
        known = day if versions == 1 else day + 1
        for _ in range(versions):
            known = draw(st.integers(known, known + 6))
            cancelled = draw(st.booleans()) if _ else False
            story.add(kind, day, known=known, id=f"id {number}", cancelled=cancelled, **content)
            kind_again, content_again = draw(st.one_of(KINDS))
            if kind_again is kind:
                content = content_again
    return story


@settings(max_examples=cases(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
