"""Falls of VC and PaO2 for the oracle: exact fractions of the texts, every pair of values, oxygen by its own table.

A PaO2 is (day, value, oxygen); oxygen is a FiO2 ("0.4") or a device with its flow ("nasal_cannula 3").
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

AIR = "0.21"
STRENGTH = {"nasal_cannula": 1, "simple_mask": 1, "venturi": 1, "reservoir_mask": 2, "high_flow": 3, "niv": 4}

Gas = tuple[int, str, str]


def num(text: str) -> Fraction:
    return Fraction(text.lstrip("<>="))


def span(text: str) -> tuple[Fraction, Fraction | None, bool, bool]:
    """Lowest and highest value that a text can mean, and whether each of them can be it."""
    value = num(text)
    if text.startswith("<"):
        return Fraction(0), value, True, "=" in text
    if text.startswith(">"):
        return value, None, "=" in text, True
    return value, value, True, True


def falls(high: str, low: str, *, kept: Fraction = Fraction(1), by: int = 0) -> bool | None:
    """Is `low` below `kept` times `high` by more than `by`? For sure, not at all, or it depends on what is hidden."""
    h_low, h_high, h_low_in, _h = span(high)
    l_low, l_high, _l, l_high_in = span(low)
    if l_high is not None:
        least = h_low * kept - l_high
        if least > by or (least == by and not (h_low_in and l_high_in)):
            return True
    return False if h_high is not None and h_high * kept - l_low <= by else None


def more_oxygen(then: str, now: str) -> bool | None:
    """More now (True), the same or less (False: see `same_oxygen`), or nobody knows."""
    (device, _, flow), (device_now, _, flow_now) = then.partition(" "), now.partition(" ")
    if device in STRENGTH and device_now in STRENGTH:
        if device == device_now:
            return num(flow_now) > num(flow)
        if STRENGTH[device] == STRENGTH[device_now]:
            return None
        return STRENGTH[device_now] > STRENGTH[device]
    if device not in STRENGTH and device_now not in STRENGTH:
        return num(now) > num(then)
    if AIR in (then, now):
        return then == AIR
    return None


def gas_fall(then: tuple[int, str, str], now: tuple[int, str, str]) -> tuple[bool | None, bool]:
    """Did PaO2 fall by more than 10 from one to the other, and is it the oxygen alone that leaves it open?"""
    more = more_oxygen(then[2], now[2])
    if more is None:
        return None, True
    if then[2] != now[2] and not more:
        return False, False
    fell = falls(then[1], now[1], by=10)
    return (None, True) if more and fell is False else (fell, False)


def gas_pairs(values: Sequence[Gas], now: Gas) -> list[tuple[bool | None, bool]]:
    """Against every value of the 90 days before."""
    return [gas_fall(x, now) for x in values if x[0] < now[0] and now[0] - x[0] <= 90]


def vc_pairs(
    values: Sequence[tuple[int, str]], now: tuple[int, str], days: int = 90, kept: Fraction = Fraction(9, 10)
) -> list[bool | None]:
    """Against every value of the days before."""
    return [falls(x[1], now[1], kept=kept) for x in values if x[0] < now[0] and now[0] - x[0] <= days]


def fell_since_day_0(values: Sequence[Gas], now: Gas, start: int) -> bool:
    """Against the last exact PaO2 of day 0 at the same or less oxygen, and against every censored one after that."""
    for x in reversed([x for x in values if x[0] <= start and start - x[0] <= 90]):
        more = more_oxygen(x[2], now[2])
        if more is None or (x[2] != now[2] and not more):
            continue
        if falls(x[1], now[1], by=10) is True:
            return True
        if x[1][0] not in "<>":
            return False
    return False
