"""Which flowchart a site walks: two people choose it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0043_snooze_hours'),
    ]

    operations = [
        migrations.AddField(
            model_name='sitesettings',
            name='chart',
            field=models.CharField(blank=True, default='', max_length=60, verbose_name='flowchart in use'),
        ),
    ]
