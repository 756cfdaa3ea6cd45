package compose

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

const job = `
services:
  job:
    image: x
    container_name: fixed
    scale: 0
    restart: always
    deploy: {restart_policy: {condition: any}, resources: {limits: {memory: 64m}}}
    command: [serve]
    entrypoint: [entry]
    user: "1"
    working_dir: /srv
    environment: {A: file, B: file}
    labels: {a: file}
    ports: ["8080:80"]
    volumes: ["./src:/src", "data:/data"]
    cap_add: [NET_ADMIN]
    cap_drop: [CHOWN]
volumes: {data: {}}
`

// apply gives the service of a file as a one-off has it.
func apply(t *testing.T, o OneOff) (types.ServiceConfig, string, error) {
	t.Helper()
	dir := folder(t, map[string]string{"compose.yaml": job, "vars": "A=vars\nC=vars\nD=$KNOWN\n"})
	p := load(t, Options{Dir: dir, Env: []string{"KNOWN=yes"}})
	err := p.ApplyOneOff("job", o, dir)
	return p.Services["job"], dir, err
}

func TestAOneOffKeepsWhatTheFilesSay(t *testing.T) {
	s, _, err := apply(t, OneOff{})
	assert.NilError(t, err)
	assert.Equal(t, s.GetScale(), 1)
	assert.Equal(t, s.ContainerName, "")
	assert.Equal(t, s.Restart, "")
	assert.Assert(t, s.Deploy.RestartPolicy == nil)
	assert.Equal(t, int64(s.Deploy.Resources.Limits.MemoryBytes), int64(64<<20))
	assert.DeepEqual(t, []string(s.Command), []string{"serve"})
	assert.DeepEqual(t, []string(s.Entrypoint), []string{"entry"})
	assert.Equal(t, s.User+s.WorkingDir, "1/srv")
	assert.Equal(t, *s.Environment["A"], "file")
	assert.Equal(t, len(s.Ports), 0, "ports are the service's replicas'")
	assert.Equal(t, len(s.Volumes), 2)
	assert.Assert(t, !s.Tty && !s.StdinOpen)
}

func TestAOneOffTakesWhatIsGiven(t *testing.T) {
	empty, shell := "", `sh -c "a b"`
	for _, c := range []struct {
		name  string
		given OneOff
		want  func(s types.ServiceConfig, dir string) is.Comparison
	}{
		{"a command", OneOff{Command: []string{"ls", "-l"}}, func(s types.ServiceConfig, _ string) is.Comparison {
			return is.DeepEqual([][]string{s.Entrypoint, s.Command}, [][]string{{"entry"}, {"ls", "-l"}})
		}},
		{"an entrypoint drops the command", OneOff{Entrypoint: &shell}, func(s types.ServiceConfig, _ string) is.Comparison {
			return is.DeepEqual([][]string{s.Entrypoint, s.Command}, [][]string{{"sh", "-c", "a b"}, {}})
		}},
		{"an entrypoint with a command", OneOff{Entrypoint: &shell, Command: []string{"x"}}, func(s types.ServiceConfig, _ string) is.Comparison {
			return is.DeepEqual([][]string{s.Entrypoint, s.Command}, [][]string{{"sh", "-c", "a b"}, {"x"}})
		}},
		{"an empty entrypoint", OneOff{Entrypoint: &empty, Command: []string{"x"}}, func(s types.ServiceConfig, _ string) is.Comparison {
			return is.DeepEqual([][]string{s.Entrypoint, s.Command}, [][]string{{}, {"x"}})
		}},
		{"variables over files over the service's", OneOff{Env: []string{"B=given", "KNOWN", "UNKNOWN", "E="}, EnvFiles: []string{"vars"}},
			func(s types.ServiceConfig, _ string) is.Comparison {
				got := map[string]string{}
				for k, v := range s.Environment {
					got[k] = *v
				}
				return is.DeepEqual(got, map[string]string{"A": "vars", "B": "given", "C": "vars", "D": "yes", "E": "", "KNOWN": "yes"})
			}},
		{"labels", OneOff{Labels: []string{"a=new", "b=1=2"}}, func(s types.ServiceConfig, _ string) is.Comparison {
			return is.DeepEqual(map[string]string(s.Labels), map[string]string{"a": "new", "b": "1=2"})
		}},
		{"its ports", OneOff{KeepPorts: true}, func(s types.ServiceConfig, _ string) is.Comparison { return is.Equal(s.Ports[0].Published, "8080") }},
		{"other ports", OneOff{Ports: []string{"81:82/udp"}}, func(s types.ServiceConfig, _ string) is.Comparison {
			return is.Equal(s.Ports[0].Published+s.Ports[0].Protocol, "81udp")
		}},
		{"a volume in another's place", OneOff{Volumes: []string{"./other:/src:ro", "/abs:/abs"}}, func(s types.ServiceConfig, dir string) is.Comparison {
			var got []string
			for _, v := range s.Volumes {
				got = append(got, v.Source+" "+v.Target)
			}
			return is.DeepEqual(got, []string{"data /data", filepath.Join(dir, "other") + " /src", "/abs /abs"})
		}},
		{"capabilities", OneOff{CapAdd: []string{"CHOWN", "NET_ADMIN"}, CapDrop: []string{"KILL"}}, func(s types.ServiceConfig, _ string) is.Comparison {
			return is.DeepEqual([][]string{s.CapAdd, s.CapDrop}, [][]string{{"NET_ADMIN", "CHOWN"}, {"KILL"}})
		}},
		{"user, directory, terminal", OneOff{User: "7", WorkingDir: "/", TTY: true, Interactive: true}, func(s types.ServiceConfig, _ string) is.Comparison {
			return is.Equal(s.User+s.WorkingDir == "7/" && s.Tty && s.StdinOpen, true)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, dir, err := apply(t, c.given)
			assert.NilError(t, err)
			assert.Assert(t, c.want(s, dir))
		})
	}
}

func TestAOneOffRefusesWhatMakesNoSense(t *testing.T) {
	open := `"open`
	for text, o := range map[string]OneOff{
		"label must be set as KEY=VALUE": {Labels: []string{"x"}},
		"invalid variable":               {Env: []string{"=x"}},
		"read variables":                 {EnvFiles: []string{"missing"}},
		"invalid port":                   {Ports: []string{"no"}},
		"invalid volume":                 {Volumes: []string{""}},
		"invalid entrypoint":             {Entrypoint: &open},
	} {
		_, _, err := apply(t, o)
		assert.ErrorContains(t, err, text)
		var own *Error
		assert.Assert(t, errors.As(err, &own), text)
	}
}
