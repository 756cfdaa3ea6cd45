package daemon

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

// operationProtocol is the Upgrade of the connection that is one operation: afterwards both sides send lines of JSON.
const operationProtocol = "hostwright-operation"

// order is a line of the command. Call numbers those that are answered, from 1 on; a cancel has the number of the one
// that it ends.
type order struct {
	Type orderType `json:"type"`
	Call int       `json:"call,omitempty"`
	// Of begin: the request, the values that its JSON leaves out, and the command's process.
	Request json.RawMessage `json:"request,omitempty"`
	Secrets [][]byte        `json:"secrets,omitempty"`
	PID     int             `json:"pid,omitempty"`
	// Of imagesReady.
	Built []string `json:"built,omitempty"`
}

type orderType string

// The orders. The first one is begin; one after the other is answered, but force and cancel, which are not answered and
// may come at any time.
const (
	orderBegin       orderType = "begin"
	orderImagesReady orderType = "imagesReady"
	orderCreate      orderType = "create"
	orderRun         orderType = "run"
	orderClose       orderType = "close"
	orderForce       orderType = "force"
	orderCancel      orderType = "cancel"
)

// reply is a line of hostwrightd. Waiting and event may come before the one that ends a call: plan for begin and
// imagesReady, done for the others, error for any.
type reply struct {
	Type   replyType           `json:"type"`
	Holder *orchestrate.Holder `json:"holder,omitempty"`
	Event  *orchestrate.Event  `json:"event,omitempty"`
	Plan   *plan.Plan          `json:"plan,omitempty"`
	Error  *wireError          `json:"error,omitempty"`
}

type replyType string

// The replies.
const (
	replyWaiting replyType = "waiting"
	replyEvent   replyType = "event"
	replyPlan    replyType = "plan"
	replyDone    replyType = "done"
	replyError   replyType = "error"
)

// errLongLine says that the other side sent more than it may.
var errLongLine = errors.New("a message is longer than it may be")

// frames are the lines of JSON of a connection. Reading is for one goroutine, writing for any.
type frames struct {
	conn net.Conn
	in   *bufio.Reader
	// patience is how long the other side may take to read a line, and lost the error of one that it did not.
	patience time.Duration

	mu   sync.Mutex // around writes
	lost error
}

// read decodes the next line, of at most a number of bytes.
func (f *frames) read(v any, most int) error {
	var line []byte
	for {
		part, err := f.in.ReadSlice('\n')
		if len(line)+len(part) > most {
			return errLongLine
		}
		line = append(line, part...)
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) && len(line) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	if err := json.Unmarshal(line, v); err != nil {
		// Its text may have a part of the message, and so of a value.
		return errMalformed
	}
	return nil
}

// errMalformed says that a message is not what this program understands.
var errMalformed = errors.New("a message is not of this interface")

// write sends a line. Who does not read within the patience is given up: later lines fail at once.
func (f *frames) write(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode a message: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lost != nil {
		return f.lost
	}
	if err := f.conn.SetWriteDeadline(time.Now().Add(f.patience)); err != nil {
		return err
	}
	_, f.lost = f.conn.Write(append(data, '\n'))
	return f.lost
}
