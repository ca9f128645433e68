"""Two wards with people and patients, and servers that take what is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from monitoring.notification_models import Least, NotificationChoice, Webhook
from patients.models import Role, User, Ward
from tests.ildcare.notifying.servers import MailServer, WebServer, mail_server, web_server
from tests.patients.conftest import make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


@pytest.fixture
def mail(settings) -> Iterator[MailServer]:
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.MAIL_OFFERED = "127.0.0.1", server.port, True
        yield server


@pytest.fixture
def hook(db, web: WebServer) -> Webhook:
    return Webhook.objects.create(title="Pager", url=web.url, salt="salt", least=Least.WARNING)


@pytest.fixture
def reader(ward: Ward, settings) -> User:
    """Has e-mail switched on, of what is critical."""
    return with_mail(make_user("reader", Role.PHYSICIAN, ward))


@pytest.fixture
def administrator(db) -> User:
    return make_user("admin", Role.ADMINISTRATOR)


def with_mail(user: User, **choice) -> User:
    user.email = f"{user.username}@hospital.example"
    user.save(update_fields=["email"])
    NotificationChoice.objects.create(user=user, email=True, **choice)
    return user
