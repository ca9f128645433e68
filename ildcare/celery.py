"""The Celery application: tasks only say "evaluate now"; who waits for it stands in PostgreSQL."""

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ildcare.settings")
app = Celery("ildcare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)  # request and user of the nudge in the log lines of its task
app.autodiscover_tasks()
