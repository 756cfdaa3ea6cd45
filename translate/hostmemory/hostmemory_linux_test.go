package hostmemory

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestMemTotal(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       int64
	}{
		{"the usual", "MemTotal:       24605240 kB\nMemFree:         1000 kB\n", 24605240 << 10},
		{"not the first line", "Other: 1 kB\nMemTotal: 1 kB\n", 1 << 10},
		{"no such line", "MemFree: 1 kB\n", 0},
		{"no number", "MemTotal: many kB\n", 0},
		{"another unit", "MemTotal: 3 MB\n", 0},
		{"nothing", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, memTotal(strings.NewReader(c.text)), c.want) })
	}
}

func TestTotal(t *testing.T) {
	assert.Assert(t, Total() > 64<<20, "%d", Total())
}
