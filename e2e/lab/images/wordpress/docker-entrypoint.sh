#!/bin/bash
# Puts WordPress into the working directory when it is not there yet, and a configuration that reads the environment
# when there is none and a WORDPRESS_ variable is set.
set -eo pipefail

case ${1-} in
apache2*)
	owner=www-data:www-data
	if [[ $(id -u) != 0 ]]; then
		owner=$(id -u):$(id -g)
	fi
	if [[ ! -e index.php && ! -e wp-includes/version.php ]]; then
		if [[ $(id -u) == 0 && $(stat -c %u:%g .) == 0:0 ]]; then
			chown "$owner" .
		fi
		echo >&2 "WordPress not found in $PWD - copying now..."
		if [[ -n $(find -mindepth 1 -maxdepth 1 -not -name wp-content) ]]; then
			echo >&2 "WARNING: $PWD is not empty! (copying anyhow)"
		fi
		# Themes and plugins that are there already, mounted for instance, are the user's.
		keep=()
		for path in /usr/src/wordpress/wp-content/*/*/; do
			path=${path#/usr/src/wordpress/}
			if [[ -e $PWD/${path%/} ]]; then
				echo >&2 "WARNING: '$PWD/${path%/}' exists! (not copying the WordPress version)"
				keep+=(--exclude "./${path%/}")
			fi
		done
		extract=(tar --extract --file -)
		if [[ $(id -u) != 0 ]]; then
			extract+=(--no-overwrite-dir)
		fi
		tar --create --file - --directory /usr/src/wordpress --owner "${owner%:*}" --group "${owner#*:}" "${keep[@]}" . | "${extract[@]}"
		echo >&2 "Complete! WordPress has been successfully copied to $PWD"
	fi
	variables=("${!WORDPRESS_@}")
	if [[ ! -s wp-config.php && ${#variables[@]} -gt 0 ]]; then
		echo >&2 "No 'wp-config.php' found in $PWD, but 'WORDPRESS_...' variables supplied; copying 'wp-config-docker.php' (${variables[*]})"
		# Each secret phrase is made once, for this site.
		while IFS= read -r line; do
			if [[ $line == *'put your unique phrase here'* ]]; then
				line=${line//put your unique phrase here/$(head -c 20 /dev/urandom | od -An -vtx1 | tr -d ' \n')}
			fi
			printf '%s\n' "$line"
		done </usr/src/wordpress/wp-config-docker.php >wp-config.php
		if [[ $(id -u) == 0 ]]; then
			chown "$owner" wp-config.php
		fi
	fi
	;;
esac
exec "$@"
