//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// output runs a command and returns what it printed on standard output. The
// error carries the end of what it printed on standard error.
func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s %s: %w%s", name, strings.Join(args, " "), err, lastLines(stderr.String(), 5))
	}
	return stdout.String(), nil
}

// logged runs a command with its output in a log file, which the error names.
func (l layout) logged(ctx context.Context, log string, cmd *exec.Cmd) error {
	path := l.logFile(log)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	fmt.Fprintf(f, "+ %s\n", strings.Join(cmd.Args, " "))
	cmd.Stdout, cmd.Stderr = f, f
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		text, _ := os.ReadFile(path)
		return fmt.Errorf("%s: %w (log: %s)%s", filepath.Base(cmd.Path), err, path, lastLines(string(text), 12))
	}
	return nil
}

// maxLine bounds a quoted line, in bytes: a Dockerfile's RUN is one line, however long.
const maxLine = 200

// lastLines returns the last n non-empty lines of text, shortened and indented,
// each on a line of its own, ready to follow an error message.
func lastLines(text string, n int) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	var b strings.Builder
	for _, line := range lines[max(0, len(lines)-n):] {
		if len(line) > maxLine {
			line = line[:maxLine] + "..."
		}
		b.WriteString("\n  " + line)
	}
	return b.String()
}
