"""A message as e-mail: plain text, to one person, its key in the Message-ID."""

from __future__ import annotations

from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext

from ildcare.notifying.wording import Message, address
from monitoring.notification_models import Notification
from monitoring.notifying import Answer

PERMANENT = 500  # codes from here on say that a mailbox takes nothing, ever (RFC 5321, 4.2.1)


def send_mail(row: Notification, message: Message) -> Answer:
    """Hand it to the mail server; what that said, in codes: its words may name the person."""
    assert row.user is not None
    if not settings.MAIL_OFFERED:
        return Answer(False, "server")
    mail = EmailMessage(
        subject=message.title,
        body=_body(message),
        to=[row.user.email],
        headers={
            "Message-ID": f"<{row.key}@{urlsplit(settings.SITE_ADDRESS).hostname}>",
            "Idempotency-Key": str(row.key),
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        taken = mail.send()
    except SMTPRecipientsRefused as error:
        codes = sorted({code for code, _words in error.recipients.values()})
        return Answer(False, f"SMTP {codes[0]}", final=codes[0] >= PERMANENT)
    except SMTPResponseException as error:
        return Answer(False, f"SMTP {error.smtp_code}")
    except TimeoutError:
        return Answer(False, "timeout")
    except (SMTPException, OSError):
        return Answer(False, "unreachable")
    return Answer(True, "SMTP 250") if taken else Answer(False, "address")


def _body(message: Message) -> str:
    return "\n".join(
        (
            *message.lines,
            "",
            message.link,
            "",
            gettext("This message says nothing of a patient. Sign in to see whom it is about."),
            gettext("You get it because it was switched on: %(link)s")
            % {"link": address(reverse("notification_list"))},
            "",
        )
    )
