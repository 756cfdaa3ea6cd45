//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/pkg/stdcopy"
)

// logsAsk is the command line of logs.
type logsAsk struct {
	id     string
	follow bool
	lines  *int64 // -n
}

// containerLogs prints the log of the current or last run: one merged stream without times (reference 2.11).
func (c *call) containerLogs(ask logsAsk) error {
	record, _, err := c.known(ask.id)
	if err != nil {
		return err
	}
	if record == nil {
		return fail(codeInternalError, "failed to open container logs").because(fail(codeNotFound, "container with ID %s not found", ask.id))
	}
	if record.Run == nil {
		return fail(codeInternalError, "failed to open container logs: the file \u201cstdio.log\u201d couldn\u2019t be opened because there is no such file.")
	}
	until := time.Now()
	text, err := c.readLog(record, record.Run.Since, until)
	if err != nil {
		return err
	}
	if ask.lines == nil {
		if !utf8.Valid(text) {
			return fail(codeInternalError, "failed to convert container logs to utf8")
		}
		c.print(strings.Trim(string(text), "\n"))
		if !ask.follow || len(text) == 0 {
			return nil
		}
	} else {
		for _, line := range lastLines(string(text), *ask.lines) {
			c.print(line)
		}
		if !ask.follow {
			return nil
		}
	}
	return c.followLog(record, until)
}

// lastLines gives the last n lines, empty ones dropped.
func lastLines(text string, n int64) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" {
			lines = append(lines, line)
		}
	}
	if n < int64(len(lines)) {
		lines = lines[int64(len(lines))-max(n, 0):]
	}
	return lines
}

// readLog gives what the process wrote in a stretch of time. Docker keeps the output of all runs; the runtime truncates its
// file at each start, so only what came after the last start counts.
func (c *call) readLog(record *containerRecord, since, until time.Time) ([]byte, error) {
	docker, err := c.engine()
	if err != nil {
		return nil, err
	}
	stream, err := docker.ContainerLogs(c.ctx, record.DockerID, container.LogsOptions{
		ShowStdout: true, ShowStderr: true, Since: nanoTime(since), Until: nanoTime(until),
	})
	if err != nil {
		return nil, fmt.Errorf("read logs: %w", c.engineError(err))
	}
	defer stream.Close()
	var text bytes.Buffer
	if err := copyLog(&text, stream, record.Configuration.InitProcess.Terminal); err != nil {
		return nil, fmt.Errorf("read logs: %w", err)
	}
	return text.Bytes(), nil
}

func copyLog(to io.Writer, from io.Reader, terminal bool) error {
	var err error
	if terminal {
		_, err = io.Copy(to, from)
	} else {
		_, err = stdcopy.StdCopy(to, to, from)
	}
	return err
}

// nanoTime is Docker's spelling of a time: seconds and nanoseconds.
func nanoTime(t time.Time) string { return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()) }

// followLog prints what comes after a moment. It never ends by itself: not when the container stops, and it goes on when
// that is started again.
func (c *call) followLog(record *containerRecord, since time.Time) error {
	docker, err := c.engine()
	if err != nil {
		return err
	}
	printer := &followPrinter{to: c.stdout}
	seen := since // starts before this moment have been dealt with
	for {
		// The subscription comes before the log is read, so that a start in between is not missed.
		ctx, cancel := context.WithCancel(c.ctx)
		starts, broken := docker.Events(ctx, events.ListOptions{
			Since: nanoTime(seen), Filters: filters.NewArgs(filters.Arg("container", record.DockerID), filters.Arg("event", "start")),
		})
		err := c.copyRun(printer, record, since)
		if err == nil {
			select {
			case start := <-starts:
				seen = time.Unix(0, start.TimeNano+1)
				since, err = c.beginOfRun(record, seen)
			case <-broken:
				select {} // the engine has gone: the file does not grow any more, and following it does not end
			}
		}
		cancel()
		if err != nil {
			return err
		}
	}
}

// copyRun prints what comes until the container stops; nothing when it has been deleted.
func (c *call) copyRun(to io.Writer, record *containerRecord, since time.Time) error {
	stream, err := c.docker.ContainerLogs(c.ctx, record.DockerID, container.LogsOptions{
		ShowStdout: true, ShowStderr: true, Follow: true, Since: nanoTime(since),
	})
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("follow logs: %w", c.engineError(err))
	}
	defer stream.Close()
	if err := copyLog(to, stream, record.Configuration.InitProcess.Terminal); err != nil {
		return fmt.Errorf("follow logs: %w", err)
	}
	return nil
}

// beginOfRun gives the moment before the last start, which Docker's event comes after: the process may have written by then.
func (c *call) beginOfRun(record *containerRecord, fallback time.Time) (time.Time, error) {
	current, err := c.store.read()
	if err != nil {
		return fallback, err
	}
	if now := current.Containers[record.Configuration.ID]; now != nil && now.DockerID == record.DockerID && now.Run != nil {
		return now.Run.Since, nil
	}
	return fallback, nil
}

// followPrinter drops empty lines and cuts a chunk at its end, as the runtime's reader does.
type followPrinter struct{ to io.Writer }

// Write prints the lines of a chunk.
func (p *followPrinter) Write(chunk []byte) (int, error) {
	if !utf8.Valid(chunk) {
		return len(chunk), nil
	}
	for line := range strings.SplitSeq(string(chunk), "\n") {
		if line == "" {
			continue
		}
		if _, err := fmt.Fprintln(p.to, line); err != nil {
			return 0, err
		}
	}
	return len(chunk), nil
}
