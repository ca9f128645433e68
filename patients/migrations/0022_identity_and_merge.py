"""Corrections of an identity, merges of two records and what a merge carried over: append-only in the database itself,
and audited. Of a merge one thing may change, once: that it is taken back.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


APPENDED = ("patients_identitychange", "patients_mergedentry")
WATCHED = """
CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER {name}_never_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_append_only;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch('{table}'::regclass);
"""
UNWATCHED = """
SELECT audit.unwatch('{table}'::regclass);
DROP TRIGGER {name}_append_only ON {table};
DROP TRIGGER {name}_never_truncated ON {table};
"""

MERGE = r"""
CREATE FUNCTION merge_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    may_change text[] := ARRAY['taken_back_at', 'taken_back_by_id', 'taken_back_reason'];
BEGIN
    IF OLD.taken_back_at IS NULL AND to_jsonb(NEW) - may_change = to_jsonb(OLD) - may_change THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a merge is only taken back, once' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER merge_only_taken_back BEFORE UPDATE ON patients_recordmerge
    FOR EACH ROW EXECUTE FUNCTION merge_refuse_change();
CREATE TRIGGER merge_never_deleted BEFORE DELETE ON patients_recordmerge
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER merge_never_truncated BEFORE TRUNCATE ON patients_recordmerge
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE patients_recordmerge ENABLE ALWAYS TRIGGER merge_only_taken_back;
ALTER TABLE patients_recordmerge ENABLE ALWAYS TRIGGER merge_never_deleted;
ALTER TABLE patients_recordmerge ENABLE ALWAYS TRIGGER merge_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE DELETE, TRUNCATE ON patients_recordmerge FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch('patients_recordmerge'::regclass);
"""
UNMERGE = """
SELECT audit.unwatch('patients_recordmerge'::regclass);
DROP TRIGGER merge_only_taken_back ON patients_recordmerge;
DROP TRIGGER merge_never_deleted ON patients_recordmerge;
DROP TRIGGER merge_never_truncated ON patients_recordmerge;
DROP FUNCTION merge_refuse_change();
"""

MOMENTS = (("identitychange", "at"), ("recordmerge", "merged_at"), ("recordmerge", "taken_back_at"))
BOUND = """ALTER TABLE patients_{table} ADD CONSTRAINT {table}_{column}_bounded
    CHECK ({column} >= '1899-12-31 00:00+00' AND {column} < '2200-01-02 00:00+00');"""
UNBOUND = "ALTER TABLE patients_{table} DROP CONSTRAINT {table}_{column}_bounded;"


def named(text, table):
    """A statement for one table, its triggers called after the table."""
    return text.format(table=table, name=table.removeprefix("patients_"))


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0021_coming_and_going'),
    ]

    operations = [
        migrations.CreateModel(
            name='RecordMerge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('merged_at', models.DateTimeField(verbose_name='merged')),
                ('reason', models.TextField(verbose_name='reason')),
                ('newest', models.JSONField(default=dict, editable=False)),
                ('taken_back_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                ('taken_back_reason', models.TextField(blank=True, default='', verbose_name='reason')),
                ('absorbed', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absorptions', to='patients.patient', verbose_name='merged record')),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('kept', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to='patients.patient', verbose_name='kept record')),
                ('taken_back_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'merge of two records',
                'verbose_name_plural': 'merges of two records',
                'ordering': ['-merged_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='MergedEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('was', models.CharField(max_length=200)),
                ('into', models.CharField(max_length=200)),
                ('doubled', models.BooleanField(default=False)),
                ('merge', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='patients.recordmerge')),
            ],
            options={
                'verbose_name': 'entry of a merge',
                'verbose_name_plural': 'entries of merges',
            },
        ),
        migrations.CreateModel(
            name='IdentityChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='since')),
                ('source', models.CharField(default='form', max_length=40, verbose_name='source')),
                ('reason', models.TextField(blank=True, default='', verbose_name='reason')),
                ('before', models.JSONField(verbose_name='before')),
                ('after', models.JSONField(verbose_name='since then')),
                ('by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='identity_changes', to='patients.patient', verbose_name='patient')),
            ],
            options={
                'verbose_name': 'change of identity',
                'verbose_name_plural': 'changes of identity',
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(fields=['patient', 'at'], name='identitychange_of_patient')],
                'constraints': [models.CheckConstraint(condition=models.Q(('before', models.F('after')), _negated=True), name='identitychange_changes_something'), models.CheckConstraint(condition=models.Q(models.Q(('source', 'form'), _negated=True), models.Q(('by__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='identitychange_by_hand_says_why')],
            },
        ),
        migrations.AddConstraint(
            model_name='recordmerge',
            constraint=models.UniqueConstraint(condition=models.Q(('taken_back_at__isnull', True)), fields=('absorbed',), name='recordmerge_one_standing'),
        ),
        migrations.AddConstraint(
            model_name='recordmerge',
            constraint=models.CheckConstraint(condition=models.Q(('kept', models.F('absorbed')), _negated=True), name='recordmerge_two_records'),
        ),
        migrations.AddConstraint(
            model_name='recordmerge',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='recordmerge_says_why'),
        ),
        migrations.AddConstraint(
            model_name='recordmerge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('taken_back_at__isnull', True), ('taken_back_by__isnull', True), ('taken_back_reason', '')), models.Q(('taken_back_at__gte', models.F('merged_at')), ('taken_back_at__isnull', False), ('taken_back_by__isnull', False), models.Q(('taken_back_reason', ''), _negated=True)), _connector='OR'), name='recordmerge_taken_back_by_someone'),
        ),
        migrations.AddConstraint(
            model_name='mergedentry',
            constraint=models.UniqueConstraint(fields=('merge', 'kind', 'was'), name='mergedentry_once'),
        ),
        *(migrations.RunSQL(named(WATCHED, x), named(UNWATCHED, x)) for x in APPENDED),
        migrations.RunSQL(MERGE, UNMERGE),
        *(
            migrations.RunSQL(BOUND.format(table=table, column=column), UNBOUND.format(table=table, column=column))
            for table, column in MOMENTS
        ),
    ]
