"""Listens for messages of laboratories and wards: `manage.py listen [--host H] [--port N] [--certificate F --key F]`.

HL7 v2 by the lower layer protocol (MLLP). Encryption is the proxy's, or this command's with a certificate. Ends with
TERM or Ctrl-C, after what is in hand is stored and acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ildcare.exchange.mllp import Listener

PORT = 2575  # registered for HL7


class Command(BaseCommand):
    """Serves until it is stopped."""

    help = "Listen for HL7 v2 messages (MLLP)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Address, and the certificate for TLS."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=PORT, help=f"port ({PORT})")
        parser.add_argument("--certificate", type=Path, help="file of the certificate, for TLS")
        parser.add_argument("--key", type=Path, help="file of its key")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Listens; one sentence where it cannot."""
        try:
            asyncio.run(_listen(options["host"], options["port"], _tls(options["certificate"], options["key"])))
        except OSError as error:
            reason = error.strerror or str(error)
            raise CommandError(f"{options['host']}:{options['port']} cannot be listened on ({reason}).") from None


async def _listen(host: str, port: int, tls: ssl.SSLContext | None) -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, stopped.set)
    await Listener().listen(host, port, stopped, tls=tls)


def _tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise CommandError(f"{certificate}: no certificate with its key ({error.strerror or error}).") from None
    return context
