"""What is to be kept in mind beside the drugs, and is no alert: bone, IgG, TMP-SMX, vaccines, pregnancy. Pure.

Source: specification 13 (120): each line with its own source [L] or [J]. Nobody acknowledges a line, and nothing is
stored: it is there as long as its facts say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from patients.clinical.courses import CYCLOPHOSPHAMIDE, JAK_INHIBITORS, first_dose, runs_on
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.glucocorticoid import begun_at_least
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Part, Reason, Term, _, reason
from patients.clinical.screening import suppressed
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import YES, Truth
from patients.clinical.vocabulary import short_term, term

BONE_MG, BONE_DAYS = Decimal("2.5"), 90  # of prednisolone a day, at least; more than 3 months [L]
ASSESSED_DAYS = 365  # an assessment before the start counts for so long [J]
IGG_BELOW = Decimal(500)  # mg/dL [L]
IVIG_DAYS = 14  # after a course [J]
TMP_SMX_DAYS = 60  # begun so long ago, it is a possible cause
MOOD_MG = Decimal(20)  # of prednisolone a day, at least [J]
STATINS = frozenset(
    ("atorvastatin", "fluvastatin", "lovastatin", "pitavastatin", "pravastatin", "rosuvastatin", "simvastatin")
)
NOT_IN_PREGNANCY = JAK_INHIBITORS | STATINS | CYCLOPHOSPHAMIDE | {"methotrexate", "nintedanib", "mmf"}

BONE = _("glucocorticoid of %(dose)s mg/day or more since %(day)s, and fracture risk is not recorded as assessed")
IGG = _("IgG %(value)s mg/dL on %(day)s, below 500: severe infections are more frequent")
IVIG = _("immunoglobulin of %(day)s: risk of thrombosis, slow rate")
SMX = _("trimethoprim-sulfamethoxazole since %(day)s may be a cause: %(test)s %(value)s on %(on)s")
SMX_RASH = _("trimethoprim-sulfamethoxazole since %(day)s may be a cause: %(finding)s on %(on)s")
MOOD = _("glucocorticoid of %(dose)s mg/day or more: ask about mood and sleep")
VACCINES = _("immunosuppressed: inactivated vaccines are due as usual, live vaccines are not given")
PREGNANT = _("pregnancy on %(day)s: %(drug)s is not for pregnancy")
MEN = _("cyclophosphamide in a man: contraception, sperm storage before it")


class Line(NamedTuple):
    """One line; `code` names its kind."""

    code: str
    reason: Reason

    @property
    def source(self) -> str:
        """Where the line comes from, "" for a judgement of this product."""
        return SOURCES.get(self.code, "")


def quiet_lines(snapshot: Snapshot) -> tuple[Line, ...]:
    """All lines of a moment, in a fixed order; none without a drug or a result that calls for one."""
    return tuple([Line(code, why) for code, find in FINDERS.items() for why in find(snapshot)])


def _running(snapshot: Snapshot) -> list[Treatment]:
    return [x for x in snapshot.treatments if runs_on(x, snapshot.today)]


def _bone(snapshot: Snapshot) -> Iterator[Reason]:
    first = begun_at_least(snapshot, BONE_MG)
    if first is None or snapshot.days_since(first.day) <= BONE_DAYS:
        return
    since = first.day - timedelta(days=ASSESSED_DAYS)
    if not any(x.present and x.day >= since for x in snapshot.findings_of("fracture_assessment")):
        yield reason(BONE, facts=(first.id,), basis="L", dose=BONE_MG, day=first.day)


def _igg(snapshot: Snapshot) -> Iterator[Reason]:
    newest = latest(snapshot.series("igg"))
    if newest is not None and newest.quantity.below(IGG_BELOW) is YES:
        yield reason(IGG, facts=(newest.id,), basis="L", value=newest.quantity, day=newest.day)


def _ivig(snapshot: Snapshot) -> Iterator[Reason]:
    newest = latest([x for x in snapshot.treatments if x.drug == "ivig"])
    if newest is None:
        return
    if newest.stop is None or snapshot.days_since(newest.stop) <= IVIG_DAYS:
        yield reason(IVIG, facts=(newest.id,), basis="L", day=newest.day)


# -- TMP-SMX ----------------------------------------------------------------------------------------------------------


def _above(x: Measurement, sex: str) -> Truth | None:
    reference = MEASUREMENTS[x.code].reference_for(sex)
    return x.quantity.above(reference.high) if reference and reference.high is not None else None


def _below(x: Measurement, sex: str) -> Truth | None:
    reference = MEASUREMENTS[x.code].reference_for(sex)
    return x.quantity.below(reference.low) if reference and reference.low is not None else None


SMX_TESTS: dict[str, Callable[[Measurement, str], Truth | None]] = {
    "platelets": _below,
    "potassium": _above,
    "alt": _above,
    "creatinine": _above,
}
SMX_SIGNS = ("drug_rash",)


def _tmp_smx(snapshot: Snapshot) -> Iterator[Reason]:
    """Begun within 60 days, and since then a value beyond its reference interval or a rash."""
    given = latest([x for x in _running(snapshot) if x.drug == "tmp_smx"])
    begun = first_dose(snapshot, given) if given is not None else None
    if given is None or begun is None or snapshot.days_since(begun) > TMP_SMX_DAYS:
        return
    for code, is_beyond in SMX_TESTS.items():
        newest = latest(snapshot.series(code))
        if newest is not None and newest.day > begun and is_beyond(newest, snapshot.sex) is YES:
            parts: dict[str, Part] = {"test": short_term("test", code), "value": newest.quantity}
            yield _of_smx(SMX, (given.id, newest.id), begun, newest.day, parts)
    for code in SMX_SIGNS:
        found = latest([x for x in snapshot.findings_of(code) if x.present is not None])
        if found is not None and found.present and found.day > begun:
            yield _of_smx(SMX_RASH, (given.id, found.id), begun, found.day, {"finding": term("finding", code)})


def _of_smx(message: str, facts: tuple[str, ...], begun: date, on: date, parts: dict[str, Part]) -> Reason:
    return reason(message, facts=facts, basis="L", day=begun, on=on, **parts)


# -- what holds for everybody under such a drug -----------------------------------------------------------------------


def _mood(snapshot: Snapshot) -> Iterator[Reason]:
    first = begun_at_least(snapshot, MOOD_MG)
    if first is not None:
        yield reason(MOOD, facts=(first.id,), basis="J", dose=MOOD_MG)


def _vaccines(snapshot: Snapshot) -> Iterator[Reason]:
    under = suppressed(snapshot)
    if under is not None:
        yield reason(VACCINES, facts=(under.treatment.id,), basis="L")


def _pregnancy(snapshot: Snapshot) -> Iterator[Reason]:
    newest = latest([x for x in snapshot.findings_of("pregnancy") if x.present is not None])
    running = _running(snapshot)
    if newest is not None and newest.present:
        for x in {x.drug: x for x in running if x.drug in NOT_IN_PREGNANCY}.values():
            drug: Term = term("drug", x.drug)
            yield reason(PREGNANT, facts=(newest.id, x.id), basis="L", day=newest.day, drug=drug)
    given = latest([x for x in running if x.drug in CYCLOPHOSPHAMIDE])
    if given is not None and snapshot.sex == "male":
        yield reason(MEN, facts=(given.id,), basis="L")


FINDERS: dict[str, Callable[[Snapshot], Iterator[Reason]]] = {
    "pregnancy": _pregnancy,
    "tmp_smx": _tmp_smx,
    "igg": _igg,
    "ivig": _ivig,
    "bone": _bone,
    "mood": _mood,
    "vaccines": _vaccines,
}
SOURCES = {  # where a line rests on literature
    "bone": "10.1002/art.42646",
    "igg": "Rheumatology 2023;62:3924",
    "ivig": "10.1186/s13075-023-03232-2",
    "tmp_smx": "10.1186/s13075-016-1206-8",
    "vaccines": "10.1002/acr.25045",
    "pregnancy": _("labels of the drugs"),
}
