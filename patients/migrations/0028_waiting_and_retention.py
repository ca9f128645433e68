"""Which results that wait are one; how long what was sent is kept as it came. The bytes of a table change once."""
import django.db.models.deletion
from django.db import migrations, models

# a document of a table is never deleted and changes in one way: its bytes go, and when is said
PRUNED_ONLY = r"""
DROP TRIGGER tabledocument_append_only ON patients_tabledocument;
CREATE FUNCTION tabledocument_only_pruned() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF OLD.pruned_at IS NULL AND NEW.pruned_at IS NOT NULL AND NEW.body IS NULL AND NEW.dictionary IS NULL
        AND NEW.id = OLD.id AND NEW.file_id = OLD.file_id
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'documents are append-only: UPDATE on % refused', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER tabledocument_append_only BEFORE DELETE ON patients_tabledocument
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER tabledocument_only_pruned BEFORE UPDATE ON patients_tabledocument
    FOR EACH ROW EXECUTE FUNCTION tabledocument_only_pruned();
ALTER TABLE patients_tabledocument ENABLE ALWAYS TRIGGER tabledocument_append_only;
ALTER TABLE patients_tabledocument ENABLE ALWAYS TRIGGER tabledocument_only_pruned;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        GRANT UPDATE (body, dictionary, pruned_at) ON patients_tabledocument TO ildcare_app;
    END IF;
END $$;
"""
NEVER_CHANGED = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE ON patients_tabledocument FROM ildcare_app;
    END IF;
END $$;
DROP TRIGGER tabledocument_only_pruned ON patients_tabledocument;
DROP TRIGGER tabledocument_append_only ON patients_tabledocument;
DROP FUNCTION tabledocument_only_pruned();
CREATE TRIGGER tabledocument_append_only BEFORE UPDATE OR DELETE ON patients_tabledocument
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE patients_tabledocument ENABLE ALWAYS TRIGGER tabledocument_append_only;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0027_tables'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='pruned_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='message pruned'),
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='keep_sent_days',
            field=models.PositiveIntegerField(blank=True, default=365, null=True, verbose_name='days for which messages and tables are kept as they came (empty: for ever)'),
        ),
        migrations.AddField(
            model_name='tabledocument',
            name='pruned_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='file pruned'),
        ),
        migrations.AddField(
            model_name='waitingresult',
            name='again',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.waitingresult'),
        ),
        migrations.AddField(
            model_name='waitingresult',
            name='result',
            field=models.CharField(blank=True, default='', editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name='waitingresult',
            name='status',
            field=models.CharField(blank=True, default='', editable=False, max_length=12, verbose_name='status'),
        ),
        migrations.AlterField(
            model_name='tabledocument',
            name='body',
            field=models.BinaryField(blank=True, null=True, verbose_name='as it came'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('refused__isnull', False)), fields=['-id'], name='message_refused'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('body__isnull', False)), fields=['received_at'], name='message_kept'),
        ),
        migrations.AddConstraint(
            model_name='sitesettings',
            constraint=models.CheckConstraint(condition=models.Q(('keep_sent_days', None), ('keep_sent_days__gte', 30), _connector='OR'), name='sitesettings_keeps_long_enough'),
        ),
        migrations.AddConstraint(
            model_name='tabledocument',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('body__isnull', False), ('pruned_at', None)), models.Q(('body', None), ('dictionary', None), ('pruned_at__isnull', False)), _connector='OR'), name='tabledocument_kept_or_pruned'),
        ),
        migrations.RunSQL(PRUNED_ONLY, NEVER_CHANGED),
    ]
