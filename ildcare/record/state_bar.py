"""The bar that stays above every page of a patient: what runs, what the chart answers, what is breathed and given.

Made of what the page has read: no query of its own. A cell is a few words, and below it what they rest on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from algorithm.opinion import Opinion
from algorithm.overrides import Override
from algorithm.walk.engine import Pathway
from ildcare.evaluation.saved import one_of
from ildcare.record.treatments import IVCY_CYCLES, gc_together, next_cycle
from ildcare.trends.levels import Level, levels_of
from monitoring.cards import cards_of
from monitoring.clock import appointments
from monitoring.engine import Severity, Situation
from monitoring.intervals import due_tests
from monitoring.levels import band_at
from monitoring.queries import Watch
from patients.clinical.comparison import APART, DOWN, UP, direction
from patients.clinical.courses import GC, first_dose, runs_on
from patients.clinical.dose_limits import unusual_doses
from patients.clinical.drugs import DRUG_CLASSES, DRUGS, of_class
from patients.clinical.facts import Measurement, Support, Treatment
from patients.clinical.glucocorticoid import replaced_by
from patients.clinical.prophylaxis import PROPHYLAXIS, prophylaxis_missing, withheld
from patients.clinical.reasons import Reason
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import NO, YES
from patients.fact_words import withheld_text
from patients.result_words import oxygen_text, short_drug_name
from patients.wording import (
    dose_text,
    listed,
    listed_apart,
    measured_text,
    name_of,
    number_text,
    render,
    short_day,
    short_name_of,
    unit_symbol,
)

Marks = Mapping[str, Sequence[Reason]]
ARROWS = {UP: "↑", DOWN: "↓"}
BESIDE = of_class(  # what is named in the second line: it protects, or treats something else
    *("raises_cni", "lowers_cni", "antifungal", "antiviral", "antibacterial"),
    *("lipids", "pressure", "gout", "supportive"),
)

UNROUTED = GC | PROPHYLAXIS  # whose route changes nothing that the bar says

# how a cell looks: by what it says, never by colour alone
RUNS, SAYS, OPEN, CRITICAL, WARNING, GOOD, QUIET = "runs", "says", "open", "critical", "warning", "good", "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One cell: what it is about, a few words, lines below them. `style`: one of the looks above, "" for plain; `sign`:
    a word beside the text with its own look (where a level lies)."""

    label: str
    text: str
    notes: tuple[str, ...] = ()
    style: str = ""
    sign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Open cards that wait for somebody, by severity; `asleep`: those that may wait or were acknowledged."""

    critical: int
    warning: int
    info: int
    asleep: int

    @property
    def any(self) -> bool:
        """Does one wait?"""
        return bool(self.critical or self.warning or self.info)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateBar:
    """The whole bar. `body`: weight and height; `evaluated_at`: when the cards were last looked for."""

    subtype: Said
    running: Said
    answer: Said
    oxygen: Said
    drugs: Said
    prophylaxis: Said
    levels: tuple[Said, ...]
    cards: Counts
    evaluated_at: datetime | None
    waiting: bool
    failed: bool
    body: str


def state_bar(
    snapshot: Snapshot, opinion: Opinion, watch: Watch, override: Override | None, marks: Marks | None = None
) -> StateBar:
    """The bar of a record at the moment of its snapshot. No query. `marks`: what is doubtful about values, by id."""
    return StateBar(
        subtype=_subtype(snapshot, opinion),
        running=_running(snapshot, opinion.pathway),
        answer=_answer(snapshot, opinion, override),
        oxygen=_oxygen(snapshot, marks or {}),
        drugs=drugs_now(snapshot),
        prophylaxis=prophylaxis_now(snapshot),
        levels=tuple(_levels(snapshot, opinion.pathway, marks or {})),
        cards=_counts(watch, snapshot.as_of),
        evaluated_at=watch.evaluated_at,
        waiting=watch.waiting,
        failed=watch.failed,
        body=body_text(snapshot),
    )


def body_text(snapshot: Snapshot) -> str:
    """ "52.4 kg, 158 cm": the newest weight and height; "" of what was never measured."""
    newest = (latest(snapshot.series(code)) for code in ("weight", "height"))
    return listed(measured_text(x.code, x.quantity) for x in newest if x is not None)


# -- the chart --------------------------------------------------------------------------------------------------------


def _subtype(snapshot: Snapshot, opinion: Opinion) -> Said:
    subtype = opinion.subtype
    diagnosis = latest(snapshot.diagnoses)
    notes = [short_name_of("diagnosis", diagnosis.myositis)] if diagnosis else []
    notes += {YES: [_("anti-MDA5 +")], NO: [_("anti-MDA5 −")]}.get(opinion.mda5.answer, [_("anti-MDA5 ?")])
    text = subtype.subtype or one_of(subtype.possible)
    if subtype.provisional:
        notes.append(_("provisional"))
    return Said(
        label=_("Subtype"), text=text or _("not known"), notes=(listed(notes),), style="" if subtype.subtype else OPEN
    )


def _running(snapshot: Snapshot, pathway: Pathway) -> Said:
    label, running = _("Running"), pathway.running
    if running is None:
        return Said(label=label, text=_("no step"), notes=(_("none of the chart recorded"),), style=QUIET)
    words = {"step": short_name_of("step", running.step), "n": snapshot.days_since(running.day)}
    since = _("since %(day)s") % {"day": short_day(running.day, snapshot.today)}
    text = _("%(step)s day %(n)s") % words
    if pathway.regimen.later:
        return Said(label=label, text=text, notes=(since, _("now a regimen that is not of the chart")), style=RUNS)
    return Said(label=label, text=text, notes=(since,), style=RUNS)


def _answer(snapshot: Snapshot, opinion: Opinion, override: Override | None) -> Said:
    """What the chart says, apart from what runs: the one never borrows the look of the other."""
    label, pathway = _("Chart"), opinion.pathway
    if pathway.by_choice:
        alone = one_of(pathway.alone)
        return Said(label=label, text=alone, notes=(_("another step runs by choice"),), style=OPEN)
    if pathway.step is None:
        return Said(
            label=label, text=one_of(pathway.steps_possible), notes=tuple(_open_question(snapshot, opinion)), style=OPEN
        )
    notes = []
    if pathway.waiting:
        notes = list(_open_question(snapshot, opinion))
    elif pathway.running is not None and pathway.running.step == pathway.step:
        notes = [_("continues")]
    elif not pathway.indicated.started and pathway.step != "observation":
        notes = [_("not started")]
    if override is not None and override.standing:
        notes = [_("not followed, %(day)s") % {"day": short_day(override.decision.day, snapshot.today)}]
    return Said(label=label, text=short_name_of("step", pathway.step), notes=tuple(notes), style=SAYS)


def _open_question(snapshot: Snapshot, opinion: Opinion) -> Iterator[str]:
    """Which question is open: improvement with its day, or the missing facts by name."""
    if opinion.pathway.waiting:
        due = next((x.day for x in appointments(snapshot) if x.judgement is None), None)
        day = {"day": short_day(due, snapshot.today)} if due else {}
        yield _("improved? judge by %(day)s") % day if due else _("improved?")
        return
    missing = opinion.decisive or opinion.pathway.deciding_facts
    if missing:
        yield _("open: %(facts)s") % {"facts": listed(short_name_of("missing", x) for x in missing[:2])}


# -- oxygen -----------------------------------------------------------------------------------------------------------


def _oxygen(snapshot: Snapshot, marks: Marks) -> Said:
    label = _("Oxygen")
    series = [x for x in (snapshot.series(code) for code in ("spo2", "pao2")) if x]
    support = latest(snapshot.supports)
    if not series:
        return Said(label=label, text=_("not measured"), notes=tuple(_support(support, snapshot, None)), style=OPEN)
    first, *others = series
    newest = first[-1]
    spo2 = newest.code == "spo2"
    value = f"{number_text(newest.quantity)} %" if spo2 else _named(newest)
    breathed = oxygen_text(newest.fio2, newest.flow, newest.device) or _("FiO2 not stated")
    text = " ".join(x for x in (value, breathed, _arrow(first)) if x)
    day = short_day(newest.day, snapshot.today) if newest.day != snapshot.today else ""
    own = listed(x for x in (_former(first), day) if x)
    beside = [*(_beside(x, snapshot, newest) for x in others), *_support(support, snapshot, newest)]
    note = listed_apart(x for x in (own, *beside) if x)
    doubt = _doubt(newest, marks)
    return Said(label=label, text=text, notes=(*doubt, note), style=OPEN if doubt else "")


def _doubt(x: Measurement, marks: Marks) -> tuple[str, ...]:
    """Why a value is not to be relied on as it stands: that it waits for confirmation, or what contradicts it."""
    return tuple(render(why) for why in marks.get(x.id, ()))


def _named(x: Measurement) -> str:
    return f"{short_name_of('test', x.code)} {number_text(x.quantity)}"


def _arrow(series: Sequence[Measurement]) -> str:
    """Which way the newest value went; "" where it cannot be compared."""
    return ARROWS.get(direction(series[-1], series[-2]), "") if len(series) > 1 else ""


def _former(series: Sequence[Measurement]) -> str:
    """ "was 71.2"; with its own oxygen where that was another."""
    if len(series) < 2:
        return ""
    before = series[-2]
    value = number_text(before.quantity)
    if direction(series[-1], before) == APART:
        breathed = oxygen_text(before.fio2, before.flow, before.device)
        value = f"{value} ({breathed})" if breathed else value
    return _("was %(value)s") % {"value": value}


def _beside(series: Sequence[Measurement], snapshot: Snapshot, first: Measurement) -> str:
    """The other gas with its former value: "PaO2 68.4 ↓ was 71.2"; its oxygen and day where they are not the same."""
    newest = series[-1]
    words = [_named(newest)]
    breathed = oxygen_text(newest.fio2, newest.flow, newest.device)
    if breathed and breathed != oxygen_text(first.fio2, first.flow, first.device):
        words.append(f"({breathed})")
    words.append(_arrow(series))
    parts = [" ".join(x for x in words if x), _former(series)]
    if newest.day != first.day:
        parts.append(short_day(newest.day, snapshot.today))
    return listed(x for x in parts if x)


def _support(support: Support | None, snapshot: Snapshot, than: Measurement | None) -> Iterator[str]:
    """Support that was recorded after the newest value."""
    if support is None or (than is not None and support.on <= than.on):
        return
    told = oxygen_text(support.fio2, support.flow, support.device)
    words = [name_of("support", support.level), *([told] if told and support.level != "room_air" else [])]
    yield listed([*words, short_day(support.day, snapshot.today)])


# -- drugs ------------------------------------------------------------------------------------------------------------


def drugs_now(snapshot: Snapshot) -> Said:
    """Every drug that runs, with its dose: what treats the disease first, what stands beside it below."""
    label = _("Drugs now")
    courses = [x for x in snapshot.treatments if runs_on(x, snapshot.today) and x.drug not in PROPHYLAXIS]
    running = [x for x in courses if replaced_by(snapshot, x) is None]
    if not running:
        return Said(label=label, text=_("none recorded"), style=QUIET)
    classes = list(DRUG_CLASSES)
    running.sort(key=lambda x: (classes.index(DRUGS[x.drug].drug_class) if x.drug in DRUGS else len(classes), x.on))
    first = [x for x in running if x.drug not in BESIDE and x.drug != "ivcy"]
    beside = [x for x in running if x.drug in BESIDE]
    together = gc_together(snapshot)
    notes = [*([together] if together else []), *_cycles(snapshot)]
    unusual = unusual_doses(snapshot)
    notes += [listed(_with_dose(x, unusual) for x in beside)] if beside else []
    notes += _unusual(running, snapshot)
    text = " · ".join(_with_dose(x, unusual) for x in first) or _("see below")
    return Said(label=label, text=text, notes=tuple(notes), style=WARNING if _unusual(running, snapshot) else "")


def _unusual(running: Sequence[Treatment], snapshot: Snapshot) -> list[str]:
    """What looks unusual in the doses that run, whoever told them (13 (91))."""
    unusual = unusual_doses(snapshot)
    return [render(why) for x in running for why in unusual.get(x.id, ())]


def _with_dose(x: Treatment, unusual: Marks) -> str:
    """ "CsA iv 200 mg/day"; a single dose that still covers with its day; one that is unusual with a question."""
    words = [short_drug_name(x)]
    drug = DRUGS.get(x.drug)
    if x.route and drug is not None and len(drug.routes) > 1 and x.drug not in UNROUTED:
        words.append(_("iv") if x.route == "iv" else name_of("route", x.route))
    words.append(dose_text(x.dose, x.unit or "") if x.dose is not None else _("dose not stated"))
    if x.stop is not None and x.stop == x.day:
        words.append(short_day(x.day))
    return " ".join([*words, *([_("(unusual dose?)")] if x.id in unusual else [])])


def _cycles(snapshot: Snapshot) -> Iterator[str]:
    """IVCY: the last dose, which it was, when the next is due."""
    doses = [x for x in snapshot.treatments if x.drug == "ivcy"]
    due = next_cycle(snapshot)
    if not doses or (due is None and not runs_on(doses[-1], snapshot.today)):
        return
    last, today = doses[-1], snapshot.today
    words = {
        "dose": dose_text(last.dose, last.unit or "") if last.dose is not None else _("dose not stated"),
        "day": short_day(last.day, today),
        "n": len(doses),
        "of": max(IVCY_CYCLES, len(doses)),
    }
    text = _("IVCY %(dose)s %(day)s (%(n)s of %(of)s)") % words
    yield listed([text, _next_due(due[0], due[1], snapshot)] if due else [text])


def _next_due(first: date, last: date, snapshot: Snapshot) -> str:
    today = snapshot.today
    words = {"first": short_day(first, today), "last": short_day(last, today)}
    return _("next due %(last)s") % words if first == last else _("next due %(first)s to %(last)s") % words


def prophylaxis_now(snapshot: Snapshot) -> Said:
    """Against pneumocystis: what is given, or that none is where it should be."""
    label = _("PCP prophylaxis")
    courses = [x for x in snapshot.treatments if x.drug in PROPHYLAXIS and runs_on(x, snapshot.today)]
    if courses:
        since = min(first_dose(snapshot, x) for x in courses)
        notes = [_("since %(day)s") % {"day": short_day(since, snapshot.today)}]
        decision = withheld(snapshot)
        if decision is not None and decision.prophylaxis_instead in {x.drug for x in courses}:
            notes.append(_("instead, decided: %(reason)s") % {"reason": decision.reason})
        unusual, doses = unusual_doses(snapshot), _unusual(courses, snapshot)
        text = listed(_with_dose(x, unusual) for x in courses)
        return Said(label=label, text=text, notes=(*notes, *doses), style=WARNING if doses else "")
    missing = prophylaxis_missing(snapshot)
    if missing is None:
        return Said(label=label, text=_("none"), notes=(_("not asked for by what is given"),), style=QUIET)
    if missing.decided is not None:
        decided = _("decided %(day)s") % {"day": short_day(missing.decided.day, snapshot.today)}
        return Said(label=label, text=withheld_text(missing.decided), notes=(decided,), style=OPEN)
    note = _("due since %(day)s") % {"day": short_day(missing.due, snapshot.today)}
    grave = missing.critical_from is not None and missing.critical_from <= snapshot.today
    style = OPEN if missing.possible else CRITICAL if grave else WARNING
    return Said(label=label, text=_("none"), notes=(note,), style=style)


# -- levels -----------------------------------------------------------------------------------------------------------


def _levels(snapshot: Snapshot, pathway: Pathway, marks: Marks) -> Iterator[Said]:
    """The newest levels of each drug that is given, against its band, and when the next sample is due."""
    found = levels_of(snapshot)
    if not found:
        return
    due = {x.code: x.due for x in due_tests(Situation(snapshot, pathway.indicated))}
    for level in found:
        day = due.get(level.drug)
        yield _level(level, snapshot, marks, _next_sample(day, snapshot) if day else "")


def _next_sample(day: date, snapshot: Snapshot) -> str:
    if day == snapshot.today:
        return _("next due today")
    return _("next due %(last)s") % {"last": short_day(day, snapshot.today)}


def _level(shown: Level, snapshot: Snapshot, marks: Marks, following: str) -> Said:
    drug, level = short_name_of("drug", shown.drug), shown.level
    if level is None:
        notes = (following,) if following else ()
        return Said(label=drug, text=_("no level yet"), notes=notes, style=OPEN)
    band, doubt = band_at(level, snapshot), _doubt(level, marks)
    edges = f"{number_text(band.low)}–{number_text(band.high)}" if band else ""
    signs = {"within": _("in %(band)s"), "low": _("below %(band)s"), "high": _("above %(band)s")}
    return Said(
        label=listed([drug, *_sample(level)]),
        text=f"{number_text(level.quantity)} {unit_symbol(level.code)}",
        sign=signs[shown.place] % {"band": edges} if shown.place in signs else _("not judged"),
        notes=(*doubt, listed(x for x in (short_day(level.day, snapshot.today), following) if x)),
        style=OPEN if doubt else {"within": GOOD, "low": WARNING, "high": WARNING}.get(shown.place, OPEN),
    )


def _sample(level: Measurement) -> Iterator[str]:
    """Route and timing in short: "iv", "trough"."""
    if level.route:
        yield _("iv") if level.route == "iv" else short_name_of("route", level.route)
    if level.timing:
        yield short_name_of("timing", level.timing)


# -- cards ------------------------------------------------------------------------------------------------------------


def _counts(watch: Watch, now: datetime) -> Counts:
    cards = cards_of(watch.open, now)
    awake = [x.severity for x in cards if x.waiting and x.snoozed_until is None]
    return Counts(
        critical=awake.count(Severity.CRITICAL),
        warning=awake.count(Severity.WARNING),
        info=awake.count(Severity.INFO),
        asleep=len(cards) - len(awake),
    )
