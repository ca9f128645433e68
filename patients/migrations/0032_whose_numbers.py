"""Whose numbers, in messages of a source, are record numbers of this hospital."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0031_printed_sheets'),
    ]

    operations = [
        migrations.AddField(
            model_name='source',
            name='authorities',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None, verbose_name='whose numbers'),
        ),
        migrations.AlterField(
            model_name='messagepart',
            name='state',
            field=models.CharField(choices=[('taken', 'taken'), ('unknown', 'nobody here has this number'), ('doubtful', 'almost the number of somebody here'), ('other_person', 'the number of somebody with another name, sex or birth date'), ('no_number', 'no record number'), ('several', 'more than one record number'), ('elsewhere', 'on no ward that is kept here'), ('asked', 'a person has to do it'), ('done', 'a person has looked')], max_length=12, verbose_name='state'),
        ),
    ]
