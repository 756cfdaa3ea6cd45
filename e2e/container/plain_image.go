//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/docker/docker/client"
)

// hiddenKeys are what an image configuration must not tell Docker: for each VOLUME it would make an anonymous volume,
// where the runtime mounts nothing (reference 5.8).
var hiddenKeys = []string{"Volumes"}

// plainImage gives a Docker image that is the same but for the image's VOLUME lines. Docker takes a tar archive that names
// the configuration only, since it has the layers already; so the new image costs nothing, and equal ones are one.
func (c *call) plainImage(docker *client.Client, from *localImage) (string, error) {
	if len(from.Config.Volumes) == 0 {
		return from.DockerID, nil
	}
	config, err := c.dockerImageConfig(docker, from.DockerID)
	if err != nil {
		return "", err
	}
	stripped, layers, err := stripConfig(config)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", from.Reference, err)
	}
	archive, err := configArchive(stripped, layers)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", from.Reference, err)
	}
	loaded, err := docker.ImageLoad(c.ctx, bytes.NewReader(archive), client.ImageLoadWithQuiet(true))
	if err != nil {
		return "", fmt.Errorf("image %s: leave out its volumes: %w", from.Reference, c.engineError(err))
	}
	answer, err := io.ReadAll(loaded.Body)
	_ = loaded.Body.Close()
	if err != nil {
		return "", fmt.Errorf("image %s: leave out its volumes: %w", from.Reference, err)
	}
	if bytes.Contains(answer, []byte(`"error"`)) {
		return "", fmt.Errorf("image %s: leave out its volumes: %s", from.Reference, bytes.TrimSpace(answer))
	}
	sum := sha256.Sum256(stripped)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// dockerImageConfig puts an image's configuration together again from what Docker tells of it.
func (c *call) dockerImageConfig(docker *client.Client, id string) ([]byte, error) {
	found, err := docker.ImageInspect(c.ctx, id)
	if err != nil {
		return nil, c.engineError(err)
	}
	// The history is left out: Docker wants one entry per layer there, or none. The author makes it an image of this root:
	// another root that lets go of its own must not take this one away before there is a container.
	return json.Marshal(map[string]any{
		"architecture": found.Architecture, "os": found.Os, "variant": found.Variant, "created": found.Created, "author": c.root,
		"config": found.Config, "rootfs": map[string]any{"type": found.RootFS.Type, "diff_ids": found.RootFS.Layers},
		"history": []any{},
	})
}

// stripConfig drops the hidden keys and says how many layers there are.
func stripConfig(config []byte) (stripped []byte, layers int, err error) {
	var tree map[string]any
	if err := json.Unmarshal(config, &tree); err != nil {
		return nil, 0, fmt.Errorf("read configuration: %w", err)
	}
	if inner, ok := tree["config"].(map[string]any); ok {
		for _, key := range hiddenKeys {
			delete(inner, key)
		}
	}
	if rootfs, ok := tree["rootfs"].(map[string]any); ok {
		if ids, ok := rootfs["diff_ids"].([]any); ok {
			layers = len(ids)
		}
	}
	stripped, err = json.Marshal(tree)
	return stripped, layers, err
}

// configArchive is a docker-archive with a configuration and names of layers that it does not hold.
func configArchive(config []byte, layers int) ([]byte, error) {
	names := make([]string, layers)
	for i := range names {
		names[i] = fmt.Sprintf("layer%d/layer.tar", i)
	}
	manifest, err := json.Marshal([]map[string]any{{"Config": "config.json", "RepoTags": nil, "Layers": names}})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	for _, file := range []struct {
		name string
		data []byte
	}{{"config.json", config}, {"manifest.json", manifest}} {
		if err := archive.WriteHeader(&tar.Header{Name: file.name, Mode: 0o644, Size: int64(len(file.data))}); err != nil {
			return nil, err
		}
		if _, err := archive.Write(file.data); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
