"""The ground floor: what is known of each patient."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class PatientsConfig(AppConfig):
    """Patients, their wards and the facts of their course."""

    name = "patients"
    verbose_name = _("Patients")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every connection tells the audit log who is writing."""
        from patients.audit import attribute_writes

        connection_created.connect(attribute_writes, dispatch_uid="patients.audit.attribute_writes")
