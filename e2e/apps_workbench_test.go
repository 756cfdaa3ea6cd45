package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gotest.tools/v3/assert"
)

// workbenchDay edits sources on the host: what runs shows each change, and what a container writes is on the host.
func workbenchDay(d *day) {
	everything := map[string]fate{"web": created, "api": created, "styles": created, "store": created}
	d.setenv("DEVELOPER", "ada")
	d.compose("up -d --wait", everything)
	d.shows("/", "<h1>Workbench</h1>")
	d.shows("/site.css", "navy")
	d.sees("hello", d.page("WORKBENCH_PORT", "/api/hello/ada"))

	// Python's own reloader, nginx's files, the style sheet that a container builds from two files.
	d.edit("api/greeting.py", "hello, {name}", "good evening, {name}")
	d.within(20*time.Second, "the reloaded API", func() error { // each question counts, so how often is not noted
		return contains(d.page("WORKBENCH_PORT", "/api/hello/grace"), "good evening, grace")
	})
	d.edit("web/index.html", "<h1>Workbench</h1>", "<h1>The workbench</h1>")
	d.shows("/", "<h1>The workbench</h1>")
	d.edit("styles/20-headings.css", "navy", "crimson")
	d.shows("/site.css", "crimson")
	d.write("styles/15-links.css", "a { color: teal }\n")
	d.shows("/site.css", "/* 15-links.css */\na { color: teal }\n/* 20")
	built, err := os.ReadFile(filepath.Join(d.dir, "web", "site.css"))
	assert.NilError(d, err)
	d.sees("the style sheet on the host", string(built))
	assert.NilError(d, os.Remove(filepath.Join(d.dir, "styles", "15-links.css")))
	d.within(20*time.Second, "the style sheet without links", func() error {
		return contains(d.page("WORKBENCH_PORT", "/site.css"), "margin: 2em }\n/* 20-headings.css")
	})
	// A single file is mounted, too; the server reads it when it is told to.
	d.edit("nginx/default.conf", "listen 80;", "listen 80;\n    add_header X-Workbench yes;")
	d.exec("web", "nginx", "-s", "reload")
	d.within(10*time.Second, "a new header", func() error {
		r, err := d.client.Get(d.url("WORKBENCH_PORT", "/"))
		if err != nil {
			return err
		}
		defer r.Body.Close()
		return contains(r.Header.Get("X-Workbench"), "yes")
	})
	d.put("notes.txt", "written in a container")
	d.write("uploads/from-the-host.txt", "written on the host")
	d.sees("uploads", d.page("WORKBENCH_PORT", "/api/uploads")+d.exec("api", "cat", "/uploads/from-the-host.txt"))
	d.sees("mounts", d.exec("api", "sh", "-c", "stat -f -c %T /scratch; touch /src/.probe && rm /src/.probe && echo writable")+
		d.exec("web", "sh", "-c", "touch /usr/share/nginx/html/x 2>&1; touch /etc/nginx/conf.d/default.conf && echo writable || true"))

	d.compose("up -d --wait", nil)
	d.compose("restart", map[string]fate{"web": restarted, "api": restarted, "styles": restarted, "store": restarted})
	d.shows("/api/hello/ada", `"times": 2`)
	d.compose("stop api styles", map[string]fate{"api": stopped, "styles": stopped})
	d.compose("start api styles", map[string]fate{"api": restarted, "styles": restarted})
	// nginx looked its upstream up when it started, and the runtime gives a new address at each start.
	d.compose("restart web", map[string]fate{"web": restarted})
	d.shows("/api/hello/ada", `"times": 3`)

	// A requirement more means another image; a value of the override file another container.
	d.write("api/requirements.txt", "flask\nredis\npsycopg2-binary\n")
	d.compose("up -d --wait --build", map[string]fate{"api": recreated, "web": restarted})
	d.sees("a new package", d.exec("api", "python3", "-c", "import psycopg2; print(psycopg2.apilevel)"))
	d.setenv("DEVELOPER", "grace")
	d.compose("up -d --wait", map[string]fate{"api": recreated, "web": restarted})
	d.shows("/api/hello/ada", `"developer": "grace"`)

	d.compose("down", map[string]fate{"web": removed, "api": removed, "styles": removed, "store": removed})
	d.portsAreFree()
	d.compose("up -d --wait", everything)
	d.shows("/api/hello/ada", `"times": 5`)
	d.sees("uploads on the next day", d.page("WORKBENCH_PORT", "/api/uploads"))
	d.gone()
	left, err := os.ReadFile(filepath.Join(d.dir, "uploads", "notes.txt"))
	assert.NilError(d, err, "what a container wrote into a folder of the host stays there")
	assert.Equal(d, string(left), "WRITTEN IN A CONTAINER")
}

// shows waits until a page has the text.
func (d *day) shows(path, text string) {
	d.Helper()
	var page string
	d.within(20*time.Second, path, func() error {
		page = d.page("WORKBENCH_PORT", path)
		return contains(page, text)
	})
	d.sees(path, page)
}

// put puts a file, which is on the host afterwards, in capitals.
func (d *day) put(name, text string) {
	d.Helper()
	r, err := http.NewRequest(http.MethodPut, d.url("WORKBENCH_PORT", "/api/uploads/"+name), strings.NewReader(text))
	assert.NilError(d, err)
	answer, err := d.client.Do(r)
	assert.NilError(d, err)
	_ = answer.Body.Close()
	assert.Equal(d, answer.StatusCode, http.StatusNoContent)
	stored, err := os.ReadFile(filepath.Join(d.dir, "uploads", name))
	assert.NilError(d, err)
	assert.Equal(d, string(stored), strings.ToUpper(text))
}
