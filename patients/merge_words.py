"""What a merge, or taking one back, did or would do: the same sentences before it is stored and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.fact_words import summary_of
from patients.merge_plan import Held, Plan
from patients.merged import ADMISSION_OF, JUDGE, MARK, STAY, TASK
from patients.models import Fact, MergedEntry, RecordMerge, RoundDraft, RoundVisit, SheetDraft, Status
from patients.wording import day_text, listed_apart, moment_text

MOST_LINES = 60  # of what contradicts each other, or was entered since


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a merge did, or would do. `judges`: judgements whose owner went along; `visits`, `drafts`: what was signed,
    or typed and not stored, and stays with the absorbed record; `admitted`: an admission was entered for the stay that
    is open."""

    merge: RecordMerge
    plan: Plan
    tasks: int
    stays: int
    judges: int
    visits: int
    drafts: int
    admitted: bool

    @classmethod
    def of(cls, merge: RecordMerge, plan: Plan, entries: Iterable[MergedEntry]) -> Merged:
        """From what was carried over, and what stays."""
        entries, there = list(entries), {"patient": merge.absorbed_id}
        kinds = [x.kind for x in entries]
        return cls(
            merge=merge,
            plan=plan,
            tasks=kinds.count(TASK),
            stays=kinds.count(STAY),
            judges=kinds.count(JUDGE),
            visits=RoundVisit.objects.standing().filter(**there).count(),
            drafts=RoundDraft.objects.filter(**there).count() + SheetDraft.objects.filter(**there).count(),
            admitted=any(x.was.startswith(ADMISSION_OF) for x in entries),
        )

    @property
    def sentences(self) -> list[str]:
        """What becomes of the entries of the absorbed record, and of the record itself."""
        plan, mrn = self.plan, {"mrn": self.merge.absorbed.mrn}
        counts = {"entries": plan.carried, "tasks": self.tasks, "stays": self.stays} | mrn
        said = [
            _("Copied from record number %(mrn)s: entries %(entries)s, open tasks %(tasks)s, stays %(stays)s.") % counts
        ]
        if plan.doubled:
            said.append(_("In both records, and not doubled: %(n)s.") % {"n": len(plan.doubled)})
        if plan.conflicts:
            said.append(
                _("Contradict each other, and both stand until somebody corrects one: %(n)s.")
                % {"n": len(plan.conflicts)}
            )
        if self.judges:
            said.append(_("Judgements whose owner goes along: %(n)s.") % {"n": self.judges})
        if self.visits:
            said.append(
                _("Signed visits stay where they were signed, and are read from here: %(n)s.") % {"n": self.visits}
            )
        if self.drafts:
            said.append(_("Drafts stay there, and are shown here to who typed them: %(n)s.") % {"n": self.drafts})
        if plan.unreadable:
            said.append(_("Cannot be read, and stay in the other record: %(n)s.") % {"n": len(plan.unreadable)})
        if self.admitted:
            said.append(_("The patient is on a ward, and left by what the entries say: an admission is entered."))
        last = _("Record number %(mrn)s is on no list and read only from then on; its number finds this record.")
        return [*said, last % mrn]

    @property
    def conflicts(self) -> list[tuple[str, str, str]]:
        """What contradicts each other: when, what the kept record says, what the other."""
        return [_side_by_side(mine, other) for mine, other in self.plan.conflicts[:MOST_LINES]]

    @property
    def doubled(self) -> list[str]:
        """What both records have, in words."""
        return [_line(x.standing) for x, _same in self.plan.doubled[:MOST_LINES]]


def _side_by_side(mine: Held, other: Held) -> tuple[str, str, str]:
    return _when(other.standing), summary_of(mine.standing), summary_of(other.standing)


def _when(row: Fact) -> str:
    return day_text(timezone.localtime(row.on).date()) if row.on_is_date else moment_text(row.on)


def _line(row: Fact) -> str:
    return f"{_when(row)}: {summary_of(row)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What taking back a merge did, or would do. `since`: versions that the kept record got since the merge; `done`:
    tasks that came with the merge and were ended since."""

    merge: RecordMerge
    cancelled: int
    stays: int
    tasks: int
    since: tuple[Fact, ...]
    done: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """What becomes of the two records."""
        counts = {"entries": self.cancelled, "tasks": self.tasks, "stays": self.stays}
        gone = _("Withdrawn from this record: entries %(entries)s, open tasks %(tasks)s, stays %(stays)s.") % counts
        back = _("Record number %(mrn)s is as it was before the merge.") % {"mrn": self.merge.absorbed.mrn}
        said = [gone, back]
        if self.done:
            parts = {"tasks": listed_apart(self.done), "mrn": self.merge.absorbed.mrn}
            said.append(_("Ended since the merge, and open again in record number %(mrn)s: %(tasks)s.") % parts)
        if self.since:
            said.append(_("Entered since the merge, and to be looked at by somebody: %(n)s.") % {"n": len(self.since)})
        return said

    @property
    def entered(self) -> list[tuple[str, bool]]:
        """What was entered since, in words; and whether it goes with the copy that it changed."""
        return [(_since(x), x.identity.startswith(MARK)) for x in self.since[:MOST_LINES]]


def _since(row: Fact) -> str:
    if row.status == Status.CANCELLED:
        return _("%(entry)s (cancelled)") % {"entry": _line(row)}
    return _line(row)
