"""A day of a laboratory as its machines send it: results, corrections, repeats, out of order; and what then stands.

Seeded. Every order has eight results; corrections replace one of them under the same order, before or after it.
"""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Thread

from hl7.client import MLLPClient

from patients.models import Measurement, Patient, Source

SOURCES = ("LAB|EAST", "LAB|WEST", "GAS|ICU")
# code of LOINC, test, unit, and between which values
PANEL = (
    ("2276-4", "ferritin", "ng/mL", (30, 900)),
    ("1988-5", "crp", "mg/dL", (1, 20)),
    ("2532-0", "ldh", "U/L", (150, 600)),
    ("2160-0", "creatinine", "mg/dL", (1, 3)),
    ("2157-6", "ck", "U/L", (30, 900)),
    ("1920-8", "ast", "U/L", (10, 200)),
    ("1742-6", "alt", "U/L", (10, 200)),
    ("777-3", "platelets", "10*3/uL", (50, 400)),
)
PATIENCE = 120.0  # seconds that a sender tries to be heard


@dataclass(frozen=True, slots=True)
class Day:
    """Messages in the order in which each source sends them, and what stands at its end: by number, test and moment."""

    messages: dict[str, list[bytes]]
    stands: dict[tuple[str, str, datetime], Decimal]

    @property
    def results(self) -> int:
        """How many results there are, each once."""
        return len(self.stands)


def day_of(
    numbers: Sequence[str],
    results: int,
    morning: datetime,
    seed: int,
    *,
    corrected: float = 0.02,
    repeated: float = 0.01,
) -> Day:
    """A day with about so many results of these patients, from `morning` on."""
    dice = random.Random(seed)  # noqa: S311 - a day of a laboratory, no secret
    sent: dict[str, list[tuple[float, bytes]]] = {x: [] for x in SOURCES}
    stands: dict[tuple[str, str, datetime], Decimal] = {}
    for order in range(results // len(PANEL)):
        source, number = dice.choice(SOURCES), dice.choice(numbers)
        at = morning + timedelta(seconds=order * 40 % 72_000, minutes=order // 1800)
        values = [Decimal(dice.randint(*x[3])) for x in PANEL]
        when = float(order)
        first = _message(source, number, order, at, list(enumerate(values)), "F", f"{seed}-{order}")
        sent[source].append((when + dice.expovariate(1 / 5), first))
        for (_code, test, _unit, _range), value in zip(PANEL, values, strict=True):
            stands[number, test, at] = value
        if dice.random() < corrected * len(PANEL):
            place = dice.randrange(len(PANEL))
            value = values[place] + 1
            stands[number, PANEL[place][1], at] = value
            again = _message(source, number, order, at, [(place, value)], "C", f"{seed}-{order}c")
            sent[source].append((when + dice.expovariate(1 / 20), again))  # now and then before the first
        if dice.random() < repeated * len(PANEL):
            sent[source].append((when + dice.expovariate(1 / 200), first))
    ordered = {name: [x for _when, x in sorted(found, key=lambda x: x[0])] for name, found in sent.items()}
    return Day(ordered, stands)


def _message(
    source: str, number: str, order: int, at: datetime, values: Sequence[tuple[int, Decimal]], status: str, control: str
) -> bytes:
    application, facility = source.split("|")
    stamp = f"{at:%Y%m%d%H%M%S%z}"
    segments = [
        rf"MSH|^~\&|{application}|{facility}|ILD|WARD|{stamp}||ORU^R01^ORU_R01|{control}|P|2.5.1||||||UNICODE UTF-8",
        f"PID|1||{number}^^^HOSPITAL^MR",
        f"OBR|1|P{order}|F{order}|PANEL^Panel^LN|||{stamp}",
    ]
    for n, (place, value) in enumerate(values, start=1):
        code, test, unit, _range = PANEL[place]
        segments.append(f"OBX|{n}|NM|{code}^{test}^LN||{value}|{unit}|||||{status}|||{stamp}")
    return ("\r".join(segments) + "\r").encode()


def name_sources() -> None:
    """The machines of the laboratory."""
    for sender in SOURCES:
        name = sender.lower().replace("|", "-")
        Source.objects.get_or_create(name=name, defaults={"title": sender, "sender": sender})


def standing(numbers: Sequence[str]) -> dict[tuple[str, str, datetime], Decimal]:
    """What stands on the records of these patients, in the same form; twice the same raises AssertionError."""
    mrn = dict(Patient.objects.filter(mrn__in=numbers).values_list("pk", "mrn"))
    found: dict[tuple[str, str, datetime], Decimal] = {}
    rows = Measurement.objects.filter(patient__in=mrn).standing()
    for patient, code, on, value in rows.values_list("patient", "code", "on", "value"):
        key = (mrn[patient], code, on)
        assert key not in found, f"twice: {key}"
        found[key] = value
    return found


# -- sending ----------------------------------------------------------------------------------------------------------


def send_all(day: Day, port: int, *, every: float = 0.0) -> list[float]:
    """Each source on its own connection, one message after the other until it is acknowledged; seconds of each.

    A connection that breaks, or AE, is tried again with the same message: as an interface engine does. `every`: seconds
    from one message of a source to its next.
    """
    waits: list[float] = []
    threads = [Thread(target=_send, args=(x, port, waits.append, every)) for x in day.messages.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def _send(messages: Sequence[bytes], port: int, waited: Callable[[float], None], every: float) -> None:
    client: MLLPClient | None = None
    begun = time.perf_counter()
    for n, message in enumerate(messages):
        time.sleep(max(0.0, begun + n * every - time.perf_counter()))
        start, answer = time.perf_counter(), b""
        while True:
            if time.perf_counter() - start > PATIENCE:
                raise TimeoutError(f"nobody acknowledged: {answer!r}")
            try:
                client = client or _connected(port)
                answer = client.send_message(message)
            except OSError:
                answer = b""
            if b"MSA|AA|" in answer:
                break
            if not answer:
                if client is not None:
                    client.close()
                client = None
            elif b"MSA|AR|" in answer:
                raise AssertionError(answer)
            time.sleep(0.05)
        waited(time.perf_counter() - start)
    if client is not None:
        client.close()


def _connected(port: int) -> MLLPClient:
    client = MLLPClient("127.0.0.1", port)
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.socket.settimeout(30)
    return client
