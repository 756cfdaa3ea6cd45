package daemon

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Bounds of a hostwrightd that leaves. Together they are less than launchd and systemd wait before they kill.
const (
	// finishPatience is how long commands that are carried out may go on after a `stop`.
	finishPatience = 10 * time.Second
	// cancelPatience is how long cancelled ones may take to record what they did.
	cancelPatience = 8 * time.Second
)

// underways are the commands that a hostwrightd carries out.
type underways struct {
	mu     sync.Mutex
	all    map[*Underway]struct{}
	closed bool          // no more begin
	idle   chan struct{} // closed when none is left after closed
}

func newUnderways() *underways {
	return &underways{all: map[*Underway]struct{}{}, idle: make(chan struct{})}
}

// begin enters a command; it is false when no more may begin.
func (u *underways) begin(what *Underway) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return false
	}
	u.all[what] = struct{}{}
	return true
}

// describe says more of one that has begun.
func (u *underways) describe(what *Underway, project, command string, pid int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	what.Project, what.Command, what.PID = project, command, pid
}

// end takes a command out.
func (u *underways) end(what *Underway) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.all, what)
	u.settle()
}

// settle is called with the lock.
func (u *underways) settle() {
	if !u.closed || len(u.all) > 0 {
		return
	}
	select {
	case <-u.idle:
	default:
		close(u.idle)
	}
}

// list gives those under way, by project.
func (u *underways) list() []Underway {
	u.mu.Lock()
	defer u.mu.Unlock()
	var out []Underway
	for what := range u.all {
		out = append(out, *what)
	}
	slices.SortFunc(out, func(a, b Underway) int { return cmp.Or(cmp.Compare(a.Project, b.Project), a.Since.Compare(b.Since)) })
	return out
}

// close lets no more begin. With unlessBusy it does so only when none is under way, and tells.
func (u *underways) close(unlessBusy bool) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if unlessBusy && len(u.all) > 0 {
		return false
	}
	u.closed = true
	u.settle()
	return true
}

// leaving tells whether no more may begin.
func (u *underways) leaving() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.closed
}

// wait waits for the end of all after close, while ctx lasts and no longer than a time.
func (u *underways) wait(ctx context.Context, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-u.idle:
	case <-ctx.Done():
	case <-timer.C:
	}
}
