package daemon

import (
	"cmp"
	"context"
	"slices"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"golang.org/x/sync/errgroup"
)

// listContainers lists, and inspects what the ledger has and the listing lacks: a listing may leave out a container that
// was created a moment ago (observed, section 3.6), and one that is not seen would be taken for gone, forgotten and
// left running. Where nothing is missing it is one call.
func listContainers(ctx context.Context, a adapter.Containers, l *ledger.Ledger) ([]adapter.Container, error) {
	listed, err := a.ListContainers(ctx)
	if err != nil || l == nil {
		return listed, err
	}
	there := make(map[string]bool, len(listed))
	for i := range listed {
		there[listed[i].ID] = true
	}
	var missing []string
	for _, e := range l.Entries {
		if e.Kind == ledger.Container && !there[e.Name] {
			missing = append(missing, e.Name)
		}
	}
	found := make([]*adapter.Container, len(missing))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i, id := range missing {
		group.Go(func() error {
			c, err := a.InspectContainer(ctx, id)
			if adapter.Is(err, adapter.NotFound) {
				return nil
			}
			found[i] = &c
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, c := range found {
		if c != nil {
			listed = append(listed, *c)
		}
	}
	slices.SortFunc(listed, func(x, y adapter.Container) int { return cmp.Compare(x.ID, y.ID) })
	return listed, nil
}
