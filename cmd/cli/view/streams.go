package view

import (
	"bytes"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Streams are the three streams of a command with what is known of the terminals behind them.
type Streams struct {
	In  io.Reader
	Out io.Writer // data
	Err io.Writer // progress, findings, errors

	InTerminal, OutTerminal, ErrTerminal bool

	// Size gives columns and rows of the terminal behind Err, 0 and 0 when there is none.
	Size func() (columns, rows int)
}

// System gives the streams of this process.
func System() *Streams {
	return &Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Size: func() (int, int) {
			columns, rows, err := term.GetSize(int(os.Stderr.Fd()))
			if err != nil {
				return 0, 0
			}
			return columns, rows
		},
	}
}

// Buffers gives streams that are no terminals, with the buffers that they fill: the test twin of System.
func Buffers(stdin string) (s *Streams, stdout, stderr *bytes.Buffer) {
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	return &Streams{
		In: strings.NewReader(stdin), Out: stdout, Err: stderr,
		Size: func() (int, int) { return 0, 0 },
	}, stdout, stderr
}
