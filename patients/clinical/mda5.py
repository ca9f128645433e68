"""Anti-MDA5 from what is told of it: results in words and titres, which may contradict each other. Factor 2 of N2.

Source [S]: anti-MDA5 positive is a factor of poor risk. Readings [J], specification 12 (43), (44), 13 (79), (81): a
titre at or above the limit of its kit is positive (no kit named: the limit of the first kit); below it is negative only
when its kit is named and nothing positive stands. A result and a titre of samples at most 7 days apart that contradict
each other leave the factor open until a later result in words settles it; so do weak and indeterminate results. A
positive once stands: treatment lowers titres and may clear the antibody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from patients.clinical import facts as f
from patients.clinical.course import known_moment
from patients.clinical.judged import Judged
from patients.clinical.measurement_type import Reference
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot, latest, once
from patients.clinical.truth import NO, UNKNOWN, YES, Truth

CODE, TITRE = "anti_mda5", "mda5_titre"
CONTRADICTION_DAYS = 7  # [J] samples at most so far apart are held against each other

# where the antibody stands, for pages
POSITIVE, NEGATIVE, WEAK, CONTRADICTION = "positive", "negative", "weak", "contradiction"
PENDING, UNJUDGED, UNTESTED = "pending", "unjudged", "untested"

Mda5Result = f.Antibody | f.Measurement
FORMS: dict[type, type] = {f.Antibody: f.Measurement, f.Measurement: f.Antibody}  # a result in words, a titre
ANSWERS = {POSITIVE: YES, NEGATIVE: NO}
OPPOSITE = {POSITIVE: NEGATIVE, NEGATIVE: POSITIVE}
SAID_BY = {"positive": POSITIVE, "negative": NEGATIVE, "weak_positive": WEAK, "indeterminate": WEAK}


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A result and a titre that say opposite things; `known` is when both were known."""

    result: f.Antibody
    titre: f.Measurement
    known: datetime


class Mda5(NamedTuple):
    """What stands, and the facts that carry it, oldest first. `positives`: those that nothing has settled against."""

    state: str
    carrying: tuple[Mda5Result, ...]
    positives: tuple[Mda5Result, ...] = ()
    contradiction: Contradiction | None = None

    @property
    def answer(self) -> Truth:
        """Factor 2."""
        return ANSWERS.get(self.state, UNKNOWN)

    @property
    def from_titre(self) -> bool:
        """Positive or negative by titres alone: no result in words says so."""
        return self.answer is not UNKNOWN and not any(isinstance(x, f.Antibody) for x in self.carrying)

    @property
    def positive_from(self) -> datetime | None:
        """When the first of the positive facts that count became known."""
        return min(map(known_moment, self.positives), default=None)


# -- what one fact says -----------------------------------------------------------------------------------------------


def titre_limit(titre: f.Measurement, default_kit: str = "") -> Reference | None:
    """The limit of a titre's kit; without one named, that of the site's default kit or of the first kit known."""
    return MEASUREMENTS[TITRE].reference_for("", titre.kit or default_kit)


def titre_says(titre: f.Measurement, default_kit: str = "") -> str | None:
    """positive or negative; None where the kit has no limit, a censored value leaves it open, or no kit is named."""
    limit = titre_limit(titre, default_kit)
    if limit is None or limit.high is None:
        return None
    above = titre.quantity.interval.at_least(limit.high)
    if above is YES:
        return POSITIVE
    return NEGATIVE if above is NO and (titre.kit or default_kit) else None


def _says(fact: Mda5Result, default_kit: str) -> str | None:
    if isinstance(fact, f.Measurement):
        return titre_says(fact, default_kit)
    return SAID_BY.get(fact.result)


# -- what they say together -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Standing:
    """What stands while the facts are gone through by the time of their sample."""

    said: dict[str, str | None]  # by each fact alone, by its id
    state: str = UNTESTED
    carrying: list[Mda5Result] = field(default_factory=list)
    heard: dict[tuple[type, str], list[Mda5Result]] = field(default_factory=dict)  # definite, by form and what it says
    contradiction: Contradiction | None = None

    def says(self, fact: Mda5Result) -> str | None:
        return self.said[fact.id]

    def take(self, together: list[Mda5Result]) -> None:
        """Facts of one moment."""
        definite = [x for x in together if self.says(x) in (POSITIVE, NEGATIVE)]
        if self.state in (CONTRADICTION, WEAK):
            self._settle_by(definite)
        self._hear(definite)
        if self.state == CONTRADICTION:
            return
        self.contradiction = next(self._contradictions(definite), None)
        if self.contradiction is not None:
            self._stand(CONTRADICTION, [self.contradiction.result, self.contradiction.titre])
        elif positive := [x for x in definite if self.says(x) == POSITIVE]:
            self._stand(POSITIVE, positive)
        elif self.state != POSITIVE:
            weak = [x for x in together if self.says(x) == WEAK]
            if weak:
                self._stand(WEAK, weak)
            elif definite:
                self._stand(NEGATIVE, definite)

    def _hear(self, definite: list[Mda5Result]) -> None:
        for x in definite:
            self.heard.setdefault((type(x), self.says(x) or ""), []).append(x)

    def _stand(self, state: str, facts: list[Mda5Result]) -> None:
        self.carrying = [*(self.carrying if state == self.state else ()), *facts]
        self.state = state

    def _settle_by(self, definite: list[Mda5Result]) -> None:
        """A later result in words settles a contradiction or a weak result; what says the opposite counts no more."""
        results = {self.says(x) for x in definite if isinstance(x, f.Antibody)}
        if len(results) == 1:
            self.heard = {key: facts for key, facts in self.heard.items() if key[1] in results}
            self.state, self.carrying = UNTESTED, []

    def _contradictions(self, definite: list[Mda5Result]) -> Iterator[Contradiction]:
        """Each with the nearest fact of the other form that says the opposite."""
        for x in definite:
            form, opposite = FORMS[type(x)], OPPOSITE[self.says(x) or ""]
            for y in self.heard.get((form, opposite), [])[-1:]:
                if (x.day - y.day).days <= CONTRADICTION_DAYS:
                    result, titre = (x, y) if isinstance(x, f.Antibody) else (y, x)
                    assert isinstance(result, f.Antibody)
                    assert isinstance(titre, f.Measurement)
                    yield Contradiction(result, titre, max(known_moment(x), known_moment(y)))


_time: Callable[[Mda5Result], datetime] = attrgetter("on")


@once
def mda5_of(snapshot: Snapshot) -> Mda5:
    """What is known of anti-MDA5, from all that was ever told: neither results nor titres age (11 (33))."""
    results = [x for x in snapshot.antibodies if x.code == CODE]
    titres = snapshot.series(TITRE)
    every: list[Mda5Result] = sorted([*results, *titres], key=_time)
    standing = _Standing({x.id: _says(x, snapshot.settings.mda5_kit) for x in every})
    for _on, together in groupby(every, key=_time):
        standing.take(list(together))
    if standing.state == UNTESTED:
        return _unsettled(results, titres)
    positives = tuple([x for form in FORMS for x in standing.heard.get((form, POSITIVE), ())])
    return Mda5(standing.state, tuple(standing.carrying), positives, standing.contradiction)


def _unsettled(results: list[f.Antibody], titres: tuple[f.Measurement, ...]) -> Mda5:
    """Nothing that says positive, negative or weak: awaited, also beside a titre that is not judged; or only that."""
    if results:
        return Mda5(PENDING, (*results, *titres))
    return Mda5(UNJUDGED if titres else UNTESTED, titres)


# -- the factor -------------------------------------------------------------------------------------------------------


@once
def mda5_factor(snapshot: Snapshot) -> Judged:
    """Factor 2, anti-MDA5 positive."""
    mda5 = mda5_of(snapshot)
    missing = (CODE,) if mda5.answer is UNKNOWN else ()
    return Judged("mda5", mda5.answer, tuple(_reasons(mda5, snapshot.settings.mda5_kit)), missing)


def _reasons(told: Mda5, default_kit: str) -> Iterator[Reason]:
    results = [x for x in told.carrying if isinstance(x, f.Antibody)]
    titre = latest([x for x in told.carrying if isinstance(x, f.Measurement)])
    if told.contradiction is not None:
        yield contradiction_reason(told.contradiction)
        return
    if results:
        yield _result_reason(results[-1])
    if titre is not None and (not results or told.state == PENDING):
        yield _titre_reason(titre, told.state, default_kit)
    if not told.carrying:
        yield reason(_("anti-MDA5 not recorded"))


RESULT_SAYS = {
    "positive": _("anti-MDA5 positive on %(day)s"),
    "negative": _("anti-MDA5 negative on %(day)s"),
    "weak_positive": _("anti-MDA5 weakly positive on %(day)s: confirm by another method"),
    "indeterminate": _("anti-MDA5 indeterminate on %(day)s: confirm by another method"),
}


def _result_reason(result: f.Antibody) -> Reason:
    basis = "J" if result.result in ("weak_positive", "indeterminate") else "S"
    message = RESULT_SAYS.get(result.result, _("anti-MDA5 awaited since %(day)s"))
    return reason(message, facts=(result.id,), basis=basis, day=result.day)


def _titre_reason(titre: f.Measurement, state: str, default_kit: str) -> Reason:
    limit = titre_limit(titre, default_kit)
    if limit is None or limit.high is None:
        message = _(
            "anti-MDA5 titre %(value)s on %(day)s is not judged: the limit of the kit %(kit)s is not in the catalogue"
        )
        return reason(
            message, facts=(titre.id,), basis="J", value=titre.quantity, day=titre.day, kit=titre.kit or default_kit
        )
    messages = {
        POSITIVE: _("anti-MDA5 titre %(value)s on %(day)s, %(limit)s or more: positive (read from the titre)"),
        NEGATIVE: _("anti-MDA5 titre %(value)s on %(day)s, below %(limit)s: negative (read from the titre)"),
        UNJUDGED: _("anti-MDA5 titre %(value)s on %(day)s: not known whether %(limit)s or more"),
    }
    state = UNJUDGED if state == PENDING else state  # a titre beside a result that is awaited
    message = messages[state]
    if state == UNJUDGED and titre.quantity.interval.at_least(limit.high) is NO:
        message = _(
            "anti-MDA5 titre %(value)s on %(day)s, below %(limit)s, but without its kit it is not taken as negative"
        )
    return reason(message, facts=(titre.id,), basis="J", value=titre.quantity, day=titre.day, limit=limit.high)


def contradiction_reason(contradiction: Contradiction) -> Reason:
    """Both sides of a contradiction, in a sentence."""
    result, titre = contradiction.result, contradiction.titre
    messages = {
        "positive": _(
            "anti-MDA5 result positive on %(day)s and titre %(value)s on %(titre_day)s contradict each other"
        ),
        "negative": _(
            "anti-MDA5 result negative on %(day)s and titre %(value)s on %(titre_day)s contradict each other"
        ),
    }
    return reason(
        messages[result.result],
        facts=(result.id, titre.id),
        basis="J",
        day=result.day,
        value=titre.quantity,
        titre_day=titre.day,
    )
