//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

// liveLab returns the lab that these tests look at. Without one they are
// skipped, unless HOSTWRIGHT_E2E=required says that there has to be one.
func liveLab(t *testing.T) layout {
	t.Helper()
	l, err := layoutFor(os.Getenv("HOSTWRIGHT_LAB_DIR"))
	assert.NilError(t, err)
	missing := ""
	if os.Geteuid() != 0 {
		missing = "not root"
	} else if d := l.dockerd(); l.pid(d) == 0 {
		missing = "the lab is not up: run `make lab`"
	}
	if missing != "" && os.Getenv("HOSTWRIGHT_E2E") == "required" {
		t.Fatal("HOSTWRIGHT_E2E=required, but " + missing)
	} else if missing != "" {
		t.Skip(missing)
	}
	return l
}

// try calls docker and returns both its outputs and its exit code.
func try(t *testing.T, l layout, args ...string) (printed string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := l.docker(ctx, args...)
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatalf("docker %q: %v", args, err)
	}
	return both.String(), cmd.ProcessState.ExitCode()
}

// must calls docker, which has to succeed, and returns its standard output.
func must(t *testing.T, l layout, args ...string) string {
	t.Helper()
	printed, err := dockerOutput(l.docker(t.Context(), args...))
	assert.NilError(t, err)
	return strings.TrimSpace(printed)
}

// network makes a network, and says with what prefix to name containers. Both
// are gone when the test ends.
func network(t *testing.T, l layout) string {
	t.Helper()
	name := "labtest-" + strings.ToLower(rand.Text()[:8])
	must(t, l, "network", "create", name)
	t.Cleanup(func() {
		ctx := context.Background()
		ids, _ := dockerOutput(l.docker(ctx, "ps", "-aq", "--filter", "network="+name))
		for id := range strings.FieldsSeq(ids) {
			_, err := dockerOutput(l.docker(ctx, "rm", "--force", "--volumes", id))
			assert.Check(t, err)
		}
		_, err := dockerOutput(l.docker(ctx, "network", "rm", name))
		assert.Check(t, err)
	})
	return name
}

// eventually asks until it is told yes.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for !ask() {
		select {
		case <-deadline:
			t.Fatalf("not within a minute: %s", what)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func TestLiveLabIsComplete(t *testing.T) {
	l := liveLab(t)
	var printed bytes.Buffer
	assert.NilError(t, status(t.Context(), l, &printed), "%s", &printed)
}

// The settings are those of the official images on Docker Hub.
func TestLiveImageSettings(t *testing.T) {
	l := liveLab(t)
	type settings struct {
		User, WorkingDir, StopSignal string
		Entrypoint, Cmd              []string
		ExposedPorts, Volumes        map[string]struct{}
	}
	set := func(name string) map[string]struct{} { return map[string]struct{}{name: {}} }
	for image, want := range map[string]settings{
		"busybox":                   {WorkingDir: "/", Cmd: []string{"sh"}},
		"alpine":                    {WorkingDir: "/", Cmd: []string{"/bin/sh"}},
		"redis:7":                   {WorkingDir: "/data", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"redis-server"}, ExposedPorts: set("6379/tcp"), Volumes: set("/data")},
		"postgres:15":               {StopSignal: "SIGINT", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"postgres"}, ExposedPorts: set("5432/tcp"), Volumes: set("/var/lib/postgresql/data")},
		"nginx:alpine":              {StopSignal: "SIGQUIT", Entrypoint: []string{"/docker-entrypoint.sh"}, Cmd: []string{"nginx", "-g", "daemon off;"}, ExposedPorts: set("80/tcp")},
		"python:3.11":               {Cmd: []string{"python3"}},
		"mariadb:10.11":             {Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"mariadbd"}, ExposedPorts: set("3306/tcp"), Volumes: set("/var/lib/mysql")},
		"wordpress:6.1":             {WorkingDir: "/var/www/html", StopSignal: "SIGWINCH", Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"apache2-foreground"}, ExposedPorts: set("80/tcp"), Volumes: set("/var/www/html")},
		"prom/prometheus:v2.42.0":   {User: "nobody", WorkingDir: "/prometheus", Entrypoint: []string{"/bin/prometheus"}, Cmd: []string{"--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus", "--web.console.libraries=/usr/share/prometheus/console_libraries", "--web.console.templates=/usr/share/prometheus/consoles"}, ExposedPorts: set("9090/tcp"), Volumes: set("/prometheus")},
		"prom/alertmanager:v0.25.0": {User: "nobody", WorkingDir: "/alertmanager", Entrypoint: []string{"/bin/alertmanager"}, Cmd: []string{"--config.file=/etc/alertmanager/alertmanager.yml", "--storage.path=/alertmanager"}, ExposedPorts: set("9093/tcp"), Volumes: set("/alertmanager")},
		"prom/node-exporter:v1.5.0": {User: "nobody", Entrypoint: []string{"/bin/node_exporter"}, ExposedPorts: set("9100/tcp")},
	} {
		t.Run(image, func(t *testing.T) {
			must(t, l, "pull", image)
			var got settings
			assert.NilError(t, json.Unmarshal([]byte(must(t, l, "image", "inspect", "--format", "{{json .Config}}", image)), &got))
			assert.DeepEqual(t, got, want)
		})
	}
}

func TestLiveBusyboxResolves(t *testing.T) {
	l := liveLab(t)
	for _, image := range []string{"busybox", "alpine"} {
		printed := must(t, l, "run", "--rm", "--add-host", "peer:192.0.2.7", image, "getent", "hosts", "peer")
		assert.Equal(t, strings.Join(strings.Fields(printed), " "), "192.0.2.7 peer", image)
	}
}

func TestLiveRedis(t *testing.T) {
	l := liveLab(t)
	n := network(t, l)
	conf := filepath.Join(t.TempDir(), "redis.conf")
	assert.NilError(t, os.WriteFile(conf, []byte("protected-mode yes\n"), 0o644))
	for name, args := range map[string][]string{
		"plain":   {"redis:7"},
		"options": {"redis:7", "--appendonly", "yes"},
		"shell":   {"redis:7", "sh", "-c", "exec redis-server --save ''"},
		"guarded": {"--volume", conf + ":/redis.conf:ro", "redis:7", "/redis.conf"},
	} {
		must(t, l, append([]string{"run", "--detach", "--network", n, "--name", n + "-" + name, "--network-alias", name}, args...)...)
	}
	ask := func(name string) string {
		printed, _ := try(t, l, "run", "--rm", "--network", n, "redis:7", "redis-cli", "-h", name, "ping")
		return printed
	}
	for _, name := range []string{"plain", "options", "shell"} {
		eventually(t, name+" answers a peer", func() bool { return ask(name) == "PONG\n" })
	}
	eventually(t, "a configuration of the user's holds", func() bool { return strings.Contains(ask("guarded"), "DENIED") })
	assert.Equal(t, must(t, l, "exec", n+"-plain", "stat", "-c", "%u:%g", "/proc/1"), "999:999")
}

func TestLivePostgres(t *testing.T) {
	l := liveLab(t)
	n := network(t, l)
	dir := t.TempDir()
	write := func(name, text string) {
		assert.NilError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755))
	}
	write("password", "from a file")
	write("10.sql", "CREATE TABLE one (n int);")
	write("20.sh", "#!/bin/bash\npg_isready -h 127.0.0.1 && echo REACHABLE || echo SOCKET ONLY\npsql -U \"$POSTGRES_USER\" -d \"$POSTGRES_DB\" -c 'INSERT INTO one VALUES (41)'\n")
	gz := exec.Command("gzip", filepath.Join(dir, "30.sql"))
	write("30.sql", "UPDATE one SET n = n + 1;")
	assert.NilError(t, gz.Run())
	write("40.txt", "not for the server")
	volume := n + "-data"
	must(t, l, "volume", "create", volume)
	t.Cleanup(func() { _, _ = dockerOutput(l.docker(context.Background(), "volume", "rm", volume)) })
	start := func() {
		must(t, l, "run", "--detach", "--network", n, "--name", n+"-db", "--network-alias", "db",
			"--env", "POSTGRES_USER=app", "--env", "POSTGRES_DB=shop", "--env", "POSTGRES_PASSWORD_FILE=/init/password",
			"--volume", dir+":/init:ro", "--volume", dir+":/docker-entrypoint-initdb.d:ro", "--volume", volume+":/var/lib/postgresql/data", "postgres:15")
	}
	query := func() (string, int) {
		return try(t, l, "run", "--rm", "--network", n, "--env", "PGPASSWORD=from a file", "postgres:15", "psql", "-h", "db", "-U", "app", "-d", "shop", "-Atc", "SELECT n FROM one")
	}
	start()
	eventually(t, "a peer reads what the scripts wrote", func() bool { printed, code := query(); return code == 0 && printed == "42\n" })
	printed, _ := try(t, l, "logs", n+"-db")
	for _, want := range []string{"SOCKET ONLY", "ignoring /docker-entrypoint-initdb.d/40.txt", "PostgreSQL init process complete; ready for start up."} {
		assert.Check(t, cmp.Contains(printed, want))
	}
	assert.Check(t, !strings.Contains(printed, "from a file"), "the password is in the log")
	assert.Equal(t, must(t, l, "exec", n+"-db", "stat", "-c", "%u:%g", "/proc/1"), "999:999")
	_, code := try(t, l, "run", "--rm", "--network", n, "--env", "PGPASSWORD=wrong", "postgres:15", "psql", "-h", "db", "-U", "app", "-d", "shop", "-c", "SELECT 1")
	assert.Equal(t, code, 2, "a wrong password is let in")

	must(t, l, "rm", "--force", n+"-db")
	start()
	eventually(t, "the data is there after a restart", func() bool { printed, code := query(); return code == 0 && printed == "42\n" })
	printed, _ = try(t, l, "logs", n+"-db")
	assert.Check(t, cmp.Contains(printed, "Skipping initialization"))
}

func TestLivePostgresRefusals(t *testing.T) {
	l := liveLab(t)
	n := network(t, l)
	dir := t.TempDir()
	assert.NilError(t, os.Mkdir(filepath.Join(dir, "lost+found"), 0o700))
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no password", nil, "superuser password is not specified"},
		{"two passwords", []string{"--env", "POSTGRES_PASSWORD=a", "--env", "POSTGRES_PASSWORD_FILE=/etc/hostname"}, "both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are set"},
		{"a folder with something in it", []string{"--env", "POSTGRES_PASSWORD=a", "--volume", dir + ":/var/lib/postgresql/data"}, `initdb: error: directory "/var/lib/postgresql/data" exists but is not empty`},
	} {
		t.Run(c.name, func(t *testing.T) {
			printed, code := try(t, l, append(append([]string{"run", "--rm", "--network", n}, c.args...), "postgres:15")...)
			assert.Equal(t, code, 1)
			assert.Check(t, cmp.Contains(printed, c.want))
		})
	}
}

func TestLiveMariaDB(t *testing.T) {
	l := liveLab(t)
	n := network(t, l)
	dir := t.TempDir()
	write := func(name, text string) {
		assert.NilError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755))
	}
	write("password", `it's "root" \ %`)
	write("10.sql", "CREATE TABLE one (n int);")
	write("20.sh", "#!/bin/bash\nhealthcheck.sh --connect && exit 1\nexit 0\n")
	write("30.sql", "INSERT INTO one VALUES (42);")
	gz := exec.Command("gzip", filepath.Join(dir, "30.sql"))
	assert.NilError(t, gz.Run())
	must(t, l, "run", "--detach", "--network", n, "--name", n+"-db", "--network-alias", "db",
		"--env", "MARIADB_ROOT_PASSWORD_FILE=/init/password", "--env", "MARIADB_DATABASE=my_shop", "--env", "MYSQL_USER=app", "--env", "MYSQL_PASSWORD=app's",
		"--volume", dir+":/init:ro", "--volume", dir+":/docker-entrypoint-initdb.d:ro", "mariadb:10.11", "--character-set-server=utf8mb4")
	query := func(user, password, sql string) (string, int) {
		return try(t, l, "run", "--rm", "--network", n, "--env", "MYSQL_PWD="+password, "mariadb:10.11", "mariadb", "-h", "db", "-u", user, "-N", "my_shop", "-e", sql)
	}
	eventually(t, "the health check passes", func() bool {
		_, code := try(t, l, "exec", n+"-db", "healthcheck.sh", "--connect", "--innodb_initialized")
		return code == 0
	})
	printed, code := query("app", "app's", "SELECT n, @@character_set_server FROM one")
	assert.Equal(t, printed, "42\tutf8mb4\n")
	assert.Equal(t, code, 0)
	printed, code = query("root", `it's "root" \ %`, "SELECT 1")
	assert.Check(t, code == 0, printed)
	_, code = query("root", "", "SELECT 1")
	assert.Equal(t, code, 1, "root is let in without a password")
	assert.Equal(t, must(t, l, "exec", n+"-db", "stat", "-c", "%u:%g", "/proc/1"), "999:999")
	must(t, l, "restart", n+"-db")
	eventually(t, "the data is there after a restart", func() bool {
		printed, code := query("app", "app's", "SELECT n FROM one")
		return code == 0 && printed == "42\n"
	})
	printed, code = try(t, l, "run", "--rm", "mariadb:10.11")
	assert.Equal(t, code, 1)
	assert.Check(t, cmp.Contains(printed, "Database is uninitialized and password option is not specified"))
}

func TestLiveNginx(t *testing.T) {
	l := liveLab(t)
	n := network(t, l)
	dir := t.TempDir()
	template := "server { listen 8080; location / { return 200 \"${GREETING} to $remote_addr ${UNKNOWN}\"; } }\n"
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "own.conf.template"), []byte(template), 0o644))
	must(t, l, "run", "--detach", "--network", n, "--name", n+"-web", "--env", "GREETING=hello", "--volume", dir+":/etc/nginx/templates:ro", "nginx:alpine")
	fetch := func(port string) string {
		printed, _ := try(t, l, "exec", n+"-web", "wget", "-q", "-O-", "http://127.0.0.1:"+port+"/")
		return printed
	}
	// A variable that the environment lacks stays as it is, and nginx knows none of that name.
	eventually(t, "nginx says what is wrong with the template", func() bool {
		printed, _ := try(t, l, "logs", n+"-web")
		return strings.Contains(printed, `unknown "unknown" variable`)
	})
	must(t, l, "rm", "--force", n+"-web")
	must(t, l, "run", "--detach", "--network", n, "--name", n+"-web", "--env", "GREETING=hello", "--env", "UNKNOWN=known", "--volume", dir+":/etc/nginx/templates:ro", "nginx:alpine")
	eventually(t, "the default page", func() bool { return strings.Contains(fetch("80"), "<title>Welcome to nginx!</title>") })
	assert.Equal(t, fetch("8080"), "hello to 127.0.0.1 known")
	must(t, l, "stop", n+"-web")
	assert.Equal(t, must(t, l, "inspect", "--format", "{{.State.ExitCode}}", n+"-web"), "0")
	printed, _ := try(t, l, "logs", n+"-web")
	assert.Check(t, cmp.Contains(printed, "SIGQUIT"))
}

// What users write in a Dockerfile: packages from Debian and from pip, and a
// secret that does not stay.
func TestLiveBuild(t *testing.T) {
	l := liveLab(t)
	dir := t.TempDir()
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(`FROM python:3.11
RUN apt-get update && apt-get install -y tini
RUN --mount=type=secret,id=token pip install flask redis psycopg2-binary gunicorn "Django>=3.2,<4" prometheus-client && cp /run/secrets/token /token-was-here && wc -c </token-was-here >/length && rm /token-was-here
CMD ["python", "-c", "import flask, redis, psycopg2, gunicorn, django, prometheus_client; print(open('/length').read().strip())"]
`), 0o644))
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "token"), []byte("12345"), 0o600))
	tag := "labtest-" + strings.ToLower(rand.Text()[:8])
	must(t, l, "build", "--no-cache", "--tag", tag, "--secret", "id=token,src="+filepath.Join(dir, "token"), dir)
	t.Cleanup(func() { _, _ = dockerOutput(l.docker(context.Background(), "image", "rm", tag)) })
	assert.Equal(t, must(t, l, "run", "--rm", tag), "5")
}

// Many Dockerfiles begin with this line.
func TestLiveBuildWithSyntaxLine(t *testing.T) {
	l := liveLab(t)
	dir := t.TempDir()
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(`# syntax=docker/dockerfile:1
FROM alpine
COPY --chmod=755 <<EOT /hello.sh
#!/bin/sh
echo hello
EOT
CMD ["/hello.sh"]
`), 0o644))
	tag := "labtest-" + strings.ToLower(rand.Text()[:8])
	must(t, l, "build", "--no-cache", "--tag", tag, dir)
	t.Cleanup(func() { _, _ = dockerOutput(l.docker(context.Background(), "image", "rm", tag)) })
	assert.Equal(t, must(t, l, "run", "--rm", tag), "hello")
}

func TestLivePrivateRegistry(t *testing.T) {
	l := liveLab(t)
	config := t.TempDir()
	docker := func(stdin string, args ...string) (string, error) {
		cmd := l.docker(t.Context(), args...)
		cmd.Args[2] = config
		cmd.Stdin = strings.NewReader(stdin)
		printed, err := cmd.CombinedOutput()
		return string(printed), err
	}
	_, _ = docker("", "image", "rm", privateImage)
	printed, err := docker("", "pull", privateImage)
	assert.Check(t, err != nil && strings.Contains(printed, "no basic auth credentials"), "%s", printed)
	printed, err = docker("wrong", "login", "--username", loginUser, "--password-stdin", loginAddress)
	assert.Check(t, err != nil && strings.Contains(printed, "401 Unauthorized"), "%s", printed)
	printed, err = docker(loginPassword, "login", "--username", loginUser, "--password-stdin", loginAddress)
	assert.NilError(t, err, printed)
	printed, err = docker("", "run", "--rm", "--pull", "always", privateImage)
	assert.NilError(t, err, printed)
	assert.Check(t, cmp.Contains(printed, "greetings from the private registry"))
	_, err = docker("", "image", "rm", privateImage)
	assert.Check(t, err)
}

// The engine by itself has addresses for 31 networks.
func TestLiveManyNetworks(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: makes 40 networks")
	}
	l := liveLab(t)
	prefix := "labtest-" + strings.ToLower(rand.Text()[:8])
	t.Cleanup(func() {
		ids, _ := dockerOutput(l.docker(context.Background(), "network", "ls", "--quiet", "--filter", "name="+prefix))
		_, err := dockerOutput(l.docker(context.Background(), append([]string{"network", "rm"}, strings.Fields(ids)...)...))
		assert.Check(t, err)
	})
	for i := range 40 {
		must(t, l, "network", "create", fmt.Sprintf("%s-%d", prefix, i))
	}
}
