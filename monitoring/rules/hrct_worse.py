"""HRCT_WORSE: the newest HRCT report that states a change says that the abnormalities increased.

Source [S]: Kurasawa and Arai 2014, Figure 3, entry, and the definition of GC resistance (worsening on CT). D0: none.
A report without a stated change leaves the one before standing. Against a scan more than 90 days older it alerts too
and says so: that speaks for N7, not N1 (specification 11 (5), (27)) [J].
An event: each newer report that says so is told again (12 (59)).
Closes when acknowledged, or when a newer report says unchanged, decreased or first scan.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.readings import run_known
from patients.clinical.course import old_comparison
from patients.clinical.reasons import _, reason

INCREASED = _("HRCT of %(day)s: abnormalities increased")
OLD = _("HRCT of %(day)s: increased, but against a scan more than 90 days older")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest report that states a change."""
    stated = [x for x in situation.snapshot.hrcts if x.change is not None]
    if stated and stated[-1].change == "increased":
        newest = stated[-1]
        message = OLD if old_comparison(newest) else INCREASED
        why = reason(message, facts=(newest.id,), day=newest.day)
        known = run_known(stated, lambda x: x.change == "increased")
        yield issue(Severity.WARNING, why, newest, known=known, news=(newest,))


RULE = Rule(
    code="HRCT_WORSE",
    group=Group.RESPIRATION,
    version=1,
    title=_("HRCT abnormalities increased"),
    source="Kurasawa and Arai 2014, Figure 3 (10.2147/ODRR.S50355)",
    basis="S",
    detect=detect,
    event=True,
)
