package ports

import (
	"context"
	"net"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

func TestTryTellsHowAPortAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		serve func(net.Conn)
		want  Reach
	}{
		"speaks first":    {func(c net.Conn) { _, _ = c.Write([]byte("hello")); <-time.After(time.Second); _ = c.Close() }, Answers},
		"waits":           {func(c net.Conn) { _, _ = c.Read(make([]byte, 1)); _ = c.Close() }, Answers},
		"closes":          {func(c net.Conn) { _ = c.Close() }, Closes},
		"resets":          {func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() }, Closes},
		"nobody is there": {nil, Refuses},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			assert.NilError(t, err)
			defer l.Close()
			if test.serve == nil {
				assert.NilError(t, l.Close())
			} else {
				go func() {
					if c, err := l.Accept(); err == nil {
						test.serve(c)
					}
				}()
			}
			got, err := Try(t.Context(), l.Addr().String(), 200*time.Millisecond)
			assert.NilError(t, err)
			assert.Equal(t, got, test.want)
		})
	}
}

func TestTryEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Try(ctx, "127.0.0.1:1", time.Second)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestListensIn(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 0B00007F:AB75 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
   3: 0A424206:0050 0A424201:C001 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0 20 4 30 10 -1
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
   1: 00000000000000000000000001000000:0CEA 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
`
	for port, want := range map[uint16]bool{80: true, 443: true, 8080: false, 43893: false, 3306: false, 49153: false} {
		assert.Equal(t, ListensIn(table, port), want, "port %d", port)
	}
	assert.Assert(t, !ListensIn("", 80))
}
