"""Registration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MonitoringConfig(AppConfig):
    """What went wrong, and what is late."""

    name = "monitoring"
    verbose_name = _("Monitoring")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A changed record nudges its evaluation; one that was merged ends its alerts."""
        from monitoring.receivers import end_alerts, nudge_on_commit, return_alerts
        from patients.signals import record_absorbed, record_changed, record_returned

        record_changed.connect(nudge_on_commit, dispatch_uid="monitoring.nudge_on_commit")
        record_absorbed.connect(end_alerts, dispatch_uid="monitoring.end_alerts")
        record_returned.connect(return_alerts, dispatch_uid="monitoring.return_alerts")
