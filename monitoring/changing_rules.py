"""Changing the rules of the site: proposed by one person, tried beside the rules in force, put in force by another.

A change is measured before anybody decides (the last 90 days replayed), then judged in silence for a while, then in
force. Back to the version before is one step, which one person may take: two had put that one in force (decision 0085).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from monitoring.comparing import affected
from monitoring.engine import Examination, Severity
from monitoring.lifecycle import Key
from monitoring.models import RuleChange, ShadowDifference
from monitoring.rule_change import OPEN, ChangeState
from monitoring.rules import BY_CODE, RULES, SITE_VALUES
from patients.actions import change_site_settings
from patients.changes import Refused, attributed_to
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Term, _, reason
from patients.clinical.snapshot import RuleChoices
from patients.models import SiteSettings, User
from patients.models.site import rule_choices

TRIAL = timedelta(hours=24)  # at least, beside the rules in force [J]

NO_NUMBER = _("There is no such number of a rule.")
NO_KIT = _("The catalogue does not know this kit.")
NO_RULE = _("There is no such rule.")
BOUNDS = _("%(name)s: from %(least)s to %(most)s may be chosen, not %(value)s.")
WHOLE = _("%(name)s: only whole numbers may be chosen, not %(value)s.")
NOTHING = _("Nothing would change.")
NO_REASON = _("A change needs a reason.")
ONE_AT_A_TIME = _("Another change is open: it is put in force or withdrawn first.")
CHANGED_MEANWHILE = _("The rules in force have changed since this page was shown. Look again.")
A_SECOND = _("It takes two people: whoever proposed a change does not decide on it.")
NO_EFFECT_YET = _("The effect on the last 90 days is not worked out yet.")
TOO_SOON = _("On trial since %(since)s: it can be put in force 24 hours later.")
NOT_OPEN = _("This change is no longer open.")
NOTHING_BEFORE = _("The numbers of the specification are in force: there is no version before.")


def in_force() -> RuleChange | None:
    """The version in force; None where it is the specification."""
    return RuleChange.objects.filter(state=ChangeState.LIVE).first()


def propose(
    *, by: User, values: Mapping[str, Decimal], off: Iterable[str], reason_given: str, seen: int | None
) -> RuleChange:
    """Propose these numbers (those that differ from the specification's) and these rules switched off.

    seen: the version in force that the proposer was shown. Raises Refused.
    """
    wanted = {code: value for code, value in values.items() if not _is_default(code, value)}
    switched = sorted(set(off))
    faults = [x for code, value in wanted.items() if (x := _fault(code, value))]
    faults += [reason(NO_RULE) for x in switched if x not in BY_CODE]
    stored = {code: str(value) for code, value in sorted(wanted.items())}
    with _proposing(by, reason_given, faults, seen) as live:
        if not affected(RULES, live.choices if live else RuleChoices(), rule_choices(stored, switched)):
            raise Refused(NOTHING)
        return _proposed(by, reason_given, values=stored, off=switched)


def propose_site(*, by: User, choices: Mapping[str, Any], reason_given: str, seen: int | None) -> RuleChange:
    """Propose other choices of the site (`SITE_CHOICES`, all of them); rules stay as they are in force.

    seen: the version in force that the proposer was shown. Raises Refused.
    """
    faults = []
    if choices["mda5_kit"] and choices["mda5_kit"] not in MEASUREMENTS["mda5_titre"].kits:
        faults.append(reason(NO_KIT))
    wanted = {x: str(value) if isinstance(value, Decimal) else value for x, value in choices.items()}
    with _proposing(by, reason_given, faults, seen) as live:
        if _same(wanted, SiteSettings.load().choices):
            raise Refused(NOTHING)
        kept: dict[str, Any] = {"values": live.values, "off": live.off} if live else {"values": {}, "off": []}
        return _proposed(by, reason_given, site=wanted, **kept)


def note_effect(change: RuleChange, effect: Mapping[str, Any]) -> None:
    """Keep what the last 90 days would have been like."""
    RuleChange.objects.filter(pk=change.pk, state=ChangeState.PROPOSED).update(effect=effect, effect_at=timezone.now())


def begin_trial(change: RuleChange, *, by: User) -> RuleChange:
    """Let a second person have the change judged beside the rules in force, told to nobody. Raises Refused."""
    with transaction.atomic(), attributed_to(by):
        change = _open(change, ChangeState.PROPOSED, by)
        if change.effect_at is None:
            raise Refused(NO_EFFECT_YET)
        change.state, change.shadow_at, change.shadow_by = ChangeState.SHADOW, timezone.now(), by
        change.save()
        on_trial = {"change": change.pk, "values": change.values, "off": change.off, "site": change.site}
        _settle(by, rules_on_trial=on_trial)
    return change


def put_in_force(change: RuleChange, *, by: User) -> RuleChange:
    """Let a second person put in force what was on trial for 24 hours. Everybody is evaluated anew. Raises Refused."""
    now = timezone.now()
    with transaction.atomic(), attributed_to(by):
        change = _open(change, ChangeState.SHADOW, by)
        if change.shadow_at is None or now < change.shadow_at + TRIAL:
            raise Refused(reason(TOO_SOON, since=change.shadow_at or now))
        change.former = _replace_live(now, by)
        change.state, change.live_at, change.live_by = ChangeState.LIVE, now, by
        change.site_before = SiteSettings.load().choices if change.site else {}
        change.save()
        _end_trial(change, now)
        _settle(by, rule_values=change.values, rules_off=change.off, rules_on_trial=None, **change.site)
    return change


def withdraw(change: RuleChange, *, by: User) -> RuleChange:
    """Take back what is open: anybody who may change rules may. Raises Refused."""
    now = timezone.now()
    with transaction.atomic(), attributed_to(by):
        change = RuleChange.objects.select_for_update().get(pk=change.pk)
        if change.state not in OPEN:
            raise Refused(NOT_OPEN)
        on_trial = change.state == ChangeState.SHADOW
        change.state, change.ended_at, change.ended_by = ChangeState.WITHDRAWN, now, by
        change.save()
        _end_trial(change, now)
        if on_trial:
            _settle(by, rules_on_trial=None)
    return change


def go_back(*, by: User, reason_given: str, seen: int) -> RuleChange:
    """Put the version before in force again, in one step and by one person. Raises Refused.

    seen: the version in force that the person was shown. A change that is open ends: its effect was measured beside
    rules that are in force no longer.
    """
    if not reason_given.strip():
        raise Refused(NO_REASON)
    now = timezone.now()
    with transaction.atomic(), attributed_to(by):
        live = RuleChange.objects.select_for_update().filter(state=ChangeState.LIVE).first()
        if live is None:
            raise Refused(NOTHING_BEFORE)
        if live.pk != seen:
            raise Refused(CHANGED_MEANWHILE)
        before = live.former
        _replace_live(now, by)
        for waiting in RuleChange.objects.select_for_update().filter(state__in=OPEN):
            waiting.state, waiting.ended_at, waiting.ended_by = ChangeState.WITHDRAWN, now, by
            waiting.save()
            _end_trial(waiting, now)
        stored: dict[str, Any] = {"values": before.values, "off": before.off} if before else {"values": {}, "off": []}
        change = RuleChange.objects.create(
            **stored,
            site=live.site_before,
            site_before=live.site,
            state=ChangeState.LIVE,
            reason=reason_given.strip(),
            proposed_by=by,
            proposed_at=now,
            live_by=by,
            live_at=now,
            former=live,
            returns=True,
        )
        _settle(by, rule_values=change.values, rules_off=change.off, rules_on_trial=None, **change.site)
    return change


# -- on trial ---------------------------------------------------------------------------------------------------------

Severities = Mapping[Key, Severity]


def severities_of(examination: Examination, codes: Iterable[str]) -> dict[Key, Severity]:
    """What an examination tells by some rules: the severity by rule and subject."""
    wanted = set(codes)
    return {x.key: x.severity for x in examination.issues if x.rule in wanted}


def note_trial(change: int, found: Mapping[int, tuple[Severities, Severities]], now: datetime) -> None:
    """Keep what rules on trial tell otherwise than those in force, by patient: (in force, on trial). Two statements
    where nothing changed."""
    standing: dict[tuple[int, Key], ShadowDifference] = {
        (x.patient_id, (x.rule, x.subject)): x
        for x in ShadowDifference.objects.filter(change=change, patient__in=list(found), until=None)
    }
    new: list[ShadowDifference] = []
    over: list[int] = []
    for patient, (live, trial) in found.items():
        differing = {x: (live.get(x), trial.get(x)) for x in {*live, *trial} if live.get(x) != trial.get(x)}
        for key, both in differing.items():
            held = standing.pop((patient, key), None)
            if held is not None and (held.live_severity, held.severity) == both:
                continue
            over += [held.pk] if held else []
            rule, subject = key
            new.append(
                ShadowDifference(
                    change_id=change,
                    patient_id=patient,
                    rule=rule,
                    subject=subject,
                    live_severity=both[0],
                    severity=both[1],
                    since=now,
                )
            )
    over += [x.pk for x in standing.values()]
    if over:
        ShadowDifference.objects.filter(pk__in=over).update(until=now)
    ShadowDifference.objects.bulk_create(new)


def note_broken_trial(change: int, count: int) -> None:
    """Count evaluations that broke by the rules on trial: what they would tell of these patients is not known."""
    RuleChange.objects.filter(pk=change).update(trial_failures=F("trial_failures") + count)


# -- inside -----------------------------------------------------------------------------------------------------------


@contextmanager
def _proposing(by: User, reason_given: str, faults: list[Any], seen: int | None) -> Iterator[RuleChange | None]:
    """The version in force, locked, where nothing speaks against a proposal. Raises Refused."""
    if not reason_given.strip():
        faults.append(reason(NO_REASON))
    if faults:
        raise Refused(*faults)
    with transaction.atomic(), attributed_to(by):
        live = RuleChange.objects.select_for_update().filter(state=ChangeState.LIVE).first()
        if (live.pk if live else None) != seen:
            raise Refused(CHANGED_MEANWHILE)
        if RuleChange.objects.filter(state__in=OPEN).exists():
            raise Refused(ONE_AT_A_TIME)
        yield live


def _proposed(by: User, reason_given: str, **chosen: Any) -> RuleChange:
    return RuleChange.objects.create(**chosen, reason=reason_given.strip(), proposed_by=by, proposed_at=timezone.now())


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Are the choices the same? A limit is the same number however many digits it was typed with."""
    return all(
        Decimal(one[x]) == Decimal(other[x]) if x == "bilirubin_upper_limit" else one[x] == other[x] for x in one
    )


def _is_default(code: str, value: Decimal) -> bool:
    return code in SITE_VALUES and SITE_VALUES[code].default == value


def _fault(code: str, value: Decimal) -> Any:
    known = SITE_VALUES.get(code)
    if known is None:
        return reason(NO_NUMBER)
    if known.fits(value):
        return None
    if known.whole and value != value.to_integral_value():
        return reason(WHOLE, name=Term(known.name), value=value)
    return reason(BOUNDS, name=Term(known.name), least=known.least, most=known.most, value=value)


def _open(change: RuleChange, state: ChangeState, by: User) -> RuleChange:
    """The change, locked, in a state in which a second person may go on with it."""
    change = RuleChange.objects.select_for_update().get(pk=change.pk)
    if change.state != state:
        raise Refused(NOT_OPEN)
    if change.proposed_by_id == by.pk:
        raise Refused(A_SECOND)
    return change


def _replace_live(now: datetime, by: User) -> RuleChange | None:
    live = RuleChange.objects.select_for_update().filter(state=ChangeState.LIVE).first()
    if live is not None:
        live.state, live.ended_at, live.ended_by = ChangeState.REPLACED, now, by
        live.save()
    return live


def _end_trial(change: RuleChange, now: datetime) -> None:
    ShadowDifference.objects.filter(change=change, until=None).update(until=now)


def _settle(by: User, **changes: Any) -> None:
    """Write what the evaluation reads, and have everybody evaluated anew."""
    change_site_settings(by=by, expected_version=SiteSettings.load().version, **changes)
