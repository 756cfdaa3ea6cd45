package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"

	"github.com/spf13/pflag"

	"github.com/hostwright/compose/compose"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// runOptions are the flags of "run".
type runOptions struct {
	oneOff                              compose.OneOff
	entrypoint, name, pull              string
	detach, remove                      bool
	noTTY, tty, interactive             bool
	aliases, noDeps, removeOrphans      bool
	build, quiet, quietBuild, quietPull bool

	declared declaration // once asked for
}

func (c *composeCommand) runChange() change {
	o := &runOptions{}
	return change{
		use:   "run [OPTIONS] SERVICE [COMMAND] [ARGS...]",
		short: "Run a one-off command on a service",
		long: "Run a command in a new container of a service, beside the containers that the service has. What the service\n" +
			"depends on is started first. The exit code is the command's own.",
		args: atLeast(1, "SERVICE"),
		goalFlags: func(f *pflag.FlagSet) {
			o.addFlags(f)
			f.SetInterspersed(false)
		},
		runFlags: o.addRunFlags,
		check:    func(f *pflag.FlagSet) error { return o.check(c, f) },
		request: func(ctx context.Context, _ *pflag.FlagSet, args []string) (orchestrate.Request, error) {
			return c.runRequest(ctx, o, args[0], args[1:])
		},
		run: func(ctx context.Context, r orchestrate.Request) error { return c.run(ctx, o, r) },
	}
}

// addFlags adds the flags that make the goal.
func (o *runOptions) addFlags(f *pflag.FlagSet) {
	one := &o.oneOff
	f.StringVar(&o.name, "name", "", "Name of the container")
	f.StringArrayVarP(&one.Env, "env", "e", nil, "Set a variable, KEY=VALUE, or KEY to pass on the caller's")
	f.StringArrayVar(&one.EnvFiles, "env-from-file", nil, "Set variables from a file")
	f.StringVar(&o.entrypoint, "entrypoint", "", "Replace the entrypoint of the image")
	f.StringArrayVarP(&one.Labels, "label", "l", nil, "Add or replace a label, KEY=VALUE")
	f.StringVarP(&one.User, "user", "u", "", "Run as this user")
	f.StringVarP(&one.WorkingDir, "workdir", "w", "", "Directory in which the command runs")
	f.StringArrayVarP(&one.Volumes, "volume", "v", nil, "Mount a directory or a volume, SOURCE:TARGET")
	f.StringArrayVarP(&one.Ports, "publish", "p", nil, "Publish a port, HOST:CONTAINER")
	f.BoolVarP(&one.KeepPorts, "service-ports", "P", false, "Publish the ports of the service")
	f.StringArrayVar(&one.CapAdd, "cap-add", nil, "Add a capability")
	f.StringArrayVar(&one.CapDrop, "cap-drop", nil, "Drop a capability")
	f.BoolVar(&o.aliases, "use-aliases", false, "Answer to the names of the service")
	f.BoolVar(&o.noDeps, "no-deps", false, "Do not start what the service depends on")
	f.BoolVar(&o.build, "build", false, "Build the image first")
	f.StringVar(&o.pull, "pull", "policy", "Pull images before running (always, missing, never, build)")
	f.BoolVar(&o.removeOrphans, "remove-orphans", false, "Remove containers of services that are not declared")
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		switch name { // old spellings
		case "volumes":
			name = "volume"
		case "labels":
			name = "label"
		case "no-TTY":
			name = "no-tty"
		}
		return pflag.NormalizedName(name)
	})
}

// addRunFlags adds the flags about how "run" itself goes on.
func (o *runOptions) addRunFlags(f *pflag.FlagSet) {
	f.BoolVarP(&o.detach, "detach", "d", false, "Leave the container running in the background, print its name")
	f.BoolVar(&o.remove, "rm", false, "Remove the container and its anonymous volumes when it ends")
	f.BoolVarP(&o.noTTY, "no-tty", "T", false, "No terminal for the command (default: one when ours is one)")
	f.BoolVarP(&o.interactive, "interactive", "i", true, "Keep standard input open")
	f.BoolVarP(&o.tty, "tty", "t", true, "A terminal for the command")
	_ = f.MarkHidden("tty")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "Without progress")
	f.BoolVar(&o.quietBuild, "quiet-build", false, "Build without the builder's log")
	f.BoolVar(&o.quietPull, "quiet-pull", false, "Pull without progress")
}

// check refuses what contradicts itself, and settles the terminal: the command gets one when our output is one, and our
// input too unless the flags say otherwise (docker/compose v5, cmd/compose/run.go).
func (o *runOptions) check(c *composeCommand, f *pflag.FlagSet) error {
	s := c.app.Streams
	if f.Changed("entrypoint") {
		o.oneOff.Entrypoint = &o.entrypoint
	}
	tty := !o.noTTY && s.OutTerminal
	switch {
	case f.Changed("tty") && f.Changed("no-tty"):
		return &usageError{message: "--tty and --no-tty can't be used together"}
	case f.Changed("tty"):
		tty = o.tty
	case f.Changed("no-tty"):
		tty = !o.noTTY
	case !f.Changed("interactive") && !s.InTerminal:
		tty = false
	}
	// Without runFlags ("plan run") there is neither.
	o.oneOff.TTY, o.oneOff.Interactive = tty, o.interactive
	switch {
	case len(o.oneOff.Ports) > 0 && o.oneOff.KeepPorts:
		return &usageError{message: "--service-ports and --publish are incompatible"}
	case tty && o.interactive && !o.detach && !s.InTerminal:
		return &usageError{
			message: "cannot attach stdin to a TTY-enabled container because stdin is not a terminal", hint: "leave out -t, or use -T",
		}
	case o.detach && o.remove:
		return &usageError{
			message: "run -d --rm is not supported: nobody watches for the end of a container in the background",
			hint:    "leave out -d, or leave out --rm and remove it later with `down --remove-orphans`",
		}
	case o.name != "" && !containerName.MatchString(o.name):
		return &usageError{
			message: fmt.Sprintf("invalid container name %q", o.name), hint: "lower-case letters, digits, dashes, dots and underscores, at most 63",
		}
	}
	return (&upOptions{pull: o.pull}).checkGoal()
}

// containerName is what the runtime takes as a name (Apple container 1.0.0 and later).
var containerName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,62}$`)

// runRequest asks for "run".
func (c *composeCommand) runRequest(ctx context.Context, o *runOptions, service string, command []string) (orchestrate.Request, error) {
	load := c.loadOptions()
	load.Services, load.NoDeps = []string{service}, o.noDeps
	p, err := compose.Load(ctx, load)
	if err != nil {
		return orchestrate.Request{}, err
	}
	o.oneOff.Command = command
	if err := p.ApplyOneOff(service, o.oneOff, c.app.Dir); err != nil {
		return orchestrate.Request{}, err
	}
	if o.declared, err = c.declare(p); err != nil {
		return orchestrate.Request{}, err
	}
	slug, err := newSlug()
	if err != nil {
		return orchestrate.Request{}, err
	}
	name := o.name
	if name == "" {
		name = declared.OneOffName(p.Name, service, slug[:12])
	}
	goal := plan.Goal{
		Verb: plan.Run, Services: []string{service}, Build: o.build, Pull: (&upOptions{pull: o.pull}).pullPolicy(), NoDeps: o.noDeps, RemoveOrphans: o.removeOrphans,
		OneOff: &plan.OneOff{Name: name, Slug: slug, Attended: !o.detach, Aliases: o.aliases},
	}
	return c.request(o.declared, goal, "run"), nil
}

// newSlug gives the random text that tells one-offs apart.
func newSlug() (string, error) {
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("make a name: %w", err)
	}
	return hex.EncodeToString(random), nil
}
