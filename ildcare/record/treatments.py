"""The treatments of one patient: what the timeline draws, and the same in words. One query besides the snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ildcare.drawing.timeline import Dose, Drug, Sample, Timeline, Upright, draw
from ildcare.moment.record_state import RecordState
from ildcare.moment.state_cache import StateCache
from ildcare.record.therapy_words import clock_texts, treatment_notes
from ildcare.trends.levels import (
    LevelRow,
    judged_runs,
    judged_text,
    level_rows,
    order_note,
    target_basis,
    target_text,
    verdict,
)
from monitoring.levels import has_bands
from patients.clinical.courses import IVCY_INTERVAL_DAYS
from patients.clinical.dose_limits import unusual_doses
from patients.clinical.drug_levels import is_level, levelled_drugs
from patients.clinical.drugs import DRUGS, of_class
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.glucocorticoid import counted_on, dose_on, replaced_by, with_its_end
from patients.clinical.prophylaxis import prophylaxis_missing
from patients.clinical.regimen import Regimen, rank, regimen_of
from patients.clinical.snapshot import Snapshot
from patients.dose_words import sample_text
from patients.queries import authors_of
from patients.result_words import converted_from, order_words
from patients.wording import dose_text, listed, listed_apart, measured_text, name_of, render, short_day, translated

# [J] The paper gives no days for it: "white cells are lowest one to two weeks after a dose of intravenous
# cyclophosphamide" (usual teaching; counts are commonly taken on days 8 to 14). No rule rests on it.
NADIR_DAYS = (8, 14)
TRIPLE_EARLIEST_DAYS = 21  # [S] "in triple therapy 10-30 mg/kg every 3-4 weeks"
IVCY_CYCLES = 6  # [S] "at least six times, every 4 weeks"

# given on days of their own
BLOCKS = frozenset({"gc_pulse", "ivig", "rtx", "pmx_dhp", "plasma_exchange", "basiliximab", "other"})
THIN = of_class(
    *("prophylaxis", "raises_cni", "lowers_cni", "antifungal", "antiviral", "antibacterial"),
    *("lipids", "pressure", "gout", "supportive"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentRow:
    """One treatment in words. `ending`: goes on, replaced, stopped or a single dose; `order`: purpose, target and
    what is to be said of it, what a dose was converted from; `note`: its place in the chart; `doubt`: what is
    unusual in its dose, and what contradicts it."""

    id: str
    first: str
    last: str
    drug: str
    route: str
    dose: str
    days: int
    ending: str
    by: str
    corrected: bool
    order: tuple[str, ...] = ()
    note: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence under the timeline, with whose threshold it is; `warns` where something is missing."""

    text: str
    basis: str = ""
    warns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentPicture:
    """All that the page shows of treatments. `drawing` is None where nothing is recorded."""

    drawing: Timeline | None
    rows: tuple[TreatmentRow, ...]
    levels: tuple[LevelRow, ...]
    statements: tuple[Statement, ...]
    has_nadir: bool
    has_due: bool


# The picture changes with the record, with the names of who entered what, and with what contradicts it after a merge.
_kept: StateCache[TreatmentPicture] = StateCache(64)


def kept_treatment_picture(state: RecordState, snapshot: Snapshot, doubts: Mapping[str, str]) -> TreatmentPicture:
    """`treatment_picture` of this snapshot, kept for the state of its record. One query: who entered what."""
    authors = authors_of(snapshot.treatments)
    key = (state, tuple(authors.items()), tuple(doubts.items()))
    return _kept.get(key, lambda: _picture(snapshot, doubts, authors))


def treatment_picture(snapshot: Snapshot, doubts: Mapping[str, str] | None = None) -> TreatmentPicture:
    """The treatments as known to the snapshot; `doubts`: what contradicts them, by id. One query."""
    return _picture(snapshot, doubts or {}, authors_of(snapshot.treatments))


def _picture(snapshot: Snapshot, doubts: Mapping[str, str], authors: Mapping[str, str]) -> TreatmentPicture:
    drugs = tuple(_drugs(snapshot))
    drawing = _drawing(drugs, regimen_of(snapshot), snapshot) if drugs else None
    return TreatmentPicture(
        drawing=drawing,
        rows=tuple(replace(x, doubt=_doubt(x.id, snapshot, doubts)) for x in _rows(snapshot, authors)),
        levels=level_rows(snapshot),
        statements=tuple(_statements(snapshot)),
        has_nadir=any(x.nadir for x in drugs),
        has_due=drawing is not None and any(x.due for x in drawing.lanes),
    )


def _doubt(fact: str, snapshot: Snapshot, doubts: Mapping[str, str]) -> str:
    """What looks unusual in a dose (13 (91)), and what contradicts the treatment."""
    unusual = [render(why) for why in unusual_doses(snapshot).get(fact, ())]
    return listed_apart([*unusual, *filter(None, [doubts.get(fact, "")])])


def _drawing(drugs: Sequence[Drug], regimen: Regimen, snapshot: Snapshot) -> Timeline:
    today = snapshot.today
    steps = [Upright(x.day, _("%(step)s day 0") % {"step": x.step}) for x in regimen.starts]
    now = _("today") if today == timezone.localdate() else short_day(today, today)
    uprights = [*steps, *_stays(snapshot), Upright(today, now, today=True)]
    return draw(drugs, uprights, today, lambda day: short_day(day, today))


def _stays(snapshot: Snapshot) -> Iterator[Upright]:
    """Admissions, discharges and outcomes."""
    for admission in snapshot.hospital_admissions:
        yield Upright(admission.day, _("admission"), event=True)
    for discharge in snapshot.discharges:
        yield Upright(discharge.day, _("discharge"), event=True)
    for outcome in snapshot.outcomes:
        yield Upright(outcome.day, name_of("outcome", outcome.what), event=True)


# -- lanes ------------------------------------------------------------------------------------------------------------


def _drugs(snapshot: Snapshot) -> Iterator[Drug]:
    """One lane a drug, in the order of the catalogue; a level without any course has a lane too."""
    measured = {code for code in levelled_drugs() if snapshot.series(code)}
    drugs = {x.drug for x in snapshot.treatments} | measured
    order = list(DRUGS)
    for drug in sorted(drugs, key=lambda x: (order.index(x) if x in DRUGS else len(order), x)):
        courses = [x for x in snapshot.treatments if x.drug == drug]
        if drug != "other":
            yield _drug(drug, _full_name(drug), courses, snapshot)
            continue
        for name in dict.fromkeys(x.name or "" for x in courses):  # outside the catalogue: a lane for each name
            yield _drug(drug, name, [x for x in courses if (x.name or "") == name], snapshot)


def _drug(code: str, name: str, courses: Sequence[Treatment], snapshot: Snapshot) -> Drug:
    manner = _manner(code, courses)
    in_cycles = manner == "cycles"
    levels = snapshot.series(code) if is_level(code) else ()
    return Drug(
        code=code,
        name=name,
        manner=manner,
        doses=tuple(_doses([with_its_end(snapshot, x) for x in courses], manner, snapshot.today)),
        samples=tuple(_sample(x, snapshot) for x in levels),
        nadir=NADIR_DAYS if in_cycles else None,
        due=next_cycle(snapshot) if in_cycles else None,
    )


def _manner(drug: str, courses: Sequence[Treatment]) -> str:
    if drug == "ivcy":
        return "cycles" if all(x.stop == x.day for x in courses) else "blocks"
    if drug in THIN:
        return "thin"
    return "blocks" if drug in BLOCKS or drug not in DRUGS else "steps"


def _doses(courses: Sequence[Treatment], manner: str, today: date) -> Iterator[Dose]:
    highest: dict[str | None, Decimal] = {}
    for x in courses:
        if x.dose is not None:
            highest[x.unit] = max(highest.get(x.unit, x.dose), x.dose)
    for number, x in enumerate(courses, 1):
        share = x.dose / highest[x.unit] if x.dose is not None and highest[x.unit] else None
        text = str(number) if manner == "cycles" else _short_text(x)
        yield Dose(
            id=x.id,
            start=x.day,
            stop=x.stop,
            text=text,
            title=_title(x, today),
            route=_pattern(x),
            share=share,
        )


def _pattern(course: Treatment) -> str:
    """The route, where it is drawn: of drugs whose level is measured."""
    return (course.route or "unknown") if is_level(course.drug) else ""


def _short_text(course: Treatment) -> str:
    dose = dose_text(course.dose, course.unit or "") if course.dose is not None else _("dose not stated")
    drug = DRUGS.get(course.drug)
    several = drug is not None and len(drug.routes) > 1 and drug.drug_class == "cni"
    return f"{dose} {_short_route(course.route)}".strip() if several else dose


def _short_route(route: str | None) -> str:
    """A route in a drawing: "iv", "oral"."""
    return _("iv") if route == "iv" else name_of("route", route) if route else _("route not stated")


def _title(course: Treatment, today: date) -> str:
    words = [_name_of(course), *([name_of("route", course.route)] if course.route else [])]
    if course.dose is not None:
        words.append(dose_text(course.dose, course.unit or ""))
    words += [*order_words(course), _from_to(course, today)]
    return listed(words)


def _from_to(course: Treatment, today: date) -> str:
    first = short_day(course.day, today)
    if course.stop is None:
        return _("from %(day)s") % {"day": first}
    last = short_day(course.stop, today)
    return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}


def _full_name(drug: str) -> str:
    """Abbreviation and name: "CsA (cyclosporine)"."""
    known = DRUGS.get(drug)
    if known is None:
        return drug
    short, name = translated(known.short), translated(known.name)
    return name if short == name else f"{short} · {name}"


def _name_of(course: Treatment) -> str:
    """The name of a course's drug: one outside the catalogue, or of a class of it, by its own name."""
    full = _full_name(course.drug)
    if not course.name or converted_from(course):
        return full
    return course.name if course.drug == "other" else f"{full} ({course.name})"


def _sample(level: Measurement, snapshot: Snapshot) -> Sample:
    value = measured_text(level.code, level.quantity)
    title = f"{short_day(level.day, snapshot.today)}: {value}, {sample_text(level)}; {judged_text(level, snapshot)}"
    number = value.partition(" ")[0]
    return Sample(level.id, level.day, number, title, verdict(level, snapshot))


# -- cyclophosphamide -------------------------------------------------------------------------------------------------


def next_cycle(snapshot: Snapshot) -> tuple[date, date] | None:
    """First and last day on which the next IVCY is due by the paper's intervals; None once the last covers no more."""
    last = max((x.day for x in snapshot.treatments if x.drug == "ivcy"), default=None)
    regimen = regimen_of(snapshot)
    if last is None or "ivcy" not in regimen.active:
        return None
    triple = regimen.running is not None and rank(regimen.running.step) >= rank("T3")
    latest = last + timedelta(days=IVCY_INTERVAL_DAYS)
    return (last + timedelta(days=TRIPLE_EARLIEST_DAYS) if triple else latest), latest


def _cycle_statements(snapshot: Snapshot) -> Iterator[Statement]:
    doses = [x for x in snapshot.treatments if x.drug == "ivcy"]
    if not doses:
        return
    today, last = snapshot.today, doses[-1].day
    count = ngettext("IVCY: %(count)d dose, on %(day)s", "IVCY: %(count)d doses, the last on %(day)s", len(doses))
    at_least = "" if len(doses) >= IVCY_CYCLES else " " + _("(the paper: at least six)")
    yield Statement(count % {"count": len(doses), "day": short_day(last, today)} + at_least, "S")
    first, end = (short_day(last + timedelta(days=x), today) for x in NADIR_DAYS)
    nadir = _("White cells are lowest (nadir) about %(first)s to %(last)s, days %(from)s to %(to)s after that dose")
    yield Statement(nadir % {"first": first, "last": end, "from": NADIR_DAYS[0], "to": NADIR_DAYS[1]}, "J")
    due = next_cycle(snapshot)
    if due is None:
        after = short_day(last + timedelta(days=IVCY_INTERVAL_DAYS), today)
        yield Statement(_("The 4 weeks covered by the last dose of IVCY ended on %(day)s") % {"day": after}, "S")
        return
    words = {"first": short_day(due[0], today), "last": short_day(due[1], today)}
    one_day = _("Next dose of IVCY due on %(last)s (every 4 weeks), if it goes on")
    several = _("Next dose of IVCY due %(first)s to %(last)s (every 3-4 weeks in triple therapy), if it goes on")
    yield Statement((one_day if due[0] == due[1] else several) % words, "S")


# -- words ------------------------------------------------------------------------------------------------------------


def _statements(snapshot: Snapshot) -> Iterator[Statement]:
    yield from (Statement(x, "J") for x in clock_texts(regimen_of(snapshot), snapshot))
    missing = prophylaxis_missing(snapshot)
    if missing is not None:
        text = render(missing.why)
        yield Statement(text[:1].upper() + text[1:], missing.why.basis, warns=missing.decided is None)
        for why in missing.beside:
            said = render(why)
            yield Statement(said[:1].upper() + said[1:], why.basis, warns=missing.decided is None)
    yield from _doubled(snapshot)
    if together := gc_together(snapshot):
        yield Statement(together, "J")
    yield from (Statement(target_text(x, snapshot), target_basis(x, snapshot)) for x in judged_runs(snapshot))
    for drug in levelled_drugs():
        if snapshot.series(drug) and not has_bands(drug, snapshot.treatments):
            text = _("%(drug)s: no band is set here, so no level is called low or high")
            yield Statement(text % {"drug": translated(DRUGS[drug].short)}, "J")
    yield from _cycle_statements(snapshot)


def gc_together(snapshot: Snapshot) -> str:
    """The glucocorticoid of today in one number, where several orders make it; "" where one does (13 (69))."""
    today = snapshot.today
    if len(counted_on(snapshot, today)) < 2:
        return ""
    dose = dose_on(snapshot, today)
    if dose is None:
        return _("GC of today in all: not known, one dose is not stated")
    return _("GC of today in all: %(dose)s of prednisolone") % {"dose": dose_text(dose, "mg/day")}


def _doubled(snapshot: Snapshot) -> Iterator[Statement]:
    """Two doses of one drug by one route that both go on: hardly meant, unless the drug is given twice [J]."""
    going = (x for x in snapshot.treatments if x.stop is None and x.dose is not None and x.drug != "other")
    running = [(x.drug, x.route) for x in going if not x.name]
    for drug, _route in dict.fromkeys(x for x in running if running.count(x) > 1):
        text = _("Two doses of %(drug)s go on at the same time: stop the one that was replaced, if one was")
        yield Statement(text % {"drug": _full_name(drug)}, "J", warns=True)


def _rows(snapshot: Snapshot, authors: Mapping[str, str]) -> Iterator[TreatmentRow]:
    """What runs first, then the newest."""
    running_first = sorted(snapshot.treatments, key=lambda x: (x.stop is not None, -x.on.timestamp(), x.id))
    notes = treatment_notes(regimen_of(snapshot), snapshot)
    for x in running_first:
        yield TreatmentRow(
            id=x.id,
            first=short_day(x.day, snapshot.today),
            last=short_day(x.stop, snapshot.today) if x.stop else "",
            drug=_name_of(x),
            order=tuple(word for word in (*order_words(x), order_note(x, snapshot)) if word),
            route=name_of("route", x.route) if x.route else "",
            dose=dose_text(x.dose, x.unit or "") if x.dose is not None else "",
            days=((x.stop or snapshot.today) - x.day).days + 1,
            ending=_ending(x, snapshot),
            by=authors.get(x.id, ""),
            corrected=x.corrected,
            note=notes.get(x.id, ""),
        )


def _same(a: Treatment, b: Treatment) -> bool:
    return a.drug == b.drug and (a.drug != "other" or a.name == b.name)


def _ending(course: Treatment, snapshot: Snapshot) -> str:
    """How a treatment ended: replaced by the next dose of the same drug, or stopped."""
    if course.stop is None:
        follow = replaced_by(snapshot, course)
        return _("goes on") if follow is None else _replaced(course, follow)
    after = course.stop + timedelta(days=1)
    follow = next((x for x in snapshot.treatments if _same(x, course) and x.day == after), None)
    if follow is not None:
        return _replaced(course, follow)
    return _("single dose") if course.stop == course.day else _("stopped")


def _replaced(course: Treatment, follow: Treatment) -> str:
    words = [dose_text(follow.dose, follow.unit or "")] if follow.dose is not None else []
    if follow.route and follow.route != course.route:
        words.append(name_of("route", follow.route))
    return _("replaced by %(dose)s") % {"dose": " ".join(words) or _("another dose")}
