package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

// collect reads a folder's output, each line as "run stream text", a "~" after a partial one.
func collect(t assert.TestingT, dir string, o Options) []string {
	var out []string
	err := Lines(context.Background(), dir, o, func(l Line) error {
		out = append(out, fmt.Sprintf("%d %s", l.Run, render(l)))
		return nil
	})
	assert.NilError(t, err)
	return out
}

func write(t assert.TestingT, w *streamWriter, text string) {
	n, err := w.Write([]byte(text))
	assert.NilError(t, err)
	assert.Equal(t, n, len(text))
}

// Whatever the chunks, the lengths of lines, the interleaving and the rotation: what comes back is what was written.
func TestOutputComesBack(t *testing.T) {
	text := rapid.OneOf(
		rapid.StringMatching(`[a-c\n]{0,30}`),
		rapid.Custom(func(t *rapid.T) string {
			return strings.Repeat("x", rapid.IntRange(maxText-2, 2*maxText+2).Draw(t, "long")) + rapid.SampledFrom([]string{"", "\n", "y\nz"}).Draw(t, "end")
		}),
	)
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "record")
		assert.NilError(t, err)
		defer os.RemoveAll(dir)
		raw := rapid.Bool().Draw(t, "raw")
		limits := Limits{MaxSize: rapid.Int64Range(1, 100<<10).Draw(t, "size"), MaxFiles: 1 << 20}
		want := map[string]string{}
		runs := rapid.IntRange(1, 3).Draw(t, "runs")
		for run := 1; run <= runs; run++ {
			log := newLogFile(dir, run, limits)
			writers := []*streamWriter{{log: log, stream: Stdout, raw: raw}, {log: log, stream: Stderr, raw: raw}}
			for range rapid.IntRange(0, 12).Draw(t, "chunks") {
				w := rapid.SampledFrom(writers).Draw(t, "stream")
				chunk := text.Draw(t, "chunk")
				write(t, w, chunk)
				want[fmt.Sprint(run, w.stream)] += chunk
			}
			for _, w := range writers {
				w.end()
			}
			log.close(time.Now())
		}
		for _, pieces := range []bool{false, true} {
			got := map[string]string{}
			assert.NilError(t, Lines(context.Background(), dir, Options{Tail: -1, Pieces: pieces}, func(l Line) error {
				key := fmt.Sprint(l.Run, l.Stream)
				got[key] += string(l.Text)
				if !l.Partial {
					got[key] += "\n"
				}
				return nil
			}))
			for key := range want {
				if want[key] != got[key] {
					t.Fatalf("%s: wrote %d bytes, read %d", key, len(want[key]), len(got[key]))
				}
			}
		}
		// The tail is the end of the whole, wherever the segments begin. (A last line without a
		// newline comes after the other stream's lines, however old the segment is in which it begins.)
		whole := collect(t, dir, Options{Tail: -1})
		if slices.ContainsFunc(whole, func(l string) bool { return strings.HasSuffix(l, "~") }) {
			return
		}
		n := rapid.IntRange(0, len(whole)+1).Draw(t, "tail")
		tail := collect(t, dir, Options{Tail: n})
		if want := whole[max(0, len(whole)-n):]; !slices.Equal(tail, want) {
			t.Fatalf("tail %d of %d: %s, want %s", n, len(whole), brief(tail), brief(want))
		}
	})
}

// brief shows lines without filling the screen.
func brief(lines []string) string {
	var out []string
	for _, l := range lines {
		out = append(out, fmt.Sprintf("%.20q(%d)", l, len(l)))
	}
	return strings.Join(out, " ")
}

func TestLongLinesAreSplitAndJoined(t *testing.T) {
	dir := t.TempDir()
	log := newLogFile(dir, 1, Limits{})
	w := &streamWriter{log: log, stream: Stdout}
	long := strings.Repeat("0123456789", 5000)
	write(t, w, long[:20000])
	write(t, w, long[20000:]+"\nnext\n")
	log.close(time.Now())
	assert.DeepEqual(t, collect(t, dir, all()), []string{"1 stdout " + long, "1 stdout next"})
	pieces := collect(t, dir, Options{Tail: -1, Pieces: true})
	assert.Equal(t, len(pieces), 5)
	for _, p := range pieces[:3] {
		assert.Equal(t, len(p), len("1 stdout ")+maxText+len("~"))
	}
}

func TestALineWithoutEndIsBounded(t *testing.T) {
	dir := t.TempDir()
	log := newLogFile(dir, 1, Limits{MaxFiles: 10})
	w := &streamWriter{log: log, stream: Stdout}
	write(t, w, strings.Repeat("x", 3*maxJoined))
	w.end()
	log.close(time.Now())
	var lengths []int
	assert.NilError(t, Lines(t.Context(), dir, all(), func(l Line) error {
		assert.Assert(t, l.Partial)
		lengths = append(lengths, len(l.Text))
		return nil
	}))
	assert.DeepEqual(t, lengths, []int{maxJoined, maxJoined, maxJoined})
}

func TestRotationKeepsTheNewest(t *testing.T) {
	dir := t.TempDir()
	log := newLogFile(dir, 1, Limits{MaxSize: 1000, MaxFiles: 3})
	w := &streamWriter{log: log, stream: Stdout}
	for i := range 500 {
		write(t, w, fmt.Sprintf("line %d\n", i))
	}
	log.close(time.Now())
	seqs, err := segments(dir)
	assert.NilError(t, err)
	assert.Equal(t, len(seqs), 3)
	got := collect(t, dir, all())
	assert.Assert(t, len(got) > 20 && len(got) < 100, "%d", len(got))
	for i, l := range got {
		assert.Equal(t, l, fmt.Sprintf("1 stdout line %d", 500-len(got)+i))
	}
	// The next run goes on in the same segment, within the same bound.
	log = newLogFile(dir, 2, Limits{MaxSize: 1000, MaxFiles: 2})
	w = &streamWriter{log: log, stream: Stdout}
	write(t, w, strings.Repeat("more\n", 30))
	log.close(time.Now())
	seqs, err = segments(dir)
	assert.NilError(t, err)
	assert.Equal(t, len(seqs), 2)
	got = collect(t, dir, Options{Tail: 1})
	assert.DeepEqual(t, got, []string{"2 stdout more"})
}

func TestSinceUntilAndTail(t *testing.T) {
	dir := t.TempDir()
	at := func(s int) time.Time { return time.Date(2026, 8, 2, 10, 0, s, 0, time.UTC) }
	var raw []byte
	raw = appendRecord(raw, at(0), runMark, false, []byte("4"))
	for i := range 5 {
		raw = appendRecord(raw, at(i), Stdout, false, fmt.Appendf(nil, "%d", i))
	}
	assert.NilError(t, os.WriteFile(segmentName(dir, 1), raw, 0o600))
	read := func(o Options) string { return strings.Join(collect(t, dir, o), ",") }
	assert.Equal(t, read(Options{Tail: -1, Since: at(3)}), "4 stdout 3,4 stdout 4")
	assert.Equal(t, read(Options{Tail: -1, Until: at(1)}), "4 stdout 0,4 stdout 1")
	assert.Equal(t, read(Options{Tail: -1, Since: at(1), Until: at(1)}), "4 stdout 1")
	assert.Equal(t, read(Options{Tail: 2, Since: at(1)}), "4 stdout 3,4 stdout 4")
	assert.Equal(t, read(Options{Tail: 0}), "")
	assert.Equal(t, read(Options{Tail: -1, FromRun: 5}), "")
}

func TestDamagedRecordsAreTold(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 8, 2, 10, 0, 0, 0, time.UTC)
	raw := appendRecord(nil, now, runMark, false, []byte("1"))
	raw = appendRecord(raw, now, Stdout, false, []byte("good"))
	raw = append(raw, "2026-08-02T10:00:0"...) // its recorder was killed, or the machine was switched off
	assert.NilError(t, os.WriteFile(segmentName(dir, 1), raw, 0o600))
	assert.DeepEqual(t, collect(t, dir, all()), []string{"1 stdout good"})

	log := newLogFile(dir, 2, Limits{})
	write(t, &streamWriter{log: log, stream: Stdout}, "after\n")
	log.close(time.Now())
	assert.DeepEqual(t, collect(t, dir, all()), []string{"1 stdout good", "1 note a damaged record was skipped", "2 stdout after"})
}

func TestNoFolderNoLines(t *testing.T) {
	dir := t.TempDir() + "/missing"
	assert.Equal(t, len(collect(t, dir, Options{Tail: -1, Follow: true})), 0)
	s, err := ReadStatus(dir)
	assert.NilError(t, err)
	assert.DeepEqual(t, s, Status{})
	assert.Assert(t, !s.Lost())
}

func TestEmitsErrorEndsTheReading(t *testing.T) {
	dir := t.TempDir()
	log := newLogFile(dir, 1, Limits{})
	write(t, &streamWriter{log: log, stream: Stdout}, "a\nb\n")
	log.close(time.Now())
	stop := errors.New("stop")
	n := 0
	err := Lines(t.Context(), dir, all(), func(Line) error { n++; return stop })
	assert.Assert(t, errors.Is(err, stop))
	assert.Equal(t, n, 1)
}

// follower reads a folder in the background.
type follower struct {
	lines chan string
	done  chan error
}

func follow1(ctx context.Context, dir string, o Options) *follower {
	f := &follower{lines: make(chan string, 100000), done: make(chan error, 1)}
	go func() {
		f.done <- Lines(ctx, dir, o, func(l Line) error { f.lines <- string(bytes.Clone(l.Text)); return nil })
		close(f.lines)
	}()
	return f
}

func (f *follower) next(t *testing.T) string {
	t.Helper()
	select {
	case s := <-f.lines:
		return s
	case <-time.After(15 * time.Second):
		t.Fatal("no line came")
		return ""
	}
}

func TestFollowEndsWithTheRecorder(t *testing.T) {
	b := newBench(t, `echo start; while [ ! -e $RUNTIME/go ]; do sleep 0.01; done; i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i+1)); done; printf end`)
	b.request.Limits = Limits{MaxSize: 2000, MaxFiles: 10000}
	h := b.spawn()
	f := follow1(t.Context(), b.request.Dir, Options{Tail: -1, Follow: true})
	assert.Equal(t, f.next(t), "start")
	assert.NilError(t, os.WriteFile(b.runtime.path("go"), nil, 0o600))
	for i := range 3000 {
		assert.Equal(t, f.next(t), fmt.Sprint(i))
	}
	assert.Equal(t, f.next(t), "end")
	assert.NilError(t, <-f.done)
	b.finish(h)
}

func TestFollowGoesOnOverRestarts(t *testing.T) {
	b := newBench(t, "echo one")
	ctx, cancel := context.WithCancel(t.Context())
	f := follow1(ctx, b.request.Dir, Options{Tail: -1, Follow: true, Restarts: true})
	b.finish(b.spawn())
	assert.Equal(t, f.next(t), "one")
	b.script("printf two")
	b.finish(b.spawn())
	assert.Equal(t, f.next(t), "two")
	cancel()
	assert.Assert(t, errors.Is(<-f.done, context.Canceled))
}

func TestFollowOfAKilledRecorderEnds(t *testing.T) {
	b := newBench(t, "echo one; echo $$ > $RUNTIME/pid; exec sleep 60")
	h := b.spawn()
	f := follow1(t.Context(), b.request.Dir, Options{Tail: 0, Follow: true})
	eventually(t, "the script runs", func() bool { return readPID(b) > 0 })
	assert.NilError(t, killProcess(h.PID))
	assert.NilError(t, <-f.done)
	assert.NilError(t, killProcess(readPID(b)))
}

func killProcess(pid int) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Kill()
}
