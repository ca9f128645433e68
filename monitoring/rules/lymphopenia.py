"""LYMPHOPENIA: lymphocytes are low.

Source [L]: below 1,000/µL the odds of CMV are 3.3 (Suga, Rheumatol Int 2022); specification 8, 13 (99) [J]: < 1,000 is
info, since it holds in most treated patients; < 500 is a warning. D0: none, whatever is given.
Closes at >= 1,000; the warning sinks to info at >= 600.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import COUNT_OLD_AFTER, age, open_run
from monitoring.readings import preliminary
from monitoring.site_values import site_value
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Part, _, reason
from patients.clinical.truth import Truth

LOW = Decimal(1000)  # /uL, less than: info [L]
VERY_LOW = site_value("LYMPHOPENIA.warns", _("lymphocytes, warning below"), "500", "/µL", ("200", "600"))
NOT_VERY_LOW = site_value("LYMPHOPENIA.closes", _("lymphocytes, no warning from"), "600", "/µL", ("600", "1000"))

VERY = _("lymphocytes %(value)s/µL on %(day)s, below %(limit)s")
STILL = _("lymphocytes %(value)s/µL on %(day)s: below %(limit)s before, a warning until %(over)s")
SAID = _("lymphocytes %(value)s/µL on %(day)s, below 1,000: CMV is more likely")
POSSIBLE = _("lymphocytes %(value)s/µL on %(day)s: possibly below 1,000")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The warning where it stands, else the info."""
    series = situation.snapshot.series("lymphocytes")
    limit, over = VERY_LOW.of(situation.snapshot), NOT_VERY_LOW.of(situation.snapshot)
    very = open_run(series, lambda x: _below(x, limit), lambda x: ~_below(x, over))
    run = very if very is not None and not very.possible else None
    low = open_run(series, lambda x: _below(x, LOW), lambda x: ~_below(x, LOW))
    shown = run if run is not None else low
    if shown is None:
        return
    last = shown.newest
    parts: dict[str, Part] = {"value": last.quantity, "day": last.day}
    if run is not None:
        message = VERY if _below(last, limit) is Truth.YES else STILL
        parts |= {"limit": limit} if message == VERY else {"limit": limit, "over": over}
    else:
        message = POSSIBLE if shown.possible else SAID
    why = reason(message, facts=(last.id,), basis="L" if message == SAID else "J", **parts)
    told = (why, *age(situation.snapshot, last, COUNT_OLD_AFTER), *preliminary(last))
    severity = Severity.WARNING if run is not None else Severity.INFO
    known = low.known if low is not None and not low.possible else shown.known
    yield issue(severity, told, last, known=known, possible=shown.possible)


def _below(x: Measurement, limit: Decimal) -> Truth:
    return x.quantity.below(limit)


RULE = Rule(
    code="LYMPHOPENIA",
    group=Group.INFECTION,
    version=1,
    title=_("Lymphocytes low"),
    source=_("Suga, Rheumatol Int 2022 (odds of CMV below 1,000/µL); 500/µL: a judgement of this product"),
    basis="L",
    detect=detect,
    values=(VERY_LOW, NOT_VERY_LOW, COUNT_OLD_AFTER),
)
