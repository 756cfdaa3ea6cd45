package e2e

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// application is a folder of apps and a day with it.
type application struct {
	name string
	// ports are the variables by which the compose file lets its user choose ports.
	ports []string
	// always: the day is a part of every run, not only of HOSTWRIGHT_E2E_ALL=1.
	always bool
	day    func(*day)
}

var applications = []application{
	{"webshop", []string{"SHOP_PORT", "MAIL_PORT"}, true, webshopDay},
	{"balanced", []string{"HTTP_PORT"}, false, balancedDay},
	{"tracker", []string{"TRACKER_PORT"}, false, trackerDay},
	{"cms", []string{"SITE_PORT"}, true, cmsDay},
	{"metrics", []string{"PROMETHEUS_PORT", "ALERTS_PORT", "ORDERS_PORT", "PAGER_PORT"}, false, metricsDay},
	{"workbench", []string{"WORKBENCH_PORT"}, false, workbenchDay},
}

// TestApplications takes each application of apps, its files as they are, through the same day under real Docker
// Compose and under ours on one engine: it comes up, is used, restarted, changed, taken down and brought back with its
// data, and removed. What a user sees after each command must be what the day says, and the same under both.
func TestApplications(t *testing.T) {
	needLab(t)
	folders, err := os.ReadDir("apps")
	assert.NilError(t, err)
	var found []string
	for _, f := range folders {
		if f.IsDir() && f.Name() != changes {
			found = append(found, f.Name())
		}
	}
	var known []string
	for _, a := range applications {
		known = append(known, a.name)
	}
	slices.Sort(known)
	assert.DeepEqual(t, found, known) // ReadDir sorts

	if netns := filepath.Join(filepath.Dir(engineSocket()), "netns"); isFile(netns) {
		t.Skip("the lab's engine is in a network namespace (" + netns + "): what Docker Compose publishes is not open here")
	}
	needDockerCompose(t)
	taken := 0
	for _, a := range applications {
		if !a.always && os.Getenv("HOSTWRIGHT_E2E_ALL") != "1" {
			continue
		}
		taken++
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			compareDays(t, a)
		})
	}
	t.Logf("%d of %d applications; all with HOSTWRIGHT_E2E_ALL=1 (make e2e-all)", taken, len(applications))
}

// compareDays runs an application's day under both tools, one after the other, with the same names and ports.
func compareDays(t *testing.T, a application) {
	settings := []string{"COMPOSE_PROJECT_NAME=" + a.name + "-" + randomSuffix()}
	ports := map[string]string{}
	for _, name := range a.ports {
		ports[name] = portFor(t)
		settings = append(settings, name+"="+ports[name])
	}
	var records [][]event
	for _, tool := range []appTool{dockerComposeTool(), hostwrightTool()} {
		ok := t.Run(tool.name, func(t *testing.T) {
			d := newDay(t, a, tool, settings, ports)
			a.day(d)
			records = append(records, d.events)
		})
		if !ok {
			return
		}
	}
	if len(records) < 2 {
		t.Skip("-run left one of the tools out: nothing to compare")
	}
	assert.DeepEqual(t, records[1], records[0])
	t.Logf("%s: %d commands and pages, the same under both", a.name, len(records[0]))
}

// shownSorted reads `ps --format json`: an object a line. What Docker shows beyond what can be reached is left out:
// ports that an image exposes and nobody publishes, and IPv6 addresses (docs/boundary.md: publishing is IPv4).
func shownSorted(t *testing.T, text string) []shown {
	t.Helper()
	if strings.TrimSpace(text) == "" {
		return nil
	}
	all := parsePS(t, text)
	for i := range all {
		all[i].Publishers = slices.DeleteFunc(all[i].Publishers, func(p publisher) bool { return strings.Contains(p.URL, ":") })
	}
	slices.SortFunc(all, func(a, b shown) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
