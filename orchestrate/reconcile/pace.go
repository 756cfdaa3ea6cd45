package reconcile

import (
	"time"

	"github.com/hostwright/compose/adapter"
)

// pace decides when the next listing is worth its call while an operation waits for containers to run or to end. A
// listing is the only way to learn of a boot, so there are few: one when the first containers can be there, which
// tells how long a boot takes, and one when all of those that follow can. It calls no clock and no runtime.
type pace struct {
	slots  int // boots at a time
	queued int // starts that wait for a slot

	look  time.Time // the latest look
	pause time.Duration

	expect time.Duration // what a boot takes while all slots are taken; 0 as long as none was seen
	looks  int           // since no boot was waited for
	blind  int           // how many may be under way or unseen at a time
}

// When containers are looked for.
const (
	// firstBoot is when the first look at a boot is worth while: a boot takes half a second (M2, runtime 1.0.0).
	firstBoot = 400 * time.Millisecond
	// latestBoot is how late a boot is noticed at most, or a tenth of the time that it took.
	latestBoot = time.Second
	// longestHold is how long a boot that nobody has looked for keeps its slot at most.
	longestHold = 750 * time.Millisecond
	// slowBoot is how far boots are apart on a machine that is not what it should be.
	slowBoot = 800 * time.Millisecond
	// longestBlind is the longest time without a look while containers boot.
	longestBlind = 30 * time.Second
	// blindWaves is for how many boots per slot no look is needed at first. Each look doubles it.
	blindWaves = 32

	// firstStop and latestStop are the pauses between looks for an end, which the recorder mostly has told before.
	firstStop  = 40 * time.Millisecond
	latestStop = 500 * time.Millisecond
	// never is a pause for which nothing is waited.
	never = time.Hour
)

// decision is what is to be done now, and when to decide again.
type decision struct {
	look  bool
	leave []func() // slots whose boots can be expected to be over
	at    time.Time
}

// next decides. It takes the leave functions that it gives away.
func (p *pace) next(now time.Time, waiting map[string]*sighting) decision {
	d := decision{at: now.Add(never)}
	earlier := func(t time.Time) {
		if t.Before(d.at) {
			d.at = t
		}
	}
	boots, stops := split(waiting)
	if stops.n > 0 {
		if p.pause == 0 {
			p.pause = firstStop
		}
		earlier(later(p.look, stops.oldest).Add(p.pause))
	}
	if boots.n > 0 {
		earlier(p.bootLook(boots))
	}
	if !d.at.After(now) {
		d.look = true
		return d
	}
	if p.expect == 0 || boots.n >= p.blind {
		return d // slots are given back by looks
	}
	// Early rather than late: the runtime's own lock lets one VM boot after the other, and is not to be idle.
	for _, s := range waiting {
		if s.leave == nil {
			continue
		}
		if due := s.since.Add(min(p.expect*2/3, longestHold)); due.After(now) {
			earlier(due)
		} else {
			d.leave = append(d.leave, s.leave)
			s.leave = nil
		}
	}
	return d
}

// bootLook is when to look for boots that are under way.
func (p *pace) bootLook(b group) time.Time {
	waited := p.look.Sub(b.oldest) // up to the latest look, if there was one
	patience := max(latestBoot, waited/10)
	if p.expect == 0 {
		if waited <= 0 {
			return b.oldest.Add(firstBoot)
		}
		pause := waited * 3 / 5
		if p.queued > 0 {
			pause = waited * 3 / 2 // the look after these is to be the last
		}
		return p.look.Add(min(pause, patience))
	}
	// One after the other, as the runtime's lock has them, with those that are to follow.
	left := b.n + p.queued
	all := p.expect * time.Duration(left) / time.Duration(p.slots)
	switch {
	case left > p.slots && p.expect/time.Duration(p.slots) > slowBoot:
		all /= 2 // a guess from few boots that were slow is not to cost more time than calls
	case p.looks == 1 && left > 2*p.slots:
		all = all * 3 / 4 // what it shows places the last look
	default:
		all = all * 9 / 8
	}
	all = min(all, longestBlind)
	if p.queued > 0 {
		return later(p.look, b.oldest).Add(all)
	}
	due := b.newest.Add(p.expect * 5 / 4)
	if p.look.Before(due) {
		return later(due, later(p.look, b.oldest).Add(all))
	}
	overdue := p.look.Sub(b.newest) - p.expect
	return p.look.Add(max(min(max(p.expect/2, overdue), patience), all))
}

// looked takes over what a look has shown: whom it answered of those who were waited for when it was decided.
func (p *pace) looked(now time.Time, asked map[string]*sighting, answered map[string]bool) {
	before := p.look
	p.look = now
	seen, unseen := map[string]*sighting{}, map[string]*sighting{}
	for id, s := range asked {
		if answered[id] {
			seen[id] = s
		} else {
			unseen[id] = s
		}
	}
	there, stopped := split(seen)
	missing, going := split(unseen)
	switch {
	case stopped.n > 0:
		p.pause = firstStop // others may follow soon
	case going.n > 0:
		p.pause = min(p.pause*3/2, latestStop)
	}
	if there.n+missing.n == 0 {
		return
	}
	p.looks++
	if there.n > 0 {
		p.learn(now, before, there, missing)
	}
	if missing.n == 0 && p.queued == 0 {
		p.looks = 0
	}
}

// learn estimates how long a boot takes from those that this look has shown and those that it has not.
func (p *pace) learn(now, before time.Time, there, missing group) {
	most := now.Sub(there.newest)
	least := max(0, before.Sub(there.newest)) // it did not run at the look before
	// As many boot at a time as there are slots, and one of those that are not there is half done.
	rate := now.Sub(there.oldest) * time.Duration(2*p.slots) / time.Duration(2*there.n+1)
	known := p.expect
	p.blind = max(2*p.blind, blindWaves*p.slots)
	switch {
	case missing.n > 0:
		p.expect = rate
	case known == 0:
		p.expect = most
		if least > 0 {
			p.expect = (most + least) / 2
		}
	case least >= known:
		p.expect = (most + least) / 2
	case least == 0:
		p.expect = min(known, most)
	}
	if known > 0 && p.expect > 3*known { // a container that is slow by itself says nothing of the others
		p.expect = known
	}
}

// group is what is waited for of one kind.
type group struct {
	n              int
	oldest, newest time.Time
}

func (g *group) add(t time.Time) {
	if g.n == 0 || t.Before(g.oldest) {
		g.oldest = t
	}
	g.newest = later(g.newest, t)
	g.n++
}

func split(waiting map[string]*sighting) (boots, stops group) {
	for _, s := range waiting {
		if s.want == adapter.StateRunning {
			boots.add(s.since)
		} else {
			stops.add(s.since)
		}
	}
	return boots, stops
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
