"""Registration of the app."""

from django.apps import AppConfig


class AlgorithmConfig(AppConfig):
    """Algorithm, as Django knows it."""

    name = "algorithm"
    default_auto_field = "django.db.models.BigAutoField"
