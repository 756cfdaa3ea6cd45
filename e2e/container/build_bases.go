//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxDockerfile is the size from which a Dockerfile is refused (since 1.0.0).
const maxDockerfile = 16 * 1024

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

// writeDockerfile makes a folder of this build in the folder that the runtime has for builds; what a killed build leaves
// there goes with the root.
func (c *call) writeDockerfile(text, ignore []byte) (string, error) {
	folder, err := os.MkdirTemp(c.builderFolder(), "build-")
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
