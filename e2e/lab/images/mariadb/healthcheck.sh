#!/bin/bash
# healthcheck.sh TEST...: succeeds when all tests do. --connect: the server takes connections over TCP, which it does
# not while the data directory is made. --innodb_initialized: InnoDB has finished. --defaults-file FILE: logs in with
# what the file says.
set -eo pipefail
defaults=(--defaults-extra-file=/var/lib/mysql/.my-healthcheck.cnf)

ask() { mariadb "${defaults[@]}" --skip-column-names --batch -e "$1"; }

connect() { [[ $(mariadb "${defaults[@]}" -h localhost --protocol tcp --skip-column-names --batch -e 'SELECT @@skip_networking') == 0 ]]; }

innodb_initialized() { [[ $(ask "SELECT 1 FROM information_schema.ENGINES WHERE engine='innodb' AND support IN ('YES','DEFAULT','ENABLED')") == 1 ]]; }

tests=0
while (($#)); do
	case $1 in
	--connect) connect ;;
	--innodb_initialized) innodb_initialized ;;
	--defaults-file=*) defaults=(--defaults-file="${1#*=}") ;;
	--defaults-extra-file=*) defaults=(--defaults-extra-file="${1#*=}") ;;
	*)
		echo "healthcheck.sh: the lab's image has no test $1, only --connect and --innodb_initialized" >&2
		exit 1
		;;
	esac
	case $1 in --defaults*) ;; *) tests=$((tests + 1)) ;; esac
	shift
done
if ((tests == 0)); then
	echo "healthcheck.sh: no test given" >&2
	exit 1
fi
