"""Reports, findings and diagnoses in FHIR R4: facts where another installation of this product tells them in its own
codes, else a question for a person. Pure.

What a report of an HRCT says in words, and which of the diseases of this product a diagnosis is, nobody guesses here:
there is no table of codes that was read in a source. A diagnosis of another disease, a report of another organ is not
asked about.

Sources: HL7 FHIR R4 (4.0.1) Condition, DiagnosticReport; ICD-10 (WHO), chapters M33 and J84, to ask and never to
decide.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical.reasons import _, reason
from patients.clinical.versions import CANCELLED, CORRECTED, FINAL, PRELIMINARY
from patients.imports.fhir_elements import codings_of, object_of, objects, text_of, words_of
from patients.imports.fhir_facts import event_of, own_code_of
from patients.imports.fields import Object
from patients.imports.observation import Observation, SentEvent
from patients.imports.sent_times import SentTime, iso_time

CONDITION, REPORT = "Condition", "DiagnosticReport"
# kinds of facts that are taken in the product's own codes; what a person of another hospital judged or decided, and
# where somebody lay there, is none of ours
OWN_KINDS = ("respiratory_onset", "diagnosis", "hrct", "finding", "histology", "support")
STATUSES = {"preliminary": PRELIMINARY, "final": FINAL, "amended": CORRECTED, "corrected": CORRECTED,
    "entered-in-error": CANCELLED}  # fmt: skip
NOT_SAID = ("registered", "cancelled")  # there is nothing yet, or there will be nothing
IS_NOT_ONE = ("refuted", "entered-in-error")
OF_THIS_PRODUCT = re.compile(
    r"myositis|anti-?\s?synthetase|interstitial (?:lung|pneumon)|筋炎|抗\s?ars|間質性肺|抗合成酵素"
)
ICD_10 = re.compile(r"icd-?10", re.IGNORECASE)
CHAPTERS = ("M33", "J84")
CT_OF_THE_LUNG = re.compile(
    r"hrct|(?:chest|thora\w*|lung)\W.*\bct\b|\bct\b.*\W(?:chest|thora\w*|lung)|胸部.*ct|ct.*胸部|肺.*ct"
)

A_DIAGNOSIS = _("a diagnosis: a person enters which one it is here, and since when")
A_REPORT = _("a report of a CT of the lung: a person reads it and enters what it says")
OTHERWISE = _("it says that it is to be read in a way that is not known here")
UNCERTAIN = _("its status leaves open whether it holds: %(status)s")


def sent_event(resource: Object, *, source: str, zone: ZoneInfo, otherwise: bool) -> SentEvent | None:
    """What a resource says besides results and drugs; None for one that says nothing of the kind.

    `otherwise`: it carries a modifier that is not known here.
    """
    kind = resource.get("resourceType")
    if kind == CONDITION:
        return _diagnosis(resource, zone, otherwise)
    if kind == REPORT:
        return _report(resource, zone)
    code = own_code_of(resource)
    if code.partition(":")[0] in OWN_KINDS:
        return _own_fact(resource, code, source, zone, otherwise)
    return None


def _own_fact(resource: Object, code: str, source: str, zone: ZoneInfo, otherwise: bool) -> SentEvent:
    shown = _shown(resource, "", iso_time(text_of(resource, "effectiveDateTime"), zone))
    status = text_of(resource, "status")
    if otherwise:
        return SentEvent(observation=shown, why=reason(OTHERWISE))
    if status in NOT_SAID:
        return SentEvent(observation=shown)
    if status not in STATUSES:
        return SentEvent(observation=shown, why=reason(UNCERTAIN, status=status[:40]))
    name = {"id": f"{source}/{shown.order}"} if shown.order else {}
    return SentEvent(observation=shown, event=Object({**event_of(resource, code), "status": STATUSES[status], **name}))


def _diagnosis(resource: Object, zone: ZoneInfo, otherwise: bool) -> SentEvent | None:
    concept = resource.get("code")
    on = text_of(resource, "onsetDateTime") or text_of(resource, "recordedDate")
    shown = _shown(resource, words_of(concept), iso_time(on, zone))
    verified = {x.code for x in codings_of(resource.get("verificationStatus"))}
    if not _concerns(concept):
        return None
    if verified & {*IS_NOT_ONE}:
        return SentEvent(observation=shown)
    return SentEvent(observation=shown, why=reason(OTHERWISE if otherwise else A_DIAGNOSIS))


def _report(resource: Object, zone: ZoneInfo) -> SentEvent | None:
    """A report in words. One that holds results is no question of its own: they are read as results."""
    concept = resource.get("code")
    said = text_of(resource, "conclusion") or "; ".join(words_of(x) for x in objects(resource, "conclusionCode"))
    if resource.get("result") or not CT_OF_THE_LUNG.search(_plain(concept)):
        return None
    on = text_of(resource, "effectiveDateTime") or text_of(object_of(resource, "effectivePeriod"), "start")
    shown = _shown(resource, said, iso_time(on or text_of(resource, "issued"), zone))
    if text_of(resource, "status") in (*NOT_SAID, "entered-in-error"):
        return SentEvent(observation=shown)
    return SentEvent(observation=shown, why=reason(A_REPORT))


def _shown(resource: Object, said: str, time: SentTime) -> Observation:
    number = next((x for y in objects(resource, "identifier") if (x := text_of(y, "value"))), "")
    name = text_of(resource, "id")
    codings = tuple(codings_of(resource.get("code")))
    return Observation(number=0, codings=codings, time=time, text=said, ref=name, order=number or name)


def _concerns(concept: Any) -> bool:
    """May it be one of the diseases of this product?"""
    chapters = (x.code for x in codings_of(concept) if ICD_10.search(x.system))
    return OF_THIS_PRODUCT.search(_plain(concept)) is not None or any(x.upper().startswith(CHAPTERS) for x in chapters)


def _plain(concept: Any) -> str:
    return unicodedata.normalize("NFKC", " | ".join(x.name for x in codings_of(concept))).casefold()
