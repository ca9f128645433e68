"""The treatments of one patient: what the timeline draws, and the same in words. One query besides the snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ildcare.lettering import axis_days
from ildcare.queries.authors import authors_of
from ildcare.queries.levels import LevelRow, judged_text, level_rows, sample_text, target_sentences, verdict
from ildcare.timeline import Dose, Given, Sample, Timeline, Upright, draw, stretch_of
from patients.clinical.drug_levels import LEVELLED
from patients.clinical.drugs import DRUGS, of_class
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.prophylaxis import prophylaxis_missing
from patients.clinical.regimen import IVCY_INTERVAL_DAYS, Regimen, rank
from patients.clinical.snapshot import Snapshot
from patients.wording import code_name, dose_text, measured_text, render, short_day, translated

# [J] The paper gives no days for it: "white cells are lowest one to two weeks after a dose of intravenous
# cyclophosphamide" (usual teaching; counts are commonly taken on days 8 to 14). No rule rests on it.
NADIR_DAYS = (8, 14)
TRIPLE_EARLIEST_DAYS = 21  # [S] "in triple therapy 10-30 mg/kg every 3-4 weeks"
IVCY_CYCLES = 6  # [S] "at least six times, every 4 weeks"

BLOCKS = frozenset({"gc_pulse", "ivig", "rtx", "pmx_dhp", "plasma_exchange"})  # given on days of their own
THIN = of_class("prophylaxis", "raises_cni", "lowers_cni")


@dataclass(frozen=True, slots=True)
class TreatmentRow:
    """One treatment in words. `ending`: goes on, replaced, stopped or a single dose."""

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


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence under the timeline, with whose threshold it is; `warns` where something is missing."""

    text: str
    basis: str = ""
    warns: bool = False


@dataclass(frozen=True, slots=True)
class TreatmentPicture:
    """All that the page shows of treatments. `drawing` is None where nothing is recorded."""

    drawing: Timeline | None
    rows: tuple[TreatmentRow, ...]
    levels: tuple[LevelRow, ...]
    statements: tuple[Statement, ...]
    has_nadir: bool
    has_due: bool


def treatment_picture(snapshot: Snapshot, regimen: Regimen) -> TreatmentPicture:
    """The treatments as known to the snapshot."""
    given = tuple(_given(snapshot, regimen))
    drawing = _drawing(given, regimen, snapshot.today) if given else None
    return TreatmentPicture(
        drawing,
        tuple(_rows(snapshot, authors_of(snapshot.treatments))),
        level_rows(snapshot),
        tuple(_statements(snapshot, regimen)),
        any(x.nadir for x in given),
        drawing is not None and any(x.due for x in drawing.lanes),
    )


def _drawing(given: Sequence[Given], regimen: Regimen, today: date) -> Timeline:
    steps = [Upright(x.day, _("%(step)s day 0") % {"step": x.step}) for x in regimen.starts]
    now = _("today") if today == timezone.localdate() else short_day(today, today)
    uprights = [*steps, Upright(today, now, today=True)]
    days = axis_days(stretch_of(given, uprights, today))
    return draw(given, uprights, today, {x: short_day(x, today) for x in days})


# -- lanes ------------------------------------------------------------------------------------------------------------


def _given(snapshot: Snapshot, regimen: Regimen) -> Iterator[Given]:
    """One lane a drug, in the order of the catalogue; a level without any course has a lane too."""
    measured = {code for code in LEVELLED if snapshot.series(code)}
    drugs = {x.drug for x in snapshot.treatments} | measured
    order = list(DRUGS)
    for drug in sorted(drugs, key=lambda x: (order.index(x) if x in DRUGS else len(order), x)):
        courses = [x for x in snapshot.treatments if x.drug == drug]
        yield _lane(drug, courses, snapshot, regimen)


def _lane(drug: str, courses: Sequence[Treatment], snapshot: Snapshot, regimen: Regimen) -> Given:
    manner = _manner(drug, courses)
    samples = tuple(_sample(x, snapshot.today) for x in snapshot.series(drug)) if drug in LEVELLED else ()
    doses = tuple(_doses(courses, manner, snapshot.today))
    if manner != "cycles":
        return Given(drug, _full_name(drug), manner, doses, samples)
    return Given(drug, _full_name(drug), manner, doses, nadir=NADIR_DAYS, due=next_cycle(snapshot, regimen))


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
        yield Dose(x.id, x.day, x.stop, text, _title(x, today), _pattern(x), share)


def _pattern(course: Treatment) -> str:
    """The route, where it is drawn: of drugs whose level is measured."""
    return (course.route or "unknown") if course.drug in LEVELLED else ""


def _short_text(course: Treatment) -> str:
    dose = dose_text(course.dose, course.unit or "") if course.dose is not None else _("dose not stated")
    drug = DRUGS.get(course.drug)
    several = drug is not None and len(drug.routes) > 1 and drug.drug_class == "cni"
    return f"{dose} {_short_route(course.route)}".strip() if several else dose


def _short_route(route: str | None) -> str:
    """A route in a drawing: "iv", "oral"."""
    return _("iv") if route == "iv" else code_name(route) if route else _("route not stated")


def _title(course: Treatment, today: date) -> str:
    words = [_full_name(course.drug), *([code_name(course.route)] if course.route else [])]
    if course.dose is not None:
        words.append(dose_text(course.dose, course.unit or ""))
    words.append(_from_to(course, today))
    return ", ".join(words)


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


def _sample(level: Measurement, today: date) -> Sample:
    value = measured_text(level.code, level.quantity)
    title = f"{short_day(level.day, today)}: {value}, {sample_text(level)}; {judged_text(level)}"
    number = value.partition(" ")[0]
    return Sample(level.id, level.day, number, title, verdict(level))


# -- cyclophosphamide -------------------------------------------------------------------------------------------------


def next_cycle(snapshot: Snapshot, regimen: Regimen) -> tuple[date, date] | None:
    """First and last day on which the next IVCY is due by the paper's intervals; None once the last covers no more."""
    last = max((x.day for x in snapshot.treatments if x.drug == "ivcy"), default=None)
    if last is None or "ivcy" not in regimen.active:
        return None
    triple = regimen.running is not None and rank(regimen.running.step) >= rank("T3")
    latest = last + timedelta(days=IVCY_INTERVAL_DAYS)
    return (last + timedelta(days=TRIPLE_EARLIEST_DAYS) if triple else latest), latest


def _cycle_statements(snapshot: Snapshot, regimen: Regimen) -> Iterator[Statement]:
    doses = [x for x in snapshot.treatments if x.drug == "ivcy"]
    if not doses:
        return
    today, last = snapshot.today, doses[-1].day
    count = ngettext("IVCY: %(count)d dose, on %(day)s", "IVCY: %(count)d doses, the last on %(day)s", len(doses))
    yield Statement(count % {"count": len(doses), "day": short_day(last, today)} + _at_least(len(doses)), "S")
    first, end = (short_day(last + timedelta(days=x), today) for x in NADIR_DAYS)
    nadir = _("White cells are lowest (nadir) about %(first)s to %(last)s, days %(from)s to %(to)s after that dose")
    yield Statement(nadir % {"first": first, "last": end, "from": NADIR_DAYS[0], "to": NADIR_DAYS[1]}, "J")
    due = next_cycle(snapshot, regimen)
    if due is None:
        after = short_day(last + timedelta(days=IVCY_INTERVAL_DAYS), today)
        yield Statement(_("The 4 weeks covered by the last dose of IVCY ended on %(day)s") % {"day": after}, "S")
        return
    words = {"first": short_day(due[0], today), "last": short_day(due[1], today)}
    one_day = _("Next dose of IVCY due on %(last)s (every 4 weeks), if it goes on")
    several = _("Next dose of IVCY due %(first)s to %(last)s (every 3-4 weeks in triple therapy), if it goes on")
    yield Statement((one_day if due[0] == due[1] else several) % words, "S")


def _at_least(count: int) -> str:
    return "" if count >= IVCY_CYCLES else " " + _("(the paper: at least six)")


# -- words ------------------------------------------------------------------------------------------------------------


def _statements(snapshot: Snapshot, regimen: Regimen) -> Iterator[Statement]:
    missing = prophylaxis_missing(snapshot, regimen)
    if missing is not None:
        text = render(missing)
        yield Statement(text[:1].upper() + text[1:], missing.basis, warns=True)
    yield from _doubled(snapshot)
    yield from (Statement(x, "S") for x in target_sentences(snapshot))
    if snapshot.series("tac"):
        yield Statement(_("TAC: no band is set here, so no level is called low or high"), "J")
    yield from _cycle_statements(snapshot, regimen)


def _doubled(snapshot: Snapshot) -> Iterator[Statement]:
    """Two doses of one drug by one route that both go on: hardly meant, unless the drug is given twice [J]."""
    running = [(x.drug, x.route) for x in snapshot.treatments if x.stop is None and x.dose is not None]
    for drug, _route in dict.fromkeys(x for x in running if running.count(x) > 1):
        text = _("Two doses of %(drug)s go on at the same time: stop the one that was replaced, if one was")
        yield Statement(text % {"drug": _full_name(drug)}, "J", warns=True)


def _rows(snapshot: Snapshot, authors: Mapping[str, str]) -> Iterator[TreatmentRow]:
    """What runs first, then the newest."""
    running_first = sorted(snapshot.treatments, key=lambda x: (x.stop is not None, -x.on.timestamp(), x.id))
    for x in running_first:
        yield TreatmentRow(
            x.id,
            short_day(x.day, snapshot.today),
            short_day(x.stop, snapshot.today) if x.stop else "",
            _full_name(x.drug),
            code_name(x.route) if x.route else "",
            dose_text(x.dose, x.unit or "") if x.dose is not None else "",
            ((x.stop or snapshot.today) - x.day).days + 1,
            _ending(x, snapshot),
            authors.get(x.id, ""),
            x.corrected,
        )


def _ending(course: Treatment, snapshot: Snapshot) -> str:
    """How a treatment ended: replaced by the next dose of the same drug, or stopped."""
    if course.stop is None:
        return _("goes on")
    after = course.stop + timedelta(days=1)
    follow = next((x for x in snapshot.treatments if x.drug == course.drug and x.day == after), None)
    if follow is not None:
        words = [dose_text(follow.dose, follow.unit or "")] if follow.dose is not None else []
        if follow.route and follow.route != course.route:
            words.append(code_name(follow.route))
        return _("replaced by %(dose)s") % {"dose": " ".join(words) or _("another dose")}
    return _("single dose") if course.stop == course.day else _("stopped")
