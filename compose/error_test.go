package compose

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// TestErrors has one wrong file a case. DIR in a message stands for the project's directory.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name, file string
		with       func(*Options)
		message    string
		line       int
		hint       string // contained
	}{
		{"a mapping that is not closed", "services:\n  a: {image: x\n  b: 3\n", nil,
			"did not find expected ',' or '}' while parsing a flow mapping", 3, "is not closed"},
		{"wrong indentation", "services:\n  a:\n    image: x\n   foo: 3\n", nil,
			"did not find expected key while parsing a block mapping", 4, "indentation"},
		{"a tab", "services:\n\ta:\n", nil, "found character that cannot start any token while scanning for the next token", 2, "spaces"},
		{"an alias to nothing", "services:\n  a:\n    image: *nope\n", nil, "unknown anchor 'nope' referenced", 3, ""},
		{"a key twice", "services:\n  a:\n    image: x\n    image: y\n", nil, `mapping key "image" already defined at line 3`, 4, "keep one"},
		{"a list at the top", "- a\n", nil, "top-level object must be a mapping", 0, "services:"},
		{"nothing", "", nil, "empty compose file", 0, "services:"},
		{"an unknown attribute", "services:\n  a:\n    image: x\n    enviroment: {A: 1}\n", nil,
			"services.a additional properties 'enviroment' not allowed", 4, "did you mean environment?"},
		{"an unknown attribute at the top", "service:\n  a:\n    image: x\n", nil,
			"additional properties 'service' not allowed", 1, "did you mean services?"},
		{"an unknown attribute of a port", "services:\n  a:\n    image: x\n    ports:\n      - 80\n      - target: 80\n        publish: 81\n", nil,
			"services.a.ports.1 additional properties 'publish' not allowed", 7, "did you mean published?"},
		{"a number for an image", "services:\n  a:\n    image: 3\n", nil, "validating DIR/compose.yaml: services.a.image must be a string", 3, ""},
		{"an unknown service", "services:\n  a:\n    image: x\n    depends_on:\n      - b\n      - zz\n  b:\n    image: x\n", nil,
			`service "a" depends on undefined service "zz": invalid compose project`, 6, "a, b"},
		{"a dependency in another profile", "services:\n  a:\n    image: x\n    depends_on: [b]\n  b:\n    image: x\n    profiles: [p]\n", nil,
			`service "a" depends on undefined service "b": invalid compose project`, 4, "profile"},
		{"a cycle", "services:\n  a:\n    image: x\n    depends_on:\n      - b\n  b:\n    image: x\n    depends_on: [a]\n", nil,
			"dependency cycle detected: a -> b -> a", 5, "remove one"},
		{"an unknown network", "services:\n  a:\n    image: x\n    networks: [n]\n", nil,
			`service "a" refers to undefined network n: invalid compose project`, 4, "declare n under networks:"},
		{"an unknown volume", "services:\n  a:\n    image: x\n    volumes:\n      - v1:/x\n", nil,
			`service "a" refers to undefined volume v1: invalid compose project`, 5, "declare v1 under volumes:"},
		{"an unknown secret", "services:\n  a:\n    image: x\n    secrets:\n      - s\n", nil,
			`service "a" refers to undefined secret s: invalid compose project`, 5, "declare s under secrets:"},
		{"no image", "services:\n  b: {image: x}\n  a: {}\n", nil,
			`service "a" has neither an image nor a build context specified: invalid compose project`, 3, "add image:"},
		{"a required variable", "services:\n  a:\n    image: ${V:?say which}\n", nil,
			"error while interpolating services.a.image: required variable V is missing a value: say which", 3, "set V"},
		{"a broken variable", "services:\n  a:\n    image: ${V\n", nil,
			"invalid interpolation format for services.a.image.\nYou may need to escape any $ with another $.\n${V", 3, "$$"},
		{"a size that is none", "services:\n  a:\n    image: x\n    mem_limit: lots\n", nil, "services.a.mem_limit: invalid size: 'lots'", 4, ""},
		{"a duration that is none", "services:\n  a:\n    image: x\n    stop_grace_period: abc\n", nil,
			`services.a.stop_grace_period: time: invalid duration "abc"`, 4, ""},
		{"a command with an open quote", "services:\n  a:\n    image: x\n    command: \"echo 'x\"\n", nil,
			"services.a.command: invalid command line string", 4, ""},
		{"a port too high", "services:\n  a:\n    image: x\n    ports:\n      - 80:80\n      - 99999:80\n", nil,
			`services.a.ports[1]: Invalid hostPort: 99999 in "99999:80"`, 6, "[HOST_IP:]"},
		{"a missing extends file", "services:\n  a:\n    extends:\n      file: no.yaml\n      service: a\n", nil,
			"open DIR/no.yaml: no such file or directory", 4, "correct the path"},
		{"a missing included file", "include:\n  - no.yaml\nservices:\n  a: {image: x}\n", nil,
			"open DIR/no.yaml: no such file or directory", 2, "correct the path"},
		{"a remote include", "include:\n  - https://example.com/x.git\nservices:\n  a: {image: x}\n", nil,
			"compose file https://example.com/x.git is remote, which is not supported", 0, "fetch it first"},
		{"extends of nothing", "services:\n  a:\n    extends: {service: nope}\n", nil,
			`cannot extend service "a" in DIR/compose.yaml: service "nope" not found`, 3, ""},
		{"a fixed name with replicas", "services:\n  a:\n    image: x\n    container_name: fixed\n    scale: 2\n", nil,
			"services.scale: can't set container_name and a as container name must be unique: invalid compose project", 4, "one replica"},
		{"a fixed name with --scale", "services:\n  a:\n    image: x\n    container_name: fixed\n", func(o *Options) { o.Scale = map[string]int{"a": 2} },
			`the "a" service is using the custom container name "fixed"; a container's name is unique, so it cannot have 2 replicas`, 4, "remove the custom name"},
		{"one name for two services", "services:\n  a:\n    image: x\n    container_name: dup\n  b:\n    image: x\n    container_name: dup\n", nil,
			`services.b: container name "dup" is already in use by service a`, 7, "of its own"},
		{"a fixed name of one character", "services:\n  a:\n    image: x\n    container_name: d\n", nil,
			"validating DIR/compose.yaml: services.a.container_name 'd' does not match pattern '[a-zA-Z0-9][a-zA-Z0-9_.-]+'", 4, "2 to 63 characters"},
		{"a secret without source", "secrets:\n  s: {}\nservices:\n  a:\n    image: x\n    secrets: [s]\n", nil,
			"secrets.s: one of file|environment must be set", 2, ""},
		{"a health check without a form", "services:\n  a:\n    image: x\n    healthcheck:\n      test: [curl]\n", nil,
			`healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE"`, 5, ""},
		{"a mount without a place", "services:\n  a:\n    image: x\n    volumes:\n      - /a\n      - {type: volume}\n", nil,
			"service volume services.a.volumes.[1] is missing a mount target", 6, ""},
		{"a name with a blank", "services:\n  a b: {image: x}\n", nil, "services additional properties 'a b' not allowed", 2, "letters, digits"},
		{"services that are none", "services: 3\n", nil, "services must be a mapping", 1, ""},
		{"a value that breaks the loader", "services:\n  a:\n    image: x\n    ulimits: {A: {soft: }}\n", nil,
			"the file cannot be read: interface conversion: interface {} is nil, not int", 0, "a value is empty"},
		{"a remote -f", one, func(o *Options) { o.Files = []string{"oci://example.com/x"} }, "compose file oci://example.com/x is remote, which is not supported", 0, "fetch it first"},
		{"a missing env file", "services:\n  a:\n    image: x\n    env_file:\n      - nope.env\n", nil,
			"env file DIR/nope.env not found: stat DIR/nope.env: no such file or directory", 5, "required: false"},
		{"a missing label file", "services:\n  a:\n    image: x\n    label_file: nope\n", nil,
			"label file DIR/nope not found: stat DIR/nope: no such file or directory", 4, "correct the path"},
		{"a missing --env-file", one, func(o *Options) { o.EnvFiles = []string{"nope.env"} }, "couldn't find env file: DIR/nope.env", 0, "--env-file"},
		{"a missing -f", one, func(o *Options) { o.Files = []string{"nope.yaml"} },
			`compose file "DIR/nope.yaml" is invalid: open DIR/nope.yaml: no such file or directory`, 0, "check the path"},
		{"a bad -p", one, func(o *Options) { o.Name = "Bad Name" },
			`invalid project name "Bad Name": must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number`, 0, "choose another"},
		{"a bad COMPOSE_PROJECT_NAME", one, func(o *Options) { o.Env = []string{"COMPOSE_PROJECT_NAME=_x"} },
			`invalid project name "_x": must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number`, 0, "choose another"},
		{"unknown --scale", one, func(o *Options) { o.Scale = map[string]int{"wob": 2} }, "no such service: wob", 0, "web"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"compose.yaml": c.file})
			o := Options{Dir: dir}
			if c.with != nil {
				c.with(&o)
			}
			_, err := Load(context.Background(), o)
			var e *Error
			assert.Assert(t, errors.As(err, &e), "%v", err)
			assert.Equal(t, strings.ReplaceAll(e.Message, dir, "DIR"), c.message)
			assert.Equal(t, e.Position.Line, c.line, "%v", e.Position)
			if c.line > 0 {
				assert.Equal(t, e.Position.File, filepath.Join(dir, "compose.yaml"))
			}
			if c.hint == "" {
				assert.Equal(t, e.Hint, "")
			}
			assert.Assert(t, strings.Contains(e.Hint, c.hint), "hint %q", e.Hint)
		})
	}
}

func TestNoFile(t *testing.T) {
	_, err := Load(context.Background(), Options{Dir: folder(t, nil)})
	assert.Error(t, err, "no configuration file provided: not found")
}

func TestSyntaxErrorInIncludedFile(t *testing.T) {
	dir := folder(t, map[string]string{"compose.yaml": "include: [sub/inc.yaml]\n", "sub/inc.yaml": "services:\n  a: [\n"})
	_, err := Load(context.Background(), Options{Dir: dir})
	var e *Error
	assert.Assert(t, errors.As(err, &e))
	assert.Equal(t, e.Position.File, filepath.Join(dir, "sub/inc.yaml"))
	assert.Equal(t, e.Position.Line, 3)
}
