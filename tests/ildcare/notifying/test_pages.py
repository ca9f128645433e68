"""The page of who runs the site, and each person's own: what they show, what they change, and to whom a test goes."""

from __future__ import annotations

import json
import os
import re
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.utils import timezone

from ildcare.notifying.outgoing import BadAddress, Target, resolved, target_of
from ildcare.notifying.push import new_key, padded_off, public_key
from ildcare.notifying.sending import send_notifications
from monitoring.models import SweepRun
from monitoring.notification_choices import secret_of
from monitoring.notification_models import (
    Least,
    Notification,
    NotificationChoice,
    NotificationState,
    PushSubscription,
    Webhook,
)
from monitoring.notifying import plan
from patients.models import AuditEntry, User, Ward
from tests.ildcare.notifying.raising import critical, high
from tests.ildcare.notifying.servers import MailServer, WebServer
from tests.ildcare.notifying.test_push import point
from tests.monitoring.canaries_spoke import tried
from tests.reading import words_of

pytestmark = pytest.mark.django_db
S = NotificationState
PAGE, OWN = "/delivery/", "/notifications/"


@pytest.fixture
def manager(client: Client, administrator: User, settings) -> Client:
    settings.PASSWORD_AGAIN_SECONDS = 600
    client.force_login(administrator)
    return client


@pytest.fixture
def own(client: Client, physician: User) -> Client:
    client.force_login(physician)
    return client


def sent(client: Client, page: str, address: str, prefix: str = "", **values):
    """A form sent as the page has it: with its token."""
    text = client.get(page).content.decode().partition(f'action="{address}"')[2]
    token = re.search(rf'name="({prefix}context_token)" value="([^"]+)"', text)
    assert token is not None
    return client.post(address, {token[1]: token[2], **{f"{prefix}{k}": v for k, v in values.items()}})


def webhook(manager: Client, url: str, **more):
    values = {"title": "Pager", "url": url, "least": 3, "language": "en", **more}
    return sent(manager, PAGE, "/delivery/webhooks/add", "webhook-", **values)


# -- the page of who runs the site ------------------------------------------------------------------------------------


def test_a_webhook_is_added_and_its_secret_shown_once(manager: Client, web: WebServer, ward: Ward) -> None:
    answer = webhook(manager, web.url, ward=ward.pk)
    hook = Webhook.objects.get()
    assert (hook.ward, hook.least, hook.active) == (ward, Least.CRITICAL, True)
    assert secret_of(hook.salt) in answer.content.decode()
    assert secret_of(hook.salt) not in manager.get(PAGE).content.decode()
    changed = sent(manager, PAGE, f"/delivery/webhooks/{hook.pk}/secret")
    hook.refresh_from_db()
    assert secret_of(hook.salt) in changed.content.decode()
    assert hook.old_until is not None


def test_the_password_is_asked_for_before_an_address_is_told(manager: Client, web: WebServer, settings) -> None:
    settings.PASSWORD_AGAIN_SECONDS = -1
    answer = webhook(manager, web.url)
    assert (answer.status_code, Webhook.objects.count()) == (422, 0)
    assert "Your password, again" in words_of(answer)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://pager.example/x", "the address has to begin with https://"),
        ("ftp://127.0.0.1/x", "this is no address"),
        ("https://user:secret@127.0.0.1/x", "an address holds no password"),
        ("https://169.254.169.254/latest", "the address leads into a private network"),
        ("https://10.1.2.3/x", "the address leads into a private network"),
        ("https://[::ffff:10.1.2.3]/x", "the address leads into a private network"),
        ("https://no-such-name.invalid/x", "this name is not known"),
    ],
)
def test_an_address_to_which_nothing_may_be_sent_is_refused(manager: Client, url: str, why: str) -> None:
    answer = webhook(manager, url)
    assert (answer.status_code, Webhook.objects.count()) == (422, 0)
    assert why in words_of(answer)


def test_a_private_network_is_allowed_where_the_site_says_so_and_never_a_place_that_is_no_host() -> None:
    assert resolved(target_of("https://10.1.2.3/", inside=True)) == "10.1.2.3"
    for bad in ("https://169.254.169.254/", "https://0.0.0.0/", "https://224.0.0.1/", "https://[fe80::1]/"):
        with pytest.raises(BadAddress, match="private"):
            resolved(target_of(bad, inside=True))


def test_a_name_that_leads_to_this_machine_is_refused_unless_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a name server says when a message is sent is looked at, not only what it said once."""
    answers = [(2, 1, 6, "", ("93.184.215.14", 443)), (2, 1, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_a, **_k: answers)
    target: Target = target_of("https://pager.example/", inside=True)
    with pytest.raises(BadAddress, match="private"):
        resolved(target)


def test_the_test_button_really_sends_and_the_page_shows_what_came_back(
    manager: Client, web: WebServer, hook: Webhook
) -> None:
    web.script = [503]
    for words in ("did not arrive", "sent"):
        assert sent(manager, PAGE, f"/delivery/webhooks/{hook.pk}", do="test").status_code == 302
        waiting = manager.get(PAGE).content.decode()
        assert "every 2s" in waiting, "it asks until something came back"
        send_notifications()
        shown = manager.get(PAGE, headers={"HX-Request": "true"})
        assert "every 2s" not in shown.content.decode()
        assert words in words_of(shown)
    assert "HTTP 503" in words_of(manager.get(PAGE))
    assert [json.loads(x.body)["type"] for x in web.sent] == ["test", "test"]
    assert Notification.objects.filter(state=S.GIVEN_UP).count() == 1


def test_a_test_that_failed_is_no_message_that_did_not_arrive(
    manager: Client, web: WebServer, hook: Webhook, client: Client
) -> None:
    web.script = [500]
    sent(manager, PAGE, f"/delivery/webhooks/{hook.pk}", do="test")
    send_notifications()
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        SweepRun.objects.create(started_at=timezone.now(), finished_at=timezone.now())
        assert client.get("/health/ready").json()["delivery"] is True


def test_a_test_by_e_mail_in_the_language_of_the_page(manager: Client, administrator: User, mail: MailServer) -> None:
    administrator.email = "admin@hospital.example"
    administrator.save()
    manager.cookies["django_language"] = "ja"
    sent(manager, PAGE, "/delivery/test")
    send_notifications()
    assert [x["To"] for x in mail.mails] == ["admin@hospital.example"]
    assert "テスト" in mail.mails[0]["Subject"]


def test_what_was_given_up_stands_there_until_somebody_decides(
    manager: Client, web: WebServer, hook: Webhook, physician: User, ward: Ward, administrator: User
) -> None:
    web.script = [410]
    critical("P-1", physician, ward)
    send_notifications()
    row = Notification.objects.get()
    assert "given up" in words_of(manager.get(PAGE))
    sent(manager, PAGE, f"/delivery/messages/{row.pk}", do="drop")
    row.refresh_from_db()
    assert row.state == S.DROPPED
    noted = AuditEntry.objects.filter(table_name="monitoring_notification", op="UPDATE", actor=administrator.pk)
    assert [x.new["state"] for x in noted] == [S.DROPPED]


def test_a_webhook_is_switched_off_and_on(manager: Client, hook: Webhook, administrator: User) -> None:
    for active in (False, True):
        sent(manager, PAGE, f"/delivery/webhooks/{hook.pk}", do="switch")
        hook.refresh_from_db()
        assert hook.active is active
    assert AuditEntry.objects.filter(table_name="monitoring_webhook", op="UPDATE", actor=administrator.pk).count() == 2


def test_the_page_costs_as_much_for_many_as_for_few(
    manager: Client, hook: Webhook, ward: Ward, django_assert_max_num_queries
) -> None:
    manager.get(PAGE)
    now = timezone.now()
    for number in range(12):
        other = Webhook.objects.create(title=f"H{number}", url="https://x.example", salt="s", ward=ward)
        Notification.objects.create(channel="webhook", webhook=other, wanted_at=now, due_at=now)
    with django_assert_max_num_queries(14):
        manager.get(PAGE)


# -- the banner -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "said"), [(9, False), (11, True)])
def test_R70_a_message_that_does_not_arrive_is_said_on_every_page_and_not_ready(
    own: Client, hook: Webhook, web: WebServer, physician: User, ward: Ward, minutes: int, said: bool, settings
) -> None:
    settings.DOWNTIME_MINUTES = 0
    web.script = [500]
    patient = critical("P-1", physician, ward)
    send_notifications()
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False):
        SweepRun.objects.create(started_at=timezone.now(), finished_at=timezone.now())
        tried()
        for page in ("/", OWN, f"/patients/{patient.pk}/"):
            assert ("Messages about alerts have not arrived since" in words_of(own.get(page))) is said
        assert own.get("/health/ready").status_code == (503 if said else 200)


def test_R70_a_sender_that_stands_still_is_noticed_where_somebody_is_to_be_told(
    own: Client, physician: User, ward: Ward, settings
) -> None:
    critical("P-1", physician, ward)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        SweepRun.objects.create(started_at=timezone.now(), finished_at=timezone.now())
        assert "have not arrived" not in words_of(own.get("/")), "nobody is to be told"
        NotificationChoice.objects.create(user=physician, email=True)
        assert "have not arrived" in words_of(own.get("/"))


def test_what_was_given_up_is_said_until_somebody_saw_the_alert(
    own: Client, hook: Webhook, web: WebServer, physician: User, ward: Ward
) -> None:
    from monitoring.acknowledging import acknowledge_alert

    web.script = [410]
    alert = high(critical("P-1", physician, ward))
    send_notifications()
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        SweepRun.objects.create(started_at=timezone.now(), finished_at=timezone.now())
        assert "have not arrived" in words_of(own.get("/"))
        acknowledge_alert(alert=alert, by=physician, doing="repeat_ordered", expected_version=alert.version)
        assert "have not arrived" not in words_of(own.get("/"))


# -- each person's own ------------------------------------------------------------------------------------------------


def chosen(own: Client, **values):
    return sent(own, OWN, "/notifications/choose", **{"least": 3, "language": "en", **values})


def test_a_person_switches_e_mail_on_and_off(own: Client, physician: User, ward: Ward, mail: MailServer) -> None:
    physician.email = "p@hospital.example"
    physician.save()
    assert chosen(own, email="on", least=2, language="ja", wards=[ward.pk]).status_code == 302
    row = NotificationChoice.objects.get()
    assert (row.user, row.email, row.least, row.language, list(row.wards.all())) == (physician, True, 2, "ja", [ward])
    chosen(own)
    row.refresh_from_db()
    assert (row.email, list(row.wards.all())) == (False, [])


def test_nobody_chooses_a_ward_that_is_not_theirs(own: Client, other_ward: Ward) -> None:
    assert chosen(own, wards=[other_ward.pk]).status_code == 422
    assert not NotificationChoice.objects.exists()


def test_e_mail_is_not_offered_without_a_server_or_an_address(own: Client, settings) -> None:
    settings.MAIL_OFFERED = False
    chosen(own, email="on")
    assert not NotificationChoice.objects.get().email
    assert "This site has no mail server." in words_of(own.get(OWN))
    settings.MAIL_OFFERED = True
    assert "There is no e-mail address with your account." in words_of(own.get(OWN))


@pytest.fixture
def keys(settings) -> dict[str, str]:
    """What a browser says of itself."""
    settings.PUSH_KEY = new_key()
    private = ec.generate_private_key(ec.SECP256R1())
    return {
        "title": "Phone",
        "endpoint": "https://fcm.googleapis.com/fcm/send/abc",
        "p256dh": padded_off(point(private)),
        "auth": padded_off(os.urandom(16)),
    }


def test_a_browser_is_switched_on_and_removed(own: Client, physician: User, keys: dict, settings) -> None:
    assert f'data-key="{public_key(settings.PUSH_KEY)}"' in own.get(OWN).content.decode()
    assert sent(own, OWN, "/notifications/browsers/add", "browser-", **keys).status_code == 302
    row = PushSubscription.objects.get()
    assert (row.user, row.title) == (physician, "Phone")
    assert row.endpoint not in own.get(OWN).content.decode()
    sent(own, OWN, f"/notifications/browsers/{row.pk}/remove")
    assert not PushSubscription.objects.exists()
    notes = AuditEntry.objects.filter(table_name="monitoring_pushsubscription", actor=physician.pk)
    assert [x.op for x in notes.order_by("id")] == ["INSERT", "DELETE"]
    assert row.auth not in str([(x.old, x.new) for x in notes])


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "https://evil.example/x"},
        {"endpoint": "http://fcm.googleapis.com/x"},
        {"endpoint": "https://10.0.0.1/x"},
        {"p256dh": "AAAA"},
        {"auth": "AAAA"},
        {"p256dh": "ü"},
    ],
)
def test_what_is_no_browser_is_refused(own: Client, keys: dict, change: dict) -> None:
    assert sent(own, OWN, "/notifications/browsers/add", "browser-", **{**keys, **change}).status_code == 422
    assert not PushSubscription.objects.exists()


def test_browsers_are_not_offered_where_the_site_has_no_key(own: Client, settings) -> None:
    settings.PUSH_KEY = ""
    assert 'id="browser-add"' not in own.get(OWN).content.decode()
    assert own.post("/notifications/browsers/add").status_code == 404


def test_nobody_tests_or_removes_the_browser_of_another(own: Client, administrator: User, settings) -> None:
    settings.PUSH_KEY = new_key()
    other = PushSubscription.objects.create(
        user=administrator, title="X", endpoint="https://fcm.googleapis.com/1", p256dh="x", auth="x"
    )
    token = re.search(r'name="context_token" value="([^"]+)"', own.get(OWN).content.decode())
    assert token is not None
    answer = own.post("/notifications/test", {"context_token": token[1], "browser": other.pk})
    assert answer.status_code == 404
    own.post(f"/notifications/browsers/{other.pk}/remove", {"context_token": token[1]})
    assert PushSubscription.objects.filter(pk=other.pk).exists()


def test_a_person_sees_the_messages_to_them_alone(
    own: Client, reader: User, mail: MailServer, physician: User, ward: Ward
) -> None:
    critical("P-1", physician, ward)
    plan()
    assert "Nothing was sent to you yet." in words_of(own.get(OWN))
    send_notifications()
    own.force_login(reader)
    assert "1 critical alert" in words_of(own.get(OWN))
