package hook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/orchestrate"
	"github.com/hostwright/compose/orchestrate/hook"
	"github.com/hostwright/compose/translate/declared"
)

// container answers exec: what is written, and the exit code, by command.
type container struct {
	answers map[string]answer
	asked   []adapter.ExecRequest
}

type answer struct {
	out, err []string // writes
	code     int
	failure  error
}

func (c *container) Exec(_ context.Context, r adapter.ExecRequest) (int, error) {
	c.asked = append(c.asked, r)
	a := c.answers[r.Command[0]]
	for _, text := range a.out {
		_, _ = io.WriteString(r.Stdout, text)
	}
	for _, text := range a.err {
		_, _ = io.WriteString(r.Stderr, text)
	}
	return a.code, a.failure
}

var web = &declared.Service{Name: "web", Environment: []declared.EnvVar{
	{Key: "DB_PASSWORD", Value: declared.NewSensitive("correct horse")}, {Key: "MODE", Value: declared.NewSensitive("production")},
}}

func commands(names ...string) (out []declared.Hook) {
	for _, n := range names {
		out = append(out, declared.Hook{Command: []string{n}})
	}
	return out
}

func TestHooksRunInOrderUntilOneFails(t *testing.T) {
	c := &container{answers: map[string]answer{
		"one": {out: []string{"a", "b\nc", "\n\nd"}}, "two": {err: []string{"e\r\n"}, code: 3}, "three": {},
	}}
	var lines []string
	err := hook.Run(t.Context(), c, web, "shop-web-1", commands("one", "two", "three"), func(line string) { lines = append(lines, line) })
	var failed *orchestrate.Error
	assert.Assert(t, errors.As(err, &failed))
	assert.Equal(t, failed.Code, orchestrate.CodeCondition)
	assert.Error(t, err, "web hook exited with status 3: e")
	assert.DeepEqual(t, lines, []string{"ab", "c", "", "d", "e"})
	assert.Equal(t, len(c.asked), 2)
	assert.NilError(t, hook.Run(t.Context(), c, web, "shop-web-1", commands("one", "three"), nil))
}

func TestWhatAHookIsGiven(t *testing.T) {
	c := &container{}
	h := declared.Hook{Command: []string{"x", "y"}, User: "u", WorkingDir: "/w", Environment: []declared.EnvVar{
		{Key: "A", Value: declared.NewSensitive("1")}, {Key: "TOKEN", Value: declared.NewSensitive("t")},
	}}
	assert.NilError(t, hook.Run(t.Context(), c, web, "shop-web-1", []declared.Hook{h}, nil))
	r := c.asked[0]
	r.Stdout, r.Stderr = nil, nil
	assert.DeepEqual(t, r, adapter.ExecRequest{
		ID: "shop-web-1", Command: []string{"x", "y"}, User: "u", WorkingDir: "/w", Hook: true,
		Env: []adapter.EnvVar{{Key: "A", Value: "1"}, {Key: "TOKEN", Value: "t", Sensitive: true}},
	})
}

func TestTheWordsOfAFailure(t *testing.T) {
	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprintf("line %d\n", i))
	}
	for _, c := range []struct {
		name string
		a    answer
		want string
	}{
		{"nothing said", answer{code: 1}, "web hook exited with status 1"},
		{"blank lines", answer{out: []string{"\n  \n"}, code: 1}, "web hook exited with status 1"},
		{"standard output", answer{out: []string{"no file\n"}, code: 127}, "web hook exited with status 127: no file"},
		{"standard error before it", answer{out: []string{"working\n"}, err: []string{"it broke"}, code: 2}, "web hook exited with status 2: it broke"},
		{"the last lines", answer{err: many, code: 2}, "web hook exited with status 2: " + strings.TrimSpace(strings.Join(many[20:], ""))},
		{"a progress bar", answer{err: []string{"10%\r50%\r99%\r\nfull disk\n"}, code: 2}, "web hook exited with status 2: 99%\nfull disk"},
		{"a long line", answer{err: []string{strings.Repeat("x", 100_000)}, code: 2}, "web hook exited with status 2: " + strings.Repeat("x", 2048)},
		{"secrets", answer{err: []string{"psql: correct horse, with t0ken and a production of x"}, code: 2},
			"web hook exited with status 2: psql: <redacted>, with <redacted> and a production of x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rt := &container{answers: map[string]answer{"x": c.a}}
			h := declared.Hook{Command: []string{"x"}, Environment: []declared.EnvVar{
				{Key: "API_TOKEN", Value: declared.NewSensitive("t0ken")}, {Key: "PASSWORD", Value: declared.NewSensitive("x")},
			}}
			err := hook.Run(t.Context(), rt, web, "shop-web-1", []declared.Hook{h}, nil)
			assert.Error(t, err, c.want)
		})
	}
}

func TestErrorsThatAreNotTheHooks(t *testing.T) {
	gone := &adapter.Error{Kind: adapter.WrongState, Op: adapter.OpExec, Resource: "shop-web-1"}
	err := hook.Run(t.Context(), &container{answers: map[string]answer{"x": {code: -1, failure: gone}}}, web, "shop-web-1", commands("x"), nil)
	assert.Assert(t, adapter.Is(err, adapter.WrongState))
	assert.ErrorContains(t, err, "run a hook of web in container shop-web-1")

	off, cancel := context.WithCancel(t.Context())
	cancel()
	silent := func(line string) { t.Errorf("%q", line) }
	err = hook.Run(off, &container{answers: map[string]answer{"x": {out: []string{"ended\n"}, code: -1}}}, web, "shop-web-1", commands("x"), silent)
	assert.ErrorIs(t, err, context.Canceled)
}
