-- What no model can say: facts and signed statements are append-only, the audit log is written by triggers, days,
-- times and numbers have bounds. Run once, after the tables are made (0001_squashed_0023).
--
-- TRUNCATE passes in one place: a test database (its name starts with "test_"), by a session of the tables' owner,
-- because the test runner empties tables that way. A deletion that retention demands would be a migration of its own.

-- The runtime role: web and workers own nothing, they read and write rows of the tables of today and tomorrow.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ildcare_app;
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ildcare_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ildcare_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ildcare_app;
    END IF;
END $$;

-- Facts are append-only: no role changes or removes a row, not even the owner of the tables.
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

DO $$
DECLARE
    target text;
    called text;
BEGIN
    FOR target, called IN SELECT 'patients_' || name, trigger FROM (VALUES
        ('respiratoryonset', 'fact'), ('diagnosis', 'fact'), ('antibodyresult', 'fact'), ('measurement', 'fact'),
        ('hrctreport', 'fact'), ('finding', 'fact'), ('medicationcourse', 'fact'), ('histology', 'fact'),
        ('respiratorysupport', 'fact'), ('judgement', 'fact'), ('decision', 'fact'), ('hospitaladmission', 'fact'),
        ('discharge', 'fact'), ('careoutcome', 'fact'),
        -- signed statements, steps of stays, corrected identities
        ('roundvisit', 'visit'), ('visittakenback', 'taken_back'), ('stayevent', 'stay'),
        ('identitychange', 'identitychange'), ('mergedentry', 'mergedentry')
    ) AS appended (name, trigger) LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I
            FOR EACH ROW EXECUTE FUNCTION fact_refuse_change()', called || '_append_only', target);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change()', called || '_never_truncated', target);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', target, called || '_append_only');
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', target, called || '_never_truncated');
        IF called = 'fact' THEN
            EXECUTE format('CREATE TRIGGER fact_chain BEFORE INSERT ON %I
                FOR EACH ROW WHEN (NEW.version > 1) EXECUTE FUNCTION fact_check_chain()', target);
            EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER fact_chain', target);
        END IF;
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM ildcare_app', target);
        END IF;
    END LOOP;
END $$;

-- of a merge one thing may change, once: that it is taken back
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
-- The audit log. Schema `audit` belongs to a role nobody signs in with (`ildcare_audit`). Row triggers note insert,
-- update and delete, statement triggers note truncate; all fire even under replica settings. Who, why and for whom
-- comes from settings that the product makes LOCAL to the transaction (patients/audit.py).
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_audit') THEN
        CREATE ROLE ildcare_audit NOLOGIN;
        EXECUTE format('GRANT ildcare_audit TO %I', current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role ildcare_audit is missing: run ildcare/sql/roles.sql once as a database superuser';
END $$;
CREATE SCHEMA audit;
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
-- The context is read in place, not by a function of our own: that would cost ten times as much for each row.
-- Arguments of the row trigger: primary key column, patient column or '', then columns that stay out of the log.
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
-- Runs with the rights of the caller: only the owner of a table can put it under watch.
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
-- Who could put the trigger functions on a table of its own (a temporary one) could forge entries: migrations only.
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
-- No patient, user or role data escapes; hidden columns are noted as changed, never copied.
SELECT audit.watch('patients_user', ARRAY['password']);
SELECT audit.watch(relation::regclass) FROM unnest(ARRAY[
    'patients_user_groups', 'patients_user_user_permissions', 'auth_group', 'auth_group_permissions',
    'patients_ward', 'patients_wardmembership', 'patients_patient', 'patients_admission', 'patients_sitesettings',
    'patients_respiratoryonset', 'patients_diagnosis', 'patients_antibodyresult', 'patients_measurement',
    'patients_hrctreport', 'patients_finding', 'patients_medicationcourse', 'patients_histology',
    'patients_respiratorysupport', 'patients_judgement', 'patients_decision'
]) AS relation;
SELECT audit.watch(relation::regclass) FROM unnest(ARRAY[
    'patients_wardround', 'patients_roundvisit', 'patients_caretask', 'patients_savedview', 'patients_judgementowner',
    'patients_hospitaladmission', 'patients_discharge', 'patients_careoutcome', 'patients_visittakenback',
    'patients_stayevent', 'patients_bed', 'patients_responsibility', 'patients_identitychange', 'patients_mergedentry',
    'patients_recordmerge'
]) AS relation;
SELECT audit.watch('patients_rounddraft', ARRAY['note', 'plan']);
SELECT audit.watch('patients_sheetdraft', ARRAY['typed']);
ALTER SCHEMA audit OWNER TO ildcare_audit;
ALTER TABLE audit.log OWNER TO ildcare_audit;
ALTER FUNCTION audit.refuse() OWNER TO ildcare_audit;
ALTER FUNCTION audit.note_row() OWNER TO ildcare_audit;
ALTER FUNCTION audit.note_truncate() OWNER TO ildcare_audit;
ALTER FUNCTION audit.note_read(bigint, text, text, bigint, text, text) OWNER TO ildcare_audit;
ALTER FUNCTION audit.watch(regclass, text[]) OWNER TO ildcare_audit;
ALTER FUNCTION audit.unwatch(regclass) OWNER TO ildcare_audit;
-- NaN passes every comparison from above; the last day given is a site day, at most one day before the UTC day.
ALTER TABLE patients_measurement ADD CONSTRAINT measurement_value_is_number
    CHECK (value IS NULL OR value NOT IN ('NaN', 'Infinity', '-Infinity'));
ALTER TABLE patients_medicationcourse ADD CONSTRAINT medicationcourse_dose_is_number
    CHECK (dose IS NULL OR dose NOT IN ('NaN', 'Infinity', '-Infinity'));
ALTER TABLE patients_medicationcourse ADD CONSTRAINT medicationcourse_stops_after_start
    CHECK (stop IS NULL OR stop >= ("on" AT TIME ZONE 'UTC')::date - 1);
ALTER TABLE patients_medicationcourse ADD CONSTRAINT medicationcourse_target_is_number
    CHECK (target_high IS NULL OR target_high NOT IN ('NaN', 'Infinity', '-Infinity'));

-- Days and times of every table lie between 1900 and 2199; the clocks of two sites are at most a day and some hours
-- apart. Facts from before these bounds may violate them (NOT VALID): they are read as entries that cannot be read.
DO $$
DECLARE
    checked record;
    moment text := '%1$I >= ''1899-12-31 00:00+00'' AND %1$I < ''2200-01-02 00:00+00''';
    day text := '%1$I BETWEEN ''1900-01-01'' AND ''2199-12-31''';
    number text := '%1$I NOT IN (''NaN'', ''Infinity'', ''-Infinity'')';
BEGIN
    FOR checked IN SELECT name, field, bound, word FROM (
        SELECT fact, field, moment, 'bounded' FROM unnest(ARRAY[
            'respiratoryonset', 'diagnosis', 'antibodyresult', 'measurement', 'hrctreport', 'finding',
            'medicationcourse', 'histology', 'respiratorysupport', 'judgement', 'decision', 'hospitaladmission',
            'discharge', 'careoutcome'
        ]) AS fact, unnest(ARRAY['on', 'known']) AS field
        UNION ALL VALUES
            ('measurement', 'resulted_at', moment, 'bounded'), ('admission', 'admitted_at', moment, 'bounded'),
            ('admission', 'discharged_at', moment, 'bounded'), ('roundvisit', 'at', moment, 'bounded'),
            ('roundvisit', 'shown_at', moment, 'bounded'), ('medicationcourse', 'stop', day, 'bounded'),
            ('hrctreport', 'compared_with', day, 'bounded'), ('patient', 'birth_date', day, 'bounded'),
            ('caretask', 'due', day, 'bounded'), ('judgementowner', 'due', day, 'bounded'),
            ('measurement', 'hours_since_dose', number, 'is_number')
    ) AS place (name, field, bound, word) LOOP
        EXECUTE format(
            'ALTER TABLE %I ADD CONSTRAINT %I CHECK (%I IS NULL OR (' || format(checked.bound, checked.field)
            || ')) NOT VALID', 'patients_' || checked.name,
            checked.name || '_' || checked.field || '_' || checked.word, checked.field
        );
    END LOOP;
    FOR checked IN SELECT name, field, optional FROM (VALUES
        ('decision', 'shown', ''), ('judgement', 'shown', ''), ('visittakenback', 'at', ''), ('identitychange', 'at', ''),
        ('recordmerge', 'merged_at', ''), ('recordmerge', 'taken_back_at', ''), ('stayevent', 'at', '%1$I IS NULL OR '),
        ('responsibility', 'since', '%1$I IS NULL OR '), ('responsibility', 'until', '%1$I IS NULL OR ')
    ) AS place (name, field, optional) LOOP
        EXECUTE format(
            'ALTER TABLE %I ADD CONSTRAINT %I CHECK (' || format(checked.optional || '(' || moment || ')', checked.field) || ')',
            'patients_' || checked.name, checked.name || '_' || checked.field || '_bounded'
        );
    END LOOP;
END $$;
