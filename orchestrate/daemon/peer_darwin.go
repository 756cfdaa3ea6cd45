package daemon

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// peerUID gives the user at the other end of a Unix socket's connection, as the kernel knows it since connect.
func peerUID(conn *net.UnixConn) (int, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("identify the client: %w", err)
	}
	var (
		cred   *unix.Xucred
		failed error
	)
	err = raw.Control(func(fd uintptr) {
		cred, failed = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return 0, fmt.Errorf("identify the client: %w", err)
	}
	return int(cred.Uid), nil
}
