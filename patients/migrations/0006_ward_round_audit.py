"""Visits are signed statements: append-only in the database itself. Everything of the round is audited; of drafts, which
are saved while somebody types, only that they changed.

TRUNCATE passes in a test database for its owner, as with the facts (`fact_refuse_change`).
"""

from django.db import migrations

WATCHED = """
CREATE TRIGGER visit_append_only BEFORE UPDATE OR DELETE ON patients_roundvisit
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER visit_never_truncated BEFORE TRUNCATE ON patients_roundvisit
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE patients_roundvisit ENABLE ALWAYS TRIGGER visit_append_only;
ALTER TABLE patients_roundvisit ENABLE ALWAYS TRIGGER visit_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON patients_roundvisit FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch(relation::regclass) FROM unnest(ARRAY[
    'patients_wardround', 'patients_roundvisit', 'patients_caretask', 'patients_savedview'
]) AS relation;
SELECT audit.watch('patients_rounddraft', ARRAY['note', 'plan']);
"""

UNDO = """
SELECT audit.unwatch(relation::regclass) FROM unnest(ARRAY[
    'patients_wardround', 'patients_roundvisit', 'patients_caretask', 'patients_savedview', 'patients_rounddraft'
]) AS relation;
DROP TRIGGER visit_append_only ON patients_roundvisit;
DROP TRIGGER visit_never_truncated ON patients_roundvisit;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_ward_round")]

    operations = [migrations.RunSQL(WATCHED, UNDO)]
