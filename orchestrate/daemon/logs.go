package daemon

import (
	"context"
	"sync"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/record"
	"golang.org/x/sync/errgroup"
)

// Logs reads what the recorders kept. Containers are read side by side, so their lines interleave as on Docker; each
// one's own order holds.
func (c *inProcess) Logs(ctx context.Context, r orchestrate.LogsRequest, each func(orchestrate.LogLine) error) error {
	_, ref, err := c.store(r.Ref)
	if err != nil {
		return err
	}
	dir := c.State.Project(ref.Name, ref.Dir)
	var one sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range r.Containers {
		group.Go(func() error {
			o := record.Options{Tail: r.Tail, Since: r.Since, Until: r.Until, Follow: r.Follow}
			return record.Lines(ctx, dir.Container(name), o, func(l record.Line) error {
				one.Lock()
				defer one.Unlock()
				return each(orchestrate.LogLine{Container: name, Time: l.Time, Stream: string(l.Stream), Text: string(l.Text)})
			})
		})
	}
	return group.Wait()
}
