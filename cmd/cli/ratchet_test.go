package cli

import (
	"os"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/cmd/cli/view"
)

// leftOut are flags of Docker Compose that are not here, with the reason: "command flag" by name. What is refused with a
// message is here and not left out.
var leftOut = map[string]string{}

// leftOutCommands have no flags at all: whatever stands behind them, they say why they cannot be.
var leftOutCommands = map[string]string{
	"bridge": "not supported", "commit": "not supported", "export": "not there yet",
	"pause": "no flags", "publish": "not supported", "unpause": "no flags", "watch": "not there yet",
}

// Flags of Docker Compose's help, recorded: each exists here with its shorthand, or is left out with a reason. A reason
// for something that exists is one too many.
func TestNoFlagOfDockerComposeIsMissing(t *testing.T) {
	data, err := os.ReadFile("testdata/docker-compose-flags.txt")
	assert.NilError(t, err)
	s, _, _ := view.Buffers("")
	root, _ := newRoot(&App{Streams: s})
	seen := 0
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		path := []string{"compose", words[0]}
		if words[0] == "compose" {
			path = path[:1]
		}
		cmd, _, err := root.Find(path)
		assert.NilError(t, err)
		assert.Equal(t, cmd.Name(), words[0])
		if reason, ok := leftOutCommands[words[0]]; ok {
			assert.Assert(t, reason != "" && cmd.Hidden, "%s is there: take it out of the list", words[0])
			continue
		}
		for _, word := range words[1:] {
			short, name, found := strings.Cut(word, ",")
			if !found {
				short, name = "", word
			}
			seen++
			flag := cmd.Flags().Lookup(name)
			if flag == nil {
				if flag = cmd.InheritedFlags().Lookup(name); flag == nil {
					flag = cmd.PersistentFlags().Lookup(name)
				}
			}
			reason, listed := leftOut[words[0]+" "+name]
			switch {
			case listed && flag != nil:
				t.Errorf("%s --%s is there: take it out of the list", words[0], name)
			case listed:
				assert.Check(t, reason != "")
			case flag == nil:
				t.Errorf("%s --%s is missing: add it, refuse it with a reason, or list it with one", words[0], name)
			default:
				assert.Check(t, flag.Shorthand == short, "%s --%s: shorthand %q, Docker Compose has %q", words[0], name, flag.Shorthand, short)
			}
		}
	}
	assert.Assert(t, seen > 150, "%d flags", seen)
}
