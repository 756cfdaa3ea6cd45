package supervise

import (
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate/reconcile"
)

// Options are what a Supervisor is made of. All are needed but where said otherwise.
type Options struct {
	State   statedir.Dir
	Adapter adapter.RuntimeAdapter
	// Recorders start the containers of a project.
	Recorders func(statedir.Project) (reconcile.Recorders, error)
	Now       func() time.Time
	// Version and PID stand in the file of a project's lock while an action is under way.
	Version string
	PID     int
	// Listen calls heard after something was written to a file, which it makes, until stop is called. Nil: nobody can
	// listen, and the recorders' folders are looked at often.
	Listen func(path string, heard func()) (stop func(), err error)
	// Idle is how long a Supervisor stays when nothing is left to watch.
	Idle time.Duration
	// Log takes a line about what went wrong and is tried again.
	Log func(format string, args ...any)
}

// Intervals of a Supervisor.
const (
	// pollInterval is how often the recorders' folders are looked at: a stat of each.
	pollInterval = 250 * time.Millisecond
	// heardInterval is the same where the recorders are heard: a recorder that was killed rings no bell.
	heardInterval = 2 * time.Second
	// idleListing and followedListing are the times between two listings of the runtime, without an occasion.
	idleListing     = 15 * time.Second
	followedListing = 3 * time.Second
	// fullEvery is how many listings of containers come with one of networks, volumes and images, unless somebody follows.
	fullEvery = 4
	// lookGap is the least time between two listings.
	lookGap = 100 * time.Millisecond
	// againAfter is when what could not be done is tried again.
	againAfter = time.Second
)

// maxProbes bounds the health checks that run at a time, over all projects.
const maxProbes = 8
