#!/bin/sh
# Options or a configuration file alone mean the server; the server never runs as root.
set -eu
case ${1-} in
-* | *.conf) set -- redis-server "$@" ;;
esac
if [ "${1-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
	find . \! -user redis -exec chown redis '{}' +
	exec gosu redis "$0" "$@"
fi
# Data files are the server's alone, unless the user has set another mask.
if [ "$(umask)" = 0022 ]; then
	umask 0077
fi
exec "$@"
