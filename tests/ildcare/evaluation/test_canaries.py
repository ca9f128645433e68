"""R16: the canary of every rule goes the way of every patient; nothing of it stays but whether its alert was there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import psycopg
import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ildcare import tasks
from ildcare.celery import app
from ildcare.evaluation import canaries
from ildcare.evaluation import sweep as evaluation
from ildcare.evaluation.canaries import try_all, try_canary, try_due
from ildcare.management.commands.sweep import Command
from monitoring import receivers
from monitoring.canaries import silence
from monitoring.canaries.silence import AGAIN_AFTER, EVERY, canary_figures, newest_runs, silence_of
from monitoring.engine import Rule, Situation
from monitoring.models import CanaryRun
from monitoring.rules import BY_CODE, RULES
from patients.models import SiteSettings
from tests.monitoring.canaries_spoke import tried
from tests.monitoring.stored import a_patient, open_rules, tell, today
from tests.patients.conftest import make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story
from tests.together import each

pytestmark = pytest.mark.django_db

FEW = tuple(BY_CODE[x] for x in ("AKI", "SENT_VALUE_WAITS", "PAO2_LOW", "OVERDUE"))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> tuple[Rule, ...]:
    """Four rules are active: by a course, by a message, an event, and by what lacks."""
    for place in (canaries, silence):
        monkeypatch.setattr(place, "active_rules", lambda _off: FEW)
    return FEW


def speaks(rule: Rule) -> None:
    run = try_canary(rule)
    assert run is not None
    assert (run.fired, run.error) == (True, "")


def test_R16_each_rule_raises_the_alert_of_its_canary() -> None:
    each(RULES, speaks, lambda x: x.code)


def test_each_does_on_29_february_a_minute_after_midnight_elsewhere() -> None:
    SiteSettings.objects.update_or_create(pk=1, defaults={"time_zone": "America/St_Johns"})
    with time_machine.travel(datetime(2024, 2, 29, 3, 31, tzinfo=UTC), tick=False):
        each(RULES, speaks, lambda x: x.code)


# -- what stays -------------------------------------------------------------------------------------------------------

TABLES_SQL = """SELECT string_agg(format('SELECT %L, count(*) FROM %I.%I', schemaname || '.' || tablename, schemaname,
    tablename), ' UNION ALL ') FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""


def rows() -> dict[str, int]:
    """How many rows each table of the database has, whosever it is."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES_SQL)
        cursor.execute(cursor.fetchone()[0])
        return dict(cursor.fetchall())


@pytest.fixture
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Patients for whom a worker was asked."""
    asked: list[int] = []
    monkeypatch.setattr(receivers, "nudge", asked.append)
    return asked


@pytest.mark.django_db(transaction=True)
def test_of_all_that_is_stored_one_row_a_canary_stays(few, nudged) -> None:
    patient = a_patient()
    tell(patient, Story().ferritin(today() - 1, "900"))
    nudged.clear()
    before = rows()
    assert {"audit.log", "public.monitoring_outboxentry", "public.patients_patient"} <= set(before)
    assert try_all().silent == ()
    after = rows()
    assert {x: n - before[x] for x, n in after.items() if n != before[x]} == {"public.monitoring_canaryrun": len(few)}
    assert nudged == []


@contextmanager
def during_each(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> Iterator[None]:
    """Between storing and evaluating a canary this happens."""
    evaluate = canaries.evaluate_patients
    with monkeypatch.context() as patched:
        patched.setattr(canaries, "evaluate_patients", lambda ids: (happens(), evaluate(ids))[1])
        yield


def elsewhere(work: Callable[[], object]) -> object:
    """What a worker with a connection of its own answers, or the error in which it ended."""
    answers: list[object] = []

    def run() -> None:
        try:
            answers.append(work())
        except Exception as error:
            answers.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return answers[0] if answers else "it waits"


@pytest.mark.django_db(transaction=True)
def test_a_sweep_meanwhile_sees_nothing_of_it_and_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    patient = a_patient()
    tell(patient, Story().pao2(today() - 1, "50"))
    swept: list[object] = []
    with during_each(monkeypatch, lambda: swept.append(elsewhere(evaluation.sweep))):
        speaks(BY_CODE["AKI"])
    (run,) = swept
    assert (run.evaluated, run.failed, run.waiting) == (1, 0, 0)
    assert {x for x, _subject, _severity in open_rules(patient)} >= {"PAO2_LOW"}


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_do_not_wait_for_each_other(few, monkeypatch: pytest.MonkeyPatch) -> None:
    before, others = rows(), []
    once = threading.Lock()

    def another() -> None:
        if once.acquire(blocking=False):
            others.append(elsewhere(try_all))

    with during_each(monkeypatch, another):
        assert try_all().silent == ()
    (other,) = others
    assert (len(other.runs), other.silent, other.not_run) == (len(few), (), ())
    after = rows()
    assert {x for x, n in after.items() if n != before[x]} == {"public.monitoring_canaryrun"}
    assert CanaryRun.objects.count() == 2 * len(few)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_lost_in_the_middle_leaves_nothing_and_says_nothing_of_the_rule(
    few, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(EVERY)
    before, spoken = rows(), newest_runs()

    def cut() -> None:
        place = connection.get_connection_params()
        names = {x: place[x] for x in ("dbname", "user", "host", "port", "password") if place.get(x)}
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        with psycopg.connect(**names, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    with during_each(monkeypatch, cut):
        done = try_due()
    assert (done.runs, done.not_run) == ((), tuple(x.code for x in few))
    assert rows() == before
    assert newest_runs() == spoken, "nothing is noted of a rule that was not tried"
    assert len(try_due().runs) == len(few), "and it is tried again at the next look"


def test_a_day_without_a_run_is_red_whatever_the_reason() -> None:
    tried(timedelta(hours=25, minutes=59))
    assert canary_figures(timezone.now()).silent == 0
    CanaryRun.objects.update(ran_at=timezone.now() - timedelta(hours=26, minutes=1))
    figures = canary_figures(timezone.now())
    assert figures.silent == len(RULES)
    assert figures.age is not None
    assert figures.age // 60 == 26 * 60 + 1


def test_before_the_first_run_there_is_no_age() -> None:
    assert canary_figures(timezone.now()).age is None


# -- a rule that does not speak ---------------------------------------------------------------------------------------


def says_nothing(_situation: Situation) -> list[object]:
    return []


def breaks(_situation: Situation) -> list[object]:
    raise ArithmeticError("a number of somebody")


def with_rule(monkeypatch: pytest.MonkeyPatch, code: str, detect: Callable[[Situation], list[object]]) -> None:
    changed = tuple(replace(x, detect=detect) if x.code == code else x for x in RULES)
    monkeypatch.setattr(evaluation, "RULES", changed)


def banner(client, language: str = "en") -> str:
    """What a page says of the monitoring."""
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
    return words_of(client.get("/rules/"))


@pytest.mark.parametrize(("detect", "error"), [(says_nothing, "silent"), (breaks, "rule_failed")])
def test_a_rule_that_does_not_speak_turns_every_page_red_within_one_run_until_it_does(
    client, few, monkeypatch: pytest.MonkeyPatch, detect, error: str
) -> None:
    client.force_login(make_user("reader"))
    evaluation.sweep()
    assert "could be shown to work" not in banner(client)
    assert "No rule of the monitoring was shown to work yet: do not rely on its silence." in banner(client)
    assert try_all().silent == ()
    assert "do not rely on its silence" not in banner(client)
    with monkeypatch.context() as patched:
        with_rule(patched, "AKI", detect)
        (silent,) = try_all().silent
        assert (silent.rule, silent.error) == ("AKI", error)
        assert f"The monitoring of “{BY_CODE['AKI'].title}” could not be shown to work since" in banner(client)
        assert "の監視が働いていることを" in banner(client, "ja")
        assert canary_figures(timezone.now()).silent == 1
    assert try_all().silent == ()
    assert "do not rely on its silence" not in banner(client)


@pytest.mark.parametrize("path", ["/", "/rules/PAO2_LOW"])
def test_the_banner_costs_no_page_a_statement_and_stands_on_each(client, physician, path: str) -> None:
    client.force_login(physician)
    evaluation.sweep()
    client.get(path)  # the session writes down that it lives, every now and then

    def load() -> tuple[int, str]:
        with CaptureQueriesContext(connection) as caught:
            words = words_of(client.get(path))
        return len(caught), words

    never, shown = load()
    assert "No rule of the monitoring was shown to work yet" in shown
    tried()
    good, shown = load()
    assert "shown to work since" not in shown
    tried(silent=dict.fromkeys(list(BY_CODE)[:5], "silent"))
    bad, shown = load()
    names = ", ".join(f"“{x.title}”" for x in RULES[:3])
    assert f"The monitoring of {names} and 2 more rules could not be shown to work since" in shown
    assert never == good == bad


def test_what_breaks_in_storing_is_noted_by_its_class_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: object) -> None:
        raise LookupError("the name of somebody")

    monkeypatch.setattr(evaluation, "apply_examinations", away)
    run = try_canary(BY_CODE["AKI"])
    assert run is not None
    assert (run.fired, run.error) == (False, "LookupError")


def test_a_file_that_lacks_is_a_silent_canary(monkeypatch: pytest.MonkeyPatch) -> None:
    run = try_canary(replace(BY_CODE["AKI"], code="NOT_THERE"))
    assert run is not None
    assert run.error == "FileNotFoundError"


def test_the_alert_of_another_version_is_not_its() -> None:
    run = try_canary(replace(BY_CODE["AKI"], version=99))
    assert run is not None
    assert run.error == "silent"


# -- when -------------------------------------------------------------------------------------------------------------


def test_the_worker_tries_what_is_due_and_no_more(few) -> None:
    assert len(try_due().runs) == len(few)
    assert try_due().runs == ()
    with time_machine.travel(timezone.now() + EVERY):
        assert len(try_due().runs) == len(few)


def test_one_that_was_silent_is_tried_again_within_the_hour(few) -> None:
    tried(timedelta(minutes=1), silent={"AKI": "silent"})
    assert try_due().runs == ()
    with time_machine.travel(timezone.now() + AGAIN_AFTER):
        assert [x.rule for x in try_due().runs] == ["AKI"]


def test_a_busy_worker_stops_in_time_and_goes_on_at_the_next_look(few, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 2))  # every question takes two seconds
    monkeypatch.setattr(canaries, "monotonic", lambda: next(clock))
    first = [x.rule for x in try_due().runs]
    assert 0 < len(first) < len(few)
    while more := [x.rule for x in try_due().runs]:
        first += more
    assert first == [x.code for x in few]


def test_the_worker_is_asked_every_minute_for_a_task_that_it_knows(few) -> None:
    asked = django_settings.CELERY_BEAT_SCHEDULE["canaries"]
    assert asked["schedule"] == 60
    app.loader.import_default_modules()
    assert app.tasks[asked["task"]].apply().successful()
    assert CanaryRun.objects.filter(fired=True).count() == len(few)
    assert tasks.try_canaries.name == asked["task"]


def test_a_site_without_a_worker_tries_them_with_its_sweeps(few) -> None:
    Command()._sweep_or_log()
    assert CanaryRun.objects.filter(fired=True).count() == len(few)


def test_runs_are_kept_for_90_days(few) -> None:
    tried(timedelta(days=91))
    tried(timedelta(days=89))
    try_all()
    assert CanaryRun.objects.count() == len(RULES) + len(few)


# -- by command -------------------------------------------------------------------------------------------------------


def test_the_command_names_each_and_fails_for_a_silent_one(few, monkeypatch: pytest.MonkeyPatch) -> None:
    said = StringIO()
    call_command("canaries", stdout=said)
    assert [x.partition(" version")[0] for x in said.getvalue().splitlines()] == [x.code for x in few]
    assert not silence_of(newest_runs(), timezone.now())
    with_rule(monkeypatch, "AKI", says_nothing)
    only = StringIO()
    with pytest.raises(CommandError, match=f"1 of {len(few)} rules"):
        call_command("canaries", "--silent", stdout=only)
    assert only.getvalue().startswith(f"AKI version {BY_CODE['AKI'].version}: silent, ")
    assert len(only.getvalue().splitlines()) == 1


def test_a_rule_that_the_site_switched_off_has_no_canary_to_wait_for() -> None:
    SiteSettings.objects.create(pk=1, rules_off=["AKI"])
    assert canary_figures(timezone.now()).silent == len(RULES) - 1
    assert "AKI" not in {x.rule for x in try_all().runs}
