package plan

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

func TestSocketsThatCannotListenSideBySide(t *testing.T) {
	for _, c := range []struct {
		name    string
		there   string
		v6Only  bool
		wanted  string
		overlap bool
	}{
		{"the same address", "127.0.0.1", false, "127.0.0.1", true},
		{"another address", "127.0.0.1", false, "127.0.0.2", false},
		{"wildcard there", "0.0.0.0", false, "127.0.0.1", true},
		{"wildcard wanted", "127.0.0.1", false, "0.0.0.0", true},
		{"both wildcards", "0.0.0.0", false, "0.0.0.0", true},
		{"a dual-stack wildcard takes IPv4 too", "::", false, "127.0.0.1", true},
		{"an IPv6-only wildcard does not", "::", true, "0.0.0.0", false},
		{"IPv6 loopback", "::1", false, "0.0.0.0", false},
		{"IPv4 written as IPv6", "::ffff:127.0.0.1", false, "127.0.0.1", true},
		{"IPv6 beside IPv4", "0.0.0.0", false, "::1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			there := claim{addr: netip.MustParseAddr(c.there), v6Only: c.v6Only}
			assert.Equal(t, there.overlaps(netip.MustParseAddr(c.wanted)), c.overlap)
		})
	}
}

func publishing(ports ...declared.Port) func(*declared.Service) {
	return func(s *declared.Service) { s.Ports = ports }
}

func fixed(ip string, host, target uint16) declared.Port {
	return declared.Port{Target: target, HostIP: ip, Protocol: "tcp", First: host, Last: host}
}

// hostPorts gives what the plan's creations publish, by container.
func hostPorts(p Plan) map[string][]adapter.Port {
	out := map[string][]adapter.Port{}
	for _, s := range p.Steps {
		if c, ok := s.Action.(CreateContainer); ok {
			out[c.ID] = c.Ports
		}
	}
	return out
}

func refusal(t *testing.T, p Plan) string {
	t.Helper()
	var out []string
	for _, f := range p.Findings {
		if f.Severity == "error" {
			out = append(out, f.Message)
		}
	}
	assert.Assert(t, len(out) > 0, "not refused:\n%s", Text(p))
	return strings.Join(out, "\n")
}

func TestPortConflictsNameTheHolder(t *testing.T) {
	web := func(p ...declared.Port) declared.Project {
		return project(with(service("web", "nginx"), publishing(p...)))
	}
	for _, c := range []struct {
		name    string
		project declared.Project
		there   func(*simulator)
		want    string // "" for none
	}{
		{"another process", web(fixed("", 8080, 80)), listen("0.0.0.0", 8080, "nginx, pid 12"), "port 8080/tcp on all addresses is already in use by nginx, pid 12"},
		{"a process that the OS does not name", web(fixed("", 8080, 80)), listen("127.0.0.1", 8080, ""), "is already in use by another process"},
		{"another address", web(fixed("127.0.0.1", 8080, 80)), listen("10.0.0.1", 8080, "x"), ""},
		{"another protocol", web(declared.Port{Target: 53, Protocol: "udp", First: 53, Last: 53}), listen("0.0.0.0", 53, "x"), ""},
		{"somebody else's container", web(fixed("127.0.0.1", 8080, 80)), func(s *simulator) {
			s.snapshot.Containers = append(s.snapshot.Containers, adapter.Container{ID: "other", State: adapter.StateRunning,
				Ports: []adapter.Port{{HostPort: 8079, ContainerPort: 1, Protocol: "tcp", Count: 3}}})
			listen("0.0.0.0", 8080, "container-runtime-linux, pid 77")(s)
		}, "port 8080/tcp on 127.0.0.1 is already in use by container other"},
		{"somebody else's container that is stopped", web(fixed("", 8080, 80)), func(s *simulator) {
			s.snapshot.Containers = append(s.snapshot.Containers, adapter.Container{ID: "other", State: adapter.StateStopped,
				Ports: []adapter.Port{{HostPort: 8080, ContainerPort: 80, Protocol: "tcp"}}})
		}, ""},
		{"two services", project(with(service("a", "nginx"), publishing(fixed("", 8080, 80))), with(service("b", "nginx"), publishing(fixed("127.0.0.1", 8080, 80)))),
			nil, "port 8080/tcp on 127.0.0.1 is already published by service a of this project"},
		{"replicas", project(with(with(service("a", "nginx"), publishing(fixed("", 8080, 80))), func(s *declared.Service) { s.Scale = 2 })),
			nil, "port 8080/tcp on all addresses is wanted by 2 replicas of a, and only one can have it"},
		{"a range that is too small", project(with(with(service("a", "nginx"), publishing(declared.Port{Target: 80, Protocol: "tcp", First: 8080, Last: 8081})), func(s *declared.Service) { s.Scale = 3 })),
			nil, "all ports from 8080 to 8081 are taken, and shop-a-3 needs one (the last is held by container shop-a-2)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSimulator(t)
			s.addImage("nginx", "x")
			if c.there != nil {
				c.there(s)
			}
			p := s.plan(c.project, up)
			if c.want == "" {
				assert.Assert(t, !p.Refused(), Text(p))
				return
			}
			assert.Assert(t, strings.Contains(refusal(t, p), c.want), refusal(t, p))
		})
	}
}

func listen(addr string, port uint16, holder string) func(*simulator) {
	return func(s *simulator) {
		s.listening = append(s.listening, Listener{Protocol: "tcp", Addr: netip.MustParseAddr(addr), Port: port, Holder: holder})
	}
}

func TestRangesAndFreePortsAvoidWhatIsTaken(t *testing.T) {
	s := newSimulator(t)
	listen("0.0.0.0", 8081, "x")(s)
	listen("0.0.0.0", 20001, "x")(s)
	app := project(with(service("web", "nginx"), func(s *declared.Service) {
		s.Scale = 2
		s.Ports = []declared.Port{{Target: 80, Protocol: "tcp", First: 8080, Last: 8089}, {Target: 81, Protocol: "tcp"}, {Target: 82, Protocol: "tcp"}}
	}), with(service("zed", "nginx"), publishing(fixed("", 20003, 80))))
	p := s.do(app, up)
	got := hostPorts(p)
	assert.DeepEqual(t, got["shop-web-1"], []adapter.Port{
		{HostPort: 8080, ContainerPort: 80, Protocol: "tcp"}, {HostPort: 20002, ContainerPort: 81, Protocol: "tcp"}, {HostPort: 20004, ContainerPort: 82, Protocol: "tcp"}})
	assert.DeepEqual(t, got["shop-web-2"], []adapter.Port{
		{HostPort: 8082, ContainerPort: 80, Protocol: "tcp"}, {HostPort: 20005, ContainerPort: 81, Protocol: "tcp"}, {HostPort: 20006, ContainerPort: 82, Protocol: "tcp"}})
}

func TestAFreePortStaysAsLongAsItCan(t *testing.T) {
	s := newSimulator(t)
	app := project(with(service("web", "nginx"), publishing(declared.Port{Target: 80, Protocol: "tcp"})))
	s.do(app, up)
	e, ok := s.ledger.Entry(ledger.Container, "shop-web-1")
	assert.Assert(t, ok)
	assert.DeepEqual(t, e.Ports, []ledger.Port{{Target: 80, Protocol: "tcp", Host: 20001}})

	s.free = []uint16{30001, 30002}
	other := changed(app, "web", func(s *declared.Service) { s.User = "1" })
	p := s.do(other, up)
	assert.Equal(t, hostPorts(p)["shop-web-1"][0].HostPort, uint16(20001), "a replaced container keeps it, though the forwarder listens")

	s.exit("shop-web-1")
	p = s.plan(other, up)
	assert.Equal(t, len(p.Steps), 1, "a stopped container is started:\n%s", Text(p))
	listen("0.0.0.0", 20001, "thief")(s)
	p = s.plan(other, up)
	assert.Assert(t, strings.Contains(Text(p), `changed ports[80/tcp].host is gone: "20001"`), Text(p))
	assert.Equal(t, hostPorts(p)["shop-web-1"][0].HostPort, uint16(30001), "taken meanwhile: replaced")

	s.do(other, down)
	assert.Equal(t, hostPorts(s.plan(app, up))["shop-web-1"][0].HostPort, uint16(30001), "after down there is nothing to keep")
}

func TestAStoppedContainersFixedPortIsChecked(t *testing.T) {
	s := newSimulator(t)
	app := project(with(service("web", "nginx"), publishing(fixed("", 8080, 80))))
	s.do(app, up)
	s.exit("shop-web-1")
	listen("127.0.0.1", 8080, "thief, pid 9")(s)
	for _, g := range []Goal{up, {Verb: Start}} {
		assert.Assert(t, strings.Contains(refusal(t, s.plan(app, g)), "in use by thief, pid 9"))
	}
}

func TestAPortMovesFromOneServiceToAnother(t *testing.T) {
	s := newSimulator(t)
	s.do(project(with(service("a", "nginx"), publishing(fixed("", 8080, 80))), service("b", "nginx")), up)
	listen("0.0.0.0", 8080, "the runtime's forwarder")(s)
	// a gives it up, b takes it: b may start only when the old a is gone. The simulator refuses two holders.
	s.do(project(service("a", "nginx"), with(service("b", "nginx"), publishing(fixed("", 8080, 80)))), up)
	// The other way round a starts first by name, and the old b is still to go.
	s.do(project(with(service("a", "nginx"), publishing(fixed("", 8080, 80))), service("b", "nginx")), up)
}

func TestWhatIsNotKnownOfPortsIsSaid(t *testing.T) {
	s := newSimulator(t)
	s.addImage("nginx", "x")
	in := s.inputs(project(with(service("web", "nginx"), publishing(fixed("", 8080, 80)))), up)
	in.Listening = nil
	p, err := Make(in)
	assert.NilError(t, err)
	assert.DeepEqual(t, p.Incomplete, []string{"ports"})
	in.Listening, in.FreePorts = []Listener{}, []uint16{}
	in.Project = project(with(service("web", "nginx"), publishing(declared.Port{Target: 80, Protocol: "tcp"})))
	p, err = Make(in)
	assert.NilError(t, err)
	assert.DeepEqual(t, p.Incomplete, []string{"ports"})
}
