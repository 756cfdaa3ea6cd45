//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
)

// builderEngineImage makes the engine have an image with this program in it, and gives its ID. All roots share it.
func (c *call) builderEngineImage() (string, error) {
	docker, err := c.engine()
	if err != nil {
		return "", err
	}
	found, err := docker.ImageInspect(c.ctx, builderEngine)
	if err == nil {
		return found.ID, nil
	}
	if !cerrdefs.IsNotFound(err) {
		return "", c.engineError(err)
	}
	archive, err := builderArchive()
	if err != nil {
		return "", err
	}
	repository, tag, _ := strings.Cut(builderEngine, ":")
	body, err := docker.ImageImport(c.ctx, image.ImportSource{Source: archive, SourceName: "-"}, repository, image.ImportOptions{Tag: tag})
	if err != nil {
		return "", fmt.Errorf("make builder's image: %w", c.engineError(err))
	}
	if err := errors.Join(readEngineStream(body, nil), body.Close()); err != nil {
		return "", fmt.Errorf("make builder's image: %w", err)
	}
	found, err = docker.ImageInspect(c.ctx, builderEngine)
	if err != nil {
		return "", c.engineError(err)
	}
	return found.ID, nil
}

// builderArchive is a root file system with this program and, if it was not linked statically, the libraries it needs.
func builderArchive() (io.Reader, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find own program: %w", err)
	}
	files := map[string]string{builderProgram: self}
	if err := addLibraries(self, files); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	for name, from := range files {
		data, err := os.ReadFile(from)
		if err != nil {
			return nil, fmt.Errorf("make builder's image: %w", err)
		}
		header := &tar.Header{Typeflag: tar.TypeReg, Name: strings.TrimPrefix(name, "/"), Size: int64(len(data)), Mode: 0o755}
		if err := archive.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("make builder's image: %w", err)
		}
		if _, err := archive.Write(data); err != nil {
			return nil, fmt.Errorf("make builder's image: %w", err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("make builder's image: %w", err)
	}
	return &out, nil
}

// addLibraries adds the loader of a program and, beside it, the libraries that it and they name.
func addLibraries(program string, files map[string]string) error {
	file, err := elf.Open(program)
	if err != nil {
		return fmt.Errorf("read own program: %w", err)
	}
	defer file.Close()
	for _, part := range file.Progs {
		if part.Type != elf.PT_INTERP {
			continue
		}
		data, err := io.ReadAll(part.Open())
		if err != nil {
			return fmt.Errorf("read own program: %w", err)
		}
		loader := strings.TrimRight(string(data), "\x00")
		files[loader] = loader
	}
	libraries, err := file.ImportedLibraries()
	if err != nil {
		return fmt.Errorf("read own program: %w", err)
	}
	for _, name := range libraries {
		matches, _ := filepath.Glob("/lib/*/" + name)
		if len(matches) == 0 {
			return fmt.Errorf("make builder's image: library %s not found", name)
		}
		to := "/lib/" + name
		if files[to] == "" {
			files[to] = matches[0]
			if err := addLibraries(matches[0], files); err != nil {
				return err
			}
		}
	}
	return nil
}
