package record

import (
	"testing"

	"gotest.tools/v3/assert"
)

func TestAnAttendedRunIsSeenWhileItLastsAndAfterwards(t *testing.T) {
	dir := t.TempDir()
	for run := 1; run <= 2; run++ {
		a, err := Attend(t.Context(), dir, "job")
		assert.NilError(t, err)
		s, err := ReadStatus(dir)
		assert.NilError(t, err)
		assert.Equal(t, s.Run, run)
		assert.Assert(t, s.Recording && s.Exit == nil)
		assert.NilError(t, a.End(Exit{Code: 143, Known: true}))
		s, err = ReadStatus(dir)
		assert.NilError(t, err)
		assert.Assert(t, !s.Recording)
		assert.Equal(t, s.Exit.Code, 143)
		assert.Equal(t, s.Exit.Signal, 15)
		assert.Equal(t, s.Exit.Run, run)
	}
}

func TestAnAttendantWhoDiesLeavesAnUnknownEnd(t *testing.T) {
	dir := t.TempDir()
	a, err := Attend(t.Context(), dir, "job")
	assert.NilError(t, err)
	assert.NilError(t, a.alive.Close()) // what the death of the process does
	s, err := ReadStatus(dir)
	assert.NilError(t, err)
	assert.Assert(t, s.Lost())
}

// A reader that looks while runs begin and end never finds a file that is half written.
func TestReadersNeverSeeAHalfWrittenFolder(t *testing.T) {
	dir := t.TempDir()
	begun, err := Attend(t.Context(), dir, "job")
	assert.NilError(t, err)
	assert.NilError(t, begun.End(Exit{Known: true}))
	stop, read := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				read <- nil
				return
			default:
			}
			if _, err := ReadStatus(dir); err != nil {
				read <- err
				return
			}
		}
	}()
	for range 200 {
		a, err := Attend(t.Context(), dir, "job")
		assert.NilError(t, err)
		assert.NilError(t, a.End(Exit{Known: true}))
	}
	close(stop)
	assert.NilError(t, <-read)
}
