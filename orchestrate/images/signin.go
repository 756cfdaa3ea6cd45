package images

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
)

// logoutDeadline bounds the logouts at the end, after whatever happened before.
const logoutDeadline = 30 * time.Second

// signIns are the logins that this operation makes in the runtime, which takes no credential for one pull alone: to a
// registry that refuses and that the runtime has no login for, the user's login in Docker's config file is lent, and
// taken back at the end. A login that the runtime has is never replaced.
type signIns struct {
	mu    sync.Mutex
	tried map[string]*attempt // by host
}

// attempt is one try to sign in to a registry, made once for all its images.
type attempt struct {
	done bool   // signed in: the transfer is worth another try
	why  string // why there was nothing to lend, for the error's hint
	err  error
}

// signIn lends the runtime a login for the registry of a reference, or says why not.
func (m *maker) signIn(ctx context.Context, reference string) *attempt {
	host := registry(reference)
	m.signed.mu.Lock()
	defer m.signed.mu.Unlock()
	if a, ok := m.signed.tried[host]; ok {
		return a
	}
	if m.signed.tried == nil {
		m.signed.tried = map[string]*attempt{}
	}
	a := m.lend(ctx, host)
	m.signed.tried[host] = a
	return a
}

func (m *maker) lend(ctx context.Context, host string) *attempt {
	registries, ok := m.Adapter.(adapter.Registries)
	if !ok || m.Credentials == nil {
		return &attempt{}
	}
	logins, err := registries.ListLogins(ctx)
	if err != nil {
		return &attempt{err: err}
	}
	if i := slices.IndexFunc(logins, func(l adapter.Login) bool { return l.Host == host }); i >= 0 {
		return &attempt{why: fmt.Sprintf("the runtime is logged in to %s as %s, who may not have it, or the login has expired: "+
			"`container registry login %s` makes a new one; or check the name", host, logins[i].User, host)}
	}
	c, found, err := m.Credentials(ctx, host)
	switch {
	case err != nil:
		return &attempt{err: err}
	case !found:
		return &attempt{}
	}
	if err := registries.Login(ctx, adapter.LoginRequest{Host: host, User: c.User, Password: c.Password}); err != nil {
		return &attempt{err: fmt.Errorf("log in to %s as %s: %w", host, c, err)}
	}
	if m.Say != nil {
		m.Say(fmt.Sprintf("%s: logged in as %s for this command only; `container registry login %s` makes a login that stays", host, c, host))
	}
	return &attempt{done: true}
}

// signOut takes the logins back.
func (m *maker) signOut(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutDeadline)
	defer cancel()
	var errs []error
	for host, a := range m.signed.tried {
		if a.done {
			errs = append(errs, m.Adapter.(adapter.Registries).Logout(ctx, host))
		}
	}
	return errors.Join(errs...)
}

// transfer pulls or pushes, and once more when the registry refuses and a login can be lent.
func (m *maker) transfer(ctx context.Context, reference string, do func() error) (*attempt, error) {
	err := do()
	if !adapter.Is(err, adapter.Denied) || ctx.Err() != nil {
		return nil, err
	}
	a := m.signIn(ctx, reference)
	if !a.done {
		return a, err
	}
	return a, do()
}
