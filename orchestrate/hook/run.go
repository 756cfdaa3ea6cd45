package hook

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/translate/declared"
)

// Executor is the part of an adapter that hooks need.
type Executor interface {
	Exec(ctx context.Context, r adapter.ExecRequest) (int, error)
}

// Run runs hooks of a service in one of its containers, in order, until one fails. Each line of their output goes to
// each, which may be nil, from one goroutine at a time. An exit code that is not 0 is an *orchestrate.Error with Docker Compose's words
// (docker/compose v5.6, pkg/compose/hook.go), which hold the last lines of the hook's output; of the values that the
// service and the hook have in their environments, those that may be secret are taken out of them. Any other error is the
// runtime's, or ctx's. There is no deadline, as with Docker Compose.
func Run(ctx context.Context, rt Executor, s *declared.Service, id string, hooks []declared.Hook, each func(line string)) error {
	for _, h := range hooks {
		if err := run(ctx, rt, s, id, h, each); err != nil {
			return err
		}
	}
	return nil
}

// NotRun tells of an error of Run that the container did not run, or not any more: the hook did not.
func NotRun(err error) bool {
	return adapter.Is(err, adapter.WrongState) || adapter.Is(err, adapter.NotFound)
}

func run(ctx context.Context, rt Executor, s *declared.Service, id string, h declared.Hook, each func(line string)) error {
	out := &output{each: func(line string) {
		if each != nil && ctx.Err() == nil { // what comes afterwards are the words of a client that is ended
			each(line)
		}
	}}
	stdout, stderr := &stream{output: out}, &stream{output: out}
	code, err := rt.Exec(ctx, adapter.ExecRequest{
		ID: id, Command: h.Command, Env: variables(h.Environment), User: h.User, WorkingDir: h.WorkingDir, Hook: true, Stdout: stdout, Stderr: stderr,
	})
	stdout.end()
	stderr.end()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("run a hook of %s in container %s: %w", s.Name, id, err)
	case code == 0:
		return nil
	}
	message := fmt.Sprintf("%s hook exited with status %d", s.Name, code)
	// What went wrong stands in standard error as a rule.
	if words := cmp.Or(stderr.tail(), stdout.tail()); words != "" {
		message += ": " + conceal(words, s.Environment, h.Environment)
	}
	return &orchestrate.Error{Code: orchestrate.CodeCondition, Message: message}
}

// variables gives the environment for the runtime.
func variables(from []declared.EnvVar) []adapter.EnvVar {
	var out []adapter.EnvVar
	for _, v := range from {
		out = append(out, adapter.EnvVar{Key: v.Key, Value: v.Value.Reveal(), Sensitive: mayBeSecret(v)})
	}
	return out
}

func mayBeSecret(v declared.EnvVar) bool {
	return declared.LooksSensitive(v.Key) || declared.HoldsCredential(v.Value.Reveal())
}

// shortestSecret is the length from which on a value is looked for in a text: shorter ones are in every text.
const shortestSecret = 4

// conceal takes values that may be secret out of a text, the longest first, since one may hold another.
func conceal(text string, environments ...[]declared.EnvVar) string {
	var secrets []string
	for _, e := range environments {
		for _, v := range e {
			if value := v.Value.Reveal(); len(value) >= shortestSecret && mayBeSecret(v) {
				secrets = append(secrets, value)
			}
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, declared.Redacted)
	}
	return text
}
