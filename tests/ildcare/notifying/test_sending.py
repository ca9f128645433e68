"""What is announced is really sent: to whom, once a moment, again until it arrives, and never when it is over.

R12, R19, R70: over real sockets, to a web server and a mail server of the test's own.
"""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from time import monotonic

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.notifying.sending import send_notifications
from ildcare.notifying.webhooks import signature
from monitoring.acknowledging import acknowledge_alert, snooze_alerts
from monitoring.actions import pass_on_unacknowledged, wake_whose_time_is_up
from monitoring.models import Alert, OutboxEntry
from monitoring.notification_choices import rotate_secret, secret_of, switch_webhook
from monitoring.notification_models import Channel, Least, Notification, NotificationChoice, NotificationState, Webhook
from monitoring.notifying import (
    FIRST_WAIT,
    LAST_ATTEMPT,
    LONGEST_WAIT,
    drop,
    plan,
    prune_notifications,
    retry,
    wait_after,
)
from patients.models import AuditEntry, Patient, Role, User, Ward, WardMembership
from tests.ildcare.notifying.conftest import with_mail
from tests.ildcare.notifying.raising import critical, high, warning
from tests.ildcare.notifying.servers import DRIP, SILENT, MailServer, WebServer
from tests.monitoring.stored import tell, yesterday
from tests.patients.conftest import as_runtime_role, make_user
from tests.story import Story

pytestmark = pytest.mark.django_db
S = NotificationState


def told(web: WebServer) -> list[dict]:
    return [json.loads(x.body) for x in web.sent]


def only() -> Notification:
    return Notification.objects.get()


def later(**by: float) -> int:
    with time_machine.travel(timezone.now() + timedelta(**by)):
        return send_notifications()


# -- to whom ----------------------------------------------------------------------------------------------------------


def test_nobody_is_told_who_did_not_ask_for_it(physician: User, ward: Ward, mail: MailServer) -> None:
    physician.email = "p@hospital.example"
    physician.save()
    critical("P-1", physician, ward)
    assert send_notifications() == 0
    assert (mail.mails, Notification.objects.count()) == ([], 0)
    assert not OutboxEntry.objects.filter(planned_at=None).exists(), "made into no message, and not left for later"


def test_what_is_critical_goes_at_once_to_who_asked(
    reader: User, physician: User, ward: Ward, mail: MailServer
) -> None:
    critical("P-1", physician, ward)
    assert send_notifications() == 1
    (letter,) = mail.mails
    assert mail.envelopes == [["reader@hospital.example"]]
    assert letter["Subject"] == "ildcare: 1 critical alert"
    assert letter["Message-ID"] == f"<{only().key}@127.0.0.1>"
    assert letter["Idempotency-Key"] == str(only().key)
    assert "East 7: 1 critical alert" in letter.get_content()
    assert "http://127.0.0.1:8000/?ward=east-7" in letter.get_content()
    assert (only().state, only().answer, only().counts) == (S.SENT, "SMTP 250", {"critical": 1})


def test_in_the_language_of_the_reader(reader: User, physician: User, ward: Ward, mail: MailServer) -> None:
    NotificationChoice.objects.filter(user=reader).update(language="ja")
    critical("P-1", physician, ward)
    send_notifications()
    (letter,) = mail.mails
    assert "重大" in letter["Subject"]
    assert "東7病棟" in letter.get_content()
    assert "critical" not in letter["Subject"] + letter.get_content()


def test_who_is_off_the_ward_is_told_nothing(reader: User, physician: User, other_ward: Ward, mail: MailServer) -> None:
    WardMembership.objects.create(user=physician, ward=other_ward)
    critical("P-1", physician, other_ward)
    critical("P-2", physician, None)
    assert send_notifications() == 0


def test_of_chosen_wards_only_those_that_are_still_theirs(
    reader: User, physician: User, ward: Ward, other_ward: Ward, mail: MailServer
) -> None:
    choice = NotificationChoice.objects.get(user=reader)
    choice.wards.set([other_ward])  # chosen while it was theirs
    critical("P-1", physician, ward)
    critical("P-2", physician, other_ward)
    assert send_notifications() == 0
    choice.wards.set([ward])
    critical("P-3", physician, ward)
    assert send_notifications() == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": ""}, {"role": Role.ADMINISTRATOR}, {"email": ""}])
def test_an_account_that_is_switched_off_or_sees_no_ward_is_told_nothing(
    reader: User, physician: User, ward: Ward, mail: MailServer, change: dict
) -> None:
    critical("P-1", physician, ward)
    plan()
    User.objects.filter(pk=reader.pk).update(**change)  # between the message and its sending
    send_notifications()
    critical("P-2", physician, ward)
    send_notifications()
    assert mail.mails == []
    assert [x.state for x in Notification.objects.all()] == [S.SUPERSEDED]


def test_who_left_the_ward_before_it_was_sent_is_told_nothing(
    reader: User, physician: User, ward: Ward, mail: MailServer
) -> None:
    critical("P-1", physician, ward)
    plan()
    reader.memberships.all().delete()
    send_notifications()
    assert (mail.mails, only().state) == ([], S.SUPERSEDED)


def test_a_warning_goes_only_to_who_wants_warnings(
    reader: User, physician: User, ward: Ward, mail: MailServer, hook: Webhook, web: WebServer
) -> None:
    warning("P-1", physician, ward)
    send_notifications()
    assert (mail.mails, [x["counts"]["warning"] for x in told(web)]) == ([], [1])


def test_a_webhook_of_a_ward_is_told_of_that_ward(
    hook: Webhook, web: WebServer, physician: User, ward: Ward, other_ward: Ward
) -> None:
    Webhook.objects.update(ward=other_ward)
    critical("P-1", physician, ward)
    assert send_notifications() == 0
    critical("P-2", physician, other_ward)
    send_notifications()
    (said,) = told(web)
    assert [x["code"] for x in said["wards"]] == ["west-5"]


def test_what_was_passed_on_goes_to_the_next_role_of_the_ward_and_to_webhooks(
    physician: User, ward: Ward, other_ward: Ward, mail: MailServer, hook: Webhook, web: WebServer
) -> None:
    with_mail(make_user("senior", Role.SENIOR, ward), least=Least.PASSED_ON)
    with_mail(make_user("elsewhere", Role.SENIOR, other_ward), least=Least.PASSED_ON)
    with_mail(make_user("nurse", Role.NURSE, ward), least=Least.PASSED_ON)
    make_user("quiet", Role.SENIOR, ward)
    critical("P-1", physician, ward)
    send_notifications()
    assert (mail.mails, len(web.sent)) == ([], 1)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        pass_on_unacknowledged()
        send_notifications()
    assert mail.envelopes == [["senior@hospital.example"]]
    assert "1 of them passed on" in mail.mails[0]["Subject"]
    assert [x["counts"]["passed_on"] for x in told(web)] == [0, 1]


def test_the_runtime_role_may_do_all_of_it(
    hook: Webhook, web: WebServer, reader: User, mail: MailServer, physician: User, ward: Ward, administrator: User
) -> None:
    """Web and workers own nothing; what happened to alerts they cannot even lock."""
    web.script = [410]
    critical("P-1", physician, ward)
    with as_runtime_role():
        send_notifications()
        row = Notification.objects.get(channel=Channel.WEBHOOK)
        assert retry(key=row.key, by=administrator)
        send_notifications()
        rotate_secret(webhook=hook, by=administrator)
        assert prune_notifications(timezone.now() + timedelta(days=99)) > 0
    assert (len(web.sent), len(mail.mails), Notification.objects.count()) == (2, 1, 0)


# -- once a moment ----------------------------------------------------------------------------------------------------


def test_what_comes_together_is_one_message_with_counts_by_ward(
    hook: Webhook, web: WebServer, physician: User, ward: Ward, other_ward: Ward
) -> None:
    for number in range(3):
        critical(f"E-{number}", physician, ward)
    warning("E-9", physician, ward)
    critical("W-1", physician, other_ward)
    send_notifications()
    (said,) = told(web)
    assert said["counts"] == {"critical": 4, "warning": 1, "passed_on": 0, "withdrawn": 0}
    assert [(x["code"], x["counts"]["critical"], x["counts"]["warning"]) for x in said["wards"]] == [
        ("east-7", 3, 1),
        ("west-5", 1, 0),
    ]


def test_alerts_of_one_card_are_one(hook: Webhook, web: WebServer, physician: User, ward: Ward) -> None:
    patient = critical("P-1", physician, ward)
    alert = high(patient)
    other = Alert.objects.create(
        **{x: getattr(alert, x) for x in ("patient", "rule_version", "severity", "reasons", "facts", "evidence")},
        **{x: getattr(alert, x) for x in ("opened_on", "opened_at", "value_on")},
        rule="AS_ENTRY",  # of the same group
    )
    event = alert.events.get()
    event.pk, event.alert = None, other
    event.save()
    OutboxEntry.objects.create(event=event)
    send_notifications()
    assert told(web)[0]["counts"]["critical"] == 1


def test_warnings_come_once_in_a_while_and_with_what_is_critical(
    hook: Webhook, web: WebServer, physician: User, ward: Ward
) -> None:
    warning("P-1", physician, ward)
    send_notifications()
    warning("P-2", physician, ward)
    warning("P-3", physician, ward)
    assert (later(minutes=60 - 1), len(web.sent)) == (0, 1)
    assert later(minutes=60 + 1) == 1
    assert [x["counts"]["warning"] for x in told(web)] == [1, 2]
    with time_machine.travel(timezone.now() + timedelta(minutes=65)):
        warning("P-4", physician, ward)
        assert send_notifications() == 0
        critical("P-5", physician, ward)
        assert send_notifications() == 1
    assert told(web)[-1]["counts"] == {"critical": 1, "warning": 1, "passed_on": 0, "withdrawn": 0}


def test_nothing_joins_a_message_that_was_tried(hook: Webhook, web: WebServer, physician: User, ward: Ward) -> None:
    """Its receiver may know its key already, and would leave out what joined it."""
    web.script = [500]
    critical("P-1", physician, ward)
    send_notifications()
    critical("P-2", physician, ward)
    send_notifications()
    later(minutes=5)
    first, second, again = web.sent
    assert first.headers["idempotency-key"] == again.headers["idempotency-key"] != second.headers["idempotency-key"]
    assert [x["counts"]["critical"] for x in told(web)] == [1, 1, 1]


# -- what is over is not sent -----------------------------------------------------------------------------------------


def test_what_was_acknowledged_before_it_was_sent_is_not_sent(
    hook: Webhook, web: WebServer, physician: User, ward: Ward
) -> None:
    alert = high(critical("P-1", physician, ward))
    plan()
    acknowledge_alert(alert=alert, by=physician, doing="repeat_ordered", expected_version=alert.version)
    send_notifications()
    assert (web.sent, only().state) == ([], S.SUPERSEDED)


def test_what_was_acknowledged_while_the_receiver_was_away_is_not_sent_again(
    hook: Webhook, web: WebServer, physician: User, ward: Ward
) -> None:
    web.script = [500]
    alert = high(critical("P-1", physician, ward))
    send_notifications()
    acknowledge_alert(alert=alert, by=physician, doing="repeat_ordered", expected_version=alert.version)
    later(minutes=5)
    assert (len(web.sent), only().state) == (1, S.SUPERSEDED)


def test_what_is_snoozed_waits_and_is_told_awake(hook: Webhook, web: WebServer, physician: User, ward: Ward) -> None:
    patient = critical("P-1", physician, ward)
    alert, until = high(patient), timezone.now() + timedelta(hours=1)
    snooze_alerts(patient=patient, versions={alert.pk: alert.version}, by=physician, until=until, note="echo first")
    send_notifications()
    assert web.sent == []
    with time_machine.travel(until + timedelta(minutes=1)):
        wake_whose_time_is_up()
        send_notifications()
    assert [x["counts"]["critical"] for x in told(web)] == [1]


def test_a_withdrawal_is_told_to_who_was_told_of_the_alert(
    hook: Webhook, web: WebServer, physician: User, ward: Ward
) -> None:
    patient, quiet = critical("P-1", physician, ward), critical("P-2", physician, ward)
    acknowledged = high(quiet)
    acknowledge_alert(alert=acknowledged, by=physician, doing="repeat_ordered", expected_version=acknowledged.version)
    send_notifications()
    for x in (patient, quiet):
        tell(x, Story().ferritin(yesterday(), "100", id=f"f-{x.mrn}"))
        evaluate_patients([x.pk])
    send_notifications()
    assert [x["counts"]["withdrawn"] for x in told(web)] == [0, 1]


# -- again, until it arrives ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [500, 404, (302, {"Location": "http://127.0.0.1:1/elsewhere"})])
def test_what_fails_is_sent_again_under_the_same_key(
    hook: Webhook, web: WebServer, physician: User, ward: Ward, answer
) -> None:
    web.script = [answer]
    critical("P-1", physician, ward)
    send_notifications()
    status = answer if isinstance(answer, int) else answer[0]
    assert (only().state, only().attempts, only().answer) == (S.WAITING, 1, f"HTTP {status}")
    assert (later(seconds=FIRST_WAIT.seconds - 5), later(seconds=FIRST_WAIT.seconds + 5)) == (0, 1)
    assert [x.path for x in web.sent] == ["/hook", "/hook"], "no redirect is followed"
    assert len({x.headers["webhook-id"] for x in web.sent}) == 1
    assert (only().state, only().attempts, only().answer) == (S.SENT, 2, "HTTP 200")


def test_a_receiver_that_is_gone_is_given_up(hook: Webhook, web: WebServer, physician: User, ward: Ward) -> None:
    web.script = [410]
    critical("P-1", physician, ward)
    send_notifications()
    assert (only().state, only().answer) == (S.GIVEN_UP, "HTTP 410")


@pytest.mark.parametrize("how", [SILENT, DRIP])
def test_a_receiver_that_does_not_answer_costs_some_seconds(
    hook: Webhook, web: WebServer, physician: User, ward: Ward, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("ildcare.notifying.outgoing.STEP_SECONDS", 0.6)
    monkeypatch.setattr("ildcare.notifying.outgoing.WHOLE_SECONDS", 1.5)
    web.script = [how]
    critical("P-1", physician, ward)
    start = monotonic()
    send_notifications()
    assert monotonic() - start < 20
    assert (only().state, only().answer) == (S.WAITING, "timeout")


def test_a_receiver_that_is_away(hook: Webhook, physician: User, ward: Ward) -> None:
    Webhook.objects.update(url="http://127.0.0.1:9/closed")
    critical("P-1", physician, ward)
    send_notifications()
    assert only().answer == "unreachable"


def test_a_mailbox_that_is_full_is_tried_again_and_one_that_is_none_is_not(
    reader: User, physician: User, ward: Ward, mail: MailServer
) -> None:
    mail.script = ["452 full"]
    critical("P-1", physician, ward)
    send_notifications()
    assert (only().state, only().answer) == (S.WAITING, "SMTP 452")
    assert later(minutes=1) == 1
    (letter,) = mail.mails
    assert str(only().key) in letter["Message-ID"]
    mail.script = ["rcpt 550 5.1.1 no such user reader@hospital.example"]
    critical("P-2", physician, ward)
    send_notifications()
    given_up = Notification.objects.get(state=S.GIVEN_UP)
    assert given_up.answer == "SMTP 550", "in codes: the words name the person"


def test_without_a_mail_server_nothing_counts_as_sent(
    reader: User, physician: User, ward: Ward, mail: MailServer, settings
) -> None:
    critical("P-1", physician, ward)
    plan()
    settings.MAIL_OFFERED, settings.EMAIL_BACKEND = False, "django.core.mail.backends.dummy.EmailBackend"
    send_notifications()
    assert (only().state, only().answer) == (S.WAITING, "server")


def test_the_waits_double_up_to_a_limit_and_end() -> None:
    waits = [wait_after(x).total_seconds() for x in range(1, LAST_ATTEMPT + 1)]
    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == LONGEST_WAIT.total_seconds()
    assert waits == sorted(waits)


def test_after_the_last_try_it_is_given_up_in_sight_and_a_person_can_try_again_or_leave_it(
    hook: Webhook, web: WebServer, physician: User, ward: Ward, administrator: User
) -> None:
    web.script = [500] * (LAST_ATTEMPT + 1)
    critical("P-1", physician, ward)
    moment = timezone.now()
    for _ in range(LAST_ATTEMPT + 3):
        with time_machine.travel(moment):
            send_notifications()
        moment += LONGEST_WAIT + timedelta(minutes=1)
    assert (len(web.sent), only().state, only().attempts) == (LAST_ATTEMPT, S.GIVEN_UP, LAST_ATTEMPT)
    assert retry(key=only().key, by=administrator)
    send_notifications()
    assert (len(web.sent), only().state) == (LAST_ATTEMPT + 1, S.WAITING)
    assert later(minutes=2) == 1
    assert only().state == S.SENT
    assert not drop(key=only().key, by=administrator), "it was sent"
    entries = AuditEntry.objects.filter(table_name="monitoring_notification", actor=administrator.pk)
    entry = entries.order_by("id")[0]
    assert (entry.old["state"], entry.new["state"]) == ("given_up", "waiting")


def test_a_webhook_that_was_switched_off_is_not_told_what_waited(
    hook: Webhook, web: WebServer, physician: User, ward: Ward, administrator: User
) -> None:
    critical("P-1", physician, ward)
    plan()
    switch_webhook(webhook=hook, active=False, by=administrator)
    send_notifications()
    assert (web.sent, only().state) == ([], S.SUPERSEDED)


def test_what_breaks_for_one_receiver_holds_up_no_other(
    hook: Webhook, web: WebServer, reader: User, physician: User, ward: Ward, mail: MailServer, monkeypatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("P-1")

    monkeypatch.setattr("ildcare.notifying.sending.send_webhook", broken)
    critical("P-1", physician, ward)
    send_notifications()
    assert len(mail.mails) == 1
    assert Notification.objects.get(channel=Channel.WEBHOOK).answer == "KeyError"


# -- who may believe it -----------------------------------------------------------------------------------------------


def test_a_webhook_is_signed_and_for_a_day_by_the_old_secret_too(
    hook: Webhook, web: WebServer, physician: User, ward: Ward, administrator: User
) -> None:
    old = secret_of(hook.salt)
    new = rotate_secret(webhook=hook, by=administrator).secret
    critical("P-1", physician, ward)
    send_notifications()
    critical("P-2", physician, ward)
    later(hours=25)
    assert old != new
    for sent, secrets in zip(web.sent, ([new, old], [new]), strict=True):
        key, seconds = sent.headers["webhook-id"], sent.headers["webhook-timestamp"]
        expected = [f"v1,{signature(x, key, seconds, sent.body)}" for x in secrets]
        assert sent.headers["webhook-signature"].split() == expected
    assert abs(int(web.sent[0].headers["webhook-timestamp"]) - timezone.now().timestamp()) < 300


def test_the_signature_is_that_of_the_published_example() -> None:
    """Standard Webhooks, specification 1.0.0: the example of its libraries."""
    secret, key, seconds = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330"
    body = b'{"test": 2432232314}'
    assert signature(secret, key, seconds, body) == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_secret_stands_in_no_table_and_no_audit(hook: Webhook, administrator: User) -> None:
    secret = rotate_secret(webhook=hook, by=administrator).secret
    entries = AuditEntry.objects.filter(table_name="monitoring_webhook")
    text = str([(x.old, x.new) for x in entries]) + str(list(Webhook.objects.values()))
    assert entries.exists()
    assert secret.removeprefix("whsec_") not in text
    assert Webhook.objects.get().salt not in str([(x.old, x.new) for x in entries])


# -- pruning ----------------------------------------------------------------------------------------------------------


def test_what_was_sent_goes_after_its_time_and_what_was_not_sent_stays(
    hook: Webhook, web: WebServer, physician: User, ward: Ward, settings
) -> None:
    critical("P-1", physician, ward)
    send_notifications()
    web.script = [410]
    critical("P-2", physician, ward)
    send_notifications()
    web.script = [500]
    critical("P-3", physician, ward)
    send_notifications()
    now = timezone.now()
    assert prune_notifications(now + timedelta(days=settings.NOTIFICATIONS_KEPT_DAYS - 1)) == 0
    assert prune_notifications(now + timedelta(days=settings.NOTIFICATIONS_KEPT_DAYS + 1)) > 0
    assert sorted(Notification.objects.values_list("state", flat=True)) == [S.GIVEN_UP, S.WAITING]


# -- several at once --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_several_senders_send_each_message_once(web: WebServer) -> None:
    ward = Ward.objects.create(code="east-7", name="East 7")
    physician = make_user("physician", Role.PHYSICIAN, ward)
    for number in range(12):
        Webhook.objects.create(title=f"H{number}", url=f"{web.url}/{number}", salt=str(number))
    critical("P-1", physician, ward)
    start = threading.Barrier(4)

    def sender() -> None:
        start.wait()
        send_notifications()
        connections.close_all()

    threads = [threading.Thread(target=sender) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send_notifications()
    assert sorted(x.path for x in web.sent) == sorted(f"/hook/{x}" for x in range(12))
    assert set(Notification.objects.values_list("state", "attempts")) == {(S.SENT, 1)}


@pytest.fixture
def patient(physician: User, ward: Ward) -> Patient:
    return critical("P-1", physician, ward)
