"""Could two names be taken for each other? For the look-alike flag on the ward."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations

from patients.folding import search_key


@dataclass(frozen=True, slots=True)
class Name:
    """A name made comparable as the search does it: width, case, kind of kana, old forms and accents do not matter."""

    family: str
    given: str
    family_kana: str = ""
    given_kana: str = ""
    born: date | None = None

    @classmethod
    @lru_cache(maxsize=4096)  # everybody on a ward is compared on each page of one of them
    def of(cls, family: str, given: str, family_kana: str = "", given_kana: str = "", born: date | None = None) -> Name:
        """From a name as it is written."""
        return cls(search_key(family), search_key(given), search_key(family_kana), search_key(given_kana), born)

    @property
    def spellings(self) -> list[tuple[str, str]]:
        """Family and given name as written, and in kana where known."""
        return [(self.family, self.given), *([(self.family_kana, self.given_kana)] if self.family_kana else [])]


def similar(a: Name, b: Name) -> bool:
    """Same family name with the same or a like given name or the same birth date; or one letter apart in all."""
    return any(_alike(x, y, a.born, b.born) for x, y in zip(a.spellings, b.spellings, strict=False))


def _alike(a: tuple[str, str], b: tuple[str, str], a_born: date | None, b_born: date | None) -> bool:
    same_family = a[0] == b[0]
    if same_family and (a[1][:1] == b[1][:1] or (a_born is not None and a_born == b_born)):
        return True
    return one_edit_apart("".join(a), "".join(b))


def one_edit_apart(a: str, b: str) -> bool:
    """Equal, or one letter replaced, added or left out."""
    if abs(len(a) - len(b)) > 1 or min(len(a), len(b)) < 3:  # two letters: every short name would be like another
        return a == b
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    return rest_a[1:] == rest_b[1:] or rest_a[1:] == rest_b or rest_a == rest_b[1:]


# -- among many -------------------------------------------------------------------------------------------------------


def similar_among(people: Mapping[int, Name]) -> dict[int, list[int]]:
    """Of each whose name could be taken for another's, these others. Asked only of those who share what all `similar`
    ones share, not of everybody and everybody."""
    sharing: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for key, name in people.items():
        for mark in set(_marks(name)):
            sharing[mark].append(key)
    pairs = {pair for keys in sharing.values() for pair in combinations(sorted(keys), 2)}
    others: dict[int, list[int]] = defaultdict(list)
    for one, other in sorted(pairs):
        if similar(people[one], people[other]):
            others[one].append(other)
            others[other].append(one)
    return {key: sorted(found) for key, found in others.items()}


def _marks(name: Name) -> Iterator[tuple[object, ...]]:
    """Two similar names share one of these: the family name, or one letter apart what is left without that letter."""
    for kind, (family, given) in enumerate(name.spellings):
        whole = family + given
        yield kind, "family", family
        yield kind, whole
        for n in range(len(whole)):
            yield kind, whole[:n] + whole[n + 1 :]
