package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/cmd/cli/view"
)

// The page about commands names every command and every flag that can be seen, and every one that is refused.
func TestCommandsPageIsComplete(t *testing.T) {
	data, err := os.ReadFile("../../docs/commands.md")
	assert.NilError(t, err)
	page := string(data)
	s, _, _ := view.Buffers("")
	root, _ := newRoot(&App{Streams: s})
	compose, _, err := root.Find([]string{"compose"})
	assert.NilError(t, err)
	commonPart, rest, found := strings.Cut(page, "\n## Commands\n")
	assert.Assert(t, found)
	commands, refused, found := strings.Cut(rest, "\n## Not supported\n")
	assert.Assert(t, found)
	assert.Assert(t, flagsIn(t, compose, commonPart) > 5)
	for _, cmd := range compose.Commands() {
		if cmd.Hidden {
			assert.Assert(t, strings.Contains(refused, "`"+cmd.Name()+"`"), "%s is not among the unsupported ones", cmd.Name())
			continue
		}
		if cmd.Name() == "plan" { // has the flags of up and down
			assert.Assert(t, strings.Contains(commands, "### plan "))
			continue
		}
		_, section, found := strings.Cut(commands, "\n### "+cmd.Name())
		assert.Assert(t, found, "no section for %s", cmd.Name())
		section, _, _ = strings.Cut(section, "\n### ")
		flagsIn(t, cmd, section)
	}
}

// flagsIn checks that a part of the page names a command's visible flags, and counts them.
func flagsIn(t *testing.T, cmd *cobra.Command, part string) int {
	n := 0
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		n++
		assert.Check(t, strings.Contains(part, "`--"+f.Name+"`"), "%s --%s is not on the page", cmd.Name(), f.Name)
		if f.Shorthand != "" {
			assert.Check(t, strings.Contains(part, "`-"+f.Shorthand+"`"), "%s -%s is not on the page", cmd.Name(), f.Shorthand)
		}
	})
	return n
}

// Every command of Docker Compose exists here, supported or refused with a reason (docker/compose v5, the order of its
// help).
func TestEveryCommandOfDockerComposeExists(t *testing.T) {
	s, _, _ := view.Buffers("")
	root, _ := newRoot(&App{Streams: s})
	for _, name := range strings.Fields("attach bridge build commit config cp create down events exec export images kill logs ls pause port " +
		"ps publish pull push restart rm run scale start stats stop top unpause up version volumes wait watch alpha") {
		cmd, _, err := root.Find([]string{"compose", name})
		assert.NilError(t, err)
		assert.Equal(t, cmd.Name(), name)
	}
}

// Flags of Docker Compose's commands that are here, by command (docker/compose v5): each exists, so none is an unknown
// flag; what it does or why not is the command's business.
func TestEveryFlagOfTheCommandsExists(t *testing.T) {
	s, _, _ := view.Buffers("")
	root, _ := newRoot(&App{Streams: s})
	for name, flags := range map[string]string{
		"": "file project-name project-directory profile env-file all-resources ansi progress parallel compatibility dry-run insecure-registry no-ansi verbose version workdir",
		"up": "detach wait wait-timeout build no-build pull quiet-pull quiet-build force-recreate no-recreate always-recreate-deps renew-anon-volumes no-deps no-start scale " +
			"remove-orphans timeout abort-on-container-exit abort-on-container-failure exit-code-from attach no-attach attach-dependencies no-color no-log-prefix timestamps menu watch yes",
		"down":    "volumes volume rmi remove-orphans timeout",
		"ps":      "all filter format no-trunc orphans quiet services status",
		"logs":    "follow index no-color no-log-prefix since until tail timestamps",
		"exec":    "detach env index privileged user workdir no-tty no-TTY interactive tty",
		"version": "format short",
		"config": "format services volumes networks models images profiles hash variables environment quiet output no-interpolate no-normalize no-path-resolution " +
			"no-consistency no-env-resolution resolve-image-digests lock-image-digests",
	} {
		path := []string{"compose"}
		if name != "" {
			path = append(path, name)
		}
		cmd, _, err := root.Find(path)
		assert.NilError(t, err)
		for _, flag := range strings.Fields(flags) {
			known := cmd.Flags().Lookup(flag) != nil || cmd.PersistentFlags().Lookup(flag) != nil
			assert.Check(t, known, "compose %s --%s", name, flag)
		}
	}
}
