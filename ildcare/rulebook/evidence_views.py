"""Later evidence: all notes by node of the chart, one note with its history, and what two people say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from algorithm.changing_notes import (
    confirm_proposal,
    propose_choice,
    propose_confirming,
    propose_note,
    propose_retiring,
    withdraw_proposal,
)
from algorithm.flowcharts import CURRENT
from algorithm.literature.note import CERTAINTIES
from algorithm.literature.standing import Library, NodePanel, StandingNote
from algorithm.models import NoteDecision, NoteProposal
from algorithm.notes import choices_proposed, history_of, notes_here, open_proposals
from algorithm.walk.chart import Node
from ildcare.rulebook.evidence_forms import (
    ChoiceForm,
    ConfirmForm,
    NoteDecisionForm,
    NoteForm,
    NoteProposalForm,
    TakeBackForm,
)
from patients.access import may, permission
from patients.context import ContextForm, done_once
from patients.models import User
from patients.requests import AuthenticatedHttpRequest

RIGHT = "change_rules"


@dataclass(frozen=True, slots=True)
class Proposing:
    """What may be proposed of a note: the words of the button, the action, and when it makes sense."""

    label: Any
    propose: Callable[..., NoteProposal]
    fits: Callable[[StandingNote], bool]


PROPOSALS = {
    "confirm": Proposing(gettext_lazy("Propose to confirm"), propose_confirming, lambda x: not x.confirmed),
    "retire": Proposing(gettext_lazy("Propose to retire"), propose_retiring, lambda x: not x.retired),
}


@dataclass(frozen=True, slots=True)
class Deciding:
    """What may be done with a proposal: the form, and the action behind it."""

    form: type[NoteDecisionForm]
    decide: Callable[..., NoteDecision]


DECISIONS = {
    "confirm": Deciding(ConfirmForm, confirm_proposal),
    "withdraw": Deciding(TakeBackForm, withdraw_proposal),
}


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal that waits: the note that it is about, and what the reader may do."""

    row: NoteProposal
    about: StandingNote | None
    own: bool
    forms: dict[str, NoteDecisionForm]


@dataclass(frozen=True, slots=True)
class Beside:
    """A node of the chart and what stands beside it."""

    node: Node
    panel: NodePanel
    history: Sequence[NoteProposal]


@require_safe
@permission("see_rules")
def evidence_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every note by node of the chart, with its state; the proposals that wait; what the team does where a note
    contradicts the chart."""
    evidence = notes_here()
    chosen = choices_proposed()
    nodes = [Beside(x, evidence.at(x.id), [y for y in chosen if y.node == x.id]) for x in CURRENT.nodes]
    context = {
        "page": "evidence_list",
        "evidence": evidence,
        "nodes": [x for x in nodes if x.panel.notes or x.history],
        "retired": [x for x in evidence.notes if x.retired],
        "certainties": CERTAINTIES.items(),
        "waiting": [_open(request, x, evidence) for x in open_proposals()],
        "may_change": may(request.user, RIGHT),
    }
    return render(request, "ildcare/rulebook/evidence_list.html", context)


@require_safe
@permission("see_rules")
def evidence_note(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """One note: its source, its state, everything that was said of it here, and what can be proposed."""
    return _note_page(request, code)


@require_POST
@permission(RIGHT)
def evidence_propose(request: AuthenticatedHttpRequest, code: str, what: str) -> HttpResponse:
    """Propose to confirm or to retire a note."""
    if what not in PROPOSALS:
        raise Http404
    form = _proposal_form(request, code, what, request.POST)
    propose, by = PROPOSALS[what].propose, request.user
    if form.is_valid() and done_once(form, lambda: propose(code, by=by, words=form.cleaned_data["words"]).pk):
        return redirect("evidence_note", code=code)
    return _note_page(request, code, refused={what: form})


@require_http_methods(["GET", "HEAD", "POST"])
@permission(RIGHT)
def evidence_add(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Propose a note of the site's own."""
    sent = request.POST if request.method == "POST" else None
    form = NoteForm(sent, request=request, target="note:new")
    if form.is_bound and form.is_valid() and done_once(form, lambda: _added(form, request.user)):
        return redirect("evidence_list")
    context = {"page": "evidence_list", "form": form}
    return render(request, "ildcare/rulebook/evidence_add.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@permission(RIGHT)
def evidence_choose(request: AuthenticatedHttpRequest, node: str) -> HttpResponse:
    """Propose what the team does at a node where notes contradict the chart."""
    if node not in CURRENT.by_id:
        raise Http404
    panel = notes_here().at(node)
    sent = request.POST if request.method == "POST" else None
    form = ChoiceForm(sent, request=request, target=f"node:{node}", panel=panel)
    if form.is_bound and form.is_valid() and done_once(form, lambda: _chosen(form, node, request.user)):
        return redirect("evidence_list")
    context = {"page": "evidence_list", "form": form, "node": CURRENT.by_id[node], "panel": panel}
    return render(request, "ildcare/rulebook/evidence_choose.html", context, status=422 if form.is_bound else 200)


@require_POST
@permission(RIGHT)
def evidence_decide(request: AuthenticatedHttpRequest, number: int, name: str) -> HttpResponse:
    """Confirm a proposal of somebody else, or withdraw one."""
    if name not in DECISIONS:
        raise Http404
    row = get_object_or_404(NoteProposal.objects.select_related("by"), pk=number)
    deciding = DECISIONS[name]
    form = deciding.form(request.POST, request=request, target=_target(row, name))
    if form.is_valid() and done_once(form, lambda: deciding.decide(row, by=request.user).pk):
        return redirect("evidence_list")
    context = {
        "page": "evidence_list",
        "waiting": [_open(request, row, notes_here(), {name: form})],
        "faults": form.non_field_errors(),
    }
    return render(request, "ildcare/rulebook/evidence_decide.html", context, status=422)


def _added(form: NoteForm, by: User) -> int:
    return propose_note(by=by, **form.content).pk


def _chosen(form: ChoiceForm, node: str, by: User) -> int:
    data = form.cleaned_data
    return propose_choice(node, by=by, words=data["words"], follow=data["follow"]).pk


def _target(row: NoteProposal, name: str) -> str:
    return f"note-proposal:{row.pk}:{name}"


def _proposal_form(request: AuthenticatedHttpRequest, code: str, what: str, data: Any = None) -> NoteProposalForm:
    return NoteProposalForm(data, request=request, target=f"note:{code}:{what}", label=PROPOSALS[what].label)


def _open(
    request: AuthenticatedHttpRequest,
    row: NoteProposal,
    evidence: Library,
    sent: dict[str, NoteDecisionForm] | None = None,
) -> OpenProposal:
    own, found = row.by_id == request.user.pk, dict[str, NoteDecisionForm]()
    if may(request.user, RIGHT):
        for name, deciding in DECISIONS.items():
            if name == "withdraw" or not own:
                made = (sent or {}).get(name)
                found[name] = made or deciding.form(request=request, target=_target(row, name))
    added = row.added
    about = StandingNote(note=added, of_the_site=True) if added else evidence.by_code(row.note)
    return OpenProposal(row, about, own, found)


def _note_page(
    request: AuthenticatedHttpRequest, code: str, refused: dict[str, ContextForm] | None = None
) -> HttpResponse:
    evidence = notes_here()
    standing, history = evidence.by_code(code), list(history_of(code))
    if standing is None:
        raise Http404
    waiting = [x for x in history if not hasattr(x, "decision")]
    offered: dict[str, Any] = {}
    if may(request.user, RIGHT) and not waiting:
        fitting = [name for name, x in PROPOSALS.items() if x.fits(standing)]
        offered = {x: (refused or {}).get(x) or _proposal_form(request, code, x) for x in fitting}
    faults = [y for name, x in (refused or {}).items() if name not in offered for y in x.non_field_errors()]
    context = {
        "page": "evidence_list",
        "standing": standing,
        "nodes": [x for x in CURRENT.nodes if x.id in standing.note.nodes],
        "history": history,
        "waiting": [_open(request, x, evidence) for x in waiting],
        "offered": offered,
        "faults": faults,
    }
    return render(request, "ildcare/rulebook/evidence_note.html", context, status=422 if refused else 200)
