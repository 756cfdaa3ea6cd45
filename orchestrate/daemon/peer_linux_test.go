package daemon

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// askAs sends a request as another user and gives the beginning of the answer. Only its own thread becomes that user,
// and ends with it.
func askAs(t *testing.T, uid int, socket, request string) string {
	t.Helper()
	var answer string
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is not to be used again
		keep := ^uintptr(0)
		if _, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, uintptr(uid), keep); e != 0 {
			done <- e
			return
		}
		fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			done <- err
			return
		}
		defer syscall.Close(fd)
		if err := syscall.Connect(fd, &syscall.SockaddrUnix{Name: socket}); err != nil {
			done <- err
			return
		}
		_, _ = syscall.Write(fd, []byte(request)) // the answer may be there before it
		buf := make([]byte, 1000)
		n, err := syscall.Read(fd, buf)
		answer = string(buf[:max(n, 0)])
		done <- err
	}()
	assert.NilError(t, <-done)
	return answer
}

func TestAnotherUserIsRefused(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to be another user")
	}
	state := stateDir(t)
	r, _ := serve(t, state, time.Hour)
	socket := filepath.Join(state.Daemon(), "socket")
	// Everything that modes keep is given away.
	for path, mode := range map[string]os.FileMode{string(state): 0o755, state.Daemon(): 0o755, socket: 0o666} {
		assert.NilError(t, os.Chmod(path, mode))
	}
	const stop, status = "POST /v1/stop HTTP/1.1\r\nHost: hostwright\r\n\r\n", "GET /v1/status HTTP/1.1\r\nHost: hostwright\r\n\r\n"
	assert.Equal(t, askAs(t, 65534, socket, stop)[:12], "HTTP/1.1 403")
	_, err := r.Status(t.Context())
	assert.NilError(t, err, "another user has stopped it")
	assert.Equal(t, askAs(t, 0, socket, status)[:12], "HTTP/1.1 200")
}

func TestBothEndsCanAsk(t *testing.T) {
	a, b, err := pair(t)
	assert.NilError(t, err)
	uid, err := peerUID(a)
	assert.NilError(t, err)
	assert.Equal(t, uid, os.Getuid())
	assert.NilError(t, b.Close())
}

// pair gives two connected sockets of this process.
func pair(t *testing.T) (a, b *net.UnixConn, err error) {
	path := filepath.Join(string(stateDir(t)), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	if a, err = net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"}); err != nil {
		return nil, nil, err
	}
	t.Cleanup(func() { _ = a.Close() })
	b, err = l.AcceptUnix()
	return a, b, err
}
