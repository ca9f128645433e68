"""Values at the ends of what a type can hold, and beyond: what a slip, another keyboard or another program sends."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.fuzz.site import Control

DAYS = [
    *("0001-01-01", "0001-01-02", "0999-12-31", "1582-10-10", "1899-12-31", "1900-01-01", "1900-02-28", "1951-09-08"),
    *("1952-02-29", "1952-03-01", "1969-12-31", "1970-01-01", "1999-12-31", "2000-02-29", "2020-02-29", "2024-03-01"),
    *("2038-01-19", "2199-12-31", "2200-01-01", "9999-12-31", "10000-01-01", "2024-02-30", "0000-00-00", "01/02/03"),
]
CLOCKS = ["T00:00", "T23:59", "T12:30", "T24:00", "T02:30", " 08:00", "T08:00Z", "T08:00+14:00", "T00:00-12:00", "T08"]
NUMBERS = [
    *("0", "-0", "0.000000001", "0.0000000000001", "0.21", "0.5", "1", "1.00000000000000000001", "7", "21", "40"),
    *("100", "1000.1", "99999", "999999999", "9999999999999999999999", "1e3", "1E400", "-1", "NaN", "-NaN", "Infinity"),
    *("<5", ">800", "≤3", "<-1", ">>1", "1,000", "1.234,5", "１２", "٣", "+5", "1_000", "0x10", " 7 ", ".5", "5.", "½"),
    *("0.1" + "0" * 60 + "1", "9" * 400, "1e-400", "１２３．４", "\u202e12", "12\x00", "NaN\u200b"),
]
TEXTS = [
    *(
        "",
        " ",
        "x",
        "0",
        "null",
        "None",
        "a" * 501,
        "a" * 2001,
        "a" * 10_001,
        "\x00",
        "\x1b[0m",
        "\u202e\u200b",
        "𠮷野家",
    ),
    *("é" * 300, "<script>alert(1)</script>", "'; DROP TABLE x; --", "%s %(x)s %d", "{{ 7 * 7 }}", "{% x %}", "\n\n\t"),
]


def day(roll: random.Random) -> str:
    """Any day: an extreme one, or one around today."""
    near = (timezone.localdate() + timedelta(days=roll.choice([-3650, -91, -1, 0, 1, 3653, 3654]))).isoformat()
    return roll.choice([*DAYS, near, near, near, near])


def likely_day(roll: random.Random) -> str:
    """A day that most forms take."""
    return (timezone.localdate() - timedelta(days=roll.choice([0, 1, 7, 30, 89, 91, 400]))).isoformat()


FULL_WIDTH = str.maketrans("0123456789-:T", "０１２３４５６７８９－：Ｔ")


def of_control(control: Control, roll: random.Random) -> str:
    """An extreme value of the type of a field on a page."""
    if control.kind in ("date", "datetime-local"):
        given = day(roll) + (roll.choice(CLOCKS) if control.kind == "datetime-local" else "")
        return given.translate(FULL_WIDTH) if roll.random() < 0.1 else given
    if control.kind == "time":
        return roll.choice(["00:00", "23:59", "24:00", "02:30", "7", "25:61", "８：３０", "-1:00", "12:30:59.999999"])
    if control.kind in ("select", "radio", "checkbox", "button"):
        return roll.choice(["nonsense", "", "0", "999999999999999999999", *TEXTS[:4]])
    return roll.choice(NUMBERS) if control.decimal and roll.random() < 0.8 else roll.choice([*NUMBERS, *TEXTS])


def likely(control: Control, roll: random.Random) -> str:
    """A value that the field may take."""
    if control.kind == "date":
        return likely_day(roll)
    if control.kind == "datetime-local":
        return f"{likely_day(roll)}T{roll.choice(['00:00', '08:15'])}"
    if control.kind == "time":
        return roll.choice(["", "07:30"])
    if control.kind == "select":
        return roll.choice(control.options or [""])
    if control.kind in ("radio", "checkbox", "hidden", "button"):
        return control.value
    if control.decimal:
        return roll.choice(["", "", "", "12", "60", "1.5"])
    return roll.choice([control.value, "", "60", "as it was told", "12"])


def of_key(key: str, roll: random.Random) -> Any:
    """A value for a key of a file, of a type that JSON has."""
    if key in ("on", "known", "stop", "compared_with", "birth_date"):
        return day(roll) + roll.choice(["", "", *CLOCKS])
    plain = [None, True, False, 0, -1, 1.5, 10**30, 1e300, [], {}, ["x"], {"a": 1}]
    return roll.choice([roll.choice(NUMBERS), roll.choice([*TEXTS, "\ud800"]), roll.choice(plain), day(roll)])
