package daemon

import (
	"fmt"
	"net"
	"syscall"
)

// peerUID gives the user at the other end of a Unix socket's connection, as the kernel knows it since connect.
func peerUID(conn *net.UnixConn) (int, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("identify the client: %w", err)
	}
	var (
		cred   *syscall.Ucred
		failed error
	)
	err = raw.Control(func(fd uintptr) {
		cred, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return 0, fmt.Errorf("identify the client: %w", err)
	}
	return int(cred.Uid), nil
}
