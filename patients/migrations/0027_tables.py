"""Tables that people send: mappings by name, files as they came, and how far each was taken."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


APPENDED = ("tablemapping", "tabledocument", "tablepart")
WATCHED = """
CREATE TRIGGER {0}_append_only BEFORE UPDATE OR DELETE ON patients_{0}
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER {0}_never_truncated BEFORE TRUNCATE ON patients_{0}
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE patients_{0} ENABLE ALWAYS TRIGGER {0}_append_only;
ALTER TABLE patients_{0} ENABLE ALWAYS TRIGGER {0}_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON patients_{0} FROM ildcare_app;
    END IF;
END $$;
"""
UNWATCHED = """
DROP TRIGGER {0}_append_only ON patients_{0};
DROP TRIGGER {0}_never_truncated ON patients_{0};
"""
# of the bytes of a file, which its table holds, the audit repeats none
AUDITED = """
SELECT audit.watch('patients_tabledocument', ARRAY['body', 'dictionary']);
SELECT audit.watch(relation::regclass) FROM unnest(ARRAY[
    'patients_tablemapping', 'patients_tablefile', 'patients_tablepart'
]) AS relation;
"""
UNAUDITED = """
SELECT audit.unwatch(relation::regclass) FROM unnest(ARRAY[
    'patients_tabledocument', 'patients_tablemapping', 'patients_tablefile', 'patients_tablepart'
]) AS relation;
"""



class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0026_machines'),
    ]

    operations = [
        migrations.CreateModel(
            name='TableFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='file')),
                ('digest', models.CharField(max_length=64)),
                ('content', models.JSONField(blank=True, null=True, verbose_name='mapping')),
                ('state', models.CharField(choices=[('sent', 'to be mapped'), ('mapped', 'to be taken'), ('taking', 'is being taken'), ('done', 'taken'), ('cancelled', 'cancelled'), ('stopped', 'stopped')], default='sent', max_length=10, verbose_name='state')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='persons')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='persons taken')),
                ('lines', models.PositiveIntegerField(default=0, verbose_name='lines')),
                ('refused', models.PositiveIntegerField(default=0, verbose_name='refused lines')),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('why', models.TextField(blank=True, default='', verbose_name='why')),
                ('sent_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='sent')),
                ('begun_at', models.DateTimeField(blank=True, null=True)),
                ('touched_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.source')),
            ],
            options={
                'verbose_name': 'table',
                'verbose_name_plural': 'tables',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='TableDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('body', models.BinaryField(verbose_name='as it came')),
                ('dictionary', models.BinaryField(blank=True, null=True, verbose_name='data dictionary')),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='document', to='patients.tablefile')),
            ],
            options={
                'verbose_name': 'document of a table',
                'verbose_name_plural': 'documents of tables',
            },
        ),
        migrations.CreateModel(
            name='TableMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('content', models.JSONField(verbose_name='mapping')),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'mapping of a table',
                'verbose_name_plural': 'mappings of tables',
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='tablefile',
            name='mapping',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.tablemapping'),
        ),
        migrations.CreateModel(
            name='TablePart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField()),
                ('repeated', models.BooleanField(default=False)),
                ('file', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='patients.tablefile')),
                ('message', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.message')),
            ],
            options={
                'verbose_name': 'part of a table',
                'verbose_name_plural': 'parts of tables',
            },
        ),
        migrations.AddIndex(
            model_name='tablemapping',
            index=models.Index(fields=['name', '-id'], name='tablemapping_of_name'),
        ),
        migrations.AddConstraint(
            model_name='tablemapping',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='tablemapping_named'),
        ),
        migrations.AddIndex(
            model_name='tablefile',
            index=models.Index(fields=['by', '-id'], name='tablefile_of_sender'),
        ),
        migrations.AddIndex(
            model_name='tablefile',
            index=models.Index(condition=models.Q(('state', 'taking')), fields=['touched_at'], name='tablefile_going_on'),
        ),
        migrations.AddConstraint(
            model_name='tablefile',
            constraint=models.CheckConstraint(condition=models.Q(('done__lte', models.F('total'))), name='tablefile_done_within_total'),
        ),
        migrations.AddConstraint(
            model_name='tablepart',
            constraint=models.UniqueConstraint(fields=('file', 'place'), name='tablepart_once'),
        ),
        *(migrations.RunSQL(WATCHED.format(x), UNWATCHED.format(x)) for x in APPENDED),
        migrations.RunSQL(AUDITED, UNAUDITED),
    ]
