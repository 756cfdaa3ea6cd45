package supervise

import (
	"context"
	"errors"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/health"
)

// healthNews is a change of a container's health.
type healthNews struct {
	id    string
	state health.State
}

// watchHealth begins to probe a container that has been started, and ends it for one that does not run.
func (p *project) watchHealth(ctx context.Context, c *container) {
	if p.last.down {
		return
	}
	if !c.running() {
		c.stopWatching()
		return
	}
	if c.unwatch != nil && c.probed.Equal(c.seen.Started) {
		return
	}
	c.stopWatching()
	check := health.Effective(c.check, p.facts(c.seen).Healthcheck)
	if check == nil {
		return
	}
	ctx, c.unwatch = context.WithCancel(ctx)
	c.probed, c.healthIs = c.seen.Started, ""
	id := c.id
	r := health.WatchRequest{
		WaitRequest: health.WaitRequest{
			ID: id, Dir: c.dir, Check: *check, Started: c.seen.Started,
			Changed: func(s health.State) {
				select {
				case p.health <- healthNews{id, s}:
				case <-ctx.Done():
				}
			},
		},
		Turn: p.turn,
	}
	p.probes.Go(func() {
		if err := health.Watch(ctx, p.Adapter, r); err != nil && ctx.Err() == nil && !errors.Is(err, health.ErrGone) {
			p.Log("health of %s: %v", id, err)
		}
	})
}

func (c *container) stopWatching() {
	if c.unwatch != nil {
		c.unwatch()
		c.unwatch = nil
	}
}

// tellHealth emits an event when a container's health has become another.
func (p *project) tellHealth(n healthNews) {
	c := p.containers[n.id]
	if c == nil || !n.state.Started.Equal(c.probed) || c.healthIs == string(n.state.Status) {
		return
	}
	c.healthIs = string(n.state.Status)
	attributes := map[string]string{"status": c.healthIs}
	if last, ok := n.state.Last(); ok && n.state.Status == health.Unhealthy {
		attributes["output"] = last.Output
	}
	p.emit(p.event(c, orchestrate.EventHealth, p.Now(), attributes))
}
