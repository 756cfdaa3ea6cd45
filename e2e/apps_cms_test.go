package e2e

import (
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"gotest.tools/v3/assert"
)

// cmsDay writes a newspaper: an editor installs it, writes and illustrates, a reader comments.
func cmsDay(d *day) {
	everything := map[string]fate{"wordpress": created, "db": created}
	d.compose("up -d --wait", everything)
	d.post("SITE_PORT", "/wp-admin/install.php?step=2", url.Values{
		"weblog_title": {"The Gazette"}, "user_name": {"editor"}, "admin_password": {"an editor's password"}, "admin_password2": {"an editor's password"},
		"pw_weak": {"1"}, "admin_email": {"editor@example.com"}, "blog_public": {"0"}, "language": {""},
	}, 200)
	post := d.publish("Rain — and more of it", "<p>It rained.</p>")
	picture := d.upload("rain.svg.txt", "drops of rain")
	d.sees("the picture", d.page("SITE_PORT", picture))
	d.post("SITE_PORT", "/wp-comments-post.php", url.Values{"comment_post_ID": {post}, "author": {"a reader"}, "email": {"reader@example.com"}, "comment": {"It did not!"}}, 200)
	d.sees("the paper", d.page("SITE_PORT", "/"))
	d.sees("the style", d.page("SITE_PORT", "/wp-content/themes/gazette/style.css"))
	d.sees("who runs what", d.exec("wordpress", "stat", "-c", "%U %n", "index.php", "wp-config.php", "wp-content/uploads")+d.exec("db", "stat", "-c", "%U %a %n", "/var/lib/mysql", "/var/lib/mysql/ibdata1"))

	d.compose("up -d --wait", nil)
	// The database has another address afterwards.
	d.compose("up -d --wait --force-recreate --no-deps db", map[string]fate{"db": recreated})
	d.sees("the paper on a new server", d.page("SITE_PORT", "/"))
	d.compose("stop wordpress", map[string]fate{"wordpress": stopped})
	d.compose("start wordpress", map[string]fate{"wordpress": restarted})
	d.sees("the paper after a stop", d.page("SITE_PORT", "/"))

	// The theme is edited where it lies; the server's own settings mean another container.
	d.edit("gazette/index.php", "<h1><?php bloginfo('name'); ?></h1>", "<h1><?php bloginfo('name'); ?>, daily</h1>")
	// PHP looks at a file again after two seconds.
	d.within(20*time.Second, "new clothes", func() error { return contains(d.page("SITE_PORT", "/"), "The Gazette, daily") })
	d.sees("the paper in new clothes", d.page("SITE_PORT", "/"))
	d.edit("compose.yaml", "--max-connections=60", "--max-connections=70")
	d.compose("up -d --wait", map[string]fate{"db": recreated})
	d.sees("a setting", d.exec("db", "sh", "-c", `MYSQL_PWD="$(cat /run/secrets/db_root_password)" mariadb -uroot -N -e 'SELECT @@max_connections, @@character_set_server'`))
	d.edit("compose.yaml", "define('WP_POST_REVISIONS', 3);", "define('WP_POST_REVISIONS', 3);\n        define('DISALLOW_FILE_EDIT', true);")
	d.compose("up -d --wait", map[string]fate{"wordpress": recreated})
	d.publish("Sun", "<p>It stopped.</p>")
	d.sees("the paper of the next day", d.page("SITE_PORT", "/"))

	d.compose("--profile backup up --no-log-prefix --no-deps backup", map[string]fate{"backup": created})
	d.sees("the backup", d.backup())

	d.compose("--profile backup down", map[string]fate{"wordpress": removed, "db": removed, "backup": removed})
	d.portsAreFree()
	d.compose("up -d --wait", everything)
	d.sees("the paper after a night", d.page("SITE_PORT", "/"))
	d.sees("the picture after a night", d.page("SITE_PORT", picture))
	d.gone()
}

// publish writes a post over XML-RPC, as editors' programs do, and gives its number.
func (d *day) publish(title, text string) string {
	d.Helper()
	answer := d.call("wp.newPost", fmt.Sprintf(`<struct>
		<member><name>post_title</name><value><string>%s</string></value></member>
		<member><name>post_content</name><value><string><![CDATA[%s]]></string></value></member>
		<member><name>comment_status</name><value><string>open</string></value></member>
		<member><name>post_status</name><value><string>publish</string></value></member></struct>`, title, text))
	number := regexp.MustCompile(`<string>([0-9]+)</string>`).FindStringSubmatch(answer)
	assert.Assert(d, number != nil, answer)
	return number[1]
}

// upload stores a file and gives its path on the site.
func (d *day) upload(name, text string) string {
	d.Helper()
	answer := d.call("wp.uploadFile", fmt.Sprintf(`<struct>
		<member><name>name</name><value><string>%s</string></value></member>
		<member><name>type</name><value><string>text/plain</string></value></member>
		<member><name>bits</name><value><base64>%s</base64></value></member></struct>`, name, base64.StdEncoding.EncodeToString([]byte(text))))
	address := regexp.MustCompile(`<name>url</name><value><string>http://[^/]+(/[^<]+)</string>`).FindStringSubmatch(answer)
	assert.Assert(d, address != nil, answer)
	return address[1]
}

func (d *day) call(method, argument string) string {
	d.Helper()
	body := fmt.Sprintf(`<?xml version="1.0"?><methodCall><methodName>%s</methodName><params>
		<param><value><int>1</int></value></param><param><value><string>editor</string></value></param>
		<param><value><string>an editor's password</string></value></param><param><value>%s</value></param></params></methodCall>`, method, argument)
	r, err := d.client.Post(d.url("SITE_PORT", "/xmlrpc.php"), "text/xml", strings.NewReader(body))
	assert.NilError(d, err)
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	assert.NilError(d, err)
	assert.Equal(d, r.StatusCode, http.StatusOK)
	assert.Assert(d, !strings.Contains(string(answer), "<fault>"), string(answer))
	return string(answer)
}

// backup reads the dump that a container wrote into a folder of the host: its tables, and whether the news are there.
func (d *day) backup() string {
	d.Helper()
	f, err := os.Open(filepath.Join(d.dir, "backups", "gazette.sql.gz"))
	assert.NilError(d, err)
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	assert.NilError(d, err)
	text, err := io.ReadAll(unzipped)
	assert.NilError(d, err)
	tables := regexp.MustCompile("(?m)^CREATE TABLE .*$").FindAllString(string(text), -1)
	return fmt.Sprintf("%s\nIt rained: %t", strings.Join(tables, "\n"), strings.Contains(string(text), "It rained."))
}
