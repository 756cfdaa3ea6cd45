package reconcile

import (
	"context"
	"errors"
	"strings"

	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/record"
)

// nameTroubles are what programs say when no resolver answers them, in lower case: the C libraries, busybox, curl,
// Node, Python, Go, libpq.
var nameTroubles = []string{
	"temporary failure in name resolution", "name or service not known", "could not resolve host", "could not translate host name",
	"bad address", "eai_again", "enotfound", "no such host", "server misbehaving", "no servers could be reached",
}

// lookedAt is how many of a container's last lines are searched for a cause.
const lookedAt = 30

// explained adds to a condition that failed what the container's last words suggest.
func (e *run) explained(ctx context.Context, id string, err error) error {
	var failed *orchestrate.Error
	if !errors.As(err, &failed) || failed.Code != orchestrate.CodeCondition || ctx.Err() != nil {
		return err
	}
	trouble := false
	_ = record.Lines(ctx, e.Project.Container(id), record.Options{Tail: lookedAt}, func(l record.Line) error { // without words there is nothing to add
		trouble = trouble || namesUnresolved(string(l.Text))
		return nil
	})
	if trouble {
		failed.Hint += "; a name was not found: `hostwright doctor` asks the resolvers of the networks"
	}
	return err
}

func namesUnresolved(line string) bool {
	line = strings.ToLower(line)
	for _, t := range nameTroubles {
		if strings.Contains(line, t) {
			return true
		}
	}
	return false
}
