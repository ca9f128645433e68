"""Figures for a monitor, in the text format of Prometheus: how the watching, the sending and the servers are. No label
holds anything of a patient.

All but the times of requests are read from database and broker when they are asked for, so that every web process tells
the same. The times are counted in files that the web processes share (`PROMETHEUS_MULTIPROC_DIR`).
"""

from __future__ import annotations

import os
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from math import inf
from secrets import compare_digest

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Max, Min, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector
from redis import Redis, RedisError

from algorithm.queries import chart_in_use, code_version
from ildcare.backup_state import state_of
from ildcare.exchange.accounts import BROKER_SECONDS, client_address
from monitoring.canaries.silence import canary_figures
from monitoring.engine import Severity
from monitoring.models import Alert, SweepRun
from monitoring.queries import count_of_questions, failing_evaluations, off_record, oldest_question
from monitoring.rules import group_of
from monitoring.undelivered import delivery_state
from patients.access import public
from patients.models import EvaluationMark, Source

DAY = timedelta(days=1)
# seconds; a page is fast in 0.25, and a ward notices a second
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
REQUEST_SECONDS = Histogram(
    "ildcare_request_seconds",
    "How long requests took, by the name of their address",
    ("route", "method", "status"),
    buckets=BOUNDS,
)


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures of now; 404 where the site has switched them on for nobody, 403 for who may not read them."""
    if not settings.METRICS_ON:
        raise Http404
    if not _may_read(request):
        return HttpResponse(status=403)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # of a typed library
        text = generate_latest(registry)
    else:  # one process alone
        text = generate_latest(registry) + generate_latest(REGISTRY)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    """Whoever brings the token, from one of the networks: of both, what the site has set."""
    if settings.METRICS_TOKEN:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
            return False
    if not settings.METRICS_NETWORKS:
        return True
    try:
        address = ip_address(client_address(request))
    except ValueError:
        return False
    return any(address in ip_network(x) for x in settings.METRICS_NETWORKS)


class Figures(Collector):
    """What is read when it is asked for. A figure more is a function more in `FIGURES`."""

    def collect(self) -> Iterator[Metric]:
        """All figures; without the database what needs none."""
        now = timezone.now()
        yield from build()
        yield _gauge("ildcare_broker_up", "Does the broker answer?", _broker_answers())
        try:
            found = [x for figures in FIGURES for x in figures(now)]
        except DatabaseError:
            connection.close()
            found = []
        yield _gauge("ildcare_database_up", "Does the database answer?", bool(found))
        yield from found


def build() -> Iterator[Metric]:
    """What runs: chart and rules."""
    chart = chart_in_use()
    told = {"chart": chart.name, "chart_version": str(chart.version), "code": code_version()[:8]}
    yield InfoMetricFamily("ildcare_build", "What runs here", told)


def sweeps(now: datetime) -> Iterator[Metric]:
    """How long ago a sweep ended, and what the sweeps of a day did."""
    last = SweepRun.objects.aggregate(last=Max("finished_at"))["last"]
    day = SweepRun.objects.filter(finished_at__gt=now - DAY).aggregate(done=Sum("evaluated"), failed=Sum("failed"))
    age = _age(last, now) if last is not None else inf
    yield _gauge("ildcare_sweep_age_seconds", "Since the last completed sweep; infinite before the first", age)
    done = GaugeMetricFamily("ildcare_evaluations_day", "Evaluations by the sweeps of 24 hours", labels=["result"])
    done.add_metric(["done"], day["done"] or 0)
    done.add_metric(["failed"], day["failed"] or 0)
    yield done


def evaluations(now: datetime) -> Iterator[Metric]:
    """Who waits for an evaluation, since when, and whose keeps failing."""
    owed = EvaluationMark.objects.filter(Q(needed_since__isnull=False) | Q(next_due_at__lte=now))
    told = owed.aggregate(number=Count("pk"), since=Min("needed_since"), due=Min("next_due_at", filter=_due(now)))
    oldest = min((x for x in (told["since"], told["due"]) if x is not None), default=None)
    yield _gauge("ildcare_evaluations_owed", "Patients who wait for an evaluation", told["number"])
    yield _gauge("ildcare_evaluations_oldest_seconds", "How long the one who waits longest has", _age(oldest, now))
    yield _gauge("ildcare_evaluations_failing", "Patients whose evaluation keeps failing", failing_evaluations())


def _due(now: datetime) -> Q:
    return Q(needed_since=None, next_due_at__lte=now)


def cards(_now: datetime) -> Iterator[Metric]:
    """Open cards by severity, and whether they wait for somebody."""
    worst: dict[tuple[int, str], tuple[bool, int]] = {}
    rows = Alert.objects.open().order_by().values_list("patient", "rule", "severity", "acknowledged_at")
    for patient, rule, severity, acknowledged in rows.iterator():
        card = (patient, str(group_of(rule)))
        worst[card] = max(worst.get(card, (False, 0)), (acknowledged is None, severity))
    tally = Tally(worst.values())
    family = GaugeMetricFamily("ildcare_open_cards", "Open cards", labels=["severity", "waits"])
    for severity in Severity:
        for waits in (True, False):
            family.add_metric([severity.name.lower(), "yes" if waits else "no"], tally[waits, int(severity)])
    yield family


def deliveries(now: datetime) -> Iterator[Metric]:
    """Messages about alerts: what waits, failed, was given up, and since when something did not arrive."""
    state = delivery_state()
    yield _gauge("ildcare_outbox_unplanned", "Announcements that are no messages yet", state.unplanned)
    yield _gauge("ildcare_outbox_waiting", "Messages that wait", state.waiting)
    yield _gauge("ildcare_outbox_failing", "Messages that failed and will be tried again", state.failing)
    yield _gauge("ildcare_outbox_given_up", "Messages that were given up", state.given_up)
    yield _gauge("ildcare_outbox_sent_day", "Messages that were sent in 24 hours", state.sent)
    oldest = _age(state.unsent_since, now)
    yield _gauge("ildcare_outbox_oldest_seconds", "How long the oldest message has been due", oldest)


def machines(now: datetime) -> Iterator[Metric]:
    """How long ago each machine that may send was heard."""
    family = GaugeMetricFamily("ildcare_machine_heard_seconds", "Since a machine was last heard", labels=["machine"])
    for source in Source.objects.filter(active=True).annotate(last=Max("messages__received_at")):
        if source.last is not None:
            family.add_metric([source.name], _age(source.last, now))
    yield family


def arrivals(now: datetime) -> Iterator[Metric]:
    """What machines sent that is on nobody's record: how much, and for how long."""
    off = off_record(now)
    told = (
        ("questions", "Questions about what machines sent", count_of_questions(), oldest_question()),
        ("unregistered", "Numbers that nobody here has, of which results wait", off.strangers, off.strangers_since),
        ("unreadable", "Messages of 24 hours that could not be read", off.unread, off.unread_since),
    )
    for name, words, number, since in told:
        yield _gauge(f"ildcare_arrivals_{name}", words, number)
        yield _gauge(f"ildcare_arrivals_{name}_oldest_seconds", f"{words}: the oldest", _age(since, now))


def canaries(now: datetime) -> Iterator[Metric]:
    """Rules that could not be shown to speak, and how long ago one was last tried."""
    figures = canary_figures(now)
    yield _gauge("ildcare_silent_canaries", "Active rules whose canary is silent", figures.silent)
    age = figures.age if figures.age is not None else inf
    yield _gauge("ildcare_canary_age_seconds", "Since the last run of a canary; infinite before the first", age)


# whatever else is to be told is a function here
def backups(now: datetime) -> Iterator[Metric]:
    """How old the last backup and the last drill are; -1 without one."""
    found = state_of(settings.BACKUP_DIR)
    for name, words, moment in (
        ("ildcare_backup_age_seconds", "How old is the last backup? -1: there is none", found.last),
        ("ildcare_drill_age_seconds", "How long ago was restoring tried? -1: never", found.drilled),
    ):
        yield _gauge(name, words, _age(moment, now) if moment else -1)
    yield _gauge("ildcare_drill_passed", "Was the last drill the same in every row?", found.drill_passed)


FIGURES: tuple[Callable[[datetime], Iterator[Metric]], ...] = (
    *(sweeps, evaluations, cards),
    *(deliveries, machines, arrivals, canaries, backups),
)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _age(since: datetime | None, now: datetime) -> float:
    """In seconds; 0 where nothing waits, and for what lies ahead."""
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0


def _broker_answers() -> bool:
    try:
        with Redis.from_url(
            settings.CELERY_BROKER_URL.removeprefix("redis+").replace("socket://", "unix://"),
            socket_timeout=BROKER_SECONDS,
            socket_connect_timeout=BROKER_SECONDS,
        ) as broker:
            return bool(broker.ping())
    except RedisError:
        return False
