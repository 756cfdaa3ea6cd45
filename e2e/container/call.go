//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/docker/docker/client"
)

// call is one invocation of the command: what it may read, where it writes, and the pretend Mac it works on.
type call struct {
	ctx     context.Context
	argv    []string // without the program's name
	stdin   *os.File
	stdout  io.Writer
	stderr  io.Writer
	lookup  func(string) (string, bool) // environment
	cwd     string
	root    string         // STANDIN_ROOT, absolute and clean
	version runtimeVersion // of the client
	server  runtimeVersion // of the apiserver: the same, unless STANDIN_SERVER_VERSION says otherwise
	day     badDay
	config  systemConfig
	store   *store

	connecting sync.Mutex
	docker     *client.Client // through engine()
}

// newCall reads the switches of the environment.
func newCall(ctx context.Context, argv []string) (*call, error) {
	c := &call{ctx: ctx, argv: argv, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, lookup: os.LookupEnv}
	version := defaultVersion
	if asked, set := c.lookup("STANDIN_VERSION"); set && asked != "" {
		version = asked
	}
	var err error
	if c.version, err = parseVersion(version); err != nil {
		return nil, err
	}
	c.server = c.version
	if asked := c.environment("STANDIN_SERVER_VERSION"); asked != "" {
		if c.server, err = parseVersion(asked); err != nil {
			return nil, err
		}
	}
	if c.cwd, err = os.Getwd(); err != nil {
		return nil, fmt.Errorf("read working directory: %w", err)
	}
	root, _ := c.lookup("STANDIN_ROOT")
	if root == "" {
		return nil, fmt.Errorf("STANDIN_ROOT is not set: this is the stand-in for Apple's container command, and it " +
			"needs a folder for its state (make lab-env prints the settings)")
	}
	if c.root, err = filepath.Abs(root); err != nil {
		return nil, fmt.Errorf("read STANDIN_ROOT: %w", err)
	}
	if c.store, err = openStore(c.root); err != nil {
		return nil, err
	}
	c.store.repair = c.repair
	if err = c.readBadDay(); err == nil {
		c.config, err = readConfig(c.configFile())
	}
	return c, err
}

// environment gives a variable's value, "" when unset.
func (c *call) environment(name string) string {
	value, _ := c.lookup(name)
	return value
}

// absolute makes a path of the caller absolute, from the caller's working directory.
func (c *call) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(c.cwd, path)
}

// print writes one result to stdout; an empty one prints nothing (reference 1.2).
func (c *call) print(line string) {
	if line != "" {
		fmt.Fprintln(c.stdout, line)
	}
}

// log writes one line to stderr, before any "Error: ".
func (c *call) log(format string, args ...any) { fmt.Fprintf(c.stderr, format+"\n", args...) }

// emitJSON prints v as `--format json` does: one line.
func (c *call) emitJSON(v any) error { return c.emit(v, false) }

// emitPretty prints v as inspect does.
func (c *call) emitPretty(v any) error { return c.emit(v, true) }

func (c *call) emit(v any, pretty bool) error {
	data, err := encodeJSON(v, pretty, c.version.escapesSlashes())
	if err != nil {
		return err
	}
	c.print(string(data))
	return nil
}

// emitList prints a listing in the format asked for; -q acts with the table only.
func (c *call) emitList(format string, quiet bool, items any, names []string, rows [][]string) error {
	encode := map[string]func(any) ([]byte, error){"yaml": encodeYAML, "toml": encodeTOML}[format]
	switch {
	case format == "json":
		return c.emitJSON(items)
	case encode != nil:
		data, err := encode(items)
		if err != nil {
			return err
		}
		c.print(string(data))
		return nil
	case quiet:
		for _, name := range names {
			c.print(name)
		}
		return nil
	}
	c.emitTable(rows)
	return nil
}

// emitTable prints rows as the runtime's tables: columns padded, two blanks apart.
func (c *call) emitTable(rows [][]string) {
	widths := map[int]int{}
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		line := make([]string, len(row))
		for i, cell := range row {
			line[i] = cell + strings.Repeat(" ", widths[i]-len([]rune(cell)))
		}
		c.print(strings.TrimRight(strings.Join(line, "  "), " "))
	}
}

// appRoot is the folder that the runtime's paths are reported under; only the reported text has it.
func (c *call) appRoot() string { return filepath.Join(c.root, "com.apple.container") }

// down says whether the services are stopped: by `system stop`, or by the switch STANDIN_DOWN.
func (c *call) down() bool {
	if c.environment("STANDIN_DOWN") != "" {
		return true
	}
	_, err := os.Stat(c.store.path(downFile))
	return err == nil
}
