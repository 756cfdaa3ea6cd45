package compose

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestPosition(t *testing.T) {
	dir := folder(t, map[string]string{
		"compose.yaml": `include:
  - path: sub/inc.yaml
x-base: &base
  restart: always
  labels:
    from: anchor
services:
  web:
    <<: *base
    image: nginx
    ports:
      - 8000-8001:80-81
      - "82"
    environment:
      - A=1
      - B
    depends_on: [db, cache]
    command: [a, b]
    volumes:
      - type: bind
        source: /a
        target: /b
  db:
    extends: {file: base.yaml, service: sql}
    image: postgres
  cache:
    extends: web2
  web2:
    image: redis
    user: nobody
`,
		"compose.override.yaml": `services:
  web:
    image: over
    ports:
      - 83
    environment:
      A: 2
    command: [c]
`,
		"sub/inc.yaml": "services:\n  job:\n    image: job\n    user: me\n",
		"base.yaml":    "services:\n  sql:\n    image: x\n    extends: {service: deep}\n    hostname: h\n  deep:\n    image: y\n    user: deep\n",
	})
	p := load(t, Options{Dir: dir})
	for _, c := range []struct{ path, want string }{
		{"services.web", "compose.override.yaml:2"},
		{"services.web.image", "compose.override.yaml:3"},
		{"services.web.ports[0]", "compose.yaml:12"},
		{"services.web.ports[1]", "compose.yaml:12"}, // a range is several entries
		{"services.web.ports[2]", "compose.yaml:13"},
		{"services.web.ports[3]", "compose.override.yaml:5"},
		{"services.web.ports[3].mode", "compose.override.yaml:5"},
		{"services.web.environment.A", "compose.override.yaml:7"},
		{"services.web.environment.B", "compose.yaml:16"},
		{"services.web.depends_on.cache", "compose.yaml:17"},
		{"services.web.command[0]", "compose.override.yaml:8"},
		{"services.web.volumes[0].source", "compose.yaml:21"},
		{"services.web.volumes[0].read_only", "compose.yaml:20"},
		{"services.web.restart", "compose.yaml:4"},
		{"services.web.labels.from", "compose.yaml:6"},
		{"services.web.healthcheck.test", "compose.override.yaml:2"}, // the nearest part that is there
		{"services.db.image", "compose.yaml:25"},
		{"services.db.hostname", "base.yaml:5"},
		{"services.db.user", "base.yaml:8"},
		{"services.cache.user", "compose.yaml:30"},
		{"services.job.user", "sub/inc.yaml:4"},
		{"services.nobody", "compose.override.yaml:1"},
		{"networks.default", ""},
		{"", ""},
	} {
		at := p.Position(c.path)
		got := ""
		if at.File != "" {
			rel, err := filepath.Rel(dir, at.File)
			assert.NilError(t, err)
			got = fmt.Sprintf("%s:%d", rel, at.Line)
		}
		assert.Check(t, got == c.want, "%s: %s, not %s", c.path, got, c.want)
	}
	assert.Assert(t, p.Set("services.web.image") && !p.Set("services.web.user"))
}

// FuzzIndex wants every file to be indexed or refused, in bounded time, with places inside of the file.
func FuzzIndex(f *testing.F) {
	f.Add([]byte("services:\n  a: &a {<<: *a, image: x}\n"))
	f.Add([]byte("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"))
	f.Add([]byte("services: {a: {extends: b}, b: {extends: a}}\ninclude: [x, {path: [y]}]\n---\nservices: {a: {ports: [1-3:1-3, !override 4]}}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		x := newIndex()
		if err := x.add("f", t.TempDir(), content); err != nil {
			return
		}
		lines := strings.Count(string(content), "\n") + strings.Count(string(content), "\r") + 1
		for path, at := range x.at {
			if at.File == "f" && (at.Line < 1 || at.Line > lines) {
				t.Fatalf("%s is at line %d of %d", path, at.Line, lines)
			}
		}
		if x.visits > maxVisits+1000 {
			t.Fatalf("%d visits", x.visits)
		}
	})
}

func FuzzRawEnv(f *testing.F) {
	f.Add("A=1\n#x\n B\n=x\nC D=1\n")
	f.Fuzz(func(t *testing.T, text string) {
		vars := map[string]string{}
		err := parseRawEnv(strings.NewReader(text), "f", vars, func(string) (string, bool) { return "", false })
		if err != nil {
			return
		}
		for k, v := range vars {
			if k == "" || strings.ContainsAny(k, "= \t\n") || strings.Contains(v, "\n") {
				t.Fatalf("%q=%q", k, v)
			}
			again := map[string]string{}
			if err := parseRawEnv(strings.NewReader(k+"="+v+"\n"), "f", again, nil); err != nil {
				t.Fatalf("%q=%q: %v", k, v, err)
			}
			if again[k] != strings.TrimSuffix(v, "\r") && !strings.HasPrefix(k, "\uFEFF") && k[0] != '#' {
				t.Fatalf("%q=%q is read back as %q", k, v, again[k])
			}
		}
	})
}

func TestRawEnvErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no name", "A=1\n=x\n", "f:2: no variable name"},
		{"whitespace in the name", "A B=1\n", `f:1: variable "A B" contains whitespace`},
		{"invalid UTF-8", "A=\xff\n", "f:1: invalid UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := parseRawEnv(strings.NewReader(c.text), "f", map[string]string{}, func(string) (string, bool) { return "", false })
			assert.Error(t, err, c.want)
		})
	}
}
