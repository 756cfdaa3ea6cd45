package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

// execOptions are the flags of "exec".
type execOptions struct {
	detach, privileged, noTTY, tty, interactive bool
	env                                         []string
	index                                       int
	user, workDir                               string
}

func newExec(c *composeCommand) *cobra.Command {
	o := &execOptions{}
	cmd := &cobra.Command{
		Use:   "exec [OPTIONS] SERVICE COMMAND [ARGS...]",
		Short: "Execute a command in a running container",
		Long:  "Execute a command in a running container of a service. The exit code is the command's own.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return &usageError{message: "exec needs a service and a command", hint: "hostwright compose " + cmd.Use}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.settle(c, cmd.Flags().Changed("tty")); err != nil {
				return err
			}
			return c.exec(cmd.Context(), o, args[0], args[1:])
		},
	}
	f := cmd.Flags()
	f.SetInterspersed(false)
	f.BoolVarP(&o.detach, "detach", "d", false, "Run the command in the background")
	f.StringArrayVarP(&o.env, "env", "e", nil, "Set a variable, KEY=VALUE, or KEY to pass on the caller's")
	f.IntVar(&o.index, "index", 0, "Number of the replica, when a service has several")
	f.BoolVar(&o.privileged, "privileged", false, "Not supported")
	f.StringVarP(&o.user, "user", "u", "", "Run the command as this user")
	f.StringVarP(&o.workDir, "workdir", "w", "", "Directory in which the command runs")
	f.BoolVarP(&o.noTTY, "no-tty", "T", false, "No terminal for the command (default: one when ours is one)")
	f.BoolVar(&o.noTTY, "no-TTY", false, "Old spelling of --no-tty")
	f.BoolVarP(&o.interactive, "interactive", "i", true, "Keep standard input open")
	f.BoolVarP(&o.tty, "tty", "t", true, "A terminal for the command")
	for _, hidden := range []string{"no-TTY", "interactive", "tty", "privileged"} {
		_ = f.MarkHidden(hidden)
	}
	return cmd
}

// settle decides on the terminal: the command gets one when both our input and our output are one.
func (o *execOptions) settle(c *composeCommand, ttyGiven bool) error {
	s := c.app.Streams
	switch {
	case o.privileged:
		return &usageError{
			message: "exec --privileged is not supported",
			hint:    "Apple container has no such option; a process in a container is already alone in a VM, try -u root",
		}
	case ttyGiven && o.tty && o.noTTY:
		return &usageError{message: "--tty and --no-tty can't be used together"}
	case ttyGiven && o.tty && !o.detach && !s.InTerminal:
		return &usageError{message: "the input device is not a TTY", hint: "leave out -t, or use -T"}
	}
	o.tty = o.tty && !o.noTTY && !o.detach && s.InTerminal && s.OutTerminal
	return nil
}

func (c *composeCommand) exec(ctx context.Context, o *execOptions, service string, command []string) error {
	s, err := c.selectProject(ctx)
	if err != nil {
		return err
	}
	containers, err := c.containersOf(ctx, s)
	if err != nil {
		return err
	}
	if err := s.check([]string{service}, containers); err != nil {
		return err
	}
	target, err := runningReplica(containers, service, o.index)
	if err != nil {
		return err
	}
	if c.dryRun {
		_, err := fmt.Fprintf(c.app.Streams.Out, "would run %s in %s\n", view.Safe(fmt.Sprintf("%q", command)), target.Name)
		return err
	}
	runtime, err := c.app.Adapter()
	if err != nil {
		return err
	}
	streams := c.app.Streams
	r := adapter.ExecRequest{
		ID: target.Name, Command: command, Env: o.variables(c.app), User: o.user, WorkingDir: o.workDir,
		TTY: o.tty, Interactive: o.interactive && !o.detach, Detach: o.detach,
		Stdin: streams.In, Stdout: streams.Out, Stderr: streams.Err,
	}
	if o.tty {
		r.Stderr = streams.Out
	}
	code, err := runtime.Exec(ctx, r)
	if err != nil {
		return err
	}
	if code != 0 {
		return exitCode(code)
	}
	return nil
}

// runningReplica picks the lowest-numbered running replica, a one-off when there is no replica; with index that
// replica only.
func runningReplica(containers []orchestrate.Container, service string, index int) (orchestrate.Container, error) {
	var best *orchestrate.Container
	for i := range containers {
		x := &containers[i]
		if x.Service != service || x.State != orchestrate.StateRunning || index != 0 && (x.OneOff || x.Number != index) {
			continue
		}
		if best == nil || best.OneOff && !x.OneOff || best.OneOff == x.OneOff && x.Number < best.Number {
			best = x
		}
	}
	switch {
	case best != nil:
		return *best, nil
	case index != 0:
		return orchestrate.Container{}, &usageError{
			message: fmt.Sprintf("service %q is not running container #%d", service, index),
			hint:    "`hostwright compose ps -a` shows what there is",
		}
	}
	return orchestrate.Container{}, &usageError{
		message: fmt.Sprintf("service %q is not running", service),
		hint:    "`hostwright compose ps -a` shows what became of it, `hostwright compose up -d " + service + "` starts it",
	}
}

// variables reads -e. A value taken from our own environment stays out of other processes' arguments; a KEY that is not
// set here is not passed on.
func (o *execOptions) variables(app *App) []adapter.EnvVar {
	var out []adapter.EnvVar
	at := make(map[string]int)
	for _, entry := range o.env {
		key, value, given := strings.Cut(entry, "=")
		v := adapter.EnvVar{Key: key, Value: value}
		if !given {
			if v.Value, v.Sensitive = app.lookup(key); !v.Sensitive {
				continue
			}
		}
		if i, again := at[key]; again {
			out[i] = v
			continue
		}
		at[key] = len(out)
		out = append(out, v)
	}
	return out
}
