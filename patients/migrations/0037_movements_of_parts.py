"""Which movement a part of a message tells, and when it happened."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0036_values_of_almost_a_number'),
    ]

    operations = [
        migrations.AddField(
            model_name='messagepart',
            name='event',
            field=models.CharField(blank=True, default='', editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='messagepart',
            name='moved_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
