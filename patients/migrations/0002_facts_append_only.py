"""Facts are append-only in the database itself: no role changes or removes a row, not even the owner of the tables.

TRUNCATE is possible in one place: a test database (its name starts with "test_"), by a session of the tables' owner,
because the test runner empties tables that way. A deletion that retention demands would be a migration of its own.
"""

from django.db import migrations

FACTS = (
    "patients_respiratoryonset",
    "patients_diagnosis",
    "patients_antibodyresult",
    "patients_measurement",
    "patients_hrctreport",
    "patients_finding",
    "patients_medicationcourse",
    "patients_histology",
    "patients_respiratorysupport",
    "patients_judgement",
    "patients_decision",
)

# the role that web and workers run as owns nothing: it reads and writes rows of the tables of today and tomorrow
RUNTIME_ROLE = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ildcare_app;
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ildcare_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ildcare_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ildcare_app;
    END IF;
END $$;
"""

FUNCTIONS = r"""
CREATE FUNCTION fact_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\_%' AND pg_has_role(
        session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER'
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'facts are append-only: % on % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION fact_check_chain() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    found_it boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM %s WHERE id = $1 AND patient_id = $2 AND identity = $3 AND version = $4)',
        TG_RELID::regclass
    ) INTO found_it USING NEW.replaces_id, NEW.patient_id, NEW.identity, NEW.version - 1;
    IF NOT found_it THEN
        RAISE EXCEPTION 'a version replaces the version before it, of the same fact and patient'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

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
"""

# NaN passes every comparison from above; the last day given is a site day, at most one day before the UTC day
CHECKS = """
ALTER TABLE patients_measurement ADD CONSTRAINT measurement_value_is_number
    CHECK (value IS NULL OR value NOT IN ('NaN', 'Infinity', '-Infinity'));
ALTER TABLE patients_medicationcourse ADD CONSTRAINT medicationcourse_dose_is_number
    CHECK (dose IS NULL OR dose NOT IN ('NaN', 'Infinity', '-Infinity'));
ALTER TABLE patients_medicationcourse ADD CONSTRAINT medicationcourse_stops_after_start
    CHECK (stop IS NULL OR stop >= ("on" AT TIME ZONE 'UTC')::date - 1);
"""

UNDO_EACH = """
DROP TRIGGER fact_append_only ON {table};
DROP TRIGGER fact_never_truncated ON {table};
DROP TRIGGER fact_chain ON {table};
"""

UNDO = """
ALTER TABLE patients_medicationcourse DROP CONSTRAINT medicationcourse_stops_after_start;
ALTER TABLE patients_medicationcourse DROP CONSTRAINT medicationcourse_dose_is_number;
ALTER TABLE patients_measurement DROP CONSTRAINT measurement_value_is_number;
DROP FUNCTION fact_refuse_change();
DROP FUNCTION fact_check_chain();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM ildcare_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM ildcare_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial")]

    operations = [
        migrations.RunSQL(
            RUNTIME_ROLE + FUNCTIONS + "".join(ON_EACH.format(table=table) for table in FACTS) + CHECKS,
            "".join(UNDO_EACH.format(table=table) for table in FACTS) + UNDO,
        )
    ]
