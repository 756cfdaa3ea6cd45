package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/orchestrate/reconcile"
)

// Why an operation's context ended.
var (
	errClientGone = errors.New("the command has gone")
	errLeaving    = errors.New("hostwrightd is leaving")
)

// leavingError is the answer to who comes too late.
func (s *server) leavingError() error {
	return &orchestrate.Error{Code: orchestrate.CodeDaemon, Message: "hostwrightd is leaving"}
}

// enter enters what a command wants done, so that hostwrightd stays and is not replaced; leave must be called. It is
// nil when hostwrightd is leaving.
func (s *server) enter(what *Underway) (leave func()) {
	if !s.underways.begin(what) {
		return nil
	}
	release, ok := s.supervisor.Hold()
	if !ok {
		s.underways.end(what)
		return nil
	}
	return func() { s.underways.end(what); release() }
}

// operate makes a connection an operation.
func (s *server) operate(w http.ResponseWriter, q *http.Request) {
	if q.Header.Get("Upgrade") != operationProtocol {
		writeError(w, http.StatusUpgradeRequired, fmt.Errorf("an operation is a connection: Upgrade: %s", operationProtocol))
		return
	}
	what := &Underway{Since: s.o.Now()}
	leave := s.enter(what)
	if leave == nil {
		writeError(w, http.StatusServiceUnavailable, s.leavingError())
		return
	}
	defer leave()
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		writeError(w, http.StatusInternalServerError, err)
		return
	}
	defer conn.Close()
	_ = conn.SetWriteDeadline(time.Now().Add(answerTime))
	_, err = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n%s: %s\r\n\r\n", operationProtocol, versionHeader, s.o.Version)
	if err != nil {
		return
	}
	o := &servedOperation{server: s, frames: &frames{conn: conn, in: buffered.Reader, patience: answerTime}, version: q.Header.Get(versionHeader), what: what}
	o.serve()
}

// servedOperation is an operation of a command, carried out here. One goroutine reads what the command says, another one
// does it. However the connection ends, what is under way is cancelled, waited for, and the lock given back.
type servedOperation struct {
	*server
	frames  *frames
	version string
	what    *Underway

	busy atomic.Bool // an order is carried out

	mu      sync.Mutex
	current int // the call that is carried out
	cancel  context.CancelCauseFunc
	op      orchestrate.Operation
	forced  bool
}

// task is an order with the context that a cancel ends.
type task struct {
	order
	ctx context.Context
}

// serve carries out one order after the other until the connection or the operation ends.
func (o *servedOperation) serve() {
	ctx, end := context.WithCancelCause(o.working)
	defer end(nil)
	_ = o.frames.conn.SetReadDeadline(time.Now().Add(requestTime)) // until it has begun
	var first order
	if err := o.frames.read(&first, maxRequest); err != nil || first.Type != orderBegin {
		o.refuse("an operation starts with begin", err)
		return
	}
	request, _, err := restored[orchestrate.Request](question{Request: first.Request, Secrets: first.Secrets})
	if err == nil {
		err = checkRequest(request)
	}
	if err != nil {
		o.refuse(err.Error(), nil)
		return
	}
	_ = o.frames.conn.SetReadDeadline(time.Time{})
	o.underways.describe(o.what, request.Ref.Name, request.Command, first.PID)

	tasks := make(chan task, 1)
	o.take(ctx, first, tasks)
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		defer close(tasks)
		end(o.listen(ctx, tasks))
	}()
	o.work(ctx, request, first.PID, tasks)
	_ = o.frames.conn.Close() // ends the reading
	<-reading
}

// refuse answers an order that is none, with no word of what was sent.
func (o *servedOperation) refuse(text string, err error) {
	if errors.Is(err, errLongLine) || errors.Is(err, errMalformed) {
		text = err.Error()
	}
	_ = o.frames.write(reply{Type: replyError, Error: encodeError(&orchestrate.Error{Code: orchestrate.CodeInternal, Message: text})})
}

// take makes an order the current one. ctx lasts as long as the command is there.
func (o *servedOperation) take(ctx context.Context, m order, tasks chan<- task) {
	o.busy.Store(true)
	ctx, cancel := context.WithCancelCause(reconcile.WithAbandon(ctx, ctx.Done()))
	o.mu.Lock()
	o.current, o.cancel = m.Call, cancel
	o.mu.Unlock()
	tasks <- task{m, ctx} // has room: one at a time
}

// listen reads orders until the connection ends or the command breaks the rules, and says which.
func (o *servedOperation) listen(ctx context.Context, tasks chan<- task) error {
	for {
		var m order
		if err := o.frames.read(&m, maxBody); err != nil {
			if errors.Is(err, errLongLine) || errors.Is(err, errMalformed) {
				o.refuse("", err)
			}
			return errClientGone
		}
		switch m.Type {
		case orderForce:
			o.force()
		case orderCancel:
			o.mu.Lock()
			if m.Call == o.current {
				o.cancel(context.Canceled)
			}
			o.mu.Unlock()
		case orderImagesReady, orderCreate, orderRun, orderClose:
			if o.busy.Load() {
				o.refuse("the order before is still carried out", nil)
				return errClientGone
			}
			o.take(ctx, m, tasks)
		default:
			o.refuse("there is no such order", nil)
			return errClientGone
		}
	}
}

// force is remembered for an operation that has not begun.
func (o *servedOperation) force() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.forced = true
	if o.op != nil {
		o.op.Force()
	}
}

// work carries out orders until there are no more or hostwrightd leaves, and closes the operation.
func (o *servedOperation) work(ctx context.Context, r orchestrate.Request, pid int, tasks <-chan task) {
	defer o.closeLeft(ctx, r)
	for {
		var t task
		ok := true
		select {
		case t, ok = <-tasks:
		case <-o.working.Done():
			ok = false
		}
		if !ok {
			return
		}
		var answer reply
		switch {
		case t.Type == orderBegin:
			answer = o.begin(t.ctx, r, pid)
		case t.Type == orderClose:
			answer = o.closed(o.op.Close())
		default:
			answer = o.carryOut(t)
		}
		o.mu.Lock()
		o.cancel(nil)
		o.mu.Unlock()
		o.busy.Store(false)
		if o.frames.write(answer) != nil || o.op == nil || t.Type == orderClose {
			return
		}
	}
}

// closeLeft closes an operation that its command has not closed.
func (o *servedOperation) closeLeft(ctx context.Context, r orchestrate.Request) {
	if o.op == nil {
		return
	}
	if errors.Is(context.Cause(ctx), errClientGone) {
		o.o.Log("`%s` of project %s has gone; what it had begun is ended", r.Command, r.Ref.Name)
	}
	if err := o.op.Close(); err != nil {
		o.o.Log("end `%s` of project %s: %v", r.Command, r.Ref.Name, err)
	}
}

func (o *servedOperation) begin(ctx context.Context, r orchestrate.Request, pid int) reply {
	op, err := o.o.Orchestrator(o.version, pid).Begin(ctx, r, func(h orchestrate.Holder) {
		_ = o.frames.write(reply{Type: replyWaiting, Holder: &h}) // whether it is there shows at the end
	})
	if err != nil {
		return o.failed(ctx, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.op = op; o.forced {
		op.Force()
	}
	p := op.Plan()
	return reply{Type: replyPlan, Plan: &p}
}

// carryOut does what changes the project.
func (o *servedOperation) carryOut(t task) reply {
	report := func(e orchestrate.Event) {
		if o.frames.write(reply{Type: replyEvent, Event: &e}) != nil {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.cancel(errClientGone) // it does not listen any more
		}
	}
	var err error
	switch t.Type {
	case orderImagesReady:
		var p plan.Plan
		if p, err = o.op.ImagesReady(t.ctx, t.Built); err == nil {
			return reply{Type: replyPlan, Plan: &p}
		}
	case orderCreate:
		err = o.op.Create(t.ctx, report)
	case orderRun:
		err = o.op.Run(t.ctx, report)
	}
	if err != nil {
		return o.failed(t.ctx, err)
	}
	return reply{Type: replyDone}
}

func (o *servedOperation) closed(err error) reply {
	if err != nil {
		return reply{Type: replyError, Error: encodeError(err)}
	}
	return reply{Type: replyDone}
}

// failed is the answer to a call that failed. Where hostwrightd itself has ended it, that is said.
func (o *servedOperation) failed(ctx context.Context, err error) reply {
	if errors.Is(context.Cause(ctx), errLeaving) {
		err = &orchestrate.Error{
			Code: orchestrate.CodeDaemon, Message: "hostwrightd was stopped while it carried out this command; what was done is recorded",
			Hint: "run the command again: it goes on from there",
		}
	}
	return reply{Type: replyError, Error: encodeError(err)}
}
