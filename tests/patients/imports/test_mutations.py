"""Messages that were damaged on their way: no error but a refusal, no value that nobody sent, nobody else's record.

A million by `manage.py test --full` of this file, ten thousand in the gate. What is damaged is known of each: cut off,
a segment or resource lost, doubled or out of place, or bytes changed. Of the first kinds everything that comes out must
have been in the whole message; of the last, every value and every number must stand in the damaged one as it came out.
"""

from __future__ import annotations

import json
import random
import re
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from patients.clinical.facts import Measurement
from patients.code_maps import bundled_map
from patients.imports.case import CaseFaults
from patients.imports.delivery import Delivery, deliveries
from patients.imports.documents import MESSAGE_FORMATS
from patients.imports.spellings import evened
from tests.effort import cases, dice
from tests.patients.imports.sending import SENT

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 30, tzinfo=UTC)
FILES = {"oru-r01-sn-corrected.hl7": "hl7v2", "ssmix2-oul-r22.hl7": "hl7v2", "fhir-jp-lab.json": "fhir"}
NOBODY = "nobody"
MOST_MEMORY = 100_000_000  # bytes
STRANGE = [*b'|^~\\&\r\n\x00\x0b\x1c\x1b$(B"{}[],:.<>0123456789MSHPIDOBXR', 0xFF, 0xE3, 0x81]
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")

Said = tuple[str, str, str, str]  # of a fact: number of the person, code, value with comparator, moment


def read(document: bytes, form: str) -> list[Delivery]:
    """What a document delivers; nothing where it is refused in words."""
    try:
        reports = MESSAGE_FORMATS[form].reports(document, "lab", TOKYO)
    except CaseFaults:
        return []
    return list(deliveries(reports, bundled_map(), zone=TOKYO, now=NOW))


def said(found: list[Delivery]) -> Iterator[Said]:
    for delivery in found:
        for x in delivery.taken:
            fact = x.version.fact
            value = str(fact.quantity) if isinstance(fact, Measurement) else getattr(fact, "result", "")
            yield delivery.report.person.mrn or NOBODY, getattr(fact, "code", ""), value, fact.on.isoformat()


WHOLE = {
    name: (form, (SENT / name).read_bytes(), frozenset(said(read((SENT / name).read_bytes(), form))))
    for name, form in FILES.items()
}


def lost(rng: random.Random, document: bytes, form: str) -> bytes:
    """Cut off, or with a part lost or doubled: what is left was sent."""
    if rng.random() < 0.4:
        return document[: rng.randrange(len(document))]
    if form == "fhir":
        bundle = json.loads(document)
        entries = bundle["entry"]
        place = rng.randrange(len(entries))
        bundle["entry"] = [*entries[:place], *([entries[place]] * rng.choice((0, 2))), *entries[place + 1 :]]
        return json.dumps(bundle, ensure_ascii=False).encode()
    segments = document.split(b"\r")
    place = rng.randrange(len(segments))
    name = segments[place][:3]
    # a lost OBR or PID leaves its results to the one before: that is another message, told below
    times = 2 if name in (b"PID", b"OBR", b"ORC", b"SPM", b"MSH") else rng.choice((0, 2))
    times = 1 if name in (b"PID", b"MSH") else times
    return b"\r".join([*segments[:place], *([segments[place]] * times), *segments[place + 1 :]])


def noise(rng: random.Random, document: bytes) -> bytes:
    """Some bytes changed, lost or come in between."""
    found = bytearray(document)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        place = rng.randrange(len(found))
        what = rng.random()
        if what < 0.5:
            found[place] = rng.choice(STRANGE)
        elif what < 0.75:
            del found[place : place + rng.choice((1, 1, 3, 30))]
        else:
            found[place:place] = bytes([rng.choice(STRANGE)]) * rng.choice((1, 1, 4))
        if not found:
            return b""
    return bytes(found)


@pytest.mark.parametrize("name", list(FILES))
def test_of_a_message_that_lost_a_part_nothing_comes_that_was_not_sent(name: str) -> None:
    form, document, whole = WHOLE[name]
    rng, some = dice("lost", name), 0
    for number in range(cases(500_000, gate=5_000) // len(FILES)):
        damaged = lost(rng, document, form)
        told = {x for x in said(read(damaged, form)) if x[0] != NOBODY}  # without a number it is nobody's
        assert told <= whole, f"{number}: {told - whole}"
        some += bool(told)
    assert some, "and some of it is read"


@pytest.mark.parametrize("name", list(FILES))
def test_of_changed_bytes_every_value_is_the_one_that_came(name: str) -> None:
    form, document, _whole = WHOLE[name]
    rng, some = dice("noise", name), 0
    for number in range(cases(500_000, gate=5_000) // len(FILES)):
        damaged = noise(rng, document)
        for delivery in read(damaged, form):
            for taken in delivery.taken:
                sent = evened(taken.event.observation.text)
                value = str(taken.event.content.get("value", ""))
                assert not value or NUMBER.search(value) is None or _is_in(value, sent), f"{number}: {value} of {sent}"
                some += 1
    assert some, "and some of it is read"


def _is_in(value: str, sent: str) -> bool:
    """Are the digits of a value those that were sent, in their order and without others between them?"""
    digits = NUMBER.search(value)
    assert digits is not None
    return digits[0] in sent.replace(",", "")


def test_a_damaged_message_costs_no_more_memory_than_is_allowed() -> None:
    rng = dice("memory")
    for name, form in FILES.items():
        document = (SENT / name).read_bytes()
        tracemalloc.start()
        for _ in range(20):
            read(noise(rng, document), form)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < MOST_MEMORY


def test_the_whole_messages_say_something() -> None:
    """Or nothing would be held against them."""
    assert all(len(whole) >= 3 for _form, _document, whole in WHOLE.values())
