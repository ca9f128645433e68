"""The roof: settings, services, and the pages that show several apps at once."""

from ildcare.celery import app as celery_app

__all__ = ["celery_app"]
