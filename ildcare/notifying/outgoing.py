"""One POST to an address that somebody typed in: time-limited, without redirects, and only to where it may lead.

The name is resolved once, and the connection goes to the address that was looked at: what a name server says later
changes nothing. Python's own client: it follows no redirect, reads no proxy from the environment, and what is checked
here has no place in a library that resolves names by itself.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Timer
from urllib.parse import SplitResult, urlsplit

STEP_SECONDS, WHOLE_SECONDS = 5.0, 10.0  # for a step of the network, and for all of it
READ_BYTES = 1024
LOOPBACK = ("localhost", "127.0.0.1", "::1")  # the only names that lead to this machine
Address = IPv4Address | IPv6Address


class BadAddress(Exception):  # noqa: N818 - what it is, and `why` in a word
    """An address to which nothing is sent."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes: the parts of its address. `inside`: it may lie in a private network."""

    parts: SplitResult
    inside: bool = False

    @property
    def host(self) -> str:
        """The name."""
        assert self.parts.hostname is not None
        return self.parts.hostname

    @property
    def secure(self) -> bool:
        """Is it encrypted?"""
        return self.parts.scheme == "https"

    @property
    def port(self) -> int:
        """The port, or that of its scheme."""
        return self.parts.port or (443 if self.secure else 80)

    @property
    def path(self) -> str:
        """What is asked for."""
        return (self.parts.path or "/") + (f"?{self.parts.query}" if self.parts.query else "")

    @property
    def origin(self) -> str:
        """Scheme, name and port."""
        return f"{self.parts.scheme}://{self.parts.netloc.rpartition('@')[2]}"


def target_of(url: str, *, inside: bool = False) -> Target:
    """An address as it may be used. Raises BadAddress: "form", "password" (one in it), "https" (it has to be)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadAddress("form") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not url.isascii() or " " in url:
        raise BadAddress("form")
    if parts.username is not None or parts.password is not None:
        raise BadAddress("password")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise BadAddress("https")
    return Target(parts, inside)


def resolved(target: Target) -> str:
    """The address to connect to. Raises BadAddress: "name" (not known), "private" (it leads where it may not)."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise BadAddress("name") from None
    addresses = [str(x[4][0]) for x in found]
    if not all(_allowed(ip_address(x.partition("%")[0]), target) for x in addresses):
        raise BadAddress("private")
    return addresses[0]


def _allowed(address: Address, target: Target) -> bool:
    """This machine by its own names only, a private network where that was said, nothing that is no host."""
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback:
        return target.host in LOOPBACK
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    return target.inside or address.is_global


class _Connection(HTTPConnection):
    """To the address that was looked at, under the name that was typed in."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=STEP_SECONDS)
        self.default_port = 443 if target.secure else 80
        self.target, self.address, self.was_cut = target, address, False

    def connect(self) -> None:
        """Connect, encrypted where the address says so."""
        plain = socket.create_connection((self.address, self.target.port), STEP_SECONDS)
        self.sock = plain  # closed with this connection, also where the other end speaks no TLS
        if self.target.secure:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.target.host)

    def cut(self) -> None:
        """End it, wherever it is: a server that sends a byte a second is none that answers."""
        self.was_cut = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: a status, or none and why in a word ("timeout", "unreachable", "tls", or why the address is
    bad)."""

    status: int | None
    why: str = ""

    @property
    def taken(self) -> bool:
        """Did the other end take it?"""
        return self.status is not None and 200 <= self.status < 300

    @property
    def words(self) -> str:
        """As it is stored."""
        return f"HTTP {self.status}" if self.status is not None else self.why


def post(target: Target, *, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Send it once; never raises. A redirect is an answer like another, and is not followed."""
    try:
        connection = _Connection(target, resolved(target))
    except BadAddress as error:
        return Reply(None, error.why)
    watchdog = Timer(WHOLE_SECONDS, connection.cut)
    watchdog.daemon = True
    watchdog.start()
    try:
        connection.request("POST", target.path, body=body, headers={"User-Agent": "ildcare", **headers})
        with closing(connection.getresponse()) as answer:  # which holds the socket, if it is not read to its end
            answer.read(READ_BYTES)
            return Reply(answer.status)
    except TimeoutError:
        return Reply(None, "timeout")
    except ssl.SSLError:
        return Reply(None, "tls")
    except (OSError, HTTPException):
        return Reply(None, "timeout" if connection.was_cut else "unreachable")
    finally:
        watchdog.cancel()
        connection.close()
