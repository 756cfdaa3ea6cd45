package supervise

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/translate/declared"
)

// see takes over what the runtime showed.
func (p *project) see(ctx context.Context, s sighting) {
	first := !p.looked
	p.last, p.looked = s, true
	p.takeContainers(first)
	for _, c := range p.containers {
		p.readRun(c) // a recorder that was killed leaves no other trace
		p.judge(c)
		p.takeBack(c)
		p.resume(c)
		p.watchHealth(ctx, c)
	}
	if s.down {
		return
	}
	p.compare()
	p.relayPorts()
	if now := p.addressesNow(); now != p.addresses {
		p.addresses, p.hostsDue = now, p.Now()
	}
}

// takeContainers makes the watched containers those that the ledger lists, with what the sighting shows of each.
func (p *project) takeContainers(first bool) {
	l, there := p.last.ledger, map[string]bool{}
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != ledger.Container || e.OneOff || e.Service == "" || e.State != ledger.Created {
			continue
		}
		there[e.Name] = true
		c := p.containers[e.Name]
		if c == nil {
			c = p.newContainer(e.Name)
		}
		c.settle(e)
		p.takeSeen(c, first)
	}
	for id, c := range p.containers {
		if !there[id] {
			if c.seen != nil && !p.last.down {
				p.emit(p.event(c, orchestrate.EventDestroy, time.Time{}, nil))
			}
			c.stopWatching()
			delete(p.containers, id)
		}
	}
}

func (p *project) newContainer(id string) *container {
	c := &container{id: id, dir: p.folder.Container(id)}
	memory, err := ReadMemory(c.dir)
	if err != nil {
		p.Log("container %s: %v", id, err)
	}
	c.memory = memory
	status, err := record.ReadStatus(c.dir)
	c.unheard = err == nil && status.Run > 0 && memory.Run == 0
	if err == nil && memory.abandoned(status) {
		c.memory.Due = p.Now()
	}
	p.containers[id] = c
	return c
}

// takeSeen takes over a container from the listing, if it is there and ours.
func (p *project) takeSeen(c *container, first bool) {
	if p.last.down {
		return // what was seen before says at least what it was
	}
	before := c.seen
	c.seen = nil
	if found, ok := p.last.snapshot.Container(c.id); ok && found.Labels[declared.OwnLedger] == p.last.ledger.ID {
		c.seen = found
	}
	switch {
	case before == nil && c.seen != nil && c.memory.Run == 0 && (!first || c.unheard):
		p.emit(p.event(c, orchestrate.EventCreate, c.seen.Created, nil))
	case before != nil && c.seen == nil:
		p.emit(p.event(c, orchestrate.EventDestroy, time.Time{}, nil))
	}
}

// compare looks for drift. What is seen once may be an operation under way: it is told when the next sighting shows it
// too and the ledger has not changed.
func (p *project) compare() {
	runs := map[string]Run{}
	for id, c := range p.containers {
		_, byUser, err := record.ReadUserEnd(c.dir, c.status.Run)
		runs[id] = Run{Status: c.status, ByUser: byUser || err != nil}
	}
	l := p.last.ledger
	suspected := map[string]orchestrate.DriftKind{}
	now := map[string]orchestrate.Drift{}
	for _, d := range Drift(l, Seen{Snapshot: p.last.snapshot, Runs: runs}) {
		if c := p.containers[d.Resource.Name]; c != nil && d.Kind == orchestrate.DriftStopped && (!c.memory.Due.IsZero() || p.acting) {
			continue // its policy sets it right
		}
		key := string(d.Resource.Kind) + " " + d.Resource.Name
		suspected[key] = d.Kind
		if p.serial == l.Serial && p.suspected[key] == d.Kind {
			now[key] = d
		}
	}
	fullLook := p.last.snapshot.Networks != nil
	for key, d := range now {
		if p.drifted[key].Kind != d.Kind {
			p.drifted[key] = d
			p.emit(driftEvent(orchestrate.EventDrift, d))
		}
	}
	for key, d := range p.drifted {
		if suspected[key] == "" && (fullLook || d.Resource.Kind == "container" && d.Kind != orchestrate.DriftTagMoved) {
			delete(p.drifted, key)
			p.emit(driftEvent(orchestrate.EventSettled, d))
		}
	}
	if len(suspected) > len(now) && p.serial != l.Serial || anyNew(suspected, p.suspected) {
		time.AfterFunc(againAfter, p.Look)
	}
	if fullLook || p.suspected == nil || p.serial != l.Serial {
		p.suspected = suspected
	} else {
		for key, kind := range suspected {
			p.suspected[key] = kind
		}
	}
	p.serial = l.Serial
}

func anyNew(now, before map[string]orchestrate.DriftKind) bool {
	for key, kind := range now {
		if before[key] != kind {
			return true
		}
	}
	return false
}

func driftEvent(a orchestrate.EventAction, d orchestrate.Drift) orchestrate.ProjectEvent {
	return orchestrate.ProjectEvent{
		Type: string(d.Resource.Kind), Action: a, Name: d.Resource.Name, Service: d.Service,
		Attributes: map[string]string{"name": d.Resource.Name, "drift": string(d.Kind), "message": d.Message},
	}
}

// addressesNow is what the hosts files depend on: who runs on the networks of this project, and where.
func (p *project) addressesNow() string {
	mine := map[string]bool{}
	for _, c := range p.containers {
		if c.running() {
			for _, n := range c.seen.Networks {
				mine[n] = true
			}
		}
	}
	var lines []string
	for i := range p.last.snapshot.Containers {
		c := &p.last.snapshot.Containers[i]
		if !c.Running() {
			continue
		}
		for _, a := range c.Addresses {
			if mine[a.Network] {
				lines = append(lines, c.ID+" "+a.Network+" "+a.IPv4.String()+" "+a.Gateway.String()+" "+strconv.FormatInt(c.Started.Unix(), 10))
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// stopped tells a container of the runtime that does not run.
func stopped(c *adapter.Container) bool { return c != nil && c.State == adapter.StateStopped }
