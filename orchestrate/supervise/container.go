package supervise

import (
	"context"
	"strconv"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
)

// container is one container that is watched: a replica of a service, never a one-off.
type container struct {
	id, service string
	number      int
	dir         string // recorder's
	policy      declared.Restart
	check       *declared.Healthcheck // of the file
	openStdin   bool

	stamp   stamp
	status  record.Status
	memory  Memory
	ended   time.Time // when its end was noticed
	puzzled int       // looks that showed a container running whose process has ended
	// resuming is true for a restart that is due because the runtime is back, whoever had ended it.
	resuming bool

	unheard  bool               // it has run, and hostwrightd knew nothing of it
	seen     *adapter.Container // in the latest sighting, nil when it was not there
	probed   time.Time          // the start whose health is watched
	unwatch  context.CancelFunc
	healthIs string
	suspects map[uint16]time.Time // host ports that were looked into, and for which start
}

func (c *container) running() bool { return c.seen != nil && c.seen.Running() }

// endedUnjudged tells of a run that is over and of which it is not decided what follows.
func (c *container) endedUnjudged() bool {
	return c.memory.Run > 0 && !c.memory.Judged && !c.status.Recording && !c.running()
}

// settle takes over what the ledger says of the container.
func (c *container) settle(e *ledger.Entry) {
	c.service, c.number = e.Service, e.Number
	c.policy, c.check = policyOf(e), plan.HealthcheckOf(e)
	stdin, _ := e.Fields.Value("stdinOpen")
	tty, _ := e.Fields.Value("tty")
	c.openStdin = stdin == "true" && tty != "true"
}

// policyOf reads the restart policy back from the fields that declared.Flatten made of it.
func policyOf(e *ledger.Entry) declared.Restart {
	field := func(path string) string {
		v, _ := e.Fields.Value("restart." + path)
		return v
	}
	r := declared.Restart{Policy: field("policy")}
	r.MaxRetries, _ = strconv.Atoi(field("maxRetries"))
	r.Delay, _ = time.ParseDuration(field("delay"))
	r.Window, _ = time.ParseDuration(field("window"))
	return r
}

// pollContainer reads a recorder's folder when something in it has changed.
func (p *project) pollContainer(c *container) {
	now := stampOf(c.dir)
	if now == c.stamp && !now.fresh(p.Now()) {
		return
	}
	c.stamp = now
	p.readRun(c)
}

// readRun takes over what the recorder's folder says of the latest run.
func (p *project) readRun(c *container) {
	status, err := record.ReadStatus(c.dir)
	if err != nil {
		p.Log("container %s: %v", c.id, err)
		return
	}
	before := c.status
	c.status = status
	m := &c.memory
	if status.Run < m.Run {
		*m = Memory{} // made anew under the same name
	}
	if status.Run > m.Run {
		p.begun(c)
	}
	if !m.Due.IsZero() && m.Judged && !c.resuming {
		if byUser, _ := p.byUser(c); byUser { // stopped while it waited for its restart
			m.Due = time.Time{}
			p.remember(c)
		}
	}
	if !status.Recording && !m.Judged && m.Run > 0 && (before.Recording || c.ended.IsZero() || before.Run != status.Run) {
		c.ended, c.puzzled = p.Now(), 0
		p.doubtNames()
		if c.terminated() {
			p.Look() // by a command, most likely
		}
		time.AfterFunc(c.doubt()-lookGap, p.Look)
	}
}

// begun notes a new run. One that is not ours is the user's, and nothing counts any more of what was before.
func (p *project) begun(c *container) {
	old := c.memory
	c.memory = Memory{Run: c.status.Run, Ours: old.Ours}
	if old.Ours == c.status.Run {
		c.memory.History, c.memory.Decided, c.memory.Before = old.History, old.Decided, old.Before
	}
	c.ended, c.resuming = time.Time{}, false
	p.doubtNames()
	p.remember(c)
	if x := c.status.Exit; x == nil || !x.StartFailed {
		p.emit(p.event(c, orchestrate.EventStart, c.status.Called, nil))
	}
	p.Look()
}

// doubtNames has the hosts files written after the next sighting, whatever it shows: a run that began and ended between
// two of them changed nothing that they show, and a command has given its name to the others.
func (p *project) doubtNames() { p.addresses = "" }

func (p *project) remember(c *container) {
	if err := c.memory.save(c.dir); err != nil {
		p.Log("container %s: %v", c.id, err)
	}
	c.stamp = stampOf(c.dir)
}

func (p *project) event(c *container, a orchestrate.EventAction, at time.Time, attributes map[string]string) orchestrate.ProjectEvent {
	all := map[string]string{"name": c.id}
	if c.seen != nil && c.seen.Image != "" {
		all["image"] = c.seen.Image
	}
	for k, v := range attributes {
		all[k] = v
	}
	return orchestrate.ProjectEvent{Time: at, Type: "container", Action: a, Name: c.id, Service: c.service, Attributes: all}
}
