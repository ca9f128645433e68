"""What people say of notes of later evidence is only ever appended and audited, and nobody confirms a proposal of
their own.

TRUNCATE passes in one place: a test database (its name starts with "test_"), by a session of the tables' owner, because
the test runner empties tables that way.
"""

from django.db import migrations

GUARDS = ""
UNGUARDED = ""
for name in ("noteproposal", "notedecision"):
    GUARDS += f"""
CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON algorithm_{name}
    FOR EACH ROW EXECUTE FUNCTION note_refuse_change();
CREATE TRIGGER {name}_never_truncated BEFORE TRUNCATE ON algorithm_{name}
    FOR EACH STATEMENT EXECUTE FUNCTION note_refuse_change();
ALTER TABLE algorithm_{name} ENABLE ALWAYS TRIGGER {name}_append_only;
ALTER TABLE algorithm_{name} ENABLE ALWAYS TRIGGER {name}_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON algorithm_{name} FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch('algorithm_{name}');
"""
    UNGUARDED += f"""
SELECT audit.unwatch('algorithm_{name}');
DROP TRIGGER {name}_append_only ON algorithm_{name};
DROP TRIGGER {name}_never_truncated ON algorithm_{name};
"""

APPEND_ONLY = (
    r"""
CREATE FUNCTION note_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\_%' AND pg_has_role(
        session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER'
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'what is said of notes is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION note_two_people() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF NEW.confirmed AND EXISTS (
        SELECT FROM public.algorithm_noteproposal AS made WHERE made.id = NEW.proposal_id AND made.by_id = NEW.by_id
    ) THEN
        RAISE EXCEPTION 'nobody confirms a proposal of their own' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER notedecision_two_people BEFORE INSERT ON algorithm_notedecision
    FOR EACH ROW EXECUTE FUNCTION note_two_people();
ALTER TABLE algorithm_notedecision ENABLE ALWAYS TRIGGER notedecision_two_people;
"""
    + GUARDS
)
UNDO = (
    UNGUARDED
    + """
DROP TRIGGER notedecision_two_people ON algorithm_notedecision;
DROP FUNCTION note_two_people();
DROP FUNCTION note_refuse_change();
"""
)


class Migration(migrations.Migration):
    dependencies = [("algorithm", "0003_notes_of_the_site"), ("patients", "0041_not_known_ahead")]

    operations = [migrations.RunSQL(APPEND_ONLY, UNDO)]
