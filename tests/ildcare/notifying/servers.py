"""Receivers of messages over real sockets, in this process: a web and a mail server that do as they are told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

SILENT, DRIP = "silent", "drip"  # never answers; sends a byte now and then


@dataclass(frozen=True)
class Sent:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class WebServer:
    """Answers 200, or what stands in `script`: a status, (status, headers), SILENT, DRIP."""

    url: str = ""
    script: list[Any] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def web_server() -> Iterator[WebServer]:
    """One on a free port of this machine."""
    state = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with state.lock:
                answer = state.script.pop(0) if state.script else 200
                state.sent.append(Sent(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            state.came.set()
            if answer == SILENT:
                state.over.wait(60)
                self.close_connection = True
                return
            if answer == DRIP:
                while not state.over.wait(0.2):
                    try:
                        self.wfile.write(b"H")
                    except OSError:
                        return
                return
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class MailServer:
    """Takes every mail, or answers what stands in `script` in place of "250"."""

    port: int = 0
    script: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[list[str]] = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if self.script and self.script[0].startswith("rcpt "):
            return self.script.pop(0).removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.script:
            return self.script.pop(0)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.envelopes.append(list(envelope.rcpt_tos))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """One on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        state = MailServer(probe.getsockname()[1])
    controller = Controller(state, hostname="127.0.0.1", port=state.port)
    controller.start()
    try:
        yield state
    finally:
        controller.stop()
