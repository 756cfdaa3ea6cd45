package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	units "github.com/docker/go-units"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
)

// service finds the project that a container belongs to.
func (s *sight) service(c *adapter.Container) (string, bool) {
	for _, p := range s.projects {
		if p.Ledger == nil || p.Ledger.ID != c.Labels[declared.OwnLedger] {
			continue
		}
		if e, ok := p.Ledger.Entry(ledger.Container, c.ID); ok {
			return e.Service, true
		}
	}
	return "", false
}

// projects looks at what the index knows: every ledger must be readable, every folder there.
func projects(_ context.Context, s *sight) []Result {
	if s.indexError != nil {
		return one(Failed, s.indexError.Error(), "")
	}
	var out []Result
	for _, p := range s.projects {
		_, statErr := os.Stat(p.Dir)
		switch {
		case p.Err != nil:
			out = append(out, Result{State: Failed, Message: p.Err.Error(), Hint: "`hostwright compose adopt` in the project's folder finds again what is its own"})
		case errors.Is(statErr, fs.ErrNotExist):
			out = append(out, Result{
				State: Warning, Message: fmt.Sprintf("the folder of project %s is gone: %s", p.Project, p.Dir),
				Hint: fmt.Sprintf("`hostwright compose -p %s down` removes what it had; where it was moved, run `hostwright compose adopt --from %s` there", p.Project, p.Dir),
			})
		}
	}
	if len(out) == 0 {
		return one(OK, fmt.Sprintf("%d, each with a ledger that can be read", len(s.projects)), "")
	}
	return out
}

func hostwrightd(ctx context.Context, s *sight) []Result {
	if s.Daemon == nil {
		return one(Skipped, "nobody is asked", "")
	}
	text, err := s.Daemon(ctx)
	if err != nil {
		return one(Warning, err.Error(), "`hostwright daemon start` starts it, `hostwright daemon logs` shows what it said")
	}
	return one(OK, text, "")
}

// littleDisk is where images, volumes and recorded output begin to fail.
const littleDisk = 1 << 30

// disk looks at the space where the state folder is.
func disk(_ context.Context, s *sight) []Result {
	dir := string(s.State)
	if _, err := os.Stat(dir); err != nil {
		return one(Skipped, "there is no state folder yet", "")
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return one(Warning, fmt.Sprintf("space of %s: %v", dir, err), "")
	}
	free := int64(fs.Bavail) * int64(fs.Bsize)
	message := fmt.Sprintf("%s free at %s", units.BytesSize(float64(free)), dir)
	if free < littleDisk {
		return one(Warning, message, "`container image prune` and `container system df` show and free what images take")
	}
	return one(OK, message, "")
}
