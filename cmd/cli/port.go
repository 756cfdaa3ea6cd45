package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

func newPort(c *composeCommand) *cobra.Command {
	var protocol string
	var index int
	cmd := &cobra.Command{
		Use:   "port [OPTIONS] SERVICE [PRIVATE_PORT]",
		Short: "Print the public port of a service's port, or all of them",
		Args:  between(1, 2, "a service, and may have a port"),
		RunE: func(cmd *cobra.Command, args []string) error {
			protocol = strings.ToLower(protocol)
			port := uint64(0)
			if len(args) == 2 {
				var err error
				if port, err = strconv.ParseUint(args[1], 10, 16); err != nil {
					return &usageError{message: fmt.Sprintf("invalid port %q", args[1]), hint: "a number from 1 to 65535"}
				}
			} else if !cmd.Flags().Changed("protocol") {
				protocol = ""
			}
			return c.port(cmd.Context(), args[0], int(port), protocol, index)
		},
	}
	cmd.Flags().StringVar(&protocol, "protocol", "tcp", "tcp or udp")
	cmd.Flags().IntVar(&index, "index", 0, "Number of the replica, when a service has several")
	return cmd
}

func (c *composeCommand) port(ctx context.Context, service string, port int, protocol string, index int) error {
	_, target, err := c.runningContainer(ctx, service, index)
	if err != nil {
		return err
	}
	out := c.app.Streams.Out
	all := view.Publishers(target.Ports)
	var seen []string
	for _, p := range all {
		seen = append(seen, fmt.Sprintf("%d/%s", p.TargetPort, p.Protocol))
		if port != 0 && p.TargetPort != port || protocol != "" && p.Protocol != protocol {
			continue
		}
		if port != 0 {
			_, err := fmt.Fprintln(out, p.Host())
			return err
		}
		if _, err := fmt.Fprintf(out, "%d/%s -> %s\n", p.TargetPort, p.Protocol, p.Host()); err != nil {
			return err
		}
	}
	if port == 0 {
		return nil
	}
	e := &usageError{message: fmt.Sprintf("no port %d/%s for container %s: %s", port, protocol, target.Name, strings.Join(seen, ", "))}
	if len(seen) == 0 {
		e.hint = "the service publishes no ports"
	}
	return e
}

// runningContainer finds the running container of a service that a command is about: the lowest-numbered replica, a
// one-off when there is none, or with index that replica.
func (c *composeCommand) runningContainer(ctx context.Context, service string, index int) (selection, orchestrate.Container, error) {
	s, err := c.selectProject(ctx)
	if err != nil {
		return s, orchestrate.Container{}, err
	}
	containers, err := c.containersOf(ctx, s)
	if err != nil {
		return s, orchestrate.Container{}, err
	}
	if s.files != nil {
		if err := s.check([]string{service}, containers); err != nil {
			return s, orchestrate.Container{}, err
		}
	}
	target, err := runningReplica(containers, service, index)
	return s, target, err
}

// between bounds the number of arguments.
func between(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return &usageError{message: fmt.Sprintf("%s needs %s", cmd.Name(), what), hint: cmd.CommandPath() + " --help"}
		}
		return nil
	}
}
