// Package cli is the command line of Hostwright compose: the tree of commands, a file a command. A command reads flags,
// makes one call of the rooms below (compose, translate, orchestrate) and hands the result to package view. It changes
// nothing itself: whatever mutates a project goes through orchestrate.Client, but for pulls, builds and interactive
// processes, which run here because they need the user's terminal. Start reading at Main, then at up.go.
package cli
