"""R12, R13: a sender killed in the middle, and the real worker of the sending queue. Real processes, real kills."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone

from monitoring.notification_models import Notification, NotificationState, Webhook
from monitoring.notifying import plan
from patients.models import Role, User, Ward
from tests.faults.processes import environment, kill, own_broker, run, running, wait_for, wait_for_line
from tests.ildcare.notifying.raising import critical
from tests.ildcare.notifying.servers import SILENT, WebServer, web_server
from tests.patients.conftest import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


@pytest.fixture
def ward(db) -> Ward:
    return Ward.objects.create(code="east-7", name="East 7")


@pytest.fixture
def physician(ward: Ward, web: WebServer) -> User:
    Webhook.objects.create(title="Pager", url=web.url, salt="salt")
    return make_user("physician", Role.PHYSICIAN, ward)


def test_a_sender_killed_while_the_receiver_holds_the_message_sends_it_again_under_the_same_key(
    web: WebServer, ward: Ward, physician: User
) -> None:
    critical("P-1", physician, ward)
    plan()
    web.script = [SILENT]  # it has the message, and nobody will ever know
    with running("-m", "tests.faults.send_now", env=environment()) as process:
        assert web.came.wait(60)
        assert "0 tries" in run("-m", "tests.faults.send_now", env=environment()), "one try at a time"
        kill(process)
    row = Notification.objects.get()
    assert (row.state, row.attempts) == (NotificationState.WAITING, 1), "the try was noted before it was made"
    assert row.due_at > timezone.now()
    Notification.objects.update(due_at=timezone.now())
    wait_for(lambda: "1 tries" in run("-m", "tests.faults.send_now", env=environment()), "the row to be let go")
    first, again = web.sent
    assert first.headers["idempotency-key"] == again.headers["idempotency-key"] == str(row.key)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (NotificationState.SENT, 2)


def test_the_worker_of_the_sending_queue_sends_once_it_is_asked(
    tmp_path: Path, web: WebServer, ward: Ward, physician: User
) -> None:
    with own_broker(tmp_path / "var") as broker:
        env = environment(REDIS_URL=broker.url)
        sender = ("--queues", "sending", "--pool", "solo", "--hostname", "sender@%h", "--loglevel", "INFO")
        with running("-m", "celery", "-A", "ildcare", "worker", *sender, env=env) as worker:
            wait_for_line(worker, "ready.")
            critical("P-1", physician, ward)
            ask = "from ildcare.celery import app; app.send_task('ildcare.tasks.send_notifications')"
            run("-c", ask, env=env)
            wait_for(lambda: bool(web.sent), "the message")
            wait_for(lambda: Notification.objects.filter(state=NotificationState.SENT).exists(), "its end")
    connections.close_all()
