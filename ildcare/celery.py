"""The Celery application: tasks only say "look now"; what is owed stands in PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ildcare.settings")
app = Celery("ildcare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
