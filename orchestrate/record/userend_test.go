package record

import (
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

func TestUserEndIsOfOneRun(t *testing.T) {
	dir := t.TempDir()
	_, ok, err := ReadUserEnd(dir, 1)
	assert.NilError(t, err)
	assert.Assert(t, !ok)

	_, err = nextRun(dir, "a", time.Now())
	assert.NilError(t, err)
	at := time.Unix(1700000000, 0).UTC()
	assert.NilError(t, MarkUserEnd(dir, UserEnd{Signal: "SIGTERM", Time: at, Until: at.Add(time.Second)}))
	mark, ok, err := ReadUserEnd(dir, 1)
	assert.NilError(t, err)
	assert.Assert(t, ok)
	assert.DeepEqual(t, mark, UserEnd{Run: 1, Signal: "SIGTERM", Time: at, Until: at.Add(time.Second)})
	for after, want := range map[time.Duration]bool{0: true, time.Second: false} {
		stopping, err := StopUnderWay(dir, at.Add(after))
		assert.NilError(t, err)
		assert.Equal(t, stopping, want, "after %s", after)
	}

	_, err = nextRun(dir, "a", time.Now())
	assert.NilError(t, err)
	_, ok, err = ReadUserEnd(dir, 2)
	assert.NilError(t, err)
	assert.Assert(t, !ok, "a mark of the run before counts for this one")
	stopping, err := StopUnderWay(dir, at)
	assert.NilError(t, err)
	assert.Assert(t, !stopping, "the stop of the run before counts for this one")
}
