package applecontainer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/hostwright/compose/adapter"
)

// oldest is the first version whose JSON and options this package knows: before it the listings were flat.
var oldest = [3]int{1, 0, 0}

// Version is `system version`: the client's version, and the server's where it answers.
func (a *Adapter) Version(ctx context.Context) (adapter.Version, error) {
	c := call{op: adapter.OpVersion, args: versionArgs, total: a.limits.Probe}
	output, err := a.run(ctx, c)
	var v adapter.Version
	var e *adapter.Error
	switch {
	case err == nil:
		v, err = decodeVersion(output)
	case errors.As(err, &e) && e.ExitCode == usageCode: // before 1.0.0 there was no such command
		c.args = []string{"--version"}
		if output, err = a.run(ctx, c); err == nil {
			v.Client, err = findVersion(string(output))
		}
	}
	if err != nil {
		if adapter.KindOf(err) != adapter.Unknown || errors.As(err, &e) {
			return adapter.Version{}, err
		}
		return adapter.Version{}, &adapter.Error{Kind: adapter.Unknown, Op: c.op, Err: fmt.Errorf("%w: %w", errDecode, err)}
	}
	if older(v.Client, oldest) {
		return v, &adapter.Error{
			Kind: adapter.TooOld, Op: c.op, Words: "Apple container " + v.Client + " is too old",
			Hint: "install 1.0.0 or later from https://github.com/apple/container/releases",
		}
	}
	return v, nil
}

// startServicesArgs leave the kernel alone: its installation asks on a terminal, and fetches it.
var startServicesArgs = []string{"system", "start", "--disable-kernel-install"}

// StartServices is `system start`.
func (a *Adapter) StartServices(ctx context.Context) error {
	_, err := a.run(ctx, call{op: adapter.OpStartServices, args: startServicesArgs, total: a.limits.Create})
	return err
}

// Ping is `system status`.
func (a *Adapter) Ping(ctx context.Context) error {
	c := call{op: adapter.OpPing, args: statusArgs, total: a.limits.Probe}
	output, err := a.run(ctx, c)
	var e *adapter.Error
	switch {
	case errors.As(err, &e) && e.ExitCode == 1: // its words, JSON, are on stdout
		return &adapter.Error{
			Kind: adapter.NotRunning, Op: c.op, ExitCode: 1, Words: "the runtime's services do not run", Hint: hintStart,
		}
	case err != nil:
		return err
	}
	// The rest of the answer changed its shape in 1.4.1; "status" is in both.
	var answer struct {
		Status string `json:"status"`
	}
	if err := json.Unmarshal(output, &answer); err != nil {
		return &adapter.Error{Kind: adapter.Unknown, Op: c.op, Err: fmt.Errorf("%w: %w", errDecode, err)}
	}
	if answer.Status != "running" {
		return &adapter.Error{
			Kind: adapter.NotRunning, Op: c.op, Words: "the runtime's services are " + printable(shorten(answer.Status)), Hint: hintStart,
		}
	}
	return nil
}

// versionPattern finds a version in a bare version or in a sentence such as
// "container-apiserver version 1.2.2 (build: release, commit: 1234567)", which the server gave before 1.4.1.
var versionPattern = regexp.MustCompile(`\b\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.-]+)?`)

func findVersion(text string) (string, error) {
	if v := versionPattern.FindString(text); v != "" {
		return v, nil
	}
	return "", fmt.Errorf("no version in %q", shorten(printable(text)))
}

// decodeVersion reads `system version`: an element for the client, and one for the server if that answered.
func decodeVersion(output []byte) (adapter.Version, error) {
	var parts []struct {
		AppName string `json:"appName"`
		Version string `json:"version"`
	}
	if err := json.Unmarshal(output, &parts); err != nil {
		return adapter.Version{}, err
	}
	var v adapter.Version
	for _, part := range parts {
		version, err := findVersion(part.Version)
		switch {
		case err != nil:
			return adapter.Version{}, err
		case part.AppName == "container":
			v.Client = version
		case part.AppName == "container-apiserver":
			v.Server = version
		}
	}
	if v.Client == "" {
		return adapter.Version{}, errors.New("the client's version is missing")
	}
	return v, nil
}

// older compares the numbers of a version. A build from source calls itself 0.0.0: nobody knows its age.
func older(version string, than [3]int) bool {
	var numbers [3]int
	for i, part := range regexp.MustCompile(`\d+`).FindAllString(version, 3) {
		numbers[i], _ = strconv.Atoi(part)
	}
	if numbers == [3]int{} {
		return false
	}
	for i := range numbers {
		if numbers[i] != than[i] {
			return numbers[i] < than[i]
		}
	}
	return false
}
