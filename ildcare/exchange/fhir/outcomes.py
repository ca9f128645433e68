"""OperationOutcome: what became of what was sent, and why something was refused. In the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from patients.exports.elements import Json, known
from patients.imports.fhir_checks import ERROR, INFORMATION, Complaint
from patients.wording import render

WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Issue:
    """One line: how bad, of which kind (issue-type), in words, where."""

    severity: str
    code: str
    text: str
    where: str = ""

    def as_json(self) -> Json:
        """As FHIR has it."""
        return known(
            {
                "severity": self.severity,
                "code": self.code,
                "diagnostics": self.text,
                "expression": [self.where] if self.where else [],
            }
        )


def issue_of(complaint: Complaint, place: str = "") -> Issue:
    """A complaint in words; `place`: the entry that it is about."""
    where = f"{place}.resource.ofType({complaint.where})" if place else complaint.where
    return Issue(complaint.severity, complaint.code, render(complaint.why), where)


def outcome(issues: Iterable[Issue]) -> Json:
    """An OperationOutcome; one without anything to say says that all is well."""
    told = list(issues) or [Issue(INFORMATION, "informational", "OK")]
    return {"resourceType": "OperationOutcome", "issue": [x.as_json() for x in told]}


def refusal(code: str, text: str, where: str = "") -> Json:
    """An OperationOutcome with one error."""
    return outcome([Issue(ERROR, code, text, where)])
