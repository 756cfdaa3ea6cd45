package record

import (
	"bytes"
	"errors"
	"time"
)

// Stream says where a line comes from.
type Stream string

// The streams. A note is the recorder's own: that lines were dropped, or are damaged. Whoever prints marks it so.
const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
	Note   Stream = "note"
	// runMark is a record that begins a run and each segment: its text is the run's number. Readers do not see it.
	runMark Stream = "run"
)

// Line is one line of output, without its newline.
type Line struct {
	Time   time.Time
	Stream Stream
	// Run is the run that wrote it.
	Run int
	// Partial is true when no newline followed: the rest comes as the next line of the stream, or never, at the end
	// of a run.
	Partial bool
	// Text is as the process wrote it, in any encoding, carriage returns and escapes included.
	Text []byte
}

// timeLayout is RFC 3339 with nanoseconds, in UTC, of one width.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// maxText bounds the text of one record; a longer line is split into partial ones, as Docker's logs do (16 KiB,
// moby daemon/logger/copier.go).
const maxText = 16 << 10

var errLine = errors.New("not a record of a log")

// appendRecord appends one record, in the form that Kubernetes' runtimes write (CRI logging: time, stream, F for a
// full line or P for a partial one, text). The text holds no newline.
func appendRecord(b []byte, t time.Time, s Stream, partial bool, text []byte) []byte {
	b = t.UTC().AppendFormat(b, timeLayout)
	b = append(b, ' ')
	b = append(b, s...)
	if partial {
		b = append(b, " P "...)
	} else {
		b = append(b, " F "...)
	}
	b = append(b, text...)
	return append(b, '\n')
}

// parseRecord reads what appendRecord wrote, without the newline. The text is part of b.
func parseRecord(b []byte) (Line, error) {
	if len(b) < len(timeLayout)+1 || b[len(timeLayout)] != ' ' {
		return Line{}, errLine
	}
	var canonical [len(timeLayout)]byte
	t, err := time.Parse(timeLayout, string(b[:len(timeLayout)]))
	// time.Parse takes more than was ever written, a comma for the point and signs among it.
	if err != nil || !bytes.Equal(t.AppendFormat(canonical[:0], timeLayout), b[:len(timeLayout)]) {
		return Line{}, errLine
	}
	stream, rest, ok := bytes.Cut(b[len(timeLayout)+1:], []byte{' '})
	if !ok || len(rest) < 2 || rest[1] != ' ' || rest[0] != 'F' && rest[0] != 'P' {
		return Line{}, errLine
	}
	l := Line{Time: t, Partial: rest[0] == 'P', Text: rest[2:]}
	switch s := Stream(stream); s {
	case Stdout, Stderr, Note, runMark:
		l.Stream = s
	default:
		return Line{}, errLine
	}
	return l, nil
}
