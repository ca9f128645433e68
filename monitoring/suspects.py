"""Drugs that an alert names because they may be behind it: what ran, what was begun. Pure.

They are named whatever they are given for: drugs of another disease and from before the episode count in every rule of
organs, blood and infection (specification 13 (68)). A sentence about a drug is no fact of its alert: that a drug is
stopped corrects no result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from patients.clinical.courses import CALCINEURIN_INHIBITORS, first_dose, last_day
from patients.clinical.drug_naming import code_of
from patients.clinical.drugs import DRUGS, of_class
from patients.clinical.facts import Treatment
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot

AZOLES = frozenset(
    {"fluconazole", "itraconazole", "voriconazole", "posaconazole", "isavuconazole", "ketoconazole", "miconazole"}
)
# beside the calcineurin inhibitors themselves, 13 (105) "kidney"
NEPHROTOXIC = frozenset(
    {
        *("nsaid", "aminoglycoside", "amphotericin_b", "vancomycin", "foscarnet", "ciprofloxacin", "ganciclovir"),
        *("valganciclovir", "tmp_smx", "fibrate", "colchicine"),
    }
)
# 13 (95)
HEPATOTOXIC = AZOLES | {
    *CALCINEURIN_INHIBITORS,
    *("tmp_smx", "aza", "methotrexate", "nintedanib", "pirfenidone"),
    *("isoniazid", "pyrazinamide", "ethambutol", "rifampicin", "rifabutin"),
}
# 13 (101)
MARROW = frozenset(
    {
        *("ivcy", "cy_oral", "aza", "mmf", "methotrexate", "tmp_smx", "ganciclovir", "valganciclovir", "linezolid"),
        *of_class("jak_inhibitor"),
    }
)
# 13 (105) "potassium"
KEEPS_POTASSIUM = frozenset(
    {
        *CALCINEURIN_INHIBITORS,
        *("tmp_smx", "ace_inhibitor", "arb", "aliskiren", "spironolactone", "canrenoate", "triamterene"),
        *("eplerenone", "esaxerenone", "finerenone", "potassium_supplement", "nsaid", "heparin", "nafamostat"),
    }
)
# 13 (106)
LONG_QT = AZOLES | {
    *("clarithromycin", "erythromycin", "azithromycin", "josamycin", "hydroxychloroquine", "pentamidine")
}
LOWERS_GLUCOSE = frozenset({"pentamidine", "tmp_smx"})  # 13 (108)

SINCE = _("%(drug)s since %(day)s")
UNTIL = _("%(drug)s until %(day)s")
ON = _("%(drug)s on %(day)s")


def ran(snapshot: Snapshot, drugs: Collection[str], day: date, within: int = 0) -> list[Treatment]:
    """Of these drugs the last course of each that ran on a day, or on one of so many days before; by code."""
    last: dict[str, Treatment] = {}
    for x in snapshot.treatments:
        code = code_of(x)
        if code not in drugs or x.day > day:
            continue
        end = last_day(x)
        if end is None or end >= day - timedelta(days=within):
            last[code] = x
    return [last[code] for code in sorted(last)]


def runs(snapshot: Snapshot, drugs: Collection[str], day: date, within: int = 0) -> bool:
    """Did any of these drugs run on a day, or on one of so many days before?"""
    return bool(snapshot.treatments) and bool(ran(snapshot, drugs, day, within))


def named(snapshot: Snapshot, drugs: Collection[str], day: date, within: int = 0) -> Iterator[Reason]:
    """A sentence for each of these drugs that ran then."""
    for x in ran(snapshot, drugs, day, within):
        yield _sentence(snapshot, x, day)


def begun(snapshot: Snapshot, drugs: Collection[str], day: date, within: int) -> Iterator[Reason]:
    """A sentence for each of these drugs of which the first dose of its run lies in the days up to a day."""
    for x in ran(snapshot, drugs, day, within):
        if (day - first_dose(snapshot, x)).days <= within:
            yield _sentence(snapshot, x, day)


def _sentence(snapshot: Snapshot, x: Treatment, day: date) -> Reason:
    drug = Term(DRUGS[code_of(x)].name)
    if x.stop is None or x.stop >= day:
        return reason(SINCE, basis="J", drug=drug, day=first_dose(snapshot, x))
    return reason(ON if x.stop == x.day else UNTIL, basis="J", drug=drug, day=x.stop)
