"""CDS Hooks by HTTP: which services there are, and the cards of one. Nothing of what comes is stored.

Source: HL7 CDS Hooks 1.1 and 2.0.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import NinjaAPI

from ildcare.exchange.accounts import MachineToken
from ildcare.exchange.fhir.cards import cards_of
from ildcare.exchange.fhir.http import PLAIN_JSON, answered, tell_errors
from ildcare.exchange.fhir.outcomes import Issue, outcome, refusal
from ildcare.exchange.fhir.prefetch import MEDICATIONS, OBSERVATIONS, PATIENT, lacking, read_prefetch
from ildcare.exchange.fhir.shapes import said_of
from ildcare.exchange.interface import MachineRequest
from patients.code_maps import site_map
from patients.imports.case import CaseFaults
from patients.imports.fhir_checks import ERROR
from patients.imports.fhir_elements import holds_no_text, object_of
from patients.imports.fields import Object, read
from patients.models import Scope
from patients.queries import site_clock, site_settings
from patients.wording import listed, render

SERVICE, HOOK = "ildcare-patient-view", "patient-view"
PREFETCH = {
    PATIENT: "Patient/{{context.patientId}}",
    OBSERVATIONS: "Observation?patient={{context.patientId}}&_count=2000",
    MEDICATIONS: "MedicationRequest?patient={{context.patientId}}&_count=500",
}
PRECONDITION_FAILED = 412

hooks = NinjaAPI(title="ildcare CDS Hooks", version="2.0", urls_namespace="hooks", docs_url=None, openapi_url=None)


@hooks.get("/cds-services", auth=None, url_name="hook_services")
def hook_services(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the name is ninja's
    """The services. Says nothing of anybody."""
    service = {
        "id": SERVICE,
        "hook": HOOK,
        "title": _("ILD in dermatomyositis and polymyositis: flowchart and alerts"),
        "description": _(
            "The step of the flowchart of Kurasawa and Arai 2014, what it lacks, and what the rules find, of what is"
            " sent alone. Nothing is stored."
        ),
        "prefetch": PREFETCH,
    }
    return answered({"services": [service]}, form=PLAIN_JSON)


@hooks.post(f"/cds-services/{SERVICE}", auth=MachineToken(Scope.ASK), url_name="hook_patient_view")
def hook_patient_view(request: MachineRequest) -> HttpResponse:
    """What the chart and the rules say of a prefetch."""
    try:
        asked = read(request.body)
    except CaseFaults as faults:
        return answered(outcome(Issue(ERROR, "structure", render(x.reason)) for x in faults.faults), 400)
    if holds_no_text(asked):
        return answered(refusal("structure", _("the document holds characters that no text has")), 400)
    if asked.get("hook") != HOOK:
        text = _("this service answers the hook %(hook)s") % {"hook": HOOK}
        return answered(refusal("not-supported", text, "hook"), 400)
    prefetch = object_of(asked, "prefetch")
    missing = lacking(prefetch)
    if missing:
        text = _("the prefetch lacks: %(names)s") % {"names": listed(missing)}
        return answered(refusal("incomplete", text, "prefetch"), PRECONDITION_FAILED)
    wrong = [x for x in said_of(object_of(prefetch, PATIENT)) if x.refuses]
    if wrong:
        told = [Issue(ERROR, x.code, render(x.why), f"prefetch.patient.{x.where}") for x in wrong]
        return answered(outcome(told), PRECONDITION_FAILED)
    return _judged(prefetch, request.build_absolute_uri("/"))


def _judged(prefetch: Object, home: str) -> HttpResponse:
    with site_clock() as zone:
        known = read_prefetch(prefetch, site_map(), site_settings().as_clinical(), zone=zone, now=timezone.now())
        return answered({"cards": cards_of(known, home=home)}, form=PLAIN_JSON)


tell_errors(hooks)
