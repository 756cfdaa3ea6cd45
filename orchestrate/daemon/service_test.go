package daemon

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
)

func TestServiceFiles(t *testing.T) {
	environment := []string{"HOSTWRIGHT_STATE_DIR=/Users/ann/Library/Application Support/dev.hostwright.compose", `PATH=/opt/a&b/bin:/usr/bin`, `X=100% "$HOME"`}
	agent := launchdAgent("/opt/hostwright & co/hostwrightd", environment, "/tmp/words")
	golden.Assert(t, agent, "launchd.plist.golden")
	golden.Assert(t, systemdUnit("/opt/hostwright $1/hostwrightd", environment), "systemd.service.golden")

	d := xml.NewDecoder(strings.NewReader(agent)) // what launchd reads must be well-formed, whatever is in it
	for {
		if _, err := d.Token(); err != nil {
			assert.Assert(t, errors.Is(err, io.EOF), "%v", err)
			break
		}
	}
}
