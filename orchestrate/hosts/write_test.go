package hosts

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	assert.NilError(t, err)
	return info.Mode().Perm()
}

func TestWriteMakesWhatAnyUserOfTheContainerCanRead(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	parent := filepath.Join(t.TempDir(), "hosts")
	path := filepath.Join(parent, "web", "hosts")
	assert.NilError(t, Write(path, "one\n"))
	assert.Equal(t, mode(t, path), os.FileMode(0o644))
	assert.Equal(t, mode(t, filepath.Dir(path)), os.FileMode(0o755))
	assert.Equal(t, mode(t, parent), os.FileMode(0o700))
}

func TestWriteSaysWhichFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file", "hosts")
	assert.NilError(t, os.WriteFile(filepath.Dir(path), nil, 0o600))
	assert.ErrorContains(t, Write(path, "x"), "write hosts file: ")
	assert.ErrorContains(t, Write(path, "x"), path)
}

func TestWriteKeepsTheFileAndItsContentIsTheText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web", "hosts")
	assert.NilError(t, Write(path, ""))
	before, err := os.Stat(path)
	assert.NilError(t, err)
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`[a-z\n]{0,200}`).Draw(rt, "text")
		assert.NilError(rt, Write(path, text))
		got, err := os.ReadFile(path)
		assert.NilError(rt, err)
		assert.Equal(rt, string(got), text)
		after, err := os.Stat(path)
		assert.NilError(rt, err)
		assert.Assert(rt, os.SameFile(before, after))
	})
}

// instants is a file that shows what it holds after every byte that is written.
type instants struct {
	data []byte
	show func([]byte)
}

func (f *instants) WriteAt(p []byte, off int64) (int, error) {
	for i, c := range p {
		if at := int(off) + i; at < len(f.data) {
			f.data[at] = c
		} else {
			f.data = append(f.data, c)
		}
		f.show(f.data)
	}
	return len(p), nil
}

func (f *instants) Truncate(size int64) error {
	f.data = f.data[:size]
	f.show(f.data)
	return nil
}

func TestEveryInstantHasAllLinesOfOneText(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for _, n := range rapid.SliceOfN(rapid.IntRange(1, 300), 1, 8).Draw(t, "peers") {
			fmt.Fprintf(&b, "10.0.0.%d\tpeer%d\n", n, n)
		}
		return b.String()
	})
	complete := func(data []byte, text string) bool {
		have := map[string]bool{}
		for _, l := range strings.Split(string(data), "\n") {
			have[l] = true
		}
		for _, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			if !have[l] {
				return false
			}
		}
		return true
	}
	rapid.Check(t, func(t *rapid.T) {
		old, text := text.Draw(t, "old"), text.Draw(t, "new")
		f := &instants{data: []byte(old)}
		f.show = func(data []byte) {
			if !complete(data, old) && !complete(data, text) {
				t.Fatalf("seen: %q", data)
			}
		}
		assert.NilError(t, overwrite(f, old, text))
		assert.Equal(t, string(f.data), text)
	})
}

// A reader of the real file, in a loop, never finds it shorter than the shortest text, and always its beginning.
func TestReaderNeverSeesAShortFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web", "hosts")
	const head = "127.0.0.1\tlocalhost\n"
	texts := make([]string, 0, 8)
	for i := range cap(texts) {
		texts = append(texts, head+strings.Repeat(fmt.Sprintf("10.0.0.%d\tpeer\n", i), 1+i*9%32))
	}
	shortest := len(slices.MinFunc(texts, func(a, b string) int { return len(a) - len(b) }))
	assert.NilError(t, Write(path, texts[0]))
	var stop atomic.Bool
	var reads atomic.Int64
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for !stop.Load() {
				reads.Add(1)
				if got, err := os.ReadFile(path); err != nil || len(got) < shortest || !strings.HasPrefix(string(got), head) {
					t.Errorf("read %q, %v", got, err)
					return
				}
			}
		})
	}
	for i := 0; reads.Load() < 20000 && !t.Failed(); i++ {
		assert.Check(t, Write(path, texts[i%len(texts)]))
	}
	stop.Store(true)
	readers.Wait()
}

func TestTwoWritersLeaveOneOfTheirTexts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web", "hosts")
	long, short := strings.Repeat("long\n", 50), "short\n"
	for range 200 {
		var both sync.WaitGroup
		for _, text := range []string{long, short} {
			both.Go(func() { assert.Check(t, Write(path, text)) })
		}
		both.Wait()
		got, err := os.ReadFile(path)
		assert.NilError(t, err)
		assert.Assert(t, string(got) == long || string(got) == short, "%q", got)
	}
}
