package supervise

import (
	"strconv"
	"syscall"
	"time"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/record"
)

// mostPuzzled is how many looks at once may show a container running whose process has ended, before it is left to
// the usual ones.
const mostPuzzled = 10

// The services of Apple container give each container five seconds when they stop, and go when all have ended. Until
// then an end looks like any other.
const (
	// confirmAfter is how long after an end the runtime must still be there, so that the end counts. The first restart
	// comes no later for it: a look takes about as long.
	confirmAfter = 200 * time.Millisecond
	// outsideAfter is the same for an end by SIGTERM that no command of ours has sent: the services stop, or somebody
	// stops the container by hand.
	outsideAfter = 2 * time.Second
	// goingDown is how long after an end the runtime may go, so that it is taken to have been going at the end.
	goingDown = 10 * time.Second
)

// judge decides what follows from the end of a container's run. It needs a sighting from after the end: only the
// runtime tells whether it was the runtime that went away.
func (p *project) judge(c *container) {
	if !c.endedLong(p.last.at) {
		return
	}
	byUser, known := p.byUser(c)
	switch {
	case !known:
		return
	case byUser:
		p.tellEnd(c, true)
		p.judged(c, Decision{})
	case p.last.down:
		p.interrupted(c)
	case c.seen == nil:
		p.tellEnd(c, false) // removed
		p.judged(c, Decision{})
	case c.seen.Running():
		p.puzzle(c)
	case c.forgotten():
		p.interrupted(c)
	case p.last.at.Before(c.ended.Add(c.doubt())):
		// a look is asked for
	default:
		p.tellEnd(c, false)
		p.decide(c)
	}
}

// doubt is how long after its end a container's run may have been ended by the runtime.
func (c *container) doubt() time.Duration {
	if c.terminated() {
		return outsideAfter
	}
	return confirmAfter
}

// terminated tells whether the latest run is known to have ended by SIGTERM.
func (c *container) terminated() bool {
	x := c.status.Exit
	return x != nil && x.Known && x.Signal == int(syscall.SIGTERM)
}

// endedLong tells whether a run has ended, is not judged, and the sighting is from after its end.
func (c *container) endedLong(sighting time.Time) bool {
	return c.memory.Run > 0 && !c.memory.Judged && !c.status.Recording && !c.ended.IsZero() && sighting.After(c.ended)
}

// byUser tells whether the user ended the latest run through Hostwright.
func (p *project) byUser(c *container) (byUser, known bool) {
	_, ok, err := record.ReadUserEnd(c.dir, c.memory.Run)
	if err != nil {
		p.Log("container %s: %v", c.id, err)
		return false, false
	}
	return ok, true
}

// forgotten tells of a container that ran and of which the runtime does not know any more when: its services were
// restarted (Apple container loses the time of the start with them).
func (c *container) forgotten() bool {
	if c.seen == nil || c.seen.Running() || !c.seen.Started.IsZero() || c.status.Run == 0 {
		return false
	}
	x := c.status.Exit
	return x == nil || !x.StartFailed
}

// puzzle looks again at a container that is shown running though its process has ended: the runtime may need a moment.
// One whose recorder was lost runs on.
func (p *project) puzzle(c *container) {
	if x := c.status.Exit; x == nil || !x.Known {
		return
	}
	if c.puzzled++; c.puzzled <= mostPuzzled {
		p.Look()
	}
}

// takeBack makes a decision of moments ago undone when it turns out that the runtime was going down.
func (p *project) takeBack(c *container) {
	m := &c.memory
	if p.acting || !m.Judged || m.Due.IsZero() && !(m.Exhausted && c.terminated()) || !p.wasGoing(m) {
		return
	}
	if p.last.down || c.forgotten() {
		p.interrupted(c)
	}
}

// wasGoing tells whether the latest decision was made so short a time ago that the runtime, which is away, may have been
// going then.
func (p *project) wasGoing(m *Memory) bool {
	return !m.Decided.IsZero() && p.Now().Sub(m.Decided) < goingDown
}

// interrupted notes that the runtime took the run with it. Nothing is counted, nor is what was counted while the runtime
// was already going down.
func (p *project) interrupted(c *container) {
	m := &c.memory
	if p.wasGoing(m) {
		m.History = m.Before
	}
	m.Judged, m.Interrupted, m.Exhausted = true, Resumes(c.policy, true, false), false
	m.Due, m.Decided, m.Before = time.Time{}, time.Time{}, History{}
	p.remember(c)
	p.emit(p.event(c, orchestrate.EventInterrupted, p.Now(), nil))
}

func (p *project) decide(c *container) {
	e := End{}
	if x := c.status.Exit; x != nil {
		e = End{Code: x.Code, Known: x.Known, StartFailed: x.StartFailed, Ran: x.Finished.Sub(x.Called)}
		if x.StartFailed && c.memory.Ours != c.memory.Run {
			// The user's own start was refused, and the command has said so.
			p.judged(c, Decision{})
			return
		}
	}
	d, h := Decide(c.policy, c.memory.History, e, p.Now())
	c.memory.Decided, c.memory.Before, c.memory.History = p.Now(), c.memory.History, h
	p.judged(c, d)
}

// judged writes a decision down.
func (p *project) judged(c *container, d Decision) {
	m := &c.memory
	m.Judged, m.Exhausted, m.Due = true, d.Exhausted, time.Time{}
	if d.Restart {
		m.Due = c.ended.Add(d.After)
	}
	p.remember(c)
	switch {
	case d.Restart:
		p.emit(p.event(c, orchestrate.EventRestarting, p.Now(), map[string]string{
			"restarts": strconv.Itoa(m.History.Restarts), "delay": d.After.String(),
		}))
	case d.Exhausted:
		p.emit(p.event(c, orchestrate.EventGaveUp, p.Now(), map[string]string{"restarts": strconv.Itoa(m.History.Restarts)}))
	}
}

// tellEnd emits the events of an end.
func (p *project) tellEnd(c *container, byUser bool) {
	if mark, ok, err := record.ReadUserEnd(c.dir, c.memory.Run); byUser && ok && err == nil && mark.Signal != "" {
		p.emit(p.event(c, orchestrate.EventKill, mark.Time, map[string]string{"signal": mark.Signal}))
	}
	attributes, at := map[string]string{"exitCode": strconv.Itoa(record.UnknownCode)}, p.Now()
	if x := c.status.Exit; x != nil {
		attributes["exitCode"], at = strconv.Itoa(x.Code), x.Finished
		if x.StartFailed {
			attributes["startFailed"] = "true"
		}
	}
	p.emit(p.event(c, orchestrate.EventDie, at, attributes))
}

// resume starts again what the runtime's absence ended, once it is back.
func (p *project) resume(c *container) {
	m := &c.memory
	if p.last.down || c.seen == nil || c.endedUnjudged() || !m.Due.IsZero() || p.acting {
		return
	}
	if c.seen.Running() {
		if m.Interrupted { // somebody has started it
			m.Interrupted = false
			p.remember(c)
		}
		return
	}
	if !m.Interrupted && (!m.Judged || !c.forgotten()) {
		return
	}
	byUser, known := p.byUser(c)
	if !known {
		return
	}
	interrupted := m.Interrupted
	m.Interrupted = false
	if Resumes(c.policy, interrupted, byUser) {
		m.Due, c.resuming = p.Now(), true
		p.emit(p.event(c, orchestrate.EventResumed, p.Now(), nil))
	} else if !interrupted {
		return // as it was
	}
	p.remember(c)
}
