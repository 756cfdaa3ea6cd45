package hosts

import (
	"math/rand"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
	"pgregory.net/rapid"
)

// shop is a project with a front and a back network: web in both, proxy in front, db (twice) in back.
func shop() *declared.Project {
	return &declared.Project{
		Name: "shop",
		Networks: []declared.Network{
			{Key: "back", Name: "shop_back"}, {Key: "front", Name: "shop_front"},
		},
		Services: []declared.Service{
			{Name: "db", Hostname: "database", Networks: []declared.Attachment{{Network: "back", Aliases: []string{"postgres", "primary"}}}},
			{Name: "lonely", NetworkMode: "none"},
			{Name: "proxy", Networks: []declared.Attachment{{Network: "front"}}},
			{
				Name: "web", Hostname: "web.example.test",
				Networks: []declared.Attachment{{Network: "front", Aliases: []string{"www"}}, {Network: "back", Aliases: []string{"api"}}},
				Links:    []declared.Link{{Service: "db", Alias: "sql"}, {Service: "proxy", Alias: "outside"}},
				ExtraHosts: []declared.HostEntry{
					{Name: "licence", Address: "192.0.2.7"}, {Name: "me", Address: "host-gateway"},
					{Name: "six", Address: "[2001:db8::1]"}, {Name: "primary", Address: "192.0.2.8"},
				},
			},
		},
	}
}

func addr(network, ip string) adapter.Address {
	a := netip.MustParseAddr(ip)
	gateway := a.As4()
	gateway[3] = 1
	return adapter.Address{Network: network, IPv4: a, Gateway: netip.AddrFrom4(gateway)}
}

func container(id, service string, number int, addresses ...adapter.Address) adapter.Container {
	return adapter.Container{
		ID: id, State: adapter.StateRunning, Addresses: addresses,
		Labels: map[string]string{
			declared.OwnProject: "shop", declared.OwnService: service, declared.OwnNumber: strconv.Itoa(number),
		},
	}
}

func running() []adapter.Container {
	oneOff := container("shop-web-run-1f", "web", 0, addr("shop_back", "10.0.2.9"))
	oneOff.Labels[declared.OwnOneOff] = "True"
	foreign := adapter.Container{
		ID: "other-db-1", State: adapter.StateRunning, Addresses: []adapter.Address{addr("shop_front", "10.0.1.77")},
		Labels: map[string]string{declared.LabelProject: "other", declared.LabelService: "db", declared.LabelNumber: "1"},
	}
	elsewhere := container("shop-far-1", "far", 1, addr("shop_far", "10.0.3.2"))
	stopped := container("shop-db-3", "db", 3)
	stopped.State = adapter.StateStopped
	return []adapter.Container{
		container("shop-db-2", "db", 2, addr("shop_back", "10.0.2.3")),
		container("shop-db-1", "db", 1, addr("shop_back", "10.0.2.2")),
		container("shop-db-10", "db", 10, addr("shop_back", "10.0.2.4")),
		container("shop-proxy-1", "proxy", 1, addr("shop_front", "10.0.1.5")),
		container("shop-web-1", "web", 1, addr("shop_front", "10.0.1.6"), addr("shop_back", "10.0.2.6")),
		oneOff, foreign, elsewhere, stopped,
	}
}

func TestText(t *testing.T) {
	networks := []adapter.Network{{Name: "shop_front", Gateway: netip.MustParseAddr("10.0.1.1")}}
	without := func(id string) []adapter.Container {
		return slices.DeleteFunc(running(), func(c adapter.Container) bool { return c.ID == id })
	}
	for _, c := range []struct {
		file       string
		self       Self
		containers []adapter.Container
		networks   []adapter.Network
	}{
		{"running.hosts", Self{ID: "shop-web-1", Service: "web", Number: 1}, running(), nil},
		{"not-started.hosts", Self{ID: "shop-web-1", Service: "web", Number: 1}, without("shop-web-1"), networks},
		{"first-of-all.hosts", Self{ID: "shop-web-1", Service: "web", Number: 1}, nil, nil},
		{"replica.hosts", Self{ID: "shop-db-2", Service: "db", Number: 2}, running(), nil},
		{"front-only.hosts", Self{ID: "shop-proxy-1", Service: "proxy", Number: 1}, running(), nil},
		{"dotted-name.hosts", Self{ID: "proxy.shop.test", Service: "proxy", Number: 1}, without("shop-proxy-1"), networks},
		{"no-network.hosts", Self{ID: "shop-lonely-1", Service: "lonely", Number: 1}, running(), networks},
		{"undeclared.hosts", Self{ID: "shop-gone-1", Service: "gone", Number: 1}, running(), networks},
	} {
		t.Run(c.file, func(t *testing.T) {
			golden.Assert(t, Text(Inputs(shop(), c.self, c.containers, c.networks)), c.file)
		})
	}
}

func TestOrderOfTheListingDoesNotMatter(t *testing.T) {
	want := Text(Inputs(shop(), Self{ID: "shop-web-1", Service: "web", Number: 1}, running(), nil))
	for range 20 {
		list := running()
		rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		assert.Equal(t, Text(Inputs(shop(), Self{ID: "shop-web-1", Service: "web", Number: 1}, list, nil)), want)
	}
}

func TestNamesThatWouldBreakTheFileAreLeftOut(t *testing.T) {
	in := Input{
		Hostname: "web", Own: []Endpoint{{Addr: netip.MustParseAddr("10.0.0.2"), Names: []string{"web", "localhost"}}},
		Extra: []Entry{{"a\n1.2.3.4 evil", "192.0.2.1"}, {"b#c", "192.0.2.1"}, {"", "192.0.2.1"}, {"ok", "not an address"}},
		Peers: []Endpoint{{Addr: netip.MustParseAddr("10.0.0.3"), Names: []string{"localhost", "LOCALHOST", "d e", "peer"}}},
	}
	assert.Equal(t, Text(in), "127.0.0.1\tlocalhost\n::1\tip6-localhost ip6-loopback\n10.0.0.2\tweb\n10.0.0.3\tpeer\n")
}

// Whatever goes in: each line is an address and names, no line comes twice, localhost is 127.0.0.1 alone, the host
// name resolves, and a name of extra_hosts has no other address.
func TestTextProperties(t *testing.T) {
	name := rapid.SampledFrom([]string{"a", "b", "c", "A", "localhost", "x y", "", "host.docker.internal", "d\n"})
	ip := rapid.Custom(func(t *rapid.T) netip.Addr {
		return netip.AddrFrom4([4]byte{10, 0, 0, rapid.Byte().Draw(t, "last")})
	})
	endpoint := rapid.Custom(func(t *rapid.T) Endpoint {
		return Endpoint{Addr: ip.Draw(t, "addr"), Names: rapid.SliceOfN(name, 0, 4).Draw(t, "names")}
	})
	rapid.Check(t, func(t *rapid.T) {
		in := Input{
			Hostname: "me", Own: rapid.SliceOfN(endpoint, 1, 3).Draw(t, "own"), Peers: rapid.SliceOfN(endpoint, 0, 6).Draw(t, "peers"),
		}
		if rapid.Bool().Draw(t, "unknown") {
			in.Own[0].Addr = netip.Addr{}
		}
		if rapid.Bool().Draw(t, "gateway") {
			in.Gateway = netip.MustParseAddr("10.0.0.1")
		}
		for _, n := range rapid.SliceOfN(name, 0, 3).Draw(t, "extra") {
			in.Extra = append(in.Extra, Entry{n, "192.0.2.1"})
		}
		own := map[string]bool{"me": true}
		for _, e := range in.Own {
			for _, n := range e.Names {
				own[strings.ToLower(n)] = true
			}
		}
		seen, addresses := map[string]bool{}, map[string][]string{}
		for _, line := range strings.Split(strings.TrimSuffix(Text(in), "\n"), "\n") {
			fields := strings.Fields(line)
			if len(fields) < 2 || seen[line] {
				t.Fatalf("line %q", line)
			}
			seen[line] = true
			if _, err := netip.ParseAddr(fields[0]); err != nil {
				t.Fatal(err)
			}
			for _, n := range fields[1:] {
				addresses[strings.ToLower(n)] = append(addresses[strings.ToLower(n)], fields[0])
			}
		}
		if a := addresses["localhost"]; len(a) != 1 && len(in.Extra) == 0 || a[0] != "127.0.0.1" {
			t.Fatalf("localhost is %v", a)
		}
		if len(addresses["me"]) == 0 {
			t.Fatal("the host name does not resolve")
		}
		for _, e := range in.Extra {
			if n := strings.ToLower(e.Name); usable(e.Name) && n != "localhost" && !own[n] && len(addresses[n]) != 1 {
				t.Fatalf("%s is %v", n, addresses[n])
			}
		}
	})
}
