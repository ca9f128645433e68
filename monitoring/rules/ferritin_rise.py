"""FERRITIN_RISE: ferritin rose between two consecutive samples on therapy, by 20 % or more and 100 ng/mL or more.

Source [S]: Kurasawa and Arai 2014 (ferritin follows disease activity); the numbers are [J]: specification 8, 11 (20).
D0: the first dose of the first step of this episode, so that a rise across a change of step still counts. The later
sample is taken after D0, the earlier not more than 14 days before it. One sample reported twice is one sample.
Closes when a newer sample is no such rise on the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age
from monitoring.readings import BASELINE, day_n, kit_break, kit_note, kits_differ, preliminary
from monitoring.site_values import site_value
from patients.clinical.facts import Measurement
from patients.clinical.quantities import minus, ratio_at_least
from patients.clinical.reasons import Term, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, all_of

RISE_PER_CENT = site_value("FERRITIN_RISE.percent", _("rise of ferritin, at least in %"), "20", "%", ("10", "100"))
RISE_NG_ML = site_value("FERRITIN_RISE.rise", _("rise of ferritin, at least"), "100", "ng/mL", ("50", "1000"))

RISE = _("ferritin %(before)s ng/mL on %(day_before)s to %(after)s on %(day)s: up by %(percent)s %% or more on therapy")
POSSIBLE = _(
    "ferritin %(before)s ng/mL on %(day_before)s to %(after)s on %(day)s: possibly up by %(percent)s %% or more on "
    "therapy"
)


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the two newest samples when the later one is on therapy."""
    snapshot, start = situation.snapshot, situation.regimen.first_d0
    samples = _samples(snapshot.series("ferritin"))
    if start is None or len(samples) < 2:
        return
    earlier, later = samples
    if later.on <= start.d0 or day_n(earlier, start.day) < -BASELINE.days(snapshot):
        return
    if kits_differ(earlier, later):
        yield Remark(kit_break(Term("ferritin"), earlier, later), (earlier.id, later.id))
        return
    answer = rise(snapshot, earlier, later)
    if answer is not NO:
        yield _issue(snapshot, earlier, later, answer)


def _samples(series: Sequence[Measurement]) -> list[Measurement]:
    """The two newest values, the older first, without those that repeat another of the same time."""
    newest: list[Measurement] = []
    for x in reversed(series):
        if len({(y.on, y.quantity, y.kit) for y in newest}) > 1 and x.on != newest[-1].on:
            break
        newest.append(x)
    return list({(x.on, x.quantity, x.kit): x for x in reversed(newest)}.values())[-2:]


def rise(snapshot: Snapshot, earlier: Measurement, later: Measurement) -> Truth:
    """At least 20 % and at least 100 ng/mL more? Unknown where a censored value leaves it open."""
    relative = ratio_at_least(later.quantity, earlier.quantity, RISE_PER_CENT.risen(snapshot))
    return all_of([relative, minus(later.quantity, earlier.quantity).at_least(RISE_NG_ML.of(snapshot))])


def _issue(snapshot: Snapshot, earlier: Measurement, later: Measurement, answer: Truth) -> Issue:
    why = reason(
        RISE if answer is YES else POSSIBLE,
        facts=(earlier.id, later.id),
        basis="J",
        before=earlier.quantity,
        day_before=earlier.day,
        after=later.quantity,
        day=later.day,
        percent=RISE_PER_CENT.of(snapshot),
    )
    notes = (*kit_note(earlier, later), *age(snapshot, later), *preliminary(earlier, later))
    return issue(Severity.WARNING, (why, *notes), later, earlier, possible=answer is UNKNOWN)


RULE = Rule(
    code="FERRITIN_RISE",
    group=Group.RESPONSE,
    version=2,
    title=_("Ferritin rising on therapy"),
    source=_("Kurasawa and Arai 2014 (10.2147/ODRR.S50355); the numbers are a judgement of this product"),
    basis="J",
    detect=detect,
    values=(RISE_PER_CENT, RISE_NG_ML, BASELINE, OLD_AFTER),
)
