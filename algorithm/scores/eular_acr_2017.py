"""EULAR/ACR 2017 classification of idiopathic inflammatory myopathies: weights without and with a muscle biopsy.

Source [L]: 10.1136/annrheumdis-2017-211468. Possible from 5.3 (with biopsy 6.5), probable from 5.5 (6.7), definite
from 7.5 (8.7). Without a characteristic rash a biopsy is needed. A classification, no diagnosis; specification 9.
Pooled anti-ARS negative rules out anti-Jo-1: 13 (124).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from algorithm.scoring import ZERO, Band, Item, Score, Total, finding, measured, value_reason
from patients.clinical.doubtful import settled
from patients.clinical.facts import Measurement
from patients.clinical.judged import Judged
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import NO, UNKNOWN, YES, Truth

MIDDLE, LATE = Decimal(18), Decimal(40)  # years of age at onset, both included
ENZYMES = ("ck", "ldh", "ast", "alt")


class Weight(NamedTuple):
    """An item with its weight without and with a biopsy. `absent_by`: a finding whose absence rules it out."""

    code: str
    title: str
    without: Decimal
    biopsied: Decimal
    absent_by: str = ""

    def worth(self, biopsy: bool) -> Decimal:
        """Its weight."""
        return self.biopsied if biopsy else self.without


def _weight(code: str, title: str, without: str, biopsied: str, absent_by: str = "") -> Weight:
    return Weight(code, title, Decimal(without), Decimal(biopsied), absent_by)


WEAK = "muscle_weakness"
WEAKNESS = (
    _weight("weak_arms", _("weakness of the proximal arms"), "0.7", "0.7", WEAK),
    _weight("weak_legs", _("weakness of the proximal legs"), "0.8", "0.5", WEAK),
    _weight("weak_neck_flexors", _("neck flexors weaker than extensors"), "1.9", "1.6", WEAK),
    _weight("weak_legs_proximal", _("in the legs proximal muscles weaker than distal"), "0.9", "1.2", WEAK),
)
SKIN = (
    _weight("heliotrope_rash", _("heliotrope rash"), "3.1", "3.2"),
    _weight("gottron_papules", _("Gottron's papules"), "2.1", "2.7"),
    _weight("gottron_sign", _("Gottron's sign"), "3.3", "3.7"),
)
DYSPHAGIA = _weight("dysphagia", _("dysphagia or oesophageal dysmotility"), "0.7", "0.6")
JO1 = _weight("anti_jo1", _("anti-Jo-1"), "3.9", "3.8")
RAISED = _weight("enzymes", _("CK, LDH, AST or ALT raised"), "1.3", "1.4")
BIOPSY = (
    _weight("biopsy_endomysial", _("biopsy: endomysial infiltration"), "0", "1.7"),
    _weight("biopsy_perimysial", _("biopsy: perimysial or perivascular infiltration"), "0", "1.2"),
    _weight("biopsy_perifascicular", _("biopsy: perifascicular atrophy"), "0", "1.9"),
    _weight("biopsy_rimmed_vacuoles", _("biopsy: rimmed vacuoles"), "0", "3.1"),
)
ONSET = {False: (Decimal("1.3"), Decimal("2.1")), True: (Decimal("1.5"), Decimal("2.2"))}  # from 18, from 40 years
POSSIBLE, PROBABLE, DEFINITE = _("possible myositis"), _("probable myositis"), _("definite myositis")
BANDS = {
    False: (Band(Decimal("5.3"), POSSIBLE), Band(Decimal("5.5"), PROBABLE), Band(Decimal("7.5"), DEFINITE)),
    True: (Band(Decimal("6.5"), POSSIBLE), Band(Decimal("6.7"), PROBABLE), Band(Decimal("8.7"), DEFINITE)),
}
FOR_ALL = _("a classification: for whoever is thought to have a myositis, and no better explanation is found")
NEEDS_BIOPSY = _("without a characteristic rash the criteria need a muscle biopsy")
NO_BIOPSY = _("no muscle biopsy recorded: with one, other weights hold")
JO1_POSITIVE, JO1_NEGATIVE = _("anti-Jo-1 positive on %(day)s"), _("anti-Jo-1 negative on %(day)s")
POOLED_NEGATIVE = _("anti-ARS negative on %(day)s (pooled, anti-Jo-1 among them)")
ONSET_BY = _("first recorded at %(age)s years of age: the onset was not later")


def applies(_snapshot: Snapshot) -> Judged:
    """Whoever is thought to have a myositis."""
    return Judged("eular_acr_2017", YES, (reason(FOR_ALL, basis="L"),))


def totals(snapshot: Snapshot) -> tuple[Total, ...]:
    """The sum without a biopsy; with one where anything of a biopsy is recorded."""
    biopsied = any(snapshot.findings_of(x.code) for x in BIOPSY)
    without = Total(
        items=tuple(_items(snapshot, biopsy=False)),
        title=_("without muscle biopsy"),
        bands=BANDS[False],
        remarks=tuple(_remarks(snapshot, biopsied)),
    )
    if not biopsied:
        return (without,)
    items = tuple(_items(snapshot, biopsy=True))
    return without, Total(items=items, title=_("with muscle biopsy"), bands=BANDS[True])


def _items(snapshot: Snapshot, *, biopsy: bool) -> Iterator[Item]:
    yield _onset(snapshot, biopsy)
    for x in (*WEAKNESS, *SKIN, DYSPHAGIA):
        yield finding(snapshot, x.code, x.title, x.worth(biopsy), absent_by=x.absent_by)
    yield _jo1(snapshot, JO1.worth(biopsy))
    yield _enzymes(snapshot, RAISED.worth(biopsy))
    if biopsy:
        for x in BIOPSY:
            yield finding(snapshot, x.code, x.title, x.biopsied)


def _remarks(snapshot: Snapshot, biopsied: bool) -> Iterator[Reason]:
    skin = [finding(snapshot, x.code, x.title, x.without) for x in SKIN]
    if all(x.high == ZERO for x in skin):
        yield reason(NEEDS_BIOPSY, basis="L")
    if not biopsied:
        yield reason(NO_BIOPSY, basis="L")


def _onset(snapshot: Snapshot, biopsy: bool) -> Item:
    title, (middle, late) = _("age at the first symptom: 18 to 39, 40 or more"), ONSET[biopsy]
    every = (ZERO, middle, late)
    values = snapshot.series("onset_age")
    if values:

        def of(quantity: Quantity) -> set[Decimal]:
            return _points_of_age(quantity, every)

        return measured(snapshot, "onset_age", title, values, of, every)
    age = _age_when_recorded(snapshot)
    possible = every if age is None or age >= LATE else every[:2] if age >= MIDDLE else every[:1]
    why = (reason(ONSET_BY, basis="J", age=age),) if age is not None else ()
    missing = ("onset_age",) if len(possible) > 1 else ()
    return Item(code="onset_age", title=title, possible=possible, reasons=why, missing=missing)


def _points_of_age(quantity: Quantity, every: tuple[Decimal, ...]) -> set[Decimal]:
    late, grown = quantity.at_least(LATE), quantity.at_least(MIDDLE)
    if late is YES:
        return {every[2]}
    if grown is NO:
        return {every[0]}
    return {every[1], *({every[2]} if late is UNKNOWN else ()), *({every[0]} if grown is UNKNOWN else ())}


def _age_when_recorded(snapshot: Snapshot) -> int | None:
    """Age at the first day on which the disease was recorded: no onset is later."""
    days = [x.day for x in (*snapshot.diagnoses, *snapshot.onsets)]
    if not days or snapshot.birth_date is None:
        return None
    return _years(snapshot.birth_date, min(days))


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _jo1(snapshot: Snapshot, worth: Decimal) -> Item:
    told = [x for x in snapshot.antibodies if x.code == "anti_jo1" and x.result in ("positive", "negative")]
    positive = latest([x for x in told if x.result == "positive"])
    newest = positive or latest(told)
    if newest is not None:
        message = JO1_POSITIVE if positive else JO1_NEGATIVE
        why = (reason(message, facts=(newest.id,), basis="L", day=newest.day),)
        return Item(code=JO1.code, title=JO1.title, possible=(worth if positive else ZERO,), reasons=why)
    pooled = latest([x for x in snapshot.antibodies if x.code == "anti_ars" and x.result != "pending"])
    if pooled is not None and pooled.result == "negative":
        why = (reason(POOLED_NEGATIVE, facts=(pooled.id,), basis="J", day=pooled.day),)
        return Item(code=JO1.code, title=JO1.title, possible=(ZERO,), reasons=why)
    return Item(code=JO1.code, title=JO1.title, possible=(ZERO, worth), missing=(JO1.code,))


def _enzymes(snapshot: Snapshot, worth: Decimal) -> Item:
    """Raised once is raised; not raised takes all four measured. Doubtful values say nothing."""
    sure = settled(snapshot)
    values = [x for code in ENZYMES for x in sure.series(code)]
    raised = [x for x in values if _is_raised(snapshot, x) is YES]
    if raised:
        why = (value_reason(raised[-1]),)
        return Item(code=RAISED.code, title=RAISED.title, possible=(worth,), reasons=why)
    measured_all = all(sure.series(code) for code in ENZYMES)
    if measured_all and all(_is_raised(snapshot, x) is NO for x in values):
        newest = (sure.series(code)[-1] for code in ENZYMES)
        return Item(code=RAISED.code, title=RAISED.title, possible=(ZERO,), reasons=tuple(map(value_reason, newest)))
    missing = tuple(x for x in ENZYMES if not sure.series(x)) or ENZYMES
    return Item(code=RAISED.code, title=RAISED.title, possible=(ZERO, worth), missing=missing)


def _is_raised(snapshot: Snapshot, value: Measurement) -> Truth:
    """Above the reference interval of the catalogue; open where that depends on a sex that is not known."""
    limits = MEASUREMENTS[value.code].reference_for(snapshot.sex)
    return UNKNOWN if limits is None or limits.high is None else value.quantity.above(limits.high)


EULAR_ACR_2017 = Score(
    code="EULAR-ACR-2017",
    title=_("EULAR/ACR 2017: classification of myositis"),
    citation="EULAR/ACR 2017, Ann Rheum Dis",
    doi="10.1136/annrheumdis-2017-211468",
    population=_("patients who are thought to have a myositis"),
    applies=applies,
    totals=totals,
    says=(_("Criteria of classification, for studies: no diagnosis."),),
)
