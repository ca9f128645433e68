"""What the last 90 days would have been like with a change of the rules: shown before anybody decides on it.

Each record is replayed as it was known at each moment, once by the rules in force and once by the changed ones; only
rules that the change can bear on are asked. What waited for a person then is not replayed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile

import structlog
from django.db.models import Q
from django.utils import timezone

from algorithm.charts import chart_for, chart_of
from algorithm.walk.engine import Pathway, walk
from monitoring.changing_rules import note_effect
from monitoring.comparing import Differs, affected, differences
from monitoring.engine import Rule
from monitoring.lifecycle import alert_course, evaluation_moments
from monitoring.models import ChangeState, RuleChange
from monitoring.rules import RULES
from patients.clinical.regimen import Indicated
from patients.clinical.snapshot import Settings, Snapshot
from patients.clinical.unfolding import Unfolded
from patients.clinical.versions import Version
from patients.models import Measurement, Patient
from patients.queries import site_clock, site_settings, snapshot_with_versions, take_snapshots

DAYS = 90
BATCH = 200  # records that are read together
log = structlog.get_logger(__name__)


def work_out_effects() -> int:
    """Work out the effect of every change that waits for it; of how many."""
    waiting = list(RuleChange.objects.filter(state=ChangeState.PROPOSED, effect_at=None))
    for change in waiting:
        with site_clock(afresh=True):
            note_effect(change, effect_of(change.settings_from(site_settings().as_clinical()), timezone.now()))
    return len(waiting)


def effect_of(changed: Settings, now: datetime) -> dict[str, object]:
    """What differs in the last 90 days at the site with these settings: of how many patients looked at, each alert
    that differs with its patient, whose step of the chart would be another now, and whose record could not be
    replayed."""
    since = now - timedelta(days=DAYS)
    rules = rules_changed(site_settings().as_clinical(), changed)
    found: list[list[object]] = []
    failed: list[int] = []
    patients = _patients(since)
    walked = Patient.objects.kept().order_by("pk") if _another_chart(changed) else patients
    answers, not_walked = _answers([x.pk for x in walked], changed, now)
    for patient in patients:
        try:
            snapshot, versions = snapshot_with_versions(patient, now)
            told = compared(snapshot, versions, rules, changed, since)
        except Exception as error:  # one record that cannot be replayed is named, and hides no other
            log.error("rule_effect_failed", patient=patient.pk, error=type(error).__name__)
            failed.append(patient.pk)
            continue
        found += [[patient.pk, x.kind.value, x.rule, x.subject, int(x.severity), x.on.isoformat()] for x in told]
    return {
        "since": since.isoformat(),
        "until": now.isoformat(),
        "patients": len(patients),
        "walked": len(walked),
        "failed": sorted({*failed, *not_walked}),
        "differences": found,
        "answers": answers,
    }


def compared(
    snapshot: Snapshot, versions: list[Version], rules: tuple[Rule, ...], changed: Settings, since: datetime
) -> list[Differs]:
    """What these rules tell otherwise of one record since a moment, at the site with other settings."""
    looks = [(x, walk(chart_for(x), x).indicated) for x in _looks(snapshot, versions, since)]
    before = alert_course(rules, ((x.as_of, x, indicated) for x, indicated in looks))
    others = ((replace(x, settings=changed), indicated) for x, indicated in looks)
    after = alert_course(rules, ((x.as_of, x, indicated_with(x, indicated, snapshot)) for x, indicated in others))
    return differences(before, after)


def rules_changed(now: Settings, then: Settings) -> tuple[Rule, ...]:
    """The rules whose answers can change with the settings: all, where the chart itself reads what changes."""
    return affected(RULES, now.rules, then.rules) if _chart_reads_the_same(now, then) else RULES


def indicated_with(changed: Snapshot, indicated: Indicated, former: Snapshot) -> Indicated:
    """The chart's answer to a snapshot at the site with other settings; walked anew only where it can differ."""
    same = _chart_reads_the_same(former.settings, changed.settings)
    return indicated if same else walk(chart_for(changed), changed).indicated


def _chart_reads_the_same(now: Settings, then: Settings) -> bool:
    return replace(now, rules=then.rules) == then


def _another_chart(changed: Settings) -> bool:
    return chart_of(changed) is not chart_of(site_settings().as_clinical())


def _answers(patients: list[int], changed: Settings, now: datetime) -> tuple[list[list[object]], list[int]]:
    """Whose step of the chart would be another now: the steps that are possible before and after, and the question
    after which the two ways part. And who could not be walked."""
    answers: list[list[object]] = []
    failed: list[int] = []
    for start in range(0, len(patients), BATCH):
        for pk, snapshot in take_snapshots(patients[start : start + BATCH], now, now).items():
            try:
                was, becomes = (walk(chart_for(x), x) for x in (snapshot, replace(snapshot, settings=changed)))
            except Exception as error:
                log.error("chart_comparison_failed", patient=pk, error=type(error).__name__)
                failed.append(pk)
                continue
            if _steps(was) != _steps(becomes):
                answers.append([pk, list(_steps(was)), list(_steps(becomes)), _parting(was, becomes)])
    return answers, failed


def _steps(pathway: Pathway) -> tuple[str, ...]:
    """The step of the chart, or all that are possible."""
    indicated = pathway.indicated
    return (indicated.step,) if indicated.step else indicated.possible


def _parting(one: Pathway, other: Pathway) -> str:
    """The last node that two ways have in common."""
    common = [x for x, y in takewhile(lambda pair: pair[0] == pair[1], zip(one.path, other.path, strict=False))]
    return common[-1] if common else ""


def _looks(snapshot: Snapshot, versions: list[Version], since: datetime) -> Iterator[Snapshot]:
    record = Unfolded(snapshot, versions)
    known = [since, *(x.fact.known for x in versions if x.fact.known > since)]
    return (record.at(moment) for moment in evaluation_moments(known, snapshot.as_of, snapshot.zone))


def _patients(since: datetime) -> list[Patient]:
    """Whoever was on a ward, or had a result that became known, since then."""
    here = Q(admissions__admitted_at__isnull=False) & (
        Q(admissions__discharged_at=None) | Q(admissions__discharged_at__gt=since)
    )
    known = Measurement.objects.filter(known__gt=since).values("patient")
    return list(Patient.objects.kept().filter(here | Q(pk__in=known)).distinct().order_by("pk"))
