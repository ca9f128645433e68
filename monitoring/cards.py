"""Cards: the open alerts of a patient by what they are about. One cause, one card (specification 12 (60), 13 (121)).

A card is titled by what was found, carries the highest severity of what waits, and is acknowledged as one; a new alert
on it asks again (13 (78)). In the overdue card what belongs to a drug is acknowledged one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext, ngettext

from monitoring.engine import Group, Severity
from monitoring.models import Alert
from monitoring.queries import AlertView
from monitoring.rules import LEADING, RULES, group_of
from monitoring.wording import GROUP_NAMES, subject_text
from patients.clinical.drug_levels import levelled_drugs
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason
from patients.models import Role
from patients.wording import listed, measured_text, name_of, short_moment, short_name_of, translated

# among cards of one severity: an infection is read before what it may feign or what would treat its contrary [J]
ORDER = (
    *(Group.INFECTION, Group.RESPIRATION, Group.LEVELS, Group.ORGANS),
    *(Group.RESPONSE, Group.COURSE, Group.OVERDUE),
)
ONE_BY_ONE = frozenset({*levelled_drugs(), "wbc", "neutrophils", "hbv_dna"})  # of the overdue tests: 13 (78)
PLACES = {rule.code: n for n, rule in enumerate(RULES)}
FERRITIN_FACTOR = ("POOR_RISK_MET", "ferritin")  # rule and subject
MOST_FINDINGS, MOST_OVERDUE = 2, 4  # in a title


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What is acknowledged as one: a card, or one test of the overdue card. `slug` names it in its address."""

    slug: str
    views: tuple[AlertView, ...]
    alone: bool = False  # what is acknowledged by itself, never with other cards

    @property
    def critical(self) -> bool:
        """Whether it asks what is being done."""
        return any(x.severity == Severity.CRITICAL for x in self.views)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAlerts:
    """What one rule tells on a card: its title once ("" where its sentences say it), then each alert."""

    title: str
    views: tuple[AlertView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Who acknowledged alerts of a card in one minute, what is being done; `views`: which, empty where it is all."""

    alert: Alert
    views: tuple[AlertView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The open alerts of one group, those that wait for somebody first, then by gravity."""

    group: Group
    views: tuple[AlertView, ...]
    now: datetime

    @property
    def waiting(self) -> tuple[AlertView, ...]:
        """Alerts that nobody acknowledged."""
        return tuple(x for x in self.views if x.alert.acknowledged_at is None)

    @property
    def severity(self) -> Severity:
        """The highest of what waits; of all where nothing does."""
        return max(x.severity for x in self.waiting or self.views)

    @property
    def known(self) -> bool:
        """Whether somebody acknowledged all of it."""
        return not self.waiting

    @property
    def snoozed_until(self) -> datetime | None:
        """Until when all that waits may wait; None where something does not."""
        ends = [x.alert.snoozed_until for x in self.waiting]
        asleep = [x for x in ends if x is not None and x > self.now]
        return min(asleep) if ends and len(asleep) == len(ends) else None

    @property
    def escalated_at(self) -> datetime | None:
        """Since when the next role knows of it."""
        return min((x.alert.escalated_at for x in self.waiting if x.alert.escalated_at), default=None)

    @property
    def units(self) -> tuple[Unit, ...]:
        """What waits, as it is acknowledged."""
        alone = [x for x in self.waiting if self.group == Group.OVERDUE and x.alert.subject in ONE_BY_ONE]
        together = tuple(x for x in self.waiting if x not in alone)
        first = [Unit(slug=str(self.group), views=together)] if together else []
        return (*first, *(Unit(slug=f"{self.group}-{x.alert.subject}", views=(x,), alone=True) for x in alone))

    @property
    def by_rule(self) -> tuple[RuleAlerts, ...]:
        """What its alerts say, those of one rule together. A ferritin that is told by its own rule is not told again
        as a factor of poor risk (12 (60))."""
        told_once = once(self.views)
        by_rule: dict[str, list[AlertView]] = {}
        for view in told_once:
            by_rule.setdefault(view.alert.rule, []).append(view)
        alone = len(by_rule) == 1 and len(told_once) == 1
        titles = {rule: translated(x[0].title) if x[0].lists_signs and not alone else "" for rule, x in by_rule.items()}
        return tuple(RuleAlerts(title=titles[rule], views=tuple(x)) for rule, x in by_rule.items())

    @property
    def deciding(self) -> tuple[Reason, ...]:
        """The deciding sentence of each of its alerts."""
        return tuple(view.reasons[0] for rule in self.by_rule for view in rule.views if view.reasons)

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests whose results it rests on, in the order in which they are told; none of tests that are overdue."""
        if self.group == Group.OVERDUE:
            return ()
        results = (x for view in self.views for x in view.alert.evidence if x.get("kind") == "Measurement")
        return tuple(dict.fromkeys(x["code"] for x in results))

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Who acknowledged what of it, in the order in which they did."""
        by_word: dict[tuple[object, ...], list[AlertView]] = {}
        for view in self.views:
            x = view.alert
            if x.acknowledged_at is not None:
                minute = x.acknowledged_at.replace(second=0, microsecond=0)
                by_word.setdefault((minute, x.acknowledged_by_id, x.doing, x.note), []).append(view)
        whole = len(by_word) == 1 and self.known
        return tuple(Seen(alert=x[0].alert, views=() if whole else tuple(x)) for x in by_word.values())

    @property
    def since(self) -> datetime:
        """When the first of its alerts was raised."""
        return min(x.alert.opened_at for x in self.views)

    @property
    def name(self) -> str:
        """What its alerts are about, in words."""
        return translated(GROUP_NAMES[self.group])

    @property
    def title(self) -> str:
        """What was found: "Ferritin 3,840 ng/mL", "3 tests are overdue"."""
        leading = [x for x in self.waiting or self.views if x.severity == self.severity]
        leading = [x for x in leading if x in once(self.views)] or leading
        if self.group == Group.OVERDUE and len(leading) > 1:
            return _overdue(leading)
        found = list(dict.fromkeys(finding(x) for x in leading))
        more = len(found) - MOST_FINDINGS
        words = listed(found[:MOST_FINDINGS])
        return gettext("%(findings)s, %(n)s more") % {"findings": words, "n": more} if more > 0 else words


def once(views: Sequence[AlertView]) -> list[AlertView]:
    """Open alerts without the ferritin factor of poor risk where its own rule tells as much (12 (60)): for sure, and
    still waiting for somebody where the factor is."""
    high = next((x for x in views if x.alert.rule == "FERRITIN_HIGH" and not x.alert.possible), None)
    if high is None:
        return list(views)
    seen = high.alert.acknowledged_at is not None
    return [x for x in views if not _is_ferritin_factor(x) or (seen and x.alert.acknowledged_at is None)]


def _is_ferritin_factor(view: AlertView) -> bool:
    return (view.alert.rule, view.alert.subject) == FERRITIN_FACTOR


def _overdue(views: Sequence[AlertView]) -> str:
    """ "3 overdue: ferritin, KL-6 and SpO2"; the first few of many by name."""
    names = [short_name_of("missing", x.alert.subject) if x.alert.subject else translated(x.title) for x in views]
    counted = ngettext("%(n)s overdue", "%(n)s overdue", len(views)) % {"n": len(views)}
    more = len(names) - MOST_OVERDUE
    words = listed(names[:MOST_OVERDUE])
    return f"{counted}: " + (
        gettext("%(findings)s, %(n)s more") % {"findings": words, "n": more} if more > 0 else words
    )


def finding(view: AlertView) -> str:
    """What an alert found, in a few words: the deciding value of a rule that judges one, else what the rule tells."""
    alert, title = view.alert, translated(view.title)
    value = _value(alert.evidence[0]) if view.titled_by_value and alert.evidence else ""
    if value:
        return value
    if view.lists_signs and alert.subject:
        return subject_text(alert.rule, alert.subject)
    return f"{title} · {subject_text(alert.rule, alert.subject)}" if alert.subject else title


def attention_texts(view: AlertView) -> list[str]:
    """What became of the question that an alert asks: that it waits, until when, for whom and why; that it was passed
    on, when and to whom. For pages and paper."""
    texts = []
    snooze, passed = view.snooze, view.passed_on
    if snooze is not None and snooze.until is not None:
        who = str(snooze.by.get_full_name() or snooze.by) if snooze.by else ""
        words = {"when": short_moment(snooze.until), "who": who, "why": snooze.note}
        texts.append(gettext("waits until %(when)s (%(who)s: %(why)s)") % words)
    if passed is not None:
        role = dict(Role.choices).get(passed.note, passed.note)
        texts.append(gettext("passed on %(when)s to: %(role)s") % {"when": short_moment(passed.at), "role": role})
    return texts


def _value(fact: dict[str, str]) -> str:
    """A stored fact as name and value; "" where it is no result."""
    if fact.get("kind") == "Measurement":
        return f"{short_name_of('test', fact['code'])} {measured_text(fact['code'], _quantity(fact['quantity']))}"
    if fact.get("kind") == "Antibody":
        return f"{name_of('antibody', fact['code'])} {name_of('antibody_result', fact['result'])}"
    return ""


def _quantity(text: str) -> Quantity:
    number = text.lstrip("<>=")
    return Quantity(Decimal(number), text[: len(text) - len(number)])


def cards_of(views: Iterable[AlertView], now: datetime) -> tuple[Card, ...]:
    """The cards of open alerts: those that wait first, snoozed ones after them, then by gravity and `ORDER`."""
    held: dict[Group, list[AlertView]] = {}
    for view in views:
        held.setdefault(group_of(view.alert.rule), []).append(view)
    cards = [Card(group=group, views=tuple(sorted(x, key=_rank)), now=now) for group, x in held.items()]
    return tuple(sorted(cards, key=_order))


def _rank(view: AlertView) -> tuple[bool, int, bool, int, int]:
    alert = view.alert
    place = PLACES.get(alert.rule, len(PLACES))
    newest = -alert.opened_on.toordinal()
    return (alert.acknowledged_at is not None, -view.severity, alert.rule not in LEADING, newest, place)


def _order(card: Card) -> tuple[bool, bool, int, int]:
    return (not card.waiting, card.snoozed_until is not None, -card.severity, ORDER.index(card.group))
