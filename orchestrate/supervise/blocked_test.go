package supervise

import (
	"net"
	"strconv"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

func onIPv6(port uint16) string { return net.JoinHostPort("::1", strconv.Itoa(int(port))) }

// A port that resets a connection without a word is told of; one that answers, and one that nobody listens on, are not.
func TestRelayTellsOfAPortThatRejects(t *testing.T) {
	needIPv6(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	assert.NilError(t, err)
	defer l.Close()
	talk := make(chan bool, 1)
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			if <-talk {
				_, _ = c.Write([]byte("hello"))
			} else {
				_ = c.(*net.TCPConn).SetLinger(0)
			}
			_ = c.Close()
		}
	}()
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	told := make(chan struct{}, 8)
	r, err := newRelay(port, func() { told <- struct{}{} })
	assert.NilError(t, err)

	ask := func() { // whose reset may come before the connection is there
		if c, err := net.Dial("tcp6", onIPv6(port)); err == nil {
			_, _ = c.Read(make([]byte, 5))
			_ = c.Close()
		}
	}
	talk <- false
	ask()
	select {
	case <-told:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody was told")
	}

	talk <- true
	ask()
	assert.NilError(t, l.Close())
	ask()
	r.close() // waits for all of them
	assert.Equal(t, len(told), 0)
}
