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
	assert.NilError(t, MarkUserEnd(dir, "SIGTERM", at))
	mark, ok, err := ReadUserEnd(dir, 1)
	assert.NilError(t, err)
	assert.Assert(t, ok)
	assert.DeepEqual(t, mark, UserEnd{Run: 1, Signal: "SIGTERM", Time: at})

	_, err = nextRun(dir, "a", time.Now())
	assert.NilError(t, err)
	_, ok, err = ReadUserEnd(dir, 2)
	assert.NilError(t, err)
	assert.Assert(t, !ok, "a mark of the run before counts for this one")
}
