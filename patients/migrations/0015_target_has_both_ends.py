from __future__ import annotations

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """A CHECK passes where it says neither yes nor no: a target with one end only was let in."""

    dependencies = [("patients", "0014_moments_bounded")]

    operations = [
        migrations.RemoveConstraint("medicationcourse", "medicationcourse_target_upright"),
        migrations.AddConstraint(
            "medicationcourse",
            models.CheckConstraint(
                name="medicationcourse_target_upright",
                condition=Q(target_low__isnull=True, target_high__isnull=True)
                | (
                    Q(target_low__isnull=False, target_high__isnull=False)
                    & Q(target_low__gte=0, target_low__lt=F("target_high"))
                    & ~Q(target_timing="")
                ),
            ),
        ),
    ]
