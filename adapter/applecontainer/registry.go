package applecontainer

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/hostwright/compose/adapter"
)

var _ adapter.Registries = (*Adapter)(nil)

var listLoginsArgs = []string{"registry", "list", "--format", "json"}

// hubHost is the name under which the runtime keeps a login at Docker Hub.
const hubHost = "registry-1.docker.io"

// ListLogins is `registry list`.
func (a *Adapter) ListLogins(ctx context.Context) ([]adapter.Login, error) {
	c := call{op: adapter.OpListLogins, args: listLoginsArgs, total: a.limits.Control}
	return read(ctx, a, c, decodeLogins)
}

func decodeLogins(output []byte) ([]adapter.Login, error) {
	var list []struct {
		Name string `json:"name"`
		User string `json:"username"`
	}
	if err := json.Unmarshal(output, &list); err != nil {
		return nil, err
	}
	out := make([]adapter.Login, 0, len(list))
	for _, l := range list {
		if l.Name == hubHost {
			l.Name = "docker.io"
		}
		out = append(out, adapter.Login{Host: l.Name, User: l.User})
	}
	slices.SortFunc(out, func(x, y adapter.Login) int { return cmp.Compare(x.Host, y.Host) })
	return out, nil
}

// Login is `registry login` with the password on standard input.
func (a *Adapter) Login(ctx context.Context, r adapter.LoginRequest) error {
	switch {
	case r.Host == "" || r.User == "":
		return refused(adapter.OpLogin, r.Host, "a login needs a registry and a user")
	case strings.ContainsAny(r.Password, "\r\n"): // it is one line
		return refused(adapter.OpLogin, r.Host, "a password of several lines cannot be passed")
	}
	_, err := a.run(ctx, call{
		op: adapter.OpLogin, resource: r.Host, args: loginArgs(r), in: strings.NewReader(r.Password), total: a.limits.Control,
		secrets: secretsOf([]adapter.EnvVar{{Value: r.Password, Sensitive: true}}),
	})
	return err
}

func loginArgs(r adapter.LoginRequest) []string {
	a := argv{"registry", "login", "--password-stdin"}
	if loopback(r.Host) {
		a.text("scheme", "http")
	}
	a.text("username", r.User)
	return append(a, "--", r.Host)
}

// Logout is `registry logout`.
func (a *Adapter) Logout(ctx context.Context, host string) error {
	return a.change(ctx, adapter.OpLogout, host, []string{"registry", "logout", "--", host})
}
