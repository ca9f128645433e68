"""The page on which whoever looks after the product begins: is it alive, and what of the site waits for a person?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from ildcare.backup_state import state_of
from monitoring.canaries.silence import silence_of
from monitoring.models import SweepRun
from monitoring.queries import is_late, last_sweep
from monitoring.undelivered import is_stuck
from patients.access import permission
from patients.models import Source, User
from patients.queries import site_settings
from patients.requests import AuthenticatedHttpRequest
from patients.wording import listed, short_moment

LATE_AFTER = 2  # times the hours between two backups, after which one is missing [J]
DRILL_AGAIN = timedelta(days=90)  # after which restoring is to be tried again [J]


@dataclass(frozen=True, slots=True)
class State:
    """One thing that is well or not, what is the case, and the page on which something is done about it ("" none)."""

    name: str
    text: str
    well: bool
    page: str = ""


@require_safe
@permission("manage_site")
def site_home(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Whether the monitoring is alive, messages arrive and machines send; who may sign in. No patient is named."""
    run = last_sweep()
    request.last_sweep = run  # type: ignore[attr-defined]  # the frame of the page need not read it again
    people = User.objects.filter(is_active=True)
    return render(
        request,
        "ildcare/inbox/site_home.html",
        {
            "page": "site_home",
            "states": list(_states(run)),
            "people": people.count(),
            "without_role": people.filter(role="").count(),
            "without_ward": people.exclude(role="").exclude(role="administrator").filter(memberships=None).count(),
        },
    )


def _backups(now: datetime) -> Iterator[State]:
    """The last backup and the last drill; nothing in a trial that makes none."""
    if not (settings.BACKUP_TO or settings.PRODUCTION):
        return
    found = state_of(settings.BACKUP_DIR)
    late = found.last is None or now - found.last > timedelta(hours=LATE_AFTER * settings.BACKUP_HOURS)
    when = short_moment(found.last) if found.last else _("never")
    yield State(_("Backups"), _("last made %(when)s") % {"when": when}, not late)
    if found.drilled is None:
        yield State(_("Restoring"), _("never tried: manage.py drill"), well=False)
    else:
        words = _("tried %(when)s, the same in every row") if found.drill_passed else _("tried %(when)s, and failed")
        old = now - found.drilled > DRILL_AGAIN
        yield State(_("Restoring"), words % {"when": short_moment(found.drilled)}, found.drill_passed and not old)


def _states(run: SweepRun | None) -> Iterator[State]:
    now = timezone.now()
    yield from _backups(now)
    when = short_moment(run.finished_at) if run else _("never")
    yield State(_("Monitoring"), _("last ran %(when)s") % {"when": when}, not is_late(run, now))
    if run is None:
        return
    failing = run.failing  # type: ignore[attr-defined]  # see `last_sweep`
    text = ngettext("%(n)s evaluation keeps failing", "%(n)s evaluations keep failing", failing) % {"n": failing}
    yield State(_("Evaluations"), text if failing else _("none keeps failing"), not failing)
    silence = silence_of(run.canaries, now, site_settings().rule_choices.off)  # type: ignore[attr-defined]  # the same
    yield State(
        _("Rules"), _("could not be shown to work") if silence else _("shown to work"), not silence, "rule_list"
    )
    unsent = run.unsent  # type: ignore[attr-defined]  # the same
    stuck = is_stuck(unsent, now)
    arriving = _("not arriving since %(when)s") % {"when": short_moment(unsent)} if stuck else _("arriving")
    yield State(_("Messages"), arriving, not stuck, "delivery_list")
    silent = run.silent  # type: ignore[attr-defined]  # the same
    names = listed(title for title, _since in silent)
    known = Source.objects.count()
    told = ngettext("%(n)s machine known", "%(n)s machines known", known) % {"n": known}
    yield State(
        _("Machines"), _("silent: %(names)s") % {"names": names} if silent else told, not silent, "machine_list"
    )
    sent = run.sent  # type: ignore[attr-defined]  # the same
    asked = ngettext("%(n)s question waits for a clinician", "%(n)s questions wait for clinicians", sent) % {"n": sent}
    yield State(_("Arrivals"), asked if sent else _("no question waits"), True)
