package adaptertest

import (
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

var lifecycleCases = []conformanceCase{
	{name: "a container is created stopped, runs, stops and is gone", run: testLifecycle},
	{name: "a container that exists is not created again", run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-twice", serves))
		wantKind(t, s.CreateContainer(t.Context(), s.request("hwtest-twice", sleeps)), adapter.Exists)
	}},
	{name: "calls about an absent container say not found", run: testAbsent},
	{name: "calls in the wrong state say so", run: testWrongState},
	{name: "a stop sends the signal and waits", run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-stop", serves))
		a := s.startAndAwait(t, "hwtest-stop")
		assert.NilError(t, s.StopContainer(t.Context(), "hwtest-stop", "", 30*time.Second))
		assert.Equal(t, s.inspect(t, "hwtest-stop").State, adapter.StateStopped)
		r := a.wait(t, s)
		assert.NilError(t, r.err)
		assert.Equal(t, r.code, s.code(7))
		assert.NilError(t, s.StopContainer(t.Context(), "hwtest-stop", "", time.Second), "a second stop does nothing")
	}},
	{name: "a stop with a signal of its own", run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-stophup", serves))
		a := s.startAndAwait(t, "hwtest-stophup")
		assert.NilError(t, s.StopContainer(t.Context(), "hwtest-stophup", "SIGHUP", 30*time.Second))
		assert.Equal(t, a.wait(t, s).code, s.code(8))
	}},
	{name: "a stop kills when the grace period ends", needs: processes, run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-grace", sleeps))
		a := s.startAndAwait(t, "hwtest-grace")
		before := time.Now()
		assert.NilError(t, s.StopContainer(t.Context(), "hwtest-grace", "", time.Second))
		assert.Assert(t, time.Since(before) >= time.Second, "the grace period was not kept")
		assert.Equal(t, a.wait(t, s).code, killedCode)
	}},
	{name: "a stop without grace kills at once", needs: processes, run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-nograce", sleeps))
		a := s.startAndAwait(t, "hwtest-nograce")
		assert.NilError(t, s.StopContainer(t.Context(), "hwtest-nograce", "", 0))
		assert.Equal(t, a.wait(t, s).code, killedCode)
	}},
	{name: "a kill delivers a signal", run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-kill", serves))
		a := s.startAndAwait(t, "hwtest-kill")
		assert.NilError(t, s.KillContainer(t.Context(), "hwtest-kill", "SIGHUP"))
		assert.Equal(t, a.wait(t, s).code, s.code(8))
		a = s.startAndAwait(t, "hwtest-kill")
		assert.NilError(t, s.KillContainer(t.Context(), "hwtest-kill", ""))
		assert.Equal(t, a.wait(t, s).code, killedCode)
	}},
	{name: "a delete by force ends what runs", run: func(t *testing.T, s *suite) {
		s.create(t, s.request("hwtest-force", sleeps))
		a := s.startAndAwait(t, "hwtest-force")
		assert.NilError(t, s.DeleteContainer(t.Context(), "hwtest-force", true))
		assert.Assert(t, a.wait(t, s).code != 0)
		_, err := s.InspectContainer(t.Context(), "hwtest-force")
		wantKind(t, err, adapter.NotFound)
	}},
	{name: "a container keeps its root file system until it is deleted", needs: processes, run: func(t *testing.T, s *suite) {
		r := s.request("hwtest-rootfs", remembers, "/remembered", "first")
		assert.Equal(t, s.runToEnd(t, r).stdout, "")
		assert.Equal(t, s.start(t, r.ID).stdout, "first")
		assert.NilError(t, s.DeleteContainer(t.Context(), r.ID, false))
		assert.Equal(t, s.runToEnd(t, r).stdout, "")
	}},
	{name: "names that the runtime has no container of are refused", run: func(t *testing.T, s *suite) {
		for _, id := range []string{"", "x", "-web", "a/b", "web!"} {
			r := s.request(id, serves)
			err := s.CreateContainer(t.Context(), r)
			if err == nil {
				s.removeLater(t, id)
			}
			wantKind(t, err, adapter.Refused)
		}
	}},
	{name: "labels come back exactly", run: testLabels},
	{name: "memory and CPUs come back, with the defaults that the capabilities name", run: testResources},
	{name: "two containers start and stop at the same time", run: func(t *testing.T, s *suite) {
		ids := []string{"hwtest-both1", "hwtest-both2"}
		var running []attached
		for _, id := range ids {
			s.create(t, s.request(id, serves))
			running = append(running, s.startAndAwait(t, id))
		}
		errs := make(chan error)
		for _, id := range ids {
			go func() { errs <- s.StopContainer(t.Context(), id, "", 30*time.Second) }()
		}
		for i := range ids {
			assert.NilError(t, <-errs)
			assert.Equal(t, running[i].wait(t, s).code, s.code(7))
		}
	}},
}

func testLifecycle(t *testing.T, s *suite) {
	id := "hwtest-life"
	r := s.request(id, serves)
	r.Labels = map[string]string{"com.docker.compose.project": "life"}
	before := time.Now().Add(-2 * time.Second)
	s.create(t, r)
	c := s.inspect(t, id)
	assert.Equal(t, c.State, adapter.StateStopped)
	assert.Assert(t, c.Started.IsZero(), "started %s", c.Started)
	assert.Assert(t, c.Created.After(before), "created %s", c.Created)
	reference, err := s.NormaliseReference(s.Image)
	assert.NilError(t, err)
	assert.Equal(t, c.Image, reference)
	assert.Equal(t, c.Executable, "sh")
	images, err := s.ListImages(t.Context())
	assert.NilError(t, err)
	image, found := (&adapter.Snapshot{Images: images}).Image(reference)
	assert.Assert(t, found, "%s is not listed", reference)
	assert.Equal(t, c.Digest, image.Digest)
	assert.Equal(t, len(c.Addresses), 0)

	a := s.startAndAwait(t, id)
	list, err := s.ListContainers(t.Context())
	assert.NilError(t, err)
	listed, found := (&adapter.Snapshot{Containers: list}).Container(id)
	assert.Assert(t, found)
	assert.Assert(t, listed.Running())
	assert.Assert(t, listed.Started.After(before), "started %s", listed.Started)
	assert.Equal(t, len(listed.Networks), 1, "the default network")
	assert.Equal(t, len(listed.Addresses), 1)
	assert.Assert(t, listed.Addresses[0].IPv4.Is4() && listed.Addresses[0].Gateway.Is4(), "%+v", listed.Addresses)
	assert.DeepEqual(t, listed.Labels, r.Labels)
	assert.DeepEqual(t, s.inspect(t, id).Labels, r.Labels)

	assert.NilError(t, s.StopContainer(t.Context(), id, "", 30*time.Second))
	assert.Equal(t, a.wait(t, s).code, s.code(7))
	c = s.inspect(t, id)
	assert.Assert(t, !c.Started.IsZero() && len(c.Addresses) == 0, "%+v", c)
	assert.NilError(t, s.DeleteContainer(t.Context(), id, false))
	list, err = s.ListContainers(t.Context())
	assert.NilError(t, err)
	_, found = (&adapter.Snapshot{Containers: list}).Container(id)
	assert.Assert(t, !found)
}

func testAbsent(t *testing.T, s *suite) {
	const id = "hwtest-absent"
	_, err := s.InspectContainer(t.Context(), id)
	wantKind(t, err, adapter.NotFound)
	_, err = s.StartAttached(t.Context(), adapter.StartRequest{ID: id})
	wantKind(t, err, adapter.NotFound)
	wantKind(t, s.StopContainer(t.Context(), id, "", time.Second), adapter.NotFound)
	wantKind(t, s.KillContainer(t.Context(), id, ""), adapter.NotFound)
	wantKind(t, s.DeleteContainer(t.Context(), id, false), adapter.NotFound)
	wantKind(t, s.DeleteContainer(t.Context(), id, true), adapter.NotFound)
	_, err = s.Exec(t.Context(), adapter.ExecRequest{ID: id, Command: []string{"true"}})
	wantKind(t, err, adapter.NotFound)
}

func testWrongState(t *testing.T, s *suite) {
	const id = "hwtest-state"
	s.create(t, s.request(id, serves))
	wantKind(t, s.KillContainer(t.Context(), id, "TERM"), adapter.WrongState)
	_, err := s.Exec(t.Context(), adapter.ExecRequest{ID: id, Command: exits.command("0")})
	wantKind(t, err, adapter.WrongState)
	assert.NilError(t, s.StopContainer(t.Context(), id, "", time.Second), "a stop of a stopped container does nothing")
	s.startAndAwait(t, id)
	_, err = s.StartAttached(t.Context(), adapter.StartRequest{ID: id})
	wantKind(t, err, adapter.WrongState)
	wantKind(t, s.DeleteContainer(t.Context(), id, false), adapter.WrongState)
	assert.Assert(t, func() bool { c := s.inspect(t, id); return c.Running() }(), "a refused call must not end it")
}

func testLabels(t *testing.T, s *suite) {
	r := s.request("hwtest-labels", serves)
	r.Labels = map[string]string{
		"empty": "", "blank": " two  words ", "quotes": `"x" 'y' \z`, "colon": "a:b,c", "UPPER_case.key/1": "v", "utf8": "grüße ☃",
		"dashes": "--x", "json": `{"a":[1,2]}`,
	}
	s.create(t, r)
	assert.DeepEqual(t, s.inspect(t, r.ID).Labels, r.Labels)

	r = s.request("hwtest-equals", serves)
	r.Labels = map[string]string{"k": "a=b"}
	err := s.CreateContainer(t.Context(), r)
	if err == nil {
		s.removeLater(t, r.ID)
	}
	if s.caps.LabelValueEquals {
		assert.NilError(t, err)
		assert.DeepEqual(t, s.inspect(t, r.ID).Labels, r.Labels)
		return
	}
	wantKind(t, err, adapter.Refused)
	_, err = s.InspectContainer(t.Context(), r.ID)
	wantKind(t, err, adapter.NotFound)
}

func testResources(t *testing.T, s *suite) {
	s.create(t, s.request("hwtest-default", serves))
	c := s.inspect(t, "hwtest-default")
	assert.Equal(t, c.Memory, s.caps.DefaultMemory)
	assert.Equal(t, c.CPUs, s.caps.DefaultCPUs)

	r := s.request("hwtest-asked", serves)
	r.Memory, r.CPUs = s.caps.MinMemory+64<<20, 2
	s.create(t, r)
	c = s.inspect(t, r.ID)
	assert.Equal(t, c.Memory, r.Memory)
	assert.Equal(t, c.CPUs, 2)

	if s.caps.MinMemory > 0 {
		r := s.request("hwtest-little", serves)
		r.Memory = s.caps.MinMemory - 1<<20
		wantKind(t, s.CreateContainer(t.Context(), r), adapter.Refused)
	}
}
