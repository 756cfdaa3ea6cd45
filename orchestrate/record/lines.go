package record

import (
	"bytes"
	"context"
	"strconv"
	"time"
)

// Options say which lines Lines gives.
type Options struct {
	// Tail is how many of the lines that are there to begin with; negative is all of them, 0 none.
	Tail int
	// Since and Until bound the time of a line, both included; zero is no bound. They apply after Tail, as with Docker.
	Since, Until time.Time
	// FromRun leaves out the lines of earlier runs; 0 leaves out none.
	FromRun int
	// Pieces gives partial lines as they were recorded, for a terminal's output; Tail counts them then. Otherwise they are joined, and a
	// Partial line is one that never got its newline, or is longer than a mebibyte.
	Pieces bool
	// Follow goes on until the container's recorder has ended and everything is read. With Restarts it goes on with
	// the runs that come after, until the context ends.
	Follow   bool
	Restarts bool
}

// Lines gives the recorded output of a container to emit, in the order in which it came, oldest first. The Line and
// its Text are emit's until it returns. It ends with emit's error, with the context's when that ended a Follow, or
// with nil. A container without a folder has no lines.
func Lines(ctx context.Context, dir string, o Options, emit func(Line) error) error {
	if err := checkFormat(dir); err != nil {
		return err
	}
	f := &filter{options: o, emit: emit}
	cur, err := openCursor(dir, o.Tail)
	if err != nil {
		return err
	}
	defer cur.close()
	j := &joiner{pieces: o.Pieces}

	if o.Tail >= 0 {
		f.ring = newRing(o.Tail)
	}
	if err := drain(ctx, cur, j, f); err != nil {
		return f.result(err)
	}
	recording := false
	if o.Follow {
		if recording, err = alive(dir); err != nil {
			return err
		}
	}
	if !recording && !(o.Follow && o.Restarts) {
		// What came between the first look and the recorder's end is there by now.
		if err := drain(ctx, cur, j, f); err != nil {
			return f.result(err)
		}
		if err := j.flush(f.line); err != nil {
			return f.result(err)
		}
		return f.result(f.endTail())
	}
	if err := f.endTail(); err != nil {
		return f.result(err)
	}
	return f.result(follow(ctx, dir, cur, j, f))
}

// drain reads what there is at present.
func drain(ctx context.Context, cur *cursor, j *joiner, f *filter) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, ok, err := cur.next()
		if err != nil || !ok {
			return err
		}
		if err := j.add(rec, f.line); err != nil {
			return err
		}
	}
}

// follow reads on until the recorder has ended, or for ever with Restarts.
func follow(ctx context.Context, dir string, cur *cursor, j *joiner, f *filter) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		// Asked before reading: what a recorder wrote before it ended is read below.
		recording, err := alive(dir)
		if err != nil {
			return err
		}
		if err := drain(ctx, cur, j, f); err != nil {
			return err
		}
		if !recording {
			// No more can come of an unfinished line.
			if err := j.flush(f.line); err != nil {
				return err
			}
			if !f.options.Restarts {
				return nil
			}
		}
		if u := f.options.Until; !u.IsZero() && time.Now().After(u) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// maxJoined bounds a joined line.
const maxJoined = 1 << 20

// joiner numbers the lines by their run and puts partial ones together, a stream at a time.
type joiner struct {
	pieces bool
	run    int
	open   [2]Line // of stdout and stderr; Text nil: none
}

func (j *joiner) add(l Line, emit func(Line) error) error {
	if l.Stream == runMark {
		n, err := strconv.Atoi(string(l.Text))
		if err != nil || n == j.run {
			return nil
		}
		if err := j.flush(emit); err != nil {
			return err
		}
		j.run = n
		return nil
	}
	l.Run = j.run
	if j.pieces || l.Stream == Note {
		return emit(l)
	}
	open := &j.open[streamIndex(l.Stream)]
	if open.Text != nil {
		// A joined line has the time of its beginning.
		open.Text = append(open.Text, l.Text...)
		open.Partial = l.Partial
		l = *open
	} else if l.Partial {
		l.Text = append(make([]byte, 0, len(l.Text)+1), l.Text...)
	}
	if l.Partial && len(l.Text) < maxJoined {
		*open = l
		return nil
	}
	*open = Line{}
	return emit(l)
}

// flush gives the lines that got no newline.
func (j *joiner) flush(emit func(Line) error) error {
	for i := range j.open {
		l := j.open[i]
		j.open[i] = Line{}
		if l.Text == nil {
			continue
		}
		if err := emit(l); err != nil {
			return err
		}
	}
	return nil
}

// filter applies the options to whole lines.
type filter struct {
	options Options
	emit    func(Line) error
	ring    *ring // while the tail is gathered
}

func (f *filter) line(l Line) error {
	if l.Run < f.options.FromRun {
		return nil
	}
	if f.ring != nil {
		f.ring.add(l)
		return nil
	}
	return f.give(l)
}

func (f *filter) give(l Line) error {
	o := f.options
	if !o.Since.IsZero() && l.Time.Before(o.Since) {
		return nil
	}
	if !o.Until.IsZero() && l.Time.After(o.Until) {
		return errUntil
	}
	return f.emit(l)
}

// endTail gives the tail; lines from here on are given as they come.
func (f *filter) endTail() error {
	if f.ring == nil {
		return nil
	}
	r := f.ring
	f.ring = nil
	return r.each(f.give)
}

// errUntil ends the reading at a line past Until.
var errUntil = errorString("past the end of the wanted time")

type errorString string

func (e errorString) Error() string { return string(e) }

// result hides errUntil.
func (f *filter) result(err error) error {
	if err == errUntil {
		return nil
	}
	return err
}

// ring keeps the last lines.
type ring struct {
	lines []Line
	next  int
	most  int
}

func newRing(n int) *ring { return &ring{most: n} }

func (r *ring) add(l Line) {
	if r.most == 0 {
		return
	}
	l.Text = bytes.Clone(l.Text)
	if len(r.lines) < r.most {
		r.lines = append(r.lines, l)
		return
	}
	r.lines[r.next] = l
	r.next = (r.next + 1) % r.most
}

func (r *ring) each(emit func(Line) error) error {
	for i := range r.lines {
		if err := emit(r.lines[(r.next+i)%len(r.lines)]); err != nil {
			return err
		}
	}
	return nil
}
