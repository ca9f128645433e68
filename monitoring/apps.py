"""Registration of the app."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Monitoring, as Django knows it."""

    name = "monitoring"
    default_auto_field = "django.db.models.BigAutoField"
