//go:build linux

package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	control "github.com/moby/buildkit/api/services/control"
)

// buildLog writes what the builder does as plain lines, in the form of BuildKit's plain progress.
type buildLog struct {
	to    io.Writer
	names *strings.Replacer // puts the names of the Dockerfile back
	steps map[string]*buildStep
}

type buildStep struct {
	number  int
	started time.Time
	done    bool
	rest    string // a line of output that has not ended yet
}

func newBuildLog(to io.Writer, names *strings.Replacer) *buildLog {
	return &buildLog{to: to, names: names, steps: map[string]*buildStep{}}
}

// show writes one report of the builder.
func (l *buildLog) show(report *control.StatusResponse) {
	for _, vertex := range report.GetVertexes() {
		if vertex.GetStarted() == nil {
			continue
		}
		step := l.step(vertex.GetDigest())
		if step.started.IsZero() {
			step.started = vertex.GetStarted().AsTime()
			l.line("#%d %s", step.number, vertex.GetName())
		}
		if vertex.GetCompleted() == nil || step.done {
			continue
		}
		step.done = true
		l.finish(step)
		switch {
		case vertex.GetError() != "":
			l.line("#%d ERROR: %s", step.number, vertex.GetError())
		case vertex.GetCached():
			l.line("#%d CACHED", step.number)
		default:
			l.line("#%d DONE %.1fs", step.number, vertex.GetCompleted().AsTime().Sub(step.started).Seconds())
		}
	}
	for _, output := range report.GetLogs() {
		step := l.step(output.GetVertex())
		lines := strings.Split(step.rest+string(output.GetMsg()), "\n")
		step.rest = lines[len(lines)-1]
		for _, text := range lines[:len(lines)-1] {
			seconds := 0.0
			if !step.started.IsZero() {
				seconds = output.GetTimestamp().AsTime().Sub(step.started).Seconds()
			}
			l.line("#%d %.3f %s", step.number, seconds, strings.TrimSuffix(text, "\r"))
		}
	}
}

func (l *buildLog) step(digest string) *buildStep {
	if l.steps[digest] == nil {
		l.steps[digest] = &buildStep{number: len(l.steps) + 1}
	}
	return l.steps[digest]
}

func (l *buildLog) finish(step *buildStep) {
	if step.rest != "" {
		l.line("#%d %s", step.number, step.rest)
		step.rest = ""
	}
}

func (l *buildLog) line(format string, args ...any) {
	fmt.Fprintln(l.to, l.names.Replace(fmt.Sprintf(format, args...)))
}
