#!/bin/sh
# Before the server starts, what lies in /docker-entrypoint.d is run in the
# order of its names: *.envsh is read into this shell, *.sh is executed.
set -e

say() {
	[ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$0: $*"
}

case ${1-} in
nginx | nginx-debug)
	if [ -z "$(find /docker-entrypoint.d/ -mindepth 1 -maxdepth 1 -type f)" ]; then
		say "No files found in /docker-entrypoint.d/, skipping configuration"
	fi
	# Not a pipe: what *.envsh exports has to arrive in this shell. The shell
	# sorts what it expands.
	for file in /docker-entrypoint.d/*; do
		[ -f "$file" ] || continue
		case $file in
		*.envsh | *.sh)
			if [ ! -x "$file" ]; then
				say "Ignoring $file, not executable"
				continue
			fi
			;;
		*)
			say "Ignoring $file"
			continue
			;;
		esac
		case $file in
		*.envsh)
			say "Sourcing $file"
			. "$file"
			;;
		*.sh)
			say "Launching $file"
			"$file"
			;;
		esac
	done
	say "Configuration complete; ready for start up"
	;;
esac
exec "$@"
