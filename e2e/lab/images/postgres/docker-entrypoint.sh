#!/usr/bin/env bash
# Behaves as the official image's entrypoint does: an empty data directory is
# initialised, init scripts are run against a server that only its socket
# reaches, and the server then runs as the user postgres.
set -Eeo pipefail

fail() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

# from_file NAME [DEFAULT] exports NAME from NAME, the file that NAME_FILE
# names, or the default.
from_file() {
	local name=$1 file_name=$1_FILE value=${2-}
	if [[ -n ${!name:-} && -n ${!file_name:-} ]]; then
		fail "both $name and $file_name are set (but are exclusive)"
	fi
	if [[ -n ${!name:-} ]]; then
		value=${!name}
	elif [[ -n ${!file_name:-} ]]; then
		value=$(<"${!file_name}")
	fi
	export "$name=$value"
	unset "$file_name"
}

# wants_help tells a call that only asks for words from one that serves.
wants_help() {
	local argument
	for argument; do
		case $argument in
		-'?' | --help | --describe-config | -V | --version) return 0 ;;
		esac
	done
	return 1
}

prepare_folders() {
	mkdir -p "$PGDATA" /var/run/postgresql
	# A mount may refuse; initdb then says what is wrong, better than we could.
	chmod 00700 "$PGDATA" || :
	chmod 03775 /var/run/postgresql || :
	if [[ -n ${POSTGRES_INITDB_WALDIR:-} ]]; then
		mkdir -p "$POSTGRES_INITDB_WALDIR"
		chmod 700 "$POSTGRES_INITDB_WALDIR"
	fi
	if [[ $(id -u) == 0 ]]; then
		find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
		find /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
		if [[ -n ${POSTGRES_INITDB_WALDIR:-} ]]; then
			find "$POSTGRES_INITDB_WALDIR" \! -user postgres -exec chown postgres '{}' +
		fi
	fi
}

check_password() {
	if [[ -z $POSTGRES_PASSWORD && $POSTGRES_HOST_AUTH_METHOD != trust ]]; then
		cat >&2 <<-'EOF'
			Error: Database is uninitialized and superuser password is not specified.
			       Set POSTGRES_PASSWORD to a non-empty value, or POSTGRES_PASSWORD_FILE to
			       the path of a file that holds it. POSTGRES_HOST_AUTH_METHOD=trust lets
			       everyone in without a password; do that in a test at most.
		EOF
		exit 1
	fi
	if [[ $POSTGRES_HOST_AUTH_METHOD == trust ]]; then
		echo 'warning: POSTGRES_HOST_AUTH_METHOD is "trust": anyone who reaches the port may log in without a password' >&2
	fi
}

init_cluster() {
	local options=()
	if [[ -n ${POSTGRES_INITDB_WALDIR:-} ]]; then
		options+=(--waldir "$POSTGRES_INITDB_WALDIR")
	fi
	# The variable holds several words, possibly quoted, as the official image reads it.
	eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") "${options[@]}" '"${POSTGRES_INITDB_ARGS:-}"' "$@"'
	{
		echo
		if [[ $POSTGRES_HOST_AUTH_METHOD == trust ]]; then
			echo '# Set by POSTGRES_HOST_AUTH_METHOD'
		fi
		echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption -D "$PGDATA")}"
	} >>"$PGDATA/pg_hba.conf"
}

# The server of the time of initialisation: nobody shall take it for the real one.
start_private() {
	if [[ ${1-} == postgres ]]; then
		shift
	fi
	set -- "$@" -c listen_addresses='' -p "${PGPORT:-5432}"
	NOTIFY_SOCKET='' PGUSER=${PGUSER:-$POSTGRES_USER} pg_ctl -D "$PGDATA" -o "$(printf '%q ' "$@")" -w start
}

stop_private() {
	PGUSER=${PGUSER:-postgres} pg_ctl -D "$PGDATA" -m fast -w stop
}

sql() {
	PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc "$@"
}

create_database() {
	local found
	found=$(POSTGRES_DB='' sql --dbname postgres --set db="$POSTGRES_DB" --tuples-only <<<"SELECT 1 FROM pg_database WHERE datname = :'db';")
	if [[ -z $found ]]; then
		sql --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
	fi
}

run_init_files() {
	local file
	printf '\n'
	for file; do
		case $file in
		*.sh)
			if [[ -x $file ]]; then
				printf '%s: running %s\n' "$0" "$file"
				"$file"
			else
				printf '%s: sourcing %s\n' "$0" "$file"
				. "$file"
			fi
			;;
		*.sql)
			printf '%s: running %s\n' "$0" "$file"
			sql --dbname "$POSTGRES_DB" -f "$file"
			;;
		*.sql.gz)
			printf '%s: running %s\n' "$0" "$file"
			gunzip -c "$file" | sql --dbname "$POSTGRES_DB"
			;;
		*.sql.xz)
			printf '%s: running %s\n' "$0" "$file"
			xzcat "$file" | sql --dbname "$POSTGRES_DB"
			;;
		*.sql.zst)
			printf '%s: running %s\n' "$0" "$file"
			zstd -dc "$file" | sql --dbname "$POSTGRES_DB"
			;;
		*) printf '%s: ignoring %s\n' "$0" "$file" ;;
		esac
		printf '\n'
	done
}

initialise() {
	check_password
	# An unreadable folder of scripts is found before the data directory is touched.
	ls /docker-entrypoint-initdb.d/ >/dev/null
	init_cluster
	export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
	start_private "$@"
	create_database
	shopt -s nullglob
	run_init_files /docker-entrypoint-initdb.d/*
	shopt -u nullglob
	stop_private
	unset PGPASSWORD
	printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

main() {
	if [[ ${1-} == -* ]]; then
		set -- postgres "$@"
	fi
	if [[ ${1-} == postgres ]] && ! wants_help "$@"; then
		from_file POSTGRES_PASSWORD
		from_file POSTGRES_USER postgres
		from_file POSTGRES_DB "$POSTGRES_USER"
		from_file POSTGRES_INITDB_ARGS
		: "${POSTGRES_HOST_AUTH_METHOD:=}"
		prepare_folders
		if [[ $(id -u) == 0 ]]; then
			exec gosu postgres "$BASH_SOURCE" "$@"
		fi
		if [[ -s $PGDATA/PG_VERSION ]]; then
			printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
		else
			initialise "$@"
		fi
	fi
	exec "$@"
}

main "$@"
