"""Admissions, discharges and outcomes are facts: append-only and audited. Targets are numbers."""

from django.db import migrations

TABLES = ("patients_hospitaladmission", "patients_discharge", "patients_careoutcome")

ON_EACH = """
CREATE TRIGGER fact_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER fact_never_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER fact_chain BEFORE INSERT ON {table}
    FOR EACH ROW WHEN (NEW.version > 1) EXECUTE FUNCTION fact_check_chain();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER fact_append_only;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER fact_never_truncated;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER fact_chain;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch('{table}'::regclass);
"""

UNDO_EACH = """
SELECT audit.unwatch('{table}'::regclass);
DROP TRIGGER fact_append_only ON {table};
DROP TRIGGER fact_never_truncated ON {table};
DROP TRIGGER fact_chain ON {table};
"""

CHECKS = """
ALTER TABLE patients_medicationcourse ADD CONSTRAINT medicationcourse_target_is_number
    CHECK (target_high IS NULL OR target_high NOT IN ('NaN', 'Infinity', '-Infinity'));
"""

UNDO = "ALTER TABLE patients_medicationcourse DROP CONSTRAINT medicationcourse_target_is_number;"


class Migration(migrations.Migration):
    dependencies = [("patients", "0010_case_format_2")]

    operations = [
        *[migrations.RunSQL(ON_EACH.format(table=x), UNDO_EACH.format(table=x)) for x in TABLES],
        migrations.RunSQL(CHECKS, UNDO),
    ]
