"""Drafts of sheets of values. Of a draft, which is saved while somebody types, only that it changed is audited."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0022_identity_and_merge")]

    operations = [
        migrations.CreateModel(
            name="SheetDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("page", models.CharField(max_length=64)),
                ("typed", models.JSONField(verbose_name="typed")),
                ("changed_at", models.DateTimeField(verbose_name="changed")),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "draft of a sheet",
                "verbose_name_plural": "drafts of sheets",
                "ordering": ["-changed_at", "-id"],
                "constraints": [models.UniqueConstraint(fields=("patient", "user", "page"), name="sheetdraft_once")],
            },
        ),
        migrations.RunSQL(
            "SELECT audit.watch('patients_sheetdraft', ARRAY['typed']);",
            "SELECT audit.unwatch('patients_sheetdraft'::regclass);",
        ),
    ]
