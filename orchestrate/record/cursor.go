package record

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// cursor reads records over all segments while a recorder writes them.
type cursor struct {
	dir  string
	seq  int // of f; the segment before the first one while there is none
	f    *os.File
	r    *bufio.Reader
	torn []byte // start of a record whose end is not written yet
	last bool   // the next segment exists: f gets no more
}

// openCursor opens the segments for reading from a place that leaves at least the last tail lines ahead; negative is
// from the beginning.
func openCursor(dir string, tail int) (*cursor, error) {
	seqs, err := segments(dir)
	if err != nil {
		return nil, err
	}
	c := &cursor{dir: dir}
	if len(seqs) == 0 {
		return c, nil
	}
	first := 0
	if tail >= 0 {
		if first, err = startOfTail(dir, seqs, tail); err != nil {
			return nil, err
		}
	}
	return c, c.open(seqs[first])
}

// startOfTail gives the index of the segment from which the last lines can be read whole. The first line of a stream
// in a segment may have begun in an older one, so the tail must not reach back to it.
func startOfTail(dir string, seqs []int, tail int) (int, error) {
	lines := 0               // that end in the segments from i on
	firsts := [2]int{-1, -1} // lines from the first one of each stream to the end
	for i := len(seqs) - 1; i > 0; i-- {
		n, first, err := countLines(segmentName(dir, seqs[i]))
		if err != nil {
			return 0, err
		}
		lines += n
		for s, at := range first {
			if at >= 0 {
				firsts[s] = lines - at
			}
		}
		if lines > tail && (firsts[0] < 0 || firsts[0] > tail) && (firsts[1] < 0 || firsts[1] > tail) {
			return i, nil
		}
	}
	return 0, nil
}

// countLines counts the lines that end in a segment, and gives the index of the first one of standard output and of
// standard error, -1 when there is none.
func countLines(path string) (n int, first [2]int, err error) {
	first = [2]int{-1, -1}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, first, nil // rotated away meanwhile
	}
	if err != nil {
		return 0, first, fmt.Errorf("read recorded output: %w", err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 64<<10)
	for {
		raw, err := r.ReadSlice('\n')
		l, bad := parseRecord(bytes.TrimSuffix(raw, []byte{'\n'}))
		if bad == nil && !l.Partial && l.Stream != runMark {
			if s := streamIndex(l.Stream); s >= 0 && first[s] < 0 {
				first[s] = n
			}
			n++
		}
		if errors.Is(err, io.EOF) {
			return n, first, nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return 0, first, fmt.Errorf("read recorded output: %w", err)
		}
	}
}

// streamIndex numbers the streams of a process.
func streamIndex(s Stream) int {
	switch s {
	case Stdout:
		return 0
	case Stderr:
		return 1
	}
	return -1
}

// open goes to a segment. One that was rotated away meanwhile leaves the cursor before the one after it.
func (c *cursor) open(seq int) error {
	c.close()
	f, err := os.Open(segmentName(c.dir, seq))
	c.seq, c.torn, c.last = seq, nil, false
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read recorded output: %w", err)
	}
	c.f = f
	if c.r == nil {
		c.r = bufio.NewReaderSize(f, 32<<10)
	} else {
		c.r.Reset(f)
	}
	return nil
}

func (c *cursor) close() {
	if c.f != nil {
		_ = c.f.Close()
		c.f = nil
	}
}

// next gives the next record; ok is false when there is none at present. The line's text is valid until the next
// call. A record that cannot be read (its recorder was killed while it wrote) becomes a note.
func (c *cursor) next() (l Line, ok bool, err error) {
	for {
		if c.f != nil {
			raw, err := c.read()
			if err != nil {
				return Line{}, false, err
			}
			if raw != nil {
				return decode(raw), true, nil
			}
		}
		if done, err := c.advance(); err != nil || done {
			return Line{}, false, err
		}
	}
}

// read gives the next complete record of the segment, without its newline, or nil at its present end.
func (c *cursor) read() ([]byte, error) {
	for {
		part, err := c.r.ReadSlice('\n')
		switch {
		case err == nil && len(c.torn) == 0:
			return part[:len(part)-1], nil
		case err == nil:
			whole := append(c.torn, part[:len(part)-1]...)
			c.torn = c.torn[:0]
			return whole, nil
		case errors.Is(err, bufio.ErrBufferFull), errors.Is(err, io.EOF):
			// A damaged segment may lack newlines: what is past the longest record is not kept.
			if room := 2*maxText - len(c.torn); room > 0 {
				c.torn = append(c.torn, part[:min(room, len(part))]...)
			}
			if errors.Is(err, io.EOF) {
				return nil, nil
			}
		default:
			return nil, fmt.Errorf("read recorded output: %w", err)
		}
	}
}

// advance goes to the next segment when there is one and this one is read to its end. done is true when there is
// nothing to go to. A writer is through with a segment before it makes the next one: so the end is read once more
// after the next one was seen.
func (c *cursor) advance() (done bool, err error) {
	next, err := c.following()
	if err != nil || next == 0 {
		return true, err
	}
	if c.f != nil && !c.last {
		c.last = true
		return false, nil
	}
	return false, c.open(next)
}

// following gives the number of the segment after this one, 0 when there is none.
func (c *cursor) following() (int, error) {
	if c.f != nil {
		switch _, err := os.Stat(segmentName(c.dir, c.seq+1)); {
		case err == nil:
			return c.seq + 1, nil
		case !errors.Is(err, fs.ErrNotExist):
			return 0, fmt.Errorf("read recorded output: %w", err)
		}
		if _, err := os.Stat(segmentName(c.dir, c.seq)); err == nil {
			return 0, nil
		}
	}
	// This segment was removed, or there was none: look for what there is now.
	seqs, err := segments(c.dir)
	if err != nil {
		return 0, err
	}
	for _, seq := range seqs {
		if seq > c.seq {
			return seq, nil
		}
	}
	return 0, nil
}

// decode reads a record, or says that it is damaged.
func decode(raw []byte) Line {
	l, err := parseRecord(raw)
	if err != nil {
		return Line{Stream: Note, Text: []byte("a damaged record was skipped")}
	}
	return l
}
