package reconcile

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/adaptertest"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
)

// hooks gives web hooks, and the image their programs; what ran stands in ran as "second command".
func (b *bench) hooks(post, pre []declared.Hook, programs map[string]adaptertest.Program) (ran *[]string) {
	ran = &[]string{}
	noting := map[string]adaptertest.Program{}
	for name, p := range programs {
		noting[name] = func(x *adaptertest.Process) int {
			if x.Exec {
				*ran = append(*ran, fmt.Sprintf("%d %s", time.Since(b.began)/time.Second, name))
			}
			return p(x)
		}
	}
	noting["serve"], noting["fail"] = adaptertest.Serve, adaptertest.Exit(3)
	b.AddImage(adaptertest.FakeImage{Reference: "app", Command: []string{"serve"}, Executables: noting})
	web, _ := b.project.Service("web")
	web.PostStart, web.PreStop = post, pre
	return ran
}

func commands(names ...string) (out []declared.Hook) {
	for _, n := range names {
		out = append(out, declared.Hook{Command: []string{n}})
	}
	return out
}

func started(hooks int) plan.Action {
	return plan.StartContainer{ID: "shop-web-1", Service: "web", Number: 1, Hooks: hooks}
}

func stopped(hooks int) plan.Action {
	return plan.StopContainer{ID: "shop-web-1", Service: "web", Grace: 10 * time.Second, Hooks: hooks}
}

// slowly takes two seconds.
func slowly(p *adaptertest.Process) int {
	select {
	case <-time.After(2 * time.Second):
		return 0
	case <-p.Context.Done():
		return 137
	}
}

func TestHooksOfAStart(t *testing.T) {
	onBench(t, func(b *bench) {
		ran := b.hooks(commands("warm", "greet"), nil, map[string]adaptertest.Program{"warm": slowly, "greet": adaptertest.Print("hello\n", "", 0)})
		b.parallel = 1
		b.do(b.network(), b.container("web"), b.container("db"))
		b.restartClock()
		// A hook holds no slot: db boots meanwhile.
		assert.NilError(b, b.through(b.Fake, started(2), start("db")))
		assert.Equal(b, len(*ran), 2)
		assert.Assert(b, strings.HasSuffix((*ran)[0], " warm") && strings.HasSuffix((*ran)[1], " greet"), "%v", *ran)
		assert.Assert(b, b.status("db").Called.Sub(b.began) < 2*time.Second)
		assert.DeepEqual(b, b.told[len(b.told)-1], "shop-web-1 Done Started") // not before they have run
	})
}

func TestHooksOfAStartThatFail(t *testing.T) {
	onBench(t, func(b *bench) {
		ran := b.hooks(commands("break", "greet"), nil, map[string]adaptertest.Program{
			"break": adaptertest.Print("", "no way\n", 3), "greet": adaptertest.Exit(0),
		})
		b.do(b.network(), b.container("web"))
		err := b.through(b.Fake, started(2))
		assert.Error(b, err, "web hook exited with status 3: no way")
		assert.Equal(b, len(*ran), 1)
		assert.Equal(b, b.told[len(b.told)-1], "shop-web-1 Error Error: web hook exited with status 3: no way")
		assert.Assert(b, b.runs("shop-web-1"), "it is left running, as Docker Compose leaves it")
	})
}

func TestHooksOfAStartThatIsOver(t *testing.T) {
	onBench(t, func(b *bench) {
		b.hooks(commands("greet"), nil, map[string]adaptertest.Program{"greet": adaptertest.Exit(0)})
		b.project.Services[0].Command = []string{"fail"}
		b.do(b.network(), b.container("web"))
		err := b.through(b.Fake, started(1))
		assert.Error(b, err, "container shop-web-1 ended before its post_start hooks could run")
	})
}

// The hooks of a stop come before its signal, and nothing is stopped when one fails.
func TestHooksOfAStop(t *testing.T) {
	onBench(t, func(b *bench) {
		ran := b.hooks(nil, commands("drain", "refuse"), map[string]adaptertest.Program{"drain": slowly, "refuse": adaptertest.Print("busy", "", 4)})
		b.do(b.network(), b.container("web"), start("web"))
		b.restartClock()
		err := b.through(b.Fake, stopped(2))
		assert.Error(b, err, "web hook exited with status 4: busy")
		assert.DeepEqual(b, *ran, []string{"0 drain", "2 refuse"})
		assert.Assert(b, b.runs("shop-web-1"))
		assert.Assert(b, !contains(b.called, adapter.OpKillContainer), "%v", b.called)

		b.project.Services[0].PreStop = commands("drain")
		b.restartClock()
		assert.NilError(b, b.through(b.Fake, stopped(1)))
		assert.DeepEqual(b, kills(b.called), []string{"2 kill container shop-web-1"})
		assert.Assert(b, !b.runs("shop-web-1"))

		*ran = nil
		b.do(stopped(1)) // it does not run: there is nobody to run them in
		assert.Equal(b, len(*ran), 0)
	})
}

// A user without patience does not wait for hooks either.
func TestForceEndsTheHooksOfAStop(t *testing.T) {
	onBench(t, func(b *bench) {
		forever := func(p *adaptertest.Process) int { <-p.Context.Done(); return 137 }
		b.hooks(nil, commands("forever"), map[string]adaptertest.Program{"forever": forever})
		b.do(b.network(), b.container("web"), start("web"))
		b.force = make(chan struct{})
		b.restartClock()
		time.AfterFunc(3*time.Second, func() { close(b.force) })
		assert.NilError(b, b.through(b.Fake, stopped(1)))
		assert.DeepEqual(b, kills(b.called), []string{"3 kill container shop-web-1"})
		assert.Assert(b, !b.runs("shop-web-1"))
	})
}

// Lines of hooks are reported to those who asked, and no value of their environment to anybody.
func TestTheOutputOfHooks(t *testing.T) {
	onBench(t, func(b *bench) {
		hook := declared.Hook{Command: []string{"greet"}, Environment: []declared.EnvVar{{Key: "TOKEN", Value: declared.NewSensitive("s3cret")}}}
		b.hooks([]declared.Hook{hook}, nil, map[string]adaptertest.Program{
			"greet": func(p *adaptertest.Process) int {
				fmt.Fprintf(p.Stdout, "%d bytes\n", len(p.Env["TOKEN"]))
				fmt.Fprintf(p.Stderr, "%s is wrong\n", p.Env["TOKEN"])
				return 1
			},
		})
		b.do(b.network(), b.container("web"))
		b.hookOutput = true
		err := b.through(b.Fake, started(1))
		assert.Error(b, err, "web hook exited with status 1: <redacted> is wrong")
		assert.DeepEqual(b, b.hookLines, []string{"shop-web-1 6 bytes", "shop-web-1 s3cret is wrong"}) // as in its log
		assert.Assert(b, !strings.Contains(strings.Join(b.told, "\n"), "s3cret"))

		b.hookLines, b.hookOutput = nil, false
		b.do(plan.StopContainer{ID: "shop-web-1", Grace: time.Second})
		assert.ErrorContains(b, b.through(b.Fake, started(1)), "hook exited")
		assert.Equal(b, len(b.hookLines), 0)
	})
}

func contains(called []string, op string) bool {
	for _, c := range called {
		if strings.Contains(c, " "+op+" ") {
			return true
		}
	}
	return false
}

func kills(called []string) (out []string) {
	for _, c := range called {
		if strings.Contains(c, " "+adapter.OpKillContainer+" ") {
			out = append(out, c)
		}
	}
	return out
}
