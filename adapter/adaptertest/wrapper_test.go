package adaptertest

import (
	"bytes"
	"context"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

// local are the methods that do not reach the runtime.
var local = map[string]bool{"Name": true, "Capabilities": true, "NormaliseReference": true}

func TestEveryMethodThatReachesTheRuntimeIsRecordedUnderItsOwnOperation(t *testing.T) {
	calls := NewCalls(NewFake())
	iface := reflect.TypeFor[adapter.RuntimeAdapter]()
	seen := map[string]string{}
	for i := range iface.NumMethod() {
		name := iface.Method(i).Name
		if local[name] {
			continue
		}
		calls.Reset()
		method := reflect.ValueOf(calls).MethodByName(name)
		args := []reflect.Value{reflect.ValueOf(context.Background())}
		for n := 1; n < method.Type().NumIn(); n++ {
			args = append(args, reflect.Zero(method.Type().In(n)))
		}
		method.Call(args)
		list := calls.List()
		assert.Equal(t, len(list), 1, name)
		assert.Assert(t, knownOps[list[0].Op], name)
		assert.Equal(t, seen[list[0].Op], "", "%s and %s share an operation", name, seen[list[0].Op])
		seen[list[0].Op] = name
	}
	assert.Equal(t, len(seen), len(knownOps))
}

func TestFaultyFailsBeforeAndAfterTheEffect(t *testing.T) {
	ctx := context.Background()
	fake := NewFake()
	faulty, err := NewFaulty(fake, "create-volume@1:fail=timeout; mutation@2:fail-after; list-volumes@2:fail")
	assert.NilError(t, err)

	err = faulty.CreateVolume(ctx, adapter.VolumeRequest{Name: "a"})
	assert.Assert(t, Injected(err))
	assert.Equal(t, adapter.KindOf(err), adapter.Timeout)
	err = faulty.CreateVolume(ctx, adapter.VolumeRequest{Name: "b"})
	assert.Assert(t, Injected(err))
	assert.NilError(t, faulty.CreateVolume(ctx, adapter.VolumeRequest{Name: "c"}))

	list, err := faulty.ListVolumes(ctx)
	assert.NilError(t, err)
	assert.Equal(t, len(list), 2)
	assert.Equal(t, list[0].Name, "b")
	_, err = faulty.ListVolumes(ctx)
	assert.Assert(t, Injected(err))
	assert.Equal(t, faulty.Hits(), 3)
}

func TestFaultyHangsUntilTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := NewFake()
		faulty, err := NewFaulty(fake, "1:hang;2:hang-after;3:delay=1h")
		assert.NilError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		assert.Equal(t, adapter.KindOf(faulty.CreateVolume(ctx, adapter.VolumeRequest{Name: "a"})), adapter.Timeout)
		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		assert.Equal(t, adapter.KindOf(faulty.CreateVolume(ctx, adapter.VolumeRequest{Name: "b"})), adapter.Timeout)
		before := time.Now()
		assert.NilError(t, faulty.CreateVolume(t.Context(), adapter.VolumeRequest{Name: "c"}))
		assert.Equal(t, time.Since(before), time.Hour)
		volumes := fake.Snapshot().Volumes
		assert.Equal(t, len(volumes), 2)
		assert.Equal(t, volumes[0].Name+volumes[1].Name, "bc")
	})
}

func TestFaultyRefusesRulesItCannotRead(t *testing.T) {
	for _, rules := range []string{"x", "0:fail", "nothing@1:fail", "1:explode", "1:fail=unheard-of", "1:delay=long", "-1:fail", "a:fail"} {
		_, err := NewFaulty(NewFake(), rules)
		assert.ErrorContains(t, err, "fault", rules)
	}
}

func TestSlowWaitsAndCallsCountsWhatRunsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := NewCalls(NewSlow(NewFake(), func(c Call) time.Duration { return time.Minute }))
		before := time.Now()
		done := make(chan error)
		for range 3 {
			go func() { done <- calls.Ping(t.Context()) }()
		}
		for range 3 {
			assert.NilError(t, <-done)
		}
		assert.Equal(t, time.Since(before), time.Minute)
		assert.Equal(t, calls.MostAtOnce(adapter.OpPing), 3)
		assert.Equal(t, calls.Count(adapter.OpPing), 3)
		assert.Equal(t, len(calls.Mutations()), 0)
	})
}

func TestFakeRefusesWhatItWasNotTold(t *testing.T) {
	ctx := context.Background()
	f := NewFake()
	assert.Equal(t, adapter.KindOf(f.CreateContainer(ctx, adapter.CreateRequest{ID: "web", Image: "redis"})), adapter.NotFound)
	assert.Equal(t, adapter.KindOf(f.PullImage(ctx, adapter.PullRequest{Reference: "redis"})), adapter.NotFound)
	assert.Equal(t, adapter.KindOf(f.BuildImage(ctx, adapter.BuildRequest{Tags: []string{"web"}})), adapter.Refused)
	f.AddImage(FakeImage{Reference: "redis", Command: []string{"redis-server"}})
	assert.NilError(t, f.CreateContainer(ctx, adapter.CreateRequest{ID: "web", Image: "redis"}))
	_, err := f.StartAttached(ctx, adapter.StartRequest{ID: "web"})
	assert.Equal(t, adapter.KindOf(err), adapter.Refused)
	assert.ErrorContains(t, err, "was not told what redis-server does")
}

func TestFakeBehaviourGovernsEndAndProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFake()
		f.AddImage(FakeImage{Reference: "app", Command: []string{"app"}})
		assert.NilError(t, f.CreateContainer(t.Context(), adapter.CreateRequest{
			ID: "app", Image: "app", Behaviour: &adapter.Behaviour{ReadyAfter: 3 * time.Second, RunFor: 10 * time.Second, ExitCode: 4},
		}))
		exited := make(chan int)
		go func() {
			code, err := f.StartAttached(t.Context(), adapter.StartRequest{ID: "app"})
			assert.Check(t, err)
			exited <- code
		}()
		assert.NilError(t, f.AwaitRunning(t.Context(), "app"))
		probe := adapter.ExecRequest{ID: "app", Command: []string{"true"}}
		code, err := f.Exec(t.Context(), probe)
		assert.NilError(t, err)
		assert.Equal(t, code, 1)
		time.Sleep(4 * time.Second)
		code, err = f.Exec(t.Context(), probe)
		assert.NilError(t, err)
		assert.Equal(t, code, 0)
		assert.Equal(t, <-exited, 4)
	})
}

func TestFakeStopsItsServicesAndEndsWhatRuns(t *testing.T) {
	f := NewFake()
	f.AddImage(FakeImage{Reference: "app", Command: []string{"app"}, Program: Serve})
	assert.NilError(t, f.CreateContainer(t.Context(), adapter.CreateRequest{ID: "app", Image: "app"}))
	exited := make(chan int)
	go func() {
		var out bytes.Buffer
		code, _ := f.StartAttached(context.Background(), adapter.StartRequest{ID: "app", Stdout: &out})
		exited <- code
	}()
	assert.NilError(t, f.AwaitRunning(t.Context(), "app"))
	f.SetDown(true)
	assert.Equal(t, <-exited, killedCode)
	_, err := f.ListContainers(t.Context())
	assert.Equal(t, adapter.KindOf(err), adapter.NotRunning)
	f.SetDown(false)
	c, err := f.InspectContainer(t.Context(), "app")
	assert.NilError(t, err)
	assert.Assert(t, c.Started.IsZero() && c.State == adapter.StateStopped)
}

func TestFakeGivesANewAddressAtEachStartAndReleasesPorts(t *testing.T) {
	f := NewFake()
	f.AddImage(FakeImage{Reference: "app", Command: []string{"app"}, Program: Serve})
	assert.NilError(t, f.CreateContainer(t.Context(), adapter.CreateRequest{
		ID: "app", Image: "app", Ports: []adapter.Port{{HostPort: 8080, ContainerPort: 80, Protocol: "tcp"}},
	}))
	seen := map[string]bool{}
	for range 3 {
		exited := make(chan int)
		go func() {
			code, err := f.StartAttached(context.Background(), adapter.StartRequest{ID: "app"})
			assert.Check(t, err)
			exited <- code
		}()
		assert.NilError(t, f.AwaitRunning(t.Context(), "app"))
		c, err := f.InspectContainer(t.Context(), "app")
		assert.NilError(t, err)
		seen[c.Addresses[0].IPv4.String()] = true
		assert.NilError(t, f.StopContainer(t.Context(), "app", "", time.Minute))
		assert.Equal(t, <-exited, 0)
	}
	assert.Equal(t, len(seen), 3)
	f.HoldPort(8080, "tcp", true)
	_, err := f.StartAttached(t.Context(), adapter.StartRequest{ID: "app"})
	assert.Equal(t, adapter.KindOf(err), adapter.PortInUse)
}

func TestFakeHidesAContainerFromOneListing(t *testing.T) {
	f := NewFake()
	f.AddImage(FakeImage{Reference: "app", Command: []string{"app"}})
	assert.NilError(t, f.CreateContainer(t.Context(), adapter.CreateRequest{ID: "app", Image: "app"}))
	f.HideOnce("app")
	for _, want := range []int{0, 1} {
		list, err := f.ListContainers(t.Context())
		assert.NilError(t, err)
		assert.Equal(t, len(list), want)
	}
}
