"""FHIR R4 by HTTP: Bundles in, records and what is said of them out. Every answer is a resource, every error an
OperationOutcome; a token opens it, and shows a machine the patients of its wards and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import NinjaAPI

from ildcare.exchange.accounts import MachineToken
from ildcare.exchange.fhir.arriving import take_bundle
from ildcare.exchange.fhir.capability import capability_statement
from ildcare.exchange.fhir.everything import Everything, patient_resource
from ildcare.exchange.fhir.http import answered, tell_errors
from ildcare.exchange.fhir.outcomes import WARNING, Issue, outcome, refusal
from ildcare.exchange.fhir.searching import NotASearch, identifier_of, patient_key_of, searchset
from ildcare.exchange.interface import MachineRequest
from patients.exports.elements import Json
from patients.folding import number_key
from patients.models import Patient, Scope
from patients.queries import site_clock

JSON_TYPES = ("application/fhir+json", "application/json")
ANY = "*/*"
OBSERVATION, ISSUE, RISK = "Observation", "DetectedIssue", "RiskAssessment"

fhir = NinjaAPI(title="ildcare FHIR R4", version="4.0.1", urls_namespace="fhir", docs_url=None, openapi_url=None)
Door = Callable[..., HttpResponse]


def by_the_clock_of_the_site(door: Door) -> Door:
    """Nobody is signed in: days and times are those of the site all the same. What is asked for is JSON."""

    @wraps(door)
    def opened(request: HttpRequest, **named: Any) -> HttpResponse:
        if not _takes_json(request):
            return answered(refusal("not-supported", _("FHIR is spoken as JSON here (application/fhir+json).")), 406)
        with site_clock():
            return door(request, **named)

    return opened


def _takes_json(request: HttpRequest) -> bool:
    form = request.GET.get("_format", "json")
    wanted = request.headers.get("Accept", ANY)
    return "json" in form and any(x in wanted for x in (*JSON_TYPES, ANY, "application/*"))


# -- in ---------------------------------------------------------------------------------------------------------------


@fhir.post("/", auth=MachineToken(Scope.SEND), url_name="fhir_take")
@by_the_clock_of_the_site
def fhir_take(request: MachineRequest) -> HttpResponse:
    """Take a Bundle: transaction (as a whole or not at all), batch or collection."""
    if request.content_type not in JSON_TYPES:
        return answered(refusal("not-supported", _("A Bundle is sent as application/fhir+json.")), 415)
    answer = take_bundle(request.body, request.auth.source)
    return answered(answer.body, answer.status)


# -- out --------------------------------------------------------------------------------------------------------------


@fhir.get("/metadata", auth=None, url_name="fhir_metadata")
@by_the_clock_of_the_site
def fhir_metadata(request: HttpRequest) -> HttpResponse:
    """What this installation can do. Says nothing of anybody."""
    return answered(capability_statement(request.build_absolute_uri("/fhir"), timezone.now()))


@fhir.get("/Patient", auth=MachineToken(Scope.READ), url_name="fhir_patient_search")
@by_the_clock_of_the_site
def fhir_patient_search(request: MachineRequest) -> HttpResponse:
    """The patient of a record number."""
    wanted = number_key(identifier_of(request.GET, request.auth.source.authorities))
    found = list(request.auth.patients().filter(number_key=wanted)) if wanted else []
    for patient in found:
        request.auth.note_read(patient, "fhir Patient")
    return answered(searchset([patient_resource(x) for x in found], request))


@fhir.get("/Patient/{key}", auth=MachineToken(Scope.READ), url_name="fhir_patient")
@by_the_clock_of_the_site
def fhir_patient(request: MachineRequest, key: str) -> HttpResponse:
    """One patient."""
    return answered(patient_resource(_opened(request, key, "Patient")))


@fhir.get("/Patient/{key}/$everything", auth=MachineToken(Scope.READ), url_name="fhir_everything")
@by_the_clock_of_the_site
def fhir_everything(request: MachineRequest, key: str) -> HttpResponse:
    """Everything of a patient: what is known, open alerts, the chart's answer."""
    everything = Everything(_opened(request, key, "$everything"), timezone.now())
    return answered(searchset(list(everything.all()), request, notes=_notes(everything)))


@fhir.get("/Observation", auth=MachineToken(Scope.READ), url_name="fhir_observations")
@by_the_clock_of_the_site
def fhir_observations(request: MachineRequest) -> HttpResponse:
    """The Observations of a patient, by the time that they are about."""
    return _of_kind(request, OBSERVATION)


@fhir.get("/DetectedIssue", auth=MachineToken(Scope.READ), url_name="fhir_issues")
@by_the_clock_of_the_site
def fhir_issues(request: MachineRequest) -> HttpResponse:
    """The open alerts of a patient, with what they rest on."""
    return _of_kind(request, ISSUE)


@fhir.get("/RiskAssessment", auth=MachineToken(Scope.READ), url_name="fhir_risks")
@by_the_clock_of_the_site
def fhir_risks(request: MachineRequest) -> HttpResponse:
    """The chart's answer for a patient, now."""
    return _of_kind(request, RISK)


@fhir.api_operation(
    ["GET", "POST", "PUT", "PATCH", "DELETE"],
    "/{path:rest}",
    auth=None,
    url_name="fhir_nothing",
    include_in_schema=False,
)
@by_the_clock_of_the_site
def fhir_nothing(request: HttpRequest, rest: str) -> HttpResponse:  # noqa: ARG001 - the names are ninja's
    """What is not here."""
    return answered(refusal("not-supported", _("This installation answers nothing there: see metadata.")), 404)


def _of_kind(request: MachineRequest, kind: str) -> HttpResponse:
    everything = Everything(_opened(request, patient_key_of(request.GET), kind), timezone.now())
    return answered(searchset(everything.of_kind(kind), request, notes=_notes(everything)))


def _opened(request: MachineRequest, key: str, what: str) -> Patient:
    """The gate: a patient whom the machine may read, noted in the audit. Anybody else does not exist."""
    patient = request.auth.patients().filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
    if patient is None:
        raise Http404
    request.auth.note_read(patient, f"fhir {what}")
    return patient


def _notes(everything: Everything) -> list[Json]:
    """What whoever reads the answer has to know besides, as one outcome."""
    told = [Issue(WARNING, "incomplete", x) for x in everything.notes()]
    return [outcome(told)] if told else []


@fhir.exception_handler(NotASearch)
def _no_search(_request: HttpRequest, error: Any) -> HttpResponse:
    return answered(refusal("invalid", str(error)), 400)


tell_errors(fhir)
