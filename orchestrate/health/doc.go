// Package health decides whether a container is healthy, by Docker's rules, since the runtime has no health checks:
// Effective merges the file's check with the image's, State.Next and Delay are the state machine (pure), Probe runs
// one check by exec, and Wait probes until the outcome is known and keeps the last state in the container's folder.
// It restarts nothing and removes nothing. Start reading at Effective, then State, then Wait.
package health
