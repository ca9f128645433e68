"""Stored evaluations. Append-only: the database refuses every change of a row."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from algorithm.note_models import NoteChange, NoteDecision, NoteProposal

__all__ = ["Assessment", "NoteChange", "NoteDecision", "NoteProposal", "Trigger"]


class Trigger(models.TextChoices):
    """What led to an evaluation."""

    FACT = "fact", _("new or corrected fact")
    CLOCK = "clock", _("time passed")
    REQUEST = "request", _("asked for by a person")
    IMPORT = "import", _("import of a course")


class Assessment(models.Model):
    """One evaluation: what was read, under which chart and code, and everything that was said.

    Written when facts or answers differ from the last one of the patient; when a patient was last evaluated stands
    with the evaluation marks. `inputs` and `output` are canonical records (`algorithm.record`), `sha256` seals both;
    `meaning` is the fingerprint by which a change is recognised. `course`, `subtype`, `step`: "" is undecided.
    """

    patient = models.ForeignKey(
        "patients.Patient",
        on_delete=models.PROTECT,
        related_name="assessments",
        db_index=False,
        verbose_name=_("patient"),
    )
    chart = models.CharField(_("flowchart"), max_length=60)
    chart_version = models.PositiveIntegerField(_("version of the flowchart"))
    code_version = models.CharField(_("version of the program"), max_length=64)
    trigger = models.CharField(_("led to by"), max_length=10, choices=Trigger)
    as_of = models.DateTimeField(_("as of"))
    known_at = models.DateTimeField(_("with what was known at"))
    course = models.CharField(_("course"), max_length=10, blank=True, default="")
    subtype = models.CharField(_("subtype"), max_length=10, blank=True, default="")
    step = models.CharField(_("step"), max_length=20, blank=True, default="")
    inputs = models.JSONField(_("facts read"))
    output = models.JSONField(_("answer"))
    meaning = models.CharField(max_length=64, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("recorded"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ["-id"]
        # the newest answer of a patient (`latest_assessments`, each line of the ward list) and, walking back from it,
        # the one that stood at a moment; stands in for the index of the patient's key
        indexes = [models.Index(fields=["patient", "-id"], name="assessment_latest")]

    def __str__(self) -> str:
        return f"{self.chart} {self.chart_version}: {self.step or '?'} ({self.as_of:%Y-%m-%d})"
