#!/bin/bash
# Makes the data directory when there is no database in it, with what the environment asks for, runs what lies in
# /docker-entrypoint-initdb.d, and starts the server as the user mysql. Each MARIADB_ variable may be called MYSQL_,
# too, and may name a file with _FILE at its end.
set -eo pipefail

note() { printf '%s [Note] [Entrypoint]: %s\n' "$(date -Iseconds)" "$*"; }
fail() { printf '%s [ERROR] [Entrypoint]: %s\n' "$(date -Iseconds)" "$*" >&2; exit 1; }

# from_environment NAME [DEFAULT] sets MARIADB_NAME from the four variables that may hold it.
from_environment() {
	local name value=${2-} found=
	for name in "MYSQL_$1" "MYSQL_$1_FILE" "MARIADB_$1" "MARIADB_$1_FILE"; do
		[[ -n ${!name-} ]] || continue
		if [[ ${name%_FILE} == "$found" ]]; then
			fail "Both $found and $name are set (but are exclusive)"
		fi
		found=${name%_FILE}
		if [[ $name == *_FILE ]]; then
			value=$(<"${!name}")
		else
			value=${!name}
		fi
		unset "$name"
	done
	printf -v "MARIADB_$1" '%s' "$value"
}

wants_help() {
	local argument
	for argument; do
		case $argument in -'?' | --help | --print-defaults | -V | --version) return 0 ;; esac
	done
	return 1
}

# setting NAME prints the server's value, from its configuration files and the arguments that follow.
setting() {
	local name=$1
	shift
	"$@" --verbose --help 2>/dev/null | awk -v name="$name" '$1 == name && /^[^ \t]/ { sub(/^[^ \t]+[ \t]+/, ""); print; exit }'
}

check_password() {
	if [[ -z $MARIADB_ROOT_PASSWORD && -z $MARIADB_ALLOW_EMPTY_ROOT_PASSWORD && -z $MARIADB_RANDOM_ROOT_PASSWORD ]]; then
		fail $'Database is uninitialized and password option is not specified\n\tYou need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD'
	fi
	if [[ $MARIADB_USER == root ]]; then
		fail "MARIADB_USER=\"root\", MARIADB_USER and MARIADB_PASSWORD are for configuring the regular user and cannot be used for the root user"
	fi
	if [[ -n $MARIADB_USER && -z $MARIADB_PASSWORD ]]; then
		fail "MARIADB_USER specified without MARIADB_PASSWORD: MARIADB_PASSWORD (or MARIADB_PASSWORD_FILE) is needed for the user to be created"
	fi
}

# start_private starts a server that only this container reaches.
start_private() {
	"$@" --skip-networking --default-time-zone=SYSTEM --socket="$socket" --wsrep_on=OFF --expire-logs-days=0 --loose-innodb_buffer_pool_load_at_startup=0 &
	server=$!
	local left
	for ((left = 300; left > 0; left--)); do
		if root --database=mysql -e 'SELECT 1' &>/dev/null; then
			return
		fi
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
	done
	fail "Unable to start server."
}

stop_private() {
	kill "$server"
	wait "$server" || true
}

# root is the client as the server's root; the password is there once it is set.
root() {
	MYSQL_PWD=${root_password-} mariadb --protocol=socket --skip-ssl -uroot -hlocalhost --socket="$socket" --comments "$@"
}

# quote makes an SQL string.
quote() {
	local text=${1//\\/\\\\}
	printf "'%s'" "${text//\'/\\\'}"
}

random() { head -c 16 /dev/urandom | od -An -vtx1 | tr -d ' \n'; }

create_accounts() {
	if [[ -n $MARIADB_RANDOM_ROOT_PASSWORD ]]; then
		MARIADB_ROOT_PASSWORD=$(random)
		note "GENERATED ROOT PASSWORD: $MARIADB_ROOT_PASSWORD"
	fi
	local health statements
	health=$(random)
	# The installation leaves a root without a password at each other name of this machine.
	statements="SET @@SESSION.SQL_LOG_BIN=0; DROP USER IF EXISTS root@'127.0.0.1', root@'::1';"
	statements+="EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS root@\\'', @@hostname, '\\'');"
	local host
	for host in 127.0.0.1 ::1 localhost; do
		statements+="CREATE USER healthcheck@'$host' IDENTIFIED BY '$health'; GRANT USAGE ON *.* TO healthcheck@'$host';"
	done
	statements+="SET PASSWORD FOR 'root'@'localhost' = PASSWORD($(quote "$MARIADB_ROOT_PASSWORD"));"
	if [[ $MARIADB_ROOT_HOST != localhost ]]; then
		statements+="CREATE USER 'root'@$(quote "$MARIADB_ROOT_HOST") IDENTIFIED BY $(quote "$MARIADB_ROOT_PASSWORD"); GRANT ALL ON *.* TO 'root'@$(quote "$MARIADB_ROOT_HOST") WITH GRANT OPTION;"
	fi
	if [[ -n $MARIADB_DATABASE ]]; then
		note "Creating database $MARIADB_DATABASE"
		statements+="CREATE DATABASE IF NOT EXISTS \`$MARIADB_DATABASE\`;"
	fi
	if [[ -n $MARIADB_USER ]]; then
		note "Creating user $MARIADB_USER"
		statements+="CREATE USER $(quote "$MARIADB_USER")@'%' IDENTIFIED BY $(quote "$MARIADB_PASSWORD");"
		if [[ -n $MARIADB_DATABASE ]]; then
			note "Giving user $MARIADB_USER access to schema $MARIADB_DATABASE"
			statements+="GRANT ALL ON \`${MARIADB_DATABASE//_/\\_}\`.* TO $(quote "$MARIADB_USER")@'%';"
		fi
	fi
	root --database=mysql <<<"$statements"
	root_password=$MARIADB_ROOT_PASSWORD
	(umask 0077 && printf '[mariadb-client]\nport=3306\nsocket=%s\nuser=healthcheck\npassword=%s\nprotocol=tcp\n' "$final_socket" "$health" >"$data/.my-healthcheck.cnf")
}

run_init_files() {
	local file
	for file; do
		case $file in
		*.sh)
			if [[ -x $file ]]; then
				note "$0: running $file"
				"$file"
			else
				note "$0: sourcing $file"
				. "$file"
			fi
			;;
		*.sql) note "$0: running $file"; root --database="$MARIADB_DATABASE" <"$file" ;;
		*.sql.gz) note "$0: running $file"; gunzip -c "$file" | root --database="$MARIADB_DATABASE" ;;
		*.sql.zst) note "$0: running $file"; zstd -dc "$file" | root --database="$MARIADB_DATABASE" ;;
		*) note "$0: ignoring $file" ;;
		esac
	done
}

initialise() {
	check_password
	ls /docker-entrypoint-initdb.d/ >/dev/null
	note "Initializing database files"
	mariadb-install-db --datadir="$data" --rpm --auth-root-authentication-method=normal --skip-test-db --default-time-zone=SYSTEM --skip-log-bin --loose-innodb_buffer_pool_load_at_startup=0 --loose-innodb_buffer_pool_dump_at_shutdown=0 >/dev/null
	note "Database files initialized"
	note "Starting temporary server"
	start_private "$@"
	note "Temporary server started."
	create_accounts
	shopt -s nullglob
	run_init_files /docker-entrypoint-initdb.d/*
	shopt -u nullglob
	note "Stopping temporary server"
	stop_private
	note "Temporary server stopped"
	note "MariaDB init process done. Ready for start up."
}

main() {
	if [[ ${1-} == -* ]]; then
		set -- mariadbd "$@"
	fi
	if [[ ${1-} =~ ^(mariadbd|mysqld)$ ]] && ! wants_help "$@"; then
		note "Entrypoint script for MariaDB Server started."
		data=$(setting datadir "$@")
		data=${data%/}
		final_socket=$(setting socket "$@")
		socket=$final_socket
		if [[ $(id -u) == 0 ]]; then
			mkdir -p "$data"
			find "$data" "${socket%/*}" \! -user mysql -exec chown mysql: '{}' +
			note "Switching to dedicated user 'mysql'"
			exec gosu mysql "$BASH_SOURCE" "$@"
		fi
		local name
		for name in ROOT_PASSWORD ALLOW_EMPTY_ROOT_PASSWORD RANDOM_ROOT_PASSWORD DATABASE USER PASSWORD; do
			from_environment "$name"
		done
		from_environment ROOT_HOST %
		if [[ ! -d $data/mysql ]]; then
			initialise "$@"
		fi
	fi
	exec "$@"
}

main "$@"
