"""R19, R58: no message, stored or sent by whatever way, holds anything of a patient. Asked of everybody of the demo."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from ildcare.evaluation.sweep import sweep
from ildcare.notifying.push import new_key, padded_off
from ildcare.notifying.sending import send_notifications
from monitoring.models import Alert, AlertEvent, EventKind, OutboxEntry
from monitoring.notification_models import Least, Notification, NotificationChoice, PushSubscription, Webhook
from patients.models import Measurement, Patient, User
from tests.ildcare.notifying.servers import mail_server, web_server
from tests.ildcare.notifying.test_push import decrypted, point

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
OURS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|whsec_\S+|v1,\S+|t=\S+|http://127\.0\.0\.1:8000\S*")  # drawn, or ours


def told_of_a_patient(patient: Patient) -> set[str]:
    """Names, numbers and days by which somebody could be known."""
    names = {patient.mrn, patient.family_name, patient.given_name, patient.family_kana, patient.given_kana}
    born = {f"{patient.birth_date:%Y-%m-%d}", f"{patient.birth_date:%d/%m/%Y}"} if patient.birth_date else set()
    return {x for x in names | born if x and len(x) > 1}


def test_no_message_about_any_patient_of_the_demo_says_who_or_what(settings, client: Client) -> None:
    call_command("seed_demo", verbosity=0)
    settings.MAIL_OFFERED, settings.PUSH_KEY, settings.PUSH_SERVICES = True, new_key(), ["127.0.0.1"]
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    private, auth = ec.generate_private_key(ec.SECP256R1()), b"x" * 16
    with mail_server() as mail, web_server() as hooks, web_server() as pushes:
        settings.EMAIL_PORT = mail.port
        for number, user in enumerate(User.objects.exclude(wards=None).distinct()):
            user.email = f"person{number}@hospital.example"
            user.save()
            language = ["en", "ja"][number % 2]
            NotificationChoice.objects.create(user=user, email=True, least=Least.WARNING, language=language)
            PushSubscription.objects.create(
                user=user,
                title="Phone",
                endpoint=f"{pushes.url}/{number}",
                p256dh=padded_off(point(private)),
                auth=padded_off(auth),
            )
        for language in ("en", "ja"):
            Webhook.objects.create(
                title=language, url=f"{hooks.url}/{language}", salt=language, least=Least.WARNING, language=language
            )
        for alert in Alert.objects.open():  # each of them is new, and nobody saw it
            Alert.objects.filter(pk=alert.pk).update(acknowledged_at=None, acknowledged_by=None, doing="")
        OutboxEntry.objects.update(planned_at=None)
        send_notifications(budget=300)
        with time_machine.travel(timezone.now() + timedelta(hours=3)):
            sweep()  # passes on
            send_notifications(budget=300)
        texts = [x.as_string() + x.get_content() + x["Subject"] for x in mail.mails]
        texts += [x.body.decode() + str(x.headers) for x in hooks.sent]
        texts += [decrypted(x.body, private, auth).decode() + str(x.headers) for x in pushes.sent]
        texts += [str(x) for x in Notification.objects.values_list("counts", "answer")]
    assert AlertEvent.objects.filter(kind=EventKind.ESCALATED).exists()
    assert min(len(mail.mails), len(hooks.sent), len(pushes.sent)) >= 4
    said = OURS.sub("", "\n".join(texts))
    found = {x for patient in Patient.objects.all() for x in told_of_a_patient(patient) if x in said}
    assert found == set()
    values = {str(x) for x in Measurement.objects.values_list("value", flat=True) if x is not None}
    spoken = "\n".join(x.get_content() + x["Subject"] for x in mail.mails)
    numbers = set(re.findall(r"\d+\.\d+|\d{3,}", OURS.sub("", spoken)))
    assert numbers & values == set()
    rules = {x for x in Alert.objects.values_list("rule", flat=True) if x in said}
    assert rules == set()
