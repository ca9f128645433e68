"""How laboratories write a value: bounds before or behind the number, words for an answer, both in one cell. Pure.

What comes out is the spelling of the catalogue (">=3000", "positive"); what cannot be said for certain stays as it was,
and the reader of values refuses it in words. "17.2>" says that the value is below 17.2: the value stands first, and the
sign points at it (specification 12 (53), and the spellings of laboratories).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from patients.clinical.units import BOUNDS, FULL_WIDTH

PLAIN = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
SIGN_BEFORE = re.compile(r"([<>]=?|=[<>])\s*")
SIGN_BEHIND = re.compile(r"\s*([<>]=?|=[<>])$")
GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)  # 1,679
TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
# words around a number; the longest first
WORDS = (
    ("以上", ">="), ("以下", "<="), ("未満", "<"), ("を超える", ">"), ("超過", ">"), ("超", ">"), ("より大", ">"),
    ("より小", "<"), ("or more", ">="), ("or less", "<="), ("or above", ">="), ("or below", "<="),
)  # fmt: skip
FIRST_WORDS = (
    ("greater than or equal to", ">="), ("less than or equal to", "<="), ("greater than", ">"), ("more than", ">"),
    ("less than", "<"), ("at least", ">="), ("at most", "<="), ("above", ">"), ("below", "<"), ("over", ">"),
    ("under", "<"),
)  # fmt: skip
# answers of a test that is positive or negative, by the code of the catalogue
ANSWERS = {
    "weak_positive": ("弱陽性", "(±)弱陽性", "弱陽性(±)", "weak", "weak positive", "weakly positive", "borderline+",
        "equivocal+", "low positive"),
    "positive": ("陽性", "陽性(+)", "(+)", "+", "1+", "2+", "3+", "(1+)", "(2+)", "(3+)", "positive", "pos", "pos.",
        "陽", "detected", "reactive"),
    "negative": ("陰性", "陰性(-)", "(-)", "-", "negative", "neg", "neg.", "陰", "not detected", "non-reactive",
        "nonreactive"),
    "indeterminate": ("判定保留", "保留", "(±)", "±", "+-", "(+-)", "equivocal", "borderline", "indeterminate"),
    "pending": ("検査中", "依頼", "依頼中", "pending", "in progress", "to follow"),
}  # fmt: skip
# the same by SNOMED CT, as coded values carry them
ANSWER_CODES = {
    "10828004": "positive", "260373001": "positive", "260385009": "negative", "260415000": "negative",
    "82334004": "indeterminate", "260408008": "weak positive",
}  # fmt: skip
ANSWER_OF = {word: answer for answer, words in ANSWERS.items() for word in words}
TO_COME = ("再検中", "再検査中", "希釈再検中", "to be repeated", "repeat in progress", "preliminary")


@dataclass(frozen=True, slots=True)
class Spelled:
    """What a cell says: a number with its comparator ("" where there is none), an answer ("" where there is none)."""

    value: str = ""
    answer: str = ""


def evened(text: str) -> str:
    """Width, signs of bounds and of minus, blanks at the ends: as the patterns here expect them."""
    plain = text.translate(FULL_WIDTH).translate(BOUNDS).replace("−", "-").replace("‐", "-")
    return " ".join(plain.split())


def spelled(text: str, *, thousands: bool = False) -> Spelled:
    """What a cell says. `thousands`: does its source write 1,679 for 1679? Else a comma is left where it is."""
    plain = evened(text)
    if (answer := answer_of(plain)) is not None:
        return Spelled(answer=answer)
    if (number := _number(plain, thousands)) is not None:
        return Spelled(value=number)
    return _both(plain, thousands) or Spelled(value=plain)


def answer_of(text: str) -> str | None:
    """The code of the answer that a word is; None for any other text."""
    word = unicodedata.normalize("NFKC", text).replace("−", "-").strip().casefold()
    return ANSWER_OF.get(word) or ANSWER_OF.get("".join(word.split()))


def _number(text: str, thousands: bool) -> str | None:
    """A number as the catalogue writes it: comparator first, no leading zeros, no marks of thousands."""
    sign, number = _parted(text)
    if GROUPED.fullmatch(number):
        if not thousands:
            return None
        number = number.replace(",", "")
    if not PLAIN.fullmatch(number):
        return None
    return f"{sign}{_without_zeros(number)}"


def _parted(text: str) -> tuple[str, str]:
    """Comparator and the rest: in front, behind (where it points at the value), or in words."""
    before, behind = SIGN_BEFORE.match(text), SIGN_BEHIND.search(text)
    if before and not behind:
        return _sign(before[1]), text[before.end() :]
    if behind and not before:
        return TURNED[_sign(behind[1])], text[: behind.start()]
    folded = text.casefold()
    for word, sign in WORDS:
        if folded.endswith(word):
            return sign, text[: -len(word)].strip()
    for word, sign in FIRST_WORDS:
        if folded.startswith(word):
            return sign, text[len(word) :].strip()
    return "", text


def _sign(sign: str) -> str:
    return {"=<": "<=", "=>": ">="}.get(sign, sign)


def _without_zeros(number: str) -> str:
    """061.9 is 61.9; 0.5 and 0 stay."""
    minus, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    whole, point, decimals = digits.partition(".")
    return f"{minus}{whole.lstrip('0') or '0'}{point}{decimals}"


def _both(text: str, thousands: bool) -> Spelled | None:
    """An answer and a number in one cell: "陽性(+) 3040", "(-) <5"."""
    for place in _cuts(text):
        answer, number = answer_of(text[:place]), _number(text[place:].strip(" :;/"), thousands)
        if answer is not None and number is not None:
            return Spelled(number, answer)
        number, answer = _number(text[:place].strip(" :;/"), thousands), answer_of(text[place:])
        if answer is not None and number is not None and len(text[place:].strip()) > 1:
            return Spelled(number, answer)
    return None


def _cuts(text: str) -> list[int]:
    """Where a cell may be cut in two: at a blank, behind a bracket, before one."""
    return [x.start() for x in re.finditer(r"\s|(?<=\))|(?=\()|(?<=性)", text) if 0 < x.start() < len(text)]


def is_preliminary(comments: tuple[str, ...]) -> bool:
    """Does a comment say that the test is being repeated?"""
    told = " ".join(unicodedata.normalize("NFKC", x).casefold() for x in comments)
    return any(x in told for x in TO_COME)
