#!/bin/bash
# Brings the database to the newest schema. Safe to run again.
set -euo pipefail
PGPASSWORD="$(cat /run/secrets/db_password)"
export PGPASSWORD
for file in /migrations/*.sql; do
	echo "applying $(basename "$file")"
	psql --quiet --set ON_ERROR_STOP=1 --file "$file"
done
echo "schema is current"
