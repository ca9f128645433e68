"""A short code, printed on a sheet, that leads back to the same state of a patient's data. Pure.

Base 32 without I, L, O, U, and a check sign of all of it: a slip of the pen is found, not followed. It holds the row
number of the patient and a moment in whole seconds, no data; whoever types it needs the right to see the patient.
"""

from __future__ import annotations

from datetime import UTC, datetime

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK = SIGNS + "*~$=U"  # 37 is prime: every single wrong sign and every exchange of neighbours changes the remainder
MISREAD = str.maketrans("ILOilo", "110110")
SECONDS_BITS = 34  # until the year 2514
GROUP = 4


def code_of(patient_id: int, moment: datetime) -> str:
    """The code of a patient's state at an aware moment, cut to the whole second: "2M5B-7TQW-3K"."""
    number = patient_id << SECONDS_BITS | int(moment.timestamp())
    signs = ""
    rest = number
    while rest:
        rest, place = divmod(rest, len(SIGNS))
        signs = SIGNS[place] + signs
    signs += CHECK[number % len(CHECK)]
    return "-".join(signs[start : start + GROUP] for start in range(0, len(signs), GROUP))


def read_code(text: str) -> tuple[int, datetime]:
    """Patient id and moment (UTC) of a code, grouped or not, in small letters too; ValueError if it is none."""
    signs = text.strip().replace("-", "").replace(" ", "").translate(MISREAD).upper()
    body, check = signs[:-1], signs[-1:]
    if not body or any(x not in SIGNS for x in body) or check not in CHECK:
        raise ValueError("not a code of ours")
    number = 0
    for sign in body:
        number = number * len(SIGNS) + SIGNS.index(sign)
    patient_id, seconds = number >> SECONDS_BITS, number & ((1 << SECONDS_BITS) - 1)
    if CHECK[number % len(CHECK)] != check or not patient_id or patient_id.bit_length() > 62:
        raise ValueError("a sign of the code is wrong")
    return patient_id, datetime.fromtimestamp(seconds, UTC)
