"""BDG_POSITIVE: beta-D-glucan is positive by its kit, or the Aspergillus galactomannan is.

Source [L], specification 8, 13 (96): Wako turbidimetric > 11 pg/mL, Fungitec and MK II > 20, Fungitell >= 80 (60 to 79:
info, repeat); no kit or an unknown one > 11 [J], 11 (22). Wako 8.5 to 11 with a new respiratory sign: info
(10.1186/s12879-021-06895-x). In the 7 days after immunoglobulin, albumin, plasma or plasma exchange it says that the
product may be the cause. Galactomannan: index >= 0.5 in serum (lavage 0.6: no result here tells its material, so that
0.5 holds for all [J]; 10.2147/JIR.S460702). Warning, never critical by itself [J]. D0: none, whatever is given.
Closes when the same kit is at or below its limit 3 days or more later. A negative value never closes the finding
"infection".
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age, open_run
from monitoring.glucan import (
    CODE,
    NEGATIVE_AFTER,
    VALUES,
    limit_of,
    positive,
    product_note,
    same_kit,
    sentence,
    standing,
)
from monitoring.readings import preliminary
from monitoring.signs import DAYS, respiratory
from monitoring.site_values import site_value
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Part, Term, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, UNKNOWN, YES, Truth

NO_KIT = ""  # told
FUNGITELL = "Fungitell"
FUNGITELL_FROM = site_value("BDG_POSITIVE.fungitell", _("Fungitell borderline from, info"), "60", "pg/mL", ("40", "80"))
WAKO, WAKO_FROM = "turbidimetric", Decimal("8.5")  # pg/mL, with a new respiratory sign: info [L]
GALACTOMANNAN_FROM = Decimal("0.5")  # index, at least [L]

POSSIBLE = _("beta-D-glucan %(value)s pg/mL on %(day)s: possibly positive")
BORDERLINE = _("beta-D-glucan %(value)s pg/mL on %(day)s (%(kit)s): borderline, repeat")
WITH_SIGN = _(
    "beta-D-glucan %(value)s pg/mL on %(day)s (%(kit)s), with a new respiratory sign: 8.5 counts in pneumocystis "
    "without HIV, repeat"
)
NEXT = _("pneumocystis or another fungus: look for it (CT, sputum or lavage) before any escalation")
NEGATIVE = _("negative on %(day)s; a negative value %(n)s days or more after the positive one closes")
NEGATIVE_NO_KIT = _("negative on %(day)s, kit not told: only a value of the same kit (%(kit)s) closes")
GALACTOMANNAN = _("galactomannan index %(value)s on %(day)s (≥ 0.5): aspergillosis? CT, culture, sputum or lavage")
GALACTOMANNAN_POSSIBLE = _("galactomannan index %(value)s on %(day)s: possibly ≥ 0.5")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue for beta-D-glucan, one for galactomannan."""
    snapshot = situation.snapshot
    if snapshot.series(CODE):
        yield from _glucan(snapshot)
    yield from _galactomannan(snapshot)


def _glucan(snapshot: Snapshot) -> Iterator[Issue]:
    """The newest positive value that stands, else the newest value if it may be positive or comes near."""
    newest = snapshot.series(CODE)[-1]
    stand = standing(snapshot)
    if stand:
        yield _positive(snapshot, stand, newest)
    elif positive(snapshot, newest) is UNKNOWN:
        why = reason(POSSIBLE, facts=(newest.id,), basis="J", value=newest.quantity, day=newest.day)
        yield issue(Severity.INFO, (why, *preliminary(newest)), newest, possible=True)
    else:
        yield from _near(snapshot, newest)


def _positive(snapshot: Snapshot, stand: list[Measurement], newest: Measurement) -> Issue:
    last = stand[-1]
    why = [sentence(snapshot, last), *product_note(snapshot, last), reason(NEXT, basis="J")]
    negative = positive(snapshot, newest) is NO
    if negative and same_kit(newest, last):
        n = NEGATIVE_AFTER.days(snapshot)
        why.append(reason(NEGATIVE, facts=(newest.id,), basis="J", day=newest.day, n=n))
    elif negative and not newest.kit:
        why.append(reason(NEGATIVE_NO_KIT, facts=(newest.id,), basis="J", day=newest.day, kit=Term(last.kit or NO_KIT)))
    why += [*age(snapshot, newest), *preliminary(last)]
    known = max(stand[0].on, stand[0].known)
    return issue(Severity.WARNING, why, last, known=known)


def _near(snapshot: Snapshot, newest: Measurement) -> Iterator[Issue]:
    """Not positive, and yet not to be passed over: info."""
    kit = limit_of(snapshot, newest).kit
    parts: dict[str, Part] = {"value": newest.quantity, "day": newest.day, "kit": Term(newest.kit or NO_KIT)}
    if kit == FUNGITELL and newest.quantity.at_least(FUNGITELL_FROM.of(snapshot)) is YES:
        why = reason(BORDERLINE, facts=(newest.id,), basis="L", **parts)
        yield issue(Severity.INFO, (why, *preliminary(newest)), newest)
    elif kit == WAKO and newest.quantity.at_least(WAKO_FROM) is YES:
        signs = [x for x in respiratory(snapshot, newest.day) if not x.gone]
        if signs:
            why = reason(WITH_SIGN, facts=(newest.id,), basis="L", **parts)
            told = (why, *(x.why for x in signs), *preliminary(newest))
            yield issue(Severity.INFO, told, newest, *(x.fact for x in signs))


def _galactomannan(snapshot: Snapshot) -> Iterator[Issue]:
    series = snapshot.series("galactomannan")
    run = open_run(series, _is_galactomannan, lambda x: ~_is_galactomannan(x))
    if run is None:
        return
    last = run.newest
    message = GALACTOMANNAN_POSSIBLE if run.possible else GALACTOMANNAN
    why = reason(message, facts=(last.id,), basis="L", value=last.quantity, day=last.day)
    told = (why, *age(snapshot, last), *preliminary(last))
    yield issue(Severity.WARNING, told, last, known=run.known, possible=run.possible, subject="galactomannan")


def _is_galactomannan(x: Measurement) -> Truth:
    return x.quantity.at_least(GALACTOMANNAN_FROM)


RULE = Rule(
    code="BDG_POSITIVE",
    group=Group.INFECTION,
    version=2,
    title=_("Beta-D-glucan or galactomannan positive"),
    source=_("Limits of the kits; pneumocystis without HIV: 10.1186/s12879-021-06895-x; lavage: 10.2147/JIR.S460702"),
    basis="L",
    detect=detect,
    values=(*VALUES, FUNGITELL_FROM, DAYS, OLD_AFTER),
)
