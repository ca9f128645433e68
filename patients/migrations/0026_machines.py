"""Who may come as a machine: access tokens; and since when a source has been silent."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# of a token the audit repeats no digest
AUDITED = """
SELECT audit.watch('patients_accesstoken', ARRAY['digest']);
SELECT audit.watch('patients_accesstoken_wards');
"""
UNAUDITED = """
SELECT audit.unwatch('patients_accesstoken');
SELECT audit.unwatch('patients_accesstoken_wards');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0025_reasons_of_parts'),
    ]

    operations = [
        migrations.AddField(
            model_name='source',
            name='silent_after',
            field=models.DurationField(blank=True, null=True, verbose_name='silence that is too long'),
        ),
        migrations.AddField(
            model_name='source',
            name='silent_since',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='silent since'),
        ),
        migrations.CreateModel(
            name='AccessToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=100, verbose_name='title')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('hint', models.CharField(max_length=12, verbose_name='begins with')),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('send', 'send results and movements'), ('read', 'read records of its wards'), ('ask', 'ask what the chart says of facts that it brings')], max_length=10), size=None, verbose_name='rights')),
                ('addresses', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=50), blank=True, default=list, size=None, verbose_name='networks')),
                ('issued_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='issued')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='ends')),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='last used')),
                ('ended_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issued_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tokens', to='patients.source')),
                ('wards', models.ManyToManyField(blank=True, related_name='+', to='patients.ward', verbose_name='wards')),
            ],
            options={
                'verbose_name': 'access token',
                'verbose_name_plural': 'access tokens',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['source'], name='accesstoken_of_source')],
                'constraints': [models.CheckConstraint(condition=models.Q(('scopes', []), _negated=True), name='accesstoken_may_something'), models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gte', models.F('issued_at')), _connector='OR'), name='accesstoken_ends_after_issue')],
            },
        ),
        migrations.RunSQL(AUDITED, UNAUDITED),
    ]
