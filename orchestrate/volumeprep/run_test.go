package volumeprep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/ledger/statedir"
	"gotest.tools/v3/assert"
)

const programText = "the program"

// bench is a fake runtime with an image and a new volume, and programs to embed. What the program does is the test's.
type bench struct {
	fake   *adaptertest.Fake
	state  statedir.Dir
	action Action
	args   []string // of the last run
}

func newBench(t *testing.T, program adaptertest.Program) *bench {
	t.Helper()
	setPrograms(t, fstest.MapFS{
		"bin/prepare-linux-amd64": {Data: []byte(programText)},
		"bin/prepare-linux-arm64": {Data: []byte(programText)},
	})
	b := &bench{fake: adaptertest.NewFake(), state: statedir.Dir(t.TempDir())}
	b.fake.AddImage(adaptertest.FakeImage{Reference: "postgres:15", User: "postgres", Entrypoint: []string{"docker-entrypoint.sh"}, Program: adaptertest.Serve})
	b.fake.Binary("/.hostwright/prepare/prepare", func(p *adaptertest.Process) int {
		b.args = p.Args[1:]
		return program(p)
	})
	assert.NilError(t, b.fake.CreateVolume(t.Context(), adapter.VolumeRequest{Name: "shop_data"}))
	b.action = Action{
		Helper: "shop-data-prepare", Labels: map[string]string{"ledger": "abc", "oneoff": "prepare"},
		Volume: "shop_data", Image: "postgres:15", Target: "/var/lib/postgresql/data",
	}
	return b
}

func setPrograms(t *testing.T, files fs.FS) {
	old := programs
	programs = files
	t.Cleanup(func() { programs = old })
}

func (b *bench) run(t *testing.T) error {
	_, err := Run(t.Context(), b.fake, b.state, b.action)
	return err
}

func (b *bench) containers() []string {
	var ids []string
	for _, c := range b.fake.Snapshot().Containers {
		ids = append(ids, c.ID)
	}
	return ids
}

func TestRunPreparesAndLeavesNothing(t *testing.T) {
	var seen string
	b := newBench(t, func(p *adaptertest.Process) int {
		data, err := p.ReadFile("/.hostwright/prepare/prepare") // the helper's folder is this machine's
		seen = fmt.Sprint(string(data), err, p.User)
		return 0
	})
	assert.NilError(t, b.run(t))
	assert.Equal(t, seen, programText+"<nil>0")
	assert.DeepEqual(t, b.args, []string{"/.hostwright/volume", "/var/lib/postgresql/data"})
	assert.Equal(t, len(b.containers()), 0)
	left, err := os.ReadDir(filepath.Join(root(b.state), "begun"))
	assert.NilError(t, err)
	assert.Equal(t, len(left), 0)
}

func TestRunContinuesWhatFailed(t *testing.T) {
	code := 3
	b := newBench(t, func(p *adaptertest.Process) int {
		fmt.Fprintln(p.Stderr, "prepare volume for /x: no space left on device")
		return code
	})
	assert.Error(t, b.run(t), "the helper ended with exit code 3: prepare volume for /x: no space left on device")
	assert.Equal(t, len(b.containers()), 0)
	code = 0
	assert.NilError(t, b.run(t))
	assert.DeepEqual(t, b.args, []string{"-resume", "/.hostwright/volume", "/var/lib/postgresql/data"})
	assert.NilError(t, b.run(t))
	assert.Equal(t, b.args[0], "/.hostwright/volume", "a volume that was prepared is no unfinished work")
}

func TestPartsOfTheProgramAreSwept(t *testing.T) {
	b := newBench(t, func(*adaptertest.Process) int { return 0 })
	dir, err := place(b.state, []byte(programText))
	assert.NilError(t, err)
	old, young := filepath.Join(dir, ".prepare.1"), filepath.Join(dir, ".prepare.2")
	for _, path := range []string{old, young} {
		assert.NilError(t, os.WriteFile(path, []byte("the pro"), 0o600))
	}
	then := time.Now().Add(-time.Hour)
	for _, path := range []string{old, filepath.Join(dir, helperName)} {
		assert.NilError(t, os.Chtimes(path, then, then))
	}
	assert.NilError(t, b.run(t))
	entries, err := os.ReadDir(dir)
	assert.NilError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	assert.DeepEqual(t, names, []string{".prepare.2", helperName}) // somebody may be writing the young one
}

func TestAnAttemptIsForgottenWithItsVolume(t *testing.T) {
	code := 3
	b := newBench(t, func(*adaptertest.Process) int { return code })
	assert.ErrorContains(t, b.run(t), "exit code 3")
	assert.NilError(t, Forget(b.state, b.action.Helper, b.action.Volume))
	assert.NilError(t, Forget(b.state, b.action.Helper, b.action.Volume))
	code = 0
	assert.NilError(t, b.run(t))
	assert.Equal(t, b.args[0], "/.hostwright/volume", "the volume of the same name goes on with what another had begun")
}

func TestRunThatIsCancelledCleansUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b := newBench(t, func(p *adaptertest.Process) int {
		cancel()
		<-p.Context.Done()
		return 137
	})
	_, err := Run(ctx, b.fake, b.state, b.action)
	assert.Assert(t, errors.Is(err, context.Canceled) || adapter.Is(err, adapter.Timeout), "%v", err)
	assert.Equal(t, len(b.containers()), 0)
}

func TestRunReplacesWhatAKilledAttemptLeft(t *testing.T) {
	b := newBench(t, adaptertest.Exit(0))
	r, err := Request(b.action, t.TempDir(), false)
	assert.NilError(t, err)
	assert.NilError(t, b.fake.CreateContainer(t.Context(), r))
	assert.NilError(t, b.run(t))
	assert.Equal(t, len(b.containers()), 0)
}

func TestRunLeavesAForeignContainerAlone(t *testing.T) {
	b := newBench(t, adaptertest.Exit(0))
	for _, labels := range []map[string]string{nil, {"ledger": "other", "oneoff": "prepare"}} {
		err := b.fake.CreateContainer(t.Context(), adapter.CreateRequest{ID: b.action.Helper, Image: "postgres:15", Labels: labels})
		assert.NilError(t, err)
		err = b.run(t)
		assert.Assert(t, adapter.Is(err, adapter.Exists), "%v", err)
		assert.ErrorContains(t, err, "container shop-data-prepare is in the way and not ours: remove or rename it: ")
		assert.DeepEqual(t, b.containers(), []string{b.action.Helper})
		assert.NilError(t, b.fake.DeleteContainer(t.Context(), b.action.Helper, true))
	}
}

func TestEveryFailureOfTheRuntimeIsAnErrorAndCanBeRepeated(t *testing.T) {
	for _, rules := range []string{
		"create-container@1:fail", "create-container@1:fail-after", "start-container@1:fail", "start-container@1:fail-after", "delete-container@1:fail",
		"delete-container@1:fail-after",
	} {
		t.Run(strings.ReplaceAll(rules, "@", " "), func(t *testing.T) {
			b := newBench(t, adaptertest.Exit(0))
			faulty, err := adaptertest.NewFaulty(b.fake, rules)
			assert.NilError(t, err)
			_, err = Run(t.Context(), faulty, b.state, b.action)
			assert.Assert(t, adaptertest.Injected(err), "%v", err)
			assert.NilError(t, b.run(t))
			assert.Equal(t, len(b.containers()), 0)
		})
	}
}

func TestRequest(t *testing.T) {
	a := Action{Helper: "h", Volume: "v", Image: "i", Platform: "linux/amd64", Target: "/data/./x/", NoCopy: true, Labels: map[string]string{"a": "b"}}
	r, err := Request(a, "/state/helper", true)
	assert.NilError(t, err)
	assert.DeepEqual(t, r, adapter.CreateRequest{
		ID: "h", Image: "i", Platform: "linux/amd64", Labels: map[string]string{"a": "b"},
		Entrypoint: []string{"/.hostwright/prepare/prepare"}, Command: []string{"-resume", "-nocopy", "/.hostwright/volume", "/data/x"},
		User: "0", WorkingDir: "/", CPUs: 1, Memory: 256 << 20, NoNetwork: true,
		Mounts: []adapter.Mount{
			{Kind: adapter.MountVolume, Source: "v", Target: "/.hostwright/volume"},
			{Kind: adapter.MountBind, Source: "/state/helper", Target: "/.hostwright/prepare", ReadOnly: true},
		},
	})
	for target, want := range map[string]string{
		"data": `mount point "data" is not an absolute path`, "": `mount point "" is not an absolute path`, "/x/..": "a volume cannot be mounted at /",
	} {
		a.Target = target
		_, err := Request(a, "/state/helper", false)
		assert.Error(t, err, want)
	}
}

func TestMissingProgramNamesMake(t *testing.T) {
	setPrograms(t, fstest.MapFS{"bin/README": {}})
	_, err := program("linux/arm64")
	assert.Error(t, err, "this hostwright was built without the program that prepares volumes (linux/arm64): build it with `make build`")
	_, err = program("")
	assert.ErrorContains(t, err, "make build")
}

// The placeholder keeps the package compiling where nothing was built.
func TestPlaceholderIsEmbedded(t *testing.T) {
	_, err := fs.Stat(embedded, "bin/README")
	assert.NilError(t, err)
}

func TestPlaceKeepsTheProgramOnce(t *testing.T) {
	state := statedir.Dir(filepath.Join(t.TempDir(), "state"))
	first, err := place(state, []byte("one"))
	assert.NilError(t, err)
	for name, want := range map[string]fs.FileMode{
		string(state): 0o700, root(state): 0o700, first: 0o755, path.Join(first, "prepare"): 0o555,
	} {
		info, err := os.Stat(name)
		assert.NilError(t, err)
		assert.Equal(t, info.Mode().Perm(), want, name)
	}
	before, err := os.Stat(path.Join(first, "prepare"))
	assert.NilError(t, err)
	again, err := place(state, []byte("one"))
	assert.NilError(t, err)
	after, err := os.Stat(path.Join(again, "prepare"))
	assert.NilError(t, err)
	assert.Assert(t, first == again && os.SameFile(before, after))

	// A damaged one is replaced, another one has another folder.
	assert.NilError(t, os.Remove(path.Join(first, "prepare")))
	assert.NilError(t, os.WriteFile(path.Join(first, "prepare"), []byte("on"), 0o555))
	_, err = place(state, []byte("one"))
	assert.NilError(t, err)
	data, err := os.ReadFile(path.Join(first, "prepare"))
	assert.NilError(t, err)
	assert.Equal(t, string(data), "one")
	other, err := place(state, []byte("two"))
	assert.NilError(t, err)
	assert.Assert(t, other != first)
}

func TestTailKeepsTheEnd(t *testing.T) {
	var out tail
	assert.Equal(t, out.text(), "it said nothing")
	_, _ = out.Write([]byte(strings.Repeat("x", 5000)))
	_, _ = out.Write([]byte("end\n"))
	assert.Equal(t, len(out.text()), maxTail-1)
	assert.Assert(t, strings.HasSuffix(out.text(), "end"))
}

func TestAFolderIsMountedInTheVolumesPlace(t *testing.T) {
	folder, seen := t.TempDir(), ""
	assert.NilError(t, os.WriteFile(filepath.Join(folder, "here"), []byte("this machine's"), 0o600))
	b := newBench(t, func(p *adaptertest.Process) int {
		data, err := p.ReadFile("/.hostwright/volume/here")
		seen = fmt.Sprint(string(data), err)
		return 0
	})
	b.action.Volume, b.action.Folder = "shop_files", folder // no volume of the runtime
	assert.NilError(t, b.run(t))
	assert.DeepEqual(t, b.args, []string{"-folder", "/.hostwright/volume", "/var/lib/postgresql/data"})
	assert.Equal(t, seen, "this machine's<nil>")
}

func TestRunTellsWhetherTheVolumeIsFilled(t *testing.T) {
	for said, want := range map[string]bool{
		"copied 3 entries\n": true, "copied 0 entries\n": false, "left alone: the volume is not empty\n": true,
		"empty: the image has no folder at the mount point\n": false, "warning: x\nempty: nothing is to be copied\n": false,
	} {
		b := newBench(t, adaptertest.Print(said, "", 0))
		filled, err := Run(t.Context(), b.fake, b.state, b.action)
		assert.NilError(t, err)
		assert.Equal(t, filled, want, said)
	}
}

func TestAnAttemptGoesOnWithTheNextImage(t *testing.T) {
	b := newBench(t, adaptertest.Print("empty: the image has no folder at the mount point\n", "", 0))
	b.action.More = true
	assert.NilError(t, b.run(t))
	b.action.More = false
	assert.NilError(t, b.run(t))
	assert.DeepEqual(t, b.args, []string{"-resume", "/.hostwright/volume", "/var/lib/postgresql/data"})
	assert.NilError(t, b.run(t))
	assert.DeepEqual(t, b.args, []string{"/.hostwright/volume", "/var/lib/postgresql/data"})
}
