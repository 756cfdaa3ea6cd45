#!/bin/sh
# The guestbook, from nothing to a page and back: what `make demo` runs after the build. On a Mac it uses Apple's
# `container`; on Linux, as root, the lab with the stand-in; where there is neither, a rehearsal, in which nothing runs
# and so there is no page.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

rehearse() {
	say "a rehearsal: nothing is run here. $1"
	HOSTWRIGHT_RUNTIME=rehearsal
	export HOSTWRIGHT_RUNTIME
}

if [ "$(uname -s)" = Darwin ]; then
	command -v container >/dev/null ||
		rehearse "The real thing needs Apple's container: brew install container, then: container system start"
elif [ "$(uname -s)" = Linux ] && [ "$(id -u)" = 0 ]; then
	say "make lab"
	make -s -C "$root" lab
	eval "$(make -s -C "$root" lab-env)"
else
	rehearse "The real thing needs a Mac with Apple's container, or Linux as root (Debian 12) for the lab that stands in for it."
fi
rehearsal() { [ "${HOSTWRIGHT_RUNTIME:-}" = rehearsal ]; }
PATH="$root/bin:$PATH"
export PATH GUESTBOOK_PORT="${GUESTBOOK_PORT:-8080}"
page="http://127.0.0.1:$GUESTBOOK_PORT/"
cd "$root/docs/examples/guestbook"

down() { hostwright compose down -v; }
trap 'down >/dev/null 2>&1 || true' EXIT

say "hostwright compose up -d --wait"
hostwright compose up -d --wait

if ! rehearsal; then
	say "the page: visits from redis, names from postgres"
	curl -fsS -d name=you "$page"
	curl -fsS "$page" | tee /dev/stderr | grep -q '<li>you</li>'
fi

say "hostwright compose ps -a"
hostwright compose ps -a

say "hostwright compose down -v"
trap - EXIT
down

if rehearsal; then
	left=$(hostwright compose ps -aq 2>/dev/null; hostwright compose volumes -q 2>/dev/null)
else
	left=$(container list --all --quiet | grep '^guestbook-' || true)
	left="$left$(container network list --quiet | grep '^guestbook_' || true)"
	left="$left$(container volume list --quiet | grep '^guestbook_' || true)"
fi
if [ -n "$left" ]; then
	echo "demo: still there: $left" >&2
	exit 1
fi
say "nothing of the guestbook is left"
