"""Registration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MonitoringConfig(AppConfig):
    """What went wrong, and what is late."""

    name = "monitoring"
    verbose_name = _("Monitoring")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A changed record nudges its evaluation."""
        from monitoring.receivers import nudge_on_commit
        from patients.signals import record_changed

        record_changed.connect(nudge_on_commit, dispatch_uid="monitoring.nudge_on_commit")
