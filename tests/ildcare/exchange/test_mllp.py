"""The listener, with the library's own client: AA after the commit and never before; whatever comes, an answer."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone
from hl7.client import MLLPClient

from ildcare.exchange import mllp
from ildcare.exchange.mllp import Header, Listener, acknowledgement, answer_to, ended
from ildcare.management.commands.listen import _tls
from patients.models import Measurement, Message, Source
from tests.effort import cases, dice
from tests.patients.conftest import make_patient
from tests.patients.imports.sending import HEADER, message, obx, sent

FERRITIN = "2276-4^Ferritin^LN"
ONE = message(obx(FERRITIN, "1679", "ng/mL"))
SECONDS = 60.0
HERE = "127.0.0.1"


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a listener in a thread of its own."""
    listener, loop, stopped = Listener(_closing), asyncio.new_event_loop(), asyncio.Event()
    thread = Thread(
        target=loop.run_until_complete, args=(listener.listen("127.0.0.1", 0, stopped, tls=tls),), daemon=True
    )
    thread.start()
    deadline = time.monotonic() + SECONDS
    while listener.port is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    try:
        yield listener.port
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(SECONDS)
        loop.close()


def _closing(document: bytes, address: str) -> bytes:
    try:
        return answer_to(document, address)
    finally:
        connections.close_all()  # the database of the test goes away after it


def code_of(answer: bytes) -> str:
    """AA, AE or AR."""
    segments = answer.decode().strip("\x0b\x1c\r").split("\r")
    assert segments[0].startswith("MSH|")
    return segments[1].split("|")[1]


@pytest.fixture
def laboratory(db) -> Source:
    return Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")


@pytest.mark.django_db(transaction=True)
def test_a_message_is_stored_before_it_is_acknowledged(laboratory: Source) -> None:
    make_patient("7001234", family_name="Torii", given_name="Kaori", birth_date=None)
    with listening() as port, MLLPClient("127.0.0.1", port) as client:
        answer = client.send_message(ONE)
        assert code_of(answer) == "AA"
        assert Measurement.objects.get().value == 1679
        assert b"|C100" in answer
        assert code_of(client.send_message(ONE)) == "AA", "sent again"
        assert Measurement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_message_of_the_standardised_storage_comes_in_its_own_character_set(laboratory: Source) -> None:
    Source.objects.create(name="store", title="Storage", sender="LIS01|LAB")
    make_patient("0007001234", family_name="鳥居", given_name="香織", birth_date=None)
    with listening() as port, MLLPClient("127.0.0.1", port) as client:
        assert code_of(client.send_message(sent("ssmix2-oul-r22.hl7"))) == "AA"
    assert Measurement.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_what_is_no_message_is_refused_and_the_next_one_taken(laboratory: Source) -> None:
    with listening() as port, MLLPClient("127.0.0.1", port) as client:
        assert code_of(client.send_message(b"hello")) == "AR"
        assert code_of(client.send_message(message(obx(FERRITIN, "1"), header=HEADER.replace("EAST", "WEST")))) == "AR"
        assert code_of(client.send_message(ONE)) == "AA"


@pytest.mark.django_db(transaction=True)
def test_a_frame_that_is_cut_at_any_byte_takes_nothing(laboratory: Source) -> None:
    frame = b"\x0b" + ONE + b"\x1c\x0d"
    with listening() as port:
        for end in range(len(frame)):
            with socket.create_connection(("127.0.0.1", port)) as sender:
                sender.sendall(frame[:end])
        with MLLPClient("127.0.0.1", port) as client:
            assert code_of(client.send_message(ONE)) == "AA"
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_comes_outside_a_frame_is_refused(laboratory: Source) -> None:
    with listening() as port, socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(ONE + b"\x1c\x0d")
        assert code_of(sender.recv(4096)) == "AR"
        assert sender.recv(4096) == b"", "and the connection is closed"


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_lose_and_double_nothing(laboratory: Source) -> None:
    make_patient("7001234", family_name="Torii", given_name="Kaori", birth_date=None)
    answers: list[str] = []

    def send(first: int, port: int) -> None:
        with MLLPClient("127.0.0.1", port) as client:
            for n in range(first, first + 6):  # each value is sent by two senders
                order = f"OBR|1|P{n}|F{n}|X^Panel^LN|||2026030407{n:02d}"
                answers.append(code_of(client.send_message(message(order, obx(FERRITIN, str(100 + n), "ng/mL")))))

    with listening() as port:
        threads = [Thread(target=send, args=(first, port)) for first in (0, 0, 6, 6)]
        for x in threads:
            x.start()
        for x in threads:
            x.join(SECONDS)
    assert answers == ["AA"] * 24
    assert sorted(int(x.value) for x in Measurement.objects.all()) == list(range(100, 112))


@pytest.mark.django_db
def test_a_refusal_says_why_and_nothing_about_the_patient(laboratory: Source) -> None:
    answer = answer_to(message(obx(FERRITIN, "1"), header=HEADER.replace("ORU^R01^ORU_R01", "MDM^T02")), HERE).decode()
    assert "MSA|AR|C100|" in answer
    assert "MDM" in answer
    assert "Torii" not in answer
    assert "7001234" not in answer


@pytest.mark.django_db
@pytest.mark.parametrize(
    "garbage", [b"garbage", b"MSH garbage|MSH|x\r", b"MSH", b"MSH|^~\\&|a|b\r", b"MSHA^~\\&|a|b\r"]
)
def test_what_is_no_message_is_called_so_and_not_repeated(laboratory: Source, garbage: bytes) -> None:
    answer = answer_to(garbage, HERE).decode()
    assert "MSA|AR||" in answer
    assert "MSH" in answer.partition("MSA|AR||")[2]
    assert "garbage" not in answer


@pytest.mark.django_db
def test_what_waits_for_a_person_is_kept_and_acknowledged(laboratory: Source) -> None:
    assert "MSA|AA" in answer_to(message(obx("77^unheard of^99X", "1", "mg")), HERE).decode()
    assert Message.objects.get().parts.get().state == "unknown"


@pytest.mark.django_db
def test_a_database_that_is_away_asks_to_send_again(laboratory: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_given: object) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(mllp, "take_message", away)
    monkeypatch.setattr(mllp.connection, "close", lambda: None)
    answer = answer_to(ONE, HERE).decode()
    assert "MSA|AE|C100" in answer
    assert "away" not in answer


def test_an_acknowledgement_turns_sender_and_receiver_round() -> None:
    header = Header(("LAB", "EAST"), ("ILD", "WARD"), "C|1\r", "R01", "2.3")
    first, second, rest = acknowledgement(header, "AR", "no\r|way", now=timezone.localtime()).decode().split("\r")
    assert first.split("|")[2:6] == ["ILD", "WARD", "LAB", "EAST"]
    assert first.split("|")[8] == "ACK^R01"
    assert first.split("|")[11] == "2.3"
    assert first.split("|")[17] == "UNICODE UTF-8"
    assert second == "MSA|AR|C|1 |no  way"
    assert rest == ""
    assert ended(b"x") == ended(b"x\r") == b"x\r"


@pytest.mark.django_db
def test_whatever_comes_an_answer_goes(laboratory: Source) -> None:
    make_patient("7001234", family_name="Torii", given_name="Kaori", birth_date=None)
    roll = dice("whatever")
    for _ in range(cases(400)):
        document = bytearray(ONE)
        for _again in range(roll.choice([1, 2, 8])):
            place = roll.randrange(len(document))
            document[place : place + roll.choice([0, 1, 9])] = bytes([roll.choice(b"|^~\\&\r\x009Xx\xff")])
        assert code_of(answer_to(bytes(document), HERE)) in ("AA", "AR"), "nothing breaks"
    assert {x.patient.mrn for x in Measurement.objects.select_related("patient")} <= {"7001234"}


# -- from where, and how ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("networks", "address", "code"),
    [
        ([], "203.0.113.9", "AA"),
        (["10.1.2.0/24"], "10.1.2.255", "AA"),
        (["10.1.2.0/24"], "10.1.3.0", "AR"),
        (["10.1.2.0/24", "::1/128"], "::1", "AA"),
        (["10.1.2.0/24"], "::ffff:10.1.2.7", "AA"),
        (["10.1.2.0/24"], "", "AR"),
    ],
)
def test_a_source_sends_from_its_networks_alone(
    laboratory: Source, networks: list[str], address: str, code: str
) -> None:
    Source.objects.update(networks=networks)
    assert code_of(answer_to(ONE, address)) == code
    assert Message.objects.exists() == (code == "AA")


@pytest.mark.django_db(transaction=True)
def test_the_client_of_the_library_sends_a_file_from_an_address_that_may(laboratory: Source, tmp_path: Path) -> None:
    file = tmp_path / "one.mllp"
    file.write_bytes(b"\x0b" + ONE + b"\x1c\x0d")
    with listening() as port:
        for networks, code in ((["10.1.2.0/24"], b"MSA|AR"), (["127.0.0.0/8"], b"MSA|AA")):
            Source.objects.update(networks=networks)
            command = [Path(sys.executable).with_name("mllp_send"), "-p", str(port), "-f", str(file), "127.0.0.1"]
            said = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True).stdout
            assert code in said
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_message_comes_encrypted(laboratory: Source, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names], capture_output=True, timeout=SECONDS, check=True)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with listening(_tls(certificate, key)) as port:
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            trusting.wrap_socket(plain, server_hostname="localhost") as sender,
        ):
            sender.sendall(b"\x0b" + ONE + b"\x1c\x0d")
            assert code_of(sender.recv(4096)) == "AA"
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.sendall(b"\x0b" + ONE + b"\x1c\x0d")
            assert b"MSA" not in plain.recv(4096), "not without encryption"
    assert Message.objects.count() == 1
