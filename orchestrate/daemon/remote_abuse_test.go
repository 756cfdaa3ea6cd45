package daemon

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// abuser is a connection on which an operation's lines are sent as they are.
type abuser struct {
	t    *testing.T
	conn *net.UnixConn
	in   *bufio.Reader
}

func (s *shop) abuse() *abuser {
	s.t.Helper()
	conn, err := s.through().to.dial(s.t.Context(), "", "")
	assert.NilError(s.t, err)
	f, err := s.through().handshake(s.t.Context(), conn)
	assert.NilError(s.t, err)
	assert.NilError(s.t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	return &abuser{s.t, conn.(*net.UnixConn), f.in}
}

func (a *abuser) send(text string) {
	_, _ = io.WriteString(a.conn, text+"\n") // who refuses need not read all of it
}

// begin begins an operation that is good.
func (a *abuser) begin(r orchestrate.Request) {
	a.t.Helper()
	data, secrets, err := encodeValued(r, nil)
	assert.NilError(a.t, err)
	line, err := json.Marshal(order{Type: orderBegin, Call: 1, Request: data, Secrets: secrets})
	assert.NilError(a.t, err)
	a.send(string(line))
	assert.Equal(a.t, a.next().Type, replyPlan)
}

func (a *abuser) next() reply {
	a.t.Helper()
	var r reply
	line, err := a.in.ReadString('\n')
	assert.NilError(a.t, err)
	assert.NilError(a.t, json.Unmarshal([]byte(line), &r))
	return r
}

// refused reads to the end of the connection and gives the words of the refusal.
func (a *abuser) refused() string {
	a.t.Helper()
	data, _ := io.ReadAll(a.in) // a reset: it did not read all
	words := ""
	for _, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		var r reply
		if words == "" && json.Unmarshal(line, &r) == nil && r.Type == replyError {
			words = r.Error.Message
		}
	}
	assert.NilError(a.t, a.conn.Close())
	return words
}

func TestWhoBreaksTheRulesOfAnOperationIsRefusedAndCostsNothing(t *testing.T) {
	s := realShop(t)
	long := time.Hour
	s.project.Services[2].Command = []string{"stay"}
	s.must(goalUp)
	stop := s.request(plan.Goal{Verb: plan.Stop, Timeout: &long}) // an operation that takes its time
	s.serve(nil)
	_, err := Remote{State: s.state}.Status(t.Context())
	assert.NilError(t, err)
	secret := "pr1vate"
	for name, c := range map[string]struct {
		do   func(a *abuser)
		want string
	}{
		"no JSON":       {func(a *abuser) { a.send("hello " + secret) }, "not of this interface"},
		"no begin":      {func(a *abuser) { a.send(`{"type":"run"}`) }, "starts with begin"},
		"close at once": {func(a *abuser) { a.send(`{"type":"close"}`) }, "starts with begin"},
		"a wrong type":  {func(a *abuser) { a.send(`{"type":"begin","request":{"ref":"` + secret + `"}}`) }, "not of this interface"},
		"too few values": {func(a *abuser) {
			a.send(`{"type":"begin","request":{"environment":[{"key":"A","value":"` + secret + `"}]}}`)
		}, "not of this interface"},
		"a relative folder": {func(a *abuser) { a.send(`{"type":"begin","request":{"ref":{"name":"shop","dir":"here"}}}`) }, "not absolute"},
		"a relative mount": {func(a *abuser) {
			a.send(`{"type":"begin","request":{"ref":{"name":"shop"},"project":{"dir":"/x","services":[{"mounts":[{"kind":"bind","source":"./x"}]}]}}}`)
		}, "not absolute"},
		"begun twice":        {func(a *abuser) { a.begin(stop); a.send(`{"type":"begin","call":2}`) }, "no such order"},
		"an unknown order":   {func(a *abuser) { a.begin(stop); a.send(`{"type":"explode","call":2}`) }, "no such order"},
		"rubbish afterwards": {func(a *abuser) { a.begin(stop); a.send(secret) }, "not of this interface"},
		"too long afterwards": {func(a *abuser) {
			a.begin(stop)
			a.send(`{"type":"imagesReady","built":["` + strings.Repeat(secret, maxBody/4) + `"]}`)
		},
			"longer than it may be"},
		"two at a time": {func(a *abuser) {
			a.begin(stop)
			a.send(`{"type":"run","call":2}`)
			assert.Equal(a.t, a.next().Type, replyEvent)
			a.send(`{"type":"run","call":3}`)
		}, "still carried out"},
		"half-closed while it runs": {func(a *abuser) {
			a.begin(stop)
			a.send(`{"type":"run","call":2}`)
			assert.Equal(a.t, a.next().Type, replyEvent)
			assert.NilError(a.t, a.conn.CloseWrite())
		}, "cancel"},
		"half-closed at once": {func(a *abuser) { assert.NilError(a.t, a.conn.CloseWrite()) }, "starts with begin"},
		"broken off": {func(a *abuser) {
			_, _ = io.WriteString(a.conn, `{"type":"begin","req`)
			assert.NilError(a.t, a.conn.CloseWrite())
		}, "starts with begin"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func(outer *testing.T) { s.t = outer }(s.t)
			s.t = t
			a := s.abuse()
			c.do(a)
			words := a.refused()
			assert.Assert(t, strings.Contains(words, c.want), "%q", words)
			assert.Assert(t, !strings.Contains(words, secret), words)
			s.idle()
		})
	}
}

func TestATooLongBeginIsRefused(t *testing.T) {
	s := realShop(t)
	s.serve(nil)
	a := s.abuse()
	chunk := strings.Repeat("x", 1<<20)
	for range maxRequest>>20 + 1 {
		if _, err := io.WriteString(a.conn, chunk); err != nil {
			break
		}
	}
	words := a.refused()
	assert.Assert(t, words == "" || strings.Contains(words, "longer than it may be"), words) // it may be lost with the unread rest
	s.idle()

	// What is that long is done in the command's own process.
	r := s.request(goalUp)
	r.Project.Staged = append(r.Project.Staged, declared.StagedFile{Key: "configs/big", Content: declared.NewSensitive(strings.Repeat("b", maxRequest))})
	_, err := s.through().Begin(t.Context(), r, nil)
	assert.Assert(t, isUnreached(err), "%v", err)
	_, err = s.through().Plan(t.Context(), r)
	assert.Assert(t, isUnreached(err), "%v", err)
	// What is nearly as long crosses.
	r.Project.Staged[len(r.Project.Staged)-1].Content = declared.NewSensitive(strings.Repeat("b", 8<<20))
	_, err = s.through().Plan(t.Context(), r)
	assert.NilError(t, err)
	op, err := s.through().Begin(t.Context(), r, nil)
	assert.NilError(t, err)
	assert.NilError(t, op.Close())
}

func TestBadQuestionsAreAnsweredAndCostNothing(t *testing.T) {
	s := realShop(t)
	s.serve(nil)
	head := "Host: hostwright\r\nHostwright-Version: test\r\n"
	body := func(path, text string) string {
		return fmt.Sprintf("POST /v1%s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", path, head, len(text), text)
	}
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"of another version":    {strings.Replace(body("/containers", "{}"), "Version: test", "Version: v0", 1), http.StatusConflict},
		"no JSON":               {body("/containers", "pr1vate"), http.StatusBadRequest},
		"a wrong type":          {body("/containers", `{"request":["pr1vate"]}`), http.StatusBadRequest},
		"a value too many":      {body("/containers", `{"request":{"name":"shop"},"secrets":["cHIxdmF0ZQ=="]}`), http.StatusBadRequest},
		"too long":              {fmt.Sprintf("POST /v1/containers HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", head, maxBody+1, strings.Repeat("x", maxBody+1)), http.StatusRequestEntityTooLarge},
		"no upgrade":            {body("/operations", ""), http.StatusUpgradeRequired},
		"a wrong method":        {"GET /v1/containers HTTP/1.1\r\n" + head + "\r\n", http.StatusNotFound},
		"a path that is no own": {body("/containers", `{"request":{"name":"shop","dir":"../shop"}}`), http.StatusOK},
	} {
		status, answer := raw(t, s.state, c.text)
		assert.Assert(t, status == c.want || c.want == http.StatusRequestEntityTooLarge && status == 0, "%s: %d %s", name, status, answer)
		assert.Assert(t, !strings.Contains(answer, "pr1vate"), "%s: %s", name, answer)
		if c.want == http.StatusOK {
			assert.Assert(t, strings.Contains(answer, "not absolute"), answer)
		}
	}
	s.idle()
}

// A hostwrightd that hangs keeps no command: it does its work itself, and says so.
func TestAHostwrightdThatHangsIsNotWaitedFor(t *testing.T) {
	s := realShop(t)
	assert.NilError(t, statedir.MakePrivate(s.state.Daemon()))
	l, err := net.Listen("unix", filepath.Join(s.state.Daemon(), "socket")) // nobody accepts
	assert.NilError(t, err)
	defer l.Close()
	var told []string
	c := watchedBy(s.client(s.calls, s.calls), WatchedOptions{State: s.state, Version: "test", Failed: func(err error) { told = append(told, err.Error()) }}, "", nil)
	var side sync.WaitGroup
	side.Go(func() {
		_, err := c.Containers(t.Context(), s.ref)
		assert.Check(t, err)
	})
	_, _, err = s.operate(t.Context(), c, s.request(goalDown))
	assert.NilError(t, err)
	side.Wait()
	began := time.Now()
	_, _, err = s.operate(t.Context(), c, s.request(goalUp)) // it is not asked again
	assert.NilError(t, err)
	_, err = c.Projects(t.Context())
	assert.NilError(t, err)
	assert.Assert(t, time.Since(began) < requestPatience)
	assert.Equal(t, len(told), 1, "%v", told)
	assert.Assert(t, strings.Contains(told[0], "does not answer within"), told[0])
}

// What may be a secret crosses to hostwrightd and never comes back, and nothing is left of it all.
func TestValuesCrossOneWayAndNothingIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	s := realShop(t)
	done, stop := s.serve(nil)
	back := s.between()
	c := newRemote(back.state, "test", "/hostwrightd", []declared.EnvVar{{Key: "HTTPS_PROXY", Value: declared.NewSensitive("http://u:env-s3cret@proxy")}})
	r := s.request(goalUp)
	r.Environment = c.environment
	for range 20 {
		_, err := c.Plan(t.Context(), r)
		assert.NilError(t, err)
	}
	op, err := c.Begin(t.Context(), r, nil)
	assert.NilError(t, err)
	assert.NilError(t, op.Run(t.Context(), func(orchestrate.Event) {}))
	assert.NilError(t, op.Close())
	r.Project.Services[2].Command = []string{"no such program"}
	op, err = c.Begin(t.Context(), r, nil)
	assert.NilError(t, err)
	assert.Assert(t, op.Run(t.Context(), func(orchestrate.Event) {}) != nil)
	assert.NilError(t, op.Close())
	_, err = c.Containers(t.Context(), s.ref)
	assert.NilError(t, err)
	assert.Assert(t, back.said() > 1000)
	assert.Assert(t, !back.saw("s3cret"), "a value came back")
	assert.DeepEqual(t, s.client(s.runtime, s.runtime).(*inProcess).State, s.state)

	s.must(goalDown)
	back.close()
	stop()
	assert.NilError(t, <-done)
	s.runtime.SetDown(true)
	eventually(t, func() bool { return runtime.NumGoroutine() <= before })
}

// between is a socket in a state folder of its own that leads to hostwrightd's, and keeps what that says.
type between struct {
	state    statedir.Dir
	listener net.Listener
	mu       sync.Mutex
	words    bytes.Buffer
}

func (s *shop) between() *between {
	b := &between{state: stateDir(s.t)}
	assert.NilError(s.t, statedir.MakePrivate(b.state.Daemon()))
	var err error
	b.listener, err = net.Listen("unix", filepath.Join(b.state.Daemon(), "socket"))
	assert.NilError(s.t, err)
	go func() {
		for {
			conn, err := b.listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("unix", filepath.Join(s.state.Daemon(), "socket"))
			if err != nil {
				_ = conn.Close()
				continue
			}
			go func() {
				_, _ = io.Copy(to, conn)
				_ = to.Close()
			}()
			go func() {
				_, _ = io.Copy(io.MultiWriter(conn, b), to)
				_ = conn.Close()
			}()
		}
	}()
	return b
}

func (b *between) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.words.Write(p)
}

func (b *between) said() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.words.Len()
}

func (b *between) saw(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Contains(b.words.Bytes(), []byte(text))
}

func (b *between) close() { _ = b.listener.Close() }
