package reconcile

import (
	"context"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate/record"
)

// Recorders start containers so that their output and exit codes are kept, and tell how runs ended.
type Recorders interface {
	// Launch calls the runtime's start for a container and returns without waiting for its process.
	Launch(ctx context.Context, c adapter.Container, openStdin bool) (Launched, error)
	// Status tells what is known of a container's latest run.
	Status(id string) (record.Status, error)
	// Await waits until the container's latest run is not recorded any more.
	Await(ctx context.Context, id string) (record.Status, error)
}

// Launched is a container whose start was called. *record.Handle is one.
type Launched interface {
	// Done is closed when the run, or the attempt to start it, is over; Exit then says how.
	Done() <-chan struct{}
	Exit() record.Exit
	// Confirm tells the recorder that the start is known to have worked or failed.
	Confirm(started bool)
}

// Processes are recorders that are processes of their own, as the project's folder keeps them.
type Processes struct {
	Executable string // hostwrightd, as record.FindRecorder gives it
	Project    statedir.Project
	// Env is the recorders' environment; nil is this process's own.
	Env []string
}

// Launch spawns a recorder, which inherits the operation lock from ctx.
func (p Processes) Launch(ctx context.Context, c adapter.Container, openStdin bool) (Launched, error) {
	h, err := record.Spawn(ctx, record.SpawnRequest{
		Recorder: p.Executable, Dir: p.Project.Container(c.ID), ID: c.ID, Before: c.Started,
		TTY: c.TTY, OpenStdin: openStdin, Env: p.Env,
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// Status reads the container's recorder folder.
func (p Processes) Status(id string) (record.Status, error) {
	return record.ReadStatus(p.Project.Container(id))
}

// Await waits on the container's recorder folder.
func (p Processes) Await(ctx context.Context, id string) (record.Status, error) {
	return record.Await(ctx, p.Project.Container(id))
}
