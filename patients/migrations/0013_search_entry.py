"""No two patients have one number but for case, width and blanks; and what a search looks for of each patient.

The entries of patients who are there already are made after the migration, as the running version folds names.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0012_number_key")]

    operations = [
        migrations.AlterField(
            "patient", "number_key", models.CharField(editable=False, max_length=800, unique=True), preserve_default=False
        ),
        migrations.AlterField(
            "patient", "number_core", models.CharField(db_index=True, editable=False, max_length=800)
        ),
        migrations.RemoveConstraint("patient", "patient_mrn_given"),
        migrations.AddConstraint(
            "patient",
            models.CheckConstraint(
                condition=models.Q(("mrn", ""), _negated=True) & models.Q(("number_key", ""), _negated=True),
                name="patient_mrn_given",
            ),
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "patient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="patients.patient",
                    ),
                ),
                ("text", models.TextField(editable=False)),
                (
                    "grams",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), editable=False, size=None
                    ),
                ),
                ("folding", models.CharField(editable=False, max_length=12)),
            ],
            options={
                "verbose_name": "search entry",
                "verbose_name_plural": "search entries",
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["grams"], name="searchentry_grams")],
            },
        ),
    ]
