"""What each choice of the bar leads to, below the choice; and the words of which its sentence is put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

from algorithm.consequences import Consequence
from algorithm.walk.engine import Pathway
from ildcare.evaluation.saved import one_of
from ildcare.record.answer_words import new_answer_text, then_text
from ildcare.round.forms import ACCEPT, OVERRIDE, RoundForm
from patients.wording import name_of, short_name_of

STEP = "{step}"  # where the page puts the step that is decided about


def steps_after(consequences: Iterable[Consequence]) -> dict[str, str]:
    """By judgement of improvement, the step that the chart asks for once it is signed, where it is another one."""
    return {x.choice: x.step for x in consequences if x.moves and x.step}


def tell(form: RoundForm, pathway: Pathway, consequences: Sequence[Consequence]) -> RoundForm:
    """The form with what each choice leads to. `consequences`: of the judgements of improvement."""
    if form.offered:
        form.name_choices(short_name_of("step", form.offered))
    form.tell("decision", "", _("nothing is recorded"))
    form.tell("decision", ACCEPT, _followed(form.offered, pathway))
    form.tell("decision", OVERRIDE, _not_followed(form.offered, pathway))
    form.tell("improvement", "", _("stays open") if pathway.waiting else "")
    running = short_name_of("step", pathway.running.step) if pathway.running else ""
    after = steps_after(consequences)
    for x in consequences:
        words = {"judged": name_of("improvement", x.choice), "step": running}
        told = {"said": _("%(judged)s on %(step)s") % words, "becomes": new_answer_text(x) if x.moves else ""}
        step = after.get(x.choice, "") if form.offered else ""
        named = {"step": step, "named": short_name_of("step", step) if step else ""}
        form.tell("improvement", x.choice, then_text(x), **told, **named)
    return form


def _followed(step: str, pathway: Pathway) -> str:
    if not step or step == "observation":
        return ""
    if pathway.indicated.started:
        return _("goes on")
    return _("to be started")


def _not_followed(step: str, pathway: Pathway) -> str:
    running = pathway.running.step if pathway.running else ""
    if running and running != step:
        return _("%(step)s goes on") % {"step": short_name_of("step", running)}
    return _("with a reason")


def sentence_words(pathway: Pathway) -> Mapping[str, str]:
    """Of the sentence that is signed, by the name under which the page's script looks for them."""
    running = short_name_of("step", pathway.running.step) if pathway.running else ""
    return {
        "lead": _("You sign:"),
        "apart": _("; "),
        "comma": _(", "),
        "seen": _("seen, no decision"),
        "undecided": _("no decision"),
        "followed": _("%(step)s followed") % {"step": STEP},
        "departed": _("%(step)s not followed") % {"step": STEP},
        "becomes": _("the chart’s answer becomes %(step)s") % {"step": STEP},
        "moves": _("The answer moves: you stay to see it."),
        "note": _("note"),
        "plan": _("plan"),
        "legend": _("Chart’s answer: %(step)s") % {"step": STEP},
        "legend-then": _("Chart’s answer, then %(step)s") % {"step": STEP},
        "follow": _("Follow %(step)s") % {"step": STEP},
        "depart": _("Not %(step)s") % {"step": STEP},
        "start": _("to be started"),
        "stays": _("%(step)s goes on") % {"step": running} if running else "",
        "runs": pathway.running.step if pathway.running else "",
        "goes-on": _("goes on"),
        "reasoned": _("with a reason"),
    }


def question_of(pathway: Pathway) -> str:
    """What the decision is about: "Chart’s answer: T3", "Chart’s answer open: T2 or T3", "Chart alone: T2 or T3"."""
    if pathway.by_choice:
        return _("Chart alone: %(steps)s") % {"steps": one_of(pathway.alone)}
    if pathway.step:
        return _("Chart’s answer: %(step)s") % {"step": short_name_of("step", pathway.step)}
    return _("Chart’s answer open: %(steps)s") % {"steps": one_of(pathway.steps_possible)}
