"""Background tasks: ids only, and only "evaluate now". Losing every one of them delays, and loses nothing."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from ildcare.cohort.job import work_on_cohort
from ildcare.evaluation import canaries
from ildcare.evaluation import sweep as evaluation
from ildcare.evaluation.effect import work_out_effects
from ildcare.exchange.inbox import take_files
from ildcare.exchange.table_job import take_file, take_forgotten
from ildcare.notifying import sending
from ildcare.review.triggers import gather
from monitoring.notifying import prune_notifications
from patients.actions import note_silence, prune_sent, take_registered
from patients.queries import site_clock


@shared_task
def sweep() -> None:
    """Evaluate everybody who waits for an evaluation; everybody at all for the first time in a process."""
    evaluation.request_everybody_once()
    evaluation.sweep()


@shared_task
def try_canaries() -> None:
    """Try the canaries that are due: every rule's once a day."""
    canaries.try_due()


@shared_task
def take_arrivals() -> None:
    """Take what machines sent for numbers that were registered since."""
    take_registered()


@shared_task
def note_silences() -> None:
    """Note which machines have been silent for too long."""
    note_silence()


@shared_task
def prune_what_was_sent() -> None:
    """Let go of messages and tables that are older than the site keeps them as they came, and of what it sent."""
    prune_sent()
    prune_notifications()


@shared_task
def evaluate_patient(patient_id: int) -> None:
    """Evaluate one patient at once: the record changed. Others that wait are taken along."""
    evaluation.evaluate_changed(int(patient_id))


@shared_task
def take_table(file_id: int) -> None:
    """Take a table that somebody sent, one person after the other."""
    take_file(int(file_id))


@shared_task
def take_tables() -> None:
    """Go on with tables that a process left."""
    take_forgotten()


@shared_task
def work_out_rule_effects() -> None:
    """Replay the last 90 days for changes of the rules that wait for it."""
    work_out_effects()


@shared_task
def gather_cases() -> None:
    """Open a case to review for whatever led to none yet."""
    with site_clock():
        gather(timezone.now())


@shared_task
def take_inbox() -> None:
    """Take what machines put down in the watched folder."""
    if settings.INBOX is not None:
        take_files(settings.INBOX)


@shared_task
def send_notifications() -> None:
    """Send what was announced and is due; in a process of its own."""
    sending.send_notifications()


@shared_task
def work_on_cohorts() -> None:
    """One slice of the run on the cohort that was asked for."""
    work_on_cohort()
