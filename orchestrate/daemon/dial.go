package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
)

// maxSocketPath is the longest path that a Unix socket can have on every system (macOS: 104 bytes with the final zero).
const maxSocketPath = 103

// socketPath gives the path of hostwrightd's socket: in the state folder, or, where that path is too long for a socket,
// in a private folder of /tmp whose name follows from it.
func socketPath(state statedir.Dir) (string, error) {
	path := filepath.Join(state.Daemon(), "socket")
	if len(path) <= maxSocketPath {
		return path, nil
	}
	sum := sha256.Sum256([]byte(state))
	dir := filepath.Join("/tmp", fmt.Sprintf("hostwright-%d-%s", os.Getuid(), hex.EncodeToString(sum[:8])))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("make folder of the socket: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("make folder of the socket: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(owner.Uid) != os.Getuid() || info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s is not a private folder of this user: remove it, or choose a shorter HOSTWRIGHT_STATE_DIR", dir)
	}
	return filepath.Join(dir, "socket"), nil
}

// Remote is the way to the hostwrightd of a state folder. It holds no connection.
type Remote struct{ State statedir.Dir }

// ErrNotRunning says that no hostwrightd answers.
var ErrNotRunning = errors.New("hostwrightd does not run")

// requestPatience bounds a request that is answered at once.
const requestPatience = 5 * time.Second

// Status asks hostwrightd about itself.
func (r Remote) Status(ctx context.Context) (Status, error) {
	var out Status
	return out, r.call(ctx, http.MethodGet, "/status", &out)
}

// Look asks hostwrightd to look at the index and the runtime, soon after this returns.
func (r Remote) Look(ctx context.Context) error { return r.call(ctx, http.MethodPost, "/look", nil) }

// Stop asks hostwrightd to leave, and waits until it has. Commands that it carries out may finish before, for
// finishPatience; then they are cancelled.
func (r Remote) Stop(ctx context.Context) error { return r.stop(ctx, "/stop") }

// StopIdle is Stop, and an error with the reason for a hostwrightd that carries out a command.
func (r Remote) StopIdle(ctx context.Context) error { return r.stop(ctx, "/stop?unless=busy") }

func (r Remote) stop(ctx context.Context, path string) error {
	if err := r.call(ctx, http.MethodPost, path, nil); err != nil {
		return err
	}
	for {
		f, err := lockDaemon(r.State)
		if err == nil {
			return f.Close()
		}
		if !errors.Is(err, ErrServed) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for hostwrightd to leave: %w", ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

// lockPoll is how often whoever waits for the daemon's lock tries.
const lockPoll = 25 * time.Millisecond

// Follow makes hostwrightd look more often until ctx ends or hostwrightd does.
func (r Remote) Follow(ctx context.Context) error {
	answer, err := r.send(ctx, http.MethodGet, "/follow")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// call sends a request and decodes the answer, or the error in it.
func (r Remote) call(ctx context.Context, method, path string, out any) error {
	ctx, cancel := context.WithTimeout(ctx, requestPatience)
	defer cancel()
	answer, err := r.send(ctx, method, path)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 64<<20)).Decode(out); err != nil {
		return fmt.Errorf("read hostwrightd's answer: %w", err)
	}
	return nil
}

// send sends a request and gives a good answer.
func (r Remote) send(ctx context.Context, method, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+apiHost+"/"+APIVersion+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := r.client().Do(request)
	if errors.Is(err, ErrNotRunning) || gone(err) {
		return nil, ErrNotRunning
	}
	if err != nil {
		return nil, fmt.Errorf("ask hostwrightd: %w", err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	return nil, refusal(answer)
}

func (r Remote) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: r.dial, DisableKeepAlives: true}}
}

// refusal gives the error of an answer that is no good one.
func refusal(answer *http.Response) error {
	defer answer.Body.Close()
	var e wireError
	if json.NewDecoder(io.LimitReader(answer.Body, maxBody)).Decode(&e) != nil || e.Message == "" {
		return fmt.Errorf("ask hostwrightd: %s", answer.Status)
	}
	return e.decode()
}

// gone tells of a hostwrightd that ended before it answered.
func gone(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF)
}

func (r Remote) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	path, err := socketPath(r.State)
	if err != nil {
		return nil, err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, ErrNotRunning
	}
	if err != nil {
		return nil, err
	}
	// The other way round too: nobody else's process is told what we do.
	if uid, err := peerUID(conn.(*net.UnixConn)); err != nil || uid != os.Getuid() {
		_ = conn.Close()
		return nil, fmt.Errorf("%s belongs to another user's process", path)
	}
	return conn, nil
}
