"""The listener for HL7 v2 by the lower layer protocol: one message in, one acknowledgement out, after the commit.

Frames and connections are the library's (`hl7.mllp`); what it raises on a damaged frame is one refusal. AA is said only
of what is stored: as facts, or as questions that wait. AR refuses for good and says why, AE asks to send again later;
neither repeats a word about the patient. A sender that is not known is refused: somebody has to name it first.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext as _
from hl7.mllp import HL7StreamReader, HL7StreamWriter, InvalidBlockError, start_hl7_server

from patients.actions import take_message
from patients.changes import Refused
from patients.clinical.reasons import _ as _msg
from patients.clinical.written import reason_from_json
from patients.imports.hl7v2 import LONGEST, Unreadable, parted
from patients.models import Source
from patients.wording import render

log = structlog.get_logger(__name__)
ACCEPTED, ERROR, REJECTED = "AA", "AE", "AR"
THREADS = 4  # messages that are stored at the same time; those of one connection one after the other
IDLE = 3600.0  # seconds after which a silent connection is closed
FORM = "hl7v2"


@dataclass(frozen=True, slots=True)
class Header:
    """What an acknowledgement repeats of a message: who sends to whom, its number, its kind and version."""

    sender: tuple[str, str] = ("", "")
    receiver: tuple[str, str] = ("", "")
    control_id: str = ""
    event: str = ""
    version: str = "2.5"

    @property
    def source(self) -> str:
        """The sender as sources are named."""
        return "|".join(x for x in self.sender if x)


def answer_to(document: bytes, address: str) -> bytes:
    """Take a message that came from an address and acknowledge it. Never raises: what goes wrong is an acknowledgement
    too."""
    header = Header()
    try:
        header = header_of(document)
        source = Source.objects.filter(sender=header.source).first()
        if source is None:
            return _said(header, REJECTED, _("This sender is not known here: an administrator has to name it first."))
        if not _may_send_from(source, address):
            log.warning("address_refused", source=header.source, address=address)
            return _said(header, REJECTED, _("This sender may not send from this address."))
        receipt = take_message(source=source, document=document, form=FORM, control_id=header.control_id)
        if receipt.message.refused is not None:
            return _said(header, REJECTED, render(reason_from_json(receipt.message.refused)))
        return _said(header, ACCEPTED, "")
    except Unreadable as refused:
        return _said(header, REJECTED, render(refused.reason))
    except Refused as refused:
        return _said(header, REJECTED, "; ".join(refused.faults))
    except DatabaseError as error:
        connection.close()  # the next message begins with a new one
        return _failed(header, error)
    except Exception as error:  # whatever it is: the sender keeps the message and sends it again
        return _failed(header, error)


def _may_send_from(source: Source, address: str) -> bool:
    """Is the address in one of the networks of a source that has any?"""
    if not source.networks:
        return True
    try:
        of = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(of, "ipv4_mapped", None)  # an IPv4 address as a socket for both kinds tells it
    return any((mapped or of) in ip_network(x) for x in source.networks)


def _failed(header: Header, error: Exception) -> bytes:
    log.error("message_not_taken", control_id=header.control_id, error=type(error).__name__)
    return _said(header, ERROR, _("The message could not be stored now: send it again."))


def _said(header: Header, code: str, words: str) -> bytes:
    if code != ACCEPTED:
        log.warning("message_refused", control_id=header.control_id, source=header.source, code=code)
    return acknowledgement(header, code, words, now=timezone.localtime())


def header_of(document: bytes) -> Header:
    """The header of a message. Raises Unreadable."""
    parts = parted(document.partition(b"\r")[0] + b"\r")  # the rest is parted where it is taken
    header = parts.first("MSH")
    if not parts.text(header, 9):
        raise Unreadable(_msg("the message does not say what kind it is (MSH-9)"))
    return Header(
        sender=(parts.text(header, 3), parts.text(header, 4)),
        receiver=(parts.text(header, 5), parts.text(header, 6)),
        control_id=parts.text(header, 10),
        event=parts.text(header, 9, 2),
        version=parts.text(header, 12) or "2.5",
    )


def acknowledgement(header: Header, code: str, words: str, *, now: datetime) -> bytes:
    """The acknowledgement of a message (HL7 v2.5.1, 2.9.2): sender and receiver change places."""
    to, own = header.sender, header.receiver
    stamp = f"{now:%Y%m%d%H%M%S%z}"
    kind = "^".join(x for x in ("ACK", _plain(header.event)) if x)
    first = ["MSH", r"^~\&", *own, *to, stamp, "", kind, f"A{now:%Y%m%d%H%M%S%f}", "P", header.version, *[""] * 5]
    segments = ["|".join((*map(_kept, first), "UNICODE UTF-8"))]
    segments.append(f"MSA|{code}|{_kept(header.control_id)}" + (f"|{_plain(words)}" if words else ""))
    return ("\r".join(segments) + "\r").encode()


def _kept(text: str) -> str:
    """As it came, but never a new segment."""
    return text.replace("\r", " ").replace("\n", " ")


def _plain(text: str) -> str:
    """Words in a field: no separators."""
    return "".join(" " if x in "|^~\\&\r\n" else x for x in text)


# -- connections ------------------------------------------------------------------------------------------------------


class Listener:
    """Accepts connections on one port until it is stopped."""

    def __init__(self, answer: Callable[[bytes, str], bytes] = answer_to) -> None:
        self._answer = answer
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="message")
        self._open: set[asyncio.Task[None]] = set()
        self.port: int | None = None  # once it listens

    async def listen(self, host: str, port: int, stopped: asyncio.Event, *, tls: ssl.SSLContext | None = None) -> None:
        """Serve until `stopped`; what is in hand is finished and acknowledged. Raises OSError for a port in use."""
        server = await start_hl7_server(self._connected, host, port, limit=LONGEST, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        log.info("listening", host=host, port=self.port)
        async with server:
            await stopped.wait()
            server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        self._pool.shutdown(wait=True)

    async def _connected(self, reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass  # gone, silent, or this listener stops: nothing that was acknowledged is lost with it
        finally:
            self._open.discard(task)
            writer.close()

    async def _one(self, reader: HL7StreamReader, writer: HL7StreamWriter) -> bool:
        """One message; False where the connection has ended, or its frames cannot be told apart any more."""
        try:
            block = await asyncio.wait_for(reader.readblock(), IDLE)
        except asyncio.IncompleteReadError:
            return False  # cut off: nothing was taken, and the sender has no acknowledgement
        except (InvalidBlockError, ValueError):
            await self._write(writer, _said(Header(), REJECTED, _("This is no frame of the lower layer protocol.")))
            return False
        taking = asyncio.get_running_loop().run_in_executor(self._pool, self._answer, ended(block), _address_of(writer))
        try:
            answer = await asyncio.shield(taking)
        except asyncio.CancelledError:
            answer = await taking  # in hand: it is finished and acknowledged
            await self._write(writer, answer)
            raise
        await self._write(writer, answer)
        return True

    async def _write(self, writer: HL7StreamWriter, answer: bytes) -> None:
        writer.writeblock(answer)
        await writer.drain()


def _address_of(writer: HL7StreamWriter) -> str:
    """Where a connection comes from."""
    peer = writer.get_extra_info("peername")
    return str(peer[0]) if peer else ""


def ended(block: bytes) -> bytes:
    """A whole message: its frame has ended, so its last segment has."""
    return block if block.endswith(b"\r") else block + b"\r"
