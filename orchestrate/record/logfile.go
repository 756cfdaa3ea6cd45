package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Limits bound the output that is kept of one container, over all its runs. Zero values are the defaults.
type Limits struct {
	MaxSize  int64 // bytes of one segment, after which the next begins; default 10 MiB
	MaxFiles int   // segments kept, the current one included; default 3
}

func (l Limits) orDefault() Limits {
	if l.MaxSize <= 0 {
		l.MaxSize = 10 << 20
	}
	if l.MaxFiles <= 0 {
		l.MaxFiles = 3
	}
	return l
}

const (
	segmentPrefix = "output."
	segmentSuffix = ".log"
)

// segmentName names one segment of the output. Numbers only grow and a segment is never renamed, so that a reader
// always finds the one after the one that it has read.
func segmentName(dir string, seq int) string {
	return filepath.Join(dir, segmentPrefix+strconv.Itoa(seq)+segmentSuffix)
}

// segments gives the numbers of the segments in a folder, oldest first.
func segments(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list recorded output: %w", err)
	}
	var out []int
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), segmentPrefix)
		if !ok {
			continue
		}
		if name, ok = strings.CutSuffix(name, segmentSuffix); !ok {
			continue
		}
		if n, err := strconv.Atoi(name); err == nil && n > 0 {
			out = append(out, n)
		}
	}
	sort.Ints(out)
	return out, nil
}

// logFile appends the records of one run to the segments. It never fails: what cannot be written is counted and
// reported in a note as soon as something can be written again. Safe for concurrent use.
type logFile struct {
	dir    string
	run    int
	limits Limits

	mu      sync.Mutex
	f       *os.File // nil: to be opened
	seq     int
	size    int64
	torn    bool // the segment does not end in a newline
	fresh   bool // the segment lacks the mark of this run
	batch   []byte
	lines   int   // of the batch
	dropped int   // lines that were not written and are not reported yet
	cause   error // of the first of them
}

// newLogFile continues the newest segment of a folder. The segment is opened with the first write.
func newLogFile(dir string, run int, limits Limits) *logFile {
	l := &logFile{dir: dir, run: run, limits: limits.orDefault(), fresh: true}
	if seqs, err := segments(dir); err == nil && len(seqs) > 0 {
		l.seq = seqs[len(seqs)-1]
	} else {
		l.seq = 1
	}
	return l
}

// add puts one record into the batch. The caller holds mu.
func (l *logFile) add(t time.Time, s Stream, partial bool, text []byte) {
	l.batch = appendRecord(l.batch, t, s, partial, text)
	l.lines++
}

// flush writes the batch. The caller holds mu.
func (l *logFile) flush(now time.Time) {
	if len(l.batch) == 0 {
		return
	}
	err := l.open()
	if err == nil {
		err = l.write(now)
	}
	if err != nil {
		if l.dropped == 0 {
			l.cause = err
		}
		l.dropped += l.lines
	}
	l.batch, l.lines = l.batch[:0], 0
	if l.size >= l.limits.MaxSize {
		l.rotate()
	}
}

func (l *logFile) open() error {
	if l.f != nil {
		return nil
	}
	f, err := os.OpenFile(segmentName(l.dir, l.seq), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return err
	}
	l.f, l.size, l.fresh = f, info.Size(), true
	if l.size > 0 {
		last := make([]byte, 1)
		_, err := f.ReadAt(last, l.size-1)
		l.torn = err != nil || last[0] != '\n'
	}
	return nil
}

// write appends the batch with what must come before it: a newline after a torn record, the mark of the run, the
// note about dropped lines. All of it or nothing stays in the segment.
func (l *logFile) write(now time.Time) error {
	var head []byte
	if l.torn {
		head = append(head, '\n')
	}
	if l.fresh {
		head = appendRecord(head, now, runMark, false, strconv.AppendInt(nil, int64(l.run), 10))
	}
	if l.dropped > 0 {
		head = appendRecord(head, now, Note, false, droppedText(l.dropped, l.cause))
	}
	data := l.batch
	if len(head) > 0 {
		data = append(head, l.batch...)
	}
	n, err := l.f.Write(data)
	if err != nil {
		if n > 0 && l.f.Truncate(l.size) != nil {
			l.size += int64(n)
			l.torn = true
		}
		return err
	}
	l.size += int64(n)
	l.torn, l.fresh, l.dropped, l.cause = false, false, 0, nil
	return nil
}

// droppedText is the note about lines that could not be written.
func droppedText(n int, cause error) []byte {
	what := "lines of output were"
	if n == 1 {
		what = "line of output was"
	}
	var errno syscall.Errno
	why := cause.Error()
	if errors.As(cause, &errno) {
		why = errno.Error()
	}
	return fmt.Appendf(nil, "%d %s dropped: %s", n, what, why)
}

// rotate begins the next segment. The oldest ones go first, which makes room on a disk that is full.
func (l *logFile) rotate() {
	if l.f != nil {
		_ = l.f.Close()
		l.f = nil
	}
	l.seq++
	l.size, l.torn, l.fresh = 0, false, true
	seqs, err := segments(l.dir)
	if err != nil {
		return
	}
	for _, seq := range seqs {
		if seq <= l.seq-l.limits.MaxFiles {
			_ = os.Remove(segmentName(l.dir, seq))
		}
	}
	_ = l.open() // readers know by the next segment that this one is complete; flush tries again
}

// close writes the last note and ends the log.
func (l *logFile) close(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dropped > 0 && l.open() == nil {
		_ = l.write(now)
	}
	if l.f != nil {
		_ = l.f.Close()
		l.f = nil
	}
}
