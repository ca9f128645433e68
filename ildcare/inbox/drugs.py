"""The pharmacist's list: each drug that asks for somebody, why, with its order, band, last levels and next sample.

What the rules raised (interaction, prophylaxis, band) is shown with the card that has it, and not told a second time;
what is due, lacks its time or stands in the days after cyclophosphamide comes out of the record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ildcare.drawing.sparkline import Spark, Value, spark
from ildcare.inbox.reading import SENTENCES, Row
from ildcare.inbox.watched import Cycle, LevelDrug, Watched
from monitoring.cards import finding
from monitoring.engine import Severity
from monitoring.queries import AlertView
from patients.clinical.awaiting import Awaiting
from patients.clinical.drug_levels import is_level
from patients.clinical.reasons import Term
from patients.clinical.vocabulary import short_term, term
from patients.dose_words import running_text, sample_text
from patients.models import Admission, Patient
from patients.wording import (
    listed_apart,
    measured_text,
    name_of,
    number_text,
    render,
    render_all,
    short_day,
    short_moment,
    short_name_of,
    translated,
)

SOON = timedelta(days=3)  # a dose of cyclophosphamide that is due by then is prepared [J]
WHY = {
    "interaction": gettext_lazy("Interaction"),
    "prophylaxis": gettext_lazy("No prophylaxis"),
    "high": gettext_lazy("Above band"),
    "low": gettext_lazy("Below band"),
    "late": gettext_lazy("Band not reached in time"),
    "untimed": gettext_lazy("Route or time missing"),
    "due": gettext_lazy("Level due"),
    "nadir": gettext_lazy("After IVCY"),
    "cycle": gettext_lazy("IVCY due"),
}
# rules whose alerts stand on this list, and under which word
OF_RULES = {
    "INTERACTION": "interaction",
    "PROPHYLAXIS_MISSING": "prophylaxis",
    "CSA_HIGH": "high",
    "CSA_LOW": "low",
    "CSA_TARGET_DELAY": "late",
    "TAC_TARGET_DELAY": "late",
    "IVCY_CHECK": "nadir",
}
KINDS = {  # filters, and the words that each holds
    "": (gettext_lazy("All of them"), tuple(WHY)),
    "interaction": (gettext_lazy("Interaction"), ("interaction",)),
    "prophylaxis": (gettext_lazy("No prophylaxis"), ("prophylaxis",)),
    "band": (gettext_lazy("Off band"), ("high", "low", "late")),
    "untimed": (gettext_lazy("Route or time missing"), ("untimed",)),
    "due": (gettext_lazy("Level due"), ("due",)),
    "ivcy": (gettext_lazy("IVCY"), ("nadir", "cycle")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugRow:
    """A drug of a patient that asks for somebody. `whys`: words of `WHY`, the gravest first; `severity` as a card's, ""
    where no rule raised it; `card`: the inbox's row that has it; `due`: the day by which something is to be done;
    `awaited`: a machine sent it, and it waits for a person to say what it lacks."""

    patient: Patient
    stay: Admission | None
    whys: tuple[str, ...]
    severity: str
    drug: str
    target: str
    spark: Spark | None
    trend: str
    latest: str
    when: str
    next: str
    due: date | None
    today: bool
    beside: tuple[str, ...]
    card: Row | None
    acknowledged: bool = False
    awaited: bool = False

    @property
    def why(self) -> str:
        """Why it stands here, in a word."""
        return str(WHY[self.whys[0]])

    @property
    def more(self) -> list[str]:
        """Why else."""
        return [str(WHY[x]) for x in self.whys[1:]]

    @property
    def key(self) -> str:
        """Names the row on the page."""
        return f"{self.patient.pk}-{self.whys[0]}"


def drug_rows(
    people: Mapping[int, tuple[Patient, Admission | None]],
    watched: Mapping[int, Watched],
    cards: Iterable[Row],
    awaiting: Mapping[int, Iterable[Awaiting]],
    now: datetime,
) -> list[DrugRow]:
    """The rows of these patients, what rules raised first. `awaiting`: what machines sent of them and waits."""
    by_patient: dict[int, list[Row]] = {}
    for row in cards:
        by_patient.setdefault(row.patient.pk, []).append(row)
    rows = [
        row
        for pk, (patient, stay) in people.items()
        for row in _of_patient(patient, stay, watched.get(pk), by_patient.get(pk, ()), now)
    ]
    rows += [
        _awaited_row(*people[pk], x) for pk, sent in awaiting.items() if pk in people for x in sent if is_level(x.code)
    ]
    return sorted(rows, key=_order)


def _order(row: DrugRow) -> tuple[bool, int, int, date, str]:
    rank = {"critical": 0, "warning": 1}.get(row.severity, 2)
    return row.acknowledged, rank, list(WHY).index(row.whys[0]), row.due or date.max, row.key


def _of_patient(
    patient: Patient, stay: Admission | None, watched: Watched | None, cards: Sequence[Row], now: datetime
) -> Iterator[DrugRow]:
    raised = [(x, view) for x in cards for view in x.card.views if _word(view)]
    told: set[int] = set()
    for drug in watched.drugs if watched else ():
        mine = [(x, view) for x, view in raised if _is_about(view, drug.drug)]
        row = _level_row(patient, stay, drug, mine, told, watched.today if watched else now.date(), now)
        told = told | {id(view) for _x, view in mine}
        if row is not None:
            yield row
    if watched is not None and watched.cycle is not None:
        mine = [(x, view) for x, view in raised if view.alert.rule == "IVCY_CHECK"]
        told |= {id(view) for _x, view in mine}
        yield from _cycle_row(patient, stay, watched.cycle, mine, watched.today)
    for x, view in raised:
        if id(view) not in told:
            yield _raised_row(patient, stay, x, view, watched.today if watched else now.date())


def _told(view: AlertView) -> str:
    """The first sentences of an alert; the others stand on its card."""
    told = render_all(view.reasons[:SENTENCES])
    more = len(view.reasons) - SENTENCES
    return _("%(told)s, and %(n)s more") % {"told": told, "n": more} if more > 0 else told


def _word(view: AlertView) -> str:
    alert = view.alert
    if alert.rule == "TAC_BAND":
        return "high" if alert.subject == "high" else "low"
    return OF_RULES.get(alert.rule, "") if alert.severity > Severity.INFO else ""


def _is_about(view: AlertView, drug: str) -> bool:
    """Is an alert about the level of this drug? An interaction where it names no other of those with levels."""
    alert = view.alert
    if alert.rule == "INTERACTION":
        names = {short_term("drug", drug), term("drug", drug)}
        return any(isinstance(part, Term) and part in names for x in view.reasons for _name, part in x.parts)
    return alert.rule.startswith(f"{drug.upper()}_")


Raised = Sequence[tuple[Row, AlertView]]


def _level_row(
    patient: Patient,
    stay: Admission | None,
    drug: LevelDrug,
    raised: Raised,
    told: Collection[int],
    today: date,
    now: datetime,
) -> DrugRow | None:
    """The row of a drug with levels. `told`: alerts whose sentences another row of the patient has: they stand once."""
    whys = [_word(view) for _x, view in raised]
    whys += [drug.place] if drug.place in ("high", "low") else []
    whys += ["untimed"] if drug.why_not is not None else []
    is_due = drug.due is not None and drug.due.due <= today
    whys += ["due"] if is_due else []
    ordered = [x for x in WHY if x in whys]
    if not ordered:
        return None
    newest = drug.levels[-1] if drug.levels else None
    waiting = [view for _x, view in raised if view.alert.acknowledged_at is None]
    beside = [_told(view) for _x, view in raised if _word(view) != drug.place and id(view) not in told]
    beside += [render(drug.why_not)] if drug.why_not is not None else []
    return DrugRow(
        patient=patient,
        stay=stay,
        whys=tuple(ordered),
        severity=max((x.severity for x in waiting), default=Severity.INFO).label if waiting else "",
        drug=f"{short_name_of('drug', drug.drug)} {running_text(drug.order, drug.drug, today)}",
        target=_target(drug),
        spark=_spark(drug, now),
        trend=_trend(drug),
        latest=measured_text(newest.code, newest.quantity) if newest else "",
        when=f"{short_moment(newest.on, today)}, {sample_text(newest)}" if newest else _("none yet"),
        next=_next(drug, today),
        due=drug.due.due if drug.due else None,
        today=is_due,
        beside=tuple(dict.fromkeys(beside)),
        card=raised[0][0] if raised else None,
        acknowledged=bool(raised) and not waiting and not (is_due or drug.why_not),
    )


def _target(drug: LevelDrug) -> str:
    order, band = drug.order, drug.band
    if band is not None:
        return f"{number_text(band.low)}–{number_text(band.high)}, {translated(band.name.text)}"
    if order.target_low is not None and order.target_high is not None:
        timing = name_of("timing", order.target_timing) if order.target_timing else ""
        return listed_apart(
            x for x in (f"{number_text(order.target_low)}–{number_text(order.target_high)}", timing) if x
        )
    return ""


def _spark(drug: LevelDrug, now: datetime) -> Spark | None:
    values = [Value(x.on, x.quantity.value, bool(x.quantity.comparator), f"{x.route}|{x.timing}") for x in drug.levels]
    return spark(values, now)


def _trend(drug: LevelDrug) -> str:
    return " → ".join(number_text(x.quantity) for x in drug.levels)


def _next(drug: LevelDrug, today: date) -> str:
    if drug.due is None:
        return "–"
    return _("today") if drug.due.due == today else short_day(drug.due.due, today)


def _cycle_row(
    patient: Patient, stay: Admission | None, cycle: Cycle, raised: Raised, today: date
) -> Iterator[DrugRow]:
    whys = ["nadir"] if raised or cycle.nadir[0] <= today <= cycle.nadir[1] else []
    whys += ["cycle"] if cycle.next is not None and cycle.next[0] <= today + SOON else []
    if not whys:
        return
    waiting = [view for _x, view in raised if view.alert.acknowledged_at is None]
    days = {"first": short_day(cycle.nadir[0], today), "last": short_day(cycle.nadir[1], today)}
    beside = [_told(view) for _x, view in raised]
    beside += [_("nadir %(first)s to %(last)s") % days] if cycle.nadir[1] >= today else []
    counts = [f"{short_name_of('test', x.code)} {measured_text(x.code, x.quantity)}" for x in cycle.counts]
    next_day = cycle.next[1] if cycle.next else None
    yield DrugRow(
        patient=patient,
        stay=stay,
        whys=tuple(whys),
        severity=max((x.severity for x in waiting), default=Severity.INFO).label if waiting else "",
        drug=f"{short_name_of('drug', 'ivcy')} {running_text(cycle.last, 'ivcy', today)}",
        target=_("dose %(n)s") % {"n": cycle.number},
        spark=None,
        trend="",
        latest=counts[0] if counts else "",
        when=short_moment(cycle.counts[0].on, today) if cycle.counts else _("no blood count"),
        next=short_day(next_day, today) if next_day else "–",
        due=next_day,
        today=next_day is not None and next_day <= today,
        beside=tuple(beside),
        card=raised[0][0] if raised else None,
        acknowledged=bool(raised) and not waiting and "cycle" not in whys,
    )


def _raised_row(patient: Patient, stay: Admission | None, row: Row, view: AlertView, today: date) -> DrugRow:
    """What a rule raised about no drug with levels of this record: prophylaxis, an interaction of others. Until
    somebody acknowledged it, it is due today."""
    waits = view.alert.acknowledged_at is None
    return DrugRow(
        patient=patient,
        stay=stay,
        whys=(_word(view),),
        severity=view.severity.label if waits else "",
        drug=finding(view),
        target="",
        spark=None,
        trend="",
        latest="",
        when="",
        next=_("today") if waits else "–",
        due=today if waits else None,
        today=waits,
        beside=(_told(view),),
        card=row,
        acknowledged=not waits,
    )


def _awaited_row(patient: Patient, stay: Admission | None, sent: Awaiting) -> DrugRow:
    """A level that a machine sent without what it is judged by: it is not on the record yet."""
    return DrugRow(
        patient=patient,
        stay=stay,
        whys=("untimed",),
        severity="",
        drug=short_name_of("test", sent.code),
        target="",
        spark=None,
        trend="",
        latest=sent.text,
        when=short_moment(sent.on) if sent.on else _("time not stated"),
        next="–",
        due=None,
        today=False,
        beside=(_("sent, and waits for a person since %(when)s") % {"when": short_moment(sent.since)},),
        card=None,
        awaited=True,
    )
