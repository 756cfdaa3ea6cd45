package supervise

import (
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"gotest.tools/v3/assert"
)

// echoServer answers on 127.0.0.1 with what it got, once it has got all of it.
func echoServer(t *testing.T) uint16 {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	assert.NilError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				data, _ := io.ReadAll(c)
				_, _ = c.Write(data)
				_ = c.Close()
			}()
		}
	}()
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

func dial6(t *testing.T, port uint16) net.Conn {
	c, err := net.Dial("tcp6", net.JoinHostPort("::1", strconv.Itoa(int(port))))
	assert.NilError(t, err)
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

func needIPv6(t *testing.T) {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6: ", err)
	}
	_ = l.Close()
}

func TestRelayCarriesBothDirectionsAndTheirEnds(t *testing.T) {
	needIPv6(t)
	port := echoServer(t)
	r, err := newRelay(port, func() {})
	assert.NilError(t, err)
	defer r.close()
	c := dial6(t, port)
	_, err = io.WriteString(c, "hello")
	assert.NilError(t, err)
	assert.NilError(t, c.(*net.TCPConn).CloseWrite()) // the server answers only after this
	data, err := io.ReadAll(c)
	assert.NilError(t, err)
	assert.Equal(t, string(data), "hello")
}

func TestRelayOfAPortThatNobodyServesResets(t *testing.T) {
	needIPv6(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	assert.NilError(t, err)
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	assert.NilError(t, l.Close())
	r, err := newRelay(port, func() {})
	assert.NilError(t, err)
	defer r.close()
	c, err := net.Dial("tcp6", net.JoinHostPort("::1", strconv.Itoa(int(port))))
	if err == nil { // else it was so fast that the connection was never seen open
		_, err = io.ReadAll(c)
	}
	assert.ErrorContains(t, err, "reset")
}

func TestRelayEndsWithItsConnections(t *testing.T) {
	needIPv6(t)
	port := echoServer(t)
	r, err := newRelay(port, func() {})
	assert.NilError(t, err)
	c := dial6(t, port)
	_, err = io.WriteString(c, "never finished")
	assert.NilError(t, err)
	r.close()
	_, err = io.Copy(io.Discard, c)
	if err != nil {
		assert.ErrorContains(t, err, "reset")
	}
	_, err = net.Dial("tcp6", net.JoinHostPort("::1", strconv.Itoa(int(port))))
	assert.ErrorContains(t, err, "refused")
}

func TestRelayedPorts(t *testing.T) {
	got := relayed([]adapter.Port{
		{HostPort: 80, ContainerPort: 80, Protocol: "tcp"},
		{HostIP: "127.0.0.1", HostPort: 8000, Protocol: "tcp", Count: 3},
		{HostIP: "0.0.0.0", HostPort: 81, Protocol: "tcp"},
		{HostIP: "192.168.1.5", HostPort: 82, Protocol: "tcp"},
		{HostPort: 53, Protocol: "udp"},
	})
	assert.DeepEqual(t, got, []uint16{80, 8000, 8001, 8002, 81})
}
