#!/bin/bash
# Writes the database to /backups, compressed.
set -euo pipefail
export MYSQL_PWD
MYSQL_PWD="$(cat /run/secrets/db_root_password)"
mariadb-dump --host db --user root --single-transaction --skip-dump-date "$DATABASE" | gzip -n >"/backups/$DATABASE.sql.gz.part"
mv "/backups/$DATABASE.sql.gz.part" "/backups/$DATABASE.sql.gz"
echo "saved $(zcat "/backups/$DATABASE.sql.gz" | grep -c '^CREATE TABLE') tables"
