//go:build linux

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/client"
	control "github.com/moby/buildkit/api/services/control"
	"golang.org/x/sys/unix"
)

// maxDockerfile is the size from which a Dockerfile is refused (since 1.0.0).
const maxDockerfile = 16 * 1024

// build runs a build on the engine's BuildKit. All errors show with their codes, since the runtime wraps them once more.
func (c *call) build(ask buildAsk) error {
	ctx, stop := signal.NotifyContext(c.ctx, unix.SIGTERM, unix.SIGINT, unix.SIGUSR1, unix.SIGUSR2)
	defer stop()
	err := c.buildImage(ctx, ask)
	if err != nil && ctx.Err() != nil {
		err = fail(codeInterrupted, "exiting on signal")
	}
	var apple *appleError
	if errors.As(err, &apple) {
		return errors.New(apple.Error())
	}
	return err
}

func (c *call) buildImage(ctx context.Context, ask buildAsk) error {
	if err := c.ensureBuilder(ask.builder); err != nil {
		return err
	}
	text, ignore, err := c.readDockerfile(ask)
	if err != nil {
		return err
	}
	secrets, err := ask.secretValues()
	if err != nil {
		return err
	}
	names := ask.imageNames()
	output, err := c.onlyOutput(ask.outputs)
	if err != nil {
		return err
	}
	wanted, err := c.buildPlatform(ask)
	if err != nil {
		return err
	}
	arguments := keyValues(ask.arguments)
	text, display, err := c.resolveBases(text, ask, wanted, arguments)
	if err != nil {
		return err
	}
	folder, err := writeDockerfile(text, ignore)
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	files := buildFiles{context: ask.context, dockerfile: folder, secrets: secrets, output: output}
	if ask.ssh {
		files.sshAgent = c.environment("SSH_AUTH_SOCK")
	}
	log := io.Discard
	if !ask.quiet {
		log = c.stderr
	}
	id, err := c.solve(ctx, solveAsk{build: ask, platform: wanted, arguments: arguments, files: files, log: newBuildLog(log, display)})
	if err != nil {
		return err
	}
	return c.finishBuild(id, names, output)
}

// readDockerfile gives the Dockerfile and, if there is one, its own .dockerignore.
func (c *call) readDockerfile(ask buildAsk) (text, ignore []byte, err error) {
	if ask.dockerfile == "-" {
		text, err = io.ReadAll(c.stdin)
	} else {
		text, err = os.ReadFile(ask.dockerfile)
		ignore, _ = os.ReadFile(ask.dockerfile + ".dockerignore")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read Dockerfile: %w", err)
	}
	if len(text) >= maxDockerfile {
		return nil, nil, fail(codeInvalidArgument, "Dockerfile size (%d bytes) exceeds the maximum allowed size of %d bytes. "+
			"See https://github.com/apple/container/issues/735.", len(text), maxDockerfile)
	}
	return text, ignore, nil
}

func (a buildAsk) secretValues() (map[string][]byte, error) {
	values := map[string][]byte{}
	for id, secret := range a.secrets {
		values[id] = secret.value
		if secret.file == "" {
			continue
		}
		data, err := os.ReadFile(secret.file)
		if err != nil {
			return nil, fmt.Errorf("read secret %s: %w", id, err)
		}
		values[id] = data
	}
	return values, nil
}

// imageNames are the names that the image gets: with a tag, but without docker.io (reference 2.16).
func (a buildAsk) imageNames() []string {
	var names []string
	for _, tag := range a.tags {
		ref, err := parseReference(tag)
		if err != nil {
			continue // judged before
		}
		names = append(names, ref.withDefaults().String())
	}
	return names
}

func (c *call) onlyOutput(texts []string) (buildOutput, error) {
	var all []buildOutput
	for _, text := range texts {
		output, err := c.parseBuildOutput(text)
		if err != nil {
			return output, err
		}
		all = append(all, output)
	}
	if len(all) != 1 {
		return buildOutput{}, fail(codeUnsupported, "the stand-in builds for one --output at a time, got %d", len(all))
	}
	return all[0], nil
}

// buildPlatform: --platform beats the environment, which beats --os and --arch. Builds for several platforms need an emulator
// and are not offered here.
func (c *call) buildPlatform(ask buildAsk) (platform, error) {
	texts := ask.platforms
	if len(texts) == 0 {
		fromEnvironment, err := c.platformFromEnvironment()
		if err != nil {
			return platform{}, err
		}
		if fromEnvironment != nil {
			return *fromEnvironment, nil
		}
		host, err := c.host()
		if err != nil {
			return platform{}, err
		}
		for _, os := range orElse(ask.oses, "linux") {
			for _, arch := range orElse(ask.arches, host.Architecture) {
				texts = append(texts, os+"/"+arch)
			}
		}
	}
	var all []platform
	for _, text := range texts {
		p, err := parseImagePlatform(text)
		if err != nil {
			return platform{}, fmt.Errorf("invalid platform specified %s", text)
		}
		if !slices.ContainsFunc(all, p.same) {
			all = append(all, p)
		}
	}
	if len(all) > 1 {
		return platform{}, fail(codeUnsupported, "the stand-in builds for one platform at a time, got %s", strings.Join(texts, ", "))
	}
	return all[0], nil
}

func orElse(values []string, fallback string) []string {
	if len(values) == 0 {
		return []string{fallback}
	}
	return values
}

// keyValues reads KEY=value; a bare KEY is left out (what the runtime does with it is not known).
func keyValues(texts []string) map[string]string {
	all := map[string]string{}
	for _, text := range texts {
		if key, value, found := strings.Cut(text, "="); found {
			all[key] = value
		}
	}
	return all
}

// resolveBases pulls what the Dockerfile needs, as create does, and names it in the text by the engine's tags. A text that
// cannot be read goes to the builder as it is, for its message.
func (c *call) resolveBases(text []byte, ask buildAsk, wanted platform, arguments map[string]string) ([]byte, *strings.Replacer, error) {
	plan, err := planDockerfile(text, c.withPlatformArguments(arguments, wanted))
	if err != nil {
		return text, strings.NewReplacer(), nil
	}
	to, back := map[string]string{}, []string{}
	for _, name := range plan.images(ask.target) {
		if !ask.quiet {
			c.log("[resolver] fetching image...%s", name)
		}
		found, err := c.baseImage(name, wanted, ask.pull)
		if err != nil {
			return nil, nil, err
		}
		to[name] = found.DockerID
		back = append(back, dockerHub+"/library/"+found.DockerID, name, found.DockerID, name)
	}
	return plan.rewrite(to), strings.NewReplacer(back...), nil
}

func (c *call) baseImage(name string, wanted platform, pull bool) (*localImage, error) {
	how := pullOptions{scheme: c.schemeOption().Default, maxConcurrent: 3, progress: "none"}
	if pull {
		if _, _, err := c.pullImage(name, &wanted, how); err != nil {
			return nil, err
		}
	}
	return c.requireImage(name, wanted, how)
}

// withPlatformArguments adds the variables that every FROM line may use.
func (c *call) withPlatformArguments(arguments map[string]string, wanted platform) map[string]string {
	all := map[string]string{
		"TARGETPLATFORM": wanted.text(), "TARGETOS": wanted.OS, "TARGETARCH": wanted.Architecture, "TARGETVARIANT": wanted.Variant,
		"BUILDPLATFORM": wanted.text(), "BUILDOS": wanted.OS, "BUILDARCH": wanted.Architecture, "BUILDVARIANT": wanted.Variant,
	}
	for key, value := range arguments {
		all[key] = value
	}
	return all
}

func writeDockerfile(text, ignore []byte) (string, error) {
	folder, err := os.MkdirTemp("", "standin-build-")
	if err != nil {
		return "", fmt.Errorf("write Dockerfile: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), text, 0o600); err != nil {
		return folder, fmt.Errorf("write Dockerfile: %w", err)
	}
	if ignore != nil {
		if err := os.WriteFile(filepath.Join(folder, "Dockerfile.dockerignore"), ignore, 0o600); err != nil {
			return folder, fmt.Errorf("write Dockerfile: %w", err)
		}
	}
	return folder, nil
}

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

// finishBuild stores the image under its names and prints what the runtime prints: the names, or the path of the file.
func (c *call) finishBuild(id string, names []string, output buildOutput) error {
	if output.kind != "oci" {
		c.print(output.destination)
		return nil
	}
	if id == "" {
		return fail(codeInternalError, "failed to load archive")
	}
	index, err := c.adoptEngineImage(id)
	if err != nil {
		return err
	}
	records := map[string]*imageRecord{}
	for _, name := range names {
		records[name] = &imageRecord{Descriptor: index, BuiltAs: name}
	}
	err = c.store.update(func(tx *transaction) error { return c.renameImages(tx, records) })
	if err != nil {
		return err
	}
	if output.destination != "" {
		if err := c.saveImages(names[:1], output.destination, nil); err != nil {
			return err
		}
	}
	c.print(strings.Join(names, "\n"))
	return nil
}
