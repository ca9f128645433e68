"""The application as gunicorn serves it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ildcare.settings")
application = get_wsgi_application()

from ildcare.operations.clock import refuse_in_process  # noqa: E402 - reads the tables, so after the setup

refuse_in_process()
