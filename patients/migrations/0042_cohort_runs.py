"""Runs on everybody of the site; the audit repeats nothing of what came out."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


WATCHED = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE DELETE, TRUNCATE ON patients_cohortrun FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch('patients_cohortrun', ARRAY['result']);
"""
UNWATCHED = "SELECT audit.unwatch('patients_cohortrun');"


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0041_not_known_ahead'),
    ]

    operations = [
        migrations.CreateModel(
            name='CohortRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('known_at', models.DateTimeField(verbose_name='with what was known at')),
                ('with_rules', models.BooleanField(default=False, verbose_name='try the rules on every record')),
                ('state', models.CharField(choices=[('running', 'is being worked out'), ('done', 'worked out'), ('cancelled', 'cancelled'), ('stopped', 'stopped')], default='running', max_length=10, verbose_name='state')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='persons')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='persons done')),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('why', models.TextField(blank=True, default='', verbose_name='why')),
                ('result', models.JSONField(blank=True, default=dict, verbose_name='result')),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='asked for')),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'run on the cohort',
                'verbose_name_plural': 'runs on the cohort',
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('done__lte', models.F('total'))), name='cohortrun_done_within_total'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='cohortrun_ended'), models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('state',), name='cohortrun_one_running')],
            },
        ),
        migrations.RunSQL(WATCHED, UNWATCHED),
    ]
