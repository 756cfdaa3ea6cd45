package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"gotest.tools/v3/assert"
)

// balancedDay visits an API through nginx: one visitor, whose visits either replica counts on.
func balancedDay(d *day) {
	everything := map[string]fate{"proxy": created, "api": created, "sessions": created}
	d.compose("up -d --wait", everything)
	d.sees("front page", d.page("HTTP_PORT", "/"))
	d.visit(1, 8, 2)
	d.sees("notes", d.note("buy milk", 201)+d.page("HTTP_PORT", "/api/notes"))
	d.note(strings.Repeat("much ", 20000), 413)
	d.sees("nginx's configuration", d.exec("proxy", "cat", "/etc/nginx/conf.d/default.conf"))

	d.compose("up -d --wait", nil)
	d.compose("restart api", map[string]fate{"api": restarted, "proxy": restarted})
	d.visit(9, 8, 2)
	d.compose("stop", map[string]fate{"api": stopped, "proxy": stopped, "sessions": stopped})
	d.compose("start --wait", map[string]fate{"api": restarted, "proxy": restarted, "sessions": restarted})
	d.visit(17, 4, 2)

	// The template's values are the proxy's alone; the API's take the proxy along, which has to look names up again.
	d.edit("compose.yaml", "MAX_BODY: 64k", "MAX_BODY: 1m")
	d.compose("up -d --wait", map[string]fate{"proxy": recreated})
	d.sees("a long note", d.note(strings.Repeat("much ", 20000), 201))
	d.edit("compose.yaml", "GREETING: hello", "GREETING: good evening")
	d.compose("up -d --wait", map[string]fate{"api": recreated, "proxy": restarted})
	d.visit(21, 4, 2)
	d.edit("compose.yaml", `RELEASE: "1"`, `RELEASE: "2"`)
	d.compose("up -d --wait --build", map[string]fate{"api": recreated, "proxy": restarted})
	d.visit(25, 4, 2)

	// More replicas: nginx knows them after its next start, for which a template is changed.
	d.edit("templates/default.conf.template", "max_fails=0;", "max_fails=0; # and whoever else has the name")
	d.compose("up -d --wait --scale api=3", map[string]fate{"api-3": created})
	d.compose("restart proxy", map[string]fate{"proxy": restarted})
	d.visit(29, 12, 3)
	d.compose("up -d --wait", map[string]fate{"api-3": removed})
	d.compose("up -d --wait --force-recreate --no-deps proxy", map[string]fate{"proxy": recreated})
	d.visit(41, 8, 2)

	d.compose("down", map[string]fate{"api": removed, "proxy": removed, "sessions": removed})
	d.portsAreFree()
	d.compose("up -d --wait", everything)
	d.visit(49, 4, 2)
	d.sees("the first note is still there", d.page("HTTP_PORT", "/api/notes")[:len(`["buy milk",`)])
	d.gone()
}

// visit asks so many times. The visits go on from the first one, and so many replicas take turns.
func (d *day) visit(first, times, replicas int) {
	d.Helper()
	d.page("HTTP_PORT", "/nginx-health")
	answered := map[string]int{}
	var last string
	for n := range times {
		r, err := d.client.Get(d.url("HTTP_PORT", "/api/me"))
		assert.NilError(d, err)
		body, err := io.ReadAll(r.Body)
		assert.NilError(d, err)
		_ = r.Body.Close()
		assert.Equal(d, r.StatusCode, http.StatusOK, string(body))
		var me struct{ Visits int }
		assert.NilError(d, json.Unmarshal(body, &me))
		assert.Equal(d, me.Visits, first+n)
		answered[r.Header.Get("X-Replica")]++
		last = string(body) + r.Header.Get("X-Served-For")
	}
	assert.Equal(d, len(answered), replicas, "%v", answered)
	d.sees(fmt.Sprintf("visit %d", first), last)
}

func (d *day) note(text string, status int) string {
	d.Helper()
	r, err := d.client.Post(d.url("HTTP_PORT", "/api/notes"), "text/plain", strings.NewReader(text))
	assert.NilError(d, err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	assert.NilError(d, err)
	assert.Equal(d, r.StatusCode, status, string(body))
	return string(body)
}
