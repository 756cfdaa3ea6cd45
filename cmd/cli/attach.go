package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

// attachOptions are the flags of "attach".
type attachOptions struct {
	noStdin, proxy bool
	index          int
	keys           string
}

func newAttach(c *composeCommand) *cobra.Command {
	o := &attachOptions{}
	cmd := &cobra.Command{
		Use:   "attach [OPTIONS] SERVICE",
		Short: "Follow a running container's output until it ends",
		Long: "Show what a service's running container writes from now on, each stream on its own, until it ends; the exit\n" +
			"code is its own. The runtime lets nobody write to a container that runs already, so --no-stdin is needed.",
		Args: between(1, 1, "a service"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd.Flags().Changed("detach-keys")); err != nil {
				return err
			}
			return c.attach(cmd.Context(), o, args[0])
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.noStdin, "no-stdin", false, "Do not attach standard input (needed: it cannot be attached)")
	f.BoolVar(&o.proxy, "sig-proxy", true, "Pass SIGINT and SIGTERM on to the process")
	f.IntVar(&o.index, "index", 0, "Number of the replica, when a service has several")
	f.StringVar(&o.keys, "detach-keys", "", "Not supported: there is no input in which keys could be looked for")
	_ = f.MarkHidden("detach-keys")
	return cmd
}

func (o *attachOptions) check(keys bool) error {
	switch {
	case keys:
		return &usageError{message: "attach --detach-keys is not supported: there is no input in which keys could be looked for", hint: "use --sig-proxy=false and interrupt to leave"}
	case !o.noStdin:
		return &usageError{
			message: "attach without --no-stdin is not supported: Apple container lets nobody write to a container that runs already",
			hint:    "`attach --no-stdin` shows the output, `exec` runs a shell beside the process",
		}
	}
	return nil
}

func (c *composeCommand) attach(ctx context.Context, o *attachOptions, service string) error {
	s, target, err := c.runningContainer(ctx, service, o.index)
	if err != nil {
		return err
	}
	client, err := c.app.Client()
	if err != nil {
		return err
	}
	if c.dryRun {
		_, err := fmt.Fprintln(c.app.Streams.Out, "would attach to "+view.Safe(target.Name))
		return err
	}
	if o.proxy {
		runtime, err := c.app.Adapter()
		if err != nil {
			return err
		}
		go proxySignals(ctx, c.app.interrupts.take(), runtime, target.Name)
	}
	err = client.Logs(ctx, orchestrate.LogsRequest{Ref: s.ref, Containers: []string{target.Name}, Follow: true, Tail: 0}, c.writeRaw)
	if err != nil {
		return err
	}
	code := 0
	err = client.Await(ctx, orchestrate.AwaitRequest{Ref: s.ref, Containers: []string{target.Name}}, func(e orchestrate.ContainerExit) error {
		if code = e.Exit.Code; !e.Exit.Known {
			code = exitFailure
		}
		return nil
	})
	if err == nil && code != 0 {
		return exitCode(code)
	}
	return err
}

// writeRaw puts a line on the stream that it came from.
func (c *composeCommand) writeRaw(l orchestrate.LogLine) error {
	w := c.app.Streams.Out
	if l.Stream == "stderr" {
		w = c.app.Streams.Err
	}
	_, err := io.WriteString(w, l.Text+"\n")
	return err
}

// proxySignals passes signals on to a container until ctx ends.
func proxySignals(ctx context.Context, signals <-chan os.Signal, runtime adapter.RuntimeAdapter, id string) {
	for {
		select {
		case <-ctx.Done():
			return
		case s, ok := <-signals:
			if !ok {
				return
			}
			name := "SIGINT"
			if s != os.Interrupt {
				name = "SIGTERM"
			}
			_ = runtime.KillContainer(ctx, id, name) // one that has ended needs no signal
		}
	}
}
