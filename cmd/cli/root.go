package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/compose"
	"github.com/hostwright/compose/orchestrate/daemon"
)

// composeCommand is "hostwright compose": its flags, and what they mean for all commands below it.
type composeCommand struct {
	app *App

	files, profiles, envFiles []string
	name, projectDir, workDir string
	allResources              bool
	ansi, progress            string
	noAnsi                    bool
	parallel                  int
	strict, verbose, version  bool
	dryRun, compatibility     bool
	compatibilityVariable     string // COMPOSE_COMPATIBILITY
	insecureRegistries        []string
	runtime                   string

	// Whether the flags were given, so that nothing else counts.
	ansiGiven, progressGiven, parallelGiven bool

	// What settle makes of ansi, progress and the environment.
	progressMode view.Mode
	colours      view.Colours // of stderr
	outColours   view.Colours // of stdout
}

// newCompose builds the compose command. Its flags stand before the subcommand, as with Docker Compose.
func newCompose(c *composeCommand) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "compose [OPTIONS] COMMAND",
		Short: "Run compose projects",
		Long:  "Run a project described by a compose.yaml on Apple's container.",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.version {
				return printVersion(c.app, "pretty", false)
			}
			return helpOrUnknown(cmd, args)
		},
		TraverseChildren: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return c.settle(cmd)
		},
	}
	c.addFlags(cmd)
	cmd.AddCommand(
		newUp(c), newDown(c), newPS(c), newLogs(c), newExec(c), newConfig(c), newPlan(c), newAdopt(c), newVersion(c),
		newPort(c), newImages(c), newLS(c), newWait(c), newVolumes(c), newStats(c), newTop(c), newCP(c), newAttach(c),
		newEvents(c), newDrift(c),
	)
	cmd.AddCommand(newChanges(c)...)
	cmd.AddCommand(unsupportedCommands()...)
	return cmd
}

func (c *composeCommand) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SetInterspersed(false)
	f.StringArrayVarP(&c.files, "file", "f", nil, "Compose configuration files, \"-\" for standard input")
	f.StringVarP(&c.name, "project-name", "p", "", "Project name")
	f.StringVar(&c.projectDir, "project-directory", "", "Project directory (default: the one of the first compose file)")
	f.StringArrayVar(&c.profiles, "profile", nil, "Profile to enable")
	f.StringArrayVar(&c.envFiles, "env-file", nil, "Environment files, instead of .env")
	f.BoolVar(&c.allResources, "all-resources", false, "Include resources that no service uses")
	f.StringVar(&c.ansi, "ansi", "auto", "When to print ANSI control characters (never, always, auto)")
	f.StringVar(&c.progress, "progress", "", "Kind of progress output (auto, tty, plain, json, quiet)")
	f.IntVar(&c.parallel, "parallel", -1, "Most boots, stops and pulls at a time, -1 for the default")
	f.StringVar(&c.runtime, "runtime", "", "Runtime: apple (the default), or rehearsal, which runs nothing")
	f.BoolVar(&c.strict, "strict", false, "Treat warnings as errors")
	f.BoolVar(&c.verbose, "verbose", false, "Show notes and the memory estimate in full")
	f.BoolVarP(&c.version, "version", "v", false, "Show the version")
	f.BoolVar(&c.noAnsi, "no-ansi", false, "Same as --ansi never")
	f.StringVar(&c.workDir, "workdir", "", "Same as --project-directory")
	f.BoolVar(&c.compatibility, "compatibility", false, "Names of containers and built images with _ instead of -")
	f.StringArrayVar(&c.insecureRegistries, "insecure-registry", nil, "Registries of compose artifacts over plain HTTP (not supported)")
	for _, hidden := range []string{"version", "no-ansi", "workdir", "insecure-registry"} {
		_ = f.MarkHidden(hidden)
	}
	cmd.PersistentFlags().BoolVar(&c.dryRun, "dry-run", false, "Print the plan of the command and change nothing")
}

// settle checks the flags of compose itself and fills in what the environment says.
func (c *composeCommand) settle(cmd *cobra.Command) error {
	flags := cmd.Flags()
	for p := cmd; p != nil; p = p.Parent() {
		if p.Name() == "compose" {
			flags = p.Flags()
		}
	}
	c.ansiGiven, c.progressGiven, c.parallelGiven = flags.Changed("ansi"), flags.Changed("progress"), flags.Changed("parallel")
	if err := c.settleFrom(c.app.env); err != nil {
		return err
	}
	if err := c.settleRuntime(); err != nil {
		return err
	}
	if v := c.app.env("COMPOSE_ENV_FILES"); v != "" && len(c.envFiles) == 0 {
		c.envFiles = strings.Split(v, ",")
	}
	if c.workDir != "" {
		if c.projectDir != "" {
			return &usageError{message: "--project-directory and --workdir can't be used at the same time", hint: "use --project-directory alone"}
		}
		c.projectDir = c.workDir
	}
	if len(c.insecureRegistries) > 0 {
		return &usageError{message: "--insecure-registry is not supported: compose files are not fetched from registries"}
	}
	return nil
}

// settleRuntime takes the runtime from the flag, and says that nothing is run where that is so.
func (c *composeCommand) settleRuntime() error {
	if c.runtime != "" {
		if err := c.app.setVariable(daemon.RuntimeVariable, c.runtime); err != nil {
			return err
		}
	}
	return c.sayRehearsal()
}

// sayRehearsal says that nothing is run where the runtime is one that runs nothing: every command does.
func (c *composeCommand) sayRehearsal() error {
	if c.app.env(daemon.RuntimeVariable) == "" {
		return nil
	}
	runtime, err := c.app.Adapter()
	if err != nil {
		return &usageError{message: err.Error()}
	}
	if !runtime.Capabilities().RunsProcesses {
		c.say("rehearsal: nothing is run, pulled or built; see docs/rehearsal.md")
	}
	return nil
}

// oldNames tells whether names are made as Docker Compose's first version did.
func (c *composeCommand) oldNames() bool {
	return c.compatibility || truth(c.compatibilityVariable)
}

// settleFrom reads the variables that stand for flags. It is called with the environment before anything is loaded, and
// once more with the project's, since Docker Compose takes COMPOSE_ variables from .env as well (but COMPOSE_PROGRESS,
// which is read with the flags).
func (c *composeCommand) settleFrom(variable func(string) string) error {
	c.compatibilityVariable = variable("COMPOSE_COMPATIBILITY")
	if v := variable("COMPOSE_PARALLEL_LIMIT"); v != "" && !c.parallelGiven {
		n, err := strconv.Atoi(v)
		if err != nil {
			return &usageError{message: fmt.Sprintf("COMPOSE_PARALLEL_LIMIT must be an integer (found: %q)", v)}
		}
		c.parallel = n
	}
	if v := variable("COMPOSE_ANSI"); v != "" && !c.ansiGiven && !c.noAnsi {
		c.ansi = v
	}
	if c.noAnsi {
		if c.ansiGiven {
			return &usageError{message: "cannot specify --no-ansi and --ansi at the same time", hint: "use --ansi alone"}
		}
		c.ansi = "never"
	}
	if v := c.app.env("COMPOSE_PROGRESS"); v != "" && !c.progressGiven {
		c.progress = v
	}
	return c.settleOutput()
}

// load loads a project and takes over the COMPOSE_ variables of its .env.
func (c *composeCommand) load(ctx context.Context, o compose.Options) (*compose.Project, error) {
	p, err := compose.Load(ctx, o)
	if err != nil {
		return nil, err
	}
	return p, c.settleFrom(func(key string) string { return p.Environment[key] })
}

// settleOutput decides on colours and the kind of progress.
func (c *composeCommand) settleOutput() error {
	s := c.app.Streams
	c.progressMode = view.Auto
	switch c.ansi {
	case "never", "always", "auto":
	default:
		return &usageError{message: fmt.Sprintf("invalid value for --ansi: %q", c.ansi), hint: "one of never, always, auto"}
	}
	noColour := c.app.env("NO_COLOR") != ""
	c.colours = view.Colours(c.ansi == "always" || c.ansi == "auto" && s.ErrTerminal && !noColour)
	c.outColours = view.Colours(c.ansi == "always" || c.ansi == "auto" && s.OutTerminal && !noColour)
	switch mode := view.Mode(c.progress); mode {
	case "", view.Auto:
		if c.ansi == "never" {
			c.progressMode = view.Plain
		}
	case view.TTY:
		if c.ansi == "never" {
			return &usageError{message: "can't use --progress tty while ANSI support is disabled"}
		}
		c.progressMode = mode
	case view.Plain:
		if c.ansi == "always" {
			return &usageError{message: "can't use --progress plain while ANSI support is forced"}
		}
		c.progressMode = mode
	case view.JSON, view.Quiet, view.None:
		c.progressMode = mode
	default:
		return &usageError{message: fmt.Sprintf("unsupported --progress value %q", c.progress), hint: "one of auto, tty, plain, json, quiet"}
	}
	return nil
}

// truth reads a boolean variable as Docker Compose does: "y" and what strconv.ParseBool takes; rubbish is false.
func truth(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "y" {
		return true
	}
	b, err := strconv.ParseBool(text)
	return err == nil && b
}
