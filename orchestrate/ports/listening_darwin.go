package ports

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/hostwright/compose/orchestrate/plan"
)

// netstatDeadline bounds a call that normally takes milliseconds.
const netstatDeadline = 10 * time.Second

// Listening gives the sockets of this host on which somebody listens, never nil, with their processes.
func Listening() ([]plan.Listener, error) {
	out := []plan.Listener{}
	for _, protocol := range []string{"tcp", "udp"} {
		ctx, cancel := context.WithTimeout(context.Background(), netstatDeadline)
		text, err := exec.CommandContext(ctx, "/usr/sbin/netstat", "-anv", "-p", protocol).Output()
		cancel()
		if err != nil {
			return nil, fmt.Errorf("read listening ports: netstat: %w", err)
		}
		found, err := parseNetstat(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("read listening ports: netstat: %w", err)
		}
		out = append(out, found...)
	}
	return out, nil
}
