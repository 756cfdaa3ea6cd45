package ports

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Reach is how a published TCP port answers on this host.
type Reach string

// The answers of a port. A port that closes at once was accepted by whoever forwards it and then given up: nothing
// listens behind it, or macOS keeps the forwarder from reaching the container.
const (
	Answers Reach = "answers"
	Closes  Reach = "closes at once"
	Refuses Reach = "refuses"
)

// LocalNetworkHint is what to do about a port that closes at once while the process behind it listens (apple/container,
// issues 1702 and 2067; seen with 1.0.0 to 1.4.1).
const LocalNetworkHint = "macOS keeps Apple container from reaching its containers: allow `container-runtime-linux` in System Settings › " +
	"Privacy & Security › Local Network, then `container system stop` and `container system start`"

// Try connects to address, sends nothing, and says how it was taken up. A server that waits for its client to speak
// first is quiet for patience, which is an answer as well. The error is one of the attempt, such as ctx's end.
func Try(ctx context.Context, address string, patience time.Duration) (Reach, error) {
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refuses, nil
	case errors.Is(err, syscall.ECONNRESET):
		return Closes, nil
	case err != nil:
		return "", err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	n, err := conn.Read(make([]byte, 1))
	if n == 0 && !errors.Is(err, os.ErrDeadlineExceeded) {
		return Closes, nil
	}
	return Answers, nil
}

// tableListen is the state of a listening socket in the kernel's tables.
const tableListen = "0A"

// TableCommand prints the tables that ListensIn reads, in any container that has a shell's usual tools.
var TableCommand = []string{"cat", "/proc/net/tcp", "/proc/net/tcp6"}

// ListensIn tells from the text of a Linux machine's /proc/net/tcp and tcp6 whether a process there listens on a port,
// on any address that can be reached from outside.
func ListensIn(table string, port uint16) bool {
	s := bufio.NewScanner(strings.NewReader(table))
	for s.Scan() {
		f := strings.Fields(s.Text())
		if len(f) < 4 || f[3] != tableListen {
			continue
		}
		address, number, found := strings.Cut(f[1], ":")
		n, err := strconv.ParseUint(number, 16, 16)
		if found && err == nil && uint16(n) == port && !loopback(address) {
			return true
		}
	}
	return false
}

// loopback tells of an address of the machine itself, as the tables write it: words of the host's byte order.
func loopback(address string) bool {
	return strings.HasSuffix(address, "7F") && len(address) == 8 || address == "00000000000000000000000001000000"
}
