package doctor

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate/ports"
)

// maxPorts bounds how many published ports are tried: a range may have thousands.
const maxPorts = 64

// published is one TCP port that a running container publishes.
type published struct {
	container    string
	address      string // on this host
	host, inside uint16
}

// publishedPorts tries the published TCP ports of running containers. It sends nothing.
func publishedPorts(ctx context.Context, s *sight) []Result {
	if s.listError != nil {
		return one(Skipped, unlisted, "")
	}
	all := publishedBy(s.containers)
	if len(all) == 0 {
		return one(Skipped, "no running container publishes a TCP port", "")
	}
	tried := all[:min(len(all), maxPorts)]
	found := make([]*Result, len(tried))
	var wait sync.WaitGroup
	for i, p := range tried {
		wait.Go(func() { found[i] = tryPort(ctx, s, p) })
	}
	wait.Wait()
	var out []Result
	for _, r := range found {
		if r != nil {
			out = append(out, *r)
		}
	}
	if len(out) == 0 {
		return one(OK, fmt.Sprintf("%d of %d published TCP ports were tried, and answer", len(tried), len(all)), "")
	}
	return out
}

func publishedBy(containers []adapter.Container) []published {
	var out []published
	for i := range containers {
		for _, p := range containers[i].Ports {
			if p.Protocol != "tcp" {
				continue
			}
			host := p.HostIP
			if host == "" || host == "0.0.0.0" {
				host = "127.0.0.1"
			}
			for n := range max(p.Count, 1) {
				out = append(out, published{
					containers[i].ID, net.JoinHostPort(host, strconv.Itoa(int(p.HostPort+n))), p.HostPort + n, p.ContainerPort + n,
				})
			}
		}
	}
	return out
}

// tryPort gives what is wrong with a port, nil when nothing is.
func tryPort(ctx context.Context, s *sight, p published) *Result {
	reach, err := ports.Try(ctx, p.address, s.Patience/4)
	what := fmt.Sprintf("%s, published by %s", p.address, p.container)
	switch {
	case err != nil:
		return &Result{State: Warning, Message: fmt.Sprintf("%s, cannot be reached: %v", what, err)}
	case reach == ports.Answers:
		return nil
	case reach == ports.Refuses:
		return &Result{State: Failed, Message: what + ", is not listened on by the runtime", Hint: "restart the service"}
	}
	var table bytes.Buffer
	code, err := s.Adapter.Exec(ctx, adapter.ExecRequest{ID: p.container, Command: ports.TableCommand, Stdout: &table, Stderr: new(bytes.Buffer)})
	switch {
	case err != nil || table.Len() == 0 && code != 0:
		return &Result{State: Warning, Message: what + ", closes every connection at once, and its container does not say whether a process listens there", Hint: ports.LocalNetworkHint}
	case ports.ListensIn(table.String(), p.inside):
		return &Result{State: Failed, Message: what + ", closes every connection at once, though a process listens behind it", Hint: ports.LocalNetworkHint}
	}
	return &Result{
		State: Warning, Message: fmt.Sprintf("%s, goes nowhere: no process in it listens on port %d", what, p.inside),
		Hint: "a process that listens on 127.0.0.1 alone cannot be reached: have it listen on 0.0.0.0",
	}
}
