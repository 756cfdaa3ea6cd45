package daemon

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/supervise"
	"gotest.tools/v3/assert"
)

// served serves one operation at the other end of a connection; over is closed when that has ended.
func (s *shop) served(patience time.Duration) (conn net.Conn, over <-chan struct{}) {
	conn, end := net.Pipe()
	done := make(chan struct{})
	o := &servedOperation{
		server: &server{
			o: ServeOptions{
				Orchestrator: func(string, int) orchestrate.Client { return s.client(s.calls, s.calls) },
				Options:      supervise.Options{Log: func(string, ...any) {}},
			},
			underways: newUnderways(), working: context.Background(),
		},
		frames: &frames{conn: end, in: bufio.NewReader(end), patience: patience}, what: &Underway{},
	}
	go func() {
		defer close(done)
		defer end.Close()
		o.serve()
	}()
	return conn, done
}

// begins sends the begin of an up and reads the plan.
func (s *shop) begins(conn net.Conn) {
	s.t.Helper()
	data, secrets, err := encodeValued(s.request(goalUp), nil)
	assert.NilError(s.t, err)
	assert.NilError(s.t, json.NewEncoder(conn).Encode(order{Type: orderBegin, Call: 1, Request: data, Secrets: secrets}))
	_, err = bufio.NewReader(conn).ReadString('\n')
	assert.NilError(s.t, err)
}

func TestWhoBeginsSlowlyIsGivenUp(t *testing.T) {
	for name, interval := range map[string]time.Duration{"who says nothing": time.Hour, "who says little": time.Second} {
		t.Run(name, func(t *testing.T) {
			inShop(t, func(s *shop) {
				conn, over := s.served(answerTime)
				began := time.Now()
				go func() {
					for {
						time.Sleep(interval)
						if _, err := conn.Write([]byte("{")); err != nil {
							return
						}
					}
				}()
				<-over
				assert.Assert(s.t, time.Since(began) <= requestTime+answerTime, "%s", time.Since(began))
				assert.NilError(s.t, conn.Close())
				time.Sleep(interval)
			})
		})
	}
}

func TestWhoHasBegunMayTakeTheirTime(t *testing.T) {
	inShop(t, func(s *shop) {
		conn, over := s.served(answerTime)
		s.begins(conn)
		select {
		case <-over:
			s.t.Error("it was given up")
		case <-time.After(10 * time.Hour):
		}
		assert.NilError(s.t, conn.Close())
		<-over
		synctest.Wait()
		assert.Assert(s.t, s.free())
	})
}

func TestWhoDoesNotReadIsGivenUp(t *testing.T) {
	s := realShop(t)
	conn, over := s.served(200 * time.Millisecond)
	s.begins(conn)
	assert.NilError(t, json.NewEncoder(conn).Encode(order{Type: orderRun, Call: 2}))
	select {
	case <-over:
	case <-time.After(30 * time.Second):
		t.Fatal("it is not given up")
	}
	assert.NilError(t, conn.Close())
	assert.Assert(t, s.free())
}
