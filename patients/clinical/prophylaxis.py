"""Does what is given ask for pneumocystis prophylaxis, and is any recorded? Pure.

Source: [S] TMP-SMX with the regimens of the paper; specification 8 and 11 (23): a glucocorticoid of at least 20 mg/day
(as prednisolone) for at least 28 days (EULAR 2022, 10.1136/ard-2022-223335 [L]: above 15-30 mg for more than 2-4
weeks), or glucocorticoid, calcineurin inhibitor and cyclophosphamide together from day 0 [J]. Alternatives to
TMP-SMX: atovaquone, pentamidine, dapsone.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from patients.clinical.courses import CALCINEURIN_INHIBITORS, CYCLOPHOSPHAMIDE, GC, runs_on
from patients.clinical.drugs import of_class
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.regimen import Regimen
from patients.clinical.snapshot import Snapshot

PREDNISOLONE_MG = Decimal(20)  # mg/day, specification 11 (23)
PREDNISOLONE_DAYS = 28
PROPHYLAXIS = of_class("prophylaxis")

TRIPLE = _("triple therapy asks for pneumocystis prophylaxis from day 0, and none is recorded as running")
LONG = _(
    "glucocorticoid of at least %(dose)s mg/day for %(days)s days asks for pneumocystis prophylaxis, "
    "and none is recorded as running"
)


def prophylaxis_missing(snapshot: Snapshot, regimen: Regimen) -> Reason | None:
    """Why prophylaxis is asked for, if it is and none runs today; else None.

    Doses that are not stated in mg/day do not count.
    """
    if any(x.drug in PROPHYLAXIS and runs_on(x, snapshot.today) for x in snapshot.treatments):
        return None
    active = regimen.active
    if active & GC and active & CALCINEURIN_INHIBITORS and active & CYCLOPHOSPHAMIDE:
        return reason(TRIPLE, basis="J")
    days = high_dose_days(snapshot)
    return reason(LONG, basis="L", dose=PREDNISOLONE_MG, days=days) if days >= PREDNISOLONE_DAYS else None


def high_dose_days(snapshot: Snapshot) -> int:
    """Days without a pause, up to today, on at least 20 mg/day of glucocorticoid; 0 if not today."""
    daily = [x for x in snapshot.treatments if x.drug in GC and x.unit == "mg/day"]
    high = [x for x in daily if x.dose is not None and x.dose >= PREDNISOLONE_MG]
    first = snapshot.today + timedelta(days=1)
    while earlier := [x for x in high if runs_on(x, first - timedelta(days=1))]:
        first = min(x.day for x in earlier)
    return (snapshot.today - first).days + 1
