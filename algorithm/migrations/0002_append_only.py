"""Stored evaluations are append-only in the database itself, and their writing is audited (without the two long columns:
the row itself never changes, and its seal is in the audit log).

TRUNCATE passes in one place: a test database (its name starts with "test_"), by a session of the tables' owner, because
the test runner empties tables that way.
"""

from django.db import migrations

APPEND_ONLY = r"""
CREATE FUNCTION assessment_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\_%' AND pg_has_role(
        session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER'
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'assessments are append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER assessment_append_only BEFORE UPDATE OR DELETE ON algorithm_assessment
    FOR EACH ROW EXECUTE FUNCTION assessment_refuse_change();
CREATE TRIGGER assessment_never_truncated BEFORE TRUNCATE ON algorithm_assessment
    FOR EACH STATEMENT EXECUTE FUNCTION assessment_refuse_change();
ALTER TABLE algorithm_assessment ENABLE ALWAYS TRIGGER assessment_append_only;
ALTER TABLE algorithm_assessment ENABLE ALWAYS TRIGGER assessment_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON algorithm_assessment FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch('algorithm_assessment', ARRAY['inputs', 'output']);
"""

UNDO = """
SELECT audit.unwatch('algorithm_assessment');
DROP TRIGGER assessment_append_only ON algorithm_assessment;
DROP TRIGGER assessment_never_truncated ON algorithm_assessment;
DROP FUNCTION assessment_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("algorithm", "0001_initial")]

    operations = [migrations.RunSQL(APPEND_ONLY, UNDO)]
