#!/bin/sh
# Runs once, when the database container makes its cluster: after roles.sql, the roles get their passwords and the
# owner its database. Passwords come from the environment and are never part of a command line.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv owner_password ILDCARE_OWNER_PASSWORD
\getenv app_password ILDCARE_APP_PASSWORD
ALTER ROLE ildcare_owner PASSWORD :'owner_password';
ALTER ROLE ildcare_app PASSWORD :'app_password';
SELECT format('ALTER DATABASE %I OWNER TO ildcare_owner', current_database()) \gexec
SQL
