"""Is a resource well formed? By `fhir.resources` (R4B, which is R4 for every resource that is read here).

The library costs more than a second to load: only when the first resource is looked at, and never at the start of a
process.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from patients.clinical.reasons import _, reason
from patients.imports.fhir_checks import ERROR, INFORMATION, Complaint, complaints
from patients.imports.fields import Number, Object

UNKNOWN_ELEMENT = "extra_forbidden"
CODES = {"missing": "required", UNKNOWN_ELEMENT: "structure"}
ADDED = "fullUrl"  # put into a resource by the reader of Bundles


def said_of(resource: Object) -> tuple[Complaint, ...]:
    """Everything that is to be said of a resource: its shape, its value sets, what is not read."""
    return (*_shape(resource), *complaints(resource))


def _shape(resource: Object) -> Iterator[Complaint]:
    from pydantic import ValidationError

    told = resource.get("resourceType")
    kind = told if isinstance(told, str) else ""
    if not (kind.isascii() and kind.isalpha()):
        yield Complaint(ERROR, "structure", "resourceType", reason(_("the type of the resource is not told")))
        return
    model = _model(kind)
    if model is None:
        return
    try:
        model.model_validate(_as_python({name: x for name, x in resource.items() if name != ADDED}))
    except ValidationError as error:
        for x in error.errors(include_url=False, include_context=False, include_input=False):
            yield _complaint(kind, x)
    except (KeyError, ValueError, TypeError, ArithmeticError, RecursionError):  # of what its own checks do not foresee
        yield Complaint(ERROR, "structure", kind, reason(_("it is not a resource of FHIR R4")))


def _complaint(kind: str, found: Any) -> Complaint:
    where = kind + "".join(f"[{x}]" if isinstance(x, int) else f".{x}" for x in found["loc"])
    if found["type"] == UNKNOWN_ELEMENT:
        return Complaint(INFORMATION, "structure", where, reason(_("FHIR R4 has no such element here: not read")))
    message = reason(_("not as FHIR R4 has it: %(message)s"), message=str(found["msg"])[:200])
    return Complaint(ERROR, CODES.get(found["type"], "structure"), where, message)


@cache
def _model(kind: str) -> Any:
    from fhir.resources.R4B import get_fhir_model_class

    try:
        return get_fhir_model_class(kind)
    except (LookupError, ImportError, AttributeError, ValueError):  # no type of R4
        return None


def _as_python(value: Any) -> Any:
    """Numbers as exact decimals, texts as texts."""
    if isinstance(value, Number):
        return Decimal(value)
    if isinstance(value, dict):
        return {name: _as_python(x) for name, x in value.items()}
    return [_as_python(x) for x in value] if isinstance(value, list) else value
