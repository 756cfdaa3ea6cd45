//go:build linux

package main

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// images has a folder for each recipe: a Dockerfile and what it copies. The
// Dockerfile builds on the image that the argument BASE names.
//
//go:embed all:images
var images embed.FS

// recipe says how one image is made and what it is called.
type recipe struct {
	name string // folder under images, and repository of the cached build
	base string // name of the recipe that it builds on; empty for the first
	// names are the images' names on Docker Hub, as people write them.
	names []string
}

// mirrorName is where the open registry keeps an image of Docker Hub's.
func mirrorName(name string) string {
	if !strings.Contains(name, "/") {
		name = "library/" + name
	}
	return mirrorAddress + "/" + name
}

const (
	// baseRecipe is the one that is not built from a Dockerfile: Debian itself.
	baseRecipe = "debian"
	// frontendRecipe is the one that is compiled from a Go module.
	frontendRecipe = "dockerfile"
)

// privateImage is what the registry that wants a login holds.
const privateImage = loginAddress + "/private/greeting:1"

// recipes is in an order in which each comes after the one that it builds on.
// The small images come early, since most tests want them.
var recipes = []recipe{
	{baseRecipe, "", []string{"debian:12", "debian:12-slim", "debian:bookworm", "debian:bookworm-slim"}},
	// Compiling takes a while, and needs nothing of the others.
	{frontendRecipe, "", []string{"docker/dockerfile:latest", "docker/dockerfile:1", "docker/dockerfile:1.6", "docker/dockerfile:1.4", "docker/dockerfile:1.3", "docker/dockerfile:1.2"}},
	{"busybox", baseRecipe, []string{"busybox:latest", "busybox:1", "busybox:1.35", "busybox:glibc"}},
	{"alpine", "busybox", []string{"alpine:latest", "alpine:3", "alpine:3.20"}},
	{"private", "busybox", nil},
	{"redis", baseRecipe, []string{"redis:latest", "redis:7", "redis:7.0", "redis:7-alpine", "redis:alpine", "redis:7-bookworm"}},
	{"postgres", baseRecipe, []string{"postgres:latest", "postgres:15", "postgres:15-alpine", "postgres:alpine", "postgres:15-bookworm"}},
	{"nginx", baseRecipe, []string{"nginx:latest", "nginx:1.22", "nginx:stable", "nginx:1"}},
	{"nginx-alpine", "nginx", []string{"nginx:alpine", "nginx:1.22-alpine", "nginx:stable-alpine", "nginx:1-alpine"}},
	{"python", baseRecipe, []string{"python:latest", "python:3", "python:3.11", "python:slim", "python:3-slim", "python:3.11-slim", "python:3.11-slim-bookworm", "python:3.11-bookworm"}},
	{"mariadb", baseRecipe, []string{"mariadb:latest", "mariadb:10", "mariadb:10.11", "mariadb:lts"}},
	{"wordpress", baseRecipe, []string{"wordpress:latest", "wordpress:6", "wordpress:6.1", "wordpress:6.1-apache", "wordpress:php8.2-apache"}},
	{"prometheus", baseRecipe, []string{"prom/prometheus:latest", "prom/prometheus:v2.42.0"}},
	{"alertmanager", baseRecipe, []string{"prom/alertmanager:latest", "prom/alertmanager:v0.25.0"}},
	{"node-exporter", baseRecipe, []string{"prom/node-exporter:latest", "prom/node-exporter:v1.5.0"}},
}

// hashes gives for each recipe the hash of all that goes into its image: its
// files, its base, and machine, which is what the machine adds.
func hashes(files fs.FS, recipes []recipe, machine string) (map[string]string, error) {
	result := map[string]string{}
	for _, r := range recipes {
		h := sha256.New()
		fmt.Fprintf(h, "%q %q\n", r.name, r.names)
		if r.base == "" {
			fmt.Fprintf(h, "machine %q\n", machine)
		} else if base, ok := result[r.base]; ok {
			fmt.Fprintf(h, "base %s\n", base)
		} else {
			return nil, fmt.Errorf("recipe %s builds on %s, which is not before it", r.name, r.base)
		}
		err := fs.WalkDir(files, path.Join("images", r.name), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := fs.ReadFile(files, path)
			if err != nil {
				return err
			}
			fmt.Fprintf(h, "file %q %d\n", path, len(text))
			h.Write(text)
			return nil
		})
		if err != nil {
			return nil, err
		}
		result[r.name] = hex.EncodeToString(h.Sum(nil))[:16]
	}
	return result, nil
}

// unpack writes a recipe's folder to dir. Embedding forgets modes, so a file
// that begins as a script is made executable.
func unpack(files fs.FS, name, dir string) error {
	root := path.Join("images", name)
	return fs.WalkDir(files, root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		target := filepath.Join(dir, rel)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(string(text), "#!") {
			mode = 0o755
		}
		// Chmod, since the umask may have taken bits away.
		return errors.Join(os.WriteFile(target, text, mode), os.Chmod(target, mode))
	})
}
