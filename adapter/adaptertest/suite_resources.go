package adaptertest

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

var networkCases = []conformanceCase{
	{name: "a network is made, shown, and removed", run: func(t *testing.T, s *suite) {
		labels := map[string]string{"com.docker.compose.project": "net", "equals": "a=b"}
		s.network(t, adapter.NetworkRequest{Name: "hwtest_net", Labels: labels})
		n, found := s.findNetwork(t, "hwtest_net")
		assert.Assert(t, found)
		assert.DeepEqual(t, n.Labels, labels)
		assert.Assert(t, n.Subnet.IsValid() && n.Subnet.Contains(n.Gateway) && !n.Builtin && !n.Internal, "%+v", n)
		wantKind(t, s.CreateNetwork(t.Context(), adapter.NetworkRequest{Name: "hwtest_net"}), adapter.Exists)
		assert.NilError(t, s.DeleteNetwork(t.Context(), "hwtest_net"))
		_, found = s.findNetwork(t, "hwtest_net")
		assert.Assert(t, !found)
		wantKind(t, s.DeleteNetwork(t.Context(), "hwtest_net"), adapter.NotFound)
	}},
	{name: "an internal network is one", run: func(t *testing.T, s *suite) {
		s.network(t, adapter.NetworkRequest{Name: "hwtest_inside", Internal: true})
		n, _ := s.findNetwork(t, "hwtest_inside")
		assert.Assert(t, n.Internal)
	}},
	{name: "names that no network has are refused", run: func(t *testing.T, s *suite) {
		for _, name := range []string{"", "none", "a b", "-x"} {
			wantKind(t, s.CreateNetwork(t.Context(), adapter.NetworkRequest{Name: name}), adapter.Refused)
		}
	}},
	{name: "a builtin network is not deleted", run: func(t *testing.T, s *suite) {
		list, err := s.ListNetworks(t.Context())
		assert.NilError(t, err)
		i := slices.IndexFunc(list, func(n adapter.Network) bool { return n.Builtin })
		if i < 0 {
			t.Skip("there is no builtin network")
		}
		wantKind(t, s.DeleteNetwork(t.Context(), list[i].Name), adapter.Refused)
	}},
	{name: "a container has an address on each of its networks, in order", run: func(t *testing.T, s *suite) {
		names := []string{"hwtest_b", "hwtest_a"}
		r := s.request("hwtest-nets", serves)
		for _, name := range names {
			s.network(t, adapter.NetworkRequest{Name: name})
			r.Networks = append(r.Networks, adapter.NetworkAttachment{Network: name})
		}
		s.create(t, r)
		assert.DeepEqual(t, s.inspect(t, r.ID).Networks, names)
		s.startAndAwait(t, r.ID)
		c := s.inspect(t, r.ID)
		assert.Equal(t, len(c.Addresses), 2)
		for i, name := range names {
			n, _ := s.findNetwork(t, name)
			assert.Equal(t, c.Addresses[i].Network, name)
			assert.Assert(t, n.Subnet.Contains(c.Addresses[i].IPv4), "%s: %s is not in %s", name, c.Addresses[i].IPv4, n.Subnet)
		}
	}},
	{name: "a network that a stopped container refers to is in use", run: func(t *testing.T, s *suite) {
		s.network(t, adapter.NetworkRequest{Name: "hwtest_used"})
		r := s.request("hwtest-netuser", serves)
		r.Networks = []adapter.NetworkAttachment{{Network: "hwtest_used"}}
		s.create(t, r)
		wantKind(t, s.DeleteNetwork(t.Context(), "hwtest_used"), adapter.InUse)
		assert.NilError(t, s.DeleteContainer(t.Context(), r.ID, false))
		assert.NilError(t, s.DeleteNetwork(t.Context(), "hwtest_used"))
	}},
	{name: "a container on an absent network is not created", run: func(t *testing.T, s *suite) {
		r := s.request("hwtest-nonet", serves)
		r.Networks = []adapter.NetworkAttachment{{Network: "hwtest_absent"}}
		wantKind(t, s.CreateContainer(t.Context(), r), adapter.NotFound)
	}},
	{name: "a container without a network has no address", run: func(t *testing.T, s *suite) {
		r := s.request("hwtest-alone", serves)
		r.NoNetwork = true
		s.create(t, r)
		s.startAndAwait(t, r.ID)
		c := s.inspect(t, r.ID)
		assert.Equal(t, len(c.Addresses)+len(c.Networks), 0)
	}},
	{name: "a port is shown, and held by one running container at a time", run: testPorts},
}

// network makes a network and removes it after the test.
func (s *suite) network(t *testing.T, r adapter.NetworkRequest) {
	t.Helper()
	assert.NilError(t, s.CreateNetwork(t.Context(), r))
	t.Cleanup(func() {
		err := s.DeleteNetwork(context.Background(), r.Name)
		assert.Check(t, err == nil || adapter.Is(err, adapter.NotFound), "%v", err)
	})
}

func (s *suite) findNetwork(t *testing.T, name string) (adapter.Network, bool) {
	t.Helper()
	list, err := s.ListNetworks(t.Context())
	assert.NilError(t, err)
	n, found := (&adapter.Snapshot{Networks: list}).Network(name)
	if !found {
		return adapter.Network{}, false
	}
	return *n, true
}

func testPorts(t *testing.T, s *suite) {
	port := freePort(t)
	publish := []adapter.Port{{HostPort: port, ContainerPort: 80, Protocol: "tcp", Count: 1}}
	first, second := s.request("hwtest-port1", serves), s.request("hwtest-port2", serves)
	first.Ports, second.Ports = publish, publish
	s.create(t, first)
	s.create(t, second)
	assert.DeepEqual(t, s.inspect(t, first.ID).Ports, publish)
	a := s.startAndAwait(t, first.ID)
	r := s.start(t, second.ID)
	wantKind(t, r.err, adapter.PortInUse)
	assert.Equal(t, s.inspect(t, second.ID).State, adapter.StateStopped)
	assert.NilError(t, s.StopContainer(t.Context(), first.ID, "", 30*time.Second))
	a.wait(t, s)
	s.startAndAwait(t, second.ID)
}

// freePort gives a TCP port that nobody listens on at this moment.
func freePort(t *testing.T) uint16 {
	t.Helper()
	listener, err := net.Listen("tcp4", "0.0.0.0:0")
	assert.NilError(t, err)
	defer listener.Close()
	return uint16(listener.Addr().(*net.TCPAddr).Port)
}

var volumeCases = []conformanceCase{
	{name: "a volume is made, shown, and removed", run: func(t *testing.T, s *suite) {
		labels := map[string]string{"com.docker.compose.volume": "data", "equals": "a=b", "UPPER_case": ""}
		s.volume(t, adapter.VolumeRequest{Name: "hwtest_vol", Labels: labels, Size: 64 << 20})
		v, found := s.findVolume(t, "hwtest_vol")
		assert.Assert(t, found)
		assert.DeepEqual(t, v.Labels, labels)
		assert.Assert(t, v.Size == 64<<20 && !v.Anonymous && !v.Created.IsZero(), "%+v", v)
		wantKind(t, s.CreateVolume(t.Context(), adapter.VolumeRequest{Name: "hwtest_vol"}), adapter.Exists)
		assert.NilError(t, s.DeleteVolume(t.Context(), "hwtest_vol"))
		_, found = s.findVolume(t, "hwtest_vol")
		assert.Assert(t, !found)
		wantKind(t, s.DeleteVolume(t.Context(), "hwtest_vol"), adapter.NotFound)
	}},
	{name: "names that no volume has are refused", run: func(t *testing.T, s *suite) {
		for _, name := range []string{"", "a b", "-x", "a/b"} {
			wantKind(t, s.CreateVolume(t.Context(), adapter.VolumeRequest{Name: name}), adapter.Refused)
		}
	}},
	{name: "a new volume is empty, or holds lost+found where the capabilities say so", needs: processes, run: func(t *testing.T, s *suite) {
		s.volume(t, adapter.VolumeRequest{Name: "hwtest_new"})
		r := s.request("hwtest-look", lists, "/data")
		r.Mounts = []adapter.Mount{{Kind: adapter.MountVolume, Source: "hwtest_new", Target: "/data"}}
		got := s.runToEnd(t, r)
		assert.NilError(t, got.err)
		want := ""
		if s.caps.VolumeLostFound {
			want = lostFound + "\n"
		}
		assert.Equal(t, got.stdout, want)
		c := s.inspect(t, r.ID)
		assert.Equal(t, c.Mounts[0].Kind, adapter.MountVolume)
		assert.Equal(t, c.Mounts[0].Source, "hwtest_new")
	}},
	{name: "data outlives its container", needs: processes, run: func(t *testing.T, s *suite) {
		s.volume(t, adapter.VolumeRequest{Name: "hwtest_data"})
		mounts := []adapter.Mount{{Kind: adapter.MountVolume, Source: "hwtest_data", Target: "/data"}}
		for i, want := range []string{"", "kept"} {
			r := s.request("hwtest-writer", remembers, "/data/f", "kept")
			r.Mounts = mounts
			got := s.runToEnd(t, r)
			assert.NilError(t, got.err)
			assert.Equal(t, got.stdout, want, "run %d", i)
			assert.NilError(t, s.DeleteContainer(t.Context(), r.ID, false))
		}
	}},
	{name: "a volume that a stopped container refers to is in use", run: func(t *testing.T, s *suite) {
		s.volume(t, adapter.VolumeRequest{Name: "hwtest_busy"})
		r := s.request("hwtest-voluser", serves)
		r.Mounts = []adapter.Mount{{Kind: adapter.MountVolume, Source: "hwtest_busy", Target: "/data"}}
		s.create(t, r)
		wantKind(t, s.DeleteVolume(t.Context(), "hwtest_busy"), adapter.InUse)
		assert.NilError(t, s.DeleteContainer(t.Context(), r.ID, false))
		assert.NilError(t, s.DeleteVolume(t.Context(), "hwtest_busy"))
	}},
	{name: "a volume has one running writer, or several readers", needs: func(s *suite) string {
		if s.caps.VolumeSharing {
			return "its volumes can be shared"
		}
		return ""
	}, run: testVolumeUsers},
}

func testVolumeUsers(t *testing.T, s *suite) {
	s.volume(t, adapter.VolumeRequest{Name: "hwtest_one"})
	user := func(id string, readOnly bool) string {
		r := s.request(id, serves)
		r.Mounts = []adapter.Mount{{Kind: adapter.MountVolume, Source: "hwtest_one", Target: "/data", ReadOnly: readOnly}}
		s.create(t, r)
		return id
	}
	writer, second := user("hwtest-w1", false), user("hwtest-w2", false)
	reader, other := user("hwtest-r1", true), user("hwtest-r2", true)
	a := s.startAndAwait(t, writer)
	wantKind(t, s.start(t, second).err, adapter.VolumeBusy)
	wantKind(t, s.start(t, reader).err, adapter.VolumeBusy)
	assert.Equal(t, s.inspect(t, second).State, adapter.StateStopped)
	assert.NilError(t, s.StopContainer(t.Context(), writer, "", 30*time.Second))
	a.wait(t, s)
	s.startAndAwait(t, reader)
	s.startAndAwait(t, other)
	wantKind(t, s.start(t, writer).err, adapter.VolumeBusy)
}

// volume makes a volume and removes it after the test.
func (s *suite) volume(t *testing.T, r adapter.VolumeRequest) {
	t.Helper()
	assert.NilError(t, s.CreateVolume(t.Context(), r))
	t.Cleanup(func() {
		err := s.DeleteVolume(context.Background(), r.Name)
		assert.Check(t, err == nil || adapter.Is(err, adapter.NotFound), "%v", err)
	})
}

func (s *suite) findVolume(t *testing.T, name string) (adapter.Volume, bool) {
	t.Helper()
	list, err := s.ListVolumes(t.Context())
	assert.NilError(t, err)
	v, found := (&adapter.Snapshot{Volumes: list}).Volume(name)
	if !found {
		return adapter.Volume{}, false
	}
	return *v, true
}
