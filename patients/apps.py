"""The ground floor: what is known of each patient."""

from typing import Any

from django.apps import AppConfig
from django.apps.registry import Apps
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PatientsConfig(AppConfig):
    """Patients, their wards and the facts of their course."""

    name = "patients"
    verbose_name = _("Patients")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every connection tells the audit log who is writing and reads every time that stands in the database.

        After an update everybody is found as it folds names.
        """
        from patients.audit import attribute_writes
        from patients.loading import read_every_time

        connection_created.connect(attribute_writes, dispatch_uid="patients.audit.attribute_writes")
        connection_created.connect(read_every_time, dispatch_uid="patients.loading.read_every_time")
        post_migrate.connect(fold_after_migration, sender=self, dispatch_uid="patients.apps.fold_after_migration")


def fold_after_migration(*, apps: Apps | None = None, **_: Any) -> None:
    """Receiver of `post_migrate`: search entries of another folding, or none, are made anew.

    Not in a database that was taken back to a version without them.
    """
    if apps is not None and "searchentry" not in apps.all_models["patients"]:
        return
    from patients.actions import fold_anew

    fold_anew()
