"""What the page says at a node beyond its answer: conflicts inside the paper, flags that never route, readings at work.

Each names its node and whose statement it is; none of them changes the path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from algorithm.literature.prognosis import CK_LOW
from algorithm.literature.response_facts import against_judgement
from algorithm.walk.reading import Reading, read
from algorithm.walk.subtypes import ars_answer
from patients.clinical.course import ACUTE, CHRONIC
from patients.clinical.facts import Measurement
from patients.clinical.findings import DEVICES
from patients.clinical.mda5 import contradiction_reason, mda5_of
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import NO, YES

CONFLICT = "conflict"  # the paper against itself, or facts against each other
FLAG = "flag"  # never routes
CHOICE = "choice"  # a reading of this product that is at work for this patient
FERRITIN_SECOND = Decimal(1500)  # ng/mL, survival split of Gono 2010 [S]
AMYOPATHIC = ("ADM", "hypomyopathic_DM", "CADM")


class Notice(NamedTuple):
    """One remark at a node; `kind` is conflict, flag or choice, `reason.basis` whose statement it is."""

    node: str
    code: str
    kind: str
    reason: Reason


def notices(snapshot: Snapshot) -> tuple[Notice, ...]:
    """Everything that there is to say beside the path, in the order of the chart."""
    reading = read(snapshot)
    return tuple([notice for find in FINDERS for notice in find(reading)])


def left_out(reading: Reading) -> Iterator[Notice]:
    """A stored entry that cannot be read: the answer was found without it."""
    for entry in reading.snapshot.unreadable:
        message = _("an entry of this record cannot be read and was left out: correct or cancel it")
        yield Notice("N1", "left_out", FLAG, reason(message, facts=(entry.id,), basis="J"))


def _met(reading: Reading, code: str) -> bool:
    return reading.factors[code].answer is YES


# -- N1 ---------------------------------------------------------------------------------------------------------------


def fvc_for_vc(reading: Reading) -> Iterator[Notice]:
    """FVC stands in for VC where only FVC was measured."""
    fvc = reading.snapshot.series("fvc")
    if fvc and not reading.snapshot.series("vc"):
        why = reason(_("FVC stands in for VC"), facts=(fvc[-1].id,), basis="J")
        yield Notice("N1", "fvc_for_vc", CHOICE, why)


def percent_predicted(reading: Reading) -> Iterator[Notice]:
    """The absolute change in % predicted, beside the relative fall in litres."""
    series = reading.snapshot.within(reading.snapshot.series("fvc_pp"), 90)
    exact = [x for x in series if not x.quantity.censored]
    if len(exact) > 1:
        first, last = exact[0], exact[-1]
        why = reason(
            _("FVC %(before)s %% predicted on %(day_before)s, %(after)s %% on %(day)s: %(change)s points"),
            facts=(first.id, last.id),
            basis="J",
            before=first.quantity,
            after=last.quantity,
            day_before=first.day,
            day=last.day,
            change=last.quantity.value - first.quantity.value,
        )
        yield Notice("N1", "percent_predicted", FLAG, why)


def ars_in_acute(reading: Reading) -> Iterator[Notice]:
    """Anti-ARS in an acute course does not route."""
    ars = ars_answer(reading.snapshot)
    if reading.course.course == ACUTE and ars.answer is YES:
        facts = tuple(x for why in ars.reasons for x in why.facts)
        why = reason(_("anti-ARS positive: usually GC-responsive, recurrence about 40 %"), facts=facts)
        yield Notice("N1", "ars_in_acute", FLAG, why)


# -- N2 ---------------------------------------------------------------------------------------------------------------


def ferritin_second(reading: Reading) -> Iterator[Notice]:
    """The second flag at 1,500 ng/mL."""
    high = [x for x in reading.snapshot.series("ferritin") if x.quantity.at_least(FERRITIN_SECOND) is YES]
    if high:
        why = reason(
            _("ferritin %(value)s ng/mL on %(day)s: 1,500 or more, the survival split of Gono 2010"),
            facts=(high[-1].id,),
            value=high[-1].quantity,
            day=high[-1].day,
        )
        yield Notice("N2", "ferritin_second", FLAG, why)


def low_ck(reading: Reading) -> Iterator[Notice]:
    """CK < 500 U/L in DM or ADM: in the paper's text, not in its figure."""
    ck, diagnosis = latest(reading.snapshot.series("ck")), reading.diagnosis
    if ck is None or diagnosis is None or diagnosis.myositis in ("PM", "ASyS"):
        return
    if ck.quantity.below(CK_LOW) is YES:
        message = _("CK %(value)s U/L on %(day)s, below 500: a risk in the text of the paper, not in its figure")
        yield Notice("N2", "low_ck", FLAG, reason(message, facts=(ck.id,), value=ck.quantity, day=ck.day))


def hypomyopathic(reading: Reading) -> Iterator[Notice]:
    """Whether hypomyopathic DM counts as ADM is a site switch."""
    diagnosis = reading.diagnosis
    if diagnosis is None or diagnosis.myositis not in ("hypomyopathic_DM", "CADM"):
        return
    message = _("hypomyopathic DM does not count as ADM: switched off by the site")
    if reading.snapshot.settings.hypomyopathic_counts_as_adm:
        message = _("hypomyopathic DM counts as ADM: the paper uses ADM and CADM by turns")
    yield Notice("N2", "hypomyopathic", CHOICE, reason(message, facts=(diagnosis.id,), basis="J"))


def provisional(reading: Reading) -> Iterator[Notice]:
    """A provisional diagnosis: ADM needs 6 months of skin disease, A/S-ILD comes within 3."""
    diagnosis = reading.diagnosis
    if diagnosis is not None and diagnosis.provisional:
        message = _("the diagnosis is provisional: ADM needs 6 months of skin disease, acute ILD comes before that")
        yield Notice("N2", "provisional", CHOICE, reason(message, facts=(diagnosis.id,), basis="J"))


def amyopathic_without_mda5(reading: Reading) -> Iterator[Notice]:
    """Figure against table: anti-MDA5-negative ADM is T3 by the figure, T2 by the table."""
    diagnosis = reading.diagnosis
    if reading.course.course != ACUTE or diagnosis is None or diagnosis.myositis not in AMYOPATHIC:
        return
    if _met(reading, "adm") and reading.factors["mda5"].answer is NO:
        facts = (diagnosis.id, *(x for why in reading.factors["mda5"].reasons for x in why.facts))
        message = _("anti-MDA5-negative ADM: T3 by Figure 3, T2 by Table 1 (A/S-2). The figure decides here")
        yield Notice("N2", "amyopathic_without_mda5", CONFLICT, reason(message, facts=facts))


def table_against_factor(reading: Reading) -> Iterator[Notice]:
    """Figure (T3) against table: PM (T1 there) or anti-MDA5-negative DM (T2 there) with factor 3, 4 or 5."""
    diagnosis = reading.diagnosis
    met = [code for code in ("ferritin", "hrct", "pao2") if _met(reading, code)]
    if reading.course.course != ACUTE or diagnosis is None or not met or _met(reading, "adm") or _met(reading, "mda5"):
        return
    facts = (diagnosis.id, *(x for code in met for why in reading.factors[code].reasons for x in why.facts))
    if diagnosis.myositis == "PM":
        message = _("PM with a risk factor: T3 by Figure 3, T1 by Table 1 (A/S-3). The figure decides here")
        yield Notice("N2", "pm_with_factor", CONFLICT, reason(message, facts=facts))
    elif reading.factors["mda5"].answer is NO:
        message = _(
            "anti-MDA5-negative DM with a risk factor: T3 by Figure 3, T2 by Table 1 (A/S-2). The figure decides"
        )
        yield Notice("N2", "dm_with_factor", CONFLICT, reason(message, facts=facts))


def pm_with_mda5(reading: Reading) -> Iterator[Notice]:
    """The paper knows anti-MDA5 in DM and ADM only."""
    diagnosis = reading.diagnosis
    if diagnosis is not None and diagnosis.myositis == "PM" and _met(reading, "mda5"):
        message = _("anti-MDA5 positive with PM: the paper knows the antibody in DM and ADM only")
        yield Notice("N2", "pm_with_mda5", CONFLICT, reason(message, facts=(diagnosis.id,)))


def mda5_contradiction(reading: Reading) -> Iterator[Notice]:
    """A result and a titre that contradict each other (12 (43), 13 (81))."""
    contradiction = mda5_of(reading.snapshot).contradiction
    if contradiction is not None:
        yield Notice("N2", "mda5_contradiction", CONFLICT, contradiction_reason(contradiction))


def oxygen(reading: Reading) -> Iterator[Notice]:
    """On oxygen the PaO2 on air is not known: SpO2 is shown beside it (P/F stands in the factor's own sentence)."""
    gas, spo2 = latest(reading.snapshot.series("pao2")), latest(reading.snapshot.series("spo2"))
    if gas is None or gas.on_air or spo2 is None:
        return
    yield Notice("N2", "oxygen", FLAG, _saturation(spo2))


def _saturation(spo2: Measurement) -> Reason:
    facts, day = (spo2.id,), spo2.day
    if spo2.fio2 is not None:
        message = _("SpO2 %(value)s %% at FiO2 %(fio2)s on %(day)s")
        return reason(message, facts=facts, value=spo2.quantity, fio2=spo2.fio2, day=day)
    if spo2.flow is not None and spo2.device:
        message = _("SpO2 %(value)s %% at %(flow)s L/min (%(device)s) on %(day)s")
        device = Term(DEVICES[spo2.device].name)
        return reason(message, facts=facts, value=spo2.quantity, flow=spo2.flow, device=device, day=day)
    return reason(_("SpO2 %(value)s %% on %(day)s"), facts=facts, value=spo2.quantity, day=day)


# -- N7 and the steps -------------------------------------------------------------------------------------------------


def mda5_in_chronic(reading: Reading) -> Iterator[Notice]:
    """Anti-MDA5 in chronic ILD: watched, never T3 by itself."""
    if reading.course.course == CHRONIC and _met(reading, "mda5"):
        facts = tuple(x for why in reading.factors["mda5"].reasons for x in why.facts)
        message = _("anti-MDA5 positive in chronic ILD: no T3 by itself; watch for an acute course")
        yield Notice("N7", "mda5_in_chronic", FLAG, reason(message, facts=facts))


def pregnancy(reading: Reading) -> Iterator[Notice]:
    """Beside T2 and T3 while pregnancy is recorded (12 (55)). Basis L: labels of cyclophosphamide and mycophenolate."""
    newest = latest([x for x in reading.snapshot.findings_of("pregnancy") if x.present is not None])
    if newest is not None and newest.present:
        message = _("pregnancy on %(day)s: cyclophosphamide and mycophenolate are teratogenic")
        for node in ("T2", "T3"):
            yield Notice(node, "pregnancy", FLAG, reason(message, facts=(newest.id,), basis="L", day=newest.day))


def variants(reading: Reading) -> Iterator[Notice]:
    """What differs from the printed combination and still counts as the running step."""
    running = reading.regimen.running
    for why in running.variants if running else ():
        yield Notice(running.step if running else "", "variant", CHOICE, why)


def beside_judgement(reading: Reading) -> Iterator[Notice]:
    """Judged improved, while measurements since then say otherwise."""
    running = reading.regimen.running
    if running is None or reading.improved.answer is not YES:
        return
    node = {"T1": "N4", "T2": "N5"}.get(running.step, "N6")
    for why in against_judgement(reading.snapshot, running):
        yield Notice(node, "against_judgement", CONFLICT, why)


Find = Callable[[Reading], Iterator[Notice]]
FINDERS: tuple[Find, ...] = (
    left_out,
    fvc_for_vc,
    percent_predicted,
    ars_in_acute,
    ferritin_second,
    low_ck,
    hypomyopathic,
    provisional,
    amyopathic_without_mda5,
    table_against_factor,
    pm_with_mda5,
    mda5_contradiction,
    oxygen,
    mda5_in_chronic,
    pregnancy,
    variants,
    beside_judgement,
)
