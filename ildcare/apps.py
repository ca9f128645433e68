"""Registration of the app."""

from django.apps import AppConfig


class IldcareConfig(AppConfig):
    """Ildcare, as Django knows it."""

    name = "ildcare"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The product's own checks, and what a session begins with, are registered by being imported."""
        from ildcare.account import sessions  # noqa: F401 - for their effect
        from ildcare.evaluation import since_shown  # noqa: F401 - for their effect
        from ildcare.operations import checks, clock  # noqa: F401 - for their effect
