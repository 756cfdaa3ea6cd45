package supervise

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"golang.org/x/sync/errgroup"
)

// Supervisor watches every project of a state folder.
type Supervisor struct {
	Options
	wake    chan struct{} // somebody wants a look now
	turns   chan struct{} // one for each probe that runs
	follows atomic.Int32

	mu       sync.Mutex
	projects map[statedir.Project]*project
	down     bool // the runtime did not answer
	asked    time.Time
	holds    int // those who Hold
	leaving  bool
}

// New makes a Supervisor; Run makes it watch.
func New(o Options) *Supervisor {
	return &Supervisor{
		Options: o, wake: make(chan struct{}, 1), turns: make(chan struct{}, maxProbes),
		projects: map[statedir.Project]*project{},
	}
}

// Look asks for a look at the index and the runtime now. It does not wait for it.
func (s *Supervisor) Look() {
	select {
	case s.wake <- struct{}{}:
	default: // asked for already
	}
}

// Ask is Look for somebody who relies on it: the Supervisor stays for Options.Idle at least. It is false when the
// Supervisor is leaving already.
func (s *Supervisor) Ask() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leaving {
		return false
	}
	s.asked = s.Now()
	s.Look()
	return true
}

// Follow makes the Supervisor look more often, and stay, until the returned function is called.
func (s *Supervisor) Follow() (stop func()) {
	s.follows.Add(1)
	s.Look()
	var once sync.Once
	return func() { once.Do(func() { s.follows.Add(-1) }) }
}

// Followers counts those who follow.
func (s *Supervisor) Followers() int { return int(s.follows.Load()) }

// Watching is what Status says of one project.
type Watching struct {
	Project string `json:"project"`
	Dir     string `json:"dir"`
	// Running counts its containers that run, Pending those that are to be restarted.
	Running int `json:"running"`
	Pending int `json:"pending"`
}

// Status gives the projects that are watched, and whether the runtime is away.
func (s *Supervisor) Status() (projects []Watching, down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.projects {
		projects = append(projects, p.watching())
	}
	return projects, s.down
}

// Run watches until ctx ends, or until nothing has been left to watch for Options.Idle. It waits for what it does at
// that moment.
func (s *Supervisor) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	timer := time.NewTimer(0)
	defer timer.Stop()
	s.Ask()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-s.wake:
			if n > 0 && !rest(ctx, lookGap) {
				return nil
			}
		}
		s.look(ctx, &running, s.follows.Load() > 0 || n%fullEvery == 0)
		left := s.stay()
		if left <= 0 {
			return nil
		}
		timer.Reset(s.interval(left))
	}
}

// stay gives how long the Supervisor stays if nothing happens, 0 when it leaves.
func (s *Supervisor) stay() time.Duration {
	busy := s.busy()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	if busy {
		s.asked = now
	}
	left := s.Idle - now.Sub(s.asked)
	s.leaving = left <= 0
	return left
}

// interval is the time to the next look. Who may leave soon looks before it does.
func (s *Supervisor) interval(left time.Duration) time.Duration {
	switch {
	case s.follows.Load() > 0 || s.away() && left == s.Idle:
		return followedListing
	case left < s.Idle:
		return min(left, idleListing)
	}
	return min(idleListing, max(s.Idle, lookGap))
}

// away tells whether the runtime did not run at the latest look.
func (s *Supervisor) away() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

func (s *Supervisor) busy() bool {
	if s.follows.Load() > 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holds > 0 {
		return true
	}
	for _, p := range s.projects {
		if p.busy() {
			return true
		}
	}
	return false
}

// sighting is one look at the runtime. At is a moment before it.
type sighting struct {
	at       time.Time
	snapshot adapter.Snapshot
	down     bool // the runtime's services do not run
	ledger   *ledger.Ledger
}

// look reads the index, lists, and tells every project.
func (s *Supervisor) look(ctx context.Context, running *sync.WaitGroup, full bool) {
	at := s.Now()
	indexed, err := ledger.List(s.State)
	if err != nil {
		s.Log("%v", err)
		return
	}
	snapshot, err := s.list(ctx, full)
	down := away(err)
	if err != nil && !down {
		if ctx.Err() == nil {
			s.Log("look at the runtime: %v", err)
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
	there := map[statedir.Project]bool{}
	for _, i := range indexed {
		if i.Err != nil {
			continue // a command says what is wrong with it
		}
		folder := s.State.Project(i.Project, i.Dir)
		there[folder] = true
		p := s.projects[folder]
		if p == nil {
			p = newProject(s, i.Project, i.Dir)
			s.projects[folder] = p
			running.Go(func() { p.run(ctx) })
		}
		p.tell(sighting{at: at, snapshot: snapshot, down: down, ledger: i.Ledger})
	}
	for folder, p := range s.projects {
		if !there[folder] {
			p.cancel()
			delete(s.projects, folder)
		}
	}
}

// list asks the runtime: for containers, and for the rest where full.
func (s *Supervisor) list(ctx context.Context, full bool) (adapter.Snapshot, error) {
	var out adapter.Snapshot
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { out.Containers, err = s.Adapter.ListContainers(ctx); return err })
	if full {
		group.Go(func() (err error) { out.Networks, err = s.Adapter.ListNetworks(ctx); return err })
		group.Go(func() (err error) { out.Volumes, err = s.Adapter.ListVolumes(ctx); return err })
		group.Go(func() (err error) { out.Images, err = s.Adapter.ListImages(ctx); return err })
	}
	err := group.Wait()
	if out.Containers == nil {
		out.Containers = []adapter.Container{}
	}
	if full && out.Networks == nil {
		out.Networks = []adapter.Network{}
	}
	if full && out.Volumes == nil {
		out.Volumes = []adapter.Volume{}
	}
	if full && out.Images == nil {
		out.Images = []adapter.Image{}
	}
	return out, err
}

// away tells of a runtime that does not run. Of one that only does not answer in time nobody knows.
func away(err error) bool {
	return adapter.Is(err, adapter.NotRunning) || adapter.Is(err, adapter.Missing)
}

// rest waits; it tells whether ctx lasted.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// turn waits until a probe may run.
func (s *Supervisor) turn(ctx context.Context) (func(), error) {
	select {
	case s.turns <- struct{}{}:
		return func() { <-s.turns }, nil
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err())
	}
}
