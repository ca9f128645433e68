"""The Celery application: tasks only say "evaluate now"; who waits for it stands in PostgreSQL."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ildcare.settings")
app = Celery("ildcare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)  # request and user of the nudge in the log lines of its task
app.autodiscover_tasks()


@worker_process_init.connect
def leave_alone_what_was_there(**_: Any) -> None:
    """What a process begins with stays: who looks for what an evaluation left (`ildcare.evaluation.sweep`) does not
    look through it each time."""
    gc.collect()
    gc.freeze()
