"""Why a case came up, and what was said of it, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from monitoring.wording import rule_title, subject_text
from patients.clinical.reasons import _ as _msg
from patients.models import ReviewCase, ReviewTrigger
from patients.sign_off import SignOff
from patients.wording import name_of, short_name_of, translated

TAGS = {
    ReviewTrigger.SUBTYPE: _msg("New subtype"),
    ReviewTrigger.OVERRIDE: _msg("Not followed"),
    ReviewTrigger.EVIDENCE: _msg("Later evidence"),
    ReviewTrigger.CARD: _msg("Unanswered"),
    ReviewTrigger.STEP: _msg("Not started"),
    ReviewTrigger.DEATH: _msg("Death"),
    ReviewTrigger.TRANSFER: _msg("Transfer"),
    ReviewTrigger.SAMPLE: _msg("Drawn"),
}
STYLES = {
    ReviewTrigger.DEATH: "critical",
    ReviewTrigger.CARD: "critical",
    ReviewTrigger.OVERRIDE: "warning",
    ReviewTrigger.EVIDENCE: "warning",
    ReviewTrigger.STEP: "warning",
    ReviewTrigger.TRANSFER: "info",
    ReviewTrigger.SUBTYPE: "info",
}
STATES = {
    SignOff.OPEN: _msg("nobody signed yet"),
    SignOff.SECOND: _msg("one signature, a second person is needed"),
    SignOff.DIFFER: _msg("two answers that differ: a joint verdict is needed"),
    SignOff.AGREED: _msg("closed: two people agree"),
}


def tag_of(case: ReviewCase) -> str:
    """The kind of reason in a word or two."""
    return translated(TAGS[ReviewTrigger(case.trigger)])


def style_of(case: ReviewCase) -> str:
    """The class of the tag."""
    return STYLES.get(ReviewTrigger(case.trigger), "")


def state_in_words(state: SignOff) -> str:
    """How far a case is."""
    return translated(STATES[state])


def reason_of(case: ReviewCase) -> str:
    """Why the case came up, in a sentence without names and days."""
    about, trigger = case.about, ReviewTrigger(case.trigger)
    if trigger is ReviewTrigger.SUBTYPE:
        return _subtype(about["subtype"], about["course"])
    if trigger in (ReviewTrigger.OVERRIDE, ReviewTrigger.EVIDENCE):
        why = name_of("override_reason", about["code"]) if about["code"] else _("no coded reason")
        return _("%(step)s not followed: %(why)s") % {"step": short_name_of("step", about["step"]), "why": why}
    if trigger is ReviewTrigger.CARD:
        told = {"rule": _alert(about["rule"], about["subject"]), "time": length_text(about["minutes"])}
        return _("%(rule)s: critical, and nobody answered for %(time)s") % told
    if trigger is ReviewTrigger.STEP:
        return _("%(step)s is indicated and was not started in time") % {"step": short_name_of("step", about["step"])}
    if trigger is ReviewTrigger.DEATH:
        return _("death: %(cause)s") % {"cause": name_of("cause_of_death", about["cause"] or "unknown")}
    if trigger is ReviewTrigger.TRANSFER:
        return _("transferred to another hospital")
    return _("drawn at random from the patients of a month")


def _subtype(subtype: str, course: str) -> str:
    if subtype:
        return _("the chart gives the subtype %(subtype)s for the first time") % {"subtype": subtype}
    return _("the course is settled for the first time: %(course)s") % {"course": name_of("course", course)}


def _alert(rule: str, subject: str) -> str:
    words = subject_text(rule, subject) if subject and rule != "INTERACTION" else ""
    return f"{rule_title(rule)} ({words})" if words else rule_title(rule)


def length_text(minutes: int) -> str:
    """A length of time: "45 min", "26 h", "4 d" from three days on."""
    if minutes < 60:
        return _("%(n)s min") % {"n": minutes}
    if minutes < 72 * 60:
        return _("%(n)s h") % {"n": round(minutes / 60)}
    return _("%(n)s d") % {"n": round(minutes / (24 * 60))}
