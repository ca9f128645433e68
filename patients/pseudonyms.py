"""Pseudonyms of patients and random samples, from a secret of the site. Pure.

Both are HMAC-SHA256 of the number of the record: the same for everybody and at all times, and without the secret nobody
comes back from a pseudonym to a record. Eight signs of 30: of 10,000 patients two share one about once in 13,000 sites.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256

SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another
LENGTH = 8


def pseudonym(secret: str, patient_id: int) -> str:
    """What a reviewer who may not know the name calls a patient: "K7PM-3QX2"."""
    number = int.from_bytes(_digest(secret, f"patient:{patient_id}"))
    signs = ""
    for _place in range(LENGTH):
        number, sign = divmod(number, len(SIGNS))
        signs += SIGNS[sign]
    return f"{signs[: LENGTH // 2]}-{signs[LENGTH // 2 :]}"


def drawn(secret: str, month: str, patient_ids: Iterable[int], size: int) -> list[int]:
    """The patients of a month ("2026-11") who are drawn: always the same for a site and month, whoever asks."""
    return sorted(set(patient_ids), key=lambda x: _digest(secret, f"sample:{month}:{x}"))[:size]


def _digest(secret: str, text: str) -> bytes:
    return hmac.new(secret.encode(), text.encode(), sha256).digest()
