package images

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

const private = "registry.example.com/private:"

// keeper is a runtime with logins: images below private need one of the user "lab", with the password "right".
type keeper struct {
	*adaptertest.Fake
	mu     sync.Mutex
	logins []adapter.Login
	right  bool // the login that it has is good
	calls  []string
}

func newKeeper(t *testing.T) *keeper {
	k := &keeper{Fake: newFake(t)}
	for i := range 3 {
		k.AddRemote(adaptertest.FakeImage{Reference: fmt.Sprintf("%s%d", private, i)})
	}
	return k
}

func (k *keeper) PullImage(ctx context.Context, r adapter.PullRequest) error {
	k.mu.Lock()
	allowed := k.right || !strings.HasPrefix(r.Reference, private)
	k.mu.Unlock()
	if !allowed {
		return &adapter.Error{Kind: adapter.Denied, Op: adapter.OpPullImage, Resource: r.Reference, Words: "access denied", Hint: "the adapter's"}
	}
	return k.Fake.PullImage(ctx, r)
}

func (k *keeper) ListLogins(context.Context) ([]adapter.Login, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls = append(k.calls, "list")
	return slices.Clone(k.logins), nil
}

func (k *keeper) Login(_ context.Context, r adapter.LoginRequest) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls = append(k.calls, "login "+r.Host+" "+r.User)
	if r.Password != "right" {
		return &adapter.Error{Kind: adapter.Denied, Op: adapter.OpLogin, Resource: r.Host, Words: "wrong credentials"}
	}
	k.logins, k.right = append(k.logins, adapter.Login{Host: r.Host, User: r.User}), true
	return nil
}

func (k *keeper) Logout(_ context.Context, host string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls = append(k.calls, "logout "+host)
	k.logins, k.right = slices.DeleteFunc(k.logins, func(l adapter.Login) bool { return l.Host == host }), false
	return nil
}

func docker(password string) Credentials {
	return func(_ context.Context, host string) (Credential, bool, error) {
		return Credential{User: "lab", Password: password, Source: "/docker"}, host == "registry.example.com", nil
	}
}

func TestALoginOfDockersIsLentAndTakenBack(t *testing.T) {
	k := newKeeper(t)
	var said []string
	steps := []plan.Step{pull(private+"0", false, "a"), pull(private+"1", false, "b"), pull("redis:7", false, "c"), pull(private+"2", false, "d")}
	_, err := Make(t.Context(), steps, Options{Adapter: k, Project: project, Credentials: docker("right"), Say: func(line string) { said = append(said, line) }})
	assert.NilError(t, err)
	assert.DeepEqual(t, k.calls, []string{"list", "login registry.example.com lab", "logout registry.example.com"})
	assert.DeepEqual(t, said, []string{"registry.example.com: logged in as lab (from /docker) for this command only; " +
		"`container registry login registry.example.com` makes a login that stays"})
	local, err := k.ListImages(t.Context())
	assert.NilError(t, err)
	assert.Equal(t, len(local), 4)
}

func TestALentLoginIsTakenBackAfterAFailure(t *testing.T) {
	k := newKeeper(t)
	_, err := Make(t.Context(), []plan.Step{pull(private+"0", false, "a"), pull(private+"none", false, "b")},
		Options{Adapter: k, Project: project, Credentials: docker("right")})
	assert.ErrorContains(t, err, "pull image "+private+"none: failed with response: 404 Not Found")
	assert.Equal(t, k.calls[len(k.calls)-1], "logout registry.example.com")
}

func TestWhatIsSaidOfARefusedLogin(t *testing.T) {
	for _, c := range []struct {
		name        string
		credentials Credentials
		logins      []adapter.Login
		hint        string
		calls       []string
	}{
		{"nobody has a login", func(context.Context, string) (Credential, bool, error) { return Credential{}, false, nil }, nil,
			"log in with `container registry login registry.example.com`, or check the name: registries answer the same for an image that does not exist",
			[]string{"list"}},
		{"the runtime's login is refused, and is not replaced", docker("right"), []adapter.Login{{Host: "registry.example.com", User: "me"}},
			"the runtime is logged in to registry.example.com as me, who may not have it, or the login has expired: " +
				"`container registry login registry.example.com` makes a new one; or check the name",
			[]string{"list"}},
		{"Docker's login is refused", docker("wrong"), nil,
			"the login that Docker keeps did not help (log in to registry.example.com as lab (from /docker): wrong credentials); " +
				"log in with `container registry login registry.example.com`, or check the name: registries answer the same for an image that does not exist",
			[]string{"list", "login registry.example.com lab"}},
		{"Docker's file cannot be read", func(context.Context, string) (Credential, bool, error) {
			return Credential{}, false, errors.New("read Docker's config file: broken")
		}, nil,
			"the login that Docker keeps did not help (read Docker's config file: broken); " +
				"log in with `container registry login registry.example.com`, or check the name: registries answer the same for an image that does not exist",
			[]string{"list"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newKeeper(t)
			k.logins = c.logins
			_, err := Make(t.Context(), []plan.Step{pull(private+"0", false, "a")}, Options{Adapter: k, Project: project, Credentials: c.credentials})
			assert.Error(t, err, "pull image "+private+"0: access denied")
			assert.Equal(t, orchestrate.Hint(err), c.hint)
			assert.DeepEqual(t, k.calls, c.calls)
		})
	}
}

func TestAPullTellsHowFarItIs(t *testing.T) {
	k := talking{Fake: newFake(t)}
	var seen []orchestrate.Event
	_, err := Make(t.Context(), []plan.Step{pull("redis:7", false, "a")}, Options{Adapter: k, Project: project, Report: func(e orchestrate.Event) { seen = append(seen, e) }})
	assert.NilError(t, err)
	assert.Equal(t, len(seen), 3)
	assert.Equal(t, seen[1].Text+" "+string(seen[1].Status), "Pulling Working")
	assert.Equal(t, fmt.Sprint(seen[1].Current, seen[1].Total, seen[1].Percent), "4500000 37100000 12")
}

// talking writes progress in pieces.
type talking struct{ *adaptertest.Fake }

func (t talking) PullImage(ctx context.Context, r adapter.PullRequest) error {
	for _, piece := range []string{"[1/2] Fetching image\n[1/2] Fet", "ching image 12% (3 of 14 blobs, 4.5/37.1 MB, 2.3", " MB/s) [4s]\n"} {
		if _, err := r.Progress.Write([]byte(piece)); err != nil {
			return err
		}
	}
	return t.Fake.PullImage(ctx, adapter.PullRequest{Reference: r.Reference})
}

func TestParseProgress(t *testing.T) {
	for line, want := range map[string]amount{
		"[1/2] Fetching image 12% (3 of 14 blobs, 4.5/37.1 MB, 2.3 MB/s) [4s]":         {4_500_000, 37_100_000},
		"[1/2] Fetching image 1% (1 of 1,214 blobs, 512 KB/37,1 MB, 512 KB/s) [1s]":    {512_000, 37_100_000},
		"[1/2] Fetching image 0% (1 of 2 blobs, Zero KB/1.2 GB) [0s]":                  {0, 1_200_000_000},
		"Pushing image 50% (10/20 MB)":                                                 {10_000_000, 20_000_000},
		"[2/2] Unpacking image for platform linux/arm64 99% (38/37.1 MB, 1 MB/s) [1s]": {37_100_000, 37_100_000},
	} {
		got, ok := parseProgress(line)
		assert.Assert(t, ok, line)
		assert.Equal(t, got, want, line)
	}
	for _, line := range []string{"", "[1/2] Fetching image", "[1/2] Fetching image 100% (14 blobs, 37.1 MB) [9s]", "(1/2)", "(a/b MB)",
		"(1/0 MB)", "(1..2/3 MB)", "(99999999999999999/99999999999999999 TB)", "[1/2] Fetching image (3 of 14 blobs, 2.3 MB/s)"} {
		_, ok := parseProgress(line)
		assert.Assert(t, !ok, line)
	}
}

func FuzzParseProgress(f *testing.F) {
	f.Add("[1/2] Fetching image 12% (3 of 14 blobs, 4.5/37.1 MB, 2.3 MB/s) [4s]")
	f.Fuzz(func(t *testing.T, line string) {
		a, ok := parseProgress(line)
		if ok && (a.current < 0 || a.total <= 0 || a.current > a.total || 100*a.current/a.total > 100) {
			t.Fatalf("%q gives %+v", line, a)
		}
	})
}
