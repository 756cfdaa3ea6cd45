package reconcile

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hostwright/compose/orchestrate/plan"
	"gotest.tools/v3/assert"
)

// names gives the names in a service's hosts file that lead to another container, with its address replaced by "->".
func (b *bench) names(service string) []string {
	b.Helper()
	data, err := os.ReadFile(b.hostsFile(service))
	assert.NilError(b, err)
	s := b.Snapshot()
	var out []string
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		for _, c := range s.Containers {
			if len(fields) > 1 && c.ID != "shop-"+service+"-1" && len(c.Addresses) > 0 && fields[0] == c.Addresses[0].IPv4.String() {
				out = append(out, fields[1:]...)
			}
		}
	}
	return out
}

// A command that is about web alone leaves db out. Yet db's file learns web's address, and web's has db's names, as the
// ledger remembers them.
func TestHostsFilesOfPeersThatAreLeftOut(t *testing.T) {
	onBench(t, func(b *bench) {
		b.do(b.network(), b.container("db"), start("db"), b.container("web"))
		assert.DeepEqual(b, b.names("db"), []string(nil))
		b.project.Services = b.project.Services[:1] // web
		b.do(start("web"))
		db, web := b.names("db"), b.names("web")
		for _, name := range []string{"web", "the-web", "shop-web-1"} {
			assert.Assert(b, slices.Contains(db, name), "db knows %q", db)
		}
		for _, name := range []string{"db", "the-db", "shop-db-1"} {
			assert.Assert(b, slices.Contains(web, name), "web knows %q", web)
		}

		// A new start is a new address; a container that goes takes its names with it.
		b.do(plan.StopContainer{ID: "shop-web-1"}, start("web"))
		assert.DeepEqual(b, b.names("db"), db)
		b.do(plan.StopContainer{ID: "shop-web-1"}, plan.DeleteContainer{ID: "shop-web-1"})
		data, err := os.ReadFile(b.hostsFile("db"))
		assert.NilError(b, err)
		assert.Assert(b, !strings.Contains(string(data), "web"), "%s", data)
		_, err = os.Stat(b.hostsFile("web"))
		assert.Assert(b, os.IsNotExist(err))
	})
}
