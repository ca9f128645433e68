"""What arrived of a patient since a moment is found without reading all results of the patient."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0006_ward_round_audit")]

    operations = [
        migrations.AddIndex(
            model_name="measurement",
            index=models.Index(fields=["patient", "recorded_at"], name="measurement_received"),
        ),
    ]
