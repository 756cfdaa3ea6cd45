package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
)

// The test binary is the recorder and the spawner too: recorders are real processes, and so are those that die.
const (
	roleVariable    = "RECORD_TEST_ROLE"    // "recorder" or "spawner"
	runtimeVariable = "RECORD_TEST_RUNTIME" // folder of the scripted runtime
	requestVariable = "RECORD_TEST_REQUEST" // of the spawner, as JSON
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "recorder":
		os.Exit(Main(os.Args[2:], openScripted))
	case "spawner":
		os.Exit(spawnerMain())
	}
	os.Exit(m.Run())
}

func openScripted(lookup func(string) (string, bool)) (adapter.RuntimeAdapter, error) {
	dir, ok := lookup(runtimeVariable)
	if !ok {
		return nil, errors.New("no runtime in this environment")
	}
	return scripted{dir: dir}, nil
}

// spawnerMain spawns a recorder, says so, and waits to be killed.
func spawnerMain() int {
	var r SpawnRequest
	if err := json.Unmarshal([]byte(os.Getenv(requestVariable)), &r); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	r.Env = append(os.Environ(), roleVariable+"=recorder")
	if os.Getenv("RECORD_TEST_LOCK") != "" {
		r.Lock = os.NewFile(3, "lock")
	}
	h, err := Spawn(context.Background(), r)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("spawned", h.PID)
	select {}
}

// scripted is a runtime that runs a shell script for each container, ID.sh in its folder, with real processes and
// pipes. It keeps when a script was started last, to the second as Apple container does, in ID.json. A script named
// ID.fail makes the start fail with its text.
type scripted struct {
	adapter.RuntimeAdapter
	dir string
}

func (s scripted) Capabilities() adapter.Capabilities {
	return adapter.Capabilities{StartFailureIsExit1: true}
}

func (s scripted) path(name string) string { return filepath.Join(s.dir, name) }

func (s scripted) StartAttached(ctx context.Context, r adapter.StartRequest) (int, error) {
	if text, err := os.ReadFile(s.path(r.ID + ".fail")); err == nil {
		return -1, &adapter.Error{Kind: adapter.PortInUse, Op: "start container", Resource: r.ID, Words: string(text), ExitCode: 1}
	}
	cmd := exec.Command("/bin/sh", s.path(r.ID+".sh"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r.Stdin, r.Stdout, r.Stderr
	cmd.Env = append(os.Environ(), "RUNTIME="+s.dir)
	if err := cmd.Start(); err != nil {
		return -1, err
	}
	s.save(adapter.Container{ID: r.ID, State: adapter.StateRunning, Started: time.Now().Truncate(time.Second).UTC()})
	if err := cmd.Wait(); err != nil && cmd.ProcessState == nil {
		return -1, err
	}
	c, _ := s.load(r.ID)
	c.State = adapter.StateStopped
	s.save(c)
	return cmd.ProcessState.ExitCode(), nil
}

func (s scripted) InspectContainer(_ context.Context, id string) (adapter.Container, error) {
	if _, err := os.Stat(s.path("down")); err == nil {
		return adapter.Container{}, &adapter.Error{Kind: adapter.NotRunning, Op: "inspect container", Resource: id}
	}
	return s.load(id)
}

func (s scripted) load(id string) (adapter.Container, error) {
	data, err := os.ReadFile(s.path(id + ".json"))
	if err != nil {
		return adapter.Container{ID: id, State: adapter.StateStopped}, nil
	}
	var c adapter.Container
	return c, json.Unmarshal(data, &c)
}

func (s scripted) save(c adapter.Container) {
	data, err := json.Marshal(c)
	if err == nil {
		err = os.WriteFile(s.path("."+c.ID), data, 0o600)
	}
	if err == nil {
		err = os.Rename(s.path("."+c.ID), s.path(c.ID+".json"))
	}
	if err != nil {
		panic(err)
	}
}
