"""Taking back a visit is a signed statement too: append-only in the database itself, and audited. Its moment, and that
of the data which a decision or judgement was made on, lie between 1900 and 2199 as every moment does.
"""

from django.db import migrations

WATCHED = """
CREATE TRIGGER taken_back_append_only BEFORE UPDATE OR DELETE ON patients_visittakenback
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER taken_back_never_truncated BEFORE TRUNCATE ON patients_visittakenback
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE patients_visittakenback ENABLE ALWAYS TRIGGER taken_back_append_only;
ALTER TABLE patients_visittakenback ENABLE ALWAYS TRIGGER taken_back_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON patients_visittakenback FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch('patients_visittakenback'::regclass);
"""

UNDO = """
SELECT audit.unwatch('patients_visittakenback'::regclass);
DROP TRIGGER taken_back_append_only ON patients_visittakenback;
DROP TRIGGER taken_back_never_truncated ON patients_visittakenback;
"""


MOMENTS = (("decision", "shown"), ("judgement", "shown"), ("visittakenback", "at"))
BOUND = """ALTER TABLE patients_{table} ADD CONSTRAINT {table}_{column}_bounded
    CHECK ({column} >= '1899-12-31 00:00+00' AND {column} < '2200-01-02 00:00+00');"""
UNBOUND = "ALTER TABLE patients_{table} DROP CONSTRAINT {table}_{column}_bounded;"


class Migration(migrations.Migration):
    dependencies = [("patients", "0019_what_was_shown")]

    operations = [
        migrations.RunSQL(WATCHED, UNDO),
        *(
            migrations.RunSQL(BOUND.format(table=table, column=column), UNBOUND.format(table=table, column=column))
            for table, column in MOMENTS
        ),
    ]
