package reconcile

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate/hosts"
	"github.com/hostwright/compose/translate/declared"
)

// writeOwnHosts writes the hosts file of a container that is about to be created or started: own names and every peer
// that runs.
func (e *run) writeOwnHosts(id string, labels map[string]string) error {
	e.hosts.Lock()
	defer e.hosts.Unlock()
	return e.writeHosts(e.named, selfOf(id, labels), e.world.snapshot())
}

// selfOf is a container of ours by its labels. A one-off has no number.
func selfOf(id string, labels map[string]string) hosts.Self {
	self := hosts.Self{ID: id, Service: labels[declared.OwnService]}
	self.Number, _ = strconv.Atoi(labels[declared.OwnNumber])
	self.OneOff = labels[declared.OwnOneOff] == "true" && labels[declared.OwnAliases] != "true"
	return self
}

// updateHosts rewrites the hosts file of every running container of the project after addresses have changed.
func (e *run) updateHosts() error {
	e.hosts.Lock()
	defer e.hosts.Unlock()
	seen := e.world.snapshot()
	for _, self := range running(e.Ledger.ID, seen) {
		if err := e.writeHosts(e.named, self, seen); err != nil {
			return err
		}
	}
	return nil
}

// RefreshHosts rewrites the hosts files of a project's running containers for what was seen just now, from what the
// ledger remembers of the services. A file that is right already is left alone. The caller holds the project's lock.
func RefreshHosts(dir statedir.Project, l *ledger.Ledger, seen []adapter.Container) error {
	named := namesOf(nil, l, seen)
	for _, self := range running(l.ID, seen) {
		if err := writeHosts(dir, named, self, seen, nil); err != nil {
			return err
		}
	}
	return nil
}

// running are the containers of a project that run and have a number: the file of a one-off was written when it was
// made.
func running(ledgerID string, seen []adapter.Container) []hosts.Self {
	var out []hosts.Self
	for _, c := range seen {
		if !c.Running() || c.Labels[declared.OwnLedger] != ledgerID || c.Labels[declared.OwnService] == "" {
			continue
		}
		number, err := strconv.Atoi(c.Labels[declared.OwnNumber])
		if err != nil {
			continue
		}
		out = append(out, hosts.Self{ID: c.ID, Service: c.Labels[declared.OwnService], Number: number})
	}
	return out
}

func (e *run) writeHosts(p *declared.Project, self hosts.Self, seen []adapter.Container) error {
	return writeHosts(e.Project, p, self, seen, e.Snapshot.Networks)
}

func writeHosts(dir statedir.Project, p *declared.Project, self hosts.Self, seen []adapter.Container, networks []adapter.Network) error {
	text := hosts.Text(hosts.Inputs(p, self, seen, networks))
	path := dir.Hosts(self.ID)
	if old, err := os.ReadFile(path); err == nil && strings.TrimRight(string(old), "\n") == strings.TrimRight(text, "\n") {
		return nil
	}
	if err := hosts.Write(path, text); err != nil {
		return fmt.Errorf("hosts file of %s: %w", self.ID, err)
	}
	return nil
}

// namesOf is the project as the hosts files need it: the declared services, and those that this command leaves out but
// whose containers run, as far as the ledger remembers them.
func namesOf(p *declared.Project, l *ledger.Ledger, seen []adapter.Container) *declared.Project {
	out := declared.Project{Name: l.Project}
	if p != nil {
		out = *p
	}
	out.Services = append([]declared.Service(nil), out.Services...)
	out.Networks = append([]declared.Network(nil), out.Networks...)
	for _, c := range seen {
		entry, ok := l.Entry(ledger.Container, c.ID)
		if !ok || entry.OneOff {
			continue
		}
		if _, ok := out.Service(entry.Service); ok {
			continue
		}
		s, networks := remembered(entry, c)
		out.Services = append(out.Services, s)
		for _, n := range networks {
			if _, err := networkName(&out, n.Key); err != nil {
				out.Networks = append(out.Networks, n)
			}
		}
	}
	return &out
}

// remembered rebuilds what a ledger entry's fields say about a service's names. The container has its networks in the
// order in which they were declared.
func remembered(entry *ledger.Entry, c adapter.Container) (declared.Service, []declared.Network) {
	field := make(map[string]string, len(entry.Fields))
	for _, f := range entry.Fields {
		field[f.Path] = f.Value
	}
	s := declared.Service{Name: entry.Service, Hostname: field["hostname"]}
	var networks []declared.Network
	for i := range c.Networks {
		at := fmt.Sprintf("networks[%d]", i)
		a := declared.Attachment{Network: field[at+".network"]}
		for n := 0; field[fmt.Sprintf("%s.aliases[%d]", at, n)] != ""; n++ {
			a.Aliases = append(a.Aliases, field[fmt.Sprintf("%s.aliases[%d]", at, n)])
		}
		s.Networks = append(s.Networks, a)
		networks = append(networks, declared.Network{Key: a.Network, Name: c.Networks[i]})
	}
	for i := 0; field[fmt.Sprintf("extraHosts[%d].name", i)] != ""; i++ {
		at := fmt.Sprintf("extraHosts[%d]", i)
		s.ExtraHosts = append(s.ExtraHosts, declared.HostEntry{Name: field[at+".name"], Address: field[at+".address"]})
	}
	for i := 0; field[fmt.Sprintf("links[%d].service", i)] != ""; i++ {
		at := fmt.Sprintf("links[%d]", i)
		s.Links = append(s.Links, declared.Link{Service: field[at+".service"], Alias: field[at+".alias"]})
	}
	return s, networks
}
