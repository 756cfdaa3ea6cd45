package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// transport reaches the host ports of a tool: those of the engine are in the lab's network namespace, where the lab has one.
func (s *side) transport() http.RoundTripper {
	t := &http.Transport{DisableKeepAlives: true}
	for _, e := range s.place.environ {
		socket, ok := strings.CutPrefix(e, "DOCKER_HOST=unix://")
		if !ok || s.tool.ours {
			continue
		}
		if namespace, err := os.ReadFile(filepath.Join(filepath.Dir(socket), "netns")); err == nil {
			t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				return dialIn(ctx, strings.TrimSpace(string(namespace)), network, address)
			}
		}
	}
	return t
}

// dialIn connects in a network namespace, on a thread that ends with its goroutine.
func dialIn(ctx context.Context, namespace, network, address string) (net.Conn, error) {
	type answer struct {
		conn net.Conn
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is of no more use
		f, err := os.Open(namespace)
		if err == nil {
			defer f.Close()
			err = unix.Setns(int(f.Fd()), unix.CLONE_NEWNET)
		}
		if err != nil {
			answers <- answer{nil, fmt.Errorf("enter %s: %w", namespace, err)}
			return
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		answers <- answer{conn, err}
	}()
	a := <-answers
	return a.conn, a.err
}
