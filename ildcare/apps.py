"""Registration of the app."""

from django.apps import AppConfig


class IldcareConfig(AppConfig):
    """Ildcare, as Django knows it."""

    name = "ildcare"
    default_auto_field = "django.db.models.BigAutoField"
