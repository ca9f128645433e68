"""Record numbers and names made comparable: one folding for identity, one that forgives more for search.

Foldings that answer different questions. `number_key` and `name_key` say whether two writings are the same number or
name (specification 12 (48)), `spelled_name_key` who might be the same person under another number; `search_key` finds
a person by what is usually typed (12 (49)) and never says that two persons are one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256

import jaconv

from patients.name_variants import VARIANTS

VERSION = 1  # of `search_key` and `search_text`: raised with a change of either, so that stored texts are made anew

APOSTROPHES = dict.fromkeys(map(ord, "´`ʹʻʼʽˈ‘’‛′＇｀"), "'")  # NFKC would make a blank and an accent of some
VOICED = frozenset("\u3099\u309a")  # marks of kana, no diacritics: か and が are two sounds
KEPT = frozenset("%_")  # punctuation that is looked for as it is typed
LATIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
OLD_FORMS = str.maketrans({old: standard for standard, olds in VARIANTS.items() for old in olds})

LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
WHOLE_NUMBER = "#"  # before a record number that stands whole among the grams; no folded word begins with it
MOST_WORDS = 12


def number_key(number: str) -> str:
    """A record number as it is compared: NFKC, without case, without blanks and invisible characters (12 (48))."""
    return unicodedata.normalize("NFKC", "".join(_letters(_plain(number))))


def number_core(number: str) -> str:
    """What numbers that are asked about have in common: without leading zeros (of every run of digits) and
    punctuation (12 (48))."""
    bare = "".join(_words(LEADING_ZEROS.sub("", number_key(number))))
    return LEADING_ZEROS.sub("", bare)


def name_key(name: str) -> str:
    """A name as it is compared: NFKC, without case and blanks, katakana as hiragana (12 (48))."""
    return jaconv.kata2hira(number_key(name))


def spelled_name_key(name: str) -> str:
    """A name as it is looked for in another record of somebody: besides, old and new forms of a kanji are one
    (`name_variants`), and so are forms that only a variation selector tells apart [J]. It asks; that two persons are
    one it never says."""
    return "".join(x for x in name_key(name) if not _selects(x)).translate(OLD_FORMS)


def _selects(letter: str) -> bool:
    return "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"


@lru_cache(maxsize=8192)  # a ward list folds the same names again and again
def search_key(text: str) -> str:
    """A name or number as it is searched: besides, kanji in their new forms, letters without diacritics, no
    apostrophes, commas, hyphens or other punctuation; `%` and `_` stay (12 (49))."""
    apart = unicodedata.normalize("NFKD", name_key(text.translate(APOSTROPHES)))
    bare = "".join(x for x in apart if x in VOICED or not unicodedata.category(x).startswith("M"))
    plain = unicodedata.normalize("NFC", bare).translate(LATIN).translate(OLD_FORMS)
    return unicodedata.normalize("NFC", "".join(_words(plain.translate(APOSTROPHES))))


def words_of(typed: str) -> list[tuple[str, str]]:
    """What was typed, word by word: each as it is searched, and as it would be a whole record number."""
    return list(_folded(typed))[:MOST_WORDS]


def _folded(text: str) -> Iterator[tuple[str, str]]:
    words = unicodedata.normalize("NFKC", text.translate(APOSTROPHES)).split()
    return ((key, number_core(word)) for word in words if (key := search_key(word)))


def search_text(names: Iterable[tuple[str, str]], number: str) -> str:
    """The lines in which a search looks for words: each name (family, given) in both orders, and the number with and
    without its leading zeros. Lines are kept apart, so that no word is found across two of them."""
    both = [line for family, given in names for line in (f"{family} {given}", f"{given} {family}")]
    lines = ["".join(key for key, _core in _folded(x)) for x in (*both, number)] + [number_core(number)]
    return "\n".join(dict.fromkeys(x for x in lines if x))


def grams_of(text: str, number: str = "") -> list[str]:
    """The single letters and pairs of neighbours in the lines of a text, and the whole number: what its index holds."""
    lines = text.split("\n")
    grams = {x for line in lines for x in (*line, *_pairs(line))}
    return sorted(grams | ({f"{WHOLE_NUMBER}{number_core(number)}"} if number else set()))


def grams_of_word(word: str) -> list[str]:
    """What the index must hold of a text in which a word stands."""
    return sorted(set(_pairs(word))) if len(word) > 1 else [word]


def _pairs(line: str) -> Iterator[str]:
    return (line[n : n + 2] for n in range(len(line) - 1))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _letters(text: str) -> Iterator[str]:
    """Without blanks, control and format characters (zero-width ones, byte order marks) and halves of surrogates."""
    return (x for x in text if unicodedata.category(x) not in {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"})


def _words(text: str) -> Iterator[str]:
    return (x for x in text if x in KEPT or not unicodedata.category(x).startswith("P"))


# by which a stored search text is known to be of this folding
FOLDING = sha256(repr((VERSION, unicodedata.unidata_version, sorted(VARIANTS.items()))).encode()).hexdigest()[:12]
