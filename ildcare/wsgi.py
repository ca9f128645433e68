"""The application as gunicorn serves it."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connections
from environ import Env

THREADS = 4  # of a web process, each of which needs one connection at a time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ildcare.settings")
application = get_wsgi_application()
# not in the settings: web processes only (Celery would close a pool after each task), and those of `up` are forked from
# a process that has read them
if Env().bool("ILDCARE_POOL", default=False):
    connections.settings["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": THREADS, "timeout": 10}

from ildcare.operations.clock import refuse_in_process  # noqa: E402 - reads the tables, so after the setup

refuse_in_process()
