package supervise

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger/statedir"
)

// facts gives what commands have kept of the config of a container's image, nothing where they kept none.
func (s *Supervisor) facts(c *adapter.Container) adapter.ImageConfig {
	config, _ := ReadFacts(s.State, c.Digest, FactsPlatform(c, s.Adapter.Capabilities().HostPlatform))
	return config
}

// ReadFacts gives what commands have kept of the config of an image on a platform; false where they kept none, or where
// it cannot be read, which is found out anew.
func ReadFacts(state statedir.Dir, digest, platform string) (config adapter.ImageConfig, ok bool) {
	data, err := os.ReadFile(state.ImageFacts(digest, platform))
	if err != nil || json.Unmarshal(data, &config) != nil {
		return adapter.ImageConfig{}, false
	}
	return config, true
}

// FactsPlatform is the platform under which the facts of a container's image are kept. host is the one of images that
// run natively, which the runtime may show with a variant, such as linux/arm64/v8.
func FactsPlatform(c *adapter.Container, host string) string {
	if c.Platform == "" || strings.HasPrefix(c.Platform, host) {
		return host
	}
	return c.Platform
}
