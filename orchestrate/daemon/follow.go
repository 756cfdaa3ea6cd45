package daemon

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/record"
	"golang.org/x/sync/errgroup"
)

// How often a follower looks for the next run of a container, and for containers that are new.
const (
	nextRunInterval   = 50 * time.Millisecond
	newComersInterval = 500 * time.Millisecond
)

// Follow reads what the recorders of a project's containers keep. It asks the runtime for nothing.
func (c *inProcess) Follow(ctx context.Context, r orchestrate.FollowRequest, each func(orchestrate.Output) error) error {
	store, ref, err := c.store(r.Ref)
	if err != nil {
		return err
	}
	f := &follower{store: store, dir: c.State.Project(ref.Name, ref.Dir), request: r, each: each, known: map[string]bool{}}
	err = f.run(ctx)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// follower follows the containers of one request.
type follower struct {
	store   *ledger.Store
	dir     statedir.Project
	request orchestrate.FollowRequest

	one  sync.Mutex // around each
	each func(orchestrate.Output) error

	known map[string]bool // folders of containers that were looked at
}

func (f *follower) emit(o orchestrate.Output) error {
	f.one.Lock()
	defer f.one.Unlock()
	return f.each(o)
}

// run marks where every container is, says that it is ready, and follows until ctx ends.
func (f *follower) run(ctx context.Context) error {
	present, err := f.newComers(true)
	if err != nil {
		return err
	}
	ready := orchestrate.Output{Kind: orchestrate.OutputReady}
	for _, one := range present {
		ready.Following = append(ready.Following, orchestrate.Followed{Container: one.name, Service: one.service})
	}
	if err := f.emit(ready); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	tick := time.NewTicker(newComersInterval)
	defer tick.Stop()
	for {
		for _, one := range present {
			group.Go(func() error { return one.follow(ctx) })
		}
		select {
		case <-ctx.Done():
			return group.Wait()
		case <-tick.C:
		}
		if present, err = f.newComers(false); err != nil {
			return errors.Join(err, group.Wait())
		}
	}
}

// newComers gives the containers of the wanted services that were not seen before: at first all that the ledger lists,
// later those whose recorder has made a folder. What a new one did so far is new as well.
func (f *follower) newComers(first bool) ([]*followed, error) {
	if !first {
		some, err := f.newFolders()
		if err != nil || !some {
			return nil, err
		}
	}
	l, _, err := f.store.Load()
	if err != nil {
		return nil, ledgerError(err)
	}
	if l == nil {
		return nil, nil
	}
	var out []*followed
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != ledger.Container || f.known[e.Name] {
			continue
		}
		f.known[e.Name] = true
		if e.OneOff || !slices.Contains(f.request.Services, e.Service) {
			continue
		}
		one := &followed{follower: f, name: e.Name, service: e.Service, dir: f.dir.Container(e.Name)}
		if first {
			if one.last, err = record.ReadStatus(one.dir); err != nil {
				return nil, err
			}
		}
		out = append(out, one)
	}
	return out, nil
}

// newFolders tells whether there is a recorder's folder that was not there before.
func (f *follower) newFolders() (bool, error) {
	folders, err := os.ReadDir(filepath.Dir(f.dir.Container("any")))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	some := false
	for _, folder := range folders {
		if !f.known[folder.Name()] {
			some = true
		}
	}
	return some, nil
}

// followed is one container that is followed from run to run.
type followed struct {
	*follower
	name, service string
	dir           string
	last          record.Status // of the run that was seen last; Run 0: none
}

// follow gives the runs that come, and the rest of one that is under way.
func (c *followed) follow(ctx context.Context) error {
	if c.last.Recording {
		if err := c.run(ctx, 0); err != nil {
			return err
		}
	}
	tick := time.NewTicker(nextRunInterval)
	defer tick.Stop()
	for {
		s, err := record.ReadStatus(c.dir)
		if err != nil {
			return err
		}
		// A container that was made anew counts its runs from 1 again.
		if s.Run != 0 && !(s.Run == c.last.Run && s.Called.Equal(c.last.Called)) {
			c.last = s
			if err := c.run(ctx, -1); err != nil {
				return err
			}
			continue // the next one may have begun
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// errNextRun ends the reading of a run's lines where the lines of the next one begin.
var errNextRun = errors.New("the next run has begun")

// run gives the last run to its end: its start, its lines (the last tail of those that there are, negative: all), its
// exit.
func (c *followed) run(ctx context.Context, tail int) error {
	if err := c.emit(c.output(orchestrate.OutputStarted)); err != nil {
		return err
	}
	silent := slices.Contains(c.request.Silent, c.service)
	o := record.Options{Tail: tail, FromRun: c.last.Run, Follow: true}
	err := record.Lines(ctx, c.dir, o, func(l record.Line) error {
		switch {
		case l.Run > c.last.Run:
			return errNextRun
		case silent:
			return nil
		}
		out := c.output(orchestrate.OutputLine)
		out.Line = &orchestrate.LogLine{Container: c.name, Time: l.Time, Stream: string(l.Stream), Text: string(l.Text)}
		return c.emit(out)
	})
	if err != nil && !errors.Is(err, errNextRun) {
		return err
	}
	s, err := record.ReadStatus(c.dir)
	if err != nil {
		return err
	}
	out := c.output(orchestrate.OutputExited)
	out.Exit = &orchestrate.RunExit{Code: record.UnknownCode}
	if e := s.Exit; e != nil && e.Run == c.last.Run && s.Called.Equal(c.last.Called) {
		out.Exit = &orchestrate.RunExit{Code: e.Code, Known: e.Known, StartFailed: e.StartFailed, Finished: e.Finished}
	}
	return c.emit(out)
}

func (c *followed) output(kind orchestrate.OutputKind) orchestrate.Output {
	return orchestrate.Output{Kind: kind, Service: c.service, Container: c.name}
}
