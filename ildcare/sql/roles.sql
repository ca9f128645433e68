-- Roles of ildcare, created once by a database superuser (the bundled PostgreSQL does this by itself).
-- ildcare_owner  owns the tables and runs migrations;
-- ildcare_app    is what web, worker and beat connect as: it owns nothing and cannot touch the audit log;
-- ildcare_audit  owns the audit schema and cannot log in.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_owner') THEN
        CREATE ROLE ildcare_owner LOGIN CREATEDB;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        CREATE ROLE ildcare_app LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_audit') THEN
        CREATE ROLE ildcare_audit NOLOGIN;
    END IF;
END
$$;
GRANT ildcare_audit TO ildcare_owner;
GRANT ildcare_app TO ildcare_owner; -- so that tests can become the runtime role
