//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

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
	wanted, err := c.buildPlatforms(ask)
	if err != nil {
		return err
	}
	if len(wanted) > 1 && output.kind != "oci" {
		return fail(codeUnsupported, "the stand-in builds files for one platform at a time, got %s", platformTexts(wanted))
	}
	var ids []string
	for _, each := range wanted {
		files := buildFiles{context: ask.context, secrets: secrets, output: output}
		id, err := c.buildOne(ctx, ask, each, dockerfile{text, ignore}, files)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	return c.finishBuild(ids, names, output)
}

// dockerfile is a Dockerfile and its own .dockerignore, nil if there is none.
type dockerfile struct{ text, ignore []byte }

// buildOne builds for one platform and gives the engine's ID of the image. Steps of a platform that is not the engine's run if
// its machine can run them.
func (c *call) buildOne(ctx context.Context, ask buildAsk, wanted platform, from dockerfile, files buildFiles) (string, error) {
	arguments := keyValues(ask.arguments)
	text, display, err := c.resolveBases(from.text, ask, wanted, arguments)
	if err != nil {
		return "", err
	}
	folder, err := c.writeDockerfile(text, from.ignore)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	files.dockerfile = folder
	if ask.ssh {
		files.sshAgent = c.environment("SSH_AUTH_SOCK")
	}
	log := io.Discard
	if !ask.quiet {
		log = c.stderr
	}
	return c.solve(ctx, solveAsk{build: ask, platform: wanted, arguments: arguments, files: files, log: newBuildLog(log, display)})
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

// buildPlatforms: --platform beats the environment, which beats --os and --arch. Each platform is named once.
func (c *call) buildPlatforms(ask buildAsk) ([]platform, error) {
	texts := ask.platforms
	if len(texts) == 0 {
		fromEnvironment, err := c.platformFromEnvironment()
		if err != nil {
			return nil, err
		}
		if fromEnvironment != nil {
			return []platform{*fromEnvironment}, nil
		}
		host, err := c.host()
		if err != nil {
			return nil, err
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
			return nil, fmt.Errorf("invalid platform specified %s", text)
		}
		if !slices.ContainsFunc(all, p.same) {
			all = append(all, p)
		}
	}
	return all, nil
}

func platformTexts(all []platform) string {
	texts := make([]string, len(all))
	for i, each := range all {
		texts[i] = each.text()
	}
	return strings.Join(texts, ", ")
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

// finishBuild stores the image under its names and prints what the runtime prints: the names, or the path of the file.
func (c *call) finishBuild(ids, names []string, output buildOutput) error {
	if output.kind != "oci" {
		c.print(output.destination)
		return nil
	}
	var manifests []layoutDescriptor
	for _, id := range ids {
		if id == "" {
			return fail(codeInternalError, "failed to load archive")
		}
		manifest, err := c.adoptEngineImage(id)
		if err != nil {
			return err
		}
		manifests = append(manifests, manifest)
	}
	index, err := c.content().putManifests(manifests)
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
