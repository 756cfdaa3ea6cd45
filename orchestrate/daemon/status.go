package daemon

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/health"
	"github.com/hostwright/compose/orchestrate/record"
	"github.com/hostwright/compose/orchestrate/supervise"
	"github.com/hostwright/compose/translate/declared"
)

// Containers joins the runtime's listing with what the recorders wrote. Only what the ledger and the labels both call
// ours is shown.
func (c *inProcess) Containers(ctx context.Context, ref orchestrate.ProjectRef) ([]orchestrate.Container, error) {
	store, ref, err := c.store(ref)
	var unknown *orchestrate.Error
	if errors.As(err, &unknown) && unknown.Code == orchestrate.CodeProject {
		return nil, nil // of a project that nobody has heard of there is nothing, as on Docker Compose
	}
	if err != nil {
		return nil, err
	}
	l, _, err := store.Load()
	if err != nil {
		return nil, ledgerError(err)
	}
	listed, err := listContainers(ctx, c.Adapter, l)
	if err != nil {
		return nil, err
	}
	containers, err := owned(l, listed, c.State.Project(ref.Name, ref.Dir))
	snapshot := adapter.Snapshot{Containers: listed}
	for i := range containers {
		if x, ok := snapshot.Container(containers[i].Name); ok && x.Running() {
			containers[i].Exposed = c.exposed(l, x)
		}
	}
	return containers, err
}

// exposed gives the ports that a running container's image and its service name. What is known of the image was written
// down when the container was made. As with Docker's engine, nothing is exposed on internal networks.
func (c *inProcess) exposed(l *ledger.Ledger, x *adapter.Container) []string {
	if shutIn(l, x.Networks) {
		return nil
	}
	facts, _ := supervise.ReadFacts(c.State, x.Digest, supervise.FactsPlatform(x, c.Adapter.Capabilities().HostPlatform))
	entry, ok := l.Entry(ledger.Container, x.ID)
	if !ok {
		return facts.Ports
	}
	return append(facts.Ports, entry.Fields.List("expose")...)
}

// owned gives those of the listed containers that the ledger and the labels both call the project's, by name.
func owned(l *ledger.Ledger, listed []adapter.Container, dir statedir.Project) ([]orchestrate.Container, error) {
	var out []orchestrate.Container
	for i := range listed {
		entry, ok := l.Entry(ledger.Container, listed[i].ID)
		if !ok || listed[i].Labels[declared.OwnLedger] != l.ID || isHelper(entry) {
			continue
		}
		shown, err := show(&listed[i], entry, dir)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	slices.SortFunc(out, func(a, b orchestrate.Container) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// shutIn tells whether all of a container's networks are internal ones of the project.
func shutIn(l *ledger.Ledger, networks []string) bool {
	return len(networks) > 0 && !slices.ContainsFunc(networks, func(name string) bool {
		entry, ok := l.Entry(ledger.Network, name)
		if !ok {
			return true
		}
		internal, _ := entry.Fields.Value("internal")
		return internal != "true"
	})
}

// isHelper tells of a container that only prepares a volume.
func isHelper(e *ledger.Entry) bool { return e.OneOff && e.Service == "" }

func show(c *adapter.Container, entry *ledger.Entry, dir statedir.Project) (orchestrate.Container, error) {
	status, err := record.ReadStatus(dir.Container(c.ID))
	if err != nil {
		return orchestrate.Container{}, err
	}
	out := orchestrate.Container{
		Name: c.ID, Service: entry.Service, Number: entry.Number, OneOff: entry.OneOff, Image: c.Image,
		Created: c.Created, Started: c.Started, Labels: c.Labels, Mounts: c.Mounts, Networks: c.Networks,
	}
	if out.Number == 0 {
		out.Number, _ = strconv.Atoi(c.Labels[declared.OwnNumber])
	}
	if c.Executable != "" {
		out.Command = append([]string{c.Executable}, c.Arguments...)
	}
	switch {
	case c.Running():
		out.State, out.RecorderLost = orchestrate.StateRunning, !status.Recording
		out.Ports = c.Ports // what does not run publishes nothing, as with Docker
		if out.Health, out.Probes, err = currentHealth(dir.Container(c.ID), c); err != nil {
			return out, err
		}
	case status.Run == 0 && c.Started.IsZero():
		out.State = orchestrate.StateCreated
	default:
		out.State, out.ExitCode = orchestrate.StateExited, record.UnknownCode
		if e := status.Exit; e != nil {
			out.ExitCode, out.CodeKnown, out.Finished = e.Code, e.Known, e.Finished
			if e.StartFailed {
				// The process never ran: Docker shows such a container as created.
				out.State, out.ExitCode = orchestrate.StateCreated, 0
			}
		}
	}
	return out, restarts(&out, status, dir)
}

// restarts adds what hostwrightd did and is going to do about a container's ends.
func restarts(c *orchestrate.Container, status record.Status, dir statedir.Project) error {
	m, err := supervise.ReadMemory(dir.Container(c.Name))
	if err != nil {
		return err
	}
	c.Restarts, c.GaveUp = m.History.Restarts, m.Exhausted && m.Run == status.Run
	if c.State == orchestrate.StateRunning && m.Run == status.Run {
		c.Blocked = m.Blocked
	}
	if c.State != orchestrate.StateRunning && m.Restarting(status.Run, status.Recording) {
		c.State = orchestrate.StateRestarting
	}
	return nil
}

// currentHealth is the health of the present run; what was found of an earlier one says nothing.
func currentHealth(dir string, c *adapter.Container) (string, []orchestrate.Probe, error) {
	h, ok, err := health.Read(dir)
	if err != nil || !ok || !h.Started.Equal(c.Started) {
		return "", nil, err
	}
	var probes []orchestrate.Probe
	for _, r := range h.Results {
		probes = append(probes, orchestrate.Probe(r))
	}
	return string(h.Status), probes, nil
}
