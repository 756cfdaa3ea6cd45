package reconcile

import (
	"testing"

	"gotest.tools/v3/assert"
)

func TestSignalsThatMeanTheEnd(t *testing.T) {
	for _, c := range []struct {
		signal, stop string
		want         bool
	}{
		{"SIGKILL", "", true}, {"9", "", true}, {"term", "", true}, {"SIGINT", "", true}, {"SIGQUIT", "", true},
		{"SIGHUP", "", false}, {"SIGUSR1", "", false}, {"USR1", "SIGUSR1", true}, {"SIGHUP", "SIGQUIT", false},
	} {
		assert.Equal(t, meansEnd(c.signal, c.stop), c.want, "%s with stop signal %q", c.signal, c.stop)
	}
}
