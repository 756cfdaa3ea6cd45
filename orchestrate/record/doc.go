// Package record is the recorder: one small process per started container that stays attached to it, because only an
// attached client learns a container's exit code and sees its two output streams apart. It stamps and keeps the
// output, writes how the run ended, and outlives whoever started it. The rest of the package is what others need of
// it: Spawn starts one, Status, Await and Lines read what it left.
//
// It never decides whether a container shall run, restart or be removed, and it knows no concrete runtime: the
// process gets its adapter from its caller. The folder's format is described in docs/recorder.md and is versioned.
// Start reading at Spawn, then Main, then judge.
package record
