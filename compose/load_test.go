package compose

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/translate/finding"
)

// folder writes files into a new directory called "shop" and gives its path with links resolved.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	assert.NilError(t, err)
	dir := filepath.Join(root, "shop")
	assert.NilError(t, os.MkdirAll(dir, 0o755))
	for name, content := range files {
		path := filepath.Join(dir, name)
		assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		assert.NilError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

func load(t *testing.T, o Options) *Project {
	t.Helper()
	p, err := Load(context.Background(), o)
	assert.NilError(t, err)
	return p
}

const one = "services:\n  web:\n    image: nginx\n"

func TestDiscovery(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		with  func(o *Options, dir string)
		image string // of service web
		read  []string
	}{
		{"the file beside the caller", map[string]string{"compose.yaml": one}, nil, "nginx", []string{"compose.yaml"}},
		{"compose.yaml before docker-compose.yml", map[string]string{"compose.yaml": one, "docker-compose.yml": "services: {web: {image: old}}"},
			nil, "nginx", []string{"compose.yaml"}},
		{"a file in a directory above", map[string]string{"docker-compose.yml": one, "src/deep/x": ""},
			func(o *Options, dir string) { o.Dir = filepath.Join(dir, "src/deep") }, "nginx", []string{"docker-compose.yml"}},
		{"the override beside it", map[string]string{"compose.yaml": one, "compose.override.yaml": "services: {web: {image: over}}"},
			nil, "over", []string{"compose.yaml", "compose.override.yaml"}},
		{"no override beside an explicit file", map[string]string{"compose.yaml": one, "compose.override.yaml": "services: {web: {image: over}}"},
			func(o *Options, _ string) { o.Files = []string{"compose.yaml"} }, "nginx", []string{"compose.yaml"}},
		{"several files, the last wins", map[string]string{"a.yaml": one, "b.yaml": "services: {web: {image: b}}"},
			func(o *Options, _ string) { o.Files = []string{"a.yaml", "b.yaml"} }, "b", []string{"a.yaml", "b.yaml"}},
		{"COMPOSE_FILE", map[string]string{"a.yaml": one, "b.yaml": "services: {web: {image: b}}"},
			func(o *Options, _ string) { o.Env = []string{"COMPOSE_FILE=a.yaml:b.yaml"} }, "b", []string{"a.yaml", "b.yaml"}},
		{"COMPOSE_FILE from .env with a separator", map[string]string{".env": "COMPOSE_FILE=a.yaml,b.yaml\nCOMPOSE_PATH_SEPARATOR=,\n",
			"a.yaml": one, "b.yaml": "services: {web: {image: b}}"}, nil, "b", []string{"a.yaml", "b.yaml"}},
		{"standard input between files", map[string]string{"a.yaml": one, "b.yaml": "services: {web: {user: b}}"},
			func(o *Options, _ string) {
				o.Files, o.Stdin = []string{"a.yaml", "-", "b.yaml"}, strings.NewReader("services: {web: {image: piped}}")
			}, "piped", []string{"a.yaml", "-", "b.yaml"}},
		{"standard input alone", nil,
			func(o *Options, _ string) { o.Files, o.Stdin = []string{"-"}, strings.NewReader(one) }, "nginx", []string{"-"}},
		{"include, whose paths start at its file", map[string]string{"compose.yaml": "include: [sub/inc.yaml]\nservices: {web: {extends: {file: base/b.yaml, service: b}}}\n",
			"sub/inc.yaml": "services: {job: {image: job, env_file: [x.env]}}", "sub/x.env": "A=1", "base/b.yaml": "services: {b: {image: based}}"},
			nil, "based", []string{"compose.yaml"}},
		{"interpolation: environment before .env", map[string]string{"compose.yaml": "services: {web: {image: \"${A}-${B}\"}}", ".env": "A=file\nB=file\n"},
			func(o *Options, _ string) { o.Env = []string{"A=env"} }, "env-file", []string{"compose.yaml"}},
		{"--env-file replaces .env", map[string]string{"compose.yaml": "services: {web: {image: \"${A}-${B:-none}\"}}", ".env": "B=file\n", "other.env": "A=other\n"},
			func(o *Options, _ string) { o.EnvFiles = []string{"other.env"} }, "other-none", []string{"compose.yaml"}},
		{"COMPOSE_DISABLE_ENV_FILE", map[string]string{"compose.yaml": "services: {web: {image: \"${B:-none}\"}}", ".env": "B=file\n"},
			func(o *Options, _ string) { o.Env = []string{"COMPOSE_DISABLE_ENV_FILE=1"} }, "none", []string{"compose.yaml"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, c.files)
			o := Options{Dir: dir}
			if c.with != nil {
				c.with(&o, dir)
			}
			p := load(t, o)
			assert.Equal(t, p.Services["web"].Image, c.image)
			var read []string
			for _, f := range p.Files {
				if f != "-" {
					f, _ = filepath.Rel(dir, f)
				}
				read = append(read, f)
			}
			assert.DeepEqual(t, read, c.read)
			assert.Equal(t, p.WorkingDir, dir)
			assert.Equal(t, p.Name, "shop")
		})
	}
}

func TestProjectName(t *testing.T) {
	for _, c := range []struct {
		name string
		file string
		with func(*Options)
		want string
	}{
		{"the directory, normalised", one, nil, "shop"},
		{"name: in the file", "name: filed\n" + one, nil, "filed"},
		{"name: interpolated", "name: x-${A}\n" + one, func(o *Options) { o.Env = []string{"A=b"} }, "x-b"},
		{"COMPOSE_PROJECT_NAME wins over name:", "name: filed\n" + one, func(o *Options) { o.Env = []string{"COMPOSE_PROJECT_NAME=envd"} }, "envd"},
		{"-p wins over all", "name: filed\n" + one, func(o *Options) { o.Name, o.Env = "flag", []string{"COMPOSE_PROJECT_NAME=envd"} }, "flag"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{Dir: folder(t, map[string]string{"compose.yaml": c.file})}
			if c.with != nil {
				c.with(&o)
			}
			p := load(t, o)
			assert.Equal(t, p.Name, c.want)
			assert.Equal(t, p.Environment["COMPOSE_PROJECT_NAME"], c.want)
		})
	}
}

func TestProjectDirectory(t *testing.T) {
	dir := folder(t, map[string]string{
		"deploy/compose.yaml": "services: {web: {image: \"${A}\", volumes: [\"./data:/d\"]}}", ".env": "A=root\n", "deploy/.env": "A=deploy\n",
	})
	p := load(t, Options{Dir: dir, Files: []string{"deploy/compose.yaml"}})
	assert.Equal(t, p.Services["web"].Image, "deploy")
	assert.Equal(t, p.Services["web"].Volumes[0].Source, filepath.Join(dir, "deploy/data"))
	p = load(t, Options{Dir: dir, Files: []string{"deploy/compose.yaml"}, ProjectDir: "."})
	assert.Equal(t, p.Services["web"].Image, "root")
	assert.Equal(t, p.Services["web"].Volumes[0].Source, filepath.Join(dir, "data"))
}

const chosen = `
services:
  web: {image: x, depends_on: [db], networks: [front], env_file: [missing.env], profiles: [""]}
  db: {image: x, volumes: ["data:/d"]}
  tool: {image: x, profiles: [tools], env_file: [missing.env], depends_on: {gone: {condition: service_started, required: false}}}
  gone: {image: x, profiles: [other]}
volumes: {data: , unused: }
networks: {front: }
`

func TestChoose(t *testing.T) {
	file := strings.ReplaceAll(chosen, `, profiles: [""]`, "")
	dir := folder(t, map[string]string{"compose.yaml": file})
	services := func(p *Project) string { return strings.Join(slices.Sorted(maps.Keys(p.Services)), " ") }

	p := load(t, Options{Dir: dir, Services: []string{"db"}})
	assert.Equal(t, services(p), "db")
	assert.DeepEqual(t, p.VolumeNames(), []string{"data"})
	assert.DeepEqual(t, p.NetworkNames(), []string{"default"})
	assert.DeepEqual(t, p.DisabledServiceNames(), []string{"gone", "tool", "web"})

	p = load(t, Options{Dir: dir, Services: []string{"db"}, AllResources: true})
	assert.DeepEqual(t, p.VolumeNames(), []string{"data", "unused"})

	_, err := Load(context.Background(), Options{Dir: dir})
	assert.ErrorContains(t, err, "env file "+dir+"/missing.env not found")
	var e *Error
	assert.Assert(t, errors.As(err, &e))
	assert.Equal(t, e.Position.Line, 3)
	assert.Assert(t, strings.Contains(e.Hint, "required: false"), e.Hint)

	assert.NilError(t, os.WriteFile(filepath.Join(dir, "missing.env"), []byte("A=1\n"), 0o644))
	p = load(t, Options{Dir: dir, Services: []string{"tool"}})
	assert.Equal(t, services(p), "tool")
	assert.Equal(t, len(p.Services["tool"].DependsOn), 0)
	assert.Equal(t, services(load(t, Options{Dir: dir})), "db web")
	assert.Equal(t, services(load(t, Options{Dir: dir, Services: []string{"web"}, NoDeps: true})), "web")
	assert.Equal(t, services(load(t, Options{Dir: dir, Profiles: []string{"tools"}})), "db tool web")
	assert.Equal(t, services(load(t, Options{Dir: dir, Env: []string{"COMPOSE_PROFILES=tools, other"}})), "db gone tool web")

	p = load(t, Options{Dir: dir, Scale: map[string]int{"web": 3}})
	web := p.Services["web"]
	assert.Equal(t, web.GetScale(), 3)

	_, err = Load(context.Background(), Options{Dir: dir, Services: []string{"wbe"}})
	assert.ErrorContains(t, err, "no such service: wbe")
	assert.Assert(t, errors.As(err, &e))
	assert.Equal(t, e.Hint, "services of this project: db, gone, tool, web")
}

func TestRawEnvFile(t *testing.T) {
	dir := folder(t, map[string]string{
		"compose.yaml": "services: {web: {image: x, env_file: [{path: raw.env, format: raw}], environment: {OWN: 1}}}",
		"raw.env":      "\uFEFFA=\"quoted\" # kept\n\n # note\nB=$HOME\nGIVEN\nABSENT\nOWN=2\n",
	})
	p := load(t, Options{Dir: dir, Env: []string{"GIVEN=yes"}})
	got := map[string]string{}
	for k, v := range p.Services["web"].Environment {
		got[k] = *v
	}
	assert.DeepEqual(t, got, map[string]string{"A": `"quoted" # kept`, "B": "$HOME", "GIVEN": "yes", "OWN": "1"})
}

func TestWarningsAreFindings(t *testing.T) {
	dir := folder(t, map[string]string{"compose.yaml": "version: \"3\"\nservices:\n  web:\n    image: x${TAG}\n    user: ${TAG}\n"})
	for range 2 { // compose-go itself warns of version once per process
		p := load(t, Options{Dir: dir})
		assert.Equal(t, len(p.Findings), 2)
		assert.Equal(t, p.Findings[0].Severity, finding.Warning)
		assert.Equal(t, p.Findings[0].Message, `The "TAG" variable is not set. Defaulting to a blank string.`)
		assert.Equal(t, p.Findings[0].Position.Line, 4)
		assert.Equal(t, p.Findings[1].Path, "version")
		assert.Equal(t, p.Findings[1].Position.Line, 1)
	}
}

func TestMarshal(t *testing.T) {
	dir := folder(t, map[string]string{"compose.yaml": "services: {web: {image: x, environment: {A: a$$b}}}"})
	p := load(t, Options{Dir: dir})
	yaml, err := p.Marshal("yaml")
	assert.NilError(t, err)
	assert.Equal(t, string(yaml), `name: shop
services:
  web:
    environment:
      A: a$$b
    image: x
    networks:
      default: null
networks:
  default:
    name: shop_default
`)
	again := load(t, Options{Dir: dir, Files: []string{"-"}, Stdin: strings.NewReader(string(yaml))})
	assert.Equal(t, *again.Services["web"].Environment["A"], "a$b")
	json, err := p.Marshal("json")
	assert.NilError(t, err)
	assert.Assert(t, strings.Contains(string(json), `"A": "a$$b"`))
	_, err = p.Marshal("toml")
	assert.ErrorContains(t, err, "unsupported format")
}

func TestModelHasNoValuesOfTheCaller(t *testing.T) {
	dir := folder(t, map[string]string{"compose.yaml": `
services:
  web: {image: busybox, environment: {FROM_CALLER: }, secrets: [token], configs: [level]}
secrets: {token: {environment: TOKEN}}
configs: {level: {environment: TOKEN}}
`})
	m, err := LoadModel(context.Background(), Options{
		Dir: dir, NoInterpolate: true, Env: []string{"FROM_CALLER=a-value", "TOKEN=a-value"},
	})
	assert.NilError(t, err)
	text, err := m.Marshal("yaml")
	assert.NilError(t, err)
	assert.Assert(t, !strings.Contains(string(text), "a-value"), string(text))
	assert.Assert(t, strings.Contains(string(text), "FROM_CALLER: null"), string(text))
}

func TestModelKeepsVariables(t *testing.T) {
	dir := folder(t, map[string]string{"compose.yaml": "services:\n  web:\n    image: nginx:${TAG:-1}\n    cpus: ${CPUS}\n    deploy: {replicas: \"${N}\"}\n"})
	m, err := LoadModel(context.Background(), Options{Dir: dir, NoInterpolate: true})
	assert.NilError(t, err)
	assert.Equal(t, len(m.Findings), 0)
	yaml, err := m.Marshal("yaml")
	assert.NilError(t, err)
	assert.Equal(t, string(yaml), `name: shop
networks:
  default:
    name: shop_default
services:
  web:
    cpus: ${CPUS}
    deploy:
      replicas: ${N}
    image: nginx:${TAG:-1}
    networks:
      default: null
`)
	json, err := m.Marshal("json")
	assert.NilError(t, err)
	assert.Assert(t, strings.Contains(string(json), `"cpus": "${CPUS}"`))
	_, err = m.Marshal("toml")
	assert.ErrorContains(t, err, "unsupported format")
	_, err = LoadModel(context.Background(), Options{Dir: dir, Files: []string{"no.yaml"}})
	assert.ErrorContains(t, err, "no such file")
}
