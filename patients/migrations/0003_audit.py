"""The audit log: written by triggers, so that no way of writing escapes it, and closed to the role the product runs as.

Schema `audit` belongs to a role nobody signs in with (`ildcare_audit`). Row triggers note insert, update and delete,
statement triggers note truncate; all fire even under replica settings. Each app's migration puts its tables under
watch with `SELECT audit.watch('app_table')`. Who, why and for whom comes from settings that the product makes
`LOCAL` to the transaction (`patients.audit`).
"""

from django.db import migrations

OWNER = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_audit') THEN
        CREATE ROLE ildcare_audit NOLOGIN;
        EXECUTE format('GRANT ildcare_audit TO %I', current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role ildcare_audit is missing: run ildcare/sql/roles.sql once as a database superuser';
END $$;
CREATE SCHEMA audit;
"""

LOG = """
CREATE TABLE audit.log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    txid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    db_user text NOT NULL,
    actor bigint,
    session text,
    request_id text,
    reason text,
    op text NOT NULL CHECK (op IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'READ')),
    table_name text NOT NULL,
    pk text,
    patient bigint,
    old jsonb,
    new jsonb
);
CREATE INDEX log_patient ON audit.log (patient, at);
CREATE INDEX log_at ON audit.log (at);
CREATE INDEX log_actor ON audit.log (actor, at);

CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only ever appended to: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER log_append_only BEFORE UPDATE OR DELETE ON audit.log FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER log_never_truncated BEFORE TRUNCATE ON audit.log FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
ALTER TABLE audit.log ENABLE ALWAYS TRIGGER log_append_only;
ALTER TABLE audit.log ENABLE ALWAYS TRIGGER log_never_truncated;
"""

# The context is read in place, not by a function of our own: that would cost ten times as much for each row.
# arguments of the row trigger: primary key column, patient column or '', then columns whose content stays out of the log
NOTES = """
CREATE FUNCTION audit.note_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    was jsonb;
    becomes jsonb;
    secret text;
BEGIN
    IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD); END IF;
    IF TG_OP <> 'DELETE' THEN becomes := to_jsonb(NEW); END IF;
    FOREACH secret IN ARRAY TG_ARGV[2:TG_NARGS - 1] LOOP
        IF becomes IS NOT NULL THEN
            becomes := becomes || jsonb_build_object(secret, CASE
                WHEN was -> secret IS DISTINCT FROM becomes -> secret THEN 'hidden, new' ELSE 'hidden' END);
        END IF;
        IF was IS NOT NULL THEN was := was || jsonb_build_object(secret, 'hidden'); END IF;
    END LOOP;
    INSERT INTO audit.log (db_user, actor, session, request_id, reason, op, table_name, pk, patient, old, new)
    VALUES (
        session_user, nullif(current_setting('ildcare.actor', true), '')::bigint,
        nullif(current_setting('ildcare.session', true), ''), nullif(current_setting('ildcare.request_id', true), ''),
        nullif(current_setting('ildcare.reason', true), ''), TG_OP, TG_TABLE_NAME, coalesce(becomes, was) ->> TG_ARGV[0],
        coalesce(
            coalesce(becomes, was) ->> nullif(TG_ARGV[1], ''), nullif(current_setting('ildcare.patient', true), '')
        )::bigint,
        was, becomes
    );
    RETURN NULL;
END $$;

CREATE FUNCTION audit.note_truncate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.log (db_user, actor, session, request_id, reason, op, table_name)
    VALUES (
        session_user, nullif(current_setting('ildcare.actor', true), '')::bigint,
        nullif(current_setting('ildcare.session', true), ''), nullif(current_setting('ildcare.request_id', true), ''),
        nullif(current_setting('ildcare.reason', true), ''), TG_OP, TG_TABLE_NAME
    );
    RETURN NULL;
END $$;

CREATE FUNCTION audit.note_read(
    actor bigint, session text, request_id text, patient bigint, what text, reason text
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO audit.log (db_user, actor, session, request_id, reason, op, table_name, pk, patient)
    VALUES (session_user, $1, nullif($2, ''), nullif($3, ''), nullif($6, ''), 'READ', $5, $4::text, $4)
$$;
"""

# runs with the rights of the caller: only the owner of a table can put it under watch
WATCH = """
CREATE FUNCTION audit.watch(target regclass, secrets text[] DEFAULT '{}') RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog AS $$
DECLARE
    key text := (
        SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indrelid = target AND indisprimary
    );
    patient text := CASE
        WHEN (SELECT relname FROM pg_class WHERE oid = target) = 'patients_patient' THEN 'id'
        WHEN EXISTS (
            SELECT FROM pg_attribute WHERE attrelid = target AND attname = 'patient_id' AND NOT attisdropped
        ) THEN 'patient_id'
        ELSE ''
    END;
    arguments text := (
        SELECT string_agg(quote_literal(argument), ', ') FROM unnest(ARRAY[key, patient] || secrets) AS argument
    );
BEGIN
    EXECUTE format('CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON %s
        FOR EACH ROW EXECUTE FUNCTION audit.note_row(%s)', target, arguments);
    EXECUTE format('CREATE TRIGGER audit_truncate AFTER TRUNCATE ON %s
        FOR EACH STATEMENT EXECUTE FUNCTION audit.note_truncate()', target);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER audit_row', target);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER audit_truncate', target);
END $$;

CREATE FUNCTION audit.unwatch(target regclass) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    EXECUTE format('DROP TRIGGER audit_row ON %s', target);
    EXECUTE format('DROP TRIGGER audit_truncate ON %s', target);
END $$;
"""

# who could put the trigger functions on a table of its own (a temporary one) could forge entries: migrations only
RIGHTS = """
REVOKE ALL ON audit.log FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE ALL ON audit.log FROM ildcare_app;
        GRANT SELECT ON audit.log TO ildcare_app;
        GRANT EXECUTE ON FUNCTION audit.note_read(bigint, text, text, bigint, text, text) TO ildcare_app;
    END IF;
    EXECUTE format('GRANT SELECT ON audit.log TO %I', current_user);
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA audit TO %I', current_user);
END $$;
"""

HAND_OVER = """
ALTER SCHEMA audit OWNER TO ildcare_audit;
ALTER TABLE audit.log OWNER TO ildcare_audit;
ALTER FUNCTION audit.refuse() OWNER TO ildcare_audit;
ALTER FUNCTION audit.note_row() OWNER TO ildcare_audit;
ALTER FUNCTION audit.note_truncate() OWNER TO ildcare_audit;
ALTER FUNCTION audit.note_read(bigint, text, text, bigint, text, text) OWNER TO ildcare_audit;
ALTER FUNCTION audit.watch(regclass, text[]) OWNER TO ildcare_audit;
ALTER FUNCTION audit.unwatch(regclass) OWNER TO ildcare_audit;
"""

# no patient, user or role data escapes; hidden columns are noted as changed, never copied
WATCHED = """
SELECT audit.watch('patients_user', ARRAY['password']);
SELECT audit.watch(relation::regclass) FROM unnest(ARRAY[
    'patients_user_groups', 'patients_user_user_permissions', 'auth_group', 'auth_group_permissions',
    'patients_ward', 'patients_wardmembership', 'patients_patient', 'patients_admission', 'patients_sitesettings',
    'patients_respiratoryonset', 'patients_diagnosis', 'patients_antibodyresult', 'patients_measurement',
    'patients_hrctreport', 'patients_finding', 'patients_medicationcourse', 'patients_histology',
    'patients_respiratorysupport', 'patients_judgement', 'patients_decision'
]) AS relation;
"""

UNDO = """
SELECT audit.unwatch(tgrelid::regclass) FROM pg_trigger WHERE tgname = 'audit_row';
DROP SCHEMA audit CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_facts_append_only"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [migrations.RunSQL(OWNER + LOG + NOTES + WATCH + RIGHTS + WATCHED + HAND_OVER, UNDO)]
