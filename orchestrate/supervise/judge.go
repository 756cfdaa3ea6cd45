package supervise

import (
	"strconv"
	"time"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/record"
)

// mostPuzzled is how many looks at once may show a container running whose process has ended, before it is left to
// the usual ones.
const mostPuzzled = 10

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
	default:
		p.tellEnd(c, false)
		p.decide(c)
	}
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

// interrupted notes that the runtime took the run with it. Nothing is counted; a restart that was decided moments
// before, while the runtime was already going down, is taken back.
func (p *project) interrupted(c *container) {
	m := &c.memory
	m.Judged, m.Interrupted, m.Due = true, Resumes(c.policy, true, false), time.Time{}
	if c.status.Exit != nil && c.status.Exit.StartFailed && m.Ours == m.Run && m.History.Restarts > 0 {
		m.History.Restarts--
		m.History.Delay = 0
		if n := len(m.History.Attempts); n > 0 {
			m.History.Attempts = m.History.Attempts[:n-1]
		}
	}
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
	c.memory.History = h
	p.judged(c, d)
}

// judged writes a decision down.
func (p *project) judged(c *container, d Decision) {
	m := &c.memory
	m.Judged, m.Exhausted, m.Due = true, d.Exhausted, time.Time{}
	if d.Restart {
		m.Due = p.Now().Add(d.After)
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
