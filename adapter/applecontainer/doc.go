// Package applecontainer drives Apple's `container` command, 1.0.0 and later, as a runtime adapter. It builds argument
// lists (argv*.go, pure), runs the command with a deadline by kind of call and both pipes drained (process.go, run.go,
// attached.go), decodes its JSON (decode*.go) and classes its error texts (classify.go). It never parses a table, never
// uses --all or prune to change anything, never repeats a call that changes the runtime, and never puts a sensitive
// value into an argument or an error. Start reading at Adapter; docs/boundary.md says what it relies on.
package applecontainer
