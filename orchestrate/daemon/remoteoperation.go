package daemon

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/plan"
)

// Begin opens the connection that is the operation.
func (r *remote) Begin(ctx context.Context, q orchestrate.Request, waiting func(orchestrate.Holder)) (orchestrate.Operation, error) {
	data, secrets, err := encodeValued(q, nil)
	if err != nil {
		return nil, err
	}
	size := len(data)
	for _, s := range secrets {
		size += len(s)*4/3 + 8
	}
	if size+1000 > maxRequest {
		return nil, &unreached{errors.New("the request is longer than hostwrightd takes")}
	}
	conn, err := r.upgrade(ctx)
	if err != nil {
		return nil, err
	}
	o := &remoteOperation{frames: conn, command: q.Command}
	answer, err := o.call(ctx, order{Type: orderBegin, Request: data, Secrets: secrets, PID: os.Getpid()}, func(a reply) {
		if a.Type == replyWaiting && a.Holder != nil && waiting != nil {
			waiting(*a.Holder)
		}
	})
	if err == nil {
		err = o.plans(answer)
	}
	if err != nil {
		_ = conn.conn.Close()
		return nil, err
	}
	return o, nil
}

// upgrade connects, and gives the connection once hostwrightd speaks the operation's protocol on it.
func (r *remote) upgrade(ctx context.Context) (*frames, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, requestPatience, errSilent)
	defer cancel()
	conn, err := r.to.dial(ctx, "", "")
	if err != nil {
		return nil, r.unreached(ctx, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	f, err := r.handshake(ctx, conn)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		return nil, r.unreached(ctx, err)
	}
	return f, nil
}

func (r *remote) handshake(ctx context.Context, conn net.Conn) (*frames, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+apiHost+"/"+APIVersion+"/operations", nil)
	if err != nil {
		return nil, err
	}
	r.headers(request.Header)
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", operationProtocol)
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(conn, 64<<10)
	answer, err := http.ReadResponse(in, request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return nil, refusal(answer)
	}
	return &frames{conn: conn, in: in, patience: answerTime}, nil
}

// unreached gives the error of a connection that did not come about.
func (r *remote) unreached(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errSilent):
		return &unreached{errSilent}
	case ctx.Err() != nil:
		return ctx.Err()
	case gone(err):
		return &unreached{ErrNotRunning}
	}
	return &unreached{err}
}

// remoteOperation is an operation that hostwrightd carries out.
type remoteOperation struct {
	frames  *frames
	command string

	one   sync.Mutex // around a call
	calls int
	lost  bool // the connection has ended

	mu     sync.Mutex
	plan   plan.Plan
	closed sync.Once
}

// call sends an order and gives the reply that ends it; each gets those before. The end of ctx cancels the call, whose end
// is waited for all the same.
func (o *remoteOperation) call(ctx context.Context, m order, each func(reply)) (reply, error) {
	o.one.Lock()
	defer o.one.Unlock()
	if o.lost {
		return reply{}, endedError(o.command)
	}
	o.calls++
	m.Call = o.calls
	if m.Type == orderClose {
		_ = o.frames.conn.SetReadDeadline(time.Now().Add(closePatience))
	}
	if err := o.frames.write(m); err != nil {
		// hostwrightd may have said why before it closed the connection.
		_ = o.frames.conn.SetReadDeadline(time.Now().Add(time.Second))
	}
	stop := context.AfterFunc(ctx, func() { _ = o.frames.write(order{Type: orderCancel, Call: m.Call}) })
	defer stop()
	for {
		var a reply
		if err := o.frames.read(&a, maxReply); err != nil {
			o.lost = true
			return reply{}, o.broken(err)
		}
		switch a.Type {
		case replyPlan, replyDone:
			return a, nil
		case replyError:
			if a.Error == nil {
				return reply{}, fmt.Errorf("hostwrightd gave an error without words")
			}
			return reply{}, a.Error.decode()
		default:
			each(a)
		}
	}
}

// maxReply bounds a message of hostwrightd (bytes): a plan of thousands of steps.
const maxReply = 256 << 20

func (o *remoteOperation) broken(err error) error {
	if errors.Is(err, errLongLine) || errors.Is(err, errMalformed) {
		return fmt.Errorf("read hostwrightd's answer: %w", err)
	}
	return endedError(o.command)
}

// plans takes over the plan of a reply.
func (o *remoteOperation) plans(a reply) error {
	if a.Plan == nil {
		return fmt.Errorf("hostwrightd gave no plan")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.plan = *a.Plan
	return nil
}

// Plan gives the plan as hostwrightd gave it last.
func (o *remoteOperation) Plan() plan.Plan {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.plan
}

// ImagesReady has hostwrightd plan anew.
func (o *remoteOperation) ImagesReady(ctx context.Context, built []string) (plan.Plan, error) {
	a, err := o.call(ctx, order{Type: orderImagesReady, Built: built}, func(reply) {})
	if err == nil {
		err = o.plans(a)
	}
	if err != nil {
		return plan.Plan{}, err
	}
	return o.Plan(), nil
}

// Create has hostwrightd carry out what comes before the first start.
func (o *remoteOperation) Create(ctx context.Context, report func(orchestrate.Event)) error {
	return o.carryOut(ctx, orderCreate, report)
}

// Run has hostwrightd carry out the plan.
func (o *remoteOperation) Run(ctx context.Context, report func(orchestrate.Event)) error {
	return o.carryOut(ctx, orderRun, report)
}

func (o *remoteOperation) carryOut(ctx context.Context, what orderType, report func(orchestrate.Event)) error {
	_, err := o.call(ctx, order{Type: what}, func(a reply) {
		if a.Type == replyEvent && a.Event != nil && report != nil {
			report(*a.Event)
		}
	})
	return err
}

// Force tells hostwrightd, also while it runs the plan.
func (o *remoteOperation) Force() { _ = o.frames.write(order{Type: orderForce}) }

// Close has the lock released. Where the connection has ended it was released with that.
func (o *remoteOperation) Close() error {
	var err error
	o.closed.Do(func() {
		defer o.frames.conn.Close()
		if _, err = o.call(context.Background(), order{Type: orderClose}, func(reply) {}); o.lost {
			err = nil
		}
	})
	return err
}

// closePatience bounds the wait for the lock to be released.
const closePatience = 10 * time.Second
