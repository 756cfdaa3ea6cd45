#!/bin/sh
# The guestbook, from nothing to a page and back: what `make demo` runs after the build. On a Mac it uses Apple's
# `container`; on Linux, as root, the lab with the stand-in.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

if [ "$(uname -s)" = Darwin ]; then
	command -v container >/dev/null || {
		echo "demo: needs Apple's container: brew install container, then: container system start" >&2
		exit 1
	}
elif [ "$(uname -s)" = Linux ] && [ "$(id -u)" = 0 ]; then
	say "make lab"
	make -s -C "$root" lab
	eval "$(make -s -C "$root" lab-env)"
else
	echo "demo: needs a Mac with Apple's container, or Linux as root (Debian 12) for the lab that stands in for it" >&2
	exit 1
fi
PATH="$root/bin:$PATH"
export PATH GUESTBOOK_PORT="${GUESTBOOK_PORT:-8080}"
page="http://127.0.0.1:$GUESTBOOK_PORT/"
cd "$root/docs/examples/guestbook"

down() { hostwright compose down -v; }
trap 'down >/dev/null 2>&1 || true' EXIT

say "hostwright compose up -d --wait"
hostwright compose up -d --wait

say "the page: visits from redis, names from postgres"
curl -fsS -d name=you "$page"
curl -fsS "$page" | tee /dev/stderr | grep -q '<li>you</li>'

say "hostwright compose ps -a"
hostwright compose ps -a

say "hostwright compose down -v"
trap - EXIT
down

left=$(container list --all --quiet | grep '^guestbook-' || true)
left="$left$(container network list --quiet | grep '^guestbook_' || true)"
left="$left$(container volume list --quiet | grep '^guestbook_' || true)"
if [ -n "$left" ]; then
	echo "demo: still there: $left" >&2
	exit 1
fi
say "nothing of the guestbook is left"
