package supervise

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
)

// project watches one project. Its fields belong to the goroutine of run, but for state.
type project struct {
	*Supervisor
	name, dir string
	folder    statedir.Project
	store     *ledger.Store
	log       EventLog
	inbox     chan sighting // the latest one
	results   chan result   // of the action under way
	health    chan healthNews
	cancel    context.CancelFunc

	last       sighting
	looked     bool // a sighting has come
	containers map[string]*container
	index      stamp
	polling    time.Duration
	suspected  map[string]orchestrate.DriftKind // seen once
	drifted    map[string]orchestrate.Drift     // seen twice, and told
	serial     uint64                           // of the ledger when suspected was filled
	addresses  string                           // for which the hosts files are right
	hostsDue   time.Time                        // when they are to be written
	acting     bool
	probes     sync.WaitGroup
	relays     map[uint16]*relay // by host port
	rejections chan uint16       // host ports that reset a connection
	blocked    chan blockedPort

	mu    sync.Mutex
	state Watching
	wait  bool // something is under way though nothing runs
}

func newProject(s *Supervisor, name, dir string) *project {
	return &project{
		Supervisor: s, name: name, dir: dir, folder: s.State.Project(name, dir),
		store: ledger.Open(s.State, name, dir), log: Events(s.State.Project(name, dir)),
		inbox: make(chan sighting, 1), results: make(chan result, 1), health: make(chan healthNews, 64),
		cancel: func() {}, containers: map[string]*container{}, drifted: map[string]orchestrate.Drift{}, relays: map[uint16]*relay{},
		rejections: make(chan uint16, 8), blocked: make(chan blockedPort, 8),
		state: Watching{Project: name, Dir: dir},
	}
}

// tell gives the project what was seen; an older sighting that it has not taken yet is dropped.
func (p *project) tell(s sighting) {
	for {
		select {
		case p.inbox <- s:
			return
		default:
		}
		select {
		case <-p.inbox:
		default:
		}
	}
}

// run watches until ctx ends or the project leaves the index, and waits for what it has begun.
func (p *project) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	p.Supervisor.mu.Lock()
	p.cancel = cancel
	p.Supervisor.mu.Unlock()
	defer p.probes.Wait()
	defer p.closeRelays()
	defer cancel()
	bell, stopListening := p.listen()
	defer stopListening()
	timer := time.NewTimer(p.polling)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			if p.acting {
				<-p.results
			}
			return
		case s := <-p.inbox:
			p.see(ctx, s)
		case r := <-p.results:
			p.acted(r)
		case n := <-p.health:
			p.tellHealth(n)
		case port := <-p.rejections:
			p.lookIntoPort(ctx, port)
		case b := <-p.blocked:
			p.tellBlocked(b)
		case <-bell:
			p.poll()
		case <-timer.C:
			p.poll()
		}
		p.act(ctx)
		p.publish()
		timer.Reset(p.nextPoll())
	}
}

// listen gives a channel that says when a recorder rings, and sets how often the folders are looked at besides.
func (p *project) listen() (bell <-chan struct{}, stop func()) {
	p.polling = pollInterval
	if p.Listen == nil {
		return nil, func() {}
	}
	rung := make(chan struct{}, 1)
	stop, err := p.Listen(p.folder.Bell(), func() {
		select {
		case rung <- struct{}{}:
		default: // it has not been answered yet
		}
	})
	if err != nil {
		p.Log("project %s: its recorders are not heard: %v", p.name, err)
		return nil, func() {}
	}
	p.polling = heardInterval
	return rung, stop
}

// nextPoll is the time to the next look at the folders, or to the next restart.
func (p *project) nextPoll() time.Duration {
	next := p.polling
	for _, c := range p.containers {
		if due := c.memory.Due; !due.IsZero() && !p.acting {
			next = min(next, due.Sub(p.Now()))
		}
	}
	return max(next, time.Millisecond)
}

// publish gives the others what they may know.
func (p *project) publish() {
	running, pending := 0, 0
	for _, c := range p.containers {
		if c.running() {
			running++
		}
		if !c.memory.Due.IsZero() || c.memory.Interrupted || c.endedUnjudged() {
			pending++
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Running, p.state.Pending = running, pending
	p.wait = p.acting || !p.looked
}

func (p *project) watching() Watching {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

func (p *project) busy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state.Running > 0 || p.state.Pending > 0 || p.wait
}

// stamp tells one state of a file or folder from another.
type stamp struct {
	modified time.Time
	size     int64
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// fresh tells whether a file was changed so recently that its time may not show a change after this one: file systems
// count time in steps of some milliseconds.
func (s stamp) fresh(now time.Time) bool { return now.Sub(s.modified) < time.Second }

// poll looks at what recorders and commands have written.
func (p *project) poll() {
	if now := stampOf(p.folder.Index()); now != p.index {
		p.index = now
		p.Look() // a command has changed the project
	}
	for _, c := range p.containers {
		p.pollContainer(c)
	}
}

// emit writes events; the log is not worth stopping for.
func (p *project) emit(events ...orchestrate.ProjectEvent) {
	for i := range events {
		if events[i].Time.IsZero() {
			events[i].Time = p.Now()
		}
		if events[i].Type == "" {
			events[i].Type = "container"
		}
	}
	if err := p.log.Append(events...); err != nil {
		p.Log("project %s: %v", p.name, err)
	}
}
