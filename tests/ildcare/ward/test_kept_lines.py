"""Lines that are kept: after every step of a random history the list is what a fresh reading says, for each reader in
each language; only who changed is read again; and no line is ever another patient's or reader's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.ward import lines as ward_reads
from ildcare.ward import look_alikes
from ildcare.ward.html_rows import prebuilt
from ildcare.ward.line import Line
from ildcare.ward.lines import WardLines, lines_at, read_lines
from ildcare.ward.state import ward_state
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert
from patients import actions
from patients.actions.rounds import reopen_task
from patients.changes import Conflict, Refused
from patients.clinical import facts as f
from patients.clinical.versions import Version
from patients.models import (
    FACT_TABLES,
    Admission,
    CareTask,
    Measurement,
    Patient,
    RecordMerge,
    RoundVisit,
    StayEvent,
    User,
    Ward,
    WardMembership,
)
from patients.queries import site_clock, wards_of
from tests.effort import cases, dice, until
from tests.ildcare.ward.reading import forget_lines
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import DAY_0, Story

pytestmark = [pytest.mark.django_db, pytest.mark.shared]
BEGIN = datetime(2024, 3, 12, 1, 20, tzinfo=UTC)  # 10:20 at the site
STEPS = 600
LANGUAGES = ("en", "ja")
LABS = {"ferritin": (90, 2500), "kl6": (300, 1900), "ldh": (150, 500), "crp": (0, 9)}


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    forget_lines()


# -- a clock for the database too -------------------------------------------------------------------------------------


class Clock:
    """The clock of this process, which is moved, and that of the rows that are stored: what the database calls now
    stays where it is."""

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller
        with connection.cursor() as cursor:
            for column, tables in (("recorded_at", FACT_TABLES.values()), ("created_at", ())):
                names = [x._meta.db_table for x in tables] or ["algorithm_assessment"]
                cursor.execute(RECEIVED.format(column=column))
                for name in names:
                    cursor.execute(
                        f"CREATE TRIGGER zz_test BEFORE INSERT ON {name} FOR EACH ROW EXECUTE FUNCTION test_{column}()"
                    )
        self.move(timedelta())

    def move(self, by: timedelta) -> None:
        self._traveller.shift(by)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('test.ahead', (%s - clock_timestamp())::text, false)", [timezone.now()])


RECEIVED = """
CREATE FUNCTION test_{column}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    NEW.{column} := clock_timestamp() + current_setting('test.ahead')::interval; RETURN NEW;
END $$"""


@contextmanager
def moved_clock() -> Iterator[Clock]:
    with time_machine.travel(BEGIN) as traveller:
        yield Clock(traveller)


# -- what is compared -------------------------------------------------------------------------------------------------


def kept(reader: User, wards: list[Ward], now: datetime) -> WardLines:
    return lines_at(ward_state(wards, reader, now), wards, reader, now)


def content(line: Line) -> tuple[Any, ...]:
    """All of a line, the person too. Of a patient whom nobody has seen, changes count back from when it was read."""
    person = {name: x for name, x in vars(line.patient).items() if name != "_state"}
    if line.last_visit.whose == "nobody":
        changes, visit = replace(line.changes, since=BEGIN), replace(line.last_visit, since=BEGIN)
        line = replace(line, changes=changes, last_visit=visit)
    return person, line


def compare(reader: User, wards: list[Ward]) -> WardLines:
    now = timezone.now()
    fresh, shown = read_lines(wards, reader, now), kept(reader, wards, now)
    assert [content(x) for x in shown.lines] == [content(x) for x in fresh.lines]
    assert (shown.unread, fresh.unread) == (frozenset(), frozenset())
    for several in (False, True):
        rows = prebuilt(fresh.lines, {}, several_wards=several)
        assert prebuilt(shown.lines, shown.made, several_wards=several) == rows
    return shown


def others(story: Story) -> list[Version]:
    """Facts that were never told before."""
    return [replace(x, identity=uuid4().hex) for x in story.versions]


# -- a random history -------------------------------------------------------------------------------------------------


class History:
    """Steps that change what a list shows, each done by the actions of the product, on whomever chance names."""

    def __init__(self, roll: Random, clock: Clock, wards: list[Ward], readers: list[User]) -> None:
        self.roll, self.clock, self.wards, self.readers = roll, clock, wards, readers
        self.numbers = count(1)
        self.done: Counter[str] = Counter()
        for place in (*wards, *wards):
            self.arrives(place)
        self.kinds = drawn_from()

    def step(self) -> None:
        missing = [x for x in KINDS if not self.done[x]]
        kind = self.roll.choice(missing if missing and self.roll.random() < 0.4 else self.kinds)
        try:
            with transaction.atomic():
                getattr(self, kind)()
        except (Refused, Conflict, IndexError):  # not possible now, or there is nothing to do it to
            return
        self.done[kind] += 1

    @property
    def by(self) -> User:
        return self.roll.choice(self.readers)

    def one(self, rows: Any) -> Any:
        return self.roll.choice(list(rows.order_by("pk")))

    def patient(self) -> Patient:
        return self.one(Patient.objects.kept())

    def lying(self) -> Patient:
        return self.one(Patient.objects.filter(admissions__discharged_at=None, admissions__isnull=False))

    def day(self, hours_ago: float = 0) -> str:
        local = timezone.localtime(timezone.now() - timedelta(hours=hours_ago))
        return f"{(local.date() - DAY_0).days}T{local:%H:%M}"

    def arrives(self, ward: Ward | None = None) -> None:
        number = next(self.numbers)
        names = {"family_name": self.roll.choice(("Mori", "Ito", "Abe")), "given_name": self.roll.choice("ABCDEF") * 3}
        patient = make_patient(f"K-{number}", self.readers[0], **names)
        self.admit(patient, ward or self.roll.choice(self.wards))
        story = Story().onset(self.day(24 * 9), known=self.day(3)).diagnosis(self.day(3), "DM")
        self.tell(patient, story.pao2(self.day(50), "82", known=self.day(2)))

    def admit(self, patient: Patient, ward: Ward) -> None:
        bed = self.roll.choice(("", f"{next(self.numbers)}"))
        actions.admit_patient(patient=patient, ward=ward, by=self.by, admitted_at=timezone.now(), bed=bed)

    def tell(self, patient: Patient, story: Story) -> None:
        actions.record_facts(patient=patient, facts=others(story), by=self.by, source="test")
        if self.roll.random() < 0.7:
            evaluate_patients([patient.pk])

    # -- facts

    def result(self) -> None:
        code = self.roll.choice([*LABS])
        on = self.roll.choice((0, 1, 3, 26, 80))
        story = Story().test(
            self.day(on), code, f"{self.roll.randint(*LABS[code])}", known=self.day(on * self.roll.random())
        )
        self.tell(self.patient(), story)

    def oxygen(self) -> None:
        on = self.roll.choice((0, 2, 30, 24 * 8 - 1, 24 * 9))
        story, value = Story(), self.roll.randint(55, 95)
        if self.roll.random() < 0.3:
            story.test(self.day(on), "spo2", f"{value}", known=self.day())
        else:
            story.pao2(self.day(on), f"{value}", self.roll.choice(("0.21", "0.40")), known=self.day())
        self.tell(self.patient(), story)

    def report(self) -> None:
        story, day = Story(), self.day(self.roll.choice((0, 20)))
        self.roll.choice(
            (
                lambda: story.mda5(day, self.roll.choice(("pending", "positive", "negative")), known=self.day()),
                lambda: story.hrct(day, known=self.day(), ggo=True, consolidation=self.roll.choice(("none", "lower"))),
                lambda: story.diagnosis(day, self.roll.choice(("PM", "DM")), known=self.day(), provisional=True),
                lambda: story.drug(day, "gc", known=self.day()),
            )
        )()
        self.tell(self.patient(), story)

    def decision(self) -> None:
        what = {"step": self.roll.choice(("T1", "T3")), "accepted": self.roll.random() < 0.4}
        more = {} if what["accepted"] else {"reason": "infection first", "code": "infection"}
        self.tell(self.lying(), Story().add(f.Decision, self.day(), **what, **more))

    def correct(self) -> None:
        row = self.one(Measurement.objects.standing().filter(patient=self.lying(), source="test"))
        value = {"value": row.value + self.roll.randint(1, 9)}
        actions.correct_fact(row=row, changes=value, by=self.by, reason="misread", expected_version=row.version)

    def cancel(self) -> None:
        row = self.one(Measurement.objects.standing().filter(patient=self.lying(), source="test"))
        actions.cancel_fact(row=row, by=self.by, reason="not this patient's", expected_version=row.version)

    def evaluate(self) -> None:
        evaluate_patients([self.lying().pk])

    def acknowledge(self) -> None:
        alert = self.one(Alert.objects.open().filter(acknowledged_at=None, patient=self.lying()))
        doing = {"doing": "review_at_round", "note": ""}
        before = self.places()
        acknowledge_alert(alert=alert, by=self.by, expected_version=alert.version, **doing)
        assert self.places() == before, "acknowledging never moves a patient"

    def places(self) -> dict[int, object]:
        """What the place of each patient on the list depends on."""
        lines = read_lines(self.wards, None, timezone.now()).lines
        return {x.patient.pk: (x.glance.band, x.rank) for x in lines}

    # -- the round

    def seen(self) -> None:
        shown_at = timezone.now() - timedelta(minutes=self.roll.choice((0, 3, 200)))
        before = self.places()
        actions.record_round_visit(patient=self.lying(), by=self.by, shown_at=shown_at)
        assert self.places() == before, "who was seen does not move"

    def unseen(self) -> None:
        visit = RoundVisit.objects.standing().order_by("-pk")[:4]
        visit = self.roll.choice(list(visit))
        actions.take_back_visit(visit=visit, by=visit.by)

    def task(self) -> None:
        due = timezone.localdate() + timedelta(days=self.roll.randint(-1, 2))
        actions.add_task(patient=self.lying(), by=self.by, text=f"task {next(self.numbers)}", due=due)

    def task_ends(self) -> None:
        task = self.one(CareTask.objects.open())
        actions.close_task(task=task, by=self.by, outcome="done", expected_version=task.version)

    def task_again(self) -> None:
        task = self.one(CareTask.objects.exclude(outcome=""))
        reopen_task(task=task, by=self.by, expected_version=task.version)

    # -- stays

    def move(self) -> None:
        bed, ward = self.roll.choice(("", f"{next(self.numbers)}")), self.roll.choice(self.wards)
        actions.move_patient(patient=self.lying(), by=self.by, ward=ward, bed=bed)

    def consultant(self) -> None:
        actions.change_consultant(patient=self.lying(), by=self.by, consultant=self.roll.choice((None, *self.readers)))

    def leave(self) -> None:
        if Admission.objects.filter(discharged_at=None).count() < 3:
            raise Refused("somebody stays")
        actions.discharge_patient(patient=self.lying(), by=self.by, at=timezone.now(), to="home")

    def come_back(self) -> None:
        away = Patient.objects.kept().exclude(admissions__discharged_at=None)
        self.admit(self.one(away), self.roll.choice(self.wards))

    def step_taken_back(self) -> None:
        last = self.one(StayEvent.objects.filter(patient=self.patient()).standing())
        actions.take_back_step(step=last, by=self.by)

    # -- who it is

    def renamed(self) -> None:
        patient, names = self.lying(), {"family_name": self.roll.choice(("Mori", "Ito", "Ueda", "Mory"))}
        patient = Patient.objects.get(pk=patient.pk)
        actions.correct_identity(
            patient=patient, by=self.by, expected_version=patient.version, reason="misread", **names
        )

    def merged(self) -> None:
        kept, absorbed = self.lying(), self.one(Patient.objects.kept().exclude(admissions__discharged_at=None))
        actions.merge_records(kept=kept, absorbed=absorbed, by=self.by, reason="one person")

    def parted(self) -> None:
        merge = self.one(RecordMerge.objects.standing())
        actions.take_back_merge(merge=merge, by=self.by, reason="two persons")

    # -- who reads, where

    def ward_renamed(self) -> None:
        Ward.objects.filter(pk=self.roll.choice(self.wards).pk).update(name=f"Ward {next(self.numbers)}", name_ja="")

    def reader_renamed(self) -> None:
        User.objects.filter(pk=self.by.pk).update(last_name=f"Ito{next(self.numbers)}")

    def reader_elsewhere(self) -> None:
        mine = {"user": self.readers[1], "ward": self.wards[1]}
        if not WardMembership.objects.filter(**mine).delete()[0]:
            WardMembership.objects.create(**mine)

    # -- the clock

    def minutes(self) -> None:
        self.clock.move(timedelta(minutes=self.roll.choice((1, 7, 25))))

    def hours(self) -> None:
        self.clock.move(timedelta(hours=self.roll.choice((1, 3, 23))))

    def to_midnight(self) -> None:
        local = timezone.localtime()
        night = local.replace(hour=23, minute=59, second=58, microsecond=0)
        if night > local:
            self.clock.move(night - local)

    def over_midnight(self) -> None:
        self.to_midnight()
        self.clock.move(timedelta(seconds=3))


OFTEN = """
    arrives evaluate consultant task_again step_taken_back merged parted ward_renamed reader_renamed reader_elsewhere
    to_midnight over_midnight
    2 decision cancel task task_ends move leave come_back renamed hours
    3 oxygen report correct unseen minutes
    4 result acknowledge seen
"""
KINDS = [x for x in OFTEN.split() if not x.isdigit()]


def drawn_from() -> list[str]:
    """Each kind as often as the number before it says."""
    often, kinds = 1, []
    for x in OFTEN.split():
        if x.isdigit():
            often = int(x)
        else:
            kinds += [x] * often
    return kinds


def test_after_every_step_what_is_kept_is_what_would_be_read(ward, other_ward, physician) -> None:
    readers = [physician, make_user("second", "physician", ward)]
    WardMembership.objects.create(user=physician, ward=other_ward)
    roll = dice("kept lines")
    with moved_clock() as clock:
        history = History(roll, clock, [ward, other_ward], readers)
        same = before = 0
        lines: dict[tuple[int, str], dict[int, Line]] = {}
        for _ in until(lambda: set(KINDS) <= set(history.done), cases(STEPS, gate=40)):
            history.step()
            for reader in readers:
                wards = wards_of(reader)
                for language in LANGUAGES if roll.random() < 0.2 else (roll.choice(LANGUAGES),):
                    with translation.override(language):
                        shown = compare(reader, wards if roll.random() < 0.6 else wards[:1])
                    known = lines.setdefault((reader.pk, language), {})
                    for line in shown.lines:
                        before += line.patient.pk in known
                        same += known.get(line.patient.pk) is line
                        known[line.patient.pk] = line
    assert before / 20 < same < before, "some lines were kept, and some were not"


# -- one thing at a time ----------------------------------------------------------------------------------------------

DAY, HALF_A_MINUTE = timedelta(hours=24), timedelta(seconds=30)


class Ward7:
    """A patient whom nobody has seen, a reader and a colleague. Each step stops just before the change it is about."""

    def __init__(self, clock: Clock, ward: Ward, reader: User, colleague: User) -> None:
        self.clock, self.ward, self.reader, self.colleague = clock, ward, reader, colleague
        self.patient = make_patient("W-1", reader, ward)

    def tell(self, story: Story) -> None:
        actions.record_facts(patient=self.patient, facts=others(story), by=self.reader, source="test")

    def now(self) -> str:
        local = timezone.localtime()
        return f"{(local.date() - DAY_0).days}T{local:%H:%M}"

    def evaluate(self) -> None:
        evaluate_patients([self.patient.pk])

    def visit(self, by: User) -> RoundVisit:
        return actions.record_round_visit(patient=self.patient, by=by, shown_at=timezone.now())

    def pass_by(self, begun: datetime) -> Iterator[None]:
        """Stops half a minute before a day is over since then, and goes on half a minute after it: within the hour."""
        self.clock.move(begun + DAY - HALF_A_MINUTE - timezone.now())
        yield
        self.clock.move(2 * HALF_A_MINUTE)

    def a_report_arrives(self) -> Iterator[None]:
        """It is not evaluated yet."""
        yield
        self.tell(Story().mda5(self.now(), "negative"))

    def the_bed_is_another(self) -> Iterator[None]:
        yield
        Admission.objects.update(bed="9")

    def the_person_is_called_otherwise(self) -> Iterator[None]:
        yield
        Patient.objects.update(family_name="Ueda")

    def own_visit_older_than_a_colleagues_is_taken_back(self) -> Iterator[None]:
        mine = self.visit(self.reader)
        self.visit(self.colleague)
        yield
        actions.take_back_visit(visit=mine, by=self.reader)

    def who_saw_the_patient_is_called_otherwise(self) -> Iterator[None]:
        self.visit(self.colleague)
        yield
        User.objects.filter(pk=self.colleague.pk).update(last_name="Ueda")

    def the_ward_is_called_otherwise(self) -> Iterator[None]:
        yield
        Ward.objects.update(name="East 8", code="east-8")

    def another_task_is_open(self) -> Iterator[None]:
        first, second = (
            actions.add_task(patient=self.patient, by=self.reader, text=x, due=timezone.localdate()) for x in "AB"
        )
        actions.close_task(task=second, by=self.reader, outcome="done", expected_version=1)
        yield
        actions.close_task(task=first, by=self.reader, outcome="done", expected_version=1)
        reopen_task(task=second, by=self.reader, expected_version=2)

    def a_result_is_a_day_old(self) -> Iterator[None]:
        self.tell(Story().ferritin(self.now(), "300"))
        yield from self.pass_by(timezone.now())

    def a_report_is_a_day_old(self) -> Iterator[None]:
        self.tell(Story().mda5(self.now(), "negative"))
        yield from self.pass_by(timezone.now())

    def an_alert_is_a_day_old(self) -> Iterator[None]:
        self.tell(Story().ferritin(self.now(), "2600"))
        self.clock.move(timedelta(minutes=5))
        self.evaluate()
        assert Alert.objects.open().exists()
        yield from self.pass_by(timezone.now())

    def the_end_of_an_alert_is_a_day_old(self) -> Iterator[None]:
        self.tell(Story().ferritin(self.now(), "2600"))
        self.evaluate()
        self.clock.move(timedelta(hours=30))
        row = Measurement.objects.get()
        actions.cancel_fact(row=row, by=self.reader, reason="not this patient's", expected_version=1)
        self.clock.move(timedelta(minutes=5))
        self.evaluate()
        assert Alert.objects.exclude(closed_at=None).exists()
        yield from self.pass_by(timezone.now())

    def an_answer_is_a_day_old(self) -> Iterator[None]:
        self.evaluate()
        first = timezone.now()
        self.clock.move(timedelta(minutes=5))
        self.tell(Story().onset(self.now()).diagnosis(self.now(), "DM").mda5(self.now(), "positive"))
        self.evaluate()
        yield from self.pass_by(first)

    def pao2_is_not_fresh_any_more(self) -> Iterator[None]:
        self.tell(Story().pao2(self.now(), "80"))
        sampled = Measurement.objects.get().on
        self.clock.move(timedelta(hours=1))
        self.tell(Story().test(self.now(), "spo2", "94"))
        self.clock.move(timedelta(days=7))
        yield from self.pass_by(sampled + timedelta(days=7))


CHANGES_OF_A_LINE = [x for x in vars(Ward7) if x.startswith(("a_", "an_", "another_", "own_", "pao2_", "the_", "who_"))]


@pytest.mark.parametrize("change", CHANGES_OF_A_LINE)
def test_each_change_of_what_a_line_shows_changes_its_word(ward, physician, change) -> None:
    with moved_clock() as clock:
        changing = getattr(Ward7(clock, ward, physician, make_user("colleague", "physician", ward)), change)()
        next(changing)
        before = compare(physician, [ward]).lines
        hour = timezone.localtime().hour
        assert next(changing, None) is None
        ward.refresh_from_db()
        after = compare(physician, [ward]).lines
        assert timezone.localtime().hour == hour
    assert [content(x) for x in before] != [content(x) for x in after]


# -- whose lines ------------------------------------------------------------------------------------------------------


def test_only_who_changed_is_read_again(ward, physician, monkeypatch) -> None:
    first, second = (make_patient(f"O-{n}", physician, ward, family_name=x) for n, x in enumerate(("Mori", "Ueda")))
    asked, whole_rows = [], ward_reads.whole_rows
    monkeypatch.setattr(ward_reads, "whole_rows", lambda *x: asked.append(x[-1]) or whole_rows(*x))
    now = timezone.now()
    made = {x.patient.pk: x for x in kept(physician, [ward], now).lines}
    assert asked == [[first.pk, second.pk]]
    actions.add_task(patient=second, by=physician, text="HRCT", due=timezone.localdate())
    again = {x.patient.pk: x for x in kept(physician, [ward], now).lines}
    assert asked == [[first.pk, second.pk], [second.pk]]
    assert (again[first.pk] is made[first.pk], again[second.pk].tasks_open) == (True, 1)
    kept(physician, [ward], now)
    assert len(asked) == 2


def test_what_is_kept_is_one_readers_in_one_language(ward, physician) -> None:
    patient, colleague = make_patient("R-1", physician, ward), make_user("colleague", "physician", ward)
    actions.record_round_visit(patient=patient, by=physician, shown_at=timezone.now())
    now, seen = timezone.now(), {}
    for reader in (physician, colleague):
        for language in LANGUAGES:
            with translation.override(language):
                shown = kept(reader, [ward], now)
                seen[reader, language] = (shown.lines[0], *prebuilt(shown.lines, shown.made, several_wards=True))
    assert seen[physician, "en"][0].seen.endswith(" you")
    assert seen[colleague, "en"][0].seen.endswith(" physician")
    assert len({html for _line, html in seen.values()}) == 4
    for (reader, language), (line, html) in seen.items():
        with translation.override(language):
            shown = kept(reader, [ward], now)
            assert shown.lines[0] is line
            assert prebuilt(shown.lines, shown.made, several_wards=True) == [html]


def test_what_is_read_is_kept_under_the_word_of_what_was_read(ward, physician) -> None:
    """Between asking for the state and reading the lines somebody else changes something, and takes it back."""
    patient, colleague = make_patient("R-2", physician, ward), make_user("colleague", "physician", ward)
    now = timezone.now()
    state = ward_state([ward], physician, now)
    visit = actions.record_round_visit(patient=patient, by=colleague, shown_at=now)
    assert lines_at(state, [ward], physician, timezone.now()).lines[0].seen
    actions.take_back_visit(visit=visit, by=colleague)
    assert ward_state([ward], physician, now).lines == state.lines
    assert not kept(physician, [ward], now).lines[0].seen
    beside = ward_state([ward], physician, now)
    other = make_patient("R-3", physician, ward)  # of the same name
    look_alikes._kept.clear()
    assert lines_at(beside, [ward], physician, now).lines[0].alike
    actions.discharge_patient(patient=other, by=physician, at=timezone.now())
    assert not kept(physician, [ward], now).lines[0].alike


def test_a_first_list_after_a_change_costs_two_queries_more_than_one_that_stands(ward, physician) -> None:
    """Who changed; and names, where somebody comes, goes or is called otherwise."""
    patient = make_patient("R-4", physician, ward)

    def queries() -> int:
        with site_clock(), CaptureQueriesContext(connection) as caught:
            kept(physician, [ward], timezone.now())
        return sum("SAVEPOINT" not in x["sql"] for x in caught)

    queries()
    standing = queries()
    actions.add_task(patient=patient, by=physician, text="HRCT", due=timezone.localdate())
    assert queries() == standing + 1
    make_patient("R-5", physician, ward, family_name="Ueda")
    assert queries() == standing + 2
    assert queries() == standing
