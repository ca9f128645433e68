"""How long an alert can wait: a choice of the site."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0042_cohort_runs'),
    ]

    operations = [
        migrations.AddField(
            model_name='sitesettings',
            name='snooze_critical_hours',
            field=models.PositiveSmallIntegerField(default=4, verbose_name='hours for which a critical alert can wait at most'),
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='snooze_warning_hours',
            field=models.PositiveSmallIntegerField(default=24, verbose_name='hours for which another alert can wait at most'),
        ),
        migrations.AddConstraint(
            model_name='sitesettings',
            constraint=models.CheckConstraint(condition=models.Q(('snooze_critical_hours__range', (1, 12)), ('snooze_warning_hours__range', (1, 72))), name='sitesettings_snooze_bounded'),
        ),
    ]
