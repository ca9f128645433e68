"""Events of alerts are only ever appended; alerts, their events and what was examined are under the eyes of the audit.

TRUNCATE passes in one place: a test database (its name starts with "test_"), by a session of the tables' owner, because
the test runner empties tables that way.
"""

from django.db import migrations

APPEND_ONLY = r"""
CREATE FUNCTION alertevent_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\_%' AND pg_has_role(
        session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER'
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the history of alerts is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER alertevent_append_only BEFORE UPDATE OR DELETE ON monitoring_alertevent
    FOR EACH ROW EXECUTE FUNCTION alertevent_refuse_change();
CREATE TRIGGER alertevent_never_truncated BEFORE TRUNCATE ON monitoring_alertevent
    FOR EACH STATEMENT EXECUTE FUNCTION alertevent_refuse_change();
ALTER TABLE monitoring_alertevent ENABLE ALWAYS TRIGGER alertevent_append_only;
ALTER TABLE monitoring_alertevent ENABLE ALWAYS TRIGGER alertevent_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON monitoring_alertevent FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch('monitoring_alert');
SELECT audit.watch('monitoring_alertevent');
"""

UNDO = """
SELECT audit.unwatch('monitoring_alert');
SELECT audit.unwatch('monitoring_alertevent');
DROP TRIGGER alertevent_append_only ON monitoring_alertevent;
DROP TRIGGER alertevent_never_truncated ON monitoring_alertevent;
DROP FUNCTION alertevent_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial"), ("patients", "0003_audit")]

    operations = [migrations.RunSQL(APPEND_ONLY, UNDO)]
