"""What was sent under almost the number of somebody here, so that a grave value is told."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0035_units_of_sources'),
    ]

    operations = [
        migrations.AddField(
            model_name='messagepart',
            name='grave',
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
    ]
