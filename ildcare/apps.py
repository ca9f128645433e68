"""Registration of the app."""

import gc

from django.apps import AppConfig

# how often Python looks for cycles: at its own pace, a snapshot of thousands of facts, none of them in a cycle, takes
# nearly twice as long
SELDOM = (50_000, 10, 10)


class IldcareConfig(AppConfig):
    """Ildcare, as Django knows it."""

    name = "ildcare"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The product's own checks, and what a session begins with, are registered by being imported."""
        gc.set_threshold(*SELDOM)
        from ildcare.account import sessions  # noqa: F401 - for their effect
        from ildcare.evaluation import since_shown  # noqa: F401 - for their effect
        from ildcare.operations import checks, clock  # noqa: F401 - for their effect
