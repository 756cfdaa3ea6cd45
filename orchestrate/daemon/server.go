package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/supervise"
)

// ServeOptions are what hostwrightd is made of.
type ServeOptions struct {
	supervise.Options
	// Executable is the path of this program.
	Executable string
	// Orchestrator gives what carries out the requests of a command, by its version and process.
	Orchestrator func(version string, pid int) orchestrate.Client
	// Finish is how long commands that are carried out may go on after a stop; 0 is finishPatience.
	Finish time.Duration
	// StartRuntime has the runtime's services started if they do not run now.
	StartRuntime bool
	// Ready is called once requests are answered.
	Ready func()
}

// server answers requests while the supervisor watches.
type server struct {
	o          ServeOptions
	supervisor *supervise.Supervisor
	since      time.Time
	build      string
	ctx        context.Context // of hostwrightd: it leaves when it ends
	cancel     context.CancelFunc
	leaving    chan struct{}
	underways  *underways
	working    context.Context // of the commands that are carried out
}

// ErrServed says that another hostwrightd watches the state folder.
var ErrServed = errors.New("another hostwrightd watches this state folder")

// Serve is hostwrightd: it watches the state folder's projects and answers on its socket until ctx ends, it is told to
// stop, or nothing is left to watch. It gives an error that is ErrServed when another one does.
func Serve(ctx context.Context, o ServeOptions) error {
	lock, err := lockDaemon(o.State)
	if err != nil {
		return err
	}
	defer lock.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listener, err := listenSocket(o.State)
	if err != nil {
		return err
	}
	s := &server{o: o, supervisor: supervise.New(o.Options), since: o.Now(), build: buildOf(o.Executable), ctx: ctx, cancel: cancel, leaving: make(chan struct{}), underways: newUnderways()}
	var stopWork context.CancelCauseFunc
	s.working, stopWork = context.WithCancelCause(context.WithoutCancel(ctx))
	defer stopWork(nil)
	web := &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeaders, ErrorLog: log.New(io.Discard, "", 0),
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(ownClients{listener, make(chan struct{}, maxClients)}) }()
	if o.Ready != nil {
		o.Ready()
	}
	var starting sync.WaitGroup
	defer starting.Wait()
	if o.StartRuntime {
		starting.Go(func() { startRuntime(ctx, o.Adapter, o.Log) })
	}
	err = s.supervisor.Run(ctx)
	s.underways.close(false)
	stopWork(errLeaving)
	s.underways.wait(context.WithoutCancel(ctx), cancelPatience)
	close(s.leaving)
	ending, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	if web.Shutdown(ending) != nil { // what is not answered by now will not be
		_ = web.Close()
	}
	if served := <-served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// lockDaemon makes this process the one that watches a state folder. The file is never removed: another one may wait
// for it.
func lockDaemon(state statedir.Dir) (*os.File, error) {
	if err := statedir.MakePrivate(state.Daemon()); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(state.Daemon(), "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the state folder: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = ErrServed
	}
	return nil, errors.Join(fmt.Errorf("lock the state folder: %w", err), f.Close())
}

// listenSocket listens on the state folder's socket. The caller holds the daemon's lock, so a socket that is there is
// one that a killed hostwrightd left.
func listenSocket(state statedir.Dir) (*net.UnixListener, error) {
	path, err := socketPath(state)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("listen: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("listen: %w", err), l.Close())
	}
	return l, nil
}

// ownClients accepts the connections of this process's own user, and of no other, whatever the modes of the socket and
// its folder have become; at most as many as it has slots.
type ownClients struct {
	*net.UnixListener
	slots chan struct{}
}

// Accept gives the next connection of the same user.
func (l ownClients) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		uid, err := peerUID(conn)
		if err != nil || uid != os.Getuid() {
			refuse(conn, "403 Forbidden", "this hostwrightd serves another user")
			continue
		}
		select {
		case l.slots <- struct{}{}:
			return &slotConn{Conn: conn, slots: l.slots}, nil
		default:
			refuse(conn, "503 Service Unavailable", "too many connections")
		}
	}
}

// refuse answers a connection that is not served, without reading from it.
func refuse(conn net.Conn, status, message string) {
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	body := fmt.Sprintf("{\"code\":\"refused\",\"message\":%q}\n", message)
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(body), body)
	_ = conn.Close()
}

// slotConn gives its slot back when it is closed.
type slotConn struct {
	net.Conn
	slots chan struct{}
	once  sync.Once
}

// Close closes the connection.
func (c *slotConn) Close() error {
	c.once.Do(func() { <-c.slots })
	return c.Conn.Close()
}
