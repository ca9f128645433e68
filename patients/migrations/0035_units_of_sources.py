"""In which unit a source sends what it sends without one; under which code a fact was sent, by which map."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


WATCHED = """
CREATE TRIGGER unitmeaning_append_only BEFORE UPDATE OR DELETE ON patients_unitmeaning
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER unitmeaning_never_truncated BEFORE TRUNCATE ON patients_unitmeaning
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE patients_unitmeaning ENABLE ALWAYS TRIGGER unitmeaning_append_only;
ALTER TABLE patients_unitmeaning ENABLE ALWAYS TRIGGER unitmeaning_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON patients_unitmeaning FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch('patients_unitmeaning');
"""
UNWATCHED = """
SELECT audit.unwatch('patients_unitmeaning');
DROP TRIGGER unitmeaning_append_only ON patients_unitmeaning;
DROP TRIGGER unitmeaning_never_truncated ON patients_unitmeaning;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0034_sent_at'),
    ]

    operations = [
        migrations.CreateModel(
            name='UnitMeaning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('system', models.CharField(blank=True, default='', max_length=100, verbose_name='table of codes')),
                ('code', models.CharField(max_length=100, verbose_name='code')),
                ('called', models.CharField(blank=True, default='', max_length=200, verbose_name='name')),
                ('target', models.CharField(max_length=40, verbose_name='test')),
                ('sent', models.CharField(blank=True, default='', max_length=60, verbose_name='unit as sent')),
                ('unit', models.CharField(max_length=40, verbose_name='unit')),
                ('reason', models.TextField(verbose_name='reason')),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
            ],
            options={
                'verbose_name': 'unit of a source',
                'verbose_name_plural': 'units of sources',
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='deliveredfact',
            name='code',
            field=models.CharField(blank=True, default='', max_length=100),
        ),
        migrations.AddField(
            model_name='deliveredfact',
            name='system',
            field=models.CharField(blank=True, default='', max_length=100),
        ),
        migrations.AddField(
            model_name='message',
            name='map_version',
            field=models.CharField(blank=True, default='', editable=False, max_length=60),
        ),
        migrations.AddIndex(
            model_name='deliveredfact',
            index=models.Index(condition=models.Q(('code', ''), _negated=True), fields=['code', 'system'], name='deliveredfact_of_code'),
        ),
        migrations.AddField(
            model_name='unitmeaning',
            name='by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='unitmeaning',
            name='source',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='units', to='patients.source'),
        ),
        migrations.AddIndex(
            model_name='unitmeaning',
            index=models.Index(fields=['source'], name='unitmeaning_of_source'),
        ),
        migrations.AddConstraint(
            model_name='unitmeaning',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('unit', ''), _negated=True), models.Q(('reason', ''), _negated=True)), name='unitmeaning_says_what_and_why'),
        ),
        migrations.RunSQL(WATCHED, UNWATCHED),
    ]
