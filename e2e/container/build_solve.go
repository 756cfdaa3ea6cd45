//go:build linux

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/client"
	control "github.com/moby/buildkit/api/services/control"
)

// solveAsk is one build, ready for the engine.
type solveAsk struct {
	build     buildAsk
	platform  platform
	arguments map[string]string
	files     buildFiles
	log       *buildLog
}

// solve runs the build and gives the engine's ID of the image; "" for builds into files.
func (c *call) solve(ctx context.Context, ask solveAsk) (string, error) {
	docker, err := c.engine()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	session, run, err := openBuildSession(ctx, docker, ask.files)
	if err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- run() }()
	id, err := c.sendBuild(ctx, docker, session.ID(), ask)
	closeErr := session.Close()
	cancel()
	<-ended // how the session ends says nothing: the answer of the build counts
	if err == nil && closeErr != nil && !errors.Is(closeErr, context.Canceled) {
		err = fmt.Errorf("close build session: %w", closeErr)
	}
	return id, err
}

func (c *call) sendBuild(ctx context.Context, docker *client.Client, session string, ask solveAsk) (string, error) {
	options := build.ImageBuildOptions{
		Version: build.BuilderBuildKit, RemoteContext: "client-session", SessionID: session, Dockerfile: "Dockerfile",
		Target: ask.build.target, NoCache: ask.build.noCache, BuildArgs: map[string]*string{}, Labels: keyValues(ask.build.labels),
		// The runtime's builder sits behind NAT and reaches what the Mac reaches; the engine's bridge may reach less than its host.
		NetworkMode: "host",
	}
	for key, value := range ask.arguments {
		options.BuildArgs[key] = &value
	}
	host, err := c.host()
	if err != nil {
		return "", err
	}
	if !ask.platform.same(platform{OS: "linux", Architecture: host.Architecture}) {
		options.Platform = ask.platform.text()
	}
	if kind := ask.files.output.kind; kind != "oci" {
		options.Outputs = []build.ImageBuildOutput{{Type: kind, Attrs: map[string]string{}}}
	}
	answer, err := docker.ImageBuild(ctx, nil, options)
	if err != nil {
		return "", solveError(c.engineError(err))
	}
	defer answer.Body.Close()
	id := ""
	err = readEngineStream(answer.Body, func(line json.RawMessage) error {
		return ask.log.read(line, &id)
	})
	if err != nil {
		return "", solveError(err)
	}
	return id, nil
}

// solveError gives the runtime's form of a failed build.
func solveError(err error) error {
	var apple *appleError
	if errors.As(err, &apple) {
		return fail(codeUnknown, "failed to solve: %s", apple.message)
	}
	if errors.Is(err, errDaemonDown) {
		return err
	}
	return fail(codeUnknown, "failed to solve: %s", err)
}

// read takes one line of the engine's answer.
func (l *buildLog) read(line json.RawMessage, id *string) error {
	var message struct {
		ID  string          `json:"id"`
		Aux json.RawMessage `json:"aux"`
	}
	if err := json.Unmarshal(line, &message); err != nil {
		return fmt.Errorf("read build: %w", err)
	}
	switch message.ID {
	case "moby.image.id":
		var result build.Result
		if err := json.Unmarshal(message.Aux, &result); err != nil {
			return fmt.Errorf("read build: %w", err)
		}
		*id = result.ID
	case "moby.buildkit.trace":
		var encoded string
		if err := json.Unmarshal(message.Aux, &encoded); err != nil {
			return fmt.Errorf("read build: %w", err)
		}
		data, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return fmt.Errorf("read build: %w", err)
		}
		report := &control.StatusResponse{}
		if err := report.UnmarshalVT(data); err != nil {
			return fmt.Errorf("read build: %w", err)
		}
		l.show(report)
	}
	return nil
}
