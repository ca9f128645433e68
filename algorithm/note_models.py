"""What people of a site say of notes of later literature: proposed by one, confirmed or withdrawn by another; only
ever appended. No rule and no chart reads them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from algorithm.literature.note import Note
from algorithm.literature.standing import ADD, CHOOSE, CONFIRM, RETIRE, Signed


class NoteChange(models.TextChoices):
    """What is proposed of a note, or for a node."""

    CONFIRM = CONFIRM, _("confirm the source")
    ADD = ADD, _("add a note of this site")
    RETIRE = RETIRE, _("retire the note")
    CHOOSE = CHOOSE, _("what the team does at this node")


class NoteProposal(models.Model):
    """A proposal by one person. `note`: its code, of an addition the one that it gets, of a choice the note that is
    followed ("": the chart). `node`: of a choice. `content`: of an addition, the fields of the note.
    """

    what = models.CharField(_("what is proposed"), max_length=10, choices=NoteChange)
    note = models.CharField(_("note"), max_length=60, blank=True, default="")
    node = models.CharField(_("node of the chart"), max_length=20, blank=True, default="")
    content = models.JSONField(_("content of the note"), default=dict)
    words = models.TextField(_("reason"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(_("proposed"))

    class Meta:
        verbose_name = _("proposal about a note")
        verbose_name_plural = _("proposals about notes")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="noteproposal_what_known", condition=Q(what__in=NoteChange.values)),
            models.CheckConstraint(name="noteproposal_has_a_reason", condition=~Q(words="")),
            models.CheckConstraint(
                name="noteproposal_about_something",
                condition=(Q(what="choose") & ~Q(node="")) | (~Q(what="choose") & Q(node="") & ~Q(note="")),
            ),
            models.CheckConstraint(name="noteproposal_content_of_an_addition", condition=Q(what="add") ^ Q(content={})),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.note or self.node}"

    @property
    def added(self) -> Note | None:
        """The note that it adds."""
        return note_of(self.note, self.content) if self.what == NoteChange.ADD else None


class NoteDecision(models.Model):
    """What became of a proposal: confirmed by another person than its author (a trigger refuses the author), or
    withdrawn by anybody who could have confirmed it."""

    proposal = models.OneToOneField(NoteProposal, on_delete=models.PROTECT, related_name="decision")
    confirmed = models.BooleanField(_("confirmed"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(_("decided"))

    class Meta:
        verbose_name = _("decision about a note")
        verbose_name_plural = _("decisions about notes")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.proposal_id} {'confirmed' if self.confirmed else 'withdrawn'}"

    @property
    def signed(self) -> Signed:
        """As the panels read it."""
        proposal = self.proposal
        return Signed(
            what=proposal.what,
            note=proposal.note,
            at=self.at,
            by=str(self.by),
            proposed_by=str(proposal.by),
            words=proposal.words,
            node=proposal.node,
            added=proposal.added,
        )


def note_of(code: str, content: dict[str, Any]) -> Note:
    """A note of the site, of the fields that are stored of it."""
    return Note(
        code=code,
        year=content["year"],
        nodes=tuple(content["nodes"]),
        message=content["text"],
        citation=content["citation"],
        doi=content["doi"],
        certainty=content["certainty"],
        against=tuple(content["against"]),
    )
