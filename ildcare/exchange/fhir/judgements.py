"""What chart and rules say of a patient as FHIR R4: an open alert is a DetectedIssue, the chart's answer a
RiskAssessment. Each names the Observations that it rests on, so that another system can show why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from algorithm.opinion import Opinion
from ildcare.exchange.fhir.answer import (
    CERTAINTY,
    INDICATED,
    MISSING,
    POSSIBLE,
    RULE,
    SUBTYPE,
    chart_concept,
    facts_behind,
    missing_concept,
    step_concept,
    words_of,
)
from monitoring.engine import Severity
from monitoring.queries import AlertView
from monitoring.wording import rule_title, subject_text
from patients.exports.elements import Json, coding, concept, instant, known, reference, resource
from patients.imports import fhir_systems as systems
from patients.wording import listed, render, render_all

SEVERITY = {Severity.CRITICAL: "high", Severity.WARNING: "moderate", Severity.INFO: "low"}
SUBJECT, DOING, OPINION = f"{systems.OWN}subject", f"{systems.OWN}doing", f"{systems.OWN}opinion"
Names = Mapping[str, str]  # by the id of a version: the reference to its resource ("Observation/measurement-7")


def detected_issue(view: AlertView, patient: str, names: Names, zone: ZoneInfo) -> Json:
    """An open alert. `patient`: what the installation calls the record."""
    alert = view.alert
    evidence = _references(alert.facts, names)
    title = rule_title(alert.rule)
    about = subject_text(alert.rule, alert.subject) if alert.subject else ""
    told = coding(RULE, alert.rule, title)
    subject = [coding(SUBJECT, f"{alert.rule}:{alert.subject}", about)] if alert.subject else []
    return resource(
        "DetectedIssue",
        f"alert-{alert.pk}",
        meta={"versionId": str(alert.version)},
        identifier=[{"system": systems.ROW, "value": f"alert-{alert.pk}"}],
        status="preliminary" if alert.possible else "final",
        code=concept({**told, "version": str(alert.rule_version)}, text=": ".join(x for x in (title, about) if x)),
        severity=SEVERITY[view.severity],
        patient=reference("Patient", patient),
        identifiedDateTime=instant(alert.opened_at, zone),
        implicated=evidence,
        evidence=[{"code": [concept(*(subject or [told]))], "detail": evidence}] if evidence else [],
        detail=render_all(view.reasons),
        mitigation=list(_acknowledged(view, zone)),
    )


def _acknowledged(view: AlertView, zone: ZoneInfo) -> Iterator[Json]:
    """What somebody said that is being done. By whom is not told outside."""
    alert = view.alert
    if alert.acknowledged_at is not None:
        text = alert.get_doing_display() if alert.doing else _("acknowledged")
        codes = [coding(DOING, alert.doing)] if alert.doing else []
        yield {"action": concept(*codes, text=text), "date": instant(alert.acknowledged_at, zone)}


def risk_assessment(opinion: Opinion, patient: str, names: Names, zone: ZoneInfo) -> Json:
    """The chart's answer of a moment: subtype and step, or those still possible; why; what it lacks."""
    pathway, subtype, words = opinion.pathway, opinion.subtype, words_of(opinion)
    reasons = (*pathway.reasons, *subtype.reasons)
    missing = [{"url": MISSING, "valueCodeableConcept": missing_concept(x)} for x in opinion.missing]
    return resource(
        "RiskAssessment",
        f"chart-{patient}",
        extension=missing,
        identifier=[{"system": systems.ROW, "value": f"chart-{patient}"}],
        status="preliminary" if pathway.step is None else "final",
        method=chart_concept(opinion),
        code=concept(coding(OPINION, "chart"), text=words.head),
        subject=reference("Patient", patient),
        occurrenceDateTime=instant(pathway.as_of, zone),
        basis=_references(facts_behind(reasons), names),
        prediction=[
            *(_prediction(_subtype(x), certain=subtype.subtype is not None) for x in subtype.possible),
            *(_prediction(step_concept(x), certain=pathway.step is not None) for x in pathway.steps_possible),
        ],
        note=[{"text": x} for x in _notes(opinion, pathway.as_of)],
    )


def _prediction(outcome: Json, *, certain: bool) -> Json:
    code = INDICATED if certain else POSSIBLE
    return {"outcome": outcome, "qualitativeRisk": concept(coding(CERTAINTY, code))}


def _subtype(code: str) -> Json:
    return concept(coding(SUBTYPE, code), text=code)


def _notes(opinion: Opinion, as_of: datetime) -> Iterator[str]:
    words = words_of(opinion)
    yield _("What the chart says; the clinician decides.")
    yield from words.reasons
    if words.missing:
        yield _("Missing: %(facts)s") % {"facts": listed(words.missing)}
    if words.decisive:
        yield _("Each of these alone would settle the step: %(facts)s") % {"facts": listed(words.decisive)}
    yield from (render(x.reason, today=as_of.date()) for x in opinion.notices)


def _references(facts: Iterable[str], names: Names) -> list[Json]:
    found = dict.fromkeys(names[x] for x in facts if x in names)
    return [known({"reference": x}) for x in found]
