"""From which networks the listener takes messages of a source."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0037_movements_of_parts'),
    ]

    operations = [
        migrations.AddField(
            model_name='source',
            name='networks',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=50), blank=True, default=list, size=None, verbose_name='networks'),
        ),
    ]
