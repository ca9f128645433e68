"""SCREENING_MISSING: under immunosuppression, and not known: hepatitis B and C, tuberculosis; before CY or RTX also IgG
and pregnancy.

Source: specification 13 (115) [J]; hepatitis B: L 10.3109/14397595.2013.852834. D0: first dose of a glucocorticoid of
15 mg a day or more or of a dose not recorded, or of any immunosuppressant, background too; since then without a day
between courses. From 3 days after it HBsAg, anti-HBc, anti-HBs, IGRA,
anti-HCV; from the day of cyclophosphamide or rituximab, and once it is
planned, IgG and a pregnancy test. Warning, one alert that lists what lacks; critical while a test of hepatitis B lacks
14 days after D0 or under rituximab. A positive antibody after immunoglobulin is remarked: it may be passive.
Closes when nothing lacks any more, or when nothing of it runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, Use, issue
from monitoring.site_values import DAYS_UNIT, of_ground, site_count
from patients.clinical.planned import PlannedDose
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.screening import (
    GC_MG,
    HEPATITIS_B,
    PASSIVE_DAYS,
    PREGNANCY,
    PREGNANCY_UNTIL_AGE,
    lacking,
    lacking_before,
    passive,
    rituximab,
    suppressed,
)
from patients.clinical.vocabulary import term

FROM = site_count("SCREENING_MISSING.from", _("asked for from"), 3, DAYS_UNIT, (0, 7))
CRITICAL_FROM = site_count("SCREENING_MISSING.critical", _("hepatitis B, critical from"), 14, DAYS_UNIT, (7, 60))
DOSE = of_ground(GC_MG, _("glucocorticoid of at least"), "mg/day", ("5", "30"))
AGE = of_ground(PREGNANCY_UNTIL_AGE, _("pregnancy asked for until the age of"), _("years"), ("45", "60"), whole=True)
PASSIVE = of_ground(
    PASSIVE_DAYS, _("an antibody may be passive after immunoglobulin for"), DAYS_UNIT, ("28", "365"), whole=True
)

UNDER = _("immunosuppressed since %(day)s (%(drug)s), and not recorded:")
UNDER_NO_DOSE = _("immunosuppressed since %(day)s (%(drug)s, dose not recorded), and not recorded:")
BEFORE = _("%(drug)s on %(day)s, and not recorded before it:")
BEFORE_PLANNED = _("%(drug)s planned for %(day)s, and not recorded before it:")
TEST = _("%(test)s: no result")
NO_PREGNANCY_TEST = _("pregnancy test, or that it does not apply: not recorded")
HBV = _("hepatitis B can flare under this treatment: HBsAg, anti-HBc and anti-HBs first")
MAY_BE_PASSIVE = _("%(test)s positive on %(day)s, after immunoglobulin of %(given)s: the antibody may be passive")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue that lists what lacks; remarks of antibodies that may be passive."""
    snapshot = situation.snapshot
    if not snapshot.treatments and not situation.planned:
        return
    for x in passive(snapshot):
        parts = {"day": x.antibody.day, "given": x.immunoglobulin.day}
        facts = (x.antibody.id, x.immunoglobulin.id)
        yield Remark(reason(MAY_BE_PASSIVE, facts=facts, basis="J", test=term("test", x.antibody.code), **parts), facts)
    found = _missing(situation)
    if found is not None:
        yield found


def _missing(situation: Situation) -> Issue | None:
    snapshot = situation.snapshot
    under, given = suppressed(snapshot), rituximab(snapshot)
    lacks = lacking(snapshot) if under is not None else ()
    hepatitis = any(x in HEPATITIS_B for x in lacks)
    why: list[Reason] = []
    since: list[date] = []
    critical = hepatitis and given is not None
    first = FROM.days(snapshot)
    if under is not None and lacks and (critical or snapshot.days_since(under.since) >= first):
        critical = critical or (hepatitis and snapshot.days_since(under.since) >= CRITICAL_FROM.days(snapshot))
        message = UNDER if under.dose_recorded else UNDER_NO_DOSE
        why.append(reason(message, basis="J", day=under.since, drug=term("drug", under.treatment.drug)))
        why += map(_lacks, lacks)
        since.append(under.since + timedelta(days=0 if given is not None and hepatitis else first))
    before = lacking_before(snapshot, situation.planned)
    if before is not None and before[1]:
        dose = before[0]
        ahead = isinstance(dose, PlannedDose)
        why.append(reason(BEFORE_PLANNED if ahead else BEFORE, basis="J", day=dose.day, drug=term("drug", dose.drug)))
        why += map(_lacks, before[1])
        since.append(situation.day_of(dose.since) if isinstance(dose, PlannedDose) else dose.day)
    if not why:
        return None
    if critical:
        why.insert(0, reason(HBV, basis="L"))
    severity = Severity.CRITICAL if critical else Severity.WARNING
    day = min(since)
    return issue(severity, why, on=day, known=situation.start_of_day(day))


def _lacks(code: str) -> Reason:
    if code == PREGNANCY:
        return reason(NO_PREGNANCY_TEST, basis="J")
    return reason(TEST, basis="L" if code in HEPATITIS_B else "J", test=term("test", code))


RULE = Rule(
    code="SCREENING_MISSING",
    group=Group.INFECTION,
    version=2,
    title=_("Screening before immunosuppression not complete"),
    source=_("hepatitis B: 10.3109/14397595.2013.852834; the rest: judgement of this product"),
    basis="J",
    detect=detect,
    counts_any_value=True,
    lists_signs=True,
    uses=(Use.SEX, Use.BIRTH_DATE, Use.HEALTH_STATUS),
    values=(FROM, CRITICAL_FROM, DOSE, AGE, PASSIVE),
)
