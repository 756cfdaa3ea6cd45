package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
)

// Main runs the command that args (without the program's name) ask for and gives the exit code. SIGINT and SIGTERM end
// the command in order; a second one ends the process at once. A command that stays with containers
// takes them itself.
func Main(app *App, args []string) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	app.interrupts = listen(app, cancel)
	defer app.interrupts.stop()
	return Run(ctx, app, args)
}

// Run is Main without signals: the end of ctx is the user's interrupt.
func Run(ctx context.Context, app *App, args []string) int {
	root, c := newRoot(app)
	root.SetArgs(standaloneArgs(app.Program, args))
	root.SetIn(app.Streams.In)
	root.SetOut(app.Streams.Out)
	root.SetErr(app.Streams.Err)
	err := root.ExecuteContext(ctx)
	return c.exit(ctx, err)
}

// standaloneArgs makes "docker-compose up", called through a link of that name, what "hostwright compose up" is.
func standaloneArgs(program string, args []string) []string {
	if program != "docker-compose" && program != "hostwright-compose" {
		return args
	}
	out := []string{"compose"}
	for i, a := range args {
		if !strings.HasPrefix(a, "-") {
			return append(out, args[i:]...)
		}
		switch a {
		case "-v":
			a = "--version"
		}
		out = append(out, a)
		if takesValue(a) && i+1 < len(args) {
			return append(out, args[i+1:]...)
		}
	}
	return out
}

// takesValue tells of a flag of the compose root whose value is the next argument. What follows it needs no more
// rewriting: Docker's own flags stand first.
func takesValue(flag string) bool {
	switch flag {
	case "-f", "--file", "-p", "--project-name", "--project-directory", "--profile", "--env-file", "--ansi", "--progress", "--parallel", "--runtime":
		return true
	}
	return false
}

// newRoot builds the tree.
func newRoot(app *App) (*cobra.Command, *composeCommand) {
	root := &cobra.Command{
		Use:   "hostwright",
		Short: "Run compose projects on Apple's container",
		Long: "hostwright runs compose projects on Apple's container, each container in its own light VM.\n\n" +
			"Start with `hostwright compose up -d` where your compose.yaml is; `hostwright compose down` removes what was created.",
		SilenceErrors: true, SilenceUsage: true,
		TraverseChildren:  true,
		Args:              cobra.ArbitraryArgs,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		RunE: func(cmd *cobra.Command, args []string) error {
			return helpOrUnknown(cmd, args)
		},
	}
	c := &composeCommand{app: app}
	// For the commands beside compose, which has its own.
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return c.sayRehearsal() }
	root.AddCommand(newCompose(c), newDaemon(app), newDoctor(app), newProgramVersion(app))
	withoutFlagsInUse(root)
	return root, c
}

// withoutFlagsInUse keeps cobra from adding "[flags]" to usage lines that say [OPTIONS] already.
func withoutFlagsInUse(cmd *cobra.Command) {
	cmd.DisableFlagsInUseLine = true
	for _, sub := range cmd.Commands() {
		withoutFlagsInUse(sub)
	}
}

// helpOrUnknown is what a command does that only has subcommands.
func helpOrUnknown(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	hint := "`" + cmd.CommandPath() + " --help` lists the commands"
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, ", ") + "? " + hint
	}
	return &usageError{message: "unknown command \"" + cmd.CommandPath() + " " + args[0] + "\"", hint: hint}
}
