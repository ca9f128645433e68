"""Who is to judge is audited like everything of the round."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("patients", "0008_judgement_owner")]

    operations = [
        migrations.RunSQL(
            "SELECT audit.watch('patients_judgementowner'::regclass);",
            "SELECT audit.unwatch('patients_judgementowner'::regclass);",
        )
    ]
