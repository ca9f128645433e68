"""INTERACTION: two drugs that must not, or only with care, be given together act at the same time; one alert a drug.

Source [L]: specification 13 (105), whose table with its numbers and sources is monitoring/interactions.py; (85) for
names that nobody read. D0: none, in any course, whatever a drug is given for. Severity by group; of an
inducer critical unless the course is chronic, so also while it is not known [J]; of the strong inhibitors critical
until a level of the asked day, of the day before it or later lies in its band, then a warning.
Readings [J]: a strong inhibitor stays critical where its partner has no level; of two drugs that threaten the kidney
the later one is critical, TMP-SMX of any dose is one of them; once an effect is over and only the level is awaited, the
alert is one step less grave. Potassium on day 3 is asked for by OVERDUE.
Closes when the overlap is over (14 days after an inducer, 7 after an inhibitor, 90 after amiodarone) and, where a level
was asked for, one in its band followed, whatever came after it; when the partner is stopped; unread names: when they
are read or stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.interactions import TABLE, VALUES
from monitoring.levels import CSA_NUMBERS, Banded, in_band, judged_from, low_by_design, once_in_band, within_band
from monitoring.overlaps import DrugRun, Overlap, overlaps
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from patients.clinical.course import CHRONIC
from patients.clinical.courses import CALCINEURIN_INHIBITORS, CYCLOPHOSPHAMIDE, runs_on
from patients.clinical.drug_naming import OTHER, code_of
from patients.clinical.glucocorticoid import dose_on
from patients.clinical.later_sources import TROUGH_BY_DESIGN, later_basis
from patients.clinical.reasons import Part, Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES
from patients.clinical.vocabulary import short_term, term

UNREAD = "unread"  # the subject of the alert about names that nobody read
# (85)
UNREAD_FROM = site_value(
    "INTERACTION.unread", _("unread names told with glucocorticoid of at least"), "20", "mg/day", ("5", "60")
)
MOST_NAMES = 5
# a level so long before the day on which it is asked for will do
EARLY = site_count("INTERACTION.early", _("a level will do before its day by"), 1, DAYS_UNIT, (0, 2))

ABOVE = _("%(partner)s %(value)s ng/mL on %(day)s: above its band %(low)s-%(high)s")
BELOW = _("%(partner)s %(value)s ng/mL on %(day)s: below its band %(low)s-%(high)s")
BY_DESIGN = _("%(partner)s %(value)s ng/mL on %(day)s: below its band %(low)s-%(high)s by design, C2 decides")
OPEN = _("%(partner)s %(value)s ng/mL on %(day)s: not known whether in its band %(low)s-%(high)s")
WITHIN = _("%(partner)s %(value)s ng/mL on %(day)s: in its band %(low)s-%(high)s")
LEVEL_DUE = _("%(partner)s level asked for on %(day)s")
AWAITED = _("%(drug)s stopped on %(stop)s, its effect is over: a %(partner)s level in its band has not followed yet")
DOSE_CHANGED = _("%(partner)s dose changed on the same day: %(dose)s %(unit)s")
TWO_AT_ONCE = _("%(other)s as well: two drugs that threaten the kidney at once")
NOT_CHECKED = _("drugs not checked for interactions (%(n)s): %(names)s")


class _Statement(NamedTuple):
    """What is to be said of one overlap."""

    severity: Severity
    reasons: list[Reason]
    levels: tuple[Banded, ...]
    overlap: Overlap


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue for each interacting drug, about all that it does to others; one for names that nobody read."""
    yield from _unread(situation)
    begun = [x for x in overlaps(situation.snapshot) if x.start <= situation.snapshot.today]
    told = [each for x in begun if (each := _told(situation, x, begun)) is not None]
    for drug in dict.fromkeys(x.overlap.drug.drug for x in told):
        yield _issue([x for x in told if x.overlap.drug.drug == drug])


def _issue(told: Sequence[_Statement]) -> Issue:
    """The gravest effect first; known since the overlap that is so grave."""
    gravest = sorted(told, key=lambda x: -x.severity)
    first = gravest[0].overlap
    reasons = [why for x in gravest for why in x.reasons]
    levels = [judged.level for x in gravest for judged in x.levels]
    return issue(gravest[0].severity, reasons, *levels, subject=first.drug.drug, on=first.start, known=first.known)


def _told(situation: Situation, x: Overlap, begun: Sequence[Overlap]) -> _Statement | None:
    today = situation.snapshot.today
    if x.partner.over(today):
        return None
    if x.over(today):
        return _awaiting_level(situation, x)
    reasons = [_sentence(situation, x), *_dose_changed(x)]
    others = list(_before(situation, x, begun)) if x.effect.adds_up else []
    reasons += [reason(TWO_AT_ONCE, basis="J", other=_name(y.drug)) for y in others]
    levels = judged_from(situation, x.partner.drug, x.start) if x.effect.level else ()
    reasons += situation.course_open() if x.effect.chronic is not None else ()
    severity = Severity.CRITICAL if others else _severity(situation, x)
    return _Statement(severity, [*reasons, *_about_level(situation, x, levels)], levels, x)


def _severity(situation: Situation, x: Overlap) -> Severity:
    if x.effect.chronic is not None and situation.course.course == CHRONIC:
        return x.effect.chronic
    severity = x.effect.partners[x.partner.drug]
    if not x.effect.settles or not x.level_days:
        return severity
    levels = judged_from(
        situation, x.partner.drug, x.level_days[0].day - timedelta(days=EARLY.days(situation.snapshot))
    )
    return min(severity, Severity.WARNING) if within_band(levels, situation.snapshot) else severity


def _awaiting_level(situation: Situation, x: Overlap) -> _Statement | None:
    """The effect is over: what is left is that a level in its band has to follow, where levels were asked for."""
    end, stop = x.end, x.drug.last
    severity = _severity(situation, x)
    if not x.level_days or end is None or stop is None or severity is Severity.INFO:
        return None
    after = end + timedelta(days=1)
    if once_in_band(situation.snapshot, x.partner.drug, after):
        return None
    levels = judged_from(situation, x.partner.drug, after)
    why = reason(AWAITED, basis="J", drug=_name(x.drug), partner=_name(x.partner), stop=stop)
    return _Statement(Severity(severity - 1), [why, *_said(situation, levels)], levels, x)


def _about_level(situation: Situation, x: Overlap, levels: Sequence[Banded]) -> Iterator[Reason]:
    """The newest level since both act; the day of the one that is still asked for."""
    yield from _said(situation, levels)
    taken = [y.day for y in situation.snapshot.series(x.partner.drug)]
    early = timedelta(days=EARLY.days(situation.snapshot))
    open_ = [y.day for y in x.level_days if not any(day >= y.day - early for day in taken)]
    if open_:
        yield reason(LEVEL_DUE, basis="J", partner=_name(x.partner), day=open_[0])


def _said(situation: Situation, levels: Sequence[Banded]) -> Iterator[Reason]:
    for x in levels:
        where = _where(x, situation.snapshot)
        yield reason(
            where,
            facts=(x.level.id,),
            basis=later_basis(situation.snapshot, TROUGH_BY_DESIGN) if where == BY_DESIGN else x.band.basis,
            partner=short_term("drug", x.level.code),
            value=x.level.quantity,
            day=x.level.day,
            low=x.band.floor,
            high=x.band.ceiling,
        )


def _where(x: Banded, snapshot: Snapshot) -> str:
    if x.band.is_high(x.level) is YES:
        return ABOVE
    if in_band(x.level, x.band):
        return WITHIN
    if x.band.is_low(x.level) is not YES:
        return OPEN
    return BY_DESIGN if low_by_design(x, snapshot) else BELOW


def _dose_changed(x: Overlap) -> Iterator[Reason]:
    for course in x.partner.courses[1:]:
        if course.day == x.drug.first and course.dose is not None:
            partner, unit = _name(x.partner), course.unit or ""
            yield reason(DOSE_CHANGED, basis="J", partner=partner, dose=course.dose, unit=unit)


def _before(situation: Situation, x: Overlap, begun: Sequence[Overlap]) -> Iterator[Overlap]:
    """Other drugs that threaten the kidney beside the same partner, begun before this one."""
    same = [y for y in begun if y.effect is x.effect and y.partner == x.partner]
    places = list(TABLE)
    for y in same:
        earlier = (y.start, places.index(y.drug.drug)) < (x.start, places.index(x.drug.drug))
        if earlier and not y.over(situation.snapshot.today):
            yield y


def _sentence(situation: Situation, x: Overlap) -> Reason:
    effect, day = x.effect, x.effect.potassium
    parts: dict[str, Part] = {"n": day.days(situation.snapshot)} if day is not None else {}
    parts |= {"drug": _name(x.drug), "partner": _name(x.partner), "since": x.start}
    return reason(effect.message, facts=(), basis=effect.basis, **parts)


def _name(run: DrugRun) -> Term | str:
    """The name under which it was ordered where that says more than the catalogue's, else the catalogue's."""
    if run.drug in ("gc", "gc_pulse", *PARTNERS_BY_NAME):
        return short_term("drug", run.drug)
    named = run.courses[-1].name
    return named or (short_term if run.drug in SHORT else term)("drug", run.drug)


PARTNERS_BY_NAME = ("methylprednisolone", "dexamethasone")
SHORT = CALCINEURIN_INHIBITORS | {"ivcy", "aza", "mmf"}


# -- names that nobody read -------------------------------------------------------------------------------------------


def _unread(situation: Situation) -> Iterator[Issue]:
    """Drugs outside the catalogue while a drug runs that interacts with much (85)."""
    snapshot = situation.snapshot
    unread = [x for x in snapshot.treatments if x.drug == OTHER and runs_on(x, snapshot.today) and code_of(x) == OTHER]
    if not unread or not _interacts(situation):
        return
    names = list(dict.fromkeys(x.name or "?" for x in unread))
    shown = " / ".join([*names[:MOST_NAMES], *(["..."] if len(names) > MOST_NAMES else [])])
    why = reason(NOT_CHECKED, basis="J", n=len(names), names=shown)
    known = max(max(x.on, x.first_known) for x in unread)
    yield issue(Severity.INFO, why, subject=UNREAD, on=unread[-1].day, known=known)


def _interacts(situation: Situation) -> bool:
    """A calcineurin inhibitor or cyclophosphamide, or 20 mg of prednisolone; a dose that is not known may be."""
    snapshot = situation.snapshot
    if situation.regimen.active & (CALCINEURIN_INHIBITORS | CYCLOPHOSPHAMIDE):
        return True
    dose = dose_on(snapshot, snapshot.today)
    return dose is None or dose >= UNREAD_FROM.of(snapshot)


RULE = Rule(
    code="INTERACTION",
    group=Group.LEVELS,
    version=2,
    title=_("Drug interaction"),
    source=_("Labels, letters and guidelines as the table of interactions names them; groups without one: judgement"),
    basis="L",
    detect=detect,
    leads=True,
    values=(*VALUES, EARLY, UNREAD_FROM, *CSA_NUMBERS),
)
