package support

import (
	"os"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/translate/finding"
)

func everything(string, string) bool { return true }

func nowhere(string) finding.Position { return finding.Position{} }

func TestCheck(t *testing.T) {
	service := func(attributes map[string]any) map[string]any {
		return map[string]any{"services": map[string]any{"web": attributes}}
	}
	for _, c := range []struct {
		name  string
		model map[string]any
		want  []string // severity and path
	}{
		{"supported attributes are silent", service(map[string]any{"image": "x", "init": true, "environment": map[string]any{"A": "1"}}), nil},
		{"ignored is a note", service(map[string]any{"cpu_shares": 5}), []string{"note services.web.cpu_shares"}},
		{"changed is a warning", service(map[string]any{"pids_limit": 5}), []string{"warning services.web.pids_limit"}},
		{"a mild change is a note", service(map[string]any{"hostname": "h"}), []string{"note services.web.hostname"}},
		{"refused is an error", service(map[string]any{"pid": "host"}), []string{"error services.web.pid"}},
		{"what asks for nothing is silent", service(map[string]any{"privileged": false, "pids_limit": 0, "devices": []any{}, "domainname": ""}), nil},
		{"a case decides by value", service(map[string]any{"ipc": "private"}), nil},
		{"and by value again", service(map[string]any{"ipc": "host"}), []string{"warning services.web.ipc"}},
		{"else the row", service(map[string]any{"ipc": "service:db"}), []string{"error services.web.ipc"}},
		{"below is said once, at the top", service(map[string]any{"sysctls": map[string]any{"a": 1, "b": 2}}), []string{"error services.web.sysctls"}},
		{"entries of lists have a number", service(map[string]any{"volumes": []any{
			map[string]any{"type": "bind"}, map[string]any{"type": "cluster", "volume": map[string]any{"subpath": "a"}}}}),
			[]string{"error services.web.volumes[1].type", "error services.web.volumes[1].volume.subpath"}},
		{"extensions are nobody's business", service(map[string]any{"x-thing": 1, "healthcheck": map[string]any{"x-other": 2}}), nil},
		{"what no row handles is said", service(map[string]any{"invented": 1, "ports": []any{map[string]any{"colour": "red"}}}),
			[]string{"warning services.web.invented", "warning services.web.ports[0].colour"}},
		{"a false that means something", map[string]any{"networks": map[string]any{"n": map[string]any{"enable_ipv4": false}}}, []string{"error networks.n.enable_ipv4"}},
		{"a network without attributes", map[string]any{"networks": map[string]any{"n": nil}}, nil},
		{"a list of security options", service(map[string]any{"security_opt": []any{"seccomp=unconfined", "label:disable"}}), []string{"note services.web.security_opt"}},
		{"one of them is not harmless", service(map[string]any{"security_opt": []any{"seccomp=unconfined", "no-new-privileges:true"}}), []string{"warning services.web.security_opt"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range Check(c.model, everything, nowhere) {
				got = append(got, string(f.Severity)+" "+f.Path)
			}
			assert.DeepEqual(t, got, c.want)
		})
	}
}

func TestCheckLeavesOutWhatTakesNoPart(t *testing.T) {
	model := map[string]any{"services": map[string]any{"a": map[string]any{"pid": "host"}, "b": map[string]any{"pid": "host"}}}
	got := Check(model, func(section, name string) bool { return section == "services" && name == "b" }, func(path string) finding.Position {
		return finding.Position{File: path, Line: 7}
	})
	assert.Equal(t, len(got), 1)
	assert.Equal(t, got[0].Path, "services.b.pid")
	assert.Equal(t, got[0].Position.File, "services.b.pid")
}

func TestThePageIsCurrent(t *testing.T) {
	page, err := os.ReadFile("../../docs/attributes.md")
	assert.NilError(t, err)
	assert.Assert(t, string(page) == Markdown(), "docs/attributes.md is old: go generate ./translate/support")
	for _, r := range Rows() {
		assert.Check(t, strings.Count(Markdown(), "| `"+r.Path+"`") == 1 || r.Below, "%s is not on the page once", r.Path)
	}
}
