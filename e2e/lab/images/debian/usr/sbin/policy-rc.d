#!/bin/sh
# No service manager in a container: package scripts start nothing.
exit 101
