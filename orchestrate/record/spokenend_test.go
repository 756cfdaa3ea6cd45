package record

import (
	"bytes"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestTheEndOfAStreamIsKept(t *testing.T) {
	var out bytes.Buffer
	w := &spokenEnd{next: &out}
	long := strings.Repeat("x", 3*maxWords)
	for _, s := range []string{long, "Warning: one\n", "Error: two\n"} {
		n, err := w.Write([]byte(s))
		assert.NilError(t, err)
		assert.Equal(t, n, len(s))
	}
	assert.Equal(t, out.String(), long+"Warning: one\nError: two\n")
	assert.Assert(t, strings.HasSuffix(w.text(), "x"+"Warning: one; Error: two"), w.text())
	assert.Assert(t, len(w.text()) <= maxWords)
}

func TestAStartThatFailedSaysWhatTheRuntimeSaid(t *testing.T) {
	w := &spokenEnd{next: &bytes.Buffer{}}
	_, err := w.Write([]byte("Error: failed to start process\n"))
	assert.NilError(t, err)
	e := judge(attempt{code: 1, words: w.text()}, &look{})
	assert.Assert(t, e.StartFailed)
	assert.Equal(t, e.Error, "failed to start process")
}
