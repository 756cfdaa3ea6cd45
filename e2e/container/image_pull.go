//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	"golang.org/x/term"

	"github.com/hostwright/compose/e2e/container/argv"
)

// requestScheme checks --scheme. From 1.3.0 there is no auto; before, auto is http for private hosts, but compares with the
// port included, so that a host with a port always gets https (reference 2.16).
func (c *call) requestScheme(asked, host string) (string, error) {
	switch {
	case asked == "http" || asked == "https":
		return asked, nil
	case asked == "auto" && !c.version.atLeast(1, 3, 0):
		if host == "localhost" || isPrivateIPv4(host) {
			return "http", nil
		}
		return "https", nil
	}
	return "", fail(codeInvalidArgument, "unsupported scheme %s", asked)
}

// schemeOption is --scheme with the default of the version.
func (c *call) schemeOption() argv.Option {
	if c.version.atLeast(1, 3, 0) {
		return argv.Option{Names: []string{"scheme"}, Default: "https", Help: "Scheme to use when connecting to the container registry. One of (http, https)"}
	}
	return argv.Option{Names: []string{"scheme"}, Default: "auto", Help: "Scheme to use when connecting to the container registry. One of (http, https, auto)"}
}

func progressOption() argv.Option {
	return argv.Option{
		Names: []string{"progress"}, Value: "type", Default: "auto", Choices: []string{"auto", "none", "ansi", "plain", "color"},
		Help: "Progress type (format: auto|none|ansi|plain|color)",
	}
}

func maxDownloadsOption() argv.Option {
	return argv.Option{Names: []string{"max-concurrent-downloads"}, Kind: argv.Int64, Default: "3", Help: "Maximum number of concurrent downloads"}
}

// platformOptions are the three of pull, push and save.
func platformOptions(verb string) []argv.Option {
	return []argv.Option{
		{Names: []string{"a", "arch"}, Help: "Limit the " + verb + " to the specified architecture"},
		{Names: []string{"os"}, Help: "Limit the " + verb + " to the specified OS"},
		{Names: []string{"platform"}, Help: "Limit the " + verb + " to the specified platform (format: os/arch[/variant], takes precedence over --os and --arch) [environment: CONTAINER_DEFAULT_PLATFORM]"},
	}
}

func (c *call) imagePullCommand() *argv.Command {
	options := []argv.Option{c.schemeOption(), progressOption(), maxDownloadsOption()}
	options = append(options, platformOptions("pull")...)
	return &argv.Command{
		Name: "pull", Abstract: "Pull an image", Options: append(options, debugOption()), Args: []argv.Arg{{Name: "reference"}},
		Run: c.withServices(func(in *argv.Invocation) error {
			wanted, err := c.askedPlatform(in.String("platform"), in.String("os"), in.String("arch"))
			if err != nil {
				return err
			}
			_, _, err = c.pullImage(in.Arg("reference"), wanted, pullOptions{
				scheme: in.String("scheme"), maxConcurrent: in.Int("max-concurrent-downloads"), progress: in.String("progress"),
			})
			return err
		}),
	}
}

// pullImage contacts the registry, brings the manifests and configurations into the content store and the layers into the
// engine, and stores the name. Without a platform the image has every variant that the registry has, but the engine gets only
// its own: it could not run the others.
func (c *call) pullImage(text string, wanted *platform, how pullOptions) (string, *imageRecord, error) {
	ref, err := normalizeReference(text)
	if err != nil {
		return "", nil, err
	}
	scheme, err := c.requestScheme(how.scheme, ref.domain)
	if err != nil {
		return "", nil, err
	}
	if how.maxConcurrent < 1 {
		return "", nil, fail(codeInvalidArgument, "maximum number of concurrent downloads must be greater than 0, got %d", how.maxConcurrent)
	}
	registry, err := c.newRegistryClient(ref, scheme)
	if err != nil {
		return "", nil, err
	}
	c.progress(how.progress, "[1/2] Fetching image")
	pulled, err := c.fetchManifests(registry, ref, wanted)
	if err != nil {
		return "", nil, withCredentialHint(err)
	}
	progress := c.newFetchProgress(how.progress)
	stop := progress.tell()
	err = c.fetchLayers(registry, ref, pulled, wanted, progress)
	stop()
	if err != nil {
		return "", nil, err
	}
	c.progress(how.progress, "[2/2] Unpacking image") // which the engine has done by now
	record := &imageRecord{Descriptor: pulled, Source: &imageSource{Scheme: scheme, Reference: ref.String(), Login: registry.login}}
	return ref.String(), record, c.storeImages(map[string]*imageRecord{ref.String(): record})
}

// storeImages gives images their names. The engine is told once more to hold them: a delete of the last other name may have
// come in between.
func (c *call) storeImages(records map[string]*imageRecord) error {
	return c.store.update(func(tx *transaction) error {
		for name, record := range records {
			tx.state.Images[name] = record
		}
		for config := range configDigests(c.content(), slices.Collect(maps.Values(records))...) {
			if _, err := c.holdInEngine(config, config); err != nil {
				return err
			}
		}
		return nil
	})
}

// progress writes one line for a step, as the plain progress does; on a terminal the runtime draws, which shows nothing here.
func (c *call) progress(kind, line string) {
	if kind == "plain" || kind == "auto" && !c.stderrIsTerminal() {
		c.log("%s", line)
	}
}

func (c *call) stderrIsTerminal() bool {
	file, isFile := c.stderr.(interface{ Fd() uintptr })
	return isFile && term.IsTerminal(int(file.Fd()))
}

// fetchManifests gets what is JSON of an image and gives the descriptor of its index.
func (c *call) fetchManifests(r *registryClient, ref imageReference, wanted *platform) (descriptor, error) {
	root, err := r.resolve(c.ctx, ref.identifier())
	if err != nil {
		return descriptor{}, err
	}
	store := c.content()
	if err := r.fetch(c.ctx, root, store); err != nil {
		return descriptor{}, err
	}
	switch {
	case root.isIndex():
		return root.plain(), c.fetchVariants(r, root, wanted)
	case root.isManifest():
		p, err := c.fetchConfig(r, root)
		if err != nil {
			return descriptor{}, err
		}
		if wanted != nil && !p.same(*wanted) {
			return descriptor{}, fail(codeUnsupported, "image %s does not support required platforms", root.Digest)
		}
		return store.putIndex(root, p)
	}
	return descriptor{}, fail(codeInternalError, "failed to create index for descriptor %s, media type %s", root.Digest, root.MediaType)
}

// fetchVariants gets the manifests and configurations of an index, or of one platform of it.
func (c *call) fetchVariants(r *registryClient, root layoutDescriptor, wanted *platform) error {
	var index imageIndex
	if err := c.content().decode(root.Digest, &index); err != nil {
		return err
	}
	found := false
	for _, d := range index.Manifests {
		if !d.isManifest() || wanted != nil && (d.Platform == nil || !d.Platform.same(*wanted)) {
			continue
		}
		if err := r.fetch(c.ctx, d, c.content()); err != nil {
			return err
		}
		if _, err := c.fetchConfig(r, d); err != nil {
			return err
		}
		found = true
	}
	if !found {
		return fail(codeUnsupported, "image %s does not support required platforms", root.Digest)
	}
	return nil
}

func (c *call) fetchConfig(r *registryClient, d layoutDescriptor) (platform, error) {
	var manifest imageManifest
	if err := c.content().decode(d.Digest, &manifest); err != nil {
		return platform{}, err
	}
	if err := r.fetch(c.ctx, manifest.Config, c.content()); err != nil {
		return platform{}, err
	}
	return c.content().platformOf(manifest.Config.Digest)
}

// fetchLayers makes the engine have the variants that it can run. An image that the engine has already is only held.
func (c *call) fetchLayers(r *registryClient, ref imageReference, index descriptor, wanted *platform, progress *fetchProgress) error {
	present, err := c.content().variants(index.Digest)
	if err != nil {
		return err
	}
	host, err := c.host()
	if err != nil {
		return err
	}
	for _, v := range present {
		own := v.Platform.OS == "linux" && v.Platform.Architecture == host.Architecture
		if wanted == nil && !own || wanted != nil && !v.Platform.same(*wanted) {
			continue
		}
		config := v.Manifest.Config.Digest
		held, err := c.holdInEngine(config, config)
		if err != nil {
			return err
		}
		if held {
			continue
		}
		name := ref.name() + "@" + v.Descriptor.Digest
		progress.expect(v.Manifest)
		if err := c.enginePull(r, name, progress); err != nil {
			return err
		}
		if held, err = c.holdInEngine(config, name); err != nil {
			return err
		}
		if !held {
			return fail(codeInternalError, "failed to pull image %s", ref)
		}
		if ref.domain == dockerHub {
			continue // what the engine's name keeps is there at once for the next root
		}
		if err := c.dropEngineName(name); err != nil {
			return err
		}
	}
	return nil
}

// dropEngineName removes the name that the engine gave to what it pulled, so that the image goes with the last root's tag.
func (c *call) dropEngineName(name string) error {
	docker, err := c.engine()
	if err != nil {
		return err
	}
	_, err = docker.ImageRemove(c.ctx, name, image.RemoveOptions{})
	if err != nil && !cerrdefs.IsNotFound(err) && !cerrdefs.IsConflict(err) {
		return fmt.Errorf("release engine image: %w", c.engineError(err))
	}
	return nil
}

// enginePull lets the engine fetch the layers. The name has a digest, so that it gets just what was resolved.
func (c *call) enginePull(r *registryClient, name string, progress *fetchProgress) error {
	docker, err := c.engine()
	if err != nil {
		return err
	}
	auth, err := r.login.engineAuth(r.host)
	if err != nil {
		return err
	}
	body, err := docker.ImagePull(c.ctx, name, image.PullOptions{RegistryAuth: auth})
	if err != nil {
		return fail(codeUnknown, "%s", c.engineError(err))
	}
	defer body.Close()
	return readEngineStream(body, progress.engineLine)
}

// readEngineStream reads the engine's lines of progress to their end; an error line is the error.
func readEngineStream(body io.Reader, each func(json.RawMessage) error) error {
	lines := json.NewDecoder(body)
	for {
		var line json.RawMessage
		err := lines.Decode(&line)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read engine's answer: %w", err)
		}
		var failed struct {
			Error string `json:"error"`
		}
		if json.Unmarshal(line, &failed) == nil && failed.Error != "" {
			return fail(codeUnknown, "%s", failed.Error)
		}
		if each == nil {
			continue
		}
		if err := each(line); err != nil {
			return err
		}
	}
}

func isPrivateIPv4(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.Is4() && (address.IsPrivate() || address.IsLoopback())
}
